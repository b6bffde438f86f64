/** Brace expansion: `a{b,c}{1..3}`, on segments, so that quoted and expanded text is never looked into. */
import type { Segment, TextSegment } from "./word.ts";

/** Words one expansion may make, all together. */
const MAX_WORDS = 65_536;

/** More words than a shell here may hold. `elements`: how many were asked for. */
export class TooManyWords extends Error {
  readonly elements: number;

  constructor(elements: number) {
    super(`brace expansion: failed to allocate memory for \`${elements}' elements`);
    this.elements = elements;
  }
}

/** One unquoted character that means something to braces, or anything else as a whole. */
type Token = string | Segment;

export function expandBraces(segments: readonly Segment[]): readonly (readonly Segment[])[] {
  if (!segments.some((segment) => segment.kind === "text" && !segment.quoted && segment.text.includes("{"))) {
    return [segments];
  }
  return expand(tokenize(segments)).map(join);
}

function tokenize(segments: readonly Segment[]): Token[] {
  const tokens: Token[] = [];
  for (const segment of segments) {
    if (segment.kind !== "text" || segment.quoted) tokens.push(segment);
    else for (const piece of segment.text.split(/([{},])/)) if (piece !== "") tokens.push(piece);
  }
  return tokens;
}

function join(tokens: readonly Token[]): readonly Segment[] {
  const [only] = tokens;
  if (tokens.length === 1 && typeof only === "string") return [{ kind: "text", quoted: false, text: only }];
  const out: Segment[] = [];
  for (const token of tokens) {
    if (typeof token !== "string") {
      out.push(token);
      continue;
    }
    const last = out.at(-1);
    if (last?.kind === "text" && !last.quoted) {
      out[out.length - 1] = { kind: "text", quoted: false, text: last.text + token };
    } else out.push({ kind: "text", quoted: false, text: token });
  }
  return out;
}

function expand(tokens: readonly Token[]): Token[][] {
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] !== "{") continue;
    const group = readGroup(tokens, i);
    if (group === undefined) continue;
    const prefix = tokens.slice(0, i);
    const suffixes = expand(tokens.slice(group.end + 1));
    const count = group.alternatives.length * suffixes.length;
    if (count > MAX_WORDS) throw new TooManyWords(count);
    const out: Token[][] = [];
    for (const alternative of group.alternatives) {
      for (const suffix of suffixes) out.push([...prefix, ...alternative, ...suffix]);
    }
    return out;
  }
  return [tokens.slice()];
}

function readGroup(
  tokens: readonly Token[],
  start: number,
): { readonly alternatives: readonly Token[][]; readonly end: number } | undefined {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (let i = start + 1; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    if (token === "{") depth++;
    if (token === "}") {
      if (depth === 0) {
        if (parts.length > 1) return { alternatives: parts.flatMap(expand), end: i };
        const sequence = readSequence(parts[0] as Token[]);
        return sequence === undefined ? undefined : { alternatives: sequence, end: i };
      }
      depth--;
    }
    if (token === "," && depth === 0) parts.push([]);
    else (parts.at(-1) as Token[]).push(token);
  }
  return undefined;
}

const INTEGER = /^[+-]?\d+$/;

function readSequence(tokens: readonly Token[]): Token[][] | undefined {
  if (tokens.length !== 1 || typeof tokens[0] !== "string") return undefined;
  const [from, to, by, more] = tokens[0].split("..");
  if (from === undefined || to === undefined || more !== undefined) return undefined;
  if (by !== undefined && !INTEGER.test(by)) return undefined;
  if (INTEGER.test(from) && INTEGER.test(to)) {
    const width = [from, to].some((text) => /^[+-]?0\d/.test(text)) ? Math.max(from.length, to.length) : 0;
    return range(Number(from), Number(to), Number(by ?? 1)).map((value) => [pad(value, width)]);
  }
  if (/^[A-Za-z]$/.test(from) && /^[A-Za-z]$/.test(to)) {
    return range(from.charCodeAt(0), to.charCodeAt(0), Number(by ?? 1)).map((code) => {
      const char = String.fromCharCode(code);
      // Between Z and a lie characters that would otherwise be taken for quotes.
      return [/[A-Za-z0-9]/.test(char) ? char : ({ kind: "text", quoted: true, text: char } satisfies TextSegment)];
    });
  }
  return undefined;
}

function range(from: number, to: number, by: number): number[] {
  const step = Math.max(1, Math.abs(by)) * (from <= to ? 1 : -1);
  const count = Math.floor(Math.abs((to - from) / step)) + 1;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || count > MAX_WORDS) throw new TooManyWords(count);
  return Array.from({ length: count }, (_, i) => from + i * step);
}

function pad(value: number, width: number): string {
  const digits = String(Math.abs(value));
  const sign = value < 0 ? "-" : "";
  return sign + digits.padStart(width - sign.length, "0");
}
