/** `test` as ash and dash read it (their test.c): one grammar for any number of words, which goes from left to right. */

/** An expression that is written wrongly; its words are ash's or dash's. */
export class PosixTestError extends Error {}

interface PosixTestRules {
  readonly dash: boolean;
  readonly unary: (operator: string) => boolean;
  readonly binary: (operator: string) => boolean;
  testUnary(operator: string, operand: string): Promise<boolean> | boolean;
  testBinary(left: string, operator: string, right: string): boolean;
}

type Kind = "end" | "operand" | "unary" | "binary" | "and" | "or" | "not" | "open" | "close";

const PLAIN: Readonly<Record<string, Kind>> = { "-a": "and", "-o": "or", "!": "not", "(": "open", ")": "close" };
/** Parentheses and negations within each other. */
const MAX_DEPTH = 200;

export class PosixTest {
  readonly #args: readonly string[];
  readonly #rules: PosixTestRules;
  /** The word that was used last. */
  #at = 0;
  #depth = 0;

  constructor(args: readonly string[], rules: PosixTestRules) {
    this.#args = args;
    this.#rules = rules;
  }

  async run(): Promise<boolean> {
    const value = await this.#or(this.#kind(0));
    const [last, next] = [this.#args[this.#at], this.#args[this.#at + 1]];
    if (last === undefined || next === undefined) return value;
    if (this.#rules.dash) throw new PosixTestError(`${last === "" ? "" : `${last}: `}unexpected operator`);
    throw new PosixTestError(`${next}: unknown operand`);
  }

  #kind(at: number): Kind {
    const word = this.#args[at];
    if (word === undefined) return "end";
    const { dash, unary, binary } = this.#rules;
    if (binary(word)) return "binary";
    const next = this.#args[at + 1];
    if (unary(word)) {
      // Dash takes it as an operand where nothing, or `OPERATOR WORD`, follows.
      const operand = next === undefined || (this.#args[at + 2] !== undefined && binary(next));
      return dash && operand ? "operand" : "unary";
    }
    const kind = PLAIN[word] ?? "operand";
    return dash && kind === "open" && next === undefined ? "operand" : kind;
  }

  async #or(first: Kind): Promise<boolean> {
    let value = await this.#and(first);
    while (this.#kind(this.#at + 1) === "or") {
      this.#at += 2;
      const right = await this.#and(this.#kind(this.#at));
      value ||= right;
    }
    return value;
  }

  async #and(first: Kind): Promise<boolean> {
    let value = await this.#not(first);
    while (this.#kind(this.#at + 1) === "and") {
      this.#at += 2;
      const right = await this.#not(this.#kind(this.#at));
      value &&= right;
    }
    return value;
  }

  async #not(kind: Kind): Promise<boolean> {
    if (kind !== "not") return this.#primary(kind);
    if (++this.#depth > MAX_DEPTH) throw new PosixTestError("too many arguments");
    const next = this.#kind(this.#at + 1);
    // A lone `!` is a word.
    if (next === "end") return !this.#rules.dash;
    this.#at++;
    return !(await this.#not(next));
  }

  async #primary(kind: Kind): Promise<boolean> {
    const args = this.#args;
    const { dash } = this.#rules;
    if (kind === "end") {
      if (dash) return false;
      throw new PosixTestError("argument expected");
    }
    if (kind === "open") return this.#parenthesised();
    const word = args[this.#at] as string;
    const next = this.#kind(this.#at + 1);
    if (!dash && next === "binary" && args[this.#at + 2] !== undefined) return this.#binary();
    if (kind === "unary") {
      const operand = args[this.#at + 1];
      if (operand === undefined) return word !== "";
      this.#at++;
      return this.#rules.testUnary(word, operand);
    }
    return next === "binary" ? this.#binary() : word !== "";
  }

  async #parenthesised(): Promise<boolean> {
    if (++this.#depth > MAX_DEPTH) throw new PosixTestError("too many arguments");
    this.#at++;
    const first = this.#kind(this.#at);
    if (this.#rules.dash && first === "close") return false;
    const value = await this.#or(first);
    this.#at++;
    if (this.#kind(this.#at) !== "close") throw new PosixTestError("closing paren expected");
    this.#depth--;
    return value;
  }

  #binary(): boolean {
    const [left, operator, right] = this.#args.slice(this.#at, this.#at + 3) as [string, string, string | undefined];
    if (right === undefined) throw new PosixTestError(`${operator}: argument expected`);
    this.#at += 2;
    return this.#rules.testBinary(left, operator, right);
  }
}
