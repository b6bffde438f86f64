/** Gives Services of type LoadBalancer their address, as a cloud's service controller does (k8s.io/cloud-provider/controllers/service). */
import { services } from "../api/resources.ts";
import type { Service } from "../api/types.ts";
import { nextLoadBalancerIP } from "../network/addresses.ts";
import { type ControllerDefinition, watch } from "./framework/controller.ts";
import { keyOf, splitKey } from "./framework/lister.ts";
import { unlessGone } from "./framework/owners.ts";

/** Keeps a Service until its load balancer is gone. */
const FINALIZER = "service.kubernetes.io/load-balancer-cleanup";

const addressesOf = (service: Service) => service.status?.loadBalancer?.ingress ?? [];
/** With a class of their own they are somebody else's. */
const wantsBalancer = (service: Service) =>
  service.spec?.type === "LoadBalancer" &&
  service.spec.loadBalancerClass === undefined &&
  service.metadata.deletionTimestamp === undefined;
const hasFinalizer = (service: Service) => (service.metadata.finalizers ?? []).includes(FINALIZER);

export const loadBalancerController: ControllerDefinition = {
  name: "service-controller",
  create({ client, lister, clock, recorder, latencies }) {
    /** Keys whose address is being made, and since when (ms). */
    const asked = new Map<string, number>();

    function addFinalizer(service: Service): void {
      client.modify(services, service.metadata.namespace, service.metadata.name ?? "", (next) => {
        next.metadata.finalizers = [...(next.metadata.finalizers ?? []), FINALIZER];
      });
    }

    function release(service: Service): void {
      const { namespace, name = "" } = service.metadata;
      recorder.event(service, "Normal", "DeletingLoadBalancer", "Deleting load balancer");
      unlessGone(() => {
        if (addressesOf(service).length > 0)
          client.modify(
            services,
            namespace,
            name,
            (next) => {
              next.status = { ...next.status, loadBalancer: {} };
            },
            "status",
          );
        client.modify(services, namespace, name, (next) => {
          next.metadata.finalizers = (next.metadata.finalizers ?? []).filter((one) => one !== FINALIZER);
        });
      });
      recorder.event(service, "Normal", "DeletedLoadBalancer", "Deleted load balancer");
    }

    return {
      watches: [
        watch(services, ({ type, object }, queue) => {
          if (type === "DELETED") asked.delete(keyOf(object));
          else if (wantsBalancer(object) ? addressesOf(object).length === 0 : hasFinalizer(object))
            queue.add(keyOf(object));
        }),
      ],
      sync(key, queue) {
        const { namespace, name } = splitKey(key);
        const service = lister.find(services, namespace, name);
        if (service === undefined) return;
        if (!wantsBalancer(service)) {
          asked.delete(key);
          if (hasFinalizer(service)) release(service);
          return;
        }
        if (addressesOf(service).length > 0) return;
        const since = asked.get(key);
        if (since === undefined) {
          recorder.event(service, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer");
          if (!hasFinalizer(service)) addFinalizer(service);
          asked.set(key, clock.now());
        }
        const left = (since ?? clock.now()) + latencies.loadBalancer - clock.now();
        if (left > 0) {
          queue.addAfter(key, left, `Service ${name} gets the address of its load balancer`);
          return;
        }
        const used = new Set(lister.list(services).flatMap((one) => addressesOf(one).map(({ ip }) => ip)));
        const wanted = service.spec?.loadBalancerIP;
        const ip = wanted
          ? used.has(wanted)
            ? undefined
            : wanted
          : nextLoadBalancerIP((address) => used.has(address));
        if (ip === undefined) {
          const why = wanted ? `address ${wanted} is already in use` : "no address is left in 172.18.255.0/24";
          recorder.event(
            service,
            "Warning",
            "SyncLoadBalancerFailed",
            `Error syncing load balancer: failed to ensure load balancer: ${why}`,
          );
          return;
        }
        client.modify(
          services,
          namespace,
          name,
          (next) => {
            next.status = { ...next.status, loadBalancer: { ingress: [{ ip, ipMode: "VIP" }] } };
          },
          "status",
        );
        asked.delete(key);
        recorder.event(service, "Normal", "EnsuredLoadBalancer", "Ensured load balancer");
      },
    };
  },
};
