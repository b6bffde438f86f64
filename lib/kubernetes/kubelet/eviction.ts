/** What the eviction manager decides when a node's disk runs full (pkg/kubelet/eviction). Pure. */
import { formatQuantity, quantityNumber } from "../../encoding/index.ts";
import type { Pod } from "../api/types.ts";
import { isMirror, isStatic } from "./static/manifest.ts";

/** evictionPressureTransitionPeriod: how long a condition outlives its cause. */
export const PRESSURE_TRANSITION_MS = 300_000;
/** Priority from which Pods are critical and never evicted for pressure. */
const SYSTEM_CRITICAL = 2_000_000_000;

export const isCritical = (pod: Pod): boolean =>
  (pod.spec?.priority ?? 0) >= SYSTEM_CRITICAL || isMirror(pod) || isStatic(pod);

/** What one container uses of the node's disk, in bytes. */
interface DiskUse {
  readonly container: string;
  readonly bytes: number;
}

export interface Candidate {
  readonly pod: Pod;
  readonly use: readonly DiskUse[];
  /** What its emptyDirs hold, bytes. */
  readonly volumeBytes?: number;
}

const bytes = (value: number) => formatQuantity({ nanos: BigInt(value) * 1_000_000_000n, format: "BinarySI" });
const requestOf = (pod: Pod, container: string) =>
  quantityNumber(
    pod.spec?.containers.find(({ name }) => name === container)?.resources?.requests?.["ephemeral-storage"],
  ) ?? 0;
const overRequest = ({ pod, use, volumeBytes = 0 }: Candidate) =>
  use.reduce((sum, { container, bytes: used }) => sum + used - requestOf(pod, container), volumeBytes);

/**
 * Why a Pod that wrote more than its ephemeral-storage limits goes (podEphemeralStorageLimitEviction, then
 * containerEphemeralStorageLimitEviction); undefined where it may stay. `volumeBytes`: what its emptyDirs hold.
 */
export function overLimits({ pod, use }: Candidate, volumeBytes: number): string | undefined {
  const limits = new Map<string, string>();
  for (const { name, resources } of pod.spec?.containers ?? []) {
    const limit = resources?.limits?.["ephemeral-storage"];
    if (limit !== undefined) limits.set(name, limit);
  }
  if (limits.size === 0) return undefined;
  const total = [...limits.values()].reduce((sum, limit) => sum + (quantityNumber(limit) ?? 0), 0);
  if (use.reduce((sum, { bytes: used }) => sum + used, volumeBytes) > total)
    return `Pod ephemeral local storage usage exceeds the total limit of containers ${bytes(total)}. `;
  const over = use.find(({ container, bytes: used }) => {
    const limit = quantityNumber(limits.get(container));
    return limit !== undefined && used > limit;
  });
  return over === undefined
    ? undefined
    : `Container ${over.container} exceeded its local ephemeral storage limit "${limits.get(over.container)}". `;
}

/** True where a Pod has such limits: the others need no measuring. */
export const hasDiskLimits = (pod: Pod): boolean =>
  (pod.spec?.containers ?? []).some(({ resources }) => resources?.limits?.["ephemeral-storage"] !== undefined);

/** The Pod that goes first: over its request, then of lower priority, then with most beyond its request. */
export function firstToGo(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates
    .filter(({ pod }) => !isCritical(pod))
    .sort(
      (a, b) =>
        Number(overRequest(b) > 0) - Number(overRequest(a) > 0) ||
        (a.pod.spec?.priority ?? 0) - (b.pod.spec?.priority ?? 0) ||
        overRequest(b) - overRequest(a),
    )[0];
}

/** evictionMessage of helpers.go. `threshold`, `available`: bytes. */
export function diskMessage({ pod, use }: Candidate, threshold: number, available: number): string {
  const containers = use
    .filter(({ container, bytes: used }) => used > requestOf(pod, container))
    .map(
      ({ container, bytes: used }) =>
        `Container ${container} was using ${bytes(Math.ceil(used / 1024) * 1024)}, request is ${bytes(requestOf(pod, container))}, has larger consumption of ephemeral-storage. `,
    );
  return `The node was low on resource: ephemeral-storage. Threshold quantity: ${bytes(threshold)}, available: ${bytes(available)}. ${containers.join("")}`;
}
