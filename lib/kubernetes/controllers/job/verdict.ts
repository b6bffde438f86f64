/** How far a Job is, and whether and how it ends (syncJob in pkg/controller/job/job_controller.go). Pure. */
import type { Job, Pod } from "../../api/types.ts";
import { parseTime } from "../../machinery/time.ts";
import { failedIndexes, hasIndexLimit, lastFailed, metSuccessPolicy } from "./indexes.ts";
import {
  conditionOf,
  failureAction,
  indexOf,
  isIndexed,
  isPodLost,
  isTracked,
  type JobStatus,
  parseIndexes,
  restartsPastLimit,
} from "./plan.ts";

/** Everything that has succeeded and failed, what is still to be counted included. */
export interface Work {
  readonly succeeded: number;
  readonly failed: number;
  readonly completed: ReadonlySet<number>;
  readonly failedIndexes: ReadonlySet<number>;
  /** The last failed Pod of each index that is to be tried again. */
  readonly retried: ReadonlyMap<number, Pod>;
  /** Why a rule of the failure policy fails the Job. */
  readonly failJob: string | undefined;
}

export interface Verdict {
  readonly type: "Complete" | "Failed";
  readonly reason: string;
  readonly message: string;
}

const failure = (reason: string, message: string): Verdict => ({ type: "Failed", reason, message });

export const COMPLETED: Verdict = {
  type: "Complete",
  reason: "CompletionsReached",
  message: "Reached expected number of succeeded pods",
};

export function workOf(job: Job, members: readonly Pod[], active: readonly Pod[]): Work {
  const tracked = members.filter(isTracked);
  const completed = parseIndexes(job.status?.completedIndexes);
  let succeeded = job.status?.succeeded ?? 0;
  let failed = job.status?.failed ?? 0;
  let failJob: string | undefined;
  for (const pod of tracked) {
    if (pod.status?.phase === "Succeeded") {
      const index = indexOf(pod);
      if (!isIndexed(job)) succeeded++;
      else if (index !== undefined && index < (job.spec?.completions ?? 0)) completed.add(index);
    } else if (pod.status?.phase === "Failed" || isPodLost(job, pod)) {
      const action = failureAction(job, pod);
      if (action.kind === "FailJob") failJob ??= action.message;
      if (action.kind !== "Ignore") failed++;
    }
  }
  if (isIndexed(job)) succeeded = completed.size;
  const limited = hasIndexLimit(job);
  const over = limited ? failedIndexes(job, tracked) : new Set<number>();
  return {
    succeeded,
    failed,
    completed,
    failedIndexes: over,
    retried: limited ? lastFailed(job, tracked, new Set([...completed, ...over]), active) : new Map(),
    failJob,
  };
}

/** What is known to end the Job before Pods are made; undefined where it goes on. */
export function verdictOf(
  job: Job,
  work: Work,
  active: readonly Pod[],
  status: JobStatus,
  now: number,
): Verdict | undefined {
  for (const [interim, type] of [
    ["SuccessCriteriaMet", "Complete"],
    ["FailureTarget", "Failed"],
  ] as const) {
    const condition = conditionOf(status, interim);
    if (condition?.status === "True") return { type, reason: condition.reason ?? "", message: condition.message ?? "" };
  }
  const { spec } = job;
  if (work.failJob !== undefined) return failure("PodFailurePolicy", work.failJob);
  if (work.failed > (spec?.backoffLimit ?? 6) || restartsPastLimit(job, active))
    return failure("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  const started = parseTime(status.startTime);
  if (
    spec?.activeDeadlineSeconds !== undefined &&
    spec.suspend !== true &&
    now - started >= spec.activeDeadlineSeconds * 1000
  )
    return failure("DeadlineExceeded", "Job was active longer than specified deadline");
  if (!isIndexed(job)) return undefined;
  const { size } = work.failedIndexes;
  if (hasIndexLimit(job)) {
    if (spec?.maxFailedIndexes !== undefined && size > spec.maxFailedIndexes)
      return failure("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
    if (size > 0 && size + work.succeeded >= (spec?.completions ?? 0))
      return failure("FailedIndexes", "Job has failed indexes");
  }
  const met = metSuccessPolicy(job, work.completed);
  return met === undefined ? undefined : { type: "Complete", reason: "SuccessPolicy", message: met };
}

export function isComplete(job: Job, succeeded: number, active: number): boolean {
  const completions = job.spec?.completions;
  return active === 0 && (completions === undefined ? succeeded > 0 : succeeded >= completions);
}
