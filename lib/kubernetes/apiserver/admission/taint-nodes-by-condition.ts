/** New nodes start tainted, until their lifecycle controller finds them ready (plugin/pkg/admission/nodetaint). */
import type { Node } from "../../api/types.ts";
import type { AdmissionPlugin } from "../request.ts";

const NOT_READY = "node.kubernetes.io/not-ready";

export function taintNodesByCondition(): AdmissionPlugin {
  return {
    name: "TaintNodesByCondition",
    admit({ operation, served, subresource, object }) {
      if (served.key !== "nodes" || operation !== "CREATE" || subresource !== undefined) return;
      const node = object as Node;
      node.spec ??= {};
      const taints = node.spec.taints ?? [];
      if (taints.some((taint) => taint.key === NOT_READY && taint.effect === "NoSchedule")) return;
      node.spec.taints = [...taints, { key: NOT_READY, effect: "NoSchedule" }];
    },
  };
}
