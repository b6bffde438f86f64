/** A stream read in pieces of a known size. */
import { concatBytes } from "../../../encoding/index.ts";
import type { ByteReader } from "../../types.ts";

/** Reads exactly as much as asked for, less only at the end. */
export class Exact {
  readonly #reader: ByteReader | undefined;
  #rest: Uint8Array;

  constructor(reader: ByteReader | undefined, rest: Uint8Array = new Uint8Array()) {
    this.#reader = reader;
    this.#rest = rest;
  }

  unread(data: Uint8Array): void {
    this.#rest = concatBytes([data, this.#rest]);
  }

  /** What was read ahead. */
  held(): Uint8Array {
    const held = this.#rest;
    this.#rest = new Uint8Array();
    return held;
  }

  async read(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let missing = count; missing > 0; ) {
      if (this.#rest.length === 0) {
        const next = await this.#reader?.read();
        if (next === null || next === undefined) break;
        this.#rest = next;
        continue;
      }
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      parts.push(part);
      missing -= part.length;
    }
    return concatBytes(parts);
  }
}
