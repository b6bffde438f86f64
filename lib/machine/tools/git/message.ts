/** Commit messages: cleaned, and written by the person in an editor. */

import { decodeBytes } from "../../bytes.ts";
import { isErrno } from "../../errno.ts";
import type { Git } from "./context.ts";
import { failed, fatal, plainly } from "./failure.ts";

type Cleanup = "strip" | "whitespace" | "verbatim" | "scissors";

const SCISSORS = "# ------------------------ >8 ------------------------";

export function cleanMessage(text: string, cleanup: Cleanup): string {
  if (cleanup === "verbatim") return text;
  let body = text;
  if (cleanup === "scissors") {
    const cut = body.split("\n").indexOf(SCISSORS);
    if (cut !== -1) body = body.split("\n").slice(0, cut).join("\n");
  }
  const lines: string[] = [];
  for (const raw of body.split("\n")) {
    if (cleanup === "strip" && raw.startsWith("#")) continue;
    const line = raw.trimEnd();
    if (line === "" && (lines.length === 0 || lines.at(-1) === "")) continue;
    lines.push(line);
  }
  while (lines.at(-1) === "") lines.pop();
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

export function cleanupOf(git: Git, given: string | undefined, edited: boolean): Cleanup {
  const mode = given ?? git.config.get("commit.cleanup") ?? "default";
  if (mode === "default") return edited ? "strip" : "whitespace";
  if (mode === "strip" || mode === "whitespace" || mode === "verbatim") return mode;
  if (mode === "scissors") return edited ? "scissors" : "whitespace";
  throw fatal(`Invalid cleanup mode ${mode}`);
}

/** Every line as a comment. */
export function commented(text: string): string {
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => (line === "" ? "#\n" : line.startsWith("\t") ? `#${line}\n` : `# ${line}\n`))
    .join("");
}

/** What Debian's git opens where nobody chose; elsewhere it is vi. */
const DEBIANS_EDITOR = "/usr/bin/editor";

/** The person's editor on a file; what is in it afterwards. */
export async function editFile(git: Git, path: string, what: "message" | "sequence" = "message"): Promise<string> {
  const { env } = git.process;
  const terminal = env.get("TERM");
  const dumb = terminal === undefined || terminal === "" || terminal === "dumb";
  const editor =
    (what === "sequence" ? (env.get("GIT_SEQUENCE_EDITOR") ?? git.config.get("sequence.editor")) : undefined) ??
    env.get("GIT_EDITOR") ??
    git.config.get("core.editor") ??
    (dumb ? undefined : env.get("VISUAL")) ??
    env.get("EDITOR") ??
    (dumb ? undefined : git.process.files.exists(DEBIANS_EDITOR) ? "editor" : "vi");
  if (editor === undefined) {
    throw plainly(
      `error: Terminal is dumb, but EDITOR unset${what === "sequence" ? "" : "\nPlease supply the message using either -m or -F option."}`,
      1,
    );
  }
  await git.out.flush();
  if (editor !== ":") {
    const child = git.process.spawn({ argv: ["sh", "-c", `${editor} "$@"`, editor, path] });
    const status = await child.exited;
    if (status.code !== 0) {
      throw failed(
        `There was a problem with the editor '${editor}'.${what === "sequence" ? "" : "\nPlease supply the message using either -m or -F option."}`,
      );
    }
  }
  return decodeBytes(git.process.files.readFile(path));
}

/** Runs a hook where there is one; false where it forbids what is being done. */
export async function runHook(git: Git, name: string, args: readonly string[] = []): Promise<boolean> {
  const { repository } = git;
  const folder = git.config.get("core.hookspath");
  const path = `${folder === undefined ? `${repository.gitDir}/hooks` : git.config.expandHome(folder)}/${name}`;
  const { files } = git.process;
  try {
    const stat = files.stat(path);
    if (stat.type !== "file") return true;
    if (!(stat.mode & 0o111)) {
      await git.say(
        `hint: The '${path.replace(`${repository.tree}/`, "")}' hook was ignored because it's not set as executable.\nhint: You can disable this warning with \`git config advice.ignoredHook false\`.\n`,
      );
      return true;
    }
  } catch (error) {
    if (isErrno(error)) return true;
    throw error;
  }
  await git.out.flush();
  const env = new Map(git.process.env);
  env.set("GIT_INDEX_FILE", `${repository.gitDir}/index`);
  const child = git.process.spawn({
    argv: [path, ...args],
    env,
    cwd: repository.workTree ?? repository.gitDir,
    // What a hook prints is no output of the command.
    stdout: git.process.stderr,
  });
  return (await child.exited).code === 0;
}
