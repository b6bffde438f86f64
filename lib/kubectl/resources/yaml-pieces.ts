/**
 * Long YAML documents, read a few keys at a time so that others run in between: one document of 20,000 keys would
 * keep a worker busy for a fifth of a second. Shared with `lib/helm`.
 */
import { isObject, type Json, type JsonObject } from "../object.ts";
import { YamlProblem, yamlToJson } from "./go-yaml.ts";

/** Letters read between two turns of others. */
const PIECE = 4096;
/** Letters that are read in about a microsecond, the unit of Process.spend. */
const LETTERS_PER_UNIT = 0.8;
/** Anchors, merges, markers of documents, directives and tabs: what reaches beyond its own piece. */
const WHOLE = /^(---|\.\.\.|%)|[\s[{,][&*][A-Za-z0-9_]|<<:|^\s*\t/m;
/** A key with its value in the lines below. */
const BLOCK = /^([A-Za-z_][-\w./]*):[ ]*\n(?=(?:[ ]*#[^\n]*\n)*( *)[^\s#-])/;

/** What yields on the way is work in units; throws what `yamlToJson` throws of the whole. */
export function* yamlSteps(text: string): Generator<number, Json> {
  if (text.length > PIECE && !WHOLE.test(text)) {
    const read = yield* readMap(text);
    if (read !== undefined) return read;
  }
  yield text.length / LETTERS_PER_UNIT;
  return yamlToJson(text);
}

/** Undefined: not a map, or something is wrong with it, which is said of the whole. */
function* readMap(text: string): Generator<number, JsonObject | undefined> {
  const whole: JsonObject = {};
  for (const piece of pieces(text)) {
    const block = piece.length > 2 * PIECE ? BLOCK.exec(piece) : null;
    const below = block === null ? undefined : dedented(piece.slice(block[0].length), block[2]?.length ?? 0);
    if (below !== undefined) {
      const value = yield* readMap(below);
      if (value === undefined) return undefined;
      put(whole, block?.[1] ?? "", value);
      continue;
    }
    yield piece.length / LETTERS_PER_UNIT;
    const part = readPiece(piece);
    if (part === null) continue;
    if (part === undefined || !isObject(part)) return undefined;
    for (const [key, value] of Object.entries(part)) put(whole, key, value);
  }
  return whole;
}

function readPiece(text: string): Json | undefined {
  try {
    return yamlToJson(text);
  } catch (error) {
    if (error instanceof YamlProblem) return undefined;
    throw error;
  }
}

/** Any key, `__proto__` included, as a field of its own. */
function put(map: JsonObject, key: string, value: Json): void {
  Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Lines of one block without their common indentation; undefined where one of them has less. */
function dedented(text: string, indent: number): string | undefined {
  if (indent === 0) return undefined;
  const margin = " ".repeat(indent);
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? "";
    if (line.startsWith(margin)) lines[i] = line.slice(indent);
    else if (line.trim() === "") lines[i] = "";
    else return undefined;
  }
  return lines.join("\n");
}

/** A text in pieces that begin with a key of its outermost map. */
function pieces(text: string): string[] {
  const found: string[] = [];
  let start = 0;
  let before = 0;
  for (const match of text.matchAll(/^[^\s#\-[\]{}"'|>][^\n]*/gm)) {
    // A key with a long value stands by itself.
    if (match.index - before > 2 * PIECE && before > start) {
      found.push(text.slice(start, before));
      start = before;
    }
    before = match.index;
    if (match.index - start < PIECE) continue;
    found.push(text.slice(start, match.index));
    start = match.index;
  }
  if (text.length - before > 2 * PIECE && before > start) {
    found.push(text.slice(start, before));
    start = before;
  }
  found.push(text.slice(start));
  return found;
}
