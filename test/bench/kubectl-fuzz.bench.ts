/**
 * `npm run bench kubectl-fuzz -- SEED COUNT [GENERATOR]`: generated command lines through our kubectl and the real one,
 * on one cluster that stands still; those that change something ("writes") each on a cluster of its own, which are
 * compared, too. Prints how many were alike, and what was said otherwise. In the environment:
 * MINIMISE=1 shortens what differs, REPORT=path writes all of it as JSON, LINES=path takes command lines from a file, as
 * scenarios have them, in place of generated ones (GENERATOR "writes": on clusters of their own).
 */
import { readFileSync, writeFileSync } from "node:fs";
import { makeWorlds, openArena } from "../conformance/kubectl/fuzz/arena.ts";
import { GENERATORS } from "../conformance/kubectl/fuzz/generators.ts";
import type { Line } from "../conformance/kubectl/fuzz/line.ts";
import { Random } from "../conformance/kubectl/fuzz/random.ts";
import { type Difference, differs, knownOf, minimised } from "../conformance/kubectl/fuzz/run.ts";
import { playLines, playWrites } from "../conformance/kubectl/fuzz/writes.ts";
import { FILES } from "../conformance/kubectl/scenarios/files.ts";
import { lines as linesOf } from "../conformance/kubectl/scenarios/scenario.ts";
import { kubectlBinaries } from "../integration/kubectl-binaries.ts";

const [binary] = kubectlBinaries();
if (binary === undefined) {
  console.log("no kubectl on this machine: nothing to compare with");
  process.exit(0);
}
const [seedText, countText, only] = process.argv.slice(2);
const seed = Number(seedText ?? 1);
const count = Number(countText ?? 300);
const worlds = await makeWorlds();
const found: Difference[] = [];
const tally = new Map<string, { lines: number; same: number }>();
const own: Line[] | undefined =
  process.env["LINES"] === undefined
    ? undefined
    : linesOf(readFileSync(process.env["LINES"], "utf8")).map(({ args, stdin }) => ({
        args,
        files: FILES,
        ...(stdin === undefined ? {} : { stdin }),
      }));
// A fifth of all lines change something, on clusters of their own.
const writes =
  only === "writes" ? (own?.length ?? count) : only === undefined && own === undefined ? Math.floor(count / 5) : 0;
if (writes > 0) {
  const result =
    own === undefined ? await playWrites(binary, worlds, seed, writes) : await playLines(binary, worlds, own);
  tally.set("writes", { lines: result.lines, same: result.same });
  found.push(...result.found);
}
const arena = await openArena(binary, worlds.odd, true);
const known = await knownOf(arena);
const names = Object.keys(GENERATORS).filter((name) => only === undefined || name === only);
const lines = own === undefined ? count - writes : only === "writes" ? 0 : own.length;
for (let i = 0; i < lines; i++) {
  // Each line has a seed of its own: it can be had without those before it.
  const random = new Random(seed * 1_000_003 + i);
  const generator = own === undefined ? random.pick(names) : "given";
  const line = own === undefined ? GENERATORS[generator]?.(random, known) : own[i];
  if (line === undefined || line.args.some((word) => word.includes("\0"))) continue;
  const counts = tally.get(generator) ?? { lines: 0, same: 0 };
  tally.set(generator, counts);
  counts.lines++;
  const different = await differs(arena, line);
  if (different === undefined) {
    counts.same++;
    continue;
  }
  const shortest = process.env["MINIMISE"] === undefined ? line : await minimised(arena, line);
  const [ours, real] = (shortest === line ? undefined : await differs(arena, shortest)) ?? different;
  found.push({ generator, line: shortest, ours, real });
}
const shown = (text: string): string => (text.length > 1500 ? `${text.slice(0, 1500)}...` : text);
function firstDifference(ours: string, real: string): string {
  const [mine, theirs] = [ours.split("\n"), real.split("\n")];
  const at = mine.findIndex((line, i) => line !== theirs[i]);
  const from = at === -1 ? mine.length : at;
  return `  real: ${shown(theirs.slice(from, from + 4).join("\n        "))}\n  ours: ${shown(mine.slice(from, from + 4).join("\n        "))}`;
}
for (const { generator, line, ours, real } of found) {
  console.log(
    `\n### ${generator}: kubectl ${line.args.map((word) => (/^[\w./:=,@-]+$/.test(word) ? word : `'${word}'`)).join(" ")}`,
  );
  const text = line.files?.[line.args.includes("p.yaml") ? "p.yaml" : "m.yaml"];
  if (text !== undefined && line.args.includes("-f")) console.log(JSON.stringify(text));
  if (ours.exitCode !== real.exitCode) console.log(`  exit: real ${real.exitCode}, ours ${ours.exitCode}`);
  if (ours.stdout !== real.stdout) console.log(` stdout\n${firstDifference(ours.stdout, real.stdout)}`);
  if (ours.stderr !== real.stderr) console.log(` stderr\n${firstDifference(ours.stderr, real.stderr)}`);
}
const report = process.env["REPORT"];
if (report !== undefined) writeFileSync(report, JSON.stringify(found, null, 1));
for (const [name, { lines, same }] of [...tally].sort()) console.log(`${name.padEnd(14)} ${same}/${lines}`);
const total = [...tally.values()].reduce((sum, one) => sum + one.lines, 0);
console.log(
  `seed ${seed}: ${total} lines, ${total - found.length} identical, ${found.length} differing (against ${binary.name})`,
);
await arena.close();
process.exit(0);
