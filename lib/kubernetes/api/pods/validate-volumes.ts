/** Volumes of Pods (ValidateVolumes and what it calls in pkg/apis/core/validation/validation.go). */
import { tryParseQuantity } from "../../../encoding/index.ts";
import type { FieldError } from "../../machinery/status.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  isConfigKey,
  isDns1123Label,
  notSupported,
  oneOf,
  problems,
  required,
} from "../../machinery/validation/index.ts";
import type { Volume } from "../types.ts";
import { validateClaimSpec } from "../volumes/validate-claim.ts";
import { validateFieldRef, validateResourceFieldRef } from "./validate-references.ts";

const MODE = "must be a number between 0 and 0777 (octal), both inclusive";
const HOST_PATH_TYPES = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];
const DOWNWARD_FIELDS = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];

/** validatePathNoBacksteps. */
export function noBacksteps(field: string, path: string): FieldError[] {
  return path.split("/").includes("..") ? [invalidValue(field, path, "must not contain '..'")] : [];
}

/** validateLocalDescendingPath. */
export function localDescendingPath(field: string, path: string): FieldError[] {
  const errors = path.startsWith("/") ? [invalidValue(field, path, "must be a relative path")] : [];
  return [...errors, ...noBacksteps(field, path)];
}

/** A path in a volume that is written for the Pod: relative and not starting with "..". */
function localNonReservedPath(field: string, path: string): FieldError[] {
  const errors = localDescendingPath(field, path);
  if (path.startsWith("..") && !path.startsWith("../"))
    errors.push(invalidValue(field, path, "must not start with '..'"));
  return errors;
}

function validMode(field: string, mode: number | undefined): FieldError[] {
  return mode !== undefined && (mode < 0 || mode > 0o777) ? [invalidValue(field, mode, MODE)] : [];
}

function validateItems(
  field: string,
  items: readonly { key: string; path: string; mode?: number }[] = [],
): FieldError[] {
  return items.flatMap(({ key, path, mode }, index) => {
    const at = `${field}[${index}]`;
    const errors = key ? problems(`${at}.key`, key, isConfigKey(key)) : [required(`${at}.key`)];
    if (path) errors.push(...localNonReservedPath(`${at}.path`, path));
    else errors.push(required(`${at}.path`));
    return [...errors, ...validMode(`${at}.mode`, mode)];
  });
}

type DownwardItem = NonNullable<NonNullable<Volume["downwardAPI"]>["items"]>[number];

function validateDownwardItems(field: string, items: readonly DownwardItem[] = []): FieldError[] {
  return items.flatMap(({ path, fieldRef, resourceFieldRef, mode }, index) => {
    const at = `${field}[${index}]`;
    const errors = path ? localNonReservedPath(`${at}.path`, path) : [required(`${at}.path`)];
    if (fieldRef !== undefined) {
      errors.push(...validateFieldRef(`${at}.fieldRef`, fieldRef, DOWNWARD_FIELDS));
      if (resourceFieldRef !== undefined)
        errors.push(invalidValue(at, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
    } else if (resourceFieldRef !== undefined) {
      errors.push(...validateResourceFieldRef(`${at}.resourceFieldRef`, resourceFieldRef, true));
    } else {
      errors.push(required(`${at}.fieldRef`, "one of fieldRef and resourceFieldRef is required"));
    }
    return [...errors, ...validMode(`${at}.mode`, mode)];
  });
}

type Projection = NonNullable<NonNullable<Volume["projected"]>["sources"]>[number];

function validateProjection(field: string, source: Projection): FieldError[] {
  const errors: FieldError[] = [];
  const { secret, configMap, downwardAPI, serviceAccountToken } = source;
  if (secret !== undefined) {
    if (!secret.name) errors.push(required(`${field}.secret.name`));
    errors.push(...validateItems(`${field}.secret.items`, secret.items));
  }
  if (configMap !== undefined) {
    if (!configMap.name) errors.push(required(`${field}.configMap.name`));
    errors.push(...validateItems(`${field}.configMap.items`, configMap.items));
  }
  if (downwardAPI !== undefined) errors.push(...validateDownwardItems(`${field}.downwardAPI.items`, downwardAPI.items));
  if (serviceAccountToken !== undefined) {
    const { expirationSeconds = 3600, path } = serviceAccountToken;
    const at = `${field}.serviceAccountToken`;
    if (expirationSeconds < 600)
      errors.push(
        invalidValue(`${at}.expirationSeconds`, expirationSeconds, "may not specify a duration less than 10 minutes"),
      );
    if (!path) errors.push(required(`${at}.path`));
    else errors.push(...localNonReservedPath(`${at}.path`, path));
  }
  return errors;
}

type Check<K extends keyof Volume> = (source: NonNullable<Volume[K]>, field: string) => FieldError[];

const requiredParts =
  <T extends object>(...keys: readonly (keyof T & string)[]) =>
  (source: T, field: string): FieldError[] =>
    keys.filter((key) => !source[key]).map((key) => required(`${field}.${key}`));

/** Sources in upstream's order: the second one found is refused as one too many. */
const SOURCES: { readonly [K in Exclude<keyof Volume, "name">]-?: Check<K> } = {
  emptyDir: ({ sizeLimit }, field) => {
    const limit = tryParseQuantity(sizeLimit);
    return limit !== undefined && limit.nanos < 0n
      ? [forbiddenField(`${field}.sizeLimit`, "SizeLimit field must be a valid resource quantity")]
      : [];
  },
  hostPath: ({ path, type }, field) => {
    const errors = path ? noBacksteps(`${field}.path`, path) : [required(`${field}.path`)];
    if (type !== undefined && !HOST_PATH_TYPES.includes(type))
      errors.push(notSupported(`${field}.type`, type, HOST_PATH_TYPES));
    return errors;
  },
  gitRepo: requiredParts("repository"),
  gcePersistentDisk: requiredParts("pdName"),
  awsElasticBlockStore: requiredParts("volumeID"),
  secret: ({ secretName, defaultMode, items }, field) => [
    ...(secretName ? [] : [required(`${field}.secretName`)]),
    ...validMode(`${field}.defaultMode`, defaultMode),
    ...validateItems(`${field}.items`, items),
  ],
  nfs: ({ server, path }, field) => {
    const errors = server ? [] : [required(`${field}.server`)];
    if (!path) errors.push(required(`${field}.path`));
    else if (!path.startsWith("/")) errors.push(invalidValue(`${field}.path`, path, "must be an absolute path"));
    return errors;
  },
  iscsi: requiredParts("targetPortal", "iqn"),
  glusterfs: requiredParts("endpoints", "path"),
  persistentVolumeClaim: requiredParts("claimName"),
  rbd: requiredParts("monitors", "image"),
  cinder: requiredParts("volumeID"),
  cephfs: requiredParts("monitors"),
  flocker: ({ datasetName, datasetUUID }, field) =>
    datasetName || datasetUUID ? [] : [required(field, "one of datasetName and datasetUUID is required")],
  downwardAPI: ({ defaultMode, items }, field) => [
    ...validMode(`${field}.defaultMode`, defaultMode),
    ...validateDownwardItems(field, items),
  ],
  fc: ({ targetWWNs = [], wwids = [] }, field) =>
    targetWWNs.length === 0 && wwids.length === 0
      ? [required(`${field}.targetWWNs`, "must specify either targetWWNs or wwids, but not both")]
      : [],
  flexVolume: requiredParts("driver"),
  configMap: ({ name, defaultMode, items }, field) => [
    ...(name ? [] : [required(`${field}.name`)]),
    ...validMode(`${field}.defaultMode`, defaultMode),
    ...validateItems(`${field}.items`, items),
  ],
  azureFile: requiredParts("secretName", "shareName"),
  vsphereVolume: requiredParts("volumePath"),
  quobyte: requiredParts("registry", "volume"),
  azureDisk: requiredParts("diskName", "diskURI"),
  photonPersistentDisk: requiredParts("pdID"),
  portworxVolume: requiredParts("volumeID"),
  scaleIO: requiredParts("gateway", "system", "volumeName"),
  storageos: requiredParts("volumeName"),
  projected: ({ defaultMode, sources = [] }, field) => [
    ...validMode(`${field}.defaultMode`, defaultMode),
    ...sources.flatMap((source, index) => {
      const at = `${field}.sources[${index}]`;
      const kinds = Object.keys(source);
      if (kinds.length === 0)
        return [
          required(
            at,
            "one of secret, downwardAPI, configMap, serviceAccountToken, clusterTrustBundle, or podCertificate is required",
          ),
        ];
      const errors = validateProjection(at, source);
      for (const kind of kinds.slice(1))
        errors.push(forbiddenField(`${at}.${kind}`, "may not specify more than 1 volume type"));
      return errors;
    }),
  ],
  csi: ({ driver }, field) =>
    driver ? [] : [required(`${field}.driver`, "a driver name must be specified when using an inline volume source")],
  ephemeral: ({ volumeClaimTemplate }, field) =>
    volumeClaimTemplate === undefined
      ? [required(`${field}.volumeClaimTemplate`)]
      : validateClaimSpec(
          `${field}.volumeClaimTemplate.spec`,
          volumeClaimTemplate.spec,
          volumeClaimTemplate.metadata?.annotations,
        ),
  image: ({ reference, pullPolicy }, field) => [
    ...(reference ? [] : [required(`${field}.reference`)]),
    ...oneOf(`${field}.pullPolicy`, pullPolicy, ["Always", "IfNotPresent", "Never"]),
  ],
};

/** Fields of an inline volume (also of PersistentVolumes, which have many of them). */
function validateVolumeSource(volume: Volume, field: string): FieldError[] {
  const errors: FieldError[] = [];
  let found = 0;
  for (const key of Object.keys(SOURCES) as (keyof typeof SOURCES)[]) {
    const source = volume[key];
    if (source === undefined) continue;
    if (found++ > 0) errors.push(forbiddenField(`${field}.${key}`, "may not specify more than 1 volume type"));
    else errors.push(...(SOURCES[key] as (source: unknown, field: string) => FieldError[])(source, `${field}.${key}`));
  }
  if (found === 0) errors.push(required(field, "must specify a volume type"));
  return errors;
}

/** The errors, and the volumes that have none: only those can be mounted. */
export function validateVolumes(
  volumes: readonly Volume[] = [],
  field: string,
): { readonly errors: FieldError[]; readonly usable: ReadonlyMap<string, Volume> } {
  const usable = new Map<string, Volume>();
  const errors: FieldError[] = [];
  for (const [index, volume] of volumes.entries()) {
    const at = `${field}[${index}]`;
    const own = validateVolumeSource(volume, at);
    if (volume.name) own.push(...problems(`${at}.name`, volume.name, isDns1123Label(volume.name)));
    else own.push(required(`${at}.name`));
    if (usable.has(volume.name)) own.push(duplicate(`${at}.name`, volume.name));
    if (own.length === 0) usable.set(volume.name, volume);
    errors.push(...own);
  }
  return { errors, usable };
}
