/** What is broken on purpose, as the nodes ask for it. Nodes' power is not here: each kubelet knows its own. */
import type { ErrnoCode } from "../../../machine/index.ts";
import { CONTROL_PLANE, type Fault } from "../../cluster.types.ts";

/** What mounting asks of a device: superblock, descriptors, journal, root directory. */
const MOUNT_OPERATIONS = 20;

export class Faults {
  readonly #list: Fault[] = [];
  /** When a slow volume's device will have done what it was asked (cluster time, ms). */
  readonly #deviceUntil = new Map<string, number>();

  get list(): readonly Fault[] {
    return this.#list;
  }

  /** False where it was there already; by how much it is broken is taken over then. */
  add(fault: Fault): boolean {
    const at = this.#list.findIndex((other) => isSameFault(other, fault));
    if (at === -1) this.#list.push(fault);
    else if (fault.kind === "VolumeDelay") this.#list[at] = fault;
    return at === -1;
  }

  /** False where it was not there. */
  remove(fault: Fault): boolean {
    const at = this.#list.findIndex((other) => isSameFault(other, fault));
    if (at === -1) return false;
    this.#list.splice(at, 1);
    if (fault.kind === "VolumeDelay") this.#deviceUntil.delete(fault.persistentVolume);
    return true;
  }

  /** The kubelet and the API server do not hear each other. */
  isCutOff(node: string): boolean {
    return this.#list.some(
      (fault) => fault.kind === "NetworkPartition" && fault.node === node && fault.to === CONTROL_PLANE,
    );
  }

  isDiskFull(node: string): boolean {
    return this.#list.some((fault) => fault.kind === "NodeDiskFull" && fault.node === node);
  }

  isCorrupt(image: string): boolean {
    return this.#list.some((fault) => fault.kind === "ImageCorrupt" && fault.image === image);
  }

  /** ms that mounting the volume takes longer. */
  mountDelay(persistentVolume: string): number {
    return (this.#delay(persistentVolume)?.delayMs ?? 0) * MOUNT_OPERATIONS;
  }

  /** ms until the volume's device has done one more operation on so many bytes; it does one after the other. */
  deviceDelay(persistentVolume: string, bytes: number, now: number): number {
    const fault = this.#delay(persistentVolume);
    if (fault === undefined) return 0;
    const moving = fault.bytesPerSecond === undefined ? 0 : Math.ceil((bytes * 1000) / fault.bytesPerSecond);
    const until = Math.max(now, this.#deviceUntil.get(persistentVolume) ?? now) + fault.delayMs + moving;
    this.#deviceUntil.set(persistentVolume, until);
    return until - now;
  }

  #delay(persistentVolume: string): Extract<Fault, { readonly kind: "VolumeDelay" }> | undefined {
    for (const fault of this.#list)
      if (fault.kind === "VolumeDelay" && fault.persistentVolume === persistentVolume) return fault;
    return undefined;
  }

  /** What using a volume's files gives instead of their content. */
  volumeFailure(persistentVolume: string, write: boolean): ErrnoCode | undefined {
    for (const fault of this.#list) {
      if (!("persistentVolume" in fault) || fault.persistentVolume !== persistentVolume) continue;
      if (fault.kind === "VolumeError") return "EIO";
      if (fault.kind === "VolumeFull" && write) return "ENOSPC";
    }
    return undefined;
  }
}

/** The same thing is broken in the same way; by how much does not matter. */
function isSameFault(a: Fault, b: Fault): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === "NetworkPartition" && b.kind === "NetworkPartition") {
    const forward = a.node === b.node && a.to === b.to;
    return forward || (a.node === b.to && a.to === b.node);
  }
  return target(a) === target(b);
}

function target(fault: Fault): string {
  if ("persistentVolume" in fault) return fault.persistentVolume;
  return fault.kind === "ImageCorrupt" ? fault.image : fault.node;
}
