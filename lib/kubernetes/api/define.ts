/** Makes definitions out of a resource's handle and what is its own. */
import type { KubernetesObject } from "../machinery/types.ts";
import type { ResourceDefinition } from "./definition.ts";
import type { Resource } from "./resources.ts";

/** What a definition says beside the names its handle has already. */
type Particulars<T extends KubernetesObject> = Partial<
  Omit<ResourceDefinition<T>, "group" | "version" | "kind" | "plural" | "namespaced" | "columns">
> &
  Pick<ResourceDefinition<T>, "columns">;

/** "apps" to the dotted prefix of the group's schemas. */
function schemaPrefix(group: string): string {
  if (group === "apiextensions.k8s.io") return "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions";
  return `io.k8s.api.${group === "" ? "core" : (group.split(".")[0] ?? group)}`;
}

/** Definitions of different kinds go into one list, so the type of their objects is let go of here. */
export function define<T extends KubernetesObject>(
  resource: Resource<T>,
  particulars: Particulars<NoInfer<T>>,
): ResourceDefinition {
  const definition: ResourceDefinition<T> = {
    group: resource.group,
    version: resource.version,
    kind: resource.kind,
    plural: resource.plural,
    namespaced: resource.namespaced,
    singular: resource.kind.toLowerCase(),
    schemaName: `${schemaPrefix(resource.group)}.${resource.version}.${resource.kind}`,
    ...particulars,
  };
  return definition as unknown as ResourceDefinition;
}
