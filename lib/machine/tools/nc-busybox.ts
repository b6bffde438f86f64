/** nc of BusyBox (networking/nc_bloaty.c). */
import { isErrno } from "../errno.ts";
import type { ByteReader, ByteWriter, Connection, Listener, Program } from "../types.ts";
import { connectAny } from "./support/http.ts";
import { hostAddresses } from "./support/resolver.ts";
import { servicePort } from "./support/services.ts";
import { Exit, type Tool, tool } from "./support/tool.ts";

const USAGE = `BusyBox v1.36.1 multi-call binary.

Usage: nc [OPTIONS] HOST PORT  - connect
nc [OPTIONS] -l -p PORT [HOST] [PORT]  - listen

	-e PROG	Run PROG with the connection (must come last)
	-l	Wait for a connection
	-lk	With -e: again and again
	-p PORT	Port here
	-s ADDR	Address here
	-w SEC	Seconds for connecting, and for the last that is read
	-n	No names
	-v	Tell more
	-z	Only connect
`;

const OPTIONS = {
  listen: { short: "l" },
  keep: { short: "k" },
  port: { short: "p", value: true },
  source: { short: "s", value: true },
  verbose: { short: "v" },
  wait: { short: "w", value: true },
  interval: { short: "i", value: true },
  zero: { short: "z" },
  numeric: { short: "n" },
  random: { short: "r" },
  udp: { short: "u" },
  dump: { short: "o", value: true },
} as const;

type Nc = Tool<typeof OPTIONS>;
const MAX_PORT = 65_535;

/** What comes after -e is another program's command line. */
function divided(words: readonly string[]): { readonly own: readonly string[]; readonly program: readonly string[] } {
  const at = words.findIndex((word) => /^-[a-z]*e$/.test(word));
  if (at === -1) return { own: words, program: [] };
  const rest = (words[at] ?? "").replace(/e$/, "");
  return { own: [...words.slice(0, at), ...(rest === "-" ? [] : [rest])], program: words.slice(at + 1) };
}

export const busyboxNc: Program = tool(
  {
    name: "nc",
    usage: "[OPTIONS] HOST PORT",
    options: OPTIONS,
    pointer: USAGE.trimEnd(),
    rewrite: (words) => divided(words).own,
  },
  async (tool) => {
    const { process } = tool;
    const { program } = divided(process.argv.slice(1));
    if (process.argv.length === 1) {
      await process.stderr.write(USAGE);
      return 1;
    }
    if (tool.has("udp")) return tool.die("UDP is not available here");
    const limit = tool.value("wait");
    if (limit !== undefined && !/^\d+$/.test(limit)) return tool.die(`invalid number '${limit}'`);
    const timeoutMs = limit === undefined ? undefined : Number(limit) * 1000;
    const verbosity = tool.options.given.filter(({ name }) => name === "verbose").length;
    let listener: Listener | undefined;
    const punted = new Promise<never>((_, reject) => {
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
        process.onSignal(signal, () => {
          listener?.close();
          void process.stderr.write("punt!\n").then(() => reject(new Exit(1)));
        });
    });
    punted.catch(() => undefined);
    if (tool.has("listen")) {
      const port = await portOf(tool, tool.value("port") ?? "0");
      const address = tool.value("source");
      try {
        listener = process.network.listen(port, address === undefined ? {} : { address });
      } catch (error) {
        if (!isErrno(error)) throw error;
        return tool.die(`bind: ${error.message}`);
      }
      if (verbosity > 0) await process.stderr.write(`listening on [::]:${listener.port} ...\n`);
      do {
        const late = timeoutMs === undefined ? [] : [process.sleep(timeoutMs).then(() => undefined)];
        const accepted = listener.accept();
        accepted.catch(() => undefined);
        const connection = await Promise.race([accepted, punted, ...late]);
        if (connection === undefined) return tool.die("timeout");
        const { remoteAddress, remotePort, localAddress } = connection;
        const from = `[::ffff:${remoteAddress}]:${remotePort}`;
        if (verbosity > 0)
          await process.stderr.write(`connect to [::ffff:${localAddress}]:${listener.port} from ${from} (${from})\n`);
        if (!tool.has("keep")) listener.close();
        const turn = talk(tool, connection, program, timeoutMs);
        turn.catch(() => undefined);
        await Promise.race([turn, punted]);
      } while (tool.has("keep"));
      return 0;
    }
    const [host, text] = tool.operands;
    if (host === undefined || text === undefined) return 1;
    const addresses = await hostAddresses(process, host);
    if (typeof addresses === "string") return tool.die(`bad address '${host}'`);
    const port = await portOf(tool, text);
    const shown = `${host} (${addresses[0]}:${port})`;
    let connection: Connection;
    try {
      connection = await connectAny(process, addresses, port, timeoutMs);
    } catch (error) {
      if (!isErrno(error)) throw error;
      // A refusal is worth a second -v.
      if (verbosity > 1 || (verbosity > 0 && error.code !== "ECONNREFUSED"))
        await process.stderr.write(`nc: ${shown}: ${error.message}\n`);
      if (verbosity > 1) await process.stderr.write("sent 0, rcvd 0\n");
      return 1;
    }
    if (verbosity > 0) await process.stderr.write(`${shown} open\n`);
    let counts: readonly [number, number] = [0, 0];
    if (tool.has("zero")) connection.close();
    else {
      const turn = talk(tool, connection, program, timeoutMs);
      turn.catch(() => undefined);
      counts = await Promise.race([turn, punted]);
    }
    if (verbosity > 1) await process.stderr.write(`sent ${counts[0]}, rcvd ${counts[1]}\n`);
    return 0;
  },
);

async function portOf(tool: Nc, text: string): Promise<number> {
  const port = /^\d+$/.test(text) ? Number(text) : servicePort(tool.process, text);
  if (port === undefined || port > MAX_PORT) return tool.die(`bad port '${text}'`);
  return port;
}

/** Bytes sent and received. */
async function talk(
  tool: Nc,
  connection: Connection,
  program: readonly string[],
  lingerMs: number | undefined,
): Promise<readonly [number, number]> {
  const { process } = tool;
  if (program.length > 0) {
    const child = process.spawn({
      argv: program,
      stdin: connection.reader,
      stdout: connection.writer,
      stderr: connection.writer,
    });
    await child.exited;
    connection.close();
    return [0, 0];
  }
  const counts: [number, number] = [0, 0];
  let late: (() => void) | undefined;
  const ended = new Promise<void>((resolve) => {
    late = resolve;
  });
  const sent = pump(process.stdin, connection.writer, (bytes) => {
    counts[0] += bytes;
  }).then(async () => {
    // The other side learns that nothing more comes; what it still sends is read to its end, or for so long.
    connection.writer.close();
    if (lingerMs === undefined) return;
    await process.sleep(lingerMs);
    late?.();
  });
  // Killed while both wait, it is told of both ends; one is enough.
  sent.catch(() => undefined);
  const received = pump(connection.reader, process.stdout, (bytes) => {
    counts[1] += bytes;
  });
  await Promise.race([received, ended]);
  connection.close();
  return counts;
}

async function pump(from: ByteReader, to: ByteWriter, count: (bytes: number) => void): Promise<void> {
  try {
    for (let chunk = await from.read(); chunk !== null; chunk = await from.read()) {
      count(chunk.length);
      await to.write(chunk);
    }
  } catch (error) {
    if (!isErrno(error)) throw error;
  }
}
