/** git help: a page of our own. */
import type { Process } from "../../types.ts";

const GROUPS: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    "begin a repository",
    [
      ["clone", "copy a repository of this machine"],
      ["init", "make an empty repository"],
    ],
  ],
  [
    "work on the next commit",
    [
      ["add", "take files into the index"],
      ["mv", "move or rename files"],
      ["restore", "bring back files of the work tree"],
      ["rm", "remove files from the work tree and the index"],
    ],
  ],
  [
    "look at history and state",
    [
      ["blame", "who changed each line last"],
      ["diff", "what differs between commits, index and work tree"],
      ["grep", "lines that match a pattern"],
      ["log", "commits, the latest first"],
      ["show", "one object"],
      ["status", "what a commit would take"],
    ],
  ],
  [
    "grow and mark history",
    [
      ["branch", "list, make or delete branches"],
      ["cherry-pick", "apply a commit once more"],
      ["commit", "record the index"],
      ["merge", "join histories"],
      ["rebase", "put commits on top of others"],
      ["reset", "move HEAD"],
      ["revert", "take a commit back with a new one"],
      ["stash", "put changes aside"],
      ["switch", "go to another branch"],
      ["tag", "name a commit"],
    ],
  ],
];

export function generalHelp(): string {
  let text = "\nCommands by what they are for:\n";
  for (const [title, commands] of GROUPS) {
    text += `\n${title}\n`;
    for (const [name, summary] of commands) text += `   ${name.padEnd(11)} ${summary}\n`;
  }
  return `${text}\n'git <command> -h' shows how a command is used.\n`;
}

export async function help(process: Process, words: readonly string[], usage: string): Promise<number> {
  const [topic] = words.filter((word) => !word.startsWith("-"));
  if (topic === undefined) {
    await process.stdout.write(usage + generalHelp());
    return 0;
  }
  await process.stderr.write(`No manual entry for git-${topic}\n`);
  return 16;
}
