import { describe, expect, it } from "vitest";
import { shellPrograms } from "../shell/index.ts";
import { testMachine } from "../testing.test-helper.ts";
import { toolPrograms } from "./index.ts";

const programs = Object.fromEntries([...toolPrograms, ...shellPrograms]);

async function findmnt(words: string) {
  const { run, clock, machine } = testMachine(programs);
  const { child, output, errors } = run(["bash", "-c", `findmnt ${words}`], { env: { PATH: "/usr/bin" } });
  let code: number | undefined;
  void child.exited.then((status) => {
    code = status.code;
  });
  await clock.runUntil(() => code !== undefined, 60_000);
  machine.shutDown();
  return { out: output(), err: errors(), code };
}

describe("findmnt", () => {
  it("draws what is mounted below what", async () => {
    const { out, code } = await findmnt("-o TARGET,FSTYPE");
    const [heading = "", root = "", ...below] = out.trimEnd().split("\n");
    expect(heading).toMatch(/^TARGET +FSTYPE$/);
    expect(root).toMatch(/^\/ +overlay$/);
    expect(below.length).toBeGreaterThan(0);
    for (const line of below) expect(line).toMatch(/^(?:│ | {2})*[├└]─\/\S+ +\w+$/);
    expect(below.at(-1)).toMatch(/└─/);
    expect(code).toBe(0);
  });

  it.each([
    ["-n -o FSTYPE -T /usr/bin", "overlay\n"],
    ["-n -o TARGET,OPTIONS /proc", "/proc rw,relatime\n"],
    ["-rn -o TARGET,FSTYPE -t proc", "/proc proc\n"],
    ["-P -o TARGET,FSTYPE /proc", 'TARGET="/proc" FSTYPE="proc"\n'],
    ["-J -o TARGET /proc", '{\n   "filesystems": [\n      {\n         "target": "/proc"\n      }\n   ]\n}\n'],
  ])("finds with %s", async (words, out) => {
    expect(await findmnt(words)).toEqual({ out, err: "", code: 0 });
  });

  it("says nothing where there is nothing, and what it does not know", async () => {
    expect(await findmnt("-M /usr")).toEqual({ out: "", err: "", code: 1 });
    expect(await findmnt("-o NOPE")).toEqual({ out: "", err: "findmnt: unknown column: NOPE\n", code: 1 });
  });
});
