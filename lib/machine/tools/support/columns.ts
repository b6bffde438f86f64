/** Text laid out in the columns of a terminal: tabs, wide characters, control characters. */
import { codePointWidth } from "../../tty/width.ts";

/** What a line looks like, cut at `columns`; `left` columns are scrolled away. */
export function fitted(text: string, columns: number, left = 0): string {
  let out = "";
  let at = 0;
  for (const character of text) {
    const [shown, width] = cell(character, at);
    if (at >= left && at + width <= left + columns) out += shown;
    at += width;
    if (at >= left + columns) break;
  }
  return out;
}

function cell(character: string, at: number): readonly [string, number] {
  const code = character.codePointAt(0) ?? 0;
  if (character === "\t") {
    const width = 8 - (at % 8);
    return [" ".repeat(width), width];
  }
  if (code < 32 || code === 127) return [`^${String.fromCharCode(code ^ 64)}`, 2];
  return [character, codePointWidth(code)];
}
