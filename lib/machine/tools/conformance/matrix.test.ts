/**
 * Each text tool with its options over inputs that are meant to hurt, against what the real one printed on both streams
 * and how it ended: matrix/*.txt are the scripts, matrix/*.json what came of them (`node scripts/record-matrix.mjs`; GNU coreutils 9.1, grep 3.8, sed 4.9, mawk 1.3, jq 1.6).
 */
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { type Played, play } from "./matrix.test-helper.ts";

const folder = new URL("matrix/", import.meta.url);
const groups = readdirSync(folder)
  .filter((name) => name.endsWith(".json") && name !== "inputs.json")
  .map((name) => name.slice(0, -".json".length));
let scripts = 0;

afterAll(() => {
  console.log(`${scripts} scripts of ${groups.length} tools as the real ones`);
});

describe.each(groups)("%s", (group) => {
  const recorded = JSON.parse(readFileSync(new URL(`${group}.json`, folder), "utf8")) as ({
    script: string;
  } & Played)[];
  it.each(recorded)("$script", async ({ script, ...expected }) => {
    scripts++;
    expect(await play(script)).toEqual(expected);
  });
});
