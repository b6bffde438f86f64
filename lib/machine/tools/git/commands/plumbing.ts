/** Small commands on objects, references and the index. */
import { decodeBytes } from "../../../bytes.ts";
import { isErrno } from "../../../errno.ts";
import { createCommit } from "../committing.ts";
import type { Git } from "../context.ts";
import { pathOf } from "../diff/pairs.ts";
import { fatal, plainly } from "../failure.ts";
import { cleanMessage } from "../message.ts";
import { framed, modeText, type ObjectType, type Oid, oidOf, typeOfMode } from "../objects.ts";
import { optionTable, parseOptions } from "../options.ts";
import { identity } from "../person.ts";
import { quotePath } from "../quote.ts";
import { shortRef } from "../refs.ts";
import { ambiguous, commitOf, fullRef, peelTo, resolveRevision, upstreamRef } from "../revision.ts";
import { writeIndexTree } from "../trees.ts";
import { isAncestor, mergeBases } from "../walk.ts";
import { compareIndexToFiles, untracked } from "../worktree.ts";

const bare = (name: string) => `usage: git ${name} [<options>]\n`;

export async function catFile(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(
    optionTable("t|", "s|", "e|", "p|", "batch=?", "batch-check=?", "textconv", "filters"),
    words,
    {
      usage:
        "usage: git cat-file <type> <object>\n   or: git cat-file (-e | -p) <object>\n   or: git cat-file (-t | -s) [--allow-unknown-type] <object>\n",
    },
  );
  for (const name of ["batch", "batch-check", "textconv", "filters"])
    if (options.has(name)) throw fatal(`--${name} is not available here`);
  const { objects } = git.repository;
  const mode = options.last("t", "s", "e", "p");
  const [first, second] = options.args;
  const name = mode === undefined ? second : first;
  if (name === undefined)
    throw plainly(
      "usage: git cat-file <type> <object>\n   or: git cat-file (-e | -p) <object>\n   or: git cat-file (-t | -s) [--allow-unknown-type] <object>",
      129,
    );
  const oid = await resolveRevision(git.repository, name);
  if (oid === undefined) throw fatal(`Not a valid object name ${name}`);
  if (!objects.has(oid)) {
    if (mode === "e") return 1;
    throw fatal(
      mode === "t" || mode === "s" ? "git cat-file: could not get object info" : `Not a valid object name ${name}`,
    );
  }
  const object = await objects.read(oid);
  if (mode === "t") await git.print(`${object.type}\n`);
  else if (mode === "s") await git.print(`${object.data.length}\n`);
  else if (mode === "p" && object.type === "tree") await git.print(await treeLines(git, oid));
  else if (mode === undefined) {
    const wanted = await peelTo(git.repository, oid, first as ObjectType);
    if (wanted === undefined) throw fatal(`git cat-file ${name}: bad file`);
    await git.print(decodeBytes((await objects.read(wanted)).data));
  } else if (mode !== "e") {
    const full = git.out.write(object.data);
    if (full !== undefined) await full;
  }
  return 0;
}

async function treeLines(
  git: Git,
  tree: Oid,
  options: {
    readonly prefix?: string;
    readonly nameOnly?: boolean;
    readonly recursive?: boolean;
    readonly trees?: boolean;
    readonly long?: boolean;
  } = {},
): Promise<string> {
  let out = "";
  for (const entry of await git.repository.objects.tree(tree)) {
    const type = typeOfMode(entry.mode);
    const path = (options.prefix ?? "") + entry.name;
    const deeper = type === "tree" && options.recursive;
    if (!deeper || options.trees) {
      const size = options.long
        ? ` ${(type === "blob" ? String((await git.repository.objects.blob(entry.oid)).length) : "-").padStart(7)}`
        : "";
      out += options.nameOnly
        ? `${quotePath(path, git.quotesAll)}\n`
        : `${modeText(entry.mode)} ${type} ${entry.oid}${size}\t${quotePath(path, git.quotesAll)}\n`;
    }
    if (deeper) out += await treeLines(git, entry.oid, { ...options, prefix: `${path}/` });
  }
  return out;
}

export async function lsTree(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(
    optionTable("d|", "r|", "t|", "z|", "l|long", "name-only", "name-status", "full-name", "full-tree", "abbrev=?"),
    words,
    { usage: bare("ls-tree") },
  );
  for (const name of ["d", "z", "abbrev"]) if (options.has(name)) throw fatal(`-${name} is not available here`);
  const [name, ...paths] = options.args;
  if (name === undefined) throw plainly(bare("ls-tree").trimEnd(), 129);
  const oid = await resolveRevision(git.repository, name);
  if (oid === undefined) throw fatal(`Not a valid object name ${name}`);
  const tree = await peelTo(git.repository, oid, "tree");
  if (tree === undefined) throw fatal("not a tree object");
  const text = await treeLines(git, tree, {
    recursive: options.has("r") || paths.length > 0,
    trees: options.has("t"),
    nameOnly: options.has("name-only") || options.has("name-status"),
    long: options.has("long"),
  });
  const spec = git.repository.workTree === undefined ? undefined : git.repository.pathspec(paths);
  await git.print(
    paths.length === 0
      ? text
      : text
          .split(/(?<=\n)/)
          .filter((line) => spec?.matches(line.slice(line.indexOf("\t") + 1, -1)) ?? true)
          .join(""),
  );
  return 0;
}

export async function hashObject(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(
    optionTable("t|=", "w|", "stdin", "stdin-paths", "path=", "filters", "literally"),
    words,
    { usage: bare("hash-object") },
  );
  if (options.has("stdin-paths") || options.has("literally"))
    throw fatal("--stdin-paths and --literally are not available here");
  const type = (options.value("t") ?? "blob") as ObjectType;
  if (!/^(blob|tree|commit|tag)$/.test(type)) throw fatal(`invalid object type "${type}"`);
  const inputs: Uint8Array[] = [];
  if (options.has("stdin")) inputs.push(await standardInput(git));
  for (const path of options.args) {
    try {
      inputs.push(git.process.files.readFile(path));
    } catch (error) {
      if (!isErrno(error)) throw error;
      throw fatal(`could not open '${path}' for reading: ${error.message}`);
    }
  }
  for (const data of inputs) {
    if (options.has("w")) await git.print(`${await git.repository.objects.write(type, data)}\n`);
    else {
      await git.spend(20 + (data.length >> 5));
      await git.print(`${oidOf(framed(type, data))}\n`);
    }
  }
  return 0;
}

const MAX_INPUT = 16 << 20;

async function standardInput(git: Git): Promise<Uint8Array> {
  const pieces: number[] = [];
  for (;;) {
    const chunk = await git.process.stdin.read();
    if (chunk === null) break;
    for (const byte of chunk) pieces.push(byte);
    git.process.holdMemory(pieces.length);
    if (pieces.length > MAX_INPUT) throw fatal("the input is too large");
    await git.spend(chunk.length >> 6);
  }
  return Uint8Array.from(pieces);
}

export async function lsFiles(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(
    optionTable(
      "z|",
      "t|",
      "c|cached",
      "d|deleted",
      "m|modified",
      "o|others",
      "i|ignored",
      "s|stage",
      "k|killed",
      "directory",
      "u|unmerged",
      "x|exclude=",
      "exclude-standard",
      "full-name",
      "error-unmatch",
      "abbrev=?",
      "v|",
      "eol",
    ),
    words,
    { usage: bare("ls-files") },
  );
  for (const name of ["t", "killed", "exclude", "abbrev", "v", "eol"])
    if (options.has(name)) throw fatal(`${name.length === 1 ? "-" : "--"}${name} is not available here`);
  const { repository } = git;
  const end = options.has("z") ? "\0" : "\n";
  const pathspec = repository.pathspec(options.args);
  const show = (path: string) =>
    options.has("z") ? path : quotePath(options.has("full-name") ? path : repository.relative(path), git.quotesAll);
  const inside = (path: string) => (pathspec.empty ? path.startsWith(repository.prefix) : pathspec.matches(path));
  if (options.has("error-unmatch")) {
    const missing = pathspec.unmatched(repository.index.entries.map((entry) => entry.path));
    if (missing.length > 0)
      throw plainly(
        `error: pathspec '${missing[0]}' did not match any file(s) known to git\nDid you forget to 'git add'?`,
        1,
      );
  }
  if (options.has("others")) {
    const files = await untracked(repository, {
      mode: options.has("directory") ? "normal" : "all",
      ignored: options.has("ignored"),
    });
    const rest =
      options.has("exclude-standard") || options.has("ignored")
        ? files
        : [...files, ...(await untracked(repository, { mode: "all", ignored: true }))].sort();
    for (const path of rest.filter(inside)) await git.print(show(path) + end);
  }
  const stage = options.has("stage") || options.has("unmerged");
  if (options.has("cached") || stage || !["others", "deleted", "modified"].some((name) => options.has(name))) {
    for (const entry of repository.index.entries) {
      if (!inside(entry.path) || (options.has("unmerged") && entry.stage === 0)) continue;
      await git.spend(1);
      await git.print(
        stage
          ? `${modeText(entry.mode)} ${entry.oid} ${entry.stage}\t${show(entry.path)}${end}`
          : show(entry.path) + end,
      );
    }
  }
  if (options.has("deleted") || options.has("modified")) {
    for (const pair of await compareIndexToFiles(repository, pathspec)) {
      if (!inside(pathOf(pair))) continue;
      if (options.has("deleted") && pair.status === "D") await git.print(show(pathOf(pair)) + end);
      if (options.has("modified")) await git.print(show(pathOf(pair)) + end);
    }
  }
  return 0;
}

export async function revParse(git: Git, words: readonly string[]): Promise<number> {
  let short: number | undefined;
  let abbreviates = false;
  let symbolic = false;
  let verify = false;
  let quiet = false;
  const named: string[] = [];
  for (const [index, word] of words.entries()) {
    const [name = "", value] = word.split(/=(.*)/s);
    switch (name) {
      case "--show-toplevel":
        await git.print(`${git.repository.tree}\n`);
        break;
      case "--git-dir":
      case "--absolute-git-dir": {
        const { gitDir, prefix, workTree } = git.repository;
        await git.print(
          `${name === "--git-dir" && prefix === "" && gitDir === `${workTree}/.git` ? ".git" : workTree === undefined && name === "--git-dir" && gitDir === git.process.cwd ? "." : gitDir}\n`,
        );
        break;
      }
      case "--is-inside-work-tree":
        await git.print(`${git.repository.workTree !== undefined}\n`);
        break;
      case "--is-bare-repository":
        await git.print(`${git.repository.workTree === undefined}\n`);
        break;
      case "--is-inside-git-dir":
        await git.print(`${git.process.cwd.startsWith(git.repository.gitDir)}\n`);
        break;
      case "--show-prefix":
        await git.print(`${git.repository.prefix}\n`);
        break;
      case "--show-cdup":
        await git.print(`${"../".repeat(git.repository.prefix.split("/").length - 1)}\n`);
        break;
      case "--short":
        short = value === undefined ? 7 : Math.max(4, Number(value));
        verify = true;
        break;
      case "--abbrev-ref":
        abbreviates = true;
        break;
      case "--symbolic-full-name":
        symbolic = true;
        break;
      case "--verify":
        verify = true;
        break;
      case "-q":
      case "--quiet":
        quiet = true;
        break;
      case "--":
        break;
      default: {
        if (word.startsWith("--")) throw fatal(`${word} is not available here`);
        named.push(word);
        if (words.slice(0, index).includes("--")) await git.print(`${word}\n`);
      }
    }
  }
  if (verify && named.length !== 1) throw fatal("Needed a single revision");
  const { repository } = git;
  for (const word of named) {
    const exclude = word.startsWith("^");
    const text = exclude ? word.slice(1) : word;
    const range = /^(.*?)\.\.(.*)$/.exec(text);
    if (range !== null && !verify) {
      const two = await commitOf(repository, range[2] || "HEAD");
      const one = await commitOf(repository, range[1] || "HEAD");
      await git.print(`${two}\n^${one}\n`);
      continue;
    }
    const oid = await resolveRevision(repository, text);
    if (oid === undefined) {
      if (verify) {
        if (quiet) return 1;
        throw fatal("Needed a single revision");
      }
      await git.print(`${word}\n`);
      if (git.repository.workTree !== undefined && git.process.files.exists(word)) continue;
      throw ambiguous(word);
    }
    const full =
      symbolic || abbreviates
        ? text === "HEAD" || text === "@"
          ? repository.refs.target("HEAD")
          : (upstreamRef(repository, text) ?? fullRef(repository, text))
        : undefined;
    if (symbolic && full !== undefined) await git.print(`${full}\n`);
    else if (abbreviates) await git.print(`${full === undefined ? "" : shortRef(full)}\n`.replace(/^\n$/, ""));
    else
      await git.print(
        `${exclude ? "^" : ""}${short === undefined ? oid : repository.objects.abbreviate(oid, short)}\n`,
      );
  }
  return 0;
}

export async function mergeBase(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(optionTable("a|all", "is-ancestor", "octopus", "independent", "fork-point"), words, {
    usage: bare("merge-base"),
  });
  const [one, two, extra] = options.args;
  if (one === undefined || two === undefined) throw plainly(bare("merge-base").trimEnd(), 129);
  if (extra !== undefined || options.has("octopus") || options.has("independent") || options.has("fork-point"))
    throw fatal("only two commits can be compared here");
  const { repository } = git;
  const invalid = (text: string) => () => fatal(`Not a valid object name ${text}`);
  const a = await commitOf(repository, one, invalid(one));
  const b = await commitOf(repository, two, invalid(two));
  if (options.has("is-ancestor")) return (await isAncestor(repository, a, b)) ? 0 : 1;
  const bases = await mergeBases(repository, a, b);
  for (const oid of options.has("all") ? bases : bases.slice(0, 1)) await git.print(`${oid}\n`);
  return bases.length === 0 ? 1 : 0;
}

export async function writeTreeCommand(git: Git, words: readonly string[]): Promise<number> {
  parseOptions(optionTable(), words, { usage: bare("write-tree") });
  await git.print(`${await writeIndexTree(git.repository)}\n`);
  return 0;
}

export async function commitTree(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(optionTable("p|=", "m|="), words, {
    usage: "usage: git commit-tree <tree> [(-p <parent>)...]\n",
  });
  const { repository } = git;
  const [name = ""] = options.args;
  const oid = await resolveRevision(repository, name);
  if (oid === undefined) throw fatal(`not a valid object name ${name}`);
  const parents: Oid[] = [];
  for (const parent of options.values("p"))
    parents.push(await commitOf(repository, parent, () => fatal(`not a valid object name ${parent}`)));
  const text = options.has("m")
    ? cleanMessage(
        options
          .values("m")
          .map((line) => `${line}\n`)
          .join("\n"),
        "verbatim",
      )
    : decodeBytes(await standardInput(git));
  const tree = await peelTo(repository, oid, "tree");
  if (tree === undefined) throw fatal(`${oid} is not a valid 'tree' object`);
  await git.print(
    `${await createCommit(git, { tree, parents, author: identity(git.process, git.config, "author"), committer: identity(git.process, git.config, "committer"), message: text })}\n`,
  );
  return 0;
}
