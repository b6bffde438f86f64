/** HTTP/1.1 for server programs: requests in, replies out, keep-alive, nothing else. */
import { concatBytes } from "../../encoding/index.ts";
import type { Connection, Process } from "../../machine/index.ts";
import { StreamReader } from "./reader.ts";

export interface HttpRequest {
  readonly method: string;
  /** As sent, with query. */
  readonly target: string;
  /** Decoded, without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly version: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

export interface HttpReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Instead of `body`: sent piece by piece (chunked) as it comes; closed where the client goes away. */
  readonly stream?: AsyncIterable<string>;
}

const MAX_BODY = 8 * 1024 * 1024;

export const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  204: "No Content",
  206: "Partial Content",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Request Entity Too Large",
  414: "Request-URI Too Large",
  416: "Requested Range Not Satisfiable",
  418: "I'm a teapot",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Temporarily Unavailable",
  504: "Gateway Time-out",
};

/** Answers requests of one connection until either side ends it. `answer` gets undefined for what is no HTTP. */
export async function handleHttp(
  process: Process,
  connection: Connection,
  answer: (request: HttpRequest | undefined) => Promise<HttpReply> | HttpReply,
): Promise<void> {
  const reader = new StreamReader(connection.reader);
  for (;;) {
    await process.spend(50);
    const request = await readRequest(reader, connection);
    if (request === "end") return;
    const reply = await answer(request);
    const keep =
      request !== undefined &&
      reply.stream === undefined &&
      (request.version === "HTTP/1.1"
        ? request.headers.get("connection")?.toLowerCase() !== "close"
        : request.headers.get("connection")?.toLowerCase() === "keep-alive");
    await writeReply(connection, reply, request?.method === "HEAD", keep, process.clock.now());
    if (!keep) return;
  }
}

async function readRequest(reader: StreamReader, connection: Connection): Promise<HttpRequest | undefined | "end"> {
  let first: string | undefined;
  try {
    first = await reader.line();
    while (first === "") first = await reader.line();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  if (first === undefined) return "end";
  const match = /^([A-Z]+) (\S+)(?: (HTTP\/1\.[01]))?$/.exec(first);
  if (match === null) return undefined;
  const headers = new Map<string, string>();
  for (;;) {
    const line = await reader.line();
    if (line === undefined) return "end";
    if (line === "") break;
    const colon = line.indexOf(":");
    if (colon <= 0) return undefined;
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    if (headers.size > 200) return undefined;
  }
  const length = Number(headers.get("content-length") ?? 0);
  let body: Uint8Array = new Uint8Array(0);
  if (headers.get("transfer-encoding")?.toLowerCase() === "chunked") {
    const chunked = await readChunks(reader);
    if (chunked === undefined) return undefined;
    body = chunked;
  } else if (length > 0) {
    if (!Number.isInteger(length) || length > MAX_BODY) return undefined;
    const read = await reader.bytes(length);
    if (read === undefined) return "end";
    body = read;
  }
  const target = match[2] ?? "/";
  const question = target.indexOf("?");
  let path = question === -1 ? target : target.slice(0, question);
  try {
    path = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  return {
    method: match[1] ?? "GET",
    target,
    path,
    query: new URLSearchParams(question === -1 ? "" : target.slice(question + 1)),
    version: match[3] ?? "HTTP/0.9",
    headers,
    body,
    remoteAddress: connection.remoteAddress,
    remotePort: connection.remotePort,
    localAddress: connection.localAddress,
    localPort: connection.localPort,
  };
}

async function readChunks(reader: StreamReader): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const size = Number.parseInt((await reader.line()) ?? "", 16);
    if (Number.isNaN(size)) return undefined;
    const chunk = size === 0 ? new Uint8Array(0) : await reader.bytes(size);
    await reader.line();
    if (chunk === undefined) return undefined;
    if (size === 0) break;
    total += size;
    if (total > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return concatBytes(chunks);
}

async function writeReply(
  connection: Connection,
  reply: HttpReply,
  headOnly: boolean,
  keep: boolean,
  now: number,
): Promise<void> {
  const body =
    typeof reply.body === "string" ? new TextEncoder().encode(reply.body) : (reply.body ?? new Uint8Array(0));
  const headers: Record<string, string> = { Date: httpDate(now), ...reply.headers };
  if (reply.stream !== undefined) headers["Transfer-Encoding"] = "chunked";
  else if (reply.status !== 204 && reply.status !== 304) headers["Content-Length"] ??= String(body.length);
  headers["Connection"] = keep ? "keep-alive" : "close";
  let head = `HTTP/1.1 ${reply.status} ${REASONS[reply.status] ?? "Unknown"}\r\n`;
  // As real servers order them: who answers comes first.
  const { Server, ...others } = headers;
  if (Server !== undefined) head += `Server: ${Server}\r\n`;
  for (const [name, value] of Object.entries(others)) head += `${name}: ${value}\r\n`;
  await connection.writer.write(`${head}\r\n`);
  if (reply.stream !== undefined) {
    await writeStream(connection, reply.stream);
    return;
  }
  if (!headOnly && body.length > 0) await connection.writer.write(body);
}

/** Piece by piece, until the stream ends or the client is gone. */
async function writeStream(connection: Connection, stream: AsyncIterable<string>): Promise<void> {
  const pieces = stream[Symbol.asyncIterator]();
  // A client of a stream says nothing more: whatever its side gives now is its end.
  const gone = connection.reader.read().then(
    () => undefined,
    () => undefined,
  );
  try {
    for (;;) {
      const piece = await Promise.race([pieces.next(), gone]);
      if (piece === undefined) return;
      if (piece.done === true) break;
      const { length } = new TextEncoder().encode(piece.value);
      if (length > 0) await connection.writer.write(`${length.toString(16)}\r\n${piece.value}\r\n`);
    }
    await connection.writer.write("0\r\n\r\n");
  } finally {
    await pieces.return?.();
  }
}

export function httpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  htm: "text/html",
  css: "text/css",
  txt: "text/plain",
  js: "application/javascript",
  json: "application/json",
  xml: "text/xml",
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  svg: "image/svg+xml",
  ico: "image/x-icon",
};

export function contentType(path: string, otherwise: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return (dot === -1 ? undefined : TYPES[name.slice(dot + 1).toLowerCase()]) ?? otherwise;
}
