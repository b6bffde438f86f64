export { admissionRefusal } from "./admission-check.ts";
export { Scheduler } from "./scheduler.ts";
