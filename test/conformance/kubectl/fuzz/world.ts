/**
 * The cluster that generated lines meet: objects of all kinds, many in states that are seldom seen. What a server would
 * not let anybody write (statuses, ages) is put into the snapshot.
 */
import { parseAllDocuments } from "yaml";
import type { ClusterSnapshot } from "../../../../lib/kubernetes/cluster.types.ts";
import type { KubernetesObject } from "../../../../lib/kubernetes/machinery/types.ts";
import { DESCRIBE } from "../scenarios/describe.ts";
import { DESCRIBE_MORE } from "../scenarios/describe-more.ts";
import { ODD_DEFINITIONS, ODD_OBJECTS, ODD_PODS, ODD_VOLUMES } from "./odd-objects.ts";

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly status?: object;
}

const read = (text: string): Manifest[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((one): one is Manifest => one !== null);

const ODD = [...read(ODD_OBJECTS), ...read(ODD_PODS)];

/** What controllers and kubelets bring to life, in order. */
export const LIVING_FILES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(DESCRIBE.files).filter(([name]) => ["kinds.yaml", "pods.yaml"].includes(name))),
  // "y" is a boolean in YAML 1.1, which is what one of its lines is about.
  "kinds2.yaml": (DESCRIBE_MORE.files["kinds2.yaml"] ?? "").replace("{key: y,", "{key: z,"),
  "backup.yaml": DESCRIBE.files["backup.yaml"] ?? "",
};
/** What is made when nothing moves any more. */
export const ODD_FILES: Readonly<Record<string, string>> = {
  "definitions.yaml": ODD_DEFINITIONS,
  "pods.yaml": ODD_PODS,
  "volumes.yaml": ODD_VOLUMES,
  "odd.yaml": ODD_OBJECTS,
};

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Ages that objects get in turn, ms: on both sides of every unit in which kubectl tells them. */
const AGES = [
  0,
  95_000,
  119_000,
  7.5 * MINUTE,
  65 * MINUTE,
  3.2 * 60 * MINUTE,
  9 * 60 * MINUTE,
  47 * 60 * MINUTE,
  5.5 * DAY,
  9 * DAY,
  100 * DAY,
  366 * DAY,
  800 * DAY,
  3000 * DAY,
];

/** The snapshot with the statuses that the odd objects' manifests have, and with objects of all ages. */
export function withOddStates(snapshot: ClusterSnapshot): ClusterSnapshot {
  const copy = structuredClone(snapshot) as ClusterSnapshot;
  const wanted = new Map(
    ODD.map((one) => [`${one.kind}/${one.metadata.namespace ?? "default"}/${one.metadata.name}`, one]),
  );
  let turn = 0;
  for (const [resource, objects] of Object.entries(copy.store.objects)) {
    for (const object of objects as (KubernetesObject & { status?: unknown })[]) {
      const { name, namespace } = object.metadata;
      const odd = wanted.get(`${object.kind}/${namespace ?? "default"}/${name}`);
      if (odd?.status !== undefined) object.status = odd.status;
      if (["leases", "events", "secrets"].some((one) => resource.startsWith(one)) || namespace === "kube-system")
        continue;
      const age = AGES[turn++ % AGES.length] ?? 0;
      object.metadata.creationTimestamp = new Date(Math.floor((snapshot.clock.now - age) / 1000) * 1000)
        .toISOString()
        .replace(".000Z", "Z");
    }
  }
  return copy;
}
