/** What curl sends before the body. */
import { encodeBase64 } from "../../../encoding/index.ts";
import { type HttpUrl, isDefaultPort } from "../support/http.ts";
import { type Curl, VERSION } from "./options.ts";

export interface Body {
  readonly bytes: Uint8Array;
  /** Undefined: what comes from --upload-file has none. */
  readonly type: string | undefined;
}

/** The headers of a request, in curl's order: those that are given take the place of its own. */
export function requestLines(tool: Curl, url: HttpUrl, body: Body | undefined, user: string | undefined): string[] {
  const own: { readonly name: string; readonly line: string | undefined }[] = [];
  for (const text of tool.options.values("header")) {
    const [, name = "", mark = "", value = ""] = /^([^:;]*)([:;])?(.*)$/s.exec(text) ?? [];
    // "Name;" is a header without a value, "Name:" takes one of curl's own away.
    own.push({ name, line: mark === ";" ? `${name}:` : value.trim() === "" ? undefined : `${name}:${value}` });
  }
  const isJson = tool.has("json");
  if (isJson)
    for (const name of ["Content-Type", "Accept"])
      if (!own.some((header) => header.name.toLowerCase() === name.toLowerCase()))
        own.push({ name, line: `${name}: application/json` });
  const given = (name: string) => own.some((header) => header.name.toLowerCase() === name.toLowerCase());
  const lines: string[] = [];
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined && value !== "" && !given(name)) lines.push(`${name}: ${value}`);
  };
  const host = own.find(({ name }) => name.toLowerCase() === "host");
  if (host?.line !== undefined) lines.push(host.line);
  else add("Host", isDefaultPort(url) ? url.host : `${url.host}:${url.port}`);
  const range = tool.value("range");
  if (user !== undefined) add("Authorization", `Basic ${encodeBase64(user)}`);
  add("Range", range === undefined ? undefined : `bytes=${range}`);
  add("User-Agent", tool.value("agent") ?? `curl/${VERSION}`);
  add("Accept", "*/*");
  if (tool.has("compressed")) add("Accept-Encoding", "deflate, gzip, br, zstd");
  add("Referer", tool.value("referer"));
  add("Cookie", tool.value("cookie"));
  for (const { name, line } of own) if (line !== undefined && name.toLowerCase() !== "host") lines.push(line);
  if (body !== undefined) {
    add("Content-Length", String(body.bytes.length));
    if (body.type === undefined) add("Expect", "100-continue");
    else add("Content-Type", body.type);
  }
  return lines;
}

export function urlText(url: HttpUrl): string {
  return `${url.scheme}://${url.host}${isDefaultPort(url) ? "" : `:${url.port}`}${url.path}`;
}
