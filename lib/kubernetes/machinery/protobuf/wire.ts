/** The protobuf wire format: just enough to read messages by field number. */

const decoder = new TextDecoder();

export class WireReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  readonly #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** Field number and wire type of what comes next. */
  tag(): { readonly field: number; readonly type: number } {
    const key = Number(this.varint());
    return { field: key >>> 3, type: key & 7 };
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new RangeError("unexpected EOF");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError("proto: integer overflow");
  }

  bytes(): Uint8Array {
    const length = Number(this.varint());
    const start = this.#at;
    if (start + length > this.#end) throw new RangeError("unexpected EOF");
    this.#at = start + length;
    return this.#bytes.subarray(start, this.#at);
  }

  text(): string {
    return decoder.decode(this.bytes());
  }

  double(): number {
    return this.#fixed(8).getFloat64(0, true);
  }

  float(): number {
    return this.#fixed(4).getFloat32(0, true);
  }

  skip(type: number): void {
    if (type === 0) this.varint();
    else if (type === 1) this.#fixed(8);
    else if (type === 2) this.bytes();
    else if (type === 5) this.#fixed(4);
    else throw new RangeError(`proto: illegal wireType ${type}`);
  }

  #fixed(size: number): DataView {
    if (this.#at + size > this.#end) throw new RangeError("unexpected EOF");
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, size);
    this.#at += size;
    return view;
  }
}

/** A varint as the signed number Go reads it as. */
export function signed(value: bigint): number {
  return Number(BigInt.asIntN(64, value));
}
