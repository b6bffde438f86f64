/** What all `kubectl set` commands share: finding objects, changing a copy, sending the difference, printing. */
import { quote } from "../../../encoding/index.ts";
import { pathOf } from "../../client/discovery.ts";
import { CommandError, throwAll } from "../../errors.ts";
import {
  ALL_FLAG,
  DRY_RUN_FLAG,
  FILE_FLAGS,
  fieldManagerFlag,
  LOCAL_FLAG,
  OUTPUT_FLAGS,
  RECORD_FLAG,
} from "../../flags/common.ts";
import type { FlagDefinition } from "../../flags/parse.ts";
import { type DryRun, dryRunOf, dryRunQuery, dryRunSuffix, type Invocation } from "../../invocation.ts";
import {
  clone,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
  listAt,
  parseApiVersion,
  textAt,
} from "../../object.ts";
import { twoWayStrategicPatch } from "../../patch/three-way.ts";
import { printerFor, printResult } from "../../printers/output.ts";
import { build, fetchAll, type Target } from "../../resources/builder.ts";
import { localSelection } from "../local.ts";
import { recordChange } from "../record.ts";
import { unregistered } from "../unregistered.ts";

export const SET_FLAGS: readonly FlagDefinition[] = [
  ...FILE_FLAGS,
  ...OUTPUT_FLAGS,
  ALL_FLAG,
  DRY_RUN_FLAG,
  LOCAL_FLAG,
  RECORD_FLAG,
  fieldManagerFlag("kubectl-set"),
];

type Found = Target & { object: KubeObject };

/** Where the Pod spec of a kind is. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Pod: ["spec"],
  ReplicationController: ["spec", "template", "spec"],
  Deployment: ["spec", "template", "spec"],
  DaemonSet: ["spec", "template", "spec"],
  ReplicaSet: ["spec", "template", "spec"],
  StatefulSet: ["spec", "template", "spec"],
  Job: ["spec", "template", "spec"],
  CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
};

/** The Pod spec inside an object, to be changed in place (UpdatePodSpecForObject). */
export function podSpecOf(object: KubeObject): JsonObject {
  const kind = textAt(object, "kind");
  let current: Json | undefined = object;
  for (const step of TEMPLATES[kind] ?? ["-"]) current = isObject(current) ? current[step] : undefined;
  if (!isObject(current)) {
    const { version } = parseApiVersion(textAt(object, "apiVersion"));
    throw new CommandError(`the object is not a pod or does not have a pod template: *${version}.${kind}`);
  }
  return current;
}

/** Containers whose name matches a pattern with `*`. */
export function selectContainers(spec: JsonObject, field: string, pattern: string): JsonObject[] {
  const expression = new RegExp(
    `^${pattern
      .split("*")
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*")}$`,
  );
  return listAt(spec, field).filter((one): one is JsonObject => isObject(one) && expression.test(textAt(one, "name")));
}

/** The objects that arguments and -f mean; with --local those in files as they are, without a server. */
export async function selectTargets(
  invocation: Invocation,
  args: readonly string[],
  selector = "",
): Promise<{ targets: Found[]; errors: unknown[] }> {
  const { flags } = invocation;
  if (!flags.bool("local")) {
    const found = await fetchAll(invocation, await build(invocation, { args, all: flags.bool("all"), selector }));
    const errors = [...found.errors];
    const targets = found.targets.filter(({ resource }) => {
      const problem = unregistered(resource);
      if (problem !== undefined) errors.push(problem);
      return problem === undefined;
    });
    return { targets, errors };
  }
  if (args.length > 0 || flags.list("filename").length === 0) {
    throw new CommandError(
      "you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'",
    );
  }
  const { targets, errors } = await localSelection(invocation);
  for (const { resource, source } of targets) {
    const problem = unregistered(resource);
    if (problem !== undefined) throw new CommandError(`unable to decode ${quote(source)}: ${problem.message}`);
  }
  return { targets, errors };
}

export function refuseLocalOnServer(invocation: Invocation, dryRun: DryRun): void {
  if (invocation.flags.bool("local") && dryRun === "server") {
    throw new CommandError("cannot specify --local and --dry-run=server - did you mean --dry-run=client?");
  }
}

interface Change {
  /** "image updated". */
  readonly operation: string;
  /** Before the server's words where it refuses; undefined: its error as it is. */
  readonly failure?: string;
  /** Objects that did not change are sent and printed all the same. */
  readonly evenUnchanged?: boolean;
  /** Changes the object in place; a thrown error is told with the object's name. */
  readonly mutate: (object: KubeObject, target: Found) => void | Promise<void>;
  /** Errors are thrown as they are, without the object's name. */
  readonly plainErrors?: boolean;
  /** Looked at after a patch went through; throws to end the command. */
  readonly afterPatch?: () => void;
}

/** Changes all targets; errors met before and on the way are thrown together at the end. */
export async function changeAll(
  invocation: Invocation,
  targets: readonly Found[],
  errors: unknown[],
  change: Change,
): Promise<void> {
  const { flags } = invocation;
  const dryRun = dryRunOf(invocation);
  const printer = printerFor(invocation);
  const local = flags.bool("local");
  /** Told after what changes themselves found. */
  const unfit: unknown[] = [];
  const changed: { target: Found; after: KubeObject; patch: JsonObject }[] = [];
  for (const target of targets) {
    const after = clone(target.object);
    try {
      await change.mutate(after, target);
    } catch (error) {
      if (change.plainErrors === true || !(error instanceof CommandError)) throw error;
      unfit.push(new CommandError(`error: ${target.resource.name}/${target.name} ${error.message}\n`));
      continue;
    }
    if (flags.bool("record")) recordChange(invocation, after);
    const patch = twoWayStrategicPatch(target.resource.kind, target.object, after);
    if (Object.keys(patch).length > 0 || change.evenUnchanged === true) changed.push({ target, after, patch });
  }
  errors.push(...unfit);
  for (const { target, after, patch } of changed) {
    if (local || dryRun === "client") {
      await printResult(invocation, after, `${change.operation}${dryRunSuffix(dryRun)}`, printer, true);
      continue;
    }
    let actual: KubeObject;
    try {
      const rest = await invocation.rest();
      actual = await rest.json("PATCH", pathOf(target.resource, target.namespace, target.name), {
        body: patch,
        contentType: "application/strategic-merge-patch+json",
        query: { fieldManager: flags.string("field-manager"), ...dryRunQuery(dryRun) },
      });
    } catch (error) {
      if (change.failure === undefined) throw error;
      errors.push(new CommandError(`${change.failure} ${(error as Error).message}`));
      continue;
    }
    change.afterPatch?.();
    await printResult(invocation, actual, `${change.operation}${dryRunSuffix(dryRun)}`, printer, true);
  }
  throwAll(errors);
}

/** GetResourcesAndPairs: resources first, then a=b and a-. */
export function splitPairs(args: readonly string[], type: string): { resources: string[]; pairs: string[] } {
  const resources: string[] = [];
  const pairs: string[] = [];
  for (const arg of args) {
    if ((arg.includes("=") && !arg.startsWith("=")) || (arg.endsWith("-") && arg !== "-")) pairs.push(arg);
    else if (pairs.length > 0) throw new CommandError(`all resources must be specified before ${type} changes: ${arg}`);
    else resources.push(arg);
  }
  return { resources, pairs };
}
