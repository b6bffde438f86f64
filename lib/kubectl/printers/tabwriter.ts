/** Columns as Go's text/tabwriter aligns them (elastic tab stops), the way kubectl uses it: padded with spaces. */

interface TabOptions {
  readonly minWidth: number;
  readonly padding: number;
  /** Column widths only grow, from one block of lines to the next and over `flush` (liggitt/tabwriter's RememberWidths). */
  readonly rememberWidths?: boolean;
}

/** Tables of `get`. */
export const TABLE_TABS: TabOptions = { minWidth: 6, padding: 3, rememberWidths: true };
/** Descriptions. */
export const DESCRIBE_TABS: TabOptions = { minWidth: 0, padding: 2 };

/** Cells are counted in code points, as tabwriter does. */
const widthOf = (text: string): number => {
  let count = 0;
  for (const _ of text) count++;
  return count;
};

export class TabWriter {
  readonly #options: TabOptions;
  #text = "";
  #remembered: number[] = [];

  constructor(options: TabOptions) {
    this.#options = options;
  }

  write(text: string): void {
    this.#text += text;
  }

  forgetWidths(): void {
    this.#remembered = [];
  }

  /** What was written since the last call, aligned. */
  flush(): string {
    const text = this.#text;
    this.#text = "";
    if (text === "") return "";
    const lines = text.split("\n").map((line) => line.split("\t"));
    const out: string[] = [];
    const widths: number[] = [];
    const emit = (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        const cells = lines[i] ?? [];
        let line = "";
        for (let j = 0; j < cells.length; j++) {
          const cell = cells[j] ?? "";
          line += cell;
          const width = widths[j];
          if (j < cells.length - 1 && width !== undefined) line += " ".repeat(Math.max(0, width - widthOf(cell)));
        }
        out.push(line);
      }
    };
    const format = (from: number, to: number) => {
      const column = widths.length;
      let start = from;
      let current = from;
      while (current < to) {
        if (column >= (lines[current]?.length ?? 0) - 1) {
          current++;
          continue;
        }
        emit(start, current);
        start = current;
        let width = this.#options.minWidth;
        for (; current < to; current++) {
          const cells = lines[current] ?? [];
          if (column >= cells.length - 1) break;
          width = Math.max(width, widthOf(cells[column] ?? "") + this.#options.padding);
        }
        if (this.#options.rememberWidths === true) {
          width = Math.max(width, this.#remembered[column] ?? 0);
          this.#remembered[column] = width;
        }
        widths.push(width);
        format(start, current);
        widths.pop();
        start = current;
      }
      emit(start, to);
    };
    format(0, lines.length);
    return out.join("\n");
  }
}
