/** What statements gave, as messages. */
import type { WireWriter } from "../../kit/wire/bytes.ts";
import type { Answer, ErrorReport, Result, ResultColumn } from "../results.ts";
import { content, type MessageStream, type Report, writeReport } from "./messages.ts";
import { toBinary, typeModifier, wireType } from "./types.ts";

type Rows = Extract<Result, { kind: "rows" }>;

/** Per column: in binary form. One for all, none for text. */
export type Formats = readonly boolean[];
const isBinary = (formats: Formats, index: number) => (formats.length === 1 ? formats[0] : formats[index]) === true;

export function rowDescription(columns: readonly ResultColumn[], formats: Formats = []): WireWriter {
  const writer = content().u16(columns.length);
  for (const [index, { name, type, size }] of columns.entries()) {
    const { oid, length } = wireType(type);
    writer.cstring(name).u32(0).u16(0).u32(oid).u16(length).i32(typeModifier(type, size));
    writer.u16(isBinary(formats, index) ? 1 : 0);
  }
  return writer;
}

export async function sendRows(
  stream: MessageStream,
  { columns, rows }: Pick<Rows, "columns" | "rows">,
  formats: Formats = [],
): Promise<void> {
  for (const row of rows) {
    const writer = content().u16(row.length);
    for (const [index, value] of row.entries()) {
      if (value === null) {
        writer.i32(-1);
        continue;
      }
      const type = columns[index]?.type ?? "text";
      const bytes = isBinary(formats, index) ? toBinary(type, value) : new TextEncoder().encode(value);
      writer.i32(bytes.length).bytes(bytes);
    }
    await stream.write("D", writer);
  }
}

export const sendReport = (stream: MessageStream, report: Report): Promise<void> =>
  stream.write(report.severity === "NOTICE" || report.severity === "WARNING" ? "N" : "E", writeReport(report));

/** `origin`: where a place of the statement that ran stood in the text that the client sent. */
export function reportOf(error: ErrorReport, origin: (at: number) => number = (at) => at): Report {
  const { sql, at, ...rest } = error;
  if (sql === undefined || at === undefined) return rest;
  // Clients count characters, not the halves of some.
  return { ...rest, position: [...sql.slice(0, at)].length - at + origin(at) };
}

export async function sendNotice(stream: MessageStream, { severity, text }: Extract<Result, { kind: "notice" }>) {
  await sendReport(stream, { severity, state: severity === "NOTICE" ? "00000" : "01000", message: text });
}

/** The answer to a text of statements. */
export async function sendAnswer(stream: MessageStream, { results, error }: Answer): Promise<void> {
  for (const result of results) {
    if (result.kind === "notice") await sendNotice(stream, result);
    else {
      if (result.kind === "rows") {
        await stream.write("T", rowDescription(result.columns));
        await sendRows(stream, result);
      }
      await stream.write("C", content().cstring(result.tag));
    }
  }
  if (error !== undefined) await sendReport(stream, reportOf(error));
  else if (results.length === 0) await stream.write("I");
}

export const readyForQuery = (status: Answer["status"]): WireWriter =>
  content().u8({ idle: 0x49, transaction: 0x54, failed: 0x45 }[status]);
