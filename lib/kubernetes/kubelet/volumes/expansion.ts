/** The node's part of growing a volume: its file system (operation_generator.go, nodeExpandVolume). */

import { quantityNumber } from "../../../encoding/index.ts";
import { persistentVolumeClaims, persistentVolumes } from "../../api/resources.ts";
import type { PersistentVolume, Pod } from "../../api/types.ts";
import type { Client } from "../../apiserver/client.ts";
import { type EventRecorder, referenceTo } from "../recorder.ts";
import { networkHandle } from "./claims.ts";
import type { NetworkVolumes } from "./network-volumes.ts";

const PENDING = "FileSystemResizePending";

interface ExpansionContext {
  readonly client: Client;
  readonly recorder: EventRecorder;
  readonly networkVolumes: NetworkVolumes;
  readonly node: string;
}

/** Grows the file system of a mounted volume where its claim waits for that. */
export function finishExpansion(volumeName: string, pod: Pod, context: ExpansionContext): void {
  const { client, recorder, networkVolumes, node } = context;
  const volume = client.find(persistentVolumes, undefined, volumeName);
  const reference = volume?.spec?.claimRef;
  if (volume === undefined || reference === undefined) return;
  const claim = client.find(persistentVolumeClaims, reference.namespace, reference.name ?? "");
  const isPending = claim?.status?.conditions?.some(({ type, status }) => type === PENDING && status === "True");
  if (claim === undefined || isPending !== true) return;
  const capacity = volume.spec?.capacity?.["storage"];
  if (capacity === undefined) return;
  grow(volume, capacity, networkVolumes);
  client.modify(
    persistentVolumeClaims,
    claim.metadata.namespace,
    claim.metadata.name ?? "",
    (next) => {
      const { allocatedResourceStatuses: _done, ...status } = next.status ?? {};
      next.status = {
        ...status,
        capacity: { ...status.capacity, storage: capacity },
        conditions: (status.conditions ?? []).filter(({ type }) => type !== PENDING && type !== "Resizing"),
      };
    },
    "status",
  );
  const message = `MountVolume.NodeExpandVolume succeeded for volume "${volumeName}" ${node}`;
  recorder.event(referenceTo(pod, "v1", "Pod"), "Normal", "FileSystemResizeSuccessful", message);
  recorder.event(referenceTo(claim, "v1", "PersistentVolumeClaim"), "Normal", "FileSystemResizeSuccessful", message);
}

function grow(volume: PersistentVolume, capacity: string, volumes: NetworkVolumes): void {
  const handle = networkHandle(volume);
  const bytes = quantityNumber(capacity);
  if (handle !== undefined && bytes !== undefined) volumes.resize(handle, bytes);
}
