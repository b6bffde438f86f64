/** Resources in more than one version, over HTTP-like requests. */
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../clock/index.ts";
import { events, horizontalPodAutoscalers } from "../api/resources.ts";
import { Store } from "../store/store.ts";
import { bootstrap } from "./bootstrap.ts";
import { apiDefinitions } from "./built-in.ts";
import { createApiServer } from "./server.ts";

function start() {
  const clock = virtualClock({ now: Date.UTC(2026, 0, 1), seed: 1 });
  const store = new Store();
  const server = createApiServer({ clock, store, definitions: apiDefinitions });
  bootstrap(server.clientFor("system:admin"));
  const request = async (method: string, path: string, body?: unknown, type = "application/json") => {
    const answer = await server.handle({
      method,
      path: path.split("?")[0] ?? "",
      query: new URLSearchParams(path.split("?")[1] ?? ""),
      headers: { authorization: `Bearer ${server.adminToken}`, "content-type": type },
      ...(body === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(body)) }),
      signal: new AbortController().signal,
    });
    const text = typeof answer.body === "string" ? answer.body : new TextDecoder().decode(answer.body as Uint8Array);
    return { status: answer.status, headers: answer.headers, body: JSON.parse(text) };
  };
  return { store, request };
}

const HPAS = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
const autoscaler = (targetCPUUtilizationPercentage: number) => ({
  kind: "HorizontalPodAutoscaler",
  apiVersion: "autoscaling/v1",
  metadata: { name: "web" },
  spec: { scaleTargetRef: { kind: "Deployment", name: "web" }, maxReplicas: 3, targetCPUUtilizationPercentage },
});

describe("autoscaling/v1", () => {
  it("is stored as version 2 and shown in the version asked for", async () => {
    const { store, request } = start();
    const made = await request("POST", HPAS, autoscaler(50));
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ apiVersion: "autoscaling/v1", spec: { targetCPUUtilizationPercentage: 50 } });
    expect(store.get(horizontalPodAutoscalers.key, "default", "web")).toMatchObject({
      apiVersion: "autoscaling/v2",
      spec: {
        minReplicas: 1,
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
        ],
      },
    });
    const patched = await request(
      "PATCH",
      `${HPAS}/web`,
      { spec: { targetCPUUtilizationPercentage: 70 } },
      "application/merge-patch+json",
    );
    expect(patched.body.spec).toMatchObject({ targetCPUUtilizationPercentage: 70, maxReplicas: 3 });
    const applied = await request(
      "PATCH",
      `${HPAS}/other?fieldManager=test`,
      { ...autoscaler(60), metadata: { name: "other" } },
      "application/apply-patch+yaml",
    );
    expect(applied).toMatchObject({ status: 201, body: { spec: { targetCPUUtilizationPercentage: 60 } } });
    expect((await request("GET", HPAS)).body.items).toHaveLength(2);
  });

  it("keeps in annotations what version 1 does not know, and takes it back", async () => {
    const { store, request } = start();
    const path = HPAS.replace("v1", "v2");
    const metrics = [
      { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "1Gi" } } },
      { type: "Pods", pods: { metric: { name: "qps" }, target: { type: "AverageValue", averageValue: "10" } } },
    ];
    const spec = { scaleTargetRef: { kind: "Deployment", name: "web" }, maxReplicas: 3, metrics };
    await request("POST", path, { metadata: { name: "web" }, spec });
    const shown = (await request("GET", `${HPAS}/web`)).body;
    expect(JSON.parse(shown.metadata.annotations["autoscaling.alpha.kubernetes.io/metrics"])).toEqual([
      { type: "Resource", resource: { name: "memory", targetAverageValue: "1Gi" } },
      { type: "Pods", pods: { metricName: "qps", targetAverageValue: "10" } },
    ]);
    const updated = await request("PUT", `${HPAS}/web`, { ...shown, spec: { ...shown.spec, maxReplicas: 5 } });
    expect(updated.status).toBe(200);
    const stored = store.get(horizontalPodAutoscalers.key, "default", "web");
    expect(stored).toMatchObject({ spec: { maxReplicas: 5, metrics } });
    expect(stored?.metadata.annotations).toBeUndefined();
  });
});

describe("events.k8s.io/v1", () => {
  it("shows the events of the core group under its own names", async () => {
    const { store, request } = start();
    const path = "/apis/events.k8s.io/v1/namespaces/default/events";
    const made = await request("POST", path, {
      metadata: { name: "e" },
      eventTime: "2026-01-01T00:00:00.000000Z",
      reportingController: "test",
      reportingInstance: "test-1",
      action: "Testing",
      reason: "Tested",
      type: "Normal",
      note: "tested",
      regarding: { kind: "Pod", name: "p", namespace: "default" },
    });
    expect(made).toMatchObject({ status: 201, body: { apiVersion: "events.k8s.io/v1", note: "tested" } });
    expect(store.get(events.key, "default", "e")).toMatchObject({
      apiVersion: "v1",
      message: "tested",
      involvedObject: { name: "p" },
      reportingComponent: "test",
    });
    expect((await request("GET", "/api/v1/namespaces/default/events/e")).body).toMatchObject({ message: "tested" });
  });
});

describe("custom resources", () => {
  it("are stored in the storage version, whichever they are written in", async () => {
    const { store, request } = start();
    const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
    await request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
      metadata: { name: "things.example.com" },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "things", kind: "Thing" },
        versions: [
          { name: "v1", served: true, storage: true, schema },
          { name: "v1beta1", served: true, storage: false, schema },
        ],
      },
    });
    await Promise.resolve();
    const path = "/apis/example.com/v1beta1/namespaces/default/things";
    const made = await request("POST", path, {
      kind: "Thing",
      apiVersion: "example.com/v1beta1",
      metadata: { name: "a" },
    });
    expect(made).toMatchObject({ status: 201, body: { apiVersion: "example.com/v1beta1" } });
    expect(store.get("things.example.com", "default", "a")).toMatchObject({ apiVersion: "example.com/v1" });
    expect((await request("GET", `${path}/a`)).body).toMatchObject({ apiVersion: "example.com/v1beta1" });
  });
});

describe("component statuses", () => {
  it("are listed, with a warning", async () => {
    const { request } = start();
    const listed = await request("GET", "/api/v1/componentstatuses");
    expect(listed.body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toContain("scheduler");
    expect(listed.headers["warning"]).toBe('299 - "v1 ComponentStatus is deprecated in v1.19+"');
    expect((await request("GET", "/api/v1/componentstatuses/none")).status).toBe(404);
  });
});
