/** --record: the command line in the object's change-cause annotation (k8s.io/cli-runtime/pkg/genericclioptions/record_flags.go). */

import { pathOf } from "../client/discovery.ts";
import type { Invocation } from "../invocation.ts";
import { type KubeObject, setAt } from "../object.ts";
import type { Target } from "../resources/builder.ts";

export const CHANGE_CAUSE = "kubernetes.io/change-cause";

/** The command line as upstream writes it down: path, arguments, then flags in long form by name. */
export function changeCause(invocation: Invocation): string {
  const hidden = new Set(["token", "password", "username"]);
  return [
    invocation.path,
    ...invocation.args,
    ...invocation.flags.given().map(([name, value]) => `--${name}=${hidden.has(name) ? "CLASSIFIED" : value}`),
  ].join(" ");
}

/** Puts the annotation on an object that is about to be sent, where --record was given. */
export function recordChange(invocation: Invocation, object: KubeObject): void {
  if (!invocation.flags.has("record") || !invocation.flags.bool("record")) return;
  setAt(object, ["metadata", "annotations", CHANGE_CAUSE], changeCause(invocation));
}

/** The same by a request of its own, for objects that were changed already. */
export async function recordAfter(
  invocation: Invocation,
  { resource, namespace, name }: Pick<Target, "resource" | "namespace" | "name">,
): Promise<void> {
  if (!invocation.flags.bool("record")) return;
  const rest = await invocation.rest();
  await rest.json("PATCH", pathOf(resource, namespace, name), {
    body: { metadata: { annotations: { [CHANGE_CAUSE]: changeCause(invocation) } } },
    contentType: "application/merge-patch+json",
    query: { fieldManager: invocation.flags.optional("field-manager") },
  });
}
