/** :s, :& and what they ask with `c` (ex_cmds.c, ex_substitute). */
import { plural } from "./operators.ts";
import { matchFrom, PatternProblem, replacementOf, type ViPattern } from "./pattern.ts";
import type { Step, Vi } from "./state.ts";
import { firstNonBlank } from "./text.ts";

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Splits at a delimiter that no backslash stands before. */
export function splitAt(text: string, delimiter: string, parts: number): string[] {
  const out: string[] = [];
  let current = "";
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "\\" && at + 1 < text.length) {
      const next = text.charAt(++at);
      current += next === delimiter && !/[\\|()]/.test(delimiter) ? next : `\\${next}`;
    } else if (character === delimiter && out.length < parts - 1) {
      out.push(current);
      current = "";
    } else current += character;
  }
  return [...out, current];
}

/** `rest`: what follows the "s". */
export function* substitute(vi: Vi, range: Range, rest: string, again: boolean): Step<void> {
  let { pattern, replacement, flags } = vi.substituted ?? { pattern: "", replacement: "", flags: "" };
  let given = rest;
  if (!again && rest !== "" && !/^[\w\s"|]/.test(rest)) {
    const delimiter = rest.charAt(0);
    const [first = "", second = "", third = ""] = splitAt(rest.slice(1), delimiter, 3);
    pattern = first === "" ? (vi.searched?.pattern ?? vi.fail("E35: No previous regular expression")) : first;
    replacement = second === "%" || second === "~" ? (vi.substituted?.replacement ?? "") : second;
    given = third;
    flags = "";
  } else if (vi.substituted === undefined) vi.fail("E35: No previous regular expression");
  const parts = /^(&?)([cegiInp#lr]*)\s*(\d*)\s*$/.exec(given);
  if (parts === null) return vi.fail(`E488: Trailing characters: ${given}`);
  const [, keep, added = "", count] = parts;
  if (again && added === "" && keep === "") flags = "";
  flags = keep === "&" ? (vi.substituted?.flags ?? "") + added : added;
  let { from, to } = range;
  if (count !== "") {
    from = to;
    to = Math.min(vi.lastRow, from + Number(count) - 1);
  }
  vi.substituted = { pattern, replacement, flags };
  vi.searched = { pattern, forward: true, offset: "" };
  vi.highlightOff = false;
  let compiled: ViPattern;
  try {
    const cased = flags.includes("i") ? `\\c${pattern}` : flags.includes("I") ? `\\C${pattern}` : pattern;
    compiled = vi.pattern(cased);
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error;
    return vi.fail(error.message);
  }
  yield* replaceAll(vi, { from, to }, compiled, replacement, flags);
}

function* replaceAll(vi: Vi, range: Range, pattern: ViPattern, replacement: string, flags: string): Step<void> {
  const all = flags.includes("g");
  const only = flags.includes("n");
  let asking = flags.includes("c") && !only;
  let found = 0;
  let lines = 0;
  let last = -1;
  let { to } = range;
  let stop = false;
  /** Given up: the cursor stays where it was asked last. */
  let given = false;
  const start = vi.lines.length;
  for (let row = range.from; row <= to && !stop; row++) {
    if ((row - range.from) % 1000 === 999) yield { kind: "pay", units: 1000 };
    let hit = false;
    let at = 0;
    let line = vi.buffer.line(row);
    for (;;) {
      const match = matchFrom(pattern, line, at);
      if (match === undefined) break;
      const empty = match.end === match.start;
      if (only) {
        found++;
        hit = true;
      } else {
        let yes = true;
        if (asking) {
          vi.buffer.commit(vi.now());
          const answer = yield* ask(vi, row, match, replacement);
          if (answer === "q") stop = given = true;
          if (answer === "a") asking = false;
          if (answer === "l") stop = true;
          yes = answer === "y" || answer === "a" || answer === "l";
          if (yes) vi.buffer.begin({ row, column: 0 });
        }
        if (yes) {
          if (found === 0) yield* vi.change({ row, column: 0 });
          const text = replacementOf(replacement, match.groups);
          const head = line.slice(0, match.start) + text;
          const tail = line.slice(match.end);
          const pieces = head.split("\r");
          if (pieces.length > 1) {
            vi.buffer.lines.splice(row, 1, ...pieces.slice(0, -1), (pieces.at(-1) ?? "") + tail);
            vi.buffer.shiftMarks(row + 1, pieces.length - 1);
            row += pieces.length - 1;
            to += pieces.length - 1;
          } else vi.buffer.lines[row] = head + tail;
          line = vi.buffer.line(row);
          at = (pieces.at(-1) ?? "").length;
          found++;
          hit = true;
          last = row;
          if (empty) at++;
        } else at = empty ? match.end + 1 : match.end;
      }
      if (only) at = empty ? match.end + 1 : match.end;
      if (stop || !all || at > line.length || (at >= line.length && line !== "" && !empty)) break;
    }
    if (hit) lines++;
  }
  vi.asked = undefined;
  if (found === 0 && !stop && !asking) {
    if (flags.includes("e")) return;
    return vi.fail(`E486: Pattern not found: ${pattern.source.replace(/^\\[cC]/, "")}`);
  }
  if (only) {
    vi.say(`${plural(found, "match", "matches")} on ${plural(lines, "line")}`);
    return;
  }
  if (last >= 0) {
    if (!given) vi.leap({ row: last, column: firstNonBlank(vi.buffer.line(last)) });
  }
  if (flags.includes("c") && stop) {
    vi.message = undefined;
    return;
  }
  if (found > 2) vi.say(`${plural(found, "substitution")} on ${plural(lines, "line")}`);
  else if (vi.lines.length - start > 2) vi.say(`${vi.lines.length - start} more lines`);
  else if (flags.includes("c")) vi.message = undefined;
}

function* ask(
  vi: Vi,
  row: number,
  match: { readonly start: number; readonly end: number },
  replacement: string,
): Step<string> {
  vi.mode = "confirm";
  vi.go({ row, column: match.start });
  vi.asked = { from: { row, column: match.start }, to: { row, column: match.end } };
  vi.message = { text: `replace with ${replacement} (y/n/a/q/l/^E/^Y)?`, error: false, kept: true };
  for (;;) {
    const key = yield* vi.key();
    if (!/^[ynaql]$/.test(key) && key !== "\x1b" && key !== "\x03") continue;
    vi.mode = "normal";
    vi.asked = undefined;
    vi.message = undefined;
    return key === "\x1b" || key === "\x03" ? "q" : key;
  }
}
