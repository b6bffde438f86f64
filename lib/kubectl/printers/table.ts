/** Server-side Tables as `kubectl get` prints them (k8s.io/cli-runtime/pkg/printers/tableprinter.go). */
import { type Json, type JsonObject, listAt, numberAt, objectAt, stringsAt, textAt } from "../object.ts";
import type { TabWriter } from "./tabwriter.ts";

interface TableOptions {
  readonly noHeaders: boolean;
  readonly wide: boolean;
  readonly showLabels: boolean;
  readonly columnLabels: readonly string[];
  readonly withNamespace: boolean;
  /** "pod" or "deployment.apps": put before names. */
  readonly kindPrefix: string;
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly priority: number;
}

const columnsOf = (table: Json): Column[] =>
  listAt(table, "columnDefinitions").map((column) => ({
    name: textAt(column, "name"),
    type: textAt(column, "type"),
    format: textAt(column, "format"),
    priority: numberAt(column, "priority"),
  }));

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key]}`);
  return pairs.length === 0 ? "<none>" : pairs.join(",");
}

/** As wide as the longest, since those to come are not known. */
const eventCell = (event: string): string => event.padEnd("MODIFIED".length);

/** Prints Tables one after the other, repeating headers only where columns change. */
export class TablePrinter {
  readonly #options: TableOptions;
  #columns: Column[] | undefined;
  #printedHeaders = false;

  constructor(options: TableOptions) {
    this.#options = options;
  }

  /** `event`: type of the watch event the rows came with, shown in a first column. */
  print(table: JsonObject, writer: TabWriter, event?: string): void {
    const options = this.#options;
    let columns = columnsOf(table);
    const sameColumns =
      columns.length === 0 ||
      (this.#columns !== undefined && JSON.stringify(columns) === JSON.stringify(this.#columns));
    const header = !options.noHeaders && !(this.#printedHeaders && sameColumns);
    if (columns.length === 0) columns = this.#columns ?? [];
    else this.#columns = columns;
    const rows = listAt(table, "rows");
    if (rows.length === 0) return;
    const shown = columns.flatMap((column, i) => (options.wide || column.priority === 0 ? [i] : []));
    if (header) {
      const names = [
        ...(event === undefined ? [] : [eventCell("EVENT")]),
        ...(options.withNamespace ? ["NAMESPACE"] : []),
        ...shown.map((i) => (columns[i]?.name ?? "").toUpperCase()),
        ...options.columnLabels.map((label) => label.slice(label.lastIndexOf("/") + 1).toUpperCase()),
        ...(options.showLabels ? ["LABELS"] : []),
      ];
      writer.write(`${names.join("\t")}\n`);
    }
    this.#printedHeaders = true;
    // The column of names, wherever it is.
    const named = columns.findIndex(({ format, type }) => format === "name" && type === "string");
    for (const row of rows) {
      const cells = listAt(row, "cells");
      const object = objectAt(row, "object");
      const labels = stringsAt(object, "metadata", "labels");
      const values = shown.map((i) => {
        const text = cellText(cells[i]);
        return i === named && options.kindPrefix !== "" ? `${options.kindPrefix}/${text}` : text;
      });
      const line = [
        ...(event === undefined ? [] : [eventCell(event)]),
        ...(options.withNamespace ? [textAt(object, "metadata", "namespace")] : []),
        ...values,
        ...options.columnLabels.map((label) => labels[label] ?? ""),
        ...(options.showLabels ? [labelsText(labels)] : []),
      ];
      writer.write(`${line.join("\t")}\n`);
    }
  }
}

/** A cell on one line: what follows a line break is cut, control characters are made visible. */
function cellText(cell: Json | undefined): string {
  if (cell === undefined || cell === null) return "";
  const text = typeof cell === "object" ? JSON.stringify(cell) : String(cell);
  const end = text.search(/[\f\n\r]/);
  return escapeTerminal(end === -1 ? text : `${text.slice(0, end)}...`);
}

/** Escape sequences in cluster data must not reach a terminal. */
export function escapeTerminal(text: string): string {
  return text.replaceAll("\u001b", "^[").replaceAll("\r", "\\r");
}
