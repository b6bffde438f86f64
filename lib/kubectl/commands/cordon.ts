/** kubectl cordon and uncordon. */
import type { Command } from "../command.ts";
import { throwAll } from "../errors.ts";
import { DRY_RUN_FLAG, SELECTOR_FLAG } from "../flags/common.ts";
import { dryRunOf, dryRunQuery, dryRunSuffix, type Invocation } from "../invocation.ts";
import { nameOf, textAt } from "../object.ts";
import { build, fetchAll } from "../resources/builder.ts";

/** Marks the nodes that arguments and --selector mean; returns their names. */
export async function cordonNodes(invocation: Invocation, unschedulable: boolean): Promise<string[]> {
  const done = unschedulable ? "cordoned" : "uncordoned";
  const { args, flags } = invocation;
  const dryRun = dryRunOf(invocation);
  const selector = flags.string("selector");
  if (args.length === 0 && selector === "")
    throw invocation.usageError(`USAGE: ${invocation.command.name} NODE [flags]`);
  if (args.length > 0 && selector !== "")
    throw invocation.usageError(`error: cannot specify both a node name and a --selector option`);
  const { targets, errors } = await fetchAll(
    invocation,
    await build(invocation, { args: ["nodes", ...args], selector }),
  );
  throwAll(errors);
  const rest = await invocation.rest();
  for (const { object } of targets) {
    const already = (textAt(object, "spec", "unschedulable") === "true") === unschedulable;
    if (!already && dryRun !== "client") {
      await rest.json("PATCH", `/api/v1/nodes/${nameOf(object)}`, {
        body: { spec: { unschedulable: unschedulable ? true : null } },
        contentType: "application/strategic-merge-patch+json",
        query: dryRunQuery(dryRun),
      });
    }
    await invocation.out(`node/${nameOf(object)} ${already ? `already ${done}` : done}${dryRunSuffix(dryRun)}\n`);
  }
  return targets.map(({ object }) => nameOf(object));
}

const command = (name: string, short: string, unschedulable: boolean): Command => ({
  name,
  short,
  arguments: "NODE",
  completes: "node",
  flags: [SELECTOR_FLAG, DRY_RUN_FLAG],
  run: async (invocation) => {
    await cordonNodes(invocation, unschedulable);
  },
});

export const CORDON = command("cordon", "Mark node as unschedulable", true);
export const UNCORDON = command("uncordon", "Mark node as schedulable", false);
