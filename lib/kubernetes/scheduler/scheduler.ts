/** The scheduler: one Pod at a time to the node that suits it best (pkg/scheduler/schedule_one.go). */
import type { Cancel, Clock } from "../../clock/index.ts";
import {
  csiNodes,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  type Resource,
  storageClasses,
} from "../api/resources.ts";
import type { Node, PersistentVolumeClaim, Pod } from "../api/types.ts";
import type { Client } from "../apiserver/client.ts";
import { keyOf, Lister, splitKey } from "../controllers/framework/lister.ts";
import { unlessGone } from "../controllers/framework/owners.ts";
import type { Worker, Workers } from "../controllers/framework/workers.ts";
import { createSeriesRecorder, type SeriesRecorder } from "../events/index.ts";
import { deepEqual } from "../machinery/clone.ts";
import { isStatusError } from "../machinery/status.ts";
import { rfc3339 } from "../machinery/time.ts";
import type { KubernetesObject } from "../machinery/types.ts";
import type { Change, Store } from "../store/store.ts";
import { messageOf } from "./diagnosis.ts";
import { nodeInfos, priorityOf } from "./node-info.ts";
import { filterPlugins, scorePlugins } from "./plugins/index.ts";
import { isFullyBound, SELECTED_NODE, type VolumePlan, volumePlan } from "./plugins/volume-binding.ts";
import { type Candidate, preempt } from "./preemption.ts";
import { SchedulingQueue } from "./queue.ts";
import type { Cycle, NodeInfo, Rejection } from "./types.ts";

const NAME = "default-scheduler";
/** How long a Pod's volumes may take to be bound (VolumeBindingArgs.bindTimeoutSeconds). */
const BIND_TIMEOUT_MS = 600_000;

/** Which plugins' verdicts a kind of change may turn. */
const AFFECTED = {
  podGone: new Set([
    "NodeResourcesFit",
    "NodePorts",
    "InterPodAffinity",
    "PodTopologySpread",
    "VolumeRestrictions",
    "NodeVolumeLimits",
  ]),
  podPlaced: new Set(["InterPodAffinity", "PodTopologySpread"]),
  node: new Set(filterPlugins.map(({ name }) => name)),
  volume: new Set(["VolumeBinding", "VolumeZone", "VolumeRestrictions", "NodeVolumeLimits"]),
} as const;

/** A Pod that has its node but waits for its volumes. */
interface Binding {
  readonly pod: Pod;
  readonly node: string;
  readonly claims: readonly string[];
  /** Those of `claims` that a provisioner makes a volume for. */
  readonly provision: readonly string[];
  readonly cancel: Cancel;
  readonly until: number;
}

interface SchedulerOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly workers: Workers;
  readonly clientFor: (user: string, groups?: readonly string[]) => Client;
  readonly onBug: (where: string, error: unknown) => void;
}

export class Scheduler implements Worker {
  readonly name = "scheduler";
  readonly #options: SchedulerOptions;
  readonly #client: Client;
  readonly #lister: Lister;
  readonly #recorder: SeriesRecorder;
  readonly #queue: SchedulingQueue;
  readonly #bindings = new Map<string, Binding>();
  #stops: (() => void)[] = [];

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#client = options.clientFor("system:kube-scheduler");
    this.#lister = new Lister(options.store);
    this.#recorder = createSeriesRecorder({
      clock: options.clock,
      client: this.#client,
      component: NAME,
      onBug: options.onBug,
    });
    this.#queue = new SchedulingQueue(options.clock, () => options.workers.wake(this));
  }

  start(): void {
    this.#watch(pods, (type, pod, previous) => this.#seePod(type, pod, previous));
    this.#watch(nodes, (_type, node, previous) => {
      if (previous === undefined || !sameForScheduling(node, previous)) this.#queue.moveFor(AFFECTED.node);
    });
    for (const resource of [persistentVolumes, storageClasses, csiNodes] as Resource[])
      this.#watch(resource, () => this.#queue.moveFor(AFFECTED.volume));
    this.#watch(persistentVolumeClaims, (_type, claim) => {
      this.#queue.moveFor(AFFECTED.volume);
      this.#continueBindings(
        ({ pod, claims }) =>
          claims.includes(claim.metadata.name ?? "") && pod.metadata.namespace === claim.metadata.namespace,
      );
    });
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    for (const { cancel } of this.#bindings.values()) cancel();
    this.#bindings.clear();
    this.#queue.close();
  }

  hasWork(): boolean {
    return this.#queue.length > 0;
  }

  step(): void {
    const key = this.#queue.take();
    if (key === undefined) return;
    const { namespace, name } = splitKey(key);
    const pod = this.#lister.find(pods, namespace, name);
    if (pod === undefined || !isWaiting(pod)) {
      this.#queue.remove(key);
      return;
    }
    try {
      this.#schedule(pod, key);
    } catch (error) {
      if (!isStatusError(error)) this.#options.onBug(`scheduler: ${key}`, error);
      this.#abandon(key);
      this.#queue.retry(key);
    }
  }

  *waiting(): Iterable<{ readonly reason: string; readonly until: number }> {
    for (const { key, until } of this.#queue.waiting()) yield { reason: `Pod ${key} is tried again`, until };
  }

  /** Pods whose volumes are being bound. */
  get binding(): number {
    return this.#bindings.size;
  }

  state(): unknown {
    return this.#recorder.state();
  }

  restore(state: unknown): void {
    this.#recorder.restore(state);
  }

  #watch<T extends KubernetesObject>(
    resource: Resource<T>,
    see: (type: Change["type"], object: T, previous: T | undefined) => void,
  ): void {
    const { store, onBug } = this.#options;
    const handle = (type: Change["type"], object: KubernetesObject, previous: KubernetesObject | undefined) => {
      try {
        see(type, object as T, previous as T | undefined);
      } catch (error) {
        onBug(`scheduler: ${type} ${resource.key}`, error);
      }
    };
    this.#stops.push(store.subscribe(resource.key, ({ type, object, previous }) => handle(type, object, previous)));
    for (const object of store.list(resource.key)) handle("ADDED", object, undefined);
  }

  #seePod(type: Change["type"], pod: Pod, previous: Pod | undefined): void {
    const key = keyOf(pod);
    if (type === "DELETED") {
      this.#queue.remove(key);
      this.#abandon(key);
      this.#queue.moveFor(AFFECTED.podGone);
      return;
    }
    if (pod.spec?.nodeName) {
      this.#queue.remove(key);
      if (previous !== undefined && !isFinished(previous) && isFinished(pod)) this.#queue.moveFor(AFFECTED.podGone);
      if (!previous?.spec?.nodeName || !deepEqual(previous.metadata.labels, pod.metadata.labels))
        this.#queue.moveFor(AFFECTED.podPlaced);
      return;
    }
    if (!isWaiting(pod)) {
      this.#queue.remove(key);
      return;
    }
    // Its own status (the condition this scheduler writes) makes no Pod schedulable.
    if (
      previous !== undefined &&
      isWaiting(previous) &&
      deepEqual(previous.spec, pod.spec) &&
      deepEqual(previous.metadata.labels, pod.metadata.labels)
    )
      return;
    if (!this.#bindings.has(key)) this.#queue.add(pod);
  }

  #schedule(pod: Pod, key: string): void {
    const cycle = this.#cycle(pod);
    const rejections = new Map<string, Rejection>();
    const rejectors = new Set<string>();
    for (const plugin of filterPlugins) {
      const rejection = plugin.preFilter?.(cycle);
      if (rejection === undefined) continue;
      rejectors.add(plugin.name);
      for (const { node } of cycle.nodes) rejections.set(node.metadata.name ?? "", rejection);
      this.#fail(cycle, key, rejections, rejectors, rejection);
      return;
    }
    const feasible: NodeInfo[] = [];
    for (const info of cycle.nodes) {
      const rejection = filter(cycle, info, rejectors);
      if (rejection === undefined) feasible.push(info);
      else rejections.set(info.node.metadata.name ?? "", rejection);
    }
    const nominated = feasible.find(({ node }) => node.metadata.name === pod.status?.nominatedNodeName);
    const chosen = nominated ?? this.#best(cycle, feasible);
    if (chosen === undefined) {
      this.#fail(cycle, key, rejections, rejectors, undefined);
      return;
    }
    this.#reserve(pod, key, chosen.node.metadata.name ?? "", volumePlan(cycle, chosen.node));
  }

  #cycle(pod: Pod): Cycle {
    const placeOf = (other: Pod): string | undefined => {
      if (other.spec?.nodeName) return other.spec.nodeName;
      if (other.metadata.uid === pod.metadata.uid) return undefined;
      const binding = this.#bindings.get(keyOf(other));
      if (binding !== undefined) return binding.node;
      // Room that was made for a Pod at least as important is not ours to take.
      return other.status?.nominatedNodeName && priorityOf(other) >= priorityOf(pod)
        ? other.status.nominatedNodeName
        : undefined;
    };
    return {
      pod,
      nodes: nodeInfos(this.#lister.list(nodes), this.#lister.list(pods), placeOf),
      lister: this.#lister,
      now: this.#options.clock.now(),
      notes: new Map(),
    };
  }

  #best(cycle: Cycle, feasible: readonly NodeInfo[]): NodeInfo | undefined {
    if (feasible.length <= 1) return feasible[0];
    const totals = feasible.map(() => 0);
    for (const plugin of scorePlugins) {
      if (plugin.skip?.(cycle) === true) continue;
      const raw = feasible.map((info) => plugin.score(cycle, info, feasible));
      const scores = plugin.normalize?.(raw, cycle) ?? raw;
      for (const [index, score] of scores.entries()) totals[index] = (totals[index] ?? 0) + score * plugin.weight;
    }
    const top = Math.max(...totals);
    const ties = feasible.filter((_, index) => totals[index] === top);
    return ties.length === 1 ? ties[0] : ties[Math.floor(this.#options.clock.random() * ties.length)];
  }

  #fail(
    cycle: Cycle,
    key: string,
    rejections: ReadonlyMap<string, Rejection>,
    rejectors: ReadonlySet<string>,
    preFilter: Rejection | undefined,
  ): void {
    const { pod } = cycle;
    const outcome =
      cycle.nodes.length === 0
        ? undefined
        : preempt(cycle, rejections, (changed, info) => filter(changed, info, new Set()));
    const message = messageOf({
      nodeCount: cycle.nodes.length,
      byNode: rejections,
      ...(preFilter === undefined ? {} : { preFilter }),
      ...(outcome?.kind === "none" ? { postFilter: outcome.message } : {}),
    });
    this.#recorder.event(pod, "Warning", "FailedScheduling", "Scheduling", message);
    const nominated = outcome?.kind === "found" ? outcome.candidate.node : undefined;
    this.#queue.unschedulable(key, cycle.nodes.length === 0 ? AFFECTED.node : rejectors);
    this.#markUnschedulable(pod, message, nominated);
    if (outcome?.kind === "found") this.#evict(pod, outcome.candidate);
  }

  #markUnschedulable(pod: Pod, message: string, nominatedNode: string | undefined): void {
    const now = this.#options.clock.now();
    unlessGone(() =>
      this.#client.modify(
        pods,
        pod.metadata.namespace,
        pod.metadata.name ?? "",
        (next) => {
          const conditions = next.status?.conditions ?? [];
          const before = conditions.find(({ type }) => type === "PodScheduled");
          const isSame = before?.status === "False" && before.reason === "Unschedulable" && before.message === message;
          if (isSame && (nominatedNode === undefined || nominatedNode === next.status?.nominatedNodeName)) return false;
          const condition = {
            type: "PodScheduled",
            ...(next.metadata.generation === undefined ? {} : { observedGeneration: next.metadata.generation }),
            status: "False",
            lastTransitionTime: before?.status === "False" ? (before.lastTransitionTime ?? rfc3339(now)) : rfc3339(now),
            reason: "Unschedulable",
            message,
          };
          next.status = {
            ...next.status,
            conditions:
              before === undefined ? [...conditions, condition] : conditions.map((c) => (c === before ? condition : c)),
            ...(nominatedNode === undefined ? {} : { nominatedNodeName: nominatedNode }),
          };
          return undefined;
        },
        "status",
      ),
    );
  }

  #evict(pod: Pod, { node, victims }: Candidate): void {
    const now = rfc3339(this.#options.clock.now());
    for (const victim of victims) {
      const { namespace, name = "" } = victim.metadata;
      unlessGone(() => {
        if (victim.metadata.deletionTimestamp !== undefined) return;
        this.#client.modify(
          pods,
          namespace,
          name,
          (next) => {
            const others = (next.status?.conditions ?? []).filter(({ type }) => type !== "DisruptionTarget");
            const condition = {
              type: "DisruptionTarget",
              status: "True",
              lastTransitionTime: now,
              reason: "PreemptionByScheduler",
              message: `${NAME}: preempting to accommodate a higher priority pod`,
            };
            next.status = { ...next.status, conditions: [...others, condition] };
          },
          "status",
        );
        this.#client.delete(pods, namespace, name);
      });
      this.#recorder.event(
        victim,
        "Normal",
        "Preempted",
        "Preempting",
        `Preempted by pod ${pod.metadata.uid} on node ${node}`,
      );
    }
  }

  /** Takes the room, starts what its volumes need, and binds as soon as they are there. */
  #reserve(pod: Pod, key: string, node: string, plan: VolumePlan): void {
    const { clock } = this.#options;
    const claims = [...plan.bind.map(({ claim }) => claim), ...plan.provision].map(
      ({ metadata }) => metadata.name ?? "",
    );
    if (claims.length === 0) {
      this.#bind(pod, key, node);
      return;
    }
    this.#bindings.set(key, {
      pod,
      node,
      claims,
      provision: plan.provision.map(({ metadata }) => metadata.name ?? ""),
      until: clock.now() + BIND_TIMEOUT_MS,
      cancel: clock.after(BIND_TIMEOUT_MS, () => this.#giveUp(key, "binding volumes: context deadline exceeded")),
    });
    for (const { claim, volume } of plan.bind)
      this.#client.modify(persistentVolumes, undefined, volume.metadata.name ?? "", (next) => {
        if (next.spec === undefined) return false;
        const { namespace = "", name = "", uid = "", resourceVersion = "" } = claim.metadata;
        next.spec.claimRef = {
          kind: "PersistentVolumeClaim",
          apiVersion: "v1",
          namespace,
          name,
          uid,
          resourceVersion,
        };
        next.metadata.annotations = { ...next.metadata.annotations, "pv.kubernetes.io/bound-by-controller": "yes" };
        return undefined;
      });
    for (const claim of plan.provision)
      this.#client.modify(persistentVolumeClaims, claim.metadata.namespace, claim.metadata.name ?? "", (next) => {
        if (next.metadata.annotations?.[SELECTED_NODE] === node) return false;
        next.metadata.annotations = { ...next.metadata.annotations, [SELECTED_NODE]: node };
        return undefined;
      });
    this.#continueBindings((binding) => binding.pod === pod);
  }

  /** Binds the Pods whose volumes are there by now; `concerned`: which of those that wait to look at. */
  #continueBindings(concerned: (binding: Binding) => boolean): void {
    for (const [key, binding] of [...this.#bindings]) {
      if (!concerned(binding)) continue;
      const { pod, node, claims, provision } = binding;
      const found = claims.map((name) => this.#lister.find(persistentVolumeClaims, pod.metadata.namespace, name));
      if (found.some((claim) => claim === undefined)) this.#giveUp(key, "persistentvolumeclaim not found");
      else if (found.every((claim) => claim !== undefined && isFullyBound(claim))) {
        try {
          this.#bind(pod, key, node);
        } catch (error) {
          if (!isStatusError(error)) this.#options.onBug(`scheduler: bind ${key}`, error);
          this.#giveUp(key, error instanceof Error ? error.message : String(error));
        }
      } else if (
        found.some(
          (claim) => claim !== undefined && provision.includes(claim.metadata.name ?? "") && lostItsNode(claim, node),
        )
      )
        this.#giveUp(key, "binding volumes: provisioning failed for PVC");
    }
  }

  #bind(pod: Pod, key: string, node: string): void {
    const { namespace = "", name = "" } = pod.metadata;
    this.#client.bind(namespace, name, node);
    this.#abandon(key);
    this.#queue.remove(key);
    this.#recorder.event(
      pod,
      "Normal",
      "Scheduled",
      "Binding",
      `Successfully assigned ${namespace}/${name} to ${node}`,
    );
  }

  /** Binding failed: told, and tried again after the Pod's back-off. */
  #giveUp(key: string, message: string): void {
    const binding = this.#bindings.get(key);
    this.#abandon(key);
    if (binding === undefined) return;
    this.#recorder.event(binding.pod, "Warning", "FailedScheduling", "Scheduling", message);
    this.#queue.retry(key);
  }

  #abandon(key: string): void {
    this.#bindings.get(key)?.cancel();
    this.#bindings.delete(key);
  }
}

/** The first plugin that refuses the node speaks. */
function filter(cycle: Cycle, info: NodeInfo, rejectors: Set<string>): Rejection | undefined {
  for (const plugin of filterPlugins) {
    const rejection = plugin.filter?.(cycle, info);
    if (rejection === undefined) continue;
    rejectors.add(plugin.name);
    return rejection;
  }
  return undefined;
}

const isFinished = (pod: Pod) => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

/** Ours, without a node, and allowed to be scheduled. */
function isWaiting(pod: Pod): boolean {
  return (
    !pod.spec?.nodeName &&
    (pod.spec?.schedulerName ?? NAME) === NAME &&
    pod.metadata.deletionTimestamp === undefined &&
    !isFinished(pod) &&
    (pod.spec?.schedulingGates ?? []).length === 0
  );
}

/** A provisioner gave up on the node: it takes the annotation away, so that another node can be chosen. */
function lostItsNode(claim: PersistentVolumeClaim, node: string): boolean {
  return !claim.spec?.volumeName && claim.metadata.annotations?.[SELECTED_NODE] !== node;
}

/** Heartbeats change nodes all the time; only these parts matter here. */
function sameForScheduling(a: Node, b: Node): boolean {
  return (
    deepEqual(a.spec, b.spec) &&
    deepEqual(a.metadata.labels, b.metadata.labels) &&
    deepEqual(a.status?.allocatable, b.status?.allocatable)
  );
}
