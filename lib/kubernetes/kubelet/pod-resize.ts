/** Resources of a Pod that change while it runs (pkg/kubelet/allocation/allocation_manager.go). */
import type { Container, Pod } from "../api/types.ts";
import type { NodeContext } from "./node-context.ts";
import type { PodContainers } from "./pod-containers.ts";
import {
  asAllocated,
  lowerThanUsed,
  type ResizeInProgress,
  type ResizeRefusal,
  resizeCompleted,
  sameResources,
} from "./resize.ts";

/** The containers of a Pod's spec that stay, by name. */
export function specOf(pod: Pod, name: string): Container | undefined {
  const spec = pod.spec;
  return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].find((container) => container.name === name);
}

export class PodResize {
  readonly #node: NodeContext;
  readonly #pod: { readonly pod: Pod; readonly containers: PodContainers };
  #refusal: ResizeRefusal | undefined;
  #inProgress: ResizeInProgress | undefined;

  /** `pod`: as the node has it. */
  constructor(node: NodeContext, pod: { readonly pod: Pod; readonly containers: PodContainers }) {
    this.#node = node;
    this.#pod = pod;
  }

  /** Why the node cannot grant what is asked for; the Pod keeps the resources it has. */
  get refusal(): ResizeRefusal | undefined {
    return this.#refusal;
  }

  /** What was granted and is not done yet. */
  get inProgress(): ResizeInProgress | undefined {
    return this.#inProgress;
  }

  /** An object of the API with the resources the node grants it. */
  allocated(pod: Pod): Pod {
    return this.#refusal === undefined ? pod : asAllocated(pod, this.#pod.pod);
  }

  /** The Pod as the node can have it: with the resources asked for, or else with those it has. */
  take(pod: Pod, isRunning: boolean): Pod {
    const isResize = isRunning && !sameResources(pod, this.#pod.pod);
    this.#refusal = isResize ? this.#node.resize(pod) : undefined;
    if (isResize && this.#refusal === undefined)
      this.#inProgress = {
        actual: this.#inProgress?.actual ?? this.#pod.pod,
        generation: pod.metadata.generation ?? 1,
      };
    return this.#refusal === undefined ? pod : asAllocated(pod, this.#pod.pod);
  }

  /**
   * Containers get what they were granted. False where they have more memory in use already: nothing was changed, and it
   * has to be tried again.
   */
  apply(): boolean {
    const running = this.#pod.containers.running();
    if (this.#inProgress !== undefined) {
      const used = new Map<string, number>();
      for (const { name, live } of running) {
        const policies = specOf(this.#pod.pod, name)?.resizePolicy ?? [];
        const restarts = policies.some(
          (one) => one.resourceName === "memory" && one.restartPolicy === "RestartContainer",
        );
        if (live !== undefined && !restarts) used.set(name, live.usage().memoryBytes);
      }
      const { error: _before, ...resizing } = this.#inProgress;
      const error = lowerThanUsed(this.#pod.pod, resizing.actual, used);
      this.#inProgress = error === undefined ? resizing : { ...resizing, error };
      if (error !== undefined) return false;
    }
    for (const { name, live } of running) {
      const container = specOf(this.#pod.pod, name);
      if (container !== undefined) live?.resize(container);
    }
    return true;
  }

  /** All containers have what was granted; what an event says of it. Undefined where nothing was under way. */
  finish(): string | undefined {
    if (this.#inProgress === undefined || this.#inProgress.error !== undefined) return undefined;
    this.#inProgress = undefined;
    return resizeCompleted(this.#pod.pod);
  }
}
