/** One-line scripts, and what bash prints for them: recorded, and asked of the host's own bash where there is one. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { shellPrograms } from "../../lib/machine/shell/index.ts";
import { TEST_TOOLS } from "../../lib/machine/shell/tools.test-helper.ts";
import { testMachine } from "../../lib/machine/testing.test-helper.ts";
import { toolPrograms } from "../../lib/machine/tools/index.ts";

interface Recorded {
  readonly script: string;
  readonly stdout: string;
  readonly exitCode: number;
}

const read = (name: string): readonly Recorded[] =>
  JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8")) as readonly Recorded[];

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const LIMIT_MS = 60_000;

async function ours(script: string): Promise<Omit<Recorded, "script">> {
  const box = testMachine(
    // The real tools; a stand-in where one is missing.
    Object.fromEntries([...Object.entries(TEST_TOOLS), ...toolPrograms, ...shellPrograms]),
    { files: { "etc/passwd": "root:x:0:0:root:/root:/bin/bash\n" } },
  );
  const started = box.run(["bash", "-c", script], { cwd: "/tmp", env: { HOME: "/root", PATH } });
  let code: number | undefined;
  void started.child.exited.then((status) => {
    code = status.code;
  });
  await box.clock.runUntil(() => code !== undefined, LIMIT_MS);
  box.machine.shutDown();
  return { stdout: started.output(), exitCode: code ?? -1 };
}

describe.each(["bash.json", "bash-own.json", "bash-further.json"])("scripts of %s print what bash prints", (name) => {
  it.each(read(name).map((each) => [each.script, each] as const))("%s", async (script, { stdout, exitCode }) => {
    expect(await ours(script)).toEqual({ stdout, exitCode });
  });
});

/** Depends on the host: its name, its speed. */
const HOST_DIFFERS = /HO\*|time/;

describe.runIf(existsSync("/bin/bash"))("the recordings are true", () => {
  it("of the host's bash, in one sample", () => {
    const sample = read("bash-own.json").filter((each, i) => i % 6 === 0 && !HOST_DIFFERS.test(each.script));
    for (const { script, stdout, exitCode } of sample) {
      const host = spawnSync("/bin/bash", ["-c", script], {
        argv0: "bash",
        cwd: "/tmp",
        env: { PATH, HOME: "/root", LC_ALL: "C.UTF-8" } as unknown as NodeJS.ProcessEnv,
        stdio: ["ignore", "pipe", "ignore"],
      });
      expect({ script, stdout: host.stdout.toString(), exitCode: host.status }).toEqual({ script, stdout, exitCode });
    }
  });
});
