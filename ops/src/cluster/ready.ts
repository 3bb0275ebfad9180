import { execa } from "execa";

/** Whether the API server of a kubeconfig says that it is ready, within five seconds. */
export async function isReady(kubectl: string, kubeconfig: string): Promise<boolean> {
  const args = ["--kubeconfig", kubeconfig, "--request-timeout=5s", "get", "--raw=/readyz"];
  return (await execa(kubectl, args, { reject: false })).exitCode === 0;
}
