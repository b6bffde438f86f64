/**
 * BusyBox's applets, as images have them that have nothing else, with their options over the inputs of the tools'
 * matrix: busybox/*.txt are the scripts, busybox/*.json what BusyBox 1.35 made of them (`node scripts/record-matrix.mjs`).
 */
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { baseRoots } from "../../lib/images/base/roots.ts";
import { type Played, play, programs } from "../../lib/machine/tools/conformance/matrix.test-helper.ts";

const { busybox } = baseRoots(programs);
const folder = new URL("busybox/", import.meta.url);
const groups = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => name.slice(0, -".json".length));
let scripts = 0;

afterAll(() => {
  console.log(`${scripts} scripts of ${groups.length} applets as BusyBox`);
});

describe.each(groups)("busybox %s", (group) => {
  const recorded = JSON.parse(readFileSync(new URL(`${group}.json`, folder), "utf8")) as ({
    script: string;
  } & Played)[];
  it.each(recorded)("$script", async ({ script, ...expected }) => {
    scripts++;
    expect(await play(script, busybox)).toEqual(expected);
  });
});
