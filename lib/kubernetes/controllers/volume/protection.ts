/** Claims and volumes in use are not deleted (pkg/controller/volume/{pvcprotection,pvprotection}). */
import { persistentVolumeClaims, persistentVolumes, pods } from "../../api/resources.ts";
import { claimNames } from "../../scheduler/plugins/volume-restrictions.ts";
import { type ControllerDefinition, watch } from "../framework/controller.ts";
import { keyOf, splitKey } from "../framework/lister.ts";
import { unlessGone } from "../framework/owners.ts";
import { isPodFinished } from "../framework/pods.ts";

const CLAIM_FINALIZER = "kubernetes.io/pvc-protection";
const VOLUME_FINALIZER = "kubernetes.io/pv-protection";

const without = (finalizers: readonly string[] | undefined, finalizer: string) =>
  (finalizers ?? []).filter((other) => other !== finalizer);

export const claimProtection: ControllerDefinition = {
  name: "pvc-protection-controller",
  create({ client, lister }) {
    const isUsed = (namespace: string, name: string) =>
      lister
        .list(pods, namespace)
        .some((pod) => Boolean(pod.spec?.nodeName) && !isPodFinished(pod) && claimNames(pod).includes(name));
    return {
      watches: [
        watch(persistentVolumeClaims, ({ object }, queue) => queue.add(keyOf(object))),
        watch(pods, ({ type, object }, queue) => {
          if (type !== "DELETED" && !isPodFinished(object)) return;
          for (const name of claimNames(object)) queue.add(`${object.metadata.namespace}/${name}`);
        }),
      ],
      sync(key) {
        const { namespace, name } = splitKey(key);
        const claim = lister.find(persistentVolumeClaims, namespace, name);
        if (claim === undefined) return;
        const isProtected = claim.metadata.finalizers?.includes(CLAIM_FINALIZER) ?? false;
        const isLeaving = claim.metadata.deletionTimestamp !== undefined;
        if (isLeaving && isProtected && !isUsed(namespace, name))
          unlessGone(() =>
            client.modify(persistentVolumeClaims, namespace, name, (next) => {
              next.metadata.finalizers = without(next.metadata.finalizers, CLAIM_FINALIZER);
            }),
          );
        else if (!isLeaving && !isProtected)
          unlessGone(() =>
            client.modify(persistentVolumeClaims, namespace, name, (next) => {
              next.metadata.finalizers = [...(next.metadata.finalizers ?? []), CLAIM_FINALIZER];
            }),
          );
      },
    };
  },
};

export const volumeProtection: ControllerDefinition = {
  name: "pv-protection-controller",
  create({ client, lister }) {
    return {
      watches: [watch(persistentVolumes, ({ object }, queue) => queue.add(keyOf(object)))],
      sync(name) {
        const volume = lister.find(persistentVolumes, undefined, name);
        if (volume === undefined) return;
        const isProtected = volume.metadata.finalizers?.includes(VOLUME_FINALIZER) ?? false;
        const isLeaving = volume.metadata.deletionTimestamp !== undefined;
        if (isLeaving && isProtected && volume.status?.phase !== "Bound")
          unlessGone(() =>
            client.modify(persistentVolumes, undefined, name, (next) => {
              next.metadata.finalizers = without(next.metadata.finalizers, VOLUME_FINALIZER);
            }),
          );
        else if (!isLeaving && !isProtected)
          unlessGone(() =>
            client.modify(persistentVolumes, undefined, name, (next) => {
              next.metadata.finalizers = [...(next.metadata.finalizers ?? []), VOLUME_FINALIZER];
            }),
          );
      },
    };
  },
};
