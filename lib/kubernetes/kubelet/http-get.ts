/** One HTTP/1.1 request from the node, for probes and hooks. */
import { isErrno, type Network } from "../../machine/index.ts";

interface HttpGetOptions {
  readonly address: string;
  readonly port: number;
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly scheme: "HTTP" | "HTTPS";
  readonly userAgent: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Sent by POST. */
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Value of a header, by its name in lower case. */
  readonly header: (name: string) => string | undefined;
}

/** Go's net/http words for what went wrong. */
export class HttpGetError extends Error {}

const MAX_BODY = 10 * 1024;

export async function httpGet(network: Network, options: HttpGetOptions): Promise<HttpAnswer> {
  const { address, port, path } = options;
  const url = `${options.scheme.toLowerCase()}://${address}:${port}${path.startsWith("/") ? path : `/${path}`}`;
  const fail = (words: string) => new HttpGetError(`Get "${url}": ${words}`);
  let connection: Awaited<ReturnType<Network["connect"]>>;
  try {
    connection = await network.connect(address, port, { signal: options.signal, timeoutMs: options.timeoutMs });
  } catch (error) {
    throw fail(dialError(address, port, error, "http"));
  }
  const close = () => connection.close();
  options.signal.addEventListener("abort", close, { once: true });
  try {
    if (options.scheme === "HTTPS") throw fail("http: server gave HTTP response to HTTPS client");
    const headers = new Map<string, string>([
      ["Host", `${address}:${port}`],
      ["User-Agent", options.userAgent],
      ["Accept", "*/*"],
    ]);
    if (options.body !== undefined)
      headers.set("Content-Length", String(new TextEncoder().encode(options.body).length));
    for (const { name, value } of options.headers) headers.set(name, value);
    const head = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
    await connection.writer.write(
      `${options.body === undefined ? "GET" : "POST"} ${path.startsWith("/") ? path : `/${path}`} HTTP/1.1\r\n${head}Connection: close\r\n\r\n${options.body ?? ""}`,
    );
    let text = "";
    const decoder = new TextDecoder();
    for (;;) {
      const chunk = await connection.reader.read();
      if (chunk === null) break;
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MAX_BODY || isComplete(text)) break;
    }
    options.signal.throwIfAborted();
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(text);
    if (text === "") throw fail("EOF");
    if (status === null)
      throw fail(
        `net/http: HTTP/1.x transport connection broken: malformed HTTP response ${JSON.stringify(text.split("\n")[0])}`,
      );
    const body = text.indexOf("\r\n\r\n");
    const answered = text.slice(0, body === -1 ? text.length : body);
    return {
      status: Number(status[1]),
      body: body === -1 ? "" : text.slice(body + 4),
      header: (name) =>
        answered
          .split("\r\n")
          .find((line) => line.toLowerCase().startsWith(`${name}:`))
          ?.slice(name.length + 1)
          .trim(),
    };
  } catch (error) {
    if (error instanceof HttpGetError) throw error;
    options.signal.throwIfAborted();
    if (isErrno(error, "ECONNRESET")) throw fail(`read tcp ${address}:${port}: read: connection reset by peer`);
    throw fail("EOF");
  } finally {
    options.signal.removeEventListener("abort", close);
    connection.close();
  }
}

function isComplete(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end + 2));
  return length !== null && new TextEncoder().encode(text.slice(end + 4)).length >= Number(length[1]);
}

/** What Go's net.Dial says. */
export function dialError(address: string, port: number, error: unknown, how: "http" | "tcp"): string {
  const where = `dial tcp ${address}:${port}:`;
  if (isErrno(error, "ECONNREFUSED")) return `${where} connect: connection refused`;
  if (isErrno(error, "EHOSTUNREACH")) return `${where} connect: no route to host`;
  if (isErrno(error, "ENETUNREACH")) return `${where} connect: network is unreachable`;
  if (how === "http") return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
  return `${where} i/o timeout`;
}
