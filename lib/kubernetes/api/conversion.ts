/** Resources that are served in more than one version or group over one storage. */
import { clone } from "../machinery/clone.ts";
import type { KubernetesObject } from "../machinery/types.ts";
import type { ResourceDefinition } from "./definition.ts";

/** How objects become the stored shape and back. Both may change and return the object they are given. */
interface VersionConversion {
  toStorage(object: KubernetesObject): KubernetesObject;
  fromStorage(object: KubernetesObject): KubernetesObject;
}

/** A definition over the storage of another. */
export interface ConvertedResource extends VersionConversion {
  readonly definition: ResourceDefinition;
  /** The key both share. */
  readonly key: string;
}

/**
 * The same kind under another name: everything but the schema is the stored definition's, which sees stored objects
 * only. Columns show the stored form of what they are given, as upstream prints internal objects.
 */
export function converted(
  stored: ResourceDefinition,
  names: Partial<Pick<ResourceDefinition, "group" | "version" | "schemaName" | "shortNames">>,
  conversion: VersionConversion,
): ConvertedResource {
  const columns = stored.columns.map((column) => ({
    ...column,
    cell: (object: KubernetesObject, now: number) => column.cell(conversion.toStorage(clone(object)), now),
  }));
  const key = stored.group === "" ? stored.plural : `${stored.plural}.${stored.group}`;
  return { definition: { ...stored, ...names, columns }, key, ...conversion };
}
