/** Which volume does for a claim (component-helpers/storage/volume, pkg/controller/volume/persistentvolume/index.go). Pure. */
import type { Node, PersistentVolume, PersistentVolumeClaim } from "../../api/types.ts";
import { selectorMatches } from "../../machinery/label-selector.ts";
import { nodeSelectorMatches } from "../../machinery/node-selector.ts";
import { amount } from "../../scheduler/resources.ts";

export const classOfClaim = (claim: PersistentVolumeClaim) =>
  claim.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? claim.spec?.storageClassName ?? "";
const classOfVolume = (volume: PersistentVolume) =>
  volume.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? volume.spec?.storageClassName ?? "";

/** The volume's claimRef points at this claim, by uid or, where it has none yet, by name. */
export function isBoundTo(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const reference = volume.spec?.claimRef;
  if (reference === undefined) return false;
  if (reference.name !== claim.metadata.name || reference.namespace !== claim.metadata.namespace) return false;
  return !reference.uid || reference.uid === claim.metadata.uid;
}

const sizeOf = (volume: PersistentVolume) => amount(volume.spec?.capacity?.["storage"]);
const modeOf = (object: { spec?: { volumeMode?: string } }) => object.spec?.volumeMode ?? "Filesystem";
const attributesOf = (object: { spec?: { volumeAttributesClassName?: string } }) =>
  object.spec?.volumeAttributesClassName ?? "";
const requestOf = (claim: PersistentVolumeClaim) => amount(claim.spec?.resources?.requests?.["storage"]);
const hasModes = (volume: PersistentVolume, claim: PersistentVolumeClaim) =>
  (claim.spec?.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode));

/** Why a volume that a claim names does not do; undefined where it does (checkVolumeSatisfyClaim). */
export function mismatch(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (sizeOf(volume) < requestOf(claim)) return "requested PV is too small";
  if (classOfVolume(volume) !== classOfClaim(claim)) return "storageClassName does not match";
  if (attributesOf(volume) !== attributesOf(claim)) return "volumeAttributesClassName does not match";
  if (modeOf(volume) !== modeOf(claim)) return "incompatible volumeMode";
  if (!hasModes(volume, claim)) return "incompatible accessMode";
  return undefined;
}

interface MatchOptions {
  /** Look for this node (the scheduler); without, node affinity does not count. */
  readonly node?: Node;
  readonly excluded?: ReadonlySet<string>;
  /** Only a volume that was bound to the claim before: everything else waits for a consumer. */
  readonly delayed?: boolean;
}

/**
 * The volume that is bound to the claim already, or the smallest available one that fits; of those of different access
 * modes the one that offers the fewest.
 */
export function findMatch(
  volumes: readonly PersistentVolume[],
  claim: PersistentVolumeClaim,
  options: MatchOptions = {},
): PersistentVolume | undefined {
  let best: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (options.excluded?.has(volume.metadata.name ?? "")) continue;
    if (volume.spec?.claimRef !== undefined && !isBoundTo(volume, claim)) continue;
    if (sizeOf(volume) < requestOf(claim) || modeOf(volume) !== modeOf(claim)) continue;
    if (volume.metadata.deletionTimestamp !== undefined || !hasModes(volume, claim)) continue;
    const isReachable =
      options.node === undefined || nodeSelectorMatches(volume.spec?.nodeAffinity?.required, options.node);
    if (attributesOf(volume) !== attributesOf(claim)) continue;
    if (isBoundTo(volume, claim)) return isReachable ? volume : undefined;
    if (options.node === undefined && options.delayed === true) continue;
    if (volume.status?.phase !== "Available" || !isReachable) continue;
    const selector = claim.spec?.selector;
    if (selector !== undefined && !selectorMatches(selector, volume.metadata.labels ?? {})) continue;
    if (classOfVolume(volume) !== classOfClaim(claim)) continue;
    if (best === undefined || isBetter(volume, best)) best = volume;
  }
  return best;
}

function isBetter(volume: PersistentVolume, best: PersistentVolume): boolean {
  const modes = (volume.spec?.accessModes?.length ?? 0) - (best.spec?.accessModes?.length ?? 0);
  return modes !== 0 ? modes < 0 : sizeOf(volume) < sizeOf(best);
}
