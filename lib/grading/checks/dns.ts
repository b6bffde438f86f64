import { toCel } from "../cel.ts";
import type { CheckType, SpecOf } from "./check-type.ts";
import { CheckError, outcomeOf } from "./verdict-of.ts";

/** What the cluster's DNS answers. */
export const dnsCheck: CheckType<SpecOf<"dns">> = {
  type: "dns",
  trigger: () => ({ on: "settled" }),
  async evaluate(spec, { sandbox }) {
    const result = await sandbox.run(`dig +short '${spec.name.replaceAll("'", "")}' ${spec.record}`, {
      timeoutMs: 10_000,
      session: "grading",
    });
    if (result.exitCode !== 0)
      throw new CheckError(`dig ended with exit code ${result.exitCode}: ${result.stderr.trim()}`);
    const answers = result.stdout.split("\n").filter((line) => line !== "");
    const observed = answers.length === 0 ? `no ${spec.record} record for ${spec.name}` : answers.join(", ");
    return { ...outcomeOf(spec.that, { answers: toCel(answers) }), observed };
  },
};
