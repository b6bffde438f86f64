/** The two sides of `kubectl cp` (kubectl/pkg/cmd/cp/filespec.go): "[[namespace/]pod:]path". */
import { CommandError } from "../errors.ts";

export interface FileSpec {
  /** "": a local file. */
  readonly pod: string;
  readonly namespace: string;
  readonly path: string;
}

const FORMAT = "filespec must match the canonical format: [[namespace/]pod:]file/path";

export function parseFileSpec(text: string): FileSpec {
  const colon = text.indexOf(":");
  if (colon === 0) throw new CommandError(FORMAT);
  if (colon === -1) return { pod: "", namespace: "", path: text };
  const path = text.slice(colon + 1);
  const parts = text.slice(0, colon).split("/");
  const [first = "", second] = parts;
  if (parts.length === 1) return { namespace: "", pod: first, path };
  if (parts.length === 2 && second !== undefined) return { namespace: first, pod: second, path };
  throw new CommandError(FORMAT);
}

/** Go's path.Clean. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith("/");
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && kept.length > 0 && kept[kept.length - 1] !== "..") kept.pop();
    else if (part !== ".." || !rooted) kept.push(part);
  }
  const text = kept.join("/");
  return rooted ? `/${text}` : text === "" ? "." : text;
}

export const baseName = (path: string): string => {
  const clean = path.replace(/\/+$/, "");
  if (clean === "") return path === "" ? "." : "/";
  return clean.slice(clean.lastIndexOf("/") + 1);
};
export const directoryName = (path: string): string => cleanPath(path.slice(0, path.lastIndexOf("/") + 1));
export const joinPaths = (...parts: readonly string[]): string =>
  parts.every((part) => part === "") ? "" : cleanPath(parts.filter((part) => part !== "").join("/"));

/** Without what leads out of a directory: leading "../" and a leading "/". */
export function stripShortcuts(path: string): string {
  let clean = cleanPath(path).replace(/^(\.\.\/)+/, "");
  if (clean === "." || clean === "..") clean = "";
  return clean.replace(/^\//, "");
}

/** True where `path` is `directory` or lies below it; both local, "" is the working directory. */
export function isBelow(directory: string, path: string): boolean {
  const [from, to] = [cleanPath(directory === "" ? "." : directory), cleanPath(path === "" ? "." : path)];
  if (from === ".") return !to.startsWith("/") && to !== ".." && !to.startsWith("../");
  return to === from || to.startsWith(from.endsWith("/") ? from : `${from}/`);
}
