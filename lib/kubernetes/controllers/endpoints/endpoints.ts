/** Endpoints of Services with a selector (pkg/controller/endpoint/endpoints_controller.go). */
import { endpoints, pods, services } from "../../api/resources.ts";
import type { Endpoints, Service } from "../../api/types.ts";
import { deepEqual } from "../../machinery/clone.ts";
import { rfc3339 } from "../../machinery/time.ts";
import { type ControllerContext, type ControllerDefinition, watch } from "../framework/controller.ts";
import { keyOf, splitKey } from "../framework/lister.ts";
import { unlessGone } from "../framework/owners.ts";
import { isPodReady, isTerminating } from "../framework/pods.ts";
import { isNamespaceTerminating } from "../replicaset.ts";
import { hostnameIn, isEndpoint, isHeadless, portsOn, reference } from "./pods.ts";
import { selects, serviceWatches } from "./services.ts";

const HEADLESS = "service.kubernetes.io/headless";
const MANAGED_BY = "endpoints.kubernetes.io/managed-by";
const TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time";

type Subset = NonNullable<Endpoints["subsets"]>[number];

export const endpointsController: ControllerDefinition = {
  name: "endpoint-controller",
  create(context) {
    return {
      watches: [
        ...serviceWatches(context),
        watch(endpoints, ({ type, object }, queue) => {
          if (type === "DELETED") queue.add(keyOf(object));
        }),
      ],
      sync: (key) => sync(context, key),
    };
  },
};

function sync(context: ControllerContext, key: string): void {
  const { client, lister, clock } = context;
  const { namespace, name } = splitKey(key);
  const service = lister.find(services, namespace, name);
  if (service === undefined) {
    unlessGone(() => client.delete(endpoints, namespace, name));
    return;
  }
  if (service.spec?.selector === undefined || service.spec.type === "ExternalName") return;
  const subsets = subsetsOf(context, service);
  const labels: Record<string, string> = {
    ...service.metadata.labels,
    [MANAGED_BY]: "endpoint-controller",
    ...(isHeadless(service) ? { [HEADLESS]: "" } : {}),
  };
  const existing = lister.find(endpoints, namespace, name);
  if (existing === undefined) {
    try {
      client.create(endpoints, {
        metadata: { name, namespace, labels, annotations: { [TRIGGER_TIME]: rfc3339(clock.now()) } },
        ...(subsets.length > 0 ? { subsets } : {}),
      });
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
    }
    return;
  }
  if (deepEqual(existing.subsets ?? [], subsets) && deepEqual(existing.metadata.labels ?? {}, labels)) return;
  unlessGone(() =>
    client.modify(endpoints, namespace, name, (next) => {
      next.metadata.labels = labels;
      next.metadata.annotations = { ...next.metadata.annotations, [TRIGGER_TIME]: rfc3339(clock.now()) };
      if (subsets.length > 0) next.subsets = subsets;
      else delete next.subsets;
    }),
  );
}

/** Addresses by ports; those that are not ready apart. Pods on their way out are in neither unless not-ready ones are published. */
function subsetsOf({ lister }: ControllerContext, service: Service): Subset[] {
  const publishes = service.spec?.publishNotReadyAddresses === true;
  const subsets = new Map<string, Subset>();
  for (const pod of lister.list(pods, service.metadata.namespace)) {
    if (!selects(service, pod) || !isEndpoint(pod) || (isTerminating(pod) && !publishes)) continue;
    const ports = portsOn(pod, service);
    if (ports.length === 0 && !isHeadless(service)) continue;
    const hostname = hostnameIn(pod, service);
    const address = {
      ip: pod.status?.podIP ?? "",
      ...(hostname === undefined ? {} : { hostname }),
      ...(pod.spec?.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
      targetRef: reference(pod),
    };
    const key = JSON.stringify(ports);
    const known = ports.map(({ name, ...port }) => (name === "" ? port : { name, ...port }));
    const subset: Subset = subsets.get(key) ?? (known.length === 0 ? {} : { ports: known });
    const list = publishes || isPodReady(pod) ? "addresses" : "notReadyAddresses";
    subset[list] = [...(subset[list] ?? []), address].sort((a, b) => (a.ip < b.ip ? -1 : 1));
    subsets.set(key, subset);
  }
  return [...subsets.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, subset]) => subset);
}
