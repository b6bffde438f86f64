/** kubectl's JSONPath templates, parsed (grammar and words of k8s.io/client-go/util/jsonpath/parser.go). */

export type Node =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "list"; readonly nodes: readonly Node[] }
  | { readonly type: "field"; readonly name: string }
  | { readonly type: "identifier"; readonly name: string }
  | {
      readonly type: "slice";
      readonly start: number | undefined;
      readonly end: number | undefined;
      readonly step: number | undefined;
      readonly single: boolean;
    }
  | { readonly type: "wildcard" }
  | { readonly type: "recursive" }
  | { readonly type: "union"; readonly members: readonly Node[] }
  | { readonly type: "filter"; readonly left: Node; readonly operator: string; readonly right: Node | undefined }
  | { readonly type: "literal"; readonly value: string | number | boolean };

export class JsonPathError extends Error {}

const isAlphaNumeric = (char: string): boolean => /[\p{L}\p{N}_]/u.test(char);
const IDENTIFIERS = new Set(["range", "end"]);

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

class ActionParser {
  readonly #text: string;
  at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.at = at;
  }

  #peek(): string {
    return this.#text[this.at] ?? "";
  }

  /** Everything up to the closing brace. */
  action(): Node[] {
    const nodes: Node[] = [];
    for (;;) {
      const char = this.#peek();
      if (char === "" || char === "\r" || char === "\n") throw new JsonPathError("unclosed action");
      if (char === "}") {
        this.at++;
        return nodes;
      }
      if (char === " ") this.at++;
      else if (char === "@" || char === "$") this.at++;
      else if (char === "[") nodes.push(this.#array());
      else if (char === '"' || char === "'") nodes.push({ type: "literal", value: this.#quoted(char) });
      else if (char === ".") nodes.push(this.#field());
      else if (char === "+" || char === "-" || /\d/.test(char)) nodes.push(this.#number());
      else if (isAlphaNumeric(char)) nodes.push(this.#identifier());
      else throw new JsonPathError(`unrecognized character in action: ${unicode(char)}`);
    }
  }

  #identifier(): Node {
    let name = "";
    while (isAlphaNumeric(this.#peek()) && this.#peek() !== "") name += this.#text[this.at++];
    if (name === "true" || name === "false") return { type: "literal", value: name === "true" };
    if (!IDENTIFIERS.has(name)) {
      // Upstream accepts the word and fails when it runs.
      return { type: "identifier", name };
    }
    return { type: "identifier", name };
  }

  #number(): Node {
    let text = "";
    while (/[-+.\d]/.test(this.#peek())) text += this.#text[this.at++];
    const value = Number(text);
    if (Number.isNaN(value)) throw new JsonPathError(`cannot parse number ${text}`);
    return { type: "literal", value };
  }

  #quoted(mark: string): string {
    const start = this.at++;
    for (;;) {
      const char = this.#peek();
      if (char === "" || char === "\n") throw new JsonPathError("unterminated quoted string");
      if (char === "\\") {
        this.at += 2;
        continue;
      }
      this.at++;
      if (char === mark) break;
    }
    return unquote(this.#text.slice(start, this.at));
  }

  #field(): Node {
    this.at++;
    if (this.#peek() === ".") {
      this.at++;
      // "..name": the name follows without its own dot.
      if (this.#peek() !== "[" && this.#peek() !== "")
        this.at -= isAlphaNumeric(this.#peek()) || this.#peek() === "*" ? 1 : 0;
      return { type: "recursive" };
    }
    let name = "";
    while (this.#peek() !== "" && !" \t\r\n[]{}().,<>=!&|".includes(this.#peek()) && this.#peek() !== "@") {
      if (this.#peek() === "\\") this.at++;
      name += this.#peek();
      this.at++;
    }
    if (name === "*") return { type: "wildcard" };
    return { type: "field", name };
  }

  #array(): Node {
    const start = ++this.at;
    let quoteMark = "";
    let depth = 0;
    for (;;) {
      const char = this.#peek();
      if (char === "" || char === "\n") throw new JsonPathError("unterminated array");
      if (quoteMark !== "") {
        if (char === "\\") this.at++;
        else if (char === quoteMark) quoteMark = "";
      } else if (char === '"' || char === "'") quoteMark = char;
      else if (char === "[" || char === "(") depth++;
      else if (char === ")") depth--;
      else if (char === "]") {
        if (depth <= 0) break;
        depth--;
      }
      this.at++;
    }
    const body = this.#text.slice(start, this.at);
    this.at++;
    return arrayNode(body);
  }
}

function unicode(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")} '${char}'`;
}

const SIMPLE: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  '"': '"',
  "'": "'",
  "0": "\0",
};

export function unquote(text: string): string {
  return text
    .slice(1, -1)
    .replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/g, (_, escaped: string) =>
      /^[ux]./.test(escaped)
        ? String.fromCodePoint(Number.parseInt(escaped.slice(1), 16))
        : (SIMPLE[escaped] ?? escaped),
    );
}

/** Splits at commas outside quotes and brackets. */
function splitUnion(body: string): string[] {
  const parts: string[] = [];
  let mark = "";
  let depth = 0;
  let start = 0;
  for (let i = 0; i < body.length; i++) {
    const char = body[i] ?? "";
    if (mark !== "") {
      if (char === "\\") i++;
      else if (char === mark) mark = "";
    } else if (char === '"' || char === "'") mark = char;
    else if (char === "[" || char === "(") depth++;
    else if (char === "]" || char === ")") depth--;
    else if (char === "," && depth === 0) {
      parts.push(body.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, body.slice(start)];
}

const OPERATOR = /^(.*?)\s*(==|!=|<=|>=|<|>)\s*(.*)$/s;

function arrayNode(text: string): Node {
  const body = text.trim();
  if (body === "*") return { type: "wildcard" };
  if (body.startsWith("?(")) {
    if (!body.endsWith(")")) throw new JsonPathError("unterminated filter");
    const condition = body.slice(2, -1);
    const match = OPERATOR.exec(condition);
    const [, left = condition, operator = "exists", right] = match ?? [];
    return {
      type: "filter",
      left: expression(left),
      operator,
      right: right === undefined ? undefined : expression(right),
    };
  }
  const parts = splitUnion(body);
  if (parts.length > 1) return { type: "union", members: parts.map((part) => arrayNode(part)) };
  if (/^'(.*)'$/s.test(body)) return { type: "field", name: unquote(body) };
  const slice = /^(-?\d*)(:(-?\d*))?(:(-?\d*))?$/.exec(body);
  if (slice === null || body === "") throw new JsonPathError(`invalid array index ${body}`);
  const number = (part: string | undefined) => (part === undefined || part === "" ? undefined : Number(part));
  return {
    type: "slice",
    start: number(slice[1]),
    end: number(slice[3]),
    step: number(slice[5]),
    single: slice[2] === undefined,
  };
}

function expression(text: string): Node {
  const trimmed = text.trim();
  return { type: "list", nodes: new ActionParser(`${trimmed}}`, 0).action() };
}
