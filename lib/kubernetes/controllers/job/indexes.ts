/** Indexed Jobs: limits of each index and when enough have succeeded (pkg/controller/job/{indexed_job_utils,backoff_utils,success_policy}.go). Pure. */
import type { Job, Pod } from "../../api/types.ts";
import { failureAction, finishedAt, indexOf, isIndexed, isPodLost, parseIndexes } from "./plan.ts";

const FAILURES = "batch.kubernetes.io/job-index-failure-count";
const IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count";
const BACKOFF_MS = 10_000;
const MAX_BACKOFF_MS = 600_000;

export const hasIndexLimit = (job: Job) => isIndexed(job) && job.spec?.backoffLimitPerIndex !== undefined;

const count = (pod: Pod, annotation: string) => Number(pod.metadata.annotations?.[annotation] ?? 0) || 0;
const failuresOf = (pod: Pod) => count(pod, FAILURES);

/** No further Pod is made for the index of this one. */
function failsIndex(job: Job, pod: Pod): boolean {
  if (pod.status?.phase !== "Failed" && !isPodLost(job, pod)) return false;
  const { kind } = failureAction(job, pod);
  if (kind === "FailIndex") return true;
  return kind === "Count" && failuresOf(pod) >= (job.spec?.backoffLimitPerIndex ?? 0);
}

/** Indexes that have failed for good, those of before included. */
export function failedIndexes(job: Job, pods: readonly Pod[]): Set<number> {
  const failed = parseIndexes(job.status?.failedIndexes);
  for (const pod of pods) {
    const index = indexOf(pod);
    if (index !== undefined && index < (job.spec?.completions ?? 0) && failsIndex(job, pod)) failed.add(index);
  }
  return failed;
}

/** The last failed Pod of each index that is to be tried again: it is kept until its replacement is there. */
export function lastFailed(
  job: Job,
  tracked: readonly Pod[],
  over: ReadonlySet<number>,
  active: readonly Pod[],
): Map<number, Pod> {
  const running = new Set(active.map(indexOf));
  const last = new Map<number, Pod>();
  for (const pod of tracked) {
    const index = indexOf(pod);
    if (index === undefined || over.has(index) || running.has(index)) continue;
    if (pod.status?.phase !== "Failed" && !isPodLost(job, pod)) continue;
    const known = last.get(index);
    if (known === undefined || attempts(pod) > attempts(known)) last.set(index, pod);
  }
  return last;
}

const attempts = (pod: Pod) => failuresOf(pod) + count(pod, IGNORED);

/** ms until the index of a failed Pod is tried again. */
export function indexBackoffLeft(pod: Pod, now: number): number {
  return Math.max(0, finishedAt(pod) + Math.min(BACKOFF_MS * 2 ** attempts(pod), MAX_BACKOFF_MS) - now);
}

/** What the replacement of a Pod carries: how often its index has failed. */
export function failureAnnotations(job: Job, replaced: Pod | undefined): Record<string, string> {
  if (!hasIndexLimit(job)) return {};
  if (replaced === undefined) return { [FAILURES]: "0" };
  const ignored = failureAction(job, replaced).kind === "Ignore";
  const counts = {
    [FAILURES]: failuresOf(replaced) + (ignored ? 0 : 1),
    [IGNORED]: count(replaced, IGNORED) + (ignored ? 1 : 0),
  };
  return {
    [FAILURES]: String(counts[FAILURES]),
    ...(counts[IGNORED] ? { [IGNORED]: String(counts[IGNORED]) } : {}),
  };
}

/** `Matched rules at index 0`: which rule of the success policy is met. */
export function metSuccessPolicy(job: Job, succeeded: ReadonlySet<number>): string | undefined {
  for (const [at, { succeededIndexes, succeededCount }] of (job.spec?.successPolicy?.rules ?? []).entries()) {
    const wanted = succeededIndexes === undefined ? undefined : parseIndexes(succeededIndexes);
    const found = wanted === undefined ? succeeded.size : [...wanted].filter((index) => succeeded.has(index)).length;
    const enough = succeededCount ?? wanted?.size ?? Number.POSITIVE_INFINITY;
    if (found >= enough) return `Matched rules at index ${at}`;
  }
  return undefined;
}
