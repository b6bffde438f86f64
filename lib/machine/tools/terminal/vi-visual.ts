/** vi's visual mode: what is selected between two places, and what is done with it. */
import type { Place, ViText } from "./vi-text.ts";

export interface Visual {
  readonly anchor: Place;
  readonly linewise: boolean;
}

/** `to` is the last character that belongs to it. */
export interface Selection {
  readonly from: Place;
  readonly to: Place;
  readonly linewise: boolean;
}

export function selectionOf(text: ViText, { anchor, linewise }: Visual): Selection {
  const here = { row: text.row, column: text.column };
  const before = anchor.row < here.row || (anchor.row === here.row && anchor.column <= here.column);
  const [from, to] = before ? [anchor, here] : [here, anchor];
  return { from, to, linewise };
}

/** Does what a key means to a selection. True where typing follows. */
export function changeSelection(text: ViText, selection: Selection, key: string): boolean {
  const { from, to } = selection;
  const linewise = selection.linewise || /^[XDSRYC]$/.test(key);
  const end = { row: to.row, column: to.column + 1 };
  const first = () => {
    text.row = from.row;
    text.column = linewise ? text.column : from.column;
  };
  switch (key) {
    case "y":
    case "Y":
      if (linewise) text.yankLines(from.row, to.row);
      else text.yankRange(from, end);
      first();
      return false;
    case "J":
      text.row = from.row;
      for (let row = from.row; row < Math.max(to.row, from.row + 1); row++) text.join();
      return false;
    case "u":
    case "U":
    case "~":
      for (let row = from.row; row <= to.row; row++) {
        const line = text.lines[row] ?? "";
        const start = linewise || row > from.row ? 0 : from.column;
        const stop = linewise || row < to.row ? line.length : end.column;
        text.lines[row] = line.slice(0, start) + folded(line.slice(start, stop), key) + line.slice(stop);
      }
      first();
      return false;
    case "p": {
      const put = text.register;
      if (linewise) text.deleteLines(from.row, to.row);
      else text.deleteRange(from, end);
      const taken = text.register;
      text.register = put;
      text.put(linewise ? from.row > text.row : from.column > text.column);
      text.register = taken;
      return false;
    }
    case "c":
    case "s":
    case "C":
    case "S":
    case "R":
      if (linewise) {
        text.yankLines(from.row, to.row);
        text.lines.splice(from.row, to.row - from.row + 1, "");
        text.row = from.row;
        text.column = 0;
      } else text.deleteRange(from, end);
      return true;
    default:
      if (linewise) text.deleteLines(from.row, to.row);
      else text.deleteRange(from, end);
      return false;
  }
}

function folded(text: string, key: string): string {
  if (key === "u") return text.toLowerCase();
  if (key === "U") return text.toUpperCase();
  return Array.from(text, (char) => (char === char.toUpperCase() ? char.toLowerCase() : char.toUpperCase())).join("");
}
