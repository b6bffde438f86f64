/** Zones of bound volumes, told by labels of old (plugins/volumezone). */
import { persistentVolumeClaims, persistentVolumes } from "../../api/resources.ts";
import { type FilterPlugin, hopeless } from "../types.ts";
import { claimNames } from "./volume-restrictions.ts";

const ZONE_LABELS = [
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
];

export const volumeZone: FilterPlugin = {
  name: "VolumeZone",
  filter({ pod, lister }, { node }) {
    for (const name of claimNames(pod)) {
      const claim = lister.find(persistentVolumeClaims, pod.metadata.namespace, name);
      const volume = lister.find(persistentVolumes, undefined, claim?.spec?.volumeName);
      for (const label of ZONE_LABELS) {
        const zones = volume?.metadata.labels?.[label]?.split("__");
        if (zones !== undefined && !zones.includes(node.metadata.labels?.[label] ?? ""))
          return hopeless("node(s) had no available volume zone");
      }
    }
    return undefined;
  },
};
