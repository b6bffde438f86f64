/** One script in a shell of ours, or in the host's: what it writes, and how it ends. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { virtualClock } from "../../../lib/clock/index.ts";
import { baseRoots } from "../../../lib/images/base/roots.ts";
import { directory, memoryFileSystem, merged, type Program } from "../../../lib/machine/index.ts";
import { shellPrograms } from "../../../lib/machine/shell/index.ts";
import { testMachine } from "../../../lib/machine/testing.test-helper.ts";
import { toolPrograms } from "../../../lib/machine/tools/index.ts";

export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  /** -1: it did not end. */
  readonly exitCode: number;
}

/** The shells of the tables; an image of the same kind gives ours its tools. */
export type ShellName = "bash" | "ash" | "dash";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** Where scripts run: empty when each starts. */
const ROOM = "/tmp/room";
const LIMIT_MS = 60_000;
const HOST_LIMIT_MS = 10_000;

const programs = new Map<string, Program>([...toolPrograms, ...shellPrograms]);
const { debian, busybox } = baseRoots(programs);
const room = directory({ "tmp/room": directory() });
const ROOTS = { bash: merged(debian, room), dash: merged(debian, room), ash: merged(busybox, room) };
const OUR_NAME: Record<ShellName, string> = { bash: "bash", ash: "sh", dash: "sh" };

export async function ours(shell: ShellName, script: string): Promise<Answer> {
  const clock = virtualClock();
  const root = memoryFileSystem({ clock, tree: ROOTS[shell], source: "overlay", fileSystemType: "overlay" });
  const box = testMachine(Object.fromEntries(programs), { clock, root });
  const { child, output, errors } = box.run([OUR_NAME[shell], "-c", script], {
    cwd: ROOM,
    stdin: {
      read: async () => null,
      close: () => undefined,
      async *[Symbol.asyncIterator]() {},
    },
    env: { HOME: "/root", PATH, LC_ALL: "C.UTF-8" },
  });
  let code: number | undefined;
  void child.exited.then((status) => {
    code = status.code;
  });
  await clock.runUntil(() => code !== undefined, LIMIT_MS);
  box.machine.shutDown();
  return { stdout: output(), stderr: errors(), exitCode: code ?? -1 };
}

const CONFINED = readFileSync(join(process.cwd(), "test/conformance/shell/confined.sh"), "utf8");

/** The host's shell, confined: the script may be a random one. */
export function hosts(shell: ShellName, script: string): Answer {
  const started = performance.now();
  const host = spawnSync("/bin/bash", ["-c", CONFINED, "confined", shell, script], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: HOST_LIMIT_MS + 5_000,
    killSignal: "SIGKILL",
    maxBuffer: 4 << 20,
  });
  const ended = host.error === undefined && performance.now() - started < HOST_LIMIT_MS;
  return {
    stdout: host.stdout.toString(),
    stderr: host.stderr.toString(),
    exitCode: ended ? (host.status ?? 128 + signalNumber(host.signal)) : -1,
  };
}

const signalNumber = (name: NodeJS.Signals | null): number => (name === null ? 0 : constants.signals[name]);
