/** Creates Jobs on a schedule (pkg/controller/cronjob/cronjob_controllerv2.go). */
import { Cron } from "croner";
import { cronJobs, jobs } from "../api/resources.ts";
import type { CronJob, Job } from "../api/types.ts";
import { clone, deepEqual } from "../machinery/clone.ts";
import { isStatusError } from "../machinery/status.ts";
import { parseTime, rfc3339 } from "../machinery/time.ts";
import { type ControllerContext, type ControllerDefinition, watch } from "./framework/controller.ts";
import { keyOf, splitKey } from "./framework/lister.ts";
import { controllerOf, controllerReference, isControlledBy, unlessGone } from "./framework/owners.ts";
import type { WorkQueue } from "./framework/queue.ts";
import { isFinished } from "./job/plan.ts";

const SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp";
/** More missed starts than this are too many to look at one by one. */
const TOO_MANY = 100;

export const cronJobController: ControllerDefinition = {
  name: "cronjob-controller",
  create(context) {
    return {
      watches: [
        watch(cronJobs, ({ object }, queue) => queue.add(keyOf(object))),
        watch(jobs, ({ object }, queue) => {
          const owner = context.lister.owner(cronJobs, object.metadata.namespace, controllerOf(object));
          if (owner !== undefined) queue.add(keyOf(owner));
        }),
      ],
      sync: (key, queue) => sync(context, key, queue),
    };
  },
};

/** Start times of a schedule. `@every 5m` counts from the object's creation. */
interface Schedule {
  /** The first start after `ms`; undefined: there is none. */
  next(ms: number): number | undefined;
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

function scheduleOf({ spec, metadata }: CronJob): Schedule {
  const text = spec?.schedule ?? "";
  if (text.startsWith("@every ")) {
    let every = 0;
    for (const [, amount, unit] of text.slice(7).matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g))
      every += Number(amount) * (UNITS[unit ?? ""] ?? 0);
    if (every < 1000) throw new Error(`invalid duration in ${text}`);
    const start = parseTime(metadata.creationTimestamp);
    return { next: (ms) => start + (Math.floor((ms - start) / every) + 1) * every };
  }
  const cron = new Cron(text, { mode: "5-part", timezone: spec?.timeZone ?? "UTC" });
  return { next: (ms) => cron.nextRun(new Date(ms))?.getTime() };
}

function sync(context: ControllerContext, key: string, queue: WorkQueue): void {
  const { client, lister, recorder, clock } = context;
  const { namespace, name } = splitKey(key);
  const cronJob = lister.find(cronJobs, namespace, name);
  if (cronJob === undefined) return;
  const now = clock.now();
  const children = lister.list(jobs, namespace).filter((job) => isControlledBy(job, cronJob));
  const status = { ...cronJob.status };
  forgetFinished(context, cronJob, children, status);
  cleanUp(context, cronJob, children);
  if (cronJob.metadata.deletionTimestamp === undefined && cronJob.spec?.suspend !== true) {
    let schedule: Schedule | undefined;
    try {
      schedule = scheduleOf(cronJob);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      recorder.event(
        cronJob,
        "Warning",
        "UnparseableSchedule",
        `unparseable schedule: "${cronJob.spec?.schedule}" : ${why}`,
      );
    }
    if (schedule !== undefined) {
      start(context, cronJob, schedule, status, now);
      const next = schedule.next(now);
      if (next !== undefined) queue.addAfter(key, next - now, `CronJob ${name} starts a Job`);
    }
  }
  if (!deepEqual(status, cronJob.status ?? {}))
    unlessGone(() =>
      client.modify(
        cronJobs,
        namespace,
        name,
        (next) => {
          next.status = status;
        },
        "status",
      ),
    );
}

type Status = NonNullable<CronJob["status"]>;

/** Jobs that have ended leave the list of active ones, with a word. */
function forgetFinished(
  { recorder }: ControllerContext,
  cronJob: CronJob,
  children: readonly Job[],
  status: Status,
): void {
  const active: NonNullable<Status["active"]> = [];
  for (const reference of status.active ?? []) {
    const job = children.find(({ metadata }) => metadata.uid === reference.uid);
    if (job === undefined) {
      recorder.event(cronJob, "Normal", "MissingJob", `Active job went missing: ${reference.name}`);
    } else if (isFinished(job)) {
      const how = job.status?.conditions?.find(
        ({ type, status: value }) => (type === "Complete" || type === "Failed") && value === "True",
      )?.type;
      recorder.event(cronJob, "Normal", "SawCompletedJob", `Saw completed job: ${reference.name}, condition: ${how}`);
      if (how === "Complete" && job.status?.completionTime !== undefined)
        status.lastSuccessfulTime = job.status.completionTime;
    } else active.push(reference);
  }
  if (active.length > 0) status.active = active;
  else delete status.active;
}

function cleanUp({ client, recorder }: ControllerContext, cronJob: CronJob, children: readonly Job[]): void {
  for (const [type, limit] of [
    ["Complete", cronJob.spec?.successfulJobsHistoryLimit ?? 3],
    ["Failed", cronJob.spec?.failedJobsHistoryLimit ?? 1],
  ] as const) {
    const ended = children
      .filter(({ status }) =>
        status?.conditions?.some((condition) => condition.type === type && condition.status === "True"),
      )
      .sort((a, b) => parseTime(a.status?.startTime) - parseTime(b.status?.startTime));
    for (const job of ended.slice(0, Math.max(0, ended.length - limit))) {
      unlessGone(() =>
        client.delete(jobs, job.metadata.namespace, job.metadata.name ?? "", { propagationPolicy: "Background" }),
      );
      recorder.event(cronJob, "Normal", "SuccessfulDelete", `Deleted job ${job.metadata.name}`);
    }
  }
}

function start(context: ControllerContext, cronJob: CronJob, schedule: Schedule, status: Status, now: number): void {
  const { client, recorder } = context;
  const deadline = cronJob.spec?.startingDeadlineSeconds;
  let from = parseTime(status.lastScheduleTime) || parseTime(cronJob.metadata.creationTimestamp);
  if (deadline !== undefined) from = Math.max(from, now - deadline * 1000);
  let due: number | undefined;
  let missed = 0;
  for (let next = schedule.next(from); next !== undefined && next <= now; next = schedule.next(next)) {
    due = next;
    if (++missed > TOO_MANY) {
      recorder.event(
        cronJob,
        "Warning",
        "TooManyMissedTimes",
        "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew",
      );
      break;
    }
  }
  if (due === undefined) return;
  const name = `${cronJob.metadata.name}-${Math.floor(due / 60_000)}`;
  const active = status.active ?? [];
  if (cronJob.spec?.concurrencyPolicy === "Forbid" && active.length > 0) {
    recorder.event(
      cronJob,
      "Normal",
      "JobAlreadyActive",
      "Not starting job because prior execution is running and concurrency policy is Forbid",
    );
    return;
  }
  if (cronJob.spec?.concurrencyPolicy === "Replace")
    for (const reference of active) {
      unlessGone(() =>
        client.delete(jobs, cronJob.metadata.namespace, reference.name ?? "", { propagationPolicy: "Background" }),
      );
      recorder.event(cronJob, "Normal", "SuccessfulDelete", `Deleted job ${reference.name}`);
    }
  const template = clone(cronJob.spec?.jobTemplate);
  let job: Job;
  try {
    job = client.create(jobs, {
      metadata: {
        name,
        namespace: cronJob.metadata.namespace ?? "",
        labels: { ...template?.metadata?.labels },
        annotations: { ...template?.metadata?.annotations, [SCHEDULED]: rfc3339(due) },
        ownerReferences: [controllerReference(cronJobs, cronJob)],
      },
      spec: template?.spec ?? { template: {} },
    });
    recorder.event(cronJob, "Normal", "SuccessfulCreate", `Created job ${name}`);
  } catch (error) {
    if (isStatusError(error, "AlreadyExists")) {
      status.lastScheduleTime = rfc3339(due);
      return;
    }
    if (isStatusError(error))
      recorder.event(cronJob, "Warning", "FailedCreate", `Error creating job: ${error.message}`);
    throw error;
  }
  const { uid = "", resourceVersion = "" } = job.metadata;
  const reference = {
    kind: "Job",
    namespace: cronJob.metadata.namespace ?? "",
    name,
    uid,
    apiVersion: "batch/v1",
    resourceVersion,
  };
  status.active = [...(cronJob.spec?.concurrencyPolicy === "Replace" ? [] : active), reference];
  status.lastScheduleTime = rfc3339(due);
}
