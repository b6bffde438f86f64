/** wget of BusyBox (networking/wget.c), seen on 1.37: its own options, words and requests. */
import { isErrno } from "../errno.ts";
import type { ByteWriter, Program } from "../types.ts";
import {
  badPort,
  basicAuthorization,
  connectAny,
  HttpError,
  type HttpResponse,
  type HttpUrl,
  parseUrl,
  readResponse,
  sendRequest,
  timed,
} from "./support/http.ts";
import { hostAddresses } from "./support/resolver.ts";
import { Exit, type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  output: { short: "O", long: "output-document", value: true },
  log: { short: "o", long: "output-file", value: true },
  directory: { short: "P", long: "directory-prefix", value: true },
  quiet: { short: "q", long: "quiet" },
  server: { short: "S", long: "server-response" },
  timeout: { short: "T", long: "timeout", value: true },
  tries: { short: "t", long: "tries", value: true },
  spider: { long: "spider" },
  header: { long: "header", value: true },
  data: { long: "post-data", value: true },
  file: { long: "post-file", value: true },
  agent: { short: "U", long: "user-agent", value: true },
  proxy: { short: "Y", long: "proxy", value: true },
  noCheck: { long: "no-check-certificate" },
  continue: { short: "c", long: "continue" },
} as const;

const USAGE = `BusyBox v1.36.1 multi-call binary.

Usage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]
	[--post-data STR | --post-file FILE] [-Y on/off]
	[--no-check-certificate] [-P DIR] [-U AGENT] [-T SEC] URL...

Fetch files over HTTP

	--spider	Only look whether it is there: $? is 0 if so
	--header STR	Send a header of one's own
	--post-data STR	Send STR with POST
	--post-file FILE	Send FILE with POST
	-c		Go on where a file ends
	-q		Say nothing
	-P DIR		Save in DIR (default .)
	-S		Show the server's headers
	-T SEC		Wait so long for the network
	-O FILE		Save to FILE ('-' for stdout)
	-o LOGFILE	Say it in LOGFILE
	-U STR		Name to give in User-Agent
`;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ftp: 21 };
const MAX_REDIRECTS = 5;
const TIMEOUT_SECONDS = 900;
const NAME_COLUMNS = 20;
const BAR = "*".repeat(32);

type Wget = Tool<typeof OPTIONS>;

export const busyboxWget: Program = tool(
  { name: "wget", usage: "URL...", options: OPTIONS, pointer: USAGE.trimEnd() },
  async (tool) => {
    const { process } = tool;
    const timeout = tool.value("timeout") ?? String(TIMEOUT_SECONDS);
    if (!/^\d+$/.test(timeout)) return tool.die(`invalid number '${timeout}'`);
    if (tool.operands.length === 0) {
      await process.stderr.write(USAGE);
      return 1;
    }
    const log = tool.value("log");
    const file = log === undefined ? undefined : process.open(log, { write: true, create: true, truncate: true });
    try {
      // The first that fails ends it.
      for (const url of tool.operands) await fetchOne(tool, url, Number(timeout) * 1000, file?.writer);
      return 0;
    } finally {
      file?.close();
    }
  },
);

async function fetchOne(tool: Wget, given: string, timeoutMs: number, log: ByteWriter | undefined): Promise<void> {
  const { process } = tool;
  const say = async (text: string) => {
    if (!tool.has("quiet")) await (log ?? process.stderr).write(text);
  };
  const started = parse(given);
  if (typeof started === "string") return tool.die(started);
  let url = started;
  let connectedTo = "";
  for (let redirects = 0; ; redirects++) {
    const { host, port, path } = url;
    const addresses = await hostAddresses(process, host);
    const address = typeof addresses === "string" ? undefined : addresses[0];
    if (typeof addresses === "string" || address === undefined) return tool.die(`bad address '${host}'`);
    const site = `${host}${port === DEFAULT_PORTS[url.scheme] ? "" : `:${port}`}`;
    if (connectedTo !== site) await say(`Connecting to ${site} (${address}:${port})\n`);
    connectedTo = site;
    try {
      const plain = await connectAny(process, addresses, port, timeoutMs);
      try {
        if (url.scheme !== "http") return await tool.die(`${url.scheme} is not available here`);
        const connection = timed(process, plain, () => timeoutMs);
        const response = await request(tool, connection, url, site, path);
        if (response === undefined) return await tool.die("error getting response");
        const failed = response.status >= 400;
        if (tool.has("server")) await process.stderr.write(headText(response, failed));
        const location = response.header("location");
        if (response.status >= 300 && response.status < 400 && location !== undefined) {
          if (redirects + 1 >= MAX_REDIRECTS) return await tool.die("too many redirections");
          const next = location.startsWith("/") ? { ...url, path: location } : parse(location);
          if (typeof next === "string") return await tool.die(next);
          url = next;
          continue;
        }
        if (failed)
          return await tool.die(`server returned error: ${response.version} ${response.status} ${response.reason}`);
        if (tool.has("spider")) await say("remote file exists\n");
        else await save(tool, response, path, say, log !== undefined);
        return;
      } finally {
        plain.close();
      }
    } catch (error) {
      if (error instanceof Exit) throw error;
      if (error instanceof HttpError) return tool.die("error getting response");
      if (!isErrno(error)) throw error;
      if (error.path !== undefined && error.path !== address)
        return tool.die(`can't open '${error.path}': ${error.message}`);
      if (error.code === "ETIMEDOUT") return tool.die("download timed out");
      if (error.code === "ECONNRESET") return tool.die(`error getting response: ${error.message}`);
      return tool.die(`can't connect to remote host (${address}): ${error.message}`);
    }
  }
}

/** A string: the complaint. */
function parse(text: string): HttpUrl | string {
  const scheme = /^([^:/]+):\/\//.exec(text)?.[1];
  if (scheme !== undefined && !["http", "https", "ftp"].includes(scheme)) return `not an http or ftp url: ${text}`;
  const port = badPort(text);
  if (port !== undefined) return `bad port '${port}'`;
  const url = parseUrl(text);
  if (url === undefined) return `bad address '${text.replace(/^\w+:\/\//, "").replace(/[/?#].*/, "")}'`;
  return url.scheme === "ftp" && !/:\d+(\/|$)/.test(text) ? { ...url, port: 21 } : url;
}

async function request(
  tool: Wget,
  connection: Parameters<typeof sendRequest>[0],
  url: HttpUrl,
  site: string,
  path: string,
): Promise<HttpResponse | undefined> {
  const { process } = tool;
  const file = tool.value("file");
  const post = tool.value("data") ?? (file === undefined ? undefined : process.files.readText(file));
  const body = post === undefined ? undefined : new TextEncoder().encode(post);
  const method = body !== undefined ? "POST" : tool.has("spider") ? "HEAD" : "GET";
  const own = tool.options.values("header").map((line): readonly [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const has = (name: string) => own.some(([key]) => key.toLowerCase() === name);
  const headers: (readonly [string, string])[] = [];
  if (!has("host")) headers.push(["Host", site]);
  if (!has("user-agent")) headers.push(["User-Agent", tool.value("agent") ?? "Wget"]);
  headers.push(["Connection", "close"]);
  if (url.user !== undefined && !has("authorization")) headers.push(["Authorization", basicAuthorization(url.user)]);
  headers.push(...own);
  if (body !== undefined) {
    if (!has("content-type")) headers.push(["Content-Type", "application/x-www-form-urlencoded"]);
    headers.push(["Content-Length", String(body.length)]);
  }
  await sendRequest(connection, method, path, headers, body);
  return readResponse(connection, method);
}

function headText(response: HttpResponse, firstLine: boolean): string {
  const lines = response.head.trimEnd().split("\r\n");
  if (firstLine) return `  ${lines[0]}\n`;
  return `${lines.map((line) => `  ${line}\n`).join("")}  \n`;
}

async function save(
  tool: Wget,
  response: HttpResponse,
  path: string,
  say: (text: string) => Promise<void>,
  logged: boolean,
): Promise<void> {
  const { process } = tool;
  const output = tool.value("output");
  const last =
    path
      .replace(/[?#].*/, "")
      .split("/")
      .at(-1) || "index.html";
  const directory = tool.value("directory");
  const name = output ?? (directory === undefined ? last : `${directory.replace(/\/$/, "")}/${last}`);
  const toStdout = name === "-";
  const more = tool.has("continue") && !toStdout && process.files.exists(name);
  if (output === undefined && !more && process.files.exists(name)) return tool.die(`can't open '${name}': File exists`);
  const file = toStdout ? undefined : process.open(name, { write: true, create: true, truncate: true });
  await say(toStdout ? "writing to stdout\n" : `saving to '${name}'\n`);
  let size = 0;
  try {
    for await (const chunk of response.body()) {
      size += chunk.length;
      await (file?.writer ?? process.stdout).write(chunk);
    }
  } finally {
    file?.close();
  }
  if (response.length !== undefined && size < response.length && response.status !== 204)
    return tool.die("connection closed prematurely");
  if (size > 0 && !logged) {
    const shown = (toStdout ? "-" : (name.split("/").at(-1) ?? name)).slice(0, NAME_COLUMNS).padEnd(NAME_COLUMNS);
    await say(`${shown} 100% |${BAR}| ${scaled(size)}  0:00:00 ETA\n`);
  }
  await say(toStdout ? "written to stdout\n" : `'${name}' saved\n`);
}

/** In five characters: bytes, or a number with a letter. */
function scaled(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 100_000) {
    value /= 1024;
    unit++;
  }
  return `${Math.floor(value)}${["", "k", "M", "G", "T"][unit]}`.padStart(unit === 0 ? 5 : 6);
}
