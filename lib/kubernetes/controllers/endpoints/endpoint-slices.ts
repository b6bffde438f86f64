/** EndpointSlices of Services with a selector (pkg/controller/endpointslice, endpointslice/reconciler.go). */
import { endpointSlices, pods, services } from "../../api/resources.ts";
import type { EndpointSlice, Service } from "../../api/types.ts";
import { deepEqual } from "../../machinery/clone.ts";
import { rfc3339 } from "../../machinery/time.ts";
import { type ControllerContext, type ControllerDefinition, watch } from "../framework/controller.ts";
import { splitKey } from "../framework/lister.ts";
import { unlessGone } from "../framework/owners.ts";
import { isNamespaceTerminating } from "../replicaset.ts";
import { type Endpoint, type EndpointPort, endpointOf, isEndpoint, isHeadless, portsOn } from "./pods.ts";
import { selects, serviceWatches, zoneOf } from "./services.ts";

const SERVICE = "kubernetes.io/service-name";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const MANAGER = "endpointslice-controller.k8s.io";
const HEADLESS = "service.kubernetes.io/headless";
const TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time";
const MAX_ENDPOINTS = 100;

export const endpointSliceController: ControllerDefinition = {
  name: "endpointslice-controller",
  component: "endpoint-slice-controller",
  create(context) {
    return {
      watches: [
        ...serviceWatches(context),
        // Somebody else changed or removed a slice: put right again.
        watch(endpointSlices, ({ type, object }, queue) => {
          const name = object.metadata.labels?.[SERVICE];
          if (name !== undefined && object.metadata.labels?.[MANAGED_BY] === MANAGER && type !== "ADDED")
            queue.add(`${object.metadata.namespace}/${name}`);
        }),
      ],
      sync: (key) => sync(context, key),
    };
  },
};

/** Endpoints with the same ports share slices. */
interface Group {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: Endpoint[];
}

function sync(context: ControllerContext, key: string): void {
  const { client, lister } = context;
  const { namespace, name } = splitKey(key);
  const service = lister.find(services, namespace, name);
  if (service?.spec?.selector === undefined || service.spec.type === "ExternalName") return;
  if (service.metadata.deletionTimestamp !== undefined) return;
  const existing = lister
    .list(endpointSlices, namespace)
    .filter(({ metadata }) => metadata.labels?.[SERVICE] === name && metadata.labels?.[MANAGED_BY] === MANAGER);
  const groups = groupsOf(context, service);
  const unused = new Set(existing);
  const labels = labelsOf(service);
  for (const { ports, endpoints } of groups) {
    const alike = existing.filter((slice) => unused.has(slice) && deepEqual(slice.ports ?? [], ports));
    for (const [slice, content] of spread(alike, endpoints)) {
      if (slice === undefined) create(context, service, labels, ports, content);
      else {
        unused.delete(slice);
        if (!deepEqual(slice.endpoints ?? [], content) || !deepEqual(slice.metadata.labels, labels))
          update(context, slice, labels, ports, content);
      }
    }
  }
  for (const slice of unused) {
    // A placeholder is turned into what is needed rather than replaced.
    unlessGone(() => client.delete(endpointSlices, namespace, slice.metadata.name ?? ""));
  }
}

function groupsOf(context: ControllerContext, service: Service): Group[] {
  const groups = new Map<string, Group>();
  for (const pod of context.lister.list(pods, service.metadata.namespace)) {
    if (!selects(service, pod) || !isEndpoint(pod)) continue;
    const ports = portsOn(pod, service);
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpointOf(pod, service, zoneOf(context, pod.spec?.nodeName)));
    groups.set(key, group);
  }
  // Nothing yet: one empty slice says that the Service is known. Its ports are those that need no Pod to be told.
  if (groups.size === 0) {
    const fixed = (service.spec?.ports ?? []).filter(({ targetPort }) => typeof targetPort !== "string");
    const ports = fixed.map((port) => ({
      name: port.name ?? "",
      port: typeof port.targetPort === "number" ? port.targetPort : port.port,
      protocol: port.protocol ?? "TCP",
      ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
    }));
    groups.set("", { ports, endpoints: [] });
  }
  return [...groups.values()];
}

const identity = (endpoint: Endpoint) => endpoint.targetRef?.uid ?? endpoint.addresses[0] ?? "";

/** Endpoints stay in the slice they are in; new ones fill what has room, then new slices (undefined). */
function spread(
  slices: readonly EndpointSlice[],
  endpoints: readonly Endpoint[],
): (readonly [EndpointSlice | undefined, Endpoint[]])[] {
  const left = new Map(endpoints.map((endpoint) => [identity(endpoint), endpoint]));
  const result: [EndpointSlice | undefined, Endpoint[]][] = slices.map((slice) => {
    const kept: Endpoint[] = [];
    for (const old of slice.endpoints ?? []) {
      const endpoint = left.get(identity(old));
      if (endpoint === undefined) continue;
      kept.push(endpoint);
      left.delete(identity(old));
    }
    return [slice, kept];
  });
  const rest = [...left.values()];
  for (const [, content] of result) content.push(...rest.splice(0, Math.max(0, MAX_ENDPOINTS - content.length)));
  while (rest.length > 0) result.push([undefined, rest.splice(0, MAX_ENDPOINTS)]);
  if (result.length === 0) result.push([undefined, []]);
  // Slices that have become empty go, but for one.
  const filled = result.filter(([, content]) => content.length > 0);
  return filled.length > 0 ? filled : result.slice(0, 1);
}

function labelsOf(service: Service): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [key, value] of Object.entries(service.metadata.labels ?? {}))
    if (key !== SERVICE && key !== MANAGED_BY && key !== HEADLESS) labels[key] = value;
  return {
    ...labels,
    [MANAGED_BY]: MANAGER,
    [SERVICE]: service.metadata.name ?? "",
    ...(isHeadless(service) ? { [HEADLESS]: "" } : {}),
  };
}

function create(
  { client, clock }: ControllerContext,
  service: Service,
  labels: Record<string, string>,
  ports: readonly EndpointPort[],
  endpoints: Endpoint[],
): void {
  try {
    client.create(endpointSlices, {
      metadata: {
        generateName: `${service.metadata.name}-`,
        namespace: service.metadata.namespace ?? "",
        labels,
        annotations: { [TRIGGER_TIME]: rfc3339(clock.now()) },
        ownerReferences: [
          {
            apiVersion: "v1",
            kind: "Service",
            name: service.metadata.name ?? "",
            uid: service.metadata.uid ?? "",
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      addressType: "IPv4",
      endpoints,
      ports: ports.map((port) => ({ ...port })),
    });
  } catch (error) {
    if (!isNamespaceTerminating(error)) throw error;
  }
}

function update(
  { client, clock }: ControllerContext,
  slice: EndpointSlice,
  labels: Record<string, string>,
  ports: readonly EndpointPort[],
  endpoints: Endpoint[],
): void {
  unlessGone(() =>
    client.modify(endpointSlices, slice.metadata.namespace, slice.metadata.name ?? "", (next) => {
      next.metadata.labels = labels;
      next.metadata.annotations = { ...next.metadata.annotations, [TRIGGER_TIME]: rfc3339(clock.now()) };
      next.ports = ports.map((port) => ({ ...port }));
      next.endpoints = endpoints;
    }),
  );
}
