/** ReplicaSets and ReplicationControllers: so many Pods alike, no more and no less (pkg/controller/replicaset/replica_set.go). */
import { pods, type Resource, replicaSets, replicationControllers } from "../api/resources.ts";
import type { Pod, PodTemplateSpec } from "../api/types.ts";
import { deepEqual } from "../machinery/clone.ts";
import { selectorMatches } from "../machinery/label-selector.ts";
import { isStatusError } from "../machinery/status.ts";
import { rfc3339 } from "../machinery/time.ts";
import type { KubernetesObject, LabelSelector } from "../machinery/types.ts";
import { type ControllerContext, type ControllerDefinition, watch } from "./framework/controller.ts";
import { keyOf, type Lister, splitKey } from "./framework/lister.ts";
import { claim, controllerOf, controllerReference, unlessGone } from "./framework/owners.ts";
import {
  availableIn,
  comparePodsForDeletion,
  isPodActive,
  isPodAvailable,
  isPodReady,
  podFromTemplate,
} from "./framework/pods.ts";
import type { WorkQueue } from "./framework/queue.ts";

/** Most Pods created or deleted in one go. */
const BURST = 500;

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

interface ReplicaStatus {
  replicas: number;
  fullyLabeledReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  observedGeneration?: number;
  conditions?: Condition[];
}

/** What ReplicaSets and ReplicationControllers have in common. */
interface Replicator extends KubernetesObject {
  spec?: { replicas?: number; minReadySeconds?: number; template?: PodTemplateSpec };
  status?: ReplicaStatus;
}

interface ReplicatorKind {
  readonly resource: Resource<Replicator>;
  selector(object: Replicator): LabelSelector | undefined;
}

const kinds = {
  replicaSet: {
    resource: replicaSets as unknown as Resource<Replicator>,
    selector: (object) => (object as { spec?: { selector?: LabelSelector } }).spec?.selector,
  },
  replicationController: {
    resource: replicationControllers as unknown as Resource<Replicator>,
    selector: (object) => ({
      matchLabels: (object as { spec?: { selector?: Record<string, string> } }).spec?.selector ?? {},
    }),
  },
} satisfies Record<string, ReplicatorKind>;

export const replicaSetController = define("replicaset-controller", kinds.replicaSet);
export const replicationController: ControllerDefinition = {
  ...define("replication-controller", kinds.replicationController),
};

function define(name: string, kind: ReplicatorKind): ControllerDefinition {
  return {
    name,
    create(context) {
      const { lister } = context;
      return {
        watches: [
          watch(kind.resource, ({ object }, queue) => queue.add(keyOf(object))),
          watch(pods, ({ type, object, previous }, queue) => {
            if (previous !== undefined && controllerOf(previous)?.uid !== controllerOf(object)?.uid)
              enqueueOwners(lister, kind, previous, queue, false);
            enqueueOwners(lister, kind, object, queue, type !== "DELETED");
          }),
        ],
        sync: (key, queue) => sync(context, kind, key, queue),
      };
    },
  };
}

function enqueueOwners(lister: Lister, kind: ReplicatorKind, pod: Pod, queue: WorkQueue, orphansToo: boolean): void {
  const controller = controllerOf(pod);
  if (controller !== undefined) {
    const owner = lister.owner(kind.resource, pod.metadata.namespace, controller);
    if (owner !== undefined) queue.add(keyOf(owner));
    return;
  }
  if (!orphansToo) return;
  for (const object of lister.list(kind.resource, pod.metadata.namespace))
    if (selectorMatches(kind.selector(object), pod.metadata.labels ?? {})) queue.add(keyOf(object));
}

function sync(context: ControllerContext, kind: ReplicatorKind, key: string, queue: WorkQueue): void {
  const { client, lister, clock } = context;
  const { namespace, name } = splitKey(key);
  const object = lister.find(kind.resource, namespace, name);
  if (object === undefined) return;
  const selector = kind.selector(object);
  const matches = (pod: Pod) => selectorMatches(selector, pod.metadata.labels ?? {});
  const active = lister.list(pods, namespace).filter(isPodActive);
  const members = claim(context, kind.resource, object, pods, active, matches);
  const now = clock.now();

  let failure: { readonly error: unknown } | undefined;
  const surplus = members.length - (object.spec?.replicas ?? 1);
  if (object.metadata.deletionTimestamp === undefined) {
    try {
      if (surplus < 0) createPods(context, kind, object, Math.min(-surplus, BURST));
      else if (surplus > 0) deletePods(context, object, members, Math.min(surplus, BURST));
    } catch (error) {
      failure = { error };
    }
  }
  const status = statusOf(object, members, surplus, failure?.error, now);
  if (
    !deepEqual(
      { ...object.status, conditions: object.status?.conditions ?? [] },
      { ...status, conditions: status.conditions ?? [] },
    )
  )
    unlessGone(() =>
      client.modify(
        kind.resource,
        namespace,
        name,
        (next) => {
          next.status = status;
        },
        "status",
      ),
    );
  if (failure !== undefined) throw failure.error;
  const minReadySeconds = object.spec?.minReadySeconds ?? 0;
  if (minReadySeconds === 0) return;
  for (const pod of members) {
    const wait = availableIn(pod, minReadySeconds, now);
    if (isPodReady(pod) && wait > 0)
      queue.addAfter(key, wait, `${name}: ${pod.metadata.name} must be ready for ${minReadySeconds} s`);
  }
}

/** In batches of 1, 2, 4 ...: a quota that refuses the first is not asked a hundred times. */
function createPods(
  { client, recorder }: ControllerContext,
  kind: ReplicatorKind,
  owner: Replicator,
  count: number,
): void {
  const reference = controllerReference(kind.resource, owner);
  for (let done = 0, size = 1; done < count; done += size, size *= 2) {
    let failure: { readonly error: unknown } | undefined;
    for (let index = done; index < Math.min(done + size, count); index++) {
      const pod = podFromTemplate(owner.spec?.template ?? {}, owner.metadata.name ?? "", reference);
      pod.metadata.namespace = owner.metadata.namespace ?? "";
      try {
        const created = client.create(pods, pod);
        recorder.event(owner, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata.name}`);
      } catch (error) {
        if (isNamespaceTerminating(error)) return;
        if (isStatusError(error)) recorder.event(owner, "Warning", "FailedCreate", `Error creating: ${error.message}`);
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
  }
}

/** Nothing can be created in a namespace on its way out: that is no failure. */
export function isNamespaceTerminating(error: unknown): boolean {
  return (
    isStatusError(error, "Forbidden") &&
    (error.status.details?.causes?.some((cause) => cause.reason === "NamespaceTerminating") ?? false)
  );
}

function deletePods(
  { client, recorder, lister, clock }: ControllerContext,
  owner: Replicator,
  members: readonly Pod[],
  count: number,
): void {
  const onNode = new Map<string, number>();
  for (const pod of relatedPods(lister, owner))
    onNode.set(pod.spec?.nodeName ?? "", (onNode.get(pod.spec?.nodeName ?? "") ?? 0) + 1);
  const order = comparePodsForDeletion(clock.now(), (node) => (node === "" ? 0 : (onNode.get(node) ?? 0)));
  for (const pod of [...members].sort(order).slice(0, count)) {
    const { namespace, name = "", uid = "" } = pod.metadata;
    try {
      client.delete(pods, namespace, name, { preconditions: { uid } });
      recorder.event(owner, "Normal", "SuccessfulDelete", `Deleted pod: ${name}`);
    } catch (error) {
      if (isStatusError(error, "NotFound")) continue;
      if (isStatusError(error)) recorder.event(owner, "Warning", "FailedDelete", `Error deleting: ${error.message}`);
      throw error;
    }
  }
}

/** Active Pods of all ReplicaSets of the same Deployment: crowded nodes are thinned out first. */
function relatedPods(lister: Lister, owner: Replicator): Pod[] {
  const parent = controllerOf(owner)?.uid;
  const owners = new Set([owner.metadata.uid]);
  if (parent !== undefined)
    for (const sibling of lister.list(replicaSets, owner.metadata.namespace))
      if (controllerOf(sibling)?.uid === parent) owners.add(sibling.metadata.uid);
  return lister
    .list(pods, owner.metadata.namespace)
    .filter((pod) => isPodActive(pod) && owners.has(controllerOf(pod)?.uid ?? ""));
}

/** calculateStatus in replica_set_utils.go: counts are of the Pods before this sync's creations and deletions. */
function statusOf(
  object: Replicator,
  members: readonly Pod[],
  surplus: number,
  error: unknown,
  now: number,
): ReplicaStatus {
  const labels = object.spec?.template?.metadata?.labels ?? {};
  const minReadySeconds = object.spec?.minReadySeconds ?? 0;
  const isLabeled = (pod: Pod) => Object.entries(labels).every(([key, value]) => pod.metadata.labels?.[key] === value);
  const countOf = (test: (pod: Pod) => boolean) => members.filter(test).length;
  const counts = {
    fullyLabeledReplicas: countOf(isLabeled),
    readyReplicas: countOf(isPodReady),
    availableReplicas: countOf((pod) => isPodAvailable(pod, minReadySeconds, now)),
  };
  const status: ReplicaStatus = { replicas: members.length, observedGeneration: object.metadata.generation ?? 0 };
  for (const [name, count] of Object.entries(counts)) if (count > 0) status[name as keyof typeof counts] = count;
  const before = object.status?.conditions?.find((condition) => condition.type === "ReplicaFailure");
  const others = (object.status?.conditions ?? []).filter((condition) => condition.type !== "ReplicaFailure");
  if (error !== undefined) {
    const reason = surplus < 0 ? "FailedCreate" : "FailedDelete";
    const failed =
      before?.status === "True" && before.reason === reason
        ? before
        : {
            type: "ReplicaFailure",
            status: "True",
            lastTransitionTime: rfc3339(now),
            reason,
            message: error instanceof Error ? error.message : String(error),
          };
    status.conditions = [...others, failed];
  } else if (others.length > 0) status.conditions = others;
  return status;
}
