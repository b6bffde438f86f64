/** From a file to a Pod of this node, or to why it is none (pkg/kubelet/config/common.go). */
import { defaultPod } from "../../api/pods/defaults.ts";
import { MIRROR, validatePod } from "../../api/pods/validate.ts";
import { pods } from "../../api/resources.ts";
import type { Pod } from "../../api/types.ts";
import { apiDefinitions } from "../../apiserver/built-in.ts";
import { Definitions } from "../../apiserver/definitions.ts";
import { decodeBody, shapeProblems } from "../../apiserver/rest/decode.ts";
import { deepFreeze } from "../../machinery/clone.ts";
import { fieldErrorMessage } from "../../machinery/invalid.ts";
import { badRequest, isStatusError } from "../../machinery/status.ts";
import { apiReference } from "./references.ts";

/** The hash of the file a Pod came from, which is its UID on the node. */
export const HASH = "kubernetes.io/config.hash";
export const SEEN = "kubernetes.io/config.seen";
const SOURCE = "kubernetes.io/config.source";

export { MIRROR };

export const isMirror = (pod: Pod): boolean => pod.metadata.annotations?.[MIRROR] !== undefined;
export const isStatic = (pod: Pod): boolean => {
  const source = pod.metadata.annotations?.[SOURCE];
  return source !== undefined && source !== "api";
};

export type Manifest = { readonly pod: Pod } | { readonly error: string };

/** Manifests that were read before, by file, node and text: the same ones lie on the nodes of every cluster. */
const known = new Map<string, Manifest>();
const KEPT = 64;
let served: ReturnType<Definitions["get"]>;
let definitions: Definitions | undefined;

/** The Pod, frozen, without the time it was seen at. `path`: of the file. */
export function readManifest(text: string, path: string, node: string): Manifest {
  const key = `${node}\n${path}\n${text}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const manifest = deepFreeze(decode(text, path, node));
  if (known.size >= KEPT) known.delete(known.keys().next().value ?? "");
  known.set(key, manifest);
  return manifest;
}

function decode(text: string, path: string, node: string): Manifest {
  definitions ??= new Definitions(apiDefinitions);
  served ??= definitions.get("v1", pods.plural);
  if (served === undefined) throw new Error("Pods are not among the definitions");
  let pod: Pod;
  try {
    const { value } = decodeBody(new TextEncoder().encode(text), "application/yaml");
    const { kind, apiVersion } = value as { kind?: unknown; apiVersion?: unknown };
    if (!kind) return unparsed(path, `Object 'Kind' is missing in '${JSON.stringify(value)}'`);
    if (kind !== "Pod" || apiVersion !== "v1")
      return unparsed(path, `no kind "${String(kind)}" is registered for version "${String(apiVersion ?? "")}"`);
    value["metadata"] ??= {};
    pod = value as unknown as Pod;
    shapeProblems(definitions, served, pod, (message) => badRequest(message));
  } catch (error) {
    if (!isStatusError(error)) throw error;
    return unparsed(path, error.message.replace(/^couldn't get version\/kind; json parse error: /, ""));
  }
  if (!pod.metadata.name) return { error: "invalid pod: name is needed for the pod" };
  applyDefaults(pod, path, node);
  defaultPod(pod);
  const errors = validatePod(pod);
  if (errors.length > 0) return { error: `invalid pod: [${errors.map(fieldErrorMessage).join(" ")}]` };
  const reference = apiReference(pod);
  if (reference !== undefined) return { error: `static pods may not reference ${reference}` };
  return { pod };
}

const unparsed = (path: string, why: string): Manifest => ({
  error: `${path}: couldn't parse as pod(${why}), please check config file`,
});

/** applyDefaults: identity and place of a Pod that comes from a file. */
function applyDefaults(pod: Pod, path: string, node: string): void {
  const { metadata } = pod;
  const uid = metadata.uid || fnv128a(`${JSON.stringify(pod)}host:${node}file:${path}`);
  metadata.uid = uid;
  metadata.name = `${metadata.name}-${node.toLowerCase()}`;
  metadata.namespace ||= "default";
  metadata.annotations = { ...metadata.annotations, [HASH]: uid, [SOURCE]: "file" };
  if (pod.spec !== undefined) {
    pod.spec.nodeName = node;
    // Static Pods stay through a node's troubles.
    const toleration = { operator: "Exists", effect: "NoExecute" };
    const others = (pod.spec.tolerations ?? []).filter(
      ({ key, operator, effect }) => (key ?? "") !== "" || operator !== "Exists" || effect !== "NoExecute",
    );
    pod.spec.tolerations = [...others, toleration];
  }
  pod.status = { phase: "Pending" };
}

/** 128 bits of FNV-1a, in hexadecimal digits. */
function fnv128a(text: string): string {
  const prime = 0x0000000001000000000000000000013bn;
  const mask = (1n << 128n) - 1n;
  let hash = 0x6c62272e07bb014262b821756295c58dn;
  for (const byte of new TextEncoder().encode(text)) hash = ((hash ^ BigInt(byte)) * prime) & mask;
  return hash.toString(16).padStart(32, "0");
}
