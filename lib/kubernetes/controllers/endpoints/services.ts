/** Which Services a change of a Pod concerns, for both endpoint controllers. */
import { nodes, pods, services } from "../../api/resources.ts";
import type { Pod, Service } from "../../api/types.ts";
import { deepEqual } from "../../machinery/clone.ts";
import { selectorMatches } from "../../machinery/label-selector.ts";
import { type ControllerContext, type Watch, watch } from "../framework/controller.ts";
import { keyOf } from "../framework/lister.ts";
import { isPodFinished, isPodReady } from "../framework/pods.ts";
import type { WorkQueue } from "../framework/queue.ts";

export const selects = (service: Service, pod: Pod) =>
  service.spec?.selector !== undefined &&
  service.spec.selector !== null &&
  selectorMatches({ matchLabels: service.spec.selector }, pod.metadata.labels ?? {});

/** What of a Pod makes its endpoints (endpointsliceutil.podEndpointsChanged). */
const facts = (pod: Pod) => ({
  address: pod.status?.podIP,
  ready: isPodReady(pod),
  finished: isPodFinished(pod),
  terminating: pod.metadata.deletionTimestamp !== undefined,
  hostname: pod.spec?.hostname,
  subdomain: pod.spec?.subdomain,
  node: pod.spec?.nodeName,
  labels: pod.metadata.labels,
});

export function serviceWatches({ lister }: ControllerContext): Watch[] {
  const enqueue = (pod: Pod, queue: WorkQueue) => {
    for (const service of lister.list(services, pod.metadata.namespace))
      if (selects(service, pod)) queue.add(keyOf(service));
  };
  return [
    watch(services, ({ object }, queue) => queue.add(keyOf(object))),
    watch(pods, ({ type, object, previous }, queue) => {
      if (type === "MODIFIED" && previous !== undefined && deepEqual(facts(object), facts(previous))) return;
      enqueue(object, queue);
      if (previous !== undefined && type === "MODIFIED") enqueue(previous, queue);
    }),
  ];
}

export function zoneOf({ lister }: ControllerContext, node: string | undefined): string | undefined {
  return lister.find(nodes, undefined, node)?.metadata.labels?.["topology.kubernetes.io/zone"];
}
