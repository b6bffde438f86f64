/** One commit's changes once more, or taken back, on top of HEAD (sequencer.c). */

import { createCommit } from "./committing.ts";
import type { Git } from "./context.ts";
import { applyMerge, mergeTrees } from "./merging.ts";
import { type Commit, type Oid, type Person, subjectOf } from "./objects.ts";
import { identity } from "./person.ts";
import { writeIndexTree } from "./trees.ts";

interface PickOptions {
  readonly revert: boolean;
  readonly operation: "cherry-pick" | "revert" | "rebase";
  /** The message of the new commit. */
  readonly message: string;
  readonly author?: Person;
  /** Changes index and files alone. */
  readonly noCommit?: boolean;
  readonly allowEmpty?: boolean;
  /** The parent that a merge is compared with, from 1. */
  readonly mainline?: number;
}

type PickResult = { readonly kind: "done"; readonly oid: Oid } | { readonly kind: "conflict" | "empty" | "changed" };

export async function pick(git: Git, commit: Commit, options: PickOptions): Promise<PickResult> {
  const { repository } = git;
  const { objects, refs } = repository;
  const head = refs.resolve("HEAD") as Oid;
  const headTree = (await objects.commit(head)).tree;
  const parent = commit.parents[(options.mainline ?? 1) - 1];
  const parentTree =
    parent === undefined ? await objects.write("tree", new Uint8Array(0)) : (await objects.commit(parent)).tree;
  const name = `${objects.abbreviate(commit.oid)} (${subjectOf(commit.message)})`;
  const [base, theirs] = options.revert ? [commit.tree, parentTree] : [parentTree, commit.tree];
  const labels = options.revert
    ? { ours: "HEAD", theirs: `parent of ${name}`, base: name }
    : { ours: "HEAD", theirs: name, base: `parent of ${name}` };
  if (parent === head && !options.revert && options.operation === "rebase") {
    await applyMerge(git, headTree, await mergeTrees(git, base, headTree, theirs, labels), options.operation);
    return { kind: "done", oid: commit.oid };
  }
  const merged = await mergeTrees(git, base, headTree, theirs, labels);
  await applyMerge(git, headTree, merged, "merge");
  for (const message of merged.messages) await git.print(`${message}\n`);
  if (!merged.clean) return { kind: "conflict" };
  if (options.noCommit) return { kind: "changed" };
  const tree = await writeIndexTree(repository);
  if (tree === headTree && !options.allowEmpty) return { kind: "empty" };
  const oid = await createCommit(git, {
    tree,
    parents: [head],
    author: options.author ?? identity(git.process, git.config, "author"),
    committer: identity(git.process, git.config, "committer"),
    message: options.message,
  });
  return { kind: "done", oid };
}
