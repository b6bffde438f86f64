/** Rules of kinds whose validation is that of their metadata and little more. */
import type { FieldError } from "../machinery/status.ts";
import type { KubernetesObject } from "../machinery/types.ts";
import { type NameRule, validateObjectMeta, validateObjectMetaUpdate } from "../machinery/validation/index.ts";

interface Rules<T> {
  validate(object: T): FieldError[];
  validateUpdate(object: T, old: T): FieldError[];
}

/** `more` is checked on creation and on every update; `update` on updates alone. */
export function rules<T extends KubernetesObject>(
  namespaced: boolean,
  name: NameRule,
  more: (object: T) => FieldError[] = () => [],
  update: (object: T, old: T) => FieldError[] = () => [],
): Rules<T> {
  return {
    validate: (object) => [...validateObjectMeta(object.metadata, namespaced, name), ...more(object)],
    validateUpdate: (object, old) => [
      ...validateObjectMetaUpdate(object.metadata, old.metadata),
      ...more(object),
      ...update(object, old),
    ],
  };
}

/** Status updates that only keep the metadata's rules. */
export const metadataOnly = (object: KubernetesObject, old: KubernetesObject): FieldError[] =>
  validateObjectMetaUpdate(object.metadata, old.metadata);
