/** Controllers and scheduler of one cluster, on one loop. */
import type { Clock } from "../../clock/index.ts";
import type { Resource } from "../api/resources.ts";
import type { ApiServer } from "../apiserver/server.ts";
import type { Latencies } from "../cluster.types.ts";
import {
  type ControllerContext,
  controllerDefinitions,
  Lister,
  RunningController,
  Workers,
} from "../controllers/index.ts";
import { createRecorder, type EventRecorder } from "../events/index.ts";
import type { NodeAccess } from "../kubelet/types.ts";
import { Scheduler } from "../scheduler/index.ts";
import type { Store } from "../store/store.ts";

export interface ControlPlaneOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly api: ApiServer;
  readonly latencies: Latencies;
  readonly rootCertificate: string;
  /** What the containers of a Pod use. */
  readonly usage: NodeAccess["usage"];
  readonly onBug: (where: string, error: unknown) => void;
}

interface Running {
  readonly controller: RunningController;
  readonly recorder: EventRecorder;
}

export class ControlPlane {
  readonly #workers: Workers;
  readonly #running: readonly Running[];
  readonly #scheduler: Scheduler;

  constructor(options: ControlPlaneOptions) {
    const { clock, store, api, onBug } = options;
    this.#workers = new Workers(clock);
    const lister = new Lister(store);
    const definitions = controllerDefinitions({
      resources: resourceFinder(api),
      namespaced: () => namespacedResources(api),
      sign:
        api.authority === undefined
          ? undefined
          : (request, usages, seconds, now) => api.authority?.sign(request, usages, seconds, now) ?? "",
      usage: ({ metadata }) => options.usage(metadata.namespace ?? "", metadata.name ?? ""),
      tokens: {
        certificate: options.rootCertificate,
        mint: (namespace, account, secret) => api.authenticator.issueLegacy(namespace, account, secret),
      },
    });
    this.#running = definitions.map((definition) => {
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
    this.#scheduler = new Scheduler({
      clock,
      store,
      workers: this.#workers,
      clientFor: (user, groups) => api.clientFor(user, groups),
      onBug,
    });
  }

  start(): void {
    for (const { controller } of this.#running) controller.start();
    this.#scheduler.start();
  }

  stop(): void {
    for (const { controller } of this.#running) controller.stop();
    this.#scheduler.stop();
    this.#workers.close();
  }

  get busy(): boolean {
    return this.#workers.busy;
  }

  /** What waits for its time, and until when (ms). */
  *waiting(): Iterable<{ readonly reason: string; readonly until: number }> {
    for (const { controller } of this.#running)
      for (const { reason, until } of controller.waiting()) if (reason !== undefined) yield { reason, until };
    yield* this.#scheduler.waiting();
  }

  /** What components remember beside objects, by name. */
  state(): Record<string, unknown> {
    const state: Record<string, unknown> = { scheduler: this.#scheduler.state() };
    for (const { controller, recorder } of this.#running) {
      const own = controller.state();
      if (own !== undefined) state[controller.name] = own;
      const told = recorder.state();
      if (told.buckets.length > 0) state[`${controller.name}/events`] = told;
    }
    return state;
  }

  restore(state: Readonly<Record<string, unknown>>): void {
    if (state["scheduler"] !== undefined) this.#scheduler.restore(state["scheduler"]);
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
