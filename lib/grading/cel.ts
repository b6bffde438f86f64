/** CEL over what checks see. */

import { Environment } from "@marcbachmann/cel-js";
import { quantityNumber } from "../encoding/index.ts";

export { toCel } from "../encoding/index.ts";

/**
 * `missing`: the expression reached for a key or index that is not there, which in a check means "does not hold (yet)".
 * `error`: the expression itself is wrong.
 */
export type CelResult =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "missing"; readonly message: string }
  | { readonly kind: "error"; readonly message: string };

function quantity(text: string): number {
  const value = quantityNumber(text);
  if (value === undefined) throw new Error(`"${text}" is no quantity`);
  return value;
}

/** The number at the end of a name: web-3 -> 3; -1 where there is none. */
export function ordinalOf(name: string): number {
  const match = /-(\d+)$/.exec(name);
  return match === null ? -1 : Number(match[1]);
}

/** True where no item is smaller than the one before it. */
function isSorted(list: readonly unknown[]): boolean {
  return list.every((item, index) => index === 0 || (list[index - 1] as never) <= (item as never));
}

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  enableOptionalTypes: true,
  homogeneousAggregateLiterals: false,
})
  .registerFunction("ordinal(string): int", (name: string) => BigInt(ordinalOf(name)))
  .registerFunction("quantity(string): double", quantity)
  .registerFunction("string.replace(string, string): string", (text: string, from: string, to: string) =>
    text.replaceAll(from, to),
  )
  .registerFunction("list.isSorted(): bool", isSorted)
  .registerFunction("list.reverse(): list", (list: unknown[]) => [...list].reverse())
  .registerFunction("list.distinct(): list", (list: unknown[]) =>
    list.filter((item, index) => list.indexOf(item) === index),
  );

const parsed = new Map<string, ReturnType<typeof environment.parse>>();
const MAX_PARSED = 2000;

/** Evaluates `expression` over variables that went through `toCel`. Never throws. */
export function evaluateCel(expression: string, variables: Readonly<Record<string, unknown>>): CelResult {
  try {
    let program = parsed.get(expression);
    if (program === undefined) {
      program = environment.parse(expression);
      if (parsed.size >= MAX_PARSED) parsed.clear();
      parsed.set(expression, program);
    }
    return { kind: "value", value: program(variables as Record<string, unknown>) };
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
    return { kind: /^(No such key|Index out of|List index)/i.test(message) ? "missing" : "error", message };
  }
}

/** Why the expression cannot be used, found without evaluating it; undefined where it can. */
export function celProblem(expression: string): string | undefined {
  try {
    environment.parse(expression);
    return undefined;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split("\n")[0];
  }
}

/** A CEL value in words, for `observed`. */
export function showCel(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint" || typeof value === "number" || typeof value === "boolean") return String(value);
  if (value === null || value === undefined) return "nothing";
  return JSON.stringify(value, (_, field) => (typeof field === "bigint" ? Number(field) : field)) ?? String(value);
}
