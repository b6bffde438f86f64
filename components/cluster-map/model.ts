/** From Kubernetes objects to what a picture of them says. Pure: no React, no time, no layout. */
import type { MessageKey, Values } from "../i18n/locale.ts";
import type { LiveObject } from "../live/record.ts";

/** The four meanings that colours and icons have everywhere. */
export type Meaning = "ready" | "waiting" | "failed" | "gone";

/** A state in words: one of ours, translated, or Kubernetes' own reason as it is. */
export interface StateWord {
  readonly meaning: Meaning;
  readonly key?: MessageKey;
  readonly values?: Values;
  readonly reason?: string;
}

export interface PodView {
  readonly key: string;
  readonly name: string;
  readonly namespace: string;
  /** The number at the end of a StatefulSet Pod's name. */
  readonly ordinal: number | undefined;
  readonly node: string | undefined;
  readonly state: StateWord;
  readonly ready: boolean;
  /** At least one of its containers runs, as far as the node has said. */
  readonly running: boolean;
  readonly init: { readonly done: number; readonly total: number };
  readonly restarts: number;
  readonly image: string;
  /** Counts up with each change of the template; undefined where the Pod belongs to nothing that keeps revisions. */
  readonly revision: number | undefined;
  readonly claims: readonly string[];
  readonly dns: string | undefined;
  readonly address: string | undefined;
  readonly owner: string | undefined;
}

export interface NodeView {
  /** "Node//node-1". */
  readonly key: string;
  readonly name: string;
  readonly controlPlane: boolean;
  readonly ready: boolean;
  readonly cordoned: boolean;
  readonly pods: readonly PodView[];
}

export interface ClaimView {
  readonly key: string;
  readonly name: string;
  readonly namespace: string;
  readonly state: StateWord;
  readonly volume: string | undefined;
  readonly capacity: string;
  readonly storageClass: string | undefined;
}

interface ServiceView {
  readonly key: string;
  readonly name: string;
  readonly headless: boolean;
  readonly pods: readonly string[];
}

interface WorkloadView {
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  readonly wanted: number;
  readonly ready: number;
  readonly updated: number;
  readonly partition: number;
}

export interface Picture {
  readonly nodes: readonly NodeView[];
  readonly unscheduled: readonly PodView[];
  readonly claims: readonly ClaimView[];
  readonly services: readonly ServiceView[];
  readonly workloads: readonly WorkloadView[];
}

type Json = Readonly<Record<string, unknown>>;

/** The value at a path; undefined where the path ends early. */
export function at(object: unknown, ...path: readonly (string | number)[]): unknown {
  let value = object;
  for (const key of path) {
    value = value !== null && typeof value === "object" ? (value as Record<string | number, unknown>)[key] : undefined;
  }
  return value;
}
const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value : []);
const number = (value: unknown): number => (typeof value === "number" ? value : 0);
const nameOf = (object: LiveObject) => text(at(object, "metadata", "name")) ?? "";
const namespaceOf = (object: LiveObject) => text(at(object, "metadata", "namespace")) ?? "";
const keyFor = (object: LiveObject) => `${text(object["kind"])}/${namespaceOf(object)}/${nameOf(object)}`;

const conditionTrue = (object: unknown, type: string): boolean =>
  list(at(object, "status", "conditions")).some((one) => one["type"] === type && one["status"] === "True");

/** web-3 of StatefulSet web -> 3. Other names that happen to end in a number have no ordinal. */
function ordinalOf(pod: LiveObject): number | undefined {
  if (!list(at(pod, "metadata", "ownerReferences")).some((owner) => owner["kind"] === "StatefulSet")) return undefined;
  const match = /-(\d+)$/.exec(nameOf(pod));
  return match === null ? undefined : Number(match[1]);
}

const TROUBLE = /BackOff|^Err|Error$|^Invalid|^CreateContainer/;

export function podState(pod: LiveObject): StateWord {
  const phase = text(at(pod, "status", "phase")) ?? "Pending";
  if (at(pod, "metadata", "deletionTimestamp") !== undefined) return { meaning: "gone", key: "map.state.Terminating" };
  if (phase === "Failed")
    return { meaning: "failed", ...reasonOr(text(at(pod, "status", "reason")), "map.state.Failed") };
  if (phase === "Succeeded") return { meaning: "gone", key: "map.state.Succeeded" };
  const init = list(at(pod, "status", "initContainerStatuses"));
  for (const status of [...init, ...list(at(pod, "status", "containerStatuses"))]) {
    const reason = text(at(status, "state", "waiting", "reason")) ?? text(at(status, "state", "terminated", "reason"));
    if (reason !== undefined && TROUBLE.test(reason)) return { meaning: "failed", reason };
  }
  if (text(at(pod, "spec", "nodeName")) === undefined) return { meaning: "waiting", key: "map.state.Pending" };
  const steps = initOf(pod);
  if (phase === "Pending" && steps.total > 0 && steps.done < steps.total)
    return { meaning: "waiting", key: "map.state.Init", values: steps };
  if (phase === "Pending") return { meaning: "waiting", key: "map.state.Scheduled" };
  if (conditionTrue(pod, "Ready")) return { meaning: "ready", key: "map.state.Ready" };
  return { meaning: "waiting", key: "map.state.NotReady" };
}

const reasonOr = (reason: string | undefined, key: MessageKey) => (reason === undefined ? { key } : { reason });

function initOf(pod: LiveObject): { readonly done: number; readonly total: number } {
  const total = list(at(pod, "spec", "initContainers")).filter((one) => one["restartPolicy"] !== "Always").length;
  const done = list(at(pod, "status", "initContainerStatuses")).filter(
    (status) => at(status, "state", "terminated", "exitCode") === 0,
  ).length;
  return { done: Math.min(done, total), total };
}

/** Revision numbers by the hash that Pods carry: of ControllerRevisions, and of ReplicaSets under a Deployment. */
function revisions(objects: Iterable<LiveObject>): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const object of objects) {
    if (object["kind"] === "ControllerRevision") {
      const revision = number(object["revision"]);
      numbers.set(nameOf(object), revision);
      const hash = text(at(object, "metadata", "labels", "controller.kubernetes.io/hash"));
      if (hash !== undefined) numbers.set(hash, revision);
    } else if (object["kind"] === "ReplicaSet") {
      const hash = text(at(object, "metadata", "labels", "pod-template-hash"));
      const revision = Number(at(object, "metadata", "annotations", "deployment.kubernetes.io/revision"));
      if (hash !== undefined && Number.isInteger(revision)) numbers.set(hash, revision);
    }
  }
  return numbers;
}

function viewPod(pod: LiveObject, numbers: ReadonlyMap<string, number>): PodView {
  const hash =
    text(at(pod, "metadata", "labels", "controller-revision-hash")) ??
    text(at(pod, "metadata", "labels", "pod-template-hash"));
  const owner = list(at(pod, "metadata", "ownerReferences"))[0];
  const hostname = text(at(pod, "spec", "hostname"));
  const subdomain = text(at(pod, "spec", "subdomain"));
  const statuses = list(at(pod, "status", "containerStatuses"));
  return {
    key: keyFor(pod),
    name: nameOf(pod),
    namespace: namespaceOf(pod),
    ordinal: ordinalOf(pod),
    node: text(at(pod, "spec", "nodeName")),
    state: podState(pod),
    ready: conditionTrue(pod, "Ready"),
    running: statuses.some((status) => at(status, "state", "running") !== undefined),
    init: initOf(pod),
    restarts: statuses.reduce((sum, status) => sum + number(status["restartCount"]), 0),
    image: text(at(pod, "spec", "containers", 0, "image")) ?? "",
    revision: hash === undefined ? undefined : numbers.get(hash),
    claims: list(at(pod, "spec", "volumes")).flatMap(
      (volume) => text(at(volume, "persistentVolumeClaim", "claimName")) ?? [],
    ),
    dns: hostname !== undefined && subdomain !== undefined ? `${hostname}.${subdomain}` : undefined,
    address: text(at(pod, "status", "podIP")),
    owner: owner === undefined ? undefined : `${owner["kind"]}/${owner["name"]}`,
  };
}

function viewClaim(claim: LiveObject): ClaimView {
  const phase = text(at(claim, "status", "phase")) ?? "Pending";
  const states: Readonly<Record<string, StateWord>> = {
    Bound: { meaning: "ready", key: "map.state.Bound" },
    Lost: { meaning: "failed", key: "map.state.Lost" },
  };
  const terminating = at(claim, "metadata", "deletionTimestamp") !== undefined;
  return {
    key: keyFor(claim),
    name: nameOf(claim),
    namespace: namespaceOf(claim),
    state: terminating
      ? { meaning: "gone", key: "map.state.Terminating" }
      : (states[phase] ?? { meaning: "waiting", key: "map.state.Pending" }),
    volume: text(at(claim, "spec", "volumeName")),
    capacity:
      text(at(claim, "status", "capacity", "storage")) ??
      text(at(claim, "spec", "resources", "requests", "storage")) ??
      "",
    storageClass: text(at(claim, "spec", "storageClassName")),
  };
}

function selects(selector: unknown, pod: LiveObject): boolean {
  if (selector === null || typeof selector !== "object") return false;
  const entries = Object.entries(selector);
  return entries.length > 0 && entries.every(([key, value]) => at(pod, "metadata", "labels", key) === value);
}

function viewWorkload(object: LiveObject): WorkloadView {
  return {
    key: keyFor(object),
    kind: text(object["kind"]) ?? "",
    name: nameOf(object),
    wanted: number(at(object, "spec", "replicas")),
    ready: number(at(object, "status", "readyReplicas")),
    updated: number(at(object, "status", "updatedReplicas")),
    partition: number(at(object, "spec", "updateStrategy", "rollingUpdate", "partition")),
  };
}

/** Ordinals first and in order, then names. */
const byOrdinal = (a: PodView, b: PodView) =>
  (a.ordinal ?? Number.POSITIVE_INFINITY) - (b.ordinal ?? Number.POSITIVE_INFINITY) ||
  a.name.localeCompare(b.name, "en", { numeric: true });
const byName = (a: { readonly name: string }, b: { readonly name: string }) =>
  a.name.localeCompare(b.name, "en", { numeric: true });

/** Namespaces of the cluster itself are left out: a learner's picture shows what a learner made. */
const isSystem = (object: LiveObject) => namespaceOf(object).startsWith("kube-");

export function pictureOf(objects: Iterable<LiveObject>): Picture {
  const all = [...objects];
  const of = (kind: string) => all.filter((object) => object["kind"] === kind && !isSystem(object));
  const numbers = revisions(all);
  const podObjects = of("Pod");
  const pods = podObjects.map((pod) => viewPod(pod, numbers)).sort(byOrdinal);
  const nodes = of("Node")
    .map((node) => ({
      key: keyFor(node),
      name: nameOf(node),
      controlPlane: at(node, "metadata", "labels", "node-role.kubernetes.io/control-plane") !== undefined,
      ready: conditionTrue(node, "Ready"),
      cordoned: at(node, "spec", "unschedulable") === true,
      pods: pods.filter((pod) => pod.node === nameOf(node)),
    }))
    .sort(byName);
  const known = new Set(nodes.map((node) => node.name));
  return {
    nodes,
    unscheduled: pods.filter((pod) => pod.node === undefined || !known.has(pod.node)),
    claims: of("PersistentVolumeClaim").map(viewClaim).sort(byName),
    services: of("Service")
      .filter((service) => nameOf(service) !== "kubernetes")
      .map((service) => ({
        key: keyFor(service),
        name: nameOf(service),
        headless: at(service, "spec", "clusterIP") === "None",
        pods: podObjects
          .filter((pod) => namespaceOf(pod) === namespaceOf(service) && selects(at(service, "spec", "selector"), pod))
          .map(keyFor),
      }))
      .sort(byName),
    workloads: [...of("StatefulSet"), ...of("Deployment")].map(viewWorkload).sort(byName),
  };
}
