/** xxd's command line. */

export interface XxdOptions {
  readonly type: "run";
  readonly kind: "hex" | "bits" | "little" | "plain" | "include";
  readonly reverse: boolean;
  readonly upper: boolean;
  /** `-C`: the name of the table in capitals. */
  readonly capital: boolean;
  readonly autoskip: boolean;
  readonly decimal: boolean;
  readonly ebcdic: boolean;
  /** Bytes of a line; 0: all (`-p`). */
  readonly columns: number;
  readonly group: number;
  /** Bytes to show; less than 0: all. */
  readonly count: number;
  /** Bytes to leave out; from the end where it is less than 0. */
  readonly skip: number;
  /** Added to what is shown as the address. */
  readonly offset: number;
  readonly name: string | undefined;
  readonly input: string | undefined;
  readonly output: string | undefined;
}

type Said = { readonly type: "said"; readonly words: string; readonly status: number };

const USAGE: Said = {
  type: "said",
  status: 1,
  words:
    "Usage:\n       xxd [options] [infile [outfile]]\n    or\n" +
    "       xxd -r [-s [-]offset] [-c cols] [-ps] [infile [outfile]]\n" +
    "Options: -a -b -C -c cols -E -e -g bytes -h -i -l len -n name -o off -ps -r -d -s [+][-]seek -u -v\n",
};
const MAX_COLUMNS = 256;

/** strtol(3) with the base that the text says. */
function number(text: string): number {
  const [, sign = "", digits = "0"] = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|\d+)/.exec(text) ?? [];
  const octal = /^0\d/.test(digits);
  const size = octal ? Number.parseInt(/^0[0-7]*/.exec(digits)?.[0] ?? "0", 8) : Number(digits);
  return sign === "-" ? -size : size;
}

/** Letters that take a number, with the rest of the word that may stand after them. */
const VALUES = { c: /^ols?/, g: /^roup/, l: /^en/, o: /^ffset/, s: /^(?:kip|eek)/, n: /^ame/ } as const;
const KINDS = { b: "bits", e: "little", p: "plain", i: "include" } as const;
const COLUMNS = { hex: 16, little: 16, bits: 6, plain: 30, include: 12 } as const;
const GROUPS = { hex: 2, little: 4, bits: 1, plain: 0, include: 0 } as const;

export function readOptions(words: readonly string[]): XxdOptions | Said {
  let kind: XxdOptions["kind"] = "hex";
  const flags = new Map<string, number>();
  const values = new Map<string, string>();
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] as string;
    if (!word.startsWith("-") || word === "-") break;
    if (word === "--") {
      at++;
      break;
    }
    const bare = word.replace(/^--?/, "");
    const letter = bare[0] ?? "";
    const rest = bare.slice(1);
    if (letter in KINDS) kind = KINDS[letter as keyof typeof KINDS];
    else if ("auCdrE".includes(letter)) flags.set(letter, (flags.get(letter) ?? 0) + 1);
    else if (letter === "v") return { type: "said", words: "xxd 2022-01-14 (Statecraft)\n", status: 0 };
    else if (letter === "c" && rest.startsWith("apitalize")) flags.set("C", 1);
    else if (letter in VALUES) {
      if (rest !== "" && !VALUES[letter as keyof typeof VALUES].test(rest)) values.set(letter, rest);
      else {
        const value = words[++at];
        if (value === undefined) return USAGE;
        values.set(letter, value);
      }
    } else return USAGE;
  }
  const [input, output, extra] = words.slice(at);
  if (extra !== undefined) return USAGE;
  const given = values.has("c") ? number(values.get("c") as string) : undefined;
  const columns = given === 0 && kind === "plain" ? 0 : (given ?? 0) === 0 ? COLUMNS[kind] : (given as number);
  const shaped = kind !== "plain" && kind !== "include";
  if ((kind !== "plain" && columns < 1) || (shaped && columns > MAX_COLUMNS))
    return { type: "said", words: "xxd: invalid number of columns (max. 256).\n", status: 1 };
  const asked = values.has("g") ? number(values.get("g") as string) : -1;
  const wanted = asked < 0 ? GROUPS[kind] : asked;
  const group = wanted < 1 || wanted > columns ? columns : wanted;
  if (kind === "little" && (group & (group - 1)) !== 0)
    return {
      type: "said",
      words: "xxd: number of octets per group must be a power of 2 with -e.\n",
      status: 1,
    };
  return {
    type: "run",
    kind,
    reverse: flags.has("r"),
    upper: flags.has("u"),
    capital: flags.has("C"),
    autoskip: (flags.get("a") ?? 0) % 2 === 1,
    decimal: flags.has("d"),
    ebcdic: flags.has("E"),
    columns,
    group,
    count: values.has("l") ? number(values.get("l") as string) : -1,
    skip: number((values.get("s") ?? "0").replace(/^\+/, "")),
    offset: number(values.get("o") ?? "0"),
    name: values.get("n"),
    input,
    output,
  };
}
