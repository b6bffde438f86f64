/**
 * Services get their cluster IP and node ports (registry/core/service/storage/alloc.go). Upstream allocates between
 * validation and storage; the last look before an object is stored is the same moment here.
 */
import type { Service } from "../../api/types.ts";
import { invalid } from "../../machinery/invalid.ts";
import type { FieldError } from "../../machinery/status.ts";
import { cidrContains, NODE_PORT_RANGE, nextClusterIP, nextNodePort, SERVICE_CIDR } from "../../network/addresses.ts";
import type { AdmissionPlugin } from "../request.ts";
import type { AdmissionDependencies } from "./index.ts";

type Spec = NonNullable<Service["spec"]>;

const refused = (field: string, value: unknown, detail: string): FieldError => ({
  type: "FieldValueInvalid",
  field,
  value,
  detail,
});

export function serviceAddresses({ clock, store }: AdmissionDependencies): AdmissionPlugin {
  return {
    name: "ServiceAddresses",
    validate({ operation, served, subresource, object, oldObject }) {
      if (served.key !== "services" || subresource !== undefined || object === undefined) return;
      if (operation !== "CREATE" && operation !== "UPDATE") return;
      const service = object as Service;
      const spec = service.spec;
      if (spec === undefined || spec.type === "ExternalName") return;
      const before = (oldObject as Service | undefined)?.spec;
      const others = (store.list("services") as Service[]).filter(
        ({ metadata }) => metadata.name !== service.metadata.name || metadata.namespace !== service.metadata.namespace,
      );
      const random = () => clock.random();
      const errors = [...giveAddress(spec, before, others, random), ...giveNodePorts(spec, before, others, random)];
      if (errors.length > 0) throw invalid(served.definition, service.metadata.name ?? "", errors);
    },
  };
}

function giveAddress(
  spec: Spec,
  before: Spec | undefined,
  others: readonly Service[],
  random: () => number,
): FieldError[] {
  if (spec.clusterIP === "None") return [];
  const used = new Set(others.flatMap((other) => other.spec?.clusterIPs ?? [other.spec?.clusterIP ?? ""]));
  if (!spec.clusterIP) {
    const address = nextClusterIP((candidate) => used.has(candidate), random);
    if (address === undefined) {
      return [refused("spec.clusterIPs", [], "failed to allocate a serviceIP: range is full")];
    }
    spec.clusterIP = address;
    spec.clusterIPs = [address];
    return [];
  }
  if (spec.clusterIP === before?.clusterIP) return [];
  const failed = (why: string) => [
    refused("spec.clusterIPs", [spec.clusterIP], `failed to allocate IP ${spec.clusterIP}: ${why}`),
  ];
  if (!cidrContains(SERVICE_CIDR, spec.clusterIP)) {
    return failed(`the provided network does not match the current range`);
  }
  return used.has(spec.clusterIP) ? failed("provided IP is already allocated") : [];
}

function giveNodePorts(
  spec: Spec,
  before: Spec | undefined,
  others: readonly Service[],
  random: () => number,
): FieldError[] {
  const wanted =
    spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
  const errors: FieldError[] = [];
  const key = (protocol: string | undefined, port: number) => `${protocol ?? "TCP"}/${port}`;
  const used = new Set(
    others.flatMap((other) =>
      (other.spec?.ports ?? []).flatMap(({ protocol, nodePort }) => (nodePort ? [key(protocol, nodePort)] : [])),
    ),
  );
  for (const [index, port] of (spec.ports ?? []).entries()) {
    const same = before?.ports?.find(
      (old) => old.port === port.port && (old.protocol ?? "TCP") === (port.protocol ?? "TCP"),
    );
    if (!port.nodePort && wanted && same?.nodePort) port.nodePort = same.nodePort;
    if (!port.nodePort) continue;
    const field = `spec.ports[${index}].nodePort`;
    if (port.nodePort < NODE_PORT_RANGE.first || port.nodePort > NODE_PORT_RANGE.last) {
      const range = `${NODE_PORT_RANGE.first}-${NODE_PORT_RANGE.last}`;
      errors.push(
        refused(field, port.nodePort, `provided port is not in the valid range. The range of valid ports is ${range}`),
      );
    } else if (used.has(key(port.protocol, port.nodePort))) {
      errors.push(refused(field, port.nodePort, "provided port is already allocated"));
    }
    used.add(key(port.protocol, port.nodePort));
  }
  if (!wanted || errors.length > 0) return errors;
  for (const port of spec.ports ?? []) {
    if (port.nodePort) continue;
    const chosen = nextNodePort((candidate) => used.has(key(port.protocol, candidate)), random);
    if (chosen === undefined) continue;
    port.nodePort = chosen;
    used.add(key(port.protocol, chosen));
  }
  return errors;
}
