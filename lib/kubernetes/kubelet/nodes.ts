import type { Cancel, Clock } from "../../clock/index.ts";
import { quantityNumber } from "../../encoding/index.ts";
import type { DirectoryTree, ImageSource } from "../../machine/index.ts";
import {
  configMaps,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  secrets,
  volumeAttachments,
} from "../api/resources.ts";
import type { PersistentVolume, PersistentVolumeClaim, Pod } from "../api/types.ts";
import type { Client } from "../apiserver/client.ts";
import type { PortSession, ProcessSession } from "../apiserver/http.ts";
import type { Waiting } from "../cluster.types.ts";
import { CONTROL_PLANE, type Fault, type Latencies, type NodeOptions } from "../cluster.types.ts";
import { badRequest, StatusError } from "../machinery/status.ts";
import type { ClusterNetwork } from "../network/types.ts";
import type { SystemComponents } from "./components.ts";
import { Faults } from "./faults/faults.ts";
import type { ContainerInstance, LiveContainer } from "./instance.ts";
import { Kubelet } from "./kubelet.ts";
import type { LogQuery } from "./log.ts";
import { LEASE_RENEW_MS, type NodeIdentity, STATUS_REPORT_MS } from "./node-object.ts";
import type { PodWorker } from "./pod-worker.ts";
import { attachSession, execSession, failedSession, portSession } from "./sessions.ts";
import { parseTime } from "./time.ts";
import {
  type ContainerUsage,
  type LogOptions,
  type Nodes,
  type NodesActivity,
  type NodesSnapshot,
  NodeUnreachable,
  type ProcessOptions,
  StreamRefused,
} from "./types.ts";
import { NetworkVolumes, networkHandle } from "./volumes/index.ts";

export interface NodesOptions {
  readonly clock: Clock;
  /** Kubelets write as "system:node:<name>" of group "system:nodes". */
  readonly clientFor: (user: string, groups: readonly string[]) => Client;
  readonly images: ImageSource;
  readonly nodes: readonly NodeOptions[];
  readonly latencies: Latencies;
  readonly network: ClusterNetwork;
  /** What the nodes held when the cluster was snapshotted; the API objects are in the store again already. */
  readonly snapshot?: NodesSnapshot;
  /** Mints the token a Pod finds under /var/run/secrets. Without it that file is empty. */
  readonly mintToken?: (
    namespace: string,
    serviceAccount: string,
    audience: string,
    seconds: number,
    pod?: Pod,
  ) => string;
  /** What a new node has on its disk beside what every node has. */
  readonly nodeFiles?: (identity: NodeIdentity) => DirectoryTree | undefined;
  /** Containers that stand for parts of the simulation itself. */
  readonly components?: SystemComponents;
  /** Called with errors that are bugs. */
  readonly onBug: (where: string, error: unknown) => void;
}

/** How long a changed ConfigMap or Secret takes to reach its Pods: half of upstream's sync period, on average. */
const REFRESH_MS = 30_000;
/** Node addresses are 172.18.0.2 and up; Pod ranges 10.244.0.0/24 and up. */
const addressOf = (index: number) => `172.18.0.${index + 2}`;
const podCidrOf = (index: number) => `10.244.${index}.0/24`;

/** The nodes of a cluster. Nothing happens before `start()`. */
export function createNodes(options: NodesOptions): Nodes {
  return new ClusterNodes(options);
}

class ClusterNodes implements Nodes {
  readonly #options: NodesOptions;
  readonly #kubelets = new Map<string, Kubelet>();
  readonly #volumes: NetworkVolumes;
  readonly #faults = new Faults();
  readonly #stops: (() => void)[] = [];
  #heartbeat: Cancel | undefined;
  #refreshes = new Map<string, Cancel>();

  constructor(options: NodesOptions) {
    this.#options = options;
    this.#volumes = new NetworkVolumes(options.clock, options.snapshot?.volumes);
    options.nodes.forEach((node, index) => {
      const identity = { options: node, index, address: addressOf(index), podCidr: podCidrOf(index) };
      this.#kubelets.set(
        node.name,
        new Kubelet(options, identity, this.#volumes, this.#faults, options.snapshot?.nodes[node.name]),
      );
    });
  }

  start(): void {
    const client = this.#options.clientFor("system:kubelets", ["system:masters"]);
    for (const kubelet of this.#kubelets.values()) kubelet.start();
    this.#stops.push(
      client.watch(pods, (change) => this.#podChanged(change.object, change.type === "DELETED")),
      client.watch(configMaps, ({ object, previous }) => {
        this.#sourceChanged("configMap", object.metadata.namespace, object.metadata.name, previous === undefined);
      }),
      client.watch(secrets, ({ object, previous }) => {
        this.#sourceChanged("secret", object.metadata.namespace, object.metadata.name, previous === undefined);
      }),
      client.watch(persistentVolumes, (change) => {
        if (change.type === "DELETED") this.#volumeDeleted(change.object);
      }),
      client.watch(persistentVolumeClaims, (change) => {
        if (change.type === "MODIFIED") this.#claimChanged(change.object);
      }),
      client.watch(volumeAttachments, ({ object }) => this.#attachmentChanged(object.spec?.nodeName ?? "")),
    );
    for (const pod of client.list(pods)) this.#podChanged(pod, false);
    this.#beat();
  }

  stop(): void {
    this.#heartbeat?.();
    for (const cancel of this.#refreshes.values()) cancel();
    for (const stop of this.#stops) stop();
    this.#stops.length = 0;
    for (const kubelet of this.#kubelets.values()) kubelet.stop();
  }

  setPower(node: string, on: boolean): void {
    this.#kubelet(node).setPower(on);
  }

  get faults(): readonly Fault[] {
    const down = [...this.#kubelets.values()].filter(({ on }) => !on);
    return [...down.map(({ name }): Fault => ({ kind: "NodeDown", node: name })), ...this.#faults.list];
  }

  setFault(given: Exclude<Fault, { readonly kind: "NodeDown" }>, broken: boolean): void {
    const fault = fromNode(given);
    const named = fault.kind === "NetworkPartition" ? [fault.node, fault.to] : "node" in fault ? [fault.node] : [];
    for (const name of named) if (name !== CONTROL_PLANE) this.#kubelet(name);
    if (!(broken ? this.#faults.add(fault) : this.#faults.remove(fault))) return;
    if (fault.kind === "NodeDiskFull") this.#kubelet(fault.node).fillDisk(broken);
    if (fault.kind !== "NetworkPartition") return;
    if (fault.to !== CONTROL_PLANE) this.#options.network.setPartition(fault.node, fault.to, broken);
    else if (!broken) this.#kubelet(fault.node).reconnected();
  }

  copyVolume(from: string, to: string): void {
    this.#volumes.copy(from, to);
  }

  destroyVolume(handle: string): void {
    this.#volumes.destroy(handle);
  }

  isOn(node: string): boolean {
    return this.#kubelet(node).on;
  }

  killContainer(namespace: string, pod: string, container: string, how: "oom" | "crash"): void {
    const { instance, live } = this.#live(namespace, pod, container);
    if (how === "oom") instance.outOfMemory = true;
    live.process.kill("SIGKILL");
  }

  restartStaticPods(): void {
    for (const kubelet of this.#kubelets.values()) if (kubelet.on) kubelet.restartStaticPods();
  }

  activity(): NodesActivity {
    let busy = false;
    const waiting: Waiting[] = [];
    for (const kubelet of this.#kubelets.values()) {
      if (!kubelet.on) continue;
      for (const worker of kubelet.workers.values()) {
        busy ||= worker.busy;
        waiting.push(...worker.waitingFor());
      }
    }
    return { busy, waiting };
  }

  snapshot(): NodesSnapshot {
    const nodes: Record<string, ReturnType<Kubelet["snapshot"]>> = {};
    for (const [name, kubelet] of this.#kubelets) nodes[name] = kubelet.snapshot();
    return { nodes, volumes: this.#volumes.snapshot() };
  }

  async *logs(namespace: string, pod: string, options: LogOptions): AsyncIterable<Uint8Array> {
    const { worker } = this.#worker(namespace, pod);
    const instances = worker.containers.instances.get(options.container) ?? [];
    const current = instances[instances.length - 1];
    const chosen = options.previous ? instances[instances.length - 2] : current;
    if (options.previous && chosen === undefined) {
      throw badRequest(`previous terminated container "${options.container}" in pod "${pod}" not found`);
    }
    if (chosen === undefined) {
      const all = [
        ...(worker.pod.status?.containerStatuses ?? []),
        ...(worker.pod.status?.initContainerStatuses ?? []),
      ];
      const reason = all.find(({ name }) => name === options.container)?.state?.waiting?.reason ?? "ContainerCreating";
      throw badRequest(
        reason === "ErrImagePull" || reason === "ImagePullBackOff"
          ? `container "${options.container}" in pod "${pod}" is waiting to start: ${imageWords(reason)}`
          : `container "${options.container}" in pod "${pod}" is waiting to start: ${reason}`,
      );
    }
    const since =
      options.sinceTime !== undefined
        ? parseTime(options.sinceTime)
        : options.sinceSeconds === undefined
          ? undefined
          : this.#options.clock.now() - options.sinceSeconds * 1000;
    const query: LogQuery = {
      timestamps: options.timestamps,
      tailLines: options.tailLines,
      since,
      limitBytes: options.limitBytes,
    };
    const encoder = new TextEncoder();
    if (!options.follow) {
      const text = chosen.log.read(query);
      if (text !== "") yield encoder.encode(text);
      return;
    }
    for await (const text of chosen.log.follow(query, options.signal)) yield encoder.encode(text);
  }

  async exec(namespace: string, pod: string, options: ProcessOptions): Promise<ProcessSession> {
    const { live } = this.#live(namespace, pod, options.container);
    try {
      return execSession(live, options);
    } catch (error) {
      // The streams stand by then: what went wrong goes down the error stream.
      if (error instanceof StatusError && error.code === 500) return failedSession(error.status);
      throw error;
    }
  }

  async attach(namespace: string, pod: string, options: Omit<ProcessOptions, "command">): Promise<ProcessSession> {
    const { worker, live } = this.#live(namespace, pod, options.container);
    const spec = worker.pod.spec?.containers.find(({ name }) => name === options.container);
    return attachSession(live, options, spec?.stdinOnce === true);
  }

  async portForward(namespace: string, pod: string, port: number): Promise<PortSession> {
    const { worker, kubelet } = this.#worker(namespace, pod);
    const stack = worker.network ?? (worker.pod.spec?.hostNetwork === true ? kubelet.stack : undefined);
    if (stack === undefined) {
      throw new StatusError(500, "InternalError", `pod not running, can't forward port: ${namespace}/${pod}`);
    }
    return portSession(stack, worker.uid.replaceAll("-", "").padEnd(64, "0"), port);
  }

  usage(namespace: string, pod: string): readonly ContainerUsage[] | undefined {
    for (const kubelet of this.#kubelets.values()) {
      if (!kubelet.on) continue;
      for (const worker of kubelet.workers.values()) {
        if (worker.pod.metadata.namespace !== namespace || worker.pod.metadata.name !== pod) continue;
        return worker.containers
          .running()
          .flatMap(({ name, live }) => (live === undefined ? [] : [{ container: name, ...live.usage() }]));
      }
    }
    return undefined;
  }

  #kubelet(node: string): Kubelet {
    const kubelet = this.#kubelets.get(node);
    if (kubelet === undefined) throw new StatusError(404, "NotFound", `nodes "${node}" not found`);
    return kubelet;
  }

  #podChanged(pod: Pod, removed: boolean): void {
    const node = pod.spec?.nodeName;
    const kubelet = node === undefined || node === "" ? undefined : this.#kubelets.get(node);
    if (kubelet === undefined) return;
    if (!removed) {
      kubelet.podChanged(pod);
      return;
    }
    kubelet.podRemoved(pod);
  }

  /** A volume came to a node, or left it: Pods that wait for theirs look again. */
  #attachmentChanged(node: string): void {
    const kubelet = this.#kubelets.get(node);
    if (kubelet?.on !== true) return;
    for (const worker of kubelet.workers.values()) if (worker.volumes.waiting) worker.wake();
  }

  #sourceChanged(
    kind: "configMap" | "secret",
    namespace: string | undefined,
    name: string | undefined,
    isNew: boolean,
  ): void {
    for (const kubelet of this.#kubelets.values()) {
      for (const worker of kubelet.workers.values()) {
        if (worker.pod.metadata.namespace !== namespace || !worker.volumes.uses(kind, name ?? "")) continue;
        if (isNew && worker.volumes.waiting) {
          worker.wake();
          continue;
        }
        const key = `refresh/${worker.uid}`;
        if (this.#refreshes.has(key)) continue;
        const delay = this.#options.latencies.sync === 0 ? 0 : REFRESH_MS;
        const cancel = this.#options.clock.after(delay, () => {
          this.#refreshes.delete(key);
          if (kubelet.on && !kubelet.cutOff) worker.volumes.refresh();
        });
        this.#refreshes.set(key, cancel);
      }
    }
  }

  /** The claim of an expanded volume waits for the node: its file system grows where it is mounted. */
  #claimChanged(claim: PersistentVolumeClaim): void {
    const volume = claim.spec?.volumeName;
    if (claim.spec?.volumeMode === "Block") this.#growDevice(claim);
    if (claim.status?.conditions?.some(({ type }) => type === "FileSystemResizePending") !== true) return;
    for (const kubelet of this.#kubelets.values()) {
      if (!kubelet.on || kubelet.cutOff) continue;
      for (const worker of kubelet.workers.values())
        if ([...worker.volumes.mounted.values()].some(({ name }) => name === volume)) worker.volumes.expand();
    }
  }

  /** A raw device is as large as its volume at once: there is no file system to follow. */
  #growDevice(claim: PersistentVolumeClaim): void {
    const client = this.#options.clientFor("system:kubelets", ["system:masters"]);
    const volume = client.find(persistentVolumes, undefined, claim.spec?.volumeName ?? "");
    const handle = volume === undefined ? undefined : networkHandle(volume);
    const bytes = quantityNumber(claim.status?.capacity?.["storage"]);
    if (handle !== undefined && bytes !== undefined) this.#volumes.resize(handle, bytes);
  }

  #volumeDeleted(volume: PersistentVolume): void {
    if (volume.spec?.persistentVolumeReclaimPolicy !== "Delete") return;
    const handle = networkHandle(volume);
    if (handle !== undefined) this.#volumes.destroy(handle);
    const path = volume.spec.hostPath?.path ?? volume.spec.local?.path;
    if (path === undefined) return;
    for (const kubelet of this.#kubelets.values()) {
      if (kubelet.hostFiles.exists(path)) kubelet.hostFiles.remove(path, { recursive: true, force: true });
    }
  }

  #beat(): void {
    // One timer for all nodes: idle clusters must cost next to nothing.
    this.#heartbeat = this.#options.clock.after(LEASE_RENEW_MS, () => {
      for (const kubelet of this.#kubelets.values()) {
        try {
          kubelet.heartbeat(STATUS_REPORT_MS);
        } catch (error) {
          this.#options.onBug(`kubelet ${kubelet.name}: heartbeat`, error);
        }
      }
      this.#beat();
    });
  }

  #worker(namespace: string, pod: string): { readonly worker: PodWorker; readonly kubelet: Kubelet } {
    for (const kubelet of this.#kubelets.values()) {
      for (const worker of kubelet.workers.values()) {
        if (worker.pod.metadata.namespace !== namespace || worker.pod.metadata.name !== pod) continue;
        if (kubelet.on && !kubelet.cutOff) return { worker, kubelet };
        throw new NodeUnreachable(`${kubelet.address}:10250`, kubelet.on ? "i/o timeout" : "connect: no route to host");
      }
    }
    throw new StatusError(404, "NotFound", `pods "${pod}" not found`, { name: pod, kind: "pods" });
  }

  #live(
    namespace: string,
    pod: string,
    container: string,
  ): { readonly worker: PodWorker; readonly instance: ContainerInstance; readonly live: LiveContainer } {
    const { worker } = this.#worker(namespace, pod);
    const instance = worker.containers.current(container);
    const live = instance?.live;
    if (instance === undefined || live === undefined) {
      throw new StreamRefused(`container not found ("${container}")`);
    }
    return { worker, instance, live };
  }
}

/** A cut is the same from both sides; one from the control plane is kept as the node sees it. */
function fromNode<F extends Fault>(fault: F): F {
  if (fault.kind !== "NetworkPartition") return fault;
  if (fault.node === fault.to) throw badRequest(`a network cannot be cut between ${fault.node} and itself`);
  return fault.node === CONTROL_PLANE ? { ...fault, node: fault.to, to: CONTROL_PLANE } : fault;
}

function imageWords(reason: string): string {
  return reason === "ErrImagePull" ? "image can't be pulled" : "trying and failing to pull image";
}
