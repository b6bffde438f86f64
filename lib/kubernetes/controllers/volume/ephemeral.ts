/** Claims of generic ephemeral volumes: made for a Pod, gone with it (pkg/controller/volume/ephemeral). */
import { persistentVolumeClaims, pods } from "../../api/resources.ts";
import type { PersistentVolumeClaim, Pod } from "../../api/types.ts";
import { clone } from "../../machinery/clone.ts";
import { type ControllerDefinition, Retry, watch } from "../framework/controller.ts";
import { keyOf, splitKey } from "../framework/lister.ts";
import { controllerReference, isControlledBy } from "../framework/owners.ts";

type EphemeralVolume = NonNullable<NonNullable<Pod["spec"]>["volumes"]>[number];

const ephemeralVolumes = (pod: Pod): EphemeralVolume[] =>
  (pod.spec?.volumes ?? []).filter(({ ephemeral }) => ephemeral !== undefined);

function claimFor(pod: Pod, { name, ephemeral }: EphemeralVolume): PersistentVolumeClaim {
  const template = ephemeral?.volumeClaimTemplate;
  const { labels, annotations } = (template?.metadata ?? {}) as PersistentVolumeClaim["metadata"];
  return {
    metadata: {
      name: `${pod.metadata.name}-${name}`,
      namespace: pod.metadata.namespace ?? "",
      ...(labels === undefined ? {} : { labels: { ...labels } }),
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
      ownerReferences: [controllerReference(pods, pod)],
    },
    ...(template === undefined ? {} : { spec: clone(template.spec) }),
  };
}

export const ephemeralVolumeController: ControllerDefinition = {
  name: "ephemeral_volume",
  serviceAccount: "ephemeral-volume-controller",
  create({ client, lister, recorder }) {
    return {
      watches: [
        watch(pods, ({ type, object }, queue) => {
          if (
            type === "ADDED" &&
            object.metadata.deletionTimestamp === undefined &&
            ephemeralVolumes(object).length > 0
          )
            queue.add(keyOf(object));
        }),
        // Somebody took the claim away while its Pod is still to start.
        watch(persistentVolumeClaims, ({ type, object }, queue) => {
          const owner = object.metadata.ownerReferences?.find(({ controller, kind }) => controller && kind === "Pod");
          if (type === "DELETED" && owner !== undefined) queue.add(`${object.metadata.namespace}/${owner.name}`);
        }),
      ],
      sync(key) {
        const { namespace, name } = splitKey(key);
        const pod = lister.find(pods, namespace, name);
        if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return;
        for (const volume of ephemeralVolumes(pod)) {
          const claim = claimFor(pod, volume);
          const existing = lister.find(persistentVolumeClaims, namespace, claim.metadata.name);
          if (existing === undefined) {
            client.create(persistentVolumeClaims, claim);
            continue;
          }
          if (isControlledBy(existing, pod)) continue;
          const problem = `PVC ${namespace}/${claim.metadata.name} was not created for pod ${namespace}/${name} (pod is not owner)`;
          recorder.event(pod, "Warning", "FailedBinding", `ephemeral volume ${volume.name}: ${problem}`);
          throw new Retry(`pod ${key}, ephemeral volume ${volume.name}: ${problem}`);
        }
      },
    };
  },
};
