/** A cluster of stand-in nodes under a virtual clock, for tests. */
import { type VirtualClock, virtualClock } from "../../clock/index.ts";
import { createCluster } from "../cluster.ts";
import type { Cluster, ClusterOptions } from "../cluster.types.ts";
import { createStandInNodes } from "./stand-in-nodes.ts";

const noImages: ClusterOptions["images"] = {
  programs: new Map(),
  resolve: (reference) => ({ error: `${reference}: not found` }),
  references: () => [],
};

export interface TestCluster {
  readonly cluster: Cluster;
  readonly clock: VirtualClock;
  /** Errors that are bugs: a test expects none. */
  readonly bugs: unknown[];
  /** Lets everything happen until nothing has changed for `quietMs` of cluster time. */
  settle(quietMs?: number): Promise<void>;
}

export function testCluster(options: Partial<ClusterOptions> & { readonly seed?: number } = {}): TestCluster {
  const { seed = 1, ...rest } = options;
  const bugs: unknown[] = [];
  const clock = virtualClock({ seed });
  const cluster = createCluster(
    {
      images: noImages,
      clock,
      latencies: "none",
      onBug: (where, error) => bugs.push(`${where}: ${error instanceof Error ? error.stack : String(error)}`),
      ...rest,
    },
    { createNodes: createStandInNodes },
  );
  const settle = async (quietMs = 1500) => {
    for (;;) {
      const before = cluster.timeline.length;
      await clock.advance(quietMs);
      if (cluster.timeline.length === before) return;
    }
  };
  return { cluster, clock, bugs, settle };
}
