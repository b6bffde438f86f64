/** Our kubectl and the real one, side by side. The number of identical lines may only grow: `npm run bench:kubectl` shows all. */
import { describe, expect, it } from "vitest";
import { kubectlBinaries } from "../../integration/kubectl-binaries.ts";
import { compareScenario } from "./compare.ts";
import { SCENARIOS } from "./scenarios.ts";

const [binary] = kubectlBinaries();
if (binary === undefined)
  console.warn("SKIPPED: no kubectl on this machine, so ours was not compared with the real one");

/** Scenarios that are quick enough for every run of the tests, and how many of their lines must be identical. */
const FLOORS: Readonly<Record<string, number>> = { "wrong use": 112, "generators without a server": 54 };

describe.skipIf(binary === undefined)("kubectl", () => {
  for (const scenario of SCENARIOS.filter(({ name }) => name in FLOORS)) {
    it(`says what the real one says: ${scenario.name}`, { timeout: 120_000 }, async () => {
      if (binary === undefined) return;
      const results = await compareScenario(binary, scenario);
      const same = results.filter((result) => result.same).length;
      expect(
        same,
        results
          .filter((one) => !one.same)
          .map(({ line }) => line)
          .join("\n"),
      ).toBeGreaterThanOrEqual(FLOORS[scenario.name] ?? 0);
    });
  }
});
