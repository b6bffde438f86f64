/** StatefulSet, Deployment, ReplicaSet, DaemonSet, Job, CronJob. */

import { humanDuration } from "../../encoding/index.ts";
import { selectorText } from "../commands/pods.ts";
import {
  at,
  isObject,
  type Json,
  type KubeObject,
  listAt,
  nameOf,
  numberAt,
  objectAt,
  stringsAt,
  textAt,
} from "../object.ts";
import { list } from "../resources/builder.ts";
import type { DescribeContext, Describer } from "./describer.ts";
import { events } from "./events.ts";
import { podTemplate } from "./pod-template.ts";
import { rfc1123z } from "./times.ts";
import { annotations, type DescribeWriter, labels, pairsText } from "./writer.ts";

/** Of ReplicationControllers the selector is a map of labels. */
const labelSelectorOf = (object: Json): string =>
  textAt(object, "kind") === "ReplicationController"
    ? pairsText(stringsAt(object, "spec", "selector"))
    : selectorText(at(object, "spec", "selector"));
const selector = (object: Json): string => labelSelectorOf(object) || "<none>";

async function podsOf({ invocation, object }: DescribeContext): Promise<KubeObject[]> {
  const resource = await invocation.lookUp((map) => map.find("pods"));
  const found = await list(invocation, {
    resource,
    namespace: textAt(object, "metadata", "namespace"),
    labelSelector: labelSelectorOf(object),
    fieldSelector: "",
  });
  return (found["items"] as KubeObject[]).filter((pod) =>
    listAt(pod, "metadata", "ownerReferences").some(
      (owner) => textAt(owner, "uid") === textAt(object, "metadata", "uid"),
    ),
  );
}

function counts(pods: readonly KubeObject[]): string {
  const of = (phase: string) => pods.filter((pod) => textAt(pod, "status", "phase") === phase).length;
  return `${of("Running")} Running / ${of("Pending")} Waiting / ${of("Succeeded")} Succeeded / ${of("Failed")} Failed`;
}

function controller(writer: DescribeWriter, object: KubeObject): void {
  const owner = listAt(object, "metadata", "ownerReferences").find((one) => textAt(one, "controller") === "true");
  if (owner !== undefined) writer.write(0, `Controlled By:\t${textAt(owner, "kind")}/${textAt(owner, "name")}\n`);
}

function conditions(writer: DescribeWriter, object: KubeObject): void {
  const all = listAt(object, "status", "conditions");
  if (all.length === 0) return;
  writer.write(0, "Conditions:\n  Type\tStatus\tReason\n  ----\t------\t------\n");
  for (const one of all)
    writer.write(0, `  ${textAt(one, "type")} \t${textAt(one, "status")}\t${textAt(one, "reason")}\n`);
}

export const statefulSet: Describer = async (writer, context) => {
  const { object } = context;
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Namespace:\t${textAt(object, "metadata", "namespace")}\n`);
  writer.write(0, `CreationTimestamp:\t${rfc1123z(textAt(object, "metadata", "creationTimestamp"))}\n`);
  writer.write(0, `Selector:\t${selector(object)}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  writer.write(
    0,
    `Replicas:\t${numberAt(object, "spec", "replicas")} desired | ${numberAt(object, "status", "replicas")} total\n`,
  );
  writer.write(0, `Update Strategy:\t${textAt(object, "spec", "updateStrategy", "type")}\n`);
  const rolling = at(object, "spec", "updateStrategy", "rollingUpdate");
  if (isObject(rolling ?? null)) {
    if (at(rolling, "partition") !== undefined) {
      writer.write(1, `Partition:\t${textAt(rolling, "partition")}\n`);
      if (at(rolling, "maxUnavailable") !== undefined)
        writer.write(1, `MaxUnavailable:\t${textAt(rolling, "maxUnavailable")}\n`);
    }
  }
  writer.write(0, `Pods Status:\t${counts(await podsOf(context))}\n`);
  podTemplate(writer, objectAt(object, "spec", "template"));
  claimTemplates(writer, listAt(object, "spec", "volumeClaimTemplates"));
  events(writer, context.events, context.now);
};

function claimTemplates(writer: DescribeWriter, templates: readonly Json[]): void {
  if (templates.length === 0) {
    writer.write(0, "Volume Claims:\t<none>\n");
    return;
  }
  writer.write(0, "Volume Claims:\n");
  for (const template of templates) {
    writer.write(1, `Name:\t${textAt(template, "metadata", "name")}\n`);
    writer.write(
      1,
      `StorageClass:\t${textAt(template, "spec", "storageClassName") || textAt(template, "metadata", "annotations", "volume.beta.kubernetes.io/storage-class")}\n`,
    );
    labels(writer, "  Labels", stringsAt(template, "metadata", "labels"));
    labels(writer, "  Annotations", stringsAt(template, "metadata", "annotations"));
    writer.write(1, `Capacity:\t${textAt(template, "spec", "resources", "requests", "storage") || "<default>"}\n`);
    writer.write(1, `Access Modes:\t[${listAt(template, "spec", "accessModes").join(" ")}]\n`);
  }
}

export const deployment: Describer = async (writer, context) => {
  const { object, invocation } = context;
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Namespace:\t${textAt(object, "metadata", "namespace")}\n`);
  writer.write(0, `CreationTimestamp:\t${rfc1123z(textAt(object, "metadata", "creationTimestamp"))}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  writer.write(0, `Selector:\t${selector(object)}\n`);
  const status = (field: string) => numberAt(object, "status", field);
  writer.write(
    0,
    `Replicas:\t${numberAt(object, "spec", "replicas")} desired | ${status("updatedReplicas")} updated | ${status("replicas")} total | ${status("availableReplicas")} available | ${status("unavailableReplicas")} unavailable\n`,
  );
  writer.write(0, `StrategyType:\t${textAt(object, "spec", "strategy", "type")}\n`);
  writer.write(0, `MinReadySeconds:\t${numberAt(object, "spec", "minReadySeconds")}\n`);
  const rolling = at(object, "spec", "strategy", "rollingUpdate");
  if (isObject(rolling ?? null))
    writer.write(
      0,
      `RollingUpdateStrategy:\t${textAt(rolling, "maxUnavailable")} max unavailable, ${textAt(rolling, "maxSurge")} max surge\n`,
    );
  podTemplate(writer, objectAt(object, "spec", "template"));
  conditions(writer, object);
  const resource = await invocation.lookUp((map) => map.find("replicasets.apps"));
  const found = await list(invocation, {
    resource,
    namespace: textAt(object, "metadata", "namespace"),
    labelSelector: selectorText(at(object, "spec", "selector")),
    fieldSelector: "",
  });
  const sets = (found["items"] as KubeObject[]).filter((set) =>
    listAt(set, "metadata", "ownerReferences").some(
      (owner) => textAt(owner, "uid") === textAt(object, "metadata", "uid"),
    ),
  );
  const revision = (set: KubeObject) =>
    Number(textAt(set, "metadata", "annotations", "deployment.kubernetes.io/revision") || 0);
  const newest = [...sets].sort((a, b) => revision(b) - revision(a))[0];
  const line = (members: readonly KubeObject[]) =>
    members.length === 0
      ? "<none>"
      : members
          .map(
            (set) =>
              `${nameOf(set)} (${numberAt(set, "status", "replicas")}/${numberAt(set, "spec", "replicas")} replicas created)`,
          )
          .join(", ");
  const old = sets
    .filter((set) => set !== newest)
    .sort((a, b) => (textAt(a, "metadata", "creationTimestamp") < textAt(b, "metadata", "creationTimestamp") ? -1 : 1));
  if (newest !== undefined) {
    writer.write(0, `OldReplicaSets:\t${line(old)}\n`);
    writer.write(0, `NewReplicaSet:\t${line([newest])}\n`);
  }
  events(writer, context.events, context.now);
};

export const replicaSet: Describer = async (writer, context) => {
  const { object } = context;
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Namespace:\t${textAt(object, "metadata", "namespace")}\n`);
  writer.write(0, `Selector:\t${selector(object)}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  controller(writer, object);
  writer.write(
    0,
    `Replicas:\t${numberAt(object, "status", "replicas")} current / ${numberAt(object, "spec", "replicas")} desired\n`,
  );
  writer.write(0, `Pods Status:\t${counts(await podsOf(context))}\n`);
  podTemplate(writer, objectAt(object, "spec", "template"));
  conditions(writer, object);
  events(writer, context.events, context.now);
};

export const daemonSet: Describer = async (writer, context) => {
  const { object } = context;
  const status = (field: string) => numberAt(object, "status", field);
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Namespace:\t${textAt(object, "metadata", "namespace")}\n`);
  writer.write(0, `Selector:\t${selector(object)}\n`);
  writer.write(
    0,
    `Node-Selector:\t${
      Object.entries(stringsAt(object, "spec", "template", "spec", "nodeSelector"))
        .map(([key, value]) => `${key}=${value}`)
        .join(",") || "<none>"
    }\n`,
  );
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  writer.write(0, `Desired Number of Nodes Scheduled: ${status("desiredNumberScheduled")}\n`);
  writer.write(0, `Current Number of Nodes Scheduled: ${status("currentNumberScheduled")}\n`);
  writer.write(0, `Number of Nodes Scheduled with Up-to-date Pods: ${status("updatedNumberScheduled")}\n`);
  writer.write(0, `Number of Nodes Scheduled with Available Pods: ${status("numberAvailable")}\n`);
  writer.write(0, `Number of Nodes Misscheduled: ${status("numberMisscheduled")}\n`);
  writer.write(0, `Pods Status:\t${counts(await podsOf(context))}\n`);
  podTemplate(writer, objectAt(object, "spec", "template"));
  events(writer, context.events, context.now);
};

/** capIndexesListOrNone: not more than fifty letters of it. */
function cappedIndexes(text: string): string {
  if (text === "") return "<none>";
  const most = 50;
  if (text.length <= most) return text;
  return `${text.slice(0, text.slice(0, most + 1).lastIndexOf(","))},...`;
}

export const job: Describer = (writer, context) => {
  const { object } = context;
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Namespace:\t${textAt(object, "metadata", "namespace")}\n`);
  writer.write(0, `Selector:\t${selector(object)}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  controller(writer, object);
  if (at(object, "spec", "parallelism") !== undefined)
    writer.write(0, `Parallelism:\t${numberAt(object, "spec", "parallelism")}\n`);
  writer.write(
    0,
    `Completions:\t${at(object, "spec", "completions") === undefined ? "<unset>" : numberAt(object, "spec", "completions")}\n`,
  );
  if (textAt(object, "spec", "completionMode") !== "")
    writer.write(0, `Completion Mode:\t${textAt(object, "spec", "completionMode")}\n`);
  if (at(object, "spec", "suspend") !== undefined) writer.write(0, `Suspend:\t${textAt(object, "spec", "suspend")}\n`);
  if (at(object, "spec", "backoffLimit") !== undefined)
    writer.write(0, `Backoff Limit:\t${textAt(object, "spec", "backoffLimit")}\n`);
  if (at(object, "spec", "ttlSecondsAfterFinished") !== undefined)
    writer.write(0, `TTL Seconds After Finished:\t${numberAt(object, "spec", "ttlSecondsAfterFinished")}\n`);
  const [start, end] = [textAt(object, "status", "startTime"), textAt(object, "status", "completionTime")];
  if (start !== "") writer.write(0, `Start Time:\t${rfc1123z(start)}\n`);
  if (end !== "") writer.write(0, `Completed At:\t${rfc1123z(end)}\n`);
  if (start !== "" && end !== "") writer.write(0, `Duration:\t${humanDuration(Date.parse(end) - Date.parse(start))}\n`);
  if (at(object, "spec", "activeDeadlineSeconds") !== undefined)
    writer.write(0, `Active Deadline Seconds:\t${textAt(object, "spec", "activeDeadlineSeconds")}s\n`);
  const [active, done, failed] = ["active", "succeeded", "failed"].map((field) => numberAt(object, "status", field));
  const ready = at(object, "status", "ready");
  writer.write(
    0,
    `Pods Statuses:\t${active} Active${ready === undefined ? "" : ` (${numberAt(object, "status", "ready")} Ready)`} / ${done} Succeeded / ${failed} Failed\n`,
  );
  if (textAt(object, "spec", "completionMode") === "Indexed")
    writer.write(0, `Completed Indexes:\t${cappedIndexes(textAt(object, "status", "completedIndexes"))}\n`);
  podTemplate(writer, objectAt(object, "spec", "template"));
  events(writer, context.events, context.now);
};

export const cronJob: Describer = (writer, context) => {
  const { object, now } = context;
  const spec = (field: string, fallback: string) => textAt(object, "spec", field) || fallback;
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Namespace:\t${textAt(object, "metadata", "namespace")}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  writer.write(0, `Schedule:\t${spec("schedule", "")}\n`);
  writer.write(0, `Concurrency Policy:\t${spec("concurrencyPolicy", "")}\n`);
  writer.write(0, `Suspend:\t${textAt(object, "spec", "suspend") === "true" ? "True" : "False"}\n`);
  writer.write(0, `Successful Job History Limit:\t${spec("successfulJobsHistoryLimit", "<unset>")}\n`);
  writer.write(0, `Failed Job History Limit:\t${spec("failedJobsHistoryLimit", "<unset>")}\n`);
  writer.write(
    0,
    `Starting Deadline Seconds:\t${at(object, "spec", "startingDeadlineSeconds") === undefined ? "<unset>" : `${spec("startingDeadlineSeconds", "")}s`}\n`,
  );
  writer.write(0, `Selector:\t${selectorText(at(object, "spec", "jobTemplate", "spec", "selector")) || "<unset>"}\n`);
  writer.write(0, `Parallelism:\t${textAt(object, "spec", "jobTemplate", "spec", "parallelism") || "<unset>"}\n`);
  writer.write(0, `Completions:\t${textAt(object, "spec", "jobTemplate", "spec", "completions") || "<unset>"}\n`);
  const deadline = textAt(object, "spec", "jobTemplate", "spec", "activeDeadlineSeconds");
  if (deadline !== "") writer.write(0, `Active Deadline Seconds:\t${deadline}s\n`);
  podTemplate(writer, objectAt(object, "spec", "jobTemplate", "spec", "template"));
  const last = textAt(object, "status", "lastScheduleTime");
  writer.write(0, `Last Schedule Time:\t${last === "" ? "<unset>" : rfc1123z(last)}\n`);
  const active = listAt(object, "status", "active").map((one) => textAt(one, "name"));
  writer.write(0, `Active Jobs:\t${active.length === 0 ? "<none>" : active.join(", ")}\n`);
  events(writer, context.events, now);
};
