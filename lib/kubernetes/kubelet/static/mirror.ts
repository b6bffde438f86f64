/** The API's picture of a Pod that comes from a file (pkg/kubelet/pod/mirror_client.go). */
import { nodes, pods } from "../../api/resources.ts";
import type { Pod } from "../../api/types.ts";
import { isStatusError } from "../../machinery/status.ts";
import type { NodeContext } from "../node-context.ts";
import { HASH, isMirror, MIRROR } from "./manifest.ts";

export class MirrorPod {
  readonly #node: NodeContext;
  /** The Pod as the node has it. */
  readonly #pod: Pod;

  constructor(node: NodeContext, pod: Pod) {
    this.#node = node;
    this.#pod = pod;
  }

  /** The picture, where it is of this very Pod and nobody has asked for its end. */
  find(): Pod | undefined {
    const there = this.#there();
    const isOurs =
      there?.metadata.annotations?.[MIRROR] === this.#hash && there?.metadata.deletionTimestamp === undefined;
    return isOurs ? there : undefined;
  }

  /** Makes it where it is missing, and takes away an outdated one. True where the API did not take it: try again later. */
  ensure(): boolean {
    if (this.find() !== undefined) return false;
    const { client, name } = this.#node;
    try {
      const there = this.#there();
      if (there !== undefined && isMirror(there)) this.#delete(there);
      const node = client.get(nodes, undefined, name);
      const { resourceVersion: _none, ...metadata } = this.#pod.metadata;
      const owner = { apiVersion: "v1", kind: "Node", name, uid: node.metadata.uid ?? "", controller: true };
      client.create(pods, {
        ...this.#pod,
        metadata: {
          ...metadata,
          annotations: { ...metadata.annotations, [MIRROR]: this.#hash },
          ownerReferences: [owner],
        },
      });
      return false;
    } catch (error) {
      if (!isStatusError(error)) throw error;
      return true;
    }
  }

  /** The file is gone, and what it asked for has ended. */
  remove(): void {
    const there = this.#there();
    if (there?.metadata.annotations?.[MIRROR] !== this.#hash) return;
    try {
      this.#delete(there);
    } catch (error) {
      // What the API server does not hear now, the next look at orphans mends.
      if (!isStatusError(error)) throw error;
    }
  }

  get #hash(): string {
    return this.#pod.metadata.annotations?.[HASH] ?? "";
  }

  #there(): Pod | undefined {
    return this.#node.client.find(pods, this.#pod.metadata.namespace, this.#pod.metadata.name ?? "");
  }

  #delete(pod: Pod): void {
    deleteMirror(this.#node, pod);
  }
}

/** At once: nothing has to end for it. */
export function deleteMirror({ client }: NodeContext, { metadata }: Pod): void {
  client.delete(pods, metadata.namespace, metadata.name ?? "", {
    gracePeriodSeconds: 0,
    ...(metadata.uid === undefined ? {} : { preconditions: { uid: metadata.uid } }),
  });
}
