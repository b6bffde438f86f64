/** Which objects of a list or watch a request selects. */

import { parseFieldSelector, parseLabelSelector, SelectorError } from "../../machinery/selectors.ts";
import { badRequest } from "../../machinery/status.ts";
import type { KubernetesObject } from "../../machinery/types.ts";
import type { Served } from "../definitions.ts";

export type Selection = (object: KubernetesObject) => boolean;

const NONE: Readonly<Record<string, string>> = {};

/** Kinds with field labels of their own are converted by those; the others by the generic function (scheme defaults). */
function unknownField(served: Served, field: string): string {
  if (served.definition.selectableFields === undefined || served.custom !== undefined)
    return served.custom !== undefined
      ? `field label not supported: ${field}`
      : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
  return `field label not supported: ${field}`;
}

/** undefined: everything. Throws BadRequest in upstream's words. */
export function selectionOf(served: Served, query: URLSearchParams): Selection | undefined {
  const labelText = query.get("labelSelector");
  const fieldText = query.get("fieldSelector");
  try {
    const labels = labelText ? parseLabelSelector(labelText) : undefined;
    const fields = fieldText ? fieldMatcher(served, fieldText) : undefined;
    if (labels === undefined) return fields;
    const byLabels: Selection = (object) => labels(object.metadata.labels ?? NONE);
    return fields === undefined ? byLabels : (object) => byLabels(object) && fields(object);
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

function fieldMatcher(served: Served, text: string): Selection {
  const rules = parseFieldSelector(text).map(({ field, operator, value }) => {
    const read =
      field === "metadata.name"
        ? (object: KubernetesObject) => object.metadata.name ?? ""
        : field === "metadata.namespace"
          ? (object: KubernetesObject) => object.metadata.namespace ?? ""
          : served.definition.selectableFields?.[field];
    if (read === undefined) throw badRequest(unknownField(served, field));
    return operator === "="
      ? (object: KubernetesObject) => read(object) === value
      : (object: KubernetesObject) => read(object) !== value;
  });
  return (object) => rules.every((rule) => rule(object));
}

/** The one name a field selector asks for: authorization then knows the name, as upstream's RequestInfo does. */
export function selectedName(query: URLSearchParams): string | undefined {
  const found = /(?:^|,)metadata\.name==?([^,]*)/.exec(query.get("fieldSelector") ?? "");
  return found?.[1] || undefined;
}

/** What a field selector asks for by equality, for authorizers; one that does not parse asks for nothing. */
export function selectedFields(text: string | null | undefined): { field: string; value: string }[] {
  if (!text) return [];
  try {
    return parseFieldSelector(text).flatMap(({ field, operator, value }) =>
      operator === "=" ? [{ field, value }] : [],
    );
  } catch (error) {
    if (error instanceof SelectorError) return [];
    throw error;
  }
}
