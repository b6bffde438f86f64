/**
 * Cluster IPs and node ports of Services, given out when a Service is written. There is no allocator beside the store:
 * what is taken is what Services have. Upstream: pkg/registry/core/service/storage/alloc.go.
 */
import { serviceCidrs, services } from "../api/resources.ts";
import type { Service, ServiceCIDR } from "../api/types.ts";
import type { FieldError } from "../machinery/status.ts";
import { cidrContains, NODE_PORT_RANGE, nextClusterIP, nextNodePort, SERVICE_CIDR } from "../network/addresses.ts";
import type { Store } from "../store/store.ts";

type ServiceSpec = NonNullable<Service["spec"]>;

export class ServiceAllocator {
  readonly #store: Store;
  readonly #random: () => number;

  constructor(store: Store, random: () => number) {
    this.#store = store;
    this.#random = random;
  }

  /** Fills in what `service` wants and does not name; gives the errors of what it names and cannot have. */
  allocate(service: Service): FieldError[] {
    const { spec } = service;
    if (spec === undefined || spec.type === "ExternalName") return [];
    const others = (this.#store.list(services.key) as Service[]).filter(
      ({ metadata }) => metadata.name !== service.metadata.name || metadata.namespace !== service.metadata.namespace,
    );
    return [...this.#clusterIP(spec, others), ...this.#nodePorts(spec, others)];
  }

  #clusterIP(spec: ServiceSpec, others: readonly Service[]): FieldError[] {
    const wanted = spec.clusterIP;
    if (wanted === "None") {
      spec.clusterIPs = ["None"];
      return [];
    }
    const used = new Set(others.map((other) => other.spec?.clusterIP));
    if (wanted) {
      spec.clusterIPs ??= [wanted];
      const ranges = (this.#store.list(serviceCidrs.key) as ServiceCIDR[])
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .flatMap((range) => range.spec?.cidrs ?? []);
      const why = ![SERVICE_CIDR, ...ranges].some((range) => cidrContains(range, wanted))
        ? "the provided network does not match the current range"
        : used.has(wanted)
          ? "provided IP is already allocated"
          : undefined;
      if (why === undefined) return [];
      const detail = `failed to allocate IP ${wanted}: ${why}`;
      return [{ type: "FieldValueInvalid", field: "spec.clusterIPs", value: spec.clusterIPs, detail }];
    }
    const address = nextClusterIP((candidate) => used.has(candidate), this.#random);
    if (address === undefined) {
      return [
        { type: "InternalError", field: "spec.clusterIPs", detail: "failed to allocate a serviceIP: range is full" },
      ];
    }
    spec.clusterIP = address;
    spec.clusterIPs = [address];
    return [];
  }

  #nodePorts(spec: ServiceSpec, others: readonly Service[]): FieldError[] {
    const wants =
      spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
    const used = new Set(
      others.flatMap((other) => [
        ...(other.spec?.ports ?? []).map((port) => port.nodePort),
        other.spec?.healthCheckNodePort,
      ]),
    );
    const errors: FieldError[] = [];
    const own = new Map<number, string>();
    (spec.ports ?? []).forEach((port, index) => {
      if (!port.nodePort) return;
      const field = `spec.ports[${index}].nodePort`;
      const { first, last } = NODE_PORT_RANGE;
      // One port may serve several protocols of one Service.
      const taken = used.has(port.nodePort) || own.get(port.nodePort) === (port.protocol ?? "TCP");
      own.set(port.nodePort, port.protocol ?? "TCP");
      const detail =
        port.nodePort < first || port.nodePort > last
          ? `provided port is not in the valid range. The range of valid ports is ${first}-${last}`
          : taken
            ? "provided port is already allocated"
            : undefined;
      if (detail !== undefined) errors.push({ type: "FieldValueInvalid", field, value: port.nodePort, detail });
    });
    if (!wants || errors.length > 0) return errors;
    const next = () => nextNodePort((candidate) => used.has(candidate) || own.has(candidate), this.#random);
    // The protocols of one port share its node port.
    const byPort = new Map(
      (spec.ports ?? []).flatMap(({ port, nodePort }): [number, number][] => (nodePort ? [[port, nodePort]] : [])),
    );
    for (const [index, port] of (spec.ports ?? []).entries()) {
      if (port.nodePort) continue;
      const chosen = byPort.get(port.port) ?? next();
      if (chosen === undefined) {
        const detail = "failed to allocate a nodePort: range is full";
        return [{ type: "InternalError", field: `spec.ports[${index}].nodePort`, detail }];
      }
      port.nodePort = chosen;
      byPort.set(port.port, chosen);
      own.set(chosen, port.protocol ?? "TCP");
    }
    if (spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local" && !spec.healthCheckNodePort) {
      const chosen = next();
      if (chosen !== undefined) spec.healthCheckNodePort = chosen;
    }
    return [];
  }
}
