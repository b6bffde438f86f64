/** git status. */
import type { Git } from "../context.ts";
import { pathOf } from "../diff/pairs.ts";
import { MAX_SCORE } from "../diff/renames.ts";
import { fatal } from "../failure.ts";
import { modeText, NULL_OID } from "../objects.ts";
import { optionTable, parseOptions } from "../options.ts";
import { quotePath } from "../quote.ts";
import { shortRef } from "../refs.ts";
import { upstreamOf } from "../revision.ts";
import { collectStatus, longStatus, type Status, shortStatus } from "../status.ts";
import { aheadBehind } from "../walk.ts";

const STATUS_USAGE = "usage: git status [<options>] [--] [<pathspec>...]\n";

const OPTIONS = optionTable(
  "v|verbose", "s|short", "b|branch", "show-stash", "ahead-behind", "porcelain=?", "long", "z|null",
  "u|untracked-files=?", "ignored=?", "ignore-submodules=?", "column=?", "renames", "M|find-renames=?",
); // biome-ignore format: a table

export function untrackedMode(git: Git, given: string | undefined, asked: boolean): "no" | "normal" | "all" {
  const mode = asked ? (given ?? "all") : (git.config.get("status.showuntrackedfiles") ?? "normal");
  if (mode === "no" || mode === "normal" || mode === "all") return mode;
  throw fatal(`Invalid untracked files mode '${mode}'`);
}

export async function status(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words, { usage: STATUS_USAGE });
  if (options.has("verbose")) throw fatal("--verbose is not available here; use git diff --cached");
  if (options.has("column")) throw fatal("--column is not available here");
  const { repository } = git;
  void repository.tree;
  const ignored = options.has("ignored");
  if (ignored && !/^(traditional|matching|no)$/.test(options.value("ignored") ?? "traditional")) {
    throw fatal(`Invalid ignored mode '${options.value("ignored")}'`);
  }
  const data = await collectStatus(git, {
    untracked: untrackedMode(git, options.value("untracked-files"), options.has("untracked-files")),
    ignored: ignored && options.value("ignored") !== "no",
    pathspec: repository.pathspec(options.args),
    renames: !options.denied("renames") && git.config.get("status.renames") !== "false",
  });
  const version = options.value("porcelain");
  const zero = options.has("null");
  const branch =
    options.has("branch") ||
    (!options.denied("branch") && !options.has("porcelain") && (git.config.boolean("status.branch") ?? false));
  if (
    options.last("porcelain", "long", "short") === "porcelain" ||
    (zero && options.last("long", "short") === undefined)
  ) {
    if (version === "v2" || version === "2") {
      await git.print(await porcelain(git, data, branch, zero));
      return 0;
    }
    if (version !== undefined && version !== "v1" && version !== "1")
      throw fatal(`unsupported porcelain version '${version}'`);
    const colors = git.colors("status", "never");
    await git.print(await shortStatus(git, data, { colors, branch: options.has("branch"), zero, fromTop: true }));
    return 0;
  }
  const colors = git.colors("status");
  const short =
    options.has("short") ||
    (!options.has("long") && !options.denied("short") && (git.config.boolean("status.short") ?? false));
  if (short) {
    await git.print(await shortStatus(git, data, { colors, branch, zero, fromTop: zero }));
    return 0;
  }
  const hints = git.config.boolean("advice.statushints") ?? true;
  await git.print(await longStatus(git, data, { colors, hints }));
  if (options.has("show-stash") || git.config.boolean("status.showstash")) {
    const count = repository.refs.logOf("refs/stash").length;
    if (count > 0) await git.print(`Your stash currently has ${count} entr${count === 1 ? "y" : "ies"}\n`);
  }
  return 0;
}

/** --porcelain=v2. */
async function porcelain(git: Git, data: Status, branch: boolean, zero: boolean): Promise<string> {
  const { repository } = git;
  const end = zero ? "\0" : "\n";
  const quote = (path: string) => (zero ? path : quotePath(path, git.quotesAll));
  let out = "";
  if (branch) {
    out += `# branch.oid ${data.head ?? "(initial)"}${end}# branch.head ${data.branch ?? "(detached)"}${end}`;
    const upstream = data.branch === undefined ? undefined : upstreamOf(repository, data.branch);
    if (upstream !== undefined) {
      out += `# branch.upstream ${shortRef(upstream)}${end}`;
      const theirs = repository.refs.resolve(upstream);
      if (theirs !== undefined && data.head !== undefined) {
        const [ahead, behind] = await aheadBehind(repository, data.head, theirs);
        out += `# branch.ab +${ahead} -${behind}${end}`;
      }
    }
  }
  const paths = new Set([...data.staged, ...data.unstaged].map(pathOf));
  for (const path of [...paths].sort()) {
    const staged = data.staged.find((pair) => pathOf(pair) === path);
    const unstaged = data.unstaged.find((pair) => pathOf(pair) === path);
    const renamed = [staged, unstaged].find((pair) => pair?.status === "R" || pair?.status === "C");
    const entry = repository.index.get(path);
    const headSide = staged === undefined ? entry : staged.old;
    const indexMode = staged === undefined ? (unstaged?.old?.mode ?? 0) : (staged.new?.mode ?? 0);
    const workMode = unstaged === undefined ? indexMode : (unstaged.new?.mode ?? 0);
    const headMode = staged === undefined ? indexMode : (staged.old?.mode ?? 0);
    const indexOid = staged === undefined ? (entry?.oid ?? NULL_OID) : (staged.new?.oid ?? NULL_OID);
    const xy = `${staged?.status ?? "."}${unstaged?.status ?? "."}`;
    const oids = `${headSide?.oid ?? NULL_OID} ${indexOid}`;
    const modes = `${modeText(headMode)} ${modeText(indexMode)} ${modeText(workMode)}`;
    if (renamed !== undefined) {
      const score = `${renamed.status}${Math.trunc(((renamed.score ?? 0) * 100) / MAX_SCORE)}`;
      out += `2 ${xy} N... ${modes} ${oids} ${score} ${quote(path)}${zero ? "\0" : "\t"}${quote(renamed.old?.path ?? "")}${end}`;
    } else out += `1 ${xy} N... ${modes} ${oids} ${quote(path)}${end}`;
  }
  for (const { path, code } of data.conflicts) {
    const stages = [1, 2, 3].map((stage) => repository.index.get(path, stage));
    const modes = stages.map((entry) => modeText(entry?.mode ?? 0)).join(" ");
    const here = repository.process.files.exists(repository.file(path)) ? "100644" : "000000";
    out += `u ${code} N... ${modes} ${here} ${stages.map((entry) => entry?.oid ?? NULL_OID).join(" ")} ${quote(path)}${end}`;
  }
  for (const path of data.untracked) out += `? ${quote(path)}${end}`;
  for (const path of data.ignored) out += `! ${quote(path)}${end}`;
  return out;
}
