/**
 * From one document to objects, with Go's words where a field is not what it has to be
 * (k8s.io/cli-runtime/pkg/resource: StreamVisitor, mapper.infoForData, FlattenListVisitor).
 */
import { CommandError, Failures } from "../errors.ts";
import { isObject, type Json, type JsonObject, type KubeObject, listAt, textAt } from "../object.ts";
import { compactJson } from "../printers/json.ts";
import { timeProblem } from "./go-time.ts";

/** What Go calls a JSON value of the wrong kind. */
const kindName = (value: Json): string =>
  Array.isArray(value)
    ? "array"
    : typeof value === "boolean"
      ? "bool"
      : value === null
        ? "null"
        : typeof value === "bigint"
          ? "number"
          : (typeof value as "string" | "number" | "object");

const into = (value: Json, struct: string, type: string, exact = false): string =>
  `json: cannot unmarshal ${kindName(value)}${exact ? ` ${String(value)}` : ""} into Go struct field ${struct} of type ${type}`;

type Check = (value: Json, field: string) => string | undefined;

const text: Check = (value, field) =>
  value === null || typeof value === "string" ? undefined : into(value, field, "string");
const integer: Check = (value, field) => {
  if (value === null || typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value)))
    return undefined;
  return into(value, field, "int64", typeof value === "number");
};
const flag: Check = (value, field) =>
  value === null || typeof value === "boolean" ? undefined : into(value, field, "bool");
const time: Check = (value, field) => {
  if (value === null) return undefined;
  if (typeof value !== "string") return into(value, field, "string");
  return timeProblem(value);
};
const texts: Check = (value, field) => {
  if (value === null) return undefined;
  if (!Array.isArray(value)) return into(value, field, "[]string");
  return first(value.map((item) => text(item, field)));
};
const pairs: Check = (value, field) => {
  if (value === null) return undefined;
  if (!isObject(value)) return into(value, field, "map[string]string");
  return first(
    Object.keys(value)
      .sort()
      .map((key) => text(value[key] ?? null, field)),
  );
};
const first = (problems: readonly (string | undefined)[]): string | undefined =>
  problems.find((problem) => problem !== undefined);

const fieldsOf =
  (struct: string, checks: Readonly<Record<string, Check>>, type: string): Check =>
  (value, field) => {
    if (value === null) return undefined;
    if (!isObject(value)) return into(value, field, type);
    const path = field.slice(field.indexOf(".") + 1);
    return first(
      Object.keys(value)
        .sort()
        .map((key) => checks[key]?.(value[key] ?? null, `${struct}.${path}.${key}`)),
    );
  };
const listOf =
  (item: Check, type: string): Check =>
  (value, field) => {
    if (value === null) return undefined;
    if (!Array.isArray(value)) return into(value, field, type);
    return first(value.map((one) => item(one, field)));
  };

const OWNER = fieldsOf(
  "OwnerReference",
  {
    apiVersion: text,
    kind: text,
    name: text,
    uid: (value, field) => text(value, field)?.replace(/string$/, "types.UID"),
    controller: flag,
    blockOwnerDeletion: flag,
  },
  "v1.OwnerReference",
);
const MANAGED = fieldsOf(
  "ManagedFieldsEntry",
  { manager: text, operation: text, apiVersion: text, time, fieldsType: text, subresource: text },
  "v1.ManagedFieldsEntry",
);
const METADATA: Readonly<Record<string, Check>> = {
  name: text,
  generateName: text,
  namespace: text,
  selfLink: text,
  uid: (value, field) => text(value, field)?.replace(/string$/, "types.UID"),
  resourceVersion: text,
  generation: integer,
  creationTimestamp: time,
  deletionTimestamp: time,
  deletionGracePeriodSeconds: integer,
  labels: pairs,
  annotations: pairs,
  ownerReferences: listOf(OWNER, "[]v1.OwnerReference"),
  finalizers: texts,
  managedFields: listOf(MANAGED, "[]v1.ManagedFieldsEntry"),
};

/** Why the metadata of an object cannot be read (metadataValidatingDecoder). */
function metadataProblem(object: JsonObject): string | undefined {
  const metadata = fieldsOf("ObjectMeta", METADATA, "v1.ObjectMeta");
  const checks: Readonly<Record<string, Check>> = { apiVersion: text, kind: text, metadata };
  return first(
    Object.keys(object)
      .sort()
      .map((key) => checks[key]?.(object[key] ?? null, `metadataOnlyObject.${key}`)),
  );
}

const isGroupVersion = (apiVersion: string): boolean => apiVersion.split("/").length <= 2;

/** What client-side validation asks before a server is asked: that it is an object, and says of which kind. */
function validationProblem(document: Json): string | undefined {
  if (!isObject(document)) return "invalid object to validate";
  const problems = ["apiVersion", "kind"].flatMap((field) => {
    const value = document[field] ?? null;
    if (value === null) return [`${field} not set`];
    return typeof value === "string" ? [] : [`${field} isn't string type`];
  });
  if (problems.length > 1) return `[${problems.join(", ")}]`;
  if (problems.length === 1) return problems[0];
  const apiVersion = textAt(document, "apiVersion");
  if (!isGroupVersion(apiVersion)) return `unexpected GroupVersion string: ${apiVersion}`;
  if (textAt(document, "kind") !== "List") return undefined;
  // A server knows no such kind: what is in it is looked at here.
  if (!Array.isArray(document["items"])) return "invalid object to validate";
  const inner = document["items"].map(validationProblem).filter((problem) => problem !== undefined);
  return inner.length > 1 ? `[${inner.join(", ")}]` : inner[0];
}

/** What a kind of object can be looked up by; other values say nothing. */
const kindOf = (object: JsonObject): string => {
  const [kind, apiVersion] = [object["kind"], object["apiVersion"]];
  if (typeof apiVersion === "string" && !isGroupVersion(apiVersion)) return "";
  return typeof kind === "string" ? kind : "";
};

export interface Decoded {
  readonly objects: KubeObject[];
  /** What is wrong with some of it; the rest counts all the same. */
  readonly errors: unknown[];
}

/**
 * Throws what ends the reading of a whole file; the other problems are in the result. `written`: the document's text,
 * where that is JSON.
 */
export function decodeDocument(document: Json, source: string, validate: boolean, written?: string): Decoded {
  const name = JSON.stringify(source);
  const invalid = validate ? validationProblem(document) : undefined;
  if (invalid !== undefined)
    throw new CommandError(
      `error validating ${name}: error validating data: ${invalid}; if you choose to ignore these errors, turn validation off with --validate=false`,
    );
  const undecodable = (words: string): Decoded => ({
    objects: [],
    errors: [new CommandError(`unable to decode ${name}: ${words}`)],
  });
  if (!isObject(document))
    return undecodable(`json: cannot unmarshal ${kindName(document)} into Go value of type unstructured.detector`);
  const missingKind = (object: JsonObject): string =>
    `Object 'Kind' is missing in '${(object === document ? written : undefined) ?? compactJson(object)}'`;
  if ((document["items"] ?? null) !== null) return decodeList(document, undecodable, missingKind);
  if (kindOf(document) === "") return undecodable(missingKind(document));
  const problem = metadataProblem(document);
  if (problem !== undefined) return undecodable(problem);
  return { objects: [document], errors: [] };
}

function decodeList(
  list: JsonObject,
  undecodable: (words: string) => Decoded,
  missingKind: (object: JsonObject) => string,
): Decoded {
  for (const field of ["apiVersion", "items", "kind"]) {
    const value = list[field] ?? null;
    const type = field === "items" ? "[]json.RawMessage" : "string";
    const right = value === null || (field === "items" ? Array.isArray(value) : typeof value === "string");
    if (!right) return undecodable(into(value, `decodeList.${field}`, type));
  }
  const bad = listAt(list, "items").find((item) => item !== null && !isObject(item));
  if (bad !== undefined)
    return undecodable(`json: cannot unmarshal ${kindName(bad)} into Go value of type map[string]interface {}`);
  if (kindOf(list) === "") return undecodable(missingKind(list));
  // Items of a typed list need not say what they are.
  const itemKind = textAt(list, "kind").replace(/List$/, "");
  const objects: KubeObject[] = [];
  const errors: unknown[] = [];
  for (const item of listAt(list, "items")) {
    const object = isObject(item) ? item : {};
    const typed =
      textAt(object, "kind") === "" && itemKind !== ""
        ? { ...object, kind: itemKind, apiVersion: textAt(list, "apiVersion") }
        : object;
    if (Array.isArray(typed["items"])) {
      const inner = decodeList(typed, undecodable, missingKind);
      objects.push(...inner.objects);
      errors.push(...inner.errors);
    } else if (kindOf(typed) === "")
      errors.push(
        new CommandError(
          `unable to get type info from the object "*unstructured.Unstructured": Object 'Kind' is missing in 'object has no kind field '`,
        ),
      );
    else objects.push(typed);
  }
  return { objects, errors: errors.length === 0 ? [] : [new Failures(errors)] };
}
