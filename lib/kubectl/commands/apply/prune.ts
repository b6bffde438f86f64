/** apply --prune: deletes what was applied before and is not in the input now (k8s.io/kubectl/pkg/cmd/apply/prune.go). */
import { pathOf, type Resource } from "../../client/discovery.ts";
import { CommandError } from "../../errors.ts";
import { type DryRun, dryRunQuery, type Invocation } from "../../invocation.ts";
import { klogLine } from "../../klog.ts";
import { type JsonObject, type KubeObject, nameOf, namespaceOf, textAt } from "../../object.ts";
import { list } from "../../resources/builder.ts";
import { cascadeOf } from "../delete.ts";
import { LAST_APPLIED } from "../last-applied.ts";

/** What was applied: it stays. */
interface Visited {
  readonly uids: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
}

const DEFAULTS = [
  "core/v1/ConfigMap",
  "core/v1/Endpoints",
  "core/v1/PersistentVolumeClaim",
  "core/v1/Pod",
  "core/v1/ReplicationController",
  "core/v1/Secret",
  "core/v1/Service",
  "batch/v1/Job",
  "batch/v1/CronJob",
  "networking.k8s.io/v1/Ingress",
  "apps/v1/DaemonSet",
  "apps/v1/Deployment",
  "apps/v1/ReplicaSet",
  "apps/v1/StatefulSet",
  "core/v1/Namespace",
  "core/v1/PersistentVolume",
];

async function resourcesOf(invocation: Invocation, kinds: readonly string[]): Promise<Resource[]> {
  const found: Resource[] = [];
  for (const text of kinds) {
    const parts = text.split("/");
    if (parts.length !== 3)
      throw new CommandError(`invalid GroupVersionKind format: ${text}, please follow <group/version/kind>`);
    const [group = "", version = "", kind = ""] = parts;
    const apiVersion = group === "core" || group === "" ? version : `${group}/${version}`;
    found.push(await invocation.lookUp((map) => map.forObject(kind, apiVersion)));
  }
  return found;
}

/** --prune-allowlist, checked before anything is applied; undefined where it is not given. */
export async function allowlistOf(invocation: Invocation): Promise<Resource[] | undefined> {
  const given = invocation.flags.list("prune-allowlist");
  return given.length === 0 ? undefined : resourcesOf(invocation, given);
}

interface Prunable {
  readonly resource: Resource;
  readonly object: KubeObject;
}

/** What was applied once and is not in the input now: in the namespaces of the input, and outside of any. */
export async function* prunable(
  invocation: Invocation,
  allowlist: readonly Resource[] | undefined,
  visited: Visited,
): AsyncGenerator<Prunable> {
  const resources = allowlist ?? (await resourcesOf(invocation, DEFAULTS));
  const places = [
    ...[...visited.namespaces].flatMap((namespace) =>
      resources.filter((one) => one.namespaced).map((resource) => ({ resource, namespace })),
    ),
    ...resources.filter((one) => !one.namespaced).map((resource) => ({ resource, namespace: "" })),
  ];
  for (const { resource, namespace } of places) {
    const { items } = await list(
      invocation,
      { resource, namespace, labelSelector: invocation.flags.string("selector"), fieldSelector: "" },
      0,
    );
    for (const object of items as KubeObject[]) {
      if (textAt(object, "metadata", "annotations", LAST_APPLIED) === "") continue;
      if (!visited.uids.has(textAt(object, "metadata", "uid"))) yield { resource, object };
    }
  }
}

/** Without a list of kinds it is the old one, which will be another. */
export async function warnOfDefaults(
  invocation: Invocation,
  allowlist: readonly Resource[] | undefined,
): Promise<void> {
  if (allowlist !== undefined) return;
  const words =
    "Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the --namespace flag in a future release. To preserve the current behaviour, list the resources you want to target explicitly in the --prune-allowlist flag.";
  await invocation.err(klogLine(invocation, "W", "prune.go:71", words));
}

/** Deletes, and tells with `print`. */
export async function prune(
  invocation: Invocation,
  allowlist: readonly Resource[] | undefined,
  visited: Visited,
  dryRun: DryRun,
  print: (object: KubeObject) => Promise<void>,
): Promise<void> {
  await warnOfDefaults(invocation, allowlist);
  for await (const { resource, object } of prunable(invocation, allowlist, visited)) {
    await removePruned(invocation, resource, object, dryRun);
    await print(object);
  }
}

/** One deletion, as --cascade and --grace-period want it. */
export async function removePruned(
  invocation: Invocation,
  resource: Resource,
  object: KubeObject,
  dryRun: DryRun,
): Promise<void> {
  if (dryRun === "client") return;
  const grace = invocation.flags.number("grace-period");
  const options: JsonObject = {
    ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}),
    propagationPolicy: cascadeOf(invocation),
    ...(dryRun === "server" ? { dryRun: ["All"] } : {}),
  };
  const rest = await invocation.rest();
  await rest.json("DELETE", pathOf(resource, namespaceOf(object), nameOf(object)), {
    body: options,
    query: dryRunQuery(dryRun),
  });
}
