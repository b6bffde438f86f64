/** The command lines of the three awks. */
import type { Dialect } from "./dialect.ts";

export interface AwkOptions {
  readonly type: "run";
  readonly separator: string | undefined;
  readonly assignments: readonly (readonly [name: string, value: string])[];
  /** `-f`, in their order. */
  readonly files: readonly string[];
  /** The program, where it is a word of the command line. */
  readonly program: string | undefined;
  readonly operands: readonly string[];
  /** gawk's `-b`. */
  readonly bytes: boolean;
}

type Read =
  | AwkOptions
  | { readonly type: "help"; readonly text: string }
  /** "%s" in the first line stands for the name it was called by. */
  | { readonly type: "misuse"; readonly lines: readonly string[]; readonly status: number };

const misuse = (status: number, ...lines: string[]): Read => ({ type: "misuse", lines, status });

/** gawk's long options that change what is printed here, and those that only make it stricter or say more. */
const LONG: Readonly<Record<string, string>> = {
  file: "f",
  "field-separator": "F",
  assign: "v",
  source: "e",
  "characters-as-bytes": "b",
  "re-interval": "r",
  "use-lc-numeric": "N",
  optimize: "O",
  "no-optimize": "s",
};
const WITH_VALUE = new Set(["f", "F", "v", "e"]);
/** They ask for nothing that could be seen here. */
const PASSED = new Set(["b", "r", "N", "O", "s"]);

const GAWK_USAGE = [
  "Usage: %s [POSIX or GNU style options] -f progfile [--] file ...",
  "Usage: %s [POSIX or GNU style options] [--] 'program' file ...",
];
const HELP =
  "Usage: awk [-F separator] [-v name=value] [-f program-file | 'program'] [file ...]\n\n" +
  "Runs a program over the records of files, or of the standard input.\n\n" +
  "  -F separator   what fields are cut at: FS\n  -v name=value  a variable before the program starts\n" +
  "  -f file        read the program from a file; may be given several times\n";

export function readOptions(dialect: Dialect, words: readonly string[]): Read {
  const { name } = dialect;
  let separator: string | undefined;
  let bytes = false;
  const assignments: (readonly [string, string])[] = [];
  const files: string[] = [];
  const sources: string[] = [];
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] as string;
    if (word === "--") {
      at++;
      break;
    }
    if (!word.startsWith("-") || word === "-") break;
    let letters = word.slice(1);
    let given: string | undefined;
    if (word.startsWith("--")) {
      const [, long = "", value] = /^--([^=]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
      if (long === "help") return { type: "help", text: HELP };
      if (long === "version" && name !== "busybox") return { type: "help", text: `${versionOf(dialect)}\n` };
      const letter = name === "gawk" ? LONG[long] : undefined;
      if (letter === undefined) return unknown(dialect, word);
      letters = letter;
      given = value;
    }
    while (letters !== "") {
      const letter = letters[0] as string;
      letters = letters.slice(1);
      if (letter === "W" && name !== "busybox") {
        const argument = letters !== "" ? letters : (words[++at] ?? "");
        letters = "";
        if (/^v/.test(argument)) return { type: "help", text: `${versionOf(dialect)}\n` };
        if (/^(?:h|usage)/.test(argument)) return { type: "help", text: HELP };
        continue;
      }
      if (letter === "V" && name === "gawk") return { type: "help", text: `${versionOf(dialect)}\n` };
      if (letter === "h" && name === "gawk") return { type: "help", text: HELP };
      if (!WITH_VALUE.has(letter) || (letter === "e" && name === "mawk")) {
        if (name !== "gawk" || !PASSED.has(letter)) return unknown(dialect, `-${letter}`, word);
        bytes ||= letter === "b";
        continue;
      }
      const value = given ?? (letters !== "" ? letters : words[++at]);
      letters = "";
      if (value === undefined) return lacking(dialect, letter);
      if (letter === "F") separator = value;
      else if (letter === "f") files.push(value);
      else if (letter === "e") sources.push(value);
      else {
        const [, variable, text] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(value) ?? [];
        if (variable === undefined || text === undefined) return improper(dialect, value);
        assignments.push([variable, text]);
      }
    }
  }
  const operands = words.slice(at);
  let program = sources.length === 0 ? undefined : sources.join("\n");
  if (files.length === 0 && program === undefined) {
    program = operands[0];
    if (program === undefined) return nothing(dialect);
    operands.shift();
  }
  return { type: "run", separator, assignments, files, program, operands, bytes };
}

const versionOf = (dialect: Dialect) =>
  dialect.name === "mawk" ? "mawk 1.3.4 (Statecraft)" : "GNU Awk 5.2.1 (Statecraft)";
const BUSYBOX_PAGE = "BusyBox v1.36.1 multi-call binary.\n\nUsage: awk [OPTIONS] [AWK_PROGRAM] [FILE]...";

function unknown(dialect: Dialect, option: string, word = option): Read {
  if (dialect.name === "mawk") return misuse(2, `%s: not an option: ${word}`);
  if (dialect.name === "gawk")
    return misuse(
      1,
      option.startsWith("--") ? `%s: unrecognized option '${option}'` : `%s: invalid option -- '${option.slice(1)}'`,
      ...GAWK_USAGE,
    );
  return misuse(
    1,
    option.startsWith("--") ? `awk: unrecognized option '${option}'` : `awk: invalid option -- '${option.slice(1)}'`,
    BUSYBOX_PAGE,
  );
}

function lacking(dialect: Dialect, letter: string): Read {
  if (dialect.name === "mawk") return misuse(2, `%s: option -${letter} lacks argument`);
  if (dialect.name === "gawk") return misuse(1, `%s: option requires an argument -- ${letter}`, ...GAWK_USAGE);
  return misuse(1, `awk: option requires an argument -- '${letter}'`, BUSYBOX_PAGE);
}

function improper(dialect: Dialect, value: string): Read {
  if (dialect.name === "mawk") return misuse(2, `%s: improper assignment: -v ${value}`);
  if (dialect.name === "gawk") {
    if (/^\d/.test(value)) return misuse(2, `%s: fatal: \`${value.replace(/=.*$/s, "")}' is not a legal variable name`);
    return misuse(1, `%s: \`${value}' argument to \`-v' not in \`var=value' form`, "", ...GAWK_USAGE);
  }
  return misuse(1, BUSYBOX_PAGE);
}

function nothing(dialect: Dialect): Read {
  if (dialect.name === "mawk") return misuse(0, HELP.trimEnd().replace("awk", "%s"));
  return dialect.name === "gawk" ? misuse(1, ...GAWK_USAGE) : misuse(1, BUSYBOX_PAGE);
}
