/** Watches over nodes: those that no longer renew their Lease become Unknown, and conditions become taints (pkg/controller/nodelifecycle). */
import { leases, nodes, pods } from "../api/resources.ts";
import type { Node } from "../api/types.ts";
import { deepEqual } from "../machinery/clone.ts";
import { parseTime, rfc3339 } from "../machinery/time.ts";
import { type ControllerContext, type ControllerDefinition, watch } from "./framework/controller.ts";
import { unlessGone } from "./framework/owners.ts";
import type { WorkQueue } from "./framework/queue.ts";

/** --node-monitor-grace-period */
const GRACE_MS = 50_000;
/** --node-startup-grace-period: a node that has never reported. */
const STARTUP_GRACE_MS = 60_000;
const LEASE_NAMESPACE = "kube-node-lease";

type Taint = NonNullable<NonNullable<Node["spec"]>["taints"]>[number];
type Condition = NonNullable<NonNullable<Node["status"]>["conditions"]>[number];

const NOT_READY = "node.kubernetes.io/not-ready";
const UNREACHABLE = "node.kubernetes.io/unreachable";
/** Conditions that keep new Pods away, as taints. */
const NO_SCHEDULE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: NOT_READY, Unknown: UNREACHABLE },
  MemoryPressure: { True: "node.kubernetes.io/memory-pressure" },
  DiskPressure: { True: "node.kubernetes.io/disk-pressure" },
  NetworkUnavailable: { True: "node.kubernetes.io/network-unavailable" },
  PIDPressure: { True: "node.kubernetes.io/pid-pressure" },
};
const UNSCHEDULABLE = "node.kubernetes.io/unschedulable";
const MANAGED = new Set([...Object.values(NO_SCHEDULE).flatMap((byStatus) => Object.values(byStatus)), UNSCHEDULABLE]);

const conditionOf = (node: Node, type: string) => node.status?.conditions?.find((condition) => condition.type === type);

export const nodeLifecycleController: ControllerDefinition = {
  name: "node-controller",
  create(context) {
    const told = new Set<string>();
    return {
      watches: [
        watch(nodes, ({ type, object, previous }, queue) => {
          const name = object.metadata.name ?? "";
          if (type === "DELETED") {
            told.delete(name);
            context.recorder.event(
              object,
              "Normal",
              "RemovingNode",
              `Node ${name} event: Removing Node ${name} from Controller`,
            );
            return;
          }
          // Heartbeats change only times.
          if (
            previous === undefined ||
            !deepEqual(object.spec, previous.spec) ||
            object.status?.conditions?.some(
              (condition) => condition.status !== conditionOf(previous, condition.type)?.status,
            ) === true
          )
            queue.add(name);
        }),
        // A Lease that comes back to life; its renewals in between are read when their time comes.
        watch(leases, ({ object }, queue) => {
          if (object.metadata.namespace !== LEASE_NAMESPACE) return;
          const node = context.lister.find(nodes, undefined, object.metadata.name);
          if (node !== undefined && conditionOf(node, "Ready")?.status === "Unknown")
            queue.add(object.metadata.name ?? "");
        }),
      ],
      sync(name, queue) {
        const node = context.lister.find(nodes, undefined, name);
        if (node === undefined) return;
        if (!told.has(name)) {
          told.add(name);
          context.recorder.event(
            node,
            "Normal",
            "RegisteredNode",
            `Node ${name} event: Registered Node ${name} in Controller`,
          );
        }
        sync(context, node, queue);
      },
      state: () => [...told],
      restore(state) {
        for (const name of state as string[]) told.add(name);
      },
    };
  },
};

function sync(context: ControllerContext, node: Node, queue: WorkQueue): void {
  const { lister, clock } = context;
  const name = node.metadata.name ?? "";
  const now = clock.now();
  const lease = lister.find(leases, LEASE_NAMESPACE, name);
  const ready = conditionOf(node, "Ready");
  const heard = Math.max(
    parseTime(lease?.spec?.renewTime) || 0,
    parseTime(ready?.lastHeartbeatTime) || 0,
    ready === undefined ? parseTime(node.metadata.creationTimestamp) || 0 : 0,
  );
  const left = heard + (ready === undefined ? STARTUP_GRACE_MS : GRACE_MS) - now;
  if (left > 0) queue.addAfter(name, left);
  else if (ready?.status !== "Unknown") markUnknown(context, node, now);
  const fresh = lister.find(nodes, undefined, name) ?? node;
  const taints = taintsFor(fresh, now);
  if (!deepEqual(fresh.spec?.taints ?? [], taints))
    unlessGone(() =>
      context.client.modify(nodes, undefined, name, (next) => {
        if (taints.length === 0) delete next.spec?.taints;
        else next.spec = { ...next.spec, taints };
      }),
    );
  const isReady = conditionOf(fresh, "Ready")?.status === "True";
  if (!isReady) markPodsNotReady(context, fresh, now);
}

/** Nothing was heard of the node for too long: nobody knows how it is. */
function markUnknown({ client, recorder }: ControllerContext, node: Node, now: number): void {
  const name = node.metadata.name ?? "";
  const time = rfc3339(now);
  unlessGone(() =>
    client.modify(
      nodes,
      undefined,
      name,
      (next) => {
        const conditions: Condition[] = [...(next.status?.conditions ?? [])];
        for (const type of ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"]) {
          const index = conditions.findIndex((condition) => condition.type === type);
          const old = conditions[index];
          const unknown: Condition = {
            type,
            status: "Unknown",
            lastHeartbeatTime: old?.lastHeartbeatTime ?? next.metadata.creationTimestamp ?? time,
            lastTransitionTime: time,
            reason: old === undefined ? "NodeStatusNeverUpdated" : "NodeStatusUnknown",
            message: old === undefined ? "Kubelet never posted node status." : "Kubelet stopped posting node status.",
          };
          if (index === -1) conditions.push(unknown);
          else conditions[index] = unknown;
        }
        next.status = { ...next.status, conditions };
      },
      "status",
    ),
  );
  recorder.event(node, "Normal", "NodeNotReady", `Node ${name} status is now: NodeNotReady`);
}

/** Taints that conditions ask for, after those of other people, which stay as they are. */
function taintsFor(node: Node, now: number): Taint[] {
  const old = node.spec?.taints ?? [];
  const wanted: Taint[] = [];
  const want = (key: string, effect: string) => {
    const existing = old.find((taint) => taint.key === key && taint.effect === effect);
    wanted.push(existing ?? { key, effect, timeAdded: rfc3339(now) });
  };
  for (const { type, status } of node.status?.conditions ?? []) {
    const key = NO_SCHEDULE[type]?.[status];
    if (key === undefined) continue;
    want(key, "NoSchedule");
    if (type === "Ready") want(key, "NoExecute");
  }
  if (node.status?.conditions === undefined) want(NOT_READY, "NoSchedule");
  if (node.spec?.unschedulable === true) {
    const existing = old.find(({ key }) => key === UNSCHEDULABLE);
    wanted.push(existing ?? { key: UNSCHEDULABLE, effect: "NoSchedule", timeAdded: rfc3339(now) });
  }
  const others = old.filter(({ key }) => !MANAGED.has(key));
  const kept = old.filter((taint) => wanted.includes(taint));
  return [...others, ...kept, ...wanted.filter((taint) => !kept.includes(taint))];
}

/** Pods of a node that is not ready serve nobody. */
function markPodsNotReady(
  { client, lister, recorder, clock: _clock }: ControllerContext,
  node: Node,
  now: number,
): void {
  for (const pod of lister.list(pods)) {
    if (pod.spec?.nodeName !== node.metadata.name) continue;
    if (pod.status?.conditions?.find(({ type }) => type === "Ready")?.status !== "True") continue;
    unlessGone(() =>
      client.modify(
        pods,
        pod.metadata.namespace,
        pod.metadata.name ?? "",
        (next) => {
          next.status = {
            ...next.status,
            conditions: (next.status?.conditions ?? []).map((condition) =>
              condition.type === "Ready"
                ? { ...condition, status: "False", lastTransitionTime: rfc3339(now) }
                : condition,
            ),
          };
        },
        "status",
      ),
    );
    recorder.event(pod, "Warning", "NodeNotReady", "Node is not ready");
  }
}
