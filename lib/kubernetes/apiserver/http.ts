/** HTTP without a transport: what the API server handles, wherever requests come from. */
import type { ByteReader, ByteWriter, WindowSize } from "../../machine/index.ts";
import { type Status, StatusError } from "../machinery/status.ts";
import type { UserInfo } from "../machinery/types.ts";

export interface ApiRequest {
  readonly method: string;
  /** Without the query, e.g. "/apis/apps/v1/namespaces/default/statefulsets/web". */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Aborted when the client has gone: ends watches and log streams. */
  readonly signal?: AbortSignal;
  /** Already authenticated (in-process transports); otherwise the Authorization header decides. */
  readonly user?: UserInfo;
  /** PEM or DER of the client's certificate, where the transport has seen that the client has its key. */
  readonly certificate?: string | Uint8Array;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Whole, or chunk by chunk as it comes (watch, log -f). */
  readonly body: string | Uint8Array | AsyncIterable<string | Uint8Array>;
}

/** An exec or attach session. `status` resolves with the v1.Status that ends it (exit code in details.causes). */
export interface ProcessSession {
  readonly stdin: ByteWriter | undefined;
  readonly stdout: ByteReader | undefined;
  readonly stderr: ByteReader | undefined;
  resize(size: WindowSize): void;
  readonly status: Promise<Status>;
  /** The client has gone. */
  close(): void;
}

/**
 * The node refused a stream, or could not be reached, after the API server had let the request through. Who opened the
 * stream hears of it as an answer to the handshake (`code`, `headers`, `body`), or, with the newest protocol, from the
 * stream that carries the end of the session (`translated`).
 */
export class UpgradeFailure extends Error {
  override readonly name = "UpgradeFailure";
  readonly code: number;
  /** A Status, or the text as the node wrote it. */
  readonly body: Status | string;
  /** Whole lines. */
  readonly headers: readonly string[];
  readonly translated: Status;

  constructor(code: number, body: Status | string, headers: readonly string[] = [], streamed?: string) {
    const words = typeof body === "string" ? `unable to upgrade connection: ${body}` : (body.message ?? "");
    super(words);
    this.code = code;
    this.body = body;
    this.headers = headers;
    // streamtranslator.go: what is no Status becomes an internal error.
    this.translated = new StatusError(500, "InternalError", `Internal error occurred: ${streamed ?? words}`, {
      causes: [{ message: streamed ?? words }],
    }).status;
  }
}

/** One forwarded port. */
export interface PortSession {
  readonly reader: ByteReader;
  readonly writer: ByteWriter;
  close(): void;
}

/** Where requests go in: implemented by the API server; wrapped by `http.node.ts` (sockets) and in-process transports. */
export interface ApiHandler {
  /** Never rejects: whatever goes wrong becomes a Status response. */
  handle(request: ApiRequest): Promise<ApiResponse>;
  /** pods/exec and pods/attach. Rejects with `StatusError`, or with `UpgradeFailure` where the node refuses. */
  openProcess(request: ApiRequest): Promise<ProcessSession>;
  /** pods/portforward, one call per connection; port 0 finds out whether the Pod can be reached. Rejects as above. */
  openPort(request: ApiRequest, port: number): Promise<PortSession>;
}
