import { services } from "../api/resources.ts";
import type { EndpointSlice, Service } from "../api/types.ts";
import type { Store } from "../store/store.ts";
import { cidrContains } from "./addresses.ts";

/** Where a packet for a Service goes, as kube-proxy's iptables rules decide. */
type Route =
  | { readonly to: "endpoint"; readonly address: string; readonly port: number }
  | { readonly to: "refused" }
  | { readonly to: "dropped" };

export interface Packet {
  readonly source: string;
  /** Node the source is on; undefined outside. */
  readonly sourceNode: string | undefined;
  readonly address: string;
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
}

type ServicePort = NonNullable<NonNullable<Service["spec"]>["ports"]>[number];
interface Backend {
  readonly address: string;
  readonly port: number;
  readonly node: string | undefined;
}

/** Slices of a Service, by the label the endpoint slice controller sets. */
export function slicesOf(store: Store, namespace: string, service: string): EndpointSlice[] {
  return (store.list("endpointslices.discovery.k8s.io", namespace) as EndpointSlice[]).filter(
    (slice) => slice.metadata.labels?.["kubernetes.io/service-name"] === service,
  );
}

/** Sends what is addressed to a virtual address or node port to one endpoint. Remembers session affinity. */
export class ServiceRouter {
  readonly #store: Store;
  readonly #random: () => number;
  readonly #now: () => number;
  readonly #affinity = new Map<string, { readonly backend: string; readonly until: number }>();

  constructor(store: Store, random: () => number, now: () => number) {
    this.#store = store;
    this.#random = random;
    this.#now = now;
  }

  /** Undefined where the address belongs to no Service. `isNode`: the address is a node's own. */
  route(packet: Packet, isNode: boolean): Route | undefined {
    for (const service of this.#store.list(services.key) as Service[]) {
      const match = matchPort(service, packet, isNode);
      if (match === undefined) continue;
      if (match.port === undefined || !mayEnter(service, packet)) return { to: "dropped" };
      return this.#balance(service, match.port, packet, match.external);
    }
    return undefined;
  }

  #balance(service: Service, port: ServicePort, packet: Packet, external: boolean): Route {
    const all = backendsOf(this.#store, service, port);
    if (all.length === 0) return { to: "refused" };
    const policy = external ? service.spec?.externalTrafficPolicy : service.spec?.internalTrafficPolicy;
    const usable = policy === "Local" ? all.filter((backend) => backend.node === packet.sourceNode) : all;
    if (usable.length === 0) return { to: "dropped" };
    const chosen = this.#stick(service, packet, usable);
    return { to: "endpoint", address: chosen.address, port: chosen.port };
  }

  #stick(service: Service, packet: Packet, usable: readonly Backend[]): Backend {
    const any = usable[Math.floor(this.#random() * usable.length)] ?? usable[0];
    if (any === undefined) throw new Error("no backend to choose from");
    if (service.spec?.sessionAffinity !== "ClientIP") return any;
    const key = `${service.metadata.uid}|${packet.port}|${packet.source}`;
    const kept = this.#affinity.get(key);
    const again = usable.find((backend) => `${backend.address}:${backend.port}` === kept?.backend);
    const chosen = again !== undefined && kept !== undefined && kept.until > this.#now() ? again : any;
    const seconds = service.spec?.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10800;
    this.#affinity.set(key, { backend: `${chosen.address}:${chosen.port}`, until: this.#now() + seconds * 1000 });
    return chosen;
  }
}

/** spec.loadBalancerSourceRanges: who may use the load balancer's address. */
function mayEnter({ spec, status }: Service, { address, source }: Packet): boolean {
  const ranges = spec?.loadBalancerSourceRanges ?? [];
  const balanced = (status?.loadBalancer?.ingress ?? []).some(({ ip }) => ip === address);
  return !balanced || ranges.length === 0 || ranges.some((range) => cidrContains(range.trim(), source));
}

/** The port a packet means; `port: undefined`: the Service has that address but not that port. */
function matchPort(
  service: Service,
  packet: Packet,
  isNode: boolean,
): { readonly port: ServicePort | undefined; readonly external: boolean } | undefined {
  const spec = service.spec;
  if (spec === undefined || spec.type === "ExternalName") return undefined;
  const ports = (spec.ports ?? []).filter((port) => (port.protocol ?? "TCP") === packet.protocol);
  const external =
    (spec.externalIPs ?? []).includes(packet.address) ||
    (service.status?.loadBalancer?.ingress ?? []).some((ingress) => ingress.ip === packet.address);
  const own = spec.clusterIP === packet.address || (spec.clusterIPs ?? []).includes(packet.address);
  if (own || external) return { port: ports.find((port) => port.port === packet.port), external };
  if (!isNode) return undefined;
  const port = ports.find((candidate) => candidate.nodePort !== undefined && candidate.nodePort === packet.port);
  return port === undefined ? undefined : { port, external: true };
}

/** Ready endpoints; where there is none, those that still serve while terminating (as kube-proxy falls back). */
function backendsOf(store: Store, service: Service, port: ServicePort): Backend[] {
  const ready: Backend[] = [];
  const draining: Backend[] = [];
  for (const slice of slicesOf(store, service.metadata.namespace ?? "", service.metadata.name ?? "")) {
    const slicePort = (slice.ports ?? []).find((candidate) => (candidate.name ?? "") === (port.name ?? ""));
    if (slicePort?.port === undefined) continue;
    for (const endpoint of slice.endpoints ?? []) {
      const conditions = endpoint.conditions;
      const into =
        conditions?.ready !== false ? ready : conditions.serving && conditions.terminating ? draining : undefined;
      for (const address of endpoint.addresses.slice(0, 1)) {
        into?.push({ address, port: slicePort.port, node: endpoint.nodeName });
      }
    }
  }
  return ready.length > 0 ? ready : draining;
}
