/**
 * VolumeAttributesClass: claims whose class changed (kubernetes-csi/external-resizer, pkg/modifycontroller), and classes
 * in use that are not deleted (pkg/controller/volume/vacprotection).
 */
import { persistentVolumeClaims, persistentVolumes, volumeAttributesClasses } from "../../api/resources.ts";
import type { PersistentVolumeClaim } from "../../api/types.ts";
import { createRecorder, type EventRecorder } from "../../events/index.ts";
import { type ControllerDefinition, watch } from "../framework/controller.ts";
import { keyOf, splitKey } from "../framework/lister.ts";
import { unlessGone } from "../framework/owners.ts";
import { attachedDrivers } from "./provisioners.ts";

const FINALIZER = "kubernetes.io/vac-protection";

type ClaimStatus = NonNullable<PersistentVolumeClaim["status"]>;

export const volumeModifyController: ControllerDefinition = {
  name: "volume-modify",
  serviceAccount: "external-provisioner",
  create(context) {
    const { client, lister } = context;
    const recorders = new Map<string, EventRecorder>();
    const recorderOf = (driver: string) => {
      const known = recorders.get(driver) ?? createRecorder({ ...context, component: `external-resizer ${driver}` });
      recorders.set(driver, known);
      return known;
    };
    return {
      watches: [
        watch(persistentVolumeClaims, ({ type, object }, queue) => {
          if (type !== "DELETED" && object.spec?.volumeAttributesClassName) queue.add(keyOf(object));
        }),
        // A class that was missing has come.
        watch(volumeAttributesClasses, ({ type, object }, queue) => {
          if (type !== "ADDED") return;
          for (const claim of lister.list(persistentVolumeClaims))
            if (claim.spec?.volumeAttributesClassName === object.metadata.name) queue.add(keyOf(claim));
        }),
      ],
      sync(key) {
        const { namespace, name } = splitKey(key);
        const claim = lister.find(persistentVolumeClaims, namespace, name);
        const wanted = claim?.spec?.volumeAttributesClassName;
        if (claim?.status?.phase !== "Bound" || !wanted) return;
        if (claim.status.currentVolumeAttributesClassName === wanted) return;
        const volume = lister.find(persistentVolumes, undefined, claim.spec?.volumeName);
        const driver = volume?.spec?.csi?.driver;
        if (driver === undefined || !attachedDrivers.has(driver)) return;
        const recorder = recorderOf(driver);
        const setStatus = (change: (status: ClaimStatus) => ClaimStatus) =>
          client.modify(
            persistentVolumeClaims,
            namespace,
            name,
            (next) => {
              next.status = change(next.status ?? {});
            },
            "status",
          );
        const target = (status: "Pending" | "InProgress" | "Infeasible") =>
          setStatus((before) => ({
            ...before,
            modifyVolumeStatus: { status, targetVolumeAttributesClassName: wanted },
          }));
        const attributes = lister.find(volumeAttributesClasses, undefined, wanted);
        if (attributes === undefined) {
          if (claim.status.modifyVolumeStatus?.targetVolumeAttributesClassName === wanted) return;
          recorder.event(claim, "Warning", "VolumeModifyFailed", `VAC ${wanted} does not exist.`);
          target("Pending");
          return;
        }
        if (attributes.driverName !== driver) {
          if (claim.status.modifyVolumeStatus?.targetVolumeAttributesClassName === wanted) return;
          const why = `VAC ${wanted} referenced in PVC is for driver ${attributes.driverName} which does not match driver name ${driver}`;
          recorder.event(claim, "Warning", "VolumeModifyFailed", why);
          target("Pending");
          return;
        }
        target("InProgress");
        recorder.event(
          claim,
          "Normal",
          "VolumeModify",
          `external resizer is modifying volume ${name} with vac ${wanted}`,
        );
        client.modify(persistentVolumes, undefined, volume?.metadata.name ?? "", (next) => {
          if (next.spec !== undefined) next.spec.volumeAttributesClassName = wanted;
        });
        setStatus(({ modifyVolumeStatus: _done, ...before }) => ({
          ...before,
          currentVolumeAttributesClassName: wanted,
        }));
        recorder.event(
          claim,
          "Normal",
          "VolumeModifySuccessful",
          `external resizer modified volume ${name} with vac ${wanted} successfully `,
        );
      },
    };
  },
};

export const volumeAttributesClassProtection: ControllerDefinition = {
  name: "volumeattributesclass-protection-controller",
  create({ client, lister }) {
    const isUsed = (name: string) =>
      lister
        .list(persistentVolumeClaims)
        .some(
          ({ spec, status }) =>
            spec?.volumeAttributesClassName === name ||
            status?.currentVolumeAttributesClassName === name ||
            status?.modifyVolumeStatus?.targetVolumeAttributesClassName === name,
        ) || lister.list(persistentVolumes).some(({ spec }) => spec?.volumeAttributesClassName === name);
    const recheck = (queue: { add(key: string): void }) => {
      for (const { metadata } of lister.list(volumeAttributesClasses))
        if (metadata.deletionTimestamp !== undefined) queue.add(metadata.name ?? "");
    };
    return {
      watches: [
        watch(volumeAttributesClasses, ({ object }, queue) => queue.add(keyOf(object))),
        watch(persistentVolumeClaims, (_seen, queue) => recheck(queue)),
        watch(persistentVolumes, (_seen, queue) => recheck(queue)),
      ],
      sync(name) {
        const one = lister.find(volumeAttributesClasses, undefined, name);
        if (one === undefined) return;
        const isProtected = one.metadata.finalizers?.includes(FINALIZER) ?? false;
        const isLeaving = one.metadata.deletionTimestamp !== undefined;
        if (isLeaving ? !isProtected || isUsed(name) : isProtected) return;
        unlessGone(() =>
          client.modify(volumeAttributesClasses, undefined, name, (next) => {
            const others = (next.metadata.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
            next.metadata.finalizers = isLeaving ? others : [...others, FINALIZER];
          }),
        );
      },
    };
  },
};
