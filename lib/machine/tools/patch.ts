/** patch: unified diffs, with fuzz and rejects. */
import { isErrno } from "../errno.ts";
import { readAll, type Tool, tool } from "./support/tool.ts";

interface Hunk {
  /** Line numbers from 1, as the header says. */
  readonly from: number;
  readonly to: number;
  readonly lines: readonly { readonly mark: " " | "-" | "+"; readonly text: string }[];
  readonly header: string;
}

interface FilePatch {
  readonly oldName: string;
  readonly newName: string;
  readonly hunks: readonly Hunk[];
}

const OPTIONS = {
  strip: { short: "p", long: "strip", value: true },
  reverse: { short: "R", long: "reverse" },
  dryRun: { long: "dry-run" },
  input: { short: "i", long: "input", value: true },
  output: { short: "o", long: "output", value: true },
  directory: { short: "d", long: "directory", value: true },
  fuzz: { short: "F", long: "fuzz", value: true },
  backup: { short: "b", long: "backup" },
  forward: { short: "N", long: "forward" },
  force: { short: "f", long: "force" },
  batch: { short: "t", long: "batch" },
  quiet: { short: "s", long: "quiet" },
  silent: { long: "silent" },
  verbose: { long: "verbose" },
  unified: { short: "u", long: "unified" },
  removeEmpty: { short: "E", long: "remove-empty-files" },
  rejects: { short: "r", long: "reject-file", value: true },
} as const;
type PatchTool = Tool<typeof OPTIONS>;

class Malformed extends Error {}

/** The patches of a text; what stands between them is talk. */
async function parsePatches(tool: PatchTool, text: string): Promise<FilePatch[]> {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const patches: FilePatch[] = [];
  for (let at = 0; at < lines.length; at++) {
    const old = /^--- (.*)$/.exec(lines[at] ?? "");
    const next = /^\+\+\+ (.*)$/.exec(lines[at + 1] ?? "");
    if (old === null || next === null) continue;
    at += 2;
    const hunks: Hunk[] = [];
    for (;;) {
      const header = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(lines[at] ?? "");
      if (header === null) break;
      const [whole, from = "0", fromCount = "1", to = "0", toCount = "1"] = header;
      let left = Number(fromCount);
      let right = Number(toCount);
      const body: { mark: " " | "-" | "+"; text: string }[] = [];
      at++;
      while (left > 0 || right > 0) {
        const spent = tool.spend();
        if (spent !== undefined) await spent;
        const line = lines[at];
        if (line === undefined && left === right && left <= 3) {
          // Blank lines at the end got lost on the way (in a mail, say).
          body.push({ mark: " ", text: "\n" });
          left--;
          right--;
          continue;
        }
        if (line === undefined) throw new Malformed(`unexpected end of file in patch at line ${at}`);
        const mark = line === "" ? " " : line[0];
        if (mark === "\\") {
          at++;
          continue;
        }
        if (mark !== " " && mark !== "-" && mark !== "+")
          throw new Malformed(`malformed patch at line ${at + 1}: ${line}`);
        if (mark !== "+") left--;
        if (mark !== "-") right--;
        // The newline belongs to the line, so that a file without one at its end is told apart.
        const open = (lines[at + 1] ?? "").startsWith("\\");
        body.push({ mark, text: line.slice(1) + (open ? "" : "\n") });
        at++;
      }
      if ((lines[at] ?? "").startsWith("\\")) at++;
      hunks.push({ from: Number(from), to: Number(to), lines: body, header: whole });
    }
    at--;
    patches.push({ oldName: nameOf(old[1] ?? ""), newName: nameOf(next[1] ?? ""), hunks });
  }
  return patches;
}

/** Without the date that follows a tab. */
const nameOf = (text: string) => text.replace(/\t.*$/, "").trim();

function reversed(patch: FilePatch): FilePatch {
  return {
    oldName: patch.newName,
    newName: patch.oldName,
    hunks: patch.hunks.map((hunk) => ({
      ...hunk,
      from: hunk.to,
      to: hunk.from,
      lines: hunk.lines.map(({ mark, text }) => ({ mark: mark === "-" ? "+" : mark === "+" ? "-" : " ", text })),
    })),
  };
}

interface Placed {
  readonly at: number;
  readonly fuzz: number;
}

/** Where a hunk fits: at its place or the nearest to it, leaving out up to `most` lines of context at both ends. */
async function place(
  tool: PatchTool,
  file: readonly string[],
  hunk: Hunk,
  expected: number,
  most: number,
  lowest = 0,
): Promise<Placed | undefined> {
  const old = hunk.lines.filter(({ mark }) => mark !== "+").map(({ text }) => text);
  const leading = hunk.lines.findIndex(({ mark }) => mark !== " ");
  const trailing = [...hunk.lines].reverse().findIndex(({ mark }) => mark !== " ");
  const context = Math.max(leading, trailing);
  for (let fuzz = 0; fuzz <= Math.min(most, context); fuzz++) {
    const before = Math.max(0, Math.min(leading, fuzz + leading - context));
    const after = Math.max(0, Math.min(trailing, fuzz + trailing - context));
    const wanted = old.slice(before, old.length - after);
    const fits = (at: number) =>
      at >= lowest && at + wanted.length <= file.length && wanted.every((line, index) => line === file[at + index]);
    const first = expected + before;
    // A hunk with less context in front than behind belongs to the beginning, and the other way round.
    const only = fuzz === 0 && leading < trailing && hunk.from <= 1 ? 0 : undefined;
    for (let offset = 0; offset <= file.length; offset++) {
      const spent = tool.spend(2);
      if (spent !== undefined) await spent;
      for (const at of offset === 0 ? [first] : [first + offset, first - offset]) {
        if (only !== undefined && at !== only) continue;
        if (fits(at)) return { at: at - before, fuzz };
      }
      if (first - offset < 0 && first + offset > file.length) break;
    }
  }
  return undefined;
}

function stripped(name: string, strip: number | undefined): string | undefined {
  if (name === "/dev/null") return name;
  if (strip === undefined) return name.split("/").at(-1);
  const parts = name.split(/\/+/);
  return strip >= parts.length ? undefined : parts.slice(strip).join("/");
}

export const patch = tool(
  {
    name: "patch",
    usage: "[OPTION]... [ORIGFILE [PATCHFILE]]",
    summary: "Apply a diff file to an original.",
    usageStatus: 2,
    options: OPTIONS,
  },
  async (tool) => {
    const { process } = tool;
    const directory = tool.value("directory");
    if (directory !== undefined) {
      if (!process.files.exists(directory))
        return tool.die(`**** Can't change to directory ${directory} : No such file or directory`, 2);
      process.cwd = process.files.realPath(directory);
    }
    const input = tool.value("input") ?? tool.operands[1] ?? "-";
    let text = "";
    try {
      const reader = tool.open(input);
      text = new TextDecoder().decode(await readAll(tool, reader));
      if (input !== "-") reader.close();
    } catch (error) {
      if (!isErrno(error)) throw error;
      return tool.die(`**** Can't open patch file ${input} : ${error.message}`, 2);
    }
    let patches: FilePatch[];
    try {
      patches = await parsePatches(tool, text);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      return tool.die(`**** ${error.message}`, 2);
    }
    if (patches.length === 0) {
      if (text.trim() === "") return 0;
      return tool.die("**** Only garbage was found in the patch input.", 2);
    }
    const strip = tool.value("strip");
    let status = 0;
    for (const each of patches) {
      const one = tool.has("reverse") ? reversed(each) : each;
      const name = target(tool, one, strip === undefined ? undefined : Number(strip));
      if (name === undefined) {
        await tool.out.write(
          "can't find file to patch at input line 3\nPerhaps you used the wrong -p or --strip option?\n",
        );
        await tool.out.write("File to patch: \nSkip this patch? [y] \nSkipping patch.\n");
        await tool.out.write(`${count(one.hunks.length, one.hunks.length)} ignored\n`);
        status = 1;
        continue;
      }
      status = Math.max(status, await apply(tool, one, name));
    }
    return status;
  },
);

function count(bad: number, all: number): string {
  return `${bad} out of ${all} hunk${all === 1 ? "" : "s"}`;
}

/** The file a patch is for: the operand, or the shortest of its names that exists. */
function target(tool: PatchTool, one: FilePatch, strip: number | undefined): string | undefined {
  const [given] = tool.operands;
  if (given !== undefined) return given;
  const names = [one.oldName, one.newName].map((name) => stripped(name, strip));
  const [old, next] = names;
  if (old === "/dev/null") return next;
  const found = names.filter(
    (name): name is string => name !== undefined && name !== "/dev/null" && tool.process.files.exists(name),
  );
  return found.sort((a, b) => a.split("/").length - b.split("/").length || a.length - b.length)[0];
}

/** Lines with their ends. */
async function split(tool: PatchTool, text: string): Promise<string[]> {
  const lines: string[] = [];
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", from);
    lines.push(end === -1 ? text.slice(from) : text.slice(from, end + 1));
    from = end === -1 ? text.length : end + 1;
    if ((lines.length & 1023) === 0) await tool.spend(128);
  }
  return lines;
}

/** Lines as a text. */
async function join(tool: PatchTool, lines: readonly string[]): Promise<string> {
  const parts: string[] = [];
  for (let at = 0; at < lines.length; at += 4096) {
    parts.push(lines.slice(at, at + 4096).join(""));
    await tool.spend(128);
  }
  return parts.join("");
}

async function apply(tool: PatchTool, one: FilePatch, name: string): Promise<number> {
  const { files } = tool.process;
  const quiet = tool.has("quiet") || tool.has("silent");
  const dry = tool.has("dryRun");
  const say = async (line: string) => {
    await tool.out.write(`${line}\n`);
  };
  if (!quiet || dry) {
    const output = tool.value("output");
    const from = output === undefined ? name : `${output} (read from ${name})`;
    await say(`${dry ? "checking" : "patching"} file ${from}`);
  }
  const exists = files.exists(name);
  const original = exists ? files.readText(name) : "";
  const creates = one.oldName === "/dev/null";
  /** The file as it was, up to where it is copied, and what it has become up to there. */
  const lines = await split(tool, original);
  let frozen = 0;
  const done: string[] = [];
  const copyUpTo = async (end: number) => {
    for (; frozen < end; frozen++) {
      done.push(lines[frozen] as string);
      if ((frozen & 1023) === 1023) await tool.spend(128);
    }
  };
  /** By how much the hunks so far made the file longer, and how far from its place the last one was found. */
  let growth = 0;
  let drift = 0;
  const rejects: Hunk[] = [];
  const most = Number(tool.value("fuzz") ?? 2);
  let asked = false;
  for (const [index, hunk] of one.hunks.entries()) {
    const old = hunk.lines.filter(({ mark }) => mark !== "+");
    const expected = old.length === 0 ? hunk.from : hunk.from - 1;
    const placed =
      creates && exists && original !== "" ? undefined : await place(tool, lines, hunk, expected + drift, most, frozen);
    if (placed === undefined) {
      if (index === 0 && !asked && (await alreadyThere(tool, lines, hunk))) {
        asked = true;
        await say(
          "Reversed (or previously applied) patch detected!  " +
            (tool.has("forward") ? "Skipping patch." : "Assume -R? [n] "),
        );
        if (!tool.has("forward")) await say("Apply anyway? [n] \nSkipping patch.");
        await say(
          `${count(one.hunks.length, one.hunks.length)} ignored${dry ? "" : ` -- saving rejects to file ${tool.value("rejects") ?? `${name}.rej`}`}`,
        );
        if (!dry) saveRejects(tool, one, name, one.hunks);
        return 1;
      }
      rejects.push(hunk);
      await say(`Hunk #${index + 1} FAILED at ${Math.max(1, hunk.from)}.`);
      continue;
    }
    const moved = placed.at - expected;
    if (!quiet && (moved !== 0 || placed.fuzz > 0)) {
      const fuzz = placed.fuzz > 0 ? ` with fuzz ${placed.fuzz}` : "";
      const by = moved === 0 ? "" : ` (offset ${moved} line${Math.abs(moved) === 1 ? "" : "s"})`;
      await say(`Hunk #${index + 1} succeeded at ${placed.at + growth + 1}${fuzz}${by}.`);
    }
    // What the file has in place of context that was left out stays.
    await copyUpTo(placed.at);
    for (const { mark, text } of hunk.lines) {
      if (mark === "+") done.push(text);
      else {
        if (mark === " ") done.push(lines[frozen] ?? text);
        frozen++;
      }
    }
    drift = moved;
    growth = done.length - frozen;
    await tool.spend(1 + hunk.lines.length);
  }
  if (rejects.length > 0) {
    await say(
      `${count(rejects.length, one.hunks.length)} FAILED${dry ? "" : ` -- saving rejects to file ${tool.value("rejects") ?? `${name}.rej`}`}`,
    );
    if (!dry) saveRejects(tool, one, name, rejects);
  }
  if (!dry && exists && (tool.has("backup") || rejects.length > 0)) files.writeFile(`${name}.orig`, original);
  if (dry || rejects.length === one.hunks.length) return rejects.length > 0 ? 1 : 0;
  await copyUpTo(lines.length);
  const result = await join(tool, done);
  const output = tool.value("output") ?? name;
  if (result === "" && (one.newName === "/dev/null" || tool.has("removeEmpty")) && tool.value("output") === undefined) {
    if (exists) files.remove(name);
  } else {
    const folder = output.split("/").slice(0, -1).join("/");
    if (folder !== "" && !files.exists(folder)) files.makeDirectory(folder, { recursive: true });
    files.writeFile(output, result);
  }
  return rejects.length > 0 ? 1 : 0;
}

async function alreadyThere(tool: PatchTool, lines: readonly string[], hunk: Hunk): Promise<boolean> {
  if (hunk.lines.every(({ mark }) => mark === " ")) return false;
  const back = reversed({ oldName: "", newName: "", hunks: [hunk] }).hunks[0] as Hunk;
  return (await place(tool, lines, back, Math.max(0, back.from - 1), 0)) !== undefined;
}

function saveRejects(tool: PatchTool, one: FilePatch, name: string, hunks: readonly Hunk[]): void {
  const text = hunks
    .map(
      ({ header, lines }) =>
        `${header}\n${lines.map(({ mark, text: line }) => (line.endsWith("\n") ? `${mark}${line}` : `${mark}${line}\n\\ No newline at end of file\n`)).join("")}`,
    )
    .join("");
  tool.process.files.writeFile(
    tool.value("rejects") ?? `${name}.rej`,
    `--- ${one.oldName}\n+++ ${one.newName}\n${text}`,
  );
}
