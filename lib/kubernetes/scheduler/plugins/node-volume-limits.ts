/** How many volumes a driver attaches to a node at most, as its CSINode says (plugins/nodevolumelimits/csi.go). */
import { csiNodes, persistentVolumeClaims, persistentVolumes, storageClasses } from "../../api/resources.ts";
import type { Pod } from "../../api/types.ts";
import type { Lister } from "../../controllers/framework/lister.ts";
import { classOfClaim } from "../../controllers/volume/matching.ts";
import { type Cycle, type FilterPlugin, rejected } from "../types.ts";
import { claimNames } from "./volume-restrictions.ts";

/** Volumes of a Pod that drivers attach: driver by what identifies the volume. */
function attachable(pod: Pod, lister: Lister, into: Map<string, string> = new Map()): Map<string, string> {
  const namespace = pod.metadata.namespace;
  for (const name of claimNames(pod)) {
    const claim = lister.find(persistentVolumeClaims, namespace, name);
    if (claim === undefined) continue;
    const csi = lister.find(persistentVolumes, undefined, claim.spec?.volumeName)?.spec?.csi;
    if (csi !== undefined) {
      into.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
      continue;
    }
    if (claim.spec?.volumeName) continue;
    // A volume that is still to be made counts for the driver of its class.
    const driver = lister.find(storageClasses, undefined, classOfClaim(claim))?.provisioner;
    if (driver !== undefined) into.set(`${driver}/${driver}-${namespace}/${name}`, driver);
  }
  return into;
}

const NOTE = "NodeVolumeLimits";

function wantedBy(cycle: Cycle): Map<string, string> {
  const known = cycle.notes.get(NOTE) as Map<string, string> | undefined;
  if (known !== undefined) return known;
  const wanted = attachable(cycle.pod, cycle.lister);
  cycle.notes.set(NOTE, wanted);
  return wanted;
}

export const nodeVolumeLimits: FilterPlugin = {
  name: "NodeVolumeLimits",
  filter(cycle, { node, pods }) {
    const wanted = wantedBy(cycle);
    if (wanted.size === 0) return undefined;
    const drivers = cycle.lister.find(csiNodes, undefined, node.metadata.name)?.spec.drivers ?? [];
    const limits = new Map(
      drivers.flatMap(({ name, allocatable }) =>
        allocatable?.count === undefined ? [] : [[name, allocatable.count] as const],
      ),
    );
    if (![...wanted.values()].some((driver) => limits.has(driver))) return undefined;
    const attached = new Map<string, string>();
    for (const pod of pods) attachable(pod, cycle.lister, attached);
    for (const [driver, limit] of limits) {
      const count = (volumes: Map<string, string>, but?: Map<string, string>) =>
        [...volumes].filter(([volume, of]) => of === driver && but?.has(volume) !== true).length;
      const more = count(wanted, attached);
      if (more > 0 && count(attached) + more > limit) return rejected("node(s) exceed max volume count");
    }
    return undefined;
  },
};
