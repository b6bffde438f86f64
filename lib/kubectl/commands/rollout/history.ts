/** Revisions of workloads: where they are kept, and how a rollback writes one back. */
import { pathOf, type Resource } from "../../client/discovery.ts";
import { CommandError } from "../../errors.ts";
import type { Invocation } from "../../invocation.ts";
import {
  clone,
  equalJson,
  isObject,
  type JsonObject,
  type KubeObject,
  listAt,
  numberAt,
  objectAt,
  setAt,
  textAt,
} from "../../object.ts";
import type { Target } from "../../resources/builder.ts";
import { list } from "../../resources/builder.ts";
import { selectorText } from "../pods.ts";

export interface Revision {
  /** What -o shows of it: the ReplicaSet, or the workload with the template it had. */
  readonly object: KubeObject;
  readonly number: number;
  readonly changeCause: string;
  /** The Pod template of this revision. */
  readonly template: JsonObject;
  /** As the history shows it. */
  readonly shown: JsonObject;
  /** Of the ReplicaSet that keeps it. */
  readonly annotations?: JsonObject;
  /** The patch that brings it back. */
  readonly patch: JsonObject;
}

const CAUSE = "kubernetes.io/change-cause";
const REVISION = "deployment.kubernetes.io/revision";
const HASH = "pod-template-hash";

const owned = (object: KubeObject, owner: KubeObject): boolean =>
  listAt(object, "metadata", "ownerReferences").some(
    (reference) =>
      textAt(reference, "uid") === textAt(owner, "metadata", "uid") && textAt(reference, "controller") === "true",
  );

async function dependents(invocation: Invocation, owner: KubeObject, name: string): Promise<KubeObject[]> {
  const resource = await invocation.lookUp((map) => map.find(name));
  const labelSelector = selectorText(objectAt(owner, "spec", "selector"));
  const namespace = textAt(owner, "metadata", "namespace");
  const found = await list(invocation, { resource, namespace, labelSelector, fieldSelector: "" }, 0);
  return (found["items"] as KubeObject[]).filter((one) => owned(one, owner));
}

/** Kinds that upstream knows as workloads. */
const VISITED = [
  "CronJob",
  "DaemonSet",
  "Deployment",
  "Job",
  "Pod",
  "ReplicaSet",
  "ReplicationController",
  "StatefulSet",
];

/** Why there are no revisions of this kind (polymorphichelpers' visitors). */
const notViewed = (what: string, viewer: string, resource: Resource): string =>
  VISITED.includes(resource.kind)
    ? `no ${viewer} has been implemented for ${JSON.stringify(groupKindName(resource))}`
    : `error retrieving ${what} for ${JSON.stringify(groupKindName(resource))}, no visitor method exists for {${resource.group} ${resource.kind}}`;

/** "Pod", "ReplicaSet.apps". */
const groupKindName = ({ kind, group }: Resource): string => (group === "" ? kind : `${kind}.${group}`);

/** All kept revisions, oldest first. */
export async function revisionsOf(
  invocation: Invocation,
  target: Target & { object: KubeObject },
): Promise<Revision[]> {
  const { object } = target;
  const kind = textAt(object, "kind");
  if (kind === "Deployment") {
    const sets = await dependents(invocation, object, "replicasets.apps");
    return sets
      .map((set) => {
        const shown = objectAt(set, "spec", "template");
        const template = clone(shown);
        const labels = objectAt(template, "metadata", "labels");
        delete labels[HASH];
        return {
          number: Number(textAt(set, "metadata", "annotations", REVISION) || 0),
          annotations: objectAt(set, "metadata", "annotations"),
          changeCause: textAt(set, "metadata", "annotations", CAUSE),
          template,
          shown,
          object: { apiVersion: "apps/v1", kind: "ReplicaSet", ...set },
          patch: { spec: { template } },
        };
      })
      .sort((a, b) => a.number - b.number);
  }
  if (kind === "StatefulSet" || kind === "DaemonSet") {
    const revisions = await dependents(invocation, object, "controllerrevisions.apps");
    return revisions
      .map((revision) => {
        const patch = objectAt(revision, "data");
        const template = clone(objectAt(patch, "spec", "template"));
        delete template["$patch"];
        return {
          number: numberAt(revision, "revision"),
          changeCause: textAt(revision, "metadata", "annotations", CAUSE),
          template,
          shown: template,
          object: { ...object, spec: { ...objectAt(object, "spec"), template } },
          patch,
        };
      })
      .sort((a, b) => a.number - b.number);
  }
  throw new CommandError(notViewed("history", "history viewer", target.resource));
}

/** Stay as the Deployment has them; all others are what they were at the revision (annotationsToSkip). */
const KEPT_ANNOTATIONS = [
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  "deployment.kubernetes.io/revision-history",
  "deployment.kubernetes.io/desired-replicas",
  "deployment.kubernetes.io/max-replicas",
  "deprecated.deployment.rollback.to",
];

function restoredAnnotations(deployment: KubeObject, then: JsonObject): JsonObject {
  const now = objectAt(deployment, "metadata", "annotations");
  const kept = Object.entries(now).filter(([key]) => KEPT_ANNOTATIONS.includes(key));
  const restored = Object.entries(then).filter(([key]) => !KEPT_ANNOTATIONS.includes(key));
  return Object.fromEntries([...kept, ...restored]);
}

/** The revision to go back to (0: the one before the last). Throws where there is none. */
export async function revisionToRestore(
  invocation: Invocation,
  target: Target & { object: KubeObject },
  to: number,
): Promise<Revision> {
  const { kind } = target.resource;
  if (!["Deployment", "StatefulSet", "DaemonSet"].includes(kind))
    throw new CommandError(notViewed("rollbacker", "rollbacker", target.resource));
  if (to < 0) throw new CommandError(`unable to find specified revision ${to} in history`);
  const revisions = await revisionsOf(invocation, target);
  if (to > 0) {
    const found = revisions.find((one) => one.number === to);
    if (found === undefined) throw new CommandError(`unable to find specified revision ${to} in history`);
    return found;
  }
  const before = revisions[revisions.length - 2];
  if (before === undefined)
    throw new CommandError(
      kind === "Deployment"
        ? `no rollout history found for deployment "${target.name}"`
        : "no last revision to roll back to",
    );
  return before;
}

/** Goes back to a revision (0: the one before). Resolves with what to print. */
export async function rollBack(
  invocation: Invocation,
  target: Target & { object: KubeObject },
  to: number,
  dryRunQuery: JsonObject,
): Promise<string> {
  const { object } = target;
  const kind = textAt(object, "kind");
  const wanted = await revisionToRestore(invocation, target, to);
  if (kind === "Deployment") {
    if (textAt(object, "spec", "paused") === "true")
      throw new CommandError(
        `you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again`,
      );
    const template = objectAt(object, "spec", "template");
    if (equalJson(template, wanted.template))
      return `skipped rollback (current template already matches revision ${to})`;
    const next = clone(wanted.template);
    const body = [
      { op: "replace", path: "/spec/template", value: next },
      { op: "replace", path: "/metadata/annotations", value: restoredAnnotations(object, wanted.annotations ?? {}) },
    ];
    await (await invocation.rest()).json("PATCH", pathOf(target.resource, target.namespace, target.name), {
      body,
      contentType: "application/json-patch+json",
      query: dryRunQuery as Record<string, string>,
    });
    return "rolled back";
  }
  const current = objectAt(object, "spec", "template");
  if (equalJson(current, wanted.template)) return `skipped rollback (current template already matches revision ${to})`;
  await (await invocation.rest()).json("PATCH", pathOf(target.resource, target.namespace, target.name), {
    body: wanted.patch,
    contentType: "application/strategic-merge-patch+json",
    query: dryRunQuery as Record<string, string>,
  });
  return "rolled back";
}

/** Marks the template as restarted now. */
export function restartPatch(object: KubeObject, now: number): JsonObject {
  const template = clone(objectAt(object, "spec", "template"));
  if (!isObject(template["metadata"])) setAt(template, ["metadata"], {});
  return {
    spec: {
      template: {
        metadata: {
          annotations: { "kubectl.kubernetes.io/restartedAt": new Date(now).toISOString().replace(/\.\d+Z/, "Z") },
        },
      },
    },
  };
}
