/** Clusters on which generated lines run on both sides, all from one snapshot. */
import { realClock } from "../../../../lib/clock/index.ts";
import { createImages } from "../../../../lib/images/index.ts";
import { createCluster, restoreCluster } from "../../../../lib/kubernetes/cluster.ts";
import type { Cluster, ClusterSnapshot } from "../../../../lib/kubernetes/cluster.types.ts";
import type { KubectlBinary } from "../../../integration/kubectl-binaries.ts";
import { tools } from "../../../integration/tools.ts";
import { ourSideOf, quiet, realSideOf, type Side } from "../harness.ts";
import { lines } from "../scenarios/scenario.ts";
import { LIVING_FILES, ODD_FILES, withOddStates } from "./world.ts";

/** Worlds are made some time ago: ages in seconds would differ between two looks at them, those in minutes seldom do. */
const BEFORE_MS = 60 * 60_000;

const options = (now = Date.now()) => ({
  images: createImages(tools),
  clock: realClock({ now, seed: 20 }),
  latencies: "none" as const,
  onBug: (where: string, error: unknown) => console.log(`BUG in ${where}: ${String((error as Error).stack ?? error)}`),
});

interface Tree {
  readonly entries?: Record<string, Tree>;
}
/** Nothing but kubelets acts on it, and what statuses say stays: no manifests, hence no controllers and no scheduler. */
function standingStill(snapshot: ClusterSnapshot): ClusterSnapshot {
  const copy = structuredClone(snapshot) as ClusterSnapshot;
  const parts = ["kube-controller-manager", "kube-scheduler"];
  for (const { hostFiles } of Object.values(copy.nodes.nodes)) {
    const manifests = ["etc", "kubernetes", "manifests"].reduce<Tree | undefined>(
      (tree, name) => tree?.entries?.[name],
      hostFiles as Tree,
    )?.entries;
    for (const part of parts) delete manifests?.[`${part}.yaml`];
  }
  return { ...copy, components: { ...copy.components, stopped: parts } };
}

async function apply(cluster: Cluster, files: Readonly<Record<string, string>>): Promise<void> {
  const side = ourSideOf(cluster, files);
  await side.run(lines("create ns other")[0] as never);
  for (const name of Object.keys(files)) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const [step] = lines(`create -f ${name}`);
    if (step === undefined) continue;
    const { stderr } = await side.run(step);
    await quiet(cluster);
    if (stderr !== "" && !stderr.startsWith("Warning: ")) console.log(`the world is not whole: ${name}: ${stderr}`);
  }
}

/** What generated lines start from. */
export interface Worlds {
  /** Controllers and scheduler run. */
  readonly living: ClusterSnapshot;
  /** Standing still, with objects in odd states. */
  readonly odd: ClusterSnapshot;
}

export async function makeWorlds(): Promise<Worlds> {
  const first = createCluster(options(Date.now() - BEFORE_MS));
  await first.ready();
  await quiet(first);
  await apply(first, LIVING_FILES);
  const living = first.snapshot();
  first.close();
  const second = restoreCluster(standingStill(living), options(Date.now() - BEFORE_MS));
  await quiet(second);
  await apply(second, ODD_FILES);
  const odd = withOddStates(second.snapshot());
  second.close();
  return { living, odd };
}

/** Both sides, on one cluster or each on its own. */
export interface Arena {
  readonly ours: Side;
  readonly real: Side;
  /** That of ours, and that of the real one; the same where they share it. */
  readonly clusters: readonly [Cluster, Cluster];
  close(): Promise<void>;
}

export async function openArena(binary: KubectlBinary, snapshot: ClusterSnapshot, shared: boolean): Promise<Arena> {
  const mine = restoreCluster(snapshot, options());
  const theirs = shared ? mine : restoreCluster(snapshot, options());
  await quiet(mine);
  await quiet(theirs);
  const ours = ourSideOf(mine, {});
  const real = await realSideOf(binary, theirs, {});
  return {
    ours,
    real,
    clusters: [mine, theirs],
    async close() {
      await real.close();
      await ours.close();
    },
  };
}
