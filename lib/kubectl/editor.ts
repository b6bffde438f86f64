/**
 * Opens a file for a person (k8s.io/kubectl/pkg/cmd/util/editor/editor.go): $KUBE_EDITOR or $EDITOR where the person
 * chose one, else the lesson's editor where one is open on a page, else vi in the terminal.
 */
import type { Process } from "../machine/index.ts";
import { CommandError } from "./errors.ts";
import type { Invocation } from "./invocation.ts";

/** What a person is asked to edit, in words and as a file. */
export interface EditRequest {
  readonly path: string;
  /** The command that asks: "kubectl edit". */
  readonly command: string;
  /** What the file is about: "Deployment/web"; "Deployment/web +2" where it holds more than one object. */
  readonly subject: string;
  readonly format: "yaml" | "json" | "txt";
  /** The file was saved before and could not be accepted: its first lines say why. */
  readonly returned: boolean;
}

/**
 * Opens a file in an editor that is not a program of the machine; resolves when the person is done, with the file
 * written where they saved it and left alone where they cancelled. Undefined where no such editor is at hand.
 */
export type OpenEditor = (process: Process, request: EditRequest) => Promise<void> | undefined;

const DEFAULT_EDITOR = "vi";

export async function editFile(invocation: Invocation, request: EditRequest): Promise<void> {
  const { process, options } = invocation;
  const { path } = request;
  const chosen = process.env.get("KUBE_EDITOR") || process.env.get("EDITOR");
  if (chosen === undefined || chosen === "") {
    const elsewhere = options.openEditor?.(process, request);
    if (elsewhere !== undefined) return elsewhere;
  }
  const editor = chosen || DEFAULT_EDITOR;
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
