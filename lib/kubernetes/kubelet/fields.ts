/** The downward API: fields and resources of a Pod as text (pkg/fieldpath, pkg/api/v1/resource). */

import { quantityNumber } from "../../encoding/index.ts";
import type { Container, Pod } from "../api/types.ts";

interface FieldContext {
  readonly pod: Pod;
  readonly podIP: string;
  readonly hostIP: string;
}

/** A field by path, e.g. "metadata.name" or "metadata.labels['app']"; maps print as key="value" lines. */
export function fieldValue(path: string, { pod, podIP, hostIP }: FieldContext): string {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscript !== null) {
    return pod.metadata[subscript[1] as "labels" | "annotations"]?.[subscript[2] ?? ""] ?? "";
  }
  const simple = FIELDS[path];
  return simple === undefined ? "" : simple({ pod, podIP, hostIP });
}

const FIELDS: Readonly<Record<string, (context: FieldContext) => string>> = {
  "metadata.name": ({ pod }) => pod.metadata.name ?? "",
  "metadata.namespace": ({ pod }) => pod.metadata.namespace ?? "",
  "metadata.uid": ({ pod }) => pod.metadata.uid ?? "",
  "metadata.labels": ({ pod }) => formatMap(pod.metadata.labels),
  "metadata.annotations": ({ pod }) => formatMap(pod.metadata.annotations),
  "spec.nodeName": ({ pod }) => pod.spec?.nodeName ?? "",
  "spec.serviceAccountName": ({ pod }) => pod.spec?.serviceAccountName ?? "",
  "status.podIP": ({ podIP }) => podIP,
  "status.podIPs": ({ podIP }) => podIP,
  "status.hostIP": ({ hostIP }) => hostIP,
  "status.hostIPs": ({ hostIP }) => hostIP,
};

function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${JSON.stringify(map?.[key] ?? "")}`)
    .join("\n");
}

/** "limits.cpu" and the like, divided and rounded up; a missing limit reads as the node's allocatable. */
export function resourceFieldValue(
  resource: string,
  divisor: string | number | undefined,
  container: Container,
  allocatable: Readonly<Record<string, string>>,
): string {
  const dot = resource.indexOf(".");
  const kind = resource.slice(0, dot);
  const name = resource.slice(dot + 1);
  const given =
    kind === "limits"
      ? (container.resources?.limits?.[name] ?? allocatable[name])
      : container.resources?.requests?.[name];
  const by = quantityNumber(divisor) || 1;
  return String(Math.ceil((quantityNumber(given) ?? 0) / by));
}
