/** What scripts print with the real tools: recorded by scripts/record-tools.mjs (gnu.json: coreutils 9, grep 3, sed 4, findutils 4). */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../clock/index.ts";
import { directory, memoryFileSystem, merged, standardRootTree } from "../../index.ts";
import { shellPrograms } from "../../shell/index.ts";
import { testMachine } from "../../testing.test-helper.ts";
import { toolPrograms } from "../index.ts";
import files from "./files.json" with { type: "json" };

interface Recorded {
  readonly script: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const programs = Object.fromEntries([...toolPrograms, ...shellPrograms]);
const tree = merged(
  standardRootTree(Object.keys(programs).filter((name) => !name.includes("/"))),
  directory(Object.fromEntries(Object.entries(files).map(([path, content]) => [`work/${path}`, content]))),
);
const groups = readdirSync(new URL(".", import.meta.url))
  .filter((name) => name.endsWith(".json") && name !== "files.json")
  .map((name) => name.slice(0, -".json".length));

describe.each(groups)("tools do as the real ones: %s", (group) => {
  const recorded = JSON.parse(readFileSync(new URL(`${group}.json`, import.meta.url), "utf8")) as readonly Recorded[];
  it.each(recorded)("$script", async ({ script, stdout, stderr, exitCode }) => {
    const clock = virtualClock();
    const { run, machine } = testMachine(programs, { clock, root: memoryFileSystem({ clock, tree }) });
    const { child, output, errors } = run(["bash", "-c", script], {
      cwd: "/work",
      env: { PATH: "/usr/bin", LC_ALL: "C", TZ: "UTC", HOME: "/work" },
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
