/** One node: its Pods' workers, its disk and images, its Node object. */

import { quantityNumber } from "../../encoding/index.ts";
import type { FileSystem, FileTree } from "../../machine/index.ts";
import { leases, nodes } from "../api/resources.ts";
import type { Node, Pod } from "../api/types.ts";
import { isStatusError } from "../machinery/status.ts";
import type { NetworkStack } from "../network/types.ts";
import { resourceAmounts } from "../scheduler/resources.ts";
import { admission } from "./admission.ts";
import { Backoff } from "./backoff.ts";
import { DiskManager } from "./disk-manager.ts";
import { isCritical } from "./eviction.ts";
import type { Faults } from "./faults/faults.ts";
import { gatedClient } from "./faults/gated-client.ts";
import { newFileSystem } from "./file-systems.ts";
import { ImageManager } from "./image-manager.ts";
import type { NodeContext } from "./node-context.ts";
import { NodeDisk } from "./node-disk.ts";
import {
  allocatableOf,
  capacityOf,
  LEASE_SECONDS,
  labelsOf,
  type NodeIdentity,
  newNode,
  nodeStatus,
} from "./node-object.ts";
import { nodeTree } from "./node-tree.ts";
import type { NodesOptions } from "./nodes.ts";
import { PodWorker } from "./pod-worker.ts";
import { NodeProcesses } from "./processes.ts";
import { EventRecorder, referenceTo } from "./recorder.ts";
import { resizeRefusal } from "./resize.ts";
import { isMirror } from "./static/manifest.ts";
import { StaticPods } from "./static/pods.ts";
import { FileSource } from "./static/source.ts";
import { microTime } from "./time.ts";
import type { NodeSnapshot } from "./types.ts";
import type { NetworkVolumes } from "./volumes/index.ts";
import type { WorkerSnapshot } from "./worker-snapshot.ts";

/** On every node's disk before it first starts, as the node images of kind have them: the system's own Pods need no pull. */
const PRELOADED: readonly string[] = [
  "registry.k8s.io/coredns/coredns:v1.12.1",
  "registry.k8s.io/etcd:3.6.4-0",
  "registry.k8s.io/kube-apiserver:v1.34.0",
  "registry.k8s.io/kube-controller-manager:v1.34.0",
  "registry.k8s.io/kube-proxy:v1.34.0",
  "registry.k8s.io/kube-scheduler:v1.34.0",
  "registry.k8s.io/pause:3.10",
];

/** What a kubelet tells when it starts: reason, and message where it is not the usual one. */
const BOOT_EVENTS: readonly (readonly [reason: string, message?: string])[] = [
  ["NodeHasSufficientMemory"],
  ["NodeHasNoDiskPressure"],
  ["NodeHasSufficientPID"],
  ["NodeAllocatableEnforced", "Updated Node Allocatable limit across pods"],
];

/** Where kubelets look for the API server. */
const API_SERVER = "172.18.0.2:6443";

export class Kubelet {
  readonly name: string;
  readonly workers = new Map<string, PodWorker>();
  readonly images: ImageManager;
  readonly hostFiles: FileSystem;
  readonly disk: NodeDisk;
  readonly #options: NodesOptions;
  readonly #identity: NodeIdentity;
  readonly #context: NodeContext;
  readonly #snapshot: NodeSnapshot | undefined;
  /** Pods that ended here whose last changes are still under way to us. */
  readonly #done = new Set<string>();
  #stack: NetworkStack | undefined;
  #on: boolean;
  #reported = 0;
  /** Images as they were told last: others are told with the next heartbeat. */
  #imagesReported: number;
  readonly #faults: Faults;
  readonly #static: StaticPods;
  readonly #manifests: FileSource;
  /** What the API server had to say while it could not be heard, newest by Pod. */
  readonly #unheard = new Map<string, { readonly pod: Pod; readonly removed: boolean }>();
  readonly #diskManager: DiskManager;

  constructor(
    options: NodesOptions,
    identity: NodeIdentity,
    networkVolumes: NetworkVolumes,
    faults: Faults,
    snapshot?: NodeSnapshot,
  ) {
    const { clock } = options;
    this.#faults = faults;
    const name = identity.options.name;
    this.name = name;
    this.#options = options;
    this.#identity = identity;
    this.#snapshot = snapshot;
    this.#on = snapshot?.running ?? true;
    this.disk = new NodeDisk(quantityNumber(capacityOf(identity.options)["ephemeral-storage"]) ?? 0);
    this.images = new ImageManager(
      clock,
      options.images,
      options.latencies.pullBytesPerMs,
      snapshot?.images ?? PRELOADED,
      (image) => faults.isCorrupt(image),
      this.disk,
    );
    this.#imagesReported = this.images.changes;
    this.hostFiles = newFileSystem({
      clock,
      source: "/dev/vda1",
      type: "ext4",
      capacityBytes: this.disk.capacityBytes,
      disk: this.disk,
      tree: snapshot?.hostFiles ?? nodeTree(name, options.nodeFiles?.(identity)),
    });
    const client = gatedClient(options.clientFor(`system:node:${name}`, ["system:nodes"]), API_SERVER, () =>
      faults.isCutOff(name),
    );
    this.#context = {
      name,
      clock,
      client,
      latencies: options.latencies,
      images: this.images,
      source: options.images,
      network: options.network,
      stack: () => this.#needStack(),
      hostIP: identity.address,
      hostFiles: this.hostFiles,
      disk: this.disk,
      networkVolumes,
      faults,
      recorder: new EventRecorder(client, clock, { component: "kubelet", host: name }),
      crashes: new Backoff(10_000, 300_000),
      labels: () => labelsOf(identity),
      allocatable: allocatableOf(identity.options),
      admit: (uid) => this.#admit(uid),
      resize: ({ status: _before, ...pod }) =>
        resizeRefusal({
          pod,
          node: undefined,
          others: this.#others(pod.metadata.uid ?? "").map((worker) => worker.pod),
          allocatable: resourceAmounts(this.#context.allocatable),
        }),
      mintToken: options.mintToken,
      processes: new NodeProcesses(() =>
        [...this.workers.values()].flatMap((worker) => worker.containers.seenByNode()),
      ),
      components: options.components,
      onBug: options.onBug,
    };
    this.#diskManager = new DiskManager(
      {
        name,
        clock,
        disk: this.disk,
        hostFiles: this.hostFiles,
        images: this.images,
        faults,
        workers: this.workers,
        event: (type, reason, message) => this.#event(type, reason, message),
        changed: () => {
          if (!this.cutOff) this.#reportStatus();
        },
      },
      snapshot?.pressure,
    );
    this.#static = new StaticPods({
      context: this.#context,
      workers: this.workers,
      on: () => this.#on,
      snapshot: (uid) => this.#snapshot?.pods[uid] as WorkerSnapshot | undefined,
    });
    let first = snapshot === undefined;
    this.#manifests = new FileSource({
      files: this.hostFiles,
      node: this.#context,
      changed: (pods) => {
        this.#static.set(pods, first);
        first = false;
      },
    });
  }

  /** The disk is filled on purpose, or no more. */
  fillDisk(full: boolean): void {
    this.#diskManager.fillDisk(full);
  }

  get on(): boolean {
    return this.#on;
  }

  get stack(): NetworkStack | undefined {
    return this.#stack;
  }

  get address(): string {
    return this.#identity.address;
  }

  /** Attaches to the network; registers the Node where it is on and not known yet. */
  start(): void {
    this.#stack = this.#options.network.attachNode(this.name, this.#identity.address, this.#identity.podCidr);
    if (!this.#on) {
      this.#options.network.setNodeReachable(this.name, false);
      this.#manifests.start();
      return;
    }
    this.#register();
    this.#manifests.start();
  }

  get cutOff(): boolean {
    return this.#faults.isCutOff(this.name);
  }

  /** The API server can be heard again: everything that was missed, and everything that was to be told. */
  reconnected(): void {
    if (this.#on) {
      this.#renewLease();
      this.#reportStatus();
    }
    const missed = [...this.#unheard.values()];
    this.#unheard.clear();
    for (const { pod, removed } of missed) {
      if (removed) this.podRemoved(pod);
      else this.podChanged(pod);
    }
    if (!this.#on) return;
    for (const worker of [...this.workers.values()]) worker.wake();
    this.#static.sweep();
  }

  /** A Pod of this node was added or changed. */
  podChanged(pod: Pod): void {
    if (isMirror(pod)) {
      if (!this.cutOff) this.#static.mirrorChanged(pod, false);
      return;
    }
    const uid = pod.metadata.uid ?? "";
    // What ran when a snapshot was taken runs on, heard of or not.
    const restored = this.#snapshot?.pods[uid] !== undefined && !this.workers.has(uid) && !this.#done.has(uid);
    if (this.cutOff && this.#on && !restored) {
      this.#unheard.set(uid, { pod, removed: false });
      return;
    }
    const worker = this.workers.get(uid);
    if (worker !== undefined) {
      if (this.#on) {
        worker.update(pod);
        this.#retryResizes();
      } else worker.pod = pod;
      return;
    }
    if (this.#done.has(uid)) return;
    const known = this.#snapshot?.pods[uid] as WorkerSnapshot | undefined;
    const created = new PodWorker(this.#context, pod, () => this.#podGone(uid), known);
    this.workers.set(uid, created);
    if (!this.#on) return;
    if (known !== undefined) {
      created.revive().catch((error: unknown) => this.#options.onBug(`kubelet ${this.name}: restore`, error));
    } else if (pod.metadata.deletionTimestamp !== undefined) created.update(pod);
    else created.wake();
  }

  podRemoved(pod: Pod): void {
    if (isMirror(pod)) {
      if (!this.cutOff && this.#on) this.#static.mirrorChanged(pod, true);
      return;
    }
    const uid = pod.metadata.uid ?? "";
    if (this.cutOff && this.#on) {
      this.#unheard.set(uid, { pod, removed: true });
      return;
    }
    const worker = this.workers.get(uid);
    this.#done.delete(uid);
    if (worker === undefined) return;
    if (this.#on) worker.remove();
    else {
      // Nobody is there to notice; the node finds out when it comes back.
      this.workers.delete(uid);
      worker.shutDown();
      worker.discard();
    }
  }

  setPower(on: boolean): void {
    if (on === this.#on) return;
    this.#on = on;
    this.#options.network.setNodeReachable(this.name, on);
    if (!on) {
      for (const worker of this.workers.values()) worker.powerOff();
      return;
    }
    this.#event("Normal", "Starting", "Starting kubelet.");
    this.#register(true);
    for (const [reason, message] of BOOT_EVENTS) this.#event("Normal", reason, message ?? this.#isNow(reason));
    const boot = this.#context.client.find(nodes, undefined, this.name)?.status?.nodeInfo?.bootID;
    if (boot !== undefined) this.#event("Warning", "Rebooted", `Node ${this.name} has been rebooted, boot id: ${boot}`);
    this.#event("Normal", "NodeReady", this.#isNow("NodeReady"));
    for (const worker of [...this.workers.values()]) worker.powerOn();
  }

  #isNow(status: string): string {
    return `Node ${this.name} status is now: ${status}`;
  }

  restartStaticPods(): void {
    this.#static.restart();
  }

  /** Renews the Lease, and now and then the whole status. */
  heartbeat(statusEveryMs: number): void {
    if (!this.#on) return;
    const { clock } = this.#context;
    if (!this.cutOff) {
      this.#renewLease();
      const isDue = clock.now() - this.#reported >= statusEveryMs;
      if (isDue || this.images.changes !== this.#imagesReported) this.#reportStatus();
    }
    this.#diskManager.check();
  }

  stop(): void {
    this.#manifests.stop();
    for (const worker of this.workers.values()) worker.shutDown();
    this.workers.clear();
  }

  snapshot(): NodeSnapshot {
    const pods: Record<string, unknown> = {};
    for (const [uid, worker] of this.workers) pods[uid] = worker.snapshot();
    return {
      hostFiles: this.hostFiles.snapshot() as FileTree,
      running: this.#on,
      images: this.images.images().map((image) => image.reference),
      pods,
      ...(this.#diskManager.pressure === undefined ? {} : { pressure: this.#diskManager.pressure }),
    };
  }

  #podGone(uid: string): void {
    const worker = this.workers.get(uid);
    this.workers.delete(uid);
    this.#retryResizes();
    // Where the object itself went first, nothing more comes; else its DELETED is still on its way.
    if (worker?.removed === false) this.#done.add(uid);
  }

  #needStack(): NetworkStack {
    if (this.#stack === undefined) throw new Error(`node ${this.name} is not attached`);
    return this.#stack;
  }

  #register(rebooted = false): void {
    if (this.cutOff) return;
    const { client, clock } = this.#context;
    const existing = client.find(nodes, undefined, this.name);
    if (existing === undefined) {
      const node = newNode(this.#identity, this.images.images(), clock.now());
      // Kubelets may not give themselves a role or labels of an administrator's choice (NodeRestriction): whoever set the
      // node up registers it, as with --register-node=false.
      const created = this.#options
        .clientFor("kubernetes-admin", ["system:masters"])
        .create(nodes, node, { fieldManager: "kubelet" });
      if (created.status?.conditions === undefined && node.status !== undefined) {
        client.updateSubresource(nodes, "status", { ...created, status: node.status });
      }
      this.#reported = clock.now();
    } else if (rebooted) this.#reportStatus(true);
    else if (this.#snapshot === undefined || existing.status?.conditions?.some(isUnknown) === true) {
      this.#reportStatus();
    } else this.#reported = clock.now();
    this.#renewLease();
  }

  #reportStatus(rebooted = false): void {
    const { client, clock } = this.#context;
    this.#reported = clock.now();
    this.#imagesReported = this.images.changes;
    const node = client.find(nodes, undefined, this.name);
    if (node === undefined) {
      this.#register();
      return;
    }
    const status = nodeStatus(
      this.#identity,
      this.images.images(),
      node.status,
      clock.now(),
      this.#diskManager.pressure !== undefined,
      rebooted,
    );
    try {
      client.updateSubresource(nodes, "status", { ...node, status } as Node);
    } catch (error) {
      if (!isStatusError(error)) throw error;
    }
  }

  #renewLease(): void {
    const { client, clock } = this.#context;
    const namespace = "kube-node-lease";
    const renewTime = microTime(clock.now());
    try {
      const lease = client.find(leases, namespace, this.name);
      if (lease === undefined) {
        const node = client.find(nodes, undefined, this.name);
        client.create(leases, {
          apiVersion: "coordination.k8s.io/v1",
          kind: "Lease",
          metadata: {
            name: this.name,
            namespace,
            ...(node?.metadata.uid === undefined
              ? {}
              : { ownerReferences: [{ apiVersion: "v1", kind: "Node", name: this.name, uid: node.metadata.uid }] }),
          },
          spec: { holderIdentity: this.name, leaseDurationSeconds: LEASE_SECONDS, renewTime },
        } as Parameters<typeof client.create<import("../api/types.ts").Lease>>[1]);
      } else client.update(leases, { ...lease, spec: { ...lease.spec, renewTime } } as typeof lease);
    } catch (error) {
      // The namespace of Leases is made a moment after the first nodes; the next renewal finds it.
      if (!isStatusError(error)) throw error;
    }
  }

  /** What takes room beside a Pod. */
  #others(uid: string): PodWorker[] {
    return [...this.workers.values()].filter(
      (worker) => worker.uid !== uid && !["Succeeded", "Failed"].includes(worker.pod.status?.phase ?? ""),
    );
  }

  /** Resizes that had to wait may fit by now. */
  #retryResizes(): void {
    for (const worker of this.workers.values()) worker.retryResize();
  }

  /** canAdmitPod for Pods that came here without the scheduler. */
  #admit(uid: string): { readonly reason: string; readonly message: string } | undefined {
    const pod = this.workers.get(uid)?.pod;
    if (pod === undefined) return undefined;
    if (this.#diskManager.pressure !== undefined && !isCritical(pod)) {
      return { reason: "Evicted", message: "The node had condition: [DiskPressure]. " };
    }
    const others = this.#others(uid);
    const { refusal, victims } = admission({
      pod,
      node: this.#context.client.find(nodes, undefined, this.name),
      others: others.map((worker) => worker.pod),
      allocatable: resourceAmounts(this.#context.allocatable),
    });
    for (const worker of others)
      if (victims.includes(worker.pod))
        worker.evict(
          "Preempting",
          "Preempted in order to admit critical pod",
          "Pod was preempted by Kubelet to accommodate a critical pod.",
        );
    return refusal;
  }

  #event(type: "Normal" | "Warning", reason: string, message: string): void {
    const node = this.#context.client.find(nodes, undefined, this.name);
    if (node === undefined) return;
    const { namespace: _none, ...reference } = referenceTo(node, "v1", "Node");
    this.#context.recorder.event({ ...reference, uid: this.name }, type, reason, message);
  }
}

function isUnknown(condition: { readonly status: string }): boolean {
  return condition.status === "Unknown";
}
