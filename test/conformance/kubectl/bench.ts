/**
 * `npm run bench:kubectl [-- part of a scenario's name]`: all command lines through both kubectls; prints
 * identical/total. In the environment: VERBOSE=1 shows what differs; LINES_FILE=path runs the lines of that file as a
 * scenario of their own (MORE_FILES=path: JSON with further files for it); RECORD=1 writes what the real one said to recorded/.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { kubectlBinaries } from "../../integration/kubectl-binaries.ts";
import { type Comparison, compareScenario, saveRecording } from "./compare.ts";
import { measureFuel } from "./fuel.ts";
import { FILES } from "./scenarios/files.ts";
import { SCENARIOS } from "./scenarios/index.ts";
import { lines, type Scenario } from "./scenarios/scenario.ts";

if (process.env["FUEL"] !== undefined) {
  await measureFuel(500, process.argv[2]);
  process.exit(0);
}
const [binary] = kubectlBinaries();
if (binary === undefined) {
  console.log(
    "no kubectl on this machine: nothing to compare with (the tests compare with test/conformance/kubectl/recorded)",
  );
  process.exit(0);
}
const only = process.argv[2];
const file = process.env["LINES_FILE"];
const scenarios: readonly Scenario[] =
  file === undefined
    ? SCENARIOS.filter(({ name }) => only === undefined || name.includes(only))
    : [
        {
          name: file,
          files: {
            ...FILES,
            ...(process.env["MORE_FILES"] === undefined
              ? {}
              : (JSON.parse(readFileSync(process.env["MORE_FILES"], "utf8")) as Record<string, string>)),
          },
          steps: lines(readFileSync(file, "utf8")),
        },
      ];
const recorded = pathToFileURL(`${process.cwd()}/test/conformance/kubectl/recorded/`);
const all: Comparison[] = [];
for (const scenario of scenarios) {
  const at = Date.now();
  const results = await compareScenario(binary, scenario, at);
  all.push(...results);
  console.log(`${scenario.name}: ${results.filter((one) => one.same).length}/${results.length}`);
  if (process.env["RECORD"] !== undefined) saveRecording(recorded, binary.name, scenario, results, at);
}
if (process.env["VERBOSE"] !== undefined) {
  for (const one of all.filter((result) => !result.same)) {
    console.log(`\n### kubectl ${one.line}`);
    for (const field of ["exitCode", "stdout", "stderr"] as const) {
      if (one.ours[field] !== one.real[field])
        console.log(`--- real ${field}\n${one.real[field]}\n--- ours\n${one.ours[field]}`);
    }
  }
}
const report = process.env["REPORT"];
if (report !== undefined) writeFileSync(report, JSON.stringify(all, null, 1));
console.log(`identical ${all.filter((one) => one.same).length}/${all.length} (against ${binary.name})`);
process.exit(0);
