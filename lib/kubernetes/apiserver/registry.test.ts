import { describe, expect, it } from "vitest";
import { virtualClock } from "../../clock/index.ts";
import { configMaps, deployments, namespaces, pods, serviceAccounts } from "../api/resources.ts";
import type { Deployment, Pod } from "../api/types.ts";
import { isStatusError } from "../machinery/status.ts";
import { Store } from "../store/store.ts";
import { bootstrap } from "./bootstrap.ts";
import { apiDefinitions } from "./built-in.ts";
import { createApiServer } from "./server.ts";

function start() {
  const clock = virtualClock({ now: Date.UTC(2026, 0, 1), seed: 1 });
  const store = new Store();
  const server = createApiServer({ clock, store, definitions: apiDefinitions });
  const client = server.clientFor("system:admin");
  bootstrap(client);
  client.create(serviceAccounts, { metadata: { name: "default", namespace: "default" } });
  return { clock, store, server, client };
}
const pod = (name: string, spec: Partial<Pod["spec"]> = {}): Pod =>
  ({ metadata: { name, namespace: "default" }, spec: { containers: [{ name: "c", image: "nginx" }], ...spec } }) as Pod;
const refusal = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (isStatusError(error)) return error.status;
    throw error;
  }
  throw new Error("was not refused");
};

describe("create", () => {
  it("gives uid, creation time and a resource version", () => {
    const { client, store } = start();
    const made = client.create(configMaps, { metadata: { name: "a", namespace: "default" } });
    expect(made.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(made.metadata.creationTimestamp).toBe("2026-01-01T00:00:00Z");
    expect(made.metadata.resourceVersion).toBe(String(store.resourceVersion));
    expect(Object.keys(made).slice(0, 3)).toEqual(["kind", "apiVersion", "metadata"]);
  });
  it("refuses a name that is taken, in upstream's words", () => {
    const { client } = start();
    client.create(configMaps, { metadata: { name: "a", namespace: "default" } });
    const status = refusal(() => client.create(configMaps, { metadata: { name: "a", namespace: "default" } }));
    expect(status).toMatchObject({ code: 409, reason: "AlreadyExists", message: 'configmaps "a" already exists' });
  });
  it("makes names of generateName", () => {
    const { client } = start();
    const made = client.create(configMaps, { metadata: { generateName: "web-", namespace: "default" } });
    expect(made.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });
  it("stores nothing in a dry run", () => {
    const { client } = start();
    client.create(configMaps, { metadata: { name: "a", namespace: "default" } }, { dryRun: true });
    expect(client.find(configMaps, "default", "a")).toBeUndefined();
  });
});

describe("update", () => {
  const deployment = (): Deployment =>
    ({
      metadata: { name: "d", namespace: "default" },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: "d" } },
        template: { metadata: { labels: { app: "d" } }, spec: { containers: [{ name: "c", image: "nginx" }] } },
      },
    }) as Deployment;
  it("refuses a stale resource version", () => {
    const { client } = start();
    const first = client.create(deployments, deployment());
    client.update(deployments, { ...first, spec: { ...first.spec, replicas: 2 } } as Deployment);
    const status = refusal(() => client.update(deployments, first));
    expect(status.message).toBe(
      'Operation cannot be fulfilled on deployments.apps "d": the object has been modified; please apply your changes to the latest version and try again',
    );
  });
  it("counts the generation when the spec changes, not when the status does", () => {
    const { client } = start();
    client.create(deployments, deployment());
    client.modify(deployments, "default", "d", (d) => {
      if (d.spec) d.spec.replicas = 3;
    });
    const after = client.modify(
      deployments,
      "default",
      "d",
      (d) => {
        d.status = { replicas: 3 };
      },
      "status",
    );
    expect(after.metadata.generation).toBe(2);
    expect(after.status?.replicas).toBe(3);
  });
  it("changes nothing where the object is the same", () => {
    const { client, store } = start();
    const first = client.create(deployments, deployment());
    const before = store.resourceVersion;
    client.update(deployments, first);
    expect(store.resourceVersion).toBe(before);
  });
});

describe("delete", () => {
  it("waits for finalizers and finishes when the last one goes", () => {
    const { client } = start();
    client.create(configMaps, { metadata: { name: "a", namespace: "default", finalizers: ["x.test/y"] } });
    client.delete(configMaps, "default", "a");
    expect(client.get(configMaps, "default", "a").metadata.deletionTimestamp).toBe("2026-01-01T00:00:00Z");
    client.modify(configMaps, "default", "a", (map) => void delete map.metadata.finalizers);
    expect(client.find(configMaps, "default", "a")).toBeUndefined();
  });
  it("gives a bound Pod its grace period, and only ever shortens it", () => {
    const { client } = start();
    client.create(pods, pod("p", { nodeName: "n", terminationGracePeriodSeconds: 20 }));
    client.delete(pods, "default", "p");
    const dying = client.get(pods, "default", "p").metadata;
    expect(dying).toMatchObject({ deletionTimestamp: "2026-01-01T00:00:20Z", deletionGracePeriodSeconds: 20 });
    client.delete(pods, "default", "p", { gracePeriodSeconds: 60 });
    expect(client.get(pods, "default", "p").metadata.deletionGracePeriodSeconds).toBe(20);
    client.delete(pods, "default", "p", { gracePeriodSeconds: 5 });
    expect(client.get(pods, "default", "p").metadata.deletionTimestamp).toBe("2026-01-01T00:00:05Z");
    client.delete(pods, "default", "p", { gracePeriodSeconds: 0 });
    expect(client.find(pods, "default", "p")).toBeUndefined();
  });
  it("removes an unbound Pod at once", () => {
    const { client } = start();
    client.create(pods, pod("p"));
    client.delete(pods, "default", "p");
    expect(client.find(pods, "default", "p")).toBeUndefined();
  });
  it("marks for foreground and orphan deletion", () => {
    const { client } = start();
    for (const name of ["f", "o"]) client.create(configMaps, { metadata: { name, namespace: "default" } });
    client.delete(configMaps, "default", "f", { propagationPolicy: "Foreground" });
    client.delete(configMaps, "default", "o", { propagationPolicy: "Orphan" });
    expect(client.get(configMaps, "default", "f").metadata.finalizers).toEqual(["foregroundDeletion"]);
    expect(client.get(configMaps, "default", "o").metadata.finalizers).toEqual(["orphan"]);
  });
  it("refuses where a precondition does not hold", () => {
    const { client } = start();
    client.create(configMaps, { metadata: { name: "a", namespace: "default" } });
    const status = refusal(() => client.delete(configMaps, "default", "a", { preconditions: { uid: "0" } }));
    expect(status.message).toMatch(
      /^Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition \(0\)/,
    );
  });
  it("turns a namespace Terminating until its finalizers are off", () => {
    const { client } = start();
    client.create(namespaces, { metadata: { name: "n" } });
    client.delete(namespaces, undefined, "n");
    const dying = client.get(namespaces, undefined, "n");
    expect(dying.status?.phase).toBe("Terminating");
    client.updateSubresource(namespaces, "finalize", { ...dying, spec: { finalizers: [] } });
    expect(client.find(namespaces, undefined, "n")).toBeUndefined();
  });
});

describe("bind", () => {
  it("sets the node once", () => {
    const { client } = start();
    client.create(pods, pod("p"));
    client.bind("default", "p", "node-1");
    const bound = client.get(pods, "default", "p");
    expect(bound.spec?.nodeName).toBe("node-1");
    expect(bound.status?.conditions?.[0]).toMatchObject({ type: "PodScheduled", status: "True" });
    expect(refusal(() => client.bind("default", "p", "node-2")).message).toBe(
      'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "node-1"',
    );
  });
});
