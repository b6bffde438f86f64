/** Command lines as git's parse-options reads them, with its complaints. */
import { GitFailure, plainly } from "./failure.ts";

/**
 * Options as text: "a|all" is -a and --all, "message" alone only the long one, "n|" only the short one. A "=" at the end takes
 * a value, "=?" takes one in the same word only, "=+" the next word too where there is one. Every long option can be negated with --no-.
 */
interface OptionTable {
  readonly short: ReadonlyMap<string, OptionRow>;
  readonly long: ReadonlyMap<string, OptionRow>;
}

interface OptionRow {
  /** The long name, or the letter where there is none. */
  readonly name: string;
  readonly value: "none" | "required" | "optional" | "last";
}

interface Given {
  readonly name: string;
  readonly value: string | undefined;
  readonly negated: boolean;
}

export function optionTable(...rows: readonly string[]): OptionTable {
  const short = new Map<string, OptionRow>();
  const long = new Map<string, OptionRow>();
  for (const text of rows) {
    const [, names = "", suffix = ""] = /^([^=]*)(=[?+]?)?$/.exec(text) ?? [];
    const [first = "", second] = names.split("|");
    const letter = second === undefined ? undefined : first;
    const word = second === undefined ? first : second;
    const row: OptionRow = {
      name: word === "" ? (letter as string) : word,
      value: suffix === "" ? "none" : suffix === "=" ? "required" : suffix === "=?" ? "optional" : "last",
    };
    if (letter !== undefined && letter !== "") short.set(letter, row);
    if (word !== "") long.set(word, row);
  }
  return { short, long };
}

/** Both tables' options. */
export function joined(...tables: readonly OptionTable[]): OptionTable {
  return {
    short: new Map(tables.flatMap((table) => [...table.short])),
    long: new Map(tables.flatMap((table) => [...table.long])),
  };
}

/** What a command line said: options by their long names, and the words that are none. */
export class Options {
  readonly given: Given[] = [];
  /** What is no option, before and after "--". */
  readonly args: string[] = [];
  /** How many of `args` stood before "--"; undefined where there was none. */
  dashes: number | undefined;

  /** Given and not taken back. */
  has(name: string): boolean {
    const last = this.given.findLast((option) => option.name === name);
    return last !== undefined && !last.negated;
  }
  /** Taken back with --no-. */
  denied(name: string): boolean {
    return this.given.findLast((option) => option.name === name)?.negated ?? false;
  }
  value(name: string): string | undefined {
    const last = this.given.findLast((option) => option.name === name);
    return last === undefined || last.negated ? undefined : last.value;
  }
  values(name: string): string[] {
    return this.given.flatMap((option) => (option.name === name && option.value !== undefined ? [option.value] : []));
  }
  /** Which of these was given last. */
  last(...names: readonly string[]): string | undefined {
    return this.given.findLast((option) => names.includes(option.name) && !option.negated)?.name;
  }
  get before(): readonly string[] {
    return this.dashes === undefined ? this.args : this.args.slice(0, this.dashes);
  }
  get after(): readonly string[] {
    return this.dashes === undefined ? [] : this.args.slice(this.dashes);
  }
}

interface ParseSettings {
  /** Printed after a complaint about an unknown option. */
  readonly usage: string;
  /** The letter-less option that `-5` stands for. */
  readonly number?: string;
  /** Options end at the first other word. */
  readonly stop?: boolean;
  /** What to say of an unknown option, where it is not parse-options' own sentence. */
  readonly unknown?: (word: string) => GitFailure;
}

/** Throws `GitFailure` for what the table does not have, `HelpAsked` for -h alone. */
export function parseOptions(table: OptionTable, words: readonly string[], settings: ParseSettings): Options {
  const options = new Options();
  const unknown = (sentence: string, word: string) =>
    settings.unknown?.(word) ?? new GitFailure(`${sentence}\n${settings.usage}`, 129, "error: ");
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word === "--") {
      options.dashes = options.args.length;
      options.args.push(...words.slice(at + 1));
      break;
    }
    if (word === "-h" && !table.short.has("h") && words.length === 1) throw new HelpAsked(settings.usage);
    if (word.startsWith("--")) {
      const equals = word.indexOf("=");
      const given = equals === -1 ? word.slice(2) : word.slice(2, equals);
      const inline = equals === -1 ? undefined : word.slice(equals + 1);
      const { row, negated } = longOption(table, given) ?? {};
      if (row === undefined || negated === undefined) throw unknown(`unknown option \`${word.slice(2)}'`, word);
      if ((negated && row.value !== "last") || row.value === "none") {
        if (inline !== undefined) {
          throw new GitFailure(`option \`${negated ? "no-" : ""}${row.name}' takes no value`, 129, "error: ");
        }
        options.given.push({ name: row.name, value: undefined, negated });
      } else if (inline !== undefined || row.value === "optional") {
        options.given.push({ name: row.name, value: inline, negated });
      } else {
        at++;
        if (at >= words.length && row.value === "last") {
          options.given.push({ name: row.name, value: undefined, negated });
          continue;
        }
        if (at >= words.length) throw new GitFailure(`option \`${row.name}' requires a value`, 129, "error: ");
        options.given.push({ name: row.name, value: words[at], negated });
      }
      continue;
    }
    if (word.startsWith("-") && word.length > 1) {
      if (settings.number !== undefined && /^-\d+$/.test(word)) {
        options.given.push({ name: settings.number, value: word.slice(1), negated: false });
        continue;
      }
      for (let letter = 1; letter < word.length; letter++) {
        const row = table.short.get(word[letter] as string);
        if (row === undefined) throw unknown(`unknown switch \`${word[letter]}'`, word);
        if (row.value === "none") {
          options.given.push({ name: row.name, value: undefined, negated: false });
          continue;
        }
        const rest = word.slice(letter + 1);
        if (rest !== "" || row.value === "optional") {
          options.given.push({ name: row.name, value: rest === "" ? undefined : rest, negated: false });
        } else {
          at++;
          if (at >= words.length) throw new GitFailure(`switch \`${word[letter]}' requires a value`, 129, "error: ");
          options.given.push({ name: row.name, value: words[at], negated: false });
        }
        break;
      }
      continue;
    }
    if (settings.stop) {
      options.args.push(...words.slice(at));
      break;
    }
    options.args.push(word);
  }
  return options;
}

/** `-h`: the usage goes to the standard output, with status 129. */
export class HelpAsked extends Error {}

function longOption(table: OptionTable, given: string): { row: OptionRow; negated: boolean } | undefined {
  const exact = table.long.get(given);
  if (exact !== undefined) return { row: exact, negated: false };
  if (given.startsWith("no-")) {
    const positive = table.long.get(given.slice(3));
    if (positive !== undefined) return { row: positive, negated: true };
  }
  const fits = [...table.long.entries()].filter(([name]) => given !== "" && name.startsWith(given));
  const [first, second] = fits;
  if (first === undefined) return undefined;
  if (second !== undefined) {
    throw plainly(`error: ambiguous option: ${given} (could be --${first[0]} or --${second[0]})`, 129);
  }
  return { row: first[1], negated: false };
}
