/** Label selectors evaluated by the client, where upstream does (k8s.io/apimachinery/pkg/labels). */

import { CommandError } from "../errors.ts";
import type { JsonObject } from "../object.ts";

type Labels = Readonly<Record<string, string>>;

/** True where `labels` satisfy the selector text. */
export function matchesSelector(selector: string, labels: Labels): boolean {
  return splitRequirements(selector).every((text) => requirement(text)(labels));
}

function splitRequirements(selector: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let current = "";
  for (const char of selector) {
    if (char === "(") depth++;
    if (char === ")") depth--;
    if (char === "," && depth === 0) {
      parts.push(current);
      current = "";
    } else current += char;
  }
  return [...parts, current].map((part) => part.trim()).filter((part) => part !== "");
}

function requirement(text: string): (labels: Labels) => boolean {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text);
  if (set !== null) {
    const [, key = "", operator, list = ""] = set;
    const values = list.split(",").map((value) => value.trim());
    const inside = (labels: Labels) => Object.hasOwn(labels, key) && values.includes(labels[key] ?? "");
    return operator === "in" ? inside : (labels) => !inside(labels);
  }
  const equal = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(text);
  if (equal !== null) {
    const [, key = "", operator, value = ""] = equal;
    return operator === "!=" ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  if (/^!\s*\S+$/.test(text)) {
    const key = text.slice(1).trim();
    return (labels) => !Object.hasOwn(labels, key);
  }
  if (/^[A-Za-z0-9][-\w./]*$/.test(text)) return (labels) => Object.hasOwn(labels, text);
  throw new CommandError(`unable to parse requirement: found '${text}'`);
}

/** Why a selector cannot be read, in the words of labels.Parse; undefined where it can. */
export function selectorProblem(selector: string): string | undefined {
  const open = /\b(?:in|notin)\s*(.?)/.exec(selector.replace(/\b(?:in|notin)\s*\([^)]*\)/g, ""));
  if (open !== null && /^\S+\s+(?:in|notin)\b/.test(selector.trim()))
    return `unable to parse requirement: found '${open[1] ?? ""}' expected: '('`;
  const empty = /^\s*,/.test(selector) ? "!, identifier, or 'end of string'" : "identifier after ','";
  const next = /^\s*,|,\s*(,|$)/.exec(selector);
  if (next !== null)
    return `found '${next[0].trim() === "," && next[1] !== undefined ? next[1] : ","}', expected: ${empty}`;
  try {
    matchesSelector(selector, {});
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** "a=b,c in (d,e),!f" as an object's label selector has it (metav1.ParseToLabelSelector). */
export function parseLabelSelector(text: string): JsonObject {
  const labels: JsonObject = {};
  const expressions: JsonObject[] = [];
  for (const [part] of text.matchAll(/(?:[^,(]|\([^)]*\))+/g)) {
    const set = /^\s*(\S+)\s+(in|notin)\s*\(([^)]*)\)\s*$/.exec(part);
    const pair = /^\s*([^\s=!]+)\s*(==?|!=)\s*(\S*)\s*$/.exec(part);
    const [, key = "", operator = "", value = ""] = set ?? pair ?? [];
    if (set !== null) {
      const values = value
        .split(",")
        .map((one) => one.trim())
        .sort();
      expressions.push({ key, operator: operator === "in" ? "In" : "NotIn", values });
    } else if (pair === null) {
      const name = part.trim();
      expressions.push(
        name.startsWith("!")
          ? { key: name.slice(1).trim(), operator: "DoesNotExist" }
          : { key: name, operator: "Exists" },
      );
    } else if (operator === "!=") expressions.push({ key, operator: "NotIn", values: [value] });
    else labels[key] = value;
  }
  return {
    ...(Object.keys(labels).length > 0 ? { matchLabels: labels } : {}),
    ...(expressions.length > 0 ? { matchExpressions: expressions } : {}),
  };
}
