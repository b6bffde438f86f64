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
import { dryRunOf, dryRunQuery, dryRunSuffix, type Invocation } from "../../invocation.ts";
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
import { build, fetchAll, missingFiles, nothingNamed, type Target } from "../../resources/builder.ts";
import { localSelection } from "../local.ts";
import { recordChange } from "../record.ts";
import { undecodable } from "../unregistered.ts";

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

const NAMED_LOCALLY =
  "error: you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'";

/** The objects that arguments and -f mean; with --local those in files as they are, without a server. */
export async function selectTargets(
  invocation: Invocation,
  args: readonly string[],
  selector = "",
  /** Where it is given: told, with arguments that --local has no use for, beside the files that are missing. */
  alsoWrong?: readonly unknown[],
): Promise<{ targets: Found[]; errors: unknown[] }> {
  const { flags } = invocation;
  if (!flags.bool("local")) {
    const selection = await build(invocation, {
      args,
      all: flags.bool("all"),
      selector,
      typed: true,
      alsoWrong: alsoWrong ?? [],
    });
    const { targets, errors } = await fetchAll(invocation, selection, "", true);
    return { targets, errors: [...errors] };
  }
  const named = args.length > 0 ? [new CommandError(NAMED_LOCALLY)] : [];
  if (alsoWrong === undefined) throwAll(named);
  throwAll([...missingFiles(invocation, flags.list("filename")), ...named, ...(alsoWrong ?? [])]);
  if (flags.list("filename").length === 0) throw nothingNamed();
  const { targets, errors } = await localSelection(invocation);
  for (const { object, source } of targets) {
    const problem = undecodable(object);
    if (problem !== undefined) throw new CommandError(`unable to decode ${quote(source)}: ${problem}`);
  }
  return { targets, errors };
}

/** Throws where --local and --dry-run=server were given both. */
export function refuseLocalOnServer(invocation: Invocation): void {
  if (invocation.flags.bool("local") && dryRunOf(invocation) === "server") {
    throw localOnServer();
  }
}

export const localOnServer = (): CommandError =>
  new CommandError("cannot specify --local and --dry-run=server - did you mean --dry-run=client?");

interface Change {
  /** "image updated". */
  readonly operation: string;
  /** Before the server's words where it refuses; undefined: its error as it is. */
  readonly failure?: string;
  /** Objects that did not change are sent and printed all the same. */
  readonly evenUnchanged?: boolean;
  /** Changes the object in place; a thrown error is told with the object's name. */
  readonly mutate: (object: KubeObject, target: Found) => void | Promise<void>;
  /** Errors are told as they are, without the object's name. */
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
      if (!(error instanceof CommandError)) throw error;
      unfit.push(
        change.plainErrors === true
          ? error
          : new CommandError(`error: ${target.resource.name}/${target.name} ${error.message}\n`),
      );
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
