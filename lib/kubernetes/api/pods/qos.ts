/** Quality of service of a Pod (pkg/apis/core/v1/helper/qos). */
import { parseQuantity, tryParseQuantity } from "../../../encoding/index.ts";
import type { Pod } from "../types.ts";

const COMPUTE = ["cpu", "memory"] as const;

type Amounts = Map<string, bigint>;

function collect(into: Amounts, list: Readonly<Record<string, string>> | undefined): Set<string> {
  const found = new Set<string>();
  for (const name of COMPUTE) {
    const text = list?.[name];
    if (text === undefined || tryParseQuantity(text) === undefined) continue;
    const { nanos } = parseQuantity(text);
    if (nanos <= 0n) continue;
    found.add(name);
    into.set(name, (into.get(name) ?? 0n) + nanos);
  }
  return found;
}

export function computeQosClass(pod: Pod): "Guaranteed" | "Burstable" | "BestEffort" {
  const requests: Amounts = new Map();
  const limits: Amounts = new Map();
  let allLimited = true;
  const { spec } = pod;
  if (spec?.resources?.requests !== undefined || spec?.resources?.limits !== undefined) {
    collect(requests, spec.resources.requests);
    allLimited = collect(limits, spec.resources.limits).size === COMPUTE.length;
  } else {
    for (const { resources } of [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]) {
      collect(requests, resources?.requests);
      if (collect(limits, resources?.limits).size !== COMPUTE.length) allLimited = false;
    }
  }
  if (requests.size === 0 && limits.size === 0) return "BestEffort";
  const same = requests.size === limits.size && [...requests].every(([name, amount]) => limits.get(name) === amount);
  return allLimited && same ? "Guaranteed" : "Burstable";
}
