/** What nginx answers: files, fixed replies, proxied replies. */
import { isErrno, type Process } from "../../machine/index.ts";
import { contentType, type HttpReply, type HttpRequest, httpDate, REASONS } from "../kit/http.ts";
import type { LocationConfig, NginxConfig, ServerConfig } from "./config.ts";
import { proxy } from "./proxy.ts";

export interface NginxContext {
  readonly process: Process;
  readonly config: () => NginxConfig;
  readonly version: string;
  /** One line of the error log. */
  readonly error: (level: string, message: string) => void;
}

/** Answers one request; undefined means what came was no HTTP. */
export async function answer(
  context: NginxContext,
  port: number,
  request: HttpRequest | undefined,
): Promise<HttpReply> {
  const server = serverOf(context.config(), port, request?.headers.get("host"));
  const token = serverToken(context);
  if (request === undefined) return errorReply(400, token);
  const reply = await locate(context, server, request, request.path, 0);
  const withPage = await errorPage(context, server, reply);
  return { ...withPage, headers: { Server: token, ...withPage.headers } };
}

function serverToken({ config, version }: NginxContext): string {
  return config().serverTokens ? `nginx/${version}` : "nginx";
}

function serverOf(config: NginxConfig, port: number, host: string | undefined): ServerConfig {
  const name = (host ?? "").replace(/:\d+$/, "").toLowerCase();
  const here = config.servers.filter((server) => server.ports.includes(port));
  const found =
    here.find((server) => server.names.includes(name)) ?? here.find((server) => server.isDefault) ?? here[0];
  if (found === undefined) throw new Error(`no server listens on ${port}`);
  return found;
}

function locationOf(server: ServerConfig, path: string): LocationConfig {
  const exact = server.locations.find((location) => location.kind === "exact" && location.path === path);
  if (exact !== undefined) return exact;
  let best: LocationConfig | undefined;
  for (const location of server.locations) {
    if (location.kind !== "prefix" || !path.startsWith(location.path)) continue;
    if (best === undefined || location.path.length > best.path.length) best = location;
  }
  return best ?? server.base;
}

async function locate(
  context: NginxContext,
  server: ServerConfig,
  request: HttpRequest,
  path: string,
  depth: number,
): Promise<HttpReply> {
  const token = serverToken(context);
  if (depth > 10) return errorReply(500, token);
  const location = locationOf(server, path);
  const extra = Object.fromEntries(location.headers);
  if (location.stubStatus) {
    return { status: 200, headers: { "Content-Type": "text/plain", ...extra }, body: "Active connections: 1 \n" };
  }
  if (location.reply !== undefined) {
    const { status } = location.reply;
    const text = substitute(location.reply.text, context.process, request);
    if (status >= 300 && status < 400) return redirect(status, text, token);
    if (text === "") return status >= 400 ? errorReply(status, token) : { status };
    return { status, headers: { "Content-Type": location.defaultType ?? "text/plain", ...extra }, body: text };
  }
  if (location.proxyPass !== undefined) {
    const reply = await proxy(context, location.proxyPass, location.path, request);
    return reply ?? errorReply(502, token);
  }
  if (request.method !== "GET" && request.method !== "HEAD") return errorReply(405, token);
  if (path.split("/").includes("..")) return errorReply(400, token);
  if (location.tryFiles !== undefined) {
    for (const candidate of location.tryFiles.slice(0, -1)) {
      const tried = candidate.replaceAll("$uri", path);
      const type = typeAt(context.process, filePath(location, tried));
      if (tried.endsWith("/") ? type === "directory" : type === "file")
        return serveFile(context, server, location, request, tried, depth);
    }
    const last = location.tryFiles[location.tryFiles.length - 1] ?? "=404";
    if (last.startsWith("=")) return errorReply(Number(last.slice(1)), token);
    return locate(context, server, request, last.replaceAll("$uri", path), depth + 1);
  }
  const reply = await serveFile(context, server, location, request, path, depth);
  return location.headers.length === 0 ? reply : { ...reply, headers: { ...reply.headers, ...extra } };
}

function filePath(location: LocationConfig, path: string): string {
  if (location.alias !== undefined) return location.alias + path.slice(location.path.length);
  return `${location.root ?? "/etc/nginx/html"}${path}`;
}

function typeAt(process: Process, path: string): string | undefined {
  try {
    return process.files.stat(path).type;
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}

async function serveFile(
  context: NginxContext,
  server: ServerConfig,
  location: LocationConfig,
  request: HttpRequest,
  path: string,
  depth: number,
): Promise<HttpReply> {
  const { process } = context;
  const token = serverToken(context);
  const full = filePath(location, path);
  const log = (level: string, what: string) =>
    context.error(
      level,
      `*1 ${what}, client: ${request.remoteAddress}, server: ${server.names[0] ?? ""}, request: "${request.method} ${request.target} ${request.version}", host: "${request.headers.get("host") ?? ""}"`,
    );
  try {
    const stat = process.files.stat(full);
    if (stat.type === "directory") {
      if (!path.endsWith("/")) {
        const host = request.headers.get("host") ?? request.localAddress;
        return redirect(301, `http://${host}${path}/`, token);
      }
      for (const index of location.index ?? ["index.html"]) {
        if (typeAt(process, `${full}${index}`) === "file") {
          return locateIndex(context, server, request, `${path}${index}`, depth);
        }
      }
      if (location.autoindex)
        return { status: 200, headers: { "Content-Type": "text/html" }, body: listing(process, full, path) };
      log("error", `directory index of "${full}" is forbidden`);
      return errorReply(403, token);
    }
    const etag = `"${Math.floor(stat.modified / 1000).toString(16)}-${stat.size.toString(16)}"`;
    const modified = httpDate(stat.modified);
    const headers = { "Last-Modified": modified, ETag: etag };
    if (request.headers.get("if-none-match") === etag || request.headers.get("if-modified-since") === modified) {
      return { status: 304, headers };
    }
    const body = process.files.readFile(full);
    await process.spend(Math.ceil(body.length / 1024));
    return {
      status: 200,
      headers: {
        "Content-Type": contentType(full, location.defaultType ?? "application/octet-stream"),
        ...headers,
        "Accept-Ranges": "bytes",
      },
      body,
    };
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (error.code === "EACCES") {
      log("error", `open() "${full}" failed (13: Permission denied)`);
      return errorReply(403, token);
    }
    if (error.code === "ENOENT" || error.code === "ENOTDIR") {
      log("error", `open() "${full}" failed (2: No such file or directory)`);
      return errorReply(404, token);
    }
    log("crit", `open() "${full}" failed (5: ${error.message})`);
    return errorReply(500, token);
  }
}

/** An index file goes through location matching again, as nginx redirects to it internally. */
function locateIndex(
  context: NginxContext,
  server: ServerConfig,
  request: HttpRequest,
  path: string,
  depth: number,
): Promise<HttpReply> {
  return depth > 5
    ? Promise.resolve(errorReply(500, serverToken(context)))
    : serveFile(context, server, locationOf(server, path), request, path, depth + 1);
}

async function errorPage(context: NginxContext, server: ServerConfig, reply: HttpReply): Promise<HttpReply> {
  const page = reply.status >= 400 ? server.errorPages.get(reply.status) : undefined;
  if (page === undefined || !page.startsWith("/")) return reply;
  const path = filePath(locationOf(server, page), page);
  if (typeAt(context.process, path) !== "file") return reply;
  return { status: reply.status, headers: { "Content-Type": "text/html" }, body: context.process.files.readFile(path) };
}

function errorReply(status: number, token: string): HttpReply {
  const title = `${status} ${REASONS[status] ?? ""}`.trim();
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>${token}</center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: { "Content-Type": "text/html" }, body };
}

function redirect(status: number, location: string, token: string): HttpReply {
  const reply = errorReply(status, token);
  return { ...reply, headers: { ...reply.headers, Location: location } };
}

function listing(process: Process, full: string, path: string): string {
  const rows = process.files.list(full).map((entry) => {
    const name = entry.type === "directory" ? `${entry.name}/` : entry.name;
    return `<a href="${name}">${name}</a>`;
  });
  return `<html>\r\n<head><title>Index of ${path}</title></head>\r\n<body>\r\n<h1>Index of ${path}</h1><hr><pre><a href="../">../</a>\r\n${rows.join("\r\n")}\r\n</pre><hr></body>\r\n</html>\r\n`;
}

function substitute(text: string, process: Process, request: HttpRequest): string {
  const values: Readonly<Record<string, string>> = {
    hostname: process.machine.hostname,
    host: (request.headers.get("host") ?? "").replace(/:\d+$/, ""),
    uri: request.path,
    request_uri: request.target,
    request_method: request.method,
    remote_addr: request.remoteAddress,
    server_addr: request.localAddress,
    server_port: String(request.localPort),
    args: request.target.split("?")[1] ?? "",
    scheme: "http",
  };
  return text
    .replace(
      /\$\{(\w+)\}|\$(\w+)/g,
      (whole, braced: string | undefined, bare: string | undefined) => values[braced ?? bare ?? ""] ?? whole,
    )
    .replaceAll("\\n", "\n");
}
