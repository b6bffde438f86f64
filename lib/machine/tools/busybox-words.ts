/**
 * How busybox words the errors of applets that otherwise behave as everybody's do: its bb_perror_msg calls, seen on
 * BusyBox v1.36. The GNU tool runs; what it says on standard error is said in busybox's words.
 */
import type { ByteWriter, Process, Program } from "../types.ts";
import { BUSYBOX_OPTIONS, busyboxMisuse, WITHOUT_OPTIONS } from "./support/busybox-options.ts";
import { BUSYBOX_USAGES } from "./support/busybox-usages.ts";

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
  du: [
    [/^du: invalid maximum depth '(.+)'$/, "du: invalid number '$1'"],
    [/^du: cannot access '(.+)': (.+)$/, "du: $1: $2"],
  ],
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
  sysctl: [[/^sysctl: error reading key '(.+)': No such file or directory$/, "sysctl: error: '$1' is an unknown key"]],
  tsort: [[/^tsort: (.+): (No such file or directory|Permission denied)$/, "tsort: can't open '$1': $2"]],
  sed: [[/^sed: can't read (.+): (.+)$/, "sed: $1: $2"]],
  sort: [[/^sort: cannot read: (.+): (.+)$/, "sort: $1: $2"]],
  stat: [
    [
      /^stat: cannot read file system information for '(.+)': (.+)$/,
      "stat: can't read file system information for '$1': $2",
    ],
    [/^stat: cannot statx '(.+)': (.+)$/, "stat: can't stat '$1': $2"],
  ],
  expr: [
    [/^expr: syntax error.*$/, "expr: syntax error"],
    [/^expr: missing operand$/, "expr: too few arguments"],
  ],
  groups: [[/^groups: '(.+)': no such user$/, "groups: unknown user $1"]],
  hostname: [[/^hostname: you must be root.*$/, "hostname: sethostname: Operation not permitted"]],
  killall: [
    [/^(.+): no process found$/, "killall: $1: no process killed"],
    [/^Usage: killall .*$/, "killall: you need to specify whom to kill"],
  ],
  link: [[/^link: cannot create link '(.+)' to '(.+)': (.+)$/, "link: can't create hardlink '$1' to '$2': $3"]],
  logname: [[/^logname: no login name$/, "logname: getlogin: No such device or address"]],
  mkfifo: [[/^mkfifo: cannot create fifo '(.+)': (.+)$/, "mkfifo: $1: $2"]],
  mktemp: [
    [/^mktemp: too few X's in template .*$/, "mktemp: : Invalid argument"],
    [/^mktemp: failed to create (?:file|directory) via template '.+': (.+)$/, "mktemp: : $1"],
  ],
  nice: [
    [/^nice: invalid adjustment '(.+)'$/, "nice: invalid number '$1'"],
    [/^nice: '(.+)': (.+)$/, "nice: can't execute '$1': $2"],
  ],
  stty: [[/^stty: '(.+)': (.+)$/, "stty: $1: $2"]],
  unlink: [[/^unlink: cannot unlink '(.+)': (.+)$/, "unlink: can't remove file '$1': $2"]],
  date: [[/^date: ([^:]+): (No such file or directory)$/, "date: can't stat '$1': $2"]],
  id: [[/^id: '(.+)': no such user$/, "id: unknown user $1"]],
  env: [[/^env: '(.+)': (.+)$/, "env: can't execute '$1': $2"]],
  timeout: [
    [/^timeout: invalid time interval '(.+)'$/, "timeout: invalid number '$1'"],
    [/^timeout: '(.+)': invalid signal$/, "timeout: unknown signal '$1'"],
    [/^timeout: failed to run command '(.+)': (.+)$/, "timeout: can't execute '$1': $2"],
  ],
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
  // Unified, without times.
  diff: [[/^(---|\+\+\+) (.+)\t\d{4}-.*$/gm, "$1 $2"]],
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
  mountpoint: { 32: 1 },
  nice: { 125: 1 },
  sed: { 2: 1 },
  env: { 125: 1 },
  nohup: { 125: 127 },
  timeout: { 124: 143, 125: 1 },
};

/** What is said alike by all of them. */
const COMMON: readonly Rule[] = [
  [/^(\w+): (?:cannot open )?''(?: for reading)?: (.+)$/, "$1: : $2"],
  [/^(\w+): invalid (?:number|line|starting|tab|wrap)[^:]*: ['‘](.*?)['’](?:: .*)?$/, "$1: invalid number '$2'"],
  [/^(\w+): failed to open '(.*)' for reading: (.+)$/, "$1: $2: $3"],
  [/^(\w+): (.+): read error: Invalid argument$/, "$1: $2: Is a directory"],
];

/** The page of usage: what the applet is called with. */
export const busyboxPage = (name: string): string => {
  const usage = BUSYBOX_USAGES[name];
  return `BusyBox v1.36.1 multi-call binary.\n\n${usage === undefined ? "No help available" : `Usage: ${usage}`}\n`;
};

/** Command lines that do with GNU's tool what BusyBox's applet does with the words given. */
const ARGUMENTS: Readonly<Record<string, (words: readonly string[]) => readonly string[]>> = {
  ...Object.fromEntries([...WITHOUT_OPTIONS].map((name) => [name, (words: readonly string[]) => ["--", ...words]])),
  diff: (words) => (words.some((word) => /^-[a-zA-Z]*U/.test(word)) ? words : ["-u", ...words]),
  // What is not there has no path.
  readlink: (words) => words.map((word) => (/^-[a-z]*f[a-z]*$/.test(word) ? word.replace("f", "e") : word)),
  realpath: (words) => ["-e", "--", ...words],
};
/** Complaints that no page follows. */
const WITHOUT_PAGE = /^\w+: (?:invalid number|expected a list|unknown signal|syntax error|too few arguments)/;
/** Applets that have the page for an empty command line, whatever they say of others. */
const PAGE_FOR_NOTHING: Readonly<Record<string, number>> = {
  ...{ awk: 1, basename: 1, blockdev: 1, cmp: 1, egrep: 2, fgrep: 2, grep: 2, ip: 1, mknod: 1, nc: 1, pgrep: 1 },
  ...{ pkill: 1, sed: 1, seq: 1, tar: 1, tr: 1, truncate: 1, touch: 1 },
};
/** Applets that have nothing but the page for a wrong option. */
const PAGE_FOR_OPTIONS = new Set(["blockdev", "dd", "factor", "free", "ip", "nice", "whoami"]);

/** What GNU's tools say of a command line that BusyBox has its page for. */
const PAGE_INSTEAD =
  /^\w+: (?:missing (?:file |destination file )?operand.*|missing URL|missing host.*|unknown object .*|cannot print .*|.* is not a valid positive integer|you must specify either '--size' or '--reference'|extra operand .*)$/;

function reworded(
  name: string,
  program: Program,
  own: readonly Rule[],
  told: readonly Rule[],
  status: Readonly<Record<number, number>>,
): Program {
  return async (process) => {
    const words = process.argv.slice(1);
    if (words.length === 1 && words[0] === "--help") {
      await process.stderr.write(busyboxPage(name));
      return 0;
    }
    if (words.length === 0 && PAGE_FOR_NOTHING[name] !== undefined) {
      await process.stderr.write(busyboxPage(name));
      return PAGE_FOR_NOTHING[name] ?? 1;
    }
    const misuse = busyboxMisuse(name, words);
    if (misuse !== undefined) {
      const complaint = misuse.message === undefined ? "" : `${name}: ${misuse.message}\n`;
      await process.stderr.write(complaint + busyboxPage(name));
      return misuse.status;
    }
    const decoder = new TextDecoder();
    let paged = "by its pointer" as "never" | "due" | "by its pointer";
    const say = (line: string) => {
      const plain = line.replace(/[‘’]/g, "'");
      if (/^Try ['`].* --help' for more information\.$/.test(plain))
        return paged === "never" ? undefined : busyboxPage(name).trimEnd();
      if (PAGE_INSTEAD.test(plain) && name !== "expr") {
        if (!plain.includes("operand")) paged = "due";
        return undefined;
      }
      if (PAGE_FOR_OPTIONS.has(name) && /^\w+: (?:invalid|unrecognized) option/.test(plain)) return undefined;
      const rule = [...own, ...COMMON].find(([pattern]) => plain.search(pattern) !== -1);
      const said = rule === undefined ? plain : plain.replace(rule[0], rule[1]);
      if (WITHOUT_PAGE.test(said)) paged = "never";
      return said;
    };
    const { stderr } = process;
    const writer: ByteWriter = {
      write: (data) =>
        stderr.write(
          (typeof data === "string" ? data : decoder.decode(data, { stream: true }))
            .split("\n")
            .map(say)
            .filter((line) => line !== undefined)
            .join("\n"),
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
        if (key === "argv") return [process.argv[0] ?? name, ...(ARGUMENTS[name]?.(words) ?? words)];
        if (key === "stdout" && told.length > 0) return output;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    const code = await program(spoken as Process);
    if (paged === "due" && ["id", "factor"].includes(name)) await stderr.write(busyboxPage(name));
    return status[code] ?? code;
  };
}

/** Entries "busybox/cat" and so on for the tools that have words of their own there. */
export function busyboxWords(tools: Readonly<Record<string, Program>>): Record<string, Program> {
  const boxed: Record<string, Program> = {};
  for (const name of new Set([
    ...Object.keys(rules),
    ...Object.keys(BUSYBOX_OPTIONS),
    ...Object.keys(BUSYBOX_USAGES),
    ...WITHOUT_OPTIONS,
  ])) {
    const program = tools[name];
    if (program !== undefined)
      boxed[`busybox/${name}`] = reworded(name, program, rules[name] ?? [], outputs[name] ?? [], statuses[name] ?? {});
  }
  return boxed;
}
