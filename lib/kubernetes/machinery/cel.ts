/** CEL as the API server uses it: validation rules of custom resources and admission policies. */

import { Environment } from "@marcbachmann/cel-js";
import { compareQuantities, parseQuantity, quantityUnits } from "../../encoding/index.ts";

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  enableOptionalTypes: true,
  homogeneousAggregateLiterals: false,
})
  .registerFunction("isQuantity(string): bool", (text: string) => {
    try {
      parseQuantity(text);
      return true;
    } catch {
      return false;
    }
  })
  .registerFunction("quantity(string): double", (text: string) => Number(parseQuantity(text).nanos) / 1e9)
  .registerFunction("quantityUnits(string): int", (text: string) => BigInt(quantityUnits(text)))
  .registerFunction("compareQuantities(string, string): int", (a: string, b: string) => BigInt(compareQuantities(a, b)))
  .registerFunction("list.isSorted(): bool", (list: unknown[]) =>
    list.every((item, index) => index === 0 || (list[index - 1] as never) <= (item as never)),
  )
  .registerFunction("list.sum(): dyn", (list: unknown[]) =>
    list.reduce((sum, item) => (sum as never) + (item as never), typeof list[0] === "number" ? 0 : 0n),
  )
  .registerFunction("list.min(): dyn", (list: unknown[]) =>
    list.reduce((a, b) => ((a as never) <= (b as never) ? a : b)),
  )
  .registerFunction("list.max(): dyn", (list: unknown[]) =>
    list.reduce((a, b) => ((a as never) >= (b as never) ? a : b)),
  )
  .registerFunction("list.indexOf(dyn): int", (list: unknown[], item: unknown) => BigInt(list.indexOf(item)))
  .registerFunction("list.lastIndexOf(dyn): int", (list: unknown[], item: unknown) => BigInt(list.lastIndexOf(item)));

type Program = ReturnType<typeof environment.parse>;
const programs = new Map<string, Program>();
const MAX_PROGRAMS = 2000;

type CelOutcome = { readonly value: unknown } | { readonly error: string };

/** Evaluates over variables that went through `toCel`. Never throws. */
export function evaluateCel(expression: string, variables: Readonly<Record<string, unknown>>): CelOutcome {
  try {
    let program = programs.get(expression);
    if (program === undefined) {
      program = environment.parse(expression);
      if (programs.size >= MAX_PROGRAMS) programs.clear();
      programs.set(expression, program);
    }
    return { value: program(variables as Record<string, unknown>) };
  } catch (error) {
    return { error: firstLine(error) };
  }
}

/** Why an expression does not compile; undefined where it does. */
export function celProblem(expression: string): string | undefined {
  try {
    environment.parse(expression);
    return undefined;
  } catch (error) {
    return firstLine(error);
  }
}

const firstLine = (error: unknown) => (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
