/** Discovery: what is served, legacy and aggregated (apiserver endpoints/discovery). */
import { digest, encodeBase64 } from "../../../encoding/index.ts";
import type { Subresource } from "../../api/definition.ts";
import type { Definitions, Served } from "../definitions.ts";
import { VIRTUAL } from "../virtual-kinds.ts";

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const CUSTOM_VERBS = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

interface ApiResource {
  name: string;
  singularName: string;
  namespaced: boolean;
  group?: string;
  version?: string;
  kind: string;
  verbs: readonly string[];
  shortNames?: readonly string[];
  categories?: readonly string[];
  storageVersionHash?: string;
}

interface SubresourceDiscovery {
  readonly kind?: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

const OBJECT_VERBS = ["get", "patch", "update"];
const STREAM_VERBS = ["create", "get"];
const PROXY_VERBS = ["create", "delete", "get", "patch", "update"];

/** undefined kind: the kind of the resource itself. Empty group and version: those of the resource. */
const SUBRESOURCES: Readonly<Record<Subresource, SubresourceDiscovery>> = {
  status: { verbs: OBJECT_VERBS },
  scale: { kind: "Scale", group: "autoscaling", version: "v1", verbs: OBJECT_VERBS },
  log: { verbs: ["get"] },
  exec: { kind: "PodExecOptions", verbs: STREAM_VERBS },
  attach: { kind: "PodAttachOptions", verbs: STREAM_VERBS },
  portforward: { kind: "PodPortForwardOptions", verbs: STREAM_VERBS },
  proxy: { verbs: PROXY_VERBS },
  eviction: { kind: "Eviction", group: "policy", version: "v1", verbs: ["create"] },
  binding: { kind: "Binding", verbs: ["create"] },
  ephemeralcontainers: { verbs: OBJECT_VERBS },
  resize: { verbs: OBJECT_VERBS },
  finalize: { verbs: ["update"] },
  token: { kind: "TokenRequest", group: "authentication.k8s.io", version: "v1", verbs: ["create"] },
  approval: { verbs: OBJECT_VERBS },
};

function storageVersionHash(group: string, version: string, kind: string): string {
  return encodeBase64(digest("sha256", `${group}/${version}/${kind}`).slice(0, 8));
}

function entriesOf(served: Served): ApiResource[] {
  const { definition } = served;
  const verbs = definition.verbs ?? (served.custom === undefined ? VERBS : CUSTOM_VERBS);
  const stored = verbs.includes("list") && verbs.includes("create");
  const entries: ApiResource[] = [
    {
      name: definition.plural,
      singularName: definition.singular,
      namespaced: definition.namespaced,
      kind: definition.kind,
      verbs,
      ...(definition.shortNames?.length ? { shortNames: definition.shortNames } : {}),
      ...(definition.categories?.length ? { categories: definition.categories } : {}),
      ...(stored
        ? { storageVersionHash: storageVersionHash(definition.group, definition.version, definition.kind) }
        : {}),
    },
  ];
  for (const name of definition.subresources ?? []) {
    const found = SUBRESOURCES[name];
    entries.push({
      name: `${definition.plural}/${name}`,
      singularName: "",
      namespaced: definition.namespaced,
      ...(found.group === undefined ? {} : { group: found.group, version: found.version ?? "" }),
      kind: found.kind ?? definition.kind,
      verbs: found.verbs,
    });
  }
  return entries;
}

/** What is answered without being stored. */
function virtualEntries(apiVersion: string): ApiResource[] {
  return Object.entries(VIRTUAL)
    .filter(
      ([path]) => path.startsWith(`${apiVersion}/`) && path.split("/").length === apiVersion.split("/").length + 1,
    )
    .map(([path, { kind, namespaced, verbs, singular, shortNames }]) => ({
      name: path.slice(apiVersion.length + 1),
      singularName: singular,
      namespaced,
      kind,
      verbs,
      ...(shortNames === undefined ? {} : { shortNames }),
    }));
}

/** /api/v1 and /apis/GROUP/VERSION. undefined where nothing is served under that name. */
export function apiResourceList(definitions: Definitions, apiVersion: string): unknown {
  const served = definitions.all().filter((item) => item.apiVersion === apiVersion);
  const virtual = virtualEntries(apiVersion);
  if (served.length === 0 && virtual.length === 0) return undefined;
  const resources = [...served.flatMap(entriesOf), ...virtual];
  if (served[0]?.custom === undefined) resources.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    kind: "APIResourceList",
    ...(apiVersion === "v1" ? {} : { apiVersion: "v1" }),
    groupVersion: apiVersion,
    resources,
  };
}

/** Groups in the order a real server lists them; what is not named comes after, by name. */
const GROUP_ORDER = [
  "apiregistration.k8s.io",
  "apps",
  "events.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "scheduling.k8s.io",
  "coordination.k8s.io",
  "node.k8s.io",
  "discovery.k8s.io",
  "flowcontrol.apiserver.k8s.io",
];

/** v2 before v1 before v2beta1 ... (apimachinery version.CompareKubeAwareVersionStrings). */
function compareVersions(a: string, b: string): number {
  const rank = (text: string) => {
    const found = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(text);
    if (found === null) return [-1, 0, 0] as const;
    const stage = found[2] === undefined ? 2 : found[2] === "beta" ? 1 : 0;
    return [stage, Number(found[1]), Number(found[3] ?? 0)] as const;
  };
  const left = rank(a);
  const right = rank(b);
  for (let index = 0; index < 3; index++) {
    const difference = (right[index] ?? 0) - (left[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : 1;
}

interface Group {
  readonly name: string;
  readonly versions: readonly string[];
}

function groupsOf(definitions: Definitions): Group[] {
  const versions = new Map<string, Set<string>>();
  for (const { definition } of definitions.all()) {
    if (definition.group === "") continue;
    const known = versions.get(definition.group) ?? new Set();
    known.add(definition.version);
    versions.set(definition.group, known);
  }
  for (const path of Object.keys(VIRTUAL)) {
    const [group = "", version = "", plural] = path.split("/");
    if (plural === undefined) continue;
    versions.set(group, (versions.get(group) ?? new Set()).add(version));
  }
  const order = (name: string) => {
    const index = GROUP_ORDER.indexOf(name);
    return index === -1 ? GROUP_ORDER.length : index;
  };
  return [...versions.entries()]
    .map(([name, found]) => ({ name, versions: [...found].sort(compareVersions) }))
    .sort((a, b) => order(a.name) - order(b.name) || (a.name < b.name ? -1 : 1));
}

function apiGroup({ name, versions }: Group) {
  const listed = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: listed, preferredVersion: listed[0] };
}

export const apiGroupList = (definitions: Definitions) => ({
  kind: "APIGroupList",
  apiVersion: "v1",
  groups: groupsOf(definitions).map(apiGroup),
});

export function apiGroupDocument(definitions: Definitions, name: string): unknown {
  const group = groupsOf(definitions).find((item) => item.name === name);
  return group === undefined ? undefined : { kind: "APIGroup", apiVersion: "v1", ...apiGroup(group) };
}

/** APIGroupDiscoveryList, for /api or /apis. */
export function aggregatedDiscovery(definitions: Definitions, version: "v2" | "v2beta1", core: boolean): unknown {
  const groups = core ? [{ name: "", versions: ["v1"] }] : groupsOf(definitions);
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: group.name === "" ? { creationTimestamp: null } : { name: group.name, creationTimestamp: null },
      versions: group.versions.map((item) => ({
        version: item,
        resources: resourcesOf(definitions, group.name, item),
        freshness: "Current",
      })),
    })),
  };
}

function resourcesOf(definitions: Definitions, group: string, version: string): unknown[] {
  const entries = definitions
    .all()
    .filter(({ definition }) => definition.group === group && definition.version === version)
    .map(entriesOf);
  for (const entry of virtualEntries(group === "" ? version : `${group}/${version}`)) entries.push([entry]);
  entries.sort(([a], [b]) => ((a?.name ?? "") < (b?.name ?? "") ? -1 : 1));
  return entries.map(([main, ...subresources]) => {
    const kindOf = (entry: ApiResource | undefined) => ({
      group: entry?.group ?? group,
      version: entry?.version ?? version,
      kind: entry?.kind ?? "",
    });
    return {
      resource: main?.name,
      responseKind: kindOf(main),
      scope: main?.namespaced ? "Namespaced" : "Cluster",
      singularResource: main?.singularName,
      verbs: main?.verbs,
      ...(main?.shortNames === undefined ? {} : { shortNames: main.shortNames }),
      ...(main?.categories === undefined ? {} : { categories: main.categories }),
      ...(subresources.length === 0
        ? {}
        : {
            subresources: subresources.map((entry) => ({
              subresource: entry.name.slice(entry.name.indexOf("/") + 1),
              responseKind: kindOf(entry),
              verbs: entry.verbs,
            })),
          }),
    };
  });
}
