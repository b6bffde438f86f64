/**
 * The proxy subresources: an HTTP request handed on to a Pod, to a Pod behind a Service, or to a node's kubelet
 * (pkg/registry/core/{pod,service,node}, apimachinery util/proxy). Bytes go through the node's port forwarding.
 */
import { concatBytes } from "../../../encoding/index.ts";
import type { EndpointSlice, Node, Pod, Service } from "../../api/types.ts";
import { type NodeAccess, NodeUnreachable } from "../../kubelet/types.ts";
import { badRequest, StatusError } from "../../machinery/status.ts";
import type { Store } from "../../store/store.ts";
import type { ApiRequest, ApiResponse, PortSession } from "../http.ts";
import type { Registry } from "../registry.ts";
import { contextOf, type ResourceCall } from "./resources.ts";
import { jsonText, plainText } from "./responses.ts";

interface ProxyOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly nodeAccess: NodeAccess | undefined;
}

/** Headers that are of one connection and are not handed on. */
const HOP = new Set([
  "authorization",
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const MAX_HEAD_BYTES = 64 * 1024;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Target {
  readonly namespace: string;
  readonly pod: string;
  readonly address: string;
  readonly port: number;
}

/** `[scheme:]name[:port]` as URLs of proxies name what they mean (utilnet.SplitSchemeNamePort). */
function splitSchemeNamePort(id: string): { scheme: string; name: string; port: string } | undefined {
  const parts = id.split(":");
  const [scheme, name, port] =
    parts.length === 1 ? ["", parts[0], ""] : parts.length === 2 ? ["", parts[0], parts[1]] : parts;
  if (parts.length > 3 || !name) return undefined;
  if (parts.length === 3 && !["http", "https", ""].includes(scheme ?? "")) return undefined;
  return { scheme: scheme ?? "", name, port: port ?? "" };
}

const serviceUnavailable = (message: string) => new StatusError(503, "ServiceUnavailable", message);

export class ProxyHandler {
  readonly #options: ProxyOptions;

  constructor(options: ProxyOptions) {
    this.#options = options;
  }

  async handle(call: ResourceCall): Promise<ApiResponse> {
    const { info, request, served } = call;
    const id = info.name ?? "";
    const marker = "/proxy";
    const at = request.path.indexOf(marker, request.path.indexOf(`/${served.definition.plural}/`));
    const path = request.path.slice(at + marker.length);
    // A page's relative links need the slash.
    if (path === "" && request.method === "GET")
      return { status: 301, headers: { location: `${request.path}/` }, body: "" };
    const parsed = splitSchemeNamePort(id);
    if (parsed === undefined) throw badRequest(`invalid ${served.definition.singular} request "${id}"`);
    this.#options.registry.connect(
      served,
      "proxy",
      info.namespace ?? "",
      parsed.name,
      contextOf(call, { dryRun: false }),
    );
    if (served.key === "nodes") return this.#node(parsed.name, path, call);
    if (parsed.scheme === "https")
      throw serviceUnavailable("error trying to reach service: TLS to Pods is not supported by this server");
    const target =
      served.key === "pods" ? this.#pod(call, parsed.name, parsed.port) : this.#service(call, parsed.name, parsed.port);
    return this.#forward(target, path, request);
  }

  #pod({ served, info }: ResourceCall, name: string, port: string): Target {
    const namespace = info.namespace ?? "";
    const pod = this.#options.registry.get(served, namespace, name) as Pod;
    const first = pod.spec?.containers.flatMap(({ ports }) => ports ?? [])[0]?.containerPort;
    const address = pod.status?.podIP;
    if (!address) throw badRequest("address not allowed");
    return { namespace, pod: name, address, port: port === "" ? (first ?? 80) : portNumber(port) };
  }

  #service({ served, info }: ResourceCall, name: string, port: string): Target {
    const namespace = info.namespace ?? "";
    const { store, registry } = this.#options;
    const service = registry.get(served, namespace, name) as Service;
    const ports = service.spec?.ports ?? [];
    const wanted =
      port === ""
        ? ports.length === 1
          ? ports[0]
          : ports.find((item) => !item.name)
        : ports.find((item) => item.name === port || String(item.port) === port);
    if (wanted === undefined)
      throw serviceUnavailable(
        port === ""
          ? `no endpoints available for service "${name}"`
          : `no service port "${port}" found for service "${name}"`,
      );
    for (const slice of store.list("endpointslices.discovery.k8s.io", namespace) as EndpointSlice[]) {
      if (slice.metadata.labels?.["kubernetes.io/service-name"] !== name) continue;
      const number = slice.ports?.find((item) => (item.name ?? "") === (wanted.name ?? ""))?.port;
      const endpoint = slice.endpoints?.find((item) => item.conditions?.ready !== false);
      const pod = endpoint?.targetRef;
      if (number === undefined || pod?.kind !== "Pod") continue;
      return {
        namespace: pod.namespace ?? namespace,
        pod: pod.name ?? "",
        address: endpoint?.addresses[0] ?? "",
        port: number,
      };
    }
    throw serviceUnavailable(`no endpoints available for service "${name}"`);
  }

  async #forward(target: Target, path: string, request: ApiRequest): Promise<ApiResponse> {
    const { nodeAccess } = this.#options;
    if (nodeAccess === undefined)
      throw new StatusError(501, "NotImplemented", "this cluster has no nodes that could be reached");
    let session: PortSession;
    try {
      session = await nodeAccess.portForward(target.namespace, target.pod, target.port);
    } catch (error) {
      if (!(error instanceof StatusError || error instanceof NodeUnreachable)) throw error;
      throw serviceUnavailable(
        `error trying to reach service: dial tcp ${target.address}:${target.port}: connect: connection refused`,
      );
    }
    request.signal?.addEventListener("abort", () => session.close());
    const query = request.query.toString();
    const head = [
      `${request.method} ${path === "" ? "/" : path}${query === "" ? "" : `?${query}`} HTTP/1.1`,
      `Host: ${target.address}:${target.port}`,
      ...Object.entries(request.headers)
        .filter(([name]) => !HOP.has(name) && !name.startsWith("impersonate-"))
        .map(([name, value]) => `${name}: ${value}`),
      "Connection: close",
      ...(request.body === undefined ? [] : [`Content-Length: ${request.body.length}`]),
      "",
      "",
    ].join("\r\n");
    await session.writer.write(head);
    if (request.body !== undefined && request.body.length > 0) await session.writer.write(request.body);
    return readResponse(session);
  }

  /** What a kubelet answers on its own port, of what is asked for most. */
  #node(name: string, path: string, call: ResourceCall): ApiResponse {
    const { store, registry } = this.#options;
    const node = registry.get(call.served, undefined, name) as Node;
    const ready = node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
    const address = node.status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? name;
    if (!ready) throw serviceUnavailable(`error trying to reach service: dial tcp ${address}:10250: i/o timeout`);
    switch (path.replace(/\/$/, "")) {
      case "/healthz":
        return plainText(200, "ok");
      case "/pods": {
        const items = (store.list("pods") as Pod[]).filter(({ spec }) => spec?.nodeName === name);
        return jsonText(200, JSON.stringify({ kind: "PodList", apiVersion: "v1", metadata: {}, items }));
      }
      default:
        return plainText(404, "404 page not found\n");
    }
  }
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  throw badRequest(`invalid port "${text}"`);
}

const cut = () => serviceUnavailable("error trying to reach service: EOF");

/** Reads a response's head; its body comes as it comes. */
async function readResponse(session: PortSession): Promise<ApiResponse> {
  let bytes = new Uint8Array();
  let end = -1;
  while (end === -1) {
    const chunk = await session.reader.read();
    if (chunk === null || bytes.length > MAX_HEAD_BYTES) {
      session.close();
      throw cut();
    }
    bytes = concatBytes([bytes, chunk]);
    end = headEnd(bytes);
  }
  const [statusLine = "", ...lines] = decoder.decode(bytes.subarray(0, end)).split("\r\n");
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1]);
  if (!Number.isInteger(status)) {
    session.close();
    throw serviceUnavailable(
      `error trying to reach service: net/http: HTTP/1.x transport connection broken: malformed HTTP response ${JSON.stringify(statusLine)}`,
    );
  }
  const all: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) all[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  const headers = Object.fromEntries(Object.entries(all).filter(([name]) => !HOP.has(name)));
  const rest = bytes.subarray(end + 4);
  const chunked = /\bchunked\b/i.test(all["transfer-encoding"] ?? "");
  const length = all["content-length"] === undefined ? undefined : Number(all["content-length"]);
  return { status, headers, body: bodyOf(session, rest, chunked, length) };
}

async function* bodyOf(
  session: PortSession,
  first: Uint8Array,
  chunked: boolean,
  length: number | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    if (chunked) {
      yield* chunks(session, first);
      return;
    }
    let left = length ?? Number.POSITIVE_INFINITY;
    for (
      let part: Uint8Array | null = first;
      part !== null && left > 0;
      part = left > 0 ? await session.reader.read() : null
    ) {
      const taken = part.length > left ? part.subarray(0, left) : part;
      left -= taken.length;
      if (taken.length > 0) yield taken;
    }
  } finally {
    session.close();
  }
}

async function* chunks(session: PortSession, first: Uint8Array): AsyncGenerator<Uint8Array> {
  let bytes = first;
  const more = async () => {
    const chunk = await session.reader.read();
    if (chunk === null) return false;
    bytes = concatBytes([bytes, chunk]);
    return true;
  };
  for (;;) {
    let line = indexOf(bytes, "\r\n");
    while (line === -1) {
      if (!(await more())) return;
      line = indexOf(bytes, "\r\n");
    }
    const size = Number.parseInt(decoder.decode(bytes.subarray(0, line)), 16);
    if (!(size > 0)) return;
    while (bytes.length < line + 2 + size + 2) if (!(await more())) return;
    yield bytes.slice(line + 2, line + 2 + size);
    bytes = bytes.subarray(line + 2 + size + 2);
  }
}

const headEnd = (bytes: Uint8Array) => indexOf(bytes, "\r\n\r\n");

function indexOf(bytes: Uint8Array, text: string): number {
  const wanted = encoder.encode(text);
  outer: for (let at = 0; at + wanted.length <= bytes.length; at++) {
    for (let index = 0; index < wanted.length; index++) if (bytes[at + index] !== wanted[index]) continue outer;
    return at;
  }
  return -1;
}
