/** Names as ls shows them: quotes, colours, links to click on, indicators. */
import { displayWidth } from "../../tty/width.ts";
import type { FileStat, FileType } from "../../types.ts";
import { quoted } from "../support/quoting.ts";
import { colorOf, isColored } from "./colors.ts";
import type { Entry } from "./entries.ts";
import type { Settings } from "./settings.ts";

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

const BEYOND = /[\u0080-\u{10ffff}]/gu;
const encoder = new TextEncoder();
const byteLength = (text: string) => encoder.encode(text).length;

interface Shown {
  readonly text: string;
  /** Columns. */
  readonly width: number;
  readonly hasQuotes: boolean;
}

/** `mark`: a colon is quoted, too (before a heading's own). */
export function plainName(name: string, settings: Settings, mark = ""): Shown {
  const { style, utf8 } = settings;
  const words = quoted(name, style, { utf8, also: mark });
  const hidden = settings.hideControl ? words.replace(CONTROL, "?") : words;
  const text = settings.hideControl && !utf8 ? hidden.replace(BEYOND, (each) => "?".repeat(byteLength(each))) : hidden;
  return { text, width: displayWidth(text), hasQuotes: words !== name };
}

export function indicatorOf(
  { indicator }: Settings,
  stat: Pick<FileStat, "type" | "mode"> | undefined,
  type: FileType | undefined,
): string {
  if (indicator === "none") return "";
  switch (stat?.type ?? type) {
    case "directory":
      return "/";
    case "file":
      return indicator === "classify" && ((stat?.mode ?? 0) & 0o111) !== 0 ? "*" : "";
    case "symlink":
      return indicator === "slash" ? "" : "@";
    case "fifo":
      return indicator === "slash" ? "" : "|";
    default:
      return "";
  }
}

/** Writes names with their colours; remembers whether any was written. */
export class Painter {
  readonly #settings: Settings;
  readonly #link: (path: string) => string;
  used = false;

  /** `link`: the address of a file, for terminals that open it. */
  constructor(settings: Settings, link: (path: string) => string) {
    this.#settings = settings;
    this.#link = link;
  }

  /** `target`: the name is where the entry's link leads. `column`: where the name begins. */
  name(entry: Entry, shown: Shown, pad: boolean, column: number, target = false): string {
    const { colors, hyperlink, width } = this.#settings;
    const blank = pad ? " " : "";
    let text = shown.text;
    if (hyperlink && !target) text = `\x1b]8;;${this.#link(entry.path)}\x07${text}\x1b]8;;\x07`;
    if (colors === undefined) return blank + text;
    const { stat, referent } = entry;
    const leads = referent !== undefined;
    const asTarget = !target && colors.asTarget && leads;
    const color = colorOf(colors, {
      name: target ? (entry.target ?? "") : entry.name,
      stat: target || asTarget ? referent : stat,
      type: target ? undefined : entry.type,
      leads: leads || stat?.type !== "symlink",
      missing: target && !leads,
    });
    const normal = isColored(colors, "no");
    if (color === undefined && !normal) return blank + text;
    let out = blank;
    if (color !== undefined) out += (normal ? this.#plain() : "") + this.#put(color);
    out += text + this.#end();
    const length = shown.width + blank.length;
    const wraps = width > 0 && Math.floor(column / width) !== Math.floor((column + length - 1) / width);
    return wraps ? out + (colors.kinds.get("cl") ?? "") : out;
  }

  /** What goes before every entry where ordinary text has a colour. */
  normal(): string {
    const { colors } = this.#settings;
    return colors !== undefined && isColored(colors, "no") ? this.#put(colors.kinds.get("no") ?? "") : "";
  }

  /** What goes after the last entry. */
  finish(): string {
    const kinds = this.#settings.colors?.kinds;
    const usual = kinds?.get("lc") === "\x1b[" && kinds.get("rc") === "m";
    return this.used && !usual ? this.#plain() : "";
  }

  #put(color: string): string {
    const kinds = this.#settings.colors?.kinds;
    const first = this.used ? "" : this.#end();
    return `${first}${kinds?.get("lc")}${color}${kinds?.get("rc")}`;
  }

  #end(): string {
    this.used = true;
    const end = this.#settings.colors?.kinds.get("ec");
    return end ?? this.#reset();
  }

  /** No attribute at all. */
  #plain(): string {
    const kinds = this.#settings.colors?.kinds;
    return `${kinds?.get("lc")}${kinds?.get("rc")}`;
  }

  #reset(): string {
    const kinds = this.#settings.colors?.kinds;
    return `${kinds?.get("lc")}${kinds?.get("rs")}${kinds?.get("rc")}`;
  }
}
