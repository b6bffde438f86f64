/** kubectl label and annotate (k8s.io/kubectl/pkg/cmd/{label,annotate}). */
import { pathOf } from "../client/discovery.ts";
import type { Command } from "../command.ts";
import { CommandError, throwAll } from "../errors.ts";
import {
  ALL_FLAG,
  ALL_NAMESPACES_FLAG,
  DRY_RUN_FLAG,
  FIELD_SELECTOR_FLAG,
  FILE_FLAGS,
  fieldManagerFlag,
  LOCAL_FLAG,
  OUTPUT_FLAGS,
  RECORD_FLAG,
  SELECTOR_FLAG,
} from "../flags/common.ts";
import { dryRunOf, dryRunQuery, dryRunSuffix, type Invocation } from "../invocation.ts";
import { type JsonObject, type KubeObject, objectAt, stringsAt } from "../object.ts";
import { printerFor, shortName } from "../printers/output.ts";
import { build, fetchAll, fetchNamed } from "../resources/builder.ts";
import { localSelection } from "./local.ts";
import { CHANGE_CAUSE, changeCause } from "./record.ts";
import { refuseLocalOnServer } from "./set/template.ts";

interface Kind {
  readonly field: "labels" | "annotations";
  readonly one: string;
  readonly past: string;
}

/** Splits "a=b" and "a-" from the resource arguments. */
function split(args: readonly string[], field: string): { resources: string[]; pairs: string[] } {
  const resources: string[] = [];
  const pairs: string[] = [];
  for (const arg of args) {
    const isPair = (arg.includes("=") && !arg.startsWith("=")) || (arg.endsWith("-") && arg !== "-");
    if (isPair) pairs.push(arg);
    else if (pairs.length > 0)
      throw new CommandError(
        `all resources must be specified before ${field === "labels" ? "label" : "annotation"} changes: ${arg}`,
      );
    else resources.push(arg);
  }
  return { resources, pairs };
}

function run({ field, one, past }: Kind) {
  return async (invocation: Invocation): Promise<void> => {
    const { flags } = invocation;
    const labels = field === "labels";
    const dryRun = dryRunOf(invocation);
    // Annotations have one printer, made at the start; labels one for each object.
    const printer = labels ? undefined : printerFor(invocation);
    if (!labels) invocation.checkNamespace();
    const { resources, pairs } = split(invocation.args, field);
    const set: Record<string, string> = {};
    const drop: string[] = [];
    for (const pair of pairs) {
      const equals = pair.indexOf("=");
      if (equals === -1) drop.push(pair.slice(0, -1));
      else if (labels) addLabel(set, pair.slice(0, equals), pair.slice(equals + 1));
      else set[pair.slice(0, equals)] = pair.slice(equals + 1);
    }
    const both = drop.filter((key) => key in set);
    if (labels && both.length > 0) throw new CommandError("can not both modify and remove a label in the same command");
    const listing = flags.bool("list");
    if (listing && labels && flags.string("output") !== "")
      throw new CommandError("--list and --output may not be specified together");
    if (labels) invocation.checkNamespace();
    checkSelectors(invocation);
    const local = flags.bool("local");
    checkSources(invocation, resources, labels ? "pod" : "rsrc");
    if (pairs.length === 0 && !listing) throw new CommandError(`at least one ${one} update is required`);
    if (both.length > 0)
      throw new CommandError(
        `can not both modify and remove the following annotation(s) in the same command: ${both.join(",")}`,
      );
    const select = () =>
      build(invocation, {
        args: resources,
        skipNamespaceCheck: local,
        all: flags.bool("all"),
        selector: flags.string("selector"),
        fieldSelector: flags.string("field-selector"),
        allNamespaces: flags.bool("all-namespaces"),
      });
    const here = local && flags.string("kustomize") === "" ? await localSelection(invocation) : undefined;
    const selection = here === undefined ? await select() : undefined;
    const { targets, errors } =
      selection === undefined
        ? (here ?? { targets: [], errors: [] })
        : local
          ? await fetchNamed(invocation, selection)
          : await fetchAll(invocation, selection);
    const version = flags.string("resource-version");
    const [file = "-"] = flags.list("filename");
    const oneFile = flags.list("filename").length === 1 && file !== "-" && !isDirectory(invocation, file);
    const single = selection === undefined || selection.fromFiles ? oneFile : selection.single;
    if (version !== "" && targets.length > 1)
      throw new CommandError("--resource-version may only be used with a single resource");
    const recorded = (metadata: JsonObject): JsonObject =>
      flags.bool("record")
        ? {
            ...metadata,
            annotations: { ...objectAt(metadata, "annotations"), [CHANGE_CAUSE]: changeCause(invocation) },
          }
        : metadata;
    for (const target of targets) {
      try {
        const before = stringsAt(target.object, "metadata", field);
        if (!flags.bool("overwrite")) {
          const clashes = Object.keys(set)
            .sort()
            .filter((key) => key in before && before[key] !== set[key]);
          if (clashes.length > 0) {
            throw new CommandError(
              field === "labels"
                ? clashes
                    .map((key) => `'${key}' already has a value (${before[key]}), and --overwrite is false`)
                    .join("; ")
                : `--overwrite is false but found the following declared annotation(s): ${clashes.map((key) => `'${key}' already has a value (${before[key]})`).join("; ")}`,
            );
          }
        }
        if (listing) {
          // What the changes would make of them is shown, and nothing is changed.
          const after = { ...before, ...set };
          for (const key of drop) delete after[key];
          if (!single)
            await invocation.out(
              `Listing ${field} for ${target.resource.kind}.${target.resource.group}/${target.name}:\n`,
            );
          for (const key of Object.keys(after).sort())
            await invocation.out(`${single ? "" : " "}${key}=${after[key]}\n`);
          continue;
        }
        const missing = drop.filter((key) => !(key in before));
        for (const key of field === "labels" && !local && dryRun !== "client" ? missing : [])
          await invocation.out(`${one} "${key}" not found.\n`);
        const changes: JsonObject = {};
        for (const [key, value] of Object.entries(set)) if (before[key] !== value) changes[key] = value;
        for (const key of drop) if (key in before) changes[key] = null;
        // Told of a version, the object says so: that is a change where nothing is sent.
        const changed = Object.keys(changes).length > 0 || (version !== "" && (local || dryRun === "client"));
        let object: KubeObject = target.object;
        if (local || dryRun === "client") {
          const values: Record<string, string> = { ...before, ...set };
          for (const key of drop) delete values[key];
          object = { ...object, metadata: { ...(object["metadata"] as JsonObject), [field]: values } };
        } else if (changed || field === "annotations") {
          object = await (await invocation.rest()).json(
            "PATCH",
            pathOf(target.resource, target.namespace, target.name),
            {
              body: {
                metadata: recorded({ [field]: changes, ...(version === "" ? {} : { resourceVersion: version }) }),
              },
              contentType: "application/merge-patch+json",
              query: { fieldManager: flags.string("field-manager"), ...dryRunQuery(dryRun) },
            },
          );
        }
        // Upstream prints what it sent, not what came back, of labels.
        if (field === "labels" && !local && dryRun !== "client") {
          const values: Record<string, string> = { ...before, ...set };
          for (const key of drop) delete values[key];
          object = { ...target.object, metadata: { ...(target.object["metadata"] as JsonObject), labels: values } };
        }
        const operation =
          field === "annotations"
            ? past
            : !changed
              ? drop.length > 0 && Object.keys(before).length === 0
                ? past
                : `not ${past}`
              : drop.length > 0 && Object.keys(set).length === 0 && Object.keys(changes).length > 0
                ? `un${past}`
                : past;
        const own = labels ? printerFor(invocation) : printer;
        await invocation.out(
          own === undefined ? `${shortName(object)} ${operation}${dryRunSuffix(dryRun)}\n` : own(object),
        );
      } catch (error) {
        errors.push(error);
      }
    }
    throwAll(errors);
  };
}

const isDirectory = ({ process }: Invocation, path: string): boolean =>
  process.files.exists(path) && process.files.stat(path).type === "directory";

function checkSelectors({ flags }: Invocation): void {
  for (const flag of ["selector", "field-selector"])
    if (flags.bool("all") && flags.string(flag) !== "")
      throw new CommandError(`cannot set --all and --${flag} at the same time`);
}

/** What is to be changed is named, and with --local by files alone. */
function checkSources(invocation: Invocation, resources: readonly string[], example: string): void {
  const { flags } = invocation;
  const fromFiles = flags.list("filename").length > 0 || flags.string("kustomize") !== "";
  if (!flags.bool("local")) {
    if (resources.length === 0 && !fromFiles)
      throw new CommandError("one or more resources must be specified as <resource> <name> or <resource>/<name>");
    return;
  }
  refuseLocalOnServer(invocation);
  if (resources.length > 0)
    throw new CommandError(
      `can only use local files by -f ${example}.yaml or --filename=${example}.json when --local=true is set`,
    );
  if (!fromFiles)
    throw new CommandError(`one or more files must be specified as -f ${example}.yaml or --filename=${example}.json`);
}

function addLabel(set: Record<string, string>, key: string, value: string): void {
  if (value.length > 63 || !/^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(value)) {
    throw new CommandError(
      `invalid label value: "${key}=${value}": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    );
  }
  set[key] = value;
}

function command(name: string, short: string, kind: Kind): Command {
  return {
    name,
    short,
    arguments: "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N",
    examples: [`kubectl ${name} pod web-0 a=b`, `kubectl ${name} pod web-0 a-`],
    completes: "resource-name",
    flags: [
      ...FILE_FLAGS,
      ...OUTPUT_FLAGS,
      ALL_FLAG,
      ALL_NAMESPACES_FLAG,
      SELECTOR_FLAG,
      FIELD_SELECTOR_FLAG,
      DRY_RUN_FLAG,
      LOCAL_FLAG,
      RECORD_FLAG,
      fieldManagerFlag(`kubectl-${name}`),
      { name: "list", type: "bool", default: "false", usage: `Show the ${kind.field}` },
      { name: "overwrite", type: "bool", default: "false", usage: "Replace values that are there" },
      { name: "resource-version", type: "string", usage: "Only where the object is at this version" },
    ],
    run: run(kind),
  };
}

export const LABEL = command("label", "Update the labels on a resource", {
  field: "labels",
  one: "label",
  past: "labeled",
});
export const ANNOTATE = command("annotate", "Update the annotations on a resource", {
  field: "annotations",
  one: "annotation",
  past: "annotated",
});
