/** Insert and replace mode (edit.c). */
import { blanks } from "./operators.ts";
import type { Step, Vi } from "./state.ts";
import { classAt, columnAt, firstNonBlank, nextAt, previousAt } from "./text.ts";

/** How a bracketed paste arrives as one key. */
export const PASTED = "\x1b[200~";

/** What vim's digraphs are asked for most: letters with marks, a few signs. */
const DIGRAPHS: Readonly<Record<string, string>> = {
  "a:": "ä",
  "o:": "ö",
  "u:": "ü",
  "A:": "Ä",
  "O:": "Ö",
  "U:": "Ü",
  ss: "ß",
  "e'": "é",
  "e!": "è",
  "e>": "ê",
  "a'": "á",
  "a!": "à",
  "i'": "í",
  "o'": "ó",
  "u'": "ú",
  "n?": "ñ",
  "c,": "ç",
  aa: "å",
  AA: "Å",
  "o/": "ø",
  ae: "æ",
  Eu: "€",
  Pd: "£",
  Ye: "¥",
  Co: "©",
  Rg: "®",
  DG: "°",
  "+-": "±",
  "->": "→",
  "<-": "←",
  My: "µ",
  "<<": "«",
  ">>": "»",
  "12": "½",
};

/** Types until escape. `count`: what was typed comes so often. `line`: each on a line of its own (o, O). */
export function* insertMode(vi: Vi, count: number, line = false, replace = false): Step<void> {
  vi.mode = replace ? "replace" : "insert";
  vi.message = undefined;
  let text = "";
  /** Where this insertion began: with `replace`, what was there. */
  let old: { readonly row: number; readonly text: string } | undefined = replace
    ? { row: vi.cursor.row, text: vi.line }
    : undefined;
  let typedSince = "";
  const moved = (): void => {
    vi.buffer.commit(vi.now());
    vi.buffer.begin(vi.cursor);
    text = "";
    old = replace ? { row: vi.cursor.row, text: vi.line } : undefined;
    count = 1;
  };
  const put = (added: string): void => {
    typeText(vi, added, replace);
    text += added;
    typedSince += added;
  };
  for (;;) {
    const key = yield* vi.key();
    const { row, column } = vi.cursor;
    if (key === "\x1b" || key === "\x03") break;
    switch (key) {
      case "\r":
      case "\n":
        newLine(vi);
        text += "\n";
        break;
      case "\x7f":
      case "\b":
        if (replace) putBack(vi, old);
        else if (column > 0) {
          const tabs = vi.options.softtabstop > 0 && /(^|[^ ]) +$/.test(vi.line.slice(0, column));
          let from = previousAt(vi.line, column);
          if (tabs) {
            const at = columnAt(vi.line, column, vi.cells);
            const wanted = Math.floor((at - 1) / vi.options.softtabstop) * vi.options.softtabstop;
            while (from > 0 && vi.line.charAt(from - 1) === " " && columnAt(vi.line, from, vi.cells) > wanted) from--;
          }
          vi.line = vi.line.slice(0, from) + vi.line.slice(column);
          vi.go({ row, column: from });
        } else if (row > 0) joinBack(vi);
        text = text.slice(0, -1);
        break;
      case "<Del>":
        if (column < vi.line.length) vi.line = vi.line.slice(0, column) + vi.line.slice(nextAt(vi.line, column));
        else if (row < vi.lastRow) {
          vi.line += vi.buffer.line(row + 1);
          vi.buffer.deleteLines(row + 1, 1);
        }
        break;
      case "\x17": {
        if (column === 0) {
          if (row > 0) joinBack(vi);
          break;
        }
        let from = column;
        while (from > 0 && classAt(vi.line, previousAt(vi.line, from)) === 0) from = previousAt(vi.line, from);
        const kind = from > 0 ? classAt(vi.line, previousAt(vi.line, from)) : 0;
        while (from > 0 && kind !== 0 && classAt(vi.line, previousAt(vi.line, from)) === kind)
          from = previousAt(vi.line, from);
        // What was typed goes first, what was there before only with the next.
        const typed = column - typedSince.length;
        if (typedSince !== "" && from < typed && typed < column) from = typed;
        vi.line = vi.line.slice(0, from) + vi.line.slice(column);
        vi.go({ row, column: from });
        text = "";
        typedSince = "";
        break;
      }
      case "\x15": {
        const typed = column - typedSince.length;
        const indent = firstNonBlank(vi.line);
        const from = typedSince !== "" && typed >= 0 ? typed : column > indent ? indent : 0;
        if (column === 0 && row > 0) joinBack(vi);
        else {
          vi.line = vi.line.slice(0, from) + vi.line.slice(column);
          vi.go({ row, column: from });
        }
        text = "";
        typedSince = "";
        break;
      }
      case "<Left>":
      case "<Right>":
      case "<Up>":
      case "<Down>":
      case "<Home>":
      case "<End>":
      case "<C-Left>":
      case "<C-Right>":
      case "<PageUp>":
      case "<PageDown>":
        typedSince = "";
        arrow(vi, key);
        moved();
        break;
      case "\x14":
      case "\x04":
        shift(vi, key === "\x14" ? 1 : -1);
        break;
      case "\x05":
      case "\x19": {
        const other = vi.lines[row + (key === "\x05" ? 1 : -1)];
        const at = columnAt(vi.line, column, vi.cells);
        let index = 0;
        while (other !== undefined && index < other.length && columnAt(other, index, vi.cells) < at)
          index = nextAt(other, index);
        const copied = other?.slice(index, nextAt(other, index)) ?? "";
        if (copied !== "") put(copied);
        break;
      }
      case "\x12": {
        const name = yield* vi.key();
        const register = vi.register(name);
        if (register !== undefined) {
          for (const [index, each] of register.text.entries()) {
            if (index > 0) newLine(vi);
            put(each);
          }
          if (register.kind === "lines") newLine(vi);
        }
        break;
      }
      case "\x16": {
        const literal = yield* literalIn(vi);
        put(literal);
        break;
      }
      case "\x0b": {
        const pair = (yield* vi.key()) + (yield* vi.key());
        const sign = DIGRAPHS[pair] ?? DIGRAPHS[Array.from(pair).reverse().join("")];
        put(sign ?? pair.slice(-1));
        break;
      }
      case "\x0f":
        vi.mode = "normal";
        vi.insertOnce = "asked";
        vi.clamp();
        return;
      case "\x0e":
      case "\x10":
        yield* completeWord(vi, key === "\x0e");
        break;
      case "\t":
        put(tabText(vi));
        break;
      case "<Ins>":
        replace = !replace;
        vi.mode = replace ? "replace" : "insert";
        old = replace ? { row, text: vi.line } : undefined;
        break;
      case "\x1a":
        yield { kind: "suspend" };
        break;
      default:
        if (key.startsWith(PASTED)) {
          const lines = key.slice(PASTED.length).split("\n");
          for (const [index, each] of lines.entries()) {
            if (index > 0) newLine(vi, false);
            put(each);
          }
        } else if (/^<.+>$/.test(key) || key < " ") break;
        else put(key);
    }
    vi.clamp();
  }
  // A line on which nothing but its own indent was put has none.
  if (vi.options.autoindent && vi.line !== "" && vi.line.trim() === "" && text.endsWith("\n")) {
    vi.line = "";
    vi.go({ row: vi.cursor.row, column: 0 });
  }
  if (count > 1 && text !== "") {
    for (let n = 1; n < count; n++) {
      if (line) {
        vi.go({ row: vi.cursor.row, column: vi.line.length });
        newLine(vi, false);
      }
      for (const [index, each] of text.split("\n").entries()) {
        if (index > 0) newLine(vi);
        typeText(vi, each, replace);
      }
    }
  }
  if (text !== "") vi.inserted = text;
  vi.insertedAt = vi.cursor;
  vi.buffer.marks.set("^", vi.cursor);
  vi.mode = "normal";
  if (vi.cursor.column > 0) vi.go({ row: vi.cursor.row, column: previousAt(vi.line, vi.cursor.column) });
  vi.clamp();
}

function typeText(vi: Vi, text: string, replace: boolean): void {
  const { row, column } = vi.cursor;
  let rest = column;
  if (replace) for (const _ of text) rest = nextAt(vi.line, rest);
  vi.line = vi.line.slice(0, column) + text + vi.line.slice(rest);
  vi.go({ row, column: column + text.length });
}

function putBack(vi: Vi, old: { readonly row: number; readonly text: string } | undefined): void {
  const { row, column } = vi.cursor;
  if (column === 0) return;
  const from = previousAt(vi.line, column);
  if (old !== undefined && old.row === row) {
    const was = old.text.slice(from, nextAt(old.text, from));
    vi.line = vi.line.slice(0, from) + was + vi.line.slice(column);
  }
  vi.go({ row, column: from });
}

function newLine(vi: Vi, indent = true): void {
  const { row, column } = vi.cursor;
  const line = vi.line;
  const lead =
    indent && vi.options.autoindent && !vi.options.paste ? (/^[ \t]*/.exec(line.slice(0, column))?.[0] ?? "") : "";
  // An indent that nothing followed is not kept.
  const head = vi.options.autoindent && line.slice(0, column).trim() === "" ? "" : line.slice(0, column);
  vi.buffer.lines[row] = head;
  const tail = lead === "" ? line.slice(column) : line.slice(column).trimStart();
  vi.buffer.insertLines(row + 1, [lead + tail]);
  vi.buffer.empty = false;
  vi.go({ row: row + 1, column: lead.length });
}

function joinBack(vi: Vi): void {
  const { row } = vi.cursor;
  const before = vi.buffer.line(row - 1);
  vi.buffer.lines[row - 1] = before + vi.line;
  vi.buffer.deleteLines(row, 1);
  vi.go({ row: row - 1, column: before.length });
}

function tabText(vi: Vi): string {
  const { expandtab, tabstop, softtabstop, paste } = vi.options;
  const stop = softtabstop > 0 && !paste ? softtabstop : tabstop;
  if (!expandtab || paste) return softtabstop > 0 && !paste ? blanksTo(vi, stop) : "\t";
  return blanksTo(vi, stop);
}

function blanksTo(vi: Vi, stop: number): string {
  const column = columnAt(vi.line, vi.cursor.column, vi.cells);
  return " ".repeat(stop - (column % stop));
}

/** ^T and ^D: the line's indent, to the next multiple of `shiftwidth`. */
function shift(vi: Vi, by: 1 | -1): void {
  const { row, column } = vi.cursor;
  const indent = /^[ \t]*/.exec(vi.line)?.[0] ?? "";
  const step = vi.options.shiftwidth === 0 ? vi.options.tabstop : vi.options.shiftwidth;
  const now = columnAt(indent, indent.length, { tabStop: vi.options.tabstop, list: false });
  const wanted = by > 0 ? (Math.floor(now / step) + 1) * step : Math.max(0, (Math.ceil(now / step) - 1) * step);
  const lead = blanks(vi, wanted);
  vi.line = lead + vi.line.slice(indent.length);
  vi.go({ row, column: Math.max(0, column + lead.length - indent.length) });
}

function arrow(vi: Vi, key: string): void {
  const { row, column } = vi.cursor;
  const vertical = (to: number) => {
    if (to < 0 || to > vi.lastRow) return;
    const want = vi.want ?? columnAt(vi.line, column, vi.cells);
    const line = vi.buffer.line(to);
    let at = 0;
    while (at < line.length && columnAt(line, nextAt(line, at), vi.cells) <= want) at = nextAt(line, at);
    vi.cursor = { row: to, column: want === Number.POSITIVE_INFINITY ? line.length : at };
    vi.want = want;
  };
  switch (key) {
    case "<Left>":
      if (column > 0) vi.go({ row, column: previousAt(vi.line, column) });
      break;
    case "<Right>":
      if (column < vi.line.length) vi.go({ row, column: nextAt(vi.line, column) });
      break;
    case "<Home>":
      vi.go({ row, column: 0 });
      break;
    case "<End>":
      vi.go({ row, column: vi.line.length });
      vi.want = Number.POSITIVE_INFINITY;
      break;
    case "<Up>":
    case "<Down>":
      vertical(row + (key === "<Up>" ? -1 : 1));
      break;
    case "<PageUp>":
    case "<PageDown>":
      vertical(Math.max(0, Math.min(vi.lastRow, row + (key === "<PageUp>" ? -1 : 1) * Math.max(1, vi.rows - 2))));
      break;
    case "<C-Left>":
    case "<C-Right>": {
      let at = column;
      const { line } = vi;
      if (key === "<C-Left>") {
        while (at > 0 && classAt(line, previousAt(line, at)) === 0) at = previousAt(line, at);
        const kind = at > 0 ? classAt(line, previousAt(line, at)) : 0;
        while (at > 0 && classAt(line, previousAt(line, at)) === kind) at = previousAt(line, at);
      } else {
        const kind = classAt(line, at);
        while (at < line.length && classAt(line, at) === kind && kind !== 0) at = nextAt(line, at);
        while (at < line.length && classAt(line, at) === 0) at = nextAt(line, at);
      }
      vi.go({ row, column: at });
    }
  }
}

/** ^V: the next key as it is, or a character by its number. */
function* literalIn(vi: Vi): Step<string> {
  const first = yield* vi.key();
  const hex = first === "u" ? 4 : first === "U" ? 8 : first === "x" ? 2 : 0;
  let digits = hex > 0 ? "" : /\d/.test(first) ? first : undefined;
  if (digits === undefined) return first === "\r" ? "\r" : first;
  while (digits.length < (hex > 0 ? hex : 3)) {
    const next = yield* vi.key();
    if (!(hex > 0 ? /^[0-9a-fA-F]$/ : /^\d$/).test(next)) {
      vi.queue.unshift(next);
      vi.typed.pop();
      break;
    }
    digits += next;
  }
  const code = Number.parseInt(digits, hex > 0 ? 16 : 10);
  return code > 0x10ffff ? "" : String.fromCodePoint(code);
}

/** ^N and ^P: words of the text that begin as the one being typed. */
function* completeWord(vi: Vi, forward: boolean): Step<void> {
  const { row, column } = vi.cursor;
  const typed = /[\p{L}\p{N}_]*$/u.exec(vi.line.slice(0, column))?.[0] ?? "";
  const start = column - typed.length;
  const words: string[] = [];
  const add = (text: string) => {
    for (const [word] of text.matchAll(/[\p{L}\p{N}_]+/gu))
      if (word.startsWith(typed) && word !== typed && !words.includes(word)) words.push(word);
  };
  const order = [vi.line.slice(column), ...vi.lines.slice(row + 1), ...vi.lines.slice(0, row), vi.line.slice(0, start)];
  for (const line of order.slice(0, 5000)) add(line);
  if (words.length === 0) {
    vi.message = { text: "-- Keyword completion (^N^P) Pattern not found", error: false, kept: true };
    return;
  }
  let at = forward ? 0 : words.length - 1;
  for (;;) {
    const word = at === -1 || at === words.length ? typed : (words[at] as string);
    vi.line = vi.line.slice(0, start) + word + vi.line.slice(vi.cursor.column);
    vi.go({ row, column: start + word.length });
    vi.message = {
      text:
        word === typed
          ? "-- Keyword completion (^N^P) Back at original"
          : words.length === 1
            ? "-- Keyword completion (^N^P) The only match"
            : `-- Keyword completion (^N^P) match ${forward ? at + 1 : words.length - at} of ${words.length}`,
      error: false,
      kept: true,
    };
    vi.completing = { words, at, column: start };
    const key = yield* vi.key();
    if (key === "\x0e") at = at + 1 > words.length ? 0 : at + 1;
    else if (key === "\x10") at = at - 1 < -1 ? words.length - 1 : at - 1;
    else {
      vi.completing = undefined;
      vi.message = undefined;
      vi.queue.unshift(key);
      vi.typed.pop();
      return;
    }
  }
}
