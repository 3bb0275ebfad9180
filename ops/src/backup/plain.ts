/** Objects of the API server as data: the client's classes are for what it reads. */
import type * as k8s from "@kubernetes/client-node";

/** The same fields, without the class. */
export type Plain<T> = T extends Date
  ? T
  : T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { [Key in keyof T]: Plain<T[Key]> }
      : T;

export type CronJob = Plain<k8s.V1CronJob>;
export type Job = Plain<k8s.V1Job>;
export type Pod = Plain<k8s.V1Pod>;
export type PodSpec = Plain<k8s.V1PodSpec>;
export type Container = Plain<k8s.V1Container>;
export type Variable = Plain<k8s.V1EnvVar>;
