/**
 * What Go's decoder says of an object whose fields are not of their types (encoding/json into k8s.io/api structs), by
 * the table that typed results are printed with. Metadata is checked where manifests are read; status is not looked at.
 */

import { parseQuantity, tryParseQuantity } from "../../encoding/index.ts";
import { stringifyJson } from "../json-text.ts";
import { isObject, type Json, type JsonObject, textAt } from "../object.ts";
import { type Field, fieldsOf } from "../printers/as-struct.ts";
import { ROOTS } from "../printers/structs.ts";

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));
/** Plain fields that are no text, by name: one name has one type wherever it stands, but for `SPECIAL`. */
const INT32 = words(`averageUtilization backoffLimit backoffLimitPerIndex completions containerPort defaultMode
  failedJobsHistoryLimit failureThreshold healthCheckNodePort hostPort initialDelaySeconds maxFailedIndexes maxReplicas
  maxSkew minDomains minReadySeconds minReplicas mode nodePort parallelism partition periodSeconds port priority
  progressDeadlineSeconds replicas revisionHistoryLimit stabilizationWindowSeconds start successThreshold
  successfulJobsHistoryLimit targetCPUUtilizationPercentage timeoutSeconds ttlSecondsAfterFinished weight`);
const INT64 = words(`activeDeadlineSeconds fsGroup runAsGroup runAsUser startingDeadlineSeconds
  terminationGracePeriodSeconds tolerationSeconds revision`);
const BOOL = words(`allocateLoadBalancerNodePorts allowPrivilegeEscalation automountServiceAccountToken controller
  enableServiceLinks globalDefault hostIPC hostNetwork hostPID hostUsers immutable manualSelector optional paused
  privileged publishNotReadyAddresses readOnly readOnlyRootFilesystem runAsNonRoot setHostnameAsFQDN
  shareProcessNamespace stdin stdinOnce suspend tty unschedulable`);
/** Those of which a wrong value is certain to be one: other plain fields are not looked at. */
const TEXT = words(`apiGroup apiVersion claimName clusterIP dnsPolicy effect externalName hostIP hostname image
  imagePullPolicy ingressClassName key kind medium mountPath name namespace nodeName operator path pathType
  podManagementPolicy preemptionPolicy priorityClassName protocol restartPolicy runtimeClassName schedule schedulerName
  secretName serviceAccount serviceAccountName serviceName sessionAffinity storageClassName subPath subdomain topologyKey
  value volumeName whenUnsatisfiable workingDir concurrencyPolicy timeZone`);
/** Numbers or names (IntOrString), and other types of a known name; undefined: not looked at. */
const SPECIAL: Readonly<Record<string, string | undefined>> = {
  "HTTPGetAction.port": undefined,
  "TCPSocketAction.port": undefined,
  "PriorityClass.value": "int32",
  "PodFailurePolicyOnExitCodesRequirement.operator": undefined,
};
const TEXT_LISTS = words("accessModes add args command drop externalIPs finalizers hosts nameservers searches verbs");
const TEXT_MAPS = words("annotations labels matchLabels nodeSelector selector stringData");

const kindName = (value: Json): string =>
  Array.isArray(value)
    ? "array"
    : typeof value === "boolean"
      ? "bool"
      : typeof value === "bigint"
        ? "number"
        : (typeof value as string);

interface Place {
  /** The struct that has the field. */
  readonly holder: string;
  readonly path: readonly string[];
  /** Of the struct's package. */
  readonly alias: string;
}

function mismatch(value: Json, { holder, path }: Place, type: string): string {
  const isNumber = typeof value === "number" || typeof value === "bigint";
  const shown = isNumber && type.startsWith("int") ? `number ${value}` : kindName(value);
  return `json: cannot unmarshal ${shown} into Go struct field ${holder.replace(/V2$/, "")}.${path.join(".")} of type ${type}`;
}

const plainType = (holder: string, name: string): string | undefined => {
  const own = `${holder}.${name}`;
  if (Object.hasOwn(SPECIAL, own)) return SPECIAL[own];
  if (INT32.has(name)) return "int32";
  if (INT64.has(name)) return "int64";
  if (BOOL.has(name)) return "bool";
  return TEXT.has(name) ? "string" : undefined;
};

/** Whole, and of so many bits. A number that no double holds is a bigint. */
function fitsInteger(value: Json, type: string): boolean {
  if (typeof value === "bigint") return type === "int64" && BigInt.asIntN(64, value) === value;
  if (typeof value !== "number" || !Number.isInteger(value)) return false;
  return type === "int64" || (value | 0) === value;
}

function plainProblem(value: Json, place: Place, type: string | undefined): string | undefined {
  if (value === null || type === undefined) return undefined;
  const fits =
    type === "string"
      ? typeof value === "string"
      : type === "bool"
        ? typeof value === "boolean"
        : fitsInteger(value, type);
  return fits ? undefined : mismatch(value, place, type);
}

function quantityProblem(value: Json): string | undefined {
  if (value === null || tryParseQuantity(value) !== undefined) return undefined;
  try {
    parseQuantity(typeof value === "string" ? value : stringifyJson(value));
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

const firstOf = <T>(items: Iterable<T>, check: (item: T) => string | undefined): string | undefined => {
  for (const item of items) {
    const problem = check(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
};

function fieldProblem(field: Field, value: Json, place: Place): string | undefined {
  if (value === null) return undefined;
  const { name, struct, shape } = field;
  const type = `${place.alias}.${struct.replace(/V2$/, "")}`;
  switch (shape) {
    case "plain":
    case "pointer":
      return plainProblem(value, place, plainType(place.holder, name));
    case "quantity":
      return quantityProblem(value);
    case "quantities":
      return isObject(value)
        ? firstOf(Object.keys(value).sort(), (key) => quantityProblem(value[key] ?? null))
        : mismatch(value, place, `${place.alias}.ResourceList`);
    case "struct":
      return isObject(value) ? structProblem(value, struct, place) : mismatch(value, place, type);
    case "list": {
      if (struct === "" && !TEXT_LISTS.has(name)) return undefined;
      if (!Array.isArray(value)) return mismatch(value, place, struct === "" ? "[]string" : `[]${type}`);
      return firstOf(value, (item) => {
        if (struct === "") return plainProblem(item, place, "string");
        if (item === null) return undefined;
        return isObject(item) ? structProblem(item, struct, place) : mismatch(item, place, type);
      });
    }
    case "map":
      if (struct !== "" || !TEXT_MAPS.has(name)) return undefined;
      if (!isObject(value)) return mismatch(value, place, "map[string]string");
      return firstOf(Object.keys(value).sort(), (key) => plainProblem(value[key] ?? null, place, "string"));
  }
}

function structProblem(value: JsonObject, struct: string, { path, alias }: Omit<Place, "holder">): string | undefined {
  const fields = new Map(fieldsOf(struct).map((field) => [field.name, field]));
  return firstOf(Object.keys(value).sort(), (name) => {
    const field = fields.get(name);
    if (field === undefined || (path.length === 0 && ["metadata", "status", "apiVersion", "kind"].includes(name)))
      return undefined;
    // A template has metadata of its own, whose labels are texts as any.
    return fieldProblem(field, value[name] ?? null, { holder: struct, path: [...path, name], alias });
  });
}

/** Undefined where all fits, and for kinds without a struct here. */
export function typeProblem(object: JsonObject): string | undefined {
  const version = textAt(object, "apiVersion");
  const root = ROOTS[`${version}/${textAt(object, "kind")}`];
  if (root === undefined) return undefined;
  return structProblem(object, root, { path: [], alias: version === "autoscaling/v2" ? "v2" : "v1" });
}
