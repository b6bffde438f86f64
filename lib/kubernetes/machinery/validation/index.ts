export * from "./errors.ts";
export * from "./meta.ts";
export * from "./names.ts";
export * from "./numbers.ts";
