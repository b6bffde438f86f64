/**
 * How busybox words the errors of applets that otherwise behave as everybody's do: its bb_perror_msg calls, seen on
 * BusyBox v1.36. The GNU tool runs; what it says on standard error is said in busybox's words.
 */
import type { ByteWriter, Process, Program } from "../types.ts";
import { BUSYBOX_OPTIONS, busyboxMisuse } from "./support/busybox-options.ts";

type Rule = readonly [pattern: RegExp, words: string];

const rules: Readonly<Record<string, readonly Rule[]>> = {
  cat: [
    [/^cat: (.+): Is a directory$/, "cat: read error: Is a directory"],
    [/^cat: (.+): ([^:]+)$/, "cat: can't open '$1': $2"],
  ],
  cut: [
    [
      /^cut: an input delimiter may be specified only when operating on fields$/,
      "cut: a delimiter may be specified only when operating on fields",
    ],
    [
      /^cut: you must specify a list of bytes, characters, or fields$/,
      "cut: expected a list of bytes, characters, or fields",
    ],
  ],
  sleep: [[/^sleep: invalid time interval '(.+)'$/, "sleep: invalid number '$1'"]],
  chmod: [
    [/^chmod: invalid mode: '(.+)'$/, "chmod: invalid mode '$1'"],
    [/^chmod: cannot access '(.+)': (.+)$/, "chmod: $1: $2"],
  ],
  chown: [
    [/^chown: invalid user: '(.+)'$/, "chown: unknown user $1"],
    [/^chown: invalid group: '(.+)'$/, "chown: unknown group $1"],
    [/^chown: cannot access '(.+)': (.+)$/, "chown: $1: $2"],
  ],
  cp: [
    [/^cp: cannot stat '(.+)': (.+)$/, "cp: can't stat '$1': $2"],
    [
      /^cp: cannot (?:create|open) (?:regular file |directory )?'(.+?)'(?: for reading)?: (.+)$/,
      "cp: can't create '$1': $2",
    ],
    [/^cp: -r not specified; omitting directory '(.+)'$/, "cp: omitting directory '$1'"],
  ],
  du: [[/^du: cannot access '(.+)': (.+)$/, "du: $1: $2"]],
  find: [
    [/^find: unknown predicate `(.+)'$/, "find: unrecognized: $1"],
    [/^find: missing argument to `(.+)'$/, "find: $1 requires an argument"],
    [/^find: Unknown argument to -type: (.+)$/, "find: invalid argument '$1' to '-type'"],
    [/^find: ['‘](.+)['’]: (.+)$/, "find: $1: $2"],
  ],
  head: [[/^head: cannot open '(.*)' for reading: (.+)$/, "head: $1: $2"]],
  ln: [
    [/^ln: failed to access '(.+)': (.+)$/, "ln: $1: $2"],
    [/^ln: failed to create (?:symbolic|hard) link '(.+?)'(?: => '.*')?: (.+)$/, "ln: $1: $2"],
  ],
  ls: [
    [/^ls: cannot access '(.+)': (.+)$/, "ls: $1: $2"],
    [/^ls: cannot open directory '(.+)': (.+)$/, "ls: can't open '$1': $2"],
  ],
  mkdir: [[/^mkdir: cannot create directory ['‘](.+)['’]: (.+)$/, "mkdir: can't create directory '$1': $2"]],
  mv: [
    [/^mv: cannot overwrite non-directory '.+' with directory '(.+)'$/, "mv: can't rename '$1': Not a directory"],
    [/^mv: cannot move '(.+)' to a subdirectory of itself, .*$/, "mv: can't rename '$1': Invalid argument"],
    [/^mv: cannot stat '(.+)': (.+)$/, "mv: can't rename '$1': $2"],
    [/^mv: cannot move '(.+)' to '.+': (.+)$/, "mv: can't rename '$1': $2"],
  ],
  rm: [
    [/^rm: refusing to remove .*$/, "rm: can't remove '.' or '..'"],
    [/rm: remove (?:regular (?:empty )?file|symbolic link|fifo|directory) /g, "rm: remove "],
    [/rm: descend into directory /g, "rm: descend into directory "],
    [/^rm: cannot remove '(.+)': Is a directory$/, "rm: '$1' is a directory"],
    [/^rm: cannot remove '(.+)': (.+)$/, "rm: can't remove '$1': $2"],
  ],
  rmdir: [[/^rmdir: failed to remove '(.+)': (.+)$/, "rmdir: '$1': $2"]],
  sed: [[/^sed: can't read (.+): (.+)$/, "sed: $1: $2"]],
  sort: [[/^sort: cannot read: (.+): (.+)$/, "sort: $1: $2"]],
  stat: [
    [
      /^stat: cannot read file system information for '(.+)': (.+)$/,
      "stat: can't read file system information for '$1': $2",
    ],
    [/^stat: cannot statx '(.+)': (.+)$/, "stat: can't stat '$1': $2"],
  ],
  date: [[/^date: ([^:]+): (No such file or directory)$/, "date: can't stat '$1': $2"]],
  id: [[/^id: '(.+)': no such user$/, "id: unknown user $1"]],
  env: [[/^env: '(.+)': (.+)$/, "env: can't execute '$1': $2"]],
  timeout: [[/^timeout: failed to run command '(.+)': (.+)$/, "timeout: can't execute '$1': $2"]],
  nohup: [[/^nohup: failed to run command '(.+)': (.+)$/, "nohup: can't execute '$1': $2"]],
  truncate: [
    [/^truncate: cannot open '(.+)' for writing: (.+)$/, "truncate: $1: open: $2"],
    [/^truncate: Invalid number: '(.*)'$/, "truncate: invalid number '$1'"],
  ],
  dd: [
    [/^dd: failed to open '(.+)': (.+)$/, "dd: can't open '$1': $2"],
    [/^dd: invalid number: '(.*)'$/, "dd: invalid number '$1'"],
  ],
  readlink: [[/^readlink: (.+): (.+)$/, "readlink: $1: cannot read link: $2"]],
  tail: [[/^tail: cannot open '(.+)' for reading: (.+)$/, "tail: can't open '$1': $2"]],
  uniq: [[/^uniq: (.+): (No such file or directory|Permission denied)$/, "uniq: can't open '$1': $2"]],
  touch: [
    [/^touch: invalid date format '(.*)'$/, "touch: invalid date '$1'"],
    [/^touch: failed to get attributes of '(.+)': (.+)$/, "touch: can't stat '$1': $2"],
    [/^touch: (?:cannot touch|setting times of) '(.+)': (.+)$/, "touch: $1: $2"],
  ],
};

/** What is told on standard output in other words. */
const outputs: Readonly<Record<string, readonly Rule[]>> = {
  mkdir: [[/^mkdir: created directory (.+)$/gm, "created directory: $1"]],
  mv: [[/^renamed (.+)$/gm, "$1"]],
  rm: [[/^removed directory (.+)$/gm, "removed directory: $1"]],
  chmod: [
    [/^mode of (.+) retained as (.+)$/gm, "mode of $1 changed to $2"],
    [/^mode of (.+) changed from .+ to (\d+ \(.+\))$/gm, "mode of $1 changed to $2"],
  ],
};

/** Exit statuses that differ: GNU's ls says 2 where busybox says 1. */
const statuses: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  ls: { 2: 1 },
  sed: { 2: 1 },
  timeout: { 124: 143, 125: 1 },
};

/** What is said alike by all of them. */
const COMMON: readonly Rule[] = [
  [/^(\w+): (?:cannot open )?''(?: for reading)?: (.+)$/, "$1: : $2"],
  [/^(\w+): invalid (?:number|line|starting|tab|wrap)[^:]*: ['‘](.*?)['’](?:: .*)?$/, "$1: invalid number '$2'"],
  [/^(\w+): failed to open '(.*)' for reading: (.+)$/, "$1: $2: $3"],
  [/^(\w+): (.+): read error: Invalid argument$/, "$1: $2: Is a directory"],
];

/** The first lines of the page that follows a wrong command line. */
const pageOf = (name: string) => `BusyBox v1.36.1 multi-call binary.\n\nUsage: ${name} [OPTIONS] [FILE]...`;

function reworded(
  name: string,
  program: Program,
  own: readonly Rule[],
  told: readonly Rule[],
  status: Readonly<Record<number, number>>,
): Program {
  return async (process) => {
    const misuse = busyboxMisuse(name, process.argv.slice(1));
    if (misuse !== undefined) {
      await process.stderr.write(`${name}: ${misuse.message}\n${pageOf(name)}\n`);
      return misuse.status;
    }
    const decoder = new TextDecoder();
    const say = (line: string) => {
      const plain = line.replace(/[‘’]/g, "'");
      if (/^Try '.* --help' for more information\.$/.test(plain)) return pageOf(name);
      const rule = [...own, ...COMMON].find(([pattern]) => plain.search(pattern) !== -1);
      return rule === undefined ? plain : plain.replace(rule[0], rule[1]);
    };
    const { stderr } = process;
    const writer: ByteWriter = {
      write: (data) =>
        stderr.write(
          (typeof data === "string" ? data : decoder.decode(data, { stream: true })).split("\n").map(say).join("\n"),
        ),
      close: () => stderr.close(),
    };
    const { stdout } = process;
    const output: ByteWriter = {
      write: (data) => {
        const text = typeof data === "string" ? data : decoder.decode(data);
        return stdout.write(told.reduce((all, [pattern, words]) => all.replace(pattern, words), text));
      },
      close: () => stdout.close(),
    };
    // The process itself, but for those streams; its methods need the real one.
    const spoken = new Proxy(process, {
      get(target, key) {
        if (key === "stderr") return writer;
        if (key === "stdout" && told.length > 0) return output;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    const code = await program(spoken as Process);
    return status[code] ?? code;
  };
}

/** Entries "busybox/cat" and so on for the tools that have words of their own there. */
export function busyboxWords(tools: Readonly<Record<string, Program>>): Record<string, Program> {
  const boxed: Record<string, Program> = {};
  for (const name of new Set([...Object.keys(rules), ...Object.keys(BUSYBOX_OPTIONS)])) {
    const program = tools[name];
    if (program !== undefined)
      boxed[`busybox/${name}`] = reworded(name, program, rules[name] ?? [], outputs[name] ?? [], statuses[name] ?? {});
  }
  return boxed;
}
