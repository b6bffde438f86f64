/** A terminal emulator that is looked at: rows, cursor, and what stands out. */
import xterm from "@xterm/headless";
import { countColumns } from "../../../components/terminal/widths.ts";
import type { ScreenScenario } from "./format.ts";

export interface Picture {
  /** Without blanks at the ends of rows and empty rows at the bottom. */
  readonly rows: readonly string[];
  /** "row,column" from 0. */
  readonly cursor: string;
  /** Columns in reverse or on a background of their own: "row:from-to". */
  readonly marks: string;
}

/** What a step changed of the picture before. */
export interface Change {
  readonly rows: Readonly<Record<string, string>>;
  readonly cursor: string;
  readonly marks: string;
}

export class Emulator {
  readonly #terminal: xterm.Terminal;

  constructor(columns: number, rows: number, answer: (data: string) => void = () => undefined) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
    countColumns(this.#terminal as never);
    this.#terminal.onData(answer);
  }

  write(data: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#terminal.write(data, resolve));
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
  }

  picture({ masks, varying }: Pick<ScreenScenario, "masks" | "varying">): Picture {
    const buffer = this.#terminal.buffer.active;
    const rows: string[] = [];
    const marks: string[] = [];
    for (let row = 0; row < this.#terminal.rows; row++) {
      const line = buffer.getLine(buffer.baseY + row);
      let text = "";
      // Cell by cell: the second half of a wide character is no blank.
      for (let column = 0; column < this.#terminal.cols; ) {
        const cell = line?.getCell(column);
        text += cell === undefined || cell.getChars() === "" ? " " : cell.getChars();
        column += Math.max(1, cell?.getWidth() ?? 1);
      }
      for (const mask of masks) text = text.replace(mask, (found) => "#".repeat(found.length));
      for (const mask of varying) text = text.replace(mask, "#");
      rows.push(text.trimEnd());
      let from = -1;
      for (let column = 0; column <= this.#terminal.cols; column++) {
        const cell = line?.getCell(column);
        const marked = cell !== undefined && (cell.isInverse() !== 0 || !cell.isBgDefault());
        if (marked && from === -1) from = column;
        if (!marked && from !== -1) {
          marks.push(`${row}:${from}-${column}`);
          from = -1;
        }
      }
    }
    while (rows.length > 0 && rows.at(-1) === "") rows.pop();
    return { rows, cursor: `${buffer.cursorY},${buffer.cursorX}`, marks: marks.join(" ") };
  }

  dispose(): void {
    this.#terminal.dispose();
  }
}

export function applyChange(before: Picture | undefined, change: Change): Picture {
  const rows = [...(before?.rows ?? [])];
  for (const [row, text] of Object.entries(change.rows)) {
    while (rows.length <= Number(row)) rows.push("");
    rows[Number(row)] = text;
  }
  while (rows.length > 0 && rows.at(-1) === "") rows.pop();
  return { rows, cursor: change.cursor, marks: change.marks };
}
