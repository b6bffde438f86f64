/** kubectl cordon and uncordon. */
import { groupResource } from "../client/discovery.ts";
import type { Command } from "../command.ts";
import { CommandError, throwAll } from "../errors.ts";
import { DRY_RUN_FLAG, SELECTOR_FLAG } from "../flags/common.ts";
import { dryRunOf, dryRunQuery, dryRunSuffix, type Invocation } from "../invocation.ts";
import { type KubeObject, nameOf, textAt } from "../object.ts";
import { build, fetchAll, getNamed, nothingNamed } from "../resources/builder.ts";

/** Names of nodes as arguments of a selection: a name may say of what kind it is. */
export const nodeArguments = (names: readonly string[]): string[] =>
  names.some((word) => word.includes("/"))
    ? names.map((word) => (word.includes("/") ? word : `nodes/${word}`))
    : ["nodes", ...names];

/** The nodes that are meant: the first that is missing, or is none, ends it. */
async function nodesOf(invocation: Invocation, selector: string): Promise<{ object: KubeObject }[]> {
  const { args } = invocation;
  if (args.length === 0) {
    if (selector === "") throw nothingNamed();
    const { targets, errors } = await fetchAll(invocation, await build(invocation, { args: ["nodes"], selector }));
    throwAll(errors);
    return targets;
  }
  const { targets } = await build(invocation, { args: nodeArguments(args) });
  if (new Set(targets.map(({ resource }) => groupResource(resource))).size > 1)
    throw new CommandError("you may only specify a single resource type");
  const rest = await invocation.rest();
  const found: { object: KubeObject }[] = [];
  for (const target of targets) {
    const object = await getNamed(rest, target);
    const { group, version, name } = target.resource;
    if (group !== "" || name !== "nodes")
      throw new CommandError(`expected resource of type node, got "${group}/${version}, Resource=${name}"`);
    found.push({ object });
  }
  return found;
}

/** Marks the nodes that arguments and --selector mean; returns their names. */
export async function cordonNodes(
  invocation: Invocation,
  unschedulable: boolean,
  /** Throws where more is wrong with the flags. */
  checkMore?: () => void,
): Promise<string[]> {
  const done = unschedulable ? "cordoned" : "uncordoned";
  const { args, flags } = invocation;
  const selector = flags.string("selector");
  if (args.length === 0 && !flags.changed("selector"))
    throw invocation.usageError(`USAGE: ${invocation.command.name} NODE [flags]`);
  if (args.length > 0 && selector !== "")
    throw invocation.usageError(`error: cannot specify both a node name and a --selector option`);
  const dryRun = dryRunOf(invocation);
  invocation.checkAccess();
  checkMore?.();
  invocation.checkNamespace();
  const targets = await nodesOf(invocation, selector);
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
