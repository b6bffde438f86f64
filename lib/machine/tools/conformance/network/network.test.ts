/** What the network tools print and how they end, as the real ones on the network of world.test-helper.ts. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { baseRoots } from "../../../../images/base/roots.ts";
import { type Played, play, programs } from "./play.test-helper.ts";

const { busybox } = baseRoots(programs);
const folder = new URL(".", import.meta.url);
const groups = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => name.slice(0, -".json".length));

describe.each(groups)("tools of the network do as the real ones: %s", (group) => {
  const recorded = JSON.parse(readFileSync(new URL(`${group}.json`, folder), "utf8")) as ({
    readonly script: string;
  } & Played)[];
  it.each(recorded)("$script", async ({ script, ...expected }) => {
    expect(await play(script, group.startsWith("busybox-") ? busybox : undefined)).toEqual(expected);
  });
});
