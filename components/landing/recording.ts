/**
 * A partitioned rollout as a real control plane did it, for the landing page: the condensed watch events of
 * test/conformance/recordings/sts-partition-canary.json turned back into objects that the cluster picture understands.
 */
import type { LiveObject } from "../live/record.ts";

export interface RecordedChange {
  readonly type: string;
  readonly kind: string;
  readonly name: string;
  readonly phase?: string;
  readonly ready?: boolean | number;
  readonly node?: boolean;
  readonly image?: string;
  readonly revision?: string | number;
  readonly terminating?: boolean;
  readonly replicas?: number;
  readonly updated?: number;
  readonly partition?: number;
}

const NODES = 3;
const ordinal = (name: string) => Number(name.slice(name.lastIndexOf("-") + 1));

function podOf(change: RecordedChange): LiveObject {
  return {
    kind: "Pod",
    metadata: {
      name: change.name,
      namespace: "default",
      labels: { "controller-revision-hash": change.revision, app: "nginx" },
      ownerReferences: [{ kind: "StatefulSet", name: "web" }],
      ...(change.terminating === true ? { deletionTimestamp: "now" } : {}),
    },
    spec: {
      hostname: change.name,
      subdomain: "nginx",
      ...(change.node === true ? { nodeName: `node-${(ordinal(change.name) % NODES) + 1}` } : {}),
      containers: [{ image: change.image }],
      volumes: [{ persistentVolumeClaim: { claimName: `www-${change.name}` } }],
    },
    status: {
      phase: change.phase,
      conditions: [{ type: "Ready", status: change.ready === true ? "True" : "False" }],
    },
  };
}

const claimOf = (pod: string): LiveObject => ({
  kind: "PersistentVolumeClaim",
  metadata: { name: `www-${pod}`, namespace: "default" },
  spec: { volumeName: `pv-${pod}` },
  status: { phase: "Bound", capacity: { storage: "1Gi" } },
});

function objectOf(change: RecordedChange): LiveObject {
  switch (change.kind) {
    case "Pod":
      return podOf(change);
    case "ControllerRevision":
      return { kind: change.kind, metadata: { name: change.name, namespace: "default" }, revision: change.revision };
    default:
      return {
        kind: change.kind,
        metadata: { name: change.name, namespace: "default" },
        spec: { replicas: change.replicas, updateStrategy: { rollingUpdate: { partition: change.partition } } },
        status: { readyReplicas: change.ready, updatedReplicas: change.updated },
      };
  }
}

/** The cluster after each change, from an empty one. Changes without anything to see are folded into the next. */
export function framesOf(changes: readonly RecordedChange[]): readonly ReadonlyMap<string, LiveObject>[] {
  const objects = new Map<string, LiveObject>();
  for (let node = 1; node <= NODES; node++) {
    objects.set(`Node//node-${node}`, {
      kind: "Node",
      metadata: { name: `node-${node}` },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    });
  }
  objects.set("Service/default/nginx", {
    kind: "Service",
    metadata: { name: "nginx", namespace: "default" },
    spec: { clusterIP: "None", selector: { app: "nginx" } },
  });
  const frames: ReadonlyMap<string, LiveObject>[] = [];
  for (const change of changes) {
    const key = `${change.kind}/default/${change.name}`;
    if (change.type === "DELETED") objects.delete(key);
    else objects.set(key, objectOf(change));
    if (change.kind === "Pod" && change.type !== "DELETED" && change.node === true)
      objects.set(`PersistentVolumeClaim/default/www-${change.name}`, claimOf(change.name));
    if (change.kind === "Pod" && !(change.type === "ADDED" && change.node === false)) frames.push(new Map(objects));
  }
  return frames;
}
