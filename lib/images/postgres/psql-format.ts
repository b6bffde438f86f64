/** Tables as psql prints them. Pure. */
import { displayWidth } from "../../machine/index.ts";
import type { ErrorReport, Result } from "./results.ts";

export interface Style {
  readonly aligned: boolean;
  readonly tuplesOnly: boolean;
  readonly expanded: boolean;
  readonly csv: boolean;
  readonly separator: string;
  readonly null: string;
}

type Rows = Extract<Result, { kind: "rows" }>;
type Shown = { readonly columns: readonly Pick<Rows["columns"][number], "name" | "right">[] } & Pick<Rows, "rows">;

const pad = (text: string, width: number) => text + " ".repeat(Math.max(0, width - displayWidth(text)));
const padLeft = (text: string, width: number) => " ".repeat(Math.max(0, width - displayWidth(text))) + text;

const count = (rows: number) => `(${rows} row${rows === 1 ? "" : "s"})`;

export function tableText({ columns, rows }: Shown, style: Style, title?: string): string {
  const cells = rows.map((row) => row.map((value) => value ?? style.null));
  if (style.csv) {
    const field = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const all = style.tuplesOnly ? cells : [columns.map(({ name }) => name), ...cells];
    return all.map((row) => `${row.map(field).join(",")}\n`).join("");
  }
  if (style.expanded) return expandedText(columns, cells, style);
  if (!style.aligned) {
    const lines = [...(style.tuplesOnly ? [] : [columns.map(({ name }) => name)]), ...cells].map(
      (row) => `${row.join(style.separator)}\n`,
    );
    return lines.join("") + (style.tuplesOnly ? "" : `${count(rows.length)}\n`);
  }
  if (columns.length === 0) return style.tuplesOnly ? "" : `--\n${count(rows.length)}\n\n`;
  const lines = cells.map((row) => row.map((cell) => cell.split("\n")));
  const widths = columns.map(({ name }, index) =>
    Math.max(displayWidth(name), ...lines.flatMap((row) => (row[index] ?? []).map(displayWidth))),
  );
  const last = columns.length - 1;
  let text =
    title === undefined
      ? ""
      : `${" ".repeat(Math.max(0, Math.floor((widths.reduce((sum, width) => sum + width + 3, -1) - title.length) / 2)))}${title}\n`;
  if (!style.tuplesOnly) {
    const centered = columns.map(({ name }, index) => {
      const room = (widths[index] ?? 0) - displayWidth(name);
      const before = Math.floor(room / 2);
      return ` ${" ".repeat(before)}${name}${" ".repeat(room - before)} `;
    });
    text += `${centered.join("|")}\n${widths.map((width) => "-".repeat(width + 2)).join("+")}\n`;
  }
  for (const row of lines) {
    const height = Math.max(...row.map((cell) => cell.length));
    for (let line = 0; line < height; line++) {
      const parts = row.map((cell, index) => {
        const part = cell[line] ?? "";
        const more = line < cell.length - 1 ? "+" : "";
        const shown =
          columns[index]?.right === true
            ? padLeft(part, widths[index] ?? 0)
            : index === last && more === ""
              ? part
              : pad(part, widths[index] ?? 0);
        return ` ${shown}${index === last ? more : more || " "}`;
      });
      text += `${parts.join("|")}\n`;
    }
  }
  return `${text}${style.tuplesOnly ? "" : `${count(rows.length)}\n`}${style.tuplesOnly && rows.length === 0 ? "" : "\n"}`;
}

function expandedText(columns: Shown["columns"], cells: readonly (readonly string[])[], style: Style): string {
  if (cells.length === 0) return style.tuplesOnly ? "" : "(0 rows)\n\n";
  const names = Math.max(...columns.map(({ name }) => displayWidth(name)));
  const values = Math.max(...cells.flat().map((cell) => Math.max(...cell.split("\n").map(displayWidth))));
  const parts = cells.map((row, index) => {
    const label = `-[ RECORD ${index + 1} ]`;
    const rule = `${"-".repeat(names)}-+-${"-".repeat(values)}`;
    const head = style.tuplesOnly ? "" : `${label}${rule.slice(label.length)}\n`;
    return head + row.map((cell, at) => `${pad(columns[at]?.name ?? "", names)} | ${cell}\n`).join("");
  });
  return `${parts.join(style.tuplesOnly ? "\n" : "")}\n`;
}

/** ERROR, the line it is about with a mark under the place, detail and hint. */
export function errorText({ severity, message, detail, hint, sql, at }: ErrorReport): string {
  let text = `${severity}:  ${message}\n`;
  if (sql !== undefined && at !== undefined) {
    const before = sql.slice(0, at).split("\n");
    const line = sql.split("\n")[before.length - 1] ?? "";
    const head = `LINE ${before.length}: `;
    text += `${head}${line}\n${" ".repeat(head.length + displayWidth(before.at(-1) ?? ""))}^\n`;
  }
  if (detail !== undefined) text += `DETAIL:  ${detail}\n`;
  if (hint !== undefined) text += `HINT:  ${hint}\n`;
  return text;
}
