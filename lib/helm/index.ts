export { createHelmCompletion } from "./completion.ts";
export { createHelm } from "./program.ts";
