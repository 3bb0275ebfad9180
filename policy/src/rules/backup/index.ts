/** What is kept is encrypted, can be had back, and cannot sign (item 10). */
import type { Rule } from "../../rule.ts";
import { backupEncrypted } from "./encrypted.ts";
import { backupSchedule } from "./schedule.ts";
import { storageEncrypted } from "./storageClass.ts";
import { backupWithoutKeys } from "./withoutKeys.ts";

export const backup: readonly Rule[] = [backupEncrypted, backupSchedule, backupWithoutKeys, storageEncrypted];
