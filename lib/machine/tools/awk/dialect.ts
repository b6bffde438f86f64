/**
 * The three awks that images have: mawk (Debian's own), gawk (where it is installed it is `awk` too) and BusyBox's. They
 * read the same language; what they count, accept and say differs. Seen on mawk 1.3.4, gawk 5.2 and BusyBox 1.35.
 */

export interface Dialect {
  readonly name: "mawk" | "gawk" | "busybox";
  /** Strings are bytes whatever the locale is: lengths, places and cases know no characters. */
  readonly bytesOnly: boolean;
  /** Texts that look like "0x1F", "inf" or "nan" have those values, as strtod(3) reads them. */
  readonly strtod: boolean;
  /** Input that looks like them compares as a number. */
  readonly strtodInput: boolean;
  /** Whole numbers up to here are written as such, the others through CONVFMT. */
  readonly wholeBelow: number;
  /** What infinity and the lack of a number are called; gawk writes their signs. */
  readonly infinity: string;
  /** Where a value is assigned to is looked at before the value is computed. */
  readonly targetFirst: boolean;
  /** Dividing by zero ends the program. */
  readonly divisionFails: boolean;
  /** Status of a program that is no awk program. */
  readonly syntaxStatus: number;
  /** Status of a program that fails while it runs. */
  readonly fatalStatus: number;
  /** "**" is "^". */
  readonly starPower: boolean;
  /** Reserved words beyond those of all. */
  readonly keywords: readonly string[];
  /** Functions beyond those of all. */
  readonly functions: readonly string[];
  /** `srand()` before any other says that this seed was in use; mawk takes one of the time. */
  readonly firstSeed: number | undefined;
}

export const MAWK: Dialect = {
  name: "mawk",
  bytesOnly: true,
  strtod: true,
  strtodInput: false,
  wholeBelow: 2 ** 31,
  infinity: "inf",
  targetFirst: true,
  divisionFails: false,
  syntaxStatus: 2,
  fatalStatus: 2,
  starPower: false,
  keywords: ["nextfile"],
  functions: ["fflush", "mktime", "strftime", "systime"],
  firstSeed: undefined,
};

export const GAWK: Dialect = {
  name: "gawk",
  bytesOnly: false,
  strtod: false,
  strtodInput: true,
  wholeBelow: Number.POSITIVE_INFINITY,
  infinity: "+inf",
  targetFirst: false,
  divisionFails: true,
  syntaxStatus: 1,
  fatalStatus: 2,
  starPower: true,
  keywords: ["nextfile", "func", "switch", "case", "default", "BEGINFILE", "ENDFILE"],
  functions:
    "fflush mktime strftime systime gensub strtonum asort asorti and or xor lshift rshift compl patsplit typeof isarray".split(
      " ",
    ),
  firstSeed: 1,
};

export const BUSYBOX: Dialect = {
  name: "busybox",
  bytesOnly: true,
  strtod: true,
  strtodInput: true,
  wholeBelow: 2 ** 63,
  infinity: "inf",
  targetFirst: true,
  divisionFails: true,
  syntaxStatus: 1,
  fatalStatus: 1,
  starPower: true,
  keywords: ["nextfile", "func"],
  functions: "fflush mktime strftime systime gensub and or xor lshift rshift compl".split(" "),
  firstSeed: 1,
};

/** Where something stands in a program's text. */
export interface Place {
  /** Undefined: on the command line. */
  readonly file: string | undefined;
  readonly line: number;
}

/** As messages begin: "awk: cmd. line:1: ", "mawk: prog.awk: line 3: ". */
export function placeWords(dialect: Pick<Dialect, "name">, { file, line }: Place): string {
  if (dialect.name === "mawk") return `${file === undefined ? "" : `${file}: `}line ${line}: `;
  return `${file ?? "cmd. line"}:${line}: `;
}

/** The pieces a program is put together from: `-f` files or the word on the command line, each with a name. */
export class Sources {
  readonly text: string;
  readonly #starts: readonly { readonly file: string | undefined; readonly from: number }[];

  constructor(pieces: readonly { readonly file: string | undefined; readonly text: string }[]) {
    const starts: { file: string | undefined; from: number }[] = [];
    let text = "";
    let line = 1;
    for (const piece of pieces) {
      starts.push({ file: piece.file, from: line });
      const whole = piece.text.endsWith("\n") || pieces.length === 1 ? piece.text : `${piece.text}\n`;
      text += whole;
      line += whole.split("\n").length - 1;
    }
    this.text = text;
    this.#starts = starts;
  }

  /** `line` counts from 1 over all of them. */
  place(line: number): Place {
    let found = this.#starts[0];
    for (const start of this.#starts) if (start.from <= line) found = start;
    return { file: found?.file, line: line - (found?.from ?? 1) + 1 };
  }
}
