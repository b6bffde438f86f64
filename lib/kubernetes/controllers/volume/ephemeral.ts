/** Claims for volumes that live and die with their Pod (pkg/controller/volume/ephemeral/controller.go). */
import { persistentVolumeClaims, pods } from "../../api/resources.ts";
import type { PersistentVolumeClaim, Pod } from "../../api/types.ts";
import { isStatusError } from "../../machinery/status.ts";
import { type ControllerContext, type ControllerDefinition, watch } from "../framework/controller.ts";
import { keyOf, splitKey } from "../framework/lister.ts";
import { controllerReference, isControlledBy } from "../framework/owners.ts";

type Volume = NonNullable<NonNullable<Pod["spec"]>["volumes"]>[number];

const ephemeralVolumes = (pod: Pod): readonly Volume[] =>
  (pod.spec?.volumes ?? []).filter((volume) => volume.ephemeral !== undefined);

export const ephemeralVolumeController: ControllerDefinition = {
  name: "ephemeral-volume-controller",
  component: "ephemeral_volume",
  create(context) {
    const { lister, recorder } = context;
    return {
      watches: [
        watch(pods, ({ type, object }, queue) => {
          if (type === "DELETED" || object.metadata.deletionTimestamp !== undefined) return;
          if (ephemeralVolumes(object).length > 0) queue.add(keyOf(object));
        }),
        // A claim in the way may have gone.
        watch(persistentVolumeClaims, ({ type, object }, queue) => {
          if (type !== "DELETED") return;
          for (const pod of lister.list(pods, object.metadata.namespace))
            if (ephemeralVolumes(pod).some((volume) => claimName(pod, volume) === object.metadata.name))
              queue.add(keyOf(pod));
        }),
      ],
      sync(key) {
        const { namespace, name } = splitKey(key);
        const pod = lister.find(pods, namespace, name);
        if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return;
        for (const volume of ephemeralVolumes(pod)) {
          const complain = (problem: string) =>
            recorder.event(pod, "Warning", "FailedBinding", `ephemeral volume ${volume.name}: ${problem}`);
          try {
            const problem = makeClaim(context, pod, volume);
            if (problem !== undefined) complain(problem);
          } catch (error) {
            if (isStatusError(error)) complain(error.message);
            throw error;
          }
        }
      },
    };
  },
};

const claimName = (pod: Pod, volume: Volume) => `${pod.metadata.name}-${volume.name}`;

/** Returns why it cannot be: a claim of the name is somebody else's. */
function makeClaim({ client, lister }: ControllerContext, pod: Pod, volume: Volume): string | undefined {
  const { namespace = "" } = pod.metadata;
  const name = claimName(pod, volume);
  const existing = lister.find(persistentVolumeClaims, namespace, name);
  if (existing !== undefined) {
    if (isControlledBy(existing, pod)) return undefined;
    return `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`;
  }
  const template = volume.ephemeral?.volumeClaimTemplate;
  const { annotations, labels } = template?.metadata ?? {};
  client.create(persistentVolumeClaims, {
    metadata: {
      name,
      namespace,
      ...(annotations === undefined ? {} : { annotations }),
      ...(labels === undefined ? {} : { labels }),
      ownerReferences: [controllerReference(pods, pod)],
    },
    spec: template?.spec ?? {},
  } as PersistentVolumeClaim);
  return undefined;
}
