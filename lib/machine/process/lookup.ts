/** From argv to a program: PATH, permissions, #! lines, executables (execve(2)). */
import { Errno, isErrno } from "../errno.ts";
import { programOf } from "../executable.ts";
import type { FileView } from "../filesystem/view.ts";
import type { Program, ProgramTable } from "../types.ts";

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const MAX_INTERPRETERS = 4;
const MAX_ARGUMENT_BYTES = 2 << 20;
/** Of one argument or variable (MAX_ARG_STRLEN of Linux, 32 pages). */
const MAX_STRING_BYTES = 128 << 10;
const decoder = new TextDecoder();

export interface FoundProgram {
  readonly program: Program;
  readonly argv: readonly string[];
  /** Absolute. */
  readonly path: string;
}

interface Lookup {
  readonly files: FileView;
  readonly programs: ProgramTable;
  readonly pathVariable: string | undefined;
  /** What the program will find in its environment. */
  readonly env?: Iterable<readonly [string, string]>;
}

/** The path of a command. ENOENT; EACCES where one was found that may not be run. */
export function findExecutable(lookup: Lookup, name: string): string {
  if (name.includes("/")) return name;
  let denied = false;
  if (name !== "") {
    for (const directory of (lookup.pathVariable ?? DEFAULT_PATH).split(":")) {
      const path = `${directory === "" ? "." : directory}/${name}`;
      try {
        const { node } = lookup.files.locate(path, true);
        if (node?.type !== "file") continue;
        if (lookup.files.mayAccess(path, 1)) return path;
        denied = true;
      } catch (error) {
        if (!isErrno(error)) throw error;
        if (error.code === "EACCES") denied = true;
      }
    }
  }
  throw new Errno(denied ? "EACCES" : "ENOENT", name);
}

/** ENOENT, EACCES, ENOEXEC, ELOOP, E2BIG. */
export function findProgram(lookup: Lookup, argv: readonly string[], file: string | undefined): FoundProgram {
  let size = 0;
  for (const word of argv) {
    size += word.length + 1;
    if (word.length >= MAX_STRING_BYTES) throw new Errno("E2BIG", argv[0]);
  }
  for (const [name, value] of lookup.env ?? [])
    if (name.length + value.length + 1 >= MAX_STRING_BYTES) throw new Errno("E2BIG", argv[0]);
  if (size > MAX_ARGUMENT_BYTES) throw new Errno("E2BIG", argv[0]);
  let words = argv;
  let path = file ?? findExecutable(lookup, argv[0] ?? "");
  const first = path;
  for (let depth = 0; depth < MAX_INTERPRETERS; depth++) {
    const { node, path: real } = lookup.files.locate(path, true);
    if (node === undefined) throw new Errno("ENOENT", first);
    if (node.type !== "file" || !lookup.files.mayAccess(path, 1)) throw new Errno("EACCES", path);
    const head = node.read(0, 512);
    const name = programOf(head);
    if (name !== undefined) {
      const program = lookup.programs.get(name);
      if (program === undefined) throw new Errno("ENOEXEC", path);
      return { program, argv: words, path: real };
    }
    if (head[0] !== 0x23 || head[1] !== 0x21) throw new Errno("ENOEXEC", path);
    const line = decoder.decode(head).split("\n", 1)[0] ?? "";
    const [, interpreter, argument] = /^#!\s*(\S+)(?:\s+(.*?))?\s*$/.exec(line) ?? [];
    if (interpreter === undefined) throw new Errno("ENOEXEC", path);
    words = [interpreter, ...(argument ? [argument] : []), path, ...words.slice(1)];
    path = interpreter;
  }
  throw new Errno("ELOOP", first);
}
