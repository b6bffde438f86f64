/** `${x@Q}` and its kin. */
import { promptText } from "./prompt.ts";
import { quoteDouble, quoteSinglePaid, readEscapesPaid } from "./quote.ts";
import type { Shell } from "./shell.ts";
import type { Variable } from "./variables.ts";

/** The letters `declare` takes to make a variable like this one. */
export function attributeLetters(variable: Variable): string {
  return (
    (variable.array !== undefined ? "a" : "") +
    (variable.map !== undefined ? "A" : "") +
    (variable.integer ? "i" : "") +
    (variable.reference ? "n" : "") +
    (variable.readonly ? "r" : "") +
    (variable.trace ? "t" : "") +
    (variable.exported ? "x" : "") +
    (variable.fold === "capital" ? "c" : variable.fold === "lower" ? "l" : variable.fold === "upper" ? "u" : "")
  );
}

export async function transform(shell: Shell, name: string, value: string, operator: string): Promise<string> {
  const spend = (units: number) => shell.process.spend(units);
  switch (operator) {
    case "Q":
    case "K":
    case "k":
      return quoteSinglePaid(value, spend);
    case "E":
      return (await readEscapesPaid(value, "plain", spend)).text;
    case "P":
      return promptText(shell, value);
    case "U":
      return value.toUpperCase();
    case "L":
      return value.toLowerCase();
    case "u":
      return value.charAt(0).toUpperCase() + value.slice(1);
    case "a": {
      const variable = shell.variables.lookup(name);
      return variable === undefined ? "" : attributeLetters(variable);
    }
    default: {
      const variable = shell.variables.lookup(name);
      const letters = variable === undefined ? "" : attributeLetters(variable);
      const assignment = `${name}=${await quoteSinglePaid(value, spend)}`;
      return letters === "" ? assignment : `declare -${letters} ${assignment}`;
    }
  }
}

/** Operators that take an array as a whole. Undefined: each element by itself. */
export function transformArray(shell: Shell, name: string, operator: string): string[] | undefined {
  const variable = shell.variables.lookup(name);
  if (variable === undefined || (variable.array === undefined && variable.map === undefined)) return undefined;
  const keys = variable.array?.keys().map(String) ?? variable.map?.keys() ?? [];
  const values = variable.array?.values() ?? variable.map?.values() ?? [];
  if (operator === "A") return [`declare -${attributeLetters(variable)} ${name}=${arrayLiteral(variable)}`];
  if (operator === "k") return keys.flatMap((key, i) => [key, values[i] as string]);
  if (operator === "K") {
    return [
      keys
        .map((key, i) => `${variable.map === undefined ? key : quoteKey(key)} ${quoteDouble(values[i] as string)}`)
        .join(" "),
    ];
  }
  return undefined;
}

function quoteKey(key: string): string {
  return /^[\w@%+:,./-]+$/.test(key) ? key : quoteDouble(key);
}

/** `([0]="a" [1]="b")`, as `declare -p` prints it. */
export function arrayLiteral(variable: Variable): string {
  if (variable.array !== undefined) {
    const values = variable.array.values();
    let out = "";
    let at = 0;
    for (const key of variable.array.keys()) {
      out += `${at === 0 ? "" : " "}[${key}]=${quoteDouble(values[at] as string)}`;
      at++;
    }
    return `(${out})`;
  }
  const map = variable.map;
  if (map === undefined) return "";
  return `(${map
    .keys()
    .map((key) => `[${quoteKey(key)}]=${quoteDouble(map.get(key) as string)} `)
    .join("")})`;
}
