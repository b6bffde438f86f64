/** nc as OpenBSD's (netcat.c of Debian's netcat-openbsd), which keeps silent without -v. */
import { isErrno } from "../errno.ts";
import type { ByteReader, ByteWriter, Connection, Process, Program } from "../types.ts";
import { reverseName } from "./support/dns.ts";
import { connectAny } from "./support/http.ts";
import { hostAddresses, isAddress, lookUp } from "./support/resolver.ts";
import { serviceName, servicePort } from "./support/services.ts";
import { type AnyTool, type Tool, tool } from "./support/tool.ts";

const USAGE = `usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]
	  [-m minttl] [-O length] [-P proxy_username] [-p source_port]
	  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]
	  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]
	  [destination] [port]`;

const OPTIONS = {
  listen: { short: "l" },
  keep: { short: "k" },
  port: { short: "p", value: true },
  verbose: { short: "v" },
  wait: { short: "w", value: true },
  zero: { short: "z" },
  numeric: { short: "n" },
  close: { short: "N" },
  detached: { short: "d" },
  lines: { short: "C" },
  quit: { short: "q", value: true },
  source: { short: "s", value: true },
  random: { short: "r" },
  four: { short: "4" },
  udp: { short: "u" },
  unix: { short: "U" },
  help: { short: "h" },
} as const;

type Nc = Tool<typeof OPTIONS>;
const MAX_PORT = 65_535;

export const nc: Program = tool({ name: "nc", usage: "", options: OPTIONS, pointer: USAGE }, async (tool) => {
  const { process } = tool;
  const usage = async () => {
    await process.stderr.write(`${USAGE}\n`);
    return 1;
  };
  if (tool.has("help")) return usage();
  if (tool.has("udp")) return tool.die("UDP is not available here");
  if (tool.has("unix")) return tool.die("sockets of files are not available here");
  const limit = tool.value("wait");
  if (limit !== undefined && !/^\d+$/.test(limit)) return tool.die(`timeout invalid: ${limit}`);
  if (tool.has("listen")) {
    if (tool.has("zero")) return tool.die("cannot use -z and -l");
    return listen(tool, usage);
  }
  const [host, ...ports] = tool.operands;
  if (host === undefined) return usage();
  if (ports.length === 0) return tool.die("missing port number");
  const wanted: number[] = [];
  for (const text of ports) wanted.push(...(await portsOf(tool, text)));
  const addresses = tool.has("numeric") && !isAddress(host) ? "not found" : await hostAddresses(process, host);
  if (typeof addresses === "string") {
    const why = addresses === "try again" ? "Temporary failure in name resolution" : "Name or service not known";
    return tool.die(`getaddrinfo for host "${host}" port ${ports[0]}: ${why}`);
  }
  const address = addresses[0] ?? host;
  const shown = address === host ? host : `${host} (${address})`;
  const timeoutMs = limit === undefined ? undefined : Number(limit) * 1000;
  let status = 1;
  for (const port of wanted) {
    let connection: Connection;
    try {
      connection = await connectAny(process, addresses, port, timeoutMs);
    } catch (error) {
      if (!isErrno(error)) throw error;
      const timedOut = error.code === "ETIMEDOUT" && timeoutMs !== undefined;
      const why = timedOut ? "timed out: Operation now in progress" : `failed: ${error.message}`;
      if (tool.has("verbose")) await process.stderr.write(`nc: connect to ${shown} port ${port} (tcp) ${why}\n`);
      continue;
    }
    status = 0;
    const service = tool.has("numeric") ? undefined : serviceName(process, port);
    if (tool.has("verbose"))
      await process.stderr.write(`Connection to ${shown} ${port} port [tcp/${service ?? "*"}] succeeded!\n`);
    if (tool.has("zero")) connection.close();
    else await talk(tool, connection, timeoutMs);
  }
  return status;
});

/** The ports that a word stands for: a number, a name, or a range. */
async function portsOf(tool: Nc, text: string): Promise<number[]> {
  const range = /^(\d+)-(\d+)$/.exec(text);
  const ends = range === null ? [text] : [range[1] ?? "", range[2] ?? ""];
  const numbers: number[] = [];
  for (const end of ends) {
    if (!/^-?\d+$/.test(end)) {
      const port = servicePort(tool.process, end);
      if (port === undefined) return tool.die(`port number invalid: ${end}`);
      numbers.push(port);
      continue;
    }
    if (Number(end) < 1) return tool.die(`port number too small: ${end}`);
    if (Number(end) > MAX_PORT) return tool.die(`port number too large: ${end}`);
    numbers.push(Number(end));
  }
  const [from, to] = [Math.min(...numbers), Math.max(...numbers)];
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

async function listen(tool: Nc, usage: () => Promise<number>): Promise<number> {
  const { process } = tool;
  const given = tool.value("port");
  const { operands } = tool;
  if (operands.length > 1 && given !== undefined) return usage();
  const [address, text] =
    operands.length > 1
      ? [operands[0], operands[1]]
      : given === undefined
        ? [undefined, operands[0]]
        : [operands[0], given];
  if (text === undefined) return tool.die("missing port number");
  const [port = 0] = await portsOf(tool, text);
  try {
    const at = address === undefined || address === "localhost" ? undefined : address;
    const listener = process.network.listen(port, at === undefined ? {} : { address: at });
    if (tool.has("verbose")) await process.stderr.write(`Listening on ${address ?? "0.0.0.0"} ${port}\n`);
    do {
      const connection = await listener.accept();
      if (!tool.has("keep")) listener.close();
      if (tool.has("verbose")) {
        const from = tool.has("numeric") ? connection.remoteAddress : await nameOf(process, connection.remoteAddress);
        await process.stderr.write(`Connection received on ${from} ${connection.remotePort}\n`);
      }
      await talk(tool, connection, undefined);
    } while (tool.has("keep"));
    return 0;
  } catch (error) {
    if (!isErrno(error) || (error.code !== "EADDRINUSE" && error.code !== "EADDRNOTAVAIL" && error.code !== "EACCES"))
      throw error;
    return tool.die(error.message);
  }
}

/** What getnameinfo(3) says. */
async function nameOf(process: Process, address: string): Promise<string> {
  let hosts = "";
  try {
    hosts = process.files.readText("/etc/hosts");
  } catch (error) {
    if (!isErrno(error)) throw error;
  }
  for (const line of hosts.split("\n")) {
    const [found, name] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (found === address && name !== undefined) return name;
  }
  const looked = await lookUp(process, `${reverseName(address)}.`, "PTR");
  const pointer = "failed" in looked ? undefined : looked.response.answers.find(({ type }) => type === "PTR")?.data;
  return pointer?.replace(/\.$/, "") ?? address;
}

async function talk(tool: Nc, connection: Connection, idleMs: number | undefined): Promise<void> {
  const { process } = tool;
  const quit = tool.value("quit");
  let active = process.clock.now();
  const touch = () => {
    active = process.clock.now();
  };
  const ended = new Promise<void>((resolve) => {
    const look = () => {
      const left = active + (idleMs ?? 0) - process.clock.now();
      if (left <= 0) resolve();
      else process.clock.after(left, look);
    };
    if (idleMs !== undefined) process.clock.after(idleMs, look);
  });
  const sent = tool.has("detached")
    ? new Promise<void>(() => undefined)
    : pump(tool, process.stdin, connection.writer, touch, tool.has("lines")).then(async () => {
        // The other side learns only when asked to that nothing more comes.
        if (tool.has("close")) connection.writer.close();
        if (quit === undefined || Number(quit) < 0) return new Promise<void>(() => undefined);
        await process.sleep(Number(quit) * 1000);
      });
  // Killed while both wait, it is told of both ends; one is enough.
  sent.catch(() => undefined);
  const received = pump(tool, connection.reader, process.stdout, touch, false);
  await Promise.race([received, ended, sent]);
  connection.close();
}

/** `lines`: every newline becomes the two characters that protocols want. */
async function pump(tool: AnyTool, from: ByteReader, to: ByteWriter, touch: () => void, lines: boolean): Promise<void> {
  try {
    for (let chunk = await from.read(); chunk !== null; chunk = await from.read()) {
      touch();
      await to.write(lines ? withReturns(chunk) : chunk);
    }
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (error.code !== "EPIPE" && error.code !== "ECONNRESET" && error.code !== "EBADF")
      await tool.complain(error.message);
  }
}

const RETURN = 13;
const NEWLINE = 10;

function withReturns(chunk: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (const [index, byte] of chunk.entries()) {
    if (byte === NEWLINE && chunk[index - 1] !== RETURN) out.push(RETURN);
    out.push(byte);
  }
  return Uint8Array.from(out);
}
