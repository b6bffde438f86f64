/** Lets volumes grow with their claims (pkg/controller/volume/expand, kubernetes-csi/external-resizer). */
import { persistentVolumeClaims, persistentVolumes, storageClasses } from "../../api/resources.ts";
import { amount } from "../../scheduler/resources.ts";
import { type ControllerDefinition, watch } from "../framework/controller.ts";
import { keyOf, splitKey } from "../framework/lister.ts";
import { classOfClaim } from "./matching.ts";
import { findProvisioner } from "./provisioners.ts";

export const expandController: ControllerDefinition = {
  name: "volume_expand",
  serviceAccount: "expand-controller",
  create({ client, lister, recorder }) {
    return {
      watches: [
        watch(persistentVolumeClaims, ({ type, object }, queue) => {
          if (type === "DELETED" || object.status?.phase !== "Bound") return;
          if (amount(object.spec?.resources?.requests?.["storage"]) > amount(object.status.capacity?.["storage"]))
            queue.add(keyOf(object));
        }),
      ],
      sync(key) {
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
        if (amount(volume.spec?.capacity?.["storage"]) < amount(wanted)) {
          recorder.event(claim, "Normal", "Resizing", `External resizer is resizing volume ${volume.metadata.name}`);
          client.modify(persistentVolumes, undefined, volume.metadata.name ?? "", (next) => {
            if (next.spec !== undefined) next.spec.capacity = { ...next.spec.capacity, storage: wanted };
          });
        }
        // The file system grows on the node without the Pod noticing; here that takes no step of its own.
        client.modify(
          persistentVolumeClaims,
          namespace,
          name,
          (next) => {
            next.status = { ...next.status, capacity: { ...next.status?.capacity, storage: wanted } };
          },
          "status",
        );
        recorder.event(
          claim,
          "Normal",
          "FileSystemResizeSuccessful",
          "MountVolume.NodeExpandVolume succeeded for volume",
        );
      },
    };
  },
};
