/** --www: files of a directory, as net/http's FileServer serves them. */
import { type FileApi, isErrno } from "../../machine/index.ts";
import { type Answer, plainAnswer } from "./http-server.ts";

/** What Go knows without the system's mime.types. */
const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".gif": "image/gif",
  ".htm": "text/html; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".xml": "text/xml; charset=utf-8",
};

function typeOf(path: string, data: Uint8Array): string {
  const known = TYPES[/\.[^./]+$/.exec(path)?.[0] ?? ""];
  if (known !== undefined) return known;
  const head = data.subarray(0, 512);
  if (/^\s*<(!doctype html|html)/i.test(new TextDecoder().decode(head))) return "text/html; charset=utf-8";
  return head.some((byte) => byte < 9 || (byte > 13 && byte < 27))
    ? "application/octet-stream"
    : "text/plain; charset=utf-8";
}

const escapeHtml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&#34;");

/** `path`: below the prefix, percent-decoded, starting with "/". `index`: the page of a directory, which has no own name. */
export function serveFile(files: FileApi, root: string, path: string, now: number, index = false): Answer {
  const clean = path.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
  const full = [root.replace(/\/+$/, ""), ...clean].join("/");
  const answer = (
    status: number,
    headers: readonly (readonly [string, string])[],
    body: string | Uint8Array,
  ): Answer => {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const told = headers.some(([name]) => name === "Content-Length");
    const length = told ? [] : ([["Content-Length", String(bytes.length)]] as const);
    return {
      status,
      headers: [...headers, ["Date", new Date(now).toUTCString()], ...length],
      body: bytes,
    };
  };
  try {
    if (!index && path.endsWith("/index.html")) return answer(301, [["Location", "./"]], "");
    const stat = files.stat(full);
    const modified = ["Last-Modified", new Date(stat.modified).toUTCString()] as const;
    if (stat.type === "directory") {
      const last = clean[clean.length - 1];
      if (last !== undefined && !path.endsWith("/")) return answer(301, [["Location", `${last}/`]], "");
      if (files.exists(`${full}/index.html`)) return serveFile(files, full, "/index.html", now, true);
      const links = files
        .list(full)
        .map(({ name, type }) => (type === "directory" ? `${name}/` : name))
        .sort((a, b) => (a < b ? -1 : 1))
        .map((name) => `<a href="${name.split("/").map(encodeURIComponent).join("/")}">${escapeHtml(name)}</a>\n`);
      return answer(
        200,
        [["Content-Type", "text/html; charset=utf-8"], modified],
        `<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${links.join("")}</pre>\n`,
      );
    }
    // A file has no slash behind it.
    if (path.endsWith("/")) return answer(301, [["Location", `../${clean[clean.length - 1] ?? ""}`]], "");
    const data = files.readFile(full);
    const length = ["Content-Length", String(data.length)] as const;
    return answer(200, [["Accept-Ranges", "bytes"], length, ["Content-Type", typeOf(full, data)], modified], data);
  } catch (error) {
    if (!isErrno(error)) throw error;
    return error.code === "EACCES"
      ? plainAnswer(403, "403 Forbidden", now)
      : plainAnswer(404, "404 page not found", now);
  }
}
