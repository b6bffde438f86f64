/** What a Pod's worker leaves in a snapshot, and how its containers come out of one. */
import type { Signal } from "../../machine/index.ts";
import type { BackoffEntry } from "./backoff.ts";
import type { ContainerInstance, Revival } from "./instance.ts";
import type { ContainerLog, LogLine } from "./log.ts";
import type { PodContainers } from "./pod-containers.ts";

/** What a worker leaves in a snapshot. */
export interface WorkerSnapshot {
  readonly address: string | undefined;
  readonly startTime: number | undefined;
  readonly ended: boolean;
  readonly admitted: boolean;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly crashes: Readonly<Record<string, BackoffEntry>>;
  readonly waiting: Readonly<Record<string, { readonly reason: string; readonly message: string }>>;
  readonly containers: readonly (Omit<ContainerInstance, "log" | "live"> & {
    readonly lines: readonly LogLine[];
    /** Bytes of its files; absent in older snapshots. */
    readonly logSizes?: readonly number[];
    readonly root?: unknown;
    readonly ready?: boolean;
    readonly started?: boolean;
    /** Signals its first process listened to; absent in older snapshots. */
    readonly handledSignals?: readonly Signal[];
  })[];
}

export function snapshotContainers(containers: PodContainers): WorkerSnapshot["containers"] {
  return [...containers.instances].flatMap(([name, instances]) =>
    instances.map(({ log, live, ...rest }) => ({
      ...rest,
      lines: log.snapshot(),
      logSizes: log.sizes,
      ...(live === undefined
        ? {}
        : {
            ...(live.dormant === true
              ? {}
              : { root: live.root.snapshot(), handledSignals: live.process.handledSignals() }),
            ready: containers.ready(name),
            started: containers.started(name),
          }),
    })),
  );
}

/** Puts the incarnations of a snapshot back; what ran is returned, to be started once volumes are there. */
export function restoreContainers(
  containers: PodContainers,
  snapshot: WorkerSnapshot,
  now: number,
  newLog: (name: string, startedAt: number | undefined) => ContainerLog,
): Revival[] {
  const revivals: Revival[] = [];
  for (const { lines, logSizes, root, ready, started, handledSignals = [], ...rest } of snapshot.containers) {
    const log = newLog(rest.name, rest.startedAt);
    log.restore(lines, logSizes);
    if (rest.state !== "running") log.end(rest.finishedAt ?? now);
    const instance: ContainerInstance = { ...rest, log };
    containers.instances.set(rest.name, [...(containers.instances.get(rest.name) ?? []), instance]);
    if (rest.state !== "running") continue;
    revivals.push({ instance, root, ready: ready === true, started: started === true, awaits: handledSignals });
  }
  return revivals;
}
