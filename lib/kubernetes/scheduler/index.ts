export { admissionRefusal } from "./admission-check.ts";
export { Scheduler, type SchedulerOptions } from "./scheduler.ts";
