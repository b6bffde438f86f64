/** Empties namespaces that are being deleted, then lets them go (pkg/controller/namespace/deletion). */
import { namespaces, pods, type Resource } from "../api/resources.ts";
import type { Namespace } from "../api/types.ts";
import { clone, deepEqual } from "../machinery/clone.ts";
import { rfc3339 } from "../machinery/time.ts";
import type { KubernetesObject } from "../machinery/types.ts";
import { type ControllerContext, type ControllerDefinition, watch } from "./framework/controller.ts";
import { unlessGone } from "./framework/owners.ts";

type Condition = NonNullable<NonNullable<Namespace["status"]>["conditions"]>[number];

/** `namespaced`: every resource with namespaces that is served at the moment. */
export const namespaceController = (namespaced: () => readonly Resource[]): ControllerDefinition => ({
  name: "namespace-controller",
  create(context) {
    return {
      watches: [watch(namespaces, ({ object }, queue) => queue.add(object.metadata.name ?? ""))],
      // Whatever is gone from a namespace on its way out may have been the last thing in it.
      start: (queue) =>
        context.lister.store.subscribe(undefined, ({ type, object }) => {
          const name = object.metadata.namespace;
          if (type !== "DELETED" || name === undefined) return;
          if (context.lister.find(namespaces, undefined, name)?.metadata.deletionTimestamp !== undefined)
            queue.add(name);
        }),
      sync: (name) => sync(context, name, namespaced()),
    };
  },
});

function sync(context: ControllerContext, name: string, resources: readonly Resource[]): void {
  const { client, lister, clock } = context;
  const namespace = lister.find(namespaces, undefined, name);
  if (namespace?.metadata.deletionTimestamp === undefined) return;
  if (namespace.status?.phase !== "Terminating")
    client.modify(
      namespaces,
      undefined,
      name,
      (next) => {
        next.status = { ...next.status, phase: "Terminating" };
      },
      "status",
    );
  if ((namespace.spec?.finalizers ?? []).length === 0) return;
  const remaining = new Map<string, number>();
  const finalizers = new Map<string, number>();
  // Pods go before what they may still need: policies, budgets, accounts, configuration.
  const podsFirst = [...resources].sort((a, b) => Number(b.key === pods.key) - Number(a.key === pods.key));
  for (const resource of podsFirst) {
    if (resource.key !== pods.key && remaining.has("pods.")) break;
    for (const object of lister.list(resource, name)) deleteOnce(context, resource, name, object);
    const left = lister.list(resource, name);
    if (left.length === 0) continue;
    const key = resource.group === "" ? `${resource.plural}.` : `${resource.plural}.${resource.group}`;
    remaining.set(key, left.length);
    for (const object of left)
      for (const finalizer of object.metadata.finalizers ?? [])
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
  }
  const conditions = conditionsOf(remaining, finalizers, rfc3339(clock.now()));
  const isNew = (next: Condition) => {
    const old = namespace.status?.conditions?.find(({ type }) => type === next.type);
    return old === undefined || !deepEqual({ ...old, lastTransitionTime: "" }, { ...next, lastTransitionTime: "" });
  };
  if (remaining.size > 0) {
    if (conditions.some(isNew))
      client.modify(
        namespaces,
        undefined,
        name,
        (next) => {
          next.status = {
            ...next.status,
            conditions: conditions.map((condition) => {
              const old = next.status?.conditions?.find(({ type }) => type === condition.type);
              return old !== undefined && old.status === condition.status && old.lastTransitionTime !== undefined
                ? { ...condition, lastTransitionTime: old.lastTransitionTime }
                : condition;
            }),
          };
        },
        "status",
      );
    // What is left brings us back when it goes (see `start`), no timer needed.
    return;
  }
  const empty = clone(lister.find(namespaces, undefined, name) ?? namespace);
  empty.spec = {
    ...empty.spec,
    finalizers: (empty.spec?.finalizers ?? []).filter((finalizer) => finalizer !== "kubernetes"),
  };
  unlessGone(() => client.updateSubresource(namespaces, "finalize", empty));
}

function deleteOnce(
  { client }: ControllerContext,
  resource: Resource,
  namespace: string,
  object: KubernetesObject,
): void {
  if (object.metadata.deletionTimestamp !== undefined) return;
  unlessGone(() => client.delete(resource, namespace, object.metadata.name ?? "", { propagationPolicy: "Background" }));
}

function conditionsOf(
  remaining: ReadonlyMap<string, number>,
  finalizers: ReadonlyMap<string, number>,
  time: string,
): Condition[] {
  const make = (type: string, status: string, reason: string, message: string): Condition => ({
    type,
    status,
    lastTransitionTime: time,
    reason,
    message,
  });
  const listed = (counts: ReadonlyMap<string, number>, unit: (name: string, count: number) => string) =>
    [...counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => unit(name, count))
      .join(", ");
  return [
    make("NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered"),
    make(
      "NamespaceDeletionGroupVersionParsingFailure",
      "False",
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ),
    make(
      "NamespaceDeletionContentFailure",
      "False",
      "ContentDeleted",
      "All content successfully deleted, may be waiting on finalization",
    ),
    remaining.size > 0
      ? make(
          "NamespaceContentRemaining",
          "True",
          "SomeResourcesRemain",
          `Some resources are remaining: ${listed(remaining, (name, count) => `${name} has ${count} resource instances`)}`,
        )
      : make("NamespaceContentRemaining", "False", "ContentRemoved", "All content successfully removed"),
    finalizers.size > 0
      ? make(
          "NamespaceFinalizersRemaining",
          "True",
          "SomeFinalizersRemain",
          `Some content in the namespace has finalizers remaining: ${listed(finalizers, (name, count) => `${name} in ${count} resource instances`)}`,
        )
      : make(
          "NamespaceFinalizersRemaining",
          "False",
          "ContentHasNoFinalizers",
          "All content-preserving finalizers finished",
        ),
  ];
}
