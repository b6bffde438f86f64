/** Binary messages: written field by field into a growing buffer, read field by field with bounds. Knows no protocol. */

/** Bytes that are no message of the protocol. */
export class Malformed extends Error {}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const strict = new TextDecoder("utf-8", { fatal: true });

export const utf8 = (text: string): Uint8Array => encoder.encode(text);
export const fromUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes);
/** Undefined where the bytes are no UTF-8. */
export function strictUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** `order` is the protocol's: "little" for MySQL, BSON and jute's neighbours, "big" for those of Java and PostgreSQL. */
export class WireWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;
  readonly #little: boolean;

  constructor(order: "little" | "big", room = 256) {
    this.#little = order === "little";
    this.#bytes = new Uint8Array(room);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** Moves the end on by `count` bytes and answers where they begin. */
  #take(count: number): number {
    const at = this.#length;
    if (at + count > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, at + count));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#length = at + count;
    return at;
  }

  u8(value: number): this {
    const at = this.#take(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.#take(2);
    this.#view.setUint16(at, value & 0xffff, this.#little);
    return this;
  }

  /** Three bytes, the smallest first. */
  u24(value: number): this {
    return this.u8(value & 255)
      .u8((value >>> 8) & 255)
      .u8((value >>> 16) & 255);
  }

  i32(value: number): this {
    const at = this.#take(4);
    this.#view.setInt32(at, value, this.#little);
    return this;
  }

  u32(value: number): this {
    return this.i32(value | 0);
  }

  i64(value: bigint | number): this {
    const at = this.#take(8);
    this.#view.setBigInt64(at, BigInt.asIntN(64, BigInt(value)), this.#little);
    return this;
  }

  f32(value: number): this {
    const at = this.#take(4);
    this.#view.setFloat32(at, value, this.#little);
    return this;
  }

  f64(value: number): this {
    const at = this.#take(8);
    this.#view.setFloat64(at, value, this.#little);
    return this;
  }

  bytes(bytes: Uint8Array): this {
    const at = this.#take(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  text(text: string): this {
    return this.bytes(encoder.encode(text));
  }

  /** Ended by a zero byte. A zero inside would end it early: it is left out. */
  cstring(text: string): this {
    return this.text(text.includes("\0") ? text.replaceAll("\0", "") : text).u8(0);
  }

  /** Writes a number over what stands at `at`. */
  setI32(at: number, value: number): this {
    this.#view.setInt32(at, value, this.#little);
    return this;
  }

  /** What was written so far; the writer must not be used any more. */
  done(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** What was written so far, as a copy; the writer begins anew. */
  flush(): Uint8Array {
    const bytes = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return bytes;
  }
}

/** Reads one message. Whatever goes past its end throws `Malformed`. */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #little: boolean;
  #at = 0;

  constructor(bytes: Uint8Array, order: "little" | "big") {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = order === "little";
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  get position(): number {
    return this.#at;
  }

  #take(count: number): number {
    const at = this.#at;
    if (count < 0 || at + count > this.#bytes.length) throw new Malformed("the message ends too early");
    this.#at = at + count;
    return at;
  }

  skip(count: number): this {
    this.#take(count);
    return this;
  }

  peek(): number | undefined {
    return this.#bytes[this.#at];
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  i8(): number {
    return this.#view.getInt8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), this.#little);
  }

  i16(): number {
    return this.#view.getInt16(this.#take(2), this.#little);
  }

  u24(): number {
    return this.u8() | (this.u8() << 8) | (this.u8() << 16);
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), this.#little);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), this.#little);
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#take(8), this.#little);
  }

  f32(): number {
    return this.#view.getFloat32(this.#take(4), this.#little);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), this.#little);
  }

  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  rest(): Uint8Array {
    return this.bytes(this.left);
  }

  text(count: number): string {
    return decoder.decode(this.bytes(count));
  }

  cstring(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end === -1) throw new Malformed("a text has no end");
    const text = this.text(end - this.#at);
    this.#at++;
    return text;
  }
}
