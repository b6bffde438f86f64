/** Cordoned nodes (plugins/nodeunschedulable). */
import { toleratesTaint } from "../taints.ts";
import { type FilterPlugin, hopeless } from "../types.ts";

export const nodeUnschedulable: FilterPlugin = {
  name: "NodeUnschedulable",
  filter: ({ pod }, { node }) =>
    node.spec?.unschedulable !== true ||
    toleratesTaint(pod, { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" })
      ? undefined
      : hopeless("node(s) were unschedulable"),
};
