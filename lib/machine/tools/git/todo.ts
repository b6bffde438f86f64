/** The list of what a rebase has still to do (sequencer.c): read from what a person made of it, and written for them. */
import { plainly } from "./failure.ts";
import { type Oid, subjectOf } from "./objects.ts";
import type { Repository } from "./repository.ts";
import { commitOf } from "./revision.ts";

type Verb = "pick" | "reword" | "edit" | "squash" | "fixup" | "exec" | "break" | "drop";

export interface Step {
  readonly verb: Verb;
  readonly oid: Oid | undefined;
  /** The commit's subject, or the command of exec. */
  readonly text: string;
}

const SHORT: Readonly<Record<string, Verb>> = {
  p: "pick",
  r: "reword",
  e: "edit",
  s: "squash",
  f: "fixup",
  x: "exec",
  b: "break",
  d: "drop",
};
const VERBS = new Set<string>(Object.values(SHORT));
const NOT_HERE: Readonly<Record<string, string>> = { l: "label", t: "reset", m: "merge", u: "update-ref" };

const HELP = `#
# Commands:
# p, pick <commit> = use commit
# r, reword <commit> = use commit, but edit the commit message
# e, edit <commit> = use commit, but stop for amending
# s, squash <commit> = use commit, but meld into previous commit
# f, fixup [-C | -c] <commit> = like "squash" but keep only the previous
#                    commit's log message, unless -C is used, in which case
#                    keep only this commit's message; -c is same as -C but
#                    opens the editor
# x, exec <command> = run command (the rest of the line) using shell
# b, break = stop here (continue rebase later with 'git rebase --continue')
# d, drop <commit> = remove commit
# l, label <label> = label current HEAD with a name
# t, reset <label> = reset HEAD to a label
# m, merge [-C <commit> | -c <commit>] <label> [# <oneline>]
#         create a merge commit using the original merge commit's
#         message (or the oneline, if no original merge commit was
#         specified); use -c <commit> to reword the commit message
# u, update-ref <ref> = track a placeholder for the <ref> to be updated
#                       to this position in the new commits. The <ref> is
#                       updated at the end of the rebase
#
# These lines can be re-ordered; they are executed from top to bottom.
#
# If you remove a line here THAT COMMIT WILL BE LOST.
#
`;

/** The list with its instructions, names shortened. */
export function editableTodo(repository: Repository, steps: readonly Step[], title: string | undefined): string {
  const lines = todoText(steps, (oid) => repository.objects.abbreviate(oid));
  if (title === undefined)
    return `${lines}${HELP}# You are editing the todo file of an ongoing interactive rebase.\n# To continue rebase after editing, run:\n#     git rebase --continue\n#\n`;
  return `${lines}\n# ${title}\n${HELP}# However, if you remove everything, the rebase will be aborted.\n#\n`;
}

export function todoText(steps: readonly Step[], name: (oid: Oid) => string = (oid) => oid): string {
  return steps
    .map(
      ({ verb, oid, text }) =>
        `${[verb, ...(oid === undefined ? [] : [name(oid)]), ...(text === "" ? [] : [text])].join(" ")}\n`,
    )
    .join("");
}

const ADVICE =
  "You can fix this with 'git rebase --edit-todo' and then run 'git rebase --continue'.\nOr you can abort the rebase with 'git rebase --abort'.";

/** Throws what is to be said of a list that is not one. `begun`: commits were picked before it. */
export async function parseTodo(repository: Repository, text: string, begun = false): Promise<Step[]> {
  const steps: Step[] = [];
  const wrong = (words: string) => plainly(`error: ${words}\n${ADVICE}`, 1);
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#") || line === "noop") continue;
    const [, word = "", rest = ""] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
    const other = NOT_HERE[word] ?? (Object.values(NOT_HERE).includes(word) ? word : undefined);
    if (other !== undefined) throw wrong(`'${other}' is not available here in the list of a rebase`);
    const verb = SHORT[word] ?? (VERBS.has(word) ? (word as Verb) : undefined);
    if (verb === undefined) throw wrong(`invalid line ${index + 1}: ${line}`);
    if (verb === "break") {
      steps.push({ verb, oid: undefined, text: "" });
      continue;
    }
    if (verb === "exec") {
      if (rest === "") throw wrong(`missing arguments for exec\nerror: invalid line ${index + 1}: ${line}`);
      steps.push({ verb, oid: undefined, text: rest });
      continue;
    }
    if (/^-[cC]\b/.test(rest)) throw wrong("'fixup -C' is not available here in the list of a rebase");
    const [name = "", ...subject] = rest.split(" ");
    if (name === "") throw wrong(`missing arguments for ${verb}\nerror: invalid line ${index + 1}: ${line}`);
    const oid = await commitOf(repository, name, () =>
      wrong(`could not parse '${name}'\nerror: invalid line ${index + 1}: ${line}`),
    );
    if (
      (verb === "squash" || verb === "fixup") &&
      !begun &&
      !steps.some((step) => step.verb !== "drop" && step.oid !== undefined)
    )
      throw wrong(`cannot '${verb}' without a previous commit`);
    steps.push({ verb, oid, text: subject.join(" ") || subjectOf((await repository.objects.commit(oid)).message) });
  }
  return steps;
}

/** "fixup! subject" behind what it is for (--autosquash). */
export function autosquashed(steps: readonly Step[]): Step[] {
  const out: Step[] = [];
  for (const step of steps) {
    const [, kind, subject] = /^(fixup|squash)! (?:(?:fixup|squash|amend)! )*(.*)$/s.exec(step.text) ?? [];
    const target =
      subject === undefined ? -1 : out.findIndex((each) => each.text === subject || each.oid?.startsWith(subject));
    if (kind === undefined || target === -1) {
      out.push(step);
      continue;
    }
    let at = target + 1;
    while (at < out.length && (out[at]?.verb === "fixup" || out[at]?.verb === "squash")) at++;
    out.splice(at, 0, { ...step, verb: kind as Verb });
  }
  return out;
}
