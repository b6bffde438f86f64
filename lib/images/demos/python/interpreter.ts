/** Walks over the lines of a program, evaluating as it reads. Every step costs. */
import type { Process } from "../../../machine/index.ts";
import { type Line, type Token, tokens } from "./lines.ts";
import { moduleNamed } from "./modules.ts";
import {
  Exit,
  equal,
  exact,
  Float,
  Jump,
  type Native,
  numeric,
  Raised,
  shown,
  toFloat,
  toInt,
  truthy,
  typeName,
  Unsupported,
  type Value,
} from "./values.ts";

export class Interpreter {
  readonly #process: Process;
  readonly #names = new Map<string, Value>();
  #tokens: Token[] = [];
  #at = 0;
  /** More than 0: what is read does not count, and nothing is done or goes wrong. */
  #skipping = 0;

  constructor(process: Process) {
    this.#process = process;
    const define = (name: string, call: NonNullable<Native["call"]>, more: Partial<Native> = {}): void => {
      this.#names.set(name, { native: `built-in function ${name}`, call, ...more });
    };
    const print: NonNullable<Native["call"]> = async (args, named) => {
      const text = args.map((one) => shown(one)).join(shown(named.get("sep") ?? " ")) + shown(named.get("end") ?? "\n");
      await (named.get("file") === this.#stderr ? process.stderr : process.stdout).write(text);
      return null;
    };
    define("print", print, { most: Number.POSITIVE_INFINITY, names: ["sep", "end", "file", "flush"] });
    define("int", ([value = 0]) => toInt(value));
    define("float", ([value = 0]) => toFloat(value));
    define("str", ([value = ""]) => shown(value));
    define("len", ([value = ""]) => {
      if (typeof value === "string" || Array.isArray(value)) return value.length;
      throw new Raised("TypeError", `object of type '${typeName(value)}' has no len()`);
    });
    define("exit", ([code = null]) => this.#exit(code));
    define(
      "range",
      (args) => {
        const [from, to, step] =
          args.length === 1
            ? [0, toInt(args[0] ?? 0), 1]
            : [toInt(args[0] ?? 0), toInt(args[1] ?? 0), toInt(args[2] ?? 1)];
        if (step === 0) throw new Raised("ValueError", "range() arg 3 must not be zero");
        const all: number[] = [];
        for (let one = from; step > 0 ? one < to : one > to; one += step) {
          if (all.length > 100_000) throw new Unsupported("a range that long");
          all.push(one);
        }
        return all;
      },
      { most: 3 },
    );
  }

  readonly #stderr: Native = { native: "_io.TextIOWrapper name='<stderr>'" };

  #exit(code: Value): never {
    if (typeof code === "string") {
      void this.#process.stderr.write(`${code}\n`).catch(() => undefined);
      throw new Exit(1);
    }
    throw new Exit(code === null ? 0 : toInt(code) & 255);
  }

  // ---------------------------------------------------------------------------------------------------------- statements

  async block(lines: readonly Line[]): Promise<void> {
    const indent = lines[0]?.indent ?? 0;
    for (let index = 0; index < lines.length; ) {
      const line = lines[index] as Line;
      if (line.indent !== indent) throw new Raised("IndentationError", "unexpected indent");
      let end = index + 1;
      while (end < lines.length && (lines[end] as Line).indent > indent) end++;
      const body = lines.slice(index + 1, end);
      index = end;
      const clauses = [{ line, body }];
      while (
        /^(if|elif)\b/.test(line.text) &&
        index < lines.length &&
        /^(elif|else)\b/.test(lines[index]?.text ?? "")
      ) {
        const head = lines[index] as Line;
        let stop = index + 1;
        while (stop < lines.length && (lines[stop] as Line).indent > indent) stop++;
        clauses.push({ line: head, body: lines.slice(index + 1, stop) });
        index = stop;
      }
      await this.#process.spend(20);
      await this.#statement(clauses);
    }
  }

  async #statement(clauses: readonly { readonly line: Line; readonly body: readonly Line[] }[]): Promise<void> {
    const [first] = clauses;
    if (first === undefined) return;
    const { line, body } = first;
    this.#read(line.text);
    const [word] = this.#tokens;
    const keyword = word?.kind === "name" ? word.text : "";
    if (
      ["def", "class", "try", "with", "async", "lambda", "from", "raise", "global", "del", "assert", "return"].includes(
        keyword,
      )
    )
      throw new Unsupported(keyword);
    switch (keyword) {
      case "import":
        for (const name of line.text
          .replace(/^import\s+/, "")
          .replace(/#.*$/, "")
          .split(",")
          .map((one) => one.trim())) {
          if (!/^\w+$/.test(name)) throw new Unsupported(`import ${name}`);
          this.#names.set(
            name,
            moduleNamed(name, { process: this.#process, stderr: this.#stderr, exit: (code) => this.#exit(code) }),
          );
        }
        return;
      case "pass":
        return;
      case "break":
      case "continue":
        throw new Jump(keyword);
      case "if":
        for (const { line: head, body: own } of clauses) {
          this.#read(head.text);
          const isElse = this.#take("else");
          if (!isElse) this.#at++;
          if (isElse || truthy(await this.#expression())) return this.#suite(head, own);
        }
        return;
      case "while":
        for (;;) {
          this.#read(line.text);
          this.#at = 1;
          if (!truthy(await this.#expression())) return;
          if ((await this.#round(line, body)) === "break") return;
        }
      case "for": {
        this.#at = 1;
        const name = this.#tokens[this.#at++]?.text ?? "";
        if (!this.#take("in")) throw new Unsupported("a loop over several names");
        const all = await this.#expression();
        const colon = this.#at;
        if (typeof all !== "string" && !Array.isArray(all))
          throw new Raised("TypeError", `'${typeName(all)}' object is not iterable`);
        for (const one of all as Iterable<Value>) {
          this.#names.set(name, one);
          this.#read(line.text);
          this.#at = colon;
          if ((await this.#round(line, body)) === "break") return;
        }
        return;
      }
      default: {
        const operator = this.#tokens[1];
        if (word?.kind === "name" && operator?.kind === "symbol" && /^([-+*]?=)$/.test(operator.text)) {
          this.#at = 2;
          const value = await this.#expression();
          const before = this.#names.get(word.text) ?? null;
          this.#names.set(
            word.text,
            operator.text === "=" ? value : this.#arithmetic(before, operator.text.slice(0, 1), value),
          );
        } else await this.#expression();
        if (this.#at < this.#tokens.length) throw new Raised("SyntaxError", "invalid syntax");
      }
    }
  }

  async #round(line: Line, body: readonly Line[]): Promise<"break" | undefined> {
    await this.#process.spend(20);
    try {
      await this.#suite(line, body);
    } catch (jump) {
      if (!(jump instanceof Jump)) throw jump;
      if (jump.kind === "break") return "break";
    }
    return undefined;
  }

  /** What follows the colon that was come to: the rest of the line, or the lines below it. */
  async #suite(line: Line, body: readonly Line[]): Promise<void> {
    const colon = this.#tokens[this.#at];
    if (colon === undefined || !this.#take(":")) throw new Raised("SyntaxError", "expected ':'");
    const own = this.#at < this.#tokens.length ? [{ ...line, text: line.text.slice(colon.end).trim() }] : body;
    if (own.length === 0) throw new Raised("IndentationError", "expected an indented block");
    await this.block(own);
  }

  // --------------------------------------------------------------------------------------------------------- expressions

  #read(text: string): void {
    this.#tokens = tokens(text);
    this.#at = 0;
  }

  #take(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.text !== text || token.kind === "string") return false;
    this.#at++;
    return true;
  }

  async #expression(): Promise<Value> {
    let left = await this.#and();
    while (this.#take("or")) {
      const right = await this.#unless(truthy(left), () => this.#and());
      left = truthy(left) ? left : right;
    }
    if (this.#tokens[this.#at]?.text === "if" && this.#tokens[this.#at]?.kind === "name")
      throw new Unsupported("a condition in an expression");
    return left;
  }

  async #and(): Promise<Value> {
    let left = await this.#not();
    while (this.#take("and")) {
      const right = await this.#unless(!truthy(left), () => this.#not());
      left = truthy(left) ? right : left;
    }
    return left;
  }

  /** What is decided already is read and not done. */
  async #unless(decided: boolean, read: () => Promise<Value>): Promise<Value> {
    if (!decided) return read();
    this.#skipping++;
    try {
      return await read();
    } finally {
      this.#skipping--;
    }
  }

  async #not(): Promise<Value> {
    return this.#take("not") ? !truthy(await this.#not()) : this.#comparison();
  }

  async #comparison(): Promise<Value> {
    let left = await this.#sum();
    let verdict: boolean | undefined;
    for (;;) {
      const not = this.#tokens[this.#at]?.text === "not" && this.#tokens[this.#at + 1]?.text === "in";
      if (not) this.#at++;
      const operator = ["==", "!=", "<=", ">=", "<", ">", "in", "is"].find((one) => this.#take(one));
      if (operator === undefined) return verdict ?? left;
      const negated = operator === "is" && this.#take("not");
      const right = await this.#sum();
      verdict = (verdict ?? true) && this.#compare(left, operator, right) !== (not || negated);
      left = right;
    }
  }

  #compare(left: Value, operator: string, right: Value): boolean {
    if (this.#skipping > 0) return false;
    if (operator === "==" || operator === "is") return equal(left, right);
    if (operator === "!=") return !equal(left, right);
    if (operator === "in") {
      if (typeof right === "string") return right.includes(shown(left));
      if (Array.isArray(right)) return right.some((one: Value) => equal(one, left));
      throw new Raised("TypeError", `argument of type '${typeName(right)}' is not iterable`);
    }
    const [low, high] =
      typeof left === "string" && typeof right === "string" ? [left, right] : [numeric(left), numeric(right)];
    if (low === undefined || high === undefined)
      throw new Raised(
        "TypeError",
        `'${operator}' not supported between instances of '${typeName(left)}' and '${typeName(right)}'`,
      );
    return operator === "<"
      ? low < high
      : operator === ">"
        ? low > high
        : operator === "<="
          ? low <= high
          : low >= high;
  }

  async #sum(): Promise<Value> {
    let left = await this.#product();
    for (;;) {
      const operator = ["+", "-"].find((one) => this.#take(one));
      if (operator === undefined) return left;
      left = this.#arithmetic(left, operator, await this.#product());
    }
  }

  async #product(): Promise<Value> {
    let left = await this.#unary();
    for (;;) {
      const operator = ["//", "*", "/", "%"].find((one) => this.#take(one));
      if (operator === undefined) return left;
      left = this.#arithmetic(left, operator, await this.#unary());
    }
  }

  #arithmetic(left: Value, operator: string, right: Value): Value {
    if (this.#skipping > 0) return null;
    if (operator === "+" && typeof left === "string") {
      if (typeof right !== "string")
        throw new Raised("TypeError", `can only concatenate str (not "${typeName(right)}") to str`);
      return left + right;
    }
    if (operator === "+" && Array.isArray(left) && Array.isArray(right)) return [...left, ...right] as Value[];
    if (operator === "%" && typeof left === "string") throw new Unsupported("the operator % on texts");
    if (operator === "*" && typeof left === "string" && typeof right === "number") {
      if (left.length * right > 1_000_000) throw new Unsupported("a text that long");
      return left.repeat(Math.max(0, right));
    }
    if (operator === "*" && (Array.isArray(left) || Array.isArray(right) || typeof right === "string"))
      throw new Unsupported("the operator * on lists and texts");
    return calculated(left, operator, right);
  }

  async #unary(): Promise<Value> {
    if (this.#take("+")) throw new Unsupported("the sign +");
    if (this.#take("-")) {
      const value = await this.#unary();
      const known = numeric(value);
      if (known === undefined && this.#skipping === 0)
        throw new Raised("TypeError", `bad operand type for unary -: '${typeName(value)}'`);
      return value instanceof Float ? new Float(-value.value) : known === 0 ? 0 : -(known ?? 0);
    }
    return this.#power();
  }

  /** Binds more tightly than a sign before it, and from the right. */
  async #power(): Promise<Value> {
    const base = await this.#primary();
    return this.#take("**") ? this.#arithmetic(base, "**", await this.#unary()) : base;
  }

  async #primary(): Promise<Value> {
    let value = await this.#atom();
    for (;;) {
      if (this.#take(".")) {
        const name = this.#tokens[this.#at++]?.text ?? "";
        value = this.#member(value, name);
      } else if (this.#take("(")) value = await this.#call(value);
      else if (this.#take("[")) {
        const key = await this.#expression();
        if (!this.#take("]")) throw new Unsupported("a slice");
        value = await this.#index(value, key);
      } else return value;
    }
  }

  async #index(value: Value, key: Value): Promise<Value> {
    if (this.#skipping > 0) return null;
    if (typeof value === "string" || Array.isArray(value)) {
      const found: Value | undefined = (value as ArrayLike<Value>)[
        toInt(key) < 0 ? value.length + toInt(key) : toInt(key)
      ];
      if (found === undefined)
        throw new Raised("IndexError", `${typeName(value) === "str" ? "string" : "list"} index out of range`);
      return found;
    }
    const { call, native } = (value ?? {}) as Native;
    if (native !== "environ" || call === undefined)
      throw new Raised("TypeError", `'${typeName(value)}' object is not subscriptable`);
    return call([key], new Map());
  }

  #member(value: Value, name: string): Value {
    if (this.#skipping > 0) return null;
    if (typeof value === "string") {
      const method = (most: number, call: NonNullable<Native["call"]>): Native => ({
        native: `built-in method ${name}`,
        call,
        most,
      });
      if (name === "split")
        return method(1, ([by = null]) => {
          if (by === null) return value.trim() === "" ? [] : value.trim().split(/\s+/);
          if (by === "") throw new Raised("ValueError", "empty separator");
          return value.split(shown(by));
        });
      if (name === "strip") return method(0, () => value.trim());
      if (name === "upper") return method(0, () => value.toUpperCase());
      if (name === "lower") return method(0, () => value.toLowerCase());
      if (name === "startswith") return method(1, ([start = ""]) => value.startsWith(shown(start)));
      if (name === "endswith") return method(1, ([end = ""]) => value.endsWith(shown(end)));
      if (METHODS.has(name)) throw new Unsupported(`str.${name}`);
      throw new Raised("AttributeError", `'str' object has no attribute '${name}'`);
    }
    const { native, members } = (value ?? {}) as Partial<Native>;
    const found = members !== undefined && Object.hasOwn(members, name) ? members[name] : undefined;
    if (found !== undefined) return found;
    if (native?.startsWith("module") === true) throw new Unsupported(`${native.slice(8, -1)}.${name}`);
    throw new Raised("AttributeError", `'${typeName(value)}' object has no attribute '${name}'`);
  }

  async #call(value: Value): Promise<Value> {
    const args: Value[] = [];
    const named = new Map<string, Value>();
    while (!this.#take(")")) {
      const [name, sign] = [this.#tokens[this.#at], this.#tokens[this.#at + 1]];
      if (name?.kind === "name" && sign?.kind === "symbol" && sign.text === "=") {
        this.#at += 2;
        named.set(name.text, await this.#expression());
      } else args.push(await this.#expression());
      if (!this.#take(",") && this.#tokens[this.#at]?.text !== ")")
        throw new Raised("SyntaxError", "'(' was never closed");
    }
    if (this.#skipping > 0) return null;
    const {
      call,
      native,
      most = 1,
      names = [],
    } = typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Partial<Native>) : {};
    if (call === undefined) throw new Raised("TypeError", `'${typeName(value)}' object is not callable`);
    if (args.length > most)
      throw new Unsupported(`${native} with ${args.length === 1 ? "an argument" : `${args.length} arguments`}`);
    for (const name of named.keys())
      if (!names.includes(name)) throw new Unsupported(`${native} with the argument ${name}`);
    // A function may run statements of its own: what is being read stays.
    const [all, at] = [this.#tokens, this.#at];
    const result = await call(args, named);
    [this.#tokens, this.#at] = [all, at];
    return result;
  }

  async #atom(): Promise<Value> {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new Raised("SyntaxError", "invalid syntax");
    if (token.kind === "number")
      return token.text.includes(".") ? new Float(Number(token.text)) : exact(Number(token.text));
    if (token.kind === "string") return token.text;
    if (token.kind === "format") return this.#formatted(token.text);
    if (token.kind === "name") {
      if (token.text === "True" || token.text === "False") return token.text === "True";
      if (token.text === "None") return null;
      const value = this.#names.get(token.text);
      if (value !== undefined || this.#skipping > 0) return value ?? null;
      if (ELSEWHERE.has(token.text)) throw new Unsupported(token.text);
      throw new Raised("NameError", `name '${token.text}' is not defined`);
    }
    if (token.text === "(" || token.text === "[") {
      const close = token.text === "(" ? ")" : "]";
      const items: Value[] = [];
      let several = close === "]";
      while (!this.#take(close)) {
        items.push(await this.#expression());
        if (this.#take(",")) several = true;
        else if (this.#tokens[this.#at]?.text !== close) throw new Raised("SyntaxError", "invalid syntax");
      }
      if (token.text === "(" && (several || items.length === 0)) throw new Unsupported("a tuple");
      return several ? items : (items[0] ?? null);
    }
    if (token.text === "{") throw new Unsupported("a dictionary");
    throw new Raised("SyntaxError", "invalid syntax");
  }

  async #formatted(text: string): Promise<string> {
    const [all, at] = [this.#tokens, this.#at];
    let out = "";
    for (const part of text.split(/(\{[^{}]*\})/)) {
      if (!/^\{.*\}$/s.test(part)) out += part;
      else {
        if (/[:!]/.test(part.replace(/\[[^\]]*\]/g, ""))) throw new Unsupported("a format in an f-string");
        this.#read(part.slice(1, -1));
        out += shown(await this.#expression());
      }
    }
    [this.#tokens, this.#at] = [all, at];
    return out;
  }
}

/** What Python knows without an import and is not here. */
const ELSEWHERE = new Set(
  (
    "abs all any bin bool bytes chr dict dir divmod enumerate eval filter format getattr hasattr hash hex id input " +
    "isinstance iter list map max min next object oct open ord pow repr reversed round set sorted sum tuple type vars zip " +
    "quit globals locals lambda not yield await"
  ).split(" "),
);

const METHODS = new Set(
  (
    "capitalize casefold center count encode expandtabs find format format_map index isalnum isalpha isascii isdecimal " +
    "isdigit isidentifier islower isnumeric isprintable isspace istitle isupper join ljust lstrip maketrans partition " +
    "removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip splitlines swapcase title translate zfill"
  ).split(" "),
);

/** Of two numbers; a float where one is, and where Python divides. */
function calculated(left: Value, operator: string, right: Value): Value {
  const [a, b] = [numeric(left), numeric(right)];
  if (a === undefined || b === undefined) {
    const sign = operator === "**" ? "** or pow()" : operator;
    throw new Raised(
      "TypeError",
      `unsupported operand type(s) for ${sign}: '${typeName(left)}' and '${typeName(right)}'`,
    );
  }
  const isFloat = left instanceof Float || right instanceof Float;
  if (b === 0 && ["/", "//", "%"].includes(operator)) throw new Raised("ZeroDivisionError", byZero(operator, isFloat));
  if (operator === "**" && b < 0 && a === 0)
    throw new Raised("ZeroDivisionError", "0.0 cannot be raised to a negative power");
  if (operator === "**" && a < 0 && !Number.isInteger(b)) throw new Unsupported("a complex number");
  const value = OPERATIONS[operator]?.(a, b) ?? Number.NaN;
  return isFloat || operator === "/" || (operator === "**" && b < 0)
    ? new Float(value)
    : exact(value === 0 ? 0 : value);
}

function byZero(operator: string, isFloat: boolean): string {
  if (operator === "/") return isFloat ? "float division by zero" : "division by zero";
  if (operator === "//") return isFloat ? "float floor division by zero" : "integer division or modulo by zero";
  return isFloat ? "float modulo" : "integer modulo by zero";
}

const OPERATIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": (a, b) => Math.floor(a / b),
  "%": (a, b) => {
    const rest = a % b;
    return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
  },
  "**": (a, b) => a ** b,
};
