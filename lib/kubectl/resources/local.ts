/** What --local takes for a resource, without a server. */
import type { Resource } from "../client/discovery.ts";
import { type KubeObject, parseApiVersion, textAt } from "../object.ts";

/** A mapping guessed from the manifest alone: nothing is sent with --local. */
export function localResource(object: KubeObject): Resource {
  const kind = textAt(object, "kind");
  return {
    ...parseApiVersion(textAt(object, "apiVersion")),
    kind,
    name: kind.toLowerCase(),
    singular: kind.toLowerCase(),
    namespaced: true,
    shortNames: [],
    categories: [],
    verbs: [],
    subresources: [],
  };
}
