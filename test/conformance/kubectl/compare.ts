/** Runs scenarios on both sides, or on ours against what was recorded, and says where they differ. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { KubectlBinary } from "../../integration/kubectl-binaries.ts";
import { masked, type Outcome, ourSide, realSide, type Side } from "./harness.ts";
import type { Scenario } from "./scenarios/scenario.ts";

export interface Comparison {
  readonly scenario: string;
  readonly line: string;
  readonly same: boolean;
  readonly ours: Outcome;
  readonly real: Outcome;
}

/** One line of a scenario and what the real kubectl answered, masked. */
interface Recorded extends Outcome {
  readonly line: string;
}
interface Recording {
  /** The binary's name, e.g. "kubectl.1.33". */
  readonly binary: string;
  /** When it began (ms since the epoch): what has a date in a manifest has its age from there. Default: `FIRST`. */
  readonly at?: number;
  readonly steps: readonly Recorded[];
}

/** When recordings were made that do not tell. */
const FIRST = Date.UTC(2026, 10, 21, 12);

async function play(side: Side, scenario: Scenario): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  try {
    for (const step of scenario.steps) {
      await side.settle();
      if (step.onTheSecond === true) await side.nextSecond();
      const outcome = masked(await side.run(step));
      outcomes.push(
        step.unordered === true ? { ...outcome, stdout: outcome.stdout.split("\n").sort().join("\n") } : outcome,
      );
    }
  } finally {
    await side.close();
  }
  return outcomes;
}

const playOurs = async (scenario: Scenario, at: number): Promise<Outcome[]> =>
  play(await ourSide(scenario.files, at), scenario);
const playReal = async (binary: KubectlBinary, scenario: Scenario): Promise<Outcome[]> =>
  play(await realSide(binary, scenario.files), scenario);

function compared(scenario: Scenario, ours: readonly Outcome[], real: readonly Outcome[]): Comparison[] {
  return scenario.steps.map(({ line }, i) => {
    const [mine, theirs] = [ours[i] as Outcome, real[i] as Outcome];
    const same = mine.stdout === theirs.stdout && mine.stderr === theirs.stderr && mine.exitCode === theirs.exitCode;
    return { scenario: scenario.name, line, same, ours: mine, real: theirs };
  });
}

/** Both of them now; `at` is the present time. */
export async function compareScenario(
  binary: KubectlBinary,
  scenario: Scenario,
  at: number = Date.now(),
): Promise<Comparison[]> {
  const [ours, real] = [await playOurs(scenario, at), await playReal(binary, scenario)];
  return compared(scenario, ours, real);
}

const fileOf = (scenario: Scenario): URL =>
  new URL(`./recorded/${scenario.name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.json`, import.meta.url);

/** What the real kubectl said when it was last asked; undefined where it never was. */
export function recordingOf(scenario: Scenario): Recording | undefined {
  const file = fileOf(scenario);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Recording) : undefined;
}

export function saveRecording(
  directory: URL,
  binary: string,
  scenario: Scenario,
  results: readonly Comparison[],
  at: number,
): void {
  const steps = results.map(({ line, real }): Recorded => ({ line, ...real }));
  const file = new URL(fileOf(scenario).pathname.split("/").pop() ?? "", directory);
  writeFileSync(file, `${JSON.stringify({ binary, at, steps } satisfies Recording, null, 1)}\n`);
}

/** Ours against the recording. Throws where the recording is of other lines: it has to be made anew. */
export async function compareRecorded(recording: Recording, scenario: Scenario): Promise<Comparison[]> {
  const [now, then] = [scenario.steps, recording.steps].map((steps) => steps.map(({ line }) => line).join("\n"));
  if (now !== then) throw new Error(`the lines of "${scenario.name}" changed: RECORD=1 npm run bench:kubectl`);
  // What is masked today may not have been when it was recorded.
  return compared(scenario, await playOurs(scenario, recording.at ?? FIRST), recording.steps.map(masked));
}
