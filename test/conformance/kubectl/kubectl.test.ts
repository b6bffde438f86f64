/**
 * Our kubectl and the real one, side by side: with the binary where this machine has one, else with what it said when
 * it was last asked (recorded/). The number of identical lines may only grow: `npm run bench:kubectl` shows all.
 */
import { describe, expect, it } from "vitest";
import { kubectlBinaries } from "../../integration/kubectl-binaries.ts";
import { compareRecorded, compareScenario, recordingOf } from "./compare.ts";
import { SCENARIOS } from "./scenarios/index.ts";

const [binary] = kubectlBinaries();

/** Scenarios that are quick enough with the binary for every run of the tests; the others are compared with recordings. */
const LIVE: readonly string[] = ["generators without a server"];

// Most of the time is spent waiting for clusters to come to rest.
describe.concurrent("kubectl", () => {
  for (const scenario of SCENARIOS) {
    const live = binary !== undefined && LIVE.includes(scenario.name) ? binary : undefined;
    const recording = recordingOf(scenario);
    const source = live?.name ?? `a recording of ${recording?.binary ?? "nothing"}`;
    it(`says what the real one says: ${scenario.name} (${source})`, { timeout: 120_000 }, async () => {
      if (recording === undefined) throw new Error("no recording: RECORD=1 npm run bench:kubectl");
      const results =
        live === undefined ? await compareRecorded(recording, scenario) : await compareScenario(live, scenario);
      expect(results.filter((one) => !one.same)).toEqual([]);
    });
  }
});
