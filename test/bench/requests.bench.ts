/**
 * What one request with a large object costs an API server, and the longest time for which it keeps the event loop
 * from turning: processor ms of the thread, the first time and again. `REQUESTS=keys,env` chooses objects,
 * `REQUESTS_PROFILE=1` says what ran in the longest stretch.
 */
import { realClock } from "../../lib/clock/index.ts";
import { createCluster } from "../../lib/kubernetes/cluster.ts";
import { standardImages } from "../../lib/sandbox/embedded/images.ts";
import { threadCpuMs } from "./measure.ts";
import { LARGE_OBJECTS, LARGE_THINGS, THINGS } from "./requests-objects.ts";
import { Profile, Turns } from "./turns.ts";

const ACCEPTED_MS = 50;
const REPEATS = 3;

const cluster = createCluster({ images: standardImages(), latencies: "none", clock: realClock({ seed: 1 }) });
await cluster.ready();
const profile = process.env["REQUESTS_PROFILE"] === undefined ? undefined : new Profile();
const encoder = new TextEncoder();

async function ask(method: string, target: string, type: string, accept: string, body?: string): Promise<string> {
  const [path = "", query = ""] = target.split("?");
  const abort = new AbortController();
  const { status, body: answer } = await cluster.handle({
    method,
    path,
    query: new URLSearchParams(query),
    headers: {
      accept,
      authorization: `Bearer ${cluster.adminToken}`,
      "content-type": type,
      "user-agent": "kubectl/v1.33.1",
    },
    signal: abort.signal,
    ...(body === undefined ? {} : { body: encoder.encode(body) }),
  });
  let text = "";
  if (typeof answer === "string") text = answer;
  else if (answer instanceof Uint8Array) text = `${answer.length} bytes`;
  else for await (const part of answer) text += typeof part === "string" ? part : `${part.length} bytes`;
  if (status >= 300) throw new Error(`${method} ${target}: ${status} ${text.slice(0, 300)}`);
  return text;
}

const JSON_TYPE = "application/json";
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
let over = 0;
let longest = 0;
const refused = new Set<string>();

async function measure(title: string, body: (turn: number) => Promise<unknown>, before?: () => Promise<unknown>) {
  const stretches: number[] = [];
  const totals: number[] = [];
  let ran = "";
  for (let turn = 0; turn < REPEATS; turn++) {
    if (turn > 0) await before?.();
    await new Promise((resolve) => setTimeout(resolve, 5));
    globalThis.gc?.();
    profile?.start();
    const turns = new Turns();
    const started = threadCpuMs();
    try {
      await body(turn);
    } catch (error) {
      refused.add(`${title}: ${error instanceof Error ? error.message : error}`);
    }
    await turns.end();
    totals.push(threadCpuMs() - started);
    stretches.push(turns.worst);
    const said = profile?.stop(turns, 8);
    if (turn === 0 && said !== undefined) ran = `\n          ${said}`;
  }
  const worst = Math.max(...stretches);
  longest = Math.max(longest, worst);
  if (worst > ACCEPTED_MS) over++;
  const show = (values: readonly number[]) => values.map((value) => value.toFixed(0).padStart(4)).join(" ");
  console.log(`${show(stretches)}${worst > ACCEPTED_MS ? " !" : "  "} of ${show(totals)}  ${title}${ran}`);
}

/** Server-side apply wants to be told the kind; the server itself knows it best. */
const KINDS: Readonly<Record<string, string>> = {
  configmaps: "ConfigMap",
  secrets: "Secret",
  deployments: "Deployment",
  pods: "Pod",
  podtemplates: "PodTemplate",
  poddisruptionbudgets: "PodDisruptionBudget",
  roles: "Role",
  networkpolicies: "NetworkPolicy",
  customresourcedefinitions: "CustomResourceDefinition",
  things: "Thing",
};
function typed<T extends object>(path: string, object: T): T {
  const version = /^\/(?:api|apis)\/(.*?)\/(?:namespaces|customresource)/.exec(path)?.[1] ?? "";
  return { apiVersion: version, kind: KINDS[path.split("/").at(-1) ?? ""] ?? "", ...object };
}

console.log("longest stretch of the whole, processor ms: first, again, again");
const wanted = process.env["REQUESTS"]?.split(",");
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
await ask("POST", definitions, JSON_TYPE, JSON_TYPE, JSON.stringify(THINGS));
await new Promise((resolve) => setTimeout(resolve, 200));
for (const { name, path, object: given, change } of [...LARGE_OBJECTS(), ...LARGE_THINGS()]) {
  if (wanted !== undefined && !wanted.some((word) => name.includes(word))) continue;
  const object = typed(path, given);
  const id = object.metadata.name;
  const one = `${path}/${id}`;
  const body = JSON.stringify(object);
  const remove = () => ask("DELETE", `${one}?gracePeriodSeconds=0`, JSON_TYPE, JSON_TYPE);
  console.log(`-- ${name}, ${body.length} characters`);
  await measure("POST", () => ask("POST", path, JSON_TYPE, JSON_TYPE, body), remove);
  await measure("GET", () => ask("GET", one, JSON_TYPE, JSON_TYPE));
  await measure("GET as a table", () => ask("GET", one, JSON_TYPE, TABLE));
  await measure("GET as YAML", () => ask("GET", one, JSON_TYPE, "application/yaml"));
  await measure("list", () => ask("GET", path, JSON_TYPE, JSON_TYPE));
  await measure("PUT, the same", () => ask("PUT", one, JSON_TYPE, JSON_TYPE, body));
  await measure("PUT, one value changed", (turn) =>
    ask("PUT", one, JSON_TYPE, JSON_TYPE, JSON.stringify(change(object, `v${turn}`))),
  );
  await measure("merge patch of a label", (turn) =>
    ask("PATCH", one, "application/merge-patch+json", JSON_TYPE, `{"metadata":{"labels":{"a":"b${turn}"}}}`),
  );
  if (!path.includes("example.com"))
    await measure("strategic patch of all", (turn) =>
      ask(
        "PATCH",
        one,
        "application/strategic-merge-patch+json",
        JSON_TYPE,
        JSON.stringify(change(object, `s${turn}`)),
      ),
    );
  await measure("merge patch of all", (turn) =>
    ask("PATCH", one, "application/merge-patch+json", JSON_TYPE, JSON.stringify(change(object, `m${turn}`))),
  );
  await measure("server-side apply, over it", (turn) =>
    ask(
      "PATCH",
      `${one}?fieldManager=me&force=true`,
      "application/apply-patch+yaml",
      JSON_TYPE,
      JSON.stringify(change(object, `a${turn}`)),
    ),
  );
  await measure("server-side apply, the same", () =>
    ask("PATCH", `${one}?fieldManager=me&force=true`, "application/apply-patch+yaml", JSON_TYPE, body),
  );
  await remove().catch(() => undefined);
  await measure(
    "server-side apply, new",
    () => ask("PATCH", `${one}?fieldManager=me`, "application/apply-patch+yaml", JSON_TYPE, body),
    remove,
  );
  await measure("delete", remove, () => ask("POST", path, JSON_TYPE, JSON_TYPE, body));
}
console.log(`${over} over ${ACCEPTED_MS} ms, longest ${longest.toFixed(0)} ms`);
for (const line of refused) console.log(`refused: ${line}`);
process.exit(refused.size === 0 ? 0 : 1);
