/** Where labels, selectors and annotations stand (kustomize builtinpluginconsts), and how they are set. */
import { isObject, type JsonObject } from "../object.ts";
import { type FieldSpec, placesOf, setPlace, valueAt } from "./field-specs.ts";
import type { Resource } from "./resource.ts";

const POD_TEMPLATES: readonly FieldSpec[] = [
  { path: "spec/template/metadata", version: "v1", kind: "ReplicationController" },
  { path: "spec/template/metadata", kind: "Deployment" },
  { path: "spec/template/metadata", kind: "ReplicaSet" },
  { path: "spec/template/metadata", kind: "DaemonSet" },
  { path: "spec/template/metadata", group: "apps", kind: "StatefulSet" },
  { path: "spec/template/metadata", group: "batch", kind: "Job" },
  { path: "spec/jobTemplate/metadata", group: "batch", kind: "CronJob" },
  { path: "spec/jobTemplate/spec/template/metadata", group: "batch", kind: "CronJob" },
];
const below = (field: string): FieldSpec[] =>
  POD_TEMPLATES.map((spec) => ({ ...spec, path: `${spec.path}/${field}`, create: true }));

export const METADATA_LABELS: readonly FieldSpec[] = [{ path: "metadata/labels", create: true }];
export const TEMPLATE_LABELS: readonly FieldSpec[] = [
  ...below("labels"),
  { path: "spec/volumeClaimTemplates[]/metadata/labels", group: "apps", kind: "StatefulSet", create: true },
];
export const ANNOTATIONS: readonly FieldSpec[] = [
  { path: "metadata/annotations", create: true },
  ...below("annotations"),
];

const AFFINITIES = ["podAffinity", "podAntiAffinity"].flatMap((kind) => [
  `${kind}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm`,
  `${kind}/requiredDuringSchedulingIgnoredDuringExecution`,
]);

export const COMMON_LABELS: readonly FieldSpec[] = [
  { path: "spec/selector", version: "v1", kind: "Service", create: true },
  { path: "spec/selector", version: "v1", kind: "ReplicationController", create: true },
  { path: "spec/selector/matchLabels", kind: "Deployment", create: true },
  { path: "spec/selector/matchLabels", kind: "ReplicaSet", create: true },
  { path: "spec/selector/matchLabels", kind: "DaemonSet", create: true },
  { path: "spec/selector/matchLabels", group: "apps", kind: "StatefulSet", create: true },
  ...["Deployment", "StatefulSet"].flatMap((kind) => [
    ...AFFINITIES.map((term) => ({
      path: `spec/template/spec/affinity/${term}/labelSelector/matchLabels`,
      group: "apps",
      kind,
    })),
    { path: "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels", group: "apps", kind },
  ]),
  { path: "spec/selector/matchLabels", group: "batch", kind: "Job" },
  { path: "spec/jobTemplate/spec/selector/matchLabels", group: "batch", kind: "CronJob" },
  { path: "spec/selector/matchLabels", group: "policy", kind: "PodDisruptionBudget" },
  { path: "spec/podSelector/matchLabels", group: "networking.k8s.io", kind: "NetworkPolicy" },
  { path: "spec/ingress/from/podSelector/matchLabels", group: "networking.k8s.io", kind: "NetworkPolicy" },
  { path: "spec/egress/to/podSelector/matchLabels", group: "networking.k8s.io", kind: "NetworkPolicy" },
  ...METADATA_LABELS,
  ...TEMPLATE_LABELS,
];

/** Sets the pairs at every place the specs name. */
export function setPairs(
  resources: readonly Resource[],
  specs: readonly FieldSpec[],
  pairs: Readonly<Record<string, string>>,
): void {
  if (Object.keys(pairs).length === 0) return;
  for (const resource of resources) {
    for (const spec of specs) {
      for (const place of placesOf(resource, spec, "map")) {
        const now = valueAt(place);
        const merged: JsonObject = { ...(isObject(now) ? now : {}), ...pairs };
        setPlace(place, merged);
      }
    }
  }
}
