import { show } from "../../finding.ts";
import { type Field, UNKNOWN, isHidden } from "../../k8s/field.ts";
import type { Finding } from "../../rule.ts";
import { looksSecret, namesSecret } from "./patterns.ts";

/** A finding where a text stands that looks like a secret, or any text under a name that says so. */
export function literal(name: string | undefined, value: Field): readonly Finding[] {
  const text = value.value;
  if (text === undefined || text === "") return [];
  const wanted = "a reference to a Secret that Vault fills";
  if (name === undefined && isHidden(value)) {
    return [{ path: value.blockedAt ?? value.path, found: show(text), wanted }];
  }
  if (typeof text === "string" && looksSecret(text)) {
    return [{ path: value.path, found: "what looks like a key or a token (not shown)", wanted }];
  }
  if (name !== undefined && namesSecret(name) && (text === UNKNOWN || typeof text === "string")) {
    return [{ path: value.path, found: "a value under a name that says it is secret (not shown)", wanted }];
  }
  return [];
}
