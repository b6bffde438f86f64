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
    if (gap && this.#started) out += `${this.#columns.map(() => this.#bar()).join(" ")}\n`.replace(/^\n$/, "\n");
    this.#started = true;
    out += this.#pending;
    this.#pending = "";
    if (isNew) {
      this.#columns.push(oid);
      at = this.#columns.length - 1;
    }
    const before = [...this.#columns];
    const line = before.map((_, index) => (index === at ? "*" : this.#bar())).join(" ");
    const after = [...before.slice(0, at), ...this.#fresh(parents, before, at), ...before.slice(at + 1)];
    const lines = text.replace(/\n$/, "").split("\n");
    const [head = "", ...rest] = lines;
    out += `${line} ${head}\n`;
    const moves = this.#moves(before, at, parents, after);
    // The moves stand beside the text that follows the first line, or below it.
    const bars = (count: number) => Array.from({ length: count }, () => this.#bar()).join(" ");
    let row = 0;
    for (const each of rest) {
      const left = moves[row++] ?? bars(after.length);
      out += `${`${left} ${each}`.trimEnd()}${each === "" && left !== "" ? "" : ""}\n`;
    }
    for (; row < moves.length; row++) this.#pending += `${moves[row]}\n`;
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
      lines.push(`${left}|\\${right}  `.trimEnd());
      return lines;
    }
    if (parents.length === 1 && fresh.length === 0) {
      const target = before.findIndex((oid, index) => oid === parents[0] && index !== at);
      if (target < at) {
        // The column joins one to its left, a step a line.
        for (let column = at; column > target + 1; column--) {
          const bars = Array.from({ length: column - 1 }, () => "|").join(" ");
          const rest = before
            .slice(at + 1)
            .map(() => " /")
            .join("");
          lines.push(`${bars} |/${rest}`.trimEnd().replace(/^ /, ""));
        }
        const bars = Array.from({ length: target }, () => "| ").join("");
        const rest = before
          .slice(at + 1)
          .map(() => " /")
          .join("");
        lines.push(`${bars}|/${rest}`);
      }
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
