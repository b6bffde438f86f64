/** Keys of normal mode that leave the text alone: modes, marks, macros, the screen, files. */
import { readEntry } from "./entry.ts";
import { runColon } from "./ex.ts";
import { fileInfo, openAlternate } from "./files.ts";
import { keysOf, type Prefix } from "./keys.ts";
import { place, scrollHalf, scrollLines, scrollPage } from "./scroll.ts";
import type { Step, Vi } from "./state.ts";
import { firstNonBlank } from "./text.ts";
import { startVisual } from "./visual.ts";

/** False where the key is none of them. */
export function* commandKey(vi: Vi, key: string, prefix: Prefix): Step<boolean> {
  const { count, given } = prefix;
  const { cursor } = vi;
  switch (key) {
    case "\x1b":
    case "\x03":
      if (key === "\x03" && vi.pending === "")
        vi.say(
          vi.buffer.changed
            ? "Type  :qa!  and press <Enter> to abandon all changes and exit Vim"
            : "Type  :qa  and press <Enter> to exit Vim",
        );
      return true;
    case "v":
    case "V":
    case "\x16":
      startVisual(vi, key, given ? count : undefined);
      return true;
    case "gv":
      if (vi.lastVisual === undefined) vi.fail();
      vi.visual = vi.lastVisual.visual;
      vi.go(vi.lastVisual.end);
      return true;
    case ":": {
      vi.pending = "";
      const range = given ? (count === 1 ? "." : `.,.+${count - 1}`) : "";
      const text = yield* readEntry(vi, ":", undefined, range);
      if (text !== undefined) yield* runColon(vi, text, true);
      return true;
    }
    case "m": {
      const name = yield* vi.key();
      if (!/^[a-zA-Z'`[\]<>]$/.test(name)) vi.fail();
      vi.buffer.marks.set(name === "`" ? "'" : name, cursor);
      return true;
    }
    case "q": {
      if (vi.recording !== undefined) {
        vi.recorded = vi.recorded.slice(0, -1);
        vi.registers.set(vi.recording.toLowerCase(), { text: vi.recorded.split("\n"), kind: "characters" });
        vi.recording = undefined;
        vi.message = undefined;
        return true;
      }
      vi.pending += "q";
      const name = yield* vi.key();
      if (!/^[a-zA-Z0-9"]$/.test(name)) vi.fail();
      vi.recorded = /[A-Z]/.test(name) ? (vi.registers.get(name.toLowerCase())?.text.join("\n") ?? "") : "";
      vi.recording = name;
      vi.message = undefined;
      return true;
    }
    case "@": {
      vi.pending += "@";
      let name = yield* vi.key();
      if (name === "@") name = vi.replacedBy ?? vi.fail("E748: No previously used register");
      if (name === ":") {
        const last = vi.histories[":"].at(-1) ?? vi.fail("E30: No previous command line");
        yield* runColon(vi, last);
        return true;
      }
      const found = vi.register(name);
      if (found === undefined) return vi.fail();
      vi.replacedBy = name;
      const keys = keysOf(found.text.join("\n") + (found.kind === "lines" ? "\n" : ""));
      if (vi.queue.length + keys.length * count > 100_000) vi.fail("E22: Scripts nested too deep");
      vi.queue.unshift(...Array.from({ length: count }, () => keys).flat());
      vi.changes = false;
      return true;
    }
    case "\x06":
    case "<PageDown>":
      scrollPage(vi, true, count);
      return true;
    case "\x02":
    case "<PageUp>":
      scrollPage(vi, false, count);
      return true;
    case "\x04":
    case "\x15":
      scrollHalf(vi, key === "\x04", given ? count : undefined);
      return true;
    case "\x05":
    case "\x19":
      scrollLines(vi, key === "\x05" ? count : -count);
      return true;
    case "z": {
      vi.pending += "z";
      const where = yield* vi.key();
      if (given) vi.go({ row: Math.min(vi.lastRow, count - 1), column: vi.cursor.column });
      if (/^[t\r]$/.test(where)) place(vi, "top");
      else if (/^[z.]$/.test(where)) place(vi, "middle");
      else if (/^[b-]$/.test(where)) place(vi, "bottom");
      else return vi.fail(/^[cofaAMRnNdDEjk]$/.test(where) ? "there are no folds here" : undefined);
      if (/^[\r.-]$/.test(where)) vi.go({ row: vi.cursor.row, column: firstNonBlank(vi.line) });
      return true;
    }
    case "Z": {
      vi.pending += "Z";
      const which = yield* vi.key();
      if (which === "Z") yield* runColon(vi, "x");
      else if (which === "Q") yield* runColon(vi, "q!");
      else vi.fail();
      return true;
    }
    case "\x0f":
    case "\t":
      jumpBack(vi, key === "\x0f" ? -count : count);
      return true;
    case "\x07":
      vi.say(fileInfo(vi), true);
      return true;
    case "\x1e":
      openAlternate(vi);
      return true;
    case "\x0c":
      vi.message = undefined;
      return true;
    case "\x1a":
      yield { kind: "suspend" };
      return true;
    default:
      return false;
  }
}

function jumpBack(vi: Vi, by: number): void {
  const atEnd = vi.jump === vi.jumps.length;
  // Of several on one line the last stays.
  vi.jumps = vi.jumps.filter(({ row }, index) => vi.jumps.findLastIndex((each) => each.row === row) === index);
  if (atEnd) {
    vi.jumps.push(vi.cursor);
    vi.jump = vi.jumps.length - 1;
  }
  const to = vi.jump + by;
  const found = vi.jumps[to];
  if (found === undefined) vi.fail();
  vi.jump = to;
  vi.go({ row: Math.min(found.row, vi.lastRow), column: found.column });
}
