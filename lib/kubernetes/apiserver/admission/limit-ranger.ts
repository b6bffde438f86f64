/** Defaults and bounds of resources per namespace (plugin/pkg/admission/limitranger). */
import { addQuantities, compareQuantities, quantityMillis, quantityUnits } from "../../../encoding/index.ts";
import type { Container, LimitRange, PersistentVolumeClaim, Pod } from "../../api/types.ts";
import { forbidden } from "../../machinery/status.ts";
import { type AdmissionPlugin, admissionName } from "../request.ts";
import type { AdmissionDependencies } from "./index.ts";

type Amounts = Record<string, string>;
type Limit = NonNullable<LimitRange["spec"]>["limits"][number];

const ANNOTATION = "kubernetes.io/limit-ranger";

export function limitRanger({ store }: AdmissionDependencies): AdmissionPlugin {
  const ranges = (namespace: string | undefined) => store.list("limitranges", namespace) as LimitRange[];
  return {
    name: "LimitRanger",
    admit({ operation, served, subresource, object, namespace }) {
      if (operation !== "CREATE" || served.key !== "pods" || subresource !== undefined) return;
      for (const range of ranges(namespace)) applyDefaults(object as Pod, range);
    },
    validate(attributes) {
      const { operation, served, subresource, object, namespace } = attributes;
      // Resources of a Pod cannot change in an ordinary update.
      const resize = served.key === "pods" && subresource === "resize";
      if ((subresource !== undefined && !resize) || object === undefined) return;
      if (operation !== "CREATE" && (operation !== "UPDATE" || (served.key === "pods" && !resize))) return;
      const problems: string[] = [];
      for (const range of ranges(namespace))
        for (const limit of range.spec?.limits ?? []) {
          if (served.key === "pods") problems.push(...podProblems(object as Pod, limit));
          else if (served.key === "persistentvolumeclaims")
            problems.push(...claimProblems(object as PersistentVolumeClaim, limit));
        }
      if (problems.length === 0) return;
      const distinct = [...new Set(problems)];
      const message = distinct.length === 1 ? (distinct[0] ?? "") : `[${distinct.join(", ")}]`;
      throw forbidden(served.groupResource, admissionName(attributes), message);
    },
  };
}

function applyDefaults(pod: Pod, range: LimitRange): void {
  const requests: Amounts = {};
  const limits: Amounts = {};
  for (const limit of range.spec?.limits ?? []) {
    if (limit.type !== "Container") continue;
    Object.assign(requests, limit.defaultRequest);
    Object.assign(limits, limit.default);
  }
  const set: string[] = [];
  const fill = (container: Container, kind: string) => {
    const added = (["requests", "limits"] as const).map((side) => {
      const defaults = side === "requests" ? requests : limits;
      const own = (container.resources?.[side] ?? {}) as Amounts;
      const missing = Object.keys(defaults)
        .filter((name) => own[name] === undefined)
        .sort();
      if (missing.length === 0) return undefined;
      container.resources ??= {};
      container.resources[side] = {
        ...own,
        ...Object.fromEntries(missing.map((name) => [name, defaults[name] ?? "0"])),
      };
      return `${missing.join(", ")} ${side === "requests" ? "request" : "limit"} for ${kind} ${container.name}`;
    });
    for (const text of added) if (text !== undefined) set.push(text);
  };
  for (const container of pod.spec?.containers ?? []) fill(container, "container");
  for (const container of pod.spec?.initContainers ?? []) fill(container, "init container");
  if (set.length > 0)
    pod.metadata.annotations = {
      ...pod.metadata.annotations,
      [ANNOTATION]: `LimitRanger plugin set: ${set.join("; ")}`,
    };
}

function podProblems(pod: Pod, limit: Limit): string[] {
  if (limit.type === "Container")
    return [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].flatMap((container) =>
      problemsOf(
        "Container",
        (container.resources?.requests ?? {}) as Amounts,
        (container.resources?.limits ?? {}) as Amounts,
        limit,
      ),
    );
  if (limit.type !== "Pod") return [];
  const total = (side: "requests" | "limits") => podTotal(pod, side);
  return problemsOf("Pod", total("requests"), total("limits"), limit);
}

/** The sum of the containers, or the largest init container where that is more. */
export function podTotal(pod: Pod, side: "requests" | "limits"): Amounts {
  const total: Amounts = {};
  const take = (container: Container, combine: (a: string, b: string) => string) => {
    for (const [name, amount] of Object.entries((container.resources?.[side] ?? {}) as Amounts))
      total[name] = total[name] === undefined ? amount : combine(total[name], amount);
  };
  const largest = (a: string, b: string) => (compareQuantities(a, b) >= 0 ? a : b);
  for (const container of pod.spec?.containers ?? []) take(container, addQuantities);
  for (const container of pod.spec?.initContainers ?? [])
    take(container, container.restartPolicy === "Always" ? addQuantities : largest);
  return total;
}

function problemsOf(type: string, requests: Amounts, limits: Amounts, limit: Limit): string[] {
  const problems: string[] = [];
  const usage = `per ${type}`;
  for (const [name, bound] of sorted(limit.min)) {
    const request = requests[name];
    if (request === undefined) problems.push(`minimum ${name} usage ${usage} is ${bound}.  No request is specified`);
    else if (compareQuantities(request, bound) < 0)
      problems.push(`minimum ${name} usage ${usage} is ${bound}, but request is ${request}`);
    const most = limits[name];
    // One complaint a bound: the first that applies.
    if (
      request !== undefined &&
      compareQuantities(request, bound) >= 0 &&
      most !== undefined &&
      compareQuantities(most, bound) < 0
    )
      problems.push(`minimum ${name} usage ${usage} is ${bound}, but limit is ${most}`);
  }
  for (const [name, bound] of sorted(limit.max)) {
    const most = limits[name];
    if (most === undefined) problems.push(`maximum ${name} usage ${usage} is ${bound}.  No limit is specified`);
    else if (compareQuantities(most, bound) > 0)
      problems.push(`maximum ${name} usage ${usage} is ${bound}, but limit is ${most}`);
    const request = requests[name];
    const limitFits = most !== undefined && compareQuantities(most, bound) <= 0;
    if (limitFits && request !== undefined && compareQuantities(request, bound) > 0)
      problems.push(`maximum ${name} usage ${usage} is ${bound}, but request is ${request}`);
  }
  for (const [name, ratio] of sorted(limit.maxLimitRequestRatio)) {
    const request = requests[name];
    const most = limits[name];
    if (request === undefined)
      problems.push(
        `${name} max limit to request ratio ${usage} is ${ratio}, but no request is specified or request is 0`,
      );
    else if (most === undefined)
      problems.push(`${name} max limit to request ratio ${usage} is ${ratio}, but no limit is specified or limit is 0`);
    else if (quantityMillis(most) / quantityMillis(request) > quantityUnits(ratio))
      problems.push(
        `${name} max limit to request ratio ${usage} is ${ratio}, but provided ratio is ${(quantityMillis(most) / quantityMillis(request)).toFixed(6)}`,
      );
  }
  return problems;
}

function claimProblems(claim: PersistentVolumeClaim, limit: Limit): string[] {
  if (limit.type !== "PersistentVolumeClaim") return [];
  const requests = (claim.spec?.resources?.requests ?? {}) as Amounts;
  const problems: string[] = [];
  for (const [name, bound] of sorted(limit.min)) {
    const request = requests[name];
    if (request === undefined)
      problems.push(`minimum ${name} usage per PersistentVolumeClaim is ${bound}.  No request is specified`);
    else if (compareQuantities(request, bound) < 0)
      problems.push(`minimum ${name} usage per PersistentVolumeClaim is ${bound}, but request is ${request}`);
  }
  for (const [name, bound] of sorted(limit.max)) {
    const request = requests[name];
    if (request === undefined)
      problems.push(`maximum ${name} usage per PersistentVolumeClaim is ${bound}.  No request is specified`);
    else if (compareQuantities(request, bound) > 0)
      problems.push(`maximum ${name} usage per PersistentVolumeClaim is ${bound}, but request is ${request}`);
  }
  return problems;
}

const sorted = (amounts: { [name: string]: string } | undefined) =>
  Object.entries(amounts ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
