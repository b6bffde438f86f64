import type { Builtin } from "./types.ts";

export type { Builtin } from "./types.ts";

/** Every builtin, by name. Filled by `index.ts`, because builtins look each other up. */
export const BUILTINS = new Map<string, Builtin>();
