/** Pods stay five minutes on a node that is not ready (plugin/pkg/admission/defaulttolerationseconds). */
import type { Pod } from "../../api/types.ts";
import type { AdmissionPlugin } from "../request.ts";

const SECONDS = 300;
const TAINTS = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

export function defaultTolerationSeconds(): AdmissionPlugin {
  return {
    name: "DefaultTolerationSeconds",
    admit({ operation, served, subresource, object }) {
      if (served.key !== "pods" || subresource !== undefined || (operation !== "CREATE" && operation !== "UPDATE"))
        return;
      const spec = (object as Pod).spec;
      if (spec === undefined) return;
      for (const key of TAINTS) {
        const tolerated = (spec.tolerations ?? []).some(
          (item) => (item.key === key || !item.key) && (item.effect === "NoExecute" || !item.effect),
        );
        if (!tolerated)
          spec.tolerations = [
            ...(spec.tolerations ?? []),
            { key, operator: "Exists", effect: "NoExecute", tolerationSeconds: SECONDS },
          ];
      }
    },
  };
}
