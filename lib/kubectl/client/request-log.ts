/**
 * What `-v=6` and more write to stderr of each request (k8s.io/client-go/transport/round_trippers.go and rest/request.go):
 * 6 a line for each answer, 7 what was asked with its headers, 8 bodies cut short, 9 a curl command and longer bodies.
 */

import { logValue } from "../klog.ts";
import type { Json } from "../object.ts";
import { compactJson } from "../printers/json.ts";
import type { HttpRequest, HttpResponse } from "../transport.ts";
import { canonicalHeader } from "./http-cache.ts";
import { STATUS_TEXTS } from "./status-texts.ts";

export interface RequestLog {
  readonly level: number;
  /** Of bodies, which another of upstream's files logs. */
  readonly bodies: number;
  /** A line of klog at a place of upstream's source. */
  line(place: string, text: string): Promise<void>;
  now(): number;
  /** A bearer token goes along. */
  readonly authorized: boolean;
}

/** Letters of a body that are shown at this level. */
const shown = (level: number): number => (level >= 10 ? Number.POSITIVE_INFINITY : level >= 9 ? 10240 : 1024);

const block = (headers: Readonly<Record<string, string>>): string => {
  const lines = Object.entries(headers)
    .map(([name, value]) => [canonicalHeader(name), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `\t${name}: ${value}\n`);
  return lines.length === 0 ? '""' : `<\n${lines.join("")} >`;
};

const withCredentials = (log: RequestLog, headers: Readonly<Record<string, string>>): Record<string, string> => ({
  ...headers,
  ...(log.authorized ? { authorization: "Bearer <masked>" } : {}),
});

const DISCOVERY: Readonly<Record<string, string>> = {
  "/api": "discovery_client.go:252",
  "/apis": "discovery_client.go:318",
  "/version": "discovery_client.go:657",
};
/** Of --raw: what comes is handed on as it comes, and not logged. */
const RAW = "raw.go:84";
const CHANGES: Readonly<Record<string, string>> = {
  POST: "helper.go:246",
  PATCH: "helper.go:269",
  PUT: "helper.go:319",
  DELETE: "helper.go:202",
};

/** From where upstream sends what: bodies are logged with that place. */
function placeOf({ method, path }: HttpRequest): string {
  const [bare = "", query = ""] = path.split("?");
  const discovery = DISCOVERY[bare];
  if (discovery !== undefined) return discovery;
  if (bare === "/openapi/v3") return "client.go:46";
  if (bare.startsWith("/openapi/v3/")) return "groupversion.go:75";
  if (/^\/api\/[^/]+$|^\/apis\/[^/]+\/[^/]+$/.test(bare)) return "discovery_client.go:403";
  if (method === "GET" && /\/pods\/[^/]+\/log$/.test(bare)) return "logs.go:469";
  if (/\/scale$/.test(bare)) return method === "GET" ? "client.go:82" : "client.go:232";
  const change = CHANGES[method];
  if (change !== undefined) return change;
  if (query.includes("watch=true")) return "request.go:759";
  const named = /^\/(?:api|apis\/[^/]+)\/[^/]+\/(?:namespaces\/[^/]+\/[^/]+|(?!namespaces\/[^/]+\/)[^/]+)\/[^/]+/.test(
    bare,
  );
  return named ? "helper.go:105" : "helper.go:113";
}

/** Objects are sent with their keys in order, and a line's end; patches of objects in order; other patches as given. */
const ENDS: Readonly<Record<string, string>> = {
  "application/json": "\n",
  "application/apply-patch+yaml": "\n",
  "application/strategic-merge-patch+json": "",
  "application/merge-patch+json": "",
};
function sentText({ headers, body: sent }: HttpRequest): string {
  const text = typeof sent === "string" ? sent : new TextDecoder().decode(sent ?? new Uint8Array());
  const end = ENDS[headers?.["content-type"] ?? ""];
  if (text === "" || end === undefined) return text;
  try {
    return `${compactJson(JSON.parse(text) as Json)}${end}`;
  } catch {
    return text;
  }
}

function body(log: RequestLog, place: string, title: string, text: string): Promise<void> {
  const most = shown(log.bodies);
  const bytes = new TextEncoder().encode(text);
  // What upstream calls chars are bytes.
  const cut =
    bytes.length > most
      ? `${new TextDecoder().decode(bytes.subarray(0, most))} [truncated ${bytes.length - most} chars]`
      : text;
  return log.line(place, `"${title}" body=${logValue(cut)}`);
}

/** Says what is asked; the result says what came back. `asked`: from where, unless the request itself tells. */
export async function logRequest(
  log: RequestLog,
  server: string,
  request: HttpRequest,
  asked?: string,
): Promise<(response: HttpResponse) => Promise<HttpResponse>> {
  const { level } = log;
  const url = `${server}${request.path}`;
  const what = `verb="${request.method}" url="${url}"`;
  const headers = withCredentials(log, request.headers ?? {});
  const place = asked ?? placeOf(request);
  const streamed = place === RAW;
  if (log.bodies >= 8 && !(streamed && request.body !== undefined))
    await body(log, place, "Request Body", sentText(request));
  if (level >= 9) {
    const options = Object.entries(headers).map(([name, text]) => ` -H "${canonicalHeader(name)}: ${text}"`);
    await log.line(
      "round_trippers.go:527",
      `"Request" curlCommand=<\n\tcurl -v -X${request.method} ${options.join("")} '${url}'\n >`,
    );
  } else if (level >= 7) await log.line("round_trippers.go:527", `"Request" ${what} headers=${block(headers)}`);
  const started = log.now();
  return async (response) => {
    const status = `status="${response.status} ${STATUS_TEXTS[response.status] ?? ""}"`;
    const took = `milliseconds=${Math.round(log.now() - started)}`;
    const subject = level >= 9 || level === 6 ? `${what} ` : "";
    const answered = level >= 8 ? ` headers=${block(response.headers)}` : "";
    await log.line("round_trippers.go:632", `"Response" ${subject}${status}${answered} ${took}`);
    return log.bodies >= 8 &&
      !request.path.includes("watch=true") &&
      !/\/pods\/[^/]+\/log(\?|$)/.test(request.path) &&
      !(streamed && response.status < 400)
      ? { ...response, body: logged(log, streamed ? "get.go:174" : place, response.body) }
      : response;
  };
}

async function* logged(log: RequestLog, place: string, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of source) {
    text += decoder.decode(chunk, { stream: true });
    yield chunk;
  }
  await body(log, place, "Response Body", text);
}
