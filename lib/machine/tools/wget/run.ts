/** One run of GNU wget: its connection, the names it knows, and what it says while it fetches. */
import { encodeBase64 } from "../../../encoding/index.ts";
import { isErrno } from "../../errno.ts";
import { formatDate } from "../../strftime.ts";
import type { ByteWriter, Connection, Process } from "../../types.ts";
import {
  Buffered,
  badPort,
  connectAny,
  HttpError,
  type HttpResponse,
  type HttpUrl,
  isDefaultPort,
  parseUrl,
  readResponse,
  resolveLocation,
  sendRequest,
  timed,
} from "../support/http.ts";
import { hostAddresses } from "../support/resolver.ts";
import { dots, scaled } from "../support/wget-progress.ts";

import { STATUS, VERSION, type Wget } from "./options.ts";

const TRIES = 20;
const MAX_REDIRECTS = 20;
const TIMEOUT_SECONDS = 900;
const MOST_WAIT_SECONDS = 10;

/** What one try led to: an exit status, or the words after which it is tried again. */
type Outcome = { readonly status: number } | { readonly retry: string; readonly status: number };

interface Held {
  readonly connection: Connection;
  readonly input: Buffered;
  readonly address: string;
  readonly port: number;
  /** Host and port as they were asked for. */
  readonly site: string;
}

export class Run {
  readonly #tool: Wget;
  readonly #log: ByteWriter;
  readonly #resolved = new Map<string, readonly string[]>();
  #held: Held | undefined;
  document: ReturnType<Process["open"]> | undefined;

  constructor(tool: Wget, log: ByteWriter) {
    this.#tool = tool;
    this.#log = log;
  }

  release(): void {
    this.#held?.connection.close();
    this.#held = undefined;
  }

  /** `terse`: also with --no-verbose. */
  async #say(text: string, terse = false): Promise<void> {
    if (this.#tool.has("quiet")) return;
    if (terse || !this.#tool.has("noVerbose")) await this.#log.write(text);
  }

  get #now(): string {
    return formatDate(this.#tool.process.clock.now(), "%Y-%m-%d %H:%M:%S");
  }

  #seconds(name: "timeout" | "connectTimeout" | "readTimeout" | "wait" | "waitRetry"): number | undefined {
    const value = this.#tool.value(name);
    if (value === undefined) return undefined;
    const unit = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }[value.slice(-1)] ?? 1;
    return Number.parseFloat(value) * unit;
  }

  async fetch(given: string): Promise<number> {
    const tool = this.#tool;
    const { process } = tool;
    const scheme = /^([^:/]+):\/\//.exec(given)?.[1];
    const full = scheme === undefined ? `http://${given}` : given;
    const refuse = async (why: string) => {
      await this.#say(`${full}: ${why}.\n`, true);
      return 1;
    };
    if (scheme !== undefined && !/^(https?|ftps?)$/i.test(scheme))
      return refuse(`Unsupported scheme ${tool.word(scheme.toLowerCase())}`);
    if (badPort(full) !== undefined) return refuse("Bad port number");
    let url = parseUrl(full);
    if (url === undefined) return refuse("Invalid host name");
    if (url.scheme.startsWith("ftp")) return refuse("FTP is not available here");
    const name = this.#nameOf(url);
    if (tool.has("noClobber") && tool.value("output") === undefined && process.files.exists(name)) {
      await this.#say(`File ${tool.word(name)} already there; not retrieving.\n\n`);
      return 0;
    }
    if (tool.has("spider")) await this.#say("Spider mode enabled. Check if remote file exists.\n");
    const given_tries = tool.value("tries") ?? String(TRIES);
    const tries =
      given_tries === "inf" || Number(given_tries) === 0
        ? Number.POSITIVE_INFINITY
        : Number.parseInt(given_tries, 10) || TRIES;
    const most = Number(tool.value("redirects") ?? MAX_REDIRECTS);
    let redirects = 0;
    let method: string | undefined;
    for (let attempt = 1; ; attempt++) {
      const shown = `${url.scheme}://${url.host}${isDefaultPort(url) ? "" : `:${url.port}`}${url.path}`;
      const begin = `--${this.#now}--  ${attempt > 1 ? `(try:${String(attempt).padStart(2)})  ` : ""}${shown}\n`;
      const outcome = await this.#try(url, shown, begin, method);
      if ("location" in outcome) {
        await this.#say(`Location: ${outcome.location} [following]\n`);
        if (redirects >= most) {
          await this.#say(`${most} redirections exceeded.\n`, true);
          return STATUS.server;
        }
        redirects++;
        attempt = 0;
        const next = parseUrl(resolveLocation(url, outcome.location));
        if (next === undefined) return refuse("Invalid host name");
        if (!outcome.keepsMethod) method = "GET";
        url = next;
        continue;
      }
      if (!("retry" in outcome)) return outcome.status;
      if (attempt >= tries) {
        await this.#say(`${outcome.retry}Giving up.\n\n`, true);
        return outcome.status;
      }
      await this.#say(`${outcome.retry}Retrying.\n\n`, true);
      const longest = this.#seconds("waitRetry") ?? MOST_WAIT_SECONDS;
      await process.sleep(Math.max(Math.min(attempt, longest), this.#seconds("wait") ?? 0) * 1000);
    }
  }

  #nameOf(url: HttpUrl): string {
    const last = url.path.replace(/[?].*/, "").split("/").at(-1) || "index.html";
    const query = /\?.*/.exec(url.path)?.[0] ?? "";
    const directory = this.#tool.value("directory");
    return `${directory === undefined ? "" : `${directory.replace(/\/$/, "")}/`}${last}${query}`;
  }

  /** A connection to the server, the one that is open where it leads there. A number: the exit status. */
  async #connect(url: HttpUrl): Promise<Held | Outcome> {
    const tool = this.#tool;
    const { process } = tool;
    const site = `${url.host}:${url.port}`;
    let addresses = this.#resolved.get(url.host);
    if (this.#held?.site === site) return this.#reused(this.#held);
    if (addresses === undefined) {
      const found = await hostAddresses(process, url.host);
      const isName = typeof found === "string" || found[0] !== url.host;
      if (isName) await this.#say(`Resolving ${url.host} (${url.host})... `);
      if (typeof found === "string") {
        const why = found === "try again" ? "Temporary failure in name resolution" : "Name or service not known";
        await this.#say(`failed: ${why}.\n`);
        await this.#say(`wget: unable to resolve host address ${tool.word(url.host)}\n`, true);
        return { status: STATUS.network };
      }
      if (isName) await this.#say(`${found.join(", ")}\n`);
      addresses = found;
      this.#resolved.set(url.host, found);
    }
    if (this.#held !== undefined && this.#held.port === url.port && addresses.includes(this.#held.address))
      return this.#reused(this.#held);
    this.release();
    const seconds = this.#seconds("connectTimeout") ?? this.#seconds("timeout");
    for (const [index, address] of addresses.entries()) {
      const where = address === url.host ? site : `${url.host} (${url.host})|${address}|:${url.port}`;
      await this.#say(`Connecting to ${where}... `);
      try {
        const plain = await connectAny(
          process,
          [address],
          url.port,
          seconds === undefined ? undefined : seconds * 1000,
        );
        await this.#say("connected.\n");
        const readSeconds = this.#seconds("readTimeout") ?? this.#seconds("timeout") ?? TIMEOUT_SECONDS;
        const connection = timed(process, plain, () => (readSeconds === 0 ? TIMEOUT_SECONDS : readSeconds) * 1000);
        this.#held = { connection, input: new Buffered(connection.reader), address, port: url.port, site };
        return this.#held;
      } catch (error) {
        if (!isErrno(error)) throw error;
        await this.#say(`failed: ${error.message}.\n`, true);
        if (index < addresses.length - 1) continue;
        const again = error.code === "ETIMEDOUT" || (error.code === "ECONNREFUSED" && tool.has("retryRefused"));
        return again ? { retry: "", status: STATUS.network } : { status: STATUS.network };
      }
    }
    return { status: STATUS.network };
  }

  async #reused(held: Held): Promise<Held> {
    await this.#say(`Reusing existing connection to ${held.site}.\n`);
    return held;
  }

  async #try(
    url: HttpUrl,
    shown: string,
    begin: string,
    forced: string | undefined,
  ): Promise<Outcome | { readonly location: string; readonly keepsMethod: boolean }> {
    const tool = this.#tool;
    await this.#say(begin);
    const request = this.#request(url, forced);
    if (typeof request === "number") return { status: request };
    let authorization = tool.has("noChallenge") ? this.#authorization(url) : undefined;
    for (let challenged = false; ; challenged = true) {
      const held = await this.#connect(url);
      if ("status" in held) return held;
      if (url.scheme === "https") {
        await this.#say("TLS is not available here.\n", true);
        return { status: STATUS.tls };
      }
      let response: HttpResponse | undefined;
      try {
        const { method, headers, body } = request;
        const all = authorization === undefined ? headers : [...headers, ["Authorization", authorization] as const];
        await sendRequest(held.connection, method, url.path, all, body);
        await this.#say("HTTP request sent, awaiting response... ");
        response = await readResponse(held.connection, method, held.input);
      } catch (error) {
        this.release();
        if (error instanceof HttpError) {
          await this.#say(`${error.message}\n`, true);
          return { status: STATUS.protocol };
        }
        if (!isErrno(error)) throw error;
        return { retry: `Read error (${error.message}) in headers.\n`, status: STATUS.network };
      }
      if (response === undefined) {
        this.release();
        return { retry: "No data received.\n", status: STATUS.network };
      }
      if (tool.has("server")) {
        await this.#say("\n");
        const head = response.head.trimEnd().split("\r\n");
        await this.#log.write(head.map((line) => `  ${line}\n`).join(""));
      } else await this.#say(`${response.status} ${response.reason}\n`);
      if (response.status === 401) {
        await drain(response, tool);
        this.#keep(response);
        const challenge = response.header("www-authenticate");
        const own = this.#authorization(url);
        if (challenged || authorization !== undefined || own === undefined || !/^basic/i.test(challenge ?? "")) {
          await this.#say("\nUsername/Password Authentication Failed.\n", true);
          return { status: STATUS.authentication };
        }
        await this.#say(`Authentication selected: ${challenge}\n`);
        authorization = own;
        continue;
      }
      return this.#answer(url, shown, response, request.method);
    }
  }

  #authorization(url: HttpUrl): string | undefined {
    const tool = this.#tool;
    const user = tool.value("httpUser") ?? tool.value("user");
    const text =
      user === undefined ? url.user : `${user}:${tool.value("httpPassword") ?? tool.value("password") ?? ""}`;
    return text === undefined ? undefined : `Basic ${encodeBase64(text)}`;
  }

  /** A number: the exit status. */
  #request(url: HttpUrl, forced: string | undefined) {
    const tool = this.#tool;
    const { files } = tool.process;
    const path = tool.value("file") ?? tool.value("bodyFile");
    let text = tool.value("data") ?? tool.value("bodyData");
    if (path !== undefined) {
      try {
        text = files.readText(path);
      } catch (error) {
        if (!isErrno(error)) throw error;
        return STATUS.file;
      }
    }
    const body = text === undefined || forced !== undefined ? undefined : new TextEncoder().encode(text);
    const method =
      forced ??
      tool.value("method")?.toUpperCase() ??
      (body !== undefined ? "POST" : tool.has("spider") ? "HEAD" : "GET");
    const own = tool.options.values("header").map((line): readonly [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
    const agent = tool.value("agent") ?? `Wget/${VERSION}`;
    const defaults: (readonly [string, string])[] = [
      ["Host", isDefaultPort(url) ? url.host : `${url.host}:${url.port}`],
      ...(agent === "" ? [] : [["User-Agent", agent] as const]),
      ["Accept", "*/*"],
      ["Accept-Encoding", "identity"],
      ["Connection", "Keep-Alive"],
      ...(body === undefined
        ? []
        : [
            ["Content-Type", "application/x-www-form-urlencoded"] as const,
            ["Content-Length", String(body.length)] as const,
          ]),
    ];
    const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
    const headers = [
      ...defaults.map(([name, value]) => own.find(([key]) => same(key, name)) ?? ([name, value] as const)),
      ...own.filter(([key]) => !defaults.some(([name]) => same(key, name))),
    ];
    return { method, headers, body };
  }

  #keep(response: HttpResponse): void {
    const ends = /close/i.test(response.header("connection") ?? "") || response.version === "HTTP/1.0";
    const bounded = response.length !== undefined || response.header("transfer-encoding") !== undefined;
    if (ends || !bounded) this.release();
  }

  async #answer(
    url: HttpUrl,
    shown: string,
    response: HttpResponse,
    method: string,
  ): Promise<Outcome | { readonly location: string; readonly keepsMethod: boolean }> {
    const tool = this.#tool;
    const { status } = response;
    const location = response.header("location");
    if (status >= 300 && status < 400 && location !== undefined) {
      await drain(response, tool);
      this.#keep(response);
      return { location, keepsMethod: status === 307 || status === 308 };
    }
    const failed = status >= 400;
    if (failed && !tool.has("onError")) {
      if (tool.has("spider")) {
        await this.#say(tool.has("noVerbose") ? `${shown}:\n` : "", true);
        await this.#say("Remote file does not exist -- broken link!!!\n", true);
        await this.#say("\n");
      } else {
        await this.#say(tool.has("noVerbose") ? `${shown}:\n` : "", true);
        await this.#say(`${this.#now} ERROR ${status}: ${response.reason}.\n`, true);
        await this.#say("\n");
      }
      if (method !== "HEAD") await drain(response, tool);
      this.#keep(response);
      return { status: STATUS.server };
    }
    const type = response.header("content-type")?.split(";")[0];
    const size = response.length;
    if (status !== 204) {
      const length = size === undefined ? "unspecified" : size >= 1024 ? `${size} (${scaled(size)})` : String(size);
      await this.#say(`Length: ${length}${type === undefined ? "" : ` [${type}]`}\n`);
    }
    if (tool.has("spider")) {
      if (tool.has("noVerbose")) await this.#say(`${this.#now} URL: ${shown} ${status} ${response.reason}\n`, true);
      else if (type === "text/html")
        await this.#say(
          "Remote file exists and could contain further links,\nbut recursion is disabled -- not retrieving.\n\n",
        );
      else await this.#say("Remote file exists.\n\n");
      return { status: 0 };
    }
    return this.#save(url, shown, response, failed);
  }

  async #save(url: HttpUrl, shown: string, response: HttpResponse, failed: boolean): Promise<Outcome> {
    const tool = this.#tool;
    const { process } = tool;
    const output = tool.value("output");
    let name = output ?? this.#nameOf(url);
    if (output === undefined && !tool.has("continue"))
      for (let copy = 1; process.files.exists(name); copy++) name = `${this.#nameOf(url)}.${copy}`;
    const toStdout = name === "-";
    const noBody = response.status === 204;
    if (!noBody) await this.#say(`Saving to: ${tool.word(toStdout ? "STDOUT" : name)}\n\n`);
    let size = 0;
    let problem = "";
    const directory = tool.value("directory");
    if (output === undefined && directory !== undefined) process.files.makeDirectory(directory, { recursive: true });
    const file = toStdout
      ? undefined
      : (this.document ?? process.open(name, { write: true, create: true, truncate: true }));
    const started = process.clock.now();
    try {
      for await (const chunk of response.body()) {
        size += chunk.length;
        await (file?.writer ?? process.stdout).write(chunk);
      }
    } catch (error) {
      if (!isErrno(error)) throw error;
      problem = `Read error at byte ${size}${response.length === undefined ? "" : `/${response.length}`} (${error.message}). `;
    } finally {
      if (file !== this.document) file?.close();
    }
    const { length } = response;
    if (problem === "" && length !== undefined && size < length && !noBody)
      problem = `Connection closed at byte ${size}. `;
    const took = (process.clock.now() - started) / 1000;
    const rate = `${(size / 1024 / Math.max(took, 0.000_001) / 1024).toFixed(2)} MB/s`;
    if (!noBody) await this.#say(dots(size, length, rate.replace(" MB/s", "M"), took));
    if (problem !== "") {
      this.release();
      return { retry: `${this.#now} (${rate}) - ${problem}`, status: STATUS.network };
    }
    this.#keep(response);
    const told = length === undefined || noBody ? `[${size}]` : `[${size}/${length}]`;
    await this.#say(
      `${this.#now} (${rate}) - ${toStdout ? "written to stdout" : `${tool.word(name)} saved`} ${told}\n\n`,
    );
    if (tool.has("noVerbose")) await this.#say(`${this.#now} URL:${shown} ${told} -> "${name}" [1]\n`, true);
    return { status: failed ? STATUS.server : 0 };
  }
}

async function drain(response: HttpResponse, tool: Wget): Promise<void> {
  for await (const chunk of response.body()) await tool.process.spend(1 + (chunk.length >> 12));
}
