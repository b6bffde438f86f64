/** The node the Pod names (plugins/nodename). */
import { type FilterPlugin, hopeless } from "../types.ts";

export const nodeName: FilterPlugin = {
  name: "NodeName",
  filter: ({ pod }, { node }) =>
    !pod.spec?.nodeName || pod.spec.nodeName === node.metadata.name
      ? undefined
      : hopeless("node(s) didn't match the requested node name"),
};
