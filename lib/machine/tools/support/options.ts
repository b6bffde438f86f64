/** Command lines as getopt_long(3) reads them, with its complaints. */

interface OptionSpec {
  /** One letter. */
  readonly short?: string;
  readonly long?: string;
  /** It takes a value; "optional": only in the same word (`--color=always`). The letter may have to do without. */
  readonly value?: boolean | "optional" | "optional for the long name";
  /** For `--help`. */
  readonly help?: string;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

export interface CommandSpec<T extends OptionTable = OptionTable> {
  readonly name: string;
  /** After the name, e.g. "[OPTION]... [FILE]...". */
  readonly usage: string;
  readonly summary?: string | undefined;
  readonly options: T;
  /** The option that `-5` stands for. */
  readonly digits?: keyof T & string;
  /** Digits may stand among other letters, each for itself. */
  readonly digitsCluster?: boolean;
  /** Options end at the first operand (env, timeout, xargs). */
  readonly stopAtOperand?: boolean;
  /** Everything is an operand: the tool has a language of its own (find). */
  readonly raw?: boolean;
  /** The words as they were before there was getopt: others instead of them, or what is wrong with them. */
  readonly rewrite?: (words: readonly string[]) => readonly string[] | { readonly wrong: string };
  /** Where a wrong command line is pointed to; default "Try 'NAME --help' for more information." */
  readonly pointer?: string;
  /** How the tool words a complaint of getopt's. */
  readonly words?: (message: string) => string;
  /** The whole help stands in place of that. */
  readonly helpFirst?: boolean;
  /** Exit status of a wrong command line. Default 1. */
  readonly usageStatus?: number;
}

/** A command line that cannot be understood; `message` is what is printed after the tool's name. */
export class UsageError extends Error {
  /** Without the pointer to --help. */
  readonly bare: boolean;
  /** Where it is not the tool's usual one. */
  readonly status: number | undefined;
  constructor(message: string, bare = false, status?: number) {
    super(message);
    this.bare = bare;
    this.status = status;
  }
}

/** `--help` or `--version`, before anything that is wrong. */
export class HelpRequest extends Error {
  readonly version: boolean;
  constructor(version: boolean) {
    super(version ? "--version" : "--help");
    this.version = version;
  }
}

export class ParsedOptions<T extends OptionTable = OptionTable> {
  readonly operands: string[] = [];
  /** In the order given. */
  readonly given: { readonly name: keyof T & string; readonly value: string | undefined }[] = [];

  has(name: keyof T & string): boolean {
    return this.given.some((option) => option.name === name);
  }
  /** The value given last. */
  value(name: keyof T & string): string | undefined {
    return this.given.findLast((option) => option.name === name)?.value;
  }
  values(name: keyof T & string): string[] {
    return this.given.flatMap((option) => (option.name === name && option.value !== undefined ? [option.value] : []));
  }
  /** Which of these was given last: options that override each other. */
  last<N extends keyof T & string>(...names: N[]): N | undefined {
    const given = this.given.findLast((option) => (names as string[]).includes(option.name));
    return given?.name as N | undefined;
  }
}

/** `posix`: options end at the first operand, whatever the tool (POSIXLY_CORRECT). */
export function parseOptions<T extends OptionTable>(
  spec: CommandSpec<T>,
  given: readonly string[],
  posix = false,
): ParsedOptions<T> {
  const parsed = new ParsedOptions<T>();
  const words = spec.rewrite?.(given) ?? given;
  if ("wrong" in words) throw new UsageError(words.wrong);
  if (spec.raw) {
    parsed.operands.push(...words);
    return parsed;
  }
  const byShort = new Map<string, keyof T & string>();
  const byLong = new Map<string, keyof T & string>();
  for (const [name, option] of Object.entries(spec.options)) {
    if (option.short !== undefined) byShort.set(option.short, name);
    if (option.long !== undefined) byLong.set(option.long, name);
  }
  for (const name of ["help", "version"]) if (!byLong.has(name)) byLong.set(name, `--${name}`);
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    if (word === "--") {
      parsed.operands.push(...words.slice(index + 1));
      break;
    }
    if (word.startsWith("--")) {
      const equals = word.indexOf("=");
      const given = equals === -1 ? word.slice(2) : word.slice(2, equals);
      const inline = equals === -1 ? undefined : word.slice(equals + 1);
      const name = longOption(byLong, given, word);
      if (name.startsWith("--") && inline === undefined) throw new HelpRequest(name === "--version");
      if (name.startsWith("--")) throw new UsageError(`option '${name}' doesn't allow an argument`);
      const option = spec.options[name] as OptionSpec;
      if (!option.value) {
        if (inline !== undefined) throw new UsageError(`option '--${option.long}' doesn't allow an argument`);
        parsed.given.push({ name, value: undefined });
      } else if (inline !== undefined || option.value !== true) parsed.given.push({ name, value: inline });
      else {
        index++;
        if (index >= words.length) throw new UsageError(`option '--${option.long}' requires an argument`);
        parsed.given.push({ name, value: words[index] });
      }
      continue;
    }
    if (word.startsWith("-") && word.length > 1) {
      if (spec.digits !== undefined && /^-\d+$/.test(word)) {
        parsed.given.push({ name: spec.digits, value: word.slice(1) });
        continue;
      }
      for (let at = 1; at < word.length; at++) {
        const letter = word[at] as string;
        // A digit among letters (`gzip -9c`).
        if (spec.digitsCluster === true && spec.digits !== undefined && /\d/.test(letter)) {
          parsed.given.push({ name: spec.digits, value: letter });
          continue;
        }
        const name = byShort.get(letter);
        if (name === undefined) throw new UsageError(`invalid option -- '${letter}'`);
        const option = spec.options[name] as OptionSpec;
        if (!option.value || option.value === "optional for the long name") {
          parsed.given.push({ name, value: undefined });
          continue;
        }
        const rest = word.slice(at + 1);
        if (rest !== "" || option.value === "optional")
          parsed.given.push({ name, value: rest === "" ? undefined : rest });
        else {
          index++;
          if (index >= words.length) throw new UsageError(`option requires an argument -- '${letter}'`);
          parsed.given.push({ name, value: words[index] });
        }
        break;
      }
      continue;
    }
    if (spec.stopAtOperand || posix) {
      parsed.operands.push(...words.slice(index));
      break;
    }
    parsed.operands.push(word);
  }
  return parsed;
}

/** Whoever words complaints about an option's value. */
interface Chooser {
  word(text: string): string;
}

/**
 * One of the words that an option takes, or the beginning of one (gnulib's argmatch). Throws `UsageError`, with the
 * words that there are: those that mean the same on one line.
 */
export function choice<K extends string>(
  tool: Chooser,
  option: string,
  given: string,
  choices: Readonly<Record<K, unknown>>,
): K {
  const names = Object.keys(choices) as K[];
  const exact = names.find((name) => name === given);
  if (exact !== undefined) return exact;
  const fits = names.filter((name) => name.startsWith(given));
  const [first] = fits;
  if (first !== undefined && fits.every((name) => choices[name] === choices[first])) return first;
  const lines: string[] = [];
  for (const [index, name] of names.entries()) {
    const same = index > 0 && choices[names[index - 1] as K] === choices[name];
    if (same) lines.push(`${lines.pop()}, ${tool.word(name)}`);
    else lines.push(`  - ${tool.word(name)}`);
  }
  throw new UsageError(
    `${fits.length > 1 ? "ambiguous" : "invalid"} argument ${tool.word(given)} for ${tool.word(option)}\nValid arguments are:\n${lines.join("\n")}`,
    false,
    1,
  );
}

function longOption<N extends string>(byLong: ReadonlyMap<string, N>, given: string, word: string): N {
  const exact = byLong.get(given);
  if (exact !== undefined) return exact;
  const fits = [...byLong].filter(([long]) => long.startsWith(given));
  const [only] = fits;
  if (only === undefined || given === "") throw new UsageError(`unrecognized option '${word}'`);
  if (new Set(fits.map(([, name]) => name)).size > 1) {
    throw new UsageError(
      `option '${word}' is ambiguous; possibilities: ${fits.map(([long]) => `'--${long}'`).join(" ")}`,
    );
  }
  return only[1];
}

export function helpText(spec: Pick<CommandSpec, "name" | "usage" | "summary" | "options">): string {
  const lines = [`Usage: ${spec.name} ${spec.usage}`];
  if (spec.summary !== undefined) lines.push(spec.summary);
  const rows = Object.values(spec.options).map((option) => {
    const short = option.short === undefined ? "    " : `-${option.short}${option.long === undefined ? "" : ", "}`;
    const value = typeof option.value === "string" ? "[=VALUE]" : option.value ? "=VALUE" : "";
    const long = option.long === undefined ? (option.value ? " VALUE" : "") : `--${option.long}${value}`;
    return { left: `  ${short}${long}`, right: option.help ?? "" };
  });
  if (rows.length > 0) lines.push("");
  for (const { left, right } of rows) lines.push(right === "" ? left : `${left.padEnd(28)}  ${right}`);
  return `${lines.join("\n")}\n`;
}
