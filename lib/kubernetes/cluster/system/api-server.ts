/**
 * kube-apiserver as machines of the cluster reach it: HTTPS on port 6443 of its node, and so behind the Service
 * `kubernetes`. Its process is made with the first connection; what it answers is the API server's own.
 */
import { concatBytes } from "../../../encoding/index.ts";
import {
  acceptSecure,
  type Buffered,
  type Connection,
  HttpError,
  isErrno,
  type Process,
  type Program,
  type ShownCertificate,
} from "../../../machine/index.ts";
import type { ApiRequest, ApiResponse } from "../../apiserver/http.ts";
import { API_SERVICE_IP, CLUSTER_DOMAIN } from "../../network/addresses.ts";
import { API_PORT, type ControlPlaneNode } from "./manifests.ts";

export interface ServedApi {
  handle(request: ApiRequest): Promise<ApiResponse>;
  certificate(): ShownCertificate;
}

/** Whom its certificate is for (kubeadm, phases/certs). */
export const apiServerNames = ({ name, address }: ControlPlaneNode): readonly string[] => [
  ...["kubernetes", "kubernetes.default", "kubernetes.default.svc", `kubernetes.default.svc.${CLUSTER_DOMAIN}`],
  ...[name, "localhost", API_SERVICE_IP, address, "127.0.0.1"],
];

/** What net/http's server says to a client that forgot the S (net/http/server.go). */
const NOT_HTTPS = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
/** Larger bodies are refused (apiserver, --max-request-bytes). */
const MOST_BODY = 3 * 1024 * 1024;
const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  409: "Conflict",
  410: "Gone",
  413: "Request Entity Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Entity",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};
const encoder = new TextEncoder();
const bytesOf = (part: string | Uint8Array): Uint8Array => (typeof part === "string" ? encoder.encode(part) : part);

/** The first process of its container. */
export function apiServerProgram(served: ServedApi): Program {
  return async (process) => {
    process.onSignal("SIGPIPE", "ignore");
    const listener = process.network.listen(API_PORT);
    const accept = async () => {
      for await (const connection of listener)
        answerAll(process, connection, served).catch((error: unknown) => {
          // Its process was killed in the middle of it.
          if (!process.signal.aborted) throw error;
        });
    };
    accept().catch(() => undefined);
    await new Promise<void>((resolve) => {
      for (const signal of ["SIGTERM", "SIGINT"] as const) process.onSignal(signal, () => resolve());
      process.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    listener.close();
    return 0;
  };
}

async function answerAll(process: Process, connection: Connection, served: ServedApi): Promise<void> {
  try {
    const input = await acceptSecure(connection, served.certificate());
    if (input === undefined) await connection.writer.write(NOT_HTTPS);
    else while (await answerOne(process, connection, input, served));
  } catch (error) {
    if (!isErrno(error) && !(error instanceof HttpError)) throw error;
  } finally {
    connection.close();
  }
}

/** False: the connection is over. */
async function answerOne(
  process: Process,
  connection: Connection,
  input: Buffered,
  served: ServedApi,
): Promise<boolean> {
  const head = await input.until("\r\n\r\n");
  if (head === null) return false;
  const [first = "", ...lines] = head.split("\r\n");
  const [, method, target, version] = /^([A-Z]+) (\S+) HTTP\/(1\.[01])$/.exec(first) ?? [];
  if (method === undefined || target === undefined) {
    await connection.writer.write(
      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request",
    );
    return false;
  }
  const headers = Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
  if (headers["upgrade"] !== undefined) {
    await connection.writer.write(
      "HTTP/1.1 501 Not Implemented\r\nConnection: close\r\n\r\nupgrades from inside the cluster are not available here\n",
    );
    return false;
  }
  const body = await bodyOf(input, headers, connection);
  if (body === "too large") {
    await connection.writer.write("HTTP/1.1 413 Request Entity Too Large\r\nConnection: close\r\n\r\n");
    return false;
  }
  const gone = new AbortController();
  process.signal.addEventListener("abort", () => gone.abort(), { once: true, signal: gone.signal });
  const question = target.indexOf("?");
  try {
    const response = await served.handle({
      method,
      path: question === -1 ? target : target.slice(0, question),
      query: new URLSearchParams(question === -1 ? "" : target.slice(question + 1)),
      headers,
      signal: gone.signal,
      ...(body === undefined ? {} : { body }),
    });
    const close = version === "1.0" || headers["connection"]?.toLowerCase() === "close";
    await write(connection, response, { method, close, date: new Date(process.clock.now()) });
    return !close;
  } finally {
    gone.abort();
  }
}

async function bodyOf(
  input: Buffered,
  headers: Readonly<Record<string, string>>,
  connection: Connection,
): Promise<Uint8Array | undefined | "too large"> {
  if (headers["expect"]?.toLowerCase() === "100-continue")
    await connection.writer.write("HTTP/1.1 100 Continue\r\n\r\n");
  const parts: Uint8Array[] = [];
  let size = 0;
  const take = async (length: number): Promise<boolean> => {
    for (let left = length; left > 0; ) {
      const chunk = await input.chunk(left);
      if (chunk === null) return false;
      left -= chunk.length;
      size += chunk.length;
      if (size > MOST_BODY) return false;
      parts.push(chunk);
    }
    return true;
  };
  if (headers["transfer-encoding"]?.toLowerCase() === "chunked") {
    for (;;) {
      const length = Number.parseInt((await input.until("\r\n")) ?? "0", 16);
      if (Number.isNaN(length)) throw new HttpError("invalid byte in chunk length");
      if (!(await take(length))) return "too large";
      await input.until("\r\n");
      if (length === 0) break;
    }
  } else {
    const length = Number(headers["content-length"] ?? 0);
    if (length > MOST_BODY || !(await take(length))) return "too large";
  }
  return size === 0 ? undefined : concatBytes(parts);
}

async function write(
  connection: Connection,
  { status, headers, body }: ApiResponse,
  { method, close, date }: { readonly method: string; readonly close: boolean; readonly date: Date },
): Promise<void> {
  const whole = typeof body === "string" || body instanceof Uint8Array ? bytesOf(body) : undefined;
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? ""}`,
    ...Object.entries(headers).map(([name, value]) => `${titled(name)}: ${value}`),
    `Date: ${date.toUTCString()}`,
    whole === undefined ? "Transfer-Encoding: chunked" : `Content-Length: ${whole.length}`,
    ...(close ? ["Connection: close"] : []),
  ];
  const { writer } = connection;
  await writer.write(`${lines.join("\r\n")}\r\n\r\n`);
  if (whole !== undefined) {
    if (method !== "HEAD" && whole.length > 0) await writer.write(whole);
    return;
  }
  for await (const part of body as AsyncIterable<string | Uint8Array>) {
    const bytes = bytesOf(part);
    if (bytes.length === 0) continue;
    await writer.write(`${bytes.length.toString(16)}\r\n`);
    await writer.write(bytes);
    await writer.write("\r\n");
  }
  await writer.write("0\r\n\r\n");
}

/** Header names as Go's net/http writes them. */
const titled = (name: string): string => name.replace(/(^|-)([a-z])/g, (whole) => whole.toUpperCase());
