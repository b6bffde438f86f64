/**
 * Nodes that only pretend, for tests of the control plane by itself: a Pod is Ready 0.3 s after it was bound (each init
 * container takes 0.3 s more), image tag "bad" cannot be pulled, "unready" never becomes ready, "exit0" and "exit1"
 * end at once; a deleted Pod is gone 0.4 s later, at once where its grace period is 0. As the stand-ins behaved when
 * the recordings in test/conformance were made.
 */
import type { Clock } from "../../clock/index.ts";
import { leases, nodes, pods } from "../api/resources.ts";
import type { Pod, PodStatus } from "../api/types.ts";
import type { Client } from "../apiserver/client.ts";
import type { NodeOptions } from "../cluster.types.ts";
import type { NodesOptions } from "../kubelet/nodes.ts";
import type { Nodes } from "../kubelet/types.ts";
import { isStatusError } from "../machinery/status.ts";
import { rfc3339, rfc3339Micro } from "../machinery/time.ts";

const START_MS = 300;
const STOP_MS = 400;
const LEASE_MS = 10_000;

const refuse = (): never => {
  throw new Error("stand-in nodes run no processes");
};

/** Millicores every Pod's container "c" seems to use; empty: nobody knows. Tests change it. */
export const load: number[] = [];

export function createStandInNodes(options: NodesOptions): Nodes {
  const { clock } = options;
  const clients = new Map<string, Client>();
  const off = new Set<string>();
  const known = new Map<string, string>();
  let stops: (() => void)[] = [];
  let address = 10;
  let pending = 0;

  const clientOf = (node: string): Client => {
    let client = clients.get(node);
    if (client === undefined) {
      client = options.clientFor(`system:node:${node}`, ["system:nodes"]);
      clients.set(node, client);
    }
    return client;
  };
  const later = (ms: number, run: () => void) => {
    pending++;
    const done = () => {
      pending--;
      try {
        run();
      } catch (error) {
        if (!isStatusError(error)) options.onBug("stand-in node", error);
      }
    };
    stops.push(clock.after(ms, done));
  };
  const see = (pod: Pod): void => {
    const node = pod.spec?.nodeName;
    const uid = pod.metadata.uid ?? "";
    if (!node || off.has(node)) return;
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (known.get(uid) === "leaving") return;
      known.set(uid, "leaving");
      const { namespace, name = "" } = pod.metadata;
      later(pod.metadata.deletionGracePeriodSeconds === 0 ? 0 : STOP_MS, () => {
        if (!off.has(node))
          clientOf(node).delete(pods, namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } });
      });
      return;
    }
    if (known.has(uid)) return;
    known.set(uid, "starting");
    const ip = `10.244.0.${address++}`;
    const initContainers = pod.spec?.initContainers?.length ?? 0;
    const started = START_MS + initContainers * START_MS;
    later(started, () => run(clock, clientOf(node), pod, ip));
    // Pods of Jobs have little to do, but for those whose image says otherwise.
    const forever = pod.spec?.containers.some(({ image }) => image?.endsWith(":forever"));
    if (!forever && pod.metadata.ownerReferences?.some(({ kind }) => kind === "Job"))
      later(started + START_MS, () => complete(clientOf(node), pod));
  };
  return {
    start() {
      for (const node of options.nodes) register(clock, clientOf(node.name), node);
      const renew = () => {
        for (const { name } of options.nodes)
          if (!off.has(name))
            clientOf(name).modify(leases, "kube-node-lease", name, (lease) => {
              lease.spec = { ...lease.spec, renewTime: rfc3339Micro(clock.now()) };
            });
        stops.push(clock.after(LEASE_MS, renew));
      };
      stops.push(clock.after(LEASE_MS, renew));
      const watcher = options.clientFor("system:kubelets", ["system:masters"]);
      stops.push(
        watcher.watch(pods, ({ type, object }) => {
          if (type !== "DELETED") see(object);
        }),
      );
      for (const pod of watcher.list(pods)) {
        if (pod.status?.phase !== "Pending") known.set(pod.metadata.uid ?? "", "started");
        see(pod);
      }
    },
    stop() {
      for (const stop of stops) stop();
      stops = [];
    },
    setPower(node, on) {
      if (on) off.delete(node);
      else off.add(node);
      if (on) for (const pod of clientOf(node).list(pods)) if (pod.spec?.nodeName === node) see(pod);
    },
    isOn: (node) => !off.has(node),
    faults: [],
    setFault: refuse,
    copyVolume: () => undefined,
    destroyVolume: () => undefined,
    killContainer: refuse,
    restartStaticPods: () => undefined,
    activity: () => ({ busy: pending > 0, waiting: [] }),
    snapshot: () => ({ nodes: {}, volumes: {} }),
    logs: refuse,
    exec: refuse,
    attach: refuse,
    portForward: refuse,
    usage: (_namespace, _pod) => load.map((cpuMillicores) => ({ container: "c", cpuMillicores, memoryBytes: 0 })),
  };
}

function register(clock: Clock, client: Client, { name, labels, cpu, memory, pods: podCount }: NodeOptions): void {
  if (client.find(nodes, undefined, name) !== undefined) return;
  const time = rfc3339(clock.now());
  const capacity = { cpu: cpu ?? "4", memory: memory ?? "16Gi", pods: String(podCount ?? 110) };
  client.create(nodes, {
    metadata: { name, labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", ...labels } },
  });
  client.modify(
    nodes,
    undefined,
    name,
    (node) => {
      node.status = {
        ...node.status,
        capacity,
        allocatable: capacity,
        conditions: [
          {
            type: "Ready",
            status: "True",
            lastHeartbeatTime: time,
            lastTransitionTime: time,
            reason: "KubeletReady",
            message: "kubelet is posting ready status",
          },
        ],
      };
    },
    "status",
  );
  client.create(leases, {
    metadata: { name, namespace: "kube-node-lease" },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: rfc3339Micro(clock.now()) },
  });
}

function complete(client: Client, pod: Pod): void {
  client.modify(
    pods,
    pod.metadata.namespace,
    pod.metadata.name ?? "",
    (next) => {
      if (next.metadata.uid !== pod.metadata.uid || next.status?.phase !== "Running") return false;
      next.status = {
        ...next.status,
        phase: "Succeeded",
        conditions: (next.status.conditions ?? []).map((condition) =>
          condition.type === "Ready" ? { ...condition, status: "False" } : condition,
        ),
      };
      return undefined;
    },
    "status",
  );
}

function run(clock: Clock, client: Client, pod: Pod, ip: string): void {
  const time = rfc3339(clock.now());
  const images = pod.spec?.containers.map(({ image = "" }) => image) ?? [];
  const hasTag = (tag: string) => images.some((image) => image.endsWith(`:${tag}`));
  const ready = !hasTag("unready") && !hasTag("bad");
  const ended = hasTag("exit0") || hasTag("exit1");
  const isTrue = (value: boolean) => (value ? "True" : "False");
  const stateOf = (image: string) =>
    image.endsWith(":bad")
      ? { waiting: { reason: "ImagePullBackOff", message: `Back-off pulling image "${image}"` } }
      : ended
        ? {
            terminated: {
              exitCode: hasTag("exit1") ? 1 : 0,
              reason: hasTag("exit1") ? "Error" : "Completed",
              startedAt: time,
              finishedAt: time,
            },
          }
        : { running: { startedAt: time } };
  client.modify(
    pods,
    pod.metadata.namespace,
    pod.metadata.name ?? "",
    (next) => {
      if (next.metadata.uid !== pod.metadata.uid || next.metadata.deletionTimestamp !== undefined) return false;
      const conditions = (next.status?.conditions ?? []).filter(({ type }) => type === "PodScheduled");
      next.status = {
        ...next.status,
        phase: hasTag("bad") ? "Pending" : hasTag("exit0") ? "Succeeded" : hasTag("exit1") ? "Failed" : "Running",
        podIP: ip,
        podIPs: [{ ip }],
        startTime: time,
        conditions: [
          ...conditions,
          { type: "Initialized", status: "True", lastTransitionTime: time },
          { type: "Ready", status: isTrue(ready && !ended), lastTransitionTime: time },
          { type: "ContainersReady", status: isTrue(ready && !ended), lastTransitionTime: time },
        ],
        containerStatuses: (next.spec?.containers ?? []).map(({ name, image = "" }) => ({
          name,
          image,
          imageID: "",
          ready: ready && !ended,
          restartCount: 0,
          started: !hasTag("bad"),
          state: stateOf(image),
        })) as unknown as NonNullable<PodStatus["containerStatuses"]>,
      };
      return undefined;
    },
    "status",
  );
}
