/** @kubernetes/client-node, as anybody's program would use it, on a cluster that listens on a real socket. */
import { connect, createServer, type Server } from "node:net";
import { PassThrough, Writable } from "node:stream";
import {
  ApiException,
  ApiextensionsV1Api,
  Attach,
  BatchV1Api,
  CoreV1Api,
  CustomObjectsApi,
  Exec,
  KubeConfig,
  KubernetesObjectApi,
  Log,
  makeInformer,
  PortForward,
  type V1ConfigMap,
  type V1Status,
  Watch,
} from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { createImages } from "../../lib/images/index.ts";
import { configMaps } from "../../lib/kubernetes/api/resources.ts";
import { nodeCryptography } from "../../lib/kubernetes/apiserver/cryptography.node.ts";
import { type ServedApi, serve, type TlsOptions } from "../../lib/kubernetes/apiserver/http.node.ts";
import { createCluster } from "../../lib/kubernetes/cluster.ts";
import type { Cluster } from "../../lib/kubernetes/cluster.types.ts";
import { tools } from "./tools.ts";

let cluster: Cluster;
let served: ServedApi;
let tls: TlsOptions & { readonly ca: string };
const config = new KubeConfig();
let core: CoreV1Api;

beforeAll(async () => {
  cluster = createCluster({ images: createImages(tools), latencies: "none", cryptography: nodeCryptography });
  await cluster.ready();
  tls = cluster.servingCertificate(["127.0.0.1"]);
  served = await serve(cluster, { tls });
  config.loadFromOptions({
    clusters: [{ name: "c", server: served.url, caData: Buffer.from(tls.ca).toString("base64") }],
    users: [{ name: "u", token: cluster.adminToken }],
    contexts: [{ name: "c", cluster: "c", user: "u" }],
    currentContext: "c",
  });
  core = config.makeApiClient(CoreV1Api);
  await core.createNamespacedPod({
    namespace: "default",
    body: {
      metadata: { name: "web", labels: { app: "web" } },
      spec: {
        containers: [
          { name: "nginx", image: "nginx:1.27", ports: [{ containerPort: 80 }] },
          {
            name: "clock",
            image: "busybox",
            stdin: true,
            command: ["sh", "-c", "echo started; while read line; do echo heard $line; done"],
          },
        ],
      },
    },
  });
  await until(async () => {
    const { status } = await core.readNamespacedPod({ namespace: "default", name: "web" });
    return status?.containerStatuses?.every(({ ready }) => ready) ?? false;
  });
});
afterAll(async () => {
  cluster?.close();
  await served?.close();
});

async function until(done: () => boolean | Promise<boolean>, limitMs = 15_000): Promise<void> {
  for (let waited = 0; !(await done()); waited += 20) {
    if (waited > limitMs) throw new Error("did not come true");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A stream that keeps what it got. */
function sink(): Writable & { readonly text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return Object.assign(stream, { text: () => Buffer.concat(chunks).toString() });
}

const settings = (name: string, value = "1"): V1ConfigMap => ({
  metadata: { name, labels: { test: "yes" } },
  data: { value },
});

describe("typed calls", () => {
  it("create, read, list, patch and delete; refusals are ApiExceptions with a Status", async () => {
    const made = await core.createNamespacedConfigMap({ namespace: "default", body: settings("typed") });
    expect(made.metadata?.creationTimestamp).toBeInstanceOf(Date);
    const listed = await core.listNamespacedConfigMap({ namespace: "default", labelSelector: "test=yes" });
    expect(listed.items.map(({ metadata }) => metadata?.name)).toContain("typed");
    const patched = await core.patchNamespacedConfigMap({
      namespace: "default",
      name: "typed",
      body: [{ op: "replace", path: "/data/value", value: "2" }],
    });
    expect(patched.data).toEqual({ value: "2" });
    await core.deleteNamespacedConfigMap({ namespace: "default", name: "typed" });
    const error = await core
      .readNamespacedConfigMap({ namespace: "default", name: "typed" })
      .catch((it: unknown) => it);
    expect(error).toBeInstanceOf(ApiException);
    expect((error as ApiException<string>).code).toBe(404);
    expect(JSON.parse((error as ApiException<string>).body)).toMatchObject({
      kind: "Status",
      reason: "NotFound",
      message: 'configmaps "typed" not found',
    });
  });

  it("pages through lists", async () => {
    for (const name of ["p1", "p2", "p3"])
      await core.createNamespacedConfigMap({
        namespace: "default",
        body: { metadata: { name, labels: { page: "yes" } } },
      });
    const names: (string | undefined)[] = [];
    let next: string | undefined;
    do {
      const page = await core.listNamespacedConfigMap({
        namespace: "default",
        labelSelector: "page=yes",
        limit: 2,
        ...(next === undefined ? {} : { _continue: next }),
      });
      names.push(...page.items.map(({ metadata }) => metadata?.name));
      next = page.metadata?._continue || undefined;
    } while (next !== undefined);
    expect(names).toEqual(["p1", "p2", "p3"]);
  });

  it("discovers kinds by itself, and works with custom ones", async () => {
    await config.makeApiClient(ApiextensionsV1Api).createCustomResourceDefinition({
      body: {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "boats.example.com" },
        spec: {
          group: "example.com",
          names: { plural: "boats", kind: "Boat", singular: "boat" },
          scope: "Namespaced",
          versions: [
            {
              name: "v1",
              served: true,
              storage: true,
              schema: {
                openAPIV3Schema: {
                  type: "object",
                  properties: { spec: { type: "object", properties: { size: { type: "integer" } } } },
                },
              },
            },
          ],
        },
      },
    });
    const objects = KubernetesObjectApi.makeApiClient(config);
    await until(() =>
      objects
        .create({
          apiVersion: "example.com/v1",
          kind: "Boat",
          metadata: { name: "b", namespace: "default" },
          spec: { size: 3 },
        } as never)
        .then(
          () => true,
          () => false,
        ),
    );
    const found = await config.makeApiClient(CustomObjectsApi).getNamespacedCustomObject({
      group: "example.com",
      version: "v1",
      namespace: "default",
      plural: "boats",
      name: "b",
    });
    expect(found).toMatchObject({ kind: "Boat", spec: { size: 3 } });
  });
});

describe("Watch", () => {
  it("tells of what comes, changes and goes, from a version on", async () => {
    const { metadata } = await core.listNamespacedConfigMap({ namespace: "default" });
    await core.createNamespacedConfigMap({ namespace: "default", body: settings("w1") });
    const seen: string[] = [];
    const watch = await new Watch(config).watch(
      "/api/v1/namespaces/default/configmaps",
      { resourceVersion: metadata?.resourceVersion, labelSelector: "test=yes" },
      (phase, object: V1ConfigMap) => seen.push(`${phase} ${object.metadata?.name} ${object.data?.["value"]}`),
      () => {},
    );
    await core.replaceNamespacedConfigMap({ namespace: "default", name: "w1", body: settings("w1", "2") });
    await core.deleteNamespacedConfigMap({ namespace: "default", name: "w1" });
    await until(() => seen.length === 3);
    watch.abort();
    expect(seen).toEqual(["ADDED w1 1", "MODIFIED w1 2", "DELETED w1 2"]);
  });

  it("is told Expired where the version is too old", async () => {
    const seen: { phase: string; object: V1Status }[] = [];
    let over = false;
    await new Watch(config).watch(
      "/api/v1/namespaces/default/configmaps",
      { resourceVersion: "1" },
      (phase, object) => seen.push({ phase, object }),
      () => {
        over = true;
      },
    );
    await until(() => over);
    expect(seen).toMatchObject([{ phase: "ERROR", object: { code: 410, reason: "Expired" } }]);
  });

  it("ends at its timeout, in order", async () => {
    const ended = await new Promise((resolve, reject) => {
      new Watch(config).watch("/api/v1/nodes", { timeoutSeconds: 1 }, () => {}, resolve).catch(reject);
    });
    expect(ended === null || ended === undefined || ended === Watch.SERVER_SIDE_CLOSE).toBe(true);
  });
});

describe("an informer", () => {
  it("keeps up with changes, over a broken connection and a history that is gone", async () => {
    const path = "/api/v1/namespaces/default/configmaps";
    const informer = makeInformer<V1ConfigMap>(
      config,
      path,
      () => core.listNamespacedConfigMap({ namespace: "default", labelSelector: "informed=yes" }),
      "informed=yes",
    );
    const told: string[] = [];
    const errors: unknown[] = [];
    let connects = 0;
    for (const verb of ["add", "update", "delete"] as const)
      informer.on(verb, (object) => told.push(`${verb} ${object.metadata?.name}`));
    informer.on("connect", () => {
      connects++;
    });
    informer.on("error", (error) => {
      errors.push(error);
      setTimeout(() => void informer.start(), 50);
    });
    const make = (name: string, value: string) =>
      cluster.client.create(configMaps, {
        metadata: { name, namespace: "default", labels: { informed: "yes" } },
        data: { value },
      });
    make("before", "1");
    await informer.start();
    await until(() => informer.get("before", "default") !== undefined);
    make("live", "1");
    await until(() => told.includes("add live"));

    // The connection breaks; in the meantime more happens than the server remembers.
    const { port } = served;
    await served.close();
    cluster.client.delete(configMaps, "default", "live");
    make("busy", "0");
    for (let value = 1; value <= 8300; value++)
      cluster.client.modify(configMaps, "default", "busy", (object) => {
        object.data = { value: String(value) };
      });
    served = await serve(cluster, { tls, port });
    await until(() => informer.get("busy", "default")?.data?.["value"] === "8300");
    expect(informer.get("live", "default")).toBeUndefined();
    expect(told).toContain("delete live");
    expect(connects).toBeGreaterThan(1);
    make("after", "1");
    await until(() => told.includes("add after"));
    await informer.stop();
  });
});

describe("streams", () => {
  it("Exec gives output, errors and exit code, and takes input", async () => {
    const out = sink();
    const err = sink();
    const input = new PassThrough();
    const status = new Promise<V1Status>((resolve, reject) => {
      new Exec(config)
        .exec("default", "web", "clock", ["sh", "-c", "cat; echo wrong >&2; exit 7"], out, err, input, false, resolve)
        .catch(reject);
    });
    input.end("hello\n");
    expect(await status).toMatchObject({
      status: "Failure",
      reason: "NonZeroExitCode",
      message:
        "command terminated with non-zero exit code: error executing command [sh -c cat; echo wrong >&2; exit 7], exit code 7",
      details: { causes: [{ reason: "ExitCode", message: "7" }] },
    });
    expect([out.text(), err.text()]).toEqual(["hello\n", "wrong\n"]);
  });

  it("Exec refuses a container that is not there", async () => {
    await expect(
      new Exec(config).exec("default", "web", "none", ["true"], sink(), sink(), null, false),
    ).rejects.toBeDefined();
  });

  it("Attach joins what runs", async () => {
    const out = sink();
    const input = new PassThrough();
    const socket = await new Attach(config).attach("default", "web", "clock", out, sink(), input, false);
    input.write("me\n");
    await until(() => out.text().includes("heard me"));
    socket.close();
  });

  /** Messages of a WebSocket until it closes; `status` where it was refused. */
  function messages(path: string, protocols: string[], token?: string): Promise<{ frames: Buffer[]; status?: number }> {
    return new Promise((resolve) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const socket = new WebSocket(`${served.url.replace("http", "ws")}${path}`, protocols, { headers, ca: tls.ca });
      const frames: Buffer[] = [];
      socket.on("message", (data: Buffer) => frames.push(data));
      socket.on("unexpected-response", (_request, response) => resolve({ frames, status: response.statusCode ?? 0 }));
      socket.on("error", () => undefined);
      socket.on("close", () => resolve({ frames }));
    });
  }
  const LOG = "/api/v1/namespaces/default/pods/web/log?container=clock&limitBytes=8";

  it("a log comes over a WebSocket, after a first message that is empty, as bytes or in base64", async () => {
    const bytes = await messages(LOG, ["binary.k8s.io"], cluster.adminToken);
    expect(bytes.frames[0]).toHaveLength(0);
    expect(Buffer.concat(bytes.frames).toString()).toBe("started\n");
    const text = await messages(LOG, ["base64.binary.k8s.io"], cluster.adminToken);
    expect(text.frames.map((frame) => Buffer.from(frame.toString(), "base64").toString()).join("")).toBe("started\n");
    expect((await messages(LOG, ["v4.channel.k8s.io"], cluster.adminToken)).status).toBe(400);
    expect((await messages(LOG.replace("clock", "none"), [], cluster.adminToken)).status).toBe(400);
  });

  it("a watch comes over a WebSocket, an event a message; a browser's token comes as a protocol", async () => {
    const bearer = `base64url.bearer.authorization.k8s.io.${Buffer.from(cluster.adminToken).toString("base64url")}`;
    const path = "/api/v1/namespaces/default/pods?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dweb";
    const { frames } = await messages(path, [bearer, "binary.k8s.io"]);
    expect(JSON.parse(frames[0]?.toString() ?? "")).toMatchObject({
      type: "ADDED",
      object: { metadata: { name: "web" } },
    });
    expect((await messages(path, ["binary.k8s.io"])).status).toBe(403);
    expect((await messages(path, [bearer])).status).toBe(403);
  });

  it("Log follows, and ends when told", async () => {
    const out = sink();
    const following = await new Log(config).log("default", "web", "clock", out, { follow: true });
    await until(() => out.text().includes("heard me"));
    expect(out.text()).toMatch(/^started\n/);
    following.abort();
    const tail = sink();
    await new Log(config).log("default", "web", "clock", tail, { tailLines: 1, timestamps: true });
    await until(() => /^\d{4}-\d\d-\d\dT\S+Z heard me\n$/.test(tail.text()));
  });

  it("PortForward carries HTTP", async () => {
    const forward = new PortForward(config);
    const listener: Server = createServer((socket) => {
      void forward.portForward("default", "web", [80], socket, null, socket);
    });
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    const { port } = listener.address() as { port: number };
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.write("GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n");
      });
      let text = "";
      socket.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes("</html>")) {
          socket.destroy();
          resolve(text);
        }
      });
      socket.on("error", reject);
    });
    listener.close();
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(answer).toContain("Welcome to nginx!");
  });
});

describe("other groups", () => {
  it("run a Job to its end", async () => {
    const batch = config.makeApiClient(BatchV1Api);
    await batch.createNamespacedJob({
      namespace: "default",
      body: {
        metadata: { name: "once" },
        spec: {
          template: {
            spec: { restartPolicy: "Never", containers: [{ name: "c", image: "busybox", command: ["true"] }] },
          },
        },
      },
    });
    await until(async () => {
      const { status } = await batch.readNamespacedJob({ namespace: "default", name: "once" });
      return status?.conditions?.some(({ type }) => type === "Complete") ?? false;
    });
  });
});
