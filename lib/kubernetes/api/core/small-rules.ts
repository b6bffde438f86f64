/** Defaults and validation of the core group's smaller kinds (pkg/apis/core/v1/defaults.go, pkg/apis/core/validation). */
import { decodeBase64Text, encodeBase64 } from "../../../encoding/index.ts";
import { deepEqual } from "../../machinery/clone.ts";
import type { FieldError } from "../../machinery/status.ts";
import {
  duplicate,
  forbiddenField,
  immutable,
  invalidValue,
  isConfigKey,
  isDns1123Label,
  isDns1123Subdomain,
  isIP,
  notSupported,
  oneOf,
  problems,
  required,
  tooLong,
  validateFinalizers,
  validateLabelName,
  validateObjectMeta,
  validateObjectMetaUpdate,
  validPort,
} from "../../machinery/validation/index.ts";
import { defaultResourceList, setDefaultText } from "../pods/defaults.ts";
import { validateResourceQuantity } from "../pods/validate-resources.ts";
import type { ConfigMap, Endpoints, Event, Namespace, Node, Secret, ServiceAccount } from "../types.ts";

/** ConfigMaps and Secrets: 1 MiB. */
const MAX_DATA = 1024 * 1024;
const IMMUTABLE_SET = "field is immutable when `immutable` is set";

const base64Length = (text: string) => Math.floor((text.replace(/=+$/, "").length * 3) / 4);

export function validateConfigMap(object: ConfigMap): FieldError[] {
  const errors = validateObjectMeta(object.metadata, true, isDns1123Subdomain);
  let size = 0;
  for (const [key, value] of Object.entries(object.data ?? {})) {
    errors.push(...problems(`data[${key}]`, key, isConfigKey(key)));
    if (object.binaryData?.[key] !== undefined)
      errors.push(invalidValue(`data[${key}]`, key, `duplicate of key present in binaryData`));
    size += value.length;
  }
  for (const [key, value] of Object.entries(object.binaryData ?? {})) {
    errors.push(...problems(`binaryData[${key}]`, key, isConfigKey(key)));
    size += base64Length(value);
  }
  if (size > MAX_DATA) errors.push(tooLong("[]", MAX_DATA));
  return errors;
}

export function validateConfigMapUpdate(next: ConfigMap, old: ConfigMap): FieldError[] {
  const errors = validateObjectMetaUpdate(next.metadata, old.metadata);
  if (old.immutable === true) {
    if (next.immutable !== true) errors.push(forbiddenField("immutable", IMMUTABLE_SET));
    for (const key of ["data", "binaryData"] as const)
      if (!deepEqual(next[key] ?? {}, old[key] ?? {})) errors.push(forbiddenField(key, IMMUTABLE_SET));
  }
  return [...errors, ...validateConfigMap(next)];
}

/** stringData is written into data and not kept. */
export function defaultSecret(secret: Secret): void {
  setDefaultText(secret, "type", "Opaque");
  if (secret.stringData === undefined) return;
  const data: Record<string, string> = { ...secret.data };
  for (const [key, value] of Object.entries(secret.stringData)) data[key] = encodeBase64(value);
  delete secret.stringData;
  if (Object.keys(data).length > 0) secret.data = data;
}

/** Keys a Secret of a type must have; of a list inside, one is enough. */
const SECRET_KEYS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "kubernetes.io/dockercfg": [[".dockercfg"]],
  "kubernetes.io/dockerconfigjson": [[".dockerconfigjson"]],
  "kubernetes.io/basic-auth": [["username", "password"]],
  "kubernetes.io/ssh-auth": [["ssh-privatekey"]],
  "kubernetes.io/tls": [["tls.crt"], ["tls.key"]],
};
const SERVICE_ACCOUNT_NAME = "kubernetes.io/service-account.name";

export function validateSecret(object: Secret): FieldError[] {
  const errors = validateObjectMeta(object.metadata, true, isDns1123Subdomain);
  let size = 0;
  for (const [key, value] of Object.entries(object.data ?? {})) {
    errors.push(...problems(`data[${key}]`, key, isConfigKey(key)));
    size += base64Length(value);
  }
  if (size > MAX_DATA) errors.push(tooLong("data", MAX_DATA));
  const type = object.type ?? "";
  if (type === "kubernetes.io/service-account-token" && !object.metadata.annotations?.[SERVICE_ACCOUNT_NAME])
    errors.push(required(`metadata.annotations[${SERVICE_ACCOUNT_NAME}]`));
  for (const keys of SECRET_KEYS[type] ?? []) {
    if (keys.some((key) => object.data?.[key] !== undefined)) continue;
    errors.push(...keys.map((key) => required(`data[${key}]`)));
  }
  if (type === "kubernetes.io/dockercfg" || type === "kubernetes.io/dockerconfigjson") {
    const key = type === "kubernetes.io/dockercfg" ? ".dockercfg" : ".dockerconfigjson";
    const text = object.data?.[key];
    if (text !== undefined && !isJson(text))
      errors.push(
        invalidValue(`data[${key}]`, "<secret contents redacted>", "invalid character looking for beginning of value"),
      );
  }
  return errors;
}

function isJson(base64: string): boolean {
  try {
    JSON.parse(decodeBase64Text(base64));
    return true;
  } catch {
    return false;
  }
}

export function validateSecretUpdate(next: Secret, old: Secret): FieldError[] {
  const errors = validateObjectMetaUpdate(next.metadata, old.metadata);
  errors.push(...immutable("type", next.type, old.type));
  if (old.immutable === true) {
    if (next.immutable !== true) errors.push(forbiddenField("immutable", IMMUTABLE_SET));
    if (!deepEqual(next.data ?? {}, old.data ?? {})) errors.push(forbiddenField("data", IMMUTABLE_SET));
  }
  return [...errors, ...validateSecret(next)];
}

export const validateServiceAccount = (object: ServiceAccount): FieldError[] =>
  validateObjectMeta(object.metadata, true, isDns1123Subdomain);

export function validateNamespace(object: Namespace): FieldError[] {
  const errors = validateObjectMeta(object.metadata, false, isDns1123Label);
  for (const finalizer of object.spec?.finalizers ?? [])
    errors.push(...validateFinalizers("spec.finalizers", [finalizer]));
  return errors;
}

export const validateNamespaceUpdate = (next: Namespace, old: Namespace): FieldError[] =>
  validateObjectMetaUpdate(next.metadata, old.metadata);

export function validateNamespaceStatusUpdate(next: Namespace, old: Namespace): FieldError[] {
  const errors = validateObjectMetaUpdate(next.metadata, old.metadata);
  const phase = next.status?.phase ?? "";
  const expected = next.metadata.deletionTimestamp === undefined ? "Active" : "Terminating";
  if (phase !== expected)
    errors.push(
      invalidValue(
        "status.Phase",
        phase,
        expected === "Active"
          ? "may only be 'Active' if `deletionTimestamp` is empty"
          : "may only be 'Terminating' if `deletionTimestamp` is not empty",
      ),
    );
  return errors;
}

const NODE_INFO = [
  "machineID",
  "systemUUID",
  "bootID",
  "kernelVersion",
  "osImage",
  "containerRuntimeVersion",
  "kubeletVersion",
  "kubeProxyVersion",
  "operatingSystem",
  "architecture",
] as const;

/** Capacities are allocatable where nothing else is said; what the kubelet has not told yet is empty, not absent. */
export function defaultNode(node: Node): void {
  node.spec ??= {};
  node.status ??= {};
  const { status } = node;
  status.daemonEndpoints ??= { kubeletEndpoint: { Port: 0 } };
  const info = (status.nodeInfo ?? {}) as Record<(typeof NODE_INFO)[number], string>;
  for (const key of NODE_INFO) info[key] ??= "";
  status.nodeInfo = info as NonNullable<typeof status.nodeInfo>;
  if (status.allocatable === undefined && status.capacity !== undefined) status.allocatable = { ...status.capacity };
  defaultResourceList(status.capacity);
  defaultResourceList(status.allocatable);
}

const TAINT_EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

function validateTaints(taints: NonNullable<Node["spec"]>["taints"] = []): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, { key, value = "", effect }] of taints.entries()) {
    const at = `spec.taints[${index}]`;
    errors.push(...validateLabelName(`${at}.key`, key));
    if (!/^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(value))
      errors.push(
        invalidValue(
          `${at}.value`,
          value,
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        ),
      );
    if (!effect) errors.push(required(`${at}.effect`));
    else if (!TAINT_EFFECTS.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, TAINT_EFFECTS));
    if (seen.has(`${key}:${effect}`))
      errors.push({
        ...duplicate(at, { key, value, effect }),
        detail: "taints must be unique by key and effect pair",
      });
    seen.add(`${key}:${effect}`);
  }
  return errors;
}

export function validateNode(object: Node): FieldError[] {
  const errors = [
    ...validateObjectMeta(object.metadata, false, isDns1123Subdomain),
    ...validateTaints(object.spec?.taints),
  ];
  for (const key of ["capacity", "allocatable"] as const)
    for (const [name, amount] of Object.entries(object.status?.[key] ?? {}))
      errors.push(...validateResourceQuantity(`status.${key}[${name}]`, name, amount));
  return errors;
}

export function validateNodeUpdate(next: Node, old: Node): FieldError[] {
  const errors = [...validateObjectMetaUpdate(next.metadata, old.metadata), ...validateTaints(next.spec?.taints)];
  const { podCIDR, podCIDRs, providerID } = old.spec ?? {};
  if (podCIDRs !== undefined && podCIDRs.length > 0 && !deepEqual(podCIDRs, next.spec?.podCIDRs))
    errors.push(forbiddenField("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid'));
  else if (podCIDR && next.spec?.podCIDR !== podCIDR)
    errors.push(forbiddenField("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid'));
  if (providerID && next.spec?.providerID !== providerID)
    errors.push(forbiddenField("spec.providerID", 'node updates may not change providerID except from "" to valid'));
  return errors;
}

export function defaultEndpoints(object: Endpoints): void {
  for (const { ports = [] } of object.subsets ?? []) for (const port of ports) setDefaultText(port, "protocol", "TCP");
}

export function validateEndpoints(object: Endpoints): FieldError[] {
  const errors = validateObjectMeta(object.metadata, true, isDns1123Subdomain);
  for (const [index, { addresses = [], notReadyAddresses = [], ports = [] }] of (object.subsets ?? []).entries()) {
    const at = `subsets[${index}]`;
    if (addresses.length === 0 && notReadyAddresses.length === 0)
      errors.push(required(at, "must specify `addresses` or `notReadyAddresses`"));
    for (const [key, list] of [
      ["addresses", addresses],
      ["notReadyAddresses", notReadyAddresses],
    ] as const)
      for (const [n, { ip, hostname }] of list.entries()) {
        errors.push(...problems(`${at}.${key}[${n}].ip`, ip, isIP(ip)));
        if (hostname) errors.push(...problems(`${at}.${key}[${n}].hostname`, hostname, isDns1123Label(hostname)));
      }
    for (const [n, port] of ports.entries()) {
      if (ports.length > 1 && !port.name) errors.push(required(`${at}.ports[${n}].name`));
      else if (port.name) errors.push(...problems(`${at}.ports[${n}].name`, port.name, isDns1123Label(port.name)));
      errors.push(
        ...validPort(`${at}.ports[${n}].port`, port.port),
        ...oneOf(`${at}.ports[${n}].protocol`, port.protocol, ["SCTP", "TCP", "UDP"]),
      );
    }
  }
  return errors;
}

/** Times and sources an Event always carries, if only as null. */
export function defaultEvent(object: Event): void {
  const event = object as { -readonly [K in keyof Event]: Event[K] | null };
  event.source ??= {};
  event.firstTimestamp ??= null;
  event.lastTimestamp ??= null;
  event.eventTime ??= null;
  event.reportingComponent ??= "";
  event.reportingInstance ??= "";
}
