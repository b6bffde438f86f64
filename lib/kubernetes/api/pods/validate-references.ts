/** References from a Pod's environment and volumes to its own fields, resources, ConfigMaps and Secrets. */
import { tryParseQuantity } from "../../../encoding/index.ts";
import type { FieldError } from "../../machinery/status.ts";
import {
  invalidValue,
  isConfigKey,
  isDns1123Subdomain,
  isEnvironmentName,
  isQualifiedName,
  notSupported,
  problems,
  required,
} from "../../machinery/validation/index.ts";
import type { Container } from "../types.ts";

type EnvVar = NonNullable<Container["env"]>[number];
type EnvFrom = NonNullable<Container["envFrom"]>[number];

const ENVIRONMENT_FIELDS = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
/** What the downward API can name at all (ConvertDownwardAPIFieldLabel). */
const KNOWN_FIELDS = new Set([
  ...ENVIRONMENT_FIELDS,
  "metadata.annotations",
  "metadata.labels",
  "spec.host",
  "spec.restartPolicy",
  "spec.schedulerName",
  "status.phase",
]);
const RESOURCES = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];

/** A fieldRef; `supported` is what may be named here without a subscript. */
export function validateFieldRef(
  field: string,
  reference: { readonly apiVersion?: string; readonly fieldPath: string },
  supported: readonly string[],
): FieldError[] {
  if (!reference.apiVersion) return [required(`${field}.apiVersion`)];
  if (!reference.fieldPath) return [required(`${field}.fieldPath`)];
  const { fieldPath } = reference;
  const subscript = /^(.+)\['(.*)'\]$/.exec(fieldPath);
  const path = subscript?.[1] ?? fieldPath;
  if (!KNOWN_FIELDS.has(path))
    return [
      invalidValue(
        `${field}.fieldPath`,
        fieldPath,
        `error converting fieldPath: field label not supported: ${fieldPath}`,
      ),
    ];
  if (subscript !== null) {
    const key = subscript[2] ?? "";
    if (path === "metadata.annotations") return problems(field, key, isQualifiedName(key.toLowerCase()));
    if (path === "metadata.labels") return problems(field, key, isQualifiedName(key));
    return [
      invalidValue(
        `${field}.fieldPath`,
        fieldPath,
        `error converting fieldPath: field label does not support subscript: ${fieldPath}`,
      ),
    ];
  }
  return supported.includes(path) ? [] : [notSupported(`${field}.fieldPath`, path, supported)];
}

export function validateResourceFieldRef(
  field: string,
  reference: { readonly containerName?: string; readonly resource: string; readonly divisor?: string },
  inVolume: boolean,
): FieldError[] {
  if (inVolume && !reference.containerName) return [required(`${field}.containerName`)];
  const { resource, divisor } = reference;
  if (!resource) return [required(`${field}.resource`)];
  const hugePages = /^(limits|requests)\.hugepages-/.test(resource);
  if (!RESOURCES.includes(resource) && !hugePages) return [notSupported(`${field}.resource`, resource, RESOURCES)];
  const parsed = tryParseQuantity(divisor);
  if (parsed === undefined || parsed.nanos === 0n) return [];
  if (parsed.nanos < 0n) return [invalidValue(`${field}.divisor`, divisor, "must be greater than or equal to 0")];
  const cpu = resource.endsWith(".cpu");
  const allowed = cpu
    ? ["1m", "1"]
    : ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
  return allowed.includes(divisor ?? "")
    ? []
    : [
        invalidValue(
          "divisor",
          divisor,
          cpu
            ? "only divisor's values 1m and 1 are supported with the cpu resource"
            : "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the memory resource",
        ),
      ];
}

function validateKeyRef(field: string, reference: { readonly name?: string; readonly key: string }): FieldError[] {
  const errors = problems(`${field}.name`, reference.name ?? "", isDns1123Subdomain(reference.name ?? ""));
  if (!reference.key) return [...errors, required(`${field}.key`)];
  return [...errors, ...problems(`${field}.key`, reference.key, isConfigKey(reference.key))];
}

function validateValueFrom(field: string, variable: EnvVar): FieldError[] {
  const { valueFrom, value } = variable;
  if (valueFrom === undefined) return [];
  const errors: FieldError[] = [];
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef !== undefined) errors.push(...validateFieldRef(`${field}.fieldRef`, fieldRef, ENVIRONMENT_FIELDS));
  if (resourceFieldRef !== undefined)
    errors.push(...validateResourceFieldRef(`${field}.resourceFieldRef`, resourceFieldRef, false));
  if (configMapKeyRef !== undefined) errors.push(...validateKeyRef(`${field}.configMapKeyRef`, configMapKeyRef));
  if (secretKeyRef !== undefined) errors.push(...validateKeyRef(`${field}.secretKeyRef`, secretKeyRef));
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef].filter((source) => source !== undefined);
  if (sources.length === 0)
    errors.push(
      invalidValue(
        field,
        "",
        "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`",
      ),
    );
  else if (value) errors.push(invalidValue(field, "", "may not be specified when `value` is not empty"));
  else if (sources.length > 1)
    errors.push(invalidValue(field, "", "may not have more than one field specified at a time"));
  return errors;
}

export function validateEnv(field: string, variables: readonly EnvVar[] = []): FieldError[] {
  return variables.flatMap((variable, index) => {
    const at = `${field}[${index}]`;
    const errors = variable.name
      ? problems(`${at}.name`, variable.name, isEnvironmentName(variable.name))
      : [required(`${at}.name`)];
    return [...errors, ...validateValueFrom(`${at}.valueFrom`, variable)];
  });
}

export function validateEnvFrom(field: string, sources: readonly EnvFrom[] = []): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, { prefix, configMapRef, secretRef }] of sources.entries()) {
    const at = `${field}[${index}]`;
    if (prefix) errors.push(...problems(`${at}.prefix`, prefix, isEnvironmentName(prefix)));
    const given = Object.entries({ configMapRef, secretRef }).filter(([, reference]) => reference !== undefined);
    for (const [key, reference] of given) {
      const name = reference?.name ?? "";
      if (name === "") errors.push(required(`${at}.${key}.name`));
      else errors.push(...problems(`${at}.${key}.name`, name, isDns1123Subdomain(name)));
    }
    if (given.length === 0) errors.push(invalidValue(field, "", "must specify one of: `configMapRef` or `secretRef`"));
    else if (given.length > 1)
      errors.push(invalidValue(field, "", "may not have more than one field specified at a time"));
  }
  return errors;
}
