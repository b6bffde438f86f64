/** What may change in ObjectMeta, whatever the kind (apiserver registry/rest, apimachinery api/validation/objectmeta.go). */
import type { ResourceDefinition } from "../api/definition.ts";
import { GoValue, goString } from "../machinery/go-value.ts";
import type { FieldError } from "../machinery/status.ts";
import { parseTime, rfc3339 } from "../machinery/time.ts";
import type { KubernetesObject, ObjectMeta } from "../machinery/types.ts";

export const FOREGROUND = "foregroundDeletion";
export const ORPHAN = "orphan";

const LABEL_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const DNS1123_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Names as path segments (ValidatePathSegmentName): what even kinds without a name rule of their own must hold to. */
function pathSegmentProblems(name: string): string[] {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return ["/", "%"].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
}

/** Finalizers must be qualified names, or one of the old bare ones. */
function finalizerErrors(finalizers: readonly string[] | undefined): FieldError[] {
  const errors: FieldError[] = [];
  let orphan = false;
  let foreground = false;
  for (const finalizer of finalizers ?? []) {
    const field = "metadata.finalizers";
    if (finalizer === ORPHAN) orphan = true;
    else if (finalizer === FOREGROUND) foreground = true;
    const parts = finalizer.split("/");
    const name = parts[parts.length - 1] ?? "";
    if (parts.length > 2 || name === "" || name.length > 63 || !LABEL_NAME.test(name))
      errors.push({
        type: "FieldValueInvalid",
        field,
        value: finalizer,
        detail:
          "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      });
    else if (parts.length === 2 && !DNS1123_SUBDOMAIN.test(parts[0] ?? ""))
      errors.push({
        type: "FieldValueInvalid",
        field,
        value: finalizer,
        detail:
          "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      });
  }
  if (orphan && foreground)
    errors.push({
      type: "FieldValueInvalid",
      field: "metadata.finalizers",
      value: [...(finalizers ?? [])],
      detail: "finalizer orphan and foregroundDeletion cannot be both set",
    });
  return errors;
}

export function validateMetadata(definition: ResourceDefinition, metadata: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  if (!metadata.name) {
    errors.push({
      type: "FieldValueRequired",
      field: "metadata.name",
      detail: "name or generateName is required",
    });
  } else {
    for (const detail of pathSegmentProblems(metadata.name))
      errors.push({ type: "FieldValueInvalid", field: "metadata.name", value: metadata.name, detail });
  }
  if (definition.namespaced && !metadata.namespace)
    errors.push({ type: "FieldValueRequired", field: "metadata.namespace", detail: "" });
  else if (!definition.namespaced && metadata.namespace)
    errors.push({
      type: "FieldValueForbidden",
      field: "metadata.namespace",
      detail: "not allowed on this type",
    });
  errors.push(...finalizerErrors(metadata.finalizers));
  return errors;
}

/** ValidateObjectMetaAccessorUpdate: what no update changes. `next` is adapted where upstream adapts it silently. */
export function validateMetadataUpdate(next: ObjectMeta, old: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  const immutable = (field: string, value: unknown) =>
    errors.push({ type: "FieldValueInvalid", field: `metadata.${field}`, value, detail: "field is immutable" });
  const added = (next.finalizers ?? []).filter((finalizer) => !(old.finalizers ?? []).includes(finalizer));
  if (old.deletionTimestamp !== undefined && added.length > 0)
    errors.push({
      type: "FieldValueForbidden",
      field: "metadata.finalizers",
      detail: `no new finalizers can be added if the object is being deleted, found new finalizers ${goString(added)}`,
    });
  if (next.name !== old.name) immutable("name", next.name);
  if ((next.namespace ?? "") !== (old.namespace ?? "")) immutable("namespace", next.namespace ?? "");
  if (next.uid !== old.uid) immutable("uid", next.uid ?? "");
  if (next.creationTimestamp !== old.creationTimestamp)
    immutable("creationTimestamp", timeValue(next.creationTimestamp));
  if (next.deletionTimestamp !== old.deletionTimestamp)
    immutable("deletionTimestamp", timeValue(next.deletionTimestamp));
  if ((next.deletionGracePeriodSeconds ?? null) !== (old.deletionGracePeriodSeconds ?? null))
    immutable("deletionGracePeriodSeconds", next.deletionGracePeriodSeconds ?? null);
  errors.push(...finalizerErrors(next.finalizers));
  return errors;
}

const timeValue = (time: string | null | undefined) => new GoValue(time ? goString(time) : "null");

/** Fields a full update may leave out: they are taken over from the stored object (BeforeUpdate and generic store). */
export function inheritMetadata(next: ObjectMeta, old: ObjectMeta): void {
  if (!next.uid && old.uid !== undefined) next.uid = old.uid;
  if (!next.creationTimestamp && old.creationTimestamp !== undefined) next.creationTimestamp = old.creationTimestamp;
  if (next.deletionTimestamp === undefined && old.deletionTimestamp !== undefined)
    next.deletionTimestamp = old.deletionTimestamp;
  if (next.deletionGracePeriodSeconds === undefined && old.deletionGracePeriodSeconds !== undefined)
    next.deletionGracePeriodSeconds = old.deletionGracePeriodSeconds;
  if (old.generation !== undefined) next.generation = old.generation;
  else delete next.generation;
  if (old.selfLink === undefined) delete next.selfLink;
}

/** Marks an object that something still holds back as being deleted (markAsDeleting). */
export function markAsDeleting(metadata: ObjectMeta, now: number): void {
  if (metadata.deletionTimestamp === undefined && (metadata.generation ?? 0) > 0)
    metadata.generation = (metadata.generation ?? 0) + 1;
  if (metadata.deletionTimestamp === undefined || parseTime(metadata.deletionTimestamp) > now)
    metadata.deletionTimestamp = rfc3339(now);
  metadata.deletionGracePeriodSeconds = 0;
}

/** Key order as upstream's structs print: kind, apiVersion, metadata (name, generateName, namespace, uid, ...), the rest. */
export function orderFields(object: KubernetesObject, kind: string, apiVersion: string): KubernetesObject {
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...rest } = object;
  const {
    name,
    generateName,
    namespace,
    uid,
    resourceVersion,
    generation,
    creationTimestamp,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    labels,
    annotations,
    ownerReferences,
    finalizers,
    managedFields,
  } = metadata;
  const ordered: ObjectMeta = {};
  if (name !== undefined) ordered.name = name;
  if (generateName !== undefined && generateName !== "") ordered.generateName = generateName;
  if (namespace !== undefined && namespace !== "") ordered.namespace = namespace;
  if (uid !== undefined) ordered.uid = uid;
  if (resourceVersion !== undefined) ordered.resourceVersion = resourceVersion;
  if (generation !== undefined && generation !== 0) ordered.generation = generation;
  if (creationTimestamp) ordered.creationTimestamp = creationTimestamp;
  if (deletionTimestamp !== undefined) ordered.deletionTimestamp = deletionTimestamp;
  if (deletionGracePeriodSeconds !== undefined) ordered.deletionGracePeriodSeconds = deletionGracePeriodSeconds;
  if (labels && Object.keys(labels).length > 0) ordered.labels = labels;
  if (annotations && Object.keys(annotations).length > 0) ordered.annotations = annotations;
  if (ownerReferences && ownerReferences.length > 0) ordered.ownerReferences = ownerReferences;
  if (finalizers && finalizers.length > 0) ordered.finalizers = finalizers;
  if (managedFields && managedFields.length > 0) ordered.managedFields = managedFields;
  return { kind, apiVersion, metadata: ordered, ...rest } as KubernetesObject;
}
