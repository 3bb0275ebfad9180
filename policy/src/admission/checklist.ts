/** The checklist's rules as admission policies, with the repository's exceptions. */
import { packOf } from "../packs.ts";
import { type AdmissionPolicy, type AdmissionSite, admissionPolicies } from "./policies.ts";
import { twins } from "./twins/index.ts";

export function checklistAdmission(site: Omit<AdmissionSite, "exceptions">): AdmissionPolicy[] {
  const { objectRules, exceptions } = packOf("checklist");
  return admissionPolicies(objectRules, twins, { ...site, exceptions });
}
