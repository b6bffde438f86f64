/** Path name expansion. */
import { compilePattern, hasPattern } from "./pattern.ts";
import type { Shell } from "./shell.ts";

/** Paths one pattern may match. */
const MAX_PATHS = 50_000;
const MAX_DEPTH = 64;

/** Paths that match, sorted; none where nothing does. `pattern`: quoted characters are escaped with backslashes. */
export async function globPaths(shell: Shell, pattern: string): Promise<string[]> {
  const absolute = pattern.startsWith("/");
  const components = splitPath(pattern);
  let paths: string[] = [absolute ? "/" : ""];
  for (let i = 0; i < components.length; i++) {
    const component = components[i] as string;
    const last = i === components.length - 1;
    const next: string[] = [];
    for (const base of paths) {
      const spent = shell.process.spend(2);
      if (spent !== undefined) await spent;
      await addMatches(shell, base, component, last, next);
      if (next.length > MAX_PATHS) break;
    }
    paths = next;
  }
  return paths.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Splits at slashes that are not inside brackets or extended groups. */
function splitPath(pattern: string): string[] {
  const out: string[] = [];
  let current = "";
  let depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern.charAt(i);
    if (char === "\\") {
      current += char + pattern.charAt(++i);
      continue;
    }
    if (char === "(") depth++;
    if (char === ")") depth--;
    if (char === "/" && depth <= 0) {
      if (current !== "") out.push(current);
      current = "";
      depth = 0;
    } else current += char;
  }
  if (current !== "") out.push(current);
  else if (pattern.endsWith("/") && out.length > 0) out.push("");
  return out;
}

async function addMatches(shell: Shell, base: string, component: string, last: boolean, out: string[]): Promise<void> {
  const files = shell.process.files;
  const join = (name: string): string => (base === "" || base.endsWith("/") ? base + name : `${base}/${name}`);
  if (component === "") {
    if (base === "") return;
    if (isDirectory(shell, base)) out.push(join(""));
    return;
  }
  if (component === "**" && shell.shopt("globstar")) {
    if (!last) out.push(base);
    else if (base !== "") out.push(join(""));
    await addTree(shell, base, last, out, 0);
    return;
  }
  const extended = shell.shopt("extglob");
  if (!hasPattern(component.replace(/\\./gs, "x"), extended)) {
    const path = join(component.replace(/\\(.)/gs, "$1"));
    if (existsItself(shell, path)) out.push(path);
    return;
  }
  const pattern = compilePattern(component, { extended, ignoreCase: shell.shopt("nocaseglob") });
  const hidden = component.startsWith(".") || component.startsWith("\\.");
  let entries: readonly { readonly name: string; readonly type: string }[];
  try {
    entries = files.list(base === "" ? "." : base);
  } catch {
    // Not a directory, or not for us to read: nothing matches there.
    return;
  }
  const names = entries.map((entry) => entry.name);
  let count = 0;
  for (const name of names) {
    if ((++count & 63) === 0) {
      const spent = shell.process.spend(4);
      if (spent !== undefined) await spent;
    }
    if (name.startsWith(".") && !hidden && !seesHidden(shell)) continue;
    if (!pattern.test(name)) continue;
    const path = join(name);
    if (last || isDirectory(shell, path)) out.push(path);
  }
}

async function addTree(shell: Shell, base: string, last: boolean, out: string[], depth: number): Promise<void> {
  if (depth > MAX_DEPTH || out.length > MAX_PATHS) return;
  const spent = shell.process.spend(4);
  if (spent !== undefined) await spent;
  let entries: readonly { readonly name: string; readonly type: string }[];
  try {
    entries = shell.process.files.list(base === "" ? "." : base);
  } catch {
    // Not a directory, or not for us to read.
    return;
  }
  for (const entry of entries) {
    if (entry.name.startsWith(".") && !seesHidden(shell)) continue;
    const path = base === "" || base.endsWith("/") ? base + entry.name : `${base}/${entry.name}`;
    if (last || entry.type === "directory") out.push(path);
    if (entry.type === "directory") await addTree(shell, path, last, out, depth + 1);
  }
}

/** GLOBIGNORE, where it says something, turns `dotglob` on. */
function seesHidden(shell: Shell): boolean {
  return shell.shopt("dotglob") || (shell.flavour.bash && (shell.variables.get("GLOBIGNORE") ?? "") !== "");
}

function isDirectory(shell: Shell, path: string): boolean {
  try {
    return shell.process.files.stat(path === "" ? "." : path).type === "directory";
  } catch {
    return false;
  }
}

function existsItself(shell: Shell, path: string): boolean {
  try {
    shell.process.files.lstat(path);
    return true;
  } catch {
    return false;
  }
}
