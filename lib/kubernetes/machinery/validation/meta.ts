/** Object metadata and label selectors (apimachinery/pkg/api/validation/objectmeta.go, apis/meta/v1/validation). */
import { deepEqual } from "../clone.ts";
import { GoValue } from "../go-value.ts";
import type { FieldError } from "../status.ts";
import type { LabelSelector, ObjectMeta, OwnerReference } from "../types.ts";
import { forbiddenField, invalidValue, problems, required, tooLong } from "./errors.ts";
import { isDns1123Label, isLabelValue, isQualifiedName, type NameRule } from "./names.ts";

const ANNOTATIONS_LIMIT = 256 * 1024;
const IMMUTABLE = "field is immutable";

export function validateLabelName(field: string, key: string): FieldError[] {
  return problems(field, key, isQualifiedName(key));
}

export function validateLabels(field: string, labels: Readonly<Record<string, string>> | undefined): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    errors.push(...validateLabelName(field, key), ...problems(field, value, isLabelValue(value)));
  }
  return errors;
}

export function validateAnnotations(
  field: string,
  annotations: Readonly<Record<string, string>> | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    // Keys may have capitals in their prefix, other than those of labels.
    errors.push(...problems(field, key, isQualifiedName(key.toLowerCase())));
    size += key.length + value.length;
  }
  if (size > ANNOTATIONS_LIMIT) errors.push(tooLong(field, ANNOTATIONS_LIMIT));
  return errors;
}

/** A selector; `empty` is what it is refused with where it selects everything and may not. */
export function validateLabelSelector(
  field: string,
  selector: LabelSelector | undefined,
  options: { readonly allowInvalidValues?: boolean } = {},
): FieldError[] {
  const errors: FieldError[] = [];
  if (selector === undefined) return errors;
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    errors.push(
      ...validateLabelName(`${field}.matchLabels`, key),
      ...problems(`${field}.matchLabels`, value, isLabelValue(value)),
    );
  }
  for (const [index, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const path = `${field}.matchExpressions[${index}]`;
    switch (operator) {
      case "In":
      case "NotIn":
        if (values.length === 0)
          errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
        break;
      case "Exists":
      case "DoesNotExist":
        if (values.length > 0)
          errors.push(
            forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
          );
        break;
      default:
        errors.push(invalidValue(`${path}.operator`, operator ?? "", "not a valid selector operator"));
    }
    errors.push(...validateLabelName(`${path}.key`, key ?? ""));
    if (options.allowInvalidValues) continue;
    for (const [at, value] of values.entries()) {
      errors.push(...problems(`${path}.values[${at}]`, value, isLabelValue(value)));
    }
  }
  return errors;
}

const OPERATORS = new Set(["In", "NotIn", "Exists", "DoesNotExist"]);

/** LabelSelectorAsSelector gives an error rather than a selector. */
export function isSelectorBroken(selector: LabelSelector | undefined): boolean {
  if (selector === undefined) return false;
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (isQualifiedName(key).length > 0 || isLabelValue(value).length > 0) return true;
  }
  return (selector.matchExpressions ?? []).some(({ key, operator, values = [] }) => {
    if (!OPERATORS.has(operator) || isQualifiedName(key ?? "").length > 0) return true;
    const takesValues = operator === "In" || operator === "NotIn";
    return takesValues !== values.length > 0 || values.some((value) => isLabelValue(value).length > 0);
  });
}

export const isSelectorEmpty = (selector: LabelSelector | undefined) =>
  Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions?.length ?? 0) === 0;

function validateOwnerReferences(field: string, owners: readonly OwnerReference[] | undefined): FieldError[] {
  const errors: FieldError[] = [];
  let controller: OwnerReference | undefined;
  for (const [index, owner] of (owners ?? []).entries()) {
    const path = `${field}[${index}]`;
    const slash = (owner.apiVersion ?? "").split("/");
    const version = slash[slash.length - 1] ?? "";
    if (version === "" || slash.length > 2)
      errors.push(invalidValue(`${path}.apiVersion`, owner.apiVersion ?? "", "version must not be empty"));
    if (!owner.kind) errors.push(invalidValue(`${path}.kind`, owner.kind ?? "", "must not be empty"));
    if (!owner.name) errors.push(invalidValue(`${path}.name`, owner.name ?? "", "must not be empty"));
    if (!owner.uid) errors.push(invalidValue(`${path}.uid`, owner.uid ?? "", "must not be empty"));
    if (owner.apiVersion === "v1" && owner.kind === "Event")
      errors.push(invalidValue(path, owner, `/v1, Kind=Event is disallowed from being an owner`));
  }
  for (const owner of owners ?? []) {
    if (owner.controller !== true) continue;
    if (controller === undefined) {
      controller = owner;
      continue;
    }
    errors.push(
      invalidValue(
        field,
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${controller.kind}/${controller.name} and ${owner.kind}/${owner.name}`,
      ),
    );
  }
  return errors;
}

const PLAIN_FINALIZERS = new Set(["orphan", "foregroundDeletion", "kubernetes"]);

export function validateFinalizers(field: string, finalizers: readonly string[] | undefined): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, finalizer] of (finalizers ?? []).entries()) {
    errors.push(...problems(field, finalizer, isQualifiedName(finalizer)));
    if (!finalizer.includes("/") && !PLAIN_FINALIZERS.has(finalizer) && isQualifiedName(finalizer).length === 0)
      errors.push(
        invalidValue(
          `${field}[${index}]`,
          finalizer,
          "name is neither a standard finalizer name nor is it fully qualified",
        ),
      );
  }
  if (finalizers?.includes("orphan") && finalizers.includes("foregroundDeletion"))
    errors.push(invalidValue(field, finalizers, "finalizer orphan and foregroundDeletion cannot be both set"));
  return errors;
}

/** ValidateObjectMeta. `rule` says what a name of this kind may look like. */
export function validateObjectMeta(
  metadata: ObjectMeta,
  namespaced: boolean,
  rule: NameRule,
  field = "metadata",
): FieldError[] {
  const errors: FieldError[] = [];
  if (metadata.generateName) {
    // Names are made by appending: a hyphen at the end is as good as a letter.
    const stem = metadata.generateName.endsWith("-") ? `${metadata.generateName.slice(0, -1)}a` : metadata.generateName;
    errors.push(...problems(`${field}.generateName`, metadata.generateName, rule(stem)));
  }
  if (!metadata.name) errors.push(required(`${field}.name`, "name or generateName is required"));
  else errors.push(...problems(`${field}.name`, metadata.name, rule(metadata.name)));
  if (namespaced) {
    if (!metadata.namespace) errors.push(required(`${field}.namespace`));
    else errors.push(...problems(`${field}.namespace`, metadata.namespace, isDns1123Label(metadata.namespace)));
  } else if (metadata.namespace) {
    errors.push(forbiddenField(`${field}.namespace`, "not allowed on this type"));
  }
  if ((metadata.generation ?? 0) < 0)
    errors.push(invalidValue(`${field}.generation`, metadata.generation, "must be greater than or equal to 0"));
  errors.push(
    ...validateLabels(`${field}.labels`, metadata.labels),
    ...validateAnnotations(`${field}.annotations`, metadata.annotations),
    ...validateOwnerReferences(`${field}.ownerReferences`, metadata.ownerReferences),
    ...validateFinalizers(`${field}.finalizers`, metadata.finalizers),
  );
  return errors;
}

/** ValidateObjectMetaUpdate: what an update may change, and that the rest is still well-formed. */
export function validateObjectMetaUpdate(next: ObjectMeta, old: ObjectMeta, field = "metadata"): FieldError[] {
  const errors: FieldError[] = [];
  const added = (next.finalizers ?? []).filter((finalizer) => !(old.finalizers ?? []).includes(finalizer)).sort();
  if (old.deletionTimestamp !== undefined && added.length > 0)
    errors.push(
      forbiddenField(
        `${field}.finalizers`,
        `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((name) => `"${name}"`).join(", ")}}`,
      ),
    );
  if ((next.generation ?? 0) < (old.generation ?? 0))
    errors.push(invalidValue(`${field}.generation`, next.generation ?? 0, "must not be decremented"));
  errors.push(
    ...immutable(`${field}.name`, next.name ?? "", old.name ?? ""),
    ...immutable(`${field}.namespace`, next.namespace ?? "", old.namespace ?? ""),
    ...immutable(`${field}.uid`, next.uid ?? "", old.uid ?? ""),
    ...immutable(`${field}.creationTimestamp`, next.creationTimestamp ?? null, old.creationTimestamp ?? null),
    ...immutable(`${field}.deletionTimestamp`, next.deletionTimestamp ?? null, old.deletionTimestamp ?? null),
    ...immutable(
      `${field}.deletionGracePeriodSeconds`,
      next.deletionGracePeriodSeconds ?? null,
      old.deletionGracePeriodSeconds ?? null,
    ),
  );
  // Labels and annotations that were let in once are let through again only where they are well-formed, as upstream.
  if (!deepEqual(next.labels, old.labels)) errors.push(...validateLabels(`${field}.labels`, next.labels));
  if (!deepEqual(next.annotations, old.annotations))
    errors.push(...validateAnnotations(`${field}.annotations`, next.annotations));
  if (!deepEqual(next.ownerReferences, old.ownerReferences))
    errors.push(...validateOwnerReferences(`${field}.ownerReferences`, next.ownerReferences));
  return errors;
}

/** ValidateImmutableField. */
export function immutable(field: string, next: unknown, old: unknown): FieldError[] {
  if (deepEqual(next, old)) return [];
  return [invalidValue(field, next === undefined ? new GoValue("null") : next, IMMUTABLE)];
}
