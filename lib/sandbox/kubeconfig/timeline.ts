/** What happens in a namespace, recorded by watches: the latest objects, and every change in the order it was heard of. */
import type { TimelineRecord } from "../types.ts";
import type { ClusterApi, KubeObject } from "./api.ts";

/** Resources that lessons are about. What a cluster does not serve is left out. */
const RESOURCES: readonly (readonly [groupVersion: string, resource: string, kind: string])[] = [
  ["v1", "pods", "Pod"],
  ["v1", "services", "Service"],
  ["v1", "configmaps", "ConfigMap"],
  ["v1", "secrets", "Secret"],
  ["v1", "persistentvolumeclaims", "PersistentVolumeClaim"],
  ["v1", "serviceaccounts", "ServiceAccount"],
  ["apps/v1", "statefulsets", "StatefulSet"],
  ["apps/v1", "deployments", "Deployment"],
  ["apps/v1", "replicasets", "ReplicaSet"],
  ["apps/v1", "daemonsets", "DaemonSet"],
  ["apps/v1", "controllerrevisions", "ControllerRevision"],
  ["batch/v1", "jobs", "Job"],
  ["batch/v1", "cronjobs", "CronJob"],
  ["discovery.k8s.io/v1", "endpointslices", "EndpointSlice"],
  ["policy/v1", "poddisruptionbudgets", "PodDisruptionBudget"],
  ["networking.k8s.io/v1", "networkpolicies", "NetworkPolicy"],
];
const MAX_RECORDS = 5000;
/** Before a watch that ended is opened again (ms). */
const RETRY_MS = 1000;

const pathOf = (groupVersion: string, resource: string, namespace: string): string =>
  `${groupVersion.includes("/") ? `/apis/${groupVersion}` : `/api/${groupVersion}`}/namespaces/${namespace}/${resource}`;

/** "pods", "statefulsets.apps". */
const keyOf = (groupVersion: string, resource: string): string =>
  groupVersion.includes("/") ? `${resource}.${groupVersion.split("/")[0]}` : resource;

interface WatchedTimelineOptions {
  readonly api: ClusterApi;
  /** The namespace on the cluster. */
  readonly namespace: string;
  /** What it is called towards graders and pages: the lesson's namespace. */
  readonly shownAs: string;
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onRecord: (record: TimelineRecord) => void;
  /** Sequences go on from here. */
  readonly after: number;
}

export class WatchedTimeline {
  readonly #options: WatchedTimelineOptions;
  #stopped = false;
  /** One for each watch: many listeners on one signal are warned about. */
  readonly #watches: AbortController[] = [];
  /** Latest objects by "resource/name". */
  readonly #objects = new Map<string, KubeObject>();
  #records: TimelineRecord[] = [];
  #sequence: number;
  #heardAt: number;

  constructor(options: WatchedTimelineOptions) {
    this.#options = options;
    this.#sequence = options.after;
    this.#heardAt = options.now();
  }

  /** Resolves when the first look at everything is over. */
  async start(): Promise<void> {
    await Promise.all(RESOURCES.map((resource) => this.#follow(...resource)));
  }

  stop(): void {
    this.#stopped = true;
    for (const watch of this.#watches) watch.abort();
  }

  get sequence(): number {
    return this.#sequence;
  }
  /** When the last change was heard of (ms since the epoch). */
  get heardAt(): number {
    return this.#heardAt;
  }

  since(sequence: number): readonly TimelineRecord[] {
    return this.#records.filter((record) => record.sequence > sequence);
  }

  /** Latest objects of a resource ("pods"). */
  objects(resource: string): KubeObject[] {
    return [...this.#objects].filter(([key]) => key.startsWith(`${resource}/`)).map(([, object]) => object);
  }

  async #follow(groupVersion: string, resource: string, kind: string): Promise<void> {
    const { api, namespace } = this.#options;
    const path = pathOf(groupVersion, resource, namespace);
    const version = await this.#list(path, groupVersion, resource, kind);
    if (version !== undefined) void this.#watch(path, version, groupVersion, resource, kind, api);
  }

  /** The resource version the list is of; undefined where the cluster does not serve this. */
  async #list(path: string, groupVersion: string, resource: string, kind: string): Promise<string | undefined> {
    const answer = await this.#options.api.request("GET", path);
    if (answer.status !== 200) return undefined;
    const list = answer.body as {
      readonly items?: readonly KubeObject[];
      readonly metadata?: { readonly resourceVersion?: string };
    };
    const key = keyOf(groupVersion, resource);
    const seen = new Set<string>();
    for (const item of list.items ?? []) {
      const object = { apiVersion: groupVersion, kind, ...item };
      const name = object.metadata?.name ?? "";
      seen.add(name);
      const known = this.#objects.get(`${key}/${name}`);
      if (known?.metadata?.resourceVersion === object.metadata?.resourceVersion) continue;
      this.#record(known === undefined ? "ADDED" : "MODIFIED", key, object);
    }
    // What is gone since the watch broke.
    for (const object of this.objects(key))
      if (!seen.has(object.metadata?.name ?? "")) this.#record("DELETED", key, object);
    return list.metadata?.resourceVersion ?? "";
  }

  async #watch(
    path: string,
    from: string,
    groupVersion: string,
    resource: string,
    kind: string,
    api: ClusterApi,
  ): Promise<void> {
    const watch = new AbortController();
    this.#watches.push(watch);
    const { signal } = watch;
    if (this.#stopped) watch.abort();
    const key = keyOf(groupVersion, resource);
    let version = from;
    while (!signal.aborted) {
      try {
        for await (const { type, object } of api.watch(path, version, signal)) {
          if (type === "ERROR") {
            version = (await this.#list(path, groupVersion, resource, kind)) ?? "0";
            break;
          }
          version = object.metadata?.resourceVersion ?? version;
          if (type !== "BOOKMARK") this.#record(type, key, object);
        }
      } catch {
        // The connection broke: again, from what was heard last.
      }
      if (!signal.aborted) await this.#options.sleep(RETRY_MS, signal).catch(() => undefined);
    }
  }

  #record(type: TimelineRecord["type"], resource: string, object: KubeObject): void {
    const name = object.metadata?.name ?? "";
    const key = `${resource}/${name}`;
    if (type === "DELETED") this.#objects.delete(key);
    else this.#objects.set(key, object);
    this.#heardAt = this.#options.now();
    const record: TimelineRecord = {
      sequence: ++this.#sequence,
      time: this.#heardAt,
      type,
      resource,
      kind: object.kind ?? "",
      namespace: this.#options.shownAs,
      name,
      // A cluster does not tell who; the last field manager comes nearest.
      actor: lastManager(object),
      object: renamed(object, this.#options.shownAs),
    };
    this.#records.push(record);
    if (this.#records.length > MAX_RECORDS) this.#records = this.#records.slice(MAX_RECORDS / 10);
    this.#options.onRecord(record);
  }
}

function lastManager({ metadata }: KubeObject): string {
  const entries = [...(metadata?.managedFields ?? [])].sort((a, b) => ((a.time ?? "") < (b.time ?? "") ? -1 : 1));
  return entries[entries.length - 1]?.manager ?? "";
}

/** The object as of the namespace the lesson speaks of. */
export function renamed(object: KubeObject, namespace: string): KubeObject {
  return object.metadata?.namespace === undefined ? object : { ...object, metadata: { ...object.metadata, namespace } };
}

type Json = Readonly<Record<string, unknown>>;
const field = (object: unknown, ...path: readonly string[]): unknown => {
  let value: unknown = object;
  for (const step of path) value = value !== null && typeof value === "object" ? (value as Json)[step] : undefined;
  return value;
};

/** Something is on its way: Pods that start or end, workloads that are not where they want to be. */
export function isBusy(timeline: Pick<WatchedTimeline, "objects">): boolean {
  const pods = timeline.objects("pods");
  if (pods.some((pod) => podIsMoving(pod))) return true;
  return ["statefulsets.apps", "deployments.apps"].some((resource) =>
    timeline.objects(resource).some((workload) => {
      const generation = workload.metadata?.generation ?? 0;
      if (Number(field(workload, "status", "observedGeneration") ?? 0) < generation) return true;
      const wanted = Number(field(workload, "spec", "replicas") ?? 1);
      return (
        Number(field(workload, "status", "replicas") ?? 0) !== wanted &&
        pods.length < 200 &&
        wanted > 0 &&
        !isStuck(pods)
      );
    }),
  );
}

function podIsMoving(pod: KubeObject): boolean {
  if (pod.metadata?.deletionTimestamp !== undefined) return true;
  if (field(pod, "status", "phase") !== "Pending") return false;
  return !backsOff(pod) && !isUnschedulable(pod);
}

function backsOff(pod: KubeObject): boolean {
  const statuses = [
    ...((field(pod, "status", "initContainerStatuses") as readonly unknown[] | undefined) ?? []),
    ...((field(pod, "status", "containerStatuses") as readonly unknown[] | undefined) ?? []),
  ];
  return statuses.some((status) =>
    /BackOff|Err|Invalid|CreateContainerConfigError/.test(String(field(status, "state", "waiting", "reason") ?? "")),
  );
}

function isUnschedulable(pod: KubeObject): boolean {
  const conditions = (field(pod, "status", "conditions") as readonly unknown[] | undefined) ?? [];
  return conditions.some((condition) => field(condition, "reason") === "Unschedulable");
}

/** Nothing will come of waiting: a Pod that others wait for does not start. */
const isStuck = (pods: readonly KubeObject[]): boolean => pods.some((pod) => backsOff(pod) || isUnschedulable(pod));
