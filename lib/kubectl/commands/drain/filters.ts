/** Which Pods of a node drain removes, and why not the others (k8s.io/kubectl/pkg/drain/filters.go). */
import { isNotFound } from "../../errors.ts";
import type { Invocation } from "../../invocation.ts";
import { type Json, type KubeObject, listAt, nameOf, namespaceOf, textAt } from "../../object.ts";

export interface Verdict {
  readonly pod: KubeObject;
  readonly remove: boolean;
  readonly warning?: string;
  readonly error?: string;
}
type Outcome = Omit<Verdict, "pod">;
const OKAY: Outcome = { remove: true };
const SKIP: Outcome = { remove: false };

const controllerOf = (pod: KubeObject): Json | undefined =>
  listAt(pod, "metadata", "ownerReferences").find((one) => textAt(one, "controller") === "true");
const finished = (pod: KubeObject): boolean => ["Succeeded", "Failed"].includes(textAt(pod, "status", "phase"));

async function daemonSet(invocation: Invocation, pod: KubeObject): Promise<Outcome> {
  const controller = controllerOf(pod);
  if (controller === undefined || textAt(controller, "kind") !== "DaemonSet" || finished(pod)) return OKAY;
  try {
    const rest = await invocation.rest();
    await rest.get(`/apis/apps/v1/namespaces/${namespaceOf(pod)}/daemonsets/${textAt(controller, "name")}`);
  } catch (error) {
    const message = (error as Error).message;
    if (isNotFound(error) && invocation.flags.bool("force")) return { remove: true, warning: message };
    return { remove: false, error: message };
  }
  if (!invocation.flags.bool("ignore-daemonsets"))
    return { remove: false, error: "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)" };
  return { remove: false, warning: "ignoring DaemonSet-managed Pods" };
}

function localStorage(invocation: Invocation, pod: KubeObject): Outcome {
  const local = listAt(pod, "spec", "volumes").some((volume) => textAt(volume, "emptyDir") !== "");
  if (!local || finished(pod)) return OKAY;
  if (!invocation.flags.bool("delete-emptydir-data"))
    return { remove: false, error: "Pods with local storage (use --delete-emptydir-data to override)" };
  return { remove: true, warning: "deleting Pods with local storage" };
}

function unmanaged(invocation: Invocation, pod: KubeObject): Outcome {
  if (finished(pod) || controllerOf(pod) !== undefined) return OKAY;
  if (invocation.flags.bool("force")) return { remove: true, warning: "deleting Pods that declare no controller" };
  return { remove: false, error: "cannot delete Pods that declare no controller (use --force to override)" };
}

function skipDeleted(invocation: Invocation, pod: KubeObject): Outcome {
  const seconds = invocation.flags.number("skip-wait-for-delete-timeout");
  const deleted = Date.parse(textAt(pod, "metadata", "deletionTimestamp"));
  return seconds > 0 && invocation.now - deleted > seconds * 1000 ? SKIP : OKAY;
}

/** The filters in upstream's order; the first that keeps a Pod decides, else the last has the word. */
export async function judge(invocation: Invocation, pod: KubeObject): Promise<Verdict> {
  const filters = [
    () => skipDeleted(invocation, pod),
    () => daemonSet(invocation, pod),
    () => (textAt(pod, "metadata", "annotations", "kubernetes.io/config.mirror") === "" ? OKAY : SKIP),
    () => localStorage(invocation, pod),
    () => unmanaged(invocation, pod),
  ];
  let outcome: Outcome = OKAY;
  for (const filter of filters) {
    outcome = await filter();
    if (!outcome.remove) break;
  }
  return { pod, ...outcome };
}

/** "reason: ns/a, ns/b" for each reason. */
export function grouped(verdicts: readonly Verdict[], field: "warning" | "error"): string[] {
  const groups = new Map<string, string[]>();
  for (const verdict of verdicts) {
    const reason = verdict[field];
    if (reason === undefined) continue;
    groups.set(reason, [...(groups.get(reason) ?? []), `${namespaceOf(verdict.pod)}/${nameOf(verdict.pod)}`]);
  }
  return [...groups].map(([reason, pods]) => `${reason}: ${pods.join(", ")}`);
}
