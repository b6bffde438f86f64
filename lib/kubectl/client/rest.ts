/** Requests to the API server over a `Transport`, with client-go's errors and warnings. */

import { concatBytes } from "../../encoding/index.ts";
import { ApiError, CommandError, type Status, UnreachableError } from "../errors.ts";
import { parseJson, stringifyJson } from "../json-text.ts";
import { isObject, type Json, type JsonObject } from "../object.ts";
import { type HttpRequest, type HttpResponse, type Transport, TransportError } from "../transport.ts";
import { withVaried } from "./http-cache.ts";
import { logRequest, type RequestLog } from "./request-log.ts";

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

interface RequestOptions {
  readonly query?: Query;
  readonly body?: Json | string;
  /** Default: "application/json"; "": nothing is said. */
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
  /** Asked by the client for discovery, which keeps answers. */
  readonly discovery?: boolean;
  /** Where upstream asks from, e.g. "simple.go:247", where that is not what the request tells. */
  readonly place?: string;
}

/** Where decoding is left to a scheme of types, client-go takes whatever comes. */
export const ANY_ACCEPT = "application/json, */*";
export const TABLE_ACCEPT =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

export function withQuery(path: string, query: Query | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === "" || value === false) continue;
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one));
  }
  parameters.sort();
  const text = parameters.toString().replaceAll("+", "%20");
  if (text === "") return path;
  return `${path}${path.includes("?") ? "&" : "?"}${text}`;
}

export async function readAll(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

/** client-go's NewGenericServerResponse: words for an error answer that is no Status. */
const GENERIC: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  400: ["BadRequest", "the server rejected our request for an unknown reason"],
  401: ["Unauthorized", "the server has asked for the client to provide credentials"],
  403: ["Forbidden", "unknown"],
  404: ["NotFound", "the server could not find the requested resource"],
  405: ["MethodNotAllowed", "the server does not allow this method on the requested resource"],
  406: ["NotAcceptable", "the server was unable to respond with a content type that the client supports"],
  409: ["Conflict", "the server reported a conflict"],
  415: ["UnsupportedMediaType", "the body of the request was in an unknown format"],
  422: ["Invalid", "the server rejected our request due to an error in our request"],
  429: ["TooManyRequests", "the server has received too many requests and has asked us to try again later"],
  503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
  504: [
    "Timeout",
    "the server was unable to return a response in the time allotted, but may still be processing the request",
  ],
};

/** What a request costs besides its size, in units of Process.spend (about a microsecond). */
const REQUEST_UNITS = 100;
const LETTERS_PER_UNIT = 100;

export interface RequestLimit {
  /** Fires when the time is over. */
  readonly signal: AbortSignal;
  /** The request has ended before. */
  stop(): void;
}

interface RestOptions {
  /** --request-timeout: begins with a request. */
  readonly limit?: () => RequestLimit;
  /** As Go writes it, e.g. "1s": servers are told of it. */
  readonly timeout?: string;
  /** -v. */
  readonly log?: RequestLog;
  /** Default: "application/json". */
  readonly accept?: string;
  /** Keeps what came for discovery. */
  keep?(url: string, status: number, headers: Readonly<Record<string, string>>, body: Uint8Array): void;
}

/** As the real one calls itself: audit and managed fields of servers go by what stands before the slash. */
const USER_AGENT = "kubectl/v1.33.1 (linux/amd64) kubernetes/8adc0f0";

/** One request took longer than --request-timeout allows. */
export class DeadlineExceeded extends CommandError {
  constructor() {
    super("context deadline exceeded");
    this.name = "DeadlineExceeded";
  }
}

export class Rest {
  readonly transport: Transport;
  readonly #warn: (text: string) => void;
  readonly #signal: AbortSignal;
  readonly #pace: (units: number) => Promise<void> | void;
  readonly #options: RestOptions;

  constructor(
    transport: Transport,
    warn: (text: string) => void,
    signal: AbortSignal,
    pace: (units: number) => Promise<void> | void = () => undefined,
    options: RestOptions = {},
  ) {
    this.#pace = pace;
    this.#options = options;
    this.transport = transport;
    this.#warn = warn;
    this.#signal = signal;
  }

  /** Discovery has a limit of its own where none is asked for. */
  get discoveryTimeout(): string {
    return this.#options.timeout ?? "32s";
  }

  /** The answer as it comes; error statuses are thrown as `ApiError`. */
  async open(method: HttpRequest["method"], path: string, options: RequestOptions = {}): Promise<HttpResponse> {
    const body = options.body;
    const limit = this.#options.limit?.();
    const asked = options.signal ?? this.#signal;
    const signal = limit === undefined ? asked : AbortSignal.any([asked, limit.signal]);
    const request: HttpRequest = {
      method,
      path: withQuery(path, { timeout: this.#options.timeout, ...options.query }),
      headers: {
        accept: options.accept ?? this.#options.accept ?? "application/json",
        "user-agent": USER_AGENT,
        ...(body === undefined || options.contentType === ""
          ? {}
          : { "content-type": options.contentType ?? "application/json" }),
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : stringifyJson(body) }),
      signal,
    };
    const { log } = this.#options;
    let response: HttpResponse;
    // A process that was killed asks nothing any more: whoever retries in a loop ends here.
    this.#signal.throwIfAborted();
    try {
      const answered =
        log === undefined ? undefined : await logRequest(log, this.transport.server, request, options.place);
      // Whoever does not listen to the signal is left behind when the time is over.
      response = await untilAborted(this.transport.request(request), limit?.signal);
      if (options.discovery === true) response = this.#kept(request, response);
      if (answered !== undefined) response = await answered(response);
    } catch (error) {
      limit?.stop();
      if (limit?.signal.aborted === true && !asked.aborted) throw new DeadlineExceeded();
      throw asUnreachable(error, this.transport.server);
    }
    if (limit !== undefined) response = { ...response, body: untilDeadline(response.body, limit) };
    for (const warning of warningsOf(response.headers["warning"])) this.#warn(warning);
    if (response.status >= 400) {
      const error = await errorOf(response, request.headers?.["accept"]?.endsWith(", */*") === true);
      // Refusals are work too: whoever asks for thousands of things that are gone lets others run.
      await this.#pace(REQUEST_UNITS);
      throw error;
    }
    return response;
  }

  /** Once all of it has come, the answer is kept. */
  #kept(request: HttpRequest, response: HttpResponse): HttpResponse {
    const headers = withVaried(response.headers, request.headers ?? {});
    const { keep } = this.#options;
    if (keep === undefined || response.status !== 200) return { ...response, headers };
    const url = `${this.transport.server}${request.path}`;
    const read = async function* () {
      const pieces: Uint8Array[] = [];
      for await (const piece of response.body) {
        pieces.push(piece);
        yield piece;
      }
      keep(url, response.status, headers, concatBytes(pieces));
    };
    return { ...response, headers, body: read() };
  }

  /** What is served, by the client that keeps answers and has a limit of its own. */
  discovery(path: string, accept: string = ANY_ACCEPT, query: Query = {}): Promise<JsonObject> {
    return this.json("GET", path, { accept, query: { ...query, timeout: this.discoveryTimeout }, discovery: true });
  }

  async json(method: HttpRequest["method"], path: string, options: RequestOptions = {}): Promise<JsonObject> {
    const text = await readAll((await this.open(method, path, options)).body);
    // The server, in this worker or elsewhere, has had its turn; reading what it said is another.
    await this.#pace(REQUEST_UNITS + text.length / LETTERS_PER_UNIT);
    const document = text === "" ? {} : (parseJson(text) as JsonObject);
    await this.#pace(text.length / LETTERS_PER_UNIT);
    return document;
  }

  get(path: string, query?: Query, accept?: string): Promise<JsonObject> {
    return this.json("GET", path, {
      ...(query === undefined ? {} : { query }),
      ...(accept === undefined ? {} : { accept }),
    });
  }

  async text(path: string, query?: Query): Promise<string> {
    return readAll((await this.open("GET", path, { accept: "*/*", ...(query === undefined ? {} : { query }) })).body);
  }

  /** One JSON value per line until the server or `signal` ends it. */
  async *watch(
    path: string,
    query: Query,
    accept: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent> {
    const response = await this.open("GET", path, {
      query: { ...query, watch: "true" },
      signal,
      ...(accept === undefined ? {} : { accept }),
    });
    const decoder = new TextDecoder();
    let pending = "";
    try {
      for await (const chunk of response.body) {
        pending += decoder.decode(chunk, { stream: true });
        let end = pending.indexOf("\n");
        while (end !== -1) {
          const line = pending.slice(0, end);
          pending = pending.slice(end + 1);
          if (line !== "") yield parseJson(line) as unknown as WatchEvent;
          end = pending.indexOf("\n");
        }
      }
    } catch (error) {
      // With --request-timeout a watch just ends.
      if (!signal.aborted && !(error instanceof DeadlineExceeded)) throw error;
      if (error instanceof DeadlineExceeded)
        await this.#options.log?.line(
          "streamwatcher.go:123",
          '"Unable to decode an event from the watch stream" err="net/http: request canceled (Client.Timeout or context cancellation while reading body)"',
        );
    }
  }
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  work.catch(() => undefined);
  return new Promise((resolve, reject) => {
    const late = () => reject(new DeadlineExceeded());
    if (signal.aborted) return late();
    signal.addEventListener("abort", late, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", late));
  });
}

async function* untilDeadline(body: AsyncIterable<Uint8Array>, limit: RequestLimit): AsyncGenerator<Uint8Array> {
  const source = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await untilAborted(source.next(), limit.signal);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    limit.stop();
  }
}

interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: JsonObject;
}

/** A transport's failure in client-go's terms. */
export function asUnreachable(error: unknown, server: string): unknown {
  if (!(error instanceof TransportError)) return error;
  if (error.status !== undefined) return new ApiError(error.status as Status);
  let host = server.replace(/^[a-z]+:\/\//, "");
  try {
    host = new URL(server).host;
  } catch {
    // A server that is no URL is shown as it is.
  }
  return new UnreachableError(host, error.message);
}

/** `typed`: decoded by a scheme, which drops what says of which kind it is. */
async function errorOf(response: HttpResponse, typed: boolean): Promise<ApiError> {
  const text = await readAll(response.body);
  try {
    const status = JSON.parse(text) as Json;
    if (isObject(status) && status["kind"] === "Status") {
      const { kind, apiVersion, ...rest } = status;
      return new ApiError((typed ? rest : { kind, apiVersion, ...rest }) as Status);
    }
  } catch {
    // Not JSON: the generic words below.
  }
  return genericError(response.status, text);
}

/** An error answer of which nothing is known but its code and text. */
export function genericError(code: number, text: string): ApiError {
  const [reason, message] = GENERIC[code] ?? [
    "InternalError",
    `an error on the server (${JSON.stringify(text.slice(0, 2048))}) has prevented the request from succeeding`,
  ];
  const cause = text.trimEnd();
  return new ApiError({
    metadata: {},
    status: "Failure",
    message: code === 403 && text !== "" ? text : message,
    reason,
    details: cause === "" ? {} : { causes: [{ reason: "UnexpectedServerResponse", message: cause }] },
    code,
  });
}

/** Texts of `Warning: 299 - "text"` values, several in one header. */
function warningsOf(header: string | undefined): string[] {
  if (header === undefined) return [];
  const texts: string[] = [];
  for (const match of header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
    texts.push((match[1] ?? "").replace(/\\(.)/g, "$1"));
  }
  return texts;
}
