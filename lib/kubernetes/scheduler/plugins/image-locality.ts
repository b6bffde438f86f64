/** Nodes that have the Pod's images already (plugins/imagelocality). */
import { MAX_SCORE, type ScorePlugin } from "../types.ts";

const MIN_BYTES = 23 * 1024 * 1024;
const MAX_BYTES_PER_CONTAINER = 1000 * 1024 * 1024;

export const imageLocality: ScorePlugin = {
  name: "ImageLocality",
  weight: 1,
  score({ pod, nodes }, { node }) {
    const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
    let sum = 0;
    for (const { image = "" } of containers) {
      const has = (images: typeof node) => images.status?.images?.find(({ names }) => names?.includes(image));
      const found = has(node);
      if (found === undefined) continue;
      const spread = nodes.filter((info) => has(info.node) !== undefined).length / nodes.length;
      sum += (found.sizeBytes ?? 0) * spread;
    }
    const max = MAX_BYTES_PER_CONTAINER * Math.max(1, containers.length);
    const clamped = Math.min(Math.max(sum, MIN_BYTES), max);
    return Math.floor((MAX_SCORE * (clamped - MIN_BYTES)) / (max - MIN_BYTES));
  },
};
