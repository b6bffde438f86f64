import { describe, expect, it } from "vitest";
import { yamlToJson } from "./go-yaml.ts";
import { yamlSteps } from "./yaml-pieces.ts";

function read(text: string): { value: unknown; longest: number; steps: number } {
  const steps = yamlSteps(text);
  let [longest, count] = [0, 0];
  let step = steps.next();
  for (; !step.done; step = steps.next()) {
    longest = Math.max(longest, step.value);
    count++;
  }
  return { value: step.value, longest, steps: count };
}
const many = (line: (i: number) => string) => Array.from({ length: 5_000 }, (_, i) => line(i)).join("");
const HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: keys\n";

describe("long documents", () => {
  it.each([
    ["a block of many keys", `${HEAD}data:\n${many((i) => `  k${i}: "v${i}"\n`)}immutable: true\n`],
    ["keys of many lines", `${HEAD}data:\n${many((i) => `  k${i}: |\n    one: ${i}\n\n      two\n`)}`],
    ["many keys outermost", many((i) => `k${i}: {a: ${i}}\n`)],
    ["blocks in blocks", `a:\n  b:\n    c:\n${many((i) => `      k${i}: ${i}\n`)}  d: 1\n`],
    ["notes between", `# first\n${HEAD}data:\n${many((i) => `  # note ${i}\n  k${i}: v\n`)}`],
  ])("%s are read in pieces, to the same value", (_, text) => {
    const { value, longest, steps } = read(text);
    expect(value).toEqual(yamlToJson(text));
    expect(steps).toBeGreaterThan(5);
    expect(longest).toBeLessThan(15_000);
  });

  it.each([
    ["lists", `items:\n${many((i) => `- a: ${i}\n`)}`],
    ["anchors", `a: &x {b: c}\nd: *x\n${many((i) => `k${i}: ${i}\n`)}`],
  ])("%s are read whole", (_, text) => {
    expect(read(text).value).toEqual(yamlToJson(text));
  });

  it("what is wrong is said of the whole", () => {
    const text = `${HEAD}data:\n${many((i) => `  k${i}: v\n`)} bad: x\n`;
    let whole = "";
    try {
      yamlToJson(text);
    } catch (error) {
      whole = (error as Error).message;
    }
    expect(whole).not.toBe("");
    expect(() => read(text)).toThrow(whole);
  });
});
