/** `npm run bench:kubectl`: all command lines through both kubectls; prints identical/total, and with VERBOSE=1 what differs. */
import { writeFileSync } from "node:fs";
import { kubectlBinaries } from "../../integration/kubectl-binaries.ts";
import { type Comparison, compareScenario } from "./compare.ts";
import { SCENARIOS } from "./scenarios.ts";

const [binary] = kubectlBinaries();
if (binary === undefined) {
  console.log("no kubectl on this machine: nothing to compare with");
  process.exit(0);
}
const only = process.argv[2];
const all: Comparison[] = [];
for (const scenario of SCENARIOS) {
  if (only !== undefined && !scenario.name.includes(only)) continue;
  const results = await compareScenario(binary, scenario);
  all.push(...results);
  console.log(`${scenario.name}: ${results.filter((one) => one.same).length}/${results.length}`);
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
