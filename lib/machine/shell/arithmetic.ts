/** Shell arithmetic: `$(( ))`, `(( ))`, `let`, subscripts. 64-bit integers that wrap, all of C's operators and `**`. */

/** What arithmetic needs of a shell's variables. Names may carry a subscript as written: `a[i+1]`. */
interface ArithmeticScope {
  /** Undefined where the variable is unset. */
  read(name: string, subscript: string | undefined): string | undefined;
  assign(name: string, subscript: string | undefined, value: string): void;
}

/** An expression bash refuses; `message` is what it prints after the expression. */
export class ArithmeticError extends Error {
  /** The expression that it is in, where that is the value of a variable. */
  expression: string | undefined;
}

type Expression =
  | { readonly kind: "number"; readonly value: bigint }
  | { readonly kind: "variable"; readonly name: string; readonly subscript: string | undefined }
  | { readonly kind: "unary"; readonly operator: string; readonly operand: Expression }
  | { readonly kind: "step"; readonly by: bigint; readonly prefix: boolean; readonly target: Target }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
      readonly token: string;
    }
  | {
      readonly kind: "assign";
      readonly operator: string;
      readonly target: Target;
      readonly value: Expression;
      readonly token: string;
    }
  | {
      readonly kind: "conditional";
      readonly test: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    };
type Target = Extract<Expression, { kind: "variable" }>;

interface Token {
  readonly kind: "number" | "name" | "operator" | "end";
  readonly text: string;
  readonly at: number;
  readonly subscript?: string | undefined;
}

const OPERATORS =
  /^(?:<<=|>>=|\*\*|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||\+=|-=|\*=|\/=|%=|&=|\^=|\|=|[-+*/%<>=!~&^|?:,()])/;
const ASSIGNMENTS = new Set(["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "^=", "|="]);
const PRECEDENCE: Readonly<Record<string, number>> = {
  "||": 1,
  "&&": 2,
  "|": 3,
  "^": 4,
  "&": 5,
  "==": 6,
  "!=": 6,
  "<": 7,
  "<=": 7,
  ">": 7,
  ">=": 7,
  "<<": 8,
  ">>": 8,
  "+": 9,
  "-": 9,
  "*": 10,
  "/": 10,
  "%": 10,
  "**": 11,
};
const MAX_DEPTH = 128;

const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);

class Parser {
  readonly #source: string;
  #at = 0;
  #token: Token;
  /** Where the token before began. */
  #last = 0;
  #depth = 0;
  #afterNumber = false;

  constructor(source: string) {
    this.#source = source;
    this.#token = this.#read();
  }

  parse(): Expression | undefined {
    if (this.#ended()) return undefined;
    const expression = this.#comma();
    if (!this.#ended()) {
      throw this.#error(
        this.#token.kind === "operator" && ASSIGNMENTS.has(this.#token.text)
          ? "attempted assignment to non-variable"
          : this.#token.kind === "operator" && !/^[):]$/.test(this.#token.text)
            ? "syntax error: invalid arithmetic operator"
            : "syntax error in expression",
      );
    }
    return expression;
  }

  #error(message: string, where = this.#token.at): ArithmeticError {
    // At the end, the last token is what is wrong.
    const at = this.#ended() ? this.#last : where;
    return new ArithmeticError(`${message} (error token is "${this.#source.slice(at)}")`);
  }

  #read(): Token {
    const source = this.#source;
    while (/\s/.test(source.charAt(this.#at))) this.#at++;
    const at = this.#at;
    if (at >= source.length) return { kind: "end", text: "", at };
    const rest = source.slice(at, at + 512);
    const number = /^\d[\w@#]*/.exec(rest)?.[0];
    if (number !== undefined) {
      this.#at += number.length;
      this.#afterNumber = true;
      return { kind: "number", text: number, at };
    }
    const name = /^[A-Za-z_]\w*/.exec(rest)?.[0];
    if (name !== undefined) {
      this.#at += name.length;
      this.#afterNumber = false;
      if (source.charAt(this.#at) !== "[") return { kind: "name", text: name, at };
      const close = closingBracket(source, this.#at);
      if (close === -1) throw new ArithmeticError(`bad array subscript (error token is "${source.slice(at)}")`);
      const subscript = source.slice(this.#at + 1, close);
      this.#at = close + 1;
      return { kind: "name", text: name, at, subscript };
    }
    let operator = OPERATORS.exec(rest)?.[0];
    // Behind a number there are two signs.
    if ((operator === "++" || operator === "--") && this.#afterNumber) operator = operator.charAt(0);
    this.#afterNumber = false;
    if (operator === undefined) throw this.#errorAt("syntax error: operand expected", at);
    this.#at += operator.length;
    return { kind: "operator", text: operator, at };
  }

  #errorAt(message: string, at: number): ArithmeticError {
    const invalid = /^["'.\\#@$]/.test(this.#source.slice(at)) && at > 0 && /\w\s*$/.test(this.#source.slice(0, at));
    return new ArithmeticError(
      `${invalid ? "syntax error: invalid arithmetic operator" : message} (error token is "${this.#source.slice(at)}")`,
    );
  }

  #next(): Token {
    const token = this.#token;
    this.#last = token.at;
    this.#token = this.#read();
    return token;
  }

  #ended(): boolean {
    return this.#token.kind === "end";
  }

  #is(...operators: readonly string[]): boolean {
    return this.#token.kind === "operator" && operators.includes(this.#token.text);
  }

  #comma(): Expression {
    let left = this.#assignment();
    while (this.#is(",")) {
      this.#next();
      left = { kind: "binary", operator: ",", left, right: this.#assignment(), token: "" };
    }
    return left;
  }

  #assignment(): Expression {
    if (++this.#depth > MAX_DEPTH) throw new ArithmeticError("expression recursion level exceeded");
    try {
      const left = this.#conditional();
      if (this.#token.kind !== "operator" || !ASSIGNMENTS.has(this.#token.text)) return left;
      if (left.kind !== "variable") throw this.#error("attempted assignment to non-variable");
      const operator = this.#next().text;
      const at = this.#token.at;
      const value = this.#assignment();
      return { kind: "assign", operator, target: left, value, token: this.#source.slice(at) };
    } finally {
      this.#depth--;
    }
  }

  #conditional(): Expression {
    const test = this.#binary(1);
    if (!this.#is("?")) return test;
    this.#next();
    if (this.#is(":") || this.#ended()) throw this.#error("expression expected");
    const yes = this.#comma();
    if (!this.#is(":")) throw this.#error("`:' expected for conditional expression");
    this.#next();
    if (this.#ended()) throw this.#error("expression expected");
    return { kind: "conditional", test, yes, no: this.#assignment() };
  }

  #binary(minimum: number): Expression {
    let left = this.#unary();
    for (;;) {
      const operator = this.#token.kind === "operator" ? this.#token.text : "";
      const precedence = PRECEDENCE[operator];
      if (precedence === undefined || precedence < minimum) return left;
      this.#next();
      const at = this.#token.at;
      const right = this.#binary(operator === "**" ? precedence : precedence + 1);
      left = { kind: "binary", operator, left, right, token: this.#source.slice(operator === "**" ? this.#last : at) };
    }
  }

  #unary(): Expression {
    if (++this.#depth > MAX_DEPTH) throw new ArithmeticError("expression recursion level exceeded");
    try {
      if (this.#is("!", "~", "+", "-")) {
        return { kind: "unary", operator: this.#next().text, operand: this.#unary() };
      }
      if (this.#is("++", "--")) {
        const operator = this.#next().text;
        if (this.#token.kind !== "name") {
          // Not a step of a variable: two signs, as bash reads `--5`.
          const sign = operator.charAt(0);
          const inner: Expression = { kind: "unary", operator: sign, operand: this.#unary() };
          return { kind: "unary", operator: sign, operand: inner };
        }
        const target = this.#primary() as Target;
        return { kind: "step", by: operator === "++" ? 1n : -1n, prefix: true, target };
      }
      const operand = this.#primary();
      if (this.#is("++", "--") && operand.kind === "variable") {
        return { kind: "step", by: this.#next().text === "++" ? 1n : -1n, prefix: false, target: operand };
      }
      return operand;
    } finally {
      this.#depth--;
    }
  }

  #primary(): Expression {
    if (this.#is("(")) {
      this.#next();
      const inner = this.#comma();
      if (!this.#is(")")) throw this.#error("missing `)'");
      this.#next();
      return inner;
    }
    if (this.#token.kind === "number") {
      const token = this.#next();
      return { kind: "number", value: parseNumber(token.text) };
    }
    if (this.#token.kind === "name") {
      const token = this.#next();
      return { kind: "variable", name: token.text, subscript: token.subscript };
    }
    throw this.#error("syntax error: operand expected");
  }
}

function closingBracket(source: string, open: number): number {
  let depth = 0;
  for (let i = open; i < source.length; i++) {
    const char = source.charAt(i);
    if (char === "[") depth++;
    else if (char === "]" && --depth === 0) return i;
  }
  return -1;
}

/** A constant: decimal, 0octal, 0xhex, base#digits with bases 2 to 64. */
function parseNumber(text: string): bigint {
  const based = /^(\d+)#(.*)$/.exec(text);
  let base = 10;
  let digits = text;
  if (based !== null) {
    base = Number(based[1]);
    digits = based[2] as string;
    if (base < 2 || base > 64) throw new ArithmeticError(`invalid arithmetic base (error token is "${text}")`);
    if (digits === "") throw new ArithmeticError(`invalid integer constant (error token is "${text}")`);
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
    if (worth >= base) {
      const problem = worth === 99 ? "syntax error: invalid arithmetic operator" : "value too great for base";
      throw new ArithmeticError(`${problem} (error token is "${text}")`);
    }
    value = value * BigInt(base) + BigInt(worth);
  }
  return wrap(value);
}

function digitValue(digit: string, base: number): number {
  if (digit >= "0" && digit <= "9") return digit.charCodeAt(0) - 48;
  if (digit >= "a" && digit <= "z") return digit.charCodeAt(0) - 87;
  if (digit >= "A" && digit <= "Z") return digit.charCodeAt(0) - (base <= 36 ? 55 : 29);
  return digit === "@" ? 62 : digit === "_" ? 63 : 99;
}

const cache = new Map<string, Expression | undefined>();

function parseExpression(source: string): Expression | undefined {
  if (cache.has(source)) return cache.get(source);
  const expression = new Parser(source).parse();
  if (cache.size > 500) cache.clear();
  cache.set(source, expression);
  return expression;
}

/** Longest expression that is read (characters). */
const MAX_LENGTH = 16_384;

/** Evaluates a text in which `$` expansions have been done. An empty one is 0. */
export function evaluateArithmetic(source: string, scope: ArithmeticScope, depth = 0): bigint {
  if (depth > MAX_DEPTH || source.length > MAX_LENGTH) {
    throw new ArithmeticError(`expression recursion level exceeded (error token is "${source.slice(0, 80)}")`);
  }
  const simple = /^\s*(-?[1-9]\d{0,14}|0)\s*$/.exec(source);
  if (simple !== null) return BigInt(simple[1] as string);
  try {
    const expression = parseExpression(source);
    return expression === undefined ? 0n : evaluate(expression, scope, depth);
  } catch (error) {
    if (error instanceof ArithmeticError && depth > 0) error.expression ??= source;
    throw error;
  }
}

function readVariable(target: Target, scope: ArithmeticScope, depth: number): bigint {
  const text = scope.read(target.name, target.subscript);
  return text === undefined || text === "" ? 0n : evaluateArithmetic(text, scope, depth + 1);
}

function evaluate(expression: Expression, scope: ArithmeticScope, depth: number): bigint {
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "variable":
      return readVariable(expression, scope, depth);
    case "unary": {
      const value = evaluate(expression.operand, scope, depth);
      if (expression.operator === "!") return value === 0n ? 1n : 0n;
      return expression.operator === "~" ? wrap(~value) : expression.operator === "-" ? wrap(-value) : value;
    }
    case "step": {
      const before = readVariable(expression.target, scope, depth);
      const after = wrap(before + expression.by);
      scope.assign(expression.target.name, expression.target.subscript, String(after));
      return expression.prefix ? after : before;
    }
    case "conditional":
      return evaluate(expression.test, scope, depth) !== 0n
        ? evaluate(expression.yes, scope, depth)
        : evaluate(expression.no, scope, depth);
    case "assign": {
      const { target, operator, token } = expression;
      const value = evaluate(expression.value, scope, depth);
      const result =
        operator === "=" ? value : compute(operator.slice(0, -1), readVariable(target, scope, depth), value, token);
      scope.assign(target.name, target.subscript, String(result));
      return result;
    }
    case "binary": {
      const left = evaluate(expression.left, scope, depth);
      if (expression.operator === "&&") {
        return left !== 0n && evaluate(expression.right, scope, depth) !== 0n ? 1n : 0n;
      }
      if (expression.operator === "||") {
        return left !== 0n || evaluate(expression.right, scope, depth) !== 0n ? 1n : 0n;
      }
      return compute(expression.operator, left, evaluate(expression.right, scope, depth), expression.token);
    }
  }
}

const truth = (value: boolean): bigint => (value ? 1n : 0n);

function compute(operator: string, left: bigint, right: bigint, token: string): bigint {
  switch (operator) {
    case ",":
      return right;
    case "|":
      return left | right;
    case "^":
      return left ^ right;
    case "&":
      return left & right;
    case "==":
      return truth(left === right);
    case "!=":
      return truth(left !== right);
    case "<":
      return truth(left < right);
    case "<=":
      return truth(left <= right);
    case ">":
      return truth(left > right);
    case ">=":
      return truth(left >= right);
    case "<<":
      return wrap(left << (right & 63n));
    case ">>":
      return wrap(left >> (right & 63n));
    case "+":
      return wrap(left + right);
    case "-":
      return wrap(left - right);
    case "*":
      return wrap(left * right);
    case "/":
    case "%":
      if (right === 0n) throw new ArithmeticError(`division by 0 (error token is "${token}")`);
      return wrap(operator === "/" ? left / right : left % right);
    default:
      return power(left, right, token);
  }
}

function power(base: bigint, exponent: bigint, token: string): bigint {
  if (exponent < 0n) throw new ArithmeticError(`exponent less than 0 (error token is "${token}")`);
  let result = 1n;
  let factor = base;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = wrap(result * factor);
    factor = wrap(factor * factor);
  }
  return result;
}
