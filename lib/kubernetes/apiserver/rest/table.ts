/** Server-side printing: objects as meta.k8s.io/v1 Tables and PartialObjectMetadata. */
import type { Column } from "../../api/definition.ts";
import { badRequest } from "../../machinery/status.ts";
import type { KubernetesObject, ListMeta } from "../../machinery/types.ts";
import type { Served } from "../definitions.ts";

type IncludeObject = "None" | "Metadata" | "Object";

interface TableRow {
  readonly cells: readonly (string | number | boolean | null)[];
  readonly conditions?: readonly { type: string; status: string; reason: string; message: string }[];
  readonly object?: unknown;
}

interface Table {
  readonly kind: "Table";
  readonly apiVersion: string;
  readonly metadata: ListMeta;
  readonly columnDefinitions: readonly Omit<Column<KubernetesObject>, "cell">[] | null;
  readonly rows: readonly TableRow[];
}

/** apimachinery's description of metadata.name and creationTimestamp, as default tables show them. */
const NAME_COLUMN: Column<KubernetesObject> = {
  name: "Name",
  type: "string",
  format: "name",
  description:
    "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names",
  priority: 0,
  cell: (object) => object.metadata.name ?? "",
};
const CREATED_COLUMN: Column<KubernetesObject> = {
  name: "Created At",
  type: "date",
  description:
    "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
  priority: 0,
  cell: (object) => object.metadata.creationTimestamp ?? "",
};

const columnsOf = (served: Served): readonly Column<KubernetesObject>[] =>
  served.definition.columns.length > 0 ? served.definition.columns : [NAME_COLUMN, CREATED_COLUMN];

export function partialMetadata(object: KubernetesObject, metaVersion = "v1") {
  return {
    kind: "PartialObjectMetadata",
    apiVersion: `meta.k8s.io/${metaVersion}`,
    metadata: object.metadata,
  };
}

export function parseIncludeObject(value: string | null): IncludeObject {
  if (value === null || value === "" || value === "Metadata") return "Metadata";
  if (value === "None" || value === "Object") return value;
  throw badRequest(`unrecognized includeObject value: "${value}"`);
}

export function tableOf(
  served: Served,
  objects: readonly KubernetesObject[],
  metadata: ListMeta,
  options: {
    readonly now: number;
    readonly include: IncludeObject;
    readonly metaVersion: string;
    /** Watches name the columns in their first frame only. */
    readonly headers?: boolean;
  },
): Table {
  const columns = columnsOf(served);
  const rows: TableRow[] = objects.map((object) => {
    const conditions = rowConditions(served, object);
    return {
      cells: columns.map((column) => column.cell(object, options.now)),
      ...(conditions === undefined ? {} : { conditions }),
      ...(options.include === "None"
        ? {}
        : { object: options.include === "Object" ? object : partialMetadata(object, options.metaVersion) }),
    };
  });
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${options.metaVersion}`,
    metadata,
    columnDefinitions:
      options.headers === false
        ? null
        : columns.map(({ name, type, format, description, priority }) => ({
            name,
            type,
            format: format ?? "",
            description,
            priority,
          })),
    rows,
  };
}

/** Pods that have ended are marked, so that clients may hide them (printers/internalversion: printPod). */
function rowConditions(served: Served, object: KubernetesObject): TableRow["conditions"] {
  if (served.key !== "pods") return undefined;
  const phase = (object as { status?: { phase?: string } }).status?.phase;
  if (phase === "Succeeded")
    return [{ type: "Completed", status: "True", reason: "Succeeded", message: "The pod has completed successfully." }];
  if (phase === "Failed") return [{ type: "Completed", status: "True", reason: "Failed", message: "The pod failed." }];
  return undefined;
}
