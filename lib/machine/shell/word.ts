/**
 * Words as the shell expands them: a flat list of segments, each quoted or not. Compiled once from the parser's tree
 * and kept beside it, because a loop expands the same word many times.
 */
import {
  type ArithmeticExpansionPart,
  type HereDoc,
  type ParameterExpansionPart,
  type ParsedScript,
  parse,
  type Word,
  type WordPart,
} from "unbash";

export type Segment =
  | TextSegment
  | ParameterSegment
  | { readonly kind: "command"; readonly quoted: boolean; readonly script: ParsedScript; readonly text: string }
  | { readonly kind: "arithmetic"; readonly quoted: boolean; readonly body: string; readonly old?: string }
  /** `$'...'` and the `$` of `$"..."`, which not all shells know: `plain` is what they are to the others. */
  | {
      readonly kind: "dollar";
      readonly quoted: true;
      readonly value: string;
      readonly plain: string;
      readonly locale: boolean;
    }
  | { readonly kind: "process"; readonly quoted: false; readonly output: boolean; readonly script: ParsedScript };

export interface TextSegment {
  readonly kind: "text";
  /** Quoted text is taken as it is: no brace, tilde, pattern or splitting. */
  readonly quoted: boolean;
  readonly text: string;
}

export interface ParameterSegment {
  readonly kind: "parameter";
  readonly quoted: boolean;
  readonly name: string;
  /** `!` indirection, `#` length. */
  readonly prefix: "!" | "#" | undefined;
  /** The subscript: as the parser has it, or a text whose expansions are done. */
  readonly index: Word | string | undefined;
  readonly operation: ParameterExpansionPart["operation"];
  readonly text: string;
  /** The text it is expanded with, as written: for "bad substitution". */
  readonly whole: string;
}

/** How backslashes in literal text read. */
type Context = "bare" | "double" | "operand" | "here";

const ESCAPES: Record<Exclude<Context, "bare">, RegExp> = {
  double: /\\([$`"\\\n])/g,
  // Of `"${x:-word}"`: there a brace would end it.
  operand: /\\([$`"\\}\n])/g,
  here: /\\([$`\\\n])/g,
};

const EMPTY: readonly WordPart[] = [];
const wordCache = new WeakMap<object, readonly Segment[]>();
const quotedCache = new WeakMap<object, readonly Segment[]>();

/** The segments of a word. `quoted`: it stands inside double quotes (the operand of `"${x:-word}"`). */
export function segmentsOf(word: Word, quoted = false): readonly Segment[] {
  const cache = quoted ? quotedCache : wordCache;
  const known = cache.get(word);
  if (known !== undefined) return known;
  const out = new Builder();
  out.whole = word.text;
  if (word.parts === undefined) addLiteral(out, word.text, quoted ? "operand" : "bare");
  else for (const part of word.parts) addPart(out, part, quoted ? "operand" : "bare");
  cache.set(word, out.segments);
  return out.segments;
}

/** The segments of a here-document's body. */
export function segmentsOfHereDoc(document: HereDoc): readonly Segment[] {
  const known = wordCache.get(document);
  if (known !== undefined) return known;
  const out = new Builder();
  out.whole = document.body.text;
  const strip = document.operator === "<<-";
  if (document.delimiter?.quoted) {
    out.text(strip ? document.body.text.replace(/^\t+/gm, "") : document.body.text, true);
  } else if (document.body.parts === undefined) {
    addLiteral(out, strip ? document.body.text.replace(/^\t+/gm, "") : document.body.text, "here");
  } else {
    let lineStart = true;
    for (const part of document.body.parts) {
      if (part.type === "Literal") {
        let text = part.text;
        if (strip) {
          if (lineStart) text = text.replace(/^\t+/, "");
          text = text.replace(/\n\t+/g, "\n");
        }
        addLiteral(out, text, "here");
        lineStart = part.text.endsWith("\n");
      } else {
        addPart(out, part, "here");
        lineStart = false;
      }
    }
  }
  wordCache.set(document, out.segments);
  return out.segments;
}

const textCache = new Map<string, readonly Segment[]>();

/**
 * The segments of a text that is expanded as if in double quotes, where the quotes themselves are plain text: bodies
 * of arithmetic expressions, prompts, subscripts.
 */
export function segmentsOfText(text: string): readonly Segment[] {
  const known = textCache.get(text);
  if (known !== undefined) return known;
  const out = new Builder();
  // A backslash at the end would join what is put behind it.
  if (/(?<!\\)(?:\\\\)*\\$/.test(text)) {
    const segments = segmentsOfText(text.slice(0, -1));
    for (const segment of segments) out.add(segment);
    out.text("\\", true);
  } else if (/[$`\\]/.test(text)) {
    let delimiter = "EOF";
    while (text.includes(delimiter)) delimiter += "_";
    const script = parse(`: <<${delimiter}\n${text}\n${delimiter}`);
    const statement = script.commands[0]?.command;
    const document =
      statement?.type === "Command" ? statement.redirects.find((redirect) => redirect.type === "HereDoc") : undefined;
    if (document?.type === "HereDoc") {
      const segments = segmentsOfHereDoc(document);
      segments.forEach((segment, position) => {
        if (segment.kind === "text" && position === segments.length - 1) {
          out.add({ ...segment, text: segment.text.replace(/\n$/, "") });
        } else out.add(segment.kind === "parameter" ? { ...segment, whole: text } : segment);
      });
    }
  } else out.text(text, true);
  if (textCache.size > 500) textCache.clear();
  textCache.set(text, out.segments);
  return out.segments;
}

class Builder {
  readonly segments: Segment[] = [];
  /** A word, or the inside of double quotes in it. */
  whole = "";

  text(text: string, quoted: boolean): void {
    const last = this.segments.at(-1);
    if (last?.kind === "text" && last.quoted === quoted) {
      this.segments[this.segments.length - 1] = { kind: "text", quoted, text: last.text + text };
    } else this.segments.push({ kind: "text", quoted, text });
  }

  add(segment: Segment): void {
    this.segments.push(segment);
  }
}

function addLiteral(out: Builder, text: string, context: Context): void {
  if (!text.includes("\\")) {
    if (text !== "") out.text(text, context !== "bare");
    return;
  }
  if (context !== "bare") {
    const plain = withoutEscapes(text, context);
    if (plain !== "") out.text(plain, true);
    return;
  }
  let plain = "";
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char !== "\\" || i === text.length - 1) {
      plain += char;
      continue;
    }
    const next = text.charAt(++i);
    if (next === "\n") continue;
    if (plain !== "") out.text(plain, false);
    plain = "";
    out.text(next, true);
  }
  if (plain !== "") out.text(plain, false);
}

/** Text between double quotes, or of a here-document, without the backslashes that mean something there. */
export function withoutEscapes(text: string, context: Exclude<Context, "bare">): string {
  return text.replace(ESCAPES[context], (_pair, next: string) => (next === "\n" ? "" : next));
}

function addPart(out: Builder, part: WordPart, context: Context): void {
  const quoted = context !== "bare";
  switch (part.type) {
    case "Literal":
      addLiteral(out, part.text, context);
      return;
    case "SingleQuoted":
      if (context === "here") out.text(part.text, true);
      else out.text(part.value, true);
      return;
    case "AnsiCQuoted":
      out.add({ kind: "dollar", quoted: true, value: part.value, plain: `$${part.text.slice(2, -1)}`, locale: false });
      return;
    case "DoubleQuoted":
    case "LocaleString": {
      if (part.type === "LocaleString") out.add({ kind: "dollar", quoted: true, value: "", plain: "$", locale: true });
      const { whole } = out;
      out.whole = part.text.slice(part.type === "LocaleString" ? 2 : 1, -1);
      if (part.parts.length === 0) out.text("", true);
      for (const child of part.parts) {
        if (child.type === "Literal" && child.text === "") out.text("", true);
        addPart(out, child, "double");
      }
      out.whole = whole;
      return;
    }
    case "SimpleExpansion":
      out.add({
        kind: "parameter",
        quoted,
        name: part.text.slice(1),
        prefix: undefined,
        index: undefined,
        operation: undefined,
        text: part.text,
        whole: out.whole,
      });
      return;
    case "ParameterExpansion":
      out.add({
        kind: "parameter",
        quoted,
        name: part.parameter,
        prefix: part.prefix,
        index: part.index,
        operation: part.operation,
        text: part.text,
        whole: out.whole,
      });
      return;
    case "CommandExpansion":
      if (part.text.startsWith("${")) {
        // No shell of these has it: a substitution that is badly written.
        const text = part.text;
        out.add({
          kind: "parameter",
          quoted,
          name: " ",
          prefix: undefined,
          index: undefined,
          operation: undefined,
          text,
          whole: out.whole,
        });
        return;
      }
      out.add({ kind: "command", quoted, script: part.script ?? parse(""), text: part.text });
      return;
    case "ArithmeticExpansion":
      // `$[1+2]` is bash's alone.
      out.add({
        kind: "arithmetic",
        quoted,
        body: arithmeticBody(part),
        ...(part.text.startsWith("$[") ? { old: part.text } : {}),
      });
      return;
    case "ProcessSubstitution":
      out.add({ kind: "process", quoted: false, output: part.operator === ">", script: part.script ?? parse("") });
      return;
    case "Glob":
      if (part.kind === "bracket") {
        out.text("[", quoted);
        for (const child of part.parts ?? EMPTY) addPart(out, child, context);
        out.text("]", quoted);
      } else out.text(part.text, quoted);
      return;
    case "ExtendedGlob":
      addNested(out, part.text, part.parts, `${part.operator}(`, ")", context);
      return;
    case "BraceExpansion":
      addNested(out, part.text, part.parts, "{", "}", context);
      return;
  }
}

function addNested(
  out: Builder,
  text: string,
  parts: readonly WordPart[] | undefined,
  open: string,
  close: string,
  context: Context,
): void {
  if (parts === undefined) {
    addLiteral(out, text, context);
    return;
  }
  out.text(open, context !== "bare");
  for (const part of parts) addPart(out, part, context);
  out.text(close, context !== "bare");
}

function arithmeticBody(part: ArithmeticExpansionPart): string {
  return part.text.startsWith("$((") ? part.text.slice(3, -2) : part.text.slice(2, -1);
}

/** True where every segment is plain text: the word is a constant. */
export function constantText(segments: readonly Segment[]): string | undefined {
  let text = "";
  for (const segment of segments) {
    if (segment.kind !== "text") return undefined;
    text += segment.text;
  }
  return text;
}
