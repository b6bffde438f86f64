import { expect, it } from "vitest";
import { memoryFileSystem } from "../index.ts";
import { testMachine } from "../testing.test-helper.ts";
import type { Process } from "../types.ts";

it("a process waits for a slow device before its next step, and dies at once all the same", async () => {
  const seen: string[] = [];
  const program = async (process: Process) => {
    const began = process.clock.now();
    const at = (what: string) => seen.push(`${what} ${process.clock.now() - began}`);
    process.files.writeFile("/slow/a", "12345");
    at("written");
    await process.stdout.write("x");
    at("told");
    await process.sleep(10_000);
    process.files.readFile("/slow/a");
    await process.spend();
    at("read");
    process.files.stat("/slow/a");
    process.files.writeFile("/fast", "12345");
    await process.spend();
    at("elsewhere");
    process.files.remove("/slow/a");
    expect(process.deviceMs).toBe(1000);
    await process.spend();
    at("never");
    return 0;
  };
  const { machine, clock, run } = testMachine({ program });
  machine.files.makeDirectory("/slow");
  machine.mount({
    path: "/slow",
    fileSystem: memoryFileSystem({ clock }),
    latency: (bytes) => (bytes === 0 ? 1000 : bytes * 100),
  });
  const { child } = run(["program"]);
  await clock.advance(11_600);
  expect(seen).toEqual(["written 0", "told 1000", "read 11500", "elsewhere 11500"]);
  child.kill("SIGKILL");
  expect((await child.exited).signal).toBe("SIGKILL");
});
