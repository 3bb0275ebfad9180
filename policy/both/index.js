// The CLI starts packs with ts-node registered, whatever PulumiPolicy.yaml says. It would take a .ts entry and check its
// types at every start; reached through a .js entry, Node runs the TypeScript itself.
import "./index.ts";
