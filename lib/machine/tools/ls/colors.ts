/** Which colour a name gets: LS_COLORS, and what GNU ls takes without it. */

import type { FileStat, FileType } from "../../types.ts";
import { C_ESCAPES } from "../support/escapes.ts";

/** What LS_COLORS calls the kinds, with the colours they have from the start. */
const DEFAULTS = {
  lc: "\x1b[",
  rc: "m",
  ec: undefined,
  rs: "0",
  no: undefined,
  fi: undefined,
  di: "01;34",
  ln: "01;36",
  pi: "33",
  so: "01;35",
  bd: "01;33",
  cd: "01;33",
  mi: undefined,
  or: undefined,
  ex: "01;32",
  do: "01;35",
  su: "37;41",
  sg: "30;43",
  st: "37;44",
  ow: "34;42",
  tw: "30;42",
  ca: "30;41",
  mh: undefined,
  cl: "\x1b[K",
} as const satisfies Readonly<Record<string, string | undefined>>;
type Kind = keyof typeof DEFAULTS;

/** Terminals that dircolors(1) knows to have colours. */
const TERMINALS =
  /^(Eterm|ansi|.*color.*|con\d+x\d+|cons25|console|cygwin|.*direct.*|dtterm|gnome|hurd|jfbterm|konsole|kterm|linux|linux-c|mlterm|putty|rxvt.*|screen.*|st|terminator|tmux.*|vt100|vt220|xterm.*)$/;

export interface ColorScheme {
  readonly kinds: ReadonlyMap<Kind, string>;
  /** Endings with their colours, the last given first. */
  readonly endings: readonly (readonly [ending: string, color: string])[];
  /** "ln=target": links look like what they lead to. */
  readonly asTarget: boolean;
}

/** What is coloured: a file, or where a link leads. */
interface Colored {
  readonly name: string;
  /** Undefined where it could not be looked at. */
  readonly stat: FileStat | undefined;
  readonly type: FileType | undefined;
  /** A link that leads somewhere. */
  readonly leads: boolean;
  /** What a link leads to is not there. */
  readonly missing: boolean;
}

/** The scheme, undefined where there are no colours; `complaints` are printed after the tool's name. */
export function colorScheme(env: ReadonlyMap<string, string>): {
  readonly scheme: ColorScheme | undefined;
  readonly complaints: readonly string[];
} {
  const kinds = new Map<Kind, string>(
    Object.entries(DEFAULTS).flatMap(([kind, color]) => (color === undefined ? [] : [[kind as Kind, color]])),
  );
  const text = env.get("LS_COLORS");
  if (text === undefined || text === "") {
    const known = (env.get("COLORTERM") ?? "") !== "" || TERMINALS.test(env.get("TERM") ?? "");
    return { scheme: known ? { kinds, endings: [], asTarget: false } : undefined, complaints: [] };
  }
  const endings: [string, string][] = [];
  let at = 0;
  const until = (stop: string): string | undefined => {
    const read = escapedText(text, at, stop);
    if (read === undefined) return undefined;
    at = read.next;
    return read.value;
  };
  const broken = (complaint?: string) => ({
    scheme: undefined,
    complaints: [
      ...(complaint === undefined ? [] : [complaint]),
      "unparsable value for LS_COLORS environment variable",
    ],
  });
  while (at < text.length) {
    if (text[at] === ":") {
      at++;
      continue;
    }
    if (text[at] === "*") {
      at++;
      const ending = until("=");
      if (ending === undefined || text[at] !== "=") return broken();
      at++;
      const color = until(":");
      if (color === undefined) return broken();
      endings.unshift([ending, color]);
      continue;
    }
    const label = text.slice(at, at + 2);
    if (label.length < 2 || text[at + 2] !== "=") return broken();
    at += 3;
    const color = until(":");
    if (!Object.hasOwn(DEFAULTS, label)) return broken(`unrecognized prefix: ‘${label}’`);
    if (color === undefined) return broken();
    kinds.set(label as Kind, color);
  }
  return { scheme: { kinds, endings, asTarget: kinds.get("ln") === "target" }, complaints: [] };
}

const ESCAPED: Readonly<Record<string, string>> = {
  ...C_ESCAPES,
  "?": "\x7f",
  _: " ",
};

/** Up to `stop`, with `\e`, `\x1b`, `\033` and `^[`. Undefined where it cannot be read. */
function escapedText(text: string, from: number, stop: string): { value: string; next: number } | undefined {
  let value = "";
  let at = from;
  while (at < text.length) {
    const character = text[at] as string;
    if (character === ":" || (character === "=" && stop === "=")) break;
    if (character === "\\") {
      const numeric = /^(?:x([0-9a-fA-F]+)|([0-7]+))/.exec(text.slice(at + 1));
      if (numeric !== null) {
        const [all, hex, octal] = numeric;
        value += String.fromCharCode(Number.parseInt(hex ?? octal ?? "0", hex === undefined ? 8 : 16) & 255);
        at += 1 + all.length;
        continue;
      }
      const next = text[at + 1];
      if (next === undefined) return undefined;
      value += ESCAPED[next] ?? next;
      at += 2;
    } else if (character === "^") {
      const next = text[at + 1];
      if (next === undefined) return undefined;
      if (next >= "@" && next <= "~") value += String.fromCharCode(next.charCodeAt(0) & 31);
      else if (next === "?") value += "\x7f";
      else return undefined;
      at += 2;
    } else {
      value += character;
      at++;
    }
  }
  return { value, next: at };
}

/** "0" and "00" are no colours. */
export function isColored(scheme: ColorScheme, kind: Kind): boolean {
  const color = scheme.kinds.get(kind);
  return color !== undefined && color !== "" && color !== "0" && color !== "00";
}

export function colorOf(scheme: ColorScheme, { name, stat, type, leads, missing }: Colored): string | undefined {
  const kind = missing && isColored(scheme, "mi") ? "mi" : kindOf(scheme, stat, type, leads);
  if (kind === "fi") {
    const lower = name.toLowerCase();
    const ending = scheme.endings.find(([each]) => lower.endsWith(each.toLowerCase()));
    if (ending !== undefined) return ending[1];
  }
  return scheme.kinds.get(kind);
}

function kindOf(scheme: ColorScheme, stat: FileStat | undefined, type: FileType | undefined, leads: boolean): Kind {
  const has = (kind: Kind) => isColored(scheme, kind);
  const mode = stat?.mode ?? 0;
  switch (stat?.type ?? type) {
    case "directory":
      if ((mode & 0o1002) === 0o1002 && has("tw")) return "tw";
      if ((mode & 0o002) !== 0 && has("ow")) return "ow";
      return (mode & 0o1000) !== 0 && has("st") ? "st" : "di";
    case "symlink":
      return !leads && (scheme.asTarget || has("or")) ? "or" : "ln";
    case "fifo":
      return "pi";
    case "block":
      return "bd";
    case "device":
      return "cd";
    case undefined:
      return "or";
    case "file":
      if ((mode & 0o4000) !== 0 && has("su")) return "su";
      if ((mode & 0o2000) !== 0 && has("sg")) return "sg";
      if ((mode & 0o111) !== 0 && has("ex")) return "ex";
      return (stat?.links ?? 1) > 1 && has("mh") ? "mh" : "fi";
  }
}
