/** How kubectl reaches a cluster: over the network with a kubeconfig, or straight into an embedded API server. */
import type { ByteReader, ByteWriter, WindowSize } from "../machine/index.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS";
  /** From the server's root, with query, e.g. "/api/v1/pods?limit=500". */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. `warning` may hold several values, comma-separated as RFC 9110 says. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it comes; ends with the response. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** The status object that ends an exec or attach session (metav1.Status as JSON). */
export interface SessionStatus {
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

export interface ProcessStream {
  readonly stdin: ByteWriter | undefined;
  readonly stdout: ByteReader | undefined;
  readonly stderr: ByteReader | undefined;
  resize(size: WindowSize): void;
  readonly status: Promise<SessionStatus>;
  close(): void;
}

export interface PortStream {
  readonly reader: ByteReader;
  readonly writer: ByteWriter;
  close(): void;
}

export interface Transport {
  /** As in the kubeconfig, e.g. "https://127.0.0.1:6443". */
  readonly server: string;
  /** Rejects with `TransportError` where the server cannot be reached; an HTTP error status is a response. */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** exec and attach: `path` with query as for an upgrade request. Rejects with the server's Status in `TransportError`. */
  openProcess(path: string, signal?: AbortSignal): Promise<ProcessStream>;
  /** One connection to a port of a Pod. Rejects where nothing listens there. */
  openPort(path: string, port: number, signal?: AbortSignal): Promise<PortStream>;
  /** Rejects with the server's Status where ports of this Pod may not be reached at all; no port is touched. */
  checkPorts(path: string, signal?: AbortSignal): Promise<void>;
  close(): void;
}

/** `message` as client-go words it, e.g. `dial tcp 127.0.0.1:6443: connect: connection refused`. */
export class TransportError extends Error {
  readonly status: SessionStatus | undefined;
  constructor(message: string, status?: SessionStatus) {
    super(message);
    this.name = "TransportError";
    this.status = status;
  }
}

/** One entry of a kubeconfig, resolved: what a transport needs to know. */
export interface ClusterAccess {
  readonly server: string;
  readonly certificateAuthorityData?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly token?: string;
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
  readonly username?: string;
  readonly password?: string;
  readonly impersonate?: {
    readonly user: string;
    readonly groups: readonly string[];
    readonly uid?: string;
    /** By key, each with its values. */
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  /**
   * A credential plugin as the kubeconfig declares it. kubectl runs a person's in the machine they sit at, before it
   * connects; a transport may run an operator's on this computer.
   */
  readonly exec?: unknown;
  readonly tlsServerName?: string;
  /** A proxy on the way to the server, which no transport here goes through: refused. */
  readonly proxyUrl?: string;
}

/** Makes the transport for a kubeconfig entry. A sandbox gives kubectl one that knows its own cluster's server name. */
export type Connect = (access: ClusterAccess) => Promise<Transport>;
