/** exec, attach and port-forward over SPDY/3.1, as older clients ask for them and newer ones where a WebSocket was refused. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { StatusError } from "../../machinery/status.ts";
import { UpgradeFailure } from "../http.ts";
import { parseBoolean } from "../rest/options.ts";
import { SpdyConnection, type SpdyStream } from "../spdy/connection.node.ts";
import { portForwardStreams } from "../spdy/port-forward.node.ts";
import { processStreams } from "../spdy/process.node.ts";
import { listOf, reachable, type Upgrade } from "./request.node.ts";

const SPDY = "SPDY/3.1";
const PROCESS_PROTOCOL = "v4.channel.k8s.io";
const PORTS_PROTOCOL = "portforward.k8s.io";
/** A client that has heard the end of its session and does not hang up is hung up on after this (ms). */
const LINGER_MS = 10_000;

export async function openProcessOverSpdy(upgrade: Upgrade): Promise<void> {
  const { handler, request, socket } = upgrade;
  checkSpdy(upgrade.raw);
  const session = await handler.openProcess({ ...request, method: "POST" });
  socket.on("close", () => session.close());
  let protocol: string;
  try {
    protocol = negotiate(upgrade.raw, [PROCESS_PROTOCOL]);
  } catch (error) {
    session.close();
    throw error;
  }
  const wanted = ["stdin", "stdout", "stderr", "tty"].filter((name) => parseBoolean(request.query.get(name) ?? ""));
  accept(
    upgrade,
    protocol,
    processStreams(session, new Set(wanted), () => {
      // The client hangs up when it has read all; one that does not is not waited for.
      if ("setTimeout" in socket) (socket as Socket).setTimeout(LINGER_MS, () => socket.destroy());
    }),
  );
}

export async function openPortsOverSpdy(upgrade: Upgrade): Promise<void> {
  const { handler, request, raw } = upgrade;
  checkSpdy(raw);
  await reachable(upgrade);
  const open = (port: number) => handler.openPort(request, port);
  accept(upgrade, negotiate(raw, [PORTS_PROTOCOL]), portForwardStreams(open));
}

function checkSpdy(raw: IncomingMessage): void {
  if ((raw.headers.upgrade ?? "").toLowerCase() !== SPDY.toLowerCase())
    throw new StatusError(400, "BadRequest", `unable to upgrade: missing upgrade headers in request`);
}

/** The client's first protocol that is known here; upstream's refusal where there is none (httpstream.Handshake). */
function negotiate(raw: IncomingMessage, known: readonly string[]): string {
  const offered = listOf(raw.headers["x-stream-protocol-version"]);
  const protocol = offered.find((item) => known.includes(item));
  if (protocol !== undefined) return protocol;
  throw new UpgradeFailure(
    403,
    `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(" ")}], server accepts [${known.join(" ")}]`,
    known.map((item) => `X-Accepted-Stream-Protocol-Versions: ${item}`),
  );
}

/** Finishes the handshake; frames go both ways from now on. */
function accept({ socket, head }: Upgrade, protocol: string, opened: (stream: SpdyStream) => void): SpdyConnection {
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${SPDY}\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  const connection = new SpdyConnection(
    {
      send: (frame) =>
        new Promise((resolve, reject) => {
          socket.write(frame, (error) => (error ? reject(error) : resolve()));
        }),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      close: () => socket.end(),
    },
    opened,
  );
  socket.on("data", (data: Buffer) => connection.receive(data));
  socket.on("end", () => connection.close());
  socket.on("close", () => connection.close());
  if (head.length > 0) connection.receive(head);
  return connection;
}
