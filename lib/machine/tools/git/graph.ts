/**
 * Lines beside the commits of `git log --graph`. Columns lead to commits that are still to come; between two commits
 * rows are drawn until every column stands where the next commit expects it. Upstream: graph.c.
 */
import type { Colors } from "./colors.ts";
import type { Oid } from "./objects.ts";

interface Column {
  readonly oid: Oid;
  readonly color: number;
}

/** What the next row is. */
type Row = "padding" | "skip" | "before-commit" | "commit" | "after-merge" | "collapsing";

const COLORS = ["31", "32", "33", "34", "35", "36", "1;31", "1;32", "1;33", "1;34", "1;35", "1;36"];
const MERGE_EDGES = ["/", "|", "\\"] as const;
const NONE = -1;

export class Graph {
  readonly #colored: boolean;
  #oid: Oid | undefined;
  #parents: readonly Oid[] = [];
  #mark = "*";
  #row: Row = "padding";
  #before: Row = "padding";
  #width = 0;
  /** How many rows of room an octopus has got already. */
  #expansion = 0;
  #at = 0;
  #lastAt = 0;
  /** 0: the first parent is to the left; 1: below. */
  #layout = 0;
  #edges = 0;
  #lastEdges = 0;
  #columns: Column[] = [];
  #next: Column[] = [];
  /** By half columns: the column that a line leads to. */
  #mapping: number[] = [];
  #lastMapping: number[] = [];
  #color = COLORS.length - 1;

  constructor(colors: Colors) {
    this.#colored = colors.on;
  }

  /** Goes on to the next commit; `mark` is drawn for it. */
  update(oid: Oid, parents: readonly Oid[], mark = "*"): void {
    this.#oid = oid;
    this.#parents = parents;
    this.#mark = mark;
    this.#lastAt = this.#at;
    this.#updateColumns();
    this.#expansion = 0;
    if (this.#row !== "padding") this.#row = "skip";
    else this.#row = this.#needsRoom() ? "before-commit" : "commit";
  }

  /** Nothing is left to draw for the commit. */
  get finished(): boolean {
    return this.#row === "padding";
  }

  /** Parents that an octopus draws dashes to. */
  get #dashed(): number {
    return this.#parents.length + this.#layout - 3;
  }

  #needsRoom(): boolean {
    return this.#parents.length >= 3 && this.#at < this.#columns.length - 1 && this.#expansion < this.#dashed * 2;
  }

  #updateColumns(): void {
    this.#columns = this.#next;
    this.#next = [];
    const size = 2 * (this.#columns.length + this.#parents.length);
    this.#mapping = new Array<number>(size).fill(NONE);
    this.#width = 0;
    this.#lastEdges = this.#edges;
    this.#edges = 0;
    let seen = false;
    let known = true;
    for (let index = 0; index <= this.#columns.length; index++) {
      if (index === this.#columns.length) {
        if (seen) break;
        known = false;
      }
      const oid = index === this.#columns.length ? this.#oid : this.#columns[index]?.oid;
      if (oid === undefined) continue;
      if (oid !== this.#oid) {
        this.#insert(oid, NONE);
        continue;
      }
      seen = true;
      this.#at = index;
      this.#layout = NONE;
      for (const parent of this.#parents) {
        if (this.#parents.length > 1 || !known) this.#color = (this.#color + 1) % COLORS.length;
        this.#insert(parent, index);
      }
      if (this.#parents.length === 0) this.#width += 2;
    }
    while (this.#mapping.length > 1 && (this.#mapping.at(-1) as number) < 0) this.#mapping.pop();
  }

  #insert(oid: Oid, from: number): void {
    let column = this.#next.findIndex((each) => each.oid === oid);
    if (column === NONE) {
      column = this.#next.length;
      this.#next.push({ oid, color: this.#columns.find((each) => each.oid === oid)?.color ?? this.#color });
    }
    let place: number;
    if (this.#parents.length > 1 && from > NONE && this.#layout === NONE) {
      // The first parent of a merge decides whether the edges lean to the left.
      const distance = from - column;
      const shift = distance > 1 ? 2 * distance - 3 : 1;
      this.#layout = distance > 0 ? 0 : 1;
      this.#edges = this.#parents.length + this.#layout - 2;
      place = this.#width + (this.#layout - 1) * shift;
      this.#width += 2 * this.#layout;
    } else if (this.#edges > 0 && column === this.#mapping[this.#width - 2]) {
      place = this.#width - 2;
      this.#edges = -1;
    } else {
      place = this.#width;
      this.#width += 2;
    }
    this.#mapping[place] = column;
  }

  #paint(column: Column | undefined, text: string): string {
    if (!this.#colored || column === undefined) return text;
    return `\x1b[${COLORS[column.color]}m${text}\x1b[m`;
  }

  get #settled(): boolean {
    return this.#mapping.every((target, index) => target < 0 || target === index >> 1);
  }

  #to(row: Row): void {
    this.#before = this.#row;
    this.#row = row;
  }

  /** The next row, and whether the commit stands in it. */
  #line(): { readonly text: string; readonly commit: boolean } {
    const cells: string[] = [];
    let length = 0;
    const draw = (text: string, column?: Column) => {
      cells.push(column === undefined ? text : this.#paint(column, text));
      length += text.length;
    };
    let commit = false;
    switch (this.#row) {
      case "padding":
        for (const column of this.#next) {
          draw("|", column);
          draw(" ");
        }
        break;
      case "skip":
        draw("...");
        this.#to(this.#needsRoom() ? "before-commit" : "commit");
        break;
      case "before-commit":
        this.#drawRoom(draw);
        break;
      case "commit":
        this.#drawCommit(draw);
        commit = true;
        break;
      case "after-merge":
        this.#drawMerge(draw);
        break;
      case "collapsing":
        this.#drawCollapse(draw);
        break;
    }
    return { text: cells.join("") + " ".repeat(Math.max(0, this.#width - length)), commit };
  }

  #drawRoom(draw: (text: string, column?: Column) => void): void {
    let seen = false;
    for (const [index, column] of this.#columns.entries()) {
      if (column.oid === this.#oid) {
        seen = true;
        draw("|", column);
        draw(" ".repeat(this.#expansion));
      } else if (seen && this.#expansion === 0) {
        draw(this.#before === "after-merge" && this.#lastAt < index ? "\\" : "|", column);
      } else draw(seen ? "\\" : "|", column);
      draw(" ");
    }
    this.#expansion++;
    if (!this.#needsRoom()) this.#to("commit");
  }

  #drawCommit(draw: (text: string, column?: Column) => void): void {
    let seen = false;
    for (let index = 0; index <= this.#columns.length; index++) {
      const column = this.#columns[index];
      if (column === undefined && seen) break;
      if (column === undefined || column.oid === this.#oid) {
        seen = true;
        draw(this.#mark);
        if (this.#parents.length > 2) this.#drawOctopus(draw);
      } else if (seen && this.#edges > 1) draw("\\", column);
      else if (seen && this.#edges === 1) {
        draw(this.#before === "after-merge" && this.#lastEdges > 0 && this.#lastAt < index ? "\\" : "|", column);
      } else if (
        this.#before === "collapsing" &&
        this.#lastMapping[2 * index + 1] === index &&
        (this.#mapping[2 * index] ?? NONE) < index
      ) {
        draw("/", column);
      } else draw("|", column);
      draw(" ");
    }
    if (this.#parents.length > 1) this.#to("after-merge");
    else this.#to(this.#settled ? "padding" : "collapsing");
  }

  #drawOctopus(draw: (text: string, column?: Column) => void): void {
    const dashed = this.#dashed;
    for (let index = 0; index < dashed; index++) {
      const column = this.#next[this.#mapping[(this.#at + index + 2) * 2] as number];
      draw("-", column);
      draw(index === dashed - 1 ? "." : "-", column);
    }
  }

  #drawMerge(draw: (text: string, column?: Column) => void): void {
    let seen = false;
    const [first] = this.#parents;
    let parentColumn: Column | undefined;
    for (let index = 0; index <= this.#columns.length; index++) {
      const column = this.#columns[index];
      if (column === undefined && seen) break;
      if (column === undefined || column.oid === this.#oid) {
        seen = true;
        let edge = this.#layout;
        for (const [number, parent] of this.#parents.entries()) {
          draw(
            MERGE_EDGES[edge] as string,
            this.#next.find((each) => each.oid === parent),
          );
          if (edge < 2) edge++;
          else if (this.#edges > 0 || number < this.#parents.length - 1) draw(" ");
        }
        if (this.#edges === 0) draw(" ");
      } else if (seen) {
        draw(this.#edges > 0 ? "\\" : "|", column);
        draw(" ");
      } else {
        draw("|", column);
        if (this.#layout !== 0 || index !== this.#at - 1) {
          if (parentColumn !== undefined) draw("_", parentColumn);
          else draw(" ");
        }
      }
      if (column !== undefined && column.oid === first) parentColumn = column;
    }
    this.#to(this.#settled ? "padding" : "collapsing");
  }

  #drawCollapse(draw: (text: string, column?: Column) => void): void {
    const old = this.#mapping;
    const size = old.length;
    const now = new Array<number>(size).fill(NONE);
    let edge = NONE;
    let edgeTarget = NONE;
    /** A line that crosses several columns at once: its way is kept free. */
    const across = (target: number, index: number, from: number) => {
      if (edge !== NONE) return;
      edge = from;
      edgeTarget = target;
      for (let at = target * 2 + 3; at < index - 2; at += 2) now[at] = target;
    };
    for (let index = 0; index < size; index++) {
      const target = old[index] as number;
      if (target < 0) continue;
      if (target * 2 === index) now[index] = target;
      else if ((now[index - 1] as number) < 0) {
        now[index - 1] = target;
        across(target, index, index);
      } else if (now[index - 1] !== target) {
        now[index - 2] = target;
        across(target, index, index - 1);
      }
    }
    this.#lastMapping = [...now];
    if ((now[size - 1] as number) < 0) now.pop();
    let horizontal = false;
    for (let index = 0; index < now.length; index++) {
      const target = now[index] as number;
      if (target < 0) draw(" ");
      else if (target * 2 === index) draw("|", this.#next[target]);
      else if (target === edgeTarget && index !== edge - 1) {
        if (index !== target * 2 + 3) now[index] = NONE;
        horizontal = true;
        draw("_", this.#next[target]);
      } else {
        if (horizontal && index < edge) now[index] = NONE;
        draw("/", this.#next[target]);
      }
    }
    this.#mapping = now;
    if (this.#settled) this.#to("padding");
  }

  /** A row before the commit, or beside what belongs to it. */
  padding(): string {
    if (this.#row !== "commit") return this.#line().text;
    let text = "";
    let length = 0;
    for (const column of this.#columns) {
      const room = column.oid === this.#oid && this.#parents.length > 2 ? (this.#parents.length - 2) * 2 : 1;
      text += this.#paint(column, "|") + " ".repeat(room);
      length += 1 + room;
    }
    this.#before = "padding";
    return text + " ".repeat(Math.max(0, this.#width - length));
  }

  /** The rows up to the commit's own, whose text follows on the same line. */
  #lead(): string {
    let out = "";
    if (this.finished) return this.padding();
    for (;;) {
      const { text, commit } = this.#line();
      out += text;
      if (commit || this.finished) return out;
      out += "\n";
    }
  }

  /** The commit's text beside its rows, and the rows that are left. `terminated`: a line end follows the text. */
  commit(message: string, terminated: boolean): string {
    let out = this.#lead();
    const ended = message.endsWith("\n");
    const lines = (ended ? message.slice(0, -1) : message).split("\n");
    out += lines[0] as string;
    for (const line of lines.slice(1)) out += `\n${this.#line().text}${line}`;
    if (ended) out += "\n";
    if (!this.finished) {
      if (!ended) out += "\n";
      for (;;) {
        out += this.#line().text;
        if (this.finished) break;
        out += "\n";
      }
      if (ended) out += "\n";
    }
    if (terminated) out += `${ended ? this.padding() : ""}\n`;
    return out;
  }

  /** Text that belongs to the commit, a row beside each of its lines. */
  beside(text: string): string {
    return text.replace(/[^\n]*\n|[^\n]+$/g, (line) => this.padding() + line);
  }
}
