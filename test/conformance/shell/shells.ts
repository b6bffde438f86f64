/** One script in a shell of ours, or in the host's: what it writes, and how it ends. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
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
export const ROOM = "/tmp/room";
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

const HOST: Record<ShellName, readonly [file: string, argv0: string, ...args: string[]]> = {
  bash: ["/bin/bash", "bash", "-c"],
  ash: ["/bin/busybox", "busybox", "sh", "-c"],
  dash: ["/bin/dash", "sh", "-c"],
};

/** BusyBox's applets come first for its own shell, as in an image that has nothing else. */
function pathOf(shell: ShellName): string {
  if (shell !== "ash") return PATH;
  if (applets === undefined) {
    applets = mkdtempSync(join(tmpdir(), "applets-"));
    spawnSync("/bin/busybox", ["--install", "-s", applets]);
    const made = applets;
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
  }
  return applets;
}
let applets: string | undefined;

/** The host's shell. Give it only scripts that harm nothing. */
export function hosts(shell: ShellName, script: string): Answer {
  rmSync(ROOM, { recursive: true, force: true });
  mkdirSync(ROOM, { recursive: true });
  const [file, argv0, ...args] = HOST[shell];
  const host = spawnSync(file, [...args, script], {
    argv0,
    cwd: ROOM,
    env: { PATH: pathOf(shell), HOME: "/root", LC_ALL: "C.UTF-8" } as unknown as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: HOST_LIMIT_MS,
    killSignal: "SIGKILL",
    maxBuffer: 4 << 20,
  });
  return {
    stdout: host.stdout.toString(),
    stderr: host.stderr.toString(),
    exitCode: host.status ?? (host.error !== undefined ? -1 : 128 + signalNumber(host.signal)),
  };
}

const signalNumber = (name: NodeJS.Signals | null): number => (name === null ? 0 : constants.signals[name]);
