/** WebSockets of pages: terminals and live views. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import { cookieValue, findSession, SESSION_COOKIE } from "../accounts/index.ts";
import type { Queries } from "../db/index.ts";
import { writeFrame } from "../protocol/terminal-frame.ts";
import type { LiveMessage } from "../protocol/types.ts";
import { isSameOrigin } from "./http.ts";
import { AttemptError, type AttemptService, isNotFound, type LoadedAttempt } from "./service.ts";

const CLOSE_GONE = 4404;
const CLOSE_FAILED = 1011;
const PING_MS = 25_000;
/** A page that does not read is cut off rather than kept in memory (bytes). */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

const terminalMessage = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("input"), data: z.string().max(65_536) }),
  z.strictObject({
    type: z.literal("resize"),
    columns: z.number().int().min(2).max(1000),
    rows: z.number().int().min(2).max(1000),
  }),
]);

interface SocketOptions {
  readonly attempts: AttemptService;
  readonly queries: () => Promise<Queries>;
}

/** Takes upgrade requests below /ws/. A foreign or unknown sandbox is refused with 403 before the upgrade. */
export function createSockets(options: SocketOptions): {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
} {
  const server = new WebSocketServer({ noServer: true, maxPayload: 256 * 1024 });
  const heartbeat = setInterval(() => {
    for (const client of server.clients) client.ping();
  }, PING_MS);
  heartbeat.unref();

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const [, , kind, sandbox, terminal] = url.pathname.split("/");
    if (!isSameOrigin(request.headers.origin, request.headers.host)) return refuse(socket, 403, "Forbidden");
    if (
      (kind !== "terminal" && kind !== "live") ||
      sandbox === undefined ||
      (kind === "terminal" && terminal === undefined)
    ) {
      return refuse(socket, 404, "Not Found");
    }
    let attempt: LoadedAttempt;
    try {
      const session = await findSession(
        await options.queries(),
        cookieValue(request.headers.cookie, SESSION_COOKIE),
        new Date(),
      );
      attempt = await options.attempts.open(sandbox, session?.learnerId);
    } catch (error) {
      if (error instanceof AttemptError) return refuse(socket, error.status, "Forbidden");
      console.error(`WebSocket ${url.pathname}:`, error);
      return refuse(socket, 500, "Internal Server Error");
    }
    server.handleUpgrade(request, socket, head, (client) => {
      const disconnect = options.attempts.connect(attempt);
      client.once("close", disconnect);
      client.on("error", () => client.terminate());
      const since = Number(url.searchParams.get("since") ?? 0);
      const serving =
        kind === "live"
          ? serveLive(client, attempt, options, url.searchParams.get("editor") === "1")
          : serveTerminal(client, attempt, terminal ?? "", Number.isFinite(since) ? since : 0);
      serving.catch((error: unknown) => {
        if (isNotFound(error)) client.close(CLOSE_GONE, "the terminal is gone");
        else {
          console.error(`WebSocket ${url.pathname}:`, error);
          client.close(CLOSE_FAILED, "the connection could not be set up");
        }
      });
    });
  };

  return {
    upgrade: (request, socket, head) => {
      socket.on("error", () => socket.destroy());
      void upgrade(request, socket, head);
    },
    close: () => {
      clearInterval(heartbeat);
      for (const client of server.clients) client.close(1001, "the server is shutting down");
      server.close();
    },
  };
}

async function serveLive(
  client: WebSocket,
  attempt: LoadedAttempt,
  options: SocketOptions,
  editor: boolean,
): Promise<void> {
  const send = (message: LiveMessage) => {
    if (client.bufferedAmount > MAX_BUFFERED_BYTES) client.terminate();
    else client.send(JSON.stringify(message));
  };
  const stopNotices = options.attempts.onNotice(attempt, (message) => {
    send(message);
    // The subscription died with the worker: the page connects again, to where the sandbox lives now.
    client.close(1012, "the sandbox was restored");
  });
  client.once("close", stopNotices);
  const stop = await attempt.worker.subscribe("live", [attempt.id, editor], send);
  if (client.readyState === client.OPEN) client.once("close", stop);
  else stop();
}

async function serveTerminal(
  client: WebSocket,
  attempt: LoadedAttempt,
  terminal: string,
  since: number,
): Promise<void> {
  const { calls } = attempt.worker;
  client.on("message", (raw, isBinary) => {
    if (isBinary) return;
    let parsed: ReturnType<typeof terminalMessage.safeParse>;
    try {
      parsed = terminalMessage.safeParse(JSON.parse(raw.toString()));
    } catch {
      return client.close(1007, "not JSON");
    }
    if (!parsed.success) return client.close(1007, "not a terminal message");
    const message = parsed.data;
    const sent =
      message.type === "input"
        ? calls.terminalInput(attempt.id, terminal, message.data)
        : calls.resizeTerminal(attempt.id, terminal, message.columns, message.rows);
    sent.catch((error: unknown) => {
      if (isNotFound(error)) client.close(CLOSE_GONE, "the terminal is gone");
      // Its worker was lost: the page connects again, to where the sandbox lives now.
      else client.close(1012, "the sandbox is being restored");
    });
  });
  const stop = await attempt.worker.subscribe("terminal", [attempt.id, terminal, since], ({ position, data }) => {
    if (client.bufferedAmount > MAX_BUFFERED_BYTES) return client.terminate();
    client.send(writeFrame(position, data));
  });
  if (client.readyState === client.OPEN) client.once("close", stop);
  else stop();
}

function refuse(socket: Duplex, status: number, reason: string): void {
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
