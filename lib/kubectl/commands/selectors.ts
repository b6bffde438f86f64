/** Label selectors evaluated by the client, where upstream does (k8s.io/apimachinery/pkg/labels). */
import { CommandError } from "../errors.ts";
import type { JsonObject } from "../object.ts";
import { parseSelector, type Requirement } from "./selector-syntax.ts";

type Labels = Readonly<Record<string, string>>;

function meets({ key, operator, values }: Requirement, labels: Labels): boolean {
  const has = Object.hasOwn(labels, key);
  const value = labels[key] ?? "";
  switch (operator) {
    case "exists":
      return has;
    case "!":
      return !has;
    case "in":
    case "=":
    case "==":
      return has && values.includes(value);
    case "notin":
    case "!=":
      return !has || !values.includes(value);
    case ">":
      return has && /^[-+]?\d+$/.test(value) && BigInt(value) > BigInt(values[0] ?? "0");
    case "<":
      return has && /^[-+]?\d+$/.test(value) && BigInt(value) < BigInt(values[0] ?? "0");
  }
}

/** True where `labels` satisfy the selector text. Throws `CommandError` where it is none. */
export function matchesSelector(selector: string, labels: Labels): boolean {
  return parseSelector(selector).every((one) => meets(one, labels));
}

/** Why a selector cannot be read, in the words of labels.Parse; undefined where it can. */
export function selectorProblem(selector: string): string | undefined {
  try {
    parseSelector(selector);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * "a=b,c in (d,e),!f" as an object's label selector has it (metav1.ParseToLabelSelector). Throws `CommandError` where the
 * text is none, or asks for what these cannot say.
 */
export function parseLabelSelector(text: string): JsonObject {
  const problem = selectorProblem(text);
  if (problem !== undefined) throw new CommandError(`couldn't parse the selector string "${text}": ${problem}`);
  const labels: JsonObject = {};
  const expressions: JsonObject[] = [];
  for (const { key, operator, values } of parseSelector(text)) {
    if (operator === "=" || operator === "==") labels[key] = values[0] ?? "";
    else if (operator === "exists") expressions.push({ key, operator: "Exists" });
    else if (operator === "!") expressions.push({ key, operator: "DoesNotExist" });
    else if (operator === "in" || operator === "notin")
      expressions.push({ key, operator: operator === "in" ? "In" : "NotIn", values: [...values] });
    else if (operator === "!=") throw new CommandError('"!=" is not a valid label selector operator');
    else throw new CommandError(`"${operator === ">" ? "gt" : "lt"}" isn't supported in label selectors`);
  }
  return {
    ...(Object.keys(labels).length > 0 ? { matchLabels: labels } : {}),
    ...(expressions.length > 0 ? { matchExpressions: expressions } : {}),
  };
}
