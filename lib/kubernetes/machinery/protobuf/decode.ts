/**
 * Kubernetes objects in protobuf ("k8s\0" and a runtime.Unknown around the message) to the JSON that Go would make of
 * them (apimachinery runtime/serializer/protobuf). kubectl 1.32 and newer send typed creates in this form.
 */
import { encodeBase64 } from "../../../encoding/index.ts";
import { badRequest, StatusError } from "../status.ts";
import { rfc3339, rfc3339Micro } from "../time.ts";
import fields from "./fields.json" with { type: "json" };
import { signed, WireReader } from "./wire.ts";

const MAGIC = [0x6b, 0x38, 0x73, 0x00];

export const isProtobuf = (body: Uint8Array): boolean => MAGIC.every((byte, index) => body[index] === byte);

interface FieldJson {
  readonly type: string;
  readonly id: number;
  readonly rule?: string;
  readonly keyType?: string;
}
interface MessageJson {
  readonly fields?: Readonly<Record<string, FieldJson>>;
  readonly nested?: Readonly<Record<string, MessageJson>>;
}
interface Field extends FieldJson {
  readonly name: string;
  /** Full name of the message type; undefined for scalars. */
  readonly message: string | undefined;
}
interface Message {
  readonly name: string;
  readonly byId: ReadonlyMap<number, Field>;
}

const SCALARS = new Set(["string", "bytes", "bool", "int32", "int64", "uint32", "uint64", "double", "float"]);
const META = "k8s.io.apimachinery.pkg.apis.meta.v1.";

/** Go structs that JSON shows as part of the struct around them, by message and field. */
const INLINED = new Set([
  "Volume.volumeSource",
  "PersistentVolumeSpec.persistentVolumeSource",
  "Probe.handler",
  "EphemeralContainer.ephemeralContainerCommon",
  "IngressRule.ingressRuleValue",
  ...[
    "ConfigMapEnvSource",
    "ConfigMapKeySelector",
    "ConfigMapNodeConfigSource",
    "ConfigMapProjection",
    "ConfigMapVolumeSource",
    "SecretEnvSource",
    "SecretKeySelector",
    "SecretProjection",
  ].map((message) => `${message}.localObjectReference`),
]);

/**
 * Numbers and booleans that are plain values in Go and left out of JSON where zero; those that are pointers are kept,
 * because a zero is then what somebody asked for.
 */
const ZERO_IS_UNSET = new Set([
  "minReadySeconds",
  "observedGeneration",
  "generation",
  "hostPort",
  "nodePort",
  "initialDelaySeconds",
  "Probe.timeoutSeconds",
  "periodSeconds",
  "successThreshold",
  "failureThreshold",
  "count",
  "stdin",
  "stdinOnce",
  "tty",
  "VolumeMount.readOnly",
  "PersistentVolumeClaimVolumeSource.readOnly",
  "NFSVolumeSource.readOnly",
  "hostNetwork",
  "hostPID",
  "hostIPC",
  "paused",
  "unschedulable",
  "globalDefault",
  "publishNotReadyAddresses",
  "healthCheckNodePort",
  "AWSElasticBlockStoreVolumeSource.partition",
  "GCEPersistentDiskVolumeSource.partition",
  "availableReplicas",
  "readyReplicas",
  "updatedReplicas",
  "unavailableReplicas",
  "fullyLabeledReplicas",
  "currentReplicas",
  "active",
  "succeeded",
  "failed",
]);

/** Text that is a pointer in Go: empty is not the same as missing. */
const EMPTY_TEXT_COUNTS = new Set([
  "PersistentVolumeClaimSpec.storageClassName",
  "PersistentVolumeClaimSpec.volumeAttributesClassName",
  "TypedLocalObjectReference.apiGroup",
  "TypedObjectReference.apiGroup",
  "EndpointPort.name",
]);

const messages = new Map<string, Message>();

function node(name: string): MessageJson | undefined {
  let current: MessageJson | undefined = fields as unknown as MessageJson;
  for (const part of name.split(".")) current = current?.nested?.[part];
  return current;
}

function messageOf(name: string): Message | undefined {
  const known = messages.get(name);
  if (known !== undefined) return known;
  const json = node(name);
  if (json?.fields === undefined) return undefined;
  const namespace = name.slice(0, name.lastIndexOf("."));
  const byId = new Map<number, Field>();
  for (const [field, description] of Object.entries(json.fields)) {
    const { type } = description;
    const message = SCALARS.has(type) ? undefined : type.startsWith(".") ? type.slice(1) : `${namespace}.${type}`;
    byId.set(description.id, { ...description, name: field, message });
  }
  const made = { name: name.slice(name.lastIndexOf(".") + 1), byId };
  messages.set(name, made);
  return made;
}

/** The object in the envelope, with kind and apiVersion. Throws BadRequest where the bytes are no such object. */
export function decodeProtobuf(body: Uint8Array): Record<string, unknown> {
  try {
    const envelope = unknownObject(new WireReader(body.subarray(MAGIC.length)));
    if (envelope.contentType !== "" && envelope.contentType !== "application/vnd.kubernetes.protobuf")
      throw new StatusError(
        415,
        "UnsupportedMediaType",
        `unable to decode a body of ${envelope.contentType} in protobuf`,
      );
    const name = messageName(envelope.apiVersion, envelope.kind);
    const message = messageOf(name);
    if (message === undefined)
      throw badRequest(
        `${envelope.kind} in version "${envelope.apiVersion}" is not served in protobuf: send JSON instead`,
      );
    const object = decodeMessage(envelope.raw, name, message) as Record<string, unknown>;
    return { kind: envelope.kind, apiVersion: envelope.apiVersion, ...object };
  } catch (error) {
    if (error instanceof RangeError) throw badRequest(error.message);
    throw error;
  }
}

/** "apps/v1", "Deployment" to "k8s.io.api.apps.v1.Deployment". */
function messageName(apiVersion: string, kind: string): string {
  if (kind === "DeleteOptions" || kind === "PatchOptions") return META + kind;
  const slash = apiVersion.indexOf("/");
  const group = slash === -1 ? "core" : (apiVersion.slice(0, slash).split(".")[0] ?? "");
  return `k8s.io.api.${group}.${apiVersion.slice(slash + 1)}.${kind}`;
}

/** runtime.Unknown: typeMeta 1 (apiVersion 1, kind 2), raw 2, contentEncoding 3, contentType 4. */
function unknownObject(reader: WireReader) {
  const found = { apiVersion: "", kind: "", raw: new Uint8Array(), contentType: "" };
  while (!reader.done) {
    const { field, type } = reader.tag();
    if (field === 1) {
      const meta = new WireReader(reader.bytes());
      while (!meta.done) {
        const tag = meta.tag();
        if (tag.field === 1) found.apiVersion = meta.text();
        else if (tag.field === 2) found.kind = meta.text();
        else meta.skip(tag.type);
      }
    } else if (field === 2) found.raw = new Uint8Array(reader.bytes());
    else if (field === 4) found.contentType = reader.text();
    else reader.skip(type);
  }
  return found;
}

type Special = (bytes: Uint8Array) => unknown;

function seconds(bytes: Uint8Array): { seconds: number; nanos: number } | undefined {
  if (bytes.length === 0) return undefined;
  const reader = new WireReader(bytes);
  const found = { seconds: 0, nanos: 0 };
  while (!reader.done) {
    const { field, type } = reader.tag();
    if (field === 1) found.seconds = signed(reader.varint());
    else if (field === 2) found.nanos = signed(reader.varint());
    else reader.skip(type);
  }
  return found;
}

function firstBytes(bytes: Uint8Array): Uint8Array {
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const { field, type } = reader.tag();
    if (field === 1) return reader.bytes();
    reader.skip(type);
  }
  return new Uint8Array();
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const rawJson: Special = (bytes) => {
  const raw = text(firstBytes(bytes));
  return raw === "" ? undefined : JSON.parse(raw);
};

/** Messages whose JSON is not an object of their fields. */
const SPECIAL: Readonly<Record<string, Special>> = {
  "k8s.io.apimachinery.pkg.api.resource.Quantity": (bytes) => text(firstBytes(bytes)) || "0",
  [`${META}Time`]: (bytes) => {
    const found = seconds(bytes);
    return found === undefined ? undefined : rfc3339(found.seconds * 1000);
  },
  [`${META}MicroTime`]: (bytes) => {
    const found = seconds(bytes);
    return found === undefined ? undefined : rfc3339Micro(found.seconds * 1000 + found.nanos / 1e6);
  },
  [`${META}FieldsV1`]: rawJson,
  "k8s.io.apimachinery.pkg.runtime.RawExtension": rawJson,
  "k8s.io.apimachinery.pkg.util.intstr.IntOrString": (bytes) => {
    const reader = new WireReader(bytes);
    const found = { type: 0, number: 0, text: "" };
    while (!reader.done) {
      const { field, type } = reader.tag();
      if (field === 1) found.type = signed(reader.varint());
      else if (field === 2) found.number = signed(reader.varint());
      else if (field === 3) found.text = reader.text();
      else reader.skip(type);
    }
    return found.type === 0 ? found.number : found.text;
  },
};

function decodeMessage(bytes: Uint8Array, name: string, message: Message): unknown {
  const special = SPECIAL[name];
  if (special !== undefined) return special(bytes);
  const reader = new WireReader(bytes);
  const object: Record<string, unknown> = {};
  while (!reader.done) {
    const { field: id, type } = reader.tag();
    const field = message.byId.get(id);
    if (field === undefined) {
      reader.skip(type);
      continue;
    }
    if (field.keyType !== undefined) {
      readMapEntry(new WireReader(reader.bytes()), field, object);
      continue;
    }
    const value = readValue(reader, field);
    if (value === undefined) continue;
    const qualified = `${message.name}.${field.name}`;
    if (field.rule === "repeated") {
      object[field.name] ??= [];
      (object[field.name] as unknown[]).push(value);
    } else if (INLINED.has(qualified)) Object.assign(object, value);
    else if (!isUnset(qualified, field, value)) object[field.name] = value;
  }
  // A list type of its own (ExtraValue, Verbs) is the list itself.
  if (message.byId.size === 1 && message.byId.get(1)?.name === "items" && message.byId.get(1)?.message === undefined)
    return object["items"] ?? [];
  return object;
}

function isUnset(qualified: string, field: Field, value: unknown): boolean {
  if (value === "") return !EMPTY_TEXT_COUNTS.has(qualified);
  if (value === 0 || value === false) return ZERO_IS_UNSET.has(field.name) || ZERO_IS_UNSET.has(qualified);
  return false;
}

function readMapEntry(reader: WireReader, field: Field, object: Record<string, unknown>): void {
  object[field.name] ??= {};
  const map = object[field.name] as Record<string, unknown>;
  let key = "";
  let value: unknown = field.type === "string" || field.type === "bytes" ? "" : undefined;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag.field === 1) key = reader.text();
    else if (tag.field === 2) value = readValue(reader, field);
    else reader.skip(tag.type);
  }
  Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true });
}

function readValue(reader: WireReader, field: Field): unknown {
  if (field.message !== undefined) {
    const message = messageOf(field.message);
    if (message === undefined) throw badRequest(`unknown protobuf message ${field.message}`);
    return decodeMessage(reader.bytes(), field.message, message);
  }
  switch (field.type) {
    case "string":
      return reader.text();
    case "bytes":
      return encodeBase64(reader.bytes());
    case "bool":
      return reader.varint() !== 0n;
    case "double":
      return reader.double();
    case "float":
      return reader.float();
    default:
      return signed(reader.varint());
  }
}
