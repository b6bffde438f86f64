/**
 * 115 requests that were made to a real kube-apiserver (1.23), made again here: status, content type, warnings and body
 * must be the same, but for what no two servers have in common (uids, versions, times) and for what 1.34 does otherwise.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { virtualClock } from "../../lib/clock/index.ts";
import { configMaps, namespaces, serviceAccounts } from "../../lib/kubernetes/api/resources.ts";
import {
  type ApiServer,
  apiDefinitions,
  bootstrap,
  createApiServer,
  withDefaultPolicy,
} from "../../lib/kubernetes/apiserver/index.ts";
import { uuid } from "../../lib/kubernetes/machinery/names.ts";
import { Store } from "../../lib/kubernetes/store/store.ts";
import recordings from "./recordings/requests.json" with { type: "json" };
import { DIFFERENCES } from "./requests-differences.ts";

interface Recorded {
  readonly label: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly contentType?: string;
    readonly accept?: string;
    readonly token?: string;
    readonly body?: unknown;
  };
  readonly response: null | {
    readonly status: number;
    readonly contentType: string;
    readonly warnings?: readonly string[];
    readonly body: unknown;
  };
}

const NAMESPACE = "NS".toLowerCase();
let server: ApiServer;
let accountToken = "";

beforeAll(() => {
  const clock = virtualClock({ now: Date.UTC(2026, 10, 20, 15, 42, 31) });
  // Some requests ask for version 1, which a real server has long forgotten: so has this one.
  server = createApiServer({
    clock,
    store: new Store(
      withDefaultPolicy(
        { resourceVersion: 8205, objects: {} },
        { now: clock.now(), uid: () => uuid(() => clock.random()) },
      ),
    ),
    definitions: apiDefinitions,
  });
  const client = server.clientFor("system:admin");
  bootstrap(client);
  client.create(namespaces, { metadata: { name: NAMESPACE } });
  for (const name of ["kube-root-ca.crt"]) client.create(configMaps, { metadata: { name, namespace: NAMESPACE } });
  const found = client.find(serviceAccounts, NAMESPACE, "default");
  const account = found ?? client.create(serviceAccounts, { metadata: { name: "default", namespace: NAMESPACE } });
  accountToken = server.authenticator.issue({
    namespace: NAMESPACE,
    serviceAccount: { name: "default", uid: account.metadata.uid ?? "" },
    expirationSeconds: 3600,
  }).token;
});

/** Recorded uids and the ones the same objects have here. */
const uids = new Map<string, string>();
const uidOf = (body: unknown) => (body as { metadata?: { uid?: string } } | null)?.metadata?.uid;

const TOKENS: Readonly<Record<string, () => string>> = {
  none: () => "",
  "as wrong": () => "Bearer wrong",
  "ServiceAccount default": () => `Bearer ${accountToken}`,
};

async function answer(recorded: Recorded) {
  const { method, path, contentType, accept, token, body } = recorded.request;
  const [route = "", query = ""] = path.replaceAll("/NS", `/${NAMESPACE}`).split("?");
  const authorization = token === undefined ? `Bearer ${server.adminToken}` : (TOKENS[token]?.() ?? "");
  let text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  for (const [theirs, ours] of uids) text = text?.replaceAll(theirs, ours);
  const response = await server.handle({
    method,
    path: route,
    query: new URLSearchParams(query),
    headers: {
      host: "192.0.2.2:6443",
      ...(contentType === undefined ? {} : { "content-type": contentType }),
      ...(accept === undefined ? {} : { accept }),
      ...(authorization === "" ? {} : { authorization }),
    },
    ...(text === undefined ? {} : { body: new TextEncoder().encode(text.replaceAll("NS", NAMESPACE)) }),
  });
  let whole = "";
  if (typeof response.body === "string") whole = response.body;
  else if (response.body instanceof Uint8Array) whole = new TextDecoder().decode(response.body);
  else
    for await (const chunk of response.body)
      whole += typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
  const type = response.headers["content-type"] ?? "";
  return {
    status: response.status,
    contentType: type,
    warnings: response.headers["warning"] === undefined ? [] : [response.headers["warning"]],
    body: type.startsWith("application/json") ? (JSON.parse(whole) as unknown) : whole,
  };
}

const MASKED = new Set(["uid", "resourceVersion", "time", "continue", "storageVersionHash", "serverAddress"]);
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Without what differs between any two servers. */
function masked(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => masked(item));
  if (value !== null && typeof value === "object") {
    const result: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(value)) {
      // Go writes null for a time that is not set; 1.34 leaves it out.
      if (name === "creationTimestamp" && item === null) continue;
      result[name] = masked(item, name);
    }
    return result;
  }
  if (typeof value !== "string") return value;
  if (MASKED.has(key) && value !== "") return `<${key}>`;
  return value
    .replaceAll(`in the namespace \\"${NAMESPACE}\\"`, 'in the namespace \\"NS\\"')
    .replace(new RegExp(`\\b${NAMESPACE}\\b`, "g"), "NS")
    .replace(UUID, "<uid>")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "<time>")
    .replace(/gen-[a-z0-9]{5}/g, "gen-<random>")
    .replace(/(resourceVersion[\\": ]+)\d+/g, "$1<version>")
    .replace(/(current: |version: 1 \()\d+/g, "$1<version>");
}

describe("requests to a real API server, made here", () => {
  for (const [index, recorded] of (recordings as unknown as Recorded[]).entries()) {
    const { label, response } = recorded;
    const difference = DIFFERENCES[label];
    it(`${index} ${label}${difference === undefined ? "" : ` (${difference.why})`}`, async () => {
      const actual = await answer(recorded);
      if (response === null) {
        expect(actual.status).toBeLessThan(500);
        return;
      }
      const [theirs, ours] = [uidOf(response.body), uidOf(actual.body)];
      if (theirs !== undefined && ours !== undefined) uids.set(theirs, ours);
      const adapted =
        difference?.adapt === undefined
          ? response
          : { ...response, body: difference.adapt(structuredClone(response.body)) };
      const expected = masked({ ...adapted, warnings: adapted.warnings ?? [] });
      const got = masked({
        ...actual,
        body: difference?.ours === undefined ? actual.body : difference.ours(actual.body),
      });
      if (difference?.expected !== undefined) expect(got).toMatchObject(difference.expected);
      else expect(got).toEqual(expected);
    });
  }
});
