/** A whole cluster (API server, controllers, scheduler, nodes) under a virtual clock. */
import { type VirtualClock, virtualClock } from "../../lib/clock/index.ts";
import { createImages } from "../../lib/images/index.ts";
import { events, pods } from "../../lib/kubernetes/api/resources.ts";
import { createCluster } from "../../lib/kubernetes/cluster.ts";
import type { Cluster } from "../../lib/kubernetes/cluster.types.ts";
import { tools } from "./tools.ts";

const images = createImages(tools);
const opened: Cluster[] = [];

export function closeClusters(): void {
  for (const cluster of opened.splice(0)) cluster.close();
}

export interface Running {
  readonly cluster: Cluster;
  readonly clock: VirtualClock;
  readonly bugs: unknown[];
  until(done: () => boolean, limitMs?: number): Promise<void>;
  exec(pod: string, script: string): Promise<{ stdout: string; stderr: string; code: number }>;
  /** What a Pod's only container wrote; `previous`: of the container before, where there was one. */
  logs(pod: string, previous?: boolean): Promise<string>;
}

export function wrapCluster(cluster: Cluster, clock: VirtualClock, bugs: unknown[]): Running {
  opened.push(cluster);
  const running: Running = {
    cluster,
    clock,
    bugs,
    async until(done, limitMs = 600_000) {
      if (await clock.runUntil(done, limitMs)) return;
      const all = cluster.client
        .list(pods)
        .map(({ metadata, status, spec }) => [
          metadata.name,
          spec?.nodeName,
          status?.phase,
          status?.conditions,
          status?.containerStatuses,
        ]);
      const notes = cluster.client
        .list(events)
        .map(({ involvedObject, reason, message }) => `${involvedObject.name} ${reason} ${message}`);
      throw new Error(`did not come true:\n${JSON.stringify(all)}\n${notes.join("\n")}`);
    },
    async exec(pod, script) {
      return execIn(cluster, running, pod, script);
    },
    async logs(pod, previous = false) {
      const response = await cluster.handle({
        method: "GET",
        path: `/api/v1/namespaces/default/pods/${pod}/log`,
        query: new URLSearchParams(previous ? [["previous", "true"]] : []),
        headers: {},
        user: { name: "kubernetes-admin", groups: ["system:masters"] },
      });
      if (typeof response.body === "string") return response.body;
      if (response.body instanceof Uint8Array) return new TextDecoder().decode(response.body);
      let text = "";
      for await (const chunk of response.body)
        text += typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
      return text;
    },
  };
  return running;
}

async function execIn(cluster: Cluster, running: Running, pod: string, script: string) {
  const session = await cluster.openProcess({
    method: "POST",
    path: `/api/v1/namespaces/default/pods/${pod}/exec`,
    query: new URLSearchParams([
      ["command", "sh"],
      ["command", "-c"],
      ["command", script],
      ["stdout", "true"],
      ["stderr", "true"],
    ]),
    headers: {},
    user: { name: "kubernetes-admin", groups: ["system:masters"] },
  });
  const collect = async (reader: AsyncIterable<Uint8Array> | undefined) => {
    let text = "";
    if (reader !== undefined) for await (const chunk of reader) text += new TextDecoder().decode(chunk);
    return text;
  };
  let done = false;
  const result = Promise.all([collect(session.stdout), collect(session.stderr), session.status]).finally(() => {
    done = true;
  });
  await running.until(() => done);
  const [stdout, stderr, status] = await result;
  return { stdout, stderr, code: Number(status.details?.causes?.[0]?.message ?? 0) };
}

export async function bootCluster(latencies: "none" | "realistic" = "none"): Promise<Running> {
  const clock = virtualClock({ seed: 3 });
  const bugs: unknown[] = [];
  const cluster = createCluster({
    images,
    clock,
    latencies,
    onBug: (where, error) => {
      bugs.push(where, error);
      console.error(where, error);
    },
  });
  const running = wrapCluster(cluster, clock, bugs);
  await cluster.ready();
  return running;
}
