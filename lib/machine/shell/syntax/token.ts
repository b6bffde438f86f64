/** Tokens of the shell's grammar, and where a reserved word may stand. */

/** Operators and reserved words are kinds of their own: their text. */
export type Token =
  | { readonly kind: "word" | "assignment" | "number" | "variable"; readonly text: string; readonly end: number }
  | {
      readonly kind: "arithmetic" | "operator" | "reserved" | "newline" | "end";
      readonly text: string;
      readonly end: number;
    };

/** Longest first. */
export const OPERATORS = [
  ";;&", "&>>", "<<<", "<<-", "&&", "||", "|&", ";;", ";&", "&>", "<<", ">>", "<&", ">&", "<>", ">|", "|", "&", ";", "(", ")", "<", ">",
]; // biome-ignore format: a table

/** What POSIX has; BusyBox's ash knows `&>` too. */
export const POSIX_OPERATORS = [
  "<<-", "&&", "||", ";;", "<<", ">>", "<&", ">&", "<>", ">|", "|", "&", ";", "(", ")", "<", ">",
]; // biome-ignore format: a table
export const ASH_OPERATORS = ["&>", ...POSIX_OPERATORS];

export const POSIX_RESERVED: ReadonlySet<string> = new Set([
  "if", "then", "else", "elif", "fi", "case", "esac", "for", "while", "until", "do", "done", "in", "{", "}", "!",
]); // biome-ignore format: a table
export const ASH_RESERVED: ReadonlySet<string> = new Set([...POSIX_RESERVED, "function"]);

export const REDIRECTIONS: ReadonlySet<string> = new Set([
  "<", ">", ">>", "<<", "<<-", "<<<", "<&", ">&", "<>", ">|", "&>", "&>>",
]); // biome-ignore format: a table

export const RESERVED: ReadonlySet<string> = new Set([
  "if", "then", "else", "elif", "fi", "case", "esac", "for", "select", "while", "until", "do", "done", "in", "function", "time", "{", "}", "!", "[[", "]]", "coproc",
]); // biome-ignore format: a table

const BEFORE_COMMAND: ReadonlySet<string> = new Set([
  "\n", ";", "(", ")", "|", "&", "{", "}", "&&", "!", "|&", "]]", "do", "done", "elif", "else", "esac", "fi", "if", "||", ";;", ";&", ";;&", "then", "time", "-p", "coproc", "until", "while", "",
]); // biome-ignore format: a table

/** True after a token that a command may follow, as bash's lexer sees it. */
export function commandMayFollow(last: Token | undefined, before: Token | undefined): boolean {
  if (last === undefined) return true;
  if (last.kind === "arithmetic") return true;
  if (last.kind === "operator" || last.kind === "reserved" || last.kind === "newline")
    return BEFORE_COMMAND.has(last.text);
  return (
    last.kind === "word" && before?.kind === "reserved" && (before.text === "coproc" || before.text === "function")
  );
}

/** What stands for a token in "unexpected token `...'". */
export function tokenText(token: Token): string {
  return token.kind === "newline" ? "newline" : token.text;
}
