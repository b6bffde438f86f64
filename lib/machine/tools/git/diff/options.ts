/** Options that diff, log, show and their kin share, and the output they ask for. */
import type { Colors } from "../colors.ts";
import type { Git } from "../context.ts";
import { fatal, GitFailure } from "../failure.ts";
import { modeText, NULL_OID } from "../objects.ts";
import { type Options, optionTable } from "../options.ts";
import { quotePath } from "../quote.ts";
import { checkText } from "./check.ts";
import { type Pair, pathOf } from "./pairs.ts";
import { patchOf } from "./patch.ts";
import { DEFAULT_SCORE, MAX_SCORE, withRenames } from "./renames.ts";
import { numStat, shortStat, statistics, statText, summaryText } from "./stat.ts";
import type { WordDiff } from "./words.ts";

export interface DiffOptions {
  readonly formats: ReadonlySet<DiffFormat>;
  readonly context: number;
  readonly functionContext: boolean;
  readonly space: "all" | "amount" | "end" | "cr" | undefined;
  readonly text: boolean;
  readonly fullIndex: boolean;
  readonly abbreviation: number;
  readonly prefixes: readonly [string, string];
  readonly renames: { readonly minimum: number; readonly copies: boolean } | undefined;
  readonly filter: string | undefined;
  readonly reverse: boolean;
  readonly zero: boolean;
  readonly statWidth: number | undefined;
  readonly colors: Colors;
  /** Status 1 where something differs. */
  readonly exitCode: boolean;
  readonly quiet: boolean;
  /** Paths below this directory only, and named from there. */
  readonly relative: string | undefined;
  /** Lines between two changes that are shown rather than left out, beyond the context. */
  readonly between: number;
  readonly words: WordDiff | undefined;
  readonly binary: boolean;
  /** New and gone files are told in the statistic. */
  readonly compact: boolean;
  readonly linePrefix: string;
}

type DiffFormat =
  | "patch"
  | "stat"
  | "numstat"
  | "shortstat"
  | "summary"
  | "name-only"
  | "name-status"
  | "raw"
  | "check"
  | "none";

export const DIFF_OPTIONS = optionTable(
  "p|patch", "u|", "s|no-patch", "U|unified=", "W|function-context", "raw", "stat=?", "numstat", "shortstat",
  "summary", "compact-summary", "name-only", "name-status", "patch-with-stat", "patch-with-raw", "color=?", "full-index",
  "abbrev=?", "no-prefix", "src-prefix=", "dst-prefix=", "M|find-renames=?", "C|find-copies=?", "renames",
  "diff-filter=", "R|", "z|null", "a|text", "w|ignore-all-space", "b|ignore-space-change", "ignore-space-at-eol",
  "ignore-cr-at-eol", "exit-code", "quiet", "relative=?", "minimal", "indent-heuristic", "ext-diff", "textconv",
  "histogram", "patience", "diff-algorithm=", "word-diff=?", "color-words=?", "dirstat=?", "S|=", "G|=", "binary",
  "ignore-blank-lines", "check", "word-diff-regex=", "stat-width=", "stat-name-width=", "stat-graph-width=", "stat-count=", "line-prefix=", "pickaxe-regex", "submodule=?", "ignore-submodules=?", "output=", "color-moved=?", "anchored=",
  "inter-hunk-context=", "pickaxe-all", "find-copies-harder", "B|break-rewrites=?", "O|=", "D|irreversible-delete",
); // biome-ignore format: a table

/** What is known to git and not made here: refused, never taken in silence. */
const REFUSED = [
  "histogram", "patience", "dirstat", "ignore-blank-lines", "submodule", "anchored", "find-copies-harder", "break-rewrites", "O",
  "irreversible-delete", "patch-with-raw", "pickaxe-all", "stat-name-width", "stat-graph-width", "stat-count",
]; // biome-ignore format: a table

const FORMATS: readonly (readonly [option: string, format: DiffFormat])[] = [
  ["patch", "patch"],
  ["u", "patch"],
  ["stat", "stat"],
  ["numstat", "numstat"],
  ["shortstat", "shortstat"],
  ["summary", "summary"],
  ["name-only", "name-only"],
  ["name-status", "name-status"],
  ["raw", "raw"],
];

function scoreText(text: string | undefined): number {
  if (text === undefined || text === "") return DEFAULT_SCORE;
  const percent = /^(\d+)(%?)$/.exec(text);
  if (percent === null) throw fatal(`invalid argument to find-renames`);
  const digits = percent[1] as string;
  const part = percent[2] === "%" ? Number(digits) / 100 : Number(`0.${digits}`);
  return Math.min(MAX_SCORE, Math.trunc(part * MAX_SCORE));
}

/** What --word-diff and --color-words ask for, the last of them counting. */
function wordDiff(git: Git, options: Options): WordDiff | undefined {
  let kind: WordDiff["kind"] | undefined;
  let pattern = options.value("word-diff-regex") ?? git.config.get("diff.wordregex");
  for (const { name, value, negated } of options.given) {
    if (negated) {
      if (name === "word-diff" || name === "color-words") kind = undefined;
    } else if (name === "color-words") {
      kind = "color";
      if (value !== undefined) pattern = value;
    } else if (name === "word-diff-regex") kind ??= "plain";
    else if (name === "word-diff") {
      const mode = value ?? "plain";
      if (mode === "none") kind = undefined;
      else if (mode === "plain" || mode === "porcelain" || mode === "color") kind = mode;
      else throw new GitFailure(`bad --word-diff argument: ${mode}`, 129, "error: ");
    }
  }
  return kind === undefined ? undefined : { kind, pattern };
}

/** `standard`: the format where none was asked for. */
export function diffOptions(git: Git, options: Options, standard: DiffFormat): DiffOptions {
  for (const name of REFUSED)
    if (options.has(name)) throw fatal(`${name.length === 1 ? "-" : "--"}${name} is not available here`);
  const algorithm = options.value("diff-algorithm");
  if (algorithm !== undefined && !/^(myers|default)$/.test(algorithm)) {
    throw fatal(`the diff algorithm '${algorithm}' is not available here, only myers`);
  }
  const formats = new Set<DiffFormat>();
  for (const { name, negated } of options.given) {
    const format = FORMATS.find(([option]) => option === name)?.[1];
    if (name === "no-patch" || (name === "patch" && negated)) formats.clear();
    if (name === "no-patch") formats.add("none");
    else if (format !== undefined && !negated) {
      formats.delete("none");
      formats.add(format);
    } else if (name === "patch-with-stat") formats.add("stat").add("patch");
    else if (name === "unified" || name === "function-context") formats.add("patch");
  }
  const words = wordDiff(git, options);
  if (words !== undefined || options.has("binary")) formats.add("patch");
  if (options.has("compact-summary")) formats.add("stat");
  if (options.has("check")) formats.add("check");
  if (formats.size === 0) formats.add(standard);
  const moved = options.has("color-moved") ? (options.value("color-moved") ?? "default") : "no";
  if (moved !== "no") throw fatal("--color-moved is not available here");
  const between = options.value("inter-hunk-context") ?? git.config.get("diff.interhunkcontext") ?? "0";
  if (!/^\d+$/.test(between))
    throw fatal("option `inter-hunk-context' expects a numerical value".replace("fatal: ", ""), 129);
  const width = options.value("stat-width") ?? (options.value("stat") ?? "").split(",")[0];
  const unified = options.value("unified") ?? git.config.get("diff.context");
  const context = unified === undefined ? 3 : Number(unified);
  if (!Number.isInteger(context) || context < 0)
    throw fatal("--unified expects a numerical value".replace("fatal: ", ""), 129);
  const configured = git.config.get("diff.renames") ?? "true";
  const copies = options.has("find-copies") || /^cop(y|ies)$/.test(configured);
  const wants =
    options.has("find-renames") || copies || (!options.denied("renames") && !/^(false|no|off|0)$/.test(configured));
  const noPrefix = options.has("no-prefix") || (git.config.boolean("diff.noprefix") ?? false);
  const abbrev = options.value("abbrev");
  const space = options.has("ignore-all-space")
    ? "all"
    : options.has("ignore-space-change")
      ? "amount"
      : options.has("ignore-space-at-eol")
        ? "end"
        : options.has("ignore-cr-at-eol")
          ? "cr"
          : undefined;
  const prefix = git.place === undefined ? "" : git.repository.prefix;
  return {
    formats,
    context,
    functionContext: options.has("function-context"),
    space,
    text: options.has("text"),
    fullIndex: options.has("full-index"),
    abbreviation: options.denied("abbrev")
      ? 40
      : abbrev === undefined
        ? (git.config.integer("core.abbrev") ?? 7)
        : Math.max(4, Number(abbrev)),
    prefixes: noPrefix ? ["", ""] : [options.value("src-prefix") ?? "a/", options.value("dst-prefix") ?? "b/"],
    renames: wants
      ? { minimum: scoreText(options.value("find-renames") ?? options.value("find-copies")), copies }
      : undefined,
    filter: options.value("diff-filter"),
    reverse: options.has("R"),
    zero: options.has("null"),
    statWidth: width === undefined || width === "" ? undefined : Number(width),
    colors: git.colors(
      "diff",
      words?.kind === "color"
        ? "always"
        : options.denied("color")
          ? "never"
          : options.has("color")
            ? (options.value("color") ?? "")
            : undefined,
    ),
    between: Number(between),
    words,
    binary: options.has("binary"),
    compact: options.has("compact-summary"),
    linePrefix: options.value("line-prefix") ?? "",
    exitCode: options.has("exit-code") || options.has("quiet"),
    quiet: options.has("quiet"),
    relative: options.has("relative") ? (options.value("relative") ?? prefix) : undefined,
  };
}

/** Renames found, reversed, filtered: the pairs that are shown. */
export async function preparePairs(git: Git, pairs: readonly Pair[], options: DiffOptions): Promise<Pair[]> {
  let out = options.reverse
    ? pairs.map(
        (pair): Pair => ({
          status: pair.status === "A" ? "D" : pair.status === "D" ? "A" : pair.status,
          old: pair.new,
          new: pair.old,
        }),
      )
    : [...pairs];
  if (options.renames !== undefined) out = await withRenames(git.repository, out, options.renames);
  const { filter, relative } = options;
  if (filter !== undefined) {
    const wanted = filter.replace(/[a-z]/g, "");
    const unwanted = filter.replace(/[A-Z]/g, "").toUpperCase();
    out = out.filter(({ status }) => (wanted === "" || wanted.includes(status)) && !unwanted.includes(status));
  }
  if (relative !== undefined && relative !== "") {
    const cut = relative.endsWith("/") ? relative : `${relative}/`;
    const strip = <T extends { readonly path: string } | undefined>(side: T): T =>
      side === undefined ? side : { ...side, path: side.path.slice(cut.length), file: side.path };
    out = out.flatMap((pair) =>
      pathOf(pair).startsWith(cut) ? [{ ...pair, old: strip(pair.old), new: strip(pair.new) }] : [],
    );
  }
  return out;
}

/** Everything the options ask for about these pairs. */
export async function diffText(git: Git, pairs: readonly Pair[], options: DiffOptions): Promise<string> {
  if (options.formats.has("none") || pairs.length === 0) return "";
  const { formats, colors } = options;
  const end = options.zero ? "\0" : "\n";
  const quote = (path: string) => (options.zero ? path : quotePath(path, git.quotesAll));
  const letter = (pair: Pair) =>
    pair.score === undefined || pair.status === "M"
      ? pair.status
      : `${pair.status}${String(Math.trunc((pair.score * 100) / MAX_SCORE)).padStart(3, "0")}`;
  const gap = options.zero ? "\0" : "\t";
  const names = (pair: Pair) =>
    pair.status === "R" || pair.status === "C"
      ? `${quote(pair.old?.path ?? "")}${gap}${quote(pathOf(pair))}`
      : quote(pathOf(pair));
  if (formats.has("check")) return checkText(git, pairs);
  let out = "";
  if (formats.has("raw")) {
    for (const pair of pairs) {
      const mode = (side: Pair["old"]) => modeText(side?.mode ?? 0);
      const name = (side: Pair["old"]) =>
        side?.oid === undefined
          ? NULL_OID.slice(0, options.fullIndex ? 40 : options.abbreviation)
          : options.fullIndex
            ? side.oid
            : git.repository.objects.abbreviate(side.oid, options.abbreviation);
      out += `:${mode(pair.old)} ${mode(pair.new)} ${name(pair.old)} ${name(pair.new)} ${letter(pair)}${gap}${names(pair)}${end}`;
    }
  }
  if (formats.has("name-status")) for (const pair of pairs) out += `${letter(pair)}${gap}${names(pair)}${end}`;
  if (formats.has("name-only")) for (const pair of pairs) out += `${quote(pathOf(pair))}${end}`;
  const counted = ["stat", "numstat", "shortstat"].some((format) => formats.has(format as DiffFormat))
    ? await statistics(git, pairs, options)
    : [];
  if (formats.has("numstat")) out += numStat(git, counted, end);
  if (formats.has("stat")) out += statText(git, counted, colors, options.statWidth, options.compact);
  if (formats.has("shortstat")) out += shortStat(counted);
  if (formats.has("summary")) out += summaryText(git, pairs);
  if (formats.has("patch")) {
    if (out !== "") out += "\n";
    for (const pair of pairs) {
      await git.spend(5);
      out += await patchOf(git, pair, options, colors);
    }
  }
  return options.linePrefix === "" ? out : out.replace(/[^\n]*\n/g, (line) => options.linePrefix + line);
}
