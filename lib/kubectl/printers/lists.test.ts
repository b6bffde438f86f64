import { describe, expect, it } from "vitest";
import { toYaml, yamlSteps } from "../../encoding/index.ts";
import type { JsonObject } from "../object.ts";
import { pacedJson, pacedSortKeys, prettyJson, sortKeys } from "./json.ts";

const list = (count: number): JsonObject => ({
  kind: "List",
  metadata: { resourceVersion: "" },
  apiVersion: "v1",
  items: Array.from({ length: count }, (_, i) => ({
    kind: "ConfigMap",
    metadata: { name: `c-${i}`, labels: { b: "yes", a: "1", "a.b/c": "plain text" } },
    data: { text: "one\ntwo\n", html: "<a & b>", long: "word ".repeat(40), empty: "", "key with blank": "- x" },
    list: [1, [2, { z: null, y: [] }], "a: b"],
  })),
});

/** The text, and how often others could run while it was written. */
function inSteps(value: JsonObject): { readonly text: string; readonly turns: number } {
  const steps = yamlSteps(value);
  for (let turns = 0; ; turns++) {
    const step = steps.next();
    if (step.done === true) return { text: step.value, turns };
  }
}

describe("YAML is written in pieces", () => {
  it.each([
    ["a short List", list(1), 1],
    ["a long List", list(70), 70],
    ["long maps and lists within each other", { a: { b: list(40), c: [[list(30)], list(30)] }, d: "e" }, 90],
    ["many keys, in go-yaml's order", { data: Object.fromEntries(keys(3_000).map((key) => [key, key])) }, 3_000],
    ["long texts", { data: { a: "word ".repeat(20_000), b: `${"line\n".repeat(9_000)}` }, c: [] }, 2],
  ] as const)("%s: the same text as at a stretch", (_, value, turns) => {
    const written = inSteps(value as unknown as JsonObject);
    expect(written.text).toBe(toYaml(value));
    expect(written.turns).toBeGreaterThanOrEqual(turns);
  });
});

/** Keys with numbers, points and letters of several kinds, in no order. */
const keys = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => {
    const number = (i * 7919) % 10_007;
    return [`key-${number}`, `k${number}.x`, `0${number}`, `${number}a`, `Ä${number}`, `a_${number}_9`][
      i % 6
    ] as string;
  });

describe("Lists are written item by item", () => {
  for (const count of [0, 1, 7]) {
    const counted = () => {
      const letters: number[] = [];
      return { letters, pace: async (some: number) => void letters.push(some) };
    };
    for (const typed of [false, true]) {
      it(`as JSON${typed ? " in the order given" : ""}, the same text, with a turn after each of ${count}`, async () => {
        const { letters, pace } = counted();
        expect(await pacedJson(list(count), typed, pace)).toBe(prettyJson(list(count), typed));
        expect(letters).toHaveLength(count);
      });
    }
    it(`sorted, the same order of keys at every level, with a turn after each of ${count}`, async () => {
      const { letters, pace } = counted();
      expect(JSON.stringify(await pacedSortKeys(list(count), pace))).toBe(JSON.stringify(sortKeys(list(count))));
      expect(letters).toHaveLength(count);
    });
  }
});
