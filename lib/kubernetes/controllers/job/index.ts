/** The Job controller (pkg/controller/job/job_controller.go). */
import { jobs, pods } from "../../api/resources.ts";
import type { Job, Pod } from "../../api/types.ts";
import { deepEqual } from "../../machinery/clone.ts";
import { isStatusError } from "../../machinery/status.ts";
import { parseTime, rfc3339 } from "../../machinery/time.ts";
import { type ControllerContext, type ControllerDefinition, watch } from "../framework/controller.ts";
import { keyOf, splitKey } from "../framework/lister.ts";
import { controllerOf, controllerReference, isControlledBy, unlessGone } from "../framework/owners.ts";
import { isPodFinished, isPodReady, isTerminating, podFromTemplate } from "../framework/pods.ts";
import type { WorkQueue } from "../framework/queue.ts";
import { isNamespaceTerminating } from "../replicaset.ts";
import {
  backoffLeft,
  conditionOf,
  failureAction,
  formatIndexes,
  INDEX,
  indexOf,
  isFinished,
  isIndexed,
  type JobCondition,
  type JobStatus,
  parseIndexes,
  restartsPastLimit,
  TRACKING,
} from "./plan.ts";

/** Most Pods created or deleted in one go. */
const BURST = 500;

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
  const { lister, clock, recorder } = context;
  const job = lister.find(jobs, ...named(key));
  if (job === undefined) {
    return;
  }
  const members = lister.list(pods, job.metadata.namespace).filter((pod) => isControlledBy(pod, job));
  if (isFinished(job) || job.metadata.deletionTimestamp !== undefined) {
    for (const pod of members) untrack(context, pod);
    return;
  }
  const unsupported = ["backoffLimitPerIndex", "successPolicy"].find((field) => field in (job.spec ?? {}));
  if (unsupported !== undefined) {
    recorder.event(
      job,
      "Warning",
      "Unsupported",
      `spec.${unsupported} is not supported by this cluster's Job controller`,
    );
    return;
  }
  const now = clock.now();
  const status: JobStatus = { ...job.status, conditions: [...(job.status?.conditions ?? [])] };
  // Everything is counted at once here, so that there is never a Pod in it; upstream shows it all the same.
  status.uncountedTerminatedPods ??= {};
  if (status.startTime === undefined && job.spec?.suspend !== true) status.startTime = rfc3339(now);
  const failJob = countFinished(context, job, members, status);
  const active = members.filter((pod) => !isPodFinished(pod) && !isTerminating(pod));
  const failure = failJob ?? failureOf(job, active, status, now);
  const completions = job.spec?.completions;
  const isDone =
    completions === undefined
      ? (status.succeeded ?? 0) > 0 && active.length === 0
      : (status.succeeded ?? 0) >= completions;

  let left = active;
  if (failure !== undefined) {
    left = deletePods(context, job, active);
    finish(status, "FailureTarget", failure, now);
    finish(status, "Failed", failure, now);
    recorder.event(job, "Warning", failure.reason, failure.message);
  } else if (isDone) {
    left = deletePods(context, job, active);
    const done = { reason: "CompletionsReached", message: "Reached expected number of succeeded pods" };
    finish(status, "SuccessCriteriaMet", done, now);
    finish(status, "Complete", done, now);
    status.completionTime = rfc3339(now);
    recorder.event(job, "Normal", "Completed", "Job completed");
  } else if (job.spec?.suspend === true) {
    left = deletePods(context, job, active);
    suspend(context, job, status, true, now);
  } else {
    left = manage(context, job, members, active, status, queue, key, now);
    // Told after its Pods are made, as syncJob does.
    suspend(context, job, status, false, now);
  }
  setCount(status, "active", left.length);
  status.ready = left.filter(isPodReady).length;
  status.terminating = members.filter((pod) => isTerminating(pod) && !isPodFinished(pod)).length;
  write(context, job, status);
  const deadline = job.spec?.activeDeadlineSeconds;
  if (deadline !== undefined && status.startTime !== undefined && failure === undefined && !isDone)
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

/** Counts Pods that have ended and lets go of them. Returns why the Job fails where a rule says so. */
function countFinished(
  context: ControllerContext,
  job: Job,
  members: readonly Pod[],
  status: JobStatus,
): { readonly reason: string; readonly message: string } | undefined {
  let succeeded = status.succeeded ?? 0;
  let failed = status.failed ?? 0;
  let failJob: { readonly reason: string; readonly message: string } | undefined;
  const completed = parseIndexes(status.completedIndexes);
  for (const pod of members) {
    // A Pod deleted before it ended has failed, once it is gone.
    const isLost = isTerminating(pod) && !isPodFinished(pod) && !pod.spec?.nodeName;
    if (!pod.metadata.finalizers?.includes(TRACKING) || !(isPodFinished(pod) || isLost)) continue;
    const index = indexOf(pod);
    if (pod.status?.phase === "Succeeded") {
      if (!isIndexed(job)) succeeded++;
      else if (index !== undefined) completed.add(index);
    } else {
      const action = failureAction(job, pod);
      if (action.kind !== "Ignore") failed++;
      if (action.kind === "FailJob") failJob ??= { reason: "PodFailurePolicy", message: action.message };
    }
    untrack(context, pod);
  }
  if (isIndexed(job)) {
    succeeded = completed.size;
    if (completed.size > 0) status.completedIndexes = formatIndexes(completed);
  }
  setCount(status, "succeeded", succeeded);
  setCount(status, "failed", failed);
  return failJob;
}

function failureOf(job: Job, active: readonly Pod[], status: JobStatus, now: number) {
  if ((status.failed ?? 0) > (job.spec?.backoffLimit ?? 6) || restartsPastLimit(job, active))
    return { reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
  const deadline = job.spec?.activeDeadlineSeconds;
  const started = parseTime(status.startTime);
  if (deadline !== undefined && job.spec?.suspend !== true && now - started >= deadline * 1000)
    return { reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" };
  return undefined;
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

/** Creates what is missing and deletes what is too much (manageJob). Returns the Pods that are active then. */
function manage(
  context: ControllerContext,
  job: Job,
  members: readonly Pod[],
  active: readonly Pod[],
  status: JobStatus,
  queue: WorkQueue,
  key: string,
  now: number,
): Pod[] {
  const parallelism = job.spec?.parallelism ?? 1;
  const { completions } = job.spec ?? {};
  const succeeded = status.succeeded ?? 0;
  const wanted =
    completions === undefined
      ? succeeded > 0
        ? active.length
        : parallelism
      : Math.min(parallelism, Math.max(0, completions - succeeded));
  if (active.length > wanted) {
    const surplus = [...active].sort((a, b) => Number(isPodReady(a)) - Number(isPodReady(b)));
    const gone = new Set(surplus.slice(0, Math.min(BURST, active.length - wanted)));
    deletePods(context, job, [...gone]);
    return active.filter((pod) => !gone.has(pod));
  }
  // Pods on their way out are replaced when they are gone where the policy says so.
  const leaving =
    job.spec?.podReplacementPolicy === "Failed"
      ? members.filter((pod) => isTerminating(pod) && !isPodFinished(pod)).length
      : 0;
  const missing = Math.min(BURST, wanted - active.length - leaving);
  if (missing <= 0) return [...active];
  const wait = backoffLeft(members, now);
  if (wait > 0) {
    queue.addAfter(key, wait, `Job ${job.metadata.name} replaces a failed Pod`);
    return [...active];
  }
  const created: Pod[] = [];
  for (const index of isIndexed(job)
    ? freeIndexes(job, active, status, missing)
    : Array.from({ length: missing }, () => undefined)) {
    const pod = createPod(context, job, index);
    if (pod !== undefined) created.push(pod);
  }
  return [...active, ...created];
}

function freeIndexes(job: Job, active: readonly Pod[], status: JobStatus, count: number): number[] {
  const taken = parseIndexes(status.completedIndexes);
  for (const pod of active) {
    const index = indexOf(pod);
    if (index !== undefined) taken.add(index);
  }
  const free: number[] = [];
  for (let index = 0; index < (job.spec?.completions ?? 0) && free.length < count; index++)
    if (!taken.has(index)) free.push(index);
  return free;
}

function createPod({ client, recorder }: ControllerContext, job: Job, index: number | undefined): Pod | undefined {
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
    pod.metadata.annotations = { ...pod.metadata.annotations, [INDEX]: String(index) };
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

/** Deletes Pods. Returns those that are left: none. */
function deletePods(context: ControllerContext, job: Job, members: readonly Pod[]): Pod[] {
  for (const pod of members) {
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
