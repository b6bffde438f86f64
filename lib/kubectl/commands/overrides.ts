/** --overrides of generated objects. */
import { CommandError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { isObject, type Json, type JsonObject, type KubeObject } from "../object.ts";

function merge(base: Json, over: Json): Json {
  if (!isObject(base) || !isObject(over)) return over;
  const out: JsonObject = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === null) delete out[key];
    else out[key] = merge(out[key] ?? null, value);
  }
  return out;
}

/** The generated object with --overrides merged in. */
export function mergeOverrides(invocation: Invocation, object: KubeObject): KubeObject {
  const text = invocation.flags.string("overrides");
  if (text === "") return object;
  const type = invocation.flags.string("override-type");
  if (type !== "merge") throw new CommandError(`--override-type=${type} is not supported here; use merge`);
  try {
    return merge(object, JSON.parse(text) as Json) as KubeObject;
  } catch {
    throw new CommandError("invalid character in --overrides: it must be JSON");
  }
}
