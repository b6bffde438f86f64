/** Subresources that reach into nodes, or are fields of their object by another way: proxy, resize, scale. */
import { afterEach, describe, expect, it } from "vitest";
import { deployments, endpointSlices, pods, services } from "../../lib/kubernetes/api/resources.ts";
import { bootCluster, closeClusters, type Running } from "./cluster-harness.ts";

afterEach(closeClusters);

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: Record<string, never> & { message: string; spec: never; status: never };
}

async function send(
  { cluster, until }: Running,
  method: string,
  path: string,
  options: { readonly body?: unknown; readonly type?: string; readonly query?: string } = {},
): Promise<Answer> {
  let done = false;
  const work = (async () => {
    const answer = await cluster.handle({
      method,
      path,
      query: new URLSearchParams(options.query ?? ""),
      headers: { "content-type": options.type ?? "application/json", accept: "application/json" },
      user: { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] },
      ...(options.body === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(options.body)) }),
    });
    let text = "";
    if (typeof answer.body === "string") text = answer.body;
    else if (answer.body instanceof Uint8Array) text = new TextDecoder().decode(answer.body);
    else
      for await (const chunk of answer.body)
        text += typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
    return { status: answer.status, text };
  })().finally(() => {
    done = true;
  });
  await until(() => done);
  const { status, text } = await work;
  return { status, text, body: text.startsWith("{") ? JSON.parse(text) : {} };
}

const NAMESPACE = "/api/v1/namespaces/default";
const labels = { app: "web" };

async function withWeb(): Promise<Running> {
  const running = await bootCluster();
  const { client } = running.cluster;
  client.create(services, {
    metadata: { name: "web", namespace: "default" },
    spec: { selector: labels, ports: [{ name: "http", port: 8080, targetPort: "web" }] },
  });
  client.create(pods, {
    metadata: { name: "web", namespace: "default", labels },
    spec: {
      containers: [
        {
          name: "nginx",
          image: "nginx:1.27",
          ports: [{ name: "web", containerPort: 80 }],
          resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: "200m", memory: "128Mi" } },
          resizePolicy: [{ resourceName: "memory", restartPolicy: "RestartContainer" }],
        },
      ],
    },
  });
  await running.until(
    () =>
      client
        .list(endpointSlices, "default")
        .some(({ metadata, endpoints }) => metadata.name?.startsWith("web-") && endpoints?.[0]?.conditions?.ready) ??
      false,
  );
  return running;
}

describe("proxy", () => {
  it("hands requests on to a Pod and to a Service's Pods", async () => {
    const running = await withWeb();
    for (const path of [
      "/pods/web/proxy/",
      "/pods/web:80/proxy/",
      "/services/web:http/proxy/",
      "/services/http:web:8080/proxy/",
      "/services/web/proxy/",
    ]) {
      const answer = await send(running, "GET", NAMESPACE + path);
      expect(answer.status, path).toBe(200);
      expect(answer.text, path).toContain("Welcome to nginx!");
    }
    expect((await send(running, "GET", `${NAMESPACE}/pods/web/proxy/none`)).status).toBe(404);
    expect((await send(running, "GET", `${NAMESPACE}/pods/web/proxy`)).status).toBe(301);
    const { metadata } = running.cluster.client.get(pods, "default", "web");
    await running.exec("web", "echo mine > /usr/share/nginx/html/mine.txt");
    expect((await send(running, "GET", `${NAMESPACE}/services/web/proxy/mine.txt`)).text).toBe("mine\n");
    expect(metadata.name).toBe("web");
  });

  it("says in upstream's words what it cannot reach", async () => {
    const running = await withWeb();
    const ip = running.cluster.client.get(pods, "default", "web").status?.podIP;
    expect(await send(running, "GET", `${NAMESPACE}/pods/web:81/proxy/`)).toMatchObject({
      status: 503,
      body: {
        reason: "ServiceUnavailable",
        message: `error trying to reach service: dial tcp ${ip}:81: connect: connection refused`,
      },
    });
    running.cluster.client.create(services, {
      metadata: { name: "empty", namespace: "default" },
      spec: { selector: { app: "none" }, ports: [{ port: 80 }] },
    });
    expect((await send(running, "GET", `${NAMESPACE}/services/empty/proxy/`)).body.message).toBe(
      'no endpoints available for service "empty"',
    );
    expect((await send(running, "GET", `${NAMESPACE}/pods/none/proxy/`)).body.message).toBe('pods "none" not found');
  });

  it("asks kubelets", async () => {
    const running = await withWeb();
    const node = running.cluster.client.get(pods, "default", "web").spec?.nodeName;
    expect((await send(running, "GET", `/api/v1/nodes/${node}/proxy/healthz`)).text).toBe("ok");
    expect((await send(running, "GET", `/api/v1/nodes/${node}/proxy/pods`)).text).toContain('"name":"web"');
  });
});

describe("resize", () => {
  const resize = (running: Running, resources: object) =>
    send(running, "PATCH", `${NAMESPACE}/pods/web/resize`, {
      type: "application/strategic-merge-patch+json",
      body: { spec: { containers: [{ name: "nginx", resources }], nodeName: "ignored" } },
    });

  it("changes cpu in place, and memory with a restart where the policy says so", async () => {
    const running = await withWeb();
    const { client } = running.cluster;
    const status = () => client.get(pods, "default", "web").status?.containerStatuses?.[0];
    expect((await resize(running, { requests: { cpu: "150m" } })).status).toBe(200);
    expect(client.get(pods, "default", "web").metadata.generation).toBe(2);
    await running.until(() => status()?.resources?.requests?.["cpu"] === "150m");
    expect(status()).toMatchObject({ restartCount: 0, allocatedResources: { cpu: "150m", memory: "64Mi" } });
    expect((await resize(running, { limits: { memory: "256Mi" } })).status).toBe(200);
    await running.until(() => status()?.restartCount === 1 && status()?.ready === true);
    expect(status()?.resources?.limits?.["memory"]).toBe("256Mi");
  });

  it("keeps the class of service, and takes nothing else", async () => {
    const running = await withWeb();
    const refused = await resize(running, { requests: { cpu: "200m", memory: "128Mi" } });
    expect(refused.body.message).toBe(
      'Pod "web" is invalid: spec: Invalid value: "Guaranteed": Pod QOS Class may not change as a result of resizing',
    );
    expect((await resize(running, { limits: { cpu: null } })).body.message).toBe(
      'Pod "web" is invalid: spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed',
    );
    await resize(running, { requests: { cpu: "110m" } });
    expect(running.cluster.client.get(pods, "default", "web").spec?.nodeName).not.toBe("ignored");
  });
});

describe("a Scale that is applied", () => {
  it("owns the replicas of what it scales, and meets conflicts", async () => {
    const running = await bootCluster();
    const { client } = running.cluster;
    client.create(deployments, {
      metadata: { name: "web", namespace: "default" },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "nginx:1.27" }] } },
      },
    });
    const apply = (replicas: number, query: string) =>
      send(running, "PATCH", "/apis/apps/v1/namespaces/default/deployments/web/scale", {
        type: "application/apply-patch+yaml",
        query,
        body: { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "web" }, spec: { replicas } },
      });
    expect(await apply(3, "fieldManager=me")).toMatchObject({
      status: 409,
      body: { reason: "Conflict", message: expect.stringContaining(".spec.replicas") },
    });
    const forced = await apply(3, "fieldManager=me&force=true");
    expect(forced.text).not.toContain("Failure");
    expect(forced.body).toMatchObject({ kind: "Scale", spec: { replicas: 3 } });
    expect(client.get(deployments, "default", "web").metadata.managedFields).toContainEqual(
      expect.objectContaining({
        manager: "me",
        operation: "Apply",
        subresource: "scale",
        apiVersion: "apps/v1",
        fieldsV1: { "f:spec": { "f:replicas": {} } },
      }),
    );
    expect((await apply(2, "fieldManager=me")).status).toBe(200);
    expect(client.get(deployments, "default", "web").spec?.replicas).toBe(2);
  });
});
