/** patch: unified, context and normal diffs with fuzz and rejects, and scripts of ed. */
import { isErrno } from "../errno.ts";
import {
  type FilePatch,
  type Hunk,
  Malformed,
  parsePatches,
  reversed,
  reversedHunk,
  runScript,
} from "./patch/parsing.ts";
import { readAll, type Tool, tool } from "./support/tool.ts";

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
  contextFormat: { short: "c", long: "context" },
  normalFormat: { short: "n", long: "normal" },
  edFormat: { short: "e", long: "ed" },
  suffix: { short: "z", long: "suffix", value: true },
  prefix: { short: "B", long: "prefix", value: true },
  noMismatch: { long: "no-backup-if-mismatch" },
  mismatch: { long: "backup-if-mismatch" },
  version: { short: "v", long: "version" },
  binary: { long: "binary" },
  ignoreSpace: { short: "l", long: "ignore-whitespace" },
  ifdef: { short: "D", long: "ifdef", value: true },
  versionControl: { short: "V", long: "version-control", value: true },
  basenamePrefix: { short: "Y", long: "basename-prefix", value: true },
  merge: { long: "merge", value: "optional" },
  setTime: { short: "T", long: "set-time" },
  setUtc: { short: "Z", long: "set-utc" },
  get: { short: "g", long: "get", value: true },
  posix: { long: "posix" },
  quotingStyle: { long: "quoting-style", value: true },
  readOnly: { long: "read-only", value: true },
  rejectFormat: { long: "reject-format", value: true },
  followSymlinks: { long: "follow-symlinks" },
  rejects: { short: "r", long: "reject-file", value: true },
} as const;
type PatchTool = Tool<typeof OPTIONS>;

/** Known to GNU and not made here: refused, never taken in silence. */
const REFUSED = ["ignoreSpace", "ifdef", "versionControl", "basenamePrefix", "merge", "setTime", "setUtc", "get", "posix", "quotingStyle", "readOnly", "rejectFormat", "followSymlinks"] as const; // biome-ignore format: a list

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
    pointer: "patch: Try 'patch --help' for more information.",
    usageStatus: 2,
    options: OPTIONS,
  },
  async (tool) => {
    const { process } = tool;
    if (tool.has("version")) {
      await tool.out.write("GNU patch 2.7.6\n");
      return 0;
    }
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
    for (const name of REFUSED) {
      const { long } = OPTIONS[name];
      if (tool.has(name)) return tool.die(`--${long} is not available here`, 2);
    }
    let patches: FilePatch[];
    try {
      patches = await parsePatches(text, () => tool.spend());
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
      if (tool.has("verbose")) {
        const article =
          each.kind === "ed"
            ? "an ed script"
            : `a ${each.kind === "context" ? "context diff" : `${each.kind} diff`}`.replace(
                "a context",
                "a new-style context",
              );
        await tool.out.write(`Hmm...  Looks like ${article} to me...\n${leading(each)}`);
      }
      const name = target(tool, one, strip === undefined ? undefined : Number(strip));
      if (name === undefined) {
        await tool.out.write(
          `can't find file to patch at input line ${each.line}\n${strip === undefined || each.lead.length === 0 ? "Perhaps you should have used the -p or --strip option?\n" : "Perhaps you used the wrong -p or --strip option?\n"}${tool.has("verbose") ? "" : leading(each)}`,
        );
        if (tool.has("force") || tool.has("batch")) await tool.out.write("No file to patch.  Skipping patch.\n");
        else await tool.out.write("File to patch: \nSkip this patch? [y] \nSkipping patch.\n");
        if (each.kind !== "ed") await tool.out.write(`${count(one.hunks.length, one.hunks.length)} ignored\n`);
        status = 1;
        continue;
      }
      try {
        status = Math.max(
          status,
          one.kind === "ed" ? await applyScript(tool, one, name) : await apply(tool, one, name),
        );
      } catch (error) {
        if (error instanceof Malformed) return tool.die(`**** ${error.message}`, 2);
        if (!isErrno(error)) throw error;
        return tool.die(`**** Can't ${error.code === "EACCES" ? "open" : "write"} file ${name} : ${error.message}`, 2);
      }
    }
    if (tool.has("verbose")) await tool.out.write("done\n");
    return status;
  },
);

/** The text before the first hunk, as it is repeated. */
function leading({ lead }: FilePatch): string {
  if (lead.length === 0) return "";
  const rule = "--------------------------\n";
  return `The text leading up to this was:\n${rule}${lead.map((line) => `|${line}\n`).join("")}${rule}`;
}

async function applyScript(tool: PatchTool, one: FilePatch, name: string): Promise<number> {
  const { files } = tool.process;
  if (tool.has("reverse")) return tool.die("**** Can't reverse an ed script", 2) as Promise<never>;
  const original = files.exists(name) ? files.readText(name) : "";
  const result = await join(tool, runScript(one.script, await split(tool, original)));
  if (tool.has("dryRun")) return 0;
  if (tool.has("backup") && files.exists(name)) files.writeFile(backupName(tool, name), original);
  files.writeFile(tool.value("output") ?? name, result);
  return 0;
}

function backupName(tool: PatchTool, name: string): string {
  return `${tool.value("prefix") ?? ""}${name}${tool.value("suffix") ?? (tool.has("prefix") ? "" : ".orig")}`;
}

function count(bad: number, all: number): string {
  return `${bad} out of ${all} hunk${all === 1 ? "" : "s"}`;
}

/** The file a patch is for: the operand, or the best of its names that exists (pch.c, best_name). */
function target(tool: PatchTool, one: FilePatch, strip: number | undefined): string | undefined {
  const [given] = tool.operands;
  if (given !== undefined) return given;
  const names = [one.oldName, one.newName].flatMap((name) => {
    const short = name === undefined || name === "/dev/null" ? undefined : stripped(name, strip);
    return short === undefined ? [] : [short];
  });
  const base = (name: string) => name.split("/").at(-1) ?? "";
  const best = (all: readonly string[]) =>
    [...all].sort(
      (a, b) => a.split("/").length - b.split("/").length || base(a).length - base(b).length || a.length - b.length,
    )[0];
  const found = best(names.filter((name) => tool.process.files.exists(name)));
  return found ?? (one.creates ? best(names) : undefined);
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
  if (one.creates && files.exists(name) && files.stat(name).size > 0 && !tool.has("force")) {
    const ends = tool.has("forward") ? "Skipping patch." : "Assume -R? [n] ";
    if (tool.has("batch")) {
      await tool.out.write(`The next patch would create the file ${name},\nwhich already exists!  Assuming -R.\n`);
      return apply(tool, reversed(one), name);
    }
    await tool.out.write(`The next patch would create the file ${name},\nwhich already exists!  ${ends}\n`);
    if (!tool.has("forward")) await tool.out.write("Apply anyway? [n] \nSkipping patch.\n");
    await tool.out.write(`${count(one.hunks.length, one.hunks.length)} ignored\n`);
    return 1;
  }
  if (!quiet || dry) {
    const output = tool.value("output");
    const from = output === undefined ? name : `${output} (read from ${name})`;
    await tool.out.write(`${dry ? "checking" : "patching"} file ${from}\n`);
  }
  return applyHunks(tool, one, name);
}

async function applyHunks(tool: PatchTool, one: FilePatch, name: string): Promise<number> {
  const { files } = tool.process;
  const quiet = tool.has("quiet") || tool.has("silent");
  const dry = tool.has("dryRun");
  const say = async (line: string) => {
    await tool.out.write(`${line}\n`);
  };
  const exists = files.exists(name);
  if (!exists && !one.creates && one.hunks.some(({ lines }) => lines.some(({ mark }) => mark !== "+"))) {
    const [first] = one.hunks;
    if (first !== undefined) await say(`Hunk #1 FAILED at ${Math.max(1, first.from)}.`);
    return tool.die(`**** Can't reopen file ${name} : No such file or directory`, 2);
  }
  const original = exists ? files.readText(name) : "";
  const { creates } = one;
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
    const looks = index === 0 && !asked && !tool.has("force");
    const blocked = creates && exists && original !== "";
    // Whether it was applied before is asked before context is left out.
    let placed = blocked ? undefined : await place(tool, lines, hunk, expected + drift, looks ? 0 : most, frozen);
    const applied = placed === undefined && looks && (await alreadyThere(tool, lines, hunk));
    if (placed === undefined && looks && !applied && !blocked)
      placed = await place(tool, lines, hunk, expected + drift, most, frozen);
    if (placed === undefined) {
      if (applied) {
        asked = true;
        const detected = tool.has("reverse") ? "Unreversed" : "Reversed (or previously applied)";
        if (tool.has("batch")) {
          await say(`${detected} patch detected!  ${tool.has("reverse") ? "Ignoring" : "Assuming"} -R.`);
          return applyHunks(tool, reversed(one), name);
        }
        await say(
          `${detected} patch detected!  ${tool.has("forward") ? "Skipping patch." : `${tool.has("reverse") ? "Ignore" : "Assume"} -R? [n] `}`,
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
  if (
    !dry &&
    exists &&
    (tool.has("backup") || tool.has("suffix") || tool.has("prefix") || (rejects.length > 0 && !tool.has("noMismatch")))
  )
    files.writeFile(backupName(tool, name), original);
  if (dry || rejects.length === one.hunks.length) return rejects.length > 0 ? 1 : 0;
  await copyUpTo(lines.length);
  const result = await join(tool, done);
  const output = tool.value("output") ?? name;
  if (result === "" && (one.deletes || tool.has("removeEmpty")) && tool.value("output") === undefined) {
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
  const back = reversedHunk(hunk);
  return (await place(tool, lines, back, Math.max(0, back.from - 1), 0)) !== undefined;
}

function saveRejects(tool: PatchTool, one: FilePatch, name: string, hunks: readonly Hunk[]): void {
  if (tool.value("rejects") === "-") return;
  const ends = ({ text }: Hunk["lines"][number]) =>
    text.endsWith("\n") ? text : `${text}\n\\ No newline at end of file\n`;
  const text = hunks
    .map((hunk) =>
      one.kind === "context"
        ? contextText(hunk)
        : `${hunk.header}\n${hunk.lines.map((line) => line.mark + ends(line)).join("")}`,
    )
    .join("");
  tool.process.files.writeFile(
    tool.value("rejects") ?? `${name}.rej`,
    one.oldName === undefined
      ? text
      : one.kind === "context"
        ? `*** ${one.oldHeading}\n--- ${one.newHeading}\n${text}`
        : `--- ${one.oldHeading}\n+++ ${one.newHeading}\n${text}`,
  );
}

/** A hunk in the form of a context diff. */
function contextText({ from, to, lines }: Hunk): string {
  const part = (own: "-" | "+", other: "-" | "+"): string => {
    let out = "";
    for (const [at, { mark, text }] of lines.entries()) {
      if (mark === other) continue;
      let first = at;
      let last = at;
      while (mark === own && lines[first - 1] !== undefined && lines[first - 1]?.mark !== " ") first--;
      while (mark === own && lines[last + 1] !== undefined && lines[last + 1]?.mark !== " ") last++;
      const both = mark === own && lines.slice(first, last + 1).some((line) => line.mark === other);
      out += `${both ? "!" : mark} ${text.endsWith("\n") ? text : `${text}\n\\ No newline at end of file\n`}`;
    }
    return out;
  };
  const range = (start: number, other: "-" | "+") => {
    const count = lines.filter(({ mark }) => mark !== other).length;
    return count < 2 ? String(start) : `${start},${start + count - 1}`;
  };
  return `***************\n*** ${range(from, "+")} ****\n${part("-", "+")}--- ${range(to, "-")} ----\n${part("+", "-")}`;
}
