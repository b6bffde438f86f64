/** Lines beside the commits of `git log --graph` (graph.c). */
import type { Colors } from "./colors.ts";
import type { Oid } from "./objects.ts";

export class Graph {
  readonly #colors: Colors;
  /** Commits that the columns lead to. */
  #columns: Oid[] = [];
  #started = false;
  #pending = "";

  constructor(colors: Colors) {
    this.#colors = colors;
  }

  /** A commit that is not shown: its column goes on to its parents. */
  skip(oid: Oid, parents: readonly Oid[]): void {
    const at = this.#columns.indexOf(oid);
    if (at === -1) return;
    this.#columns.splice(at, 1, ...parents.filter((parent) => !this.#columns.includes(parent)));
  }

  #bar(): string {
    return "|";
  }

  /** The commit's text with the lines beside it. `gap`: an empty line before it. */
  commit(oid: Oid, parents: readonly Oid[], text: string, gap: boolean): string {
    let out = "";
    let at = this.#columns.indexOf(oid);
    const isNew = at === -1;
    if (gap && this.#started)
      out += `${this.#columns.map(() => `${this.#bar()} `).join("")}
`;
    this.#started = true;
    out += this.#pending;
    this.#pending = "";
    // A column for each parent, and at least one for the commit itself (graph_update_width).
    const width = 2 * (this.#columns.length + Math.max(1, parents.length) - (isNew ? 0 : 1));
    const pad = (left: string) => left.padEnd(width);
    if (isNew) {
      this.#columns.push(oid);
      at = this.#columns.length - 1;
    }
    const before = [...this.#columns];
    const line = before.map((_, index) => (index === at ? "*" : this.#bar())).join(" ");
    const [parent] = parents;
    const right = parents.length === 1 ? before.findIndex((each, index) => each === parent && index > at) : -1;
    // A column to the right that leads to the same parent joins this one.
    const after =
      right === -1 || parent === undefined
        ? [...before.slice(0, at), ...this.#fresh(parents, before, at), ...before.slice(at + 1)]
        : before.flatMap((each, index) => (index === at ? [parent] : index === right ? [] : [each]));
    const lines = text.replace(/\n$/, "").split("\n");
    const [head = "", ...rest] = lines;
    out += `${pad(line)}${head}\n`;
    const moves = this.#moves(before, at, parents, after);
    // The moves stand beside the text that follows the first line, or below it.
    const bars = (count: number) => Array.from({ length: count }, () => this.#bar()).join(" ");
    let row = 0;
    for (const each of rest) out += `${pad(moves[row++] ?? bars(after.length))}${each}\n`;
    for (; row < moves.length; row++) this.#pending += `${pad(moves[row] as string)}\n`;
    this.#columns = after;
    void this.#colors;
    return out;
  }

  #fresh(parents: readonly Oid[], before: readonly Oid[], at: number): Oid[] {
    const out: Oid[] = [];
    for (const parent of parents) {
      const elsewhere = before.findIndex((oid, index) => oid === parent && index !== at);
      if (elsewhere === -1 && !out.includes(parent)) out.push(parent);
    }
    return out;
  }

  /** The lines between this commit's columns and the next one's. */
  #moves(before: readonly Oid[], at: number, parents: readonly Oid[], after: readonly Oid[]): string[] {
    const lines: string[] = [];
    const fresh = this.#fresh(parents, before, at);
    if (parents.length > 1 && fresh.length === parents.length) {
      const left = before
        .slice(0, at)
        .map(() => "| ")
        .join("");
      const right = before
        .slice(at + 1)
        .map(() => " \\")
        .join("");
      lines.push(`${left}|\\${right}  `);
      return lines;
    }
    if (parents.length === 1 && fresh.length === 0) {
      const target = before.findIndex((oid, index) => oid === parents[0] && index !== at);
      const [low, high] = target < at ? [target, at] : [at, target];
      const rest = before
        .slice(high + 1)
        .map(() => " /")
        .join("");
      // A step to the left each line, then the two are one.
      for (let column = high; column > low + 1; column--) {
        lines.push(`${Array.from({ length: column - 1 }, () => "|").join(" ")} |/${rest}`);
      }
      lines.push(`${"| ".repeat(low)}|/${rest}`);
      return lines;
    }
    if (parents.length > 1) {
      const left = before
        .slice(0, at)
        .map(() => "| ")
        .join("");
      lines.push(
        `${left}|\\${before
          .slice(at + 1)
          .map(() => " \\")
          .join("")}`,
      );
    }
    void after;
    return lines;
  }

  /** What is left to draw at the end. */
  rest(): string {
    const text = this.#pending;
    this.#pending = "";
    return text;
  }
}
