/** kubectl taint (k8s.io/kubectl/pkg/cmd/taint). */
import type { Command } from "../command.ts";
import { CommandError, PlainError, throwAll } from "../errors.ts";
import {
  ALL_FLAG,
  DRY_RUN_FLAG,
  fieldManagerFlag,
  OUTPUT_FLAGS,
  SELECTOR_FLAG,
  VALIDATE_FLAG,
} from "../flags/common.ts";
import { dryRunOf, dryRunQuery, fieldValidation, type Invocation } from "../invocation.ts";
import { clone, isObject, type JsonObject, type KubeObject, listAt, setAt, textAt } from "../object.ts";
import { twoWayStrategicPatch } from "../patch/three-way.ts";
import { printerFor, printResult } from "../printers/output.ts";
import { build, visitEach } from "../resources/builder.ts";
import { nodeArguments } from "./cordon.ts";
import { requestedResource } from "./explain-path.ts";

interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}
const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

const NAME_PART =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

function parseTaint(text: string): Taint {
  const invalid = (more = "") => new CommandError(`invalid taint spec: ${text}${more}`);
  const parts = text.split(":");
  let [key = "", effect = ""] = parts;
  let value = "";
  if (parts.length > 2) throw invalid();
  if (parts.length === 2) {
    if (!EFFECTS.includes(effect)) throw new CommandError(`invalid taint effect: ${effect}, unsupported taint effect`);
    const pair = key.split("=");
    if (pair.length > 2) throw invalid();
    [key = "", value = ""] = pair;
    if (value.length > 63 || !/^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(value)) {
      throw invalid(
        ", a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      );
    }
  }
  if (key.split("/").length > 2)
    throw invalid(
      ", a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    );
  const name = key.slice(key.indexOf("/") + 1);
  if (!/^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/.test(name)) {
    throw invalid(`, ${name === "" ? "name part must be non-empty; " : ""}${NAME_PART}`);
  }
  return { key, value, effect };
}

function parseTaints(words: readonly string[]): { add: Taint[]; remove: Taint[] } {
  const add: Taint[] = [];
  const remove: Taint[] = [];
  for (const word of words) {
    if (word.endsWith("-")) remove.push({ ...parseTaint(word.slice(0, -1)), value: "" });
    else {
      const taint = parseTaint(word);
      if (taint.effect === "") throw new CommandError(`invalid taint spec: ${word}`);
      if (add.some((one) => one.key === taint.key && one.effect === taint.effect)) {
        throw new CommandError(
          `duplicated taints with the same key and effect: {${taint.key} ${taint.value} ${taint.effect} <nil>}`,
        );
      }
      add.push(taint);
    }
  }
  return { add, remove };
}

async function check(
  invocation: Invocation,
  resources: readonly string[],
  add: readonly Taint[],
  remove: readonly Taint[],
): Promise<void> {
  const { flags } = invocation;
  const type = (resources[0] ?? "").toLowerCase();
  const { resource } = await requestedResource(invocation, type);
  if (resource.kind !== "Node") throw new CommandError(`invalid resource type ${type}, only node types are supported`);
  const clashes = add.flatMap((one) =>
    remove
      .filter((other) => other.key === one.key && (other.effect === "" || other.effect === one.effect))
      .map((other) => `${other.key}=${other.effect}`),
  );
  if (clashes.length > 0) {
    throw new CommandError(
      `can not both modify and remove the following taint(s) in the same command: ${clashes.join(", ")}`,
    );
  }
  const [all, selector] = [flags.bool("all"), flags.string("selector")];
  if (all && selector !== "") throw new CommandError("setting 'all' parameter with a non empty selector is prohibited");
  if (!all && selector === "" && resources.length < 2)
    throw new CommandError("at least one resource name must be specified since 'all' parameter is not set");
}

const same = (taint: Taint, other: JsonObject): boolean =>
  taint.key === other["key"] && taint.effect === other["effect"];

/** The node's new taints, and what was done in a word (reorganizeTaints). */
function reorganize(
  node: KubeObject,
  add: readonly Taint[],
  remove: readonly Taint[],
  overwrite: boolean,
): { taints: JsonObject[]; operation: string; errors: CommandError[] } {
  const old = listAt(node, "spec", "taints").filter(isObject);
  if (!overwrite) {
    const exists = add.filter((taint) => old.some((one) => same(taint, one))).map((taint) => taint.key);
    if (exists.length > 0) {
      throw new CommandError(
        `node ${textAt(node, "metadata", "name")} already has ${exists.join(",")} taint(s) with same effect(s) and --overwrite is false`,
      );
    }
  }
  let taints: JsonObject[] = [
    ...add.map(({ key, value, effect }) => ({ key, ...(value === "" ? {} : { value }), effect })),
    ...old.filter((one) => !add.some((taint) => same(taint, one))),
  ];
  const added = taints.length !== old.length;
  const errors: CommandError[] = [];
  let deleted = false;
  for (const { key, effect } of remove) {
    const kept = taints.filter((one) => one["key"] !== key || (effect !== "" && one["effect"] !== effect));
    deleted = kept.length !== taints.length;
    if (!deleted) errors.push(new CommandError(`taint "${effect === "" ? key : `${key}:${effect}`}" not found`));
    taints = kept;
  }
  const operation = (added && deleted) || overwrite ? "modified" : added ? "tainted" : "untainted";
  return { taints, operation, errors };
}

async function taint(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  invocation.checkNamespace();
  invocation.checkAccess();
  const dryRun = dryRunOf(invocation);
  fieldValidation(invocation);
  const isTaint = (word: string) => word.includes("=") || word.includes(":") || word.endsWith("-");
  const first = args.findIndex(isTaint);
  const resources = first === -1 ? args : args.slice(0, first);
  const words = first === -1 ? [] : args.slice(first);
  const stray = words.find((word) => !isTaint(word));
  if (stray !== undefined) throw new CommandError(`all resources must be specified before taint changes: ${stray}`);
  if (resources.length < 1) throw new CommandError("one or more resources must be specified as <resource> <name>");
  if (words.length < 1) throw new CommandError("at least one taint update is required");
  let parsed: ReturnType<typeof parseTaints>;
  try {
    parsed = parseTaints(words);
  } catch (error) {
    throw invocation.usageError((error as Error).message);
  }
  const { add, remove } = parsed;
  await check(invocation, resources, add, remove);
  const all = flags.bool("all");
  const selector = flags.string("selector");
  const names = all || selector !== "" ? [] : resources.slice(1);
  const selection = await build(invocation, { args: nodeArguments(names), all, selector });
  const errors = await visitEach(invocation, selection, async ({ name, object, resource }) => {
    if (resource.kind !== "Node")
      throw new CommandError(`unexpected type *${resource.version}.${resource.kind}, expected Node`);
    const { taints, operation, errors: missing } = reorganize(object, add, remove, flags.bool("overwrite"));
    throwAll(missing);
    const after = clone(object);
    setAt(after, ["spec", "taints"], taints.length === 0 ? undefined : taints);
    const printer = printerFor(invocation);
    const result =
      dryRun === "client"
        ? after
        : await (await invocation.rest()).json("PATCH", `/api/v1/nodes/${encodeURIComponent(name)}`, {
            body: twoWayStrategicPatch("Node", object, after),
            contentType: "application/strategic-merge-patch+json",
            query: {
              fieldManager: flags.string("field-manager"),
              fieldValidation: fieldValidation(invocation),
              ...dryRunQuery(dryRun),
            },
          });
    await printResult(invocation, result, operation, printer, dryRun !== "client");
  });
  if (errors.length > 1 && errors.every((error) => error instanceof CommandError))
    throw new PlainError(errors.map((error) => `${(error as Error).message}\n`).join(""));
  throwAll(errors);
}

export const TAINT: Command = {
  name: "taint",
  short: "Update the taints on one or more nodes",
  arguments: "NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N",
  examples: ["kubectl taint nodes node-1 disk=slow:NoSchedule", "kubectl taint nodes node-1 disk-"],
  completes: { types: ["node"], several: true },
  flags: [
    ...OUTPUT_FLAGS,
    ALL_FLAG,
    SELECTOR_FLAG,
    DRY_RUN_FLAG,
    VALIDATE_FLAG,
    fieldManagerFlag("kubectl-taint"),
    { name: "overwrite", type: "bool", default: "false", usage: "Replace taints that are there" },
  ],
  run: taint,
};
