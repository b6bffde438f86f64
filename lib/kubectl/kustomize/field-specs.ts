/** Fields by path in objects of some kinds (kustomize types.FieldSpec, api/filters/fieldspec). */
import { isObject, type Json, type JsonObject } from "../object.ts";
import { type Gvk, isSelected, type Resource } from "./resource.ts";

export interface FieldSpec extends Partial<Gvk> {
  /** Names between slashes; "\/" is a slash in a name. Lists on the way are walked through. */
  readonly path: string;
  /** Makes what is missing on the way. */
  readonly create?: boolean;
}

/** Where a value stands: its holder, and the key in it. */
interface Place {
  readonly holder: JsonObject | Json[];
  readonly key: string | number;
}

export const valueAt = ({ holder, key }: Place): Json | undefined =>
  Array.isArray(holder) ? holder[key as number] : holder[key as string];

export function setPlace({ holder, key }: Place, value: Json): void {
  if (Array.isArray(holder)) holder[key as number] = value;
  else holder[key as string] = value;
}

const splitPath = (path: string): string[] => path.split(/(?<!\\)\//).map((part) => part.replaceAll("\\/", "/"));

/** The places a spec names in an object. `makes`: what a missing last field is made as. */
export function placesOf(resource: Resource, spec: FieldSpec, makes: "map" | "scalar"): Place[] {
  if (!isSelected(resource.gvk, spec)) return [];
  const found: Place[] = [];
  const walk = (value: Json, steps: readonly string[]): void => {
    if (Array.isArray(value)) {
      for (const item of value) walk(item, steps);
      return;
    }
    if (!isObject(value)) return;
    const [step = "", ...rest] = steps;
    const isList = step.endsWith("[]");
    const key = isList ? step.slice(0, -2) : step;
    const missing = value[key] === undefined || value[key] === null;
    if (missing && (spec.create !== true || isList)) return;
    if (rest.length === 0) {
      if (missing && makes === "map") value[key] = {};
      found.push({ holder: value, key });
      return;
    }
    if (missing) value[key] = {};
    walk(value[key] as Json, rest);
  };
  walk(resource.object, splitPath(spec.path));
  return found;
}
