/** kubectl scale. */
import { groupKind, pathOf } from "../client/discovery.ts";
import { ANY_ACCEPT } from "../client/rest.ts";
import type { Command } from "../command.ts";
import { CommandError, throwAll } from "../errors.ts";
import { ALL_FLAG, DRY_RUN_FLAG, FILE_FLAGS, OUTPUT_FLAGS, RECORD_FLAG, SELECTOR_FLAG } from "../flags/common.ts";
import { dryRunOf, dryRunQuery, dryRunSuffix, type Invocation } from "../invocation.ts";
import { numberAt, textAt } from "../object.ts";
import { printerFor } from "../printers/output.ts";
import { build, fetchNamed } from "../resources/builder.ts";
import { deadline } from "./interrupts.ts";
import { recordAfter } from "./record.ts";

async function scale(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const dryRun = dryRunOf(invocation);
  const printer = printerFor(invocation);
  invocation.checkNamespace();
  invocation.checkAccess();
  const count = flags.number("replicas");
  if (count < 0)
    throw new CommandError("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0");
  if (flags.number("current-replicas") < -1)
    throw new CommandError("The --current-replicas must specify an integer of -1 or greater");
  const selection = await build(invocation, {
    args: invocation.args,
    all: flags.bool("all"),
    selector: flags.string("selector"),
  });
  const { targets, errors } = await fetchNamed(invocation, selection);
  const version = flags.string("resource-version");
  if (targets.length > 1 && version !== "")
    throw new CommandError("cannot use --resource-version with multiple resources");
  const rest = await invocation.rest();
  const current = flags.number("current-replicas");
  if (targets.length === 0) {
    throw new CommandError(
      `no objects passed to scale${errors.map((error) => ` ${(error as Error).message}`).join("")}`,
    );
  }
  // The first that cannot be scaled ends it; what could not be found is told only where all went well.
  for (const target of targets) {
    const path = pathOf(target.resource, target.namespace, target.name, "scale");
    if (dryRun !== "client" && (current !== -1 || version !== "")) {
      const state = await rest.get(path);
      const now = numberAt(state, "spec", "replicas");
      if (current !== -1 && now !== current) throw new CommandError(`Expected replicas to be ${current}, was ${now}`);
      if (version !== "" && textAt(state, "metadata", "resourceVersion") !== version) {
        throw new CommandError(
          `Expected resource version to be ${version}, was ${textAt(state, "metadata", "resourceVersion")}`,
        );
      }
    }
    if (dryRun !== "client") {
      await rest.json("PATCH", path, {
        body: { spec: { replicas: count } },
        contentType: "application/merge-patch+json",
        query: dryRunQuery(dryRun),
        accept: ANY_ACCEPT,
      });
    }
    if (dryRun === "none") await recordAfter(invocation, target);
    if (flags.duration("timeout") > 0 && dryRun === "none") await waitForReplicas(invocation, path, count);
    // What is shown is the object as it was before.
    if (printer !== undefined) await invocation.out(printer(target.object));
    else await invocation.out(`${groupKind(target.resource)}/${target.name} scaled${dryRunSuffix(dryRun)}\n`);
  }
  throwAll(errors);
}

async function waitForReplicas(invocation: Invocation, path: string, count: number): Promise<void> {
  const limit = deadline(invocation, invocation.flags.duration("timeout"));
  const rest = await invocation.rest();
  try {
    while (!limit.signal.aborted) {
      const state = await rest.get(path);
      if (numberAt(state, "status", "replicas") === count && numberAt(state, "spec", "replicas") === count) return;
      await invocation.process.clock.sleep(1000, limit.signal).catch(() => undefined);
    }
    throw new CommandError("timed out waiting for the condition");
  } finally {
    limit.stop();
  }
}

export const SCALE: Command = {
  name: "scale",
  short: "Set a new size for a deployment, replica set, or stateful set",
  arguments: "[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)",
  examples: [
    "kubectl scale statefulset web --replicas=5",
    "kubectl scale --current-replicas=2 --replicas=3 deployment/web",
  ],
  completes: { types: ["deployment", "replicaset", "replicationcontroller", "statefulset"], several: true },
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    ALL_FLAG,
    SELECTOR_FLAG,
    DRY_RUN_FLAG,
    RECORD_FLAG,
    { name: "replicas", type: "int", default: "0", required: true, usage: "The new number of replicas" },
    { name: "current-replicas", type: "int", default: "-1", usage: "Only where it has this many now" },
    { name: "resource-version", type: "string", usage: "Only where the object is at this version" },
    { name: "timeout", type: "duration", default: "0s", usage: "How long to wait for the new size; 0: do not wait" },
  ],
  run: scale,
};
