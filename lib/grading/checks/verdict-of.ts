import { type CelResult, evaluateCel } from "../cel.ts";
import type { Outcome } from "./check-type.ts";

/** The check could not be run, and why; for authors and operators rather than learners. */
export class CheckError extends Error {
  override readonly name = "CheckError";
}

/** Pass or fail by an expression that must give a boolean. A missing key means that it does not hold. */
export function outcomeOf(
  expression: string,
  facts: Readonly<Record<string, unknown>>,
): Pick<Outcome, "status" | "facts"> {
  const result: CelResult = evaluateCel(expression, facts);
  switch (result.kind) {
    case "missing":
      return { status: "fail", facts };
    case "error":
      throw new CheckError(`the check's expression cannot be evaluated: ${result.message}`);
    case "value":
      if (typeof result.value !== "boolean")
        throw new CheckError(`the check's expression gave ${typeof result.value}, not true or false`);
      return { status: result.value ? "pass" : "fail", facts };
  }
}
