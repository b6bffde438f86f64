export { createHelm } from "./program.ts";
