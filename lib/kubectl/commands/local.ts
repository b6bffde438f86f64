/** Objects of files as they are, for --local: nothing is asked of a server, not even which kinds there are. */
import type { Invocation } from "../invocation.ts";
import { type KubeObject, nameOf, namespaceOf, parseApiVersion, textAt } from "../object.ts";
import type { Target } from "../resources/builder.ts";
import { readManifests } from "../resources/files.ts";

type LocalTarget = Target & { object: KubeObject };

export async function localSelection(
  invocation: Invocation,
): Promise<{ readonly targets: LocalTarget[]; readonly errors: unknown[] }> {
  const { flags, process } = invocation;
  const { objects, errors } = await readManifests(process, flags.list("filename"), flags.bool("recursive"));
  const targets = objects.map(({ object, source }) => ({
    resource: localResource(object),
    namespace: namespaceOf(object),
    name: nameOf(object),
    source,
    object,
  }));
  return { targets, errors: [...errors] };
}

/** A mapping guessed from the manifest alone. */
function localResource(object: KubeObject): Target["resource"] {
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
