/** Requests with large objects are answered in steps, so that others run in between: what comes between them counts. */
import { afterEach, describe, expect, it } from "vitest";
import { realClock } from "../../clock/index.ts";
import { configMaps, namespaces } from "../api/resources.ts";
import type { Cluster } from "../cluster.types.ts";
import { testCluster } from "../testing/control-plane.ts";

type Answer = { readonly status: number; readonly body: Record<string, unknown> };

const data = (count: number, value: string) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`key-${i}`, `${value} ${i}`]));
const large = (value: string, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "large", ...metadata },
  data: data(3_000, value),
});

function ask(
  cluster: Cluster,
  method: string,
  path: string,
  body?: unknown,
  type = "application/json",
): Promise<Answer> {
  const [target = "", query = ""] = path.split("?");
  const request = {
    method,
    path: `/api/v1/namespaces/${target}`,
    query: new URLSearchParams(query),
    headers: { accept: "application/json", authorization: `Bearer ${cluster.adminToken}`, "content-type": type },
    ...(body === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(body)) }),
  };
  return cluster.handle(request).then(({ status, body }) => ({ status, body: JSON.parse(body as string) }));
}

const MERGE = "application/merge-patch+json";
const APPLY = "application/apply-patch+yaml";
const PATH = "default/configmaps";
const ONE = `${PATH}/large`;

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A cluster in real time: under a virtual clock requests are answered at once. */
function realCluster(): Cluster {
  const clock = realClock({ seed: 1 });
  const { cluster } = testCluster({ clock });
  open.push(() => {
    cluster.close();
    clock.close();
  });
  return cluster;
}

/** Turns of the event loop until `work` has ended. */
async function turnsUntil(work: Promise<unknown>): Promise<number> {
  let going = true;
  void work.finally(() => {
    going = false;
  });
  let turns = 0;
  for (; going; turns++) await new Promise((resolve) => setImmediate(resolve));
  return turns;
}

describe("large objects", () => {
  it("leave others several turns while they are created, changed and applied; small ones take none", async () => {
    const cluster = realCluster();
    const small = { metadata: { name: "small" }, data: { a: "b" } };
    expect(await turnsUntil(ask(cluster, "POST", PATH, small))).toBeLessThan(3);
    const requests = [
      () => ask(cluster, "POST", PATH, large("one")),
      () => ask(cluster, "PUT", ONE, large("two")),
      () => ask(cluster, "PATCH", ONE, { metadata: { labels: { a: "b" } } }, MERGE),
      () => ask(cluster, "PATCH", `${ONE}?fieldManager=me&force=true`, large("three"), APPLY),
    ];
    for (const request of requests) {
      const asked = request();
      expect(await turnsUntil(asked)).toBeGreaterThan(5);
      expect((await asked).status).toBeLessThan(300);
    }
  });

  it("are answered at once under a virtual clock, which nobody drives meanwhile", async () => {
    const { cluster } = testCluster();
    open.push(() => cluster.close());
    expect((await ask(cluster, "POST", PATH, large("one"))).status).toBe(201);
  });

  it("a second one of the same name is refused, whichever is stored first", async () => {
    const cluster = realCluster();
    const answers = await Promise.all([
      ask(cluster, "POST", PATH, large("one")),
      ask(cluster, "POST", PATH, large("two")),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it("patches that meet lose nothing: the later one is made again of what the earlier one left", async () => {
    const cluster = realCluster();
    await ask(cluster, "POST", PATH, large("one"));
    const labels = ["a", "b", "c", "d", "e", "f"];
    const answers = await Promise.all(
      labels.map((label) => ask(cluster, "PATCH", ONE, { metadata: { labels: { [label]: "x" } } }, MERGE)),
    );
    expect(answers.map(({ status }) => status)).toEqual(labels.map(() => 200));
    const { metadata } = cluster.client.get(configMaps, "default", "large");
    expect(Object.keys(metadata.labels ?? {}).sort()).toEqual(labels);
    const versions = answers.map(({ body }) =>
      Number((body["metadata"] as { resourceVersion: string }).resourceVersion),
    );
    expect(new Set(versions).size).toBe(labels.length);
  });

  it("a small change between the steps of a large one stays", async () => {
    const cluster = realCluster();
    await ask(cluster, "POST", PATH, large("one"));
    const applying = ask(cluster, "PATCH", `${ONE}?fieldManager=me&force=true`, large("two"), APPLY);
    await new Promise((resolve) => setImmediate(resolve));
    cluster.client.modify(configMaps, "default", "large", (map) => {
      map.metadata.annotations = { meanwhile: "changed" };
    });
    expect((await applying).status).toBe(200);
    const stored = cluster.client.get(configMaps, "default", "large");
    expect(stored.metadata.annotations).toEqual({ meanwhile: "changed" });
    expect(stored.data?.["key-7"]).toBe("two 7");
  });

  it("an update with the version it was made of is a conflict where that has changed meanwhile", async () => {
    const cluster = realCluster();
    const { body } = await ask(cluster, "POST", PATH, large("one"));
    const { resourceVersion } = body["metadata"] as { resourceVersion: string };
    const updating = ask(cluster, "PUT", ONE, large("two", { resourceVersion }));
    await new Promise((resolve) => setImmediate(resolve));
    cluster.client.modify(configMaps, "default", "large", (map) => {
      map.metadata.labels = { a: "b" };
    });
    const answer = await updating;
    expect([answer.status, answer.body["reason"]]).toEqual([409, "Conflict"]);
    expect(cluster.client.get(configMaps, "default", "large").data?.["key-7"]).toBe("one 7");
  });

  it("an update without a version is made again, of the body as it was sent", async () => {
    const cluster = realCluster();
    await ask(cluster, "POST", PATH, large("one"));
    const updating = ask(cluster, "PUT", ONE, large("two"));
    await new Promise((resolve) => setImmediate(resolve));
    cluster.client.modify(configMaps, "default", "large", (map) => {
      map.metadata.labels = { a: "b" };
    });
    expect((await updating).status).toBe(200);
    const stored = cluster.client.get(configMaps, "default", "large");
    expect([stored.data?.["key-7"], stored.metadata.labels]).toEqual(["two 7", undefined]);
  });

  it("of what is deleted meanwhile nothing is left", async () => {
    const cluster = realCluster();
    await ask(cluster, "POST", PATH, large("one"));
    const patching = ask(cluster, "PATCH", ONE, { metadata: { labels: { a: "b" } } }, MERGE);
    await new Promise((resolve) => setImmediate(resolve));
    cluster.client.delete(configMaps, "default", "large");
    expect((await patching).status).toBe(404);
    expect(cluster.client.find(configMaps, "default", "large")).toBeUndefined();
  });

  it("are not created in a namespace that has begun to go meanwhile", async () => {
    const cluster = realCluster();
    cluster.client.create(namespaces, { metadata: { name: "short", finalizers: ["example.com/stay"] } });
    const creating = ask(cluster, "POST", "short/configmaps", large("one"));
    // Past admission, before it is stored.
    for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
    cluster.client.delete(namespaces, undefined, "short");
    const answer = await creating;
    expect(answer.status).toBe(403);
    expect(answer.body["message"]).toMatch(/because it is being terminated/);
    expect(cluster.client.find(configMaps, "short", "large")).toBeUndefined();
  });
});
