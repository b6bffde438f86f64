/** Warnings that go with accepted Pods and templates (pkg/api/pod/warnings.go). */
import { tryParseQuantity } from "../../../encoding/index.ts";
import type { ObjectMeta } from "../../machinery/types.ts";
import type { Container, PodSpec } from "../types.ts";

const DEPRECATED_NODE_LABELS: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

const DEPRECATED_ANNOTATIONS: Readonly<Record<string, string>> = {
  "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
};

/** In-tree volume kinds that are on their way out, with upstream's remark. */
const DEPRECATED_VOLUMES: Readonly<Record<string, string>> = {
  photonPersistentDisk: "deprecated in v1.11, non-functional in v1.16+",
  gitRepo: "deprecated in v1.11",
  scaleIO: "deprecated in v1.16, non-functional in v1.22+",
  flocker: "deprecated in v1.22, non-functional in v1.25+",
  storageos: "deprecated in v1.22, non-functional in v1.25+",
  quobyte: "deprecated in v1.22, non-functional in v1.25+",
  glusterfs: "deprecated in v1.25, non-functional in v1.26+",
  cephfs: "deprecated in v1.28, non-functional in v1.31+",
  rbd: "deprecated in v1.28, non-functional in v1.31+",
};

function duplicateWarnings(at: string, container: Container): string[] {
  const warnings: string[] = [];
  const seen = new Map<string, string>();
  for (const [index, { name, value }] of (container.env ?? []).entries()) {
    const before = seen.get(name);
    if (before !== undefined && !(value ?? "").includes(`$(${name})`))
      warnings.push(
        `${at}.env[${index}]: hides previous definition of "${name}", which may be dropped when using apply`,
      );
    seen.set(name, value ?? "");
  }
  const ports = new Map<string, number>();
  for (const [index, { containerPort, protocol }] of (container.ports ?? []).entries()) {
    const key = `${containerPort}/${protocol}`;
    const before = ports.get(key);
    if (before !== undefined)
      warnings.push(`${at}.ports[${index}]: duplicate port definition with ${at}.ports[${before}]`);
    else ports.set(key, index);
  }
  return warnings;
}

function amountWarnings(at: string, list: Readonly<Record<string, string>> | undefined): string[] {
  return Object.entries(list ?? {}).flatMap(([name, amount]) => {
    const parsed = tryParseQuantity(amount);
    const fractional =
      (name === "memory" || name === "ephemeral-storage") &&
      parsed !== undefined &&
      parsed.nanos % 1_000_000_000n !== 0n;
    return fractional ? [`${at}[${name}]: fractional byte value "${amount}" is invalid, must be an integer`] : [];
  });
}

/** `prefix` is "" for a Pod and "spec.template." for a template. */
export function podWarnings(
  metadata: Pick<ObjectMeta, "annotations"> | undefined,
  spec: PodSpec | undefined,
  prefix: string,
): string[] {
  const warnings: string[] = [];
  if (spec === undefined) return warnings;
  const path = `${prefix}spec`;
  for (const [key, text] of Object.entries(DEPRECATED_NODE_LABELS))
    if (spec.nodeSelector?.[key] !== undefined) warnings.push(`${path}.nodeSelector[${key}]: ${text}`);
  for (const [key, text] of Object.entries(DEPRECATED_ANNOTATIONS))
    if (metadata?.annotations?.[key] !== undefined) warnings.push(`${prefix}metadata.annotations[${key}]: ${text}`);
  for (const [index, { name }] of (spec.imagePullSecrets ?? []).entries())
    if (!name) warnings.push(`${path}.imagePullSecrets[${index}]: invalid empty name ""`);
  for (const [index, volume] of (spec.volumes ?? []).entries())
    for (const [kind, text] of Object.entries(DEPRECATED_VOLUMES))
      if (volume[kind as keyof typeof volume] !== undefined)
        warnings.push(`${path}.volumes[${index}].${kind}: ${text}`);
  for (const [key, list] of [
    ["initContainers", spec.initContainers],
    ["containers", spec.containers],
  ] as const)
    for (const [index, container] of (list ?? []).entries()) {
      const at = `${path}.${key}[${index}]`;
      warnings.push(
        ...amountWarnings(`${at}.resources.limits`, container.resources?.limits),
        ...amountWarnings(`${at}.resources.requests`, container.resources?.requests),
        ...duplicateWarnings(at, container),
      );
    }
  if (spec.terminationGracePeriodSeconds !== undefined && spec.terminationGracePeriodSeconds < 0)
    warnings.push(
      `${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
    );
  return warnings;
}
