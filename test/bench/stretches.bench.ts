/**
 * The longest time each tool and shell construct keeps the event loop from turning, on input of hostile size: nothing
 * may take longer than 50 ms. What each answers is compared with `stretches-answers.json`, so that a line that is
 * refused does not look quick. `STRETCHES=sort,jq` runs those whose line holds one of the words; `STRETCHES_PROFILE=1`
 * says what ran in the longest stretches; `STRETCHES_RECORD=1` writes the answers of what ran (read the difference
 * before it is committed). Processor time of the main thread where the host tells it, so that a busy machine does not
 * count. `STRETCHES_SCRIPT='...'` measures that script alone.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { realClock } from "../../lib/clock/index.ts";
import { directory, memoryFileSystem, merged, standardRootTree } from "../../lib/machine/index.ts";
import { createShellPrograms } from "../../lib/machine/shell/index.ts";
import { testMachine } from "../../lib/machine/testing.test-helper.ts";
import { toolPrograms } from "../../lib/machine/tools/index.ts";
import type { SandboxId } from "../../lib/sandbox/types.ts";
import { threadCpuMs } from "./measure.ts";
import { HOSTILE_FILES, HOSTILE_KEYS, HOSTILE_KUBECTL, HOSTILE_SCRIPTS } from "./stretches-scripts.ts";
import { Profile, Turns } from "./turns.ts";

const ACCEPTED_MS = 50;
/** A script that takes more of the processor is stopped: what it does in this time is what it does. */
const MOST_MS = 5_000;

const profile = process.env["STRETCHES_PROFILE"] === undefined ? undefined : new Profile();

const names = [...toolPrograms.keys()].filter((name) => !name.includes("/"));
const TREE = merged(standardRootTree([...names, "bash", "sh", "ash"]), directory(HOSTILE_FILES));
const programs = Object.fromEntries([...toolPrograms, ...createShellPrograms()]);

/** A script that was stopped has worked hard, and its answer is its own affair. */
const STOPPED = "stopped";

function killLater(kill: () => void): { readonly stopped: boolean; clear(): void } {
  const started = threadCpuMs();
  const state = { stopped: false, clear: () => clearInterval(timer) };
  const timer = setInterval(() => {
    if (threadCpuMs() - started < MOST_MS) return;
    state.stopped = true;
    kill();
  }, 100);
  return state;
}

/** The end of a long text. */
class Tail {
  readonly #decoder = new TextDecoder();
  #text = "";
  #length = 0;
  write = async (chunk: Uint8Array): Promise<undefined> => {
    this.#length += chunk.length;
    this.#text = (this.#text + this.#decoder.decode(chunk, { stream: true })).slice(-2000);
  };
  close = () => undefined;
  get said(): string {
    return `${this.#length > 2000 ? "..." : ""}${this.#text}`;
  }
}

async function measure(script: string, keys?: readonly string[]): Promise<void> {
  const clock = realClock();
  const { machine } = testMachine(programs, {
    clock: clock as never,
    root: memoryFileSystem({ clock, tree: TREE, capacityBytes: 96 << 20 }),
    limits: { processes: 64, memoryBytes: 256 << 20 },
  });
  globalThis.gc?.();
  profile?.start();
  const turns = new Turns();
  const stdout = new Tail();
  const stderr = new Tail();
  const options = { cwd: "/work", env: { PATH: "/usr/bin", HOME: "/work", TERM: "xterm-256color", LANG: "C.UTF-8" } };
  const tty = keys === undefined ? undefined : machine.createTty({ columns: 80, rows: 24 });
  const screen = new Tail();
  tty?.onOutput((data) => void screen.write(data));
  const child = machine.spawn({
    ...options,
    argv: ["bash", "-c", script],
    ...(tty === undefined ? { stdout, stderr } : { tty }),
  });
  const limit = killLater(() => {
    for (const { pid } of machine.processes()) machine.kill(pid, "SIGKILL");
  });
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  for (const key of keys ?? []) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    if (!ended) tty?.input(key);
  }
  const { code: status } = await child.exited;
  limit.clear();
  await turns.end();
  machine.shutDown();
  clock.close();
  const said = profile?.stop(turns);
  const ran = said === undefined || turns.worst <= 20 ? "" : `\n          ${said}`;
  const answer =
    keys === undefined ? answered(status, stdout.said, stderr.said) : { status, shown: screen.said.length >= 2000 };
  conclude(
    keys === undefined ? script : `${script} <- ${JSON.stringify(keys)}`,
    turns.worst,
    limit.stopped ? STOPPED : answer,
    ran,
  );
}

type Answer = { readonly status: number; readonly out?: string; readonly err?: string; readonly shown?: boolean };
const ANSWERS = join(root(), "test/bench/stretches-answers.json");
const answers: Record<string, Answer | typeof STOPPED> = existsSync(ANSWERS)
  ? JSON.parse(readFileSync(ANSWERS, "utf8"))
  : {};
const recording = process.env["STRETCHES_RECORD"] !== undefined;
let wrong = 0;

/** The package's folder: the bench runs bundled, from dist. */
function root(): string {
  return process.cwd();
}

/** What differs from one run to the next. */
const masked = (text: string) =>
  text.replace(/\bpid \d+|\(\d{2,}\)|\bline \d+:(?= \d+)/g, "#").replace(/\d{2}:\d{2}:\d{2}(\.\d+)?/g, "#");

function answered(status: number, out: string, err: string): Answer {
  const end = (text: string, most: number) => masked(text.trimEnd().slice(-most));
  return { status, ...(out === "" ? {} : { out: end(out, 100) }), ...(err === "" ? {} : { err: end(err, 300) }) };
}

function conclude(script: string, worst: number, answer: Answer | typeof STOPPED, ran: string): void {
  const expected = answers[script];
  const agrees =
    expected === undefined
      ? recording
      : expected === STOPPED ||
        answer === STOPPED ||
        JSON.stringify(expected) === JSON.stringify(answer) ||
        expected.out === "*";
  if (recording && !(expected !== undefined && expected !== STOPPED && expected.out === "*")) answers[script] = answer;
  else if (!agrees) wrong++;
  const shown = script.length > 110 ? `${script.slice(0, 107)}...` : script;
  const slow = worst > ACCEPTED_MS ? "!" : " ";
  const word = answer === STOPPED ? "  (stopped)" : "";
  const complaint =
    agrees || recording ? "" : `\n       ? ${JSON.stringify(answer)}\n         instead of ${JSON.stringify(expected)}`;
  console.log(`${worst.toFixed(0).padStart(6)}${slow} ${shown}${word}${ran}${complaint}`);
  results.push(worst);
}

const results: number[] = [];
const wanted = process.env["STRETCHES"]?.split(",");
const chosen = (script: string) => wanted === undefined || wanted.some((word) => script.includes(word));
console.log("longest stretch, processor ms");
const own = process.env["STRETCHES_SCRIPT"];
if (own !== undefined) {
  await measure(own);
  process.exit(0);
}
for (const script of HOSTILE_SCRIPTS) if (chosen(script)) await measure(script);
for (const [script, keys] of HOSTILE_KEYS) if (chosen(script)) await measure(script, keys);
const { embeddedSandboxes } = await import("../../lib/sandbox/embedded/index.node.ts");
if (HOSTILE_KUBECTL.some(chosen)) {
  const provider = embeddedSandboxes({ onBug: (where, error) => console.error(`bug in ${where}:`, error) });
  const sandbox = await provider.create("stretches" as SandboxId, { files: {}, seed: 1, latencies: "none" });
  for (const script of HOSTILE_KUBECTL) {
    globalThis.gc?.();
    profile?.start();
    const turns = new Turns();
    const { stdout, stderr, exitCode, timedOut } = await sandbox.run(script, { timeoutMs: 120_000 });
    await turns.end();
    const spent = profile?.stop(turns);
    const ran = spent === undefined || turns.worst <= 20 ? "" : `\n          ${spent}`;
    conclude(script, turns.worst, timedOut ? STOPPED : answered(exitCode, stdout, stderr), ran);
  }
}
const over = results.filter((worst) => worst > ACCEPTED_MS).length;
console.log(
  `${results.length} scripts, ${over} over ${ACCEPTED_MS} ms, longest ${Math.max(...results).toFixed(0)} ms, ${wrong} with another answer`,
);
if (recording) writeFileSync(ANSWERS, `${JSON.stringify(answers, undefined, 2)}\n`);
process.exit(wrong === 0 ? 0 : 1);
