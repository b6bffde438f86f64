/** What command sequences print with the real git (2.39): recorded by scripts/record-git.mjs. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../../clock/index.ts";
import { directory, memoryFileSystem, merged, standardRootTree } from "../../../index.ts";
import { shellPrograms } from "../../../shell/index.ts";
import { testMachine } from "../../../testing.test-helper.ts";
import { toolPrograms } from "../../index.ts";

interface Recorded {
  readonly script: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
const programs = Object.fromEntries([...toolPrograms, ...shellPrograms]);
const tree = merged(
  standardRootTree(Object.keys(programs).filter((name) => !name.includes("/"))),
  directory({ "work/repo": directory({}), "work/home/.gitconfig": read("gitconfig") }),
);
const prelude = read("prelude.sh");
const groups = readdirSync(new URL(".", import.meta.url))
  .filter((name) => name.endsWith(".json"))
  .map((name) => name.slice(0, -".json".length));

describe.each(groups)("git does as the real one: %s", (group) => {
  const recorded = JSON.parse(read(`${group}.json`)) as readonly Recorded[];
  it.each(recorded)("$script", async ({ script, stdout, stderr, exitCode }) => {
    const clock = virtualClock();
    const { run, machine } = testMachine(programs, { clock, root: memoryFileSystem({ clock, tree }) });
    const { child, output, errors } = run(["bash", "-c", `${prelude}${script}`], {
      cwd: "/work/repo",
      env: { PATH: "/usr/bin", LC_ALL: "C", TZ: "UTC", HOME: "/work/home" },
    });
    let status: number | undefined;
    void child.exited.then(({ code }) => {
      status = code;
    });
    await clock.runUntil(() => status !== undefined, 60_000);
    expect({ stdout: output(), stderr: errors(), exitCode: status }).toEqual({ stdout, stderr, exitCode });
    machine.shutDown();
  });
});
