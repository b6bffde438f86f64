/** A rebase step by step, with what it keeps in .git/rebase-merge between its commands (sequencer.c). */

import { commit as commitCommand } from "./commands/commit.ts";
import { createCommit } from "./committing.ts";
import type { Git } from "./context.ts";
import { failed } from "./failure.ts";
import { cleanMessage, commented } from "./message.ts";
import { type Oid, subjectOf } from "./objects.ts";
import { identity } from "./person.ts";
import { pick } from "./picking.ts";
import { parseTodo, type Step, todoText } from "./todo.ts";
import { writeIndexTree } from "./trees.ts";

const ERASE = `\r${" ".repeat(80)}\r`;

const state = (git: Git, name: string) => `${git.repository.gitDir}/rebase-merge/${name}`;

export function writeSteps(git: Git, steps: readonly Step[]): void {
  git.process.files.writeFile(state(git, "git-rebase-todo"), todoText(steps));
}

export const stepsLeft = (git: Git): Promise<Step[]> =>
  parseTodo(
    git.repository,
    git.repository.readState("rebase-merge/git-rebase-todo") ?? "",
    (git.repository.readState("rebase-merge/done") ?? "") !== "",
  );

/** `git commit` on behalf of the rebase; the log says which step it was. */
async function committed(git: Git, words: readonly string[], step: string): Promise<number> {
  const { env } = git.process;
  const before = env.get("GIT_REFLOG_ACTION");
  env.set("GIT_REFLOG_ACTION", `rebase (${step})`);
  try {
    return await commitCommand(git, words);
  } finally {
    if (before === undefined) env.delete("GIT_REFLOG_ACTION");
    else env.set("GIT_REFLOG_ACTION", before);
  }
}

/** Does what is left; the status of the command. */
export async function sequence(git: Git, steps: readonly Step[]): Promise<number> {
  const { repository } = git;
  const { files } = git.process;
  const total = Number(repository.readState("rebase-merge/end") ?? steps.length);
  for (const [index, step] of steps.entries()) {
    const left = steps.slice(index + 1);
    if (step.verb !== "drop" || left.length > 0 || steps.length > 1)
      await git.say(`Rebasing (${Math.max(1, total - left.length)}/${Math.max(total, 1)})\r`);
    writeSteps(git, left);
    files.writeFile(state(git, "done"), todoText([step]), { append: true });
    const status = await perform(git, step, left);
    if (status !== undefined) return status;
  }
  return finish(git);
}

/** One step; a status where the command ends with it. */
async function perform(git: Git, step: Step, left: readonly Step[]): Promise<number | undefined> {
  const { repository } = git;
  const { refs, objects } = repository;
  const { files } = git.process;
  if (step.verb === "drop") return undefined;
  if (step.verb === "break") {
    const head = refs.resolve("HEAD") as Oid;
    await git.say(
      `${ERASE}Stopped at ${objects.abbreviate(head)} (${subjectOf((await objects.commit(head)).message)})\n`,
    );
    return 0;
  }
  if (step.verb === "exec") {
    await git.say(`${ERASE}Executing: ${step.text}\n`);
    await git.out.flush();
    const child = git.process.spawn({ argv: ["sh", "-c", step.text], cwd: repository.tree });
    const { code } = await child.exited;
    // The command may have changed anything.
    git.forget();
    if (code === 0) return undefined;
    await git.say(
      `warning: execution failed: ${step.text}\nYou can fix the problem, and then run\n\n  git rebase --continue\n\n\n`,
    );
    return 1;
  }
  const oid = step.oid as Oid;
  const commit = await objects.commit(oid);
  const melds = step.verb === "squash" || step.verb === "fixup";
  const head = refs.resolve("HEAD") as Oid;
  const forward = !melds && commit.parents[0] === head;
  const result = await pick(git, commit, {
    revert: false,
    operation: "rebase",
    message: commit.message,
    author: commit.author,
    noCommit: melds,
  });
  if (result.kind === "conflict") {
    files.writeFile(state(git, "stopped-sha"), `${oid}\n`);
    files.writeFile(`${repository.gitDir}/REBASE_HEAD`, `${oid}\n`);
    files.writeFile(
      `${repository.gitDir}/MERGE_MSG`,
      `${commit.message}\n# Conflicts:\n${repository.index.conflicts.map((path) => `#\t${path}\n`).join("")}`,
    );
    if (melds) files.writeFile(state(git, "melding"), `${step.verb}\n`);
    const what = `${objects.abbreviate(oid)}... ${subjectOf(commit.message)}`;
    throw failed(
      `could not apply ${what}\nhint: Resolve all conflicts manually, mark them as resolved with\nhint: "git add/rm <conflicted_files>", then run "git rebase --continue".\nhint: You can instead skip this commit: run "git rebase --skip".\nhint: To abort and get back to the state before "git rebase", run "git rebase --abort".\nCould not apply ${what}`,
    );
  }
  if (result.kind === "empty") {
    await git.say(`dropping ${oid} ${subjectOf(commit.message)} -- patch contents already upstream\n`);
    return undefined;
  }
  if (melds) return meld(git, step, left);
  if (result.kind === "done")
    refs.update(
      "HEAD",
      result.oid,
      forward && step.verb !== "pick" ? "rebase: fast-forward" : `rebase (pick): ${subjectOf(commit.message)}`,
    );
  if (step.verb === "reword") {
    const status = await committed(git, ["--amend"], "reword");
    return status === 0 ? undefined : status;
  }
  if (step.verb !== "edit") return undefined;
  files.writeFile(state(git, "amend"), `${refs.resolve("HEAD")}\n`);
  files.writeFile(state(git, "stopped-sha"), `${oid}\n`);
  await git.say(
    `${ERASE}Stopped at ${objects.abbreviate(oid)}...  ${subjectOf(commit.message)}\nYou can amend the commit now, with\n\n  git commit --amend \n\nOnce you are satisfied with your changes, run\n\n  git rebase --continue\n`,
  );
  return 0;
}

/** What is in the index goes into the last commit; the messages are joined, and edited where one of them counts. */
export async function meld(
  git: Git,
  step: Pick<Step, "verb" | "oid">,
  left: readonly Step[],
): Promise<number | undefined> {
  const { repository } = git;
  const { refs, objects } = repository;
  const { files } = git.process;
  const head = await objects.commit(refs.resolve("HEAD") as Oid);
  const commit = await objects.commit(step.oid as Oid);
  const before = repository.readState("rebase-merge/message-squash");
  const count = before === undefined ? 1 : Number(/^# This is a combination of (\d+) commits/.exec(before)?.[1] ?? 1);
  const body = before?.slice(before.indexOf("\n") + 1) ?? `# This is the 1st commit message:\n\n${head.message}`;
  const squashes = step.verb === "squash" || repository.readState("rebase-merge/squashing") !== undefined;
  const added =
    step.verb === "squash"
      ? `\n# This is the commit message #${count + 1}:\n\n${commit.message}`
      : `\n# The commit message #${count + 1} will be skipped:\n\n${commented(commit.message)}`;
  const text = `# This is a combination of ${count + 1} commits.\n${body}${added}`;
  const next = left.find((each) => each.verb !== "drop")?.verb;
  const last = next !== "squash" && next !== "fixup";
  if (!last) {
    files.writeFile(state(git, "message-squash"), text);
    if (squashes) files.writeFile(state(git, "squashing"), "");
  } else repository.dropState("rebase-merge/message-squash", "rebase-merge/squashing");
  if (last && squashes) {
    files.writeFile(state(git, "message"), text);
    files.writeFile(`${repository.gitDir}/MERGE_MSG`, text);
    const status = await committed(git, ["--amend", "-e", "-F", state(git, "message")], "squash");
    return status === 0 ? undefined : status;
  }
  const message = last ? head.message : squashes ? cleanMessage(text, "strip") : head.message;
  const oid = await createCommit(git, {
    tree: await writeIndexTree(repository),
    parents: head.parents,
    author: head.author,
    committer: identity(git.process, git.config, "committer"),
    message,
  });
  refs.update("HEAD", oid, `rebase (${step.verb}): ${subjectOf(message)}`);
  return undefined;
}

async function finish(git: Git): Promise<number> {
  const { repository } = git;
  const { refs } = repository;
  const { files } = git.process;
  const name = repository.readState("rebase-merge/head-name")?.trim() ?? "";
  const onto = repository.readState("rebase-merge/onto")?.trim() ?? "";
  const original = repository.readState("rebase-merge/orig-head")?.trim() ?? "";
  const head = refs.resolve("HEAD") as Oid;
  if (name.startsWith("refs/")) {
    refs.point("HEAD", name);
    files.writeFile(`${repository.gitDir}/${name}`, `${head}\n`);
    if (original !== head) refs.log(name, original, head, `rebase (finish): ${name} onto ${onto}`);
    refs.log("HEAD", head, head, `rebase (finish): returning to ${name}`);
  }
  repository.dropState("rebase-merge", "REBASE_HEAD");
  await git.say(`${ERASE}Successfully rebased and updated ${name}.\n`);
  return 0;
}
