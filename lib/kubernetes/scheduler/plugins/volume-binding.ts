/** Claims of the Pod: bound ones and where they can be reached, unbound ones and what they could be bound to (plugins/volumebinding). */
import { persistentVolumeClaims, persistentVolumes, storageClasses } from "../../api/resources.ts";
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from "../../api/types.ts";
import type { Lister } from "../../controllers/framework/lister.ts";
import { classOfClaim, findMatch } from "../../controllers/volume/matching.ts";
import { nodeSelectorMatches } from "../../machinery/node-selector.ts";
import { amount } from "../resources.ts";
import { type Cycle, type FilterPlugin, hopeless, type Rejection } from "../types.ts";
import { claimNames } from "./volume-restrictions.ts";

export const SELECTED_NODE = "volume.kubernetes.io/selected-node";
export const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";

const NOT_FOUND = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";
const NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity";
const NOTHING_TO_BIND = "node(s) didn't find available persistent volumes to bind";

/** What is to be done on a node before the Pod can be bound to it. */
export interface VolumePlan {
  readonly bind: readonly { readonly claim: PersistentVolumeClaim; readonly volume: PersistentVolume }[];
  readonly provision: readonly PersistentVolumeClaim[];
}

interface Claims {
  readonly bound: readonly PersistentVolumeClaim[];
  readonly delayed: readonly PersistentVolumeClaim[];
}

export const isFullyBound = (claim: PersistentVolumeClaim) =>
  Boolean(claim.spec?.volumeName) && claim.metadata.annotations?.[BIND_COMPLETED] !== undefined;

function isDelayed(lister: Lister, claim: PersistentVolumeClaim): boolean {
  return lister.find(storageClasses, undefined, classOfClaim(claim))?.volumeBindingMode === "WaitForFirstConsumer";
}

function claimsOf({ pod, lister }: Cycle): Claims | Rejection {
  const bound: PersistentVolumeClaim[] = [];
  const delayed: PersistentVolumeClaim[] = [];
  const owned = new Set(
    (pod.spec?.volumes ?? [])
      .filter((volume) => volume.ephemeral !== undefined)
      .map((volume) => `${pod.metadata.name}-${volume.name}`),
  );
  for (const name of claimNames(pod)) {
    const claim = lister.find(persistentVolumeClaims, pod.metadata.namespace, name);
    if (claim === undefined)
      return hopeless(
        owned.has(name)
          ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
          : `persistentvolumeclaim "${name}" not found`,
      );
    if (owned.has(name) && !claim.metadata.ownerReferences?.some(({ uid }) => uid === pod.metadata.uid))
      return hopeless(
        `PVC ${pod.metadata.namespace}/${name} was not created for pod ${pod.metadata.namespace}/${pod.metadata.name} (pod is not owner)`,
      );
    if (claim.status?.phase === "Lost")
      return hopeless(
        `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName}"`,
      );
    if (claim.metadata.deletionTimestamp !== undefined)
      return hopeless(`persistentvolumeclaim "${name}" is being deleted`);
    if (isFullyBound(claim)) bound.push(claim);
    else if (isDelayed(lister, claim) && !claim.spec?.volumeName) delayed.push(claim);
    else return hopeless("pod has unbound immediate PersistentVolumeClaims");
  }
  return { bound, delayed };
}

/** Smaller claims choose first, so that they leave larger volumes alone. */
const bySize = (a: PersistentVolumeClaim, b: PersistentVolumeClaim) =>
  amount(a.spec?.resources?.requests?.["storage"]) - amount(b.spec?.resources?.requests?.["storage"]);

function planFor(cycle: Cycle, claims: readonly PersistentVolumeClaim[], node: Node): VolumePlan | undefined {
  const { lister } = cycle;
  const volumes = lister.list(persistentVolumes);
  const taken = new Set<string>();
  const bind: { claim: PersistentVolumeClaim; volume: PersistentVolume }[] = [];
  const provision: PersistentVolumeClaim[] = [];
  for (const claim of [...claims].sort(bySize)) {
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    if (selected !== undefined) {
      // Being provisioned for a node already: it is that node or none.
      if (selected !== node.metadata.name) return undefined;
      provision.push(claim);
      continue;
    }
    const volume = findMatch(volumes, claim, { node, excluded: taken });
    if (volume !== undefined) {
      taken.add(volume.metadata.name ?? "");
      bind.push({ claim, volume });
    } else if (isProvisionable(lister, claim, node)) provision.push(claim);
    else return undefined;
  }
  return { bind, provision };
}

function isProvisionable(lister: Lister, claim: PersistentVolumeClaim, node: Node): boolean {
  const storageClass = lister.find(storageClasses, undefined, classOfClaim(claim));
  if (storageClass === undefined || storageClass.provisioner === "kubernetes.io/no-provisioner") return false;
  const topologies = storageClass.allowedTopologies ?? [];
  return (
    topologies.length === 0 ||
    topologies.some(({ matchLabelExpressions = [] }) =>
      matchLabelExpressions.every(({ key, values }) => values.includes(node.metadata.labels?.[key] ?? "")),
    )
  );
}

const PLAN = "volumes";
const CLAIMS = "claims";

export function volumePlan(cycle: Cycle, node: Node): VolumePlan {
  const plans = cycle.notes.get(PLAN) as Map<string, VolumePlan> | undefined;
  return plans?.get(node.metadata.name ?? "") ?? { bind: [], provision: [] };
}

const usesClaims = (pod: Pod) => claimNames(pod).length > 0;

export const volumeBinding: FilterPlugin = {
  name: "VolumeBinding",
  preFilter(cycle) {
    if (!usesClaims(cycle.pod)) return undefined;
    const claims = claimsOf(cycle);
    if ("reasons" in claims) return claims;
    cycle.notes.set(CLAIMS, claims);
    cycle.notes.set(PLAN, new Map<string, VolumePlan>());
    return undefined;
  },
  filter(cycle, { node }) {
    const claims = cycle.notes.get(CLAIMS) as Claims | undefined;
    if (claims === undefined) return undefined;
    const reasons: string[] = [];
    for (const claim of claims.bound) {
      const volume = cycle.lister.find(persistentVolumes, undefined, claim.spec?.volumeName);
      if (volume === undefined) return hopeless(NOT_FOUND);
      if (!nodeSelectorMatches(volume.spec?.nodeAffinity?.required, node) && !reasons.includes(NODE_CONFLICT))
        reasons.push(NODE_CONFLICT);
    }
    const plan = planFor(cycle, claims.delayed, node);
    if (plan === undefined) reasons.push(NOTHING_TO_BIND);
    else (cycle.notes.get(PLAN) as Map<string, VolumePlan>).set(node.metadata.name ?? "", plan);
    return reasons.length === 0 ? undefined : hopeless(...reasons);
  },
};
