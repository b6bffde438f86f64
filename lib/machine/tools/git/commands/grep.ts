/** git grep: lines of tracked files. */
import { decodeBytes } from "../../../bytes.ts";
import { compilePattern } from "../../support/regex.ts";
import type { Git } from "../context.ts";
import { isBinary, readWorkFile } from "../diff/pairs.ts";
import { splitLines } from "../diff/patch.ts";
import { fatal } from "../failure.ts";
import { optionTable, parseOptions } from "../options.ts";
import { quotePath } from "../quote.ts";
import { peelTo, resolveRevision } from "../revision.ts";
import { lstat } from "../worktree.ts";

const USAGE = "usage: git grep [<options>] [-e] <pattern> [<rev>...] [[--] <path>...]\n";
const OPTIONS = optionTable(
  "cached",
  "v|invert-match",
  "i|ignore-case",
  "w|word-regexp",
  "E|extended-regexp",
  "G|basic-regexp",
  "F|fixed-strings",
  "P|perl-regexp",
  "n|line-number",
  "h|",
  "H|",
  "l|files-with-matches",
  "name-only",
  "L|files-without-match",
  "c|count",
  "e|=",
  "q|quiet",
  "color=?",
  "full-name",
  "untracked",
);

export async function grep(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words, { usage: USAGE });
  if (options.has("untracked")) throw fatal("--untracked is not available here");
  const { repository } = git;
  const { args } = options;
  const given = options.values("e");
  const patterns = given.length > 0 ? given : args.slice(0, 1);
  if (patterns.length === 0) throw fatal("no pattern given");
  const rest = given.length > 0 ? args : args.slice(1);
  const [first] = rest;
  const found = first === undefined ? undefined : await resolveRevision(repository, first);
  const tree = found === undefined ? undefined : await peelTo(repository, found, "tree");
  const pathspec = repository.pathspec(tree === undefined ? rest : rest.slice(1));
  const syntax = options.has("fixed-strings")
    ? "fixed"
    : options.has("extended-regexp")
      ? "extended"
      : options.has("perl-regexp")
        ? "perl"
        : "basic";
  const compiled = patterns.map((pattern) =>
    compilePattern(pattern, { syntax, ignoreCase: options.has("ignore-case"), words: options.has("word-regexp") }),
  );
  const colors = git.colors("grep", options.has("color") ? (options.value("color") ?? "") : undefined);
  const files =
    tree === undefined
      ? [...new Set(repository.index.entries.map((entry) => entry.path))]
      : [...(await repository.objects.flatten(tree)).keys()];
  const flat = tree === undefined ? undefined : await repository.objects.flatten(tree);
  let any = false;
  for (const path of files) {
    if (!(pathspec.empty ? path.startsWith(repository.prefix) : pathspec.matches(path))) continue;
    let text: string;
    const entry = repository.index.get(path);
    const oid = flat?.get(path)?.oid ?? (options.has("cached") ? entry?.oid : undefined);
    if (oid !== undefined) text = decodeBytes(await repository.objects.blob(oid));
    else if (lstat(repository, path)?.type === "file") text = decodeBytes(readWorkFile(repository, path));
    else continue;
    const shown = quotePath(options.has("full-name") ? path : repository.relative(path), git.quotesAll);
    const name = tree === undefined ? shown : `${first}:${shown}`;
    let count = 0;
    let out = "";
    for (const [index, line] of splitLines(text).entries()) {
      await git.spend(1 + (line.length >> 6));
      const content = line.replace(/\n$/, "");
      const match = compiled.map((pattern) => pattern.find(content, 0)).find((each) => each !== undefined);
      if ((match !== undefined) === options.has("invert-match")) continue;
      count++;
      const gap = colors.paint("grep.separator", ":");
      const label = options.has("h") ? "" : colors.paint("grep.filename", name) + gap;
      const number = options.has("line-number") ? colors.paint("grep.linenumber", String(index + 1)) + gap : "";
      const marked =
        match === undefined || !colors.on
          ? content
          : content.slice(0, match.start) +
            colors.paint("grep.match", content.slice(match.start, match.end)) +
            content.slice(match.end);
      out += `${label}${number}${marked}\n`;
    }
    if (options.has("files-without-match")) {
      if (count === 0) await git.print(`${name}\n`);
      any ||= count === 0;
      continue;
    }
    if (count === 0) continue;
    any = true;
    if (options.has("quiet")) return 0;
    if (options.has("files-with-matches") || options.has("name-only")) await git.print(`${name}\n`);
    else if (options.has("count")) await git.print(`${name}:${count}\n`);
    else await git.print(isBinary(text) ? `Binary file ${name} matches\n` : out);
  }
  return any ? 0 : 1;
}
