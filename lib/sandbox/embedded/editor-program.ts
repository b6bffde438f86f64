/**
 * `editor`: what Debian calls the person's editor where none was chosen, and what its git opens then. Here it is the
 * lesson's editor where one is open on a page, else vi in the terminal. `fc` keeps to vi: it would run again what is
 * cancelled on a page.
 */
import type { OpenEditor } from "../../kubectl/index.ts";
import type { Program } from "../../machine/index.ts";

/** Whose text a file is, by its name. */
const COMMANDS: Readonly<Record<string, string>> = {
  COMMIT_EDITMSG: "git commit",
  MERGE_MSG: "git merge",
  TAG_EDITMSG: "git tag",
  "git-rebase-todo": "git rebase",
};

export function createEditor(open: OpenEditor): Program {
  return async (process) => {
    const words = process.argv.slice(1);
    const [path] = words;
    if (path !== undefined && words.length === 1 && !path.startsWith("+") && process.files.exists(path)) {
      const subject = path.slice(path.lastIndexOf("/") + 1);
      const elsewhere = open(process, {
        path,
        command: COMMANDS[subject] ?? "editor",
        subject,
        format: "txt",
        returned: false,
      });
      if (elsewhere !== undefined) {
        await elsewhere;
        return 0;
      }
    }
    return (await process.spawn({ argv: ["vi", ...words] }).exited).code;
  };
}
