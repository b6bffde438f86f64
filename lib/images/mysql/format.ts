/** How the mysql client prints answers. */
import type { SqlResult, SqlValue } from "./engine/types.ts";

type Rows = Extract<SqlResult, { readonly columns: readonly string[] }>;

const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;
const warnings = (count: number | undefined) =>
  count === undefined || count === 0 ? "" : `, ${plural(count, "warning")}`;

/** What the client says after a statement, where it says anything: at a terminal, or with -vv. Without the time it took. */
export function remark(result: Exclude<SqlResult, { readonly error: unknown }>): string {
  if ("columns" in result) {
    const { length } = result.rows;
    return `${length === 0 ? "Empty set" : `${length} ${length === 1 ? "row" : "rows"} in set`}${warnings(result.warnings)}`;
  }
  if (result.database !== undefined) return "Database changed";
  return `Query OK, ${plural(result.affected, "row")} affected${warnings(result.warnings)}`;
}

const shown = (value: SqlValue) => (value === null ? "NULL" : String(value));

/** Characters that would be taken for columns or lines. */
const escaped = (text: string) =>
  text.replace(/[\t\n\\\0]/g, (one) => ({ "\t": "\\t", "\n": "\\n", "\\": "\\\\", "\0": "\\0" })[one] ?? one);

/** --batch: values between tabs, a line each; `raw`: as they are. */
export function asLines({ columns, rows }: Rows, options: { readonly names: boolean; readonly raw?: boolean }): string {
  const cell = (value: SqlValue) => (options.raw === true ? shown(value) : escaped(shown(value)));
  if (rows.length === 0) return "";
  const names = options.names ? `${columns.join("\t")}\n` : "";
  return names + rows.map((row) => `${row.map(cell).join("\t")}\n`).join("");
}

/** Columns a text takes on a terminal: wide letters of East Asia take two. */
const width = (text: string) =>
  [...text].reduce(
    (sum, one) =>
      sum +
      (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]|[\u{20000}-\u{3fffd}]/u.test(
        one,
      )
        ? 2
        : 1),
    0,
  );

/** --table: in a frame; numbers stand at the right. */
export function asTable({ columns, rows, right }: Rows, names: boolean): string {
  if (rows.length === 0) return "";
  const cells = rows.map((row) => row.map(shown));
  const toRight = (index: number) => right?.[index] ?? rows.some((row) => typeof row[index] === "number");
  const widths = columns.map((name, index) =>
    Math.max(names ? width(name) : 0, ...cells.map((row) => Math.max(...(row[index] ?? "").split("\n").map(width)))),
  );
  const rule = `+${widths.map((size) => "-".repeat(size + 2)).join("+")}+\n`;
  const padded = (text: string, index: number, atRight: boolean) => {
    const space = " ".repeat(Math.max(0, (widths[index] ?? 0) - width(text)));
    return atRight ? ` ${space}${text} ` : ` ${text}${space} `;
  };
  const line = (row: readonly string[], heading: boolean) =>
    `|${row.map((text, index) => padded(text, index, !heading && toRight(index))).join("|")}|\n`;
  return `${rule}${names ? line(columns, true) + rule : ""}${cells.map((row) => line(row, false)).join("")}${rule}`;
}

/** \G: a column a line. */
export function asVertical({ columns, rows }: Rows): string {
  const size = Math.max(0, ...columns.map((name) => name.length));
  return rows
    .map((row, index) => {
      const title = `*************************** ${index + 1}. row ***************************\n`;
      return title + row.map((value, at) => `${(columns[at] ?? "").padStart(size)}: ${shown(value)}\n`).join("");
    })
    .join("");
}
