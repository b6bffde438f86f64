/** Which StorageClass claims without one get: pkg/volume/util/storageclass.go. */
import type { StorageClass } from "../types.ts";

const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";
const BETA_DEFAULT_CLASS = "storageclass.beta.kubernetes.io/is-default-class";

/** The default class: of several the newest, then the first by name (pkg/volume/util.GetDefaultClass). */
export function defaultClass(classes: readonly StorageClass[]): StorageClass | undefined {
  const isDefault = ({ metadata: { annotations } }: StorageClass) =>
    annotations?.[DEFAULT_CLASS] === "true" || annotations?.[BETA_DEFAULT_CLASS] === "true";
  return classes.filter(isDefault).sort((a, b) => {
    const [left, right] = [a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? ""];
    if (left !== right) return left < right ? 1 : -1;
    return (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;
  })[0];
}
