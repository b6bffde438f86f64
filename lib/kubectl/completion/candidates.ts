/** What may stand where the cursor is, from the cluster and the kubeconfig (k8s.io/kubectl/pkg/util/completion). */
import { groupResource, type Resource } from "../client/discovery.ts";
import type { ArgumentKind, Command } from "../command.ts";
import { containerNames, namedObject } from "../commands/pods.ts";
import type { FlagDefinition } from "../flags/parse.ts";
import type { Invocation } from "../invocation.ts";
import { byText, type KubeObject, listAt, nameOf } from "../object.ts";
import { list } from "../resources/builder.ts";

/** cobra's ShellCompDirective: what the shell is to do with the candidates. */
export const DEFAULT = 0;
export const NO_SPACE = 2;
export const NO_FILES = 4;
export const FILTER_EXTENSIONS = 8;

export interface Answer {
  readonly candidates: readonly string[];
  readonly directive: number;
}

export interface Line {
  readonly command: Command;
  readonly invocation: Invocation;
  /** The word being completed. */
  readonly current: string;
}

const answer = (candidates: readonly string[], directive = NO_FILES): Answer => ({ candidates, directive });

async function namesOf({ invocation }: Line, type: string): Promise<string[]> {
  const names: string[] = [];
  try {
    const wanted: Resource[] = [];
    for (const one of type.split(",")) {
      const category = (await invocation.resources()).category(one);
      wanted.push(...(category.length > 0 ? category : [await invocation.lookUp((map) => map.find(one))]));
    }
    for (const resource of wanted) {
      const found = await list(invocation, {
        resource,
        namespace: resource.namespaced ? invocation.namespace : "",
        labelSelector: "",
        fieldSelector: "",
      });
      names.push(...listAt(found, "items").map((item) => nameOf(item as KubeObject)));
    }
  } catch {
    // A type or a cluster that is not there has no names to offer.
  }
  return names;
}

/** Types that can be read, by group and name; after a comma, with what stands before it. */
async function types({ invocation, current }: Line): Promise<string[]> {
  const { resources } = await invocation.resources();
  const sorted = [...resources].sort((a, b) => byText(`${a.group}\0${a.name}`, `${b.group}\0${b.name}`));
  const all = new Set(sorted.filter((one) => one.verbs.includes("get")).map(groupResource));
  const before = current.slice(0, current.lastIndexOf(",") + 1);
  return [...all].map((type) => `${before}${type}`);
}

const without = (candidates: readonly string[], words: readonly string[]): string[] =>
  candidates.filter((one) => !words.includes(one));

/** TYPE NAME... and TYPE/NAME...; `allowed`: the types that make sense. `several`: more than one name does. */
async function typesAndNames(line: Line, allowed: readonly string[] | undefined, several: boolean): Promise<Answer> {
  const { invocation, current } = line;
  const { args } = invocation;
  const [type] = args;
  if (type !== undefined && !type.includes("/")) {
    if (!several && args.length > 1) return answer([]);
    return answer(without(await namesOf(line, type), args.slice(1)));
  }
  const slash = current.indexOf("/");
  if (slash !== -1) {
    if (!several && args.length > 0) return answer([]);
    const kind = current.slice(0, slash);
    return answer(
      without(
        (await namesOf(line, kind)).map((name) => `${kind}/${name}`),
        args,
      ),
    );
  }
  const kinds = allowed ?? (await types(line));
  if (type === undefined) return answer(kinds);
  // The first was TYPE/NAME: so are the others.
  if (!several) return answer([]);
  return answer(
    kinds.map((kind) => `${kind}/`),
    NO_FILES | NO_SPACE,
  );
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

async function podOrWorkload(line: Line): Promise<Answer> {
  const { current } = line;
  const slash = current.indexOf("/");
  if (slash !== -1) {
    const kind = current.slice(0, slash);
    return answer((await namesOf(line, kind)).map((name) => `${kind}/${name}`));
  }
  const kinds = POD_TYPES.map((type) => `${type}/`).filter((type) => type.startsWith(current));
  const pods = (await namesOf(line, "pods")).filter((name) => name.startsWith(current));
  // A lone type goes on with its names.
  return answer([...pods, ...kinds], pods.length === 0 && kinds.length > 0 ? NO_FILES | NO_SPACE : NO_FILES);
}

async function containers({ invocation }: Line): Promise<string[]> {
  const [pod] = invocation.args;
  if (pod === undefined) return [];
  try {
    const { object } = await namedObject(invocation, pod);
    return ["initContainers", "containers", "ephemeralContainers"].flatMap((field) => containerNames(object, field));
  } catch {
    return [];
  }
}

async function copyPlaces(line: Line): Promise<Answer> {
  const { current, invocation } = line;
  // Only the first place is looked up.
  if (invocation.args.length > 0 || current.includes(":")) return answer([], NO_SPACE);
  if (/^[./]/.test(current)) return answer([], DEFAULT);
  const slash = current.indexOf("/");
  if (slash !== -1) {
    const namespace = current.slice(0, slash);
    const resource = await invocation.lookUp((map) => map.find("pods"));
    const found = await list(invocation, { resource, namespace, labelSelector: "", fieldSelector: "" });
    return answer(
      listAt(found, "items").map((item) => `${namespace}/${nameOf(item as KubeObject)}:`),
      NO_SPACE,
    );
  }
  const namespaces = (await namesOf(line, "namespaces")).map((name) => `${name}/`);
  const pods = (await namesOf(line, "pods")).map((name) => `${name}:`);
  return answer([...namespaces, ...pods, ...(current === "" ? ["./", "/"] : [])], NO_SPACE);
}

const firstOnly = (line: Line, candidates: Iterable<string>): Answer =>
  answer(line.invocation.args.length === 0 ? [...candidates].sort() : []);

/** Candidates for a positional argument. */
export async function forArgument(line: Line): Promise<Answer> {
  const { invocation, command } = line;
  const { args, config } = invocation;
  const kind: ArgumentKind | undefined = command.completes;
  if (typeof kind === "object") return typesAndNames(line, kind.types, kind.several ?? false);
  switch (kind) {
    case "resource":
      return answer(args.length === 0 ? await types(line) : [], DEFAULT);
    case "resource-name":
      return typesAndNames(line, undefined, true);
    case "pod":
      return args.length === 0 ? podOrWorkload(line) : answer([]);
    case "pod-container":
      if (args.length === 0) return podOrWorkload(line);
      return answer(args.length === 1 ? await containers(line) : []);
    case "pod-name":
      return answer(args.length === 0 ? await namesOf(line, "pods") : []);
    case "service-account":
      return answer(args.length === 0 ? await namesOf(line, "serviceaccounts") : []);
    case "node":
      return answer(args.length === 0 ? await namesOf(line, "nodes") : []);
    case "context":
      return firstOnly(line, config.contexts.keys());
    case "cluster":
      return firstOnly(line, config.clusters.keys());
    case "user":
      return firstOnly(line, config.users.keys());
    case "shell":
      return args.length === 0 ? answer(["bash", "fish", "powershell", "zsh"]) : answer([], DEFAULT);
    case "copy":
      return copyPlaces(line);
    case "none":
      return answer([]);
    default:
      return answer([], DEFAULT);
  }
}

const FILES = ["json", "yaml", "yml"];
const OUTPUTS = [
  "json",
  "yaml",
  "name",
  "go-template",
  "go-template-file",
  "template",
  "templatefile",
  "jsonpath",
  "jsonpath-as-json",
  "jsonpath-file",
  "custom-columns",
  "custom-columns-file",
  "wide",
];

/** What a flag may be given. `friendly`: also where upstream leaves it to the person. */
export async function forFlag(line: Line, flag: FlagDefinition, friendly: boolean): Promise<Answer> {
  const { command } = line;
  const { config } = line.invocation;
  if (flag.global === true) {
    switch (flag.name) {
      case "namespace":
        return answer(await namesOf(line, "namespaces"));
      case "context":
        return answer([...config.contexts.keys()].sort());
      case "cluster":
        return answer([...config.clusters.keys()].sort());
      case "user":
        return answer([...config.users.keys()].sort());
      default:
        return answer([], DEFAULT);
    }
  }
  if (flag.name === "filename") return answer(FILES, FILTER_EXTENSIONS);
  if (flag.name === "output" && command.name === "get") return answer(OUTPUTS);
  if (flag.name === "container" && (friendly || command.name === "exec")) return answer(await containers(line));
  if (flag.name === "subresource") return answer(["status", "scale", "resize"]);
  return answer([], DEFAULT);
}
