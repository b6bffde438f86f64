/** The order of the output (kustomize SortOrderTransformer, "legacy": what others need comes first). */
import type { Identity, Resource } from "./resource.ts";

const FIRST = (
  "Namespace ResourceQuota StorageClass CustomResourceDefinition ServiceAccount PodSecurityPolicy Role ClusterRole " +
  "RoleBinding ClusterRoleBinding ConfigMap Secret Endpoints Service LimitRange PriorityClass PersistentVolume " +
  "PersistentVolumeClaim Deployment StatefulSet CronJob PodDisruptionBudget"
).split(" ");
const LAST = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

export interface SortOrder {
  readonly first: readonly string[];
  readonly last: readonly string[];
}
const LEGACY_ORDER: SortOrder = { first: FIRST, last: LAST };

function rank(kind: string, { first, last }: SortOrder): number {
  const index = first.indexOf(kind);
  if (index !== -1) return index - first.length;
  return last.indexOf(kind) + 1;
}

const gvkText = ({ group, version, kind }: Identity): string => `${group || "~G"}_${version || "~V"}_${kind || "~K"}`;
const sortText = (id: Identity): string => [gvkText(id), id.namespace || "~X", id.name || "~N"].join("|");

export function sorted(resources: readonly Resource[], order: SortOrder = LEGACY_ORDER): Resource[] {
  const keyed = resources.map((resource) => {
    const id = resource.current;
    return {
      resource,
      rank: rank(id.kind, order),
      gvk: gvkText(id),
      text: sortText(id),
    };
  });
  const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return keyed
    .sort((a, b) => a.rank - b.rank || byText(a.gvk, b.gvk) || byText(a.text, b.text))
    .map(({ resource }) => resource);
}
