/** What statements give, and how a text is taken apart into statements. */

import type { Rowset } from "../kit/sql/evaluate.ts";
import type { TypeName } from "../kit/sql/values.ts";

export interface ResultColumn {
  readonly name: string;
  /** Shown at the right, as numbers are. */
  readonly right: boolean;
  readonly type: TypeName;
  readonly size?: readonly number[];
}

/** What a client is told of one statement. */
export type Result =
  | { readonly kind: "notice"; readonly severity: "NOTICE" | "WARNING"; readonly text: string }
  | { readonly kind: "done"; readonly tag: string }
  | {
      readonly kind: "rows";
      readonly tag: string;
      readonly columns: readonly ResultColumn[];
      readonly rows: readonly (readonly (string | null)[])[];
    };

export interface ErrorReport {
  readonly severity: "ERROR" | "FATAL";
  readonly state: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  /** The statement and the place in it. */
  readonly sql?: string;
  readonly at?: number;
}

export interface Answer {
  readonly results: readonly Result[];
  readonly error?: ErrorReport;
  readonly status: "idle" | "transaction" | "failed";
}

/** Statements of a text, ended by semicolons outside quotes. */
export function splitSql(source: string): {
  readonly statements: readonly { readonly sql: string; readonly line: number; readonly at: number }[];
  readonly rest: string;
} {
  const statements: { sql: string; line: number; at: number }[] = [];
  let start = 0;
  let at = 0;
  const push = (end: number) => {
    const sql = source.slice(start, end);
    const blank = sql.replace(/--[^\n]*/g, "").trim();
    const lead = sql.length - sql.trimStart().length;
    if (blank !== "")
      statements.push({ sql: sql.trim(), line: source.slice(0, start + lead).split("\n").length, at: start + lead });
  };
  while (at < source.length) {
    const one = source[at] ?? "";
    if (one === "'" || one === '"') {
      const end = source.indexOf(one, at + 1);
      at = end === -1 ? source.length : end + 1;
    } else if (source.startsWith("--", at)) {
      const end = source.indexOf("\n", at);
      at = end === -1 ? source.length : end;
    } else if (source.startsWith("/*", at)) {
      const end = source.indexOf("*/", at + 2);
      at = end === -1 ? source.length : end + 2;
    } else if (one === "$") {
      const tag = /^\$[A-Za-z_]*\$/.exec(source.slice(at, at + 64))?.[0];
      const end = tag === undefined ? -1 : source.indexOf(tag, at + tag.length);
      at = tag === undefined ? at + 1 : end === -1 ? source.length : end + tag.length;
    } else {
      if (one === ";") {
        push(at);
        start = at + 1;
      }
      at++;
    }
  }
  return { statements, rest: source.slice(start) };
}

const RIGHT = new Set<TypeName>(["int2", "int4", "int8", "numeric", "float8"]);

/** Columns as a client is told of them. */
export const resultColumns = ({ columns }: Rowset): ResultColumn[] =>
  columns.map(({ name, type, size }) => ({
    name,
    right: RIGHT.has(type),
    type,
    ...(size === undefined ? {} : { size }),
  }));
