/**
 * Discovery as files in the person's home, laid out as upstream's (k8s.io/client-go/discovery/cached/disk): below
 * `~/.kube/cache/discovery/HOST`, `servergroups.json` and `GROUP/VERSION/serverresources.json`, each good for six hours.
 * Answers of the server themselves are kept beside them by `http-cache.ts`.
 */
import type { Process } from "../../machine/index.ts";
import type { Flags } from "../flags/parse.ts";
import { apiVersionOf, isObject, type Json, type JsonObject, listAt, parseApiVersion, textAt } from "../object.ts";
import { fromResourceList, type Resource } from "./discovery.ts";

const TTL_MS = 6 * 60 * 60_000;
const DIRECTORY_MODE = 0o750;
const FILE_MODE = 0o660;

/** Where all is kept: "~/.kube/cache". */
function cacheBase(process: Process, flags: Flags): string {
  const home = process.env.get("HOME") ?? "/root";
  const given = flags.changed("cache-dir") ? flags.global("cache-dir") : "";
  return given || process.env.get("KUBECACHEDIR") || `${home}/.kube/cache`;
}

/** Where answers are kept as they came (`http-cache.ts`). */
export const answersDirectory = (process: Process, flags: Flags): string => `${cacheBase(process, flags)}/http`;

/** Where discovery of a server is kept: its address without a scheme, and without what file names should not have. */
export function cacheDirectory(process: Process, flags: Flags, server: string): string {
  const base = cacheBase(process, flags);
  const host = server.replace("https://", "").replace("http://", "");
  return `${base}/discovery/${host.replace(/[^(\w/.)]/g, "_")}`;
}

type Log = (level: number, place: string, text: string) => void;

/** What was asked of a server: groups with their versions, and the resources of each. */
interface Discovered {
  readonly groups: JsonObject;
  readonly lists: readonly JsonObject[];
}

const groupsFile = (directory: string): string => `${directory}/servergroups.json`;
const resourcesFile = (directory: string, groupVersion: string): string =>
  `${directory}/${groupVersion}/serverresources.json`;

/** When the file was written, in ms; undefined where it is not there or too old. */
function freshness(process: Process, path: string): number | undefined {
  try {
    const { modified } = process.files.stat(path);
    return process.clock.now() > modified + TTL_MS ? undefined : modified;
  } catch {
    return undefined;
  }
}

export const writtenAt = (process: Process, directory: string): number | undefined =>
  freshness(process, groupsFile(directory));

function read(process: Process, path: string): JsonObject | undefined {
  if (freshness(process, path) === undefined) return undefined;
  try {
    const found = JSON.parse(process.files.readText(path)) as Json;
    return isObject(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** What is kept of a server; undefined where something of it is missing, too old or broken. */
export function readDiscovered(process: Process, directory: string, log: Log): Discovered | undefined {
  const groups = read(process, groupsFile(directory));
  if (groups === undefined) return undefined;
  log(10, "cached_discovery.go:113", `returning cached discovery info from ${groupsFile(directory)}`);
  const lists: JsonObject[] = [];
  for (const group of listAt(groups, "groups"))
    for (const version of listAt(group, "versions")) {
      const path = resourcesFile(directory, textAt(version, "groupVersion"));
      const list = read(process, path);
      if (list === undefined) return undefined;
      log(10, "cached_discovery.go:77", `returning cached discovery info from ${path}`);
      lists.push(list);
    }
  return { groups, lists };
}

/** Keeps it. A place that cannot be written is no mistake: it is asked again the next time. */
export function writeDiscovered(process: Process, directory: string, { groups, lists }: Discovered, log: Log): void {
  const { files } = process;
  const put = (path: string, document: JsonObject, place: string) => {
    try {
      makeDirectories(process, path.slice(0, path.lastIndexOf("/")));
      files.writeFile(path, `${JSON.stringify(document)}\n`, { mode: FILE_MODE });
      files.chmod(path, FILE_MODE);
    } catch (error) {
      const words = (error as Error).message.toLowerCase();
      const first = missingDirectory(process, path);
      log(3, place, `failed to write cache to ${path} due to mkdir ${first}: ${words}`);
    }
  };
  put(groupsFile(directory), groups, "cached_discovery.go:129");
  for (const list of lists) put(resourcesFile(directory, textAt(list, "groupVersion")), list, "cached_discovery.go:93");
}

/** Makes a directory and those above it, for nobody else to write in. */
export function makeDirectories({ files }: Process, path: string): void {
  if (path === "" || files.exists(path)) return;
  files.makeDirectory(path, { recursive: true, mode: DIRECTORY_MODE });
}

/** The first directory on the way to a file that is not there. */
function missingDirectory({ files }: Process, path: string): string {
  const parts = path.split("/");
  for (let i = 1; i < parts.length; i++) {
    const directory = parts.slice(0, i + 1).join("/");
    if (!files.exists(directory)) return directory;
  }
  return path;
}

/** The files' own words for what discovery found. */
export function discoveredOf(resources: readonly Resource[], documents: readonly JsonObject[]): Discovered {
  const groups = new Map<string, string[]>();
  const lists = new Map<string, JsonObject[]>();
  for (const { group, version, entries } of entriesOf(resources, documents)) {
    const known = groups.get(group) ?? [];
    if (!known.includes(version)) groups.set(group, [...known, version]);
    lists.set(apiVersionOf(group, version), entries);
  }
  const versionOf = (group: string, version: string): JsonObject => ({
    groupVersion: apiVersionOf(group, version),
    version,
  });
  return {
    groups: {
      kind: "APIGroupList",
      apiVersion: "v1",
      groups: [...groups].map(([name, versions]) => ({
        name,
        versions: versions.map((version) => versionOf(name, version)),
        preferredVersion: versionOf(name, versions[0] ?? ""),
      })),
    },
    lists: [...lists].map(([groupVersion, entries]) => ({
      kind: "APIResourceList",
      apiVersion: "v1",
      groupVersion,
      resources: entries,
    })),
  };
}

interface GroupVersionEntries {
  readonly group: string;
  readonly version: string;
  readonly entries: JsonObject[];
}

/** Aggregated documents as upstream's SplitGroupsAndResources takes them apart; without them, from what was found. */
function* entriesOf(resources: readonly Resource[], documents: readonly JsonObject[]): Generator<GroupVersionEntries> {
  const aggregated = documents.filter((document) => textAt(document, "kind") === "APIGroupDiscoveryList");
  if (aggregated.length === 0) {
    const all = new Map<string, Resource[]>();
    for (const one of resources) {
      const key = apiVersionOf(one.group, one.version);
      all.set(key, [...(all.get(key) ?? []), one]);
    }
    for (const [key, found] of all) {
      const { group, version } = parseApiVersion(key);
      yield { group, version, entries: found.flatMap(plainEntries) };
    }
    return;
  }
  for (const document of aggregated)
    for (const group of listAt(document, "items"))
      for (const version of listAt(group, "versions")) {
        const name = textAt(group, "metadata", "name");
        const entries = listAt(version, "resources").flatMap((one) => aggregatedEntries(one));
        yield { group: name, version: textAt(version, "version"), entries };
      }
}

const kindOf = (kind: Json | undefined): JsonObject => ({
  ...(textAt(kind, "group") === "" ? {} : { group: textAt(kind, "group") }),
  ...(textAt(kind, "version") === "" ? {} : { version: textAt(kind, "version") }),
  kind: textAt(kind, "kind"),
});

function aggregatedEntries(resource: Json): JsonObject[] {
  const one = isObject(resource) ? resource : {};
  const name = textAt(one, "resource");
  const shared = { singularName: textAt(one, "singularResource"), namespaced: textAt(one, "scope") === "Namespaced" };
  const more = (entry: JsonObject): JsonObject => ({
    verbs: listAt(entry, "verbs"),
    ...(listAt(entry, "shortNames").length === 0 ? {} : { shortNames: listAt(entry, "shortNames") }),
    ...(listAt(entry, "categories").length === 0 ? {} : { categories: listAt(entry, "categories") }),
  });
  return [
    { name, ...shared, ...kindOf(one["responseKind"]), ...more(one) },
    ...listAt(one, "subresources").map((sub) => ({
      name: `${name}/${textAt(sub, "subresource")}`,
      ...shared,
      ...kindOf(isObject(sub) ? sub["responseKind"] : undefined),
      ...more(isObject(sub) ? sub : {}),
    })),
  ];
}

function plainEntries(one: Resource): JsonObject[] {
  const shared = { singularName: one.singular, namespaced: one.namespaced };
  const kind = { ...(one.group === "" ? {} : { group: one.group }), version: one.version, kind: one.kind };
  return [
    {
      name: one.name,
      ...shared,
      ...kind,
      verbs: [...one.verbs],
      ...(one.shortNames.length === 0 ? {} : { shortNames: [...one.shortNames] }),
      ...(one.categories.length === 0 ? {} : { categories: [...one.categories] }),
    },
    ...one.subresources.map((sub) => ({ name: `${one.name}/${sub}`, ...shared, ...kind, verbs: [] })),
  ];
}

/** What the files say, as discovery would have found it. */
export const resourcesOf = ({ lists }: Discovered): Resource[] =>
  lists.flatMap((list) => {
    const { group, version } = parseApiVersion(textAt(list, "groupVersion"));
    return fromResourceList(group, version, list);
  });
