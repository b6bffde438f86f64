/** Parses the part of Go's text/template language that templates for kubectl use. */
import type { Json } from "../../object.ts";

export type Expression =
  | { readonly type: "literal"; readonly value: Json }
  | { readonly type: "dot"; readonly fields: readonly string[] }
  | { readonly type: "variable"; readonly name: string; readonly fields: readonly string[] }
  | { readonly type: "function"; readonly name: string }
  | { readonly type: "pipeline"; readonly pipeline: Pipeline; readonly fields: readonly string[] };

export interface Pipeline {
  readonly declares: readonly string[];
  readonly commands: readonly (readonly Expression[])[];
}

export type Node =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "action"; readonly pipeline: Pipeline }
  | { readonly type: "break" | "continue" }
  | {
      readonly type: "if" | "with" | "range";
      readonly pipeline: Pipeline;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    };

interface Piece {
  readonly type: "text" | "action";
  readonly text: string;
}

function pieces(template: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  let trimNext = false;
  for (;;) {
    const open = template.indexOf("{{", at);
    let text = open === -1 ? template.slice(at) : template.slice(at, open);
    if (trimNext) text = text.trimStart();
    if (open === -1) return [...found, { type: "text", text }];
    const comment = /^\{\{(- )?\/\*[\s\S]*?\*\/( -)?\}\}/.exec(template.slice(open));
    const close = comment === null ? closing(template, open + 2) : open + comment[0].length - 2;
    if (close === -1) throw new Error("unclosed action");
    let body = template.slice(open + 2, close);
    if (/^-\s/.test(body)) {
      text = text.trimEnd();
      body = body.slice(1);
    }
    trimNext = /\s-$/.test(body);
    if (trimNext) body = body.slice(0, -1);
    found.push({ type: "text", text });
    if (comment === null) found.push({ type: "action", text: body.trim() });
    at = close + 2;
  }
}

function closing(template: string, from: number): number {
  let mark = "";
  for (let i = from; i < template.length; i++) {
    const char = template[i] ?? "";
    if (mark !== "") {
      if (char === "\\" && mark !== "`") i++;
      else if (char === mark) mark = "";
    } else if (char === '"' || char === "`" || char === "'") mark = char;
    else if (char === "}" && template[i + 1] === "}") return i;
  }
  return -1;
}

export function parseTemplate(template: string): Node[] {
  const parser = new TreeParser(pieces(template));
  const { nodes, end } = parser.block();
  if (end !== "") throw new Error(`unexpected {{${end}}}`);
  return nodes;
}

class TreeParser {
  readonly #pieces: readonly Piece[];
  #at = 0;

  constructor(all: readonly Piece[]) {
    this.#pieces = all;
  }

  /** Nodes up to {{end}}, {{else ...}} or the end of the text. */
  block(): { nodes: Node[]; end: string } {
    const nodes: Node[] = [];
    while (this.#at < this.#pieces.length) {
      const piece = this.#pieces[this.#at++] as Piece;
      if (piece.type === "text") {
        if (piece.text !== "") nodes.push({ type: "text", text: piece.text });
        continue;
      }
      const [, keyword = "", rest = ""] = /^([a-z]+)\b\s*([\s\S]*)$/.exec(piece.text) ?? [];
      if (keyword === "end" || keyword === "else") return { nodes, end: piece.text };
      if (keyword === "if" || keyword === "range" || keyword === "with") nodes.push(this.#control(keyword, rest));
      else if (keyword === "break" || keyword === "continue") nodes.push({ type: keyword });
      else if (["define", "template", "block"].includes(keyword))
        throw new Error(`{{${keyword}}} is not supported here`);
      else nodes.push({ type: "action", pipeline: parsePipeline(piece.text) });
    }
    return { nodes, end: "" };
  }

  #control(type: "if" | "with" | "range", head: string): Node {
    const pipeline = parsePipeline(head);
    const { nodes: body, end } = this.block();
    if (end === "end") return { type, pipeline, body, otherwise: [] };
    const chained = /^else\s+(if|with)\s+([\s\S]*)$/.exec(end);
    if (chained !== null)
      return { type, pipeline, body, otherwise: [this.#control(chained[1] as "if" | "with", chained[2] ?? "")] };
    if (end !== "else") throw new Error("unexpected EOF");
    const rest = this.block();
    if (rest.end !== "end") throw new Error("unexpected EOF");
    return { type, pipeline, body, otherwise: rest.nodes };
  }
}

const TOKEN =
  /\s+|"(?:[^"\\]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)'|\$[A-Za-z_0-9]*|\.[\p{L}_][\p{L}\p{N}_]*|[-+]?\d[\d._a-fxA-FX]*|[\p{L}_][\p{L}\p{N}_]*|:=|[.|(),=]/gu;

interface Token {
  readonly text: string;
  /** Preceded by white space: ".a .b" are two arguments, ".a.b" is one. */
  readonly spaced: boolean;
}

function parsePipeline(text: string): Pipeline {
  const tokens: Token[] = [];
  let end = 0;
  let spaced = true;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index !== end) throw new Error(`unexpected ${JSON.stringify(text[end])} in operand`);
    end = match.index + match[0].length;
    if (match[0].trim() === "") spaced = true;
    else {
      tokens.push({ text: match[0], spaced });
      spaced = false;
    }
  }
  if (end !== text.length) throw new Error(`unexpected ${JSON.stringify(text[end])} in operand`);
  const cursor = { at: 0 };
  const pipeline = readPipeline(tokens, cursor);
  if (cursor.at < tokens.length) throw new Error(`unexpected ${JSON.stringify(tokens[cursor.at]?.text)} in command`);
  return pipeline;
}

function readPipeline(tokens: readonly Token[], cursor: { at: number }): Pipeline {
  const declares: string[] = [];
  const assign = tokens.findIndex((token, i) => i >= cursor.at && (token.text === ":=" || token.text === "="));
  if (assign !== -1 && tokens[cursor.at]?.text.startsWith("$") && assign - cursor.at <= 3) {
    for (const token of tokens.slice(cursor.at, assign)) if (token.text !== ",") declares.push(token.text);
    cursor.at = assign + 1;
  }
  const commands: Expression[][] = [[]];
  while (cursor.at < tokens.length) {
    const token = tokens[cursor.at] as Token;
    if (token.text === ")") break;
    if (token.text === "|") {
      cursor.at++;
      commands.push([]);
      continue;
    }
    commands[commands.length - 1]?.push(readOperand(tokens, cursor));
  }
  if (commands.some((command) => command.length === 0)) throw new Error("missing value for command");
  return { declares, commands };
}

function readFields(tokens: readonly Token[], cursor: { at: number }): string[] {
  const fields: string[] = [];
  for (
    let token = tokens[cursor.at];
    token !== undefined && !token.spaced && /^\.[\p{L}_]/u.test(token.text);
    token = tokens[cursor.at]
  ) {
    fields.push(token.text.slice(1));
    cursor.at++;
  }
  return fields;
}

const CONSTANTS: Readonly<Record<string, Json>> = { true: true, false: false, nil: null };

function readOperand(tokens: readonly Token[], cursor: { at: number }): Expression {
  const { text } = tokens[cursor.at++] as Token;
  if (text === "(") {
    const pipeline = readPipeline(tokens, cursor);
    if (tokens[cursor.at]?.text !== ")") throw new Error("unclosed left paren");
    cursor.at++;
    return { type: "pipeline", pipeline, fields: readFields(tokens, cursor) };
  }
  if (text.startsWith('"')) return { type: "literal", value: JSON.parse(text.replace(/\\'/g, "'")) as string };
  if (text.startsWith("`")) return { type: "literal", value: text.slice(1, -1) };
  if (text.startsWith("'")) return { type: "literal", value: text.codePointAt(1) ?? 0 };
  if (text.startsWith("$")) return { type: "variable", name: text, fields: readFields(tokens, cursor) };
  if (text === ".") return { type: "dot", fields: [] };
  if (text.startsWith(".")) return { type: "dot", fields: [text.slice(1), ...readFields(tokens, cursor)] };
  if (/^[-+\d]/.test(text)) return { type: "literal", value: Number(text.replaceAll("_", "")) };
  if (Object.hasOwn(CONSTANTS, text)) return { type: "literal", value: CONSTANTS[text] ?? null };
  if (/^[\p{L}_]/u.test(text)) return { type: "function", name: text };
  throw new Error(`unexpected ${JSON.stringify(text)} in operand`);
}
