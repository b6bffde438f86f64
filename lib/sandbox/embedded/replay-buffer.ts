import { concatBytes } from "../../encoding/index.ts";
import type { TerminalOutput } from "../types.ts";

/**
 * The last output of a terminal, addressed by position (bytes since its beginning), so that a page that connects again
 * gets exactly what it has not seen.
 */
export class ReplayBuffer {
  readonly #capacity: number;
  #chunks: Uint8Array[] = [];
  /** Position of the first kept byte, and of the next byte to come. */
  #start: number;
  #end: number;

  constructor(capacityBytes: number, from?: { readonly position: number; readonly data: Uint8Array }) {
    this.#capacity = capacityBytes;
    this.#start = from?.position ?? 0;
    this.#end = this.#start;
    if (from !== undefined && from.data.length > 0) this.push(from.data);
  }

  get end(): number {
    return this.#end;
  }

  /** Keeps `data` and returns it with its position. */
  push(data: Uint8Array): TerminalOutput {
    const position = this.#end;
    this.#chunks.push(data);
    this.#end += data.length;
    while (this.#chunks.length > 1 && this.#end - this.#start > this.#capacity) {
      this.#start += this.#chunks.shift()?.length ?? 0;
    }
    // Many small writes would make a long list; one copy now and then keeps it short.
    if (this.#chunks.length > 512) this.#chunks = [concatBytes(this.#chunks)];
    return { position, data };
  }

  /** Goes on counting from `position`, for a page that has seen output which was never saved here. */
  skipTo(position: number): void {
    if (!Number.isSafeInteger(position)) return;
    const skipped = Math.max(0, position - this.#end);
    this.#start += skipped;
    this.#end += skipped;
  }

  /** Everything kept from `position` on. Starts later where older output was dropped. */
  since(position: number): TerminalOutput {
    const all = concatBytes(this.#chunks);
    const offset = Math.min(Math.max(0, position - this.#start), all.length);
    return { position: this.#start + offset, data: all.subarray(offset) };
  }
}
