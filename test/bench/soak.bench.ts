/**
 * A full worker: 300 sandboxes with a terminal each on one thread, whose people work through a lesson; then 20 of them
 * are hostile for five minutes. What do the others feel? Times are those of a machine that is this worker's alone; what
 * they were beside other work is said too. `SOAK_SECONDS` is for those who cannot wait.
 */
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { embeddedSandboxes } from "../../lib/sandbox/embedded/index.node.ts";
import type { SandboxId } from "../../lib/sandbox/types.ts";
import { report, residentMb } from "./measure.ts";
import { figures, Learner, torment } from "./soak-learners.ts";

const SANDBOXES = Number(process.env["SOAK_LEARNERS"] ?? 300);
const HOSTILE = 20;
const SECONDS = Number(process.env["SOAK_SECONDS"] ?? 300);
const LESSON = "content/stateful/05-operations/03-partitioned-rollouts";

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

// As in a worker: told, and survived.
let unhandled = 0;
process.on("unhandledRejection", (reason) => {
  unhandled++;
  console.error("unhandled rejection:", reason);
});
const provider = embeddedSandboxes({ onBug: (where, error) => console.error(`bug in ${where}:`, error) });
const before = residentMb();
const booting = performance.now();
const spec = {
  files: { "web.yaml": readFileSync(`${LESSON}/files/web.yaml`, "utf8") },
  setup: readFileSync(`${LESSON}/setup.yaml`, "utf8"),
};
const learners: Learner[] = [];
for (let seed = 0; seed < SANDBOXES; seed++)
  learners.push(await Learner.at(await provider.create(`soak-${seed}` as SandboxId, { ...spec, seed }), seed));
report(`${SANDBOXES} sandboxes of a lesson with a terminal, ready`, (performance.now() - booting) / 1000, "s");
await new Promise((resolve) => setTimeout(resolve, 1000));
report("memory of each", (residentMb() - before) / SANDBOXES, "MB");

async function measure(title: string, seconds: number, hostile: number): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const end = performance.now() + seconds * 1000;
  const felt = figures();
  const processor = process.cpuUsage();
  delay.enable();
  await Promise.all([
    ...learners.slice(0, hostile).map(({ terminal }, index) => torment(terminal, index, end)),
    ...learners.slice(hostile).map((learner) => learner.work(end, felt)),
  ]);
  delay.disable();
  const { user, system } = process.cpuUsage(processor);
  report(`${title}: keys typed`, felt.echoes.length, "");
  report(`${title}: keystroke to echo, p50`, percentile(felt.echoes, 0.5), "ms");
  report(`${title}: keystroke to echo, p99`, percentile(felt.echoes, 0.99), "ms", "<= 30");
  report(`${title}: keystroke to echo beside other work, p99`, percentile(felt.walls, 0.99), "ms");
  report(`${title}: commands`, felt.commands, "");
  report(`${title}: command, p50`, percentile(felt.answers, 0.5), "ms");
  report(`${title}: command, p99`, percentile(felt.answers, 0.99), "ms", "<= 300");
  report(`${title}: event loop delay, p99`, delay.percentile(99) / 1e6, "ms", "<= 50");
  report(`${title}: event loop delay, longest`, delay.max / 1e6, "ms");
  report(`${title}: lost`, felt.lost, "");
  report(`${title}: unhandled rejections`, unhandled, "");
  report(`${title}: processor`, (user + system) / 10_000 / seconds, "% of a core");
  report(`${title}: resident`, residentMb(), "MB");
}

await measure("peaceful", Math.min(SECONDS, 60), 0);
await measure(`${HOSTILE} hostile`, SECONDS, HOSTILE);
process.exit(0);
