/** Where an environment variable's value comes from, in words and resolved (k8s.io/kubectl/pkg/cmd/set/env/env_resolve.go). */

import { decodeBase64Text, quantityNumber } from "../../../encoding/index.ts";
import { CommandError } from "../../errors.ts";
import type { Invocation } from "../../invocation.ts";
import { type JsonObject, type KubeObject, objectAt, textAt } from "../../object.ts";

export function referenceText(reference: JsonObject): string {
  for (const [field, word] of [
    ["configMapKeyRef", "configmap"],
    ["secretKeyRef", "secret"],
  ] as const) {
    if (reference[field] !== undefined)
      return `${word} ${textAt(reference, field, "name")}, key ${textAt(reference, field, "key")}`;
  }
  if (reference["fieldRef"] !== undefined) return `field path ${textAt(reference, "fieldRef", "fieldPath")}`;
  if (reference["resourceFieldRef"] !== undefined) {
    const container = textAt(reference, "resourceFieldRef", "containerName");
    return `resource field ${container === "" ? "" : `${container}/`}${textAt(reference, "resourceFieldRef", "resource")}`;
  }
  return "invalid valueFrom";
}

/** The value of a reference to a ConfigMap, a Secret or a field of the object itself. */
export async function resolveReference(
  invocation: Invocation,
  reference: JsonObject,
  object: KubeObject,
  container: JsonObject,
): Promise<string> {
  for (const [field, resource, word] of [
    ["configMapKeyRef", "configmaps", "config map"],
    ["secretKeyRef", "secrets", "secret"],
  ] as const) {
    if (reference[field] === undefined) continue;
    const [name, key] = [textAt(reference, field, "name"), textAt(reference, field, "key")];
    const rest = await invocation.rest();
    const source = await rest.get(
      `/api/v1/namespaces/${encodeURIComponent(invocation.namespace)}/${resource}/${encodeURIComponent(name)}`,
    );
    const data = objectAt(source, "data");
    if (data[key] === undefined) throw new CommandError(`key ${key} not found in ${word} ${name}`);
    return resource === "secrets" ? decodeBase64Text(String(data[key])) : String(data[key]);
  }
  if (reference["fieldRef"] !== undefined) {
    const path = textAt(reference, "fieldRef", "fieldPath");
    const subscript = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
    if (subscript !== null) return textAt(object, "metadata", subscript[1] ?? "", subscript[2] ?? "");
    if (["metadata.name", "metadata.namespace", "metadata.uid"].includes(path))
      return textAt(object, "metadata", path.slice("metadata.".length));
    throw new CommandError(`unsupported fieldPath: ${path}`);
  }
  if (reference["resourceFieldRef"] !== undefined) {
    const [kind = "", name = ""] = textAt(reference, "resourceFieldRef", "resource").split(".");
    const value = textAt(container, "resources", kind, name);
    if (value === "") throw new CommandError(`unsupported container resource : ${kind}.${name}`);
    const divisor = quantityNumber(textAt(reference, "resourceFieldRef", "divisor")) || 1;
    return String(Math.ceil((quantityNumber(value) ?? 0) / divisor));
  }
  throw new CommandError("invalid valueFrom");
}
