/** The Pods of a node's files: one worker each, one after the other under one name (pkg/kubelet/pod_workers.go, allowPodStart). */
import { pods } from "../../api/resources.ts";
import type { Pod } from "../../api/types.ts";
import { isStatusError } from "../../machinery/status.ts";
import type { NodeContext } from "../node-context.ts";
import { PodWorker } from "../pod-worker.ts";
import type { WorkerSnapshot } from "../worker-snapshot.ts";
import { isMirror } from "./manifest.ts";
import { deleteMirror, MirrorPod } from "./mirror.ts";

interface StaticPodsHost {
  readonly context: NodeContext;
  /** All workers of the node, by UID. */
  readonly workers: Map<string, PodWorker>;
  readonly on: () => boolean;
  /** What a worker left in the snapshot that the node comes from. */
  readonly snapshot: (uid: string) => WorkerSnapshot | undefined;
}

const fullName = ({ metadata }: Pod) => `${metadata.name}_${metadata.namespace}`;

export class StaticPods {
  readonly #host: StaticPodsHost;
  /** What runs under a name, or is on its way out. */
  readonly #running = new Map<string, PodWorker>();
  /** What is to run under a name. */
  #wanted = new Map<string, Pod>();

  constructor(host: StaticPodsHost) {
    this.#host = host;
  }

  /** `early`: the node comes up with them, before there is an API server. */
  set(list: readonly Pod[], early = false): void {
    // Of two files that mean the same name, the later one has it.
    this.#wanted = new Map(list.map((pod) => [fullName(pod), pod]));
    for (const [name, worker] of this.#running) {
      if (this.#wanted.get(name)?.metadata.uid !== worker.uid) worker.retire();
    }
    for (const [name, pod] of this.#wanted) if (!this.#running.has(name)) this.#start(pod, early);
  }

  /** The API's picture of a Pod has changed or gone; one without a Pod is taken away. */
  mirrorChanged(mirror: Pod, removed: boolean): void {
    const worker = this.#running.get(fullName(mirror));
    if (worker !== undefined) {
      if (removed || mirror.metadata.deletionTimestamp !== undefined) worker.wake();
      return;
    }
    if (!removed && this.#host.on()) this.#removeOrphan(mirror);
  }

  /** Every container ends, nobody knows how, and begins again. */
  restart(): void {
    for (const worker of this.#running.values()) {
      worker.powerOff();
      worker.powerOn(false);
    }
  }

  /** Pictures whose Pods have gone while the API server could not be reached. */
  sweep(): void {
    const { client, name } = this.#host.context;
    for (const pod of client.list(pods))
      if (pod.spec?.nodeName === name && isMirror(pod)) this.mirrorChanged(pod, false);
  }

  #removeOrphan(mirror: Pod): void {
    try {
      deleteMirror(this.#host.context, mirror);
    } catch (error) {
      if (!isStatusError(error)) throw error;
    }
  }

  #start(pod: Pod, early: boolean): void {
    const { context, workers, on, snapshot } = this.#host;
    const uid = pod.metadata.uid ?? "";
    const known = snapshot(uid);
    const file = { mirror: new MirrorPod(context, pod), early: early && known === undefined };
    const worker = new PodWorker(context, pod, () => this.#ended(pod), known, file);
    workers.set(uid, worker);
    this.#running.set(fullName(pod), worker);
    if (!on()) return;
    if (known === undefined) worker.wake();
    else worker.revive().catch((error: unknown) => context.onBug(`kubelet ${context.name}: restore of ${uid}`, error));
  }

  #ended(pod: Pod): void {
    const { workers } = this.#host;
    const name = fullName(pod);
    workers.delete(pod.metadata.uid ?? "");
    this.#running.delete(name);
    const next = this.#wanted.get(name);
    if (next !== undefined) this.#start(next, false);
  }
}
