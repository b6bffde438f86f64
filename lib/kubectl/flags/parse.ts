/** Command-line flags as spf13/pflag reads them: declared in tables, parsed with upstream's words for what is wrong. */

import { durationProblem, formatDuration, parseDuration, quote } from "../../encoding/index.ts";
import { CommandError } from "../errors.ts";

export type FlagType =
  | "bool"
  | "string"
  | "int"
  | "int32"
  | "int64"
  | "float32"
  | "duration"
  | "strings"
  | "array"
  | "pairs"
  /** As pairs, in Kubernetes' own reading of them (mapStringString). */
  | "labels"
  | "tristate"
  /** pattern=N pairs (klog's vmodule). */
  | "modules"
  | "ipPorts";

export interface FlagDefinition {
  readonly name: string;
  readonly shorthand?: string;
  readonly type: FlagType;
  /** As pflag's DefValue: what is used where the flag is absent. */
  readonly default?: string | boolean | number;
  /** What a bare `--flag` means, for flags that may stand without a value. */
  readonly bare?: string;
  readonly usage: string;
  /** Left out of completion. */
  readonly hidden?: boolean;
  readonly deprecated?: string;
  readonly shorthandDeprecated?: string;
  readonly required?: boolean;
  /** All commands have it. */
  readonly global?: boolean;
}

const TRUE = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const FALSE = new Set(["0", "f", "F", "false", "FALSE", "False"]);
/** strconv.ParseBool; undefined where the text is no boolean. */
export const booleanOf = (text: string): boolean | undefined =>
  TRUE.has(text) ? true : FALSE.has(text) ? false : undefined;
const BITS: Partial<Record<FlagType, number>> = { int: 64, int32: 32, int64: 64 };

/** The parsed flags of one invocation. Reading a flag that the command does not declare is a bug and throws. */
export class Flags {
  readonly #definitions = new Map<string, FlagDefinition>();
  readonly #values = new Map<string, string[]>();
  readonly #out: string[] = [];

  constructor(definitions: readonly FlagDefinition[]) {
    for (const definition of definitions) this.#definitions.set(definition.name, definition);
  }

  /** Lines to print to stderr before the command runs (deprecations). */
  get notices(): readonly string[] {
    return this.#out;
  }
  has(name: string): boolean {
    return this.#definitions.has(name);
  }
  /** True where the flag was given. */
  changed(name: string): boolean {
    return this.#values.has(name);
  }
  #definition(name: string): FlagDefinition {
    const definition = this.#definitions.get(name);
    if (definition === undefined) throw new Error(`flag accessed but not defined: ${name}`);
    return definition;
  }
  string(name: string): string {
    const definition = this.#definition(name);
    const values = this.#values.get(name);
    return values?.[values.length - 1] ?? String(definition.default ?? "");
  }
  /** The value where the flag exists on this command, else "". */
  optional(name: string): string {
    return this.has(name) ? this.string(name) : "";
  }
  /** The value of a flag that all commands have; "" where the command has one of the same name for something else. */
  global(name: string): string {
    return this.#definitions.get(name)?.global === true ? this.string(name) : "";
  }
  bool(name: string): boolean {
    return this.has(name) && TRUE.has(this.string(name) || "false");
  }
  number(name: string): number {
    return Number(this.string(name) || 0);
  }
  /** Milliseconds. */
  duration(name: string): number {
    return parseDuration(this.string(name) || "0s") ?? 0;
  }
  list(name: string): string[] {
    const definition = this.#definition(name);
    const values = this.#values.get(name);
    if (values === undefined) {
      const fallback = String(definition.default ?? "");
      return fallback === "" ? [] : fallback.split(",");
    }
    return definition.type === "strings" ? values.flatMap(splitCsv) : [...values];
  }
  /** name=value pairs (pflag's StringToString); of one name the last counts, at its first place. */
  pairs(name: string): (readonly [name: string, value: string])[] {
    const pairs = (this.#values.get(name) ?? []).flatMap(splitCsv).map((pair) => {
      const equals = pair.indexOf("=");
      return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
    });
    return [...new Map(pairs)];
  }
  /** Flags that were given, as they stood, with their values as pflag prints them. */
  given(): (readonly [name: string, value: string])[] {
    return [...this.#values.keys()].map((name) => {
      const { type } = this.#definition(name);
      return [name, type === "strings" || type === "array" ? this.list(name).join(",") : this.string(name)];
    });
  }
  set(name: string, value: string): void {
    this.#values.set(name, [value]);
  }

  #assign(definition: FlagDefinition, value: string, shown: string): void {
    // The one duration that another library reads.
    const terse = definition.name === "log-flush-frequency";
    const found = check(definition.type, value);
    const problem = found !== undefined && terse ? "parse error" : found;
    if (problem !== undefined) {
      throw new CommandError(`invalid argument ${quote(value)} for "${shown}" flag: ${problem}`);
    }
    const values = this.#values.get(definition.name) ?? [];
    const normal = definition.type === "duration" ? formatDuration(parseDuration(value) ?? 0) : value;
    if (["strings", "array", "pairs", "labels"].includes(definition.type))
      this.#values.set(definition.name, [...values, value]);
    else this.#values.set(definition.name, [normal]);
    if (definition.deprecated !== undefined) {
      this.#out.push(`Flag --${definition.name} has been deprecated, ${definition.deprecated}`);
    }
  }

  /** Reads arguments; returns those that are no flags, and how many of them stood before `--` (-1: there was none). */
  parse(argv: readonly string[], interspersed = true): { readonly args: string[]; readonly dash: number } {
    const args: string[] = [];
    const byShorthand = new Map(
      [...this.#definitions.values()].flatMap((f) => (f.shorthand === undefined ? [] : [[f.shorthand, f] as const])),
    );
    let rest = [...argv];
    while (rest.length > 0) {
      const word = rest.shift() as string;
      if (word === "--") return { args: [...args, ...rest], dash: args.length };
      if (word.length < 2 || !word.startsWith("-")) {
        if (!interspersed) return { args: [...args, word, ...rest], dash: -1 };
        args.push(word);
      } else if (word.startsWith("--")) rest = this.#long(word.slice(2), word, rest);
      else rest = this.#short(word.slice(1), word, rest, byShorthand);
    }
    return { args, dash: -1 };
  }

  #long(body: string, word: string, rest: string[]): string[] {
    if (body.startsWith("-") || body.startsWith("=")) throw new CommandError(`bad flag syntax: ${word}`);
    const equals = body.indexOf("=");
    const name = (equals === -1 ? body : body.slice(0, equals)).replaceAll("_", "-");
    const definition = this.#definitions.get(name);
    if (definition === undefined) {
      if (name === "help") throw new HelpRequested();
      throw new CommandError(`unknown flag: --${name}`);
    }
    const shown = definition.shorthand === undefined ? `--${name}` : `-${definition.shorthand}, --${name}`;
    const bare = bareValue(definition);
    if (equals !== -1) this.#assign(definition, body.slice(equals + 1), shown);
    else if (bare !== undefined) this.#assign(definition, bare, shown);
    else {
      const value = rest.shift();
      if (value === undefined) throw new CommandError(`flag needs an argument: --${name}`);
      this.#assign(definition, value, shown);
    }
    return rest;
  }

  #short(cluster: string, word: string, rest: string[], byShorthand: ReadonlyMap<string, FlagDefinition>): string[] {
    let body = cluster;
    while (body !== "") {
      const letter = body.charAt(0);
      const definition = byShorthand.get(letter);
      if (definition === undefined) {
        if (letter === "h") throw new HelpRequested();
        throw new CommandError(`unknown shorthand flag: '${letter}' in -${body === cluster ? cluster : body}`);
      }
      const shown = `-${letter}, --${definition.name}`;
      if (body.length > 2 && body.charAt(1) === "=") {
        this.#assign(definition, body.slice(2), shown);
        return rest;
      }
      const bare = bareValue(definition);
      if (bare !== undefined) {
        this.#assign(definition, bare, shown);
        body = body.slice(1);
      } else if (body.length > 1) {
        this.#assign(definition, body.slice(1), shown);
        return rest;
      } else {
        const value = rest.shift();
        if (value === undefined) throw new CommandError(`flag needs an argument: '${letter}' in ${word}`);
        this.#assign(definition, value, shown);
        return rest;
      }
    }
    return rest;
  }

  /** Names of required flags that are missing, as cobra lists them. */
  missing(): string[] {
    return [...this.#definitions.values()]
      .filter((f) => f.required === true && !this.changed(f.name))
      .map((f) => f.name);
  }
}

/** -h or --help was met. */
export class HelpRequested extends Error {}

const bareValue = (definition: FlagDefinition): string | undefined =>
  definition.bare ?? (definition.type === "bool" ? "true" : undefined);

function check(type: FlagType, value: string): string | undefined {
  if (type === "bool" && !TRUE.has(value) && !FALSE.has(value)) {
    return `strconv.ParseBool: parsing ${quote(value)}: invalid syntax`;
  }
  const bits = BITS[type];
  if (bits !== undefined) {
    if (!/^[-+]?(\d[\d_]*|0x[\da-fA-F]+|0b[01]+|0o[0-7]+)$/.test(value)) {
      return `strconv.ParseInt: parsing ${quote(value)}: invalid syntax`;
    }
    const size = BigInt(
      value
        .replace(/^[-+]/, "")
        .replaceAll("_", "")
        .replace(/^0+(?=\d)/, ""),
    );
    if (size >= 1n << BigInt(bits - 1)) return `strconv.ParseInt: parsing ${quote(value)}: value out of range`;
  }
  if (type === "float32" && !Number.isFinite(Number(value))) {
    return `strconv.ParseFloat: parsing ${quote(value)}: invalid syntax`;
  }
  const unpaired = type === "pairs" ? splitCsv(value).find((pair) => !pair.includes("=")) : undefined;
  if (unpaired !== undefined) return `${unpaired} must be formatted as key=value`;
  if (type === "modules" && value.split(",").some((pair) => pair !== "" && !/^[^=]+=\d+$/.test(pair)))
    return "syntax error: expect comma-separated list of filename=N";
  if (type === "labels" && value.split(",").some((pair) => pair !== "" && !pair.includes("=")))
    return "malformed pair, expect string=string";
  if (type === "duration" && parseDuration(value) === undefined) {
    return `time: ${durationProblem(value)}`;
  }
  return undefined;
}

/** One CSV record, as pflag's string slices read values. */
function splitCsv(value: string): string[] {
  if (value === "") return [];
  if (!value.includes('"')) return value.split(",");
  const fields: string[] = [];
  let field = "";
  let quoted = false;
  for (let i = 0; i < value.length; i++) {
    const char = value[i];
    if (quoted && char === '"' && value[i + 1] === '"') {
      field += '"';
      i++;
    } else if (char === '"') quoted = !quoted;
    else if (char === "," && !quoted) {
      fields.push(field);
      field = "";
    } else field += char;
  }
  return [...fields, field];
}
