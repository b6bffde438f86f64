import { describe, expect, it } from "vitest";
import type { JsonObject } from "../object.ts";
import { listToJson, prettyJson, sortKeys, sortListKeys } from "./json.ts";
import { listToYaml, toYaml } from "./yaml.ts";

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

describe("Lists are written item by item", () => {
  for (const count of [0, 1, 7]) {
    const counted = () => {
      const letters: number[] = [];
      return { letters, pace: async (some: number) => void letters.push(some) };
    };
    it(`as YAML, the same text as at a stretch, with a turn for others after each of ${count}`, async () => {
      const { letters, pace } = counted();
      expect(await listToYaml(list(count), pace)).toBe(toYaml(list(count)));
      expect(letters).toHaveLength(count);
      expect(letters.every((some) => some > 100)).toBe(true);
    });
    for (const typed of [false, true]) {
      it(`as JSON${typed ? " in the order given" : ""}, the same text, with a turn after each of ${count}`, async () => {
        const { letters, pace } = counted();
        expect(await listToJson(list(count), typed, pace)).toBe(prettyJson(list(count), typed));
        expect(letters).toHaveLength(count);
      });
    }
    it(`sorted, the same order of keys at every level, with a turn after each of ${count}`, async () => {
      const { letters, pace } = counted();
      expect(JSON.stringify(await sortListKeys(list(count), pace))).toBe(JSON.stringify(sortKeys(list(count))));
      expect(letters).toHaveLength(count);
    });
  }
});
