import { isErrno } from "../errno.ts";
import type { ByteReader, ByteWriter, Connection } from "../types.ts";
import { connectAny } from "./support/http.ts";
import { hostAddresses } from "./support/resolver.ts";
import { type AnyTool, tool } from "./support/tool.ts";

/** What the two that people meet say; both keep silent without -v, and busybox's of refusals even then. */
interface Words {
  readonly listening: (port: number) => string;
  readonly received: (address: string, port: number) => string;
  readonly unknown: (host: string, port: string) => string;
  readonly open: (host: string, address: string, port: number) => string;
  /** Undefined: nothing. */
  readonly failed: (
    host: string,
    address: string,
    port: number,
    error: { readonly code: string; readonly message: string },
  ) => string | undefined;
}

/** OpenBSD's (netcat.c of Debian's netcat-openbsd). */
const OPENBSD: Words = {
  listening: (port) => `Listening on 0.0.0.0 ${port}`,
  received: (address, port) => `Connection received on ${address} ${port}`,
  unknown: (host, port) => `nc: getaddrinfo for host "${host}" port ${port}: Name or service not known`,
  open: (host, address, port) => `Connection to ${host} (${address}) ${port} port [tcp/*] succeeded!`,
  failed: (host, address, port, { code, message }) =>
    `nc: connect to ${host} (${address}) port ${port} (tcp) ${code === "ETIMEDOUT" ? "timed out: Operation now in progress" : `failed: ${message}`}`,
};

/** busybox's (networking/nc_bloaty.c). */
const BUSYBOX: Words = {
  listening: (port) => `listening on [::]:${port} ...`,
  received: (address, port) =>
    `connect to [::ffff:127.0.0.1]:0 from [::ffff:${address}]:${port} ([::ffff:${address}]:${port})`,
  unknown: (host) => `nc: bad address '${host}'`,
  open: (host, address, port) => `${host} (${address}:${port}) open`,
  failed: (host, address, port, { code, message }) =>
    code === "ECONNREFUSED" ? undefined : `nc: ${host} (${address}:${port}): ${message}`,
};

const netcat = (words: Words) =>
  tool(
    {
      name: "nc",
      usage: "[-lkvzn] [-p port] [-w seconds] [-e prog] [host] [port]",
      options: {
        listen: { short: "l" },
        keep: { short: "k" },
        port: { short: "p", value: true },
        verbose: { short: "v" },
        wait: { short: "w", value: true },
        zero: { short: "z" },
        numeric: { short: "n" },
        close: { short: "N" },
        quit: { short: "q", value: true },
        udp: { short: "u" },
        execute: { short: "e", value: true },
        four: { short: "4" },
      },
    },
    async (tool) => {
      const { process } = tool;
      if (tool.has("udp")) return tool.die("UDP is not available here");
      if (tool.has("listen")) {
        const port = Number(tool.value("port") ?? tool.operands.at(-1));
        if (!(port > 0)) return tool.usage("missing port number");
        const listener = process.network.listen(port);
        if (tool.has("verbose")) await process.stderr.write(`${words.listening(port)}\n`);
        do {
          const connection = await listener.accept();
          if (tool.has("verbose"))
            await process.stderr.write(`${words.received(connection.remoteAddress, connection.remotePort)}\n`);
          await talk(connection);
        } while (tool.has("keep"));
        listener.close();
        return 0;
      }
      const [host, ports] = tool.operands;
      if (host === undefined || ports === undefined) return tool.usage("missing hostname and port arguments");
      const addresses = await hostAddresses(process, host);
      if (typeof addresses === "string") {
        await process.stderr.write(`${words.unknown(host, ports)}\n`);
        return 1;
      }
      const [from = 0, to = from] = ports.split("-").map(Number);
      let status = 1;
      for (let port = from; port <= to; port++) {
        const limit = tool.value("wait");
        let connection: Connection;
        try {
          connection = await connectAny(
            process,
            addresses,
            port,
            limit === undefined ? undefined : Number(limit) * 1000,
          );
        } catch (error) {
          if (!isErrno(error)) throw error;
          const why = words.failed(host, addresses[0] ?? "", port, error);
          if (tool.has("verbose") && why !== undefined) await process.stderr.write(`${why}\n`);
          continue;
        }
        status = 0;
        if (tool.has("verbose")) await process.stderr.write(`${words.open(host, addresses[0] ?? "", port)}\n`);
        if (tool.has("zero")) connection.close();
        else await talk(connection);
      }
      return status;

      async function talk(connection: Connection): Promise<void> {
        const program = tool.value("execute");
        if (program !== undefined) {
          const child = process.spawn({ argv: [program], stdin: connection.reader, stdout: connection.writer });
          await child.exited;
          connection.close();
          return;
        }
        const sent = pump(tool, process.stdin, connection.writer).then(() => {
          // The other side learns that nothing more comes; what it still sends is read to its end.
          connection.writer.close();
        });
        // Killed while both wait, it is told of both ends; one is enough.
        sent.catch(() => undefined);
        const received = pump(tool, connection.reader, process.stdout);
        await received;
        connection.close();
      }
    },
  );

export const nc = netcat(OPENBSD);
export const busyboxNc = netcat(BUSYBOX);

async function pump(tool: AnyTool, from: ByteReader, to: ByteWriter): Promise<void> {
  try {
    for (let chunk = await from.read(); chunk !== null; chunk = await from.read()) await to.write(chunk);
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (error.code !== "EPIPE" && error.code !== "ECONNRESET") await tool.complain(error.message);
  }
}
