/** ControllerRevisions: what StatefulSets and DaemonSets remember of their templates (pkg/controller/history). */
import { controllerRevisions, type Resource } from "../api/resources.ts";
import type { ControllerRevision } from "../api/types.ts";
import type { Client } from "../apiserver/client.ts";
import { isStatusError } from "../machinery/status.ts";
import type { KubernetesObject } from "../machinery/types.ts";
import { fnv32, goJson, safeEncode } from "./framework/hash.ts";
import type { Lister } from "./framework/lister.ts";
import { controllerOf, controllerReference } from "./framework/owners.ts";

/** Names are cut so that "-" and the hash still fit into 253 characters less what Pods add. */
const MAX_PREFIX = 223;

/** Oldest first: by revision number, then age, then name. */
function sortRevisions(revisions: ControllerRevision[]): ControllerRevision[] {
  return revisions.sort(
    (a, b) =>
      a.revision - b.revision ||
      Date.parse(a.metadata.creationTimestamp ?? "") - Date.parse(b.metadata.creationTimestamp ?? "") ||
      ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1),
  );
}

export function nextRevision(sorted: readonly ControllerRevision[]): number {
  return (sorted.at(-1)?.revision ?? 0) + 1;
}

/** FNV-1 over the data's JSON, then the collision count in decimal; spelled in safe letters (HashControllerRevision). */
function revisionHash(data: unknown, collisionCount: number): string {
  return safeEncode(String(fnv32(goJson(data) + String(collisionCount))));
}

/** A revision that is not stored yet. Its hash is a label under `hashLabel`, and part of its name. */
export function newRevision(
  owner: KubernetesObject,
  ownerResource: Resource,
  labels: Readonly<Record<string, string>>,
  data: unknown,
  revision: number,
  collisionCount: number,
  hashLabel: string,
): ControllerRevision {
  const hash = revisionHash(data, collisionCount);
  return {
    metadata: {
      name: revisionName(owner, hash),
      namespace: owner.metadata.namespace ?? "",
      labels: { ...labels, [hashLabel]: hash },
      ownerReferences: [controllerReference(ownerResource, owner)],
    },
    data,
    revision,
  };
}

const revisionName = (owner: KubernetesObject, hash: string) =>
  `${(owner.metadata.name ?? "").slice(0, MAX_PREFIX)}-${hash}`;

export function equalRevisions(left: ControllerRevision, right: ControllerRevision): boolean {
  return goJson(left.data) === goJson(right.data);
}

/** The revisions an owner controls, and orphans that its selector matches; oldest first. */
export function listRevisions(
  lister: Lister,
  owner: KubernetesObject,
  matches: (labels: Readonly<Record<string, string>>) => boolean,
): ControllerRevision[] {
  const found = lister.list(controllerRevisions, owner.metadata.namespace).filter((revision) => {
    const controller = controllerOf(revision);
    return controller === undefined ? matches(revision.metadata.labels ?? {}) : controller.uid === owner.metadata.uid;
  });
  return sortRevisions(found);
}

/**
 * Stores a revision. Where its name is taken by another content the collision count goes up and the name changes;
 * returns what is stored and the count.
 */
export function createRevision(
  client: Client,
  owner: KubernetesObject,
  revision: ControllerRevision,
  collisionCount: number,
): { readonly revision: ControllerRevision; readonly collisionCount: number } {
  for (let collisions = collisionCount; ; collisions++) {
    const name = revisionName(owner, revisionHash(revision.data, collisions));
    const candidate: ControllerRevision = { ...revision, metadata: { ...revision.metadata, name } };
    try {
      return { revision: client.create(controllerRevisions, candidate), collisionCount: collisions };
    } catch (error) {
      if (!isStatusError(error, "AlreadyExists")) throw error;
      const existing = client.get(controllerRevisions, owner.metadata.namespace, name);
      if (equalRevisions(existing, candidate)) return { revision: existing, collisionCount: collisions };
    }
  }
}
