/** `find -printf`: a format of directives and escapes, compiled once. */
import { formatDate } from "../../strftime.ts";
import type { FileStat } from "../../types.ts";
import { modeText } from "./modes.ts";

interface Formatted {
  readonly path: string;
  /** The operand under which it was found, and how deep. */
  readonly start: string;
  readonly depth: number;
  readonly stat: FileStat;
}

/** What a format must ask of others. */
interface FormatSources {
  user(uid: number): string;
  group(gid: number): string;
  readLink(path: string): string;
  /** Bytes on the disk. */
  allocated(stat: FileStat): number;
  fileSystemType(path: string): string;
  /** What a link leads to: its type, N where nothing is there, L where it leads to itself. */
  referent(path: string): FileStat["type"] | "N" | "L" | "?";
}

type Field = (found: Formatted, sources: FormatSources) => string;

const TYPE_LETTERS: Readonly<Record<FileStat["type"], string>> = {
  file: "f",
  directory: "d",
  symlink: "l",
  fifo: "p",
  device: "c",
  block: "b",
};

function leading(path: string): string {
  const at = path.replace(/(?<=[^/])\/+$/, "").lastIndexOf("/");
  return at === -1 ? "." : path.slice(0, at);
}

const FIELDS: Readonly<Record<string, Field>> = {
  "%": () => "%",
  a: ({ stat }) => ctime(stat.accessed),
  b: ({ stat }, sources) => String(sources.allocated(stat) / 512),
  c: ({ stat }) => ctime(stat.changed),
  d: ({ depth }) => String(depth),
  D: ({ stat }) => String(stat.fileSystem ?? 0),
  f: ({ path }) => /[^/]+\/*$/.exec(path)?.[0] ?? path.slice(0, 1),
  F: ({ path }, sources) => sources.fileSystemType(path),
  g: ({ stat }, sources) => sources.group(stat.gid),
  G: ({ stat }) => String(stat.gid),
  h: ({ path }) => leading(path),
  H: ({ start }) => start,
  i: ({ stat }) => String(stat.inode),
  k: ({ stat }, sources) => String(sources.allocated(stat) / 1024),
  l: ({ path, stat }, sources) => (stat.type === "symlink" ? sources.readLink(path) : ""),
  m: ({ stat }) => stat.mode.toString(8),
  M: ({ stat }) => modeText(stat),
  n: ({ stat }) => String(stat.links),
  p: ({ path }) => path,
  P: ({ path, start }) => (path === start ? "" : path.slice(start.length).replace(/^\//, "")),
  s: ({ stat }) => String(stat.size),
  S: ({ stat }, sources) =>
    stat.size === 0 ? (sources.allocated(stat) === 0 ? "1" : "inf") : shortNumber(sources.allocated(stat) / stat.size),
  t: ({ stat }) => ctime(stat.modified),
  u: ({ stat }, sources) => sources.user(stat.uid),
  U: ({ stat }) => String(stat.uid),
  y: ({ stat }) => TYPE_LETTERS[stat.type],
  Y: ({ path, stat }, sources) => {
    const type = stat.type === "symlink" ? sources.referent(path) : stat.type;
    return type === "N" || type === "L" || type === "?" ? type : TYPE_LETTERS[type];
  },
};

const TIMES = { A: "accessed", C: "changed", T: "modified" } as const;
const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "0": "\0",
  "\\": "\\",
};

/** A time as find writes it: seconds with ten digits behind the point. */
function timeField(ms: number, letter: string): string {
  const fraction = `.${String(Math.floor(ms % 1000)).padStart(3, "0")}0000000`;
  if (letter === "@") return `${Math.floor(ms / 1000)}${fraction}`;
  if (letter === "S" || letter === "T" || letter === "X") return formatDate(ms, `%${letter}`, "gnu") + fraction;
  if (letter === "+") return formatDate(ms, "%Y-%m-%d+%H:%M:%S", "gnu") + fraction;
  return formatDate(ms, `%${letter}`, "gnu");
}

/** As ctime(3), with the fraction: "Sat Feb  3 04:05:06.0000000000 2001". */
function ctime(ms: number): string {
  const fraction = `.${String(Math.floor(ms % 1000)).padStart(3, "0")}0000000`;
  return formatDate(ms, `%a %b %e %H:%M:%S${fraction} %Y`, "gnu");
}

/** As printf's %g. */
function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}

interface Compiled {
  /** What makes it no format. */
  readonly fault?: string;
  /** What is said when it is first used. */
  readonly warnings: readonly string[];
  readonly text: Field;
}

const DIRECTIVE = /%([-+ #0]*)(\d*)(?:\.(\d*))?(?:([ACT])(.)|(.))|\\([0-7]{1,3})|\\(.)|([^%\\]+|[%\\])/gsu;

/** The format as a function. */
export function compileFindFormat(format: string): Compiled {
  const parts: (string | Field)[] = [];
  const warnings: string[] = [];
  let fault: string | undefined;
  for (const [whole, flags = "", width = "", precision, time, letter, plain, octal, escaped, text] of format.matchAll(
    DIRECTIVE,
  )) {
    if (octal !== undefined) parts.push(String.fromCharCode(Number.parseInt(octal, 8)));
    else if (escaped === "c") break;
    else if (escaped !== undefined) {
      if (ESCAPES[escaped] === undefined) warnings.push(`unrecognized escape \`\\${escaped}'`);
      parts.push(ESCAPES[escaped] ?? whole);
    } else if (time !== undefined || plain !== undefined) {
      const field: Field | undefined =
        time === undefined
          ? FIELDS[plain as string]
          : ({ stat }) => timeField(stat[TIMES[time as keyof typeof TIMES]], letter as string);
      if (field === undefined) {
        warnings.push(`unrecognized format directive \`%${plain}'`);
        parts.push(whole);
      } else parts.push(padded(field, plain, flags, width, precision));
    } else {
      if (text === "%") fault = "error: % at end of format string";
      if (text === "\\") warnings.push("escape `\\' followed by nothing at all");
      parts.push(whole);
    }
  }
  return {
    ...(fault === undefined ? {} : { fault }),
    warnings,
    text: (found, sources) => parts.map((part) => (typeof part === "string" ? part : part(found, sources))).join(""),
  };
}

function padded(field: Field, letter: string | undefined, flags: string, width: string, precision?: string): Field {
  if (flags === "" && width === "" && precision === undefined) return field;
  return (found, sources) => {
    let text = field(found, sources);
    if (letter === "m" && flags.includes("#")) text = `0${text}`;
    if (precision !== undefined)
      text = letter === "m" ? text.padStart(Number(precision), "0") : text.slice(0, Number(precision));
    const columns = Number(width);
    if (flags.includes("-")) return text.padEnd(columns);
    return text.padStart(columns, flags.includes("0") && letter === "m" ? "0" : " ");
  };
}
