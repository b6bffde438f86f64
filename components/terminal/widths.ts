/**
 * How many columns xterm gives a character: as many as the programs behind it count (wcwidth), or their cursors would
 * be elsewhere. Families of emoji are as wide as their members, as bash, vi and less count them, too.
 */
import type { IUnicodeVersionProvider, Terminal } from "@xterm/xterm";
import { codePointWidth } from "../../lib/machine/tty/width.ts";

const VERSION = "statecraft";

/** Columns and "joins the character before" as one number, as xterm keeps them. */
function properties(columns: number, joins: boolean): number {
  return (columns << 1) | (joins ? 1 : 0);
}

const widths: IUnicodeVersionProvider = {
  version: VERSION,
  wcwidth: (codePoint) => codePointWidth(codePoint),
  charProperties(codePoint, preceding) {
    const columns = codePointWidth(codePoint);
    const before = (preceding >> 1) & 3;
    // A mark has the place of what it stands on.
    return columns === 0 && preceding !== 0 && before > 0 ? properties(before, true) : properties(columns, false);
  },
};

/** Makes a terminal count so. */
export function countColumns(terminal: Pick<Terminal, "unicode">): void {
  terminal.unicode.register(widths);
  terminal.unicode.activeVersion = VERSION;
}
