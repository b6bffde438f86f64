/** A small HTTP/1.1 client on the machine's network. */
import { concatBytes, encodeBase64 } from "../../../encoding/index.ts";
import { Errno } from "../../errno.ts";
import { iterate } from "../../streams/pipe.ts";
import type { ByteReader, Connection, Process } from "../../types.ts";

export interface HttpUrl {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  /** With the query. */
  readonly path: string;
  readonly user: string | undefined;
}

export interface HttpResponse {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly (readonly [string, string])[];
  /** The head as it came. */
  readonly head: string;
  header(name: string): string | undefined;
  readonly length: number | undefined;
  body(): AsyncGenerator<Uint8Array>;
}

/** Something that is not HTTP came. */
export class HttpError extends Error {}

const decoder = new TextDecoder();
const MAX_HEAD = 64 * 1024;

/** Without a scheme it is http. Undefined where it is no address. */
export function parseUrl(text: string): HttpUrl | undefined {
  const [, scheme = "http", user, host, port, rest = ""] =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:([^@/]*)@)?([^:/?#]+|\[[^\]]*\])(?::(\d+))?([/?][^#]*)?(?:#.*)?$/i.exec(text) ??
    [];
  if (host === undefined) return undefined;
  const lower = scheme.toLowerCase();
  return {
    scheme: lower,
    host: host.replace(/^\[|\]$/g, ""),
    port: port === undefined ? (lower === "https" ? 443 : 80) : Number(port),
    path: rest === "" ? "/" : rest.startsWith("?") ? `/${rest}` : rest,
    user,
  };
}

export async function sendRequest(
  connection: Connection,
  method: string,
  path: string,
  headers: readonly (readonly [string, string])[],
  body: Uint8Array | undefined,
): Promise<string> {
  const head = `${method} ${path} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
  await connection.writer.write(head);
  if (body !== undefined && body.length > 0) await connection.writer.write(body);
  return head;
}

/** Reads with what was read too much put back. */
export class Buffered {
  readonly #reader: ByteReader;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }
  async chunk(max: number): Promise<Uint8Array | null> {
    if (this.#rest.length === 0) {
      const next = await this.#reader.read();
      if (next === null) return null;
      this.#rest = next;
    }
    const taken = this.#rest.subarray(0, max);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }
  /** Up to and with `end`; null at the end of the stream. */
  async until(end: string): Promise<string | null> {
    let text = "";
    for (;;) {
      const chunk = await this.chunk(MAX_HEAD);
      if (chunk === null) return text === "" ? null : text;
      const before = text.length;
      text += String.fromCharCode(...chunk.subarray(0, MAX_HEAD));
      const at = text.indexOf(end, Math.max(0, before - end.length));
      if (at !== -1) {
        this.#rest = concatBytes([chunk.subarray(at + end.length - before), this.#rest]);
        return decoder.decode(Uint8Array.from(text.slice(0, at), (character) => character.charCodeAt(0)));
      }
      if (text.length > MAX_HEAD) throw new HttpError("header too large");
    }
  }
}

/** Undefined where the server closed without a word. Throws `HttpError`, `Errno`. */
export async function readResponse(
  connection: Connection,
  method: string,
  input = new Buffered(connection.reader),
): Promise<HttpResponse | undefined> {
  for (;;) {
    const head = await input.until("\r\n\r\n");
    if (head === null) return undefined;
    const [first = "", ...lines] = head.split("\r\n");
    const [, version, status, reason = ""] = /^(HTTP\/\d\.\d) (\d{3}) ?(.*)$/.exec(first) ?? [];
    if (version === undefined) throw new HttpError("Received HTTP/0.9 when not allowed");
    if (status === "100") continue;
    const headers = lines.map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at), line.slice(at + 1).trim()] as const;
    });
    const header = (name: string) => headers.find(([key]) => key.toLowerCase() === name)?.[1];
    const length = header("content-length") === undefined ? undefined : Number(header("content-length"));
    const empty = method === "HEAD" || status === "204" || status === "304";
    return {
      version,
      status: Number(status),
      reason,
      headers,
      head: `${head}\r\n\r\n`,
      header,
      length,
      body: async function* () {
        if (empty) return;
        if (header("transfer-encoding")?.toLowerCase() === "chunked") {
          for (;;) {
            const line = await input.until("\r\n");
            const size = Number.parseInt(line ?? "0", 16);
            if (Number.isNaN(size)) throw new HttpError("bad chunk");
            if (size === 0) return;
            for (let left = size; left > 0; ) {
              const chunk = await input.chunk(left);
              if (chunk === null) throw new Errno("ECONNRESET");
              left -= chunk.length;
              yield chunk;
            }
            await input.until("\r\n");
          }
        }
        for (let left = length ?? Number.POSITIVE_INFINITY; left > 0; ) {
          const chunk = await input.chunk(Math.min(left, 65_536));
          if (chunk === null) return;
          left -= chunk.length;
          yield chunk;
        }
      },
    };
  }
}

export function basicAuthorization(user: string): string {
  return `Basic ${encodeBase64(user)}`;
}

/** Where a Location leads, from the page that gave it. */
export function resolveLocation(base: HttpUrl, location: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(location)) return location;
  const site = `${base.scheme}://${base.host}${isDefaultPort(base) ? "" : `:${base.port}`}`;
  if (location.startsWith("//")) return `${base.scheme}:${location}`;
  if (location.startsWith("/")) return site + location;
  const path = base.path.replace(/\?.*/, "");
  if (location.startsWith("?")) return site + path + location;
  return site + path.slice(0, path.lastIndexOf("/") + 1) + location;
}

export const isDefaultPort = ({ scheme, port }: HttpUrl): boolean => port === (scheme === "https" ? 443 : 80);

/** The text of a URL's port where that is no port; undefined: it is one, or there is none. */
export function badPort(url: string): string | undefined {
  const port = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[^@/]*@)?(?:\[[^\]]*\]|[^:/?#]*):([^/?#@]*)(?=[/?#]|$)/i.exec(url)?.[1];
  if (port === undefined || port === "") return undefined;
  return /^\d{1,5}$/.test(port) && Number(port) <= 65_535 ? undefined : port;
}

/** A connection that waits for nothing longer than until `until()`, on the clock: then reading fails with ETIMEDOUT. */
export function timed(process: Process, connection: Connection, leftMs: () => number): Connection {
  const { reader } = connection;
  const read: ByteReader["read"] = (max) =>
    new Promise((resolve, reject) => {
      const cancel = process.clock.after(Math.max(0, leftMs()), () => {
        reject(new Errno("ETIMEDOUT"));
        connection.close();
      });
      reader.read(max).then(resolve, reject).finally(cancel);
    });
  return {
    ...connection,
    reader: { read, close: () => reader.close(), [Symbol.asyncIterator]: () => iterate({ ...reader, read }) },
    close: (options) => connection.close(options),
  };
}

/** Connects to the first address that answers. Throws the last `Errno`. */
export async function connectAny(
  process: Process,
  addresses: readonly string[],
  port: number,
  timeoutMs?: number,
): Promise<Connection> {
  let failure: unknown = new Errno("EHOSTUNREACH");
  for (const address of addresses) {
    try {
      return await process.network.connect(address, port, timeoutMs === undefined ? {} : { timeoutMs });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
