/** One-line scripts, and what BusyBox's ash and applets print for them: recorded from the real one. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../lib/clock/index.ts";
import { baseRoots } from "../../lib/images/base/roots.ts";
import { memoryFileSystem } from "../../lib/machine/index.ts";
import { shellPrograms } from "../../lib/machine/shell/index.ts";
import { testMachine } from "../../lib/machine/testing.test-helper.ts";
import { toolPrograms } from "../../lib/machine/tools/index.ts";

interface Recorded {
  readonly script: string;
  readonly stdout: string;
  readonly exitCode: number;
}

const recorded = JSON.parse(readFileSync(new URL("ash.json", import.meta.url), "utf8")) as readonly Recorded[];
const programs = new Map([...toolPrograms, ...shellPrograms]);
const { busybox } = baseRoots(programs);
const LIMIT_MS = 60_000;

describe("a container's sh prints what BusyBox prints", () => {
  it.each(recorded.map((each) => [each.script, each] as const))("%s", async (script, { stdout, exitCode }) => {
    const clock = virtualClock();
    const root = memoryFileSystem({ clock, tree: busybox });
    const box = testMachine(Object.fromEntries(programs), { clock, root });
    const started = box.run(["sh", "-c", script], {
      cwd: "/tmp",
      env: { HOME: "/root", PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    });
    let code: number | undefined;
    void started.child.exited.then((status) => {
      code = status.code;
    });
    await clock.runUntil(() => code !== undefined, LIMIT_MS);
    box.machine.shutDown();
    expect({ stdout: started.output(), exitCode: code ?? -1 }).toEqual({ stdout, exitCode });
  });
});
