import { displayWidth } from "../tty/width.ts";
import { tool } from "./support/tool.ts";

/** Cells of one row. */
const MAX_CELLS = 50_000;

export const column = tool(
  {
    name: "column",
    usage: "[options] [<file>...]",
    summary: "Columnate lists.",
    options: {
      table: { short: "t", long: "table" },
      separator: { short: "s", long: "separator", value: true },
      output: { short: "o", long: "output-separator", value: true },
      width: { short: "c", long: "output-width", value: true },
      fillRows: { short: "x", long: "fillrows" },
      names: { short: "N", long: "table-columns", value: true },
      right: { short: "R", long: "table-right", value: true },
      keepEmpty: { short: "L", long: "keep-empty-lines" },
    },
  },
  async (tool) => {
    const lines: string[] = [];
    await tool.eachInput(async (reader) => {
      for await (const batch of tool.lines(reader)) {
        for (const line of batch) if (line.trim() !== "" || tool.has("keepEmpty")) lines.push(line);
        await tool.spend(batch.length);
      }
    });
    if (tool.has("table")) {
      const separator = tool.value("separator");
      const split = (line: string) =>
        splitAny(separator === undefined ? line.trim() : line, separator ?? " \t", separator === undefined);
      const rows: string[][] = [];
      for (const line of lines) {
        const cells = split(line);
        if (cells.length > MAX_CELLS) return tool.die("line too long");
        rows.push(cells);
        const spent = tool.spend(2 + (line.length >> 5));
        if (spent !== undefined) await spent;
      }
      const names = tool.value("names")?.split(",");
      if (names !== undefined) rows.unshift(names);
      const widths: number[] = [];
      for (const row of rows) {
        await tool.spend(row.length);
        for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, displayWidth(cell));
      }
      const between = tool.value("output") ?? "  ";
      const right = new Set(
        (tool.value("right") ?? "").split(",").map((each) => (names?.indexOf(each) ?? -1) + 1 || Number(each)),
      );
      for (const row of rows) {
        await tool.spend(row.length);
        const cells = Array.from({ length: widths.length }, (_, index) => {
          const cell = row[index] ?? "";
          const blanks = " ".repeat((widths[index] ?? 0) - displayWidth(cell));
          if (right.has(index + 1)) return blanks + cell;
          // Nothing follows the last cell of a row that has them all.
          return index === widths.length - 1 ? cell : cell + blanks;
        });
        await tool.out.write(`${cells.join(between)}\n`);
      }
      return tool.status;
    }
    // Columns as many as fit, each as wide as the widest word and at least one blank, up to the next tab stop.
    const columns = Number(tool.value("width") ?? tool.process.tty?.size.columns ?? 80);
    let widest = 0;
    for (const line of lines) {
      widest = Math.max(widest, displayWidth(line));
      const spent = tool.spend();
      if (spent !== undefined) await spent;
    }
    const wide = (Math.floor(widest / 8) + 1) * 8;
    const across = Math.max(1, Math.floor(columns / wide));
    const down = Math.ceil(lines.length / across);
    for (let row = 0; row < down; row++) {
      let line = "";
      for (let at = 0; at < across; at++) {
        const index = tool.has("fillRows") ? row * across + at : at * down + row;
        const word = lines[index];
        if (word === undefined) break;
        const next = tool.has("fillRows") ? index + 1 : index + down;
        const last = at === across - 1 || lines[next] === undefined;
        line += word;
        if (!last) line += "\t".repeat(Math.ceil((wide - displayWidth(word)) / 8));
      }
      await tool.spend(across);
      await tool.out.write(`${line}\n`);
    }
    return tool.status;
  },
);

/** At each of the characters; without `-s` several blanks are one (`greedy`). */
function splitAny(line: string, separators: string, greedy: boolean): string[] {
  const cells: string[] = [];
  let from = 0;
  for (let at = 0; at < line.length && cells.length <= MAX_CELLS; at++) {
    if (!separators.includes(line.charAt(at))) continue;
    if (!greedy || at > from) cells.push(line.slice(from, at));
    from = at + 1;
  }
  cells.push(line.slice(from));
  return cells;
}
