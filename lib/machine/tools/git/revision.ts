/** Names of commits and other objects: "HEAD~2", "main@{1}", "v1^{tree}", ":path" (gitrevisions(7)). */
import { compilePattern } from "../support/regex.ts";
import { fatal } from "./failure.ts";
import { NULL_OID, type ObjectType, type Oid } from "./objects.ts";
import { parseGitDate } from "./person.ts";
import type { Repository } from "./repository.ts";
import { walkCommits } from "./walk.ts";

/** Where a short name is looked for, in this order. */
const PLACES: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => `refs/${name}`,
  (name) => `refs/tags/${name}`,
  (name) => `refs/heads/${name}`,
  (name) => `refs/remotes/${name}`,
  (name) => `refs/remotes/${name}/HEAD`,
];

/** The reference a short name means, in full. */
export function fullRef(repository: Repository, name: string): string | undefined {
  for (const place of PLACES) {
    const full = place(name);
    if (!full.startsWith("refs/") && !/^[A-Z_]+$/.test(full)) continue;
    if (repository.refs.resolve(full) !== undefined) return full;
  }
  return undefined;
}

/** The branch that was checked out `count` switches ago, or its commit where HEAD was detached. */
export function previousCheckout(repository: Repository, count: number): string | undefined {
  let left = count;
  for (const entry of repository.refs.logOf("HEAD").reverse()) {
    const from = /^checkout: moving from (\S+) to /.exec(entry.message)?.[1];
    if (from !== undefined && --left === 0) return from;
  }
  return undefined;
}

/** The upstream of a branch: "refs/remotes/origin/main" or a local branch. */
export function upstreamOf(repository: Repository, branch: string): string | undefined {
  const remote = repository.config.get(`branch.${branch}.remote`);
  const merge = repository.config.get(`branch.${branch}.merge`);
  if (remote === undefined || merge === undefined) return undefined;
  if (remote === ".") return merge;
  return merge.replace(/^refs\/heads\//, `refs/remotes/${remote}/`);
}

/** The reference that "main@{upstream}" stands for. */
export function upstreamRef(repository: Repository, text: string): string | undefined {
  const before = /^(.*)@\{(?:u|upstream|push)\}$/i.exec(text)?.[1];
  if (before === undefined) return undefined;
  const branch = before === "" || before === "HEAD" ? repository.refs.branch : before;
  return branch === undefined ? undefined : upstreamOf(repository, branch);
}

/** The object's name, or undefined where nothing is called so. */
export async function resolveRevision(repository: Repository, text: string): Promise<Oid | undefined> {
  await repository.process.spend(5);
  const { objects } = repository;
  if (text.startsWith(":/")) return findMessage(repository, text.slice(2));
  const indexed = /^:(?:([0-3]):)?(.+)$/s.exec(text);
  if (indexed !== null) {
    return repository.index.get(
      repository.normalPath(topPath(repository, indexed[2] as string)),
      Number(indexed[1] ?? 0),
    )?.oid;
  }
  // "rev:path", where the colon is not within braces.
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}") depth--;
    else if (text[at] === ":" && depth === 0) {
      const base = await resolveRevision(repository, text.slice(0, at));
      if (base === undefined) return undefined;
      const tree = await peelTo(repository, base, "tree");
      return tree === undefined ? undefined : treePath(repository, tree, topPath(repository, text.slice(at + 1)));
    }
  }
  const suffix = /(?:\^\{([^}]*)\}|\^(\d*)|~(\d*))$/.exec(text);
  if (suffix !== null && suffix.index > 0) {
    const base = await resolveRevision(repository, text.slice(0, suffix.index));
    if (base === undefined) return undefined;
    const [, braces, parent, generations] = suffix;
    if (braces !== undefined) {
      if (braces === "") return (await objects.peel(base)).oid;
      if (braces.startsWith("/")) return findMessage(repository, braces.slice(1), base);
      if (braces === "object") return base;
      return peelTo(repository, base, braces as ObjectType);
    }
    let at = await peelTo(repository, base, "commit");
    if (parent !== undefined) {
      const number = parent === "" ? 1 : Number(parent);
      if (at === undefined || number === 0) return at;
      return (await objects.commit(at)).parents[number - 1];
    }
    for (let left = generations === "" ? 1 : Number(generations); left > 0 && at !== undefined; left--) {
      at = (await objects.commit(at)).parents[0];
    }
    return at;
  }
  return resolveName(repository, text);
}

function topPath(repository: Repository, path: string): string {
  if (path.startsWith("./") || path.startsWith("../")) return path;
  return repository.workTree === undefined ? path : `${repository.workTree}/${path}`;
}

async function resolveName(repository: Repository, text: string): Promise<Oid | undefined> {
  const { refs } = repository;
  const name = text === "@" ? "HEAD" : text;
  const braces = /^(.*)@\{([^}]*)\}$/s.exec(text);
  if (braces !== null) {
    const [, before = "", inside = ""] = braces;
    if (/^-\d+$/.test(inside) && before === "") {
      const previous = previousCheckout(repository, Number(inside.slice(1)));
      return previous === undefined ? undefined : resolveName(repository, previous);
    }
    if (/^(u|upstream|push)$/i.test(inside)) {
      const branch = before === "" || before === "HEAD" ? refs.branch : before;
      const upstream = branch === undefined ? undefined : upstreamOf(repository, branch);
      if (upstream === undefined) {
        throw fatal(
          branch === undefined ? "HEAD does not point to a branch" : `no upstream configured for branch '${branch}'`,
        );
      }
      return refs.resolve(upstream);
    }
    const full =
      before === "" ? (refs.branch === undefined ? "HEAD" : `refs/heads/${refs.branch}`) : fullRef(repository, before);
    if (full === undefined) return undefined;
    const log = refs.logOf(full).reverse();
    if (/^\d+$/.test(inside)) {
      const entry = log[Number(inside)];
      if (entry !== undefined) return entry.after;
      const last = log.at(-1);
      if (last !== undefined && Number(inside) === log.length && last.before !== NULL_OID) return last.before;
      throw fatal(`log for '${before || refs.branch || "HEAD"}' only has ${log.length} entries`);
    }
    const when = parseGitDate(inside, repository.process.clock.now());
    if (when === undefined) return undefined;
    return (log.find((entry) => entry.who.time <= when.time) ?? log.at(-1))?.after;
  }
  if (/^[0-9a-f]{40}$/.test(name)) return name;
  const full = fullRef(repository, name);
  if (full !== undefined) return refs.resolve(full);
  if (/^[0-9a-f]{4,39}$/i.test(name)) return byPrefix(repository, name.toLowerCase());
  const described = /-g([0-9a-f]{4,40})$/.exec(name);
  if (described !== null) return byPrefix(repository, described[1] as string);
  return undefined;
}

async function byPrefix(repository: Repository, prefix: string): Promise<Oid | undefined> {
  const { objects } = repository;
  const found = objects.find(prefix);
  if (found.length < 2) return found[0];
  const commits: Oid[] = [];
  for (const oid of found) if ((await objects.read(oid)).type === "commit") commits.push(oid);
  return commits.length === 1 ? commits[0] : undefined;
}

async function findMessage(repository: Repository, pattern: string, from?: Oid): Promise<Oid | undefined> {
  const compiled = compilePattern(pattern, { syntax: "extended", multiline: true });
  const starts = from === undefined ? repository.refs.list().map((ref) => ref.oid) : [from];
  const head = repository.refs.resolve("HEAD");
  const commits: Oid[] = [];
  for (const start of head === undefined || from !== undefined ? starts : [head, ...starts]) {
    const commit = await peelTo(repository, start, "commit");
    if (commit !== undefined) commits.push(commit);
  }
  for await (const commit of walkCommits(repository, { include: commits, exclude: [] })) {
    if (compiled.find(commit.message, 0) !== undefined) return commit.oid;
  }
  return undefined;
}

/** The object of that type which this one is, or stands for. */
export async function peelTo(repository: Repository, oid: Oid, type: ObjectType): Promise<Oid | undefined> {
  const { objects } = repository;
  if (type === "tag") return (await objects.read(oid)).type === "tag" ? oid : undefined;
  const peeled = await objects.peel(oid);
  if (peeled.type === type) return peeled.oid;
  if (peeled.type === "commit" && type === "tree") return (await objects.commit(peeled.oid)).tree;
  return undefined;
}

/** What a tree has at a path. */
async function treePath(repository: Repository, tree: Oid, path: string): Promise<Oid | undefined> {
  let text = path;
  if (repository.workTree !== undefined) text = repository.normalPath(path);
  let at: Oid = tree;
  const parts = text.split("/").filter((part) => part !== "");
  for (const [index, part] of parts.entries()) {
    const entry = (await repository.objects.tree(at)).find(({ name }) => name === part);
    if (entry === undefined) return undefined;
    if (index < parts.length - 1 && entry.mode !== 0o40000) return undefined;
    at = entry.oid;
  }
  return at;
}

/** The commit a word names. Throws `unknown` (or git's ambiguous argument) where there is none. */
export async function commitOf(repository: Repository, text: string, unknown?: () => Error): Promise<Oid> {
  const oid = await resolveRevision(repository, text);
  const commit = oid === undefined ? undefined : await peelTo(repository, oid, "commit");
  if (commit === undefined) throw unknown?.() ?? ambiguous(text);
  return commit;
}

export function ambiguous(text: string): Error {
  return fatal(
    `ambiguous argument '${text}': unknown revision or path not in the working tree.\nUse '--' to separate paths from revisions, like this:\n'git <command> [<revision>...] -- [<file>...]'`,
  );
}
