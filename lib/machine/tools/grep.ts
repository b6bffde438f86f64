import { isErrno } from "../errno.ts";
import type { Program } from "../types.ts";
import { grepColors } from "./support/grep-colors.ts";
import { GREP_OPTIONS } from "./support/grep-options.ts";
import { GrepSearch, type GrepSettings } from "./support/grep-search.ts";
import { readNumber } from "./support/numbers.ts";
import { helpText } from "./support/options.ts";
import { byName, join } from "./support/paths.ts";
import { compilePattern, type Match, type Pattern, PatternError, type Syntax } from "./support/regex.ts";
import { Exit, readLines, type Tool, tool } from "./support/tool.ts";

const TROUBLE = 2;
const ADVICE = "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.";

type GrepTool = Tool<typeof GREP_OPTIONS>;

const grepAs = (defaultSyntax: Syntax): Program =>
  tool(
    {
      name: "grep",
      usage: "[OPTION]... PATTERNS [FILE]...",
      summary: "Search for PATTERNS in each FILE.",
      usageStatus: TROUBLE,
      pointer: ADVICE,
      digits: "digits",
      digitsCluster: true,
      options: GREP_OPTIONS,
    },
    (tool) => run(tool, defaultSyntax),
  );

export const grep = grepAs("basic");
export const egrep = grepAs("extended");
export const fgrep = grepAs("fixed");

async function usage(tool: GrepTool): Promise<never> {
  await tool.process.stderr.write(`${ADVICE}\n`);
  throw new Exit(TROUBLE);
}

async function syntaxOf(tool: GrepTool, fallback: Syntax): Promise<Syntax> {
  let syntax: Syntax | undefined;
  for (const { name, value } of tool.options.given) {
    let next: Syntax | undefined;
    if (name === "extended" || name === "fixed" || name === "basic" || name === "perl") next = name;
    else if (name === "matcher") {
      const known = (
        {
          grep: "basic",
          egrep: "extended",
          fgrep: "fixed",
          perl: "perl",
          awk: "extended",
          gawk: "extended",
          posixawk: "extended",
        } as const
      )[value as "grep"];
      next = known ?? (await tool.die(`invalid matcher ${value}`, TROUBLE));
    }
    if (next === undefined) continue;
    if (syntax !== undefined && syntax !== next) await tool.die("conflicting matchers specified", TROUBLE);
    syntax = next;
  }
  return syntax ?? fallback;
}

/** A repetition with nothing before it does no harm in an extended expression, but is said. */
async function warnOfStarts(tool: GrepTool, text: string): Promise<void> {
  const bare = text.replace(/\\./gs, "xx").replace(/\[\^?\]?[^\]]*\]/g, "x");
  for (const [, mark] of bare.matchAll(/(?:^|[(|])([*+?]|\{\d)/g))
    await tool.complain(`warning: ${mark?.startsWith("{") ? "{...}" : mark} at start of expression`, 0);
}

async function patternsOf(tool: GrepTool, fallback: Syntax, operands: string[]): Promise<readonly Pattern[]> {
  const texts: string[] = [];
  let given = false;
  for (const { name, value = "" } of tool.options.given) {
    if (name !== "pattern" && name !== "file") continue;
    given = true;
    if (name === "pattern") texts.push(...value.split("\n"));
    else {
      const fine = await tool.attempt(
        tool.bare(value),
        async () => void texts.push(...(await readLines(tool, tool.open(value)))),
        TROUBLE,
      );
      if (!fine) throw new Exit(TROUBLE);
    }
  }
  const syntax = await syntaxOf(tool, fallback);
  if (!given) {
    const first = operands.shift();
    if (first === undefined) return usage(tool);
    texts.push(...first.split("\n"));
  }
  const ignoreCase = (tool.options.last("fold", "noFold", "foldOld") ?? "noFold") !== "noFold";
  const options = { syntax, ignoreCase, words: tool.has("word") && !tool.has("line"), line: tool.has("line") };
  const patterns: Pattern[] = [];
  try {
    for (const text of texts) {
      if ((syntax === "basic" || syntax === "extended") && /^\[([:.=]).*\1\]$/.test(text))
        await tool.die("character class syntax is [[:space:]], not [:space:]", TROUBLE);
      if (syntax === "extended") await warnOfStarts(tool, text);
      patterns.push(compilePattern(text, options));
      await tool.spend(8 + text.length);
    }
  } catch (error) {
    if (error instanceof PatternError) await tool.die(error.message, TROUBLE);
    throw error;
  }
  return patterns;
}

interface Limits {
  readonly after: number | undefined;
  readonly before: number | undefined;
  readonly most: number;
  readonly binary: GrepSettings["binary"];
}

/** The options with numbers, wrong ones of which are told before anything else. */
async function limitsOf(tool: GrepTool): Promise<Limits> {
  let [after, before, around]: (number | undefined)[] = [];
  let digits: string | undefined;
  let adjacent = false;
  let most = Number.POSITIVE_INFINITY;
  let binary: GrepSettings["binary"] = "binary";
  for (const { name, value = "" } of tool.options.given) {
    if (name === "digits") {
      digits = adjacent && digits !== undefined ? digits + value : value;
      adjacent = true;
      continue;
    }
    adjacent = false;
    if (name === "after" || name === "before" || name === "context") {
      const count = readNumber(value, {});
      if (count !== "overflow" && typeof count !== "bigint")
        await tool.die(`${value}: invalid context length argument`, TROUBLE);
      const lines = typeof count === "bigint" ? Number(count) : Number.MAX_SAFE_INTEGER;
      if (name === "after") after = lines;
      else if (name === "before") before = lines;
      else around = lines;
    } else if (name === "max") {
      const count = readNumber(value, { signed: true });
      if (count !== "overflow" && typeof count !== "bigint") await tool.die("invalid max count", TROUBLE);
      most = typeof count === "bigint" && count >= 0n ? Number(count) : Number.POSITIVE_INFINITY;
    } else if (name === "text") binary = "text";
    else if (name === "noBinary") binary = "without-match";
    else if (name === "binaryFiles") {
      if (value !== "text" && value !== "binary" && value !== "without-match")
        await tool.die("unknown binary-files type", TROUBLE);
      binary = value as GrepSettings["binary"];
    } else if (name === "unixOffsets") await tool.complain("warning: --unix-byte-offsets (-u) is obsolete", 0);
  }
  if (digits !== undefined) around = Number(digits);
  return { after: after ?? around, before: before ?? around, most, binary };
}

async function settingsOf(
  tool: GrepTool,
  patterns: readonly Pattern[],
  limits: Limits,
  showName: boolean,
): Promise<GrepSettings> {
  const { process } = tool;
  const { after, before, most, binary } = limits;
  const lists = tool.has("withMatch") || tool.has("without");
  const quiet = tool.has("quiet") || tool.has("silent");
  const only = tool.has("only");
  const find = (line: string, from: number): Match | undefined => {
    let best: Match | undefined;
    for (const pattern of patterns) {
      const match = pattern.find(line, from);
      if (match === undefined) continue;
      if (best === undefined || match.start < best.start || (match.start === best.start && match.end > best.end))
        best = match;
    }
    return best;
  };
  const { env } = process;
  const colored = await wantsColor(tool);
  if (colored && env.get("GREP_COLOR"))
    await tool.complain(
      `warning: GREP_COLOR='${env.get("GREP_COLOR")}' is deprecated; use GREP_COLORS='mt=${env.get("GREP_COLOR")}'`,
      0,
    );
  return {
    find,
    cost: patterns.length,
    invert: tool.has("invert"),
    after: only || lists ? 0 : (after ?? 0),
    before: only || lists ? 0 : (before ?? 0),
    grouped: !only && (after !== undefined || before !== undefined),
    most,
    showName,
    number: tool.has("number"),
    offset: tool.has("byteOffset"),
    only,
    count: tool.has("count"),
    firstOnly: quiet || lists,
    tabs: tool.has("tabs"),
    null: tool.has("null"),
    zero: tool.has("zero"),
    binary,
    colors: colored ? grepColors(env.get("GREP_COLORS"), env.get("GREP_COLOR")) : undefined,
    between:
      tool.options.last("groupSeparator", "noGroupSeparator") === "noGroupSeparator"
        ? undefined
        : (tool.value("groupSeparator") ?? "--"),
    utf8: tool.utf8,
  };
}

async function wantsColor(tool: GrepTool): Promise<boolean> {
  let when = "never";
  for (const { name, value } of tool.options.given) if (name === "color" || name === "colour") when = value ?? "auto";
  if (["always", "yes", "force"].includes(when)) return true;
  if (["never", "no", "none"].includes(when)) return false;
  if (["auto", "tty", "if-tty"].includes(when))
    return tool.process.isTerminal(1) && tool.process.env.get("TERM") !== "dumb";
  await tool.process.stdout.write(helpText(tool.spec));
  throw new Exit(0);
}

/** What is done with directories. */
async function directoriesOf(tool: GrepTool): Promise<"read" | "skip" | "recurse"> {
  let how: "read" | "skip" | "recurse" = "read";
  for (const { name, value = "" } of tool.options.given) {
    if (name === "recursive" || name === "recursiveFollow") how = "recurse";
    else if (name === "directories") {
      const found = (["read", "recurse", "skip"] as const).find(
        (word) => word.startsWith(value) && (value.length > 2 || word[0] !== "r"),
      );
      how =
        found ??
        (await tool.die(
          `invalid argument ${tool.word(value)} for ${tool.word("--directories")}\nValid arguments are:\n  - ${tool.word("read")}\n  - ${tool.word("recurse")}\n  - ${tool.word("skip")}\nUsage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.`,
        ));
    } else if (name === "devices" && value !== "read" && value !== "skip")
      await tool.die("unknown devices method", TROUBLE);
  }
  return how;
}

async function run(tool: GrepTool, defaultSyntax: Syntax): Promise<number> {
  const { process } = tool;
  const operands = [...tool.operands];
  const directories = await directoriesOf(tool);
  const limits = await limitsOf(tool);
  const patterns = await patternsOf(tool, defaultSyntax, operands);
  const recursive = directories === "recurse";
  const names = tool.options.last("withName", "noName");
  const { files } = process;
  const oneFile =
    operands.length === 1 &&
    !(files.exists(operands[0] as string) && files.stat(operands[0] as string).type === "directory");
  const showName = names === "withName" || (names !== "noName" && (operands.length > 1 || (recursive && !oneFile)));
  const settings = await settingsOf(tool, patterns, limits, showName);
  const search = new GrepSearch(tool, settings);
  const quiet = tool.has("quiet") || tool.has("silent");
  const list = tool.options.last("withMatch", "without");
  let found = false;
  let failed = false;
  const paint = (code: string | undefined, text: string) => search.paint(code ?? "", text);

  async function report(name: string, count: number): Promise<void> {
    if (settings.count && !settings.firstOnly)
      await tool.out.write(
        `${showName ? paint(settings.colors?.file, name) + (settings.null ? "\0" : paint(settings.colors?.separator, ":")) : ""}${count}\n`,
      );
    const listed = list === "without" ? count === 0 : count > 0;
    if (count > 0) found = true;
    if (list !== undefined && listed && !quiet)
      await tool.out.write(`${paint(settings.colors?.file, name)}${settings.null ? "\0" : "\n"}`);
  }

  async function searchReader(path: string, name: string): Promise<void> {
    const reader = tool.open(path);
    try {
      await report(name, await search.run(reader, name));
    } finally {
      if (path !== "-") reader.close();
    }
  }

  const excluded = (name: string, commandLine: boolean): boolean => {
    const matches = (glob: string) =>
      globMatches(glob, name) || (commandLine && globMatches(glob, name.split("/").at(-1) ?? ""));
    let out = tool.has("include") && !tool.has("exclude");
    for (const { name: option, value = "" } of tool.options.given) {
      if (option === "include" && matches(value)) out = false;
      else if (option === "exclude" && matches(value)) out = true;
    }
    return out;
  };

  async function searchPath(path: string, shown: string, commandLine: boolean): Promise<void> {
    try {
      const stat = commandLine || tool.has("recursiveFollow") ? files.stat(path) : files.lstat(path);
      if (stat.type === "directory") {
        if (directories === "skip") return;
        if (!recursive) {
          failed = true;
          if (!tool.has("noMessages")) await tool.complain(`${shown}: Is a directory`, 0);
          await report(shown, 0);
          return;
        }
        for (const entry of files.list(path).sort(byName)) {
          if (quiet && found) return;
          if (entry.type === "symlink" && !tool.has("recursiveFollow")) continue;
          if (
            entry.type === "directory" &&
            tool.options.values("excludeDirectory").some((glob) => globMatches(glob.replace(/\/+$/, ""), entry.name))
          )
            continue;
          if (entry.type === "file" && excluded(entry.name, false)) continue;
          await searchPath(join(path, entry.name), shown === "" ? entry.name : join(shown, entry.name), false);
        }
        return;
      }
      if (commandLine && excluded(path, true)) return;
      await searchReader(path, shown);
    } catch (error) {
      if (!isErrno(error)) throw error;
      failed = true;
      if (!tool.has("noMessages")) await tool.complain(`${shown === "" ? path : shown}: ${error.message}`, TROUBLE);
    }
  }

  const nothing = patterns.every((pattern) => pattern.isEmpty) && patterns.length > 0 && settings.invert;
  if ((limits.most === 0 || (nothing && !tool.has("word") && !tool.has("line"))) && list !== "without") return 1;
  try {
    const standard = tool.value("label") ?? "(standard input)";
    if (operands.length === 0 && !recursive) await searchReader("-", standard);
    else if (operands.length === 0) await searchPath(".", "", true);
    for (const path of operands) {
      if (quiet && found) break;
      if (path === "-") await searchReader("-", standard);
      else await searchPath(path, path, true);
    }
  } catch (error) {
    if (error instanceof PatternError) return tool.die(error.message, TROUBLE);
    throw error;
  }
  if (found && quiet) return 0;
  return failed ? TROUBLE : found ? 0 : 1;
}

function globMatches(glob: string, name: string): boolean {
  const source = glob
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return compilePattern(`^${source}$`, { syntax: "perl" }).find(name, 0) !== undefined;
}
