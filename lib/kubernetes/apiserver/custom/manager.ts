/** Serves what CustomResourceDefinitions define, as they come, change and go (apiextensions-apiserver pkg/controller). */
import type { Clock } from "../../../clock/index.ts";
import { customResourceDefinitions } from "../../api/resources.ts";
import type { CustomResourceDefinition } from "../../api/types.ts";
import { isStatusError } from "../../machinery/status.ts";
import { rfc3339 } from "../../machinery/time.ts";
import type { Store } from "../../store/store.ts";
import type { Client } from "../client.ts";
import type { Definitions, Served } from "../definitions.ts";
import { CLEANUP, type Registry } from "../registry.ts";
import { customResource } from "./definition.ts";

const KEY = customResourceDefinitions.key;

interface CustomResourceOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly definitions: Definitions;
  readonly registry: Registry;
  readonly client: Client;
  readonly onBug: (where: string, error: unknown) => void;
}

export class CustomResources {
  readonly #options: CustomResourceOptions;
  /** What is served for each CustomResourceDefinition by its name. */
  readonly #served = new Map<string, Served[]>();
  readonly #stop: () => void;

  constructor(options: CustomResourceOptions) {
    this.#options = options;
    for (const crd of options.store.list(KEY) as CustomResourceDefinition[]) this.#serve(crd);
    this.#stop = options.store.subscribe(KEY, (change) => {
      try {
        const crd = change.object as CustomResourceDefinition;
        if (change.type === "DELETED") this.#withdraw(crd.metadata.name ?? "");
        else this.#sync(crd);
      } catch (error) {
        options.onBug("custom resources", error);
      }
    });
  }

  close(): void {
    this.#stop();
  }

  #sync(crd: CustomResourceDefinition): void {
    const name = crd.metadata.name ?? "";
    if (this.#options.store.get(KEY, undefined, name) !== crd) return;
    if (crd.metadata.deletionTimestamp !== undefined) {
      this.#finalize(crd);
      return;
    }
    const previous = this.#served.get(name);
    this.#serve(crd);
    if (previous === undefined || !(crd.status?.conditions ?? []).some((item) => item.type === "Established"))
      this.#establish(crd);
  }

  #serve(crd: CustomResourceDefinition): void {
    const { definitions } = this.#options;
    const name = crd.metadata.name ?? "";
    const made = (crd.spec?.versions ?? [])
      .filter((version) => version.served)
      .map((version) => customResource(crd, version));
    const kept = new Set(made.map((item) => item.served.apiVersion));
    for (const old of this.#served.get(name) ?? [])
      if (!kept.has(old.apiVersion)) definitions.remove(old.apiVersion, old.definition.plural);
    for (const { served, schemaName, schema } of made) definitions.add(served, { [schemaName]: schema });
    this.#served.set(
      name,
      made.map((item) => item.served),
    );
  }

  #withdraw(name: string): void {
    for (const served of this.#served.get(name) ?? [])
      this.#options.definitions.remove(served.apiVersion, served.definition.plural);
    this.#served.delete(name);
  }

  #establish(crd: CustomResourceDefinition): void {
    const now = rfc3339(this.#options.clock.now());
    const condition = (type: string, reason: string, message: string) => ({
      type,
      status: "True",
      lastTransitionTime: now,
      reason,
      message,
    });
    this.#options.client.modify(
      customResourceDefinitions,
      undefined,
      crd.metadata.name ?? "",
      (object) => {
        const names = object.spec?.names;
        object.status = {
          conditions: [
            condition("NamesAccepted", "NoConflicts", "no conflicts found"),
            condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
          ],
          acceptedNames: { ...names },
          storedVersions: object.status?.storedVersions ?? [],
        } as NonNullable<CustomResourceDefinition["status"]>;
      },
      "status",
    );
  }

  /** Says that its objects are being deleted (crd_finalizer.go). */
  #markDeleting(name: string): void {
    const { client, clock } = this.#options;
    client.modify(
      customResourceDefinitions,
      undefined,
      name,
      (object) => {
        const conditions = object.status?.conditions ?? [];
        const before = conditions.find(({ type }) => type === "Terminating");
        if (object.status === undefined || before?.reason === "InstanceDeletionInProgress") return false;
        const now = {
          type: "Terminating",
          status: "True",
          lastTransitionTime: before?.lastTransitionTime ?? rfc3339(clock.now()),
          reason: "InstanceDeletionInProgress",
          message: "CustomResource deletion is in progress",
        };
        object.status.conditions = [...conditions.filter((condition) => condition !== before), now];
        return undefined;
      },
      "status",
    );
  }

  /** Deletes all custom objects, then lets the definition go. */
  #finalize(crd: CustomResourceDefinition): void {
    const { store, registry, client } = this.#options;
    const name = crd.metadata.name ?? "";
    if (!(crd.metadata.finalizers ?? []).includes(CLEANUP)) return;
    const [served] = this.#served.get(name) ?? [];
    if (served !== undefined) {
      if (store.count(served.key) > 0) this.#markDeleting(name);
      for (const object of store.list(served.key)) {
        try {
          registry.delete(
            served,
            object.metadata.namespace,
            object.metadata.name ?? "",
            {},
            {
              user: { name: "system:apiserver", groups: ["system:masters"] },
              fieldManager: "kube-apiserver",
              dryRun: false,
              warnings: [],
            },
          );
        } catch (error) {
          if (!isStatusError(error, "NotFound")) throw error;
        }
      }
      // Objects with finalizers of their own: this comes again when the last of them has gone.
      if (store.count(served.key) > 0) {
        const stop = store.subscribe(served.key, () => {
          if (store.count(served.key) > 0) return;
          stop();
          const again = store.get(KEY, undefined, name) as CustomResourceDefinition | undefined;
          if (again !== undefined) this.#finalize(again);
        });
        return;
      }
    }
    client.modify(customResourceDefinitions, undefined, name, (object) => {
      object.metadata.finalizers = (object.metadata.finalizers ?? []).filter((item) => item !== CLEANUP);
    });
  }
}
