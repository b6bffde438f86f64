/** busybox's wget: one HTTP GET into a file or onto standard output. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { StreamReader } from "../kit/reader.ts";
import { resolveHost } from "../kit/resolve.ts";

interface Options {
  quiet: boolean;
  spider: boolean;
  showHeaders: boolean;
  output: string | undefined;
  timeoutMs: number;
  post: string | undefined;
  headers: string[];
  url: string;
}

class WgetProblem extends Error {}

export async function wget(process: Process): Promise<number> {
  const options = readOptions(process.argv.slice(1));
  if (typeof options === "string") {
    await process.stderr.write(options);
    return 1;
  }
  try {
    await fetchUrl(process, options, options.url, 0);
    return 0;
  } catch (problem) {
    if (!(problem instanceof WgetProblem)) throw problem;
    await process.stderr.write(`wget: ${problem.message}\n`);
    return 1;
  }
}

function readOptions(args: readonly string[]): Options | string {
  const options: Options = {
    quiet: false,
    spider: false,
    showHeaders: false,
    output: undefined,
    timeoutMs: 900_000,
    post: undefined,
    headers: [],
    url: "",
  };
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    const value = () => args[++index] ?? "";
    if (arg === "--spider") options.spider = true;
    else if (arg === "--header") options.headers.push(value());
    else if (arg.startsWith("--header=")) options.headers.push(arg.slice(9));
    else if (arg === "--post-data") options.post = value();
    else if (arg.startsWith("--post-data=")) options.post = arg.slice(12);
    else if (arg.startsWith("--timeout=")) options.timeoutMs = Number(arg.slice(10)) * 1000;
    else if (arg === "--no-check-certificate") continue;
    else if (arg.startsWith("--")) return `wget: unrecognized option '${arg}'\n`;
    else if (arg.startsWith("-") && arg.length > 1) {
      for (let at = 1; at < arg.length; at++) {
        const letter = arg[at] ?? "";
        const rest = () => {
          const text = arg.slice(at + 1) || value();
          at = arg.length;
          return text;
        };
        if (letter === "q") options.quiet = true;
        else if (letter === "S") options.showHeaders = true;
        else if (letter === "c") continue;
        else if (letter === "O") options.output = rest();
        else if (letter === "T") options.timeoutMs = Number(rest()) * 1000;
        else if (letter === "t" || letter === "U" || letter === "P" || letter === "Y") rest();
        else return `wget: unrecognized option: ${letter}\n`;
      }
    } else options.url = arg;
  }
  if (options.url === "")
    return "BusyBox wget\n\nUsage: wget [-cqS] [--spider] [-O FILE] [--header STR] [--post-data STR] [-T SEC] URL...\n";
  return options;
}

async function fetchUrl(process: Process, options: Options, url: string, hops: number): Promise<void> {
  if (hops > 5) throw new WgetProblem("too many redirections");
  const match = /^(?:(\w+):\/\/)?([^/:]+)(?::(\d+))?(\/.*)?$/.exec(url);
  if (match === null) throw new WgetProblem(`not an http or ftp url: ${url}`);
  const [, scheme = "http", host = "", port = "80", path = "/"] = match;
  if (scheme !== "http") throw new WgetProblem(`${scheme}: TLS is not available in this cluster's network`);
  const address = await resolveHost(process, host);
  if (address === undefined) throw new WgetProblem(`bad address '${host}${match[3] === undefined ? "" : `:${port}`}'`);
  const say = async (text: string) => {
    if (!options.quiet) await process.stderr.write(text);
  };
  await say(`Connecting to ${host}${match[3] === undefined ? "" : `:${port}`} (${address}:${port})\n`);
  let connection: Connection;
  try {
    connection = await process.network.connect(address, Number(port), {
      timeoutMs: options.timeoutMs,
      signal: process.signal,
    });
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    if (problem.code === "ETIMEDOUT" && options.timeoutMs < 127_000) throw new WgetProblem("download timed out");
    throw new WgetProblem(`can't connect to remote host (${address}): ${problem.message}`);
  }
  const cancel = process.clock.after(options.timeoutMs, () => connection.close({ reset: true }));
  try {
    await exchange(process, options, connection, { host, port, path, explicit: match[3] !== undefined, hops });
  } catch (problem) {
    if (isErrno(problem))
      throw new WgetProblem(problem.code === "ECONNRESET" ? "download timed out" : "error getting response");
    throw problem;
  } finally {
    cancel();
    connection.close();
  }
}

async function exchange(
  process: Process,
  options: Options,
  connection: Connection,
  target: {
    readonly host: string;
    readonly port: string;
    readonly path: string;
    readonly explicit: boolean;
    readonly hops: number;
  },
): Promise<void> {
  const { host, port, path } = target;
  const method = options.post === undefined ? (options.spider ? "HEAD" : "GET") : "POST";
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${host}${target.explicit ? `:${port}` : ""}`,
    "User-Agent: Wget",
    "Connection: close",
    ...options.headers,
  ];
  if (options.post !== undefined)
    lines.push(
      "Content-Type: application/x-www-form-urlencoded",
      `Content-Length: ${new TextEncoder().encode(options.post).length}`,
    );
  await connection.writer.write(`${lines.join("\r\n")}\r\n\r\n${options.post ?? ""}`);
  const reader = new StreamReader(connection.reader);
  const first = await reader.line();
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(first ?? "");
  if (first === undefined || status === null) throw new WgetProblem("error getting response");
  const headers = new Map<string, string>();
  if (options.showHeaders) await process.stderr.write(`  ${first}\n`);
  for (let line = await reader.line(); line !== undefined && line !== ""; line = await reader.line()) {
    if (options.showHeaders) await process.stderr.write(`  ${line}\n`);
    headers.set(line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim());
  }
  const code = Number(status[1]);
  const location = headers.get("location");
  if (code >= 300 && code < 400 && location !== undefined) {
    const next = location.startsWith("/") ? `http://${host}:${port}${location}` : location;
    return fetchUrl(process, options, next, target.hops + 1);
  }
  if (code >= 400) throw new WgetProblem(`server returned error: ${first}`);
  if (options.spider) {
    if (!options.quiet) await process.stderr.write("remote file exists\n");
    return;
  }
  const length = headers.get("content-length");
  const body = length === undefined ? await reader.rest() : ((await reader.bytes(Number(length))) ?? new Uint8Array(0));
  if (options.output === "-") {
    if (!options.quiet) await process.stderr.write("writing to stdout\n");
    await process.stdout.write(body);
    if (!options.quiet) await process.stderr.write(progress("-", body.length) + "written to stdout\n");
    return;
  }
  const name = options.output ?? (path.slice(path.lastIndexOf("/") + 1).replace(/\?.*/, "") || "index.html");
  if (options.output === undefined && process.files.exists(name))
    throw new WgetProblem(`can't open '${name}': File exists`);
  if (!options.quiet) await process.stderr.write(`saving to '${name}'\n`);
  try {
    process.files.writeFile(name, body);
  } catch (problem) {
    if (isErrno(problem)) throw new WgetProblem(`can't open '${name}': ${problem.message}`);
    throw problem;
  }
  if (!options.quiet) await process.stderr.write(`${progress(name, body.length)}'${name}' saved\n`);
}

function progress(name: string, bytes: number): string {
  return `${name.padEnd(20)} 100% |${"*".repeat(32)}| ${String(bytes).padStart(5)}  0:00:00 ETA\n`;
}
