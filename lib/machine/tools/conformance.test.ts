import { describe, expect, it } from "vitest";
import { virtualClock } from "../../clock/index.ts";
import { directory, file, memoryFileSystem, merged, standardRootTree } from "../index.ts";
import { shellPrograms } from "../shell/index.ts";
import { testMachine } from "../testing.test-helper.ts";
import recorded from "./conformance.json" with { type: "json" };
import { toolPrograms } from "./index.ts";

const programs = Object.fromEntries([...toolPrograms, ...shellPrograms]);
const tree = merged(
  standardRootTree(Object.keys(programs).filter((name) => !name.includes("/"))),
  directory({
    "work/data": "alpha\nbeta\ngamma\n",
    "work/data2": "pear\nfig\nxylem\n",
    "work/data3": "aa\na\n",
    "work/dir/a.txt": "hello\n",
    "work/dir/.hid": file(""),
    "work/dir/sub/b.log": "say hello\n",
  }),
);

/** What the same script did on a GNU system (coreutils 9, grep 3, sed 4, findutils 4). */
describe("tools do as GNU's", () => {
  it.each(recorded)("$script", async ({ script, stdout, stderr, exitCode }) => {
    const clock = virtualClock();
    const { run, machine } = testMachine(programs, { clock, root: memoryFileSystem({ clock, tree }) });
    const { child, output, errors } = run(["bash", "-c", script], {
      cwd: "/work",
      env: { PATH: "/usr/bin", LC_ALL: "C" },
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
