/**
 * A full worker: 300 sandboxes with a terminal each on one thread, 20 of them hostile. What do the others feel? Times
 * are those of a machine that is this worker's alone; what they were beside other work is said too.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { embeddedSandboxes } from "../../lib/sandbox/embedded/index.node.ts";
import type { Sandbox, SandboxId, Terminal } from "../../lib/sandbox/types.ts";
import { report, residentMb, undisturbedMs } from "./measure.ts";

const SANDBOXES = 300;
const MEASURE_MS = 20_000;
const KEYSTROKE_EVERY_MS = 15;
const COMMAND_EVERY_MS = 250;
/** What a person gives up on; counted, and reported as lost. */
const LOST_AFTER_MS = 5_000;

const HOSTILE = [
  "bomb() { bomb | bomb & }; bomb",
  "while :; do :; done",
  "yes",
  `x=$(printf 'a%.0s' {1..20000}); while :; do [[ $x =~ (a*)*(a*)*b ]]; done`,
  "while :; do printf 'a%.0s' {1..20000} | grep -E '(a|aa)+$' | sed -E 's/(a*)*b//'; done",
  "yes | sort | wc -l",
  "while :; do ls -R / > /dev/null; done",
  "while :; do kubectl get pods -A -o yaml > /dev/null; done",
  "f() { f; }; while :; do f; done",
  'x=a; while :; do x="$x$x"; done',
] as const;

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Resolves with the time at which `expected` appeared; undefined where it did not. */
function appears(terminal: Terminal, expected: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const decoder = new TextDecoder();
    let seen = "";
    let live = false;
    const end = (at: number | undefined) => {
      clearTimeout(timer);
      detach();
      resolve(at);
    };
    const timer = setTimeout(() => end(undefined), LOST_AFTER_MS);
    const detach = terminal.attach(0, ({ data }) => {
      // What attaching replays is the past.
      if (!live) return;
      seen += decoder.decode(data, { stream: true });
      if (seen.includes(expected)) end(undisturbedMs());
    });
    live = true;
  });
}

const provider = embeddedSandboxes({ onBug: (where, error) => console.error(`bug in ${where}:`, error) });
const before = residentMb();
const booting = performance.now();
const all: { readonly sandbox: Sandbox; readonly terminal: Terminal }[] = [];
for (let index = 0; index < SANDBOXES; index++) {
  const sandbox = await provider.create(`soak-${index}` as SandboxId, { files: {}, seed: index, latencies: "none" });
  all.push({ sandbox, terminal: await sandbox.openTerminal({ columns: 80, rows: 24 }) });
}
report(`${SANDBOXES} sandboxes with a terminal, ready`, (performance.now() - booting) / 1000, "s");
await pause(1000);
report("memory of each", (residentMb() - before) / SANDBOXES, "MB");

const hostileCount = 2 * HOSTILE.length;
const hostile = all.slice(0, hostileCount);
const typing = all.slice(hostileCount, 220);
const asking = all.slice(220);

async function measure(title: string): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const echoes: number[] = [];
  const answers: number[] = [];
  const running: Promise<void>[] = [];
  let lost = 0;
  const began = undisturbedMs();
  const walls: number[] = [];
  const repeat = async (every: number, body: (turn: number, due: number) => Promise<void>) => {
    for (let turn = 0; turn * every < MEASURE_MS; turn++) {
      const due = began + turn * every;
      // Late ones go at once: what arrived on many sockets meanwhile is read in one turn.
      const early = due - undisturbedMs();
      if (early > 0) await pause(early);
      running.push(body(turn, due));
    }
  };
  await Promise.all([
    repeat(KEYSTROKE_EVERY_MS, async (turn, due) => {
      const { terminal } = typing[turn % typing.length] as (typeof typing)[number];
      const letter = String.fromCharCode(97 + (turn % 26));
      const sent = undisturbedMs();
      const wall = performance.now();
      const echoed = appears(terminal, letter);
      terminal.input(letter);
      const at = await echoed;
      if (at === undefined) lost++;
      else {
        echoes.push(at - Math.min(due, sent));
        walls.push(performance.now() - wall + Math.max(0, sent - due));
      }
    }),
    repeat(COMMAND_EVERY_MS, async (turn, due) => {
      const { terminal } = asking[turn % asking.length] as (typeof asking)[number];
      const sent = undisturbedMs();
      const answered = appears(terminal, "answer-42");
      terminal.type("kubectl get pods; echo answer-$((40+2))");
      const at = await answered;
      if (at === undefined) lost++;
      else answers.push(at - Math.min(due, sent));
    }),
  ]);
  await Promise.all(running);
  delay.disable();
  report(`${title}: keystroke to echo, p50`, percentile(echoes, 0.5), "ms");
  report(`${title}: keystroke to echo, p99`, percentile(echoes, 0.99), "ms", "<= 30");
  report(`${title}: keystroke to echo beside other work, p99`, percentile(walls, 0.99), "ms");
  report(`${title}: kubectl get pods, p50`, percentile(answers, 0.5), "ms");
  report(`${title}: kubectl get pods, p99`, percentile(answers, 0.99), "ms", "<= 300");
  report(`${title}: event loop delay, p99`, delay.percentile(99) / 1e6, "ms", "<= 30");
  report(`${title}: event loop delay, longest`, delay.max / 1e6, "ms");
  report(`${title}: lost`, lost, "");
  report(`${title}: resident`, residentMb(), "MB");
}

await measure("peaceful");
for (const [index, { terminal }] of hostile.entries()) terminal.type(HOSTILE[index % HOSTILE.length] as string);
await pause(2000);
await measure(`${hostileCount} hostile`);
process.exit(0);
