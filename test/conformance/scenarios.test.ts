/**
 * Conformance by transcript: the scenarios under `scenarios/` on the embedded cluster, and on a real cluster where
 * KUBECONFIG_REAL names one. The same scenario must give the same timeline byte for byte: every fourth is played twice,
 * all of them with DETERMINISM=all.
 */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { EmbeddedTarget } from "./player/embedded.ts";
import type { Scenario } from "./player/format.ts";
import { loadScenarios } from "./player/load.ts";
import { play } from "./player/play.ts";
import { openRealTarget, whyNotReal } from "./player/real.ts";

const scenarios = loadScenarios(fileURLToPath(new URL("scenarios", import.meta.url)));
const realConfig = process.env["KUBECONFIG_REAL"];

/** Plays on a new cluster; gives its whole timeline as text. */
async function playEmbedded(scenario: Scenario): Promise<string> {
  const target = await EmbeddedTarget.open(scenario);
  try {
    await play(scenario, target);
    return target.cluster.timeline.map((entry) => JSON.stringify(entry)).join("\n");
  } finally {
    await target.close();
  }
}

describe("scenarios on the embedded cluster", () => {
  for (const [index, { title, scenario }] of scenarios.entries())
    it(title, async () => {
      const first = await playEmbedded(scenario);
      if (index % 4 !== 0 && process.env["DETERMINISM"] !== "all") return;
      const second = await playEmbedded(scenario);
      if (first !== second) expect(second.split("\n"), "the second run's timeline").toEqual(first.split("\n"));
    });
});

describe.skipIf(realConfig === undefined)("scenarios on a real cluster", () => {
  for (const { title, scenario } of scenarios)
    it(title, { timeout: 600_000 }, async (context) => {
      const why = await whyNotReal(scenario, realConfig ?? "");
      if (why !== undefined) {
        console.warn(`SKIPPED on the real cluster: ${title}: ${why}`);
        context.skip(why);
      }
      const target = await openRealTarget(scenario, realConfig ?? "");
      try {
        await play(scenario, target);
      } finally {
        await target.close();
      }
    });
});
