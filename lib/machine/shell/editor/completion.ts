/** Tab: which word is meant, what fits, and how it is written into the line. */
import { runText } from "../run.ts";
import type { Shell } from "../shell.ts";
import { commandCandidates, fileCandidates, variableCandidates } from "./candidates.ts";

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
}

interface Word {
  readonly start: number;
  /** Without quotes and backslashes. */
  readonly text: string;
  readonly quote: "" | "'" | '"';
}

/** The words of the command that the cursor is in, the last one being typed. */
export function splitLine(line: string): { readonly words: readonly Word[]; readonly command: boolean } {
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
      if (open) words.push({ start, text, quote: "" });
      open = false;
    } else if (char === "<" || char === ">") {
      if (open && i > start) words.push({ start, text, quote: "" });
      words.push({ start: i, text: char, quote: "" });
      open = false;
    } else text += char;
  }
  words.push(
    open ? { start: quoteStart(line, start, quote), text, quote } : { start: line.length, text: "", quote: "" },
  );
  return { words, command: true };
}

function quoteStart(line: string, start: number, quote: string): number {
  return quote !== "" && line.charAt(start) === quote ? start + 1 : start;
}

const KEYWORDS_BEFORE_COMMAND = /^(?:if|then|else|elif|while|until|do|!|\{|time|sudo|exec|command|nohup|watch|xargs)$/;

export async function complete(shell: Shell, line: string): Promise<Completion> {
  const { words } = splitLine(line);
  let list = words;
  while (list.length > 1 && (KEYWORDS_BEFORE_COMMAND.test(list[0]?.text ?? "") || /^\w+=/.test(list[0]?.text ?? ""))) {
    list = list.slice(1);
  }
  const word = list.at(-1) as Word;
  shell.completing = undefined;
  const result = (candidates: readonly string[], paths = false): Completion => ({
    start: word.start,
    candidates: [...new Set(candidates)].sort(),
    quote: word.quote,
    paths,
    nospace: shell.completing?.has("nospace") ?? false,
  });
  const variable = /\$(\{?)(\w*)$/.exec(word.text);
  if (variable !== null && word.quote !== "'") {
    const [whole, brace, name] = variable as unknown as [string, string, string];
    const head = word.text.slice(0, word.text.length - whole.length);
    const names = variableCandidates(shell, name);
    return { ...result(names.map((each) => `${head}$${brace}${each}${brace === "" ? "" : "}"}`)), quote: '"' };
  }
  const redirected = /^[<>]$/.test(list.at(-2)?.text ?? "");
  if (redirected) return result(fileCandidates(shell, word.text), true);
  if (list.length === 1) {
    if (word.text.includes("/")) return result(fileCandidates(shell, word.text), true);
    return result(await commandCandidates(shell, word.text));
  }
  const special = await argumentCandidates(
    shell,
    list.map((each) => each.text),
  );
  if (special !== undefined) return result(special);
  const directories = /^(?:cd|pushd|rmdir)$/.test(list[0]?.text ?? "");
  return result(fileCandidates(shell, word.text, directories), true);
}

async function argumentCandidates(shell: Shell, words: readonly string[]): Promise<readonly string[] | undefined> {
  const partial = words.at(-1) as string;
  let expanded = words;
  const alias = shell.aliases.get(words[0] as string);
  if (alias !== undefined) expanded = [...alias.trim().split(/\s+/), ...words.slice(1)];
  const name = (expanded[0] as string).replace(/^.*\//, "");
  const fits = (list: readonly string[]): string[] => list.filter((each) => each.startsWith(partial));
  if (name === "fg" || name === "bg" || name === "disown") return fits(shell.jobs.all.map((job) => `%${job.number}`));
  if (name === "export" || name === "unset" || name === "declare" || name === "local") {
    return variableCandidates(shell, partial);
  }
  if (name === "type" || name === "which" || name === "man" || name === "hash")
    return commandCandidates(shell, partial);
  const own = shell.completions.get(name);
  shell.completing = new Set(own?.options);
  if (own?.words !== undefined || (own?.function !== undefined && shell.functions.has(own.function))) {
    const candidates =
      own.words === undefined
        ? await functionCandidates(shell, own.function as string, expanded)
        : own.words.split(/\s+/).filter((each) => each !== "");
    const fitting = fits(candidates);
    const fallsBack = shell.completing.has("default") || shell.completing.has("bashdefault");
    return fitting.length === 0 && fallsBack ? undefined : fitting;
  }
  const provider = shell.settings.completions?.get(name);
  if (provider === undefined) return undefined;
  const found = await shell.until(provider(expanded, expanded.length - 1, shell.process));
  return found.length === 0 ? undefined : found;
}

/** `complete -F`: the function finds words in COMP_WORDS and leaves candidates in COMPREPLY. */
async function functionCandidates(shell: Shell, name: string, words: readonly string[]): Promise<readonly string[]> {
  shell.variables.setArray("COMP_WORDS", words);
  shell.variables.set("COMP_CWORD", String(words.length - 1));
  shell.variables.set("COMP_LINE", words.join(" "));
  shell.variables.set("COMP_POINT", String(words.join(" ").length));
  shell.variables.unset("COMPREPLY");
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const before = shell.lastStatus;
  await runText(shell, `${name} ${quote(words[0] ?? "")} ${quote(words.at(-1) ?? "")} ${quote(words.at(-2) ?? "")}`, {
    name: shell.source.name,
  });
  shell.lastStatus = before;
  return shell.variables.lookup("COMPREPLY")?.array?.values() ?? [];
}

/** The longest beginning that all share. */
export function commonPrefix(candidates: readonly string[]): string {
  let prefix = candidates[0] ?? "";
  for (const candidate of candidates) {
    let length = 0;
    while (length < prefix.length && prefix.charAt(length) === candidate.charAt(length)) length++;
    prefix = prefix.slice(0, length);
  }
  return prefix;
}

/** A completed word, quoted as the place it goes to needs. */
export function quoteCompletion(text: string, quote: Completion["quote"]): string {
  if (quote === "'") return text.replaceAll("'", "'\\''");
  if (quote === '"') return text;
  const tilde = /^~[\w+.-]*(?=\/|$)/.exec(text)?.[0] ?? "";
  return tilde + text.slice(tilde.length).replace(/[\s$`"'\\*?[\]{}()<>|&;!#]/g, "\\$&");
}

/** What follows a single candidate. */
export function completionEnd(candidate: string, quote: Completion["quote"]): string {
  if (/[/=:]$/.test(candidate)) return "";
  return candidate.includes("$") ? "" : `${quote} `;
}
