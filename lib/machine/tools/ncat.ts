/** Nmap's nc: connects or listens, and can hand a connection to a command. TCP alone. */
import { isErrno } from "../errno.ts";
import type { ByteReader, ByteWriter, Connection } from "../types.ts";
import { connectAny } from "./support/http.ts";
import { hostAddresses } from "./support/resolver.ts";
import { type AnyTool, tool } from "./support/tool.ts";

const DEFAULT_PORT = 31337;

export const ncat = tool(
  {
    name: "ncat",
    usage: "[options] [hostname] [port]",
    options: {
      listen: { long: "listen", short: "l" },
      "keep-open": { long: "keep-open", short: "k" },
      "send-only": { long: "send-only" },
      "recv-only": { long: "recv-only" },
      "max-conns": { long: "max-conns", short: "m", value: true },
      "sh-exec": { long: "sh-exec", short: "c", value: true },
      exec: { long: "exec", short: "e", value: true },
      "source-port": { long: "source-port", short: "p", value: true },
      wait: { long: "wait", short: "w", value: true },
      verbose: { long: "verbose", short: "v" },
      nodns: { long: "nodns", short: "n" },
      four: { short: "4" },
    },
  },
  async (tool) => {
    const { process } = tool;
    const fail = (text: string) => tool.process.stderr.write(`Ncat: ${text} QUITTING.\n`).then(() => 2);
    if (tool.has("listen")) {
      const port = Number(tool.operands.at(-1) ?? tool.value("source-port") ?? DEFAULT_PORT);
      let listener: ReturnType<typeof process.network.listen>;
      try {
        listener = process.network.listen(port);
      } catch (error) {
        if (!isErrno(error)) throw error;
        return fail(`bind to 0.0.0.0:${port}: ${error.message}.`);
      }
      process.onSignal("SIGPIPE", "ignore");
      if (tool.has("verbose")) await process.stderr.write(`Ncat: Listening on 0.0.0.0:${port}\n`);
      const limit = tool.has("keep-open") ? Number(tool.value("max-conns") ?? 100) : 1;
      let open = 0;
      do {
        const connection = await listener.accept();
        if (open >= limit) {
          connection.close();
          continue;
        }
        if (tool.has("verbose"))
          await process.stderr.write(`Ncat: Connection from ${connection.remoteAddress}:${connection.remotePort}.\n`);
        open++;
        const served = serveOne(connection).finally(() => {
          open--;
        });
        if (!tool.has("keep-open")) await served;
        else void served.catch(() => undefined);
      } while (tool.has("keep-open"));
      listener.close();
      return 0;
    }
    const [host, port = String(DEFAULT_PORT)] = tool.operands;
    if (host === undefined) return fail("You must specify a host to connect to.");
    const addresses = await hostAddresses(process, host);
    if (typeof addresses === "string") return fail(`Could not resolve hostname "${host}": Name or service not known.`);
    const wait = tool.value("wait");
    try {
      const connection = await connectAny(
        process,
        addresses,
        Number(port),
        wait === undefined ? 10_000 : Number.parseFloat(wait) * 1000,
      );
      await serveOne(connection);
      return 0;
    } catch (error) {
      if (!isErrno(error)) throw error;
      await process.stderr.write(`Ncat: ${error.message}.\n`);
      return 1;
    }

    async function serveOne(connection: Connection): Promise<void> {
      const shell = tool.value("sh-exec");
      const program = tool.value("exec");
      try {
        if (shell !== undefined || program !== undefined) {
          const child = process.spawn({
            argv: shell === undefined ? (program ?? "").split(/\s+/) : ["/bin/sh", "-c", shell],
            stdin: connection.reader,
            stdout: connection.writer,
          });
          await child.exited;
          return;
        }
        const sent = tool.has("recv-only")
          ? new Promise<void>(() => undefined)
          : pump(tool, process.stdin, connection.writer).then(() => connection.writer.close());
        const received = tool.has("send-only")
          ? new Promise<void>(() => undefined)
          : pump(tool, connection.reader, process.stdout);
        // Whoever only sends is done when its input ends; everybody else when the other side is.
        await (tool.has("send-only") ? sent : received);
      } finally {
        connection.close();
      }
    }
  },
);

async function pump(tool: AnyTool, from: ByteReader, to: ByteWriter): Promise<void> {
  try {
    for (let chunk = await from.read(); chunk !== null; chunk = await from.read()) await to.write(chunk);
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (error.code !== "EPIPE" && error.code !== "ECONNRESET") await tool.complain(error.message);
  }
}
