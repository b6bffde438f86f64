/** How Pods become endpoints (endpointslice/utils.go, pkg/controller/endpoint). Pure. */
import type { EndpointSlice, Pod, Service } from "../../api/types.ts";
import { isPodFinished, isPodReady, isTerminating } from "../framework/pods.ts";

export interface EndpointPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
}

export type Endpoint = NonNullable<EndpointSlice["endpoints"]>[number];

export const isHeadless = (service: Service) => service.spec?.clusterIP === "None";

/** Has an address and has not finished. */
export const isEndpoint = (pod: Pod) => Boolean(pod.status?.podIP) && !isPodFinished(pod);

/** Its name in the Service's domain, where it has one. */
export function hostnameIn(pod: Pod, service: Service): string | undefined {
  const { hostname, subdomain } = pod.spec ?? {};
  return hostname && subdomain === service.metadata.name && pod.metadata.namespace === service.metadata.namespace
    ? hostname
    : undefined;
}

/** Number of the container port that a Service port stands for; undefined where the Pod has no port of that name. */
function targetPort(pod: Pod, port: NonNullable<NonNullable<Service["spec"]>["ports"]>[number]): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === "number") return target;
  const containers = [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always"),
  ];
  for (const container of containers)
    for (const candidate of container.ports ?? [])
      if (candidate.name === target && (candidate.protocol ?? "TCP") === (port.protocol ?? "TCP"))
        return candidate.containerPort;
  return undefined;
}

/** Ports of the Service as they are on this Pod; those it does not have are left out. */
export function portsOn(pod: Pod, service: Service): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const port of service.spec?.ports ?? []) {
    const number = targetPort(pod, port);
    if (number === undefined) continue;
    ports.push({
      name: port.name ?? "",
      port: number,
      protocol: port.protocol ?? "TCP",
      ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
    });
  }
  return ports;
}

export function reference(pod: Pod) {
  const { namespace = "", name = "", uid = "" } = pod.metadata;
  return { kind: "Pod", namespace, name, uid };
}

export function endpointOf(pod: Pod, service: Service, zone: string | undefined): Endpoint {
  const ready = isPodReady(pod);
  const hostname = hostnameIn(pod, service);
  return {
    addresses: [pod.status?.podIP ?? ""],
    conditions: {
      ready: service.spec?.publishNotReadyAddresses === true || (ready && !isTerminating(pod)),
      serving: ready,
      terminating: isTerminating(pod),
    },
    ...(hostname === undefined ? {} : { hostname }),
    targetRef: reference(pod),
    ...(pod.spec?.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    ...(zone === undefined ? {} : { zone }),
  };
}
