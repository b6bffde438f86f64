/** A cluster that listens on a real socket, and real ports that lead to ports of its Pods, as kubectl port-forward opens them. */
import { createServer, type Server, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import { CoreV1Api, KubeConfig, KubernetesObjectApi, PortForward, type V1Pod } from "@kubernetes/client-node";
import { createImages } from "../../lib/images/index.ts";
import { nodeCryptography } from "../../lib/kubernetes/apiserver/cryptography.node.ts";
import { serve } from "../../lib/kubernetes/apiserver/http.node.ts";
import { createCluster } from "../../lib/kubernetes/cluster.ts";
import { tools } from "./tools.ts";

export interface WireCluster {
  readonly core: CoreV1Api;
  readonly objects: KubernetesObjectApi;
  /** Makes a Pod and waits until it is ready. */
  run(pod: V1Pod): Promise<void>;
  /** A port of this machine that leads to a port of the Pod. `at`: this one, where somebody is told of it. */
  forward(pod: string, port: number, at?: number): Promise<number>;
  until(done: () => boolean | Promise<boolean>, limitMs?: number): Promise<void>;
  close(): Promise<void>;
}

export async function wireCluster(): Promise<WireCluster> {
  const cluster = createCluster({ images: createImages(tools), latencies: "none", cryptography: nodeCryptography });
  await cluster.ready();
  const tls = cluster.servingCertificate(["127.0.0.1"]);
  const served = await serve(cluster, { tls });
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: "c", server: served.url, caData: Buffer.from(tls.ca).toString("base64") }],
    users: [{ name: "u", token: cluster.adminToken }],
    contexts: [{ name: "c", cluster: "c", user: "u", namespace: "default" }],
    currentContext: "c",
  });
  const core = config.makeApiClient(CoreV1Api);
  const forwarder = new PortForward(config);
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const until: WireCluster["until"] = async (done, limitMs = 20_000) => {
    for (let waited = 0; !(await done()); waited += 20) {
      if (waited > limitMs) throw new Error("did not come true");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return {
    core,
    objects: KubernetesObjectApi.makeApiClient(config),
    until,
    async run(pod) {
      await core.createNamespacedPod({ namespace: "default", body: pod });
      const name = pod.metadata?.name ?? "";
      await until(async () => {
        const { status } = await core.readNamespacedPod({ namespace: "default", name });
        return status?.containerStatuses?.every(({ ready }) => ready) ?? false;
      });
    },
    async forward(pod, port, at = 0) {
      const server = createServer((socket) => {
        sockets.add(socket);
        const errors = new PassThrough();
        errors.resume();
        socket.on("error", () => undefined);
        // The far end closed: so does ours.
        forwarder
          .portForward("default", pod, [port], socket, errors, socket)
          .then((far) => {
            const ws = typeof far === "function" ? far() : far;
            ws?.on("close", () => socket.destroy());
            socket.on("close", () => ws?.close());
          })
          .catch(() => socket.destroy());
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(at, "127.0.0.1", resolve));
      return (server.address() as { port: number }).port;
    },
    async close() {
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy();
      cluster.close();
      await served.close();
    },
  };
}
