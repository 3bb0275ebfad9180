/** From the configuration's words to what the API server and policy-controller are told. */
import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";

import type { ImageVerificationFacts, Signer } from "../components/platform/admission/imagePolicies.ts";
import type { AdmissionArgs } from "../components/platform/admission/admission.ts";
import { platformNamespaces } from "../components/platform/namespaces.ts";
import type { PawConfig } from "../config.ts";
import { admissionPolicies } from "../policy/src/admission/policies.ts";
import { twins } from "../policy/src/admission/twins/index.ts";
import { readExceptions } from "../policy/src/exceptions.ts";
import { checklistRules } from "../policy/src/rules/index.ts";

/** Namespaces of the cluster's own parts. */
const clusterNamespaces = ["kube-system", "kube-public", "kube-node-lease"];
