/** Puts the parts of a cluster together: boot, snapshot, restore, fork. */
import { type Clock, realClock, type VirtualClock, virtualClock } from "../clock/index.ts";
import type { Network } from "../machine/index.ts";
import { addOns } from "./addons/index.ts";
import {
  customResourceDefinitions,
  nodes as nodeResource,
  persistentVolumes,
  pods,
  serviceAccounts,
} from "./api/resources.ts";
import type { Pod } from "./api/types.ts";
import { withDefaultPolicy } from "./apiserver/authorization/policy/index.ts";
import { apiDefinitions } from "./apiserver/built-in.ts";
import type { ServingCertificate } from "./apiserver/certificate-authority.ts";
import type { Client } from "./apiserver/client.ts";
import type { ApiHandler, ApiRequest } from "./apiserver/http.ts";
import { type ApiServer, createApiServer } from "./apiserver/server.ts";
import { ControlPlane, type ControlPlanePart, stoppedIn } from "./cluster/control-plane.ts";
import { LateNodes } from "./cluster/late-nodes.ts";
import { latenciesOf } from "./cluster/latencies.ts";
import { apiServerNames } from "./cluster/system/api-server.ts";
import { systemComponents } from "./cluster/system/components.ts";
import { DNS_IMAGE } from "./cluster/system/dns-server.ts";
import { API_PORT, controlPlaneFiles, SYSTEM_IMAGES } from "./cluster/system/manifests.ts";
import { createSystemObjects } from "./cluster/system/objects.ts";
import { PROXY_IMAGE } from "./cluster/system/proxy.ts";
import { Timeline } from "./cluster/timeline.ts";
import type {
  Cluster,
  ClusterOptions,
  ClusterSnapshot,
  Fault,
  Incident,
  NodeOptions,
  TimelineEntry,
} from "./cluster.types.ts";
import { createNodes, type NodesOptions } from "./kubelet/nodes.ts";
import type { Nodes } from "./kubelet/types.ts";
import { uuid } from "./machinery/names.ts";
import type { KubernetesObject } from "./machinery/types.ts";
import { type ClusterNetwork, createClusterNetwork } from "./network/index.ts";
import { Store } from "./store/store.ts";

const ADMIN = "kubernetes-admin";
const MASTERS = ["system:masters"];
const DEFAULT_NODES: readonly NodeOptions[] = [{ name: "node-1" }, { name: "node-2" }, { name: "node-3" }];
/** Address of the first node, where the API server is. */
const API_ADDRESS = "172.18.0.2";
/** Longest time a cluster under a virtual clock may take to become ready. */
const READY_LIMIT_MS = 600_000;

/** What a cluster is made of beside its options; tests put simpler nodes in. */
interface ClusterParts {
  readonly createNodes: (options: NodesOptions) => Nodes;
}

/** A new cluster, booting. Await `ready()` for its system Pods. */
export function createCluster(options: ClusterOptions, parts: ClusterParts = { createNodes }): Cluster {
  return new EmbeddedCluster(options, options.clock ?? realClock(), undefined, parts);
}

/**
 * A cluster that goes on from a snapshot. `options` brings what a snapshot cannot hold (images, clock, onBug); nodes and
 * latencies come from the snapshot unless given. The default clock is a real one that starts at the snapshot's time.
 */
export function restoreCluster(
  snapshot: ClusterSnapshot,
  options: Pick<ClusterOptions, "images" | "clock" | "onBug" | "latencies" | "cryptography">,
  parts: ClusterParts = { createNodes },
): Cluster {
  if (snapshot.version !== 1) throw new Error(`a cluster snapshot of version ${snapshot.version} is not understood`);
  const clock = options.clock ?? realClock({ now: snapshot.clock.now, seed: snapshot.clock.random });
  return new EmbeddedCluster({ ...snapshot.options, ...options }, clock, snapshot, parts);
}

/**
 * Tokens of Pods by what they are for: a fork or a restored cluster has the same Pods, whose tokens are good for four
 * fifths of their time, and signing is slow beside everything else a fork does.
 */
const podTokens = new Map<string, { readonly token: string; readonly from: number }>();
const KEPT_TOKENS = 1000;

class EmbeddedCluster implements Cluster {
  readonly clock: Clock;
  readonly store: Store;
  readonly client: Client;
  readonly #options: ClusterOptions;
  readonly #parts: ClusterParts;
  readonly #api: ApiServer;
  readonly #network: ClusterNetwork;
  readonly #nodes: Nodes;
  #controlPlane: ControlPlane;
  readonly #createControlPlane: (stopped?: readonly ControlPlanePart[]) => ControlPlane;
  readonly #timeline: Timeline;
  /** It goes on from a snapshot: what its system namespace has to hold is what it held. */
  readonly #restored: boolean;
  #closed = false;

  constructor(options: ClusterOptions, clock: Clock, snapshot: ClusterSnapshot | undefined, parts: ClusterParts) {
    this.#options = options;
    this.#parts = parts;
    this.clock = clock;
    this.#restored = snapshot !== undefined;
    const onBug = options.onBug ?? ((where, error) => console.error(`bug in ${where}:`, error));
    const latencies = latenciesOf(options.latencies);
    const nodeOptions = options.nodes ?? DEFAULT_NODES;
    const lateNodes = new LateNodes();
    this.store = new Store(
      withDefaultPolicy(snapshot?.store, { now: clock.now(), uid: () => uuid(() => clock.random()) }),
    );
    this.#timeline = new Timeline(this.store, snapshot?.timeline ?? [], onBug);
    this.#api = createApiServer({
      clock,
      store: this.store,
      definitions: apiDefinitions,
      nodeAccess: lateNodes,
      onBug,
      ...(options.cryptography === undefined ? {} : { cryptography: options.cryptography }),
      ...(snapshot === undefined ? {} : { credentials: snapshot.credentials }),
    });
    this.client = this.#api.clientFor(ADMIN, MASTERS);
    this.#network = createClusterNetwork({
      clock,
      store: this.store,
      published: { address: API_ADDRESS, port: API_PORT },
    });
    const isKnown = (image: string) => "image" in options.images.resolve(image);
    const controlPlane = { name: nodeOptions[0]?.name ?? "", address: API_ADDRESS };
    const hasStaticPods = SYSTEM_IMAGES.every(isKnown);
    this.#nodes = parts.createNodes({
      clock,
      clientFor: (user, groups) => this.#api.clientFor(user, groups),
      images: options.images,
      nodes: nodeOptions,
      latencies,
      network: this.#network,
      mintToken: (namespace, name, audience, expirationSeconds, pod) =>
        this.#mint(namespace, name, audience, expirationSeconds, pod),
      onBug,
      nodeFiles: ({ index }) => (index === 0 && hasStaticPods ? controlPlaneFiles(controlPlane) : undefined),
      components: systemComponents({
        controlPlane,
        entries: () => this.#timeline.entries,
        onEntry: (listener) => this.#timeline.onEntry(listener),
        api: {
          handle: (request) => this.#api.handle(request),
          certificate: () => ({
            subject: "kube-apiserver",
            names: apiServerNames(controlPlane),
            authority: this.#api.authority?.certificate ?? "",
          }),
        },
        running: (component, on) => {
          if (component === "kube-scheduler" || component === "kube-controller-manager")
            this.#controlPlane.setRunning(component, on);
          // Whoever watched was connected to that process.
          else if (component === "kube-apiserver" && !on) this.#api.endWatches();
        },
      }),
      ...(snapshot === undefined ? {} : { snapshot: snapshot.nodes }),
    });
    lateNodes.set(this.#nodes);
    const rootCertificate = this.#api.authority?.certificate ?? "";
    this.#createControlPlane = (stopped = []) =>
      new ControlPlane(
        {
          clock,
          store: this.store,
          api: this.#api,
          latencies,
          rootCertificate,
          usage: (namespace, pod) => this.#nodes.usage(namespace, pod),
          storage: {
            copy: (from, to) => this.#nodes.copyVolume(from, to),
            destroy: (handle) => this.#nodes.destroyVolume(handle),
          },
          onBug,
        },
        stopped,
      );
    if (snapshot === undefined)
      createSystemObjects(this.#api.clientFor("system:apiserver", MASTERS), {
        apiServerAddress: API_ADDRESS,
        rootCertificate,
        dnsPods: isKnown(DNS_IMAGE),
        proxyPods: isKnown(PROXY_IMAGE),
      });
    if (snapshot === undefined)
      for (const definition of (options.addOns ?? []).flatMap((name) => addOns[name]))
        this.client.create(customResourceDefinitions, structuredClone(definition));
    this.#controlPlane = this.#createControlPlane(stoppedIn(snapshot?.components));
    if (snapshot !== undefined) this.#controlPlane.restore(snapshot.components);
    for (const fault of snapshot?.faults ?? []) if (fault.kind !== "NodeDown") this.#nodes.setFault(fault, true);
    this.#controlPlane.start();
    this.#nodes.start();
  }

  /** What a Pod's projected token is: signed for its ServiceAccount. */
  #mint(namespace: string, name: string, audience: string, expirationSeconds: number, pod?: Pod): string {
    const uid = this.client.find(serviceAccounts, namespace, name)?.metadata.uid ?? "";
    const node = this.client.find(nodeResource, undefined, pod?.spec?.nodeName ?? "");
    const claim = ({ metadata }: KubernetesObject) => ({ name: metadata.name ?? "", uid: metadata.uid ?? "" });
    const now = this.clock.now();
    const key = JSON.stringify([
      uid,
      pod?.metadata.uid,
      audience,
      expirationSeconds,
      this.#api.credentials["tokenKey"],
    ]);
    const kept = pod === undefined ? undefined : podTokens.get(key);
    if (kept !== undefined && now >= kept.from && now < kept.from + expirationSeconds * 800) return kept.token;
    const request = {
      namespace,
      serviceAccount: { name, uid },
      expirationSeconds,
      ...(pod === undefined ? {} : { pod: claim(pod) }),
      ...(node === undefined ? {} : { node: claim(node) }),
    };
    const { token } = this.#api.authenticator.issue(audience === "" ? request : { ...request, audiences: [audience] });
    if (podTokens.size >= KEPT_TOKENS) podTokens.delete(podTokens.keys().next().value ?? "");
    podTokens.set(key, { token, from: now });
    return token;
  }

  get adminToken(): string {
    return this.#api.adminToken;
  }

  get certificateAuthority(): string {
    return this.#api.authority?.certificate ?? "";
  }

  servingCertificate(hosts: readonly string[]): ServingCertificate {
    const { authority } = this.#api;
    if (authority === undefined) throw new Error("this cluster was made without cryptography");
    return authority.serving(hosts, this.clock.now());
  }

  get timeline(): readonly TimelineEntry[] {
    return this.#timeline.entries;
  }

  onTimeline(listener: (entry: TimelineEntry) => void): () => void {
    return this.#timeline.onEntry(listener);
  }

  clientFor(user: string, groups?: readonly string[]): Client {
    return this.#api.clientFor(user, groups);
  }

  handle(request: ApiRequest): ReturnType<ApiHandler["handle"]> {
    return this.#api.handle(request);
  }

  openProcess(request: ApiRequest): ReturnType<ApiHandler["openProcess"]> {
    return this.#api.openProcess(request);
  }

  openPort(request: ApiRequest, port: number): ReturnType<ApiHandler["openPort"]> {
    return this.#api.openPort(request, port);
  }

  outsideNetwork(hostname: string): Network {
    return this.#network.outside(hostname);
  }

  setNodePower(node: string, on: boolean): void {
    this.#nodes.setPower(node, on);
  }

  inject(fault: Fault): void {
    if (fault.kind === "NodeDown") this.#nodes.setPower(fault.node, false);
    else {
      if ("persistentVolume" in fault) this.client.get(persistentVolumes, undefined, fault.persistentVolume);
      this.#nodes.setFault(fault, true);
    }
  }

  heal(fault: Fault): void {
    if (fault.kind === "NodeDown") this.#nodes.setPower(fault.node, true);
    else this.#nodes.setFault(fault, false);
  }

  get faults(): readonly Fault[] {
    return this.#nodes.faults;
  }

  strike(incident: Incident): void {
    if (incident.kind === "ControlPlaneRestart") {
      this.#controlPlane.stop();
      this.#controlPlane = this.#createControlPlane(this.#controlPlane.stopped);
      this.#controlPlane.start();
      this.#nodes.restartStaticPods();
      this.#api.endWatches();
      return;
    }
    const { namespace, pod } = incident;
    const container = incident.container ?? this.client.get(pods, namespace, pod).spec?.containers[0]?.name ?? "";
    this.#nodes.killContainer(namespace, pod, container, "oom");
  }

  /** Under a virtual clock this drives it. */
  async ready(): Promise<void> {
    const { clock } = this;
    if (isVirtual(clock)) {
      if (await clock.runUntil(() => this.#isReady(), READY_LIMIT_MS)) return;
      throw new Error(`the cluster is not ready after ${READY_LIMIT_MS / 1000} s`);
    }
    if (this.#isReady()) return;
    await new Promise<void>((resolve) => {
      const stop = this.store.subscribe(undefined, () => {
        if (!this.#isReady()) return;
        stop();
        resolve();
      });
    });
  }

  #isReady(): boolean {
    const isTrue = (conditions: readonly { readonly type: string; readonly status: string }[] | undefined) =>
      conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
    const nodes = this.client.list(nodeResource);
    if (nodes.length < (this.#options.nodes ?? DEFAULT_NODES).length) return false;
    if (!nodes.every(({ status, spec }) => isTrue(status?.conditions) && (spec?.taints ?? []).length === 0))
      return false;
    const systemPods = this.client.list(pods, "kube-system");
    if (!systemPods.every(({ status }) => isTrue(status?.conditions))) return false;
    if (this.#restored) return true;
    const has = (name: string) => systemPods.some(({ metadata }) => metadata.labels?.["k8s-app"] === name);
    const isKnown = (image: string) => "image" in this.#options.images.resolve(image);
    return (has("kube-dns") || !isKnown(DNS_IMAGE)) && (has("kube-proxy") || !isKnown(PROXY_IMAGE));
  }

  activity(): ReturnType<Cluster["activity"]> {
    const nodes = this.#nodes.activity();
    return {
      busy: this.#controlPlane.busy || nodes.busy,
      waiting: [...this.#controlPlane.waiting(), ...nodes.waiting].sort((a, b) => a.until - b.until),
    };
  }

  snapshot(): ClusterSnapshot {
    const { images: _images, clock: _clock, onBug: _onBug, cryptography: _cryptography, ...options } = this.#options;
    const faults = this.faults.filter(({ kind }) => kind !== "NodeDown");
    return {
      version: 1,
      clock: this.clock.state(),
      options,
      store: this.store.snapshot(),
      nodes: this.#nodes.snapshot(),
      components: this.#controlPlane.state(),
      timeline: [...this.#timeline.entries],
      ...(faults.length === 0 ? {} : { faults }),
      credentials: this.#api.credentials,
    };
  }

  fork(
    options: { readonly clock?: Clock; readonly latencies?: ClusterOptions["latencies"] } = {},
  ): Cluster & { readonly clock: VirtualClock } {
    const snapshot = this.snapshot();
    const clock = options.clock ?? virtualClock({ now: snapshot.clock.now, seed: snapshot.clock.random });
    const { images, onBug, cryptography } = this.#options;
    return restoreCluster(
      snapshot,
      {
        images,
        clock,
        ...(onBug === undefined ? {} : { onBug }),
        ...(cryptography === undefined ? {} : { cryptography }),
        ...(options.latencies === undefined ? {} : { latencies: options.latencies }),
      },
      this.#parts,
    ) as Cluster & { readonly clock: VirtualClock };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#nodes.stop();
    this.#controlPlane.stop();
    this.#timeline.stop();
    this.#api.close();
    this.#network.close();
    this.clock.close();
  }
}

function isVirtual(clock: Clock): clock is VirtualClock {
  return "runUntil" in clock;
}
