/** The Job controller (pkg/controller/job/job_controller.go). */

import { jobs, pods } from "../../api/resources.ts";
import type { Job, Pod } from "../../api/types.ts";
import { deepEqual } from "../../machinery/clone.ts";
import { selectorMatches } from "../../machinery/label-selector.ts";
import { isStatusError } from "../../machinery/status.ts";
import { parseTime, rfc3339 } from "../../machinery/time.ts";
import { type ControllerContext, type ControllerDefinition, watch } from "../framework/controller.ts";
import { keyOf, splitKey } from "../framework/lister.ts";
import { claim, controllerOf, controllerReference, isControlledBy, unlessGone } from "../framework/owners.ts";
import { isPodFinished, isPodReady, isTerminating, podFromTemplate } from "../framework/pods.ts";
import type { WorkQueue } from "../framework/queue.ts";
import { isNamespaceTerminating } from "../replicaset.ts";
import { failureAnnotations, hasIndexLimit, indexBackoffLeft } from "./indexes.ts";
import {
  backoffLeft,
  conditionOf,
  failureAction,
  formatIndexes,
  INDEX,
  indexOf,
  isFinished,
  isIndexed,
  isPodLost,
  isTracked,
  type JobCondition,
  type JobStatus,
  replacesFailedOnly,
  TRACKING,
} from "./plan.ts";
import { COMPLETED, isComplete, type Verdict, verdictOf, type Work, workOf } from "./verdict.ts";

/** Most Pods created or deleted in one go. */
const BURST = 500;
/** The value of spec.managedBy that means this controller. */
const MANAGER = "kubernetes.io/job-controller";

export const jobController: ControllerDefinition = {
  name: "job-controller",
  create(context) {
    const { lister } = context;
    return {
      watches: [
        watch(jobs, ({ object }, queue) => queue.add(keyOf(object))),
        watch(pods, ({ object, previous }, queue) => {
          for (const pod of [object, previous]) {
            const job = pod === undefined ? undefined : lister.owner(jobs, pod.metadata.namespace, controllerOf(pod));
            if (job !== undefined) queue.add(keyOf(job));
          }
          // Nobody's Pod: whoever selects it may want it.
          if (controllerOf(object) === undefined)
            for (const job of lister.list(jobs, object.metadata.namespace))
              if (selectorMatches(job.spec?.selector, object.metadata.labels ?? {})) queue.add(keyOf(job));
          // The Job is gone: nobody counts the Pod any more.
          const owner = controllerOf(object);
          if (owner?.kind === "Job" && lister.owner(jobs, object.metadata.namespace, owner) === undefined)
            queue.add(`orphan|${keyOf(object)}`);
        }),
      ],
      sync(key, queue) {
        if (!key.startsWith("orphan|")) sync(context, key, queue);
        else untrack(context, lister.find(pods, ...named(key.slice("orphan|".length))));
      },
    };
  },
};

const named = (key: string): [string, string] => {
  const { namespace, name } = splitKey(key);
  return [namespace, name];
};

function sync(context: ControllerContext, key: string, queue: WorkQueue): void {
  const { lister, clock } = context;
  const job = lister.find(jobs, ...named(key));
  // What another controller manages is that controller's alone.
  if (job === undefined || (job.spec?.managedBy ?? MANAGER) !== MANAGER) return;
  if (!isFinished(job))
    claim(
      context,
      jobs,
      job,
      pods,
      lister.list(pods, job.metadata.namespace),
      (pod) => selectorMatches(job.spec?.selector, pod.metadata.labels ?? {}),
      TRACKING,
    );
  const membersNow = () => lister.list(pods, job.metadata.namespace).filter((pod) => isControlledBy(pod, job));
  const members = membersNow();
  if (isFinished(job) || job.metadata.deletionTimestamp !== undefined) {
    for (const pod of members) untrack(context, pod);
    return;
  }
  const now = clock.now();
  const status: JobStatus = { ...job.status, conditions: [...(job.status?.conditions ?? [])] };
  // Everything is counted at once here, so that there is never a Pod in it; upstream shows it all the same.
  status.uncountedTerminatedPods ??= {};
  if (status.startTime === undefined && job.spec?.suspend !== true) status.startTime = rfc3339(now);

  const active = members.filter((pod) => !isPodFinished(pod) && !isTerminating(pod));
  const work = workOf(job, members, active);
  let verdict = verdictOf(job, work, active, status, now);
  let left: readonly Pod[] = active;
  if (verdict !== undefined) left = deletePods(context, job, active, true);
  else if (job.spec?.suspend === true) {
    left = deletePods(context, job, active, false);
    suspend(context, job, status, true, now);
  } else {
    left = manage(context, { job, members, active, work, queue, key, now });
    // Told after its Pods are made, as syncJob does.
    suspend(context, job, status, false, now);
    if (isComplete(job, work.succeeded, left.length)) verdict = COMPLETED;
  }
  count(context, job, members, work, verdict, status);
  const leaving = membersNow().filter((pod) => isTerminating(pod) && !isPodFinished(pod)).length;
  setCount(status, "active", left.length);
  status.ready = left.filter(isPodReady).length;
  status.terminating = leaving;
  if (verdict !== undefined) conclude(context, job, status, verdict, leaving, now);
  write(context, job, status);
  const deadline = job.spec?.activeDeadlineSeconds;
  if (deadline !== undefined && status.startTime !== undefined && verdict === undefined)
    queue.addAfter(
      key,
      parseTime(status.startTime) + deadline * 1000 - now,
      `Job ${job.metadata.name}: active deadline`,
    );
}

function setCount(status: JobStatus, field: "active" | "succeeded" | "failed", count: number): void {
  if (count > 0) status[field] = count;
  else delete status[field];
}

/** Lets go of Pods that have ended, and of all others once the Job ends: those of a Job that fails have failed with it. */
function count(
  context: ControllerContext,
  job: Job,
  members: readonly Pod[],
  work: Work,
  verdict: Verdict | undefined,
  status: JobStatus,
): void {
  let failed = status.failed ?? 0;
  let succeeded = status.succeeded ?? 0;
  for (const pod of members) {
    if (!isTracked(pod)) continue;
    const index = indexOf(pod);
    const isFailed = pod.status?.phase === "Failed" || isPodLost(job, pod);
    if (!isPodFinished(pod) && !isFailed && verdict === undefined) continue;
    // It says how often its index has failed, until its replacement says it.
    if (verdict === undefined && index !== undefined && work.retried.get(index) === pod) continue;
    if (pod.status?.phase === "Succeeded") succeeded++;
    else if (isFailed ? failureAction(job, pod).kind !== "Ignore" : verdict?.type === "Failed") failed++;
    untrack(context, pod);
  }
  if (isIndexed(job)) {
    succeeded = work.succeeded;
    if (work.completed.size > 0) status.completedIndexes = formatIndexes(work.completed);
    if (hasIndexLimit(job)) status.failedIndexes = formatIndexes(work.failedIndexes);
  }
  setCount(status, "succeeded", succeeded);
  setCount(status, "failed", failed);
}

/** First what the Job is going to be; what it is only when its last Pod has gone. */
function conclude(
  { recorder }: ControllerContext,
  job: Job,
  status: JobStatus,
  verdict: Verdict,
  leaving: number,
  now: number,
): void {
  finish(status, verdict.type === "Failed" ? "FailureTarget" : "SuccessCriteriaMet", verdict, now);
  if (leaving > 0) return;
  finish(status, verdict.type, verdict, now);
  if (verdict.type === "Complete") {
    status.completionTime = rfc3339(now);
    recorder.event(job, "Normal", "Completed", "Job completed");
  } else recorder.event(job, "Warning", verdict.reason, verdict.message);
}

function finish(
  status: JobStatus,
  type: string,
  { reason, message }: { readonly reason: string; readonly message: string },
  now: number,
): void {
  if (conditionOf(status, type)?.status === "True") return;
  const time = rfc3339(now);
  const condition: JobCondition = {
    type,
    status: "True",
    lastProbeTime: time,
    lastTransitionTime: time,
    reason,
    message,
  };
  status.conditions = [...(status.conditions ?? []).filter((other) => other.type !== type), condition];
}

function suspend({ recorder }: ControllerContext, job: Job, status: JobStatus, suspended: boolean, now: number): void {
  const current = conditionOf(status, "Suspended");
  if (suspended ? current?.status === "True" : current?.status !== "True") return;
  const time = rfc3339(now);
  const reason = suspended ? "JobSuspended" : "JobResumed";
  const message = suspended ? "Job suspended" : "Job resumed";
  const condition = {
    type: "Suspended",
    status: suspended ? "True" : "False",
    lastProbeTime: time,
    lastTransitionTime: time,
    reason,
    message,
  };
  status.conditions = [...(status.conditions ?? []).filter(({ type }) => type !== "Suspended"), condition];
  if (suspended) delete status.startTime;
  else status.startTime = time;
  recorder.event(job, "Normal", suspended ? "Suspended" : "Resumed", message);
}

interface Managed {
  readonly job: Job;
  readonly members: readonly Pod[];
  readonly active: readonly Pod[];
  readonly work: Work;
  readonly queue: WorkQueue;
  readonly key: string;
  readonly now: number;
}

/** Creates what is missing and deletes what is too much (manageJob). Returns the Pods that are active then. */
function manage(context: ControllerContext, managed: Managed): Pod[] {
  const { job, members, active, work, queue, key, now } = managed;
  const parallelism = job.spec?.parallelism ?? 1;
  const { completions } = job.spec ?? {};
  const wanted =
    completions === undefined
      ? work.succeeded > 0
        ? active.length
        : parallelism
      : Math.min(parallelism, Math.max(0, completions - work.succeeded));
  if (active.length > wanted) {
    const surplus = [...active].sort((a, b) => Number(isPodReady(a)) - Number(isPodReady(b)));
    const gone = new Set(surplus.slice(0, Math.min(BURST, active.length - wanted)));
    deletePods(context, job, [...gone], false);
    return active.filter((pod) => !gone.has(pod));
  }
  // Pods on their way out are replaced when they are gone where the policy says so.
  const leaving = replacesFailedOnly(job)
    ? members.filter((pod) => isTerminating(pod) && !isPodFinished(pod)).length
    : 0;
  const missing = Math.min(BURST, wanted - active.length - leaving);
  if (missing <= 0) return [...active];
  const later = (wait: number) => queue.addAfter(key, wait, `Job ${job.metadata.name} replaces a failed Pod`);
  let indexes: readonly (number | undefined)[] = isIndexed(job)
    ? freeIndexes(job, active, work, missing)
    : Array.from({ length: missing }, () => undefined);
  if (hasIndexLimit(job)) {
    // Every index waits for itself.
    const waits = indexes.map((index) => {
      const failed = work.retried.get(index ?? -1);
      return failed === undefined ? 0 : indexBackoffLeft(failed, now);
    });
    const soonest = Math.min(...waits.filter((wait) => wait > 0));
    if (Number.isFinite(soonest)) later(soonest);
    indexes = indexes.filter((_, at) => waits[at] === 0);
  } else {
    const wait = backoffLeft(members, now);
    if (wait > 0) {
      later(wait);
      return [...active];
    }
  }
  const created: Pod[] = [];
  for (const index of indexes) {
    const pod = createPod(context, job, index, failureAnnotations(job, work.retried.get(index ?? -1)));
    if (pod !== undefined) created.push(pod);
  }
  return [...active, ...created];
}

function freeIndexes(job: Job, active: readonly Pod[], work: Work, count: number): number[] {
  const taken = new Set([...work.completed, ...work.failedIndexes]);
  for (const pod of active) {
    const index = indexOf(pod);
    if (index !== undefined) taken.add(index);
  }
  const free: number[] = [];
  for (let index = 0; index < (job.spec?.completions ?? 0) && free.length < count; index++)
    if (!taken.has(index)) free.push(index);
  return free;
}

function createPod(
  { client, recorder }: ControllerContext,
  job: Job,
  index: number | undefined,
  annotations: Readonly<Record<string, string>>,
): Pod | undefined {
  const name = job.metadata.name ?? "";
  const uid = job.metadata.uid ?? "";
  const pod = podFromTemplate(job.spec?.template ?? {}, name, controllerReference(jobs, job));
  pod.metadata.namespace = job.metadata.namespace ?? "";
  pod.metadata.labels = {
    ...pod.metadata.labels,
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
  pod.metadata.finalizers = [...(pod.metadata.finalizers ?? []), TRACKING];
  if (index !== undefined && pod.spec !== undefined) {
    pod.metadata.generateName = `${name}-${index}-`;
    pod.metadata.annotations = { ...pod.metadata.annotations, [INDEX]: String(index), ...annotations };
    pod.metadata.labels = { ...pod.metadata.labels, [INDEX]: String(index) };
    pod.spec.hostname = `${name}-${index}`;
    const variable = {
      name: "JOB_COMPLETION_INDEX",
      valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX}']` } },
    };
    for (const container of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])])
      if (!container.env?.some((env) => env.name === variable.name))
        container.env = [...(container.env ?? []), variable];
  }
  try {
    const created = client.create(pods, pod);
    recorder.event(job, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata.name}`);
    return created;
  } catch (error) {
    if (isNamespaceTerminating(error)) return undefined;
    if (isStatusError(error)) recorder.event(job, "Warning", "FailedCreate", `Error creating: ${error.message}`);
    throw error;
  }
}

/** Deletes Pods. `counted`: they are still counted (the Job ends); else nobody counts them. Returns what is left: none. */
function deletePods(context: ControllerContext, job: Job, members: readonly Pod[], counted: boolean): Pod[] {
  for (const pod of members) {
    if (!counted) untrack(context, pod);
    unlessGone(() => context.client.delete(pods, pod.metadata.namespace, pod.metadata.name ?? ""));
    context.recorder.event(job, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
  }
  return [];
}

/** The Pod was counted: it may go. */
function untrack({ client }: ControllerContext, pod: Pod | undefined): void {
  if (!pod?.metadata.finalizers?.includes(TRACKING)) return;
  unlessGone(() =>
    client.modify(pods, pod.metadata.namespace, pod.metadata.name ?? "", (next) => {
      next.metadata.finalizers = (next.metadata.finalizers ?? []).filter((finalizer) => finalizer !== TRACKING);
    }),
  );
}

function write({ client }: ControllerContext, job: Job, status: JobStatus): void {
  if (status.conditions?.length === 0) delete status.conditions;
  if (deepEqual(job.status ?? {}, status)) return;
  unlessGone(() =>
    client.modify(
      jobs,
      job.metadata.namespace,
      job.metadata.name ?? "",
      (next) => {
        next.status = status;
      },
      "status",
    ),
  );
}
