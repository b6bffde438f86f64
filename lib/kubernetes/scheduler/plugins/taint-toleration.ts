/** Taints that keep Pods away, or make a node less liked (plugins/tainttoleration). */
import { taintsOf, tolerates, toleratesTaint } from "../taints.ts";
import { type FilterPlugin, hopeless, normalized, type ScorePlugin } from "../types.ts";

export const taintToleration: FilterPlugin & ScorePlugin = {
  name: "TaintToleration",
  weight: 3,
  filter({ pod }, { node }) {
    const taint = taintsOf(node).find(
      ({ effect, ...rest }) =>
        (effect === "NoSchedule" || effect === "NoExecute") && !toleratesTaint(pod, { effect, ...rest }),
    );
    return taint === undefined
      ? undefined
      : hopeless(`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`);
  },
  score({ pod }, { node }) {
    const tolerations = (pod.spec?.tolerations ?? []).filter(({ effect }) => !effect || effect === "PreferNoSchedule");
    return taintsOf(node).filter(
      (taint) => taint.effect === "PreferNoSchedule" && !tolerations.some((toleration) => tolerates(toleration, taint)),
    ).length;
  },
  normalize: (scores) => normalized(scores, true),
};
