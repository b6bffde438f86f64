/** Says that a range of Service addresses is ready, and holds it while Services use it (pkg/controller/servicecidrs). */
import { serviceCidrs, services } from "../api/resources.ts";
import { cidrContains } from "../network/addresses.ts";
import { type ControllerDefinition, watch } from "./framework/controller.ts";
import { unlessGone } from "./framework/owners.ts";

const FINALIZER = "networking.k8s.io/service-cidr-finalizer";
const READY = "Kubernetes Service CIDR is ready";
const LEAVING =
  "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR";

export const serviceCidrController: ControllerDefinition = {
  name: "service-cidr-controller",
  serviceAccount: "service-cidrs-controller",
  create({ client, lister, clock }) {
    return {
      watches: [
        watch(serviceCidrs, ({ type, object }, queue) => {
          if (type !== "DELETED") queue.add(object.metadata.name ?? "");
        }),
        watch(services, ({ type }, queue) => {
          if (type !== "DELETED") return;
          for (const { metadata } of lister.list(serviceCidrs))
            if (metadata.deletionTimestamp !== undefined) queue.add(metadata.name ?? "");
        }),
      ],
      sync(name) {
        const range = lister.find(serviceCidrs, undefined, name);
        if (range === undefined) return;
        const isLeaving = range.metadata.deletionTimestamp !== undefined;
        const isHeld = range.metadata.finalizers?.includes(FINALIZER) ?? false;
        const covers = (cidrs: readonly string[], address: string) => cidrs.some((cidr) => cidrContains(cidr, address));
        const others = lister.list(serviceCidrs).filter(({ metadata }) => metadata.name !== name);
        const isUsed = lister
          .list(services)
          .some(
            ({ spec }) =>
              spec?.clusterIP !== undefined &&
              covers(range.spec?.cidrs ?? [], spec.clusterIP) &&
              !others.some((other) => covers(other.spec?.cidrs ?? [], spec.clusterIP ?? "")),
          );
        if (isLeaving ? isHeld && !isUsed : !isHeld)
          unlessGone(() =>
            client.modify(serviceCidrs, undefined, name, (next) => {
              const kept = (next.metadata.finalizers ?? []).filter((one) => one !== FINALIZER);
              next.metadata.finalizers = isLeaving ? kept : [...kept, FINALIZER];
            }),
          );
        if (isLeaving && !isUsed) return;
        const condition = range.status?.conditions?.find(({ type }) => type === "Ready");
        const status = isLeaving ? "False" : "True";
        if (condition?.status === status) return;
        unlessGone(() =>
          client.modify(
            serviceCidrs,
            undefined,
            name,
            (next) => {
              const rest = (next.status?.conditions ?? []).filter(({ type }) => type !== "Ready");
              next.status = {
                conditions: [
                  ...rest,
                  {
                    type: "Ready",
                    status,
                    reason: isLeaving ? "Terminating" : "",
                    message: isLeaving ? LEAVING : READY,
                    lastTransitionTime: new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z") as never,
                  },
                ],
              };
            },
            "status",
          ),
        );
      },
    };
  },
};
