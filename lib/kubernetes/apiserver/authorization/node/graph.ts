/**
 * What a node has to do with an object: by the Pods bound to it (plugin/pkg/auth/authorizer/node/graph.go). Upstream
 * keeps a graph; here the Pods of the node are looked through when a kubelet's identity asks, which is seldom: the
 * kubelets of the cluster themselves are in its process.
 */
import { referencesOf } from "../../../api/pods/references.ts";
import {
  persistentVolumeClaims,
  persistentVolumes,
  pods as podResource,
  volumeAttachments,
} from "../../../api/resources.ts";
import type { PersistentVolume, PersistentVolumeClaim, Pod, VolumeAttachment } from "../../../api/types.ts";
import type { Store } from "../../../store/store.ts";

export type Vertex =
  | "configmap"
  | "persistentvolume"
  | "persistentvolumeclaim"
  | "pod"
  | "secret"
  | "serviceAccount"
  | "volumeattachment";

const MIRROR = "kubernetes.io/config.mirror";

export class NodeGraph {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Whether a way leads from the object to the node. */
  related(node: string, vertex: Vertex, namespace: string, name: string): boolean {
    if (vertex === "volumeattachment") {
      const attachment = this.#store.get(volumeAttachments.key, undefined, name) as VolumeAttachment | undefined;
      return attachment?.spec?.nodeName === node;
    }
    return this.#podsOf(node).some((pod) => this.#leads(pod, vertex, namespace, name));
  }

  #podsOf(node: string): Pod[] {
    return (this.#store.list(podResource.key) as Pod[]).filter((pod) => pod.spec?.nodeName === node);
  }

  #leads(pod: Pod, vertex: Vertex, namespace: string, name: string): boolean {
    const here = pod.metadata.namespace === namespace;
    if (vertex === "pod") return here && pod.metadata.name === name;
    // A mirror Pod refers to nothing: nodes make them themselves.
    if (pod.metadata.annotations?.[MIRROR] !== undefined) return false;
    if (vertex === "serviceAccount") return here && pod.spec?.serviceAccountName === name;
    if (vertex === "persistentvolume") return this.#volumesOf(pod).some((volume) => volume.metadata.name === name);
    if (vertex === "persistentvolumeclaim") return here && claimsOf(pod).includes(name);
    if (here && referencesOf(pod)[vertex === "secret" ? "secrets" : "configMaps"].has(name)) return true;
    return (
      vertex === "secret" && this.#volumesOf(pod).some((volume) => secretsOf(volume, pod).has(`${namespace}/${name}`))
    );
  }

  #volumesOf(pod: Pod): PersistentVolume[] {
    return claimsOf(pod).flatMap((claimName) => {
      const claim = this.#store.get(persistentVolumeClaims.key, pod.metadata.namespace, claimName) as
        | PersistentVolumeClaim
        | undefined;
      const volume =
        claim?.spec?.volumeName === undefined
          ? undefined
          : (this.#store.get(persistentVolumes.key, undefined, claim.spec.volumeName) as PersistentVolume | undefined);
      // Volume and claim must agree that they belong together.
      const { namespace, name } = volume?.spec?.claimRef ?? {};
      return volume !== undefined && namespace === pod.metadata.namespace && name === claimName ? [volume] : [];
    });
  }
}

function claimsOf(pod: Pod): string[] {
  return (pod.spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim !== undefined) return [persistentVolumeClaim.claimName];
    return ephemeral === undefined ? [] : [`${pod.metadata.name}-${name}`];
  });
}

/** Secrets that the volume's driver needs on the node (pkg/api/v1/persistentvolume, VisitPVSecretNames). */
function secretsOf({ spec }: PersistentVolume, pod: Pod): Set<string> {
  const driver = spec?.csi;
  const references = [
    driver?.controllerPublishSecretRef,
    driver?.nodePublishSecretRef,
    driver?.nodeStageSecretRef,
    driver?.nodeExpandSecretRef,
  ];
  return new Set(
    references.flatMap((reference) =>
      reference?.name === undefined ? [] : [`${reference.namespace || pod.metadata.namespace}/${reference.name}`],
    ),
  );
}
