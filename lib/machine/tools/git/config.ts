/** The configuration a command sees: system, global and local files, and what -c gave. */
import { isErrno } from "../../errno.ts";
import type { Process } from "../../types.ts";
import { parseConfig, splitKey } from "./config-file.ts";
import { fatal } from "./failure.ts";

export type ConfigScope = "system" | "global" | "local" | "command";

export interface ConfigValue {
  readonly scope: ConfigScope;
  /** The file as git names it. */
  readonly origin: string;
  readonly key: string;
  readonly value: string | undefined;
}

const MAX_INCLUDES = 10;

/** Where the user's own settings are written. */
export function globalPath(process: Process): string {
  const home = process.env.get("HOME");
  if (home === undefined) throw fatal("$HOME not set");
  const { files } = process;
  const xdg = `${process.env.get("XDG_CONFIG_HOME") || `${home}/.config`}/git/config`;
  return !files.exists(`${home}/.gitconfig`) && files.exists(xdg) ? xdg : `${home}/.gitconfig`;
}

export class GitConfig {
  readonly #values: ConfigValue[] = [];
  readonly #process: Process;

  /** `local`: path of the repository's file, and how messages name it. */
  constructor(process: Process, local: string | undefined, command: readonly string[]) {
    this.#process = process;
    const home = process.env.get("HOME");
    this.#load("system", "/etc/gitconfig", "/etc/gitconfig");
    if (home !== undefined) {
      const xdg = `${process.env.get("XDG_CONFIG_HOME") || `${home}/.config`}/git/config`;
      this.#load("global", xdg, xdg);
      this.#load("global", `${home}/.gitconfig`, `${home}/.gitconfig`);
    }
    if (local !== undefined) this.#load("local", local, local);
    for (const setting of command) {
      const equals = setting.indexOf("=");
      const name = equals === -1 ? setting : setting.slice(0, equals);
      const split = splitKey(name);
      if (split === undefined)
        throw fatal(`bad config variable '${name}'`.replace("bad config variable", "unable to parse"));
      this.#values.push({
        scope: "command",
        origin: "command line:",
        key: split.key,
        value: equals === -1 ? undefined : setting.slice(equals + 1),
      });
    }
  }

  #load(scope: ConfigScope, path: string, origin: string, depth = 0): void {
    let text: string;
    try {
      text = this.#process.files.readText(path);
    } catch (error) {
      if (isErrno(error)) return;
      throw error;
    }
    for (const entry of parseConfig(text, path).entries) {
      this.#values.push({ scope, origin, key: entry.key, value: entry.value });
      if (entry.key !== "include.path" || entry.value === undefined) continue;
      if (depth >= MAX_INCLUDES)
        throw fatal(`exceeded maximum include depth (${MAX_INCLUDES}) while including ${path}`);
      const target = this.expandHome(entry.value);
      const full = target.startsWith("/") ? target : `${path.slice(0, path.lastIndexOf("/"))}/${target}`;
      this.#load(scope, full, full, depth + 1);
    }
  }

  expandHome(path: string): string {
    return path.startsWith("~/") ? `${this.#process.env.get("HOME") ?? ""}${path.slice(1)}` : path;
  }

  get all(): readonly ConfigValue[] {
    return this.#values;
  }

  /** The value given last; a name that stands alone is "true". */
  get(key: string): string | undefined {
    const found = this.#values.findLast((each) => each.key === key);
    return found === undefined ? undefined : (found.value ?? "true");
  }

  values(key: string): string[] {
    return this.#values.flatMap((each) => (each.key === key ? [each.value ?? "true"] : []));
  }

  boolean(key: string): boolean | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    const read = readBoolean(value);
    if (read === undefined) throw fatal(`bad boolean config value '${value}' for '${key}'`);
    return read;
  }

  integer(key: string): number | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    const read = readInteger(value);
    if (read === undefined) throw fatal(`bad numeric config value '${value}' for '${key}': invalid unit`);
    return read;
  }

  /** Subsections of a section, as the names of remotes or branches. */
  subsections(section: string): string[] {
    const names = this.#values.flatMap(({ key }) => {
      const first = key.indexOf(".");
      const last = key.lastIndexOf(".");
      return key.slice(0, first) === section && last > first ? [key.slice(first + 1, last)] : [];
    });
    return [...new Set(names)];
  }
}

export function readBoolean(value: string): boolean | undefined {
  if (/^(true|yes|on)$/i.test(value)) return true;
  if (/^(false|no|off|)$/i.test(value)) return false;
  if (/^-?\d+$/.test(value)) return Number(value) !== 0;
  return undefined;
}

export function readInteger(value: string): number | undefined {
  const [, digits, unit = ""] = /^(-?\d+)([kmg]?)$/i.exec(value) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) * ({ "": 1, k: 1024, m: 1 << 20, g: 1 << 30 }[unit.toLowerCase()] ?? 1);
}
