/** What objects use of a ResourceQuota (pkg/quota/v1/evaluator/core). Pure: the quota controller counts with it, too. */
import { addQuantities } from "../../../encoding/index.ts";
import type { PersistentVolumeClaim, Pod, ResourceQuota, Service } from "../../api/types.ts";
import type { KubernetesObject } from "../../machinery/types.ts";
import type { Store } from "../../store/store.ts";
import { podTotal } from "./limit-ranger.ts";

export type Usage = Record<string, string>;

/** Resources that may be limited by their bare name. */
const COUNTED = new Set([
  "pods",
  "services",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
]);
const COMPUTE = ["cpu", "memory", "ephemeral-storage"];

const objectCount = (key: string) => `count/${key}`;

/** Ended Pods use nothing. */
function isActive(pod: Pod, now: number): boolean {
  const phase = pod.status?.phase;
  if (phase === "Succeeded" || phase === "Failed") return false;
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return true;
  return now <= Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

/** `key`: the storage key of the object's resource. */
export function usageOf(key: string, object: KubernetesObject, now: number): Usage {
  const usage: Usage = { [objectCount(key)]: "1" };
  if (key === "pods") {
    const pod = object as Pod;
    if (!isActive(pod, now)) return usage;
    usage["pods"] = "1";
    const requests = podTotal(pod, "requests");
    const limits = podTotal(pod, "limits");
    for (const name of COMPUTE) {
      const request = requests[name];
      if (request !== undefined) {
        usage[name] = request;
        usage[`requests.${name}`] = request;
      }
      const limit = limits[name];
      if (limit !== undefined) usage[`limits.${name}`] = limit;
    }
    for (const [name, amount] of Object.entries(requests)) if (name.includes("/")) usage[`requests.${name}`] = amount;
    return usage;
  }
  if (COUNTED.has(key)) usage[key] = "1";
  if (key === "services") {
    const { spec } = object as Service;
    const ports = (spec?.ports ?? []).length;
    if (spec?.type === "NodePort") usage["services.nodeports"] = String(ports);
    if (spec?.type === "LoadBalancer") {
      usage["services.loadbalancers"] = "1";
      if (spec.allocateLoadBalancerNodePorts !== false) usage["services.nodeports"] = String(ports);
    }
  }
  if (key === "persistentvolumeclaims") {
    const { spec } = object as PersistentVolumeClaim;
    const storage = spec?.resources?.requests?.["storage"];
    const byClass = spec?.storageClassName ? `${spec.storageClassName}.storageclass.storage.k8s.io/` : undefined;
    if (byClass !== undefined) usage[`${byClass}persistentvolumeclaims`] = "1";
    if (storage !== undefined) {
      usage["requests.storage"] = storage;
      if (byClass !== undefined) usage[`${byClass}requests.storage`] = storage;
    }
  }
  return usage;
}

/** Whether a quota's scopes take the object in: only Pods have scopes. */
export function inScope(quota: ResourceQuota, key: string, object: KubernetesObject): boolean {
  const expressions = [
    ...(quota.spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists", values: [] as string[] })),
    ...(quota.spec?.scopeSelector?.matchExpressions ?? []),
  ];
  if (expressions.length === 0) return true;
  if (key !== "pods") return false;
  const { spec } = object as Pod;
  return expressions.every(({ scopeName, operator, values = [] }) => {
    switch (scopeName) {
      case "Terminating":
        return (spec?.activeDeadlineSeconds ?? -1) >= 0;
      case "NotTerminating":
        return spec?.activeDeadlineSeconds === undefined;
      case "BestEffort":
        return isBestEffort(object as Pod);
      case "NotBestEffort":
        return !isBestEffort(object as Pod);
      case "CrossNamespacePodAffinity":
        return usesOtherNamespaces(object as Pod);
      case "PriorityClass": {
        const name = spec?.priorityClassName ?? "";
        if (operator === "Exists") return name !== "";
        if (operator === "DoesNotExist") return name === "";
        return operator === "In" ? values.includes(name) : !values.includes(name);
      }
      default:
        return false;
    }
  });
}

/** Looks at Pods of other namespaces to find its place (usesCrossNamespacePodAffinity). */
function usesOtherNamespaces({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  return [podAffinity, podAntiAffinity].some((affinity) =>
    [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => term.podAffinityTerm),
    ].some((term) => (term.namespaces ?? []).length > 0 || term.namespaceSelector !== undefined),
  );
}

function isBestEffort(pod: Pod): boolean {
  return [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].every(
    ({ resources }) =>
      Object.keys(resources?.requests ?? {}).length === 0 && Object.keys(resources?.limits ?? {}).length === 0,
  );
}

/** Storage keys of the resources that a quota's names are about. */
function keysOf(hard: readonly string[]): Set<string> {
  const keys = new Set<string>();
  for (const name of hard) {
    if (name.startsWith("count/")) keys.add(name.slice("count/".length));
    else if (name.includes("storageclass.storage.k8s.io/") || name === "requests.storage")
      keys.add("persistentvolumeclaims");
    else if (name.startsWith("services")) keys.add("services");
    else if (COUNTED.has(name)) keys.add(name);
    else keys.add("pods");
  }
  return keys;
}

/** What of `quota.spec.hard` is in use now. */
export function usedOf(store: Store, quota: ResourceQuota, now: number): Usage {
  const names = Object.keys(quota.spec?.hard ?? {});
  const used: Usage = Object.fromEntries(names.map((name) => [name, "0"]));
  for (const key of keysOf(names))
    for (const object of store.list(key, quota.metadata.namespace)) {
      if (!inScope(quota, key, object)) continue;
      for (const [name, amount] of Object.entries(usageOf(key, object, now)))
        if (used[name] !== undefined) used[name] = addQuantities(used[name], amount);
    }
  return used;
}
