/** What `sort --debug` says: warnings about keys, and lines under the part of each line that is compared. */
import { codePointWidth } from "../../tty/width.ts";
import { fromBinary } from "./binary.ts";
import { isBlank, type Key, keyEnd, keyStart, monthOf, realNumber, UNITS } from "./sort-keys.ts";

const END = Number.POSITIVE_INFINITY;

/** Warnings in the order in which they are printed. `only`: the key stands for the options outside of keys. */
export function keyWarnings(
  keys: readonly Key[],
  globals: Key,
  options: {
    readonly only: boolean;
    readonly tab: string | undefined;
    readonly stable: boolean;
    readonly unique: boolean;
  },
): string[] {
  const warnings: string[] = [];
  const left = new Set(globals.flags);
  let blanks = globals.skipStart;
  for (const [index, key] of keys.entries()) {
    const number = index + 1;
    const zeroWidth = key.fromField !== END && key.toField < key.fromField;
    if (zeroWidth) warnings.push(`key ${number} has zero width and will be ignored`);
    const implicit = /[gMnh]/.test(key.flags);
    const lineOffset = key.toField === 0 && key.toChar !== 0;
    if (
      !zeroWidth &&
      !options.only &&
      options.tab === undefined &&
      !lineOffset &&
      ((!key.skipStart && !implicit) || (!key.skipStart && key.fromChar > 0) || (!key.skipEnd && key.toChar > 0))
    )
      warnings.push(`leading blanks are significant in key ${number}; consider also specifying 'b'`);
    if (!options.only && /[gnh]/.test(key.flags)) {
      const from = (key.fromField === END ? 0 : key.fromField) + 1;
      const to = key.toField === END ? 0 : key.toField + 1;
      if (to === 0 || from < to) warnings.push(`key ${number} is numeric and spans multiple fields`);
    }
    for (const letter of key.flags) left.delete(letter);
    if (key.skipStart || key.skipEnd) blanks = false;
  }
  const reverse = left.delete("r");
  const shown = (blanks ? "b" : "") + [..."dfghiMnRV"].filter((letter) => left.has(letter)).join("");
  if (keys.some((key) => /[ngh]/.test(key.flags)))
    warnings.push("note numbers use ‘.’ as a decimal point in this locale");
  const used = options.only;
  if (shown !== "" && !used)
    warnings.push(shown.length === 1 ? `option '-${shown}' is ignored` : `options '-${shown}' are ignored`);
  if (reverse && !options.stable && !options.unique && keys.length > 0 && !used)
    warnings.push("option '-r' only applies to last-resort comparison");
  return warnings;
}

/** Of blanks, of characters as a terminal shows them; a tab is one. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of fromBinary(text)) {
    const code = character.codePointAt(0) ?? 0;
    if (character === "\t") width++;
    else if (code >= 32 && code !== 127) width += codePointWidth(code);
  }
  return width;
}

function marked(line: string, from: number, to: number): string {
  const width = widthOf(line.slice(from, to));
  return `${" ".repeat(widthOf(line.slice(0, from)))}${width === 0 ? "^ no match for key" : "_".repeat(width)}\n`;
}

/** The lines under one line; `last`: also of the comparison that decides where no key does. */
export function underlines(line: string, keys: readonly Key[], tab: string | undefined, last: boolean): string {
  let out = "";
  for (const key of keys) {
    let from = key.fromField === END ? 0 : keyStart(line, key, tab);
    let to = Math.max(from, keyEnd(line, key, tab));
    if ((key.skipStart && key.fromField === END) || /[Mgnh]/.test(key.flags)) {
      const limit = to;
      while (from < limit && isBlank(line[from])) from++;
      const rest = line.slice(from, limit);
      if (key.flags.includes("M")) to = from + (monthOf(rest) > 0 ? 3 : 0);
      else if (key.flags.includes("g")) to = from + (realNumber(rest)?.length ?? 0);
      else if (/[nh]/.test(key.flags)) {
        const digits = /^-?(?:\d+(?:\.\d*)?|\.\d+)/.exec(rest)?.[0] ?? "";
        const unit = line[from + digits.length] ?? "";
        to = from + digits.length;
        if (digits !== "" && key.flags.includes("h") && unit !== "" && (UNITS + "k").includes(unit)) to++;
      }
    }
    out += marked(line, from, to);
  }
  return last || keys.length === 0 ? out + marked(line, 0, line.length) : out;
}
