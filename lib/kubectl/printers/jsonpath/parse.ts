/**
 * kubectl's JSONPath templates, parsed (grammar and words of k8s.io/client-go/util/jsonpath/parser.go). What upstream
 * takes by accident (an empty index, a name with an operator in it) is taken here, too: people have such templates.
 */
import { unquote } from "./unquote.ts";

/** One bound of `[from:to:step]`. */
interface Bound {
  /** Undefined: not written. */
  readonly value: number | undefined;
  /** The end of an index that is no slice. */
  readonly derived?: boolean;
}

export type Node =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "list"; readonly nodes: readonly Node[] }
  | { readonly type: "field"; readonly name: string }
  | { readonly type: "identifier"; readonly name: string }
  | { readonly type: "slice"; readonly start: Bound; readonly end: Bound; readonly step: Bound }
  | { readonly type: "wildcard" }
  | { readonly type: "recursive" }
  | { readonly type: "union"; readonly members: readonly Node[] }
  | {
      readonly type: "filter";
      readonly left: readonly Node[];
      readonly operator: string;
      readonly right: readonly Node[];
    }
  | { readonly type: "literal"; readonly value: number | boolean; readonly float: boolean };

export class JsonPathError extends Error {}

const ALPHANUMERIC = /[\p{L}\p{Nd}_]/u;
const TERMINATORS = new Set(["", " ", "\t", "\r", "\n", ".", ",", "[", "]", "$", "@", "{", "}"]);
const CONDITION = /^([^!<>=]+)([!<>=]+)([^\n]+?)$/;
const DICTIONARY_KEY = /^'([^']*)'$/;
const SLICE = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/;

/** The nodes of a template. Throws `JsonPathError`. */
export function parseJsonPath(template: string): Node[] {
  const nodes: Node[] = [];
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf("{", at);
    if (open === -1) {
      nodes.push({ type: "text", text: template.slice(at) });
      break;
    }
    if (open > at) nodes.push({ type: "text", text: template.slice(at, open) });
    const parser = new ActionParser(template, open + 1);
    nodes.push({ type: "list", nodes: parser.action() });
    at = parser.at;
  }
  return nodes;
}

/** The nodes of the first action in a text that stands for itself within another. */
function parseAction(text: string): readonly Node[] {
  const [first] = parseJsonPath(`{${text}}`);
  return first?.type === "list" ? first.nodes : [];
}

class ActionParser {
  readonly #text: string;
  readonly #nodes: Node[] = [];
  at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.at = at;
  }

  #peek(): string {
    const code = this.#text.codePointAt(this.at);
    return code === undefined ? "" : String.fromCodePoint(code);
  }

  #starts(prefix: string): boolean {
    return this.#text.startsWith(prefix, this.at);
  }

  /** Everything up to the closing brace. */
  action(): readonly Node[] {
    const nodes = this.#nodes;
    for (;;) {
      const char = this.#peek();
      if (char === "}") {
        this.at++;
        return nodes;
      }
      if (this.#starts("[?(")) nodes.push(this.#filter());
      else if (this.#starts("..")) this.#recursive();
      else if (char === "" || char === "\r" || char === "\n") throw new JsonPathError("unclosed action");
      else if (char === " " || char === "@" || char === "$") this.at++;
      else if (char === "[") nodes.push(...this.#array());
      else if (char === '"' || char === "'") nodes.push(this.#quoted(char));
      else if (char === ".") {
        this.at++;
        nodes.push(this.#field());
      } else if (/[-+]|\p{Nd}/u.test(char)) nodes.push(this.#number());
      else if (ALPHANUMERIC.test(char)) nodes.push(this.#identifier());
      else throw new JsonPathError(`unrecognized character in action: ${unicode(char)}`);
    }
  }

  #recursive(): void {
    if (this.#nodes.at(-1)?.type === "recursive") throw new JsonPathError("invalid multiple recursive descent");
    this.at += 2;
    this.#nodes.push({ type: "recursive" });
    if (ALPHANUMERIC.test(this.#peek())) this.#nodes.push(this.#field());
  }

  #identifier(): Node {
    const start = this.at;
    while (!TERMINATORS.has(this.#peek())) this.at += this.#peek().length;
    const name = this.#text.slice(start, this.at);
    if (name === "true" || name === "false") return { type: "literal", value: name === "true", float: false };
    return { type: "identifier", name };
  }

  #number(): Node {
    const start = this.at;
    if (/[-+]/.test(this.#peek())) this.at++;
    while (/[.\d]/.test(this.#peek())) this.at++;
    const text = this.#text.slice(start, this.at);
    if (/^[-+]?\d+$/.test(text)) return { type: "literal", value: Number(text), float: false };
    const value = Number(text);
    if (!/\d/.test(text) || Number.isNaN(value)) throw new JsonPathError(`cannot parse number ${text}`);
    return { type: "literal", value, float: true };
  }

  #quoted(mark: string): Node {
    const start = this.at++;
    for (;;) {
      const char = this.#peek();
      if (char === "" || char === "\n") throw new JsonPathError("unterminated quoted string");
      this.at += char.length;
      if (char === mark && this.#text[this.at - 2] !== "\\") break;
    }
    const written = this.#text.slice(start, this.at);
    const text = unquote(written);
    if (text === undefined) throw new JsonPathError(`unquote string ${written} error invalid syntax`);
    return { type: "text", text };
  }

  #field(): Node {
    const start = this.at;
    while (!TERMINATORS.has(this.#peek())) {
      if (this.#peek() === "\\") this.at++;
      this.at += this.#peek().length;
    }
    const name = this.#text.slice(start, this.at);
    return name === "*" ? { type: "wildcard" } : { type: "field", name: name.replaceAll("\\", "") };
  }

  #filter(): Node {
    this.at += "[?(".length;
    const start = this.at;
    let mark = "";
    let closed = false;
    for (;;) {
      const char = this.#peek();
      if (char === "" || char === "\n") throw new JsonPathError("unterminated filter");
      this.at += char.length;
      // One pair of quotes is all that upstream looks for.
      if (char === '"' || char === "'") {
        if (mark === "") mark = char;
        else if (char === mark && this.#text[this.at - 2] !== "\\") closed = true;
      } else if (char === ")" && (mark !== "") === closed) break;
    }
    const text = this.#text.slice(start, this.at - 1);
    if (this.#peek() !== "]") throw new JsonPathError("unclosed array expect ]");
    this.at++;
    const match = CONDITION.exec(text);
    if (match === null) return { type: "filter", left: parseAction(text), operator: "exists", right: [] };
    const [, left = "", operator = "", right = ""] = match;
    return { type: "filter", left: parseAction(left), operator, right: parseAction(right) };
  }

  #array(): readonly Node[] {
    const start = this.at + 1;
    for (;;) {
      const char = this.#peek();
      if (char === "" || char === "\n") throw new JsonPathError("unterminated array");
      this.at += char.length;
      if (char === "]") break;
    }
    const written = this.#text.slice(start, this.at - 1);
    const text = written === "*" ? ":" : written;
    const parts = text.split(",");
    if (parts.length > 1) {
      const members = parts.map(
        (part): Node => ({ type: "list", nodes: parseAction(`[${part.replace(/^ +| +$/g, "")}]`) }),
      );
      return [{ type: "union", members }];
    }
    const key = DICTIONARY_KEY.exec(text);
    if (key !== null) return parseAction(`.${key[1]}`);
    const slice = SLICE.exec(text);
    if (slice === null) throw new JsonPathError(`invalid array index ${text}`);
    const start0 = bound(slice[1]);
    return [
      {
        type: "slice",
        start: start0,
        end: slice[2] === undefined ? { value: (start0.value ?? 0) + 1, derived: true } : bound(slice[2].slice(1)),
        step: bound(slice[3]?.slice(1)),
      },
    ];
  }
}

function bound(text: string | undefined): Bound {
  if (text === undefined || text === "") return { value: undefined };
  if (text === "-") throw new JsonPathError(`array index ${text} is not a number`);
  return { value: Number(text) };
}

function unicode(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")} '${char}'`;
}
