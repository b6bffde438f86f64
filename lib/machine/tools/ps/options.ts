/** The command lines of ps: UNIX, BSD and GNU options side by side (procps-ng, src/ps/parser.c). */
import type { Accounts } from "../support/accounts.ts";

type Selection = { readonly by: "pid" | "ppid" | "uid" | "gid" | "session"; readonly ids: readonly number[] };

export interface PsOptions {
  readonly selections: (Selection | { readonly by: "name"; readonly names: readonly string[] })[];
  /** -e, -A, or BSD a and x together. */
  all: boolean;
  /** -a: with a terminal, session leaders left out; -d: all but session leaders. */
  unix: "a" | "d" | undefined;
  bsdAll: boolean;
  bsdWithoutTerminal: boolean;
  runningOnly: boolean;
  deselect: boolean;
  /** Terminals asked for: true is this machine's only one, false none. */
  readonly terminals: boolean[];
  /** What -o and o gave. */
  readonly formats: string[];
  /** Letters of formats: -f -F -l -j -y, and of BSD's. */
  readonly unixFormats: Set<string>;
  readonly bsdFormats: Set<string>;
  /** BSD's columns where nothing else is said. */
  bsd: boolean;
  readonly sortKeys: string[];
  forest: "none" | "art" | "indented";
  headers: boolean;
  nameOnly: boolean;
  numeric: boolean;
  /** How often w was given. */
  wide: number;
  width: number | undefined;
  show: "processes" | "version" | "help";
}

/** What is wrong with a command line, as ps says it. */
export class PsError extends Error {
  /** It is known, and not done here. */
  readonly missing: boolean;
  constructor(message: string, missing = false) {
    super(message);
    this.missing = missing;
  }
}

const MAX_PID = 0x7fff_ffff;

function empty(): PsOptions {
  return {
    selections: [],
    all: false,
    unix: undefined,
    bsdAll: false,
    bsdWithoutTerminal: false,
    runningOnly: false,
    deselect: false,
    terminals: [],
    formats: [],
    unixFormats: new Set(),
    bsdFormats: new Set(),
    bsd: false,
    sortKeys: [],
    forest: "none",
    headers: true,
    nameOnly: false,
    numeric: false,
    wide: 0,
    width: undefined,
    show: "processes",
  };
}

/** Throws `PsError`. */
export function parsePs(words: readonly string[], accounts: Accounts): PsOptions {
  const options = parseEither(words, accounts);
  const { unixFormats, bsdFormats, formats } = options;
  if (bsdFormats.size > 0 && (unixFormats.size > 0 || formats.length > 0))
    throw new PsError("conflicting format options");
  return options;
}

function parseEither(words: readonly string[], accounts: Accounts): PsOptions {
  try {
    return new Parser(words, accounts).parse(false);
  } catch (error) {
    if (!(error instanceof PsError) || error.missing) throw error;
    // `ps -aux`: where UNIX options make no sense, BSD ones may.
    if (!words.some((word) => /^-[A-Za-z]/.test(word))) throw error;
    try {
      return new Parser(words, accounts).parse(true);
    } catch {
      throw error;
    }
  }
}

class Parser {
  readonly #words: readonly string[];
  readonly #accounts: Accounts;
  readonly #options = empty();
  #at = 0;
  #rest = "";

  constructor(words: readonly string[], accounts: Accounts) {
    this.#words = words;
    this.#accounts = accounts;
  }

  parse(bsd: boolean): PsOptions {
    for (; this.#at < this.#words.length; this.#at++) {
      const word = this.#words[this.#at] as string;
      if (word.startsWith("--") && word !== "--") this.#gnu(word);
      else if (/^\d/.test(word)) this.#pids(word);
      else if (word.startsWith("-") && word.length > 1 && !bsd)
        this.#letters(word.slice(1), (each) => this.#unix(each));
      else this.#letters(word.replace(/^-/, ""), (each) => this.#bsd(each));
    }
    return this.#options;
  }

  #letters(letters: string, each: (letter: string) => void): void {
    if (letters === "") throw new PsError("garbage option");
    for (this.#rest = letters; this.#rest !== ""; ) {
      const letter = this.#rest.slice(0, 1);
      this.#rest = this.#rest.slice(1);
      each(letter);
    }
  }

  /** The rest of the word, else the next one. */
  #value(words: string): string {
    const rest = this.#rest;
    this.#rest = "";
    if (rest !== "") return rest;
    this.#at++;
    const value = this.#words[this.#at];
    if (value === undefined || value === "") throw new PsError(words);
    return value;
  }

  #pids(word: string): void {
    this.#options.bsd = true;
    this.#options.selections.push({ by: "pid", ids: numbers(word) });
  }

  #add(by: Selection["by"], ids: readonly number[]): void {
    this.#options.selections.push({ by, ids });
  }

  #users(text: string): number[] {
    return list(text).map((name) => {
      const id = this.#accounts.userId(name);
      if (id === undefined) throw new PsError("user name does not exist");
      return id;
    });
  }

  #groups(text: string): number[] {
    return list(text).map((name) => {
      const id = this.#accounts.groupId(name);
      if (id === undefined) throw new PsError("group name does not exist");
      return id;
    });
  }

  #terminal(text: string): void {
    for (const name of list(text)) {
      if (!["-", "?", "pts/0", "/dev/pts/0"].includes(name)) throw new PsError("TTY could not be found");
      this.#options.terminals.push(name !== "-" && name !== "?");
    }
  }

  #unix(letter: string): void {
    const options = this.#options;
    switch (letter) {
      case "A":
      case "e":
        options.all = true;
        break;
      case "a":
      case "d":
        options.unix = letter;
        break;
      case "N":
        options.deselect = true;
        break;
      case "f":
      case "F":
      case "l":
      case "j":
      case "y":
        options.unixFormats.add(letter);
        break;
      case "o":
        options.formats.push(this.#value("format specification must follow -o"));
        break;
      case "O":
        options.formats.push("pid", this.#value("format or sort specification must follow -O"), "s,tname,time,args");
        break;
      case "C":
        options.selections.push({ by: "name", names: list(this.#value("list of command names must follow -C")) });
        break;
      case "p":
        this.#add("pid", numbers(this.#value("list of process IDs must follow -p")));
        break;
      case "q":
        this.#add("pid", numbers(this.#value("List of process IDs must follow -q.")));
        break;
      case "u":
        this.#add("uid", this.#users(this.#value("list of users must follow -u")));
        break;
      case "U":
        this.#add("uid", this.#users(this.#value("list of real users must follow -U")));
        break;
      case "G":
        this.#add("gid", this.#groups(this.#value("list of real groups must follow -G")));
        break;
      case "s":
        this.#add("session", numbers(this.#value("list of session IDs must follow -s")));
        break;
      case "g": {
        const value = this.#value("list of session leaders OR effective group names must follow -g");
        if (!/^[\d,\s]+$/.test(value)) throw new PsError("list of session leaders OR effective group IDs was invalid");
        this.#add("session", numbers(value));
        break;
      }
      case "t":
        this.#terminal(this.#value("list of terminals (pty, tty...) must follow -t"));
        break;
      case "H":
        options.forest = "indented";
        break;
      case "w":
        options.wide++;
        break;
      case "V":
        options.show = "version";
        break;
      case "c":
      case "L":
      case "m":
      case "M":
      case "T":
      case "P":
      case "Z":
      case "x":
        throw new PsError(`-${letter} is not available here`, letter !== "x");
      default:
        throw new PsError("unsupported SysV option");
    }
  }

  #bsd(letter: string): void {
    const options = this.#options;
    options.bsd = true;
    switch (letter) {
      case "A":
        options.all = true;
        break;
      case "a":
        options.bsdAll = true;
        break;
      case "x":
        options.bsdWithoutTerminal = true;
        break;
      case "g":
        break;
      case "r":
        options.runningOnly = true;
        break;
      case "u":
      case "l":
      case "j":
        options.bsdFormats.add(letter);
        break;
      case "f":
        options.forest = "art";
        break;
      case "h":
        options.headers = false;
        break;
      case "c":
        options.nameOnly = true;
        break;
      case "n":
        options.numeric = true;
        break;
      case "w":
        options.wide++;
        break;
      case "S":
        break;
      case "o":
        options.formats.push(this.#value("format specification must follow o"));
        break;
      case "O":
        options.formats.push("pid", this.#value("format or sort specification must follow O"), "s,tname,time,args");
        break;
      case "k":
        options.sortKeys.push(...list(this.#value("long sort specification must follow 'k'")));
        break;
      case "p":
        this.#add("pid", numbers(this.#value("list of process IDs must follow p")));
        break;
      case "q":
        this.#add("pid", numbers(this.#value("List of process IDs must follow q.")));
        break;
      case "U":
        this.#add("uid", this.#users(this.#value("list of users must follow U")));
        break;
      case "t":
        this.#terminal(this.#value("list of terminals (pty, tty...) must follow t"));
        break;
      case "T":
        options.terminals.push(true);
        break;
      case "V":
        options.show = "version";
        break;
      case "e":
      case "H":
      case "L":
      case "M":
      case "m":
      case "s":
      case "v":
      case "X":
      case "Z":
        throw new PsError(`${letter} is not available here`, true);
      default:
        throw new PsError("unsupported option (BSD syntax)");
    }
  }

  #gnu(word: string): void {
    const options = this.#options;
    const [, name = "", inline] = /^--([^=:]*)(?:[=:](.*))?$/s.exec(word) ?? [];
    const value = (what: string) => {
      if (inline === undefined) return this.#value(`${what} must follow --${name}`);
      if (inline === "") throw new PsError(`${what} must follow --${name}`);
      return inline;
    };
    const flag = (set: () => void) => {
      if (inline !== undefined) throw new PsError(`option --${name} does not take an argument`);
      set();
    };
    this.#rest = "";
    switch (name) {
      case "pid":
      case "quick-pid":
        this.#add("pid", numbers(value("list of process IDs")));
        return;
      case "ppid":
        this.#add("ppid", numbers(value("list of process IDs")));
        return;
      case "sid":
        this.#add("session", numbers(value("some sid thing(s)")));
        return;
      case "user":
        this.#add("uid", this.#users(value("list of users")));
        return;
      case "User":
        this.#add("uid", this.#users(value("list of real users")));
        return;
      case "group":
        this.#add("gid", this.#groups(value("list of effective groups")));
        return;
      case "Group":
        this.#add("gid", this.#groups(value("list of real groups")));
        return;
      case "tty":
        this.#terminal(value("list of terminals (pty, tty...)"));
        return;
      case "format":
        options.formats.push(value("format specification"));
        return;
      case "sort":
        options.sortKeys.push(...list(value("long sort specification")));
        return;
      case "cols":
      case "columns":
      case "width": {
        const words = "number of columns must follow --cols, --width, or --columns";
        const text = inline ?? this.#value(words);
        if (!/^\d+$/.test(text) || Number(text) === 0) throw new PsError(words);
        options.width = Number(text);
        return;
      }
      case "forest":
        flag(() => {
          options.forest = "art";
        });
        return;
      case "deselect":
        flag(() => {
          options.deselect = true;
        });
        return;
      case "headers":
      case "heading":
      case "header":
        flag(() => {
          options.headers = true;
        });
        return;
      case "no-headers":
      case "no-heading":
      case "no-header":
      case "noheaders":
      case "noheading":
      case "noheader":
        flag(() => {
          options.headers = false;
        });
        return;
      case "version":
        flag(() => {
          options.show = "version";
        });
        return;
      case "help":
        options.show = "help";
        return;
      case "context":
      case "cumulative":
      case "info":
      case "lines":
      case "rows":
      case "signames":
      case "date-format":
        throw new PsError(`--${name} is not available here`, true);
      default:
        throw new PsError("unknown gnu long option");
    }
  }
}

function list(text: string): string[] {
  const parts = text.split(/[\s,]+/).filter(Boolean);
  if (parts.length === 0) throw new PsError("improper list");
  return parts;
}

function numbers(text: string): number[] {
  return list(text).map((part) => {
    if (!/^-?\d+$/.test(part)) throw new PsError("process ID list syntax error");
    const value = Number(part);
    if (value < 1 || value > MAX_PID) throw new PsError("process ID out of range");
    return value;
  });
}
