/** Controllers and scheduler of one cluster, on one loop. */

import type { Clock } from "../../clock/index.ts";
import type { Resource } from "../api/resources.ts";
import type { ApiServer } from "../apiserver/server.ts";
import type { Latencies, Waiting } from "../cluster.types.ts";
import {
  type ControllerContext,
  type ControllersOptions,
  controllerDefinitions,
  Lister,
  RunningController,
  Workers,
} from "../controllers/index.ts";
import { createRecorder, type EventRecorder } from "../events/index.ts";
import type { NodeAccess } from "../kubelet/types.ts";
import { Scheduler } from "../scheduler/index.ts";
import type { Store } from "../store/store.ts";

interface ControlPlaneOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly api: ApiServer;
  readonly latencies: Latencies;
  readonly rootCertificate: string;
  /** What the containers of a Pod use. */
  readonly usage: NodeAccess["usage"];
  /** The data of network-attached volumes. */
  readonly storage: ControllersOptions["storage"];
  readonly onBug: (where: string, error: unknown) => void;
}

interface Running {
  readonly controller: RunningController;
  readonly recorder: EventRecorder;
}

/** What starts and ends by itself: all controllers, and the scheduler. */
export type ControlPlanePart = "kube-controller-manager" | "kube-scheduler";

/** Key of a snapshot's components: which parts did not run. */
const STOPPED = "stopped";

/** Parts that did not run when `state` was taken. */
export const stoppedIn = (state: Readonly<Record<string, unknown>> | undefined): readonly ControlPlanePart[] =>
  (state?.[STOPPED] as readonly ControlPlanePart[] | undefined) ?? [];

export class ControlPlane {
  readonly #options: ControlPlaneOptions;
  readonly #workers: Workers;
  #running: readonly Running[] = [];
  #scheduler: Scheduler | undefined;

  /** `stopped`: parts that were not running when the cluster was snapshotted. */
  constructor(options: ControlPlaneOptions, stopped: readonly ControlPlanePart[] = []) {
    this.#options = options;
    this.#workers = new Workers(options.clock);
    if (!stopped.includes("kube-controller-manager")) this.#running = this.#createControllers();
    if (!stopped.includes("kube-scheduler")) this.#scheduler = this.#createScheduler();
  }

  /** Parts that do not run. */
  get stopped(): readonly ControlPlanePart[] {
    return [
      ...(this.#running.length === 0 ? (["kube-controller-manager"] as const) : []),
      ...(this.#scheduler === undefined ? (["kube-scheduler"] as const) : []),
    ];
  }

  /** One part begins anew, from what the API server holds, or ends. */
  setRunning(part: ControlPlanePart, on: boolean): void {
    if (this.stopped.includes(part) !== on) return;
    if (part === "kube-scheduler") {
      this.#scheduler?.stop();
      this.#scheduler = on ? this.#createScheduler() : undefined;
      this.#scheduler?.start();
      return;
    }
    for (const { controller } of this.#running) controller.stop();
    this.#running = on ? this.#createControllers() : [];
    for (const { controller } of this.#running) controller.start();
  }

  #createControllers(): readonly Running[] {
    const options = this.#options;
    const { clock, store, api, onBug } = options;
    const lister = new Lister(store);
    const definitions = controllerDefinitions({
      resources: resourceFinder(api),
      namespaced: () => namespacedResources(api),
      sign:
        api.authority === undefined
          ? undefined
          : (request, usages, seconds, now) => api.authority?.sign(request, usages, seconds, now) ?? "",
      storage: options.storage,
      usage: ({ metadata }) => options.usage(metadata.namespace ?? "", metadata.name ?? ""),
      tokens: {
        certificate: options.rootCertificate,
        mint: (namespace, account, secret) => api.authenticator.issueLegacy(namespace, account, secret),
      },
    });
    return definitions.map((definition) => {
      const user =
        definition.user ?? `system:serviceaccount:kube-system:${definition.serviceAccount ?? definition.name}`;
      const client = api.clientFor(user);
      const recorder = createRecorder({ clock, client, component: definition.component ?? definition.name, onBug });
      const context: ControllerContext = { clock, client, lister, recorder, onBug, latencies: options.latencies };
      const controller = new RunningController(definition.name, definition.create(context), {
        clock,
        store,
        workers: this.#workers,
        onBug,
      });
      return { controller, recorder };
    });
  }

  #createScheduler(): Scheduler {
    const { clock, store, api, onBug } = this.#options;
    return new Scheduler({
      clock,
      store,
      workers: this.#workers,
      clientFor: (user, groups) => api.clientFor(user, groups),
      onBug,
    });
  }

  start(): void {
    for (const { controller } of this.#running) controller.start();
    this.#scheduler?.start();
  }

  stop(): void {
    for (const { controller } of this.#running) controller.stop();
    this.#scheduler?.stop();
    this.#workers.close();
  }

  get busy(): boolean {
    return this.#workers.busy;
  }

  /** What waits for its time, and until when (ms). */
  *waiting(): Iterable<Waiting> {
    for (const { controller } of this.#running)
      for (const { reason, until } of controller.waiting())
        if (reason !== undefined) yield { reason, until, recurs: false };
    for (const wait of this.#scheduler?.waiting() ?? []) yield { ...wait, recurs: false };
  }

  /** What components remember beside objects, by name. */
  state(): Record<string, unknown> {
    const state: Record<string, unknown> = {};
    if (this.#scheduler !== undefined) state["scheduler"] = this.#scheduler.state();
    if (this.stopped.length > 0) state[STOPPED] = this.stopped;
    for (const { controller, recorder } of this.#running) {
      const own = controller.state();
      if (own !== undefined) state[controller.name] = own;
      const told = recorder.state();
      if (told.buckets.length > 0) state[`${controller.name}/events`] = told;
    }
    return state;
  }

  restore(state: Readonly<Record<string, unknown>>): void {
    if (state["scheduler"] !== undefined) this.#scheduler?.restore(state["scheduler"]);
    for (const { controller, recorder } of this.#running) {
      const own = state[controller.name];
      if (own !== undefined) controller.restore(own);
      const told = state[`${controller.name}/events`];
      if (told !== undefined) recorder.restore(told as Parameters<EventRecorder["restore"]>[0]);
    }
  }
}

function resourceOf({
  definition,
  key,
}: {
  readonly definition: Omit<Resource, "key">;
  readonly key: string;
}): Resource {
  const { group, version, plural, kind, namespaced } = definition;
  return { group, version, plural, kind, namespaced, key };
}

function resourceFinder(api: ApiServer) {
  return {
    byKind(apiVersion: string, kind: string) {
      const served = api.definitions.byKind(apiVersion, kind);
      return served === undefined ? undefined : resourceOf(served);
    },
    byKey(key: string) {
      const served = api.definitions.stored(key);
      return served === undefined ? undefined : resourceOf(served);
    },
  };
}

/** Each resource with namespaces once, whatever versions it is served in. */
function namespacedResources(api: ApiServer): Resource[] {
  const found = new Map<string, Resource>();
  for (const served of api.definitions.all())
    if (served.definition.namespaced && !found.has(served.key)) found.set(served.key, resourceOf(served));
  return [...found.values()];
}
