/** Lines that change something: each side on a cluster of its own, and then the clusters are compared. */
import type { KubectlBinary } from "../../../integration/kubectl-binaries.ts";
import { masked, quiet } from "../harness.ts";
import { type Arena, openArena, type Worlds } from "./arena.ts";
import { change, create } from "./changes.ts";
import { wild } from "./flags.ts";
import type { Generator, Known, Line } from "./line.ts";
import { file, patchText } from "./manifests.ts";
import { Random } from "./random.ts";
import { type Difference, knownOf, stepOf } from "./run.ts";
import { stateDifference, stateOf } from "./state.ts";

/** After so many lines both begin anew. */
const LIFE = 40;
/** A line that waits for what does not come is ended after so many ms. */
const PATIENCE = 3000;

/** A dry line that is not dry any more. */
const wet =
  (generator: Generator): Generator =>
  (random, known) => {
    const line = generator(random, known);
    return { ...line, args: line.args.filter((word) => !word.startsWith("--dry-run")) };
  };
const GENERATORS: Readonly<Record<string, Generator>> = {
  change: wet(change),
  create: wet(create),
  file: wet(file),
  patchText: wet(patchText),
  wild,
};

interface WriteResult {
  readonly lines: number;
  readonly same: number;
  readonly found: readonly Difference[];
}

async function settled(arena: Arena): Promise<void> {
  for (const cluster of arena.clusters) await quiet(cluster);
}

async function play(arena: Arena, line: Line, generator: string): Promise<Difference | undefined> {
  for (const [name, text] of Object.entries(line.files ?? {})) {
    arena.ours.put(name, text);
    arena.real.put(name, text);
  }
  const step = stepOf({ ...line, endless: PATIENCE });
  const real = masked(await arena.real.run(step));
  const ours = masked(await arena.ours.run(step));
  const said = ours.stdout === real.stdout && ours.stderr === real.stderr;
  await settled(arena);
  const [mine, theirs] = arena.clusters;
  const [more, less] = stateDifference(stateOf(mine), stateOf(theirs));
  if (said && more.length === 0 && less.length === 0) return undefined;
  // What the clusters hold is shown behind what was said.
  return {
    generator,
    line,
    ours: { ...ours, stdout: `${ours.stdout}${more.map((text) => `HOLDS ${text}\n`).join("")}` },
    real: { ...real, stdout: `${real.stdout}${less.map((text) => `HOLDS ${text}\n`).join("")}` },
  };
}

/** Runs lines, each made with what the clusters hold; a difference ends their life, since those after it may come of it. */
async function playAll(
  binary: KubectlBinary,
  worlds: Worlds,
  count: number,
  make: (i: number, known: Known) => readonly [generator: string, line: Line | undefined],
): Promise<WriteResult> {
  const found: Difference[] = [];
  let arena = await openArena(binary, worlds.living, false);
  let known = await knownOf(arena);
  let age = 0;
  let lines = 0;
  for (let i = 0; i < count; i++) {
    const [generator, line] = make(i, known);
    if (line === undefined || line.args.some((word) => word.includes("\0"))) continue;
    if (age++ === LIFE) {
      await arena.close();
      arena = await openArena(binary, worlds.living, false);
      known = await knownOf(arena);
      age = 0;
    }
    lines++;
    const difference = await play(arena, line, `write ${generator}`);
    if (difference === undefined) continue;
    found.push(difference);
    age = LIFE;
  }
  await arena.close();
  return { lines, same: lines - found.length, found };
}

/** Runs so many generated lines. */
export const playWrites = (binary: KubectlBinary, worlds: Worlds, seed: number, count: number): Promise<WriteResult> =>
  playAll(binary, worlds, count, (i, known) => {
    const random = new Random(seed * 1_000_003 + i);
    const generator = random.pick(Object.keys(GENERATORS));
    return [generator, GENERATORS[generator]?.(random, known)];
  });

/** Runs these lines, one after the other. */
export const playLines = (binary: KubectlBinary, worlds: Worlds, lines: readonly Line[]): Promise<WriteResult> =>
  playAll(binary, worlds, lines.length, (i) => ["given", lines[i]]);
