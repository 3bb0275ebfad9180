/** Objects fit together, each within itself. */
import type { Rule } from "../../rule.ts";
import { apiDeprecated } from "./apiVersions.ts";
import { namespaceDefault, ownLabels } from "./identity.ts";
import { selectorMatch } from "./selectorMatch.ts";

export const integrity: readonly Rule[] = [apiDeprecated, namespaceDefault, ownLabels, selectorMatch];
