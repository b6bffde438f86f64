/** A command of several lines as one of the history (bash's `cmdhist`). */

/** Words and signs behind which no semicolon may stand. */
const OPEN = /(?:^|[\s;&|(){}!])(?:do|then|else|elif|if|while|until|case|in|for|select|!|time)$|[;&|({]$|\)$/;

export function joinHistory(lines: readonly string[]): string {
  let out = lines[0] ?? "";
  let ending: string | undefined = hereDocument(out);
  for (const line of lines.slice(1)) {
    if (ending !== undefined) {
      out += `\n${line}`;
      if (line.trim() === ending) ending = undefined;
      continue;
    }
    if (openQuote(out)) out += `\n${line}`;
    else if (/(^|[^\\])(\\\\)*\\$/.test(out)) out = out.slice(0, -1) + line;
    else if (out.trim() === "") out = line;
    else if (line.trim() === "") continue;
    else out += `${OPEN.test(out.trimEnd()) || /^\s*in\b/.test(line) ? " " : "; "}${line}`;
    ending = hereDocument(line);
  }
  return out;
}

/** The word that ends a here-document that a line begins. */
function hereDocument(line: string): string | undefined {
  return /<<-?\s*(['"]?)([^\s'"<>;&|()]+)\1/.exec(line.replace(/<<</g, "   "))?.[2];
}

/** The text ends within quotes. */
function openQuote(text: string): boolean {
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "\\" && quote !== "'") at++;
    else if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === "'" || char === '"' || char === "`") quote = char;
    else if (char === "#" && /(^|\s)$/.test(text.slice(0, at))) at = Math.max(at, text.indexOf("\n", at) - 1, at);
  }
  return quote !== "";
}
