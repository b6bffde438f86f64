/** Which templates a StatefulSet has had and has (getStatefulSetRevisions, truncateHistory, ApplyRevision). */
import { controllerRevisions, statefulSets } from "../../api/resources.ts";
import type { ControllerRevision, Pod, PodTemplateSpec, StatefulSet } from "../../api/types.ts";
import { clone, deepFreeze } from "../../machinery/clone.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { unlessGone } from "../framework/owners.ts";
import { createRevision, equalRevisions, newRevision, nextRevision } from "../history.ts";
import { HISTORY_LABEL, revisionOf } from "./identity.ts";

export interface Revisions {
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
  readonly collisionCount: number;
}

/** A strategic merge patch that makes the set's template this one: what a revision holds. */
function patchOf(set: StatefulSet): unknown {
  const of = set.spec?.template;
  const known = of === undefined ? undefined : patches.get(of);
  if (known !== undefined) return known;
  const made = deepFreeze(newPatch(set));
  if (of !== undefined) patches.set(of, made);
  return made;
}

/** By template: one for as long as it stays the same. */
const patches = new WeakMap<object, object>();

function newPatch(set: StatefulSet): object {
  const template = clone(set.spec?.template ?? {}) as Record<string, unknown>;
  const metadata = (template["metadata"] ?? {}) as Record<string, unknown>;
  // As Go's encoder writes an ObjectMeta without a time: part of what the hash is made of.
  template["metadata"] = { creationTimestamp: null, ...metadata };
  return { spec: { template: { ...template, $patch: "replace" } } };
}

/** The set as it was (or is) at `revision`: its template, and everything else of today. */
export function applyRevision(set: StatefulSet, revision: ControllerRevision): StatefulSet {
  const data = revision.data as { readonly spec?: { readonly template?: PodTemplateSpec & { $patch?: string } } };
  const { $patch: _directive, ...template } = data.spec?.template ?? {};
  if (set.spec === undefined) return set;
  return { ...set, spec: { ...set.spec, template: template as PodTemplateSpec } };
}

/** `revisions` sorted, oldest first. May create a revision, or move an old one to the front (a rollback). */
export function currentAndUpdate(
  { client }: ControllerContext,
  set: StatefulSet,
  revisions: readonly ControllerRevision[],
): Revisions {
  let collisionCount = set.status?.collisionCount ?? 0;
  const labels = set.spec?.template.metadata?.labels ?? {};
  const wanted = newRevision(
    set,
    statefulSets,
    labels,
    patchOf(set),
    nextRevision(revisions),
    collisionCount,
    HISTORY_LABEL,
  );
  const equal = revisions.filter((revision) => equalRevisions(revision, wanted)).at(-1);
  const last = revisions.at(-1);
  let update: ControllerRevision;
  if (equal !== undefined && last !== undefined && equalRevisions(last, equal)) {
    update = last;
  } else if (equal !== undefined) {
    update = client.modify(controllerRevisions, set.metadata.namespace, equal.metadata.name ?? "", (revision) => {
      revision.revision = wanted.revision;
    });
  } else {
    ({ revision: update, collisionCount } = createRevision(client, set, wanted, collisionCount));
  }
  const current = revisions.find((revision) => revision.metadata.name === set.status?.currentRevision) ?? update;
  return { current, update, collisionCount };
}

/** Deletes the oldest revisions that no Pod and no status refers to, down to the history limit. */
export function truncateHistory(
  { client }: ControllerContext,
  set: StatefulSet,
  pods: readonly Pod[],
  revisions: readonly ControllerRevision[],
  { current, update }: Revisions,
): void {
  const live = new Set([current.metadata.name, update.metadata.name, ...pods.map(revisionOf)]);
  const old = revisions.filter((revision) => !live.has(revision.metadata.name));
  const limit = set.spec?.revisionHistoryLimit ?? 10;
  if (limit < 0) return;
  for (const revision of old.slice(0, Math.max(0, old.length - limit)))
    unlessGone(() => client.delete(controllerRevisions, set.metadata.namespace, revision.metadata.name ?? ""));
}
