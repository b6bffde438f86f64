/** --record: the command line in the object's change-cause annotation (k8s.io/cli-runtime/pkg/genericclioptions/record_flags.go). */
import type { Invocation } from "../invocation.ts";
import { type KubeObject, setAt } from "../object.ts";

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

/** Puts the annotation on an object that is about to be sent. */
export function recordChange(invocation: Invocation, object: KubeObject): void {
  setAt(object, ["metadata", "annotations", CHANGE_CAUSE], changeCause(invocation));
}
