/** The quality of service of a Pod whose status does not say it (k8s.io/kubectl/pkg/util/qos). */
import { quantityNumber } from "../../encoding/index.ts";
import { type Json, listAt, objectAt } from "../object.ts";

const COUNTED = ["cpu", "memory"];

export function qosClass(spec: Json): "Guaranteed" | "Burstable" | "BestEffort" {
  const containers = [...listAt(spec, "containers"), ...listAt(spec, "initContainers")];
  const positive = (container: Json, field: "requests" | "limits") =>
    Object.entries(objectAt(container, "resources", field)).filter(
      ([name, value]) => COUNTED.includes(name) && (quantityNumber(String(value)) ?? 0) > 0,
    );
  const sums = { requests: new Map<string, number>(), limits: new Map<string, number>() };
  let guaranteed = true;
  for (const container of containers) {
    for (const field of ["requests", "limits"] as const)
      for (const [name, value] of positive(container, field))
        sums[field].set(name, (sums[field].get(name) ?? 0) + (quantityNumber(String(value)) ?? 0));
    const limited = positive(container, "limits").map(([name]) => name);
    if (!COUNTED.every((name) => limited.includes(name))) guaranteed = false;
  }
  if (sums.requests.size === 0 && sums.limits.size === 0) return "BestEffort";
  const equal = [...sums.requests].every(([name, value]) => sums.limits.get(name) === value);
  return guaranteed && equal && sums.requests.size === sums.limits.size ? "Guaranteed" : "Burstable";
}
