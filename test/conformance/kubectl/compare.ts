/** Runs scenarios on both sides and says where they differ. */
import type { KubectlBinary } from "../../integration/kubectl-binaries.ts";
import { masked, type Outcome, ourSide, realSide, type Side } from "./harness.ts";
import type { Scenario } from "./scenarios.ts";

export interface Comparison {
  readonly scenario: string;
  readonly line: string;
  readonly same: boolean;
  readonly ours: Outcome;
  readonly real: Outcome;
}

async function play(side: Side, scenario: Scenario): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const step of scenario.steps) {
    await side.settle();
    outcomes.push(masked(await side.run(step.args, step.input)));
  }
  return outcomes;
}

export async function compareScenario(binary: KubectlBinary, scenario: Scenario): Promise<Comparison[]> {
  const ours = await ourSide(scenario.files);
  const real = await realSide(binary, scenario.files);
  try {
    const [a, b] = await Promise.all([play(ours, scenario), play(real, scenario)]);
    return scenario.steps.map((step, i) => {
      const [mine, theirs] = [a[i] as Outcome, b[i] as Outcome];
      return {
        scenario: scenario.name,
        line: step.args.join(" "),
        same: JSON.stringify(mine) === JSON.stringify(theirs),
        ours: mine,
        real: theirs,
      };
    });
  } finally {
    await ours.close();
    await real.close();
  }
}
