/** Prepared statements: their places are filled with literals when they run, as the binary log would write them. */
import { concatBytes, toHex } from "../../../encoding/index.ts";
import { Malformed, strictUtf8, type WireReader } from "../../kit/wire/bytes.ts";
import { MysqlError } from "../sql/errors.ts";
import { TYPE } from "./constants.ts";
import { readCounted } from "./packets.ts";
import { isCount, type Literal, NULL_LITERAL, numeral, quoted } from "./statements.ts";

export interface Prepared {
  readonly id: number;
  readonly template: readonly string[];
  /** Columns were told when it was prepared. */
  readonly rows: boolean;
  /** Of the last execution: they need not be sent again. */
  types: readonly number[];
  /** What COM_STMT_SEND_LONG_DATA brought, by the number of the place. */
  readonly long: Map<number, Uint8Array[]>;
  longBytes: number;
}

/** Statements that a server keeps at a time, in all sessions (`max_prepared_stmt_count`). */
export const MAX_PREPARED = 16_382;

export const unknownStatement = (id: number, command: string): MysqlError =>
  new MysqlError(1243, "HY000", `Unknown prepared statement handler (${id}) given to ${command}`);

const UNSIGNED = 0x8000;

/** The values of COM_STMT_EXECUTE, behind its iteration count. `strictCounts`: LIMIT takes whole numbers alone. */
export function readValues(reader: WireReader, prepared: Prepared, strictCounts: boolean): Literal[] {
  const count = prepared.template.length - 1;
  if (count === 0) return [];
  const nulls = reader.bytes((count + 7) >> 3);
  if (reader.u8() === 1) prepared.types = Array.from({ length: count }, () => reader.u16());
  if (prepared.types.length !== count) throw new Malformed("values without types");
  let before = prepared.template[0] ?? "";
  return prepared.types.map((type, index) => {
    const long = prepared.long.get(index);
    const value =
      ((nulls[index >> 3] ?? 0) >> (index & 7)) & 1
        ? NULL_LITERAL
        : long === undefined
          ? readValue(reader, type & 255, (type & UNSIGNED) !== 0)
          : textLiteral(concatBytes(long));
    const isLimit = isCount(before);
    if (isLimit && strictCounts && !WHOLE.has(type & 255))
      throw new MysqlError(1210, "HY000", "Incorrect arguments to mysqld_stmt_execute");
    before += `0${prepared.template[index + 1] ?? ""}`;
    return isLimit ? numeral(value.text.replace(/^'|'$/g, "").replace(/\..*$/, "")) : value;
  });
}

const WHOLE = new Set<number>([TYPE.tiny, TYPE.short, TYPE.long, TYPE.longlong, TYPE.int24]);

function textLiteral(bytes: Uint8Array): Literal {
  const text = strictUtf8(bytes);
  return text === undefined ? numeral(`0x${toHex(bytes)}`) : quoted(text);
}

function readValue(reader: WireReader, type: number, unsigned: boolean): Literal {
  switch (type) {
    case TYPE.null:
      return NULL_LITERAL;
    case TYPE.tiny:
      return numeral(String(unsigned ? reader.u8() : reader.i8()));
    case TYPE.short:
    case TYPE.year:
      return numeral(String(unsigned ? reader.u16() : reader.i16()));
    case TYPE.long:
    case TYPE.int24:
      return numeral(String(unsigned ? reader.u32() : reader.i32()));
    case TYPE.longlong: {
      const value = reader.i64();
      return numeral(String(unsigned ? BigInt.asUintN(64, value) : value));
    }
    case TYPE.float:
      return decimal(reader.f32());
    case TYPE.double:
      return decimal(reader.f64());
    case TYPE.date:
    case TYPE.datetime:
    case TYPE.timestamp:
      return quoted(readTime(reader, type === TYPE.date));
    case TYPE.time:
      return quoted(readDuration(reader));
    default:
      return textLiteral(readCounted(reader));
  }
}

function decimal(value: number): Literal {
  if (!Number.isFinite(value)) throw new MysqlError(1210, "HY000", "Incorrect arguments to mysqld_stmt_execute");
  return numeral(String(value).replace("e+", "e"));
}

const two = (value: number) => String(value).padStart(2, "0");

function readTime(reader: WireReader, onlyDate: boolean): string {
  const length = reader.u8();
  const date =
    length >= 4 ? `${String(reader.u16()).padStart(4, "0")}-${two(reader.u8())}-${two(reader.u8())}` : "0000-00-00";
  const time = length >= 7 ? `${two(reader.u8())}:${two(reader.u8())}:${two(reader.u8())}` : "00:00:00";
  const part = length >= 11 ? `.${String(reader.u32()).padStart(6, "0")}` : "";
  return onlyDate && length < 7 ? date : `${date} ${time}${part}`;
}

function readDuration(reader: WireReader): string {
  const length = reader.u8();
  if (length < 8) return "00:00:00";
  const sign = reader.u8() === 1 ? "-" : "";
  const days = reader.u32();
  const hours = days * 24 + reader.u8();
  const rest = `${two(reader.u8())}:${two(reader.u8())}`;
  const part = length >= 12 ? `.${String(reader.u32()).padStart(6, "0")}` : "";
  return `${sign}${two(hours)}:${rest}${part}`;
}
