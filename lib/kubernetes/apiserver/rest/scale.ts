/** An object as its Scale, and back (autoscaling/v1; custom resources say where their replicas are). */
import type { KubernetesObject, LabelSelector } from "../../machinery/types.ts";
import type { Served } from "../definitions.ts";

export interface Scalable extends KubernetesObject {
  spec?: { replicas?: number; selector?: LabelSelector | Record<string, string> };
  status?: { replicas?: number };
}

/** `a=b,c in (d,e)`: a selector as text (metav1.FormatLabelSelector without spaces, as Scale shows it). */
function selectorText(selector: LabelSelector | Record<string, string> | undefined): string {
  if (selector === undefined) return "";
  const structured = selector as LabelSelector;
  const isStructured = structured.matchLabels !== undefined || structured.matchExpressions !== undefined;
  const labels = isStructured ? (structured.matchLabels ?? {}) : (selector as Record<string, string>);
  const parts = Object.keys(labels).map((key) => `${key}=${labels[key]}`);
  for (const { key, operator, values = [] } of (isStructured ? structured.matchExpressions : undefined) ?? []) {
    const list = `(${[...values].sort().join(",")})`;
    parts.push(
      operator === "In"
        ? `${key} in ${list}`
        : operator === "NotIn"
          ? `${key} notin ${list}`
          : operator === "Exists"
            ? key
            : `!${key}`,
    );
  }
  return parts.sort().join(",");
}

function valueAt(object: unknown, path: string | undefined): unknown {
  if (path === undefined) return undefined;
  let value = object;
  for (const part of path.split(".").filter((item) => item !== ""))
    value = (value as Record<string, unknown> | undefined)?.[part];
  return value;
}

export function scaleOf(served: Served, object: KubernetesObject): Record<string, unknown> {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const paths = served.custom?.scale;
  const { spec, status } = object as Scalable;
  const replicas = paths === undefined ? (spec?.replicas ?? 0) : valueAt(object, paths.specReplicasPath);
  const observed = paths === undefined ? (status?.replicas ?? 0) : (valueAt(object, paths.statusReplicasPath) ?? 0);
  const selector =
    paths === undefined ? selectorText(spec?.selector) : (valueAt(object, paths.labelSelectorPath) ?? "");
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 || replicas === undefined ? {} : { replicas },
    status: { replicas: observed, ...(selector === "" ? {} : { selector }) },
  };
}

export function withReplicas(served: Served, object: KubernetesObject, replicas: number): KubernetesObject {
  const path = served.custom?.scale?.specReplicasPath ?? ".spec.replicas";
  const parts = path.split(".").filter((part) => part !== "");
  const last = parts.pop() ?? "replicas";
  let at = object as unknown as Record<string, unknown>;
  for (const part of parts) {
    at[part] ??= {};
    at = at[part] as Record<string, unknown>;
  }
  at[last] = replicas;
  return object;
}
