/** From tokens to trees, with the words of text/template/parse/parse.go for what is wrong. */
import { quote } from "../encoding/index.ts";
import { isKeyword, lex, type Token, type TokenType } from "./lex.ts";
import { type Command, nodeText, type Operand, type Pipeline, type Source, type TemplateNode } from "./nodes.ts";
import { Integer, type Value } from "./values.ts";

/** "template: NAME:LINE: what is wrong". */
export class ParseError extends Error {}

/** One text gives a template of its name and those it defines. */
export type Trees = Map<string, readonly TemplateNode[]>;

/** Deeper nesting would exhaust the stack of its reader. */
const MAX_NESTING = 400;

export function parseTemplates(name: string, text: string, hasFunction: (name: string) => boolean): Trees {
  const trees: Trees = new Map();
  const parser = new Parser({ name, text }, lex(text), hasFunction, trees);
  const root = parser.file();
  parser.add(name, root);
  return trees;
}

/** Nothing but blanks and definitions: parse.IsEmptyTree. */
export const isEmpty = (nodes: readonly TemplateNode[]): boolean =>
  nodes.every((node) => node.type === "text" && /^\s*$/.test(node.text));

type Ending = { readonly ending: "end" | "else"; readonly position: number };
const EXPRESSION = new Set<TokenType>([
  "bool",
  "charConstant",
  "complex",
  "dot",
  "field",
  "identifier",
  "number",
  "nil",
  "rawString",
  "string",
  "variable",
  "leftParen",
]);

class Parser {
  readonly #source: Source;
  readonly #tokens: readonly Token[];
  readonly #hasFunction: (name: string) => boolean;
  readonly #trees: Trees;
  #next = 0;
  /** The token that messages take their line from: the last one looked at. */
  #seen: Token;
  #variables: string[] = ["$"];
  #rangeDepth = 0;
  #actionLine = 0;
  #nesting = 0;

  constructor(source: Source, tokens: readonly Token[], hasFunction: (name: string) => boolean, trees: Trees) {
    this.#source = source;
    this.#tokens = tokens;
    this.#hasFunction = hasFunction;
    this.#trees = trees;
    this.#seen = tokens[0] as Token;
  }

  // ------------------------------------------------------------------------------------------------------- tokens

  #token(at: number): Token {
    return this.#tokens[Math.min(at, this.#tokens.length - 1)] as Token;
  }
  #take(): Token {
    this.#seen = this.#token(this.#next++);
    return this.#seen;
  }
  #peek(): Token {
    this.#seen = this.#token(this.#next);
    return this.#seen;
  }
  #takeNonSpace(): Token {
    let token = this.#take();
    while (token.type === "space") token = this.#take();
    return token;
  }
  #peekNonSpace(): Token {
    while (this.#peek().type === "space") this.#next++;
    return this.#seen;
  }
  #fail(message: string): never {
    throw new ParseError(`template: ${this.#source.name}:${this.#seen.line}: ${message}`);
  }
  #unexpected(token: Token, context: string): never {
    if (token.type === "error") {
      let extra = "";
      if (this.#actionLine !== 0 && this.#actionLine !== token.line) {
        extra = ` in action started at ${this.#source.name}:${this.#actionLine}`;
        if (token.text.endsWith(" action")) extra = extra.slice(" in action".length);
      }
      return this.#fail(`${token.text}${extra}`);
    }
    return this.#fail(`unexpected ${tokenText(token)} in ${context}`);
  }
  #expect(types: readonly TokenType[], context: string): Token {
    const token = this.#takeNonSpace();
    if (!types.includes(token.type)) this.#unexpected(token, context);
    return token;
  }
  #at(position: number): { readonly position: number; readonly source: Source } {
    return { position, source: this.#source };
  }

  // --------------------------------------------------------------------------------------------------------- lists

  file(): TemplateNode[] {
    const nodes: TemplateNode[] = [];
    while (this.#peek().type !== "eof") {
      if (this.#seen.type === "leftDelim") {
        const before = this.#next;
        this.#take();
        if (this.#takeNonSpace().type === "define") {
          this.#definition();
          continue;
        }
        this.#next = before;
        this.#seen = this.#token(before);
      }
      const node = this.#textOrAction();
      if ("ending" in node) this.#fail(`unexpected {{${node.ending}}}`);
      nodes.push(node);
    }
    return nodes;
  }

  #definition(): void {
    const context = "define clause";
    const name = this.#unquote(this.#expect(["string", "rawString"], context).text);
    this.#expect(["rightDelim"], context);
    this.#separate(name, context);
  }
  /** The body of a definition: variables of outside are not seen in it. */
  #separate(name: string, context: string): void {
    const [variables, depth] = [this.#variables, this.#rangeDepth];
    this.#variables = ["$"];
    this.#rangeDepth = 0;
    const { nodes, end } = this.#list();
    if (end.ending !== "end") this.#fail(`unexpected {{${end.ending}}} in ${context}`);
    [this.#variables, this.#rangeDepth] = [variables, depth];
    this.add(name, nodes);
  }
  /** In one text a name has one definition; empty ones do not count. */
  add(name: string, nodes: readonly TemplateNode[]): void {
    const before = this.#trees.get(name);
    if (before === undefined || isEmpty(before)) this.#trees.set(name, nodes);
    else if (!isEmpty(nodes)) this.#fail(`template: multiple definition of template ${quote(name)}`);
  }

  #list(): { readonly nodes: TemplateNode[]; readonly end: Ending } {
    if (++this.#nesting > MAX_NESTING) this.#fail("the template is nested too deeply");
    const nodes: TemplateNode[] = [];
    while (this.#peekNonSpace().type !== "eof") {
      const node = this.#textOrAction();
      if ("ending" in node) {
        this.#nesting--;
        return { nodes, end: node };
      }
      nodes.push(node);
    }
    return this.#fail("unexpected EOF");
  }

  #textOrAction(): TemplateNode | Ending {
    const token = this.#takeNonSpace();
    if (token.type === "text") return { type: "text", text: token.text, ...this.#at(token.position) };
    if (token.type !== "leftDelim") return this.#unexpected(token, "input");
    this.#actionLine = token.line;
    const node = this.#action();
    this.#actionLine = 0;
    return node;
  }

  #action(): TemplateNode | Ending {
    const token = this.#takeNonSpace();
    switch (token.type) {
      case "block":
        return this.#block();
      case "break":
      case "continue": {
        const end = this.#takeNonSpace();
        if (end.type !== "rightDelim") this.#unexpected(end, `{{${token.type}}}`);
        if (this.#rangeDepth === 0) this.#fail(`{{${token.type}}} outside {{range}}`);
        return { type: token.type, ...this.#at(token.position) };
      }
      case "else": {
        const next = this.#peekNonSpace();
        if (next.type === "if" || next.type === "with") return { ending: "else", position: next.position };
        return { ending: "else", position: this.#expect(["rightDelim"], "else").position };
      }
      case "end":
        return { ending: "end", position: this.#expect(["rightDelim"], "end").position };
      case "if":
      case "range":
      case "with":
        return this.#control(token.type);
      case "template":
        return this.#template();
    }
    this.#next--;
    const { position } = this.#peek();
    return { type: "action", pipeline: this.#pipeline("command", "rightDelim"), ...this.#at(position) };
  }

  #control(type: "if" | "range" | "with"): TemplateNode {
    const known = this.#variables.length;
    const pipeline = this.#pipeline(type, "rightDelim");
    if (type === "range") this.#rangeDepth++;
    const { nodes: body, end } = this.#list();
    if (type === "range") this.#rangeDepth--;
    let otherwise: readonly TemplateNode[] | undefined;
    if (end.ending === "else") {
      const next = this.#peek();
      if ((type === "if" || type === "with") && next.type === type) {
        this.#take();
        if (++this.#nesting > MAX_NESTING) this.#fail("the template is nested too deeply");
        otherwise = [this.#control(type)];
        this.#nesting--;
      } else {
        const rest = this.#list();
        if (rest.end.ending !== "end") this.#fail(`expected end; found {{${rest.end.ending}}}`);
        otherwise = rest.nodes;
      }
    }
    this.#variables.length = known;
    return { type, pipeline, body, otherwise, ...this.#at(pipeline.position) };
  }

  #block(): TemplateNode {
    const context = "block clause";
    const token = this.#takeNonSpace();
    const name = this.#templateName(token, context);
    const pipeline = this.#pipeline(context, "rightDelim");
    this.#separate(name, context);
    return { type: "template", name, pipeline, ...this.#at(token.position) };
  }
  #template(): TemplateNode {
    const context = "template clause";
    const token = this.#takeNonSpace();
    const name = this.#templateName(token, context);
    let pipeline: Pipeline | undefined;
    if (this.#takeNonSpace().type !== "rightDelim") {
      this.#next--;
      pipeline = this.#pipeline(context, "rightDelim");
    }
    return { type: "template", name, pipeline, ...this.#at(token.position) };
  }
  #templateName(token: Token, context: string): string {
    if (token.type !== "string" && token.type !== "rawString") this.#unexpected(token, context);
    return this.#unquote(token.text);
  }

  // --------------------------------------------------------------------------------------------------- expressions

  #pipeline(context: string, end: "rightDelim" | "rightParen"): Pipeline {
    if (++this.#nesting > MAX_NESTING) this.#fail("the template is nested too deeply");
    const { position } = this.#peekNonSpace();
    const declares: string[] = [];
    let assigns = false;
    while (this.#peekNonSpace().type === "variable") {
      const before = this.#next;
      const variable = this.#take();
      const next = this.#peekNonSpace();
      if (next.type === "assign" || next.type === "declare") {
        assigns = next.type === "assign";
        this.#takeNonSpace();
        declares.push(variable.text);
        this.#variables.push(variable.text);
        break;
      }
      if (next.type === "char" && next.text === ",") {
        this.#takeNonSpace();
        declares.push(variable.text);
        this.#variables.push(variable.text);
        if (context === "range" && declares.length < 2) {
          if (["variable", "rightDelim", "rightParen"].includes(this.#peekNonSpace().type)) continue;
          this.#fail("range can only initialize variables");
        }
        this.#fail(`too many declarations in ${context}`);
      }
      this.#next = before;
      break;
    }
    const commands: Command[] = [];
    for (;;) {
      const token = this.#takeNonSpace();
      if (token.type === end) break;
      if (!EXPRESSION.has(token.type)) this.#unexpected(token, context);
      this.#next--;
      commands.push(this.#command());
    }
    if (commands.length === 0) this.#fail(`missing value for ${context}`);
    commands.forEach((command, i) => {
      const type = command.words[0]?.type ?? "nil";
      if (i > 0 && ["bool", "dot", "nil", "number", "string"].includes(type))
        this.#fail(`non executable command in pipeline stage ${i + 1}`);
    });
    this.#nesting--;
    return { type: "pipeline", declares, assigns, commands, ...this.#at(position) };
  }

  #command(): Command {
    const { position } = this.#peekNonSpace();
    const words: Operand[] = [];
    for (;;) {
      this.#peekNonSpace();
      const operand = this.#operand();
      if (operand !== undefined) words.push(operand);
      const token = this.#take();
      if (token.type === "space") continue;
      if (token.type === "rightDelim" || token.type === "rightParen") this.#next--;
      else if (token.type !== "pipe") this.#unexpected(token, "operand");
      break;
    }
    if (words.length === 0) this.#fail("empty command");
    return { type: "command", words, ...this.#at(position) };
  }

  #operand(): Operand | undefined {
    const node = this.#term();
    if (node === undefined || this.#peek().type !== "field") return node;
    const { position } = this.#seen;
    const fields: string[] = [];
    while (this.#peek().type === "field") fields.push(this.#take().text.slice(1));
    switch (node.type) {
      case "field":
      case "variable":
        return { type: node.type, fields: [...node.fields, ...fields], ...this.#at(position) };
      case "bool":
      case "string":
      case "number":
      case "nil":
      case "dot":
        return this.#fail(`unexpected . after term ${quote(nodeText(node))}`);
      default:
        return { type: "chain", node, fields, ...this.#at(position) };
    }
  }

  #term(): Operand | undefined {
    const token = this.#takeNonSpace();
    const at = this.#at(token.position);
    switch (token.type) {
      case "identifier":
        if (!this.#hasFunction(token.text)) this.#fail(`function ${quote(token.text)} not defined`);
        return { type: "identifier", name: token.text, ...at };
      case "dot":
      case "nil":
        return { type: token.type, ...at };
      case "variable":
        if (!this.#variables.includes(token.text)) this.#fail(`undefined variable ${quote(token.text)}`);
        return { type: "variable", fields: [token.text], ...at };
      case "field":
        return { type: "field", fields: [token.text.slice(1)], ...at };
      case "bool":
        return { type: "bool", value: token.text === "true", ...at };
      case "complex":
        return this.#fail(`complex numbers are not supported here: ${token.text}`);
      case "charConstant":
      case "number":
        return { type: "number", text: token.text, ...this.#number(token), ...at };
      case "leftParen":
        return this.#pipeline("parenthesized pipeline", "rightParen");
      case "string":
      case "rawString":
        return { type: "string", quoted: token.text, value: this.#unquote(token.text), ...at };
    }
    this.#next--;
    return undefined;
  }

  /** Constants have no type of their own: an int where they can be, else a float64. */
  #number(token: Token): { readonly value: Value; readonly integer: boolean } {
    const text = token.text;
    if (token.type === "charConstant") {
      const char = [...this.#unquote(text)];
      if (char.length !== 1) this.#fail(`malformed character constant: ${text}`);
      return { value: new Integer(char[0]?.codePointAt(0) ?? 0), integer: true };
    }
    const digits = text.replace(/^[-+]/, "").replaceAll("_", "");
    const negative = text.startsWith("-");
    if (/^(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|[0-9]+)$/.test(digits)) {
      const octal = /^0[0-7]+$/.test(digits);
      if (/^0[0-9]+$/.test(digits) && !octal) this.#fail(`integer overflow: ${quote(text)}`);
      const size = BigInt(octal ? `0o${digits.slice(1)}` : digits);
      const value = negative ? -size : size;
      if (value > 0xffffffffffffffffn || value < -0x8000000000000000n) this.#fail(`integer overflow: ${quote(text)}`);
      // Too large for an int: refused where it is used.
      if (value > 0x7fffffffffffffffn) return { value: new Integer(value, "uint64"), integer: true };
      return { value: new Integer(value), integer: true };
    }
    const hex = /^0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?[pP]([-+]?\d+)$/.exec(digits);
    const value =
      hex === null
        ? digits === ""
          ? Number.NaN
          : Number(digits)
        : Number.parseInt(`${hex[1]}${hex[2] ?? ""}` || "0", 16) * 2 ** (Number(hex[3]) - 4 * (hex[2] ?? "").length);
    if (Number.isNaN(value)) this.#fail(`illegal number syntax: ${quote(text)}`);
    return { value: negative ? -value : value, integer: Number.isSafeInteger(value) };
  }

  #unquote(quoted: string): string {
    const text = unquote(quoted);
    if (text === undefined) this.#fail("invalid syntax");
    return text;
  }
}

function tokenText(token: Token): string {
  if (token.type === "eof") return "EOF";
  if (token.type === "error") return token.text;
  if (isKeyword(token.type)) return `<${token.text}>`;
  const letters = [...token.text];
  return letters.length > 10 ? `${quote(letters.slice(0, 10).join(""))}...` : quote(token.text);
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/** strconv.Unquote; undefined where the text is no Go literal. */
function unquote(quoted: string): string | undefined {
  const mark = quoted[0];
  const body = quoted.slice(1, -1);
  if (mark === "`") return body.replaceAll("\r", "");
  if (!body.includes("\\")) return body;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  let out = "";
  const flush = () => {
    if (bytes.length > 0) out += new TextDecoder().decode(new Uint8Array(bytes.splice(0)));
  };
  for (let i = 0; i < body.length; i++) {
    const char = body[i] as string;
    if (char !== "\\") {
      flush();
      out += char;
      continue;
    }
    const next = body[++i] ?? "";
    if (Object.hasOwn(SIMPLE_ESCAPES, next) && (next === "'" ? mark === "'" : next === '"' ? mark === '"' : true)) {
      flush();
      out += SIMPLE_ESCAPES[next];
      continue;
    }
    const hex = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/.exec(body.slice(i, i + 9));
    if (hex === null) return undefined;
    i += hex[0].length - 1;
    if (hex[1] !== undefined || hex[4] !== undefined) {
      const byte = hex[1] === undefined ? Number.parseInt(hex[4] as string, 8) : Number.parseInt(hex[1], 16);
      if (byte > 255) return undefined;
      bytes.push(byte);
      continue;
    }
    const code = Number.parseInt((hex[2] ?? hex[3]) as string, 16);
    if (code > 0x10ffff) return undefined;
    bytes.push(...encoder.encode(String.fromCodePoint(code)));
  }
  flush();
  return out;
}
