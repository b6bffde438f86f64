/** expr(1). */
import { compilePattern, PatternError } from "./support/regex.ts";
import { tool } from "./support/tool.ts";

/** What is wrong with the expression; status 2. */
class ExpressionError extends Error {}

const LEVELS: readonly (readonly string[])[] = [
  ["|"],
  ["&"],
  ["<", "<=", "=", "==", "!=", ">=", ">"],
  ["+", "-"],
  ["*", "/", "%"],
  [":"],
];
const INTEGER = /^-?\d{1,1000}$/;

export const expr = tool(
  { name: "expr", usage: "EXPRESSION", raw: true, usageStatus: 2, options: {} },
  async (tool) => {
    if (tool.operands.length === 0) return tool.usage("missing operand");
    await tool.spend(tool.operands.length);
    try {
      const words = tool.operands[0] === "--" ? tool.operands.slice(1) : tool.operands;
      if (words.length === 0) return tool.usage("missing operand");
      const value = new Evaluator(words, (text) => tool.word(text)).run();
      await tool.out.write(`${value}\n`);
      return isTrue(value) ? 0 : 1;
    } catch (error) {
      if (error instanceof ExpressionError || error instanceof PatternError) return tool.die(error.message, 2);
      throw error;
    }
  },
);

function isTrue(value: string): boolean {
  return value !== "" && !/^-?0+$/.test(value);
}

function integer(value: string): bigint {
  if (!INTEGER.test(value)) throw new ExpressionError("non-integer argument");
  return BigInt(value);
}

class Evaluator {
  readonly #words: readonly string[];
  readonly #quote: (text: string) => string;
  #at = 0;

  constructor(words: readonly string[], quote: (text: string) => string) {
    this.#words = words;
    this.#quote = quote;
  }

  run(): string {
    const value = this.#level(0);
    const rest = this.#words[this.#at];
    if (rest !== undefined) throw new ExpressionError(`syntax error: unexpected argument ${this.#quote(rest)}`);
    return value;
  }

  /** `quiet`: what is worked out does not count, and what is wrong with it neither. */
  #level(level: number, quiet = false): string {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#primary(quiet);
    let left = this.#level(level + 1, quiet);
    for (;;) {
      const operator = this.#words[this.#at];
      if (operator === undefined || !operators.includes(operator)) return left;
      this.#at++;
      const skips = (operator === "|" && isTrue(left)) || (operator === "&" && !isTrue(left));
      const right = this.#level(level + 1, quiet || skips);
      left = quiet ? "" : apply(operator, left, right);
    }
  }

  #next(): string {
    const word = this.#words[this.#at];
    if (word === undefined)
      throw new ExpressionError(`syntax error: missing argument after ${this.#quote(this.#words[this.#at - 1] ?? "")}`);
    this.#at++;
    return word;
  }

  #primary(quiet: boolean): string {
    const word = this.#next();
    switch (word) {
      case "(": {
        const value = this.#level(0, quiet);
        const close = this.#words[this.#at];
        if (close === undefined)
          throw new ExpressionError(
            `syntax error: expecting ')' after ${this.#quote(this.#words[this.#at - 1] ?? "")}`,
          );
        if (close !== ")") throw new ExpressionError(`syntax error: expecting ')' instead of ${this.#quote(close)}`);
        this.#at++;
        return value;
      }
      case ")":
        throw new ExpressionError("syntax error: unexpected ')'");
      case "+":
        return this.#next();
      case "length":
        return String([...this.#level(LEVELS.length, quiet)].length);
      case "match": {
        const text = this.#level(LEVELS.length, quiet);
        const pattern = this.#level(LEVELS.length, quiet);
        return quiet ? "" : apply(":", text, pattern);
      }
      case "index": {
        const text = [...this.#level(LEVELS.length, quiet)];
        const wanted = this.#level(LEVELS.length, quiet);
        return String(text.findIndex((character) => wanted.includes(character)) + 1);
      }
      case "substr": {
        const text = [...this.#level(LEVELS.length, quiet)];
        const from = this.#level(LEVELS.length, quiet);
        const count = this.#level(LEVELS.length, quiet);
        if (!INTEGER.test(from) || !INTEGER.test(count) || Number(from) < 1 || Number(count) < 1) return "";
        return text.slice(Number(from) - 1, Number(from) - 1 + Number(count)).join("");
      }
      default:
        return word;
    }
  }
}

function apply(operator: string, left: string, right: string): string {
  switch (operator) {
    case "|":
      return isTrue(left) ? left : isTrue(right) ? right : "0";
    case "&":
      return isTrue(left) && isTrue(right) ? left : "0";
    case ":": {
      const pattern = compilePattern(`^${right.replace(/^\^/, "")}`, { syntax: "basic" });
      const match = pattern.find(left, 0);
      if (pattern.groupCount > 0) return match?.groups[1] ?? "";
      return String(match === undefined ? 0 : [...left.slice(0, match.end)].length);
    }
    case "+":
      return String(integer(left) + integer(right));
    case "-":
      return String(integer(left) - integer(right));
    case "*":
      return String(integer(left) * integer(right));
    case "/":
    case "%": {
      const by = integer(right);
      const value = integer(left);
      if (by === 0n) throw new ExpressionError("division by zero");
      return String(operator === "/" ? value / by : value % by);
    }
    default: {
      const numbers = INTEGER.test(left) && INTEGER.test(right);
      const [a, b] = numbers ? [BigInt(left), BigInt(right)] : [left, right];
      const holds = { "<": a < b, "<=": a <= b, "=": a === b, "==": a === b, "!=": a !== b, ">=": a >= b, ">": a > b };
      return holds[operator as keyof typeof holds] ? "1" : "0";
    }
  }
}
