/** Stack files for the tests of the official charts. */

/** Directory of chart archives that `paw charts pull` filled; empty where there is none. */
export const mirror = process.env.PAW_CHARTS_MIRROR ?? "";
/** Stands for the digests that only a team can know. */
const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

/** A stack file whose charts come from the mirror. */
export const fromMirror = (text: string): string =>
  text.replace(/source: (crds|upstream)/, `source: mirror\n    mirror: ${mirror}`);

/** The same with everything that a team fills in; the network is in `net/`. */
export const filledIn = (text: string): string =>
  fromMirror(text)
    .replaceAll("sha256:REPLACE-ME", digest)
    .replaceAll("{ key: REPLACE-ME }", '{ issuer: "https://ci.example", subject: release }')
    .replace("network: REPLACE-ME", "network: net/network.json")
    .replace(/provisioner: .*\n.*parameters: .*\n/, "provisioner: kwok.x-k8s.io/volume\n");

/**
 * A stack's own levels, but for what cannot hold here: the encryption of volumes, which are kwok's and of which no rule
 * knows, and the lock of images, whose digests are made up.
 */
export const levelsHere = (stack: "staging" | "production"): object => {
  const levels = { "sc-encrypted": "advisory", "img-lock": "advisory" };
  return {
    checklist: { enforcementLevel: "mandatory", stack, levels },
    "checklist-graph": { enforcementLevel: "mandatory", stack },
  };
};

/** Arguments of `npx` that make a stack's network in `net/`. */
export const initNetwork = (stack: "staging" | "production"): string[] => [
  ...["paw", "validators", "init", "--count", "4", "--sentries", stack === "staging" ? "2" : "3"],
  ...["--stack", stack, "--out", "net"],
];
