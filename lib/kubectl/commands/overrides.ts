/** --overrides of generated objects (k8s.io/kubectl/pkg/cmd/util/override_options.go). */

import { CommandError } from "../errors.ts";
import type { FlagDefinition } from "../flags/parse.ts";
import type { Invocation } from "../invocation.ts";
import { parseJson } from "../json-text.ts";
import { isObject, type Json, type KubeObject, kindOf } from "../object.ts";
import { mergePatched, strategicPatched } from "../patch/apply.ts";
import { jsonPatched } from "../patch/json-patch.ts";
import { typeProblem } from "../resources/typed.ts";

export const OVERRIDE_FLAGS: readonly FlagDefinition[] = [
  {
    name: "override-type",
    type: "string",
    default: "merge",
    usage: "How overrides are merged: json, merge or strategic",
  },
  { name: "overrides", type: "string", usage: "JSON to merge into the object" },
];

/** The generated object with --overrides merged in: decoded into its type again. */
export function mergeOverrides(invocation: Invocation, object: KubeObject): KubeObject {
  const text = invocation.flags.string("overrides");
  if (text === "") return object;
  const merged = overridden(invocation, object, text);
  const problem = typeProblem(merged);
  if (problem !== undefined) throw new CommandError(problem);
  return merged;
}

function overridden(invocation: Invocation, object: KubeObject, text: string): KubeObject {
  const type = invocation.flags.string("override-type");
  let overrides: Json;
  try {
    overrides = parseJson(text);
  } catch {
    throw new CommandError("Invalid JSON Patch");
  }
  switch (type) {
    case "merge":
      return mergePatched(object, overrides) as KubeObject;
    case "strategic":
      if (!isObject(overrides)) break;
      return strategicPatched(kindOf(object), object, overrides);
    case "json":
      if (!Array.isArray(overrides)) break;
      return jsonPatched(object, overrides) as KubeObject;
    default:
      throw new CommandError(`invalid override type: ${type}`);
  }
  throw new CommandError(`--overrides does not fit --override-type=${type}`);
}
