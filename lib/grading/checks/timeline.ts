import { evaluateCel, toCel } from "../cel.ts";
import type { SemanticRecord } from "../records.ts";
import type { CheckType, SpecOf } from "./check-type.ts";
import { CheckError, outcomeOf } from "./verdict-of.ts";

/** What comes after the last record that satisfies `expression`; undefined where none does. */
function after(records: readonly SemanticRecord[], expression: string): readonly SemanticRecord[] | undefined {
  for (let index = records.length - 1; index >= 0; index--) {
    const record = records[index] as SemanticRecord;
    const result = evaluateCel(expression, { record: toCel(record) });
    if (result.kind === "error") throw new CheckError(`the check's "after" cannot be evaluated: ${result.message}`);
    if (result.kind === "value" && result.value === true) return records.slice(index + 1);
  }
  return undefined;
}

/** What happened, and in which order. */
export const timelineCheck: CheckType<SpecOf<"timeline">> = {
  type: "timeline",
  trigger: () => ({ on: "timeline" }),
  async evaluate(spec, context) {
    const all = await context.records();
    const records = spec.after === undefined ? all : after(all, spec.after);
    if (records === undefined) {
      return {
        status: "fail",
        facts: { timeline: [], began: false },
        observed: "nothing yet",
        message: { en: "What this check watches has not begun yet.", zh: "这项检查所观察的事情还没有开始。" },
      };
    }
    return outcomeOf(spec.that, { timeline: toCel(records), began: true });
  },
};
