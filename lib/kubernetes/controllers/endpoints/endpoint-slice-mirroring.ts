/**
 * Slices for Endpoints that somebody wrote by hand, for Services without a selector
 * (pkg/controller/endpointslicemirroring).
 */
import { endpointSlices, endpoints as endpointsResource, services } from "../../api/resources.ts";
import type { EndpointSlice, Endpoints } from "../../api/types.ts";
import { deepEqual } from "../../machinery/clone.ts";
import { type ControllerContext, type ControllerDefinition, watch } from "../framework/controller.ts";
import { keyOf, splitKey } from "../framework/lister.ts";
import { controllerReference, unlessGone } from "../framework/owners.ts";
import { isNamespaceTerminating } from "../replicaset.ts";

const SERVICE = "kubernetes.io/service-name";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const MANAGER = "endpointslicemirroring-controller.k8s.io";
const SKIP = "endpointslice.kubernetes.io/skip-mirror";
/** Annotations that are not copied: they speak of the Endpoints themselves. */
const OWN_ANNOTATIONS = new Set([
  "endpoints.kubernetes.io/last-change-trigger-time",
  "kubectl.kubernetes.io/last-applied-configuration",
]);
/** As many addresses of a subset are mirrored (--mirroring-max-endpoints-per-subset). */
const MAX_PER_SUBSET = 1000;

type Subset = NonNullable<Endpoints["subsets"]>[number];
type Mirrored = Pick<EndpointSlice, "endpoints" | "ports">;

export const endpointSliceMirroringController: ControllerDefinition = {
  name: "endpointslicemirroring-controller",
  component: "endpoint-slice-mirroring-controller",
  create(context) {
    return {
      watches: [
        watch(endpointsResource, ({ object }, queue) => queue.add(keyOf(object))),
        watch(services, ({ object }, queue) => queue.add(keyOf(object))),
        watch(endpointSlices, ({ type, object }, queue) => {
          const { labels, namespace } = object.metadata;
          if (type !== "ADDED" && labels?.[MANAGED_BY] === MANAGER) queue.add(`${namespace}/${labels[SERVICE]}`);
        }),
      ],
      sync: (key) => sync(context, key),
    };
  },
};

function sync(context: ControllerContext, key: string): void {
  const { client, lister } = context;
  const { namespace, name } = splitKey(key);
  const existing = lister
    .list(endpointSlices, namespace)
    .filter(({ metadata }) => metadata.labels?.[SERVICE] === name && metadata.labels?.[MANAGED_BY] === MANAGER);
  const source = lister.find(endpointsResource, namespace, name);
  const service = lister.find(services, namespace, name);
  const wanted =
    source === undefined || service === undefined || service.spec?.selector !== undefined || !isMirrored(source)
      ? []
      : (source.subsets ?? []).map(mirrored).filter(({ endpoints = [] }) => endpoints.length > 0);
  for (const [index, content] of wanted.entries()) {
    const slice = existing[index];
    if (slice === undefined) create(context, source as Endpoints, content);
    else update(context, slice, source as Endpoints, content);
  }
  for (const slice of existing.slice(wanted.length))
    unlessGone(() => client.delete(endpointSlices, namespace, slice.metadata.name ?? ""));
}

const isMirrored = ({ metadata: { labels, annotations } }: Endpoints) =>
  labels?.[SKIP] !== "true" && annotations?.["control-plane.alpha.kubernetes.io/leader"] === undefined;

function mirrored({ addresses = [], notReadyAddresses = [], ports = [] }: Subset): Mirrored {
  const endpoint = (ready: boolean) => (address: NonNullable<Subset["addresses"]>[number]) => ({
    addresses: [address.ip],
    conditions: { ready },
    ...(address.hostname === undefined ? {} : { hostname: address.hostname }),
    ...(address.nodeName === undefined ? {} : { nodeName: address.nodeName }),
    ...(address.targetRef === undefined ? {} : { targetRef: address.targetRef }),
  });
  const all = [...addresses.map(endpoint(true)), ...notReadyAddresses.map(endpoint(false))];
  return {
    endpoints: all.slice(0, MAX_PER_SUBSET),
    ports: ports.map(({ name = "", port, protocol = "TCP", appProtocol }) => ({
      name,
      port,
      protocol,
      ...(appProtocol === undefined ? {} : { appProtocol }),
    })),
  };
}

function metadataOf({ metadata }: Endpoints) {
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([name]) => !OWN_ANNOTATIONS.has(name)),
  );
  return {
    labels: { ...metadata.labels, [MANAGED_BY]: MANAGER, [SERVICE]: metadata.name ?? "" },
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

function create({ client }: ControllerContext, source: Endpoints, content: Mirrored): void {
  try {
    client.create(endpointSlices, {
      metadata: {
        generateName: `${source.metadata.name}-`,
        namespace: source.metadata.namespace ?? "",
        ownerReferences: [controllerReference(endpointsResource, source)],
        ...metadataOf(source),
      },
      addressType: "IPv4",
      ...content,
    } as EndpointSlice);
  } catch (error) {
    if (!isNamespaceTerminating(error)) throw error;
  }
}

function update({ client }: ControllerContext, slice: EndpointSlice, source: Endpoints, content: Mirrored): void {
  const { labels, annotations } = metadataOf(source);
  const isSame =
    deepEqual(slice.endpoints ?? [], content.endpoints) &&
    deepEqual(slice.ports ?? [], content.ports) &&
    deepEqual(slice.metadata.labels, labels) &&
    deepEqual(slice.metadata.annotations ?? {}, annotations ?? {});
  if (isSame) return;
  unlessGone(() =>
    client.modify(endpointSlices, slice.metadata.namespace, slice.metadata.name ?? "", (next) => {
      next.metadata.labels = labels;
      if (annotations === undefined) delete next.metadata.annotations;
      else next.metadata.annotations = annotations;
      Object.assign(next, content);
    }),
  );
}
