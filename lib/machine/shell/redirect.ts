/** Redirections: applied to the process's own descriptors, and undone afterwards. */
import type { Redirect, Redirection } from "unbash";
import { isErrno } from "../errno.ts";
import type { Descriptor, OpenOptions } from "../types.ts";
import { ExpansionError } from "./control.ts";
import { textDescriptor } from "./descriptors.ts";
import { expandSegments, expandText, expandWords } from "./expand.ts";
import type { Shell } from "./shell.ts";
import { segmentsOfHereDoc } from "./word.ts";

/** A redirection that cannot be done; `message` is what is printed. */
export class RedirectError extends Error {}

const MAX_DESCRIPTOR = 1023;
const FIRST_FREE = 10;

/** What was there before, to be put back. */
export class Redirections {
  readonly #shell: Shell;
  readonly #saved = new Map<number, Descriptor | undefined>();

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  set(number: number, descriptor: Descriptor | undefined): void {
    const { descriptors } = this.#shell.process;
    if (number > MAX_DESCRIPTOR) throw new RedirectError(`${number}: Bad file descriptor`);
    if (this.#saved.has(number)) descriptors.get(number)?.close();
    else this.#saved.set(number, descriptors.get(number));
    if (descriptor === undefined) descriptors.delete(number);
    else descriptors.set(number, descriptor);
  }

  /** Puts everything back. */
  undo(): void {
    const { descriptors } = this.#shell.process;
    for (const [number, before] of this.#saved) {
      descriptors.get(number)?.close();
      if (before === undefined) descriptors.delete(number);
      else descriptors.set(number, before);
    }
    this.#saved.clear();
  }

  /** Makes them permanent (`exec >file`). */
  keep(): void {
    for (const before of this.#saved.values()) before?.close();
    this.#saved.clear();
  }
}

export async function applyRedirects(shell: Shell, redirects: readonly Redirection[]): Promise<Redirections> {
  const applied = new Redirections(shell);
  try {
    for (const redirect of redirects) await applyOne(shell, redirect, applied);
  } catch (error) {
    applied.undo();
    throw error;
  }
  return applied;
}

const MODES: Readonly<Record<string, OpenOptions>> = {
  "<": { read: true },
  ">": { write: true, create: true, truncate: true },
  ">|": { write: true, create: true, truncate: true },
  ">>": { write: true, create: true, append: true },
  "<>": { read: true, write: true, create: true },
  "&>": { write: true, create: true, truncate: true },
  "&>>": { write: true, create: true, append: true },
};

async function applyOne(shell: Shell, redirect: Redirection, applied: Redirections): Promise<void> {
  const input = redirect.operator.startsWith("<");
  let number = input ? 0 : 1;
  const { descriptor } = redirect;
  let variable: string | undefined;
  if (descriptor?.type === "FileDescriptor") number = descriptor.value;
  else if (descriptor?.type === "FileDescriptorVariable") {
    variable = descriptor.name;
    if (redirect.type === "Redirect" && redirect.target?.text === "-") {
      const [, name = variable, subscript] = /^(\w+)\[(.*)\]$/.exec(variable) ?? [];
      const held =
        subscript === undefined
          ? shell.variables.get(name)
          : shell.variables.lookup(name)?.array?.get(Number(subscript));
      const value = Number(held ?? Number.NaN);
      if (Number.isInteger(value)) applied.set(value, undefined);
      return;
    }
    number = FIRST_FREE;
    while (shell.process.descriptors.has(number)) number++;
    if (number > MAX_DESCRIPTOR && redirect.type === "Redirect")
      throw new RedirectError(`${redirect.target?.text ?? number}: Too many open files`);
  }
  if (redirect.type === "HereDoc") {
    const text = await documentText(shell, redirect);
    // bash makes the last line whole where the text ends in the middle of it.
    const cut = shell.flavour.bash && redirect.closing === undefined && !/(^|\n)$/.test(redirect.body.text);
    applied.set(number, textDescriptor(cut ? `${text}\n` : text));
  } else if (redirect.type === "HereString") {
    if (!shell.flavour.bash) throw new ExpansionError("syntax error: unexpected redirection", true);
    const text = redirect.target === undefined ? "" : await expandText(shell, redirect.target);
    applied.set(number, textDescriptor(`${text}\n`));
  } else await applyFile(shell, redirect, number, applied);
  // A descriptor that a variable holds outlives the command.
  if (variable !== undefined) shell.variables.set(variable, String(number));
}

/** Ash and dash expand it when they redirect: what goes wrong is the redirection's failure. */
async function documentText(shell: Shell, redirect: Extract<Redirection, { type: "HereDoc" }>): Promise<string> {
  try {
    return await expandSegments(shell, segmentsOfHereDoc(redirect));
  } catch (error) {
    if (shell.flavour.bash || !(error instanceof ExpansionError)) throw error;
    throw new RedirectError(error.message);
  }
}

async function applyFile(shell: Shell, redirect: Redirect, number: number, applied: Redirections): Promise<void> {
  if (redirect.target === undefined) throw new RedirectError("ambiguous redirect");
  // POSIX leaves targets whole.
  const words = shell.flavour.bash
    ? await expandWords(shell, [redirect.target])
    : [await expandText(shell, redirect.target)];
  const target = words[0];
  if (words.length !== 1 || target === undefined) {
    throw new RedirectError(`${redirect.target.text}: ambiguous redirect`);
  }
  let { operator } = redirect;
  if (operator === "<&" || operator === ">&") {
    if (target === "-") {
      applied.set(number, undefined);
      return;
    }
    const duplicated = /^(\d+)(-?)$/.exec(target);
    if (duplicated !== null) {
      const from = Number(duplicated[1]);
      const source = shell.process.descriptors.get(from);
      if (source === undefined)
        throw new RedirectError(`${shell.flavour.bash ? redirect.target.text : from}: Bad file descriptor`);
      if (from !== number) {
        applied.set(number, source.duplicate());
        if (duplicated[2] === "-") applied.set(from, undefined);
      }
      return;
    }
    if (!shell.flavour.bash) throw new ExpansionError("syntax error: bad fd number", true);
    if (operator === "<&" || redirect.descriptor !== undefined)
      throw new RedirectError(
        `${redirect.descriptor?.type === "FileDescriptorVariable" ? redirect.descriptor.name : target}: ambiguous redirect`,
      );
    operator = "&>";
  }
  if (operator === ">" && shell.option("noclobber") && existsAsFile(shell, target)) {
    throw new RedirectError(
      shell.flavour.bash ? `${target}: cannot overwrite existing file` : `can't create ${target}: File exists`,
    );
  }
  const opened = openFile(shell, target, MODES[operator] as OpenOptions);
  applied.set(number, opened);
  if (operator === "&>" || operator === "&>>") applied.set(2, opened.duplicate());
}

function existsAsFile(shell: Shell, path: string): boolean {
  try {
    return shell.process.files.stat(path).type === "file";
  } catch {
    return false;
  }
}

/** Opens a path; `/dev/fd/N`, `/dev/stdin` and their like are the descriptors themselves. */
export function openFile(shell: Shell, path: string, options: OpenOptions): Descriptor {
  const own = path === "/dev/stdin" ? 0 : path === "/dev/stdout" ? 1 : path === "/dev/stderr" ? 2 : undefined;
  const number = own ?? (/^\/dev\/fd\/(\d+)$/.exec(path)?.[1] as number | undefined);
  if (number !== undefined) {
    const descriptor = shell.process.descriptors.get(Number(number));
    if (descriptor === undefined) throw new RedirectError(`${path}: No such file or directory`);
    return descriptor.duplicate();
  }
  if (path === "/dev/tty" && shell.process.tty !== undefined) {
    const tty = [...shell.process.descriptors.values()].find((descriptor) => descriptor.tty !== undefined);
    if (tty !== undefined) return tty.duplicate();
  }
  if (path === "" && shell.flavour.bash) throw new RedirectError(": No such file or directory");
  try {
    return shell.process.open(path, options);
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (!shell.flavour.bash) {
      throw new RedirectError(
        options.create
          ? `can't create ${path}: ${error.code === "ENOENT" ? "nonexistent directory" : error.message}`
          : `can't open ${path}: ${error.code === "ENOENT" ? "no such file" : error.message}`,
      );
    }
    throw new RedirectError(`${path}: ${error.message}`);
  }
}

/** Runs `body` with the redirections in place. Reports the ones that cannot be done (status 1). */
export async function withRedirects(
  shell: Shell,
  redirects: readonly Redirection[],
  body: () => Promise<number> | number,
): Promise<number> {
  if (redirects.length === 0) return body();
  let applied: Redirections;
  try {
    applied = await applyRedirects(shell, redirects);
  } catch (error) {
    if (!(error instanceof RedirectError) && !(error instanceof ExpansionError)) throw error;
    if (error instanceof ExpansionError) throw error;
    await shell.complain(error.message);
    return shell.flavour.dash ? 2 : 1;
  }
  try {
    return await body();
  } finally {
    applied.undo();
  }
}
