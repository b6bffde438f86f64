/** Searching: / ? n N * #, with what is found shown while it is typed (search.c). */
import { readEntry } from "./entry.ts";
import type { Motion } from "./motion.ts";
import { allMatches, matchFrom, PatternProblem, type ViPattern } from "./pattern.ts";
import type { Step, Vi } from "./state.ts";
import { firstNonBlank, lastAt, nextAt, type Place, previousAt } from "./text.ts";

interface Hit {
  readonly place: Place;
  readonly end: Place;
  readonly wrapped: boolean;
}

/** Lines between two payments. */
const PAID_AT_ONCE = 2000;

/** The next match in a direction. */
export function* findPattern(vi: Vi, pattern: ViPattern, from: Place, forward: boolean): Step<Hit | undefined> {
  const count = vi.lines.length;
  for (let step = 0; step <= count; step++) {
    const row = (((from.row + (forward ? step : -step)) % count) + count) % count;
    const wrapped =
      step > 0 &&
      (forward ? row <= from.row : row >= from.row) &&
      (forward ? from.row + step >= count : from.row - step < 0);
    if (wrapped && !vi.options.wrapscan) return undefined;
    const line = vi.buffer.line(row);
    if (step % PAID_AT_ONCE === PAID_AT_ONCE - 1) yield { kind: "pay", units: PAID_AT_ONCE };
    let match: ReturnType<typeof matchFrom>;
    if (forward) {
      match = matchFrom(pattern, line, step === 0 ? nextAt(line, from.column) : 0);
      if (step === 0 && match !== undefined && match.start <= from.column) match = undefined;
      if (match !== undefined && match.start >= line.length && line !== "") match = undefined;
      if (step === count && match !== undefined && match.start > from.column) match = undefined;
    } else {
      const found = allMatches(pattern, line).filter(({ start }) => start < line.length || line === "");
      match =
        step === 0
          ? found.findLast(({ start }) => start < from.column)
          : step === count
            ? found.findLast(({ start }) => start >= from.column)
            : found.at(-1);
    }
    if (match !== undefined)
      return {
        place: { row, column: match.start },
        end: { row, column: Math.max(match.start, match.end) },
        wrapped,
      };
  }
  return undefined;
}

/** Where a search's offset (`/e`, `/+1`, `/s-2`) leads. */
function withOffset(vi: Vi, hit: Hit, offset: string): Motion {
  const parts = /^([esb]?)([-+]?\d*)$/.exec(offset);
  if (offset === "" || parts === null) return { to: hit.place, kind: "exclusive", jump: true };
  const [, base, amount] = parts as unknown as [string, string, string];
  const by = amount === "" ? 0 : amount === "+" ? 1 : amount === "-" ? -1 : Number(amount);
  if (base === "") {
    const row = Math.max(0, Math.min(vi.lastRow, hit.place.row + by));
    return { to: { row, column: firstNonBlank(vi.buffer.line(row)) }, kind: "lines", jump: true };
  }
  const line = vi.buffer.line(hit.place.row);
  let column = base === "e" ? previousAt(line, hit.end.column) : hit.place.column;
  for (let n = Math.abs(by); n > 0; n--) column = by > 0 ? nextAt(line, column) : previousAt(line, column);
  return {
    to: { row: hit.place.row, column: Math.min(column, lastAt(line)) },
    kind: base === "e" ? "inclusive" : "exclusive",
    jump: true,
  };
}

function compiled(vi: Vi, source: string): ViPattern {
  try {
    return vi.pattern(source);
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error;
    return vi.fail(error.message);
  }
}

function* run(vi: Vi, forward: boolean, count: number, from: Place, echo: boolean): Step<Motion> {
  const search = vi.searched;
  if (search === undefined) return vi.fail("E35: No previous regular expression");
  const pattern = compiled(vi, search.pattern);
  vi.highlightOff = false;
  let start = from;
  let wrapped = false;
  let hit: Hit | undefined;
  for (let n = 0; n < count; n++) {
    hit = yield* findPattern(vi, pattern, start, forward);
    if (hit === undefined) {
      if (vi.options.wrapscan) return vi.fail(`E486: Pattern not found: ${search.pattern}`);
      return vi.fail(
        forward
          ? `E385: Search hit BOTTOM without match for: ${search.pattern}`
          : `E384: Search hit TOP without match for: ${search.pattern}`,
      );
    }
    // A search for the ends of matches starts behind the one the cursor is at the end of.
    start = hit.place;
    wrapped ||= hit.wrapped;
  }
  if (wrapped) vi.say(forward ? "search hit BOTTOM, continuing at TOP" : "search hit TOP, continuing at BOTTOM");
  else if (echo) {
    const offset = search.offset === "" ? "" : `/${search.offset}`;
    vi.say(`${forward ? "/" : "?"}${search.pattern}${offset}`, false);
  }
  return withOffset(vi, hit as Hit, search.offset);
}

/** Asks for a pattern and goes to where it is. Undefined: given up. */
export function* searchFor(vi: Vi, forward: boolean, count: number): Step<Motion | undefined> {
  const prompt = forward ? "/" : "?";
  const { top, left } = vi;
  const from = vi.cursor;
  const text = yield* readEntry(vi, prompt, function* (typed) {
    vi.preview = undefined;
    vi.top = top;
    vi.left = left;
    const [pattern] = splitSearch(typed, prompt);
    if (!vi.options.incsearch || pattern === "") return;
    try {
      const hit = yield* findPattern(vi, vi.pattern(pattern), from, forward);
      if (hit !== undefined) vi.preview = { from: hit.place, to: hit.end };
    } catch (error) {
      if (!(error instanceof PatternProblem)) throw error;
    }
  });
  vi.preview = undefined;
  vi.top = top;
  vi.left = left;
  if (text === undefined) return undefined;
  const [pattern, offset] = splitSearch(text, prompt);
  if (pattern === "" && vi.searched === undefined) return vi.fail("E35: No previous regular expression");
  vi.searched = { pattern: pattern === "" ? (vi.searched?.pattern ?? "") : pattern, forward, offset };
  return yield* run(vi, forward, count, from, true);
}

function splitSearch(text: string, prompt: string): [string, string] {
  for (let at = 0; at < text.length; at++) {
    if (text.charAt(at) === "\\") at++;
    else if (text.charAt(at) === "[") {
      const close = text.indexOf("]", at + 2);
      if (close !== -1) at = close;
    } else if (text.charAt(at) === prompt) return [text.slice(0, at), text.slice(at + 1)];
  }
  return [text, ""];
}

/** n and N; with `given` * and #. */
export function* searchAgain(
  vi: Vi,
  same: boolean,
  count: number,
  given?: { readonly pattern: string; readonly forward: boolean; readonly from: Place },
): Step<Motion> {
  if (given !== undefined) {
    vi.searched = { pattern: given.pattern, forward: given.forward, offset: "" };
    vi.histories["/"].push(given.pattern);
  }
  const forward = same === (vi.searched?.forward ?? true);
  let from = given?.from ?? vi.cursor;
  // At the end of a match, the next one begins behind it.
  if (given === undefined && vi.searched?.offset.startsWith("e") && !forward)
    from = { row: from.row, column: from.column };
  return yield* run(vi, forward, count, from, true);
}

/** The word the cursor is on or before. */
export function wordUnderCursor(
  vi: Vi,
): { readonly whole: string; readonly plain: string; readonly at: Place } | undefined {
  const { line, cursor } = vi;
  const words = [...line.matchAll(/[\p{L}\p{N}_]+/gu)];
  const found = words.find((word) => word.index + word[0].length > cursor.column) ?? undefined;
  if (found === undefined) {
    const other = [...line.matchAll(/[^\s\p{L}\p{N}_]+/gu)].find((word) => word.index + word[0].length > cursor.column);
    if (other === undefined) return undefined;
    const plain = other[0].replace(/[\\/.*$^~[\]]/g, "\\$&");
    return { whole: plain, plain, at: { row: cursor.row, column: other.index } };
  }
  return { whole: `\\<${found[0]}\\>`, plain: found[0], at: { row: cursor.row, column: found.index } };
}

/** Matches to be shown in a line (`hlsearch`). */
export function highlights(vi: Vi, line: string): readonly { readonly start: number; readonly end: number }[] {
  if (!vi.options.hlsearch || vi.highlightOff || vi.searched === undefined) return [];
  try {
    return allMatches(vi.pattern(vi.searched.pattern), line).filter(({ start, end }) => end > start);
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error;
    return [];
  }
}
