/** Values of the API server's internal types as its messages show them, and how two of them differ. */
import { atOnce, type Steps } from "../../machinery/steps.ts";
import { unifiedDiffInSteps } from "../../machinery/unified-diff.ts";
import { internalFields } from "./types.ts";

type Value = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Value =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

function internal(value: unknown, type: string, pointer: boolean): unknown {
  switch (type) {
    case "string":
      return value ?? (pointer ? null : "");
    case "quantity":
      return value ?? "0";
    case "bool":
      return value ?? (pointer ? null : false);
    case "int":
      return value ?? (pointer ? null : 0);
    case "map":
      return value === undefined || value === null ? null : sorted(value);
    case "json":
      return value ?? null;
  }
  if (value === undefined || value === null) {
    if (pointer) return null;
  }
  const fields = internalFields(type);
  // What the table does not know is shown as on the wire.
  if (fields === undefined) return value ?? null;
  const from = isObject(value) ? value : {};
  const out: Record<string, unknown> = {};
  for (const field of fields) {
    if (field.inline) {
      if (field.type === "ObjectMeta") Object.assign(out, from["metadata"] ?? {});
      else Object.assign(out, internal(from, field.type, false));
      continue;
    }
    const own = from[field.wire];
    if (field.list)
      out[field.name] =
        Array.isArray(own) && own.length > 0 ? own.map((item) => internal(item, field.type, false)) : null;
    else out[field.name] = internal(own, field.type, field.pointer);
  }
  return out;
}

/** Host namespaces are of the Pod on the wire and of its security context inside. */
function insideOut(spec: Value): Value {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace, hostUsers, ...rest } = spec;
  return {
    ...rest,
    securityContext: {
      ...(isObject(spec["securityContext"]) ? spec["securityContext"] : {}),
      hostNetwork,
      hostPID,
      hostIPC,
      shareProcessNamespace,
      hostUsers,
    },
  };
}

/** A value on the wire as the JSON of the internal type. */
export function toInternal(value: unknown, type: string): unknown {
  if (type === "PodSpec" && isObject(value)) return internal(insideOut(value), type, false);
  if (type === "PodTemplateSpec" && isObject(value))
    return internal({ ...value, spec: insideOut(isObject(value["spec"]) ? value["spec"] : {}) }, type, false);
  return internal(value, type, false);
}

/** Go's encoder escapes what could end a script. */
const escaped = (text: string) =>
  text.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** In one line, for `Invalid value: ...`. */
export const internalText = (value: unknown, type: string): string => escaped(JSON.stringify(toInternal(value, type)));

/** What `k8s.io/apimachinery/pkg/util/diff.Diff` prints of two values. */
export const internalDiff = (before: unknown, after: unknown, type: string): string =>
  atOnce(internalDiffInSteps(before, after, type));

/** The same of what may be large. */
export function* internalDiffInSteps(before: unknown, after: unknown, type: string): Steps<string> {
  const text = (value: unknown) => escaped(JSON.stringify(toInternal(value, type), undefined, 1));
  const left = text(before);
  yield;
  const right = text(after);
  yield;
  return yield* unifiedDiffInSteps(left, right);
}
