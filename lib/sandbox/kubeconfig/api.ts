/** JSON over a transport: what the provider itself asks of a cluster. */
import type { HttpRequest, Transport } from "../../kubectl/transport.ts";
import type { ApiAnswer } from "../types.ts";

export type KubeObject = Readonly<Record<string, unknown>> & {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly managedFields?: readonly { readonly manager?: string; readonly time?: string }[];
  };
};

interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubeObject & { readonly code?: number; readonly message?: string };
}

export class ClusterApi {
  readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  async request(
    method: HttpRequest["method"],
    path: string,
    body?: unknown,
    contentType = "application/json",
  ): Promise<ApiAnswer> {
    const response = await this.transport.request({
      method,
      path,
      headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": contentType }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of response.body) text += decoder.decode(chunk, { stream: true });
    text += decoder.decode();
    return { status: response.status, body: parsed(text) };
  }

  /** The answer's body; throws what the server says where it refuses. `allowed`: statuses that are fine too. */
  async ask(
    method: HttpRequest["method"],
    path: string,
    body?: unknown,
    allowed: readonly number[] = [],
  ): Promise<unknown> {
    const answer = await this.request(method, path, body);
    if (answer.status < 400 || allowed.includes(answer.status)) return answer.body;
    const message = (answer.body as { readonly message?: string } | undefined)?.message;
    throw new Error(`${method} ${path}: ${message ?? `status ${answer.status}`}`);
  }

  /** Events until the server or `signal` ends it. */
  async *watch(path: string, resourceVersion: string, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const query = `watch=true&allowWatchBookmarks=true&resourceVersion=${encodeURIComponent(resourceVersion)}`;
    const response = await this.transport.request({
      method: "GET",
      path: `${path}${path.includes("?") ? "&" : "?"}${query}`,
      headers: { accept: "application/json" },
      signal,
    });
    if (response.status >= 400) {
      yield { type: "ERROR", object: { code: response.status } };
      return;
    }
    const decoder = new TextDecoder();
    let pending = "";
    for await (const chunk of response.body) {
      pending += decoder.decode(chunk, { stream: true });
      const lines = pending.split("\n");
      pending = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield JSON.parse(line) as WatchEvent;
    }
  }
}

function parsed(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
