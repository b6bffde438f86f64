/** Numbers on command lines as gnulib's xstrtol reads them, and its complaints. */
import type { Tool } from "./tool.ts";

const POWERS: Readonly<Record<string, number>> = {
  K: 1,
  k: 1,
  M: 2,
  m: 2,
  G: 3,
  g: 3,
  T: 4,
  t: 4,
  P: 5,
  E: 6,
  Z: 7,
  Y: 8,
};
const MAX_UNSIGNED = (1n << 64n) - 1n;
const HALF_INT = 1n << 30n;

/** What is wrong with a number: nothing more to say, or more than the type or the option takes. */
type NumberProblem = "invalid" | "suffix" | "overflow" | "range";

interface NumberOptions {
  /** Letters that may follow; "0" among them: with "B" or "iB" after them. */
  readonly suffixes?: string;
  readonly min?: bigint;
  readonly max?: bigint;
  /** Signed numbers may be negative. */
  readonly signed?: boolean;
}

/** The value, or why it is none. Blanks and a plus sign before it are no harm; a suffix alone is one of it. */
export function readNumber(text: string, options: NumberOptions = {}): bigint | NumberProblem {
  const { suffixes = "", signed = false } = options;
  const [all, sign = "", digits = ""] = /^[ \t\n\v\f\r]*([+-]?)(\d*)/.exec(text) ?? [""];
  let rest = text.slice(all.length);
  if (sign === "-" && !signed) return "invalid";
  if (digits === "" && (sign !== "" || rest === "" || !suffixes.includes(rest[0] as string) || rest[0] === "0"))
    return "invalid";
  let value = digits === "" ? 1n : BigInt(digits.slice(0, 400));
  if (rest !== "") {
    const letter = rest[0] as string;
    if (!suffixes.includes(letter) || letter === "0") return "suffix";
    rest = rest.slice(1);
    let base = 1024n;
    if (suffixes.includes("0") && POWERS[letter] !== undefined) {
      if (rest.startsWith("iB")) rest = rest.slice(2);
      else if (rest.startsWith("B") || rest.startsWith("D")) {
        base = 1000n;
        rest = rest.slice(1);
      }
    }
    if (letter === "b") value *= 512n;
    else if (letter === "B") value *= 1024n;
    else if (letter === "w") value *= 2n;
    else if (letter !== "c") value *= base ** BigInt(POWERS[letter] ?? 0);
    if (rest !== "") return "suffix";
  }
  if (sign === "-") value = -value;
  if (value > (signed ? MAX_UNSIGNED >> 1n : MAX_UNSIGNED) || value < -(1n << 63n)) return "overflow";
  const { min, max } = options;
  if ((min !== undefined && value < min) || (max !== undefined && value > max))
    return value > HALF_INT || value < -HALF_INT ? "overflow" : "range";
  return value;
}

function problemWords(problem: NumberProblem): string {
  if (problem === "overflow") return ": Value too large for defined data type";
  return problem === "range" ? ": Numerical result out of range" : "";
}

/** The number that an option was given; dies with "WHAT: 'text'" where it is none. */
export async function numberOption(
  tool: Pick<Tool, "die" | "word">,
  text: string,
  what: string,
  options: NumberOptions & {
    readonly status?: number;
    /** What a number that is too large stands for, where that is no mistake. */
    readonly overflow?: number;
  } = {},
): Promise<number> {
  const value = readNumber(text, options);
  if (typeof value === "bigint") return Number(value);
  if (value === "overflow" && options.overflow !== undefined) return options.overflow;
  return tool.die(`${what}: ${tool.word(text)}${problemWords(value)}`, options.status ?? 1);
}
