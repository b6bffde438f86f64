/**
 * The longest time each tool and shell construct keeps the event loop from turning, on input of hostile size: nothing
 * may take longer than 50 ms. `STRETCHES=sort,jq` runs those whose line holds one of the words; `STRETCHES_PROFILE=1`
 * says what ran in the longest stretches. Processor time of the main thread where the host tells it, so that a busy
 * machine does not count. `STRETCHES_SCRIPT='...'` measures that script alone.
 */
import { realClock } from "../../lib/clock/index.ts";
import { directory, memoryFileSystem, merged, standardRootTree } from "../../lib/machine/index.ts";
import { createShellPrograms } from "../../lib/machine/shell/index.ts";
import { testMachine } from "../../lib/machine/testing.test-helper.ts";
import { toolPrograms } from "../../lib/machine/tools/index.ts";
import type { SandboxId } from "../../lib/sandbox/types.ts";
import { HOSTILE_FILES, HOSTILE_KEYS, HOSTILE_KUBECTL, HOSTILE_SCRIPTS } from "./stretches-scripts.ts";
import { Profile, Turns } from "./turns.ts";

const ACCEPTED_MS = 50;
/** A script that takes longer is stopped: what it does in this time is what it does. */
const MOST_MS = 5_000;

const profile = process.env["STRETCHES_PROFILE"] === undefined ? undefined : new Profile();

const names = [...toolPrograms.keys()].filter((name) => !name.includes("/"));
const TREE = merged(standardRootTree([...names, "bash", "sh", "ash"]), directory(HOSTILE_FILES));
const programs = Object.fromEntries([...toolPrograms, ...createShellPrograms()]);

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
  const sink = { write: async () => undefined, close: () => undefined };
  const options = { cwd: "/work", env: { PATH: "/usr/bin", HOME: "/work", TERM: "xterm-256color", LANG: "C.UTF-8" } };
  const tty = keys === undefined ? undefined : machine.createTty({ columns: 80, rows: 24 });
  const child = machine.spawn({
    ...options,
    argv: ["bash", "-c", script],
    ...(tty === undefined ? { stdout: sink, stderr: sink } : { tty }),
  });
  const timer = setTimeout(() => {
    for (const { pid } of machine.processes()) machine.kill(pid, "SIGKILL");
  }, MOST_MS);
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  for (const key of keys ?? []) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    if (!ended) tty?.input(key);
  }
  await child.exited;
  clearTimeout(timer);
  await turns.end();
  machine.shutDown();
  clock.close();
  const said = profile?.stop(turns);
  const ran = said === undefined || turns.worst <= 20 ? "" : `\n          ${said}`;
  const mark = turns.worst > ACCEPTED_MS ? "!" : " ";
  const shown = script.length > 110 ? `${script.slice(0, 107)}...` : script;
  console.log(`${turns.worst.toFixed(0).padStart(6)}${mark} ${shown}${ran}`);
  results.push(turns.worst);
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
    const { stdout, stderr, timedOut } = await sandbox.run(script, { timeoutMs: 60_000 });
    await turns.end();
    const spent = profile?.stop(turns);
    const ran = spent === undefined || turns.worst <= 20 ? "" : `\n          ${spent}`;
    const said = (stderr || stdout).trim().split("\n").at(-1)?.slice(0, 50);
    const shown = script.length > 90 ? `${script.slice(0, 87)}...` : script;
    const mark = turns.worst > ACCEPTED_MS ? "!" : " ";
    console.log(`${turns.worst.toFixed(0).padStart(6)}${mark} ${shown}  (${timedOut ? "stopped" : said})${ran}`);
    results.push(turns.worst);
  }
}
const over = results.filter((worst) => worst > ACCEPTED_MS).length;
console.log(`${results.length} scripts, ${over} over ${ACCEPTED_MS} ms, longest ${Math.max(...results).toFixed(0)} ms`);
process.exit(0);
