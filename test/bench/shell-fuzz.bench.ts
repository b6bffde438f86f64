/**
 * Random shell programs, run by the host's shell and by ours: `npm run bench shell-fuzz -- [SEED] [COUNT] [bash|ash|dash]`.
 * Prints each program on which they differ (outputs, messages or status), made as small as it gets. In the seed's
 * place `FILE` has scripts one a line (`⏎` for a newline), as the tables have them: those are run as they stand.
 */
import { existsSync, readFileSync } from "node:fs";
import { type Answer, hosts, ours, type ShellName } from "../conformance/shell/shells.ts";
import { programOf } from "./shell-fuzz/programs.ts";

const [seedText, ...others] = process.argv.slice(2);
const isShell = (word: string): word is ShellName => word === "bash" || word === "ash" || word === "dash";
const shell = others.find(isShell) ?? "bash";
const seed = Number(seedText ?? Date.now() % 1_000_000);
const count = Number(others.find((word) => !isShell(word)) ?? 200);

/** Numbers of processes and moments differ from run to run. */
const steady = (text: string): string => text.replace(/(line \d+: )\s*\d+( \w)/g, "$1PID$2");

async function difference(script: string): Promise<readonly [Answer, Answer] | undefined> {
  const real = hosts(shell, script);
  // A listing of all variables is of this machine.
  if (real.exitCode === -1 || /^(?:BASH_VERSINFO=|PPID=')/m.test(real.stdout)) return undefined;
  running = script;
  let own: Answer;
  try {
    own = await ours(shell, script);
  } catch (error) {
    own = { stdout: "", stderr: `THROWN ${error instanceof Error ? error.stack : error}`, exitCode: -2 };
  }
  const same =
    own.exitCode === real.exitCode && own.stdout === real.stdout && steady(own.stderr) === steady(real.stderr);
  return same ? undefined : [real, own];
}

const MOST_ATTEMPTS = 120;

/** What kind of difference it is: making a program smaller must not lead to another. */
function kindOf([real, own]: readonly [Answer, Answer]): string {
  const lines = (text: string): readonly string[] =>
    text.split("\n").map((line) => line.replace(/`[^']*'|"[^"]*"|\([^)]*\)|\d+|\S*[^\w\s:]\S*(?=:)/g, ""));
  const ours = lines(own.stderr);
  const theirs = lines(real.stderr);
  const differs = (one: readonly string[], other: readonly string[]) =>
    one.find((line) => line !== "" && !other.includes(line)) ?? "";
  const keys = (["stdout", "stderr", "exitCode"] as const).filter((key) => real[key] !== own[key]);
  return [...keys, differs(theirs, ours), differs(ours, theirs)].join("|");
}

/** Takes parts away as long as the shells still differ. */
async function smallest(lines: readonly string[], kind: string): Promise<string> {
  const still = async (script: string): Promise<boolean> => {
    if (/^[-+]/.test(script)) return false;
    const found = await difference(script);
    return found !== undefined && kindOf(found) === kind;
  };
  let text = lines.join("\n");
  let attempts = 0;
  for (const separator of ["\n", "; ", " ", ""]) {
    let parts = text.split(separator);
    for (let size = Math.max(1, parts.length >> 1); size >= 1; size = size === 1 ? 0 : size >> 1) {
      for (let at = 0; at < parts.length && attempts < MOST_ATTEMPTS; ) {
        const fewer = parts.toSpliced(at, size);
        attempts++;
        if (fewer.length > 0 && (await still(fewer.join(separator)))) parts = fewer;
        else at += size;
      }
    }
    text = parts.join(separator);
  }
  return text;
}

function show(script: string, [real, own]: readonly [Answer, Answer]): void {
  console.log(`\n## ${script.replaceAll("\n", "⏎")}`);
  for (const key of ["stdout", "stderr", "exitCode"] as const) {
    if (real[key] === own[key]) continue;
    console.log(`  ${key} real ${JSON.stringify(real[key])}\n  ${key} ours ${JSON.stringify(own[key])}`);
  }
}

/** Of a run that hangs: kill -USR2 says what. */
let running = "";
process.on("SIGUSR2", () => console.error(running));

/** What comes and goes is no difference: the host does the same once more. */
function steadyHost(script: string, before: Answer): boolean {
  const again = hosts(shell, script);
  return (
    again.exitCode === before.exitCode &&
    again.stdout === before.stdout &&
    steady(again.stderr) === steady(before.stderr)
  );
}

/** Kinds of difference that were shown already. */
const seen = new Set<string>();
let differing = 0;
if (seedText !== undefined && existsSync(seedText)) {
  const lines = readFileSync(seedText, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("# "));
  for (const line of lines) {
    const script = line.replaceAll("⏎", "\n");
    const found = await difference(script);
    if (found === undefined) continue;
    differing++;
    show(script, found);
  }
  console.log(`\n${lines.length} scripts of ${shell}, ${differing} differ`);
  process.exit(0);
}
for (let i = 0; i < count; i++) {
  const lines = programOf(seed * 100_003 + i, shell === "bash");
  const first = await difference(lines.join("\n"));
  if (first === undefined || !steadyHost(lines.join("\n"), first[0])) continue;
  differing++;
  const kind = kindOf(first);
  if (seen.has(kind)) continue;
  seen.add(kind);
  const script = await smallest(lines, kind);
  const [real, own] = (await difference(script)) ?? first;
  show(script, [real, own]);
}
console.log(`\nseed ${seed}: ${count} programs of ${shell}, ${differing} differ`);
