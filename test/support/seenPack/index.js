// As in policy/checklist: reached through a .js entry, Node runs the TypeScript itself.
import "./index.ts";
