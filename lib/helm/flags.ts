/** Flags that several commands share, and what they mean. */
import type { FlagDefinition } from "../kubectl/flags/parse.ts";
import { readStdin } from "../kubectl/resources/files.ts";
import { isMap, type Value, type ValueMap } from "../template/index.ts";
import { parseInto, type SetOptions } from "./chart/strvals.ts";
import { mergeMaps } from "./chart/values.ts";
import { HelmError, messageOf } from "./errors.ts";
import type { HelmRun } from "./run.ts";
import { readYamlPaced } from "./yaml.ts";

export const VALUE_FLAGS: readonly FlagDefinition[] = [
  { name: "values", shorthand: "f", type: "strings", usage: "specify values in a YAML file (can specify multiple)" },
  { name: "set", type: "array", usage: "set values on the command line (key1=val1,key2=val2)" },
  { name: "set-string", type: "array", usage: "set STRING values on the command line" },
  { name: "set-file", type: "array", usage: "set values from files (key1=path1,key2=path2)" },
  { name: "set-json", type: "array", usage: "set JSON values on the command line (key1=jsonval1)" },
  { name: "set-literal", type: "array", usage: "set a literal STRING value on the command line" },
];

/** Where charts come from over a network; none of it is here. */
export const CHART_PATH_FLAGS: readonly FlagDefinition[] = [
  { name: "version", type: "string", usage: "not supported here: a local chart has one version" },
  { name: "repo", type: "string", usage: "not supported here: there are no chart repositories" },
  { name: "verify", type: "bool", default: "false", usage: "not supported here: there are no keyrings" },
  { name: "username", type: "string", usage: "not supported here: there are no chart repositories" },
  { name: "password", type: "string", usage: "not supported here: there are no chart repositories" },
  { name: "ca-file", type: "string", usage: "not supported here: there are no chart repositories" },
  { name: "cert-file", type: "string", usage: "not supported here: there are no chart repositories" },
  { name: "key-file", type: "string", usage: "not supported here: there are no chart repositories" },
  { name: "keyring", type: "string", usage: "not supported here: there are no keyrings" },
  { name: "devel", type: "bool", default: "false", usage: "accepted; a local chart has one version" },
];
const REFUSED_CHART_FLAGS = ["repo", "verify", "username", "password", "ca-file", "cert-file", "key-file", "keyring"];

const DRY_RUN: FlagDefinition = {
  name: "dry-run",
  type: "string",
  default: "",
  bare: "client",
  usage: "simulate: client sends nothing, server allows lookups",
};
export const WAIT_FLAGS: readonly FlagDefinition[] = [
  { name: "wait", type: "bool", default: "false", usage: "wait until all objects are ready, as long as --timeout" },
  { name: "wait-for-jobs", type: "bool", default: "false", usage: "with --wait: until all Jobs are complete, too" },
  { name: "timeout", type: "duration", default: "5m0s", usage: "time to wait for any individual Kubernetes operation" },
];
export const OUTPUT: FlagDefinition = {
  name: "output",
  shorthand: "o",
  type: "string",
  default: "table",
  usage: "prints the output in the specified format: table, json, yaml",
};
export const INSTALL_FLAGS: readonly FlagDefinition[] = [
  ...VALUE_FLAGS,
  ...CHART_PATH_FLAGS,
  ...WAIT_FLAGS,
  DRY_RUN,
  { name: "create-namespace", type: "bool", default: "false", usage: "create the release namespace if not present" },
  { name: "force", type: "bool", default: "false", usage: "force resource updates through a replacement strategy" },
  { name: "no-hooks", type: "bool", default: "false", usage: "prevent hooks from running" },
  { name: "description", type: "string", usage: "add a custom description" },
  { name: "atomic", type: "bool", default: "false", usage: "undo everything on failure; sets --wait" },
  { name: "skip-crds", type: "bool", default: "false", usage: "do not install CRDs" },
  {
    name: "render-subchart-notes",
    type: "bool",
    default: "false",
    usage: "render subchart notes along with the parent",
  },
  {
    name: "skip-schema-validation",
    type: "bool",
    default: "false",
    usage: "do not check values against values.schema.json",
  },
  { name: "labels", shorthand: "l", type: "pairs", usage: "labels that are added to release metadata" },
  { name: "enable-dns", type: "bool", default: "false", usage: "not supported here: templates look no names up" },
  { name: "hide-secret", type: "bool", default: "false", usage: "hide Kubernetes Secrets when also using --dry-run" },
  { name: "hide-notes", type: "bool", default: "false", usage: "do not show notes in the output" },
  { name: "take-ownership", type: "bool", default: "false", usage: "adopt resources whatever their ownership says" },
  {
    name: "dependency-update",
    type: "bool",
    default: "false",
    usage: "not supported here: run helm dependency update",
  },
  { name: "disable-openapi-validation", type: "bool", default: "false", usage: "accepted; the server validates" },
  { name: "post-renderer", type: "string", usage: "not supported here: no program is run on manifests" },
  { name: "post-renderer-args", type: "array", usage: "not supported here" },
];

/** Flags that cannot do here what they promise are refused, never ignored. */
export function refuseFlags(run: HelmRun): void {
  const refused = [...REFUSED_CHART_FLAGS, "enable-dns", "dependency-update", "post-renderer", "post-renderer-args"];
  for (const name of refused)
    if (run.flags.has(name) && run.flags.changed(name))
      throw new HelmError(
        `--${name} is not available here: ${REASONS[name] ?? "charts come from the workspace alone"}`,
      );
}
const REASONS: Readonly<Record<string, string>> = {
  "enable-dns": "templates cannot look names up",
  "dependency-update": "run `helm dependency update` before",
  "post-renderer": "pipe the output of `helm template` through a program of yours",
  "post-renderer-args": "pipe the output of `helm template` through a program of yours",
  verify: "there are no keyrings and no provenance files",
  keyring: "there are no keyrings and no provenance files",
};

export type OutputFormat = "table" | "json" | "yaml";
export function outputOf(run: HelmRun): OutputFormat {
  const format = run.flags.string("output");
  if (format !== "table" && format !== "json" && format !== "yaml")
    throw new HelmError(`invalid argument ${JSON.stringify(format)} for "-o, --output" flag: invalid format type`);
  return format;
}

type DryRun = "none" | "client" | "server";
export function dryRunOf(run: HelmRun): DryRun {
  const value = run.flags.string("dry-run");
  switch (value) {
    case "":
    case "none":
    case "false":
      return "none";
    case "client":
    case "true":
      return "client";
    case "server":
      return "server";
    default:
      throw new HelmError("invalid dry-run flag. Flag must one of the following: false, true, none, client, server");
  }
}

/** values.Options.MergeValues: files, then --set-json, --set, --set-string, --set-file, --set-literal. */
export async function valuesOf(run: HelmRun): Promise<ValueMap> {
  const { flags, process } = run;
  let values: ValueMap = {};
  for (const path of flags.list("values")) {
    const text = path.trim() === "-" ? await readStdin(process) : readFile(run, path);
    let document: Value;
    try {
      document = (await readYamlPaced(text, (units) => process.spend(units))) as Value;
    } catch (error) {
      throw new HelmError(`failed to parse ${path}: ${messageOf(error)}`);
    }
    if (document !== null && !isMap(document))
      throw new HelmError(
        `failed to parse ${path}: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${Array.isArray(document) ? "array" : typeof document === "boolean" ? "bool" : typeof document} into Go value of type map[string]interface {}`,
      );
    await process.spend(text.length / 20);
    values = mergeMaps(values, (document ?? {}) as ValueMap);
  }
  const read = (path: string) => readFile(run, path);
  const sets: readonly (readonly [string, string, SetOptions])[] = [
    ["set-json", "failed parsing --set-json data", { json: true }],
    ["set", "failed parsing --set data", {}],
    ["set-string", "failed parsing --set-string data", { texts: true }],
    ["set-file", "failed parsing --set-file data", { read }],
    ["set-literal", "failed parsing --set-literal data", { literal: true }],
  ];
  for (const [name, words, options] of sets) {
    for (const text of flags.list(name)) {
      await process.spend(1 + text.length);
      try {
        parseInto(text, values, options);
      } catch (error) {
        throw new HelmError(`${words}: ${messageOf(error)}`);
      }
    }
  }
  return values;
}

function readFile(run: HelmRun, path: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//.test(path))
    throw new HelmError(`${path}: values cannot be read over a network here; download the file first`);
  if (!run.process.files.exists(path)) throw new HelmError(`open ${path}: no such file or directory`);
  return run.process.files.readText(path);
}
