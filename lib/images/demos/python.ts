/**
 * A part of Python, for the one-page programs of manifests: names, numbers, texts, lists, if, while, for, print, and what
 * they ask of os, sys and time. Everything else is refused by name. Every step costs.
 */
import type { Process } from "../../machine/index.ts";

type Value = null | boolean | number | string | readonly Value[] | Native;
/** A function or a module. */
interface Native {
  readonly native: string;
  readonly call?: (args: readonly Value[], named: ReadonlyMap<string, Value>) => Value | Promise<Value>;
  readonly members?: Readonly<Record<string, Value>>;
}

class Unsupported extends Error {}
class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super();
    this.code = code;
  }
}
/** An exception of Python's that nobody caught. */
class Raised extends Error {
  readonly kind: string;
  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }
}
class Jump extends Error {
  readonly kind: "break" | "continue";
  constructor(kind: "break" | "continue") {
    super();
    this.kind = kind;
  }
}

interface Line {
  readonly indent: number;
  readonly text: string;
  readonly number: number;
}

interface Token {
  readonly kind: "name" | "number" | "string" | "format" | "symbol";
  readonly text: string;
}

const TOKEN =
  /\s*(?:([fF]?)("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(\*\*|\/\/|==|!=|<=|>=|\+=|-=|\*=|[-+*/%<>()[\]{},:.=]))/y;

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (text.slice(at).trim() !== "" && !/^\s*#/.test(text.slice(at))) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) throw new Raised("SyntaxError", "invalid syntax");
    at = TOKEN.lastIndex;
    const [, format, quoted, number, name, symbol] = match;
    if (quoted !== undefined) {
      const width = /^("""|''')/.test(quoted) ? 3 : 1;
      found.push({ kind: format ? "format" : "string", text: unescaped(quoted.slice(width, -width)) });
    } else if (number !== undefined) found.push({ kind: "number", text: number });
    else if (name !== undefined) found.push({ kind: "name", text: name });
    else found.push({ kind: "symbol", text: symbol ?? "" });
  }
  return found;
}

const unescaped = (text: string) =>
  text.replace(/\\(.)/gs, (_all, one: string) => ({ n: "\n", t: "\t", "\n": "" })[one] ?? one);

const truthy = (value: Value) =>
  !(value === null || value === false || value === 0 || value === "" || (Array.isArray(value) && value.length === 0));

function shown(value: Value, inside = false): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return inside ? `'${value}'` : value;
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return `[${value.map((one: Value) => shown(one, true)).join(", ")}]`;
  return `<${(value as Native).native}>`;
}

const typeName = (value: Value) =>
  value === null
    ? "NoneType"
    : typeof value === "boolean"
      ? "bool"
      : typeof value === "string"
        ? "str"
        : typeof value === "number"
          ? Number.isInteger(value)
            ? "int"
            : "float"
          : Array.isArray(value)
            ? "list"
            : "module";

function number(value: Value, operator: string, other: Value): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  throw new Raised(
    "TypeError",
    `unsupported operand type(s) for ${operator}: '${typeName(value)}' and '${typeName(other)}'`,
  );
}

function equal(a: Value, b: Value): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one: Value, index) => equal(one, b[index] as Value));
  return typeof a === "boolean" || typeof b === "boolean" ? Number(a) === Number(b) : a === b;
}

function toInt(value: Value): number {
  if (typeof value === "number") return Math.trunc(value);
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "string" && /^\s*[-+]?\d+\s*$/.test(value)) return Number(value);
  if (typeof value === "string")
    throw new Raised("ValueError", `invalid literal for int() with base 10: ${shown(value, true)}`);
  throw new Raised(
    "TypeError",
    `int() argument must be a string, a bytes-like object or a real number, not '${typeName(value)}'`,
  );
}

class Interpreter {
  readonly #process: Process;
  readonly #names = new Map<string, Value>();
  #tokens: Token[] = [];
  #at = 0;

  constructor(process: Process) {
    this.#process = process;
    const fn = (name: string, call: NonNullable<Native["call"]>): void => {
      this.#names.set(name, { native: `built-in function ${name}`, call });
    };
    fn("print", async (args, named) => {
      const text = args.map((one) => shown(one)).join(shown(named.get("sep") ?? " ")) + shown(named.get("end") ?? "\n");
      await (named.get("file") === this.#stderr ? process.stderr : process.stdout).write(text);
      return null;
    });
    fn("int", ([value = 0]) => toInt(value));
    fn("float", ([value = 0]) => Number(value));
    fn("str", ([value = ""]) => shown(value));
    fn("len", ([value = ""]) => {
      if (typeof value === "string" || Array.isArray(value)) return value.length;
      throw new Raised("TypeError", `object of type '${typeName(value)}' has no len()`);
    });
    fn("exit", ([code = null]) => this.#exit(code));
    fn("range", (args) => {
      const [from, to, step] =
        args.length === 1
          ? [0, toInt(args[0] ?? 0), 1]
          : [toInt(args[0] ?? 0), toInt(args[1] ?? 0), toInt(args[2] ?? 1)];
      const all: number[] = [];
      for (let one = from; step > 0 ? one < to : one > to; one += step) {
        if (all.length > 100_000 || step === 0) throw new Unsupported("a range that long");
        all.push(one);
      }
      return all;
    });
  }

  readonly #stderr: Native = { native: "_io.TextIOWrapper name='<stderr>'" };

  #exit(code: Value): never {
    if (typeof code === "string") {
      void this.#process.stderr.write(`${code}\n`).catch(() => undefined);
      throw new Exit(1);
    }
    throw new Exit(code === null ? 0 : toInt(code) & 255);
  }

  #module(name: string): Value {
    const process = this.#process;
    const fn = (text: string, call: NonNullable<Native["call"]>): Native => ({ native: `function ${text}`, call });
    const missing = (key: Value): never => {
      throw new Raised("KeyError", shown(key, true));
    };
    const get = fn("get", ([key = "", otherwise = null]) => process.env.get(shown(key)) ?? otherwise);
    switch (name) {
      case "os":
        return {
          native: "module 'os'",
          members: {
            environ: {
              native: "environ",
              members: { get },
              call: ([key = ""]) => process.env.get(shown(key)) ?? missing(key),
            },
            getenv: get,
            getpid: fn("getpid", () => process.pid),
            getcwd: fn("getcwd", () => process.cwd),
            _exit: fn("_exit", ([code = 0]) => this.#exit(code)),
            path: {
              native: "module 'posixpath'",
              members: { exists: fn("exists", ([path = ""]) => process.files.exists(shown(path))) },
            },
          },
        };
      case "sys":
        return {
          native: "module 'sys'",
          members: {
            exit: fn("exit", ([code = null]) => this.#exit(code)),
            argv: ["-c", ...process.argv.slice(3)],
            stderr: this.#stderr,
          },
        };
      case "time":
        return {
          native: "module 'time'",
          members: {
            sleep: fn("sleep", async ([seconds = 0]) => {
              await process.sleep(Number(seconds) * 1000);
              return null;
            }),
            time: fn("time", () => process.clock.now() / 1000),
          },
        };
      case "socket":
        return {
          native: "module 'socket'",
          members: { gethostname: fn("gethostname", () => process.machine.hostname) },
        };
      case "random":
        return {
          native: "module 'random'",
          members: {
            random: fn("random", () => process.clock.random()),
            randint: fn(
              "randint",
              ([from = 0, to = 0]) => toInt(from) + Math.floor(process.clock.random() * (toInt(to) - toInt(from) + 1)),
            ),
          },
        };
      default:
        throw new Unsupported(`the module ${name}`);
    }
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
          this.#names.set(name, this.#module(name));
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
          if (isElse || truthy(await this.#expression())) return this.#suite(own);
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
        if (typeof all !== "string" && !Array.isArray(all))
          throw new Raised("TypeError", `'${typeName(all)}' object is not iterable`);
        for (const one of all as Iterable<Value>) {
          this.#names.set(name, one);
          this.#read(line.text);
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
      if (body.length > 0) await this.block(body);
      else {
        // One line: what follows the colon.
        this.#at = this.#tokens.length;
        await this.block([{ ...line, text: line.text.slice(line.text.lastIndexOf(":") + 1).trim() }]);
      }
    } catch (jump) {
      if (!(jump instanceof Jump)) throw jump;
      if (jump.kind === "break") return "break";
    }
    return undefined;
  }

  async #suite(body: readonly Line[]): Promise<void> {
    if (!this.#take(":")) throw new Raised("SyntaxError", "expected ':'");
    if (this.#at < this.#tokens.length) {
      this.#tokens = this.#tokens.slice(this.#at);
      this.#at = 0;
      await this.#expression();
    } else if (body.length === 0) throw new Raised("IndentationError", "expected an indented block");
    else await this.block(body);
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
      const right = await this.#and();
      left = truthy(left) ? left : right;
    }
    return left;
  }

  async #and(): Promise<Value> {
    let left = await this.#not();
    while (this.#take("and")) {
      const right = await this.#not();
      left = truthy(left) ? right : left;
    }
    return left;
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
    if (operator === "==" || operator === "is") return equal(left, right);
    if (operator === "!=") return !equal(left, right);
    if (operator === "in") {
      if (typeof right === "string") return right.includes(shown(left));
      if (Array.isArray(right)) return right.some((one: Value) => equal(one, left));
      throw new Raised("TypeError", `argument of type '${typeName(right)}' is not iterable`);
    }
    const comparable = typeof left === typeof right && (typeof left === "number" || typeof left === "string");
    if (!comparable)
      throw new Raised(
        "TypeError",
        `'${operator}' not supported between instances of '${typeName(left)}' and '${typeName(right)}'`,
      );
    const [a, b] = [left as number, right as number];
    return operator === "<" ? a < b : operator === ">" ? a > b : operator === "<=" ? a <= b : a >= b;
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
      const operator = ["**", "//", "*", "/", "%"].find((one) => this.#take(one));
      if (operator === undefined) return left;
      left = this.#arithmetic(left, operator, await this.#unary());
    }
  }

  #arithmetic(left: Value, operator: string, right: Value): Value {
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
    const [a, b] = [number(left, operator, right), number(right, operator, left)];
    if (b === 0 && ["/", "//", "%"].includes(operator))
      throw new Raised(
        "ZeroDivisionError",
        operator === "/" ? "division by zero" : "integer division or modulo by zero",
      );
    switch (operator) {
      case "+":
        return a + b;
      case "-":
        return a - b;
      case "*":
        return a * b;
      case "/":
        return a / b;
      case "//":
        return Math.floor(a / b);
      case "%":
        return a - Math.floor(a / b) * b;
      default:
        return a ** b;
    }
  }

  async #unary(): Promise<Value> {
    if (this.#take("-")) return -number(await this.#unary(), "-", 0);
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
    if (typeof value === "string") {
      const fn = (call: NonNullable<Native["call"]>): Native => ({ native: `built-in method ${name}`, call });
      if (name === "split")
        return fn(([by]) => (by === undefined ? value.trim().split(/\s+/) : value.split(shown(by))));
      if (name === "strip") return fn(() => value.trim());
      if (name === "upper") return fn(() => value.toUpperCase());
      if (name === "lower") return fn(() => value.toLowerCase());
      if (name === "startswith") return fn(([start = ""]) => value.startsWith(shown(start)));
      if (name === "endswith") return fn(([end = ""]) => value.endsWith(shown(end)));
      throw new Unsupported(`str.${name}`);
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
    const call =
      typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Native).call : undefined;
    if (call === undefined) throw new Raised("TypeError", `'${typeName(value)}' object is not callable`);
    // A function may run statements of its own: what is being read stays.
    const [all, at] = [this.#tokens, this.#at];
    const result = await call(args, named);
    [this.#tokens, this.#at] = [all, at];
    return result;
  }

  async #atom(): Promise<Value> {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new Raised("SyntaxError", "invalid syntax");
    if (token.kind === "number") return Number(token.text);
    if (token.kind === "string") return token.text;
    if (token.kind === "format") return this.#formatted(token.text);
    if (token.kind === "name") {
      if (token.text === "True" || token.text === "False") return token.text === "True";
      if (token.text === "None") return null;
      const value = this.#names.get(token.text);
      if (value === undefined) throw new Raised("NameError", `name '${token.text}' is not defined`);
      return value;
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
      return several ? items : (items[0] ?? []);
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

/** Logical lines: brackets and backslashes go on in the next one; several statements stand apart by semicolons. */
function logicalLines(source: string): Line[] {
  const found: Line[] = [];
  let pending = "";
  for (const [index, raw] of source.split("\n").entries()) {
    pending = pending === "" ? raw : `${pending} ${raw.trim()}`;
    const bare = pending.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""').replace(/#.*$/, "");
    const open = (bare.match(/[([{]/g)?.length ?? 0) - (bare.match(/[)\]}]/g)?.length ?? 0);
    if (open > 0) continue;
    if (bare.endsWith("\\")) {
      pending = pending.slice(0, -1);
      continue;
    }
    const indent = pending.length - pending.trimStart().length;
    if (bare.trim() !== "") {
      const simple = bare.includes(";") && !/["']/.test(pending) ? pending.split(";") : [pending];
      for (const text of simple) if (text.trim() !== "") found.push({ indent, text: text.trim(), number: index + 1 });
    }
    pending = "";
  }
  return found;
}

/** Runs a program; its exit status. `name`: what a traceback calls it. */
export async function runPython(process: Process, source: string, name: string): Promise<number> {
  if (source.length > 65_536) {
    await process.stderr.write("python: programs of more than 64 KiB are not run here\n");
    return 2;
  }
  try {
    await new Interpreter(process).block(logicalLines(source));
    return 0;
  } catch (error) {
    if (error instanceof Exit) return error.code;
    if (error instanceof Unsupported) {
      await process.stderr.write(
        `python: ${error.message} is not supported here: only a small part of Python is run\n`,
      );
      return 2;
    }
    if (error instanceof Jump) {
      await process.stderr.write(`  File "${name}", line 1\nSyntaxError: '${error.kind}' outside loop\n`);
      return 1;
    }
    if (!(error instanceof Raised)) throw error;
    await process.stderr.write(
      `Traceback (most recent call last):\n  File "${name}", line 1, in <module>\n${error.kind}: ${error.message}\n`,
    );
    return 1;
  }
}
