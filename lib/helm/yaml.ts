/** YAML as sigs.k8s.io/yaml reads and writes it, with kubectl's own reader and writer. */

import { toYaml as printYaml } from "../encoding/index.ts";
import type { Json } from "../kubectl/object.ts";
import { YamlProblem, yamlToJson } from "../kubectl/resources/go-yaml.ts";
import { yamlSteps } from "../kubectl/resources/yaml-pieces.ts";
import type { Value } from "../template/index.ts";
import { HelmError } from "./errors.ts";
import { toPlain } from "./sprig/json.ts";

/** One document. Throws what upstream says of a text that is none. */
export function readYaml(text: string): Json {
  try {
    // A document may begin with its marker; what follows another one is not looked at.
    return yamlToJson(firstDocument(text));
  } catch (error) {
    if (error instanceof YamlProblem) throw new HelmError(`error converting YAML to JSON: ${error.message}`);
    throw error;
  }
}
/** `readYaml` for long texts, others running in between. */
export async function readYamlPaced(text: string, pay: (units: number) => Promise<void> | void): Promise<Json> {
  try {
    const steps = yamlSteps(firstDocument(text));
    let step = steps.next();
    for (; !step.done; step = steps.next()) await pay(step.value);
    return step.value;
  } catch (error) {
    if (error instanceof YamlProblem) throw new HelmError(`error converting YAML to JSON: ${error.message}`);
    throw error;
  }
}

function firstDocument(text: string): string {
  const body = text.replace(/^(\s*(#[^\n]*)?\n)*---[^\S\n]*(#[^\n]*)?\n/, (marker) => marker.replace("---", "   "));
  const next = body.search(/^---(\s|$)/m);
  return next <= 0 ? body : body.slice(0, next);
}
export const writeYaml = (value: Json): string => printYaml(value);
export const valueToYaml = (value: Value): string => printYaml(toPlain(value) as Json);
