/** Expansion of words into arguments: braces, tildes, parameters, commands, arithmetic, splitting, path names. */
import type { Word } from "unbash";
import { PIECE, pieceEnd, type Spend } from "../pieces.ts";
import { BraceError, expandBraces } from "./brace.ts";
import { ExpansionError } from "./control.ts";
import { globPaths } from "./glob.ts";
import { evaluateParameter } from "./parameter.ts";
import { MAX_SOURCE } from "./parse.ts";
import { compilePattern, escapePattern, hasPattern } from "./pattern.ts";
import type { Shell } from "./shell.ts";
import { expandTildes } from "./tilde.ts";
import { constantText, type Segment, segmentsOf, segmentsOfText, withoutEscapes } from "./word.ts";

interface Piece {
  readonly text: string;
  readonly quoted: boolean;
}

/** Characters all words of one command may hold together: what `execve` calls "Argument list too long". */
const MAX_CHARACTERS = 8 << 20;
const FIELDS_AT_ONCE = 2000;
const CHARACTERS_AT_ONCE = 65_536;

/** Collects fields while segments are expanded left to right. */
class Fields {
  readonly fields: Piece[][] = [];
  #current: Piece[] | undefined;
  readonly #separators: string;
  readonly #joins: boolean;
  /** White space just ended a field: a separator that follows belongs to it. */
  #closedBySpace = false;
  characters = 0;

  /** `joins`: unquoted lists are joined before they are split, as bash does. */
  constructor(separators: string, joins: boolean) {
    this.#separators = separators;
    this.#joins = joins;
  }

  add(text: string, quoted: boolean): void {
    this.#current ??= [];
    this.#current.push({ text, quoted });
    this.#closedBySpace = false;
    this.characters += text.length;
    if (this.characters > MAX_CHARACTERS) throw new ExpansionError("Argument list too long");
  }

  end(): void {
    if (this.#current !== undefined) this.fields.push(this.#current);
    this.#current = undefined;
  }

  /**
   * The result of an unquoted expansion: split where IFS says, from `from` on. Gives where to go on: after many fields,
   * or characters of one, others have their turn.
   */
  split(text: string, from = 0): number {
    if (text === "") return 0;
    const separators = this.#separators;
    const enough = this.fields.length + FIELDS_AT_ONCE;
    let start = from;
    for (let i = from; i <= text.length; i++) {
      if (start === i && this.fields.length >= enough) return i;
      if (i - from >= CHARACTERS_AT_ONCE) {
        if (i > start) this.add(text.slice(start, i), false);
        return i;
      }
      const char = text.charAt(i);
      if (i < text.length && !separators.includes(char)) continue;
      if (i > start) this.add(text.slice(start, i), false);
      start = i + 1;
      if (i === text.length) break;
      if (char === " " || char === "\t" || char === "\n") {
        if (this.#current !== undefined) {
          this.end();
          this.#closedBySpace = true;
        }
      } else {
        if (this.#current !== undefined) this.end();
        else if (!this.#closedBySpace) this.fields.push([{ text: "", quoted: true }]);
        this.#closedBySpace = false;
      }
    }
    return text.length;
  }

  /** Several values at once: `"$@"`, `$*`. */
  async list(values: readonly string[], quoted: boolean, shell: Shell): Promise<void> {
    const separator = this.#separators.charAt(0);
    // Empty ones count between separators that are no blanks.
    if (this.#joins && !quoted && /[^ \t\n]/.test(separator)) {
      await splitFairly(shell, this, values.join(separator));
      return;
    }
    for (let position = 0; position < values.length; position++) {
      const value = values[position] as string;
      if (position > 0) this.end();
      if (quoted) this.add(value, true);
      else if (value.length <= FIELDS_AT_ONCE) this.split(value);
      else await splitFairly(shell, this, value);
      if ((position & 0x3ff) !== 0x3ff) continue;
      const paid = shell.process.spend(FIELDS_AT_ONCE >> 3);
      if (paid !== undefined) await paid;
    }
  }
}

async function addSegments(
  shell: Shell,
  segments: readonly Segment[],
  fields: Fields,
  splitLiterals: boolean,
): Promise<void> {
  for (const segment of segments) {
    switch (segment.kind) {
      case "text":
        if (splitLiterals && !segment.quoted) await splitFairly(shell, fields, segment.text);
        else fields.add(segment.text, segment.quoted);
        break;
      case "parameter": {
        const result = await evaluateParameter(shell, segment);
        if (result.kind === "splice") {
          if (segment.quoted && result.segments.length === 0) fields.add("", true);
          await addSegments(shell, result.segments, fields, !segment.quoted);
        } else if (result.kind === "list") {
          if (segment.quoted && result.joined) fields.add(result.values.join(shell.firstSeparator), true);
          else await fields.list(result.values, segment.quoted, shell);
        } else if (segment.quoted) fields.add(result.value, true);
        else await splitFairly(shell, fields, result.value);
        break;
      }
      default: {
        const text = await evaluateOther(shell, segment);
        if (segment.quoted || segment.kind === "process") fields.add(text, true);
        else await splitFairly(shell, fields, text);
      }
    }
  }
}

async function splitFairly(shell: Shell, fields: Fields, text: string): Promise<void> {
  let at = fields.split(text);
  while (at < text.length) {
    const paid = shell.process.spend(FIELDS_AT_ONCE >> 2);
    if (paid !== undefined) await paid;
    at = fields.split(text, at);
  }
}

/** Dash knows no `$'...'`, and of the others bash alone `$"..."`. */
function dollarText({ flavour }: Shell, { value, plain, locale }: Extract<Segment, { kind: "dollar" }>): string {
  return flavour.bash || (!locale && !flavour.dash) ? value : plain;
}

async function evaluateOther(shell: Shell, segment: Exclude<Segment, { kind: "text" | "parameter" }>): Promise<string> {
  if (segment.kind === "command") return shell.commandSubstitution(segment.script, segment.text);
  if (segment.kind === "dollar") return dollarText(shell, segment);
  if (segment.kind === "process") return shell.processSubstitution(segment.script, segment.output);
  if (segment.old !== undefined && !shell.flavour.bash) return segment.old;
  return String(await shell.arithmetic(segment.body));
}

/** The arguments that words become. */
export async function expandWords(shell: Shell, words: readonly Word[]): Promise<string[]> {
  const out: string[] = [];
  let characters = 0;
  for (const word of words) {
    if (word.parts === undefined && /^[\w./:=@%+,-]*$/.test(word.text) && !word.text.includes("=~")) {
      out.push(word.text);
      continue;
    }
    const segments = segmentsOf(word);
    for (const alternative of braceWords(shell, segments)) {
      const spent = shell.process.spend();
      if (spent !== undefined) await spent;
      const fields = new Fields(shell.separators, shell.flavour.bash);
      await addSegments(shell, expandWordTildes(shell, alternative), fields, false);
      fields.end();
      characters += fields.characters;
      if (characters > MAX_CHARACTERS) throw new ExpansionError("Argument list too long");
      for (let i = 0; i < fields.fields.length; i++) {
        if ((i & 0x1ff) === 0x1ff) await shell.process.spend(128);
        await addField(shell, fields.fields[i] as Piece[], out);
      }
    }
  }
  return out;
}

/** In a word like `name=~/x` the tilde counts too. */
function expandWordTildes(shell: Shell, segments: readonly Segment[]): readonly Segment[] {
  const [first, ...rest] = segments;
  const name =
    first?.kind === "text" && !first.quoted && shell.flavour.bash
      ? /^[A-Za-z_]\w*=(?=.*~)/s.exec(first.text)?.[0]
      : undefined;
  if (name === undefined || first?.kind !== "text") return expandTildes(shell, segments, false);
  const value: Segment = { kind: "text", quoted: false, text: first.text.slice(name.length) };
  return [{ kind: "text", quoted: false, text: name }, ...expandTildes(shell, [value, ...rest], true)];
}

/** The words that one stands for by its braces. */
export function braceWords(shell: Shell, segments: readonly Segment[]): Iterable<readonly Segment[]> {
  if (!shell.flavour.bash || !shell.option("braceexpand")) return [segments];
  try {
    return expandBraces(segments);
  } catch (error) {
    if (error instanceof BraceError) throw new ExpansionError(error.message);
    throw error;
  }
}

async function addField(shell: Shell, field: readonly Piece[], out: string[]): Promise<void> {
  const text = field.map((piece) => piece.text).join("");
  if (shell.option("noglob") || !field.some((piece) => !piece.quoted && /[*?[(]/.test(piece.text))) {
    out.push(text);
    return;
  }
  const extended = shell.shopt("extglob");
  const bare = field.map((piece) => (piece.quoted ? "x" : piece.text)).join("");
  if (!hasPattern(bare, extended)) {
    out.push(text);
    return;
  }
  const pattern = field.map((piece) => (piece.quoted ? escapePattern(piece.text) : piece.text)).join("");
  const found = withoutIgnored(shell, await globPaths(shell, pattern));
  if (found.length > 0) {
    for (const path of found) out.push(path);
  } else if (shell.shopt("failglob")) throw new ExpansionError(`no match: ${text}`);
  else if (!shell.shopt("nullglob")) out.push(text);
}

/** GLOBIGNORE: patterns of paths that no pattern matches, parted by colons. */
function withoutIgnored(shell: Shell, paths: readonly string[]): readonly string[] {
  const ignored = shell.flavour.bash ? (shell.variables.get("GLOBIGNORE") ?? "") : "";
  if (ignored === "") return paths;
  const patterns = ignored
    .split(":")
    .filter((each) => each !== "")
    .map((each) => compilePattern(each, { extended: shell.shopt("extglob"), ignoreCase: false }));
  return paths.filter((path) => !/(^|\/)\.\.?$/.test(path) && !patterns.some((each) => each.test(path)));
}

/** One text, without splitting and path names: assignments, here-documents, `case` words. */
export async function expandSegments(shell: Shell, segments: readonly Segment[]): Promise<string> {
  const constant = constantText(segments);
  if (constant !== undefined) return constant;
  const out: string[] = [];
  let expanded = 0;
  for (const segment of segments) {
    if ((++expanded & 0x3f) === 0) await shell.process.spend(16);
    if (segment.kind === "text") out.push(segment.text);
    else if (segment.kind === "parameter") {
      const result = await evaluateParameter(shell, segment);
      if (result.kind === "splice") out.push(await expandSegments(shell, expandTildes(shell, result.segments, false)));
      else if (result.kind === "list") out.push(result.values.join(result.joined ? shell.firstSeparator : " "));
      else out.push(result.value);
    } else out.push(await evaluateOther(shell, segment));
  }
  return out.join("");
}

/** A word as one text: redirection targets, `case` words, operands. */
export function expandText(shell: Shell, word: Word, quoted = false): Promise<string> {
  return expandSegments(shell, expandTildes(shell, segmentsOf(word, quoted), false));
}

/** The right side of an assignment: tildes also after colons. */
export function expandAssigned(shell: Shell, word: Word): Promise<string> {
  return expandSegments(shell, expandTildes(shell, segmentsOf(word), true));
}

/** A text expanded as in double quotes: arithmetic, prompts, subscripts. */
export async function expandString(shell: Shell, text: string): Promise<string> {
  if (text.length > PIECE) {
    if (!/[$`]/.test(text)) return unescapedPaid(text, (units) => shell.process.spend(units));
    if (text.length > MAX_SOURCE) throw new ExpansionError("text too large to expand (more than 65536 characters)");
    await shell.process.spend(text.length >> 6);
  }
  return expandSegments(shell, segmentsOfText(text));
}

/** A long text that nothing is expanded in, without its backslashes. */
async function unescapedPaid(text: string, spend: Spend): Promise<string> {
  const out: string[] = [];
  for (let at = 0; at < text.length; ) {
    let end = pieceEnd(text, at);
    let backslashes = 0;
    while (end - backslashes > at && text.charAt(end - backslashes - 1) === "\\") backslashes++;
    // The last of them belongs to what follows.
    if (backslashes % 2 === 1) end = Math.min(text.length, end + 1);
    out.push(withoutEscapes(text.slice(at, end), "here"));
    at = end;
    await spend(PIECE >> 6);
  }
  return out.join("");
}

/** A pattern: what was quoted is escaped. */
export async function expandPattern(shell: Shell, word: Word): Promise<string> {
  return patternOf(shell, expandTildes(shell, segmentsOf(word), false));
}

async function patternOf(shell: Shell, segments: readonly Segment[]): Promise<string> {
  let out = "";
  for (const segment of segments) {
    if (segment.kind === "text") out += segment.quoted ? escapePattern(segment.text) : segment.text;
    else {
      const text = await expandSegments(shell, [segment]);
      out += segment.quoted ? escapePattern(text) : text;
    }
  }
  return out;
}
