/** No namespace uses more than its quotas allow (apiserver admission/plugin/resourcequota). */
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  subtractQuantities,
} from "../../../encoding/index.ts";
import type { Pod, ResourceQuota } from "../../api/types.ts";
import { forbidden } from "../../machinery/status.ts";
import { type AdmissionPlugin, admissionName } from "../request.ts";
import type { AdmissionDependencies } from "./index.ts";
import { inScope, type Usage, usageOf, usedOf } from "./quota-usage.ts";

const COMPUTE = /^(cpu|memory|(requests|limits)\.(cpu|memory))$/;

export function resourceQuota({ store, clock }: AdmissionDependencies): AdmissionPlugin {
  return {
    name: "ResourceQuota",
    validate(attributes) {
      const { operation, served, subresource, object, oldObject, namespace } = attributes;
      // Of Pods' updates only a resize uses more.
      const resize = served.key === "pods" && subresource === "resize";
      if ((subresource !== undefined && !resize) || object === undefined || namespace === undefined) return;
      if (operation !== "CREATE" && (operation !== "UPDATE" || (served.key === "pods" && !resize))) return;
      const quotas = store.list("resourcequotas", namespace) as ResourceQuota[];
      if (quotas.length === 0) return;
      const now = clock.now();
      const usage = usageOf(served.key, object, now);
      const before = oldObject === undefined ? {} : usageOf(served.key, oldObject, now);
      for (const quota of quotas) {
        const hard = (quota.spec?.hard ?? {}) as Usage;
        const tracked = Object.keys(usage).filter((name) => hard[name] !== undefined);
        if (!inScope(quota, served.key, object)) continue;
        if (served.key === "pods")
          requireResources(quota, object as Pod, hard, (message) =>
            forbidden(served.groupResource, admissionName(attributes), message),
          );
        if (tracked.length === 0) continue;
        const requested: Usage = {};
        for (const name of tracked) {
          const delta =
            before[name] === undefined ? (usage[name] ?? "0") : subtractQuantities(usage[name] ?? "0", before[name]);
          if (parseQuantity(delta).nanos > 0n) requested[name] = delta;
        }
        const used = usedOf(store, quota, now);
        const exceeded = Object.keys(requested)
          .filter(
            (name) =>
              compareQuantities(addQuantities(used[name] ?? "0", requested[name] ?? "0"), hard[name] ?? "0") > 0,
          )
          .sort();
        if (exceeded.length === 0) continue;
        const show = (amounts: Usage) =>
          exceeded.map((name) => `${name}=${formatQuantity(parseQuantity(amounts[name] ?? "0"))}`).join(",");
        throw forbidden(
          served.groupResource,
          admissionName(attributes),
          `exceeded quota: ${quota.metadata.name}, requested: ${show(requested)}, used: ${show(used)}, limited: ${show(hard)}`,
        );
      }
    },
  };
}

/** A quota on a compute resource makes every container name an amount (pod evaluator Constraints). */
function requireResources(quota: ResourceQuota, pod: Pod, hard: Usage, refuse: (message: string) => Error): void {
  const names = Object.keys(hard)
    .filter((name) => COMPUTE.test(name))
    .sort();
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const parts = names.flatMap((name) => {
    const [side, resource] = name.startsWith("limits.")
      ? (["limits", name.slice(7)] as const)
      : (["requests", name.replace(/^requests\./, "")] as const);
    const lacking = containers.filter(({ resources }) => resources?.[side]?.[resource] === undefined);
    const who = [...new Set(lacking.map((container) => container.name))].sort().join(",");
    return lacking.length === 0 ? [] : [`${name} for: ${who}`];
  });
  if (parts.length === 0) return;
  throw refuse(`failed quota: ${quota.metadata.name}: must specify ${parts.join("; ")}`);
}
