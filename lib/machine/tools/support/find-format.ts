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
  /** Blocks of 1024 bytes. */
  blocks(stat: FileStat): number;
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
  const at = path.lastIndexOf("/");
  return at === -1 ? "." : path.slice(0, at);
}

const FIELDS: Readonly<Record<string, Field>> = {
  "%": () => "%",
  b: ({ stat }, sources) => String(sources.blocks(stat) * 2),
  d: ({ depth }) => String(depth),
  f: ({ path }) => (path === "/" ? "/" : (path.replace(/\/+$/, "").split("/").at(-1) ?? path)),
  g: ({ stat }, sources) => sources.group(stat.gid),
  G: ({ stat }) => String(stat.gid),
  h: ({ path }) => leading(path),
  H: ({ start }) => start,
  i: ({ stat }) => String(stat.inode),
  k: ({ stat }, sources) => String(sources.blocks(stat)),
  l: ({ path, stat }, sources) => (stat.type === "symlink" ? sources.readLink(path) : ""),
  m: ({ stat }) => stat.mode.toString(8),
  M: ({ stat }) => modeText(stat),
  n: ({ stat }) => String(stat.links),
  p: ({ path }) => path,
  P: ({ path, start }) => (path === start ? "" : path.slice(start.length).replace(/^\//, "")),
  s: ({ stat }) => String(stat.size),
  u: ({ stat }, sources) => sources.user(stat.uid),
  U: ({ stat }) => String(stat.uid),
  y: ({ stat }) => TYPE_LETTERS[stat.type],
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

/** The format as a function, or the directive that is not known. */
export function compileFindFormat(format: string): Field | { readonly unknown: string } {
  const parts: (string | Field)[] = [];
  let unknown: string | undefined;
  const pattern = /%(-?)(\d*)(?:([ACT])(.)|(.))|\\([0-7]{1,3})|\\(.)|([^%\\]+|[%\\])/gs;
  for (const [whole, left, width, time, letter, plain, octal, escaped] of format.matchAll(pattern)) {
    if (octal !== undefined) parts.push(String.fromCharCode(Number.parseInt(octal, 8)));
    else if (escaped === "c") break;
    else if (escaped !== undefined) parts.push(ESCAPES[escaped] ?? whole);
    else if (time !== undefined || plain !== undefined) {
      const field: Field | undefined =
        time === undefined
          ? FIELDS[plain as string]
          : ({ stat }) => timeField(stat[TIMES[time as keyof typeof TIMES]], letter as string);
      if (field === undefined) unknown ??= plain as string;
      else if (width === "") parts.push(field);
      else {
        const columns = Number(width);
        parts.push((found, sources) => {
          const text = field(found, sources);
          return left === "-" ? text.padEnd(columns) : text.padStart(columns);
        });
      }
    } else parts.push(whole);
  }
  if (unknown !== undefined) return { unknown };
  return (found, sources) => parts.map((part) => (typeof part === "string" ? part : part(found, sources))).join("");
}
