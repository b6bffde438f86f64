/** Claims (ValidatePersistentVolumeClaimSpec and its update rules). */
import { compareQuantities, tryParseQuantity } from "../../../encoding/index.ts";
import { clone, deepEqual } from "../../machinery/clone.ts";
import type { FieldError } from "../../machinery/status.ts";
import {
  forbiddenField,
  invalidValue,
  isDns1123Subdomain,
  notSupported,
  problems,
  required,
  validateLabelSelector,
} from "../../machinery/validation/index.ts";
import { internalDiff } from "../internal/show.ts";
import type { PersistentVolumeClaim } from "../types.ts";

export const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
export const VOLUME_MODES = ["Block", "Filesystem"];
const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

type ClaimSpec = NonNullable<PersistentVolumeClaim["spec"]>;

function validateAccessModes(field: string, modes: readonly string[] = []): FieldError[] {
  const errors = modes
    .filter((mode) => !ACCESS_MODES.includes(mode))
    .map((mode) => notSupported(field, mode, ACCESS_MODES));
  if (modes.includes("ReadWriteOncePod") && modes.length > 1)
    errors.push(forbiddenField(field, "may not use ReadWriteOncePod with other access modes"));
  return errors;
}

/** A size: more than nothing. */
export function validateStorage(field: string, amount: string): FieldError[] {
  const parsed = tryParseQuantity(amount);
  return parsed !== undefined && parsed.nanos <= 0n ? [invalidValue(field, amount, "must be greater than zero")] : [];
}

export function validateClaimSpec(
  field: string,
  spec: ClaimSpec | undefined,
  annotations: Readonly<Record<string, string>> | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  if ((spec?.accessModes ?? []).length === 0)
    errors.push(required(`${field}.accessModes`, "at least 1 access mode is required"));
  errors.push(
    ...validateLabelSelector(`${field}.selector`, spec?.selector),
    ...validateAccessModes(`${field}.accessModes`, spec?.accessModes),
  );
  const storage = spec?.resources?.requests?.["storage"];
  if (storage === undefined) errors.push(required(`${field}.resources[storage]`));
  else errors.push(...validateStorage(`${field}.resources[storage]`, storage));
  if (spec?.storageClassName && annotations?.[CLASS_ANNOTATION] === undefined)
    errors.push(
      ...problems(`${field}.storageClassName`, spec.storageClassName, isDns1123Subdomain(spec.storageClassName)),
    );
  if (spec?.volumeMode !== undefined && !VOLUME_MODES.includes(spec.volumeMode))
    errors.push(notSupported(`${field}.volumeMode`, spec.volumeMode, VOLUME_MODES));
  for (const key of ["dataSource", "dataSourceRef"] as const) {
    const source = spec?.[key];
    if (source === undefined) continue;
    if (!source.name) errors.push(required(`${field}.${key}.name`));
    if (!source.kind) errors.push(required(`${field}.${key}.kind`));
    else if (!source.apiGroup && source.kind !== "PersistentVolumeClaim")
      errors.push(
        invalidValue(
          `${field}.${key}`,
          source.kind,
          "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
        ),
      );
  }
  return errors;
}

/**
 * What an update may change of a claim: its size upwards once it is bound, its volume until it is bound, and a class
 * that was never set.
 */
export function validateClaimUpdate(next: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const errors: FieldError[] = [];
  const kept = clone(next.spec ?? {}) as ClaimSpec;
  const before = old.spec ?? {};
  if (!before.volumeName) {
    if (before.volumeName === undefined) delete kept.volumeName;
    else kept.volumeName = before.volumeName;
  }
  const classGiven = (claim: PersistentVolumeClaim) =>
    claim.spec?.storageClassName !== undefined || claim.metadata.annotations?.[CLASS_ANNOTATION] !== undefined;
  if (!classGiven(old) && kept.storageClassName !== undefined) delete kept.storageClassName;
  const oldAnnotation = old.metadata.annotations?.[CLASS_ANNOTATION];
  if (oldAnnotation !== undefined && before.storageClassName === undefined && kept.storageClassName === oldAnnotation)
    delete kept.storageClassName;
  const newSize = next.spec?.resources?.requests?.["storage"];
  const oldSize = before.resources?.requests?.["storage"];
  const resized = newSize !== undefined && oldSize !== undefined && compareQuantities(newSize, oldSize) !== 0;
  if (resized && old.status?.phase === "Bound" && kept.resources?.requests !== undefined)
    kept.resources.requests["storage"] = oldSize;
  if (before.volumeAttributesClassName === undefined) delete kept.volumeAttributesClassName;
  else kept.volumeAttributesClassName = before.volumeAttributesClassName;
  if (!deepEqual(kept, before))
    errors.push(
      forbiddenField(
        "spec",
        `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${internalDiff(before, kept, "PersistentVolumeClaimSpec")}`,
      ),
    );
  // Back from an expansion that cannot be: below what was asked for, but above what is there.
  const shrinks = resized && compareQuantities(newSize, oldSize) < 0;
  if (shrinks && compareQuantities(newSize, old.status?.capacity?.["storage"] ?? "0") <= 0)
    errors.push(forbiddenField("spec.resources.requests.storage", "field can not be less than status.capacity"));
  return errors;
}
