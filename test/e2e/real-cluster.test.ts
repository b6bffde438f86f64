/** The same lesson where sandboxes are namespaces of a cluster that STATECRAFT_KUBECONFIG names. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeCertificates } from "../../lib/kubernetes/apiserver/certificates.node.ts";
import { type ServedApi, serve } from "../../lib/kubernetes/apiserver/http.node.ts";
import { createCluster } from "../../lib/kubernetes/cluster.ts";
import type { Cluster } from "../../lib/kubernetes/cluster.types.ts";
import { standardImages } from "../../lib/sandbox/embedded/images.ts";
import { LearnerClient } from "./learner-client.ts";
import { type RunningServer, startServer, temporaryData } from "./private-server.ts";

describe("a lesson on a cluster that is there already", () => {
  const data = temporaryData();
  const directory = mkdtempSync(join(tmpdir(), "cluster-"));
  let cluster: Cluster;
  let served: ServedApi;
  let server: RunningServer;
  let me: LearnerClient;
  let sandbox: string;
  let terminal: string;
  const kubeconfig = join(directory, "config");
  const type = (command: string, expected: RegExp) => me.type(sandbox, terminal, command, expected, 30_000);

  beforeAll(async () => {
    cluster = createCluster({ images: standardImages(), latencies: "none" });
    await cluster.ready();
    const tls = await makeCertificates(["127.0.0.1"], Date.now());
    served = await serve(cluster, { tls });
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        "current-context": "c",
        clusters: [
          {
            name: "c",
            cluster: { server: served.url, "certificate-authority-data": Buffer.from(tls.ca).toString("base64") },
          },
        ],
        users: [{ name: "u", user: { token: cluster.adminToken } }],
        contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      }),
    );
    server = await startServer(data.path, { STATECRAFT_KUBECONFIG: kubeconfig });
    me = new LearnerClient(server.url);
    sandbox = await me.openLesson("stateful", "first-statefulset");
    const { body } = await me.call<{ terminalId: string }>("POST", `/api/sandboxes/${sandbox}/terminals`, {
      columns: 100,
      rows: 30,
    });
    terminal = body.terminalId;
  });
  afterAll(async () => {
    await server?.stop();
    cluster?.close();
    await served?.close();
    data.remove();
    rmSync(directory, { recursive: true });
  });

  it("gives the learner a namespace of their own, and says what it cannot do", async () => {
    await type("kubectl get sa learner -o jsonpath={.metadata.namespace}", new RegExp(`statecraft-${sandbox}`));
    const state = await me.live(sandbox, (message) => message.type === "state");
    expect(state).toMatchObject({ capabilities: { fork: false, rewind: false, speed: false, nodes: false } });
  });

  it("turns a card green", async () => {
    await type(
      "sed -i '/serviceName: nginx/a\\  selector:\\n    matchLabels:\\n      app: nginx' web.yaml; kubectl apply -f web.yaml && kubectl rollout status sts/web --timeout=25s; echo done-$?",
      /done-0/,
    );
    const verdict = await me.live(
      sandbox,
      (message) =>
        (message.type === "verdict" && message.verdict.exercise === "accepted" && message.verdict.status === "pass") ||
        (message.type === "state" &&
          message.verdicts.some((each) => each.exercise === "accepted" && each.status === "pass")),
      30_000,
    );
    expect(verdict).toBeDefined();
  });

  it("is there after a restart of the server", async () => {
    await type("echo kept > kept.txt; echo written-$((40+2))", /written-42/);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await server.stop("SIGKILL");
    server = await startServer(data.path, { STATECRAFT_KUBECONFIG: kubeconfig });
    me = new LearnerClient(server.url, me.cookie);
    expect(await me.openLesson("stateful", "first-statefulset")).toBe(sandbox);
    await type("cat kept.txt; kubectl get sts -o name", /kept\r\nstatefulset\.apps\/web/);
  });

  it("begins anew, without a way back", async () => {
    const { status, body } = await me.call("POST", `/api/sandboxes/${sandbox}/reset`, { to: "start" });
    expect({ status, body }).toEqual({ status: 200, body: {} });
    await type("ls kept.txt; kubectl get sts", /No such file[\s\S]*No resources found/);
  });
});
