/** Opens a file for a person: the lesson's editor, or $KUBE_EDITOR, $EDITOR or vi in the machine. */
import { CommandError } from "./errors.ts";
import type { Invocation } from "./invocation.ts";

export async function editFile(invocation: Invocation, path: string): Promise<void> {
  const { process, options } = invocation;
  if (options.openEditor !== undefined) return options.openEditor(process, path);
  const editor = process.env.get("KUBE_EDITOR") || process.env.get("EDITOR") || "vi";
  // Quotes and backslashes are the shell's to read; without them words are split at blanks.
  const argv = /["'\\]/.test(editor)
    ? ["sh", "-c", `${editor} ${path}`]
    : [...editor.split(" ").filter((word) => word !== ""), path];
  let code: number;
  try {
    code = (await process.spawn({ argv }).exited).code;
  } catch {
    throw new CommandError(`unable to launch the editor "${editor}"`);
  }
  if (code !== 0) throw new CommandError(`there was a problem with the editor "${editor}"`);
}

/** A fresh file for editing. */
export function temporaryFile(invocation: Invocation, extension: string): string {
  const { files, clock } = invocation.process;
  files.makeDirectory("/tmp", { recursive: true });
  for (;;) {
    const path = `/tmp/kubectl-edit-${Math.floor(clock.random() * 4_000_000_000)}.${extension}`;
    if (!files.exists(path)) return path;
  }
}
