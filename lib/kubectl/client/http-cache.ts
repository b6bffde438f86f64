/**
 * Answers to discovery as files in the person's home, as upstream's HTTP cache leaves them
 * (k8s.io/client-go/discovery/cached/disk/round_tripper.go over gregjones/httpcache): below `~/.kube/cache/http` one
 * file for each URL, named by its SHA-256, with the SHA-256 of what follows in front. They are written and not read: the
 * server gives its answers nothing to be asked about again by, so each of them would be stale.
 */
import { concatBytes, digest, toHex } from "../../encoding/index.ts";
import type { Process } from "../../machine/index.ts";
import { makeDirectories } from "./disk-cache.ts";
import { STATUS_TEXTS } from "./status-texts.ts";

const FILE_MODE = 0o660;
/** Larger answers (a document of OpenAPI has 340,000 bytes) are not kept: the home is saved with the sandbox. */
const MOST_BYTES = 64 * 1024;

export const canonicalHeader = (name: string): string =>
  name
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join("-");

/** The headers of an answer with those of the request that it varies by, as the cache adds them. */
export function withVaried(
  answer: Readonly<Record<string, string>>,
  asked: Readonly<Record<string, string>>,
): Record<string, string> {
  const result: Record<string, string> = { ...answer };
  for (const name of (answer["vary"] ?? "").split(",").map((one) => one.trim().toLowerCase())) {
    const value = asked[name];
    if (name !== "" && value !== undefined) result[`x-varied-${name}`] = value;
  }
  return result;
}

/** As http.DumpResponse has an answer. */
function dump(status: number, headers: Readonly<Record<string, string>>, body: Uint8Array): Uint8Array {
  const lines = Object.entries(headers)
    .filter(([name]) => name !== "content-length")
    .map(([name, value]) => `${canonicalHeader(name)}: ${value}\r\n`)
    .sort();
  const head = `HTTP/1.1 ${status} ${STATUS_TEXTS[status] ?? ""}\r\nContent-Length: ${body.length}\r\n${lines.join("")}\r\n`;
  return concatBytes([new TextEncoder().encode(head), body]);
}

/** Keeps an answer. `directory`: "~/.kube/cache/http". A place that cannot be written is no mistake. */
export function keepAnswer(
  process: Process,
  directory: string,
  url: string,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): void {
  if (body.length > MOST_BYTES) return;
  const content = dump(status, headers, body);
  const path = `${directory}/${toHex(digest("sha256", url))}`;
  try {
    // Where files are made before they are moved to their places.
    makeDirectories(process, `${directory}/.diskv-temp`);
    process.files.writeFile(path, concatBytes([digest("sha256", content), content]), { mode: FILE_MODE });
    process.files.chmod(path, FILE_MODE);
  } catch {
    // As upstream, which does not even tell.
  }
}
