/** The suffix of generated names (kustomize api/hasher): ten characters of a digest over the content. */

import { digest, toHex } from "../../encoding/index.ts";
import { at, isObject, type Json, type KubeObject, objectAt, textAt } from "../object.ts";
import type { Resource } from "./resource.ts";

/** encoding/json's text: keys sorted, characters of HTML escaped. */
function goJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(goJson).join(",")}]`;
  if (isObject(value)) {
    const keys = Object.keys(value).sort((a, b) => compareBytes(a, b));
    return `{${keys.map((key) => `${goJson(key)}:${goJson(value[key] ?? null)}`).join(",")}}`;
  }
  if (typeof value !== "string") return JSON.stringify(value);
  return JSON.stringify(value)
    .replace(/\\b/g, "\\u0008")
    .replace(/\\f/g, "\\u000c")
    .replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Go sorts strings by their bytes, which is by code point. */
function compareBytes(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Digits and vowels that could spell something are replaced. */
const REPLACED: Readonly<Record<string, string>> = { "0": "g", "1": "h", "3": "k", a: "m", e: "t" };

/** kustomize's suffix. Upstream looks the name up by a path that names nothing: it has no part in the hash. */
export function nameHash({ object }: Resource): string {
  return contentHash(object, "", "");
}

/**
 * `name`: as it goes into the hash. `absent`: what stands for a missing field; kubectl's own hash (--append-hash,
 * k8s.io/kubectl/pkg/util/hash) has an empty map for data.
 */
export function contentHash(object: KubeObject, name: string, absent: Json): string {
  const kind = textAt(object, "kind");
  let content: Json = object;
  if (kind === "ConfigMap" || kind === "Secret") {
    content = {
      kind,
      name,
      data: at(object, "data") ?? absent,
      ...(kind === "Secret" ? { type: at(object, "type") ?? "" } : {}),
      ...(kind === "ConfigMap" && isObject(object["binaryData"]) ? { binaryData: objectAt(object, "binaryData") } : {}),
      ...(kind === "Secret" && isObject(object["stringData"]) ? { stringData: objectAt(object, "stringData") } : {}),
    };
  }
  return [...toHex(digest("sha256", goJson(content))).slice(0, 10)].map((char) => REPLACED[char] ?? char).join("");
}
