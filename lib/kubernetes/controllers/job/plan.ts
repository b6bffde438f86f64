/** What a Job needs next: counts, indexes, failure rules (pkg/controller/job/{job_controller,indexed_job_utils,pod_failure_policy}.go). Pure. */
import type { Job, Pod } from "../../api/types.ts";
import { parseTime } from "../../machinery/time.ts";

export const TRACKING = "batch.kubernetes.io/job-tracking";
export const INDEX = "batch.kubernetes.io/job-completion-index";
/** Back-off before a failed Pod is replaced: 10 s, doubled by each failure, at most 10 minutes. */
const BACKOFF_MS = 10_000;
const MAX_BACKOFF_MS = 600_000;

export type JobStatus = NonNullable<Job["status"]>;
export type JobCondition = NonNullable<JobStatus["conditions"]>[number];

/** Its end is still to be counted. */
export const isTracked = (pod: Pod) => pod.metadata.finalizers?.includes(TRACKING) === true;
export const isIndexed = (job: Job) => job.spec?.completionMode === "Indexed";
export const conditionOf = (status: JobStatus | undefined, type: string) =>
  status?.conditions?.find((condition) => condition.type === type);
export const isFinished = (job: Job) =>
  ["Complete", "Failed"].some((type) => conditionOf(job.status, type)?.status === "True");

/** Numbers of "0-2,5". */
export function parseIndexes(text: string | undefined): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? "").split(",")) {
    if (part === "") continue;
    const [first = 0, last = first] = part.split("-").map(Number);
    for (let index = first; index <= last; index++) indexes.add(index);
  }
  return indexes;
}

/** "0-2,5" of numbers; two in a row are written apart, as upstream does. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length; ) {
    let end = at;
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end++;
    if (end > at + 1) parts.push(`${sorted[at]}-${sorted[end]}`);
    else for (let each = at; each <= end; each++) parts.push(String(sorted[each]));
    at = end + 1;
  }
  return parts.join(",");
}

/** Only Pods that have failed are replaced; otherwise those that are being deleted count as failed already. */
export const replacesFailedOnly = (job: Job) =>
  job.spec?.podReplacementPolicy === "Failed" || job.spec?.podFailurePolicy !== undefined;

/** Being deleted before it ended: failed, where that is enough (isPodFailed). */
export const isPodLost = (job: Job, pod: Pod) =>
  pod.metadata.deletionTimestamp !== undefined && pod.status?.phase !== "Succeeded" && !replacesFailedOnly(job);

export function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[INDEX];
  return text === undefined ? undefined : Number(text);
}

/** When a Pod ended, ms. */
export function finishedAt(pod: Pod): number {
  const ends = (pod.status?.containerStatuses ?? []).map(({ state }) => parseTime(state?.terminated?.finishedAt));
  return Math.max(...ends.filter((end) => !Number.isNaN(end)), parseTime(pod.metadata.creationTimestamp) || 0);
}

/** ms until a failed Pod may be replaced; 0 where nothing failed since the last success. */
export function backoffLeft(pods: readonly Pod[], now: number): number {
  const failed = pods
    .filter((pod) => pod.status?.phase === "Failed")
    .map(finishedAt)
    .sort((a, b) => a - b);
  const succeeded = Math.max(0, ...pods.filter((pod) => pod.status?.phase === "Succeeded").map(finishedAt));
  const since = failed.filter((at) => at > succeeded);
  const last = since.at(-1);
  if (last === undefined) return 0;
  return Math.max(0, last + Math.min(BACKOFF_MS * 2 ** (since.length - 1), MAX_BACKOFF_MS) - now);
}

/** Restarts of containers count against the limit where the kubelet restarts them itself. */
export function restartsPastLimit(job: Job, pods: readonly Pod[]): boolean {
  if (job.spec?.template.spec?.restartPolicy !== "OnFailure") return false;
  let restarts = 0;
  for (const pod of pods) {
    if (pod.status?.phase !== "Running" && pod.status?.phase !== "Pending") continue;
    for (const { restartCount } of [
      ...(pod.status.initContainerStatuses ?? []),
      ...(pod.status.containerStatuses ?? []),
    ])
      restarts += restartCount;
  }
  const limit = job.spec.backoffLimit ?? 6;
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

type FailureAction =
  | { readonly kind: "Count" | "Ignore" | "FailIndex" }
  | { readonly kind: "FailJob"; readonly message: string };

/** The first rule of the failure policy that the Pod matches decides. */
export function failureAction(job: Job, pod: Pod): FailureAction {
  const { namespace, name } = pod.metadata;
  for (const [index, rule] of (job.spec?.podFailurePolicy?.rules ?? []).entries()) {
    const matched =
      rule.onExitCodes !== undefined
        ? matchExitCodes(rule.onExitCodes, pod)
        : matchConditions(rule.onPodConditions, pod);
    if (matched === undefined) continue;
    if (rule.action === "FailJob")
      return {
        kind: "FailJob",
        message: `${matched.replace("{pod}", `pod ${namespace}/${name}`)} matching FailJob rule at index ${index}`,
      };
    if (rule.action === "FailIndex" && job.spec?.backoffLimitPerIndex !== undefined) return { kind: "FailIndex" };
    return { kind: rule.action === "Ignore" ? "Ignore" : "Count" };
  }
  return { kind: "Count" };
}

type Rule = NonNullable<NonNullable<NonNullable<Job["spec"]>["podFailurePolicy"]>["rules"]>[number];

function matchExitCodes(rule: NonNullable<Rule["onExitCodes"]>, pod: Pod): string | undefined {
  for (const { name, state } of [
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.initContainerStatuses ?? []),
  ]) {
    const code = state?.terminated?.exitCode;
    if (code === undefined || code === 0 || (rule.containerName !== undefined && rule.containerName !== name)) continue;
    if (rule.values.includes(code) === (rule.operator === "In"))
      return `Container ${name} for {pod} failed with exit code ${code}`;
  }
  return undefined;
}

function matchConditions(rules: Rule["onPodConditions"], pod: Pod): string | undefined {
  for (const { type, status = "True" } of rules ?? [])
    if (pod.status?.conditions?.some((condition) => condition.type === type && condition.status === status))
      return `{pod} has condition ${type}`.replace("{pod}", "Pod {pod}").replace("Pod pod", "Pod");
  return undefined;
}
