/** Lines that tell how references changed, as fetch and push print them. */
import { displayWidth } from "../../../tty/width.ts";
import type { Oid } from "../objects.ts";
import type { Repository } from "../repository.ts";

export interface Change {
  /** " " fast-forward, "*" new, "-" gone, "+" forced, "=" as it was, "!" refused, "t" another tag. */
  readonly mark: " " | "*" | "-" | "+" | "=" | "!" | "t";
  readonly summary: string;
  readonly from: string | undefined;
  readonly to: string;
  readonly reason?: string | undefined;
}

/** "refs/heads/main" as the tables show it. */
export function prettyRef(name: string): string {
  return name.replace(/^refs\/(heads|tags|remotes)\//, "");
}

/** Two abbreviated names with three dots between them. */
export function summaryWidth(repository: Repository, oids: readonly Oid[]): number {
  const longest = Math.max(
    7,
    ...oids.filter((oid) => !/^0+$/.test(oid)).map((oid) => repository.objects.abbreviate(oid).length),
  );
  return 2 * longest + 3;
}

export function changeLine(change: Change, width: number, column: number): string {
  const why = change.reason === undefined ? "" : ` (${change.reason})`;
  const names =
    change.from === undefined
      ? change.to
      : `${change.from}${" ".repeat(Math.max(0, column - displayWidth(change.from)))} -> ${change.to}`;
  return ` ${change.mark} ${change.summary.padEnd(width)} ${names}${why}\n`;
}

const COLUMNS = 80;

/** How wide the names on the left are: those of lines that fit the terminal count (builtin/fetch.c). */
export function nameColumn(
  changes: readonly { readonly from: string; readonly to: string }[],
  width = COLUMNS,
): number {
  let column = 10;
  for (const { from, to } of changes) {
    const length = displayWidth(from);
    if (21 + length + 4 + displayWidth(to) < width) column = Math.max(column, length);
  }
  return column;
}
