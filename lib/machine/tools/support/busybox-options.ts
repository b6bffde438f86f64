/** The options that BusyBox's applets know, as its getopt32 strings have them: what GNU's tools know beyond is refused. */

interface AppletOptions {
  /** Letters; a colon after one: it takes a value. */
  readonly letters: string;
  readonly long?: readonly string[];
  /** It has no long options at all, not even wrong ones. */
  readonly short?: true;
  /** Of a wrong command line; default 1. */
  readonly status?: number;
  /** Options end at the first operand. */
  readonly stops?: true;
}

const DIGITS = "0123456789";
const SUMS: AppletOptions = { letters: "bcstw" };
const GREP: AppletOptions = { letters: "ace:f:hilm:noqrsvwxzA:B:C:EFHILR", long: ["color"], status: 2 };

/** Seen on BusyBox v1.35 as Debian builds it. */
export const BUSYBOX_OPTIONS: Readonly<Record<string, AppletOptions>> = {
  base64: { letters: "diw:" },
  cat: { letters: "bentuvA" },
  cut: { letters: "b:c:d:f:nsDF:O:" },
  egrep: GREP,
  expand: { letters: "it:", long: ["initial", "tabs="] },
  fgrep: GREP,
  fold: { letters: `bsw:${DIGITS}` },
  grep: GREP,
  head: { letters: `c:n:qv${DIGITS}`, short: true },
  md5sum: SUMS,
  nl: {
    letters: "b:i:ps:v:w:",
    long: [
      "body-numbering=",
      "line-increment=",
      "no-renumber",
      "number-separator=",
      "starting-line-number=",
      "number-width=",
    ],
  },
  paste: { letters: "d:s" },
  rev: { letters: "" },
  sed: { letters: "e:f:i::nrEsz", long: ["expression=", "file=", "in-place", "regexp-extended", "quiet", "silent"] },
  seq: { letters: "s:w", stops: true },
  sha1sum: SUMS,
  sha256sum: SUMS,
  sha512sum: SUMS,
  shuf: { letters: "ei:n:o:z" },
  sort: { letters: "bcdfgik:mno:rst:uzMS:T:Vh", status: 2 },
  tac: { letters: "" },
  tail: { letters: `c:fn:qs:vF${DIGITS}` },
  tee: { letters: "ai" },
  tr: { letters: "cdsC", stops: true },
  unexpand: { letters: "aft:", long: ["first-only", "tabs=", "all"] },
  uniq: { letters: "cdf:is:uw:z" },
  wc: { letters: "clmwL" },
};

/** What getopt says of the first word that is no option of the applet's; undefined: all are. */
export function busyboxMisuse(
  applet: string,
  words: readonly string[],
): { readonly message: string; readonly status: number } | undefined {
  const known = BUSYBOX_OPTIONS[applet];
  if (known === undefined) return undefined;
  const wrong = (message: string) => ({ message, status: known.status ?? 1 });
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    if (word === "--") return undefined;
    if (!word.startsWith("-") || word === "-") {
      if (known.stops === true) return undefined;
      continue;
    }
    if (word.startsWith("--")) {
      if (word === "--help") return undefined;
      if (known.short === true) return wrong("invalid option -- '-'");
      const name = word.slice(2).split("=", 1)[0] ?? "";
      const found = known.long?.find((each) => each.replace("=", "").startsWith(name));
      if (found === undefined) return wrong(`unrecognized option '${word}'`);
      if (found.endsWith("=") && !word.includes("=")) index++;
      continue;
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word[at] as string;
      const place = letter === ":" ? -1 : known.letters.indexOf(letter);
      if (place === -1) return wrong(`invalid option -- '${letter}'`);
      if (known.letters[place + 1] !== ":") continue;
      if (at + 1 === word.length && known.letters[place + 2] !== ":") {
        index++;
        if (index >= words.length) return wrong(`option requires an argument -- '${letter}'`);
      }
      break;
    }
  }
  return undefined;
}
