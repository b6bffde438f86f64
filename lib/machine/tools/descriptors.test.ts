import { describe, expect, it } from "vitest";
import { createShellPrograms } from "../shell/index.ts";
import { testMachine } from "../testing.test-helper.ts";
import { toolPrograms } from "./index.ts";

async function bash(script: string) {
  const { run, clock } = testMachine(Object.fromEntries([...toolPrograms, ...createShellPrograms()]));
  const started = run(["bash", "-c", script]);
  await clock.runUntil(() => false, 5000);
  return { out: started.output(), error: started.errors(), code: (await started.child.exited).code };
}

describe("/dev/stdout", () => {
  it("that is opened to be read gives what nobody has read of the pipe, and waits for more", async () => {
    expect(await bash("timeout 1 cat /dev/stdout; echo $? >&2")).toMatchObject({ out: "", error: "124\n" });
  });

  it("that is a file is that file", async () => {
    expect(await bash("cd /tmp; echo one > f; wc -l /dev/stdout >> f; cat f")).toMatchObject({
      out: "one\n1 /dev/stdout\n",
      error: "",
    });
  });
});

describe("cat", () => {
  it("does not append a file to itself for ever", async () => {
    expect(await bash("cd /tmp; echo a > f; echo b > g; cat f g >> f; echo $?; cat f")).toEqual({
      out: "1\na\nb\n",
      error: "cat: f: input file is output file\n",
      code: 0,
    });
  });

  it("reads what is still empty though it writes there", async () => {
    expect(await bash("cd /tmp; echo b > g; : > f; cat f g > f; cat f")).toMatchObject({ out: "b\n", error: "" });
  });
});
