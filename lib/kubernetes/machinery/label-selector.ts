/** metav1.LabelSelector against labels. */
import type { LabelSelector } from "./types.ts";

/** undefined selects nothing, an empty selector everything (LabelSelectorAsSelector). */
export function selectorMatches(
  selector: LabelSelector | undefined | null,
  labels: Readonly<Record<string, string>>,
): boolean {
  if (selector === undefined || selector === null) return false;
  for (const key in selector.matchLabels) if (labels[key] !== selector.matchLabels[key]) return false;
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const value = labels[key];
    const matched =
      operator === "In"
        ? value !== undefined && values.includes(value)
        : operator === "NotIn"
          ? value === undefined || !values.includes(value)
          : operator === "Exists"
            ? value !== undefined
            : operator === "DoesNotExist" && value === undefined;
    if (!matched) return false;
  }
  return true;
}
