import { beforeEach, describe, expect, it, vi } from "vitest";

/** The interpreter and its builtins import each other: whoever is loaded first must not matter. */
describe("loading the shell", () => {
  beforeEach(() => vi.resetModules());

  it.each([
    ["the programs", () => import("./program.ts")],
    ["the interpreter", () => import("./shell.ts")],
    ["subshells", () => import("./subshell.ts")],
    ["a builtin", () => import("./builtins/jobs.ts")],
    ["printf", () => import("./builtins/print.ts")],
  ])("works beginning with %s", async (_, load) => {
    await load();
    await import("./index.ts");
    const { builtins } = await import("./builtins/registry.ts");
    expect([...builtins().keys()]).toEqual(expect.arrayContaining(["cd", "printf", "test", "jobs", "read", "exec"]));
  });
});
