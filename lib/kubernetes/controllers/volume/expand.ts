/** Lets volumes grow with their claims (pkg/controller/volume/expand, kubernetes-csi/external-resizer). */
import { persistentVolumeClaims, persistentVolumes, storageClasses } from "../../api/resources.ts";
import type { PersistentVolumeClaim } from "../../api/types.ts";
import type { Client } from "../../apiserver/client.ts";
import { createRecorder, type EventRecorder } from "../../events/index.ts";
import { parseTime, rfc3339 } from "../../machinery/time.ts";
import { amount } from "../../scheduler/resources.ts";
import { type ControllerDefinition, watch } from "../framework/controller.ts";
import { keyOf, splitKey } from "../framework/lister.ts";
import { classOfClaim } from "./matching.ts";
import { findProvisioner } from "./provisioners.ts";

export const expandController: ControllerDefinition = {
  name: "volume_expand",
  serviceAccount: "expand-controller",
  create(context) {
    const { client, lister, recorder, clock, latencies } = context;
    const resizers = new Map<string, EventRecorder>();
    /** The driver's resizer says what it does in its own name. */
    const resizerOf = (driver: string) => {
      let resizer = resizers.get(driver);
      if (resizer === undefined) {
        resizer = createRecorder({ ...context, component: `external-resizer ${driver}` });
        resizers.set(driver, resizer);
      }
      return resizer;
    };
    return {
      watches: [
        watch(persistentVolumeClaims, ({ type, object }, queue) => {
          if (type === "DELETED" || object.status?.phase !== "Bound") return;
          if (amount(object.spec?.resources?.requests?.["storage"]) > amount(object.status.capacity?.["storage"]))
            queue.add(keyOf(object));
        }),
      ],
      sync(key, queue) {
        const { namespace, name } = splitKey(key);
        const claim = lister.find(persistentVolumeClaims, namespace, name);
        const volume = lister.find(persistentVolumes, undefined, claim?.spec?.volumeName);
        if (claim?.status === undefined || volume === undefined || claim.status.phase !== "Bound") return;
        const wanted = claim.spec?.resources?.requests?.["storage"] ?? "0";
        if (amount(wanted) <= amount(claim.status.capacity?.["storage"])) return;
        const storageClass = lister.find(storageClasses, undefined, classOfClaim(claim));
        const provisioner = findProvisioner(storageClass?.provisioner ?? "");
        if (storageClass?.allowVolumeExpansion !== true) return;
        if (provisioner?.kind !== "csi") {
          recorder.event(claim, "Normal", "ExternalExpanding", "waiting for an external controller to expand this PVC");
          return;
        }
        // The in-tree controller says so once, before the resizer of the driver begins.
        if (claim.status.allocatedResourceStatuses?.["storage"] === undefined)
          recorder.event(claim, "Normal", "ExternalExpanding", "waiting for an external controller to expand this PVC");
        const tell = (reason: string, message: string) =>
          resizerOf(provisioner.driver).event(claim, "Normal", reason, message);
        const grown = amount(volume.spec?.capacity?.["storage"]) >= amount(wanted);
        if (!grown) {
          const began = startedAt(claim);
          if (began === undefined) {
            setStatus(client, claim, {
              conditions: [condition("Resizing", clock.now())],
              allocatedResources: { storage: wanted },
              allocatedResourceStatuses: { storage: "ControllerResizeInProgress" },
            });
            tell("Resizing", `External resizer is resizing volume ${volume.metadata.name}`);
          }
          const left = (began ?? clock.now()) + latencies.volumeProvision - clock.now();
          if (left > 0) {
            queue.addAfter(key, left, `volume ${volume.metadata.name} is resized`);
            return;
          }
          client.modify(persistentVolumes, undefined, volume.metadata.name ?? "", (next) => {
            if (next.spec !== undefined) next.spec.capacity = { ...next.spec.capacity, storage: wanted };
          });
        }
        if (claim.status.allocatedResourceStatuses?.["storage"] === "NodeResizePending") return;
        if (volume.spec?.volumeMode === "Block" || provisioner.driver === "nfs.csi.k8s.io") {
          // Nothing on a node has a file system to grow.
          setStatus(client, claim, {
            conditions: [],
            capacity: { storage: wanted },
            allocatedResources: { storage: wanted },
            allocatedResourceStatuses: undefined,
          });
          tell("VolumeResizeSuccessful", "Resize volume succeeded");
          return;
        }
        setStatus(client, claim, {
          conditions: [condition("FileSystemResizePending", clock.now(), WAITING_FOR_NODE)],
          allocatedResources: { storage: wanted },
          allocatedResourceStatuses: { storage: "NodeResizePending" },
        });
        tell("FileSystemResizeRequired", "Require file system resize of volume on node");
      },
    };
  },
};

type ClaimStatus = NonNullable<PersistentVolumeClaim["status"]>;
type Condition = NonNullable<ClaimStatus["conditions"]>[number];
const OWN_CONDITIONS: readonly string[] = ["Resizing", "FileSystemResizePending"];
const WAITING_FOR_NODE = "Waiting for user to (re-)start a pod to finish file system resize of volume on node.";

const condition = (type: string, now: number, message?: string): Condition => ({
  type,
  status: "True",
  lastProbeTime: null as unknown as string,
  lastTransitionTime: rfc3339(now),
  ...(message === undefined ? {} : { message }),
});

/** Since when the driver is at it (ms); undefined where it has not begun. */
function startedAt({ status }: PersistentVolumeClaim): number | undefined {
  if (status?.allocatedResourceStatuses?.["storage"] !== "ControllerResizeInProgress") return undefined;
  const since = status.conditions?.find(({ type }) => type === "Resizing")?.lastTransitionTime;
  return since === undefined ? undefined : parseTime(since);
}

interface Progress {
  readonly conditions: readonly Condition[];
  readonly capacity?: Readonly<Record<string, string>>;
  readonly allocatedResources: Readonly<Record<string, string>>;
  readonly allocatedResourceStatuses: Readonly<Record<string, string>> | undefined;
}

function setStatus(client: Client, { metadata }: PersistentVolumeClaim, progress: Progress): void {
  client.modify(
    persistentVolumeClaims,
    metadata.namespace,
    metadata.name ?? "",
    (next) => {
      const { allocatedResourceStatuses: _before, ...status } = next.status ?? {};
      const conditions = (status.conditions ?? []).filter(({ type }) => !OWN_CONDITIONS.includes(type));
      next.status = {
        ...status,
        conditions: [...conditions, ...progress.conditions],
        ...(progress.capacity === undefined ? {} : { capacity: { ...status.capacity, ...progress.capacity } }),
        allocatedResources: { ...status.allocatedResources, ...progress.allocatedResources },
        ...(progress.allocatedResourceStatuses === undefined
          ? {}
          : { allocatedResourceStatuses: { ...progress.allocatedResourceStatuses } }),
      } as ClaimStatus;
    },
    "status",
  );
}
