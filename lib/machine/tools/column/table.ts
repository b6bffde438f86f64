/** How wide a table's columns are, and what its rows look like. */
import { displayWidth } from "../../tty/width.ts";
import type { AnyTool } from "../support/tool.ts";

export interface TableColumn {
  /** Of the cell in the input. */
  readonly index: number;
  readonly name: string;
  right: boolean;
  hidden: boolean;
  /** What is done with cells that are too wide for the output; else the output is too wide. */
  shrinks: "cut" | "wrap" | undefined;
  width: number;
}

/** Finds the widths. Those that may shrink do where the output has no room. */
export async function layOut(
  tool: AnyTool,
  rows: readonly (readonly string[])[],
  columns: readonly TableColumn[],
  output: { readonly between: string; readonly width: number },
): Promise<void> {
  for (const row of rows) {
    await tool.spend(1 + columns.length);
    for (const column of columns) column.width = Math.max(column.width, displayWidth(row[column.index] ?? ""));
  }
  const between = displayWidth(output.between) * Math.max(0, columns.length - 1);
  let over = columns.reduce((sum, column) => sum + column.width, between) - output.width;
  for (const column of columns) {
    if (column.shrinks === undefined || over <= 0) continue;
    const width = Math.max(1, column.width - over);
    over -= column.width - width;
    column.width = width;
  }
}

/** One line, or several where a cell is wrapped. */
export function tableLines(row: readonly string[], columns: readonly TableColumn[], between: string): string[] {
  const cells = columns.map((column) => piecesOf(row[column.index] ?? "", column));
  const height = Math.max(1, ...cells.map((pieces) => pieces.length));
  return Array.from({ length: height }, (_, line) =>
    columns.map((column, at) => cell(cells[at]?.[line] ?? "", column, at === columns.length - 1)).join(between),
  );
}

function piecesOf(text: string, { shrinks, width }: TableColumn): string[] {
  if (shrinks === undefined || displayWidth(text) <= width) return [text];
  const pieces: string[] = [];
  let piece = "";
  for (const character of text) {
    if (piece !== "" && displayWidth(piece + character) > width) {
      pieces.push(piece);
      piece = "";
      if (shrinks === "cut") return pieces;
    }
    piece += character;
  }
  return [...pieces, piece];
}

/** Nothing follows the last cell of a row; where it is empty nothing is before it either. */
function cell(text: string, { right, width }: TableColumn, last: boolean): string {
  if (last && (text === "" || !right)) return text;
  const blanks = " ".repeat(Math.max(0, width - displayWidth(text)));
  return right ? blanks + text : text + blanks;
}
