/** The last-applied-configuration annotation (k8s.io/kubectl/pkg/util/apply.go). */
import { parseJson } from "../json-text.ts";
import { clone, isObject, type JsonObject, type KubeObject, objectAt, textAt } from "../object.ts";
import { compactJson } from "../printers/json.ts";

export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** The configuration itself: without the annotation, and with annotations even where there are none. */
export function withoutLastApplied(object: KubeObject): KubeObject {
  const configuration = clone(object);
  const annotations = { ...objectAt(configuration, "metadata", "annotations") };
  delete annotations[LAST_APPLIED];
  configuration["metadata"] = { ...objectAt(configuration, "metadata"), annotations };
  return configuration;
}

/** The object with the annotation that holds its own configuration. */
export function withLastApplied(object: KubeObject): KubeObject {
  const configuration = withoutLastApplied(object);
  const annotations = objectAt(configuration, "metadata", "annotations");
  const text = `${compactJson(configuration)}\n`;
  const annotated = clone(object);
  annotated["metadata"] = { ...objectAt(annotated, "metadata"), annotations: { ...annotations, [LAST_APPLIED]: text } };
  return annotated;
}

/** The annotation's text for a configuration that is recorded as it stands (GetApplyPatch of the editor). */
export const recordedText = (configuration: KubeObject): string => `${compactJson(configuration)}\n`;

/**
 * The same for an object that kubectl generated: upstream encodes the struct, with its fields in order and without
 * the annotation's own map.
 */
export function withGeneratedConfiguration(object: KubeObject): KubeObject {
  const annotations = objectAt(object, "metadata", "annotations");
  const text = `${compactJson(object, true)}\n`;
  return {
    ...object,
    metadata: { ...objectAt(object, "metadata"), annotations: { ...annotations, [LAST_APPLIED]: text } },
  };
}

/** The recorded configuration, or undefined. */
export function lastApplied(object: KubeObject): JsonObject | undefined {
  const text = textAt(object, "metadata", "annotations", LAST_APPLIED);
  if (text === "") return undefined;
  const value = parseJson(text);
  return isObject(value) ? value : undefined;
}
