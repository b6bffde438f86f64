/** What the options of ls come to. */
import { type BlockSize, environmentBlockSize, parseBlockSize, SINGLE_BYTES } from "../support/block-size.ts";
import { compileGlob } from "../support/glob.ts";
import { choice } from "../support/options.ts";
import { isUtf8, QUOTING_STYLES, type QuotingStyle } from "../support/quoting.ts";
import { Exit, type Tool } from "../support/tool.ts";
import { type ColorScheme, colorScheme } from "./colors.ts";

export const LS_OPTIONS = {
  all: { short: "a", long: "all", help: "do not ignore entries starting with ." },
  escape: { short: "b", long: "escape", help: "print C-style escapes for nongraphic characters" },
  directory: { short: "d", long: "directory", help: "list directories themselves, not their contents" },
  dired: { short: "D", long: "dired", help: "not available here" },
  fullTime: { long: "full-time", help: "like -l --time-style=full-iso" },
  dirsFirst: { long: "group-directories-first", help: "group directories before files" },
  human: { short: "h", long: "human-readable", help: "with -l and -s, print sizes like 1K 234M 2G etc." },
  inode: { short: "i", long: "inode", help: "print the index number of each file" },
  kibibytes: { short: "k", long: "kibibytes", help: "default to 1024-byte blocks" },
  numeric: { short: "n", long: "numeric-uid-gid", help: "like -l, but list numeric user and group IDs" },
  noGroup: { short: "G", long: "no-group", help: "in a long listing, don't print group names" },
  hideControl: { short: "q", long: "hide-control-chars", help: "print ? instead of nongraphic characters" },
  reverse: { short: "r", long: "reverse", help: "reverse order while sorting" },
  size: { short: "s", long: "size", help: "print the allocated size of each file, in blocks" },
  width: { short: "w", long: "width", value: true, help: "set output width to COLS.  0 means no limit" },
  almost: { short: "A", long: "almost-all", help: "do not list implied . and .." },
  backups: { short: "B", long: "ignore-backups", help: "do not list implied entries ending with ~" },
  classify: {
    short: "F",
    long: "classify",
    value: "optional for the long name",
    help: "append indicator (one of */=>@|) to entries",
  },
  fileType: { long: "file-type", help: "likewise, except do not append '*'" },
  si: { long: "si", help: "likewise, but use powers of 1000 not 1024" },
  followGiven: { short: "H", long: "dereference-command-line", help: "follow symbolic links on the command line" },
  followGivenDirectories: {
    long: "dereference-command-line-symlink-to-dir",
    help: "follow each command line link that points to a directory",
  },
  hide: { long: "hide", value: true, help: "do not list implied entries matching shell PATTERN" },
  ignore: { short: "I", long: "ignore", value: true, help: "do not list implied entries matching shell PATTERN" },
  indicator: { long: "indicator-style", value: true, help: "none, slash, file-type, classify" },
  follow: { short: "L", long: "dereference", help: "show information for the file that a link references" },
  literal: { short: "N", long: "literal", help: "print entry names without quoting" },
  quote: { short: "Q", long: "quote-name", help: "enclose entry names in double quotes" },
  quotingStyle: { long: "quoting-style", value: true, help: "literal, locale, shell, shell-escape, c, escape" },
  recursive: { short: "R", long: "recursive", help: "list subdirectories recursively" },
  format: { long: "format", value: true, help: "across, commas, horizontal, long, single-column, verbose, vertical" },
  showControl: { long: "show-control-chars", help: "show nongraphic characters as-is" },
  sort: { long: "sort", value: true, help: "none, size, time, version, extension, width" },
  tabSize: { short: "T", long: "tabsize", value: true, help: "assume tab stops at each COLS instead of 8" },
  time: { long: "time", value: true, help: "atime, access, use, ctime, status, birth, creation" },
  timeStyle: { long: "time-style", value: true, help: "full-iso, long-iso, iso, locale, or +FORMAT" },
  zero: { long: "zero", help: "end each output line with NUL, not newline" },
  color: { long: "color", value: "optional", help: "color the output: always, auto, never" },
  hyperlink: { long: "hyperlink", value: "optional", help: "hyperlink file names" },
  blockSize: { long: "block-size", value: true, help: "scale sizes by SIZE when printing them" },
  context: { short: "Z", long: "context", help: "print any security context of each file" },
  author: { long: "author", help: "with -l, print the author of each file" },
  changed: { short: "c", help: "sort by, and show, the time of the last change of status" },
  columns: { short: "C", help: "list entries by columns" },
  fast: { short: "f", help: "list all entries in directory order" },
  noOwner: { short: "g", help: "like -l, but do not list owner" },
  long: { short: "l", help: "use a long listing format" },
  commas: { short: "m", help: "fill width with a comma separated list of entries" },
  noGroupLong: { short: "o", help: "like -l, but do not list group information" },
  slash: { short: "p", help: "append / indicator to directories" },
  bySize: { short: "S", help: "sort by file size, largest first" },
  byTime: { short: "t", help: "sort by time, newest first" },
  accessed: { short: "u", help: "sort by, and show, the time of last access" },
  unsorted: { short: "U", help: "do not sort; list entries in directory order" },
  versions: { short: "v", help: "natural sort of (version) numbers within text" },
  lines: { short: "x", help: "list entries by lines instead of by columns" },
  byExtension: { short: "X", help: "sort alphabetically by entry extension" },
  one: { short: "1", help: "list one file per line" },
} as const;

type Format = "long" | "one" | "columns" | "lines" | "commas";
type Indicator = "none" | "slash" | "file-type" | "classify";
type SortKey = "name" | "extension" | "width" | "size" | "version" | "time" | "none";
export type TimeField = "modified" | "changed" | "accessed" | "born";
type Follow = "never" | "given directories" | "given" | "always";

export interface Settings {
  readonly format: Format;
  /** Long lines have BusyBox's columns, which know no widths but their own. */
  readonly fixedColumns: boolean;
  readonly sort: SortKey;
  readonly time: TimeField;
  readonly reverse: boolean;
  readonly directoriesFirst: boolean;
  readonly recursive: boolean;
  /** Directories are listed as what they are. */
  readonly immediate: boolean;
  readonly follow: Follow;
  readonly indicator: Indicator;
  readonly style: QuotingStyle;
  readonly utf8: boolean;
  /** Question marks for what cannot be printed. */
  readonly hideControl: boolean;
  /** Names are set so that those with and without quotes are in line. */
  readonly align: boolean;
  readonly colors: ColorScheme | undefined;
  readonly hyperlink: boolean;
  readonly inode: boolean;
  readonly blocks: boolean;
  readonly context: boolean;
  readonly owner: boolean;
  readonly group: boolean;
  readonly author: boolean;
  readonly numeric: boolean;
  readonly blockSize: BlockSize;
  readonly fileSize: BlockSize;
  /** Columns; 0: no limit. */
  readonly width: number;
  readonly tabSize: number;
  /** Formats of old and of recent times. */
  readonly timeFormats: readonly [old: string, recent: string];
  readonly end: string;
  /** True for names that are left out of directories. */
  readonly isIgnored: (name: string) => boolean;
}

type LsTool = Tool<typeof LS_OPTIONS>;

const WHEN = {
  always: true,
  yes: true,
  force: true,
  never: false,
  no: false,
  none: false,
  auto: "tty",
  tty: "tty",
  "if-tty": "tty",
} as const;
const FORMATS = {
  verbose: "long",
  long: "long",
  commas: "commas",
  horizontal: "lines",
  across: "lines",
  vertical: "columns",
  "single-column": "one",
} as const;
const SORTS = {
  none: "none",
  time: "time",
  size: "size",
  extension: "extension",
  version: "version",
  width: "width",
} as const;
const TIMES = {
  atime: "accessed",
  access: "accessed",
  use: "accessed",
  ctime: "changed",
  status: "changed",
  birth: "born",
  creation: "born",
} as const;
const INDICATORS = { none: "none", slash: "slash", "file-type": "file-type", classify: "classify" } as const;
const STYLES = Object.fromEntries(QUOTING_STYLES.map((each) => [each, each])) as Readonly<
  Record<QuotingStyle, QuotingStyle>
>;
const TIME_STYLES: Readonly<Record<string, readonly [string, string]>> = {
  "full-iso": ["%Y-%m-%d %H:%M:%S.%N %z", "%Y-%m-%d %H:%M:%S.%N %z"],
  "long-iso": ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M"],
  iso: ["%Y-%m-%d ", "%m-%d %H:%M"],
  locale: ["%b %e  %Y", "%b %e %H:%M"],
};

/** Reads the options in their order: many take something back from earlier ones. */
export async function settingsOf(tool: LsTool, fixedColumns = false): Promise<Settings> {
  const { process, options } = tool;
  const { env } = process;
  const terminal = process.isTerminal(1);
  const utf8 = isUtf8(process);
  const when = (name: string, value: string | undefined) => {
    const chosen = value === undefined ? true : WHEN[choice(tool, `--${name}`, value, WHEN)];
    return chosen === "tty" ? terminal : chosen;
  };
  let format: Format | undefined;
  let sort: SortKey | undefined;
  let time: TimeField | undefined;
  let follow: Follow | undefined;
  let indicator: Indicator = "none";
  let style: QuotingStyle | undefined;
  let hideControl: boolean | undefined;
  let color = false;
  let hyperlink = false;
  let dired = false;
  let dots: "none" | "almost" | "all" = "none";
  let blocks = false;
  let owner = true;
  let group = true;
  let end = "\n";
  let width: number | undefined;
  let tabSize: number | undefined;
  let timeStyle = env.get("TIME_STYLE");
  let blockSize: BlockSize | undefined;
  let fileSize: BlockSize | undefined;
  const ignored: string[] = [];
  const hidden: string[] = [];

  for (const { name, value: given } of options.given) {
    const value = given ?? "";
    switch (name) {
      case "all":
        dots = "all";
        break;
      case "almost":
        dots = "almost";
        break;
      case "escape":
        style = "escape";
        break;
      case "blockSize":
        blockSize = fileSize = await requiredBlockSize(tool, value);
        break;
      case "backups":
        ignored.push("*~", ".*~");
        break;
      case "changed":
        time = "changed";
        break;
      case "accessed":
        time = "accessed";
        break;
      case "columns":
        format = "columns";
        break;
      case "color":
        color = when("color", given);
        break;
      case "fast":
        dots = "all";
        sort = "none";
        if (format === "long") format = terminal ? "columns" : "one";
        blocks = false;
        color = false;
        hyperlink = false;
        break;
      case "classify":
        if (when("classify", given)) indicator = "classify";
        break;
      case "fileType":
        indicator = "file-type";
        break;
      case "slash":
        indicator = "slash";
        break;
      case "indicator":
        indicator = INDICATORS[choice(tool, "--indicator-style", value, INDICATORS)];
        break;
      case "format":
        format = FORMATS[choice(tool, "--format", value, FORMATS)];
        break;
      case "fullTime":
        format = "long";
        timeStyle = "full-iso";
        break;
      case "noOwner":
        format = "long";
        owner = false;
        break;
      case "noGroup":
        group = false;
        break;
      case "noGroupLong":
        format = "long";
        group = false;
        break;
      case "human":
        blockSize = fileSize = { kind: "human", base: 1024 };
        break;
      case "si":
        blockSize = fileSize = { kind: "human", base: 1000 };
        break;
      case "followGiven":
        follow = "given";
        break;
      case "followGivenDirectories":
        follow = "given directories";
        break;
      case "follow":
        follow = "always";
        break;
      case "hide":
        hidden.push(value);
        break;
      case "ignore":
        ignored.push(value);
        break;
      case "hyperlink":
        hyperlink = when("hyperlink", given);
        break;
      case "long":
        format = "long";
        break;
      case "commas":
        format = "commas";
        break;
      case "numeric":
        format = "long";
        break;
      case "literal":
        style = "literal";
        break;
      case "hideControl":
        hideControl = true;
        break;
      case "showControl":
        hideControl = false;
        break;
      case "quote":
        style = "c";
        break;
      case "quotingStyle":
        style = choice(tool, "--quoting-style", value, STYLES);
        break;
      case "size":
        blocks = true;
        break;
      case "bySize":
        sort = "size";
        break;
      case "byTime":
        sort = "time";
        break;
      case "byExtension":
        sort = "extension";
        break;
      case "versions":
        sort = "version";
        break;
      case "unsorted":
        sort = "none";
        break;
      case "sort":
        sort = SORTS[choice(tool, "--sort", value, SORTS)];
        break;
      case "time":
        time = TIMES[choice(tool, "--time", value, TIMES)];
        break;
      case "timeStyle":
        timeStyle = value;
        break;
      case "tabSize":
        tabSize = await tabs(tool, value);
        break;
      case "width":
        width = lineWidth(value);
        if (width === undefined) await tool.die(`invalid line width: ${tool.word(value)}`, 2);
        break;
      case "lines":
        format = "lines";
        break;
      case "one":
        if (format !== "long") format = "one";
        break;
      case "zero":
        end = "\0";
        hyperlink = false;
        if (format !== "long") format = "one";
        color = false;
        hideControl = false;
        style = "literal";
        break;
      case "dired":
        dired = true;
        break;
      default:
        break;
    }
  }

  if (dired && format === "long") await tool.die("--dired is not available here", 2);
  const used = environmentBlockSize(env, "LS_BLOCK_SIZE");
  format ??= terminal ? "columns" : "one";
  let scheme: ColorScheme | undefined;
  if (color) {
    const { scheme: parsed, complaints } = colorScheme(env);
    for (const complaint of complaints) {
      await process.stderr.write(`ls: ${utf8 ? complaint : complaint.replace(/[‘’]/g, "'")}\n`);
    }
    scheme = parsed;
  }
  const spread = format === "columns" || format === "lines" || format === "commas";
  if (width === undefined && (spread || scheme !== undefined)) width = await environmentWidth(tool);
  if (style === undefined) {
    const asked = env.get("QUOTING_STYLE");
    const known = QUOTING_STYLES.find((each) => each === asked);
    if (asked !== undefined && known === undefined)
      await process.stderr.write(
        `ls: ignoring invalid value of environment variable QUOTING_STYLE: ${tool.word(asked)}\n`,
      );
    style = known ?? (terminal ? "shell-escape" : "literal");
  }
  const limit = width ?? 80;
  if (tabSize === undefined && spread) tabSize = await environmentTabs(tool);
  const patterns = ignored.map((text) => compileGlob(text, { period: true }));
  const hides = hidden.map((text) => compileGlob(text, { period: true }));
  return {
    format,
    fixedColumns,
    sort: sort ?? (format !== "long" && time !== undefined ? "time" : "name"),
    time: time ?? "modified",
    reverse: tool.has("reverse"),
    directoriesFirst: tool.has("dirsFirst"),
    recursive: tool.has("recursive") && !tool.has("directory"),
    immediate: tool.has("directory"),
    follow:
      follow ??
      (tool.has("directory") || indicator === "classify" || format === "long" ? "never" : "given directories"),
    indicator,
    style,
    utf8,
    hideControl: hideControl ?? (terminal && style === "literal"),
    align:
      (format === "long" || ((format === "columns" || format === "lines") && limit > 0)) &&
      (style === "shell" || style === "shell-escape" || style === "c-maybe"),
    colors: scheme,
    hyperlink,
    inode: tool.has("inode"),
    blocks,
    context: tool.has("context"),
    owner,
    group,
    author: tool.has("author"),
    numeric: tool.has("numeric"),
    blockSize: blockSize ?? (tool.has("kibibytes") ? { kind: "units", bytes: 1024, suffix: "" } : used.size),
    fileSize: fileSize ?? (used.files ? used.size : SINGLE_BYTES),
    width: limit,
    tabSize: tabSize ?? 8,
    timeFormats: format === "long" ? await timeFormats(tool, timeStyle ?? "locale") : ["", ""],
    end,
    isIgnored: (name) =>
      (dots !== "all" && name.startsWith(".") && (dots === "none" || name === "." || name === "..")) ||
      (dots === "none" && hides.some((matches) => matches(name))) ||
      patterns.some((matches) => matches(name)),
  };
}

async function requiredBlockSize(tool: LsTool, value: string): Promise<BlockSize> {
  const parsed = parseBlockSize(value);
  if (typeof parsed === "object") return parsed;
  const words =
    parsed === "large"
      ? `--block-size argument '${value}' too large`
      : parsed === "suffix"
        ? `invalid suffix in --block-size argument '${value}'`
        : `invalid --block-size argument '${value}'`;
  return tool.die(words, 2);
}

/** Undefined where it is no number; too large a number is no limit. */
function lineWidth(text: string): number | undefined {
  if (!/^\s*\+?(?:0[xX][0-9a-fA-F]+|\d+)$/.test(text)) return undefined;
  const value = /^0\d/.test(text) ? Number.parseInt(text, 8) : Number(text);
  return value > 2 ** 62 ? 0 : value;
}

async function environmentWidth(tool: LsTool): Promise<number> {
  const { process } = tool;
  if (process.isTerminal(1) && process.tty !== undefined) return process.tty.size.columns;
  const text = process.env.get("COLUMNS");
  if (text === undefined || text === "") return 80;
  const width = lineWidth(text);
  if (width !== undefined) return width;
  await process.stderr.write(`ls: ignoring invalid width in environment variable COLUMNS: ${tool.word(text)}\n`);
  return 80;
}

async function tabs(tool: LsTool, text: string): Promise<number> {
  if (!/^\d+$/.test(text)) await tool.die(`invalid tab size: ${tool.word(text)}`, 2);
  return Number(text);
}

async function environmentTabs(tool: LsTool): Promise<number | undefined> {
  const text = tool.process.env.get("TABSIZE");
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  await tool.process.stderr.write(
    `ls: ignoring invalid tab size in environment variable TABSIZE: ${tool.word(text)}\n`,
  );
  return undefined;
}

async function timeFormats(tool: LsTool, given: string): Promise<readonly [string, string]> {
  let style = given;
  while (style.startsWith("posix-")) style = style.slice("posix-".length);
  if (style.startsWith("+")) {
    const lines = style.slice(1).split("\n");
    if (lines.length > 2) return tool.die(`invalid time style format ${tool.word(style.slice(1))}`, 2);
    return [lines[0] ?? "", lines[1] ?? lines[0] ?? ""];
  }
  const fits = Object.keys(TIME_STYLES).filter((name) => name === style || name.startsWith(style));
  const [only] = fits;
  const formats = only === undefined || fits.length > 1 ? undefined : TIME_STYLES[TIME_STYLES[style] ? style : only];
  if (formats !== undefined) return formats;
  const problem = fits.length > 1 ? "ambiguous" : "invalid";
  await tool.process.stderr.write(
    `ls: ${problem} argument ${tool.word(style)} for ${tool.word("time style")}\nValid arguments are:\n` +
      "  - [posix-]full-iso\n  - [posix-]long-iso\n  - [posix-]iso\n  - [posix-]locale\n  - +FORMAT (e.g., +%H:%M) for a 'date'-style format\n" +
      "Try 'ls --help' for more information.\n",
  );
  throw new Exit(2);
}
