import { describe, expect, it } from "vitest";
import { shellPrograms } from "../shell/index.ts";
import { testMachine } from "../testing.test-helper.ts";
import { absentToolPrograms, toolPrograms } from "./index.ts";

const programs = Object.fromEntries([...toolPrograms, ...absentToolPrograms, ...shellPrograms]);

async function sh(script: string) {
  const { run, clock } = testMachine(programs);
  const { child, output, errors } = run(["bash", "-c", script], { env: { PATH: "/usr/bin" } });
  let code: number | undefined;
  void child.exited.then((status) => {
    code = status.code;
  });
  await clock.runUntil(() => code !== undefined, 60_000);
  return { out: output(), err: errors(), code };
}

describe("man", () => {
  it("has a page for whatever has a help text", async () => {
    expect((await sh("man jq")).out).toContain("jq - command-line JSON processor");
    expect((await sh("man sort")).out).toContain("Usage: sort");
    expect(await sh("man nothing")).toEqual({ out: "", err: "No manual entry for nothing\n", code: 16 });
    expect((await sh("man -k editor")).out).toMatch(/^nano \(1\)/m);
  });
});

describe("tools that are not here", () => {
  it("hides no tool that is", () => {
    expect([...absentToolPrograms.keys()].filter((name) => toolPrograms.has(name))).toEqual([]);
  });

  it.each([...absentToolPrograms.keys()])("%s says so", async (name) => {
    const { err, code } = await sh(`${name} --version`);
    expect(err).toMatch(new RegExp(`^${name}: not available here: `));
    expect(code).toBe(127);
  });
});
