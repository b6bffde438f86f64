/** One Pod on every node that will have it (pkg/controller/daemon). */
import { controllerRevisions, daemonSets, nodes, pods } from "../api/resources.ts";
import type { ControllerRevision, DaemonSet, Node, Pod } from "../api/types.ts";
import { clone, deepEqual, deepFreeze } from "../machinery/clone.ts";
import { selectorMatches } from "../machinery/label-selector.ts";
import { isStatusError } from "../machinery/status.ts";
import { matchesNodeAffinity } from "../scheduler/plugins/node-affinity.ts";
import { taintsOf, toleratesTaint } from "../scheduler/taints.ts";
import { type ControllerContext, type ControllerDefinition, watch } from "./framework/controller.ts";
import { scaled } from "./framework/intstr.ts";
import { keyOf, splitKey } from "./framework/lister.ts";
import { claim, controllerOf, controllerReference, unlessGone } from "./framework/owners.ts";
import {
  availableIn,
  isPodAvailable,
  isPodFinished,
  isPodReady,
  isTerminating,
  podFromTemplate,
} from "./framework/pods.ts";
import type { WorkQueue } from "./framework/queue.ts";
import { createRevision, equalRevisions, listRevisions, newRevision, nextRevision } from "./history.ts";
import { isNamespaceTerminating } from "./replicaset.ts";

const REVISION_LABEL = "controller-revision-hash";
const GENERATION_LABEL = "pod-template-generation";

/** Pods of DaemonSets stay through a node's troubles. */
const TOLERATIONS = [
  { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/disk-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/memory-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/pid-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" },
];

export const daemonSetController: ControllerDefinition = {
  name: "daemonset-controller",
  serviceAccount: "daemon-set-controller",
  create(context) {
    const { lister } = context;
    return {
      watches: [
        watch(daemonSets, ({ object }, queue) => queue.add(keyOf(object))),
        watch(pods, ({ object, previous }, queue) => {
          for (const pod of [object, previous]) {
            const set =
              pod === undefined ? undefined : lister.owner(daemonSets, pod.metadata.namespace, controllerOf(pod));
            if (set !== undefined) queue.add(keyOf(set));
          }
          if (controllerOf(object) === undefined)
            for (const set of lister.list(daemonSets, object.metadata.namespace))
              if (selectorMatches(set.spec?.selector, object.metadata.labels ?? {})) queue.add(keyOf(set));
        }),
        watch(controllerRevisions, ({ object }, queue) => {
          const set = lister.owner(daemonSets, object.metadata.namespace, controllerOf(object));
          if (set !== undefined) queue.add(keyOf(set));
        }),
        watch(nodes, ({ type, object, previous }, queue) => {
          if (
            type === "MODIFIED" &&
            deepEqual(object.metadata.labels, previous?.metadata.labels) &&
            deepEqual(object.spec, previous?.spec)
          )
            return;
          for (const set of lister.list(daemonSets)) queue.add(keyOf(set));
        }),
      ],
      sync: (key, queue) => sync(context, key, queue),
    };
  },
};

/** The Pod this set would run on the node, as the scheduler would see it. */
function podFor(set: DaemonSet, hash: string): Pod {
  const pod = podFromTemplate(set.spec?.template ?? {}, set.metadata.name ?? "", controllerReference(daemonSets, set));
  pod.metadata.namespace = set.metadata.namespace ?? "";
  pod.metadata.labels = {
    ...pod.metadata.labels,
    [REVISION_LABEL]: hash,
    [GENERATION_LABEL]: String(set.metadata.generation ?? 1),
  };
  if (pod.spec !== undefined) {
    const extra = pod.spec.hostNetwork
      ? [...TOLERATIONS, { key: "node.kubernetes.io/network-unavailable", operator: "Exists", effect: "NoSchedule" }]
      : TOLERATIONS;
    pod.spec.tolerations = [...(pod.spec.tolerations ?? []), ...clone(extra)];
  }
  return pod;
}

/** Whether a Pod should be started on the node, and whether one that is there may stay (NodeShouldRunDaemonPod). */
function verdict(pod: Pod, node: Node): { readonly start: boolean; readonly stay: boolean } {
  if (pod.spec?.nodeName && pod.spec.nodeName !== node.metadata.name) return { start: false, stay: false };
  if (!matchesNodeAffinity(pod, node)) return { start: false, stay: false };
  const untolerated = taintsOf(node).filter((taint) => !toleratesTaint(pod, taint));
  if (untolerated.some(({ effect }) => effect === "NoExecute")) return { start: false, stay: false };
  if (untolerated.some(({ effect }) => effect === "NoSchedule")) return { start: false, stay: true };
  return { start: true, stay: true };
}

/** The node a Pod is on, or was made for. */
function targetOf(pod: Pod): string {
  if (pod.spec?.nodeName) return pod.spec.nodeName;
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms?.[0]?.matchFields?.find(({ key }) => key === "metadata.name")?.values?.[0] ?? "";
}

function pinTo(pod: Pod, node: string): Pod {
  if (pod.spec === undefined) return pod;
  const field = { key: "metadata.name", operator: "In", values: [node] };
  const affinity = pod.spec.affinity?.nodeAffinity;
  const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  pod.spec.affinity = {
    ...pod.spec.affinity,
    nodeAffinity: {
      ...affinity,
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms:
          terms === undefined || terms.length === 0
            ? [{ matchFields: [field] }]
            : terms.map((term) => ({ ...term, matchFields: [field] })),
      },
    },
  };
  return pod;
}

function sync(context: ControllerContext, key: string, queue: WorkQueue): void {
  const { lister, clock } = context;
  const { namespace, name } = splitKey(key);
  const set = lister.find(daemonSets, namespace, name);
  if (set === undefined) return;
  const matches = (labels: Readonly<Record<string, string>>) => selectorMatches(set.spec?.selector, labels);
  const members = claim(context, daemonSets, set, pods, lister.list(pods, namespace), (pod) =>
    matches(pod.metadata.labels ?? {}),
  );
  if (set.metadata.deletionTimestamp !== undefined) return;
  const now = clock.now();
  const { revision, all, collisionCount } = currentRevision(context, set, matches);
  const hash = revision.metadata.labels?.[REVISION_LABEL] ?? "";
  const byNode = new Map<string, Pod[]>();
  for (const pod of members) byNode.set(targetOf(pod), [...(byNode.get(targetOf(pod)) ?? []), pod]);
  const template = podFor(set, hash);
  const everyNode = lister.list(nodes);
  manage(context, set, everyNode, byNode, template);
  if ((set.spec?.updateStrategy?.type ?? "RollingUpdate") === "RollingUpdate")
    rollOut(context, set, everyNode, byNode, template, hash, now);
  truncate(context, set, all, members, revision);
  writeStatus(context, set, everyNode, byNode, template, hash, collisionCount, now);
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  for (const pod of members) {
    const wait = availableIn(pod, minReadySeconds, now);
    if (minReadySeconds > 0 && isPodReady(pod) && wait > 0)
      queue.addAfter(key, wait, `${name}: ${pod.metadata.name} must be ready for ${minReadySeconds} s`);
  }
}

const patches = new WeakMap<object, object>();

/** What a revision keeps of a template; once for as long as the template stays the same. */
function patchOf(of: NonNullable<DaemonSet["spec"]>["template"] | undefined): object {
  const known = of === undefined ? undefined : patches.get(of);
  if (known !== undefined) return known;
  const { metadata, ...template } = of ?? {};
  const data = deepFreeze({
    spec: {
      template: clone({ ...template, metadata: { creationTimestamp: null, ...metadata }, $patch: "replace" }),
    },
  });
  if (of !== undefined) patches.set(of, data);
  return data;
}

function currentRevision(
  { client, lister }: ControllerContext,
  set: DaemonSet,
  matches: (labels: Readonly<Record<string, string>>) => boolean,
) {
  const all = listRevisions(lister, set, matches);
  const data = patchOf(set.spec?.template);
  let collisionCount = set.status?.collisionCount ?? 0;
  const labels = set.spec?.template.metadata?.labels ?? {};
  const wanted = newRevision(set, daemonSets, labels, data, nextRevision(all), collisionCount, REVISION_LABEL);
  const equal = all.filter((revision) => equalRevisions(revision, wanted)).at(-1);
  let revision: ControllerRevision;
  if (equal === undefined) ({ revision, collisionCount } = createRevision(client, set, wanted, collisionCount));
  else if (equal === all.at(-1)) revision = equal;
  else
    revision = client.modify(controllerRevisions, set.metadata.namespace, equal.metadata.name ?? "", (next) => {
      next.revision = wanted.revision;
    });
  return { revision, all, collisionCount };
}

/** Starts Pods where they are missing, and ends those that may not stay, have failed, or are too many. */
function manage(
  context: ControllerContext,
  set: DaemonSet,
  everyNode: readonly Node[],
  byNode: ReadonlyMap<string, readonly Pod[]>,
  template: Pod,
): void {
  const { recorder } = context;
  for (const node of everyNode) {
    const nodeName = node.metadata.name ?? "";
    const here = byNode.get(nodeName) ?? [];
    const { start, stay } = verdict(template, node);
    const alive = here.filter((pod) => !isTerminating(pod) && !isPodFinished(pod));
    for (const pod of here) {
      if (isTerminating(pod) || !isPodFinished(pod) || !stay) continue;
      const isFailed = pod.status?.phase === "Failed";
      recorder.event(
        set,
        isFailed ? "Warning" : "Normal",
        isFailed ? "FailedDaemonPod" : "SucceededDaemonPod",
        isFailed
          ? `Found failed daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${nodeName}, will try to kill it`
          : `Found succeeded daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${nodeName}, will try to delete it`,
      );
      remove(context, set, pod);
    }
    if (start && here.length === 0) create(context, set, pinTo(clone(template), nodeName));
    else if (!stay) for (const pod of alive) remove(context, set, pod);
    else for (const pod of alive.slice(1)) remove(context, set, pod);
  }
  // Pods of nodes that are gone are left to the Pod garbage collector.
}

/** Replaces old Pods while few enough nodes are without an available one (rollingUpdate in update.go). */
function rollOut(
  context: ControllerContext,
  set: DaemonSet,
  everyNode: readonly Node[],
  byNode: ReadonlyMap<string, readonly Pod[]>,
  template: Pod,
  hash: string,
  now: number,
): void {
  const eligible = everyNode.filter((node) => verdict(template, node).start);
  const { maxSurge = 0, maxUnavailable = 1 } = set.spec?.updateStrategy?.rollingUpdate ?? {};
  const surge = scaled(maxSurge, eligible.length, true) ?? 0;
  const minReady = set.spec?.minReadySeconds ?? 0;
  let budget = surge > 0 ? surge : (scaled(maxUnavailable, eligible.length, true) ?? 1);
  const candidates: { readonly node: string; readonly old: Pod; readonly available: boolean }[] = [];
  for (const node of eligible) {
    const nodeName = node.metadata.name ?? "";
    const here = (byNode.get(nodeName) ?? []).filter((pod) => !isTerminating(pod));
    const fresh = here.find((pod) => pod.metadata.labels?.[REVISION_LABEL] === hash);
    const old = here.find((pod) => pod.metadata.labels?.[REVISION_LABEL] !== hash);
    if (old === undefined) {
      if (fresh === undefined || !isPodAvailable(fresh, minReady, now)) budget--;
      continue;
    }
    if (fresh !== undefined) {
      if (isPodAvailable(fresh, minReady, now)) remove(context, set, old);
      else budget--;
      continue;
    }
    candidates.push({ node: nodeName, old, available: isPodAvailable(old, minReady, now) });
  }
  // Old Pods that serve nobody cost nothing.
  for (const { old, node, available } of candidates.sort((a, b) => Number(a.available) - Number(b.available))) {
    if (available && budget <= 0) break;
    if (available) budget--;
    if (surge > 0 && available) create(context, set, pinTo(clone(template), node));
    else remove(context, set, old);
  }
}

function create({ client, recorder }: ControllerContext, set: DaemonSet, pod: Pod): void {
  try {
    const created = client.create(pods, pod);
    recorder.event(set, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata.name}`);
  } catch (error) {
    if (isNamespaceTerminating(error)) return;
    if (isStatusError(error)) recorder.event(set, "Warning", "FailedCreate", `Error creating: ${error.message}`);
    throw error;
  }
}

function remove({ client, recorder }: ControllerContext, set: DaemonSet, pod: Pod): void {
  unlessGone(() => client.delete(pods, pod.metadata.namespace, pod.metadata.name ?? ""));
  recorder.event(set, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
}

function truncate(
  { client }: ControllerContext,
  set: DaemonSet,
  all: readonly ControllerRevision[],
  members: readonly Pod[],
  current: ControllerRevision,
): void {
  const live = new Set(members.map((pod) => pod.metadata.labels?.[REVISION_LABEL]));
  const old = all.filter(
    ({ metadata }) => metadata.name !== current.metadata.name && !live.has(metadata.labels?.[REVISION_LABEL]),
  );
  const limit = set.spec?.revisionHistoryLimit ?? 10;
  for (const revision of old.slice(0, Math.max(0, old.length - limit)))
    unlessGone(() => client.delete(controllerRevisions, set.metadata.namespace, revision.metadata.name ?? ""));
}

function writeStatus(
  { client }: ControllerContext,
  set: DaemonSet,
  everyNode: readonly Node[],
  byNode: ReadonlyMap<string, readonly Pod[]>,
  template: Pod,
  hash: string,
  collisionCount: number,
  now: number,
): void {
  const minReady = set.spec?.minReadySeconds ?? 0;
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
  for (const node of everyNode) {
    const here = byNode.get(node.metadata.name ?? "") ?? [];
    if (!verdict(template, node).start) {
      if (here.length > 0) counts.misscheduled++;
      continue;
    }
    counts.desired++;
    const [pod] = [...here].sort(
      (a, b) => Date.parse(a.metadata.creationTimestamp ?? "") - Date.parse(b.metadata.creationTimestamp ?? ""),
    );
    if (pod === undefined) continue;
    counts.current++;
    if (isPodReady(pod)) counts.ready++;
    if (isPodAvailable(pod, minReady, now)) counts.available++;
    if (here.some(({ metadata }) => metadata.labels?.[REVISION_LABEL] === hash)) counts.updated++;
  }
  const unavailable = counts.desired - counts.available;
  const status: NonNullable<DaemonSet["status"]> = {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    observedGeneration: set.metadata.generation ?? 0,
    ...(counts.updated > 0 ? { updatedNumberScheduled: counts.updated } : {}),
    ...(counts.available > 0 ? { numberAvailable: counts.available } : {}),
    ...(unavailable > 0 ? { numberUnavailable: unavailable } : {}),
    ...(collisionCount > 0 ? { collisionCount } : {}),
  };
  if (deepEqual(set.status ?? {}, status)) return;
  unlessGone(() =>
    client.modify(
      daemonSets,
      set.metadata.namespace,
      set.metadata.name ?? "",
      (next) => {
        next.status = status;
      },
      "status",
    ),
  );
}
