/** Random shell input and tool command lines, and a machine to run them on: for the test and `npm run bench fuzz`. */
import fc from "fast-check";
import { type Clock, type VirtualClock, virtualClock } from "../clock/index.ts";
import { commands, directory, memoryFileSystem, merged, standardRootTree } from "./index.ts";
import { shellPrograms } from "./shell/index.ts";
import { testMachine } from "./testing.test-helper.ts";
import { toolPrograms } from "./tools/index.ts";

const programs = Object.fromEntries([...toolPrograms, ...shellPrograms]);
const names = Object.keys(programs).filter((name) => !name.includes("/"));

const TREE = merged(
  standardRootTree(names),
  directory({
    "work/a.txt": "alpha\nbeta 2\n\ngamma 3 x\n",
    "work/b.json": '{"a":[1,2,{"b":null}],"s":"text"}\n',
    "work/c.csv": "id,name\n1,one\n2,two\n",
    "work/d/e.yaml": "kind: Pod\nmetadata:\n  name: web-0\n",
    "work/long": `${"ab ".repeat(3000)}\n`,
    "work/lines": Array.from({ length: 500 }, (_, i) => `${i * 37} line ${i}\n`).join(""),
  }),
);

/** Tools that only busybox has like this stand in /usr/bin/busybox here, under their last names. */
const ONLY_BUSYBOX = commands(Object.keys(programs).filter((name) => /^busybox[^/]*\/n?[cw]/.test(name)));

/** The tree of a fuzzed machine with more files. */
export const treeWith = (files: Readonly<Record<string, string>>) =>
  merged(TREE, directory({ ...files, "usr/bin/busybox": directory(ONLY_BUSYBOX) }));

/** Tools that wait for somebody, or for time to pass, are of no use here. */
const QUIET = new Set([
  "bash",
  "sh",
  "ash",
  "busybox/ash",
  "nc",
  "ping",
  "wget",
  "curl",
  "tail",
  "top",
  "watch",
  "vi",
  "vim",
  "nano",
  "less",
  "more",
]);
const TOOLS = names.filter((name) => !QUIET.has(name) && !name.includes("shell"));

const PATHS = [
  "a.txt",
  "b.json",
  "c.csv",
  "d",
  "d/e.yaml",
  "long",
  "lines",
  ".",
  "nofile",
  "-",
  "/",
  "/dev/null",
  "/proc",
  "new",
];
const VALUES = [
  "1",
  "0",
  "-1",
  "2,3",
  "x",
  "",
  "%d %s",
  "s/a/b/g",
  "s/\\(a*\\)*b/x/",
  "$!N;P;D",
  ":a;s/x/y/;ta",
  "(a|b)*c",
  "[a-z",
  "{print $1}",
  "{a[$1]++} END{for(k in a)print k}",
  "BEGIN{while(i++<1e4)s=s i}",
  ".",
  "..|numbers",
  "[range(1e4)]|add",
  ".a[",
  "def f: f; f",
  "1e9",
  "9999999999",
  "+3",
  "a-z",
  "/",
  "\\n",
  "--help",
  "u+x",
  "777",
  "'",
  '"',
  "\u00e9\u4e2d",
  "\\",
  "*",
];
const FLAGS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".split("");

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const word = fc.oneof(
  fc.constantFrom(...PATHS).map(quoted),
  fc.constantFrom(...VALUES).map(quoted),
  fc.constantFrom(...FLAGS).map((flag) => `-${flag}`),
  fc.tuple(fc.constantFrom(...FLAGS), fc.constantFrom(...VALUES)).map(([flag, value]) => `-${flag} ${quoted(value)}`),
);

/** One tool with random words. */
export const toolCommand = fc
  .tuple(fc.constantFrom(...TOOLS), fc.array(word, { maxLength: 4 }))
  .map(([tool, words]) => [quoted(tool), ...words].join(" "));

const PIECES = [
  "echo", "a", "$x", "${x:-y}", "${x//a/b}", "${#x}", "${x:1:2}", "${x^^}", "${x@Q}", "${!x}", "$(echo a)", "`echo b`", "$((1+2))", "$((x++))", "((x=3))", "[[ a == a* ]]", "[[ $x =~ (a|b)*c ]]", "[ 1 -lt 2 ]", "if", "then", "else", "fi", "while", "do", "done", "for i in 1 2 3", "for ((i=0;i<3;i++))", "case $x in", "a)", ";;", "esac", "{", "}", "(", ")", "f() {", "return 2", "break", "continue", "|", "||", "&&", ";", "&", "\n", ">o", "<a.txt", "2>&1", "<<<x", "<<E\nx\nE\n", ">&9", "x=1", "x+=2", "a=(1 2 3)", "${a[@]}", "${a[1]}", "declare -A m", "m[k]=v", "local y", "read z", "set -e", "set -u", "set -o pipefail", "trap 'echo t' EXIT", "exit 3", "wait", "jobs", "fg", "kill %1", "eval 'x=2'", "source a.txt", "printf '%s\\n'", "{1..5}", "{a,b}{c,d}", "*", "?", "[a-c]*", "~", "!", "'", '"', "\\", "#", "$", "`", "$(", "${", "$((", "<(echo p)", "coproc", "select s in 1 2", "time", "exec 3<a.txt", "shift", "unset x", "alias q=ls", "true", "false", ":", "sed s/a/b/ a.txt", "awk '{print}' a.txt", "sort lines", "jq . b.json", "head -n 1", "wc -l", "xargs echo", "seq 5", "yes", "sleep 1",
]; // biome-ignore format: a table

/** Shell words in an order that no grammar gives. */
export const shellInput = fc
  .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 14 })
  .map((pieces) => pieces.join(" "));

interface FuzzResult {
  readonly errors: string;
  readonly code: number | undefined;
  /** Units of work it paid for. */
  readonly units: number;
}

const LIMIT_MS = 2_000;
const MAX_KEPT = 100_000;

/** The beginning of what is written. */
class Kept {
  text = "";
  async write(data: Uint8Array | string): Promise<void> {
    if (this.text.length < MAX_KEPT) this.text += typeof data === "string" ? data : new TextDecoder().decode(data);
  }
  close(): void {}
}

/** A machine with a learner's limits, or less. */
export function fuzzMachine(
  clock: Clock,
  stderr: { write(data: Uint8Array | string): Promise<void>; close(): void } = new Kept(),
  tree = TREE,
) {
  const { run, machine } = testMachine(programs, {
    clock: clock as VirtualClock,
    root: memoryFileSystem({ clock, tree, capacityBytes: 16 << 20 }),
    limits: { processes: 24, memoryBytes: 64 << 20 },
  });
  return {
    machine,
    run: (script: string) =>
      run(["bash", "-c", script], {
        cwd: "/work",
        stdout: { write: async () => undefined, close: () => undefined },
        stderr,
        env: { PATH: "/usr/bin", HOME: "/work" },
      }),
  };
}

/** Runs a script for some seconds of a virtual clock. */
export async function runFuzz(script: string, tree = TREE): Promise<FuzzResult> {
  const clock = virtualClock();
  const errors = new Kept();
  const { run, machine } = fuzzMachine(clock, errors, tree);
  const { child } = run(script);
  let code: number | undefined;
  void child.exited.then((status) => {
    code = status.code;
  });
  await clock.runUntil(() => code !== undefined, LIMIT_MS);
  if (code === undefined) for (const { pid } of machine.processes()) machine.kill(pid, "SIGKILL");
  const units = machine.usage().cpuMs * 1000;
  machine.shutDown();
  return { errors: errors.text, code, units };
}

/** Types at a full screen, and runs it for some seconds of a virtual clock. */
export async function runKeys(script: string, keys: readonly string[], tree = TREE): Promise<FuzzResult> {
  const clock = virtualClock();
  const { machine } = fuzzMachine(clock, undefined, tree);
  const tty = machine.createTty({ columns: 80, rows: 24 });
  const screen = new Kept();
  tty.onOutput((data) => void screen.write(data));
  const env = { PATH: "/usr/bin", HOME: "/work", TERM: "xterm-256color" };
  const child = machine.spawn({ argv: ["bash", "-c", script], cwd: "/work", env, tty });
  let code: number | undefined;
  void child.exited.then((status) => {
    code = status.code;
  });
  for (const key of keys) {
    await clock.advance(300);
    if (code === undefined) tty.input(key);
  }
  await clock.runUntil(() => code !== undefined, LIMIT_MS);
  const units = machine.usage().cpuMs * 1000;
  machine.shutDown();
  return { errors: screen.text, code, units };
}

/** What no input may lead to: a fault of ours instead of an answer of Unix. */
export const FAULT =
  /internal error|is not a function|Cannot read propert|undefined \(reading|\[object |Segmentation fault/;
