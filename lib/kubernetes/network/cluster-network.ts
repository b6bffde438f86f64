import {
  type Connection,
  type DnsQuestion,
  type DnsResponse,
  Errno,
  type ErrnoCode,
  type Network,
} from "../../machine/index.ts";
import { pods, services } from "../api/resources.ts";
import type { Pod } from "../api/types.ts";
import { CLUSTER_CIDR, cidrContains, DNS_SERVICE_IP, formatIPv4, parseCidr, SERVICE_CIDR } from "./addresses.ts";
import { answerDns } from "./dns.ts";
import { connectionAllowed, type Peer } from "./policy.ts";
import { type Packet, ServiceRouter } from "./routing.ts";
import { type Fabric, Stack } from "./stack.ts";
import { ByteChannel, StreamConnection } from "./streams.ts";
import type { ClusterNetwork, ClusterNetworkOptions, NetworkStack } from "./types.ts";

/** Linux gives up a connection nobody answers after six SYN retries. */
const CONNECT_TIMEOUT_MS = 127_000;
/** ARP gives up after three tries of a second: "No route to host". */
const NO_ROUTE_MS = 3_000;
/** resolv.conf's default `timeout`. */
const DNS_TIMEOUT_MS = 5_000;
/** Addresses of workstations outside. */
const OUTSIDE = "172.18.0.";

export function createClusterNetwork(options: ClusterNetworkOptions): ClusterNetwork {
  return new SimulatedNetwork(options);
}

interface NodeRange {
  readonly first: number;
  readonly size: number;
  next: number;
}

class SimulatedNetwork implements ClusterNetwork, Fabric {
  readonly #options: ClusterNetworkOptions;
  readonly #router: ServiceRouter;
  readonly #stacks = new Map<string, Stack>();
  readonly #ranges = new Map<string, NodeRange>();
  readonly #unreachable = new Set<string>();
  readonly #cuts = new Set<string>();
  #outsiders = 0;

  constructor(options: ClusterNetworkOptions) {
    this.#options = options;
    const { clock, store } = options;
    this.#router = new ServiceRouter(
      store,
      () => clock.random(),
      () => clock.now(),
    );
  }

  attachNode(node: string, address: string, podCidr: string): NetworkStack {
    const cidr = parseCidr(podCidr);
    if (cidr === undefined) throw new Error(`no pod CIDR: ${podCidr}`);
    // .0 is the network, .1 the bridge.
    this.#ranges.set(node, { ...cidr, next: 2 });
    return this.#add(new Stack(this, "node", address, node));
  }

  attachPod(node: string, pod: { readonly namespace: string; readonly name: string }, address?: string): NetworkStack {
    const range = this.#ranges.get(node);
    if (range === undefined) throw new Error(`node ${node} is not attached`);
    const chosen = address !== undefined && !this.#stacks.has(address) ? address : this.#allocate(range);
    return this.#add(new Stack(this, "pod", chosen, node, pod));
  }

  outside(_hostname: string): Network {
    return this.#add(new Stack(this, "outside", `${OUTSIDE}${200 + (this.#outsiders++ % 50)}`, undefined));
  }

  setNodeReachable(node: string, reachable: boolean): void {
    if (reachable) {
      this.#unreachable.delete(node);
      return;
    }
    this.#unreachable.add(node);
    this.#dropBrokenConnections();
  }

  setPartition(nodeA: string, nodeB: string, cut: boolean): void {
    const key = pairKey(nodeA, nodeB);
    if (!cut) {
      this.#cuts.delete(key);
      return;
    }
    this.#cuts.add(key);
    this.#dropBrokenConnections();
  }

  close(): void {
    for (const stack of [...this.#stacks.values()]) stack.detach();
  }

  detached(stack: Stack): void {
    if (this.#stacks.get(stack.address) === stack) this.#stacks.delete(stack.address);
  }

  async connect(
    from: Stack,
    address: string,
    port: number,
    options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
  ): Promise<Connection> {
    options.signal?.throwIfAborted();
    const target = this.#resolve(from, address, port, "TCP");
    if ("error" in target) return this.#fail(target.error, target.afterMs, options);
    const { stack, address: reached, port: reachedPort } = target;
    const listener = stack.listenerFor(reachedPort, reached, stack === from);
    if (listener === undefined) throw new Errno("ECONNREFUSED");
    const local = {
      address: stack === from && isLoopback(reached) ? reached : from.address,
      port: from.ephemeralPort(),
    };
    const forward = new ByteChannel();
    const backward = new ByteChannel();
    const remote = { address: reached, port: reachedPort };
    const client: StreamConnection = new StreamConnection(backward, forward, local, { address, port }, () =>
      from.untrack(client),
    );
    const server: StreamConnection = new StreamConnection(forward, backward, remote, local, () =>
      stack.untrack(server),
    );
    from.track(client);
    stack.track(server);
    if (!listener.offer(server)) {
      client.close({ reset: true });
      throw new Errno("ECONNREFUSED");
    }
    return client;
  }

  async query(from: Stack, server: string, question: DnsQuestion, signal?: AbortSignal): Promise<DnsResponse> {
    signal?.throwIfAborted();
    const { clock, store } = this.#options;
    // Without the DNS add-on's Service, its address answers by itself: a cluster is usable before its add-ons are.
    if (server === DNS_SERVICE_IP && store.get(services.key, "kube-system", "kube-dns") === undefined) {
      return answerDns(store, question, clock.now());
    }
    const target = this.#resolve(from, server, 53, "UDP");
    if (!("error" in target) && target.stack.listenerFor(target.port, target.address, target.stack === from)) {
      return answerDns(store, question, clock.now());
    }
    await clock.sleep(DNS_TIMEOUT_MS, signal);
    throw new Errno("ETIMEDOUT");
  }

  async ping(from: Stack, address: string): Promise<number | undefined> {
    if (isLoopback(address) || address === from.address) return 0.03;
    const stack = this.#stacks.get(address);
    if (stack === undefined || !this.#reaches(from, stack)) return undefined;
    if (!this.#permitted(from, stack, 0)) return undefined;
    const base = stack.node === from.node ? 0.05 : 0.2;
    return Math.round((base + this.#options.clock.random() * base) * 1000) / 1000;
  }

  /** Who takes a packet: after Services, power, partitions and policies. */
  #resolve(
    from: Stack,
    address: string,
    port: number,
    protocol: Packet["protocol"],
  ):
    | { readonly stack: Stack; readonly address: string; readonly port: number }
    | { readonly error: ErrnoCode; readonly afterMs: number } {
    if (from.node !== undefined && this.#unreachable.has(from.node)) return { error: "ENETUNREACH", afterMs: 0 };
    let reached = { address, port };
    if (isLoopback(address)) {
      // On a node, what nothing listens on may be a Pod's; on a workstation, the API server's.
      const led =
        from.listenerFor(port, address, true) !== undefined
          ? undefined
          : from.kind === "node"
            ? this.#hostPort(from, port, protocol, address)
            : from.kind === "outside" && port === this.#options.published?.port
              ? this.#options.published
              : undefined;
      if (led === undefined) return { stack: from, address, port };
      reached = led;
    }
    const known = this.#stacks.get(reached.address);
    if (known === undefined || known.kind === "node") {
      const packet: Packet = { source: from.address, sourceNode: known?.node ?? from.node, address, port, protocol };
      const route = this.#router.route(packet, known?.kind === "node");
      if (route?.to === "refused") return { error: "ECONNREFUSED", afterMs: 0 };
      if (route?.to === "dropped") return { error: "ETIMEDOUT", afterMs: CONNECT_TIMEOUT_MS };
      reached = route ?? this.#hostPort(known, port, protocol, address) ?? reached;
    }
    const stack = this.#stacks.get(reached.address);
    if (stack === undefined) return this.#nobody(reached.address);
    if (!this.#reaches(from, stack)) return { error: "ETIMEDOUT", afterMs: CONNECT_TIMEOUT_MS };
    if (!this.#permitted(from, stack, reached.port, protocol)) {
      return { error: "ETIMEDOUT", afterMs: CONNECT_TIMEOUT_MS };
    }
    return { stack, ...reached };
  }

  /** Where a node's port leads that a Pod on it has taken (the portmap plugin's hostPort). */
  #hostPort(
    node: Stack | undefined,
    port: number,
    protocol: Packet["protocol"],
    asked: string,
  ): { readonly address: string; readonly port: number } | undefined {
    if (node === undefined) return undefined;
    for (const stack of this.#stacks.values()) {
      if (stack.kind !== "pod" || stack.node !== node.node) continue;
      for (const container of this.#peer(stack).pod?.spec?.containers ?? [])
        for (const { hostPort, hostIP = "", containerPort, protocol: own = "TCP" } of container.ports ?? [])
          if (hostPort === port && own === protocol && ["", "0.0.0.0", asked].includes(hostIP))
            return { address: stack.address, port: containerPort };
    }
    return undefined;
  }

  /** What becomes of a packet to an address nobody has. */
  #nobody(address: string): { readonly error: ErrnoCode; readonly afterMs: number } {
    if (cidrContains(SERVICE_CIDR, address)) return { error: "ETIMEDOUT", afterMs: CONNECT_TIMEOUT_MS };
    if (!cidrContains(CLUSTER_CIDR, address)) return { error: "ENETUNREACH", afterMs: 0 };
    for (const [node, range] of this.#ranges) {
      if (this.#unreachable.has(node) && cidrContains(`${formatIPv4(range.first)}/24`, address)) {
        return { error: "ETIMEDOUT", afterMs: CONNECT_TIMEOUT_MS };
      }
    }
    return { error: "EHOSTUNREACH", afterMs: NO_ROUTE_MS };
  }

  async #fail(
    error: ErrnoCode,
    afterMs: number,
    options: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<never> {
    const limit = options.timeoutMs ?? Number.POSITIVE_INFINITY;
    if (afterMs > 0) await this.#options.clock.sleep(Math.min(afterMs, limit), options.signal);
    throw new Errno(limit < afterMs ? "ETIMEDOUT" : error);
  }

  #reaches(from: Stack, to: Stack): boolean {
    if (to.node !== undefined && this.#unreachable.has(to.node)) return false;
    if (from.node !== undefined && this.#unreachable.has(from.node)) return false;
    if (from.node === undefined || to.node === undefined || from.node === to.node) return true;
    return !this.#cuts.has(pairKey(from.node, to.node));
  }

  #permitted(from: Stack, to: Stack, port: number, protocol: Packet["protocol"] = "TCP"): boolean {
    if (from === to) return true;
    // A node always reaches the Pods on it: its kubelet probes them.
    if (from.kind === "node" && from.node === to.node) return true;
    return connectionAllowed(this.#options.store, this.#peer(from), this.#peer(to), port, protocol);
  }

  #peer(stack: Stack): Peer {
    const pod =
      stack.pod === undefined
        ? undefined
        : (this.#options.store.get(pods.key, stack.pod.namespace, stack.pod.name) as Pod | undefined);
    return { address: stack.address, pod };
  }

  #dropBrokenConnections(): void {
    for (const stack of this.#stacks.values()) {
      stack.abandon((remote) => {
        const other = this.#stacks.get(remote);
        return other !== undefined && other !== stack && !this.#reaches(stack, other);
      });
    }
  }

  #add(stack: Stack): Stack {
    this.#stacks.set(stack.address, stack);
    return stack;
  }

  /** host-local IPAM: the next address after the last one given, around the range. */
  #allocate(range: NodeRange): string {
    for (let tries = 0; tries < range.size; tries++) {
      const offset = range.next;
      range.next = offset + 1 >= range.size - 1 ? 2 : offset + 1;
      const address = formatIPv4(range.first + offset);
      if (!this.#stacks.has(address)) return address;
    }
    throw new Errno("EADDRNOTAVAIL");
  }
}

const isLoopback = (address: string) => address.startsWith("127.") || address === "::1";
const pairKey = (a: string, b: string) => (a < b ? `${a}|${b}` : `${b}|${a}`);
