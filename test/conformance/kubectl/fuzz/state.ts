/** What a cluster holds after a line, told so that two clusters can be compared. */

import type { Json } from "../../../../lib/kubectl/object.ts";
import { sortKeys } from "../../../../lib/kubectl/printers/json.ts";
import type { Cluster } from "../../../../lib/kubernetes/cluster.types.ts";
import { mask } from "../harness.ts";

/** Made again and again by itself, at times of its own. */
const RESTLESS = /^(events|leases)\b/;
/** Fields that are made up, or that say when. */
const MADE_UP = new Set([
  "uid",
  "resourceVersion",
  "managedFields",
  "nodeName",
  "hostIP",
  "hostIPs",
  "images",
  "selfLink",
]);

const plain = (key: string, value: unknown): unknown => (MADE_UP.has(key) ? undefined : value);

/** Objects as masked text, sorted, by resource. */
export function stateOf(cluster: Cluster): readonly string[] {
  const found: string[] = [];
  for (const resource of cluster.store.resources())
    if (!RESTLESS.test(resource))
      for (const object of cluster.store.list(resource))
        if (object.metadata.namespace !== "kube-system")
          found.push(mask(JSON.stringify(sortKeys(JSON.parse(JSON.stringify(object, plain)) as Json))));
  return found
    .map((text) => text.replace(/"\d+\.\d+\.\d+\.\d+"/g, '"ADDRESS"').replace(/-[a-z0-9]{5}\b/g, "-RANDOM"))
    .sort();
}

/** What one of them has and the other has not. */
export function stateDifference(ours: readonly string[], real: readonly string[]): readonly [string[], string[]] {
  const [mine, theirs] = [new Set(ours), new Set(real)];
  return [ours.filter((one) => !theirs.has(one)), real.filter((one) => !mine.has(one))];
}
