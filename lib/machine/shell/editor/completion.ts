/** Tab: which word is meant, what fits, and how it is written into the line. */
import { generateCandidates } from "../completion/generate.ts";
import { SPECIAL_COMPLETIONS } from "../completion/spec.ts";
import type { Shell } from "../shell.ts";
import type { ProvidedCompletion } from "../shell-options.ts";
import { builtinCandidates, commandCandidates, fileCandidates, variableCandidates } from "./candidates.ts";

export interface Completion {
  /** Where the word to be replaced begins. */
  readonly start: number;
  /** Whole words, unquoted, sorted. */
  readonly candidates: readonly string[];
  /** Quote the word stands in. */
  readonly quote: "" | "'" | '"';
  /** Candidates are paths: shown by their last part. */
  readonly paths: boolean;
  /** Nothing follows a single candidate (`complete -o nospace`). */
  readonly nospace: boolean;
  /** Candidates are written as they are (`complete -o noquote`). */
  readonly noquote: boolean;
  /** What candidates mean, for lists of them. */
  readonly descriptions?: ReadonlyMap<string, string>;
}

interface Word {
  readonly start: number;
  /** Without quotes and backslashes. */
  readonly text: string;
  readonly quote: "" | "'" | '"';
  /** Typed without quotes and backslashes: positions in the text are positions in the line. */
  readonly plain: boolean;
}

/** The words of the command that the cursor is in, the last one being typed. */
function splitLine(line: string): { readonly words: readonly Word[]; readonly command: boolean } {
  let words: Word[] = [];
  let start = 0;
  let text = "";
  let open = false;
  let quote: Word["quote"] = "";
  const reset = (): void => {
    words = [];
    open = false;
    text = "";
  };
  for (let i = 0; i < line.length; i++) {
    const char = line.charAt(i);
    if (!open && !/[\s;|&()]/.test(char)) {
      open = true;
      start = i;
      text = "";
    }
    if (quote === "'") {
      if (char === "'") quote = "";
      else text += char;
    } else if (char === "\\" && i + 1 < line.length) text += line.charAt(++i);
    else if (quote === '"') {
      if (char === '"') quote = "";
      else text += char;
    } else if (char === "'" || char === '"') quote = char;
    else if (/[;|&()\n]/.test(char)) reset();
    else if (/\s/.test(char)) {
      if (open) words.push({ start, text, quote: "", plain: i - start === text.length });
      open = false;
    } else if (char === "<" || char === ">") {
      if (open && i > start) words.push({ start, text, quote: "", plain: i - start === text.length });
      words.push({ start: i, text: char, quote: "", plain: true });
      open = false;
    } else text += char;
  }
  words.push(
    open
      ? { start: quoteStart(line, start, quote), text, quote, plain: line.length - start === text.length }
      : { start: line.length, text: "", quote: "", plain: true },
  );
  return { words, command: true };
}

function quoteStart(line: string, start: number, quote: string): number {
  return quote !== "" && line.charAt(start) === quote ? start + 1 : start;
}

const KEYWORDS_BEFORE_COMMAND = /^(?:if|then|else|elif|while|until|do|!|\{|time|sudo|exec|command|nohup|watch|xargs)$/;

/** `fold`: capital and small letters are the same. */
export async function complete(shell: Shell, line: string, fold = false): Promise<Completion> {
  const { words } = splitLine(line);
  let list = words;
  while (list.length > 1 && (KEYWORDS_BEFORE_COMMAND.test(list[0]?.text ?? "") || /^\w+=/.test(list[0]?.text ?? ""))) {
    list = list.slice(1);
  }
  const word = list.at(-1) as Word;
  const result = (candidates: readonly string[], paths = false): Completion => ({
    start: word.start,
    candidates: [...new Set(candidates)].sort(),
    quote: word.quote,
    paths,
    nospace: false,
    noquote: false,
  });
  const variable = /(?:^|[=:@><])\$(\{?)(\w*)$/.exec(word.text);
  if (variable !== null && word.quote !== "'") {
    const [, brace, name] = variable as unknown as [string, string, string];
    const head = word.text.slice(0, word.text.length - name.length - brace.length - 1);
    const names = variableCandidates(shell, name);
    const only = names.length === 1 ? endOfVariable(shell, names[0] as string, word.quote) : "";
    const end = `${brace === "" ? "" : "}"}${only}`;
    return { ...result(names.map((each) => `${head}$${brace}${each}${end}`)), nospace: true, noquote: true, quote: "" };
  }
  if (word.plain && word.quote === "" && /^~[^/]*$/.test(word.text) && list.length > 1) {
    const users = [...(await builtinCandidates(shell, "user", ""))].filter((each) =>
      each.startsWith(word.text.slice(1)),
    );
    if (users.length > 0) return { ...result(users.map((each) => `~${each}/`)), nospace: true, noquote: true };
  }
  const at = word.plain ? word.text.lastIndexOf("@") : -1;
  if (at !== -1) {
    const typed = word.text.slice(at + 1);
    const hosts = [...(await builtinCandidates(shell, "hostname", ""))].filter((each) => each.startsWith(typed));
    if (hosts.length > 0) return result(hosts.map((each) => word.text.slice(0, at + 1) + each));
  }
  const redirected = /^[<>]$/.test(list.at(-2)?.text ?? "");
  if (redirected) return result(fileCandidates(shell, word.text, false, fold), true);
  const programmed = await programmedCompletion(shell, line, list);
  if (programmed !== undefined) return programmed;
  if (list.length === 1) {
    if (word.text.includes("/")) return result(fileCandidates(shell, word.text), true);
    return result(await commandCandidates(shell, word.text));
  }
  const special = await argumentCandidates(
    shell,
    list.map((each) => each.text),
  );
  if (special !== undefined) {
    const { candidates, descriptions, nospace = false } = special;
    return { ...result(candidates), nospace, ...(descriptions === undefined ? {} : { descriptions }) };
  }
  const directories = /^(?:cd|pushd|rmdir)$/.test(list[0]?.text ?? "");
  // A path may begin behind a sign that breaks words.
  const broken =
    word.plain && word.quote === "" ? Math.max(word.text.lastIndexOf("="), word.text.lastIndexOf(":")) : -1;
  if (broken !== -1) {
    const head = word.text.slice(0, broken + 1);
    const files = fileCandidates(shell, word.text.slice(broken + 1), directories, fold);
    if (files.length > 0) return { ...result(files, true), start: word.start + head.length };
  }
  return result(fileCandidates(shell, word.text, directories, fold), true);
}

/** What follows a variable that alone fits: a slash where it names a directory. */
function endOfVariable(shell: Shell, name: string, quote: Completion["quote"]): string {
  const value = shell.variables.get(name) ?? "";
  try {
    if (value !== "" && shell.process.files.stat(value).type === "directory") return "/";
  } catch {
    // No path, or none that is there.
  }
  return `${quote} `;
}

/** Undefined where files are meant. */
async function argumentCandidates(shell: Shell, words: readonly string[]): Promise<ProvidedCompletion | undefined> {
  const own = await shellArguments(shell, words);
  if (own !== undefined) return { candidates: own, files: false };
  const expanded = withAlias(shell, words);
  const provider = shell.settings.completions?.get((expanded[0] as string).replace(/^.*\//, ""));
  if (provider === undefined) return undefined;
  const found = await shell.until(provider(expanded, expanded.length - 1, shell.process));
  return found.candidates.length === 0 && found.files ? undefined : found;
}

async function shellArguments(shell: Shell, words: readonly string[]): Promise<readonly string[] | undefined> {
  const partial = words.at(-1) as string;
  const expanded = withAlias(shell, words);
  const name = (expanded[0] as string).replace(/^.*\//, "");
  const fits = (list: readonly string[]): string[] => list.filter((each) => each.startsWith(partial));
  if (name === "fg" || name === "bg" || name === "disown") return fits(shell.jobs.all.map((job) => `%${job.number}`));
  if (name === "export" || name === "unset" || name === "declare" || name === "local") {
    return variableCandidates(shell, partial);
  }
  if (name === "type" || name === "which" || name === "man" || name === "hash")
    return commandCandidates(shell, partial);
  return undefined;
}

function withAlias(shell: Shell, words: readonly string[]): readonly string[] {
  const alias = shell.aliases.get(words[0] as string);
  return alias === undefined ? words : [...alias.trim().split(/\s+/), ...words.slice(1)];
}

/** How often a completion may ask to be begun anew (status 124), as bash counts. */
const MAX_RETRIES = 32;

/** What `complete` was told to do here; undefined where it was told nothing, or finds nothing and leaves it to others. */
async function programmedCompletion(
  shell: Shell,
  line: string,
  list: readonly Word[],
): Promise<Completion | undefined> {
  if (shell.completions.size === 0) return undefined;
  const broken = breakWords(list, shell.variables.get("COMP_WORDBREAKS") ?? "");
  const first = list[0]?.start ?? 0;
  const words = broken.map((each) => each.text);
  const word = broken.at(-1) as Word;
  for (let tries = 0; tries <= MAX_RETRIES; tries++) {
    const name = completionName(shell, words);
    const spec = name === undefined ? undefined : shell.completions.get(name);
    if (name === undefined || spec === undefined) return undefined;
    const completing = { name, options: new Set(spec.options) };
    shell.completing = completing;
    const { candidates, retry } = await generateCandidates(shell, spec, {
      words,
      index: words.length - 1,
      line: line.slice(first),
      point: line.length - first,
      command: words[0] ?? "",
    }).finally(() => {
      shell.completing = undefined;
    });
    if (retry) continue;
    const { options } = completing;
    const unique = [...new Set(candidates)];
    const common = {
      start: word.start,
      quote: word.quote,
      nospace: options.has("nospace"),
      noquote: options.has("noquote"),
    };
    if (unique.length > 0) {
      const paths = options.has("filenames") || spec.actions.has("file") || spec.actions.has("directory");
      const named = paths ? unique.map((each) => withSlash(shell, each)) : unique;
      return { ...common, candidates: options.has("nosort") ? named : named.sort(), paths };
    }
    if (options.has("bashdefault")) return undefined;
    if (options.has("default")) return { ...common, candidates: fileCandidates(shell, word.text), paths: true };
    return { ...common, candidates: [], paths: false };
  }
  return undefined;
}

/** Under which name the completion is kept: the command as typed, its last part, what an alias stands for, the default. */
function completionName(shell: Shell, words: readonly string[]): string | undefined {
  const [command = ""] = words;
  const { E: empty, I: initial, D: otherwise } = SPECIAL_COMPLETIONS;
  if (words.length === 1) return command === "" && shell.completions.has(empty) ? empty : initial;
  const alias = withAlias(shell, [command])[0] ?? command;
  const names = [command, command.replace(/^.*\//, ""), alias, otherwise];
  return names.find((name) => shell.completions.has(name));
}

/** Words as COMP_WORDS has them: broken at `:`, `=` and their like where nothing is quoted. */
function breakWords(words: readonly Word[], breaks: string): readonly Word[] {
  const at = new Set([...breaks].filter((char) => !/[\s"']/.test(char)));
  return words.flatMap((word) => {
    if (word.quote !== "" || !word.plain) return [word];
    const parts: Word[] = [];
    let begin = 0;
    const push = (end: number): void => {
      if (end > begin) parts.push({ ...word, start: word.start + begin, text: word.text.slice(begin, end) });
      begin = end;
    };
    for (let i = 0; i < word.text.length; i++) {
      const breaking = at.has(word.text.charAt(i));
      if (i > begin && breaking !== at.has(word.text.charAt(begin))) push(i);
    }
    push(word.text.length);
    // Behind a break a new, empty word begins; it stands for what is typed next.
    const last = parts.at(-1);
    const open = word === words.at(-1) && last !== undefined && at.has(last.text.charAt(0)) && word.text.length > 0;
    return parts.length === 0 ? [word] : open ? [...parts, { ...word, start: word.start + begin, text: "" }] : parts;
  });
}

function withSlash(shell: Shell, path: string): string {
  if (path.endsWith("/")) return path;
  try {
    return shell.process.files.stat(path).type === "directory" ? `${path}/` : path;
  } catch {
    // Not a path: a candidate like others.
    return path;
  }
}

/** The longest beginning that all share. */
export function commonPrefix(candidates: readonly string[], fold = false): string {
  let prefix = candidates[0] ?? "";
  const same = (a: string, b: string): boolean => a === b || (fold && a.toLowerCase() === b.toLowerCase());
  for (const candidate of candidates) {
    let length = 0;
    while (length < prefix.length && same(prefix.charAt(length), candidate.charAt(length))) length++;
    prefix = prefix.slice(0, length);
  }
  return prefix;
}

/** A completed word, quoted as the place it goes to needs. */
export function quoteCompletion(text: string, quote: Completion["quote"], typed = ""): string {
  if (quote === "'") return text.replaceAll("'", "'\\''");
  // Within double quotes an expansion that was typed so stays one.
  if (quote === '"') return /[$`]/.test(typed) && text.startsWith("$") ? text : text.replace(/[$`"\\]/g, "\\$&");
  if (text.startsWith("$") && typed.startsWith("$")) return text;
  const tilde = /^~[\w+.-]*(?=\/|$)/.exec(text)?.[0] ?? "";
  return tilde + text.slice(tilde.length).replace(/[\s$`"'\\*?[\]{}()<>|&;!#]/g, "\\$&");
}

/** What follows a single candidate. */
export function completionEnd(candidate: string, quote: Completion["quote"]): string {
  if (/[/=:]$/.test(candidate)) return "";
  return `${quote} `;
}
