/** The patches that a text holds: unified, context and normal diffs, and scripts for ed (pch.c of GNU patch). */

type Mark = " " | "-" | "+";

export interface Hunk {
  /** Line numbers from 1, as the header says. */
  readonly from: number;
  readonly to: number;
  readonly lines: readonly { readonly mark: Mark; readonly text: string }[];
  /** As it stands in a reject. */
  readonly header: string;
}

export interface FilePatch {
  readonly kind: "unified" | "context" | "normal" | "ed";
  readonly oldName: string | undefined;
  readonly newName: string | undefined;
  /** The headings as they stand in the patch, with their dates. */
  readonly oldHeading: string;
  readonly newHeading: string;
  /** The file does not exist before, or after: /dev/null, or a date at the epoch. */
  readonly creates: boolean;
  readonly deletes: boolean;
  readonly hunks: readonly Hunk[];
  /** Commands of an ed script. */
  readonly script: readonly string[];
  /** What stands before the first hunk, and the number of that hunk's line. */
  readonly lead: readonly string[];
  readonly line: number;
}

/** A patch that breaks off or contradicts itself, in patch's words. */
export class Malformed extends Error {}

type Body = { mark: Mark; text: string }[];
type Pay = () => Promise<void> | void;

/** Without the date that follows a tab. */
const nameOf = (text: string) => text.replace(/\t.*$/, "").trim();
const atEpoch = (text: string) =>
  /\t(1970-01-01 00:00:00|1969-12-31 \d\d:\d\d:00|Thu Jan {1,2}1 00:00:00 1970)/.test(text);
const gone = (heading: string) => nameOf(heading) === "/dev/null" || atEpoch(heading);

class Parser {
  readonly lines: readonly string[];
  readonly #pay: Pay;
  at = 0;

  constructor(text: string, pay: Pay) {
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    this.lines = lines;
    this.#pay = pay;
  }

  line(ahead = 0): string {
    return this.lines[this.at + ahead] ?? "";
  }

  /** The line's text with its newline, unless it is said that it has none. */
  text(from: number): string {
    const text = this.line().slice(from);
    return this.line(1).startsWith("\\") ? text : `${text}\n`;
  }

  next(): void {
    this.at++;
    if (this.line().startsWith("\\")) this.at++;
  }

  pay(): Promise<void> | void {
    return this.#pay();
  }
}

/** The patches of a text; what stands between them is talk. */
export async function parsePatches(text: string, pay: Pay): Promise<FilePatch[]> {
  const parser = new Parser(text, pay);
  const patches: FilePatch[] = [];
  let begun = 0;
  while (parser.at < parser.lines.length) {
    await parser.pay();
    const start = parser.at;
    const found =
      (await unified(parser)) ?? (await context(parser)) ?? (await normal(parser)) ?? (await edScript(parser));
    if (found === undefined) {
      parser.at = start + 1;
      continue;
    }
    const first = found.first;
    patches.push({ ...found.patch, lead: parser.lines.slice(begun, first), line: first + 1 });
    begun = parser.at;
  }
  return patches;
}

type Found = { readonly patch: Omit<FilePatch, "lead" | "line">; readonly first: number } | undefined;

const EMPTY = {
  oldName: undefined,
  newName: undefined,
  oldHeading: "",
  newHeading: "",
  creates: false,
  deletes: false,
  script: [],
  hunks: [],
};

function headed(
  kind: FilePatch["kind"],
  old: string,
  next: string,
  hunks: readonly Hunk[],
): Omit<FilePatch, "lead" | "line"> {
  return {
    ...EMPTY,
    kind,
    oldName: nameOf(old),
    newName: nameOf(next),
    oldHeading: old,
    newHeading: next,
    creates: gone(old),
    deletes: gone(next),
    hunks,
  };
}

async function unified(parser: Parser): Promise<Found> {
  const old = /^--- (.*)$/.exec(parser.line());
  const next = /^\+\+\+ (.*)$/.exec(parser.line(1));
  const bare = /^@@ -\d/.test(parser.line());
  if (!bare && (old === null || next === null || !/^@@ -\d/.test(parser.line(2)))) return undefined;
  if (!bare) parser.at += 2;
  const first = parser.at;
  const hunks: Hunk[] = [];
  for (;;) {
    const header = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(parser.line());
    if (header === null) break;
    const [whole, from = "0", fromCount = "1", to = "0", toCount = "1"] = header;
    let left = Number(fromCount);
    let right = Number(toCount);
    const body: Body = [];
    parser.at++;
    while (left > 0 || right > 0) {
      const spent = parser.pay();
      if (spent !== undefined) await spent;
      const line = parser.lines[parser.at];
      if (line === undefined && left === right && left <= 3) {
        // Blank lines at the end got lost on the way (in a mail, say).
        body.push({ mark: " ", text: "\n" });
        left--;
        right--;
        continue;
      }
      if (line === undefined) throw new Malformed(`unexpected end of file in patch at line ${parser.at}`);
      const mark = line === "" ? " " : line[0];
      if (mark !== " " && mark !== "-" && mark !== "+")
        throw new Malformed(`malformed patch at line ${parser.at + 1}: ${line}`);
      if (mark !== "+") left--;
      if (mark !== "-") right--;
      body.push({ mark, text: parser.text(1) });
      parser.next();
    }
    hunks.push({ from: Number(from), to: Number(to), lines: body, header: whole });
  }
  const patch = bare
    ? { ...EMPTY, kind: "unified" as const, hunks }
    : headed("unified", old?.[1] ?? "", next?.[1] ?? "", hunks);
  return { patch, first };
}

async function context(parser: Parser): Promise<Found> {
  const old = /^\*\*\* (.*)$/.exec(parser.line());
  const next = /^--- (.*)$/.exec(parser.line(1));
  if (old === null || next === null || !parser.line(2).startsWith("********")) return undefined;
  parser.at += 2;
  const first = parser.at;
  const hunks: Hunk[] = [];
  while (parser.line().startsWith("********")) {
    await parser.pay();
    parser.at++;
    const part = (pattern: RegExp): { readonly from: number; readonly count: number } | undefined => {
      const found = pattern.exec(parser.line());
      if (found === null) return undefined;
      parser.at++;
      const from = Number(found[1]);
      return { from, count: found[2] === undefined ? (from === 0 ? 0 : 1) : Number(found[2]) - from + 1 };
    };
    const lines = (): Body => {
      const out: Body = [];
      for (; /^[-+! ] /.test(parser.line()) || /^[-+! ]$/.test(parser.line()); parser.next()) {
        if (/^--- \d+(,\d+)? ----$/.test(parser.line())) break;
        out.push({ mark: (parser.line()[0] === "!" ? "!" : parser.line()[0]) as Mark, text: parser.text(2) });
      }
      return out;
    };
    const before = part(/^\*\*\* (\d+)(?:,(\d+))? \*\*\*\*$/);
    const one = lines();
    const after = part(/^--- (\d+)(?:,(\d+))? ----$/);
    if (before === undefined || after === undefined)
      throw new Malformed(`malformed patch at line ${parser.at + 1}: ${parser.line()}`);
    const two = lines();
    hunks.push(joined(before.from, after.from, one, two));
  }
  return { patch: headed("context", old[1] ?? "", next[1] ?? "", hunks), first };
}

/** The two halves of a context hunk as one; a half without changes may be left out. */
function joined(from: number, to: number, one: Body, two: Body): Hunk {
  const shared = (lines: Body) => lines.filter(({ mark }) => mark === " ");
  const left = one.length > 0 ? one : shared(two);
  const right = two.length > 0 ? two : shared(one);
  const lines: Body = [];
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    while (i < left.length && left[i]?.mark !== " ") lines.push({ mark: "-", text: (left[i++] as Body[number]).text });
    while (j < right.length && right[j]?.mark !== " ")
      lines.push({ mark: "+", text: (right[j++] as Body[number]).text });
    if (i < left.length) lines.push({ mark: " ", text: (left[i++] as Body[number]).text });
    j++;
  }
  return hunkOf(from, to, lines);
}

/** With the header that a reject has. */
function hunkOf(from: number, to: number, lines: Body): Hunk {
  const count = (other: Mark) => lines.filter(({ mark }) => mark !== other).length;
  const range = (start: number, size: number) => (size === 1 ? `${start}` : `${start},${size}`);
  return { from, to, lines, header: `@@ -${range(from, count("+"))} +${range(to, count("-"))} @@` };
}

async function normal(parser: Parser): Promise<Found> {
  const pattern = /^(\d+)(?:,(\d+))?([acd])(\d+)(?:,(\d+))?$/;
  const first = parser.at;
  const starts = pattern.exec(parser.line());
  if (starts === null || !(starts[3] === "a" ? /^> / : /^< /).test(parser.line(1))) return undefined;
  const hunks: Hunk[] = [];
  for (let header = pattern.exec(parser.line()); header !== null; header = pattern.exec(parser.line())) {
    await parser.pay();
    const [, from = "0", , , to = "0"] = header;
    parser.at++;
    const lines: Body = [];
    for (; /^< ?/.test(parser.line()); parser.next()) lines.push({ mark: "-", text: parser.text(2) });
    if (parser.line() === "---") parser.at++;
    for (; /^> ?/.test(parser.line()); parser.next()) lines.push({ mark: "+", text: parser.text(2) });
    hunks.push(hunkOf(Number(from), Number(to), lines));
  }
  return { patch: { ...EMPTY, kind: "normal", hunks }, first };
}

async function edScript(parser: Parser): Promise<Found> {
  const pattern = /^(\d+)(?:,(\d+))?([acd])$/;
  const first = parser.at;
  if (!pattern.test(parser.line())) return undefined;
  const script: string[] = [];
  for (
    let header = pattern.exec(parser.line());
    header !== null || /^s\/\.\/\/$|^[aic]$/.test(parser.line());
    header = pattern.exec(parser.line())
  ) {
    await parser.pay();
    const command = parser.line();
    script.push(command);
    parser.at++;
    if (!/[ac]$/.test(command)) continue;
    while (parser.at < parser.lines.length && parser.line() !== ".") {
      script.push(parser.line());
      parser.at++;
    }
    if (parser.at >= parser.lines.length) throw new Malformed("unexpected end of file in patch");
    script.push(".");
    parser.at++;
  }
  return { patch: { ...EMPTY, kind: "ed", script }, first };
}

/** What undoes a patch (-R). */
export function reversed(patch: FilePatch): FilePatch {
  return {
    ...patch,
    oldHeading: patch.newHeading,
    newHeading: patch.oldHeading,
    creates: patch.deletes,
    deletes: patch.creates,
    hunks: patch.hunks.map(reversedHunk),
  };
}

export function reversedHunk(hunk: Hunk): Hunk {
  const lines: Body = hunk.lines.map(({ mark, text }) => ({
    mark: mark === "-" ? "+" : mark === "+" ? "-" : " ",
    text,
  }));
  // What goes stands before what comes.
  const ordered: Body = [];
  for (let at = 0; at < lines.length; ) {
    if (lines[at]?.mark === " ") {
      ordered.push(lines[at++] as Body[number]);
      continue;
    }
    let end = at;
    while (end < lines.length && lines[end]?.mark !== " ") end++;
    const run = lines.slice(at, end);
    ordered.push(...run.filter(({ mark }) => mark === "-"), ...run.filter(({ mark }) => mark === "+"));
    at = end;
  }
  return { ...hunkOf(hunk.to, hunk.from, ordered) };
}

/** A file after an ed script. Throws `Malformed`. */
export function runScript(script: readonly string[], lines: readonly string[]): string[] {
  const out = [...lines];
  let dot = 0;
  for (let at = 0; at < script.length; at++) {
    const command = script[at] as string;
    if (command === "s/.//") {
      out[dot - 1] = (out[dot - 1] ?? "").slice(1);
      continue;
    }
    const [, from = String(dot), to = from, letter] = /^(\d+)?(?:,(\d+))?([acd])$/.exec(command) ?? [];
    const text: string[] = [];
    if (letter !== "d") while (script[++at] !== ".") text.push(`${script[at]}\n`);
    const [start, end] = [Number(from), Number(to)];
    if (start > out.length || end > out.length) throw new Malformed("ed FAILED");
    if (letter === "a") out.splice(start, 0, ...text);
    else out.splice(start - 1, end - start + 1, ...text);
    dot = letter === "a" ? start + text.length : start - 1 + text.length;
  }
  return out;
}
