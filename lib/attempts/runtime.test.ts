import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExerciseSpec } from "../course/index.ts";
import { checkSchema } from "../course/schema.ts";
import { embeddedSandboxes } from "../sandbox/embedded/index.node.ts";
import type { SandboxId } from "../sandbox/types.ts";
import { AttemptRuntime, type AttemptSpec, type SavedAttempt } from "./runtime.ts";

/** Passed where a ConfigMap of the exercise's name is there. */
const exercise = (id: string): ExerciseSpec =>
  ({
    id,
    checks: [
      checkSchema.parse({
        id: "there",
        title: { en: "x", zh: "x" },
        type: "object",
        object: { kind: "ConfigMap", name: id },
        that: "true",
      }),
    ],
  }) as unknown as ExerciseSpec;

describe("an attempt's exercises", () => {
  const provider = embeddedSandboxes();
  const id = "marks" as SandboxId;
  const sandboxSpec = { files: {}, seed: 1, latencies: "none" } as const;
  const spec: AttemptSpec = {
    id,
    namespace: "default",
    sandbox: sandboxSpec,
    exercises: [exercise("one"), exercise("two"), exercise("three")],
  };
  const marks: { exercise: string; saved: SavedAttempt }[] = [];
  let runtime: AttemptRuntime;
  const run = async (script: string) => (await runtime.sandbox.run(script)).stdout;

  beforeAll(async () => {
    runtime = await AttemptRuntime.start(spec, await provider.create(id, sandboxSpec));
    runtime.onMark((name, saved) => marks.push({ exercise: name, saved }));
  });
  afterAll(async () => {
    await runtime.close();
    await provider.destroy(id);
  });

  it("begin where the one before is passed", async () => {
    expect(runtime.current()).toBe("one");
    await run("kubectl create cm one");
    await expect.poll(() => marks.map((mark) => mark.exercise)).toEqual(["two"]);
    expect(runtime.current()).toBe("two");
  });

  it("can be begun again: what was done since goes, what was passed stays", async () => {
    await run("kubectl create cm spoiled; echo x > spoiled.txt");
    const [mark] = marks;
    if (mark === undefined) throw new Error("no beginning was kept");
    await runtime.reset({ kind: "saved", saved: mark.saved });
    expect(await run("kubectl get cm one spoiled -o name 2>/dev/null; ls")).toBe("configmap/one\n");
    expect(runtime.verdicts().map(({ status }) => status)).toEqual([
      "pass",
      expect.not.stringMatching("pass"),
      expect.not.stringMatching("pass"),
    ]);
    expect(marks.length).toBe(1);
  });

  it("keep their beginnings over a restart: what is passed then was passed before", async () => {
    const saved = await runtime.save();
    await runtime.close();
    await provider.release(id);
    runtime = await AttemptRuntime.start(spec, await provider.restore(id, sandboxSpec, saved.snapshot), saved.grading);
    runtime.onMark((name, later) => marks.push({ exercise: name, saved: later }));
    expect(runtime.current()).toBe("two");
    expect(marks.length).toBe(1);
    await run("kubectl create cm two");
    await expect.poll(() => marks.map((mark) => mark.exercise)).toEqual(["two", "three"]);
  });
});
