/** One transfer of curl's: a URL, the redirects it leads to, and where what comes is put. */
import { isErrno } from "../../errno.ts";
import { connectSecure, isFor, isTrusted, NotSecure } from "../../secure.ts";
import type { Connection, Descriptor } from "../../types.ts";
import {
  Buffered,
  badPort,
  connectAny,
  HttpError,
  type HttpResponse,
  type HttpUrl,
  parseUrl,
  readResponse,
  resolveLocation,
  timed,
} from "../support/http.ts";
import { hostAddresses } from "../support/resolver.ts";
import type { Curl } from "./options.ts";
import { type Body, requestLines, urlText } from "./request.ts";
import { withoutDots } from "./urls.ts";
import { type Told, writeOut } from "./write-out.ts";

/** Ends a transfer with curl's exit code and words. */
class Failure extends Error {
  readonly code: number;
  constructor(code: number, words: string) {
    super(words);
    this.code = code;
  }
}

const DEFAULT_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";
/** What curl adds where it does not believe a server. */
const UNVERIFIED = `More details here: https://curl.se/docs/sslcerts.html

curl failed to verify the legitimacy of the server and therefore could not
establish a secure connection to it. To learn more about this situation and
how to fix it, please visit the web page mentioned above.`;
const MAX_REDIRECTS = 50;
const METER_HEAD = `  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current
                                 Dload  Upload   Total   Spent    Left  Speed
`;
const MALFORMED = "URL using bad/illegal format or missing URL";

export interface Job {
  readonly url: string;
  readonly number: number;
  /** Where it is saved; undefined: standard output. */
  readonly output: string | undefined;
  readonly body: Body | undefined;
  /** Added to the URL's query. */
  readonly query: string;
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
}

interface Held {
  readonly connection: Connection;
  readonly input: Buffered;
  readonly site: string;
  readonly number: number;
}

export class Transfer {
  readonly #tool: Curl;
  readonly #job: Job;
  readonly #started: number;
  readonly #told: Told;
  #held: Held | undefined;
  #connections = 0;
  #traced = false;
  #file: Descriptor | undefined;
  #metered = false;
  #connectTried = false;

  constructor(tool: Curl, job: Job) {
    this.#tool = tool;
    this.#job = job;
    this.#started = tool.process.clock.now();
    this.#told = {
      ...{ code: 0, exitCode: 0, error: "", url: job.url, effective: job.url, urlNumber: job.number },
      ...{ method: job.method, scheme: "", version: "0", type: "", file: job.output ?? "", redirectUrl: "" },
      ...{ redirects: 0, connects: 0, headers: [], headerBytes: 0, requestBytes: 0, downloaded: 0, uploaded: 0 },
      ...{ remote: ["", 0], local: ["", 0], started: this.#started },
      times: { lookup: 0, connect: 0, first: 0, total: 0, redirect: 0 },
    };
  }

  get #elapsed(): number {
    return this.#tool.process.clock.now() - this.#started;
  }

  async #note(text: string): Promise<void> {
    if (this.#tool.has("verbose")) await this.#tool.process.stderr.write(text);
  }

  /** Curl's exit code, and whether trying again may help. */
  async run(): Promise<{ readonly code: number; readonly again: boolean }> {
    const tool = this.#tool;
    const { stderr } = tool.process;
    let failure: Failure | undefined;
    try {
      await this.#follow();
    } catch (error) {
      failure = this.#failureOf(error);
    } finally {
      this.#file?.close();
      this.#held?.connection.close();
    }
    this.#told.times.total = this.#elapsed;
    if (failure === undefined || this.#connectTried) await this.#endMeter(failure === undefined);
    if (failure !== undefined) {
      this.#told.exitCode = failure.code;
      this.#told.error = failure.message;
    }
    await writeOut(tool, this.#told);
    await tool.out.flush();
    const code = failure?.code ?? 0;
    if (failure !== undefined && (!tool.has("silent") || tool.has("showError")))
      await stderr.write(`curl: (${code}) ${failure.message}\n`);
    const transient = [408, 429, 500, 502, 503, 504].includes(this.#told.code);
    const again =
      code === 28 || code === 6 || (code === 7 && tool.has("retryRefused")) || (code !== 0 && tool.has("retryAll"));
    return { code, again: again || transient };
  }

  #failureOf(error: unknown): Failure {
    if (error instanceof Failure) return error;
    if (error instanceof HttpError) return new Failure(1, error.message);
    if (!isErrno(error)) throw error;
    if (error.code === "ETIMEDOUT") {
      const whole = this.#expected === undefined ? "" : ` out of ${this.#expected}`;
      return new Failure(
        28,
        `Operation timed out after ${Math.round(this.#elapsed)} milliseconds with ${this.#told.downloaded}${whole} bytes received`,
      );
    }
    if (error.code === "ECONNRESET") return new Failure(56, `Recv failure: ${error.message}`);
    if (error.path !== undefined) return new Failure(23, "Failure writing output to destination");
    return new Failure(56, `Recv failure: ${error.message}`);
  }

  #expected: number | undefined;

  #meter(done: boolean): string {
    const { downloaded, times } = this.#told;
    const total = this.#expected ?? downloaded;
    const rate = done ? Math.floor((downloaded * 1000) / Math.max(1, times.total)) : 0;
    const share = total > 0 && downloaded > 0 ? Math.floor((100 * downloaded) / total) : 0;
    const number = (value: number, width: number) => String(value).padStart(width);
    return `${number(share, 3)} ${number(total, 5)}  ${number(share, 3)} ${number(downloaded, 5)}    0     0 ${number(rate, 6)}      0 --:--:-- --:--:-- --:--:-- ${number(rate, 5)}`;
  }

  async #endMeter(done: boolean): Promise<void> {
    if (!this.#metered) return;
    this.#metered = false;
    await this.#tool.process.stderr.write(`\r${this.#meter(done)}\n`);
  }

  async #begin(): Promise<void> {
    const tool = this.#tool;
    const shownElsewhere = this.#job.output !== undefined && this.#job.output !== "-";
    const onTerminal = tool.process.isTerminal(1) && !shownElsewhere;
    if (tool.has("silent") || tool.has("noProgress") || tool.has("bar") || onTerminal) return;
    this.#metered = true;
    await tool.process.stderr.write(`${METER_HEAD}\r${this.#meter(false)}`);
  }

  #url(text: string): HttpUrl {
    const tool = this.#tool;
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
    if (scheme !== undefined && scheme !== "http" && scheme !== "https") {
      const known = /^(ftps?|gopher|telnet|dict|file|imaps?|ldaps?|mqtt|pop3s?|rtsp|scp|sftp|smbs?|smtps?|tftp|wss?)$/;
      throw new Failure(
        1,
        known.test(scheme)
          ? `Protocol "${scheme}" is not available here`
          : `Protocol "${scheme}" not supported or disabled in libcurl`,
      );
    }
    if (/[\s]/.test(text) || badPort(text) !== undefined) throw new Failure(3, MALFORMED);
    const url = parseUrl(text);
    if (url === undefined) throw new Failure(3, MALFORMED);
    return tool.has("pathAsIs") ? url : { ...url, path: withoutDots(url.path) };
  }

  async #follow(): Promise<void> {
    const tool = this.#tool;
    const job = this.#job;
    const first = this.#url(job.url);
    const { query } = job;
    let url: HttpUrl =
      query === "" ? first : { ...first, path: `${first.path}${first.path.includes("?") ? "&" : "?"}${query}` };
    let { method, body }: { method: Job["method"]; body: Body | undefined } = job;
    await this.#fixed();
    await this.#begin();
    const most = Number(tool.value("redirects") ?? MAX_REDIRECTS);
    const follows = tool.has("location") || tool.has("locationTrusted");
    for (;;) {
      const response = await this.#exchange(url, method, body);
      const location = response.header("location");
      const moved = response.status >= 300 && response.status < 400 && location !== undefined;
      const next = moved ? resolveLocation(url, location) : "";
      this.#told.effective = urlText(url);
      this.#told.redirectUrl = follows ? "" : next;
      if (!moved || !follows) {
        await this.#receive(response, method);
        return;
      }
      await this.#headers(response);
      await this.#note("* Ignoring the response-body\n");
      for await (const chunk of response.body()) await this.#trace(chunk.length);
      await this.#kept(url, response);
      if (most >= 0 && this.#told.redirects >= most) throw new Failure(47, `Maximum (${most}) redirects followed`);
      this.#told.redirects++;
      this.#told.times.redirect = this.#elapsed;
      if (response.status <= 303 && method !== "HEAD" && (body !== undefined || response.status === 303)) {
        method = "GET";
        body = undefined;
      }
      url = this.#url(next);
      await this.#note(`* Issue another request to this URL: '${next}'\n`);
    }
  }

  /** Addresses that --resolve gives. */
  async #fixed(): Promise<void> {
    for (const entry of this.#tool.options.values("resolve")) {
      if (!/^[+-]?[^:]+:\d+:.+$/.test(entry)) throw new Failure(49, `Couldn't parse CURLOPT_RESOLVE entry '${entry}'`);
      await this.#note(`* Added ${entry} to DNS cache\n`);
    }
  }

  async #addresses(host: string, port: number): Promise<readonly string[]> {
    const tool = this.#tool;
    for (const entry of tool.options.values("resolve")) {
      const [, name, at, list = ""] = /^\+?([^:]+):(\d+):(.+)$/.exec(entry) ?? [];
      if ((name !== host && name !== "*") || Number(at) !== port) continue;
      await this.#note(`* Hostname ${host} was found in DNS cache\n`);
      return list.split(",");
    }
    const found = await hostAddresses(tool.process, host);
    this.#told.times.lookup = this.#elapsed;
    if (typeof found !== "string") return found;
    await this.#note(`* Could not resolve host: ${host}\n* Closing connection 0\n`);
    throw new Failure(6, `Could not resolve host: ${host}`);
  }

  #timeouts(): { readonly connectMs: number | undefined; readonly totalMs: number | undefined } {
    const ms = (name: "connectTimeout" | "timeout") => {
      const value = Number(this.#tool.value(name) ?? 0);
      return value === 0 ? undefined : value * 1000;
    };
    return { connectMs: ms("connectTimeout"), totalMs: ms("timeout") };
  }

  async #connect(url: HttpUrl): Promise<Held> {
    const tool = this.#tool;
    const { process } = tool;
    const site = `${url.host}:${url.port}`;
    if (this.#held?.site === site) {
      await this.#note(
        `* Found bundle for host: 0x55d0c0de0000 [serially]\n* Can not multiplex, even if we wanted to\n* Re-using existing connection #${this.#held.number} with host ${url.host}\n`,
      );
      return this.#held;
    }
    this.#held?.connection.close();
    this.#held = undefined;
    const turned = tool.options
      .values("connectTo")
      .map((entry) => entry.split(":"))
      .find(([host, port]) => (host === "" || host === url.host) && (port === "" || Number(port) === url.port));
    const host = turned?.[2] || url.host;
    const port = Number(turned?.[3] || url.port);
    const addresses = await this.#addresses(host, port);
    const { connectMs, totalMs } = this.#timeouts();
    const left = totalMs === undefined ? undefined : Math.max(0, totalMs - this.#elapsed);
    const number = this.#connections++;
    this.#told.connects++;
    this.#connectTried = true;
    let plain: Connection | undefined;
    for (const address of addresses) {
      await this.#note(`*   Trying ${address}:${port}...\n`);
      const limit = Math.min(connectMs ?? Number.POSITIVE_INFINITY, left ?? Number.POSITIVE_INFINITY);
      try {
        plain = await connectAny(process, [address], port, limit === Number.POSITIVE_INFINITY ? undefined : limit);
        await this.#note(`* Connected to ${host} (${address}) port ${port} (#${number})\n`);
        break;
      } catch (error) {
        if (!isErrno(error)) throw error;
        const late = error.code === "ETIMEDOUT" && limit !== Number.POSITIVE_INFINITY;
        if (!late) await this.#note(`* connect to ${address} port ${port} failed: ${error.message}\n`);
        if (late && (connectMs === undefined || (left ?? Number.POSITIVE_INFINITY) <= connectMs)) {
          const words = `Connection timed out after ${Math.round(this.#elapsed)} milliseconds`;
          await this.#note(`* ${words}\n* Closing connection ${number}\n`);
          throw new Failure(28, words);
        }
        if (address !== addresses.at(-1)) continue;
        const why = late ? "Timeout was reached" : "Couldn't connect to server";
        const words = `Failed to connect to ${host} port ${port} after ${Math.round(this.#elapsed)} ms: ${why}`;
        await this.#note(`* ${words}\n* Closing connection ${number}\n`);
        throw new Failure(late ? 28 : 7, words);
      }
    }
    if (plain === undefined) throw new Failure(7, `Failed to connect to ${host} port ${port}`);
    this.#told.times.connect = this.#elapsed;
    this.#told.remote = [plain.remoteAddress, plain.remotePort];
    this.#told.local = [plain.localAddress, plain.localPort];
    const connection =
      totalMs === undefined ? plain : timed(process, plain, () => Math.max(0, totalMs - this.#elapsed));
    try {
      const input =
        url.scheme === "https" ? await this.#secured(connection, url.host) : new Buffered(connection.reader);
      this.#held = { connection, input, site, number };
    } catch (error) {
      connection.close();
      await this.#note(`* Closing connection ${number}\n`);
      throw this.#failureOf(error);
    }
    return this.#held;
  }

  /** Shakes hands, and looks at what the server shows. */
  async #secured(connection: Connection, host: string): Promise<Buffered> {
    const tool = this.#tool;
    const { files } = tool.process;
    const file = tool.value("authority") ?? DEFAULT_AUTHORITIES;
    if (tool.value("authority") !== undefined && !files.exists(file))
      throw new Failure(77, `error setting certificate file: ${file}`);
    let shaken: Awaited<ReturnType<typeof connectSecure>>;
    try {
      shaken = await connectSecure(connection, host);
    } catch (error) {
      if (!(error instanceof NotSecure)) throw error;
      throw new Failure(35, "error:0A00010B:SSL routines::wrong version number");
    }
    const { certificate, input } = shaken;
    await this.#note(`* Server certificate:\n*  subject: CN=${certificate.subject}\n`);
    if (tool.has("insecure")) return input;
    const trusted = isTrusted(certificate, files.exists(file) ? files.readText(file) : "");
    if (!trusted)
      throw new Failure(60, `SSL certificate problem: unable to get local issuer certificate\n${UNVERIFIED}`);
    if (!isFor(certificate, host))
      throw new Failure(
        60,
        `SSL: no alternative certificate subject name matches target host name '${host}'\n${UNVERIFIED}`,
      );
    await this.#note("*  SSL certificate verify ok.\n");
    return input;
  }

  async #exchange(url: HttpUrl, method: Job["method"], body: Body | undefined): Promise<HttpResponse> {
    const tool = this.#tool;
    this.#told.scheme = url.scheme;
    const held = await this.#connect(url);
    const shown = tool.value("request") ?? method;
    this.#told.method = shown;
    const user = tool.value("user") ?? url.user;
    if (user !== undefined) await this.#note(`* Server auth using Basic with user '${user.split(":")[0]}'\n`);
    const lines = requestLines(tool, url, body, user);
    const head = `${shown} ${url.path} HTTP/${tool.has("http10") ? "1.0" : "1.1"}\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`;
    await this.#note(
      head
        .split("\r\n")
        .slice(0, -1)
        .map((line) => `> ${line}\r\n`)
        .join(""),
    );
    this.#told.requestBytes += head.length;
    try {
      await held.connection.writer.write(head);
      if (body !== undefined && body.bytes.length > 0) {
        await this.#note(`} [${body.bytes.length} bytes data]\n`);
        await held.connection.writer.write(body.bytes);
        this.#told.uploaded += body.bytes.length;
      }
      const response = await readResponse(held.connection, method, held.input);
      if (response === undefined) throw new Failure(52, "Empty reply from server");
      this.#told.times.first = this.#elapsed;
      this.#told.code = response.status;
      this.#told.version = response.version.replace("HTTP/", "");
      this.#told.headers = response.headers;
      this.#told.headerBytes += response.head.length;
      this.#told.type = response.header("content-type") ?? "";
      if (response.version === "HTTP/1.0") await this.#note("* HTTP 1.0, assume close after body\n");
      return response;
    } catch (error) {
      const failure = this.#failureOf(error);
      await this.#note(`* ${failure.message}\n* Closing connection ${held.number}\n`);
      throw failure;
    }
  }

  /** Shows the head, and saves it where it is wanted. */
  async #headers(response: HttpResponse, complete = true): Promise<void> {
    const tool = this.#tool;
    const lines = response.head.split("\r\n").slice(0, complete ? -1 : -2);
    await this.#note(lines.map((line) => `< ${line}\r\n`).join(""));
    const dump = tool.value("dump");
    if (dump === "-") await this.#put(new TextEncoder().encode(response.head), false);
    else if (dump !== undefined) {
      const file = tool.process.open(dump, {
        write: true,
        create: true,
        truncate: this.#told.redirects === 0,
        append: true,
      });
      await file.writer?.write(response.head);
      file.close();
    }
    if (tool.has("include") || tool.has("head")) await this.#put(new TextEncoder().encode(response.head), true);
  }

  async #trace(bytes: number): Promise<void> {
    if (this.#traced) return;
    this.#traced = true;
    const onTerminal = this.#tool.process.isTerminal(1) && this.#job.output === undefined;
    if (!onTerminal) await this.#note(`{ [${bytes} bytes data]\n`);
  }

  /** `toFile`: where --output leads. */
  async #put(bytes: Uint8Array, toFile: boolean): Promise<void> {
    const tool = this.#tool;
    const { output } = this.#job;
    if (!toFile || output === undefined || output === "-") {
      const full = tool.out.write(bytes);
      if (full !== undefined) await full;
      if (tool.has("noBuffer") || tool.process.isTerminal(1)) await tool.out.flush();
      return;
    }
    this.#openFile(output);
    await this.#file?.writer?.write(bytes);
  }

  #openFile(path: string): void {
    const { process } = this.#tool;
    const directory = path.slice(0, path.lastIndexOf("/"));
    if (this.#tool.has("createDirectories") && directory !== "")
      process.files.makeDirectory(directory, { recursive: true });
    this.#file ??= process.open(path, { write: true, create: true, truncate: true });
  }

  async #receive(response: HttpResponse, method: Job["method"]): Promise<void> {
    const tool = this.#tool;
    const refused = response.status >= 400 && (tool.has("fail") || tool.has("failWithBody"));
    const words = `The requested URL returned error: ${response.status}`;
    if (refused && !tool.has("failWithBody")) {
      await this.#headers(response, false);
      await this.#note(`* ${words}\n* Closing connection ${this.#held?.number ?? 0}\n`);
      throw new Failure(22, words);
    }
    await this.#headers(response);
    this.#expected = method === "HEAD" ? undefined : response.length;
    this.#traced = false;
    // --head shows no body, whatever the method is.
    if (!tool.has("head"))
      for await (const chunk of response.body()) {
        await this.#trace(chunk.length);
        this.#told.downloaded += chunk.length;
        await this.#put(chunk, true);
      }
    const { output } = this.#job;
    if (output !== undefined && output !== "-") this.#openFile(output);
    const missing = (this.#expected ?? 0) - this.#told.downloaded;
    const bodyless = tool.has("head") || response.status === 204 || response.status === 304;
    if (missing > 0 && !bodyless) {
      const text = `transfer closed with ${missing} bytes remaining to read`;
      await this.#note(`* ${text}\n* Closing connection ${this.#held?.number ?? 0}\n`);
      throw new Failure(18, text);
    }
    this.#told.times.total = this.#elapsed;
    await this.#endMeter(true);
    await this.#kept(this.#url(this.#told.effective), response);
    if (refused) throw new Failure(22, words);
  }

  /** Says what becomes of the connection, and closes it where it cannot be used again. */
  async #kept(url: HttpUrl, response: HttpResponse): Promise<void> {
    const number = this.#held?.number ?? 0;
    const ends = /close/i.test(response.header("connection") ?? "") || response.version === "HTTP/1.0";
    const bounded =
      response.length !== undefined ||
      response.header("transfer-encoding") !== undefined ||
      response.status === 204 ||
      response.status === 304;
    if (!ends && bounded) return this.#note(`* Connection #${number} to host ${url.host} left intact\n`);
    await this.#note(`* Closing connection ${number}\n`);
    this.#held?.connection.close();
    this.#held = undefined;
  }
}
