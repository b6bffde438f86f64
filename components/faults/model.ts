/** What can be broken about the thing that is selected, and how it is said. Pure. */
import type { Fault, Incident } from "../../lib/sandbox/types.ts";
import type { ClaimView, NodeView, Picture, PodView } from "../cluster-map/model.ts";
import type { MessageKey, Values } from "../i18n/locale.ts";

/** The API server's side of a `NetworkPartition` (lib/kubernetes/cluster.types.ts). */
const CONTROL_PLANE = "control-plane";
/** What one operation of a volume that is slow on purpose takes. */
const SLOW_MS = 500;

interface Words {
  readonly key: MessageKey;
  readonly values?: Values;
}

/** A fault that can be put on and taken off. */
interface Switch {
  readonly fault: Fault;
  readonly action: Words;
  readonly active: boolean;
}

/** Something that happens once. */
interface Push {
  readonly incident: Incident;
  readonly action: Words;
}

interface Breakable {
  readonly switches: readonly Switch[];
  readonly pushes: readonly Push[];
}

export type Selection =
  | { readonly kind: "node"; readonly node: NodeView }
  | { readonly kind: "pod"; readonly pod: PodView }
  | { readonly kind: "claim"; readonly claim: ClaimView };

/** The same thing broken in the same way; a partition is the same from both sides. */
export function sameFault(a: Fault, b: Fault): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === "NetworkPartition" && b.kind === "NetworkPartition")
    return (a.node === b.node && a.to === b.to) || (a.node === b.to && a.to === b.node);
  const subject = (fault: Fault) =>
    "persistentVolume" in fault ? fault.persistentVolume : fault.kind === "ImageCorrupt" ? fault.image : fault.node;
  return subject(a) === subject(b);
}

export function breakable(selection: Selection, picture: Picture, faults: readonly Fault[]): Breakable {
  const switchFor = (fault: Fault, key: MessageKey, values?: Values): Switch => ({
    fault,
    action: values === undefined ? { key } : { key, values },
    active: faults.some((other) => sameFault(other, fault)),
  });
  switch (selection.kind) {
    case "node": {
      const { name: node, controlPlane } = selection.node;
      return {
        switches: [
          switchFor({ kind: "NodeDown", node }, "faults.do.NodeDown"),
          switchFor({ kind: "NetworkPartition", node, to: CONTROL_PLANE }, "faults.do.CutOff"),
          ...picture.nodes
            .filter(({ name }) => name !== node)
            .map(({ name: to }) => switchFor({ kind: "NetworkPartition", node, to }, "faults.do.CutFrom", { to })),
          switchFor({ kind: "NodeDiskFull", node }, "faults.do.NodeDiskFull"),
        ],
        pushes: controlPlane
          ? [{ incident: { kind: "ControlPlaneRestart" }, action: { key: "faults.do.ControlPlaneRestart" } }]
          : [],
      };
    }
    case "pod": {
      const { namespace, name, image, node, running } = selection.pod;
      // A node without power goes on being reported as it last was: its containers run in the record only.
      const alive = running && !faults.some((fault) => fault.kind === "NodeDown" && fault.node === node);
      return {
        switches: image === "" ? [] : [switchFor({ kind: "ImageCorrupt", image }, "faults.do.ImageCorrupt", { image })],
        pushes: alive
          ? [{ incident: { kind: "OutOfMemory", namespace, pod: name }, action: { key: "faults.do.OutOfMemory" } }]
          : [],
      };
    }
    case "claim": {
      const { volume } = selection.claim;
      if (volume === undefined) return { switches: [], pushes: [] };
      return {
        switches: [
          switchFor({ kind: "VolumeError", persistentVolume: volume }, "faults.do.VolumeError"),
          switchFor({ kind: "VolumeFull", persistentVolume: volume }, "faults.do.VolumeFull"),
          switchFor({ kind: "VolumeDelay", persistentVolume: volume, delayMs: SLOW_MS }, "faults.do.VolumeDelay"),
        ],
        pushes: [],
      };
    }
  }
}

/** A fault as it is shown while it lasts. Volumes are called by their claims, which people know. */
export function faultWords(fault: Fault, picture: Picture): Words {
  const claimOf = (volume: string) => picture.claims.find((claim) => claim.volume === volume)?.name ?? volume;
  switch (fault.kind) {
    case "NodeDown":
    case "NodeDiskFull":
      return { key: `faults.is.${fault.kind}`, values: { node: fault.node } };
    case "NetworkPartition":
      return fault.to === CONTROL_PLANE
        ? { key: "faults.is.CutOff", values: { node: fault.node } }
        : { key: "faults.is.CutFrom", values: { node: fault.node, to: fault.to } };
    case "ImageCorrupt":
      return { key: "faults.is.ImageCorrupt", values: { image: fault.image } };
    case "VolumeError":
    case "VolumeFull":
      return { key: `faults.is.${fault.kind}`, values: { claim: claimOf(fault.persistentVolume) } };
    case "VolumeDelay":
      return {
        key: "faults.is.VolumeDelay",
        values: { claim: claimOf(fault.persistentVolume), ms: fault.delayMs },
      };
  }
}
