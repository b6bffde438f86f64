/**
 * The definitions of snapshot.storage.k8s.io/v1, as a cluster operator installs them beside a CSI driver. The controller
 * is part of the control plane and rests until they are there.
 */
import type { CustomResourceDefinition } from "../api/types.ts";

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: "string" };
const map: Schema = { type: "object", additionalProperties: text };
const policy: Schema = { type: "string", enum: ["Delete", "Retain"] };
const object = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema => ({
  type: "object",
  properties,
  ...(required.length === 0 ? {} : { required }),
});
const failure = object({ message: text, time: { type: "string", format: "date-time" } });
const OWN: Readonly<Record<string, Schema>> = { apiVersion: text, kind: text, metadata: { type: "object" } };

function definition(
  kind: string,
  plural: string,
  shortNames: readonly string[],
  scope: "Namespaced" | "Cluster",
  schema: Schema,
  columns: readonly (readonly [name: string, type: string, jsonPath: string])[],
  status: boolean,
): CustomResourceDefinition {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.snapshot.storage.k8s.io`,
      annotations: { "api-approved.kubernetes.io": "https://github.com/kubernetes-csi/external-snapshotter/pull/814" },
    },
    spec: {
      group: "snapshot.storage.k8s.io",
      scope,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames: [...shortNames] },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          ...(status ? { subresources: { status: {} } } : {}),
          additionalPrinterColumns: [
            ...columns.map(([name, type, jsonPath]) => ({ name, type, jsonPath })),
            { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
          ],
        },
      ],
    },
  } as unknown as CustomResourceDefinition;
}

export const volumeSnapshotDefinitions: readonly CustomResourceDefinition[] = [
  definition(
    "VolumeSnapshotClass",
    "volumesnapshotclasses",
    ["vsclass", "vsclasses"],
    "Cluster",
    object({ ...OWN, driver: text, deletionPolicy: policy, parameters: map }, ["driver", "deletionPolicy"]),
    [
      ["Driver", "string", ".driver"],
      ["DeletionPolicy", "string", ".deletionPolicy"],
    ],
    false,
  ),
  definition(
    "VolumeSnapshotContent",
    "volumesnapshotcontents",
    ["vsc", "vscs"],
    "Cluster",
    object(
      {
        ...OWN,
        spec: object(
          {
            deletionPolicy: policy,
            driver: text,
            source: {
              ...object({ snapshotHandle: text, volumeHandle: text }),
              oneOf: [{ required: ["snapshotHandle"] }, { required: ["volumeHandle"] }],
            },
            sourceVolumeMode: text,
            volumeSnapshotClassName: text,
            volumeSnapshotRef: object({
              apiVersion: text,
              fieldPath: text,
              kind: text,
              name: text,
              namespace: text,
              resourceVersion: text,
              uid: text,
            }),
          },
          ["deletionPolicy", "driver", "source", "volumeSnapshotRef"],
        ),
        status: object({
          creationTime: { type: "integer", format: "int64" },
          error: failure,
          readyToUse: { type: "boolean" },
          restoreSize: { type: "integer", format: "int64", minimum: 0 },
          snapshotHandle: text,
          volumeGroupSnapshotHandle: text,
        }),
      },
      ["spec"],
    ),
    [
      ["ReadyToUse", "boolean", ".status.readyToUse"],
      ["RestoreSize", "integer", ".status.restoreSize"],
      ["DeletionPolicy", "string", ".spec.deletionPolicy"],
      ["Driver", "string", ".spec.driver"],
      ["VolumeSnapshotClass", "string", ".spec.volumeSnapshotClassName"],
      ["VolumeSnapshot", "string", ".spec.volumeSnapshotRef.name"],
      ["VolumeSnapshotNamespace", "string", ".spec.volumeSnapshotRef.namespace"],
    ],
    true,
  ),
  definition(
    "VolumeSnapshot",
    "volumesnapshots",
    ["vs"],
    "Namespaced",
    object(
      {
        ...OWN,
        spec: object(
          {
            source: {
              ...object({ persistentVolumeClaimName: text, volumeSnapshotContentName: text }),
              oneOf: [{ required: ["persistentVolumeClaimName"] }, { required: ["volumeSnapshotContentName"] }],
            },
            volumeSnapshotClassName: text,
          },
          ["source"],
        ),
        status: object({
          boundVolumeSnapshotContentName: text,
          creationTime: { type: "string", format: "date-time" },
          error: failure,
          readyToUse: { type: "boolean" },
          restoreSize: text,
          volumeGroupSnapshotName: text,
        }),
      },
      ["spec"],
    ),
    [
      ["ReadyToUse", "boolean", ".status.readyToUse"],
      ["SourcePVC", "string", ".spec.source.persistentVolumeClaimName"],
      ["SourceSnapshotContent", "string", ".spec.source.volumeSnapshotContentName"],
      ["RestoreSize", "string", ".status.restoreSize"],
      ["SnapshotClass", "string", ".spec.volumeSnapshotClassName"],
      ["SnapshotContent", "string", ".status.boundVolumeSnapshotContentName"],
      ["CreationTime", "date", ".status.creationTime"],
    ],
    true,
  ),
];
