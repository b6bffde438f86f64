/** The API server by itself: writes, lists, watches, many objects. In process where it says so, else over HTTP. */
import { setMaxListeners } from "node:events";
import { realClock } from "../../lib/clock/index.ts";
import { configMaps } from "../../lib/kubernetes/api/resources.ts";
import { serve } from "../../lib/kubernetes/apiserver/http.node.ts";
import { createCluster } from "../../lib/kubernetes/cluster.ts";
import { standardImages } from "../../lib/sandbox/embedded/images.ts";
import { report, residentMb, until } from "./measure.ts";

const WATCHERS = 100;
const EVENTS = 200;
const OBJECTS = 5000;

const cluster = createCluster({ images: standardImages(), latencies: "none", clock: realClock({ seed: 1 }) });
await cluster.ready();
const configMap = (name: string) => ({ metadata: { name, namespace: "default" }, data: { key: "value".repeat(20) } });

{
  for (let index = 0; index < 200; index++) cluster.client.create(configMaps, configMap(`warm-${index}`));
  const before = residentMb();
  const started = performance.now();
  for (let index = 0; index < OBJECTS; index++) cluster.client.create(configMaps, configMap(`map-${index}`));
  const took = performance.now() - started;
  report(`creates in process, ${OBJECTS} ConfigMaps`, (OBJECTS / took) * 1000, "/s");
  report("memory of one ConfigMap of 100 bytes", ((residentMb() - before) / OBJECTS) * 1024, "kB");
}

const server = await serve(cluster, {});
const headers = { authorization: `Bearer ${cluster.adminToken}`, "content-type": "application/json" };
const url = `${server.url}/api/v1/namespaces/default/configmaps`;

{
  const started = performance.now();
  const listed = (await (await fetch(url, { headers })).json()) as { items: unknown[] };
  report(`list of ${listed.items.length} ConfigMaps over HTTP, first`, performance.now() - started, "ms");
  const again = performance.now();
  await (await fetch(url, { headers })).arrayBuffer();
  report("the same again", performance.now() - again, "ms");
  const page = performance.now();
  await (await fetch(`${url}?limit=500`, { headers })).arrayBuffer();
  report("its first page of 500", performance.now() - page, "ms");
}

{
  const started = performance.now();
  const each = 50;
  await Promise.all(
    Array.from({ length: 10 }, async (_, connection) => {
      for (let turn = 0; turn < each; turn++) {
        const body = JSON.stringify(configMap(`http-${connection}-${turn}`));
        const { status } = await fetch(url, { method: "POST", headers, body });
        if (status !== 201) throw new Error(`create answered ${status}`);
      }
    }),
  );
  report("creates over HTTP, 10 connections", ((10 * each) / (performance.now() - started)) * 1000, "/s");
}

{
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  let received = 0;
  const newline = "\n".charCodeAt(0);
  const responses = await Promise.all(
    Array.from({ length: WATCHERS }, () =>
      fetch(`${url}?watch=true&fieldSelector=metadata.name%3Dwatched`, { headers, signal: abort.signal }),
    ),
  );
  const reading = responses.map(async ({ body, status }) => {
    if (status !== 200 || body === null) throw new Error(`watch answered ${status}`);
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      for (const byte of chunk) if (byte === newline) received++;
    }
  });
  const started = performance.now();
  const current = () => cluster.client.get(configMaps, "default", "watched");
  cluster.client.create(configMaps, configMap("watched"));
  for (let event = 1; event < EVENTS; event++) {
    cluster.client.update(configMaps, { ...current(), data: { turn: String(event) } });
    // A turn of the event loop between writes, as separate requests have.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => received >= WATCHERS * EVENTS, 60_000);
  report(
    `watch fan-out over HTTP: ${EVENTS} changes to ${WATCHERS} watchers, delivered`,
    (received / (performance.now() - started)) * 1000,
    "/s",
  );
  abort.abort();
  await Promise.allSettled(reading);
}

await server.close();
cluster.close();
process.exit(0);
