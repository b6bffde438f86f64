/** The `s` command of sed(1). */
import type { Match } from "./regex.ts";
import type { Command } from "./sed-script.ts";
import { SedText } from "./sed-text.ts";
import type { AnyTool } from "./tool.ts";

/** The new text; undefined where nothing matched. */
export async function substitute(tool: AnyTool, text: string, command: Command): Promise<string | undefined> {
  const { pattern, replacement = "", global = false, occurrence = 1 } = command;
  if (pattern === undefined) return undefined;
  let out = "";
  /** Copied up to here. */
  let from = 0;
  let at = 0;
  let lastEnd = -1;
  let count = 0;
  let changed = false;
  while (at <= text.length) {
    const match = pattern.find(text, at);
    if (match === undefined) break;
    const empty = match.end === match.start;
    // An empty match right after the one before is none.
    if (!(empty && match.start === lastEnd)) {
      count++;
      out += text.slice(from, match.start);
      from = match.end;
      lastEnd = match.end;
      if (count >= occurrence) {
        out += expand(replacement, match);
        changed = true;
        if (!global) break;
      } else out += text.slice(match.start, match.end);
    }
    at = match.end;
    if (empty) {
      at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
      out += text.slice(from, at);
      from = Math.min(at, text.length);
    }
    const spent = tool.spend(1 + ((text.length - at) >> 5));
    if (spent !== undefined) await spent;
    if (out.length > 8 << 20) await tool.die("couldn't allocate memory", 4);
  }
  return changed ? out + text.slice(from) : undefined;
}

/** `&`, `\1`, `\n`, and GNU's case changes `\U \L \u \l \E`. */
function expand(replacement: string, match: Match): string {
  let out = "";
  let mode: "U" | "L" | undefined;
  let once: "u" | "l" | undefined;
  const add = (text: string) => {
    let next = mode === "U" ? text.toUpperCase() : mode === "L" ? text.toLowerCase() : text;
    if (once !== undefined && next !== "") {
      next = (once === "u" ? next[0]?.toUpperCase() : next[0]?.toLowerCase()) + next.slice(1);
      once = undefined;
    }
    out += next;
  };
  for (let at = 0; at < replacement.length; at++) {
    const character = replacement[at] as string;
    if (character === "&") add(match.groups[0] ?? "");
    else if (character !== "\\") add(character);
    else {
      const next = replacement[++at] ?? "\\";
      if (/\d/.test(next)) add(match.groups[Number(next)] ?? "");
      else if (next === "U" || next === "L") mode = next;
      else if (next === "E") mode = undefined;
      else if (next === "u" || next === "l") once = next;
      else {
        const [made, length] = SedText.escape(replacement, at - 1);
        add(made ?? next);
        if (made !== undefined) at += length - 2;
      }
    }
  }
  return out;
}
