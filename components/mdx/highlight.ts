/** Colours for code in lesson texts, found on the server: no JavaScript travels for it. Pure. */

type TokenKind = "k" | "s" | "n" | "c" | undefined;
interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

/** In order of preference at each place: what the language is made of. Group 1 is what gets the colour. */
const grammars: Readonly<Record<string, readonly (readonly [RegExp, Exclude<TokenKind, undefined>])[]>> = {
  yaml: [
    [/(#.*)$/y, "c"],
    [/("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(?!\s*:)/y, "s"],
    [/([\w./-]+|"[^"]*")(?=\s*:(?:\s|$))/y, "k"],
    [/\b(\d[\d.]*(?:Mi|Gi|Ki|m)?|true|false|null)\b(?![\w.:/-])/y, "n"],
  ],
  sh: [
    [/(#.*)$/y, "c"],
    [/('[^']*'|"(?:[^"\\]|\\.)*")/y, "s"],
    [/(kubectl|cat|echo|for|do|done|while|if|then|fi|sleep|nslookup|curl|wget)\b(?!\S*=)/y, "k"],
    [/(--?[a-zA-Z][\w-]*)/y, "n"],
  ],
};

/** A word is only coloured from its beginning. */
const INSIDE_WORD = /[\w./:-]/;

export function highlightLine(language: string, line: string): readonly Token[] {
  const rules = grammars[language === "yml" ? "yaml" : language === "bash" ? "sh" : language];
  if (rules === undefined) return [{ kind: undefined, text: line }];
  const tokens: Token[] = [];
  let plain = "";
  let index = 0;
  const flush = () => {
    if (plain !== "") tokens.push({ kind: undefined, text: plain });
    plain = "";
  };
  while (index < line.length) {
    const rest = index > 0 && INSIDE_WORD.test(line[index - 1] ?? "") ? undefined : matchAt(rules, line, index);
    if (rest === undefined) {
      plain += line[index];
      index++;
      continue;
    }
    flush();
    tokens.push(rest);
    index += rest.text.length;
  }
  flush();
  return tokens;
}

function matchAt(
  rules: readonly (readonly [RegExp, Exclude<TokenKind, undefined>])[],
  line: string,
  index: number,
): Token | undefined {
  for (const [pattern, kind] of rules) {
    pattern.lastIndex = index;
    const text = pattern.exec(line)?.[1];
    if (text !== undefined && text !== "") return { kind, text };
  }
  return undefined;
}

/** "run", "file=web.yaml" behind the language of a code fence. */
export function readMeta(meta: string | undefined): { readonly run: boolean; readonly file: string | undefined } {
  const words = (meta ?? "").split(/\s+/);
  return {
    run: words.includes("run"),
    file: words.find((word) => word.startsWith("file="))?.slice("file=".length),
  };
}

/** The command lines of a block: comments left out, lines that end in a backslash joined with the next. */
export function commandsIn(text: string): readonly string[] {
  return text
    .replace(/\\\n/g, "\\\u0000")
    .split("\n")
    .map((line) => line.replaceAll("\u0000", "\n").trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
