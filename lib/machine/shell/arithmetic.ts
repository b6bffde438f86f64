/**
 * Shell arithmetic: `$(( ))`, `(( ))`, `let`, subscripts. 64-bit integers that wrap, all of C's operators and `**`.
 * Evaluated while it is read, as bash's expr.c does: what is done before an error is found stays done, and a variable
 * has its value when its name is read.
 */

import { closingBracket, compute, digitValue, truth, wrap } from "./integers.ts";

/** What arithmetic needs of a shell's variables. Names may carry a subscript as written: `a[i+1]`. */
interface ArithmeticScope {
  /** Undefined where the variable is unset. */
  read(name: string, subscript: string | undefined): string | undefined;
  assign(name: string, subscript: string | undefined, value: string): void;
  /** The subscript with what is to be evaluated in it evaluated: so that `a[i++]+=1` does that once. */
  locate(name: string, subscript: string): string;
  /** Ash and dash read some of it otherwise. */
  readonly arithmeticDialect?: "bash" | "ash" | "dash";
}

/** An expression bash refuses; `message` is what it prints after the expression. */
export class ArithmeticError extends Error {
  /** The expression it was found in: the value of a variable, perhaps. */
  readonly expression: string | undefined;

  constructor(message: string, expression?: string) {
    super(message);
    this.expression = expression;
  }
}

const MAX_DEPTH = 128;
/** What ash says of `?` and `:` without each other, and of what may not stand between them there. */
const MALFORMED = "malformed ?: operator";
/** Longest expression that is read (characters). */
const MAX_LENGTH = 16_384;

/** Operators of two characters and more; those that assign have a kind of their own. */
const LONG = ["<<=", ">>=", "**", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||"];
const SINGLE = "=<>+-*/%!()&|^~?:,";
/** Left to right, loosest first: what binds alike stands together. */
const LEVELS: readonly (readonly string[])[] = [
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<", "<=", ">", ">="],
  ["<<", ">>"],
  ["+", "-"],
];

interface Place {
  readonly name: string;
  readonly subscript: string | undefined;
}

/** "number", "name", "assign" (`+=`), "pre++", "++", ..., an operator, or "" at the end. */
type Token = string;

class Evaluator {
  readonly #source: string;
  readonly #scope: ArithmeticScope;
  readonly #depth: number;
  #at = 0;
  /** Where the token read last begins. */
  #start = 0;
  #token: Token = "";
  #last: Token = "";
  #value = 0n;
  #place: Place | undefined;
  #assigning = "";
  /** Above zero nothing is read or assigned. */
  #skipping = 0;
  #nesting = 0;
  #parentheses = 0;

  constructor(source: string, scope: ArithmeticScope, depth: number) {
    this.#source = source;
    this.#scope = scope;
    this.#depth = depth;
  }

  get #posix(): boolean {
    return this.#scope.arithmeticDialect !== undefined && this.#scope.arithmeticDialect !== "bash";
  }

  evaluate(): bigint {
    if (this.#source.trim() === "") return 0n;
    this.#next();
    const value = this.#comma();
    if (this.#token === ":" && this.#scope.arithmeticDialect === "ash") throw this.#error(MALFORMED);
    if (this.#token !== "") throw this.#error("syntax error in expression");
    return value;
  }

  /** `end`: as far as the expression is shown. */
  #error(message: string, start = this.#start, end = this.#source.length): ArithmeticError {
    const token = this.#source.slice(start, end);
    return new ArithmeticError(`${message} (error token is "${token}")`, this.#source.slice(0, end).trimStart());
  }

  #skipBlanks(): void {
    while (/\s/.test(this.#source.charAt(this.#at))) this.#at++;
  }

  #next(): void {
    const source = this.#source;
    this.#skipBlanks();
    const at = this.#at;
    if (at >= source.length) {
      this.#become("");
      return;
    }
    this.#start = at;
    const char = source.charAt(at);
    if (/[A-Za-z_]/.test(char)) this.#name();
    else if (/\d/.test(char)) {
      const text = /^\d[\w@#]*/.exec(source.slice(at, at + 512))?.[0] as string;
      this.#at += text.length;
      this.#value = this.#constant(text);
      this.#become("number");
    } else this.#operator(char);
  }

  #become(token: Token): void {
    this.#last = this.#token;
    this.#token = token;
  }

  #operator(char: string): void {
    const source = this.#source;
    const at = this.#at;
    const dash = this.#scope.arithmeticDialect === "dash";
    const long = LONG.find((each) => source.startsWith(each, at) && !(dash && each === "**"));
    const twice = !dash && (char === "+" || char === "-") && source.charAt(at + 1) === char;
    if (long === "<<=" || long === ">>=") {
      this.#assigning = long.slice(0, 2);
      this.#at += 3;
      this.#become("assign");
    } else if (long !== undefined) {
      this.#at += long.length;
      this.#become(long);
    } else if (twice && this.#token === "name") {
      this.#at += 2;
      this.#become(char + char);
    } else if (twice) {
      // A step only where a name follows; else two signs.
      const steps = /^\s*[A-Za-z_]/.test(source.slice(at + 2, at + 66));
      this.#at += steps ? 2 : 1;
      this.#become(steps ? `pre${char}${char}` : char);
    } else if ("*/%+-&^|".includes(char) && source.charAt(at + 1) === "=") {
      this.#assigning = char;
      this.#at += 2;
      this.#become("assign");
    } else if (SINGLE.includes(char)) {
      this.#at++;
      this.#become(char);
    } else {
      const operand = this.#token === "" || !/^(?:number|name|\+\+|--)$/.test(this.#token);
      throw this.#error(operand ? "syntax error: operand expected" : "syntax error: invalid arithmetic operator");
    }
  }

  #name(): void {
    const source = this.#source;
    const start = this.#at;
    const name = /^\w+/.exec(source.slice(start, start + 512))?.[0] as string;
    this.#at += name.length;
    let subscript: string | undefined;
    if (source.charAt(this.#at) === "[") {
      const close = closingBracket(source, this.#at);
      if (close === -1) throw this.#error("bad array subscript", start);
      subscript = source.slice(this.#at + 1, close);
      this.#at = close + 1;
    }
    const before = this.#token;
    const assigned = !this.#posix && this.#assignmentFollows();
    this.#start = start;
    this.#token = before;
    this.#value = 0n;
    if (this.#skipping === 0 && (!assigned || before.startsWith("pre"))) {
      if (subscript !== undefined) subscript = this.#scope.locate(name, subscript);
      this.#value = this.#read({ name, subscript });
    }
    this.#place = { name, subscript };
    this.#become("name");
  }

  /** Looks at the next token, which must be one, and says whether it is `=`. */
  #assignmentFollows(): boolean {
    const { at, value, place, assigning } = {
      at: this.#at,
      value: this.#value,
      place: this.#place,
      assigning: this.#assigning,
    };
    const last = this.#last;
    this.#token = "name";
    this.#skipping++;
    if (++this.#nesting > 2) {
      // Names after names: the error is found without looking further.
      this.#nesting--;
      this.#skipping--;
      return false;
    }
    this.#next();
    this.#nesting--;
    this.#skipping--;
    const found = this.#token === "=";
    this.#at = at;
    this.#value = value;
    this.#place = place;
    this.#assigning = assigning;
    this.#last = last;
    return found;
  }

  #read(place: Place): bigint {
    const text = this.#scope.read(place.name, place.subscript);
    return text === undefined || text === "" ? 0n : evaluateArithmetic(text, this.#scope, this.#depth + 1);
  }

  #assign(place: Place | undefined, value: bigint): void {
    if (this.#skipping === 0 && place !== undefined) this.#scope.assign(place.name, place.subscript, String(value));
  }

  #is(token: Token): boolean {
    return this.#token === token;
  }

  #comma(): bigint {
    let value = this.#assignment();
    while (this.#token === "," && this.#scope.arithmeticDialect !== "dash") {
      this.#next();
      value = this.#assignment();
    }
    return value;
  }

  #assignment(): bigint {
    if (++this.#nesting > MAX_DEPTH) throw this.#error("expression recursion level exceeded");
    const before = this.#conditional();
    if (this.#token !== "=" && this.#token !== "assign") {
      this.#nesting--;
      return before;
    }
    const operator = this.#token === "assign" ? this.#assigning : "";
    if (this.#last !== "name" && this.#posix && this.#parentheses > 0) throw this.#error("missing `)'");
    if (this.#last !== "name") throw this.#error("attempted assignment to non-variable");
    const place = this.#place;
    this.#next();
    let value = this.#assignment();
    if (operator !== "") {
      if ((operator === "/" || operator === "%") && value === 0n) {
        if (this.#skipping === 0) throw this.#error("division by 0");
        value = 1n;
      }
      value = compute(operator, before, value);
    }
    this.#assign(place, value);
    this.#nesting--;
    return value;
  }

  #skip<T>(skips: boolean, body: () => T): T {
    if (skips) this.#skipping++;
    const result = body();
    if (skips) this.#skipping--;
    return result;
  }

  #conditional(): bigint {
    const test = this.#or();
    if (this.#token !== "?") return test;
    const ash = this.#scope.arithmeticDialect === "ash";
    const yes = this.#skip(test === 0n, () => {
      this.#next();
      if (this.#token === "" || this.#token === ":") throw this.#error("expression expected");
      return ash ? this.#or() : this.#comma();
    });
    if (ash && !this.#is(":")) throw this.#error(MALFORMED);
    if (!this.#is(":")) throw this.#error("`:' expected for conditional expression");
    const no = this.#skip(test !== 0n, () => {
      this.#next();
      if (this.#token === "") throw this.#error("expression expected");
      if (++this.#nesting > MAX_DEPTH) throw this.#error("expression recursion level exceeded");
      const value = this.#conditional();
      this.#nesting--;
      return value;
    });
    this.#last = "?";
    return test !== 0n ? yes : no;
  }

  #or(): bigint {
    let value = this.#and();
    while (this.#token === "||") {
      const right = this.#skip(value !== 0n, () => {
        this.#next();
        return this.#and();
      });
      value = truth(value !== 0n || right !== 0n);
      this.#last = "||";
    }
    return value;
  }

  #and(): bigint {
    let value = this.#level(0);
    while (this.#token === "&&") {
      const right = this.#skip(value === 0n, () => {
        this.#next();
        return this.#level(0);
      });
      value = truth(value !== 0n && right !== 0n);
      this.#last = "&&";
    }
    return value;
  }

  #level(level: number): bigint {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#product();
    let value = this.#level(level + 1);
    while (operators.includes(this.#token)) {
      const operator = this.#token;
      this.#next();
      value = compute(operator, value, this.#level(level + 1));
      this.#last = "number";
    }
    return value;
  }

  #product(): bigint {
    let value = this.#power();
    while (this.#token === "*" || this.#token === "/" || this.#token === "%") {
      const operator = this.#token;
      this.#skipBlanks();
      const at = this.#at;
      this.#next();
      let right = this.#power();
      if (operator !== "*" && right === 0n) {
        if (this.#skipping === 0) throw this.#error("division by 0", at);
        right = 1n;
      }
      value = compute(operator, value, right);
      this.#last = "number";
    }
    return value;
  }

  #power(): bigint {
    const base = this.#sign();
    if (this.#token !== "**") return base;
    this.#next();
    if (++this.#nesting > MAX_DEPTH) throw this.#error("expression recursion level exceeded");
    const exponent = this.#power();
    this.#nesting--;
    this.#last = "number";
    if (exponent < 0n) throw this.#error("exponent less than 0");
    let result = 1n;
    let factor = base;
    for (let left = exponent; left > 0n; left >>= 1n) {
      if (left & 1n) result = wrap(result * factor);
      factor = wrap(factor * factor);
    }
    return result;
  }

  #sign(): bigint {
    const operator = this.#token;
    if (operator !== "!" && operator !== "~" && operator !== "-" && operator !== "+") return this.#primary();
    if (++this.#nesting > MAX_DEPTH) throw this.#error("expression recursion level exceeded");
    this.#next();
    const value = this.#sign();
    this.#nesting--;
    this.#last = "number";
    if (operator === "!") return truth(value === 0n);
    return operator === "~" ? wrap(~value) : operator === "-" ? wrap(-value) : value;
  }

  #primary(): bigint {
    const token = this.#token;
    if (token.startsWith("pre")) {
      this.#next();
      const value = wrap(this.#value + (token === "pre++" ? 1n : -1n));
      this.#assign(this.#place, value);
      this.#token = "number";
      this.#next();
      return value;
    }
    if (token === "(") {
      this.#next();
      this.#parentheses++;
      const value = this.#comma();
      this.#parentheses--;
      if (this.#token !== ")") throw this.#error("missing `)'");
      this.#next();
      return value;
    }
    const value = this.#value;
    if (token === "number") this.#next();
    else if (token === "name") {
      const place = this.#place;
      this.#next();
      if (this.#token === "++" || this.#token === "--") {
        this.#assign(place, wrap(value + (this.#token === "++" ? 1n : -1n)));
        this.#token = "number";
        this.#next();
      } else if (this.#token !== "name") this.#place = place;
    } else throw this.#error("syntax error: operand expected");
    return value;
  }

  /** A constant: decimal, 0octal, 0xhex, base#digits with bases 2 to 64. */
  #constant(text: string): bigint {
    const fail = (message: string): ArithmeticError => this.#error(message, this.#start, this.#at);
    const based = /^(\d+)#(.*)$/.exec(text);
    let base = 10;
    let digits = text;
    if (based !== null) {
      base = Number(based[1]);
      digits = based[2] as string;
      if (base < 2 || base > 64) throw fail("invalid arithmetic base");
      if (digits === "") throw fail("invalid integer constant");
    } else if (/^0[xX]/.test(text)) {
      base = 16;
      digits = text.slice(2);
    } else if (text.length > 1 && text.startsWith("0")) {
      base = 8;
      digits = text.slice(1);
    }
    let value = 0n;
    for (const digit of digits) {
      const worth = digitValue(digit, base);
      if (digit === "#") throw fail("invalid number");
      if (worth >= base) throw fail("value too great for base");
      value = value * BigInt(base) + BigInt(worth);
    }
    return wrap(value);
  }
}

/** Evaluates a text in which `$` expansions have been done. An empty one is 0. */
export function evaluateArithmetic(source: string, scope: ArithmeticScope, depth = 0): bigint {
  const simple = /^\s*(-?[1-9]\d{0,14}|0)\s*$/.exec(source);
  if (simple !== null) return BigInt(simple[1] as string);
  if (depth > MAX_DEPTH || source.length > MAX_LENGTH) {
    const shown = source.slice(0, 80);
    throw new ArithmeticError(`expression recursion level exceeded (error token is "${shown}")`, shown);
  }
  return new Evaluator(source, scope, depth).evaluate();
}
