/**
 * Completion of kubectl's command lines for the shell, as `kubectl completion bash` makes it: commands, flags and their
 * values, kinds, names, namespaces, contexts, containers. Asks the cluster with the flags that are already on the line.
 */

import type { Process } from "../machine/index.ts";
import { groupResource } from "./client/discovery.ts";
import type { Command } from "./command.ts";
import { ROOT } from "./commands/index.ts";
import { containerNames, namedObject } from "./commands/pods.ts";
import { Flags } from "./flags/parse.ts";
import { Invocation, type KubectlOptions, type SharedCache } from "./invocation.ts";
import { type KubeObject, listAt, nameOf } from "./object.ts";
import { findCommand, flagsOf } from "./program.ts";
import { list } from "./resources/builder.ts";

/** The shape of lib/machine/shell's CompletionProvider. */
export type Complete = (words: readonly string[], index: number, process: Process) => Promise<readonly string[]>;

/** Values of flags that are known without a cluster. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  "dry-run": ["none", "server", "client"],
  cascade: ["background", "orphan", "foreground"],
  validate: ["strict", "warn", "ignore"],
  restart: ["Always", "OnFailure", "Never"],
  type: ["json", "merge", "strategic"],
};
const OUTPUTS = [
  "custom-columns",
  "custom-columns-file",
  "go-template",
  "go-template-file",
  "json",
  "jsonpath",
  "jsonpath-as-json",
  "jsonpath-file",
  "name",
  "template",
  "templatefile",
  "wide",
  "yaml",
];

interface Line {
  readonly command: Command;
  readonly invocation: Invocation;
  /** The word being completed. */
  readonly current: string;
}

async function namesOf(line: Line, type: string): Promise<string[]> {
  const { invocation } = line;
  const names: string[] = [];
  for (const one of type.split(",")) {
    const resource = await invocation.lookUp((map) => map.find(one));
    const found = await list(invocation, {
      resource,
      namespace: resource.namespaced ? invocation.namespace : "",
      labelSelector: "",
      fieldSelector: "",
    });
    names.push(...listAt(found, "items").map((item) => nameOf(item as KubeObject)));
  }
  return names;
}

/** Types that can be listed, as `api-resources --cached -o name --verbs=get` names them. */
async function types(line: Line): Promise<string[]> {
  const { resources } = await line.invocation.resources();
  const all = new Set(resources.filter((one) => one.verbs.includes("get")).map(groupResource));
  const comma = line.current.lastIndexOf(",");
  const before = line.current.slice(0, comma + 1);
  return [...all].map((type) => `${before}${type}`);
}

const POD_TYPES = [
  "daemonsets",
  "deployments",
  "pods",
  "jobs",
  "replicasets",
  "replicationcontrollers",
  "services",
  "statefulsets",
];

async function slashNames(line: Line): Promise<string[] | undefined> {
  const slash = line.current.indexOf("/");
  if (slash === -1) return undefined;
  const type = line.current.slice(0, slash);
  return (await namesOf(line, type)).map((name) => `${type}/${name}`);
}

async function argumentsFor(line: Line): Promise<readonly string[]> {
  const { invocation, command } = line;
  const { args } = invocation;
  switch (command.completes) {
    case "resource":
      return args.length === 0 ? types(line) : [];
    case "resource-name": {
      const pairs = await slashNames(line);
      if (pairs !== undefined) return pairs.filter((name) => !args.includes(name));
      const [type] = args;
      if (type === undefined) return types(line);
      if (type.includes("/")) return (await types(line)).map((one) => `${one}/`);
      return (await namesOf(line, type)).filter((name) => !args.includes(name));
    }
    case "pod": {
      if (args.length > 0) return command.name === "logs" ? containers(line) : [];
      const pairs = await slashNames(line);
      return pairs ?? [...(await namesOf(line, "pods")), ...POD_TYPES.map((type) => `${type}/`)];
    }
    case "node":
      return (await namesOf(line, "nodes")).filter((name) => !args.includes(name));
    case "container":
      return containers(line);
    case "context":
      return args.length === 0 ? [...invocation.config.contexts.keys()].sort() : [];
    case "cluster":
      return args.length === 0 ? [...invocation.config.clusters.keys()].sort() : [];
    case "user":
      return args.length === 0 ? [...invocation.config.users.keys()].sort() : [];
    default:
      return [];
  }
}

async function containers({ invocation }: Line): Promise<string[]> {
  const [pod] = invocation.args;
  if (pod === undefined) return [];
  const { object } = await namedObject(invocation, pod);
  return ["containers", "initContainers", "ephemeralContainers"].flatMap((field) => containerNames(object, field));
}

/** What a flag may be given; empty where only the person knows. */
async function flagValues(line: Line, flag: string): Promise<readonly string[]> {
  const { config } = line.invocation;
  switch (flag) {
    case "namespace":
      return namesOf(line, "namespaces");
    case "container":
      return containers(line);
    case "output":
      return OUTPUTS;
    case "context":
      return [...config.contexts.keys()].sort();
    case "cluster":
      return [...config.clusters.keys()].sort();
    case "user":
      return [...config.users.keys()].sort();
    default:
      return VALUES[flag] ?? [];
  }
}

function flagNames(line: Line): string[] {
  const { command, invocation } = line;
  return flagsOf(command)
    .filter((flag) => flag.deprecated === undefined)
    .filter((flag) => flag.type === "strings" || flag.type === "array" || !invocation.flags.changed(flag.name))
    .map((flag) => `--${flag.name}${flag.type === "bool" || flag.bare !== undefined ? "" : "="}`)
    .sort();
}

/** The flag that takes the current word as its value, by the word before it. */
function pendingFlag(command: Command, before: string | undefined): string | undefined {
  if (before === undefined || !before.startsWith("-") || before.includes("=")) return undefined;
  const name = before.startsWith("--") ? before.slice(2) : "";
  const letter = before.startsWith("--") ? "" : before.slice(-1);
  return flagsOf(command).find(
    (flag) =>
      (flag.name === name || (letter !== "" && flag.shorthand === letter)) &&
      flag.type !== "bool" &&
      flag.bare === undefined,
  )?.name;
}

async function candidates(
  words: readonly string[],
  index: number,
  process: Process,
  options: KubectlOptions,
  cache: SharedCache,
): Promise<readonly string[]> {
  const current = words[index] ?? "";
  const before = words.slice(1, index);
  if (before.includes("--")) return [];
  const { command, path } = findCommand(before);
  const pending = pendingFlag(command, before[before.length - 1]);
  const known = pending === undefined ? before : before.slice(0, -1);
  const flags = new Flags(flagsOf(command));
  const { args, dash } = flags.parse(findCommand(known).rest);
  const invocation = new Invocation({ process, command, path, flags, args, dash, options, root: ROOT, cache });
  const line: Line = { command, invocation, current };
  try {
    if (pending !== undefined) return await flagValues(line, pending);
    const equals = current.indexOf("=");
    if (current.startsWith("--") && equals !== -1) {
      const values = await flagValues(line, current.slice(2, equals));
      return values.map((value) => `${current.slice(0, equals + 1)}${value}`);
    }
    if (current.startsWith("-")) return flagNames(line);
    const subcommands = args.length === 0 ? (command.subcommands ?? []).map((sub) => sub.name) : [];
    if (command.run === undefined) return subcommands;
    return [...subcommands, ...(await argumentsFor(line))];
  } finally {
    await invocation.close();
  }
}

/** A provider for `createShellPrograms({ completions })`. Whatever goes wrong, nothing is offered. */
export function createKubectlCompletion(options: KubectlOptions): Complete {
  const cache: SharedCache = { maps: new Map(), documents: new Map() };
  return async (words, index, process) => {
    try {
      const current = words[index] ?? "";
      const all = await candidates(words, index, process, options, cache);
      return [...new Set(all)].filter((one) => one.startsWith(current));
    } catch {
      return [];
    }
  };
}
