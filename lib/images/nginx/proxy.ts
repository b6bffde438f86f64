/** proxy_pass to one http:// upstream. */
import { type Connection, isErrno } from "../../machine/index.ts";
import type { HttpReply, HttpRequest } from "../kit/http.ts";
import { StreamReader } from "../kit/reader.ts";
import { resolveHost } from "../kit/resolve.ts";
import type { NginxContext } from "./serve.ts";

/** The upstream's reply; undefined (502) where it cannot be had. */
export async function proxy(
  context: NginxContext,
  target: string,
  prefix: string,
  request: HttpRequest,
): Promise<HttpReply | undefined> {
  const match = /^http:\/\/([^/:]+)(?::(\d+))?(\/.*)?$/.exec(target);
  const fail = (why: string) =>
    context.error(
      "error",
      `*1 ${why} while connecting to upstream, client: ${request.remoteAddress}, request: "${request.method} ${request.target} ${request.version}", upstream: "${target}", host: "${request.headers.get("host") ?? ""}"`,
    );
  if (match === null) {
    fail("invalid upstream");
    return undefined;
  }
  const [, host = "", port = "80", base] = match;
  const sent = base === undefined ? request.target : base + request.target.slice(prefix.length);
  let connection: Connection;
  try {
    const address = await resolveHost(context.process, host);
    if (address === undefined) {
      fail(`${host} could not be resolved (3: Host not found)`);
      return undefined;
    }
    connection = await context.process.network.connect(address, Number(port), {
      signal: context.process.signal,
      timeoutMs: 60_000,
    });
  } catch (error) {
    if (!isErrno(error)) throw error;
    fail(`connect() failed (111: ${error.message})`);
    return undefined;
  }
  try {
    let head = `${request.method} ${sent} HTTP/1.0\r\nHost: ${host}\r\nConnection: close\r\n`;
    for (const [name, value] of request.headers) {
      if (!["host", "connection", "content-length", "transfer-encoding"].includes(name))
        head += `${name}: ${value}\r\n`;
    }
    if (request.body.length > 0) head += `Content-Length: ${request.body.length}\r\n`;
    await connection.writer.write(`${head}\r\n`);
    if (request.body.length > 0) await connection.writer.write(request.body);
    const reader = new StreamReader(connection.reader);
    const status = /^HTTP\/1\.[01] (\d{3})/.exec((await reader.line()) ?? "");
    if (status === null) {
      fail("upstream prematurely closed connection");
      return undefined;
    }
    const headers: Record<string, string> = {};
    for (;;) {
      const line = await reader.line();
      if (line === undefined || line === "") break;
      const colon = line.indexOf(":");
      const name = line.slice(0, colon);
      if (/^(server|date|connection|content-length|transfer-encoding)$/i.test(name)) continue;
      headers[name] = line.slice(colon + 1).trim();
    }
    return { status: Number(status[1]), headers, body: await reader.rest() };
  } catch (error) {
    if (!isErrno(error)) throw error;
    fail("recv() failed (104: Connection reset by peer)");
    return undefined;
  } finally {
    connection.close();
  }
}
