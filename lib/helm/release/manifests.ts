/** Rendered files as manifests and hooks, in the order of their kinds (helm.sh/helm/v3/pkg/releaseutil). */
import { quote } from "../../encoding/index.ts";
import { at, isObject, type Json, textAt } from "../../kubectl/object.ts";
import { HelmError, messageOf } from "../errors.ts";
import { readYaml } from "../yaml.ts";
import type { DeletePolicy, Hook, HookEvent } from "./types.ts";

const INSTALL_ORDER =
  "PriorityClass Namespace NetworkPolicy ResourceQuota LimitRange PodSecurityPolicy PodDisruptionBudget ServiceAccount Secret SecretList ConfigMap StorageClass PersistentVolume PersistentVolumeClaim CustomResourceDefinition ClusterRole ClusterRoleList ClusterRoleBinding ClusterRoleBindingList Role RoleList RoleBinding RoleBindingList Service DaemonSet Pod ReplicationController ReplicaSet Deployment HorizontalPodAutoscaler StatefulSet Job CronJob IngressClass Ingress APIService MutatingWebhookConfiguration ValidatingWebhookConfiguration".split(
    " ",
  );
const UNINSTALL_ORDER =
  "ValidatingWebhookConfiguration MutatingWebhookConfiguration APIService Ingress IngressClass Service CronJob Job StatefulSet HorizontalPodAutoscaler Deployment ReplicaSet ReplicationController Pod DaemonSet RoleBindingList RoleBinding RoleList Role ClusterRoleBindingList ClusterRoleBinding ClusterRoleList ClusterRole CustomResourceDefinition PersistentVolumeClaim PersistentVolume StorageClass ConfigMap SecretList Secret ServiceAccount PodDisruptionBudget PodSecurityPolicy LimitRange ResourceQuota NetworkPolicy Namespace PriorityClass".split(
    " ",
  );

export interface Manifest {
  /** Of the template it came from. */
  readonly path: string;
  readonly content: string;
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** SplitManifests. */
export const splitManifests = (text: string): string[] =>
  text
    .trim()
    .split(/(?:^|\s*\n)---\s*/)
    .filter((document) => document !== "")
    .map((document) => document.trim());

const EVENTS: Readonly<Record<string, HookEvent>> = {
  "pre-install": "pre-install",
  "post-install": "post-install",
  "pre-delete": "pre-delete",
  "post-delete": "post-delete",
  "pre-upgrade": "pre-upgrade",
  "post-upgrade": "post-upgrade",
  "pre-rollback": "pre-rollback",
  "post-rollback": "post-rollback",
  test: "test",
  // The name of Helm 2.
  "test-success": "test",
};
const DELETE_POLICIES = new Set(["hook-succeeded", "hook-failed", "before-hook-creation"]);

/** One document's head. Throws "YAML parse error on PATH: ...". */
export function manifestOf(path: string, content: string): Manifest {
  let document: Json;
  try {
    document = readYaml(content);
  } catch (error) {
    throw new HelmError(`YAML parse error on ${path}: ${messageOf(error)}`);
  }
  if (document !== null && !isObject(document))
    throw new HelmError(
      `YAML parse error on ${path}: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${Array.isArray(document) ? "array" : typeof document === "boolean" ? "bool" : typeof document} into Go value of type releaseutil.SimpleHead`,
    );
  const annotations = at(document, "metadata", "annotations");
  if (isObject(annotations)) {
    for (const value of Object.values(annotations)) {
      if (typeof value === "string" || value === null) continue;
      throw new HelmError(
        `YAML parse error on ${path}: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${typeof value === "boolean" ? "bool" : Array.isArray(value) ? "array" : typeof value} into Go struct field .metadata.annotations of type string`,
      );
    }
  }
  return {
    path,
    content,
    kind: textAt(document, "kind"),
    apiVersion: textAt(document, "apiVersion"),
    name: textAt(document, "metadata", "name"),
    annotations: (isObject(annotations) ? annotations : {}) as Record<string, string>,
  };
}

function byKind<T extends { readonly kind: string }>(items: readonly T[], order: readonly string[]): T[] {
  const place = (kind: string) => order.indexOf(kind);
  return [...items].sort((a, b) => {
    const [x, y] = [place(a.kind), place(b.kind)];
    if (x === -1 && y === -1) return a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0;
    if (x === -1) return 1;
    if (y === -1) return -1;
    return x - y;
  });
}
const inInstallOrder = <T extends { readonly kind: string }>(items: readonly T[]): T[] => byKind(items, INSTALL_ORDER);
export const inUninstallOrder = <T extends { readonly kind: string }>(items: readonly T[]): T[] =>
  byKind(items, UNINSTALL_ORDER);

/** SortManifests: what is a hook and what is not, both in the order of kinds. */
export async function sortManifests(
  files: ReadonlyMap<string, string>,
  log: (text: string) => void,
  pay: (units: number) => Promise<void> | void,
): Promise<{ readonly hooks: Hook[]; readonly manifests: Manifest[] }> {
  const hooks: Hook[] = [];
  const manifests: Manifest[] = [];
  for (const path of [...files.keys()].sort()) {
    const text = files.get(path) as string;
    if (path.slice(path.lastIndexOf("/") + 1).startsWith("_") || text.trim() === "") continue;
    for (const content of splitManifests(text)) {
      await pay(20 + content.length);
      const manifest = manifestOf(path, content);
      const hook = manifest.annotations["helm.sh/hook"];
      if (hook === undefined) {
        manifests.push(manifest);
        continue;
      }
      const words = hook.split(",").map((word) => word.trim().toLowerCase());
      const events = words.map((word) => EVENTS[word]);
      if (events.includes(undefined)) {
        log(`info: skipping unknown hook: ${quote(hook)}`);
        continue;
      }
      const weight = manifest.annotations["helm.sh/hook-weight"] ?? "";
      const policies = (manifest.annotations["helm.sh/hook-delete-policy"] ?? "")
        .split(",")
        .map((word) => word.trim().toLowerCase())
        .filter((word) => DELETE_POLICIES.has(word)) as DeletePolicy[];
      hooks.push({
        name: manifest.name,
        kind: manifest.kind,
        path,
        manifest: content,
        events: events as HookEvent[],
        last_run: { started_at: "", completed_at: "", phase: "" },
        ...(/^[-+]?\d+$/.test(weight) && Number(weight) !== 0 ? { weight: Number(weight) } : {}),
        ...(policies.length > 0 ? { delete_policies: policies } : {}),
      });
    }
  }
  return { hooks: inInstallOrder(hooks), manifests: inInstallOrder(manifests) };
}
