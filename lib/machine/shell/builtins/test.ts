/** `test` and `[`. */
import { COMPARISONS, testStrings, testUnary } from "../conditional.ts";
import { ExpansionError } from "../control.ts";
import type { Shell } from "../shell.ts";
import { PosixTest, PosixTestError } from "./posix-test.ts";
import { type Builtin, fail } from "./types.ts";

const UNARY = /^-[abcdefghknoprstuvwxzGLNORS]$/;
const BINARY = new Set(["=", "==", "!=", "<", ">", "-nt", "-ot", "-ef", ...Object.keys(COMPARISONS)]);

/** A test that is written wrongly: status 2. */
class TestError extends Error {}

/** Parentheses within parentheses. */
const MAX_DEPTH = 200;

class TestParser {
  readonly #shell: Shell;
  readonly #args: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(shell: Shell, args: readonly string[]) {
    this.#shell = shell;
    this.#args = args;
  }

  async run(): Promise<boolean> {
    const args = this.#args;
    if (args.length === 0) return false;
    if (args.length === 1) return args[0] !== "";
    const { bash, dash } = this.#shell.flavour;
    if (!bash) {
      const binary = (word: string | undefined) => BINARY.has(word ?? "") && !(dash && word === "==");
      // Three words, perhaps behind a `!`, with an operator between them are that, whatever else they could be.
      if (args.length === 3 && binary(args[1]))
        return this.#binary(args[0] as string, args[1] as string, args[2] as string);
      if (args.length === 4 && args[0] === "!" && binary(args[2]))
        return !this.#binary(args[1] as string, args[2] as string, args[3] as string);
      return new PosixTest(args, {
        dash,
        unary: (word) => UNARY.test(word) && word !== "-a" && word !== "-o",
        binary,
        testUnary: (operator, operand) => testUnary(this.#shell, operator, operand),
        testBinary: (left, operator, right) => this.#binary(left, operator, right),
      }).run();
    }
    switch (args.length) {
      case 2:
        return this.#two(args[0] as string, args[1] as string);
      case 3:
        return this.#three(args as readonly [string, string, string]);
      case 4:
        if (args[0] === "!") return !(await this.#three(args.slice(1) as unknown as [string, string, string]));
        if (args[0] === "(" && args[3] === ")") return this.#two(args[1] as string, args[2] as string);
    }
    const value = await this.#or();
    if (this.#at < args.length) throw new TestError("too many arguments");
    return value;
  }

  async #two(one: string, two: string): Promise<boolean> {
    if (one === "!") return two === "";
    if (UNARY.test(one)) return testUnary(this.#shell, one, two);
    throw new TestError(`${one}: unary operator expected`);
  }

  async #three(args: readonly [string, string, string]): Promise<boolean> {
    const [one, two, three] = args;
    if (BINARY.has(two)) return this.#binary(one, two, three);
    if (two === "-a") return one !== "" && three !== "";
    if (two === "-o") return one !== "" || three !== "";
    if (one === "!") return !(await this.#two(two, three));
    if (one === "(" && three === ")") return two !== "";
    throw new TestError(`${two}: binary operator expected`);
  }

  async #or(): Promise<boolean> {
    let value = await this.#and();
    while (this.#args[this.#at] === "-o") {
      this.#at++;
      const right = await this.#and();
      value = value || right;
    }
    return value;
  }

  async #and(): Promise<boolean> {
    let value = await this.#not();
    while (this.#args[this.#at] === "-a") {
      this.#at++;
      const right = await this.#not();
      value = value && right;
    }
    return value;
  }

  async #not(): Promise<boolean> {
    const args = this.#args;
    const word = args[this.#at];
    if (word === undefined) throw new TestError("argument expected");
    if (word === "!") {
      let negated = false;
      while (args[this.#at] === "!") {
        this.#at++;
        negated = !negated;
      }
      return (await this.#not()) !== negated;
    }
    if (word === "(") {
      if (++this.#depth > MAX_DEPTH) throw new TestError("too many arguments");
      this.#at++;
      const value = await this.#or();
      if (args[this.#at] !== ")") throw new TestError("`)' expected");
      this.#at++;
      this.#depth--;
      return value;
    }
    const operator = args[this.#at + 1];
    const right = args[this.#at + 2];
    if (operator !== undefined && right !== undefined && BINARY.has(operator)) {
      this.#at += 3;
      return this.#binary(word, operator, right);
    }
    if (UNARY.test(word) && operator !== undefined) {
      this.#at += 2;
      return testUnary(this.#shell, word, operator);
    }
    this.#at++;
    return word !== "";
  }

  #binary(left: string, operator: string, right: string): boolean {
    if (operator === "=" || operator === "==") return left === right;
    if (operator === "!=") return left !== right;
    const compare = COMPARISONS[operator];
    if (compare !== undefined) return compare(this.#integer(left), this.#integer(right));
    return testStrings(this.#shell, left, operator, right);
  }

  #integer(text: string): bigint {
    if (/^\s*[+-]?\d+\s*$/.test(text)) return BigInt(text.trim().replace(/^\+/, ""));
    if (!this.#shell.flavour.bash) throw new TestError(`${text}: bad number`);
    throw new TestError(`${text}: integer expression expected`);
  }
}

const test: Builtin["run"] = async (shell, args, context) => {
  let rest = args;
  if (context.name === "[") {
    if (args.at(-1) !== "]") return fail(shell, context, shell.flavour.bash ? "missing `]'" : "missing ]", 2);
    rest = args.slice(0, -1);
  }
  try {
    return (await new TestParser(shell, rest).run()) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TestError) && !(error instanceof PosixTestError) && !(error instanceof ExpansionError))
      throw error;
    return fail(shell, context, error.message, 2);
  }
};

export const TEST_BUILTINS: Readonly<Record<string, Builtin>> = { test: { run: test }, "[": { run: test } };
