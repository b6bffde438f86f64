/** The candidates of a completion: actions, globs, words, a function, a command; filtered and dressed (pcomplete.c). */
import { builtinCandidates, fileCandidates } from "../editor/candidates.ts";
import { expandWords } from "../expand.ts";
import { globPaths } from "../glob.ts";
import { parseSource } from "../parse.ts";
import { compilePattern } from "../pattern.ts";
import { runText } from "../run.ts";
import type { Shell } from "../shell.ts";
import { captureOutput } from "../subshell.ts";
import type { CompletionSpec } from "./spec.ts";

/** Where a completion takes place. */
interface CompletionPlace {
  /** The command first, the word being typed last of those before the cursor. */
  readonly words: readonly string[];
  readonly index: number;
  readonly line: string;
  /** Position of the cursor in `line`. */
  readonly point: number;
  /** What the function or command is told to complete. */
  readonly command: string;
}

/** The function asked for the whole completion to begin anew: it may have loaded a better one. */
const RETRY_STATUS = 124;

interface Generated {
  readonly candidates: readonly string[];
  readonly retry: boolean;
}

export async function generateCandidates(
  shell: Shell,
  spec: CompletionSpec,
  place: CompletionPlace,
): Promise<Generated> {
  const word = place.words[place.index] ?? "";
  let candidates: string[] = [];
  let retry = false;
  for (const action of spec.actions) {
    for (const found of await builtinCandidates(shell, action, word))
      if (found.startsWith(word)) candidates.push(found);
  }
  if (spec.glob !== undefined) candidates = candidates.concat(await globPaths(shell, spec.glob));
  if (spec.words !== undefined) {
    const listed = await expandWordList(shell, spec.words);
    for (const each of listed) if (each.startsWith(word)) candidates.push(each);
  }
  if (spec.function !== undefined) {
    const found = await ofFunction(shell, spec.function, place);
    retry = found.retry;
    candidates = candidates.concat(found.candidates);
  }
  if (spec.command !== undefined) candidates = candidates.concat(await ofCommand(shell, spec.command, place));
  if (spec.filter !== undefined) candidates = await filtered(shell, candidates, spec.filter, word);
  const { prefix = "", suffix = "" } = spec;
  if (prefix !== "" || suffix !== "") candidates = candidates.map((each) => prefix + each + suffix);
  const directories = (): string[] => fileCandidates(shell, word, true).map((path) => path.replace(/\/$/, ""));
  if (spec.options.has("dirnames") && candidates.length === 0) candidates = directories();
  else if (spec.options.has("plusdirs")) candidates = candidates.concat(directories());
  return { candidates, retry };
}

/** Characters between two payments. */
const PAID_AT_ONCE = 8192;

/** `-W`: split at IFS where nothing is quoted, then each word expanded; paths are not. */
async function expandWordList(shell: Shell, list: string): Promise<readonly string[]> {
  const out: string[] = [];
  const globbed = !shell.option("noglob");
  shell.setOptions.add("noglob");
  try {
    for await (const piece of splitWordList(shell, list)) {
      if (!/[$`"'\\]/.test(piece)) out.push(piece);
      else for (const word of await expandPiece(shell, piece)) out.push(word);
    }
  } finally {
    if (globbed) shell.setOptions.delete("noglob");
  }
  return out;
}

/** The words of a list as written: their quotes and expansions are still in them. */
async function* splitWordList(shell: Shell, list: string): AsyncGenerator<string> {
  const { separators } = shell;
  let start = -1;
  let quote = "";
  let depth = 0;
  for (let i = 0; i < list.length; i++) {
    if (i % PAID_AT_ONCE === 0) {
      const paid = shell.process.spend(PAID_AT_ONCE >> 3);
      if (paid !== undefined) await paid;
    }
    const char = list.charAt(i);
    if (quote === "" && depth === 0 && separators.includes(char)) {
      if (start !== -1) yield list.slice(start, i);
      start = -1;
      continue;
    }
    if (start === -1) start = i;
    if (char === "\\" && quote !== "'") i++;
    else if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === "'" || char === '"' || char === "`") quote = char;
    else if (char === "$" && /[({]/.test(list.charAt(i + 1))) {
      depth++;
      i++;
    } else if (depth > 0) {
      if (char === "(" || char === "{") depth++;
      if (char === ")" || char === "}") depth--;
    }
  }
  if (start !== -1) yield list.slice(start);
}

/** One word of a list with something to expand in it. */
async function expandPiece(shell: Shell, piece: string): Promise<readonly string[]> {
  const parsed = parseSource({ name: shell.source.name, text: `: ${withoutOperators(piece)}`, firstLine: 1 });
  const command = parsed.kind === "script" ? parsed.script.commands[0]?.command : undefined;
  if (command?.type !== "Command") {
    await shell.complain(
      `completion: ${parsed.kind === "problem" ? (parsed.problem.messages[0]?.text ?? "syntax error") : "unexpected end of a word"}`,
    );
    return [];
  }
  return expandWords(
    shell,
    command.suffix.filter((each) => each.type === "Word"),
  );
}

/** The word as an argument of a command line: what would end a command is quoted. */
function withoutOperators(piece: string): string {
  let out = "";
  let quote = "";
  let depth = 0;
  for (let i = 0; i < piece.length; i++) {
    const char = piece.charAt(i);
    const next = piece.charAt(i + 1);
    if (char === "\\" && quote !== "'") {
      out += char + next;
      i++;
    } else if (quote !== "") {
      if (char === quote) quote = "";
      out += char;
    } else if (char === "'" || char === '"' || char === "`") {
      quote = char;
      out += char;
    } else if (char === "$" && (next === "(" || next === "{")) {
      depth++;
      out += char + next;
      i++;
    } else if (depth > 0) {
      if (char === "(" || char === "{") depth++;
      if (char === ")" || char === "}") depth--;
      out += char;
    } else if (char === "\n") out += "$'\\n'";
    else out += /[|&;<>()#\s]/.test(char) ? `\\${char}` : char;
  }
  return out;
}

/** `-X`: takes away what matches, or with `!` what does not; `&` is the word being completed. */
async function filtered(shell: Shell, candidates: readonly string[], filter: string, word: string): Promise<string[]> {
  const negated = filter.startsWith("!");
  const escaped = word.replace(/[\\*?[\]]/g, "\\$&");
  const text = (negated ? filter.slice(1) : filter).replace(/\\&|&/g, (each) => (each === "&" ? escaped : "&"));
  const pattern = compilePattern(text, { extended: shell.shopt("extglob"), ignoreCase: shell.shopt("nocasematch") });
  const out: string[] = [];
  for (const candidate of candidates) {
    const paid = shell.process.spend(1 + (candidate.length >> 4));
    if (paid !== undefined) await paid;
    if (pattern.test(candidate) === negated) out.push(candidate);
  }
  return out;
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function call(name: string, place: CompletionPlace): string {
  const { words, index, command } = place;
  return `${name} ${quote(command)} ${quote(words[index] ?? "")} ${quote(words[index - 1] ?? "")}`;
}

const PLACE_VARIABLES = ["COMP_LINE", "COMP_POINT", "COMP_TYPE", "COMP_KEY"] as const;

function tellPlace(shell: Shell, place: CompletionPlace): void {
  shell.variables.set("COMP_LINE", place.line);
  shell.variables.set("COMP_POINT", String(place.point));
  // Tab, asked for a plain completion.
  shell.variables.set("COMP_TYPE", "9");
  shell.variables.set("COMP_KEY", "9");
}

/** `-F`: the function finds words in COMP_WORDS and leaves candidates in COMPREPLY. */
async function ofFunction(shell: Shell, name: string, place: CompletionPlace): Promise<Generated> {
  if (!shell.functions.has(name)) {
    await shell.complain(`completion: function \`${name}' not found`);
    return { candidates: [], retry: false };
  }
  tellPlace(shell, place);
  shell.variables.setArray("COMP_WORDS", place.words);
  shell.variables.set("COMP_CWORD", String(place.index));
  shell.variables.unset("COMPREPLY");
  const before = shell.lastStatus;
  const status = await runText(shell, call(name, place), { name: shell.source.name });
  shell.lastStatus = before;
  const reply = shell.variables.lookup("COMPREPLY")?.array?.values() ?? [];
  for (const variable of [...PLACE_VARIABLES, "COMP_WORDS", "COMP_CWORD", "COMPREPLY"]) shell.variables.unset(variable);
  return { candidates: reply, retry: status === RETRY_STATUS };
}

/** `-C`: a command prints them, one a line; a backslash keeps lines together. */
async function ofCommand(shell: Shell, command: string, place: CompletionPlace): Promise<readonly string[]> {
  const settings = PLACE_VARIABLES.map((variable) => `export ${variable};`).join(" ");
  const parsed = parseSource({ name: shell.source.name, text: `${settings} ${call(command, place)}`, firstLine: 1 });
  if (parsed.kind !== "script") return [];
  tellPlace(shell, place);
  const before = shell.lastStatus;
  const output = await captureOutput(shell, { ...parsed.script, source: `${settings} ${call(command, place)}` });
  shell.lastStatus = before;
  for (const variable of PLACE_VARIABLES) shell.variables.unset(variable);
  return output === "" ? [] : output.split(/(?<!\\)\n/).map((line) => line.replaceAll("\\\n", "\n"));
}
