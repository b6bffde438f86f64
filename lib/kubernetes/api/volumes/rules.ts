/** Defaults and validation of volumes, claims and classes (pkg/apis/core/validation, pkg/apis/storage/validation). */
import { deepEqual } from "../../machinery/clone.ts";
import type { FieldError } from "../../machinery/status.ts";
import {
  forbiddenField,
  immutable,
  invalidValue,
  isDns1123Subdomain,
  isQualifiedName,
  notSupported,
  problems,
  required,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from "../../machinery/validation/index.ts";
import { internalDiff } from "../internal/show.ts";
import { defaultResourceList, defaultVolumeSource, setDefault, setDefaultText } from "../pods/defaults.ts";
import { validateNodeSelector } from "../pods/validate-scheduling.ts";
import { noBacksteps } from "../pods/validate-volumes.ts";
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from "../types.ts";
import {
  ACCESS_MODES,
  VOLUME_MODES,
  validateClaimSpec,
  validateClaimUpdate,
  validateStorage,
} from "./validate-claim.ts";

export function defaultClaim(claim: PersistentVolumeClaim): void {
  claim.spec ??= {};
  setDefault(claim.spec, "resources", {});
  setDefault(claim.spec, "volumeMode", "Filesystem");
  defaultResourceList(claim.spec.resources?.requests);
  defaultResourceList(claim.spec.resources?.limits);
  // A source within the namespace is told in both of its fields.
  const { dataSource, dataSourceRef } = claim.spec;
  if (dataSource !== undefined && dataSourceRef === undefined) claim.spec.dataSourceRef = { ...dataSource };
  else if (dataSource === undefined && dataSourceRef !== undefined && !dataSourceRef.namespace)
    claim.spec.dataSource = { ...dataSourceRef };
  claim.status ??= {};
  setDefaultText(claim.status, "phase", "Pending");
}

export const validateClaim = (claim: PersistentVolumeClaim): FieldError[] => [
  ...validateObjectMeta(claim.metadata, true, isDns1123Subdomain),
  ...validateClaimSpec("spec", claim.spec, claim.metadata.annotations),
];

export const validateClaimChange = (next: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] => [
  ...validateObjectMetaUpdate(next.metadata, old.metadata),
  ...validateClaimSpec("spec", next.spec, next.metadata.annotations),
  ...validateClaimUpdate(next, old),
];

export function validateClaimStatusUpdate(next: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const errors = validateObjectMetaUpdate(next.metadata, old.metadata);
  if ((next.spec?.accessModes ?? []).length === 0) errors.push(required("Spec.accessModes"));
  for (const [name, amount] of Object.entries(next.status?.capacity ?? {}))
    errors.push(...validateStorage(`status.capacity[${name}]`, amount));
  return errors;
}

export function defaultVolume(volume: PersistentVolume): void {
  volume.spec ??= {};
  setDefaultText(volume.spec, "persistentVolumeReclaimPolicy", "Retain");
  setDefault(volume.spec, "volumeMode", "Filesystem");
  defaultResourceList(volume.spec.capacity);
  defaultVolumeSource(volume.spec as Parameters<typeof defaultVolumeSource>[0]);
  volume.status ??= {};
  setDefaultText(volume.status, "phase", "Pending");
}

type VolumeSpec = NonNullable<PersistentVolume["spec"]>;

const SOURCES = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "flocker",
  "nfs",
  "rbd",
  "quobyte",
  "cephfs",
  "iscsi",
  "cinder",
  "fc",
  "flexVolume",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "scaleIO",
  "local",
  "storageos",
  "csi",
] as const satisfies readonly (keyof VolumeSpec)[];

const RECLAIM_POLICIES = ["Delete", "Recycle", "Retain"];

function validateSource(spec: VolumeSpec, key: (typeof SOURCES)[number], at: string): FieldError[] {
  switch (key) {
    case "hostPath": {
      const path = spec.hostPath?.path;
      return path ? noBacksteps(`${at}.path`, path) : [required(`${at}.path`)];
    }
    case "nfs": {
      const errors = spec.nfs?.server ? [] : [required(`${at}.server`)];
      if (!spec.nfs?.path) errors.push(required(`${at}.path`));
      else if (!spec.nfs.path.startsWith("/"))
        errors.push(invalidValue(`${at}.path`, spec.nfs.path, "must be an absolute path"));
      return errors;
    }
    case "local": {
      const path = spec.local?.path;
      const errors = path ? noBacksteps(`${at}.path`, path) : [required(`${at}.path`)];
      if ((spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).length === 0)
        errors.push(required("metadata.annotations", "Local volume requires node affinity"));
      return errors;
    }
    case "csi": {
      const errors = spec.csi?.driver ? [] : [required(`${at}.driver`)];
      if (!spec.csi?.volumeHandle) errors.push(required(`${at}.volumeHandle`));
      return errors;
    }
    default:
      return [];
  }
}

export function validateVolume(volume: PersistentVolume): FieldError[] {
  const errors = validateObjectMeta(volume.metadata, false, isDns1123Subdomain);
  const spec = volume.spec ?? {};
  const modes = spec.accessModes ?? [];
  if (modes.length === 0) errors.push(required("spec.accessModes"));
  for (const mode of modes)
    if (!ACCESS_MODES.includes(mode)) errors.push(notSupported("spec.accessModes", mode, ACCESS_MODES));
  if (modes.includes("ReadWriteOncePod") && modes.length > 1)
    errors.push(forbiddenField("spec.accessModes", "may not use ReadWriteOncePod with other access modes"));
  const capacity = spec.capacity ?? {};
  const names = Object.keys(capacity);
  if (names.length === 0) errors.push(required("spec.capacity"));
  if (capacity["storage"] === undefined || names.length > 1)
    errors.push({ ...notSupported("spec.capacity", capacity, ["storage"]), value: spec.capacity ?? null });
  for (const [name, amount] of Object.entries(capacity))
    errors.push(...validateStorage(`spec.capacity[${name}]`, amount));
  const policy = spec.persistentVolumeReclaimPolicy;
  if (policy && !RECLAIM_POLICIES.includes(policy))
    errors.push(notSupported("spec.persistentVolumeReclaimPolicy", policy, RECLAIM_POLICIES));
  if (spec.nodeAffinity !== undefined) {
    if (spec.nodeAffinity.required === undefined)
      errors.push(required("spec.nodeAffinity.required", "must specify required node constraints"));
    else errors.push(...validateNodeSelector("spec.nodeAffinity.required", spec.nodeAffinity.required));
  }
  let found = 0;
  for (const key of SOURCES) {
    if (spec[key] === undefined) continue;
    if (found++ > 0) errors.push(forbiddenField(`spec.${key}`, "may not specify more than 1 volume type"));
    else errors.push(...validateSource(spec, key, `spec.${key}`));
  }
  if (found === 0) errors.push(required("spec", "must specify a volume type"));
  if (spec.hostPath?.path === "/" && policy === "Recycle")
    errors.push(
      forbiddenField("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'"),
    );
  if (spec.storageClassName)
    errors.push(...problems("spec.storageClassName", spec.storageClassName, isDns1123Subdomain(spec.storageClassName)));
  if (spec.volumeMode !== undefined && !VOLUME_MODES.includes(spec.volumeMode))
    errors.push(notSupported("spec.volumeMode", spec.volumeMode, VOLUME_MODES));
  return errors;
}

export function validateVolumeUpdate(next: PersistentVolume, old: PersistentVolume): FieldError[] {
  const errors = [...validateObjectMetaUpdate(next.metadata, old.metadata), ...validateVolume(next)];
  const source = (spec: VolumeSpec | undefined) => SOURCES.map((key) => spec?.[key]);
  if (!deepEqual(source(next.spec), source(old.spec)))
    errors.push(
      forbiddenField(
        "spec.persistentvolumesource",
        `spec.persistentvolumesource is immutable after creation\n${internalDiff(old.spec, next.spec, "PersistentVolumeSource")}`,
      ),
    );
  errors.push(...immutable("spec.volumeMode", next.spec?.volumeMode, old.spec?.volumeMode));
  if (old.spec?.nodeAffinity !== undefined)
    errors.push(...immutable("spec.nodeAffinity", next.spec?.nodeAffinity, old.spec.nodeAffinity));
  return errors;
}

export function defaultClass(storageClass: StorageClass): void {
  setDefault(storageClass, "reclaimPolicy", "Delete");
  setDefault(storageClass, "volumeBindingMode", "Immediate");
}

export function validateClass(storageClass: StorageClass): FieldError[] {
  const errors = validateObjectMeta(storageClass.metadata, false, isDns1123Subdomain);
  const { provisioner, parameters = {}, reclaimPolicy, volumeBindingMode, allowedTopologies = [] } = storageClass;
  if (!provisioner) errors.push(required("provisioner"));
  else errors.push(...problems("provisioner", provisioner, isQualifiedName(provisioner.toLowerCase())));
  if (Object.keys(parameters).length > 512)
    errors.push({
      type: "FieldValueTooLong",
      field: "parameters",
      value: "",
      detail: "may not be more than 512 bytes",
    });
  for (const key of Object.keys(parameters))
    if (key === "") errors.push(invalidValue("parameters", key, "field can not be empty."));
  if (reclaimPolicy && !["Delete", "Retain"].includes(reclaimPolicy))
    errors.push(notSupported("reclaimPolicy", reclaimPolicy, ["Delete", "Retain"]));
  const modes = ["Immediate", "WaitForFirstConsumer"];
  if (volumeBindingMode === undefined) errors.push(required("volumeBindingMode"));
  else if (!modes.includes(volumeBindingMode)) errors.push(notSupported("volumeBindingMode", volumeBindingMode, modes));
  for (const [index, term] of allowedTopologies.entries())
    for (const [n, { key, values = [] }] of (term.matchLabelExpressions ?? []).entries()) {
      const at = `allowedTopologies[${index}].matchLabelExpressions[${n}]`;
      if (values.length === 0) errors.push(required(`${at}.values`));
      errors.push(...problems(`${at}.key`, key, isQualifiedName(key)));
    }
  return errors;
}

export function validateClassUpdate(next: StorageClass, old: StorageClass): FieldError[] {
  const errors = validateObjectMetaUpdate(next.metadata, old.metadata);
  if (!deepEqual(next.parameters ?? {}, old.parameters ?? {}))
    errors.push(forbiddenField("parameters", "updates to parameters are forbidden."));
  if (next.provisioner !== old.provisioner)
    errors.push(forbiddenField("provisioner", "updates to provisioner are forbidden."));
  if (next.reclaimPolicy !== old.reclaimPolicy)
    errors.push(forbiddenField("reclaimPolicy", "updates to reclaimPolicy are forbidden."));
  return [...errors, ...immutable("volumeBindingMode", next.volumeBindingMode, old.volumeBindingMode)];
}
