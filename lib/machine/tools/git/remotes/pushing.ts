/** What a push changes on the other side, and how that is told (remote.c, transport.c). */
import type { Git } from "../context.ts";
import { failed, fatal } from "../failure.ts";
import { NULL_OID, type Oid } from "../objects.ts";
import type { Repository } from "../repository.ts";
import { fullRef, resolveRevision } from "../revision.ts";
import { isAncestor } from "../walk.ts";
import { parseRefspec, type Refspec, starOf } from "./refspec.ts";

export interface PushWish {
  /** As it was named here; undefined: the reference there goes. */
  readonly from: string | undefined;
  readonly oid: Oid;
  readonly to: string;
  readonly force: boolean;
}

export type PushVerdict =
  | { readonly kind: "new" | "gone" | "forward" | "forced" | "same" }
  | { readonly kind: "rejected"; readonly reason: string; readonly hint?: PushHint }
  | { readonly kind: "refused"; readonly reason: string; readonly said: string };

type PushHint = "fetch-first" | "current" | "other" | "tag" | "stale";

/** The references that refspecs of the command line mean. */
export async function pushWishes(
  git: Git,
  remote: Repository,
  words: readonly string[],
  force: boolean,
): Promise<PushWish[]> {
  const out: PushWish[] = [];
  for (const word of words) out.push(...(await wishesOf(git, remote, parseRefspec(word), force)));
  return out;
}

async function wishesOf(git: Git, remote: Repository, spec: Refspec, force: boolean): Promise<PushWish[]> {
  const { repository } = git;
  const forced = force || spec.force;
  if (spec.source === "" && spec.target === "") return matching(git, remote, forced);
  if (spec.pattern) {
    return repository.refs.list().flatMap(({ name, oid }) => {
      const star = starOf(spec.source, name);
      return star === undefined
        ? []
        : [{ from: name, oid, to: (spec.target ?? spec.source).replace("*", star), force: forced }];
    });
  }
  if (spec.source === "") {
    const name = spec.target as string;
    const full = fullRef(remote, name) ?? (name.startsWith("refs/") ? name : undefined);
    if (full === undefined || !remote.refs.exists(full))
      throw failed(`unable to delete '${name}': remote ref does not exist`);
    return [{ from: undefined, oid: NULL_OID, to: full, force: forced }];
  }
  const full = fullRef(repository, spec.source);
  const oid = await resolveRevision(repository, spec.source);
  if (oid === undefined) throw failed(`src refspec ${spec.source} does not match any`);
  const from = full ?? spec.source;
  const named = spec.target ?? (from === "HEAD" ? (repository.refs.symbolic("HEAD") ?? "") : from);
  if (named === "") throw fatal("You are not currently on a branch.");
  if (named.startsWith("refs/")) return [{ from, oid, to: named, force: forced }];
  const there = fullRef(remote, named);
  if (there !== undefined && there !== "HEAD") return [{ from, oid, to: there, force: forced }];
  const place = from.startsWith("refs/tags/")
    ? "refs/tags/"
    : from.startsWith("refs/heads/") || from === "HEAD"
      ? "refs/heads/"
      : undefined;
  if (place === undefined) {
    throw failed(
      `The destination you provided is not a full refname (i.e.,\nstarting with "refs/"). We tried to guess what you meant by:\n\n- Looking for a ref that matches '${named}' on the remote side.\n- Checking if the <src> being pushed ('${spec.source}')\n  is a ref in "refs/{heads,tags}/". If so we add a corresponding\n  refs/{heads,tags}/ prefix on the remote side.\n\nNeither worked, so we gave up. You must fully qualify the ref.\nhint: The <src> part of the refspec is a commit object.\nhint: Did you mean to create a new branch by pushing to\nhint: '${spec.source}:refs/heads/${named}'?`,
    );
  }
  return [{ from, oid, to: place + named, force: forced }];
}

/** Branches that both sides have. */
function matching(git: Git, remote: Repository, force: boolean): PushWish[] {
  return git.repository.refs
    .list("refs/heads/")
    .filter(({ name }) => remote.refs.exists(name))
    .map(({ name, oid }) => ({ from: name, oid, to: name, force }));
}

const DENIED = `By default, updating the current branch in a non-bare repository
is denied, because it will make the index and work tree inconsistent
with what you pushed, and will require 'git reset --hard' to match
the work tree to HEAD.

You can set the 'receive.denyCurrentBranch' configuration variable
to 'ignore' or 'warn' in the remote repository to allow pushing into
its current branch; however, this is not recommended unless you
arranged to update its work tree to match what you pushed in some
other way.

To squelch this message and still keep the default behaviour, set
'receive.denyCurrentBranch' configuration variable to 'refuse'.`;

const DELETION_DENIED = `By default, deleting the current branch is denied, because the next
'git clone' won't result in any file checked out, causing confusion.

You can set 'receive.denyDeleteCurrent' configuration variable to
'warn' or 'ignore' in the remote repository to allow deleting the
current branch, with or without a warning message.

To squelch this message, you can set it to 'refuse'.`;

/** Lines as the other side's words are shown. */
const fromThere = (text: string) =>
  text
    .split("\n")
    .map((line) => `remote: ${line === "" ? "" : `${line}        `}\n`)
    .join("");

/** What becomes of one reference; `lease` is what it is expected to be. */
export async function judge(
  git: Git,
  remote: Repository,
  wish: PushWish,
  lease: Oid | undefined,
): Promise<PushVerdict> {
  const { repository } = git;
  const before = remote.refs.resolve(wish.to);
  if (before === wish.oid) return { kind: "same" };
  if (lease !== undefined && (before ?? NULL_OID) !== lease)
    return { kind: "rejected", reason: "stale info", hint: "stale" };
  const current = remote.refs.symbolic("HEAD") === wish.to;
  const policy = remote.config.get("receive.denycurrentbranch") ?? "refuse";
  if (wish.from === undefined) {
    if (current && !/^(ignore|warn|false)$/.test(remote.config.get("receive.denydeletecurrent") ?? "refuse"))
      return {
        kind: "refused",
        reason: "deletion of the current branch prohibited",
        said:
          fromThere(`error: ${DELETION_DENIED}`) +
          fromThere(`error: refusing to delete the current branch: ${wish.to}`),
      };
    return { kind: "gone" };
  }
  const denied: PushVerdict | undefined =
    current && remote.workTree !== undefined && !/^(ignore|warn|false)$/.test(policy)
      ? policy === "updateInstead"
        ? { kind: "rejected", reason: "receive.denyCurrentBranch=updateInstead is not available here" }
        : {
            kind: "refused",
            reason: "branch is currently checked out",
            said: fromThere(`error: refusing to update checked out branch: ${wish.to}\nerror: ${DENIED}`),
          }
      : undefined;
  if (before === undefined) return denied ?? { kind: "new" };
  if (wish.to.startsWith("refs/tags/")) {
    if (!wish.force) return { kind: "rejected", reason: "already exists", hint: "tag" };
    return { kind: "forced" };
  }
  const knownHere = repository.objects.has(before);
  const forward = knownHere && (await isAncestor(repository, before, wish.oid));
  if (forward) return denied ?? { kind: "forward" };
  if (wish.force || lease !== undefined) return denied ?? { kind: "forced" };
  if (!knownHere) return { kind: "rejected", reason: "fetch first", hint: "fetch-first" };
  const own = repository.refs.symbolic("HEAD") === wish.from || wish.from === "HEAD";
  return { kind: "rejected", reason: "non-fast-forward", hint: own ? "current" : "other" };
}

const NOTE = "See the 'Note about fast-forwards' in 'git push --help' for details.";
export const PUSH_HINTS: Readonly<Record<PushHint, string | undefined>> = {
  "fetch-first": `Updates were rejected because the remote contains work that you do\nnot have locally. This is usually caused by another repository pushing\nto the same ref. You may want to first integrate the remote changes\n(e.g., 'git pull ...') before pushing again.\n${NOTE}`,
  current: `Updates were rejected because the tip of your current branch is behind\nits remote counterpart. Integrate the remote changes (e.g.\n'git pull ...') before pushing again.\n${NOTE}`,
  other: `Updates were rejected because a pushed branch tip is behind its remote\ncounterpart. Check out this branch and integrate the remote changes\n(e.g. 'git pull ...') before pushing again.\n${NOTE}`,
  tag: "Updates were rejected because the tag already exists in the remote.",
  stale: undefined,
};
