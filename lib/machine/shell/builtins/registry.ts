import type { Builtin } from "./types.ts";

export type { Builtin } from "./types.ts";

type BuiltinTables = readonly Readonly<Record<string, Builtin>>[];

let provide: () => BuiltinTables = () => [];
let table: Map<string, Builtin> | undefined;

/**
 * Says where the builtins come from; called by `index.ts`. They are looked at on first use only: the interpreter and
 * its builtins import each other, and in some order of loading a table would not be there yet.
 */
export function provideBuiltins(tables: () => BuiltinTables): void {
  provide = tables;
  table = undefined;
}

/** Every builtin, by name. */
export function builtins(): ReadonlyMap<string, Builtin> {
  table ??= new Map(provide().flatMap((entries) => Object.entries(entries)));
  return table;
}
