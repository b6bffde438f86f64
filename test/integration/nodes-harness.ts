/** Nodes on a real API server under a virtual clock, without controllers and scheduler: Pods are bound by hand. */
import { type VirtualClock, virtualClock } from "../../lib/clock/index.ts";
import { createImages } from "../../lib/images/index.ts";
import { endpointSlices, events, pods, serviceAccounts, services } from "../../lib/kubernetes/api/resources.ts";
import type { Pod } from "../../lib/kubernetes/api/types.ts";
import { bootstrap } from "../../lib/kubernetes/apiserver/bootstrap.ts";
import { apiDefinitions } from "../../lib/kubernetes/apiserver/built-in.ts";
import type { Client } from "../../lib/kubernetes/apiserver/client.ts";
import { createApiServer } from "../../lib/kubernetes/apiserver/server.ts";
import type { Latencies } from "../../lib/kubernetes/cluster.types.ts";
import { createNodes, type Nodes, type NodesSnapshot } from "../../lib/kubernetes/kubelet/index.ts";
import { createClusterNetwork } from "../../lib/kubernetes/network/index.ts";
import { Store } from "../../lib/kubernetes/store/store.ts";
import { tools } from "./tools.ts";

const NO_LATENCIES: Latencies = {
  sync: 0,
  containerStart: 0,
  pullBytesPerMs: Number.POSITIVE_INFINITY,
  volumeProvision: 0,
  volumeAttach: 0,
  loadBalancer: 0,
  containerStop: 0,
};

const images = createImages(tools);

export interface Harness {
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly client: Client;
  readonly nodes: Nodes;
  readonly network: ReturnType<typeof createClusterNetwork>;
  readonly bugs: unknown[];
  /** A Pod bound to a node, with a default container where none is given. */
  run(name: string, spec: Record<string, unknown>, metadata?: Record<string, unknown>): Pod;
  pod(name: string): Pod | undefined;
  /** STATUS as kubectl prints it, in short. */
  reason(name: string): string;
  until(done: () => boolean, limitMs?: number): Promise<void>;
  exec(pod: string, script: string, container?: string): Promise<{ stdout: string; stderr: string; code: number }>;
  logs(pod: string, options?: { container?: string; previous?: boolean }): Promise<string>;
  events(pod: string): string[];
  /** A headless Service with one slice for the Pods of these names. */
  expose(service: string, names: readonly string[], port: number, headless?: string): void;
  restart(snapshot: NodesSnapshot): Harness;
}

interface HarnessOptions {
  readonly latencies?: Partial<Latencies>;
  readonly nodes?: readonly string[];
  readonly store?: Store;
  readonly clock?: VirtualClock;
  readonly snapshot?: NodesSnapshot;
}

export function startNodes(options: HarnessOptions = {}): Harness {
  const clock = options.clock ?? virtualClock({ seed: 7 });
  const store = options.store ?? new Store();
  const bugs: unknown[] = [];
  const onBug = (where: string, error: unknown) => {
    bugs.push([where, error]);
    console.error(where, error);
  };
  const server = createApiServer({ clock, store, definitions: apiDefinitions, onBug });
  const client = server.clientFor("system:admin", ["system:masters"]);
  bootstrap(client);
  if (client.find(serviceAccounts, "default", "default") === undefined)
    client.create(serviceAccounts, {
      metadata: { name: "default", namespace: "default" },
      automountServiceAccountToken: false,
    });
  const network = createClusterNetwork({ clock, store });
  const nodes = createNodes({
    clock,
    clientFor: (user, groups) => server.clientFor(user, groups),
    images,
    nodes: (options.nodes ?? ["node-1"]).map((name) => ({ name })),
    latencies: { ...NO_LATENCIES, ...options.latencies },
    network,
    ...(options.snapshot === undefined ? {} : { snapshot: options.snapshot }),
    onBug,
  });
  nodes.start();
  const pod = (name: string) => client.find(pods, "default", name);
  const harness: Harness = {
    clock,
    store,
    client,
    nodes,
    network,
    bugs,
    run(name, spec, metadata = {}) {
      return client.create(pods, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "default", ...metadata },
        spec: { nodeName: "node-1", terminationGracePeriodSeconds: 30, ...spec },
      } as unknown as Pod);
    },
    pod,
    reason(name) {
      const found = pod(name);
      if (found === undefined) return "gone";
      return reasonOf(found);
    },
    async until(done, limitMs = 600_000) {
      if (await clock.runUntil(done, limitMs)) return;
      throw new Error(
        `did not come true within ${limitMs} ms:\n${JSON.stringify(
          client.list(pods, "default").map((one) => one.status),
          undefined,
          1,
        )}`,
      );
    },
    async exec(name, script, container) {
      const session = await nodes.exec("default", name, {
        container: container ?? pod(name)?.spec?.containers[0]?.name ?? "",
        command: ["sh", "-c", script],
        stdin: false,
        stdout: true,
        stderr: true,
        tty: false,
      });
      const collect = async (reader: AsyncIterable<Uint8Array> | undefined) => {
        let text = "";
        const decoder = new TextDecoder();
        if (reader !== undefined) for await (const chunk of reader) text += decoder.decode(chunk, { stream: true });
        return text;
      };
      let done = false;
      const result = Promise.all([collect(session.stdout), collect(session.stderr), session.status]).finally(() => {
        done = true;
      });
      await harness.until(() => done);
      const [stdout, stderr, status] = await result;
      return { stdout, stderr, code: Number(status.details?.causes?.[0]?.message ?? 0) };
    },
    async logs(name, query = {}) {
      let text = "";
      for await (const chunk of nodes.logs("default", name, {
        container: query.container ?? pod(name)?.spec?.containers[0]?.name ?? "",
        follow: false,
        previous: query.previous ?? false,
        timestamps: false,
      })) {
        text += new TextDecoder().decode(chunk);
      }
      return text;
    },
    events(name) {
      return client
        .list(events, "default")
        .filter((event) => event.involvedObject.name === name)
        .map((event) => `${event.reason}: ${event.message}`);
    },
    expose(service, names, port, headless = "None") {
      client.create(services, {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: service, namespace: "default" },
        spec: {
          clusterIP: headless,
          selector: { app: service },
          ports: [{ name: "main", port, protocol: "TCP", targetPort: port }],
        },
      } as never);
      client.create(endpointSlices, {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: `${service}-1`, namespace: "default", labels: { "kubernetes.io/service-name": service } },
        addressType: "IPv4",
        ports: [{ name: "main", port, protocol: "TCP" }],
        endpoints: names.map((name) => ({
          addresses: [pod(name)?.status?.podIP ?? "0.0.0.0"],
          hostname: name,
          conditions: { ready: true, serving: true, terminating: false },
          targetRef: { kind: "Pod", name, namespace: "default" },
        })),
      } as never);
    },
    restart(snapshot) {
      nodes.stop();
      network.close();
      return startNodes({ ...options, clock, store: new Store(structuredClone(store.snapshot())), snapshot });
    },
  };
  return harness;
}

/** What kubectl's STATUS column says. */
function reasonOf(pod: Pod): string {
  const status = pod.status ?? {};
  let reason = status.reason ?? status.phase ?? "";
  const inits = pod.spec?.initContainers ?? [];
  for (const [index, container] of (status.initContainerStatuses ?? []).entries()) {
    const sidecar = inits[index]?.restartPolicy === "Always";
    if (container.state?.terminated?.exitCode === 0 || (sidecar && container.started === true)) continue;
    if (container.state?.terminated !== undefined) return `Init:${container.state.terminated.reason}`;
    const waiting = container.state?.waiting?.reason;
    if (waiting !== undefined && waiting !== "PodInitializing") return `Init:${waiting}`;
    return `Init:${index}/${inits.length}`;
  }
  for (const container of status.containerStatuses ?? []) {
    reason = container.state?.waiting?.reason ?? container.state?.terminated?.reason ?? reason;
  }
  const terminal = status.phase === "Succeeded" || status.phase === "Failed";
  return pod.metadata.deletionTimestamp !== undefined && !terminal ? "Terminating" : reason;
}
