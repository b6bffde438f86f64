/** Taints and who tolerates them (component-helpers/scheduling/corev1/helpers.go). Pure. */
import type { Node, Pod } from "../api/types.ts";

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
  readonly timeAdded?: string;
}

type Toleration = NonNullable<NonNullable<Pod["spec"]>["tolerations"]>[number];

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === "Exists") return true;
  return Boolean(toleration.key) && (toleration.value ?? "") === (taint.value ?? "");
}

export const toleratesTaint = (pod: Pod, taint: Taint) =>
  (pod.spec?.tolerations ?? []).some((toleration) => tolerates(toleration, taint));

export const taintsOf = (node: Node): readonly Taint[] => node.spec?.taints ?? [];
