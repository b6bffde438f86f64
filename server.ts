/** HTTP and WebSocket entry: pages (Next), terminals and live views, the API of every sandbox's cluster. */
import { EventEmitter } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import type { Duplex } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";
import next from "next";
import { AttemptService, createSockets, handleApi } from "./lib/attempts/index.ts";
import { type Content, loadContent } from "./lib/course/index.ts";
import { type Database, openDatabase } from "./lib/db/index.ts";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const development = process.env["NODE_ENV"] !== "production";
const port = Number(process.env["PORT"] ?? 3000);
const host = process.env["HOST"] ?? "localhost";
const dataDirectory = process.env["STATECRAFT_DATA"] ?? join(root, "data");
const contentDirectory = process.env["STATECRAFT_CONTENT"] ?? join(root, "content");

let content: Content | undefined;
/** Read once in production; anew after each change of a lesson while developing (the pages watch the files). */
function currentContent(): Content {
  if (content === undefined || development) content = loadContent(contentDirectory);
  return content;
}

let database: Promise<Database> | undefined;
function queries() {
  database ??= openDatabase(
    process.env["DATABASE_URL"] !== undefined
      ? { url: process.env["DATABASE_URL"] }
      : { directory: join(dataDirectory, "pglite"), seed: join(here, "pglite-seed.tar.gz") },
  );
  return database.then((opened) => opened.queries);
}

const attempts = new AttemptService({
  queries,
  content: currentContent,
  workerEntry: pathToFileURL(join(here, "sandbox-worker.mjs")),
  ...(process.env["STATECRAFT_WORKERS"] === undefined ? {} : { workers: Number(process.env["STATECRAFT_WORKERS"]) }),
});
const api = { attempts, queries };
// The route handlers are compiled by Next into bundles of their own; this is where they find the one service.
(globalThis as { statecraft?: unknown }).statecraft = { handleApi: (request: Request) => handleApi(request, api) };

/** Next attaches a listener for upgrades to the server it is given and closes what it does not know: it gets a stand-in. */
const nextUpgrades = new EventEmitter();
const app = next({ dev: development, dir: root, hostname: host, port, httpServer: nextUpgrades as unknown as Server });

/** Passes a connection on to the worker that owns the cluster, byte by byte: watches, exec and port-forward included. */
async function toCluster(id: string, socket: Duplex, head: Uint8Array): Promise<void> {
  const attempt = await attempts.openForCluster(id);
  const leave = attempts.connect(attempt);
  const workerPort = await attempt.worker.calls.port();
  const upstream = connect(workerPort, "127.0.0.1", () => {
    upstream.write(head);
    socket.pipe(upstream).pipe(socket);
  });
  const end = () => {
    socket.destroy();
    upstream.destroy();
  };
  socket.once("close", () => {
    leave();
    upstream.destroy();
  });
  socket.once("error", end);
  upstream.once("error", end);
  upstream.once("close", end);
}

/** A request as it came over the wire, without its body. */
function requestHead(request: IncomingMessage): Buffer {
  let text = `${request.method} ${request.url} HTTP/1.1\r\n`;
  for (let index = 0; index < request.rawHeaders.length; index += 2)
    text += `${request.rawHeaders[index]}: ${request.rawHeaders[index + 1]}\r\n`;
  return Buffer.from(`${text}\r\n`, "latin1");
}

const clusterOf = (url: string | undefined) => /^\/clusters\/([0-9a-f-]{36})(?:\/|\?|$)/.exec(url ?? "")?.[1];

const forbidden = JSON.stringify({
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Failure",
  message: "forbidden: unknown cluster or token",
  reason: "Forbidden",
  code: 403,
});

async function main(): Promise<void> {
  await app.prepare();
  const handlePage = app.getRequestHandler();
  const sockets = createSockets(api);
  const server = createServer((request, response) => {
    const cluster = clusterOf(request.url);
    if (cluster === undefined) {
      void handlePage(request, response);
      return;
    }
    proxyRequest(cluster, request, response).catch(() => {
      response.writeHead(403, { "content-type": "application/json" }).end(forbidden);
    });
  });
  server.on("upgrade", (request, socket, head) => {
    const url = request.url ?? "";
    const cluster = clusterOf(url);
    if (cluster !== undefined) {
      toCluster(cluster, socket, Buffer.concat([requestHead(request), head])).catch(() => {
        socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      });
    } else if (url.startsWith("/ws/")) sockets.upgrade(request, socket, head);
    else if (url.startsWith("/_next/")) nextUpgrades.emit("upgrade", request, socket, head);
    else socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  console.log(
    `Statecraft is ready at http://${host}:${typeof address === "object" && address !== null ? address.port : port}`,
  );
  for (const finding of currentContent().findings) {
    if (finding.level === "error")
      console.error(`content/${finding.file}:${finding.line}: ${finding.message} (this lesson is left out)`);
  }

  let stopping = false;
  // In a cluster of somebody else's nothing is made that nobody asked for.
  if (!development && !process.env["STATECRAFT_KUBECONFIG"])
    attempts.warmUp().catch((error: Error) => {
      if (!stopping) console.error(`What the first learner needs could not be made ready: ${error.message}`);
    });

  const stop = async () => {
    if (stopping) return;
    stopping = true;
    sockets.close();
    server.close();
    server.closeAllConnections();
    await attempts.close();
    await (await database)?.close();
    process.exit(0);
  };
  process.on("SIGINT", () => void stop());
  process.on("SIGTERM", () => void stop());
}

async function proxyRequest(
  cluster: string,
  request: IncomingMessage,
  response: import("node:http").ServerResponse,
): Promise<void> {
  const attempt = await attempts.openForCluster(cluster);
  const workerPort = await attempt.worker.calls.port();
  const { request: forward } = await import("node:http");
  const leave = attempts.connect(attempt);
  response.once("close", leave);
  const upstream = forward(
    { host: "127.0.0.1", port: workerPort, method: request.method, path: request.url, headers: request.headers },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      // Watches must not wait for a full buffer.
      response.flushHeaders();
      answer.pipe(response);
    },
  );
  response.once("close", () => upstream.destroy());
  upstream.once("error", () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end();
  });
  request.pipe(upstream);
}

process.on("unhandledRejection", (reason) => console.error("Bug in the server (unhandled rejection):", reason));
main().catch((error: unknown) => {
  console.error(explain(error));
  process.exit(1);
});

function explain(error: unknown): string {
  if (error instanceof Error && (error as NodeJS.ErrnoException).code === "EADDRINUSE") {
    return `Port ${port} is in use. Stop what uses it, or choose another: PORT=3001 npm start`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
