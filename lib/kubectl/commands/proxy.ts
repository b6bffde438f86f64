/** kubectl proxy (kubectl/pkg/cmd/proxy, kubectl/pkg/proxy/proxy_server.go). */
import { RE2JS } from "re2js";
import { type Connection, isErrno, type Listener } from "../../machine/index.ts";
import type { Command } from "../command.ts";
import { CommandError, PlainError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { klogLine } from "../klog.ts";
import {
  type Answer,
  BadRequest,
  canonicalName,
  type IncomingRequest,
  plainAnswer,
  RequestReader,
  reasonOf,
  redirectAnswer,
  redirection,
  writeAnswer,
} from "../proxy/http-server.ts";
import { serveFile } from "../proxy/static-files.ts";
import { type HttpRequest, type Transport, TransportError } from "../transport.ts";
import { bindProblem } from "./port-forward.ts";

const DEFAULT_ACCEPT_HOSTS = "^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$";
const DEFAULT_REJECT_PATHS = "^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach";

/** Which requests are let through. Upstream dies of an expression that is none, as klog.Fatal does. */
class Filter {
  readonly #acceptPaths: readonly RE2JS[];
  readonly #rejectPaths: readonly RE2JS[];
  readonly #acceptHosts: readonly RE2JS[];
  readonly #rejectMethods: readonly RE2JS[];

  constructor(invocation: Invocation) {
    // Nothing given is no expression, which nothing matches.
    const compile = (flag: string) =>
      (invocation.flags.string(flag) === "" ? [] : invocation.flags.string(flag).split(",")).map((source) => {
        try {
          return RE2JS.compile(source);
        } catch (error) {
          const text = `Error compiling re: ${(error as Error).message}`;
          throw new PlainError(klogLine(invocation, "F", "proxy_server.go:83", text), 255);
        }
      });
    this.#acceptPaths = compile("accept-paths");
    this.#rejectPaths = compile("reject-paths");
    this.#acceptHosts = compile("accept-hosts");
    this.#rejectMethods = compile("reject-methods");
  }

  accepts(method: string, path: string, host: string): boolean {
    const matches = (text: string, expressions: readonly RE2JS[]) =>
      expressions.some((one) => one.matcher(text).find());
    if (matches(path, this.#rejectPaths) || matches(method, this.#rejectMethods)) return false;
    return matches(path, this.#acceptPaths) && matches(host, this.#acceptHosts);
  }
}

/** A prefix without a slash in front is a host's name to upstream: no path of this one begins with it. */
const withSlash = (prefix: string): string => (prefix.endsWith("/") ? prefix : `${prefix}/`);

interface Site {
  readonly invocation: Invocation;
  readonly transport: Transport;
  /** Undefined with --disable-filter. */
  readonly filter: Filter | undefined;
  readonly apiPrefix: string;
  readonly www: string;
  readonly wwwPrefix: string;
}

async function proxy(invocation: Invocation): Promise<void> {
  const { flags, process } = invocation;
  if (flags.changed("unix-socket") && flags.changed("port"))
    throw new CommandError("cannot set --unix-socket and --port at the same time");
  if (flags.string("unix-socket") !== "")
    throw new CommandError("--unix-socket is not supported here: this machine has no sockets in its file system");
  const www = flags.string("www");
  if (flags.bool("disable-filter")) {
    await invocation.err(
      klogLine(
        invocation,
        "W",
        "proxy.go:177",
        "Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious",
      ),
    );
  }
  if (www !== "" && !process.files.exists(www)) {
    const text = `Failed to stat static file directory ${www}: stat ${www}: no such file or directory`;
    await invocation.err(klogLine(invocation, "W", "proxy.go:200", text));
  } else if (www !== "" && process.files.stat(www).type !== "directory") {
    await invocation.err(klogLine(invocation, "W", "proxy.go:202", `Static file directory ${www} is not a directory`));
  }
  const { transport } = await invocation.rest();
  const site: Site = {
    invocation,
    transport,
    filter: flags.bool("disable-filter") ? undefined : new Filter(invocation),
    apiPrefix: withSlash(flags.string("api-prefix")),
    www,
    wwwPrefix: withSlash(flags.string("www-prefix")),
  };
  const address = flags.string("address");
  if (/:[^:]*:?/.test(address.replace(/^\[.*\]$/, "")))
    throw new CommandError(`listen tcp: address ${address}:${flags.number("port")}: too many colons in address`);
  const port = flags.number("port");
  const listener = listen(invocation, address, port);
  await invocation.out(`Starting to serve on ${address.includes(":") ? `[${address}]` : address}:${listener.port}\n`);
  for await (const connection of listener) void serve(site, connection);
}

function listen({ process }: Invocation, address: string, port: number): Listener {
  if (port < 0 || port > 65_535) throw new CommandError(`listen tcp: address ${port}: invalid port`);
  try {
    return process.network.listen(port, { address });
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw new CommandError(
      `listen tcp ${address.includes(":") ? `[${address}]` : address}:${port}: ${bindProblem(error)}`,
    );
  }
}

async function serve(site: Site, connection: Connection): Promise<void> {
  const requests = new RequestReader(connection.reader);
  try {
    for (let open = true; open; ) {
      const request = await requests.next();
      if (request === undefined) break;
      open = await writeAnswer(connection.writer, request, await answer(site, request));
    }
  } catch (error) {
    if (error instanceof BadRequest) {
      await connection.writer
        .write(
          "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request",
        )
        .catch(() => undefined);
    }
    // Anything else: the client hung up, or the process is ending.
  } finally {
    connection.close();
  }
}

async function answer(site: Site, request: IncomingRequest): Promise<Answer> {
  const { invocation } = site;
  const question = request.target.indexOf("?");
  const path = question === -1 ? request.target : request.target.slice(0, question);
  const host = (request.headers["host"] ?? "").replace(/:\d+$/, "");
  const forbidden = () => plainAnswer(403, reasonOf(403), invocation.now);
  const moved = redirection(path, site.www === "" ? [site.apiPrefix] : [site.apiPrefix, site.wwwPrefix]);
  if (moved !== undefined) {
    const query = question === -1 ? "" : request.target.slice(question);
    return redirectAnswer(request.method, `${moved}${query}`, invocation.now);
  }
  const filtered = (target: string) => site.filter !== undefined && !site.filter.accepts(request.method, target, host);
  const ofApi = path.startsWith(site.apiPrefix);
  const ofFiles = site.www !== "" && path.startsWith(site.wwwPrefix);
  // The longer prefix has it.
  if (ofFiles && (!ofApi || site.wwwPrefix.length > site.apiPrefix.length)) {
    return serveFile(
      invocation.process.files,
      site.www,
      `/${decoded(path.slice(site.wwwPrefix.length))}`,
      invocation.now,
    );
  }
  if (!ofApi) return plainAnswer(404, "404 page not found", invocation.now);
  // The filter sees paths as the API server will. A prefix that is one of the server's own is left in.
  const from = site.apiPrefix.startsWith("/api") ? 0 : site.apiPrefix.length - 1;
  const target = request.target.slice(from);
  if (filtered(path.slice(from))) return forbidden();
  if (request.headers["upgrade"] !== undefined) {
    return plainAnswer(501, "upgrades through kubectl proxy are not supported here", invocation.now);
  }
  return forward(site, request, target);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const METHODS: readonly string[] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
/** Headers of one hop, and credentials of the caller's: the kubeconfig's go instead. */
const DROPPED = new Set([
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "host",
  "content-length",
  "authorization",
]);

/** What an API server says of methods that the way to it does not carry. */
function methodNotAllowed(now: number): Answer {
  const body = `${JSON.stringify({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: "the server does not allow this method on the requested resource",
    reason: "MethodNotAllowed",
    details: {},
    code: 405,
  })}\n`;
  return {
    status: 405,
    headers: [
      ["Cache-Control", "no-cache, private"],
      ["Content-Length", String(body.length)],
      ["Content-Type", "application/json"],
      ["Date", new Date(now).toUTCString()],
    ],
    body,
  };
}

async function forward({ invocation, transport }: Site, request: IncomingRequest, path: string): Promise<Answer> {
  if (!METHODS.includes(request.method)) return methodNotAllowed(invocation.now);
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !DROPPED.has(name)));
  try {
    const response = await transport.request({
      method: request.method as HttpRequest["method"],
      path,
      headers,
      ...(request.body.length === 0 ? {} : { body: request.body }),
      signal: invocation.process.signal,
    });
    const dropped = new Set(["connection", "transfer-encoding"]);
    const sent = Object.entries({ date: new Date(invocation.now).toUTCString(), ...response.headers })
      .filter(([name]) => !dropped.has(name))
      .map(([name, value]) => [canonicalName(name), value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return { status: response.status, headers: sent, body: response.body };
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    await invocation.err(
      klogLine(invocation, "E", "proxy_server.go:147", `Error while proxying request: ${error.message}`),
    );
    return plainAnswer(500, error.message, invocation.now);
  }
}

export const PROXY: Command = {
  name: "proxy",
  short: "Run a proxy to the Kubernetes API server",
  arguments: "[--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]",
  examples: ["kubectl proxy --port=8011", "kubectl proxy --www=./site --www-prefix=/my-files/"],
  flags: [
    { name: "accept-hosts", type: "string", default: DEFAULT_ACCEPT_HOSTS, usage: "Hosts that may be asked for" },
    { name: "accept-paths", type: "string", default: "^.*", usage: "Paths that are let through" },
    { name: "address", type: "string", default: "127.0.0.1", usage: "Address to serve on" },
    { name: "api-prefix", type: "string", default: "/", usage: "Prefix to serve the API under" },
    {
      name: "append-server-path",
      type: "bool",
      default: "false",
      usage: "Accepted; the server's path is always kept here",
    },
    { name: "disable-filter", type: "bool", default: "false", usage: "Let everything through" },
    { name: "keepalive", type: "duration", default: "0s", usage: "Accepted; connections here do not go stale" },
    { name: "port", shorthand: "p", type: "int", default: "8001", usage: "Port to serve on; 0: any" },
    { name: "reject-methods", type: "string", default: "^$", usage: "Methods that are refused" },
    { name: "reject-paths", type: "string", default: DEFAULT_REJECT_PATHS, usage: "Paths that are refused" },
    { name: "unix-socket", shorthand: "u", type: "string", default: "", usage: "Not supported here" },
    { name: "www", shorthand: "w", type: "string", default: "", usage: "Directory with files to serve" },
    {
      name: "www-prefix",
      shorthand: "P",
      type: "string",
      default: "/static/",
      usage: "Prefix to serve these files under",
    },
  ],
  run: proxy,
};
