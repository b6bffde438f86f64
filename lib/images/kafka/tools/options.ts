/** Options of Kafka's command-line tools, as joptsimple reads them. */
import type { Process } from "../../../machine/index.ts";
import { parseProperties } from "../config.ts";

export type OptionSpec = Readonly<Record<string, "flag" | "value">>;

/** The command line is wrong: the message, and where it is written the usage that follows is left out. */
export class UsageError extends Error {}

export interface Options {
  has(name: string): boolean;
  get(name: string): string | undefined;
  all(name: string): readonly string[];
  require(name: string): string;
  /** key=value pairs of a repeated option. */
  pairs(name: string): ReadonlyMap<string, string>;
}

export function parseOptions(args: readonly string[], spec: OptionSpec): Options {
  const values = new Map<string, string[]>();
  for (let at = 0; at < args.length; at++) {
    const match = /^--?([\w.-]+)(?:=(.*))?$/s.exec(args[at] ?? "");
    const name = match?.[1];
    if (name === undefined) throw new UsageError(`Found non argument parameters: ${args[at]}`);
    if (!Object.hasOwn(spec, name)) throw new UsageError(`${name} is not a recognized option`);
    let value = match?.[2];
    if (spec[name] === "value" && value === undefined) {
      at++;
      value = args[at];
      if (value === undefined) throw new UsageError(`Option ${name} requires an argument`);
    }
    values.set(name, [...(values.get(name) ?? []), value ?? ""]);
  }
  return {
    has: (name) => values.has(name),
    get: (name) => values.get(name)?.at(-1),
    all: (name) => values.get(name) ?? [],
    require(name) {
      const value = values.get(name)?.at(-1);
      if (value === undefined) throw new UsageError(`Missing required argument "[${name}]"`);
      return value;
    },
    pairs(name) {
      return new Map(
        (values.get(name) ?? []).map((pair) => {
          const at = pair.indexOf("=");
          return at === -1 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
        }),
      );
    },
  };
}

/** A file of client settings; what cannot be had here is refused. */
export function clientSettings(
  process: Process,
  path: string | undefined,
  more: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  if (path !== undefined && !process.files.exists(path)) throw new UsageError(`${path} (No such file or directory)`);
  const values = new Map([...(path === undefined ? [] : parseProperties(process.files.readText(path))), ...more]);
  const protocol = values.get("security.protocol");
  if (protocol !== undefined && protocol !== "PLAINTEXT")
    throw new UsageError(`security.protocol ${protocol} is not supported here`);
  return values;
}
