/** Pairs of files as patches. */

import { type Change, compareLines } from "../../support/line-diff.ts";
import type { Colors } from "../colors.ts";
import type { Git } from "../context.ts";
import { fatal } from "../failure.ts";
import { modeText, NULL_OID } from "../objects.ts";
import { quotePath } from "../quote.ts";
import type { DiffOptions } from "./options.ts";
import { contentOf, isBinary, type Pair, pathOf, type Side } from "./pairs.ts";
import { MAX_SCORE } from "./renames.ts";
import { changedWords, sameLine } from "./words.ts";

/** Text in lines that keep their newlines. */
export function splitLines(text: string): string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  const rest = lines.pop() as string;
  const whole = lines.map((line) => `${line}\n`);
  if (rest !== "") whole.push(rest);
  return whole;
}

/** What is compared of a line, where white space is not to count. */
export function lineKey(options: Pick<DiffOptions, "space">): ((line: string) => string) | undefined {
  switch (options.space) {
    case "all":
      return (line) => line.replace(/\s+/g, "");
    case "amount":
      return (line) => line.replace(/\s+/g, " ").trimEnd();
    case "end":
      return (line) => line.trimEnd();
    case "cr":
      return (line) => line.replace(/\r\n$/, "\n");
    case undefined:
      return undefined;
  }
}

const oidText = async (git: Git, side: Side | undefined, full: boolean, abbreviation: number): Promise<string> => {
  const { objects } = git.repository;
  const oid =
    side === undefined
      ? NULL_OID
      : (side.oid ?? (await objects.hash("blob", encodeOf(await contentOf(git.repository, side)))));
  return full ? oid : objects.abbreviate(oid, abbreviation);
};

import { encodeText as encodeOf } from "../../../bytes.ts";

/** The whole patch of one pair, or nothing where only what does not count differs. */
export async function patchOf(git: Git, pair: Pair, options: DiffOptions, colors: Colors): Promise<string> {
  const meta = (text: string) => `${colors.paint("diff.meta", text)}\n`;
  const [aPrefix, bPrefix] = options.reverse ? ([options.prefixes[1], options.prefixes[0]] as const) : options.prefixes;
  const name = (prefix: string, path: string) => quotePath(prefix + path, git.quotesAll);
  const path = pathOf(pair);
  if (pair.status === "U") return `* Unmerged path ${quotePath(path, git.quotesAll)}\n`;
  const oldPath = pair.old?.path ?? path;
  if (pair.status === "T" && pair.old !== undefined && pair.new !== undefined) {
    return (
      (await patchOf(git, { status: "D", old: pair.old, new: undefined }, options, colors)) +
      (await patchOf(git, { status: "A", old: undefined, new: pair.new }, options, colors))
    );
  }
  let head = meta(`diff --git ${name(aPrefix, oldPath)} ${name(bPrefix, path)}`);
  if (pair.old === undefined) head += meta(`new file mode ${modeText(pair.new?.mode ?? 0)}`);
  else if (pair.new === undefined) head += meta(`deleted file mode ${modeText(pair.old.mode)}`);
  else if (pair.old.mode !== pair.new.mode) {
    head += meta(`old mode ${modeText(pair.old.mode)}`) + meta(`new mode ${modeText(pair.new.mode)}`);
  }
  if (pair.status === "R" || pair.status === "C") {
    const verb = pair.status === "R" ? "rename" : "copy";
    head += meta(`similarity index ${Math.trunc(((pair.score ?? 0) * 100) / MAX_SCORE)}%`);
    head += meta(`${verb} from ${quotePath(oldPath, git.quotesAll)}`);
    head += meta(`${verb} to ${quotePath(path, git.quotesAll)}`);
  }
  const a = await contentOf(git.repository, pair.old);
  const b = await contentOf(git.repository, pair.new);
  const differs = a !== b;
  if (differs || pair.old === undefined || pair.new === undefined) {
    const binary = isBinary(a) || isBinary(b);
    const full = options.fullIndex;
    const mode = pair.old !== undefined && pair.new !== undefined && pair.old.mode === pair.new.mode;
    const ids = `${await oidText(git, pair.old, full, options.abbreviation)}..${await oidText(git, pair.new, full, options.abbreviation)}`;
    head += meta(`index ${ids}${mode ? ` ${modeText(pair.old.mode)}` : ""}`);
    if (!differs) return head;
    const tab = (text: string) => (/\s/.test(text) && !text.startsWith('"') ? `${text}\t` : text);
    const from = pair.old === undefined ? "/dev/null" : tab(name(aPrefix, oldPath));
    const to = pair.new === undefined ? "/dev/null" : tab(name(bPrefix, path));
    if (binary && !options.text && options.binary) throw fatal("--binary of a binary file is not available here");
    if (binary && !options.text) {
      return `${head}Binary files ${pair.old === undefined ? from : name(aPrefix, oldPath)} and ${pair.new === undefined ? to : name(bPrefix, path)} differ\n`;
    }
    const body = await hunksOf(git, a, b, options, colors);
    if (body === "")
      return pair.old === undefined || pair.new === undefined || pair.old.mode !== pair.new.mode ? head : "";
    return head + meta(`--- ${from}`) + meta(`+++ ${to}`) + body;
  }
  return head;
}

/** The hunks of two texts. */
async function hunksOf(git: Git, a: string, b: string, options: DiffOptions, colors: Colors): Promise<string> {
  const one = splitLines(a);
  const two = splitLines(b);
  const changes = await compareLines(one, two, (units) => git.spend(units), lineKey(options));
  return renderHunks(git, one, two, changes, options, colors);
}

async function renderHunks(
  git: Git,
  one: readonly string[],
  two: readonly string[],
  changes: readonly Change[],
  options: Pick<DiffOptions, "context" | "functionContext" | "between" | "words">,
  colors: Colors,
): Promise<string> {
  const { context, words } = options;
  let out = "";
  const same = (line: string) => (words === undefined ? shown(" ", line, colors) : sameLine(line, words, colors));
  for (let i = 0; i < changes.length; ) {
    let end = i;
    const at = (index: number) => changes[index] as Change;
    while (end + 1 < changes.length && at(end + 1).a[0] - at(end).a[1] <= 2 * context + options.between) end++;
    const first = at(i);
    const last = at(end);
    let start = Math.max(0, first.a[0] - context);
    let stop = Math.min(one.length, last.a[1] + context);
    if (options.functionContext) {
      while (start > 0 && !isFunction(one[start] as string)) start--;
      while (stop < one.length && !isFunction(one[stop] as string)) stop++;
      while (end + 1 < changes.length && at(end + 1).a[0] <= stop) {
        end++;
        stop = Math.max(stop, Math.min(one.length, at(end).a[1] + context));
        while (stop < one.length && !isFunction(one[stop] as string)) stop++;
      }
    }
    const startB = first.b[0] - (first.a[0] - start);
    const stopB = at(end).b[1] + (stop - at(end).a[1]);
    const range = (from: number, to: number) => {
      const count = to - from;
      return count === 1 ? `${from + 1}` : `${count === 0 ? from : from + 1},${count}`;
    };
    const title = functionAbove(one, start);
    const frag = colors.paint("diff.frag", `@@ -${range(start, stop)} +${range(startB, stopB)} @@`);
    out += `${frag}${title === "" ? "" : ` ${colors.paint("diff.func", title)}`}\n`;
    // Lines that are the same but for white space are shown as they are now.
    let line = start;
    let shift = startB - start;
    for (const change of changes.slice(i, end + 1)) {
      for (; line < change.a[0]; line++) out += same(two[line + shift] as string);
      if (words !== undefined) {
        const join = (lines: readonly string[], [from, to]: readonly [number, number]) =>
          lines.slice(from, to).join("");
        out += await changedWords(join(one, change.a), join(two, change.b), words, colors, (units) => git.spend(units));
        if (out !== "" && !out.endsWith("\n")) out += "\n";
        shift = change.b[1] - change.a[1];
        line = change.a[1];
        continue;
      }
      shift = change.b[1] - change.a[1];
      for (; line < change.a[1]; line++) out += shown("-", one[line] as string, colors);
      for (let added = change.b[0]; added < change.b[1]; added++) out += shown("+", two[added] as string, colors);
    }
    for (; line < stop; line++) out += same(two[line + shift] as string);
    i = end + 1;
  }
  return out;
}

function shown(sign: string, line: string, colors: Colors): string {
  const ended = line.endsWith("\n");
  const text = ended ? line.slice(0, -1) : line;
  const note = ended ? "" : "\\ No newline at end of file\n";
  if (!colors.on) return `${sign}${text}\n${note}`;
  if (sign === " ") return ` ${text}${colors.reset}\n${note}`;
  if (sign === "-") return `${colors.paint("diff.old", `-${text}`)}\n${note}`;
  const space = /\s+$/.exec(text)?.[0] ?? "";
  const body = text.slice(0, text.length - space.length);
  return `${colors.paint("diff.new", "+")}${body === "" ? "" : colors.paint("diff.new", body)}${space === "" ? "" : colors.paint("diff.whitespace", space)}\n${note}`;
}

const isFunction = (line: string) => /^[A-Za-z_$]/.test(line);
const MAX_TITLE = 80;

/** The nearest line above that begins a function, or what looks like it. */
function functionAbove(lines: readonly string[], start: number): string {
  for (let at = start - 1; at >= 0; at--) {
    const line = lines[at] as string;
    if (isFunction(line)) return line.slice(0, MAX_TITLE).trimEnd();
  }
  return "";
}
