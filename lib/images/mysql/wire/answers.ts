/** OK, ERR, EOF and result sets, to be sent and as they are read. */
import { utf8, WireReader, WireWriter } from "../../kit/wire/bytes.ts";
import type { SqlResult, SqlValue } from "../engine/types.ts";
import { CAPABILITY } from "./constants.ts";
import {
  binaryRow,
  isNumber,
  readField,
  readTextRow,
  textRow,
  type WireField,
  wireFields,
  writeField,
} from "./fields.ts";
import { type PacketStream, readLength, writeLength } from "./packets.ts";

type Failure = Extract<SqlResult, { error: unknown }>["error"];
type Rows = Extract<SqlResult, { columns: readonly string[] }>;

/** How a connection wants to be answered. */
export interface AnswerStyle {
  readonly capabilities: number;
  /** Status flags of the session. */
  readonly status: number;
  readonly collation: number;
}

export function errorPacket({ code, state, message }: Failure): Uint8Array {
  // Messages of servers end at 512 bytes.
  return new WireWriter("little").u8(0xff).u16(code).text(`#${state}`).text(message.slice(0, 512)).done();
}

interface OkValues {
  readonly affected?: number;
  readonly insertId?: number;
  readonly warnings?: number;
  readonly info?: string;
}

export function okPacket(header: 0x00 | 0xfe, status: number, values: OkValues = {}): Uint8Array {
  const { affected = 0, insertId = 0, warnings = 0, info = "" } = values;
  const writer = new WireWriter("little", 16).u8(header);
  writeLength(writer, affected);
  writeLength(writer, insertId);
  writer.u16(status).u16(warnings);
  // Without session tracking, what is said of it goes to the end of the packet.
  if (info !== "") writeLength(writer, utf8(info).length).text(info);
  return writer.done();
}

/** The end of columns or of rows. */
export function endPacket({ capabilities, status }: AnswerStyle, warnings = 0): Uint8Array {
  if (capabilities & CAPABILITY.deprecateEof) return okPacket(0xfe, status, { warnings });
  return new WireWriter("little", 8).u8(0xfe).u16(warnings).u16(status).done();
}

/** Rows changed or, for who asks so, found. */
function affectedOf(result: Extract<SqlResult, { affected: number }>, capabilities: number): number {
  const matched = capabilities & CAPABILITY.foundRows ? /^Rows matched: (\d+)/.exec(result.info ?? "")?.[1] : undefined;
  return matched === undefined ? result.affected : Number(matched);
}

/** Sends one answer; rows of a prepared statement are `binary`. */
export async function sendResult(
  stream: PacketStream,
  result: SqlResult,
  style: AnswerStyle,
  binary = false,
): Promise<void> {
  if ("error" in result) return stream.write(errorPacket(result.error));
  if ("affected" in result) {
    const { insertId = 0, warnings = 0, info = "" } = result;
    const affected = affectedOf(result, style.capabilities);
    return stream.write(okPacket(0x00, style.status, { affected, insertId, warnings, info }));
  }
  const fields = wireFields(result, style.collation);
  await sendFields(stream, fields, style);
  for (const row of result.rows) await stream.write(binary ? binaryRow(row, fields) : textRow(row));
  await stream.write(endPacket(style, result.warnings ?? 0));
}

async function sendFields(stream: PacketStream, fields: readonly WireField[], style: AnswerStyle): Promise<void> {
  await stream.write(writeLength(new WireWriter("little", 8), fields.length).done());
  for (const field of fields) await stream.write(writeField(field));
  if ((style.capabilities & CAPABILITY.deprecateEof) === 0) await stream.write(endPacket(style));
}

// -------------------------------------------------------------------------------------------------------------- reading

export function readError(reader: WireReader): Failure {
  const code = reader.u16();
  const hasState = reader.peek() === 0x23;
  const state = hasState ? reader.skip(1).text(5) : "HY000";
  return { code, state, message: new TextDecoder().decode(reader.rest()) };
}

/** Reads one answer to COM_QUERY; undefined where the connection ended. */
export async function readResult(stream: PacketStream, capabilities: number): Promise<SqlResult | undefined> {
  const first = await stream.read();
  if (first === undefined) return undefined;
  const reader = new WireReader(first, "little");
  if (first[0] === 0x00) return readOk(reader);
  if (first[0] === 0xff) return { error: readError(reader.skip(1)) };
  const count = readLength(reader);
  const fields: WireField[] = [];
  for (let index = 0; index < count; index++) {
    const payload = await stream.read();
    if (payload === undefined) return undefined;
    fields.push(readField(new WireReader(payload, "little")));
  }
  const deprecated = (capabilities & CAPABILITY.deprecateEof) !== 0;
  if (!deprecated && (await stream.read()) === undefined) return undefined;
  const rows: SqlValue[][] = [];
  for (;;) {
    const payload = await stream.read();
    if (payload === undefined) return undefined;
    const row = new WireReader(payload, "little");
    if (payload[0] === 0xff) return { error: readError(row.skip(1)) };
    if (payload[0] !== 0xfe || payload.length >= 0xffffff) {
      rows.push(readTextRow(row, count));
      continue;
    }
    row.skip(1);
    const warnings = deprecated ? (readOk(row, false).warnings ?? 0) : row.u16();
    return rowsOf(fields, rows, warnings);
  }
}

function rowsOf(fields: readonly WireField[], rows: readonly SqlValue[][], warnings: number): Rows {
  return {
    columns: fields.map(({ name }) => name),
    right: fields.map(isNumber),
    rows,
    ...(warnings === 0 ? {} : { warnings }),
  };
}

function readOk(reader: WireReader, header = true): Extract<SqlResult, { affected: number }> {
  if (header) reader.skip(1);
  const affected = readLength(reader);
  const insertId = readLength(reader);
  reader.skip(2);
  const warnings = reader.u16();
  const info = reader.left > 0 ? reader.text(readLength(reader)) : "";
  return {
    affected,
    ...(insertId === 0 ? {} : { insertId }),
    ...(warnings === 0 ? {} : { warnings }),
    ...(info === "" ? {} : { info }),
  };
}
