/** Looks into objects and compares parts of them. */
import type { Bindings } from "./masks.ts";

/** The value at `status.conditions[type=Ready].status`, `spec.containers[0].image` or `metadata.labels["a/b"]`. */
export function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const [, bracket, name] of path.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)) {
    if (value === undefined || value === null) return undefined;
    if (name !== undefined) value = (value as Record<string, unknown>)[name];
    else if (/^"/.test(bracket ?? "")) value = (value as Record<string, unknown>)[(bracket ?? "").slice(1, -1)];
    else if (/^\d+$/.test(bracket ?? "")) value = (value as unknown[])[Number(bracket)];
    else {
      const [key = "", wanted = ""] = (bracket ?? "").split("=");
      value = (value as Record<string, unknown>[]).find((entry) => String(valueAt(entry, key)) === wanted);
    }
  }
  return value;
}

/** How a value reads in a line. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return "-";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/**
 * What differs between a value and its expected part, one line each; empty where it is as expected. Maps may hold more
 * than expected, lists may not; null says that a field is absent; strings may hold masks.
 */
export function differences(actual: unknown, expected: unknown, bindings: Bindings, path = ""): string[] {
  const at = path === "" ? "(the whole)" : path;
  const differs = [`${at}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(actual)}`];
  if (expected === null) return actual === undefined || actual === null ? [] : differs;
  if (typeof expected === "string") {
    return typeof actual === "string" && bindings.matches(actual, expected) ? [] : differs;
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return differs;
    return expected.flatMap((entry, index) => differences(actual[index], entry, bindings, `${path}[${index}]`));
  }
  if (typeof expected === "object") {
    if (typeof actual !== "object" || actual === null || Array.isArray(actual)) return differs;
    return Object.entries(expected as object).flatMap(([key, value]) =>
      differences((actual as Record<string, unknown>)[key], value, bindings, path === "" ? key : `${path}.${key}`),
    );
  }
  return Object.is(actual, expected) ? [] : differs;
}

/** Words of a command line, as a shell cuts them: quotes and backslashes, nothing else. */
export function words(line: string): string[] {
  const result: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let index = 0; index < line.length; index++) {
    const character = line[index] ?? "";
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else if (character === "\\" && quote === '"') word += line[++index] ?? "";
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (character === "\\") word = (word ?? "") + (line[++index] ?? "");
    else if (/\s/.test(character)) {
      if (word !== undefined) result.push(word);
      word = undefined;
    } else if ("|&;<>$`".includes(character) && word === undefined)
      throw new Error(`a scenario's command is no shell script: ${line}`);
    else word = (word ?? "") + character;
  }
  if (quote !== undefined) throw new Error(`a quote is not closed: ${line}`);
  if (word !== undefined) result.push(word);
  return result;
}
