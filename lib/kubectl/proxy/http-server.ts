/** As much of an HTTP/1.1 server as `kubectl proxy` needs: requests off a connection, answers onto it, as net/http writes them. */

import { concatBytes } from "../../encoding/index.ts";
import type { ByteReader, ByteWriter } from "../../machine/index.ts";
import { STATUS_TEXTS } from "../client/status-texts.ts";

export interface IncomingRequest {
  readonly method: string;
  /** As in the request line: path and query. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly keepAlive: boolean;
}

export interface Answer {
  readonly status: number;
  /** In the order they are to be sent, names as they are to be seen. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** A request that is not HTTP. */
export class BadRequest extends Error {}

const MAX_HEAD = 1024 * 1024;
const MAX_BODY = 8 * 1024 * 1024;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** "content-type" as "Content-Type". */
export const canonicalName = (name: string): string =>
  name
    .split("-")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1).toLowerCase())
    .join("-");

/** Reads one request after the other off a connection. */
export class RequestReader {
  readonly #reader: ByteReader;
  #pending = new Uint8Array();
  #ended = false;

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const chunk = await this.#reader.read();
    if (chunk === null) {
      this.#ended = true;
      return false;
    }
    const joined = new Uint8Array(this.#pending.length + chunk.length);
    joined.set(this.#pending);
    joined.set(chunk, this.#pending.length);
    this.#pending = joined;
    return true;
  }

  async #take(bytes: number): Promise<Uint8Array> {
    while (this.#pending.length < bytes) if (!(await this.#more())) throw new BadRequest("unexpected EOF");
    const taken = this.#pending.slice(0, bytes);
    this.#pending = this.#pending.slice(bytes);
    return taken;
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#pending.indexOf(10);
      if (end !== -1) return decoder.decode(await this.#take(end + 1)).replace(/\r?\n$/, "");
      if (this.#pending.length > MAX_HEAD) throw new BadRequest("header too long");
      if (!(await this.#more())) throw new BadRequest("unexpected EOF");
    }
  }

  /** Undefined where the client has no more. */
  async next(): Promise<IncomingRequest | undefined> {
    if (this.#pending.length === 0 && !(await this.#more())) return undefined;
    const first = await this.#line();
    const [, method, target, version] = /^([A-Z]+) (\S+) HTTP\/(1\.[01])$/.exec(first) ?? [];
    if (method === undefined || target === undefined) throw new BadRequest("malformed HTTP request");
    const headers: Record<string, string> = {};
    for (let line = await this.#line(); line !== ""; line = await this.#line()) {
      const colon = line.indexOf(":");
      if (colon < 1) throw new BadRequest("malformed MIME header line");
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
    }
    const connection = (headers["connection"] ?? "").toLowerCase();
    return {
      method,
      target,
      headers,
      body: await this.#body(headers),
      keepAlive: version === "1.1" ? !connection.includes("close") : connection.includes("keep-alive"),
    };
  }

  async #body(headers: Readonly<Record<string, string>>): Promise<Uint8Array> {
    if ((headers["transfer-encoding"] ?? "").toLowerCase() === "chunked") {
      const parts: Uint8Array[] = [];
      let total = 0;
      for (;;) {
        const size = Number.parseInt(await this.#line(), 16);
        if (!(size >= 0)) throw new BadRequest("malformed chunked encoding");
        total += size;
        if (total > MAX_BODY) throw new BadRequest("request body too large");
        if (size === 0) break;
        parts.push(await this.#take(size));
        await this.#line();
      }
      while ((await this.#line()) !== "");
      return concatBytes(parts);
    }
    const length = Number(headers["content-length"] ?? 0);
    if (!(length >= 0 && length <= MAX_BODY)) throw new BadRequest("request body too large");
    return this.#take(length);
  }
}

/** Writes an answer; resolves with whether the connection may be used again. */
export async function writeAnswer(writer: ByteWriter, request: IncomingRequest, answer: Answer): Promise<boolean> {
  const streamed = typeof answer.body !== "string" && !(answer.body instanceof Uint8Array);
  const known = answer.headers.some(([name]) => name.toLowerCase() === "content-length");
  const empty = request.method === "HEAD" || answer.status === 204 || answer.status === 304;
  const chunked = streamed && !known && !empty;
  const lines = [
    `HTTP/1.1 ${answer.status} ${STATUS_TEXTS[answer.status] ?? `status code ${answer.status}`}`,
    ...answer.headers.map(([name, value]) => `${name}: ${value}`),
    ...(chunked ? ["Transfer-Encoding: chunked"] : []),
    ...(request.keepAlive ? [] : ["Connection: close"]),
  ];
  await writer.write(`${lines.join("\r\n")}\r\n\r\n`);
  if (!streamed) {
    if (!empty) await writer.write(answer.body as string | Uint8Array);
    return request.keepAlive;
  }
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    if (empty || chunk.length === 0) continue;
    if (!chunked) await writer.write(chunk);
    else {
      await writer.write(`${chunk.length.toString(16)}\r\n`);
      await writer.write(chunk);
      await writer.write("\r\n");
    }
  }
  if (chunked) await writer.write("0\r\n\r\n");
  return request.keepAlive;
}

/** net/http's http.Error: a line of text. */
export function plainAnswer(status: number, text: string, now: number): Answer {
  const body = encoder.encode(`${text}\n`);
  return {
    status,
    headers: [
      ["Content-Type", "text/plain; charset=utf-8"],
      ["X-Content-Type-Options", "nosniff"],
      ["Date", new Date(now).toUTCString()],
      ["Content-Length", String(body.length)],
    ],
    body,
  };
}

/** net/http's Redirect, for good. */
export function redirectAnswer(method: string, location: string, now: number): Answer {
  const shown = location
    .replaceAll("&", "&amp;")
    .replaceAll('"', "&#34;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
  const asked = method === "GET" || method === "HEAD";
  const body = asked ? `<a href="${shown}">Moved Permanently</a>.\n\n` : "";
  const date = ["Date", new Date(now).toUTCString()] as const;
  return {
    status: 301,
    headers: [
      ...(asked ? ([["Content-Type", "text/html; charset=utf-8"]] as const) : []),
      ["Location", location],
      date,
      ["Content-Length", String(body.length)],
    ],
    body: method === "HEAD" ? "" : body,
  };
}

/** Where http.ServeMux sends a path: to itself without "//" and dots, or to the prefix whose last slash it lacks. */
export function redirection(path: string, prefixes: readonly string[]): string | undefined {
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") kept.pop();
    else if (part !== "" && part !== ".") kept.push(part);
  }
  const clean = `/${kept.join("/")}${kept.length > 0 && path.endsWith("/") ? "/" : ""}`;
  if (prefixes.includes(`${clean}/`)) return `${clean}/`;
  return clean === path ? undefined : clean;
}

export const reasonOf = (status: number): string => STATUS_TEXTS[status] ?? "";
