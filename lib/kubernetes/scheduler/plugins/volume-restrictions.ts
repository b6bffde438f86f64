/** Volumes that only one Pod may use (plugins/volumerestrictions). */
import { persistentVolumeClaims } from "../../api/resources.ts";
import type { Pod } from "../../api/types.ts";
import { type Cycle, type FilterPlugin, rejected } from "../types.ts";

/** Names of the Pod's claims that are ReadWriteOncePod. */
function exclusiveClaims({ pod, lister }: Cycle): Set<string> {
  const names = new Set<string>();
  for (const name of claimNames(pod)) {
    const claim = lister.find(persistentVolumeClaims, pod.metadata.namespace, name);
    if (claim?.spec?.accessModes?.includes("ReadWriteOncePod")) names.add(name);
  }
  return names;
}

/** Claims a Pod uses, generic ephemeral volumes included. */
export function claimNames(pod: Pod): string[] {
  return (pod.spec?.volumes ?? []).flatMap((volume) =>
    volume.persistentVolumeClaim !== undefined
      ? [volume.persistentVolumeClaim.claimName]
      : volume.ephemeral !== undefined
        ? [`${pod.metadata.name}-${volume.name}`]
        : [],
  );
}

export const volumeRestrictions: FilterPlugin = {
  name: "VolumeRestrictions",
  filter(cycle) {
    const exclusive = exclusiveClaims(cycle);
    if (exclusive.size === 0) return undefined;
    // Wherever the other Pod is: the mode is for one Pod of the whole cluster.
    const isTaken = cycle.nodes.some(({ pods }) =>
      pods.some(
        (other) =>
          other.metadata.namespace === cycle.pod.metadata.namespace &&
          other.metadata.uid !== cycle.pod.metadata.uid &&
          claimNames(other).some((name) => exclusive.has(name)),
      ),
    );
    return isTaken
      ? rejected("node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode")
      : undefined;
  },
};
