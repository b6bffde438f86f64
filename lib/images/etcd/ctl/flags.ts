/** Flags as cobra reads them: anywhere among the words, "--" ends them. */
type FlagKind = "boolean" | "value";
export type FlagSpec = Readonly<Record<string, FlagKind>>;

/** The command line is wrong; printed after "Error: ". */
export class UsageError extends Error {
  readonly status: number;
  constructor(message: string, status = 128) {
    super(message);
    this.status = status;
  }
}

export interface Parsed {
  readonly words: readonly string[];
  has(name: string): boolean;
  get(name: string): string | undefined;
}

const SHORT: Readonly<Record<string, string>> = { w: "write-out", i: "interactive", h: "help", l: "listen" };

export function parseFlags(args: readonly string[], spec: FlagSpec): Parsed {
  const values = new Map<string, string>();
  const words: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (arg === "--") {
      words.push(...args.slice(index + 1));
      break;
    }
    const long = /^--([\w-]+)(?:=(.*))?$/s.exec(arg);
    const short = /^-([a-z])(?:=?(.+))?$/s.exec(arg);
    const name = long?.[1] ?? (short?.[1] === undefined ? undefined : SHORT[short[1]]);
    if (!arg.startsWith("-") || arg === "-") {
      words.push(arg);
      continue;
    }
    if (name === undefined || !Object.hasOwn(spec, name)) {
      throw new UsageError(
        long === null ? `unknown shorthand flag: '${arg[1] ?? ""}' in ${arg}` : `unknown flag: --${long[1]}`,
        1,
      );
    }
    let value = long?.[2] ?? short?.[2];
    if (spec[name] === "boolean") value ??= "true";
    else if (value === undefined) {
      index++;
      value = args[index];
      if (value === undefined) throw new UsageError(`flag needs an argument: ${arg}`, 1);
    }
    values.set(name, value);
  }
  return {
    words,
    has: (name) => values.get(name) === "true",
    get: (name) => values.get(name),
  };
}

/** A Go duration ("5s", "1m30s", "500ms") in milliseconds. */
export function milliseconds(text: string, flag: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|us|ns)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join("") !== text) {
    throw new UsageError(`invalid argument "${text}" for "--${flag}" flag: time: invalid duration "${text}"`, 1);
  }
  const units = { ns: 1e-6, us: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[unit as keyof typeof units], 0);
}
