import type { TerminalOutput } from "../types.ts";
import { TerminalModes } from "./terminal-modes.ts";

const SMALLEST_BYTES = 4096;
const encoder = new TextEncoder();

/**
 * The last output of a terminal, addressed by position (bytes since its beginning), so that a page that connects again
 * gets exactly what it has not seen. Keeps `capacityBytes` to the byte, in a ring that grows up to that.
 */
export class ReplayBuffer {
  readonly #capacity: number;
  #ring: Uint8Array;
  /** Position of the first kept byte, and of the next byte to come. */
  #start: number;
  #end: number;
  /** Added to a position where the ring is counted: positions may skip, the ring does not. */
  #shift = 0;
  /** What the output that is no longer kept did. */
  readonly #dropped = new TerminalModes();

  constructor(capacityBytes: number, from?: { readonly position: number; readonly data: Uint8Array }) {
    this.#capacity = capacityBytes;
    this.#ring = new Uint8Array(Math.min(capacityBytes, SMALLEST_BYTES));
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
    const kept = data.subarray(Math.max(0, data.length - this.#capacity));
    this.#makeRoom(this.#end - this.#start + data.length);
    const surplus = this.#end - this.#start + data.length - this.#capacity;
    if (surplus > 0) {
      const old = Math.min(surplus, this.#end - this.#start);
      this.#dropped.follow(this.#copy(this.#start, this.#start + old));
      this.#dropped.follow(data.subarray(0, data.length - kept.length));
      this.#start += surplus;
    }
    this.#end += data.length;
    const size = this.#ring.length;
    const at = (this.#end - kept.length + this.#shift) % size;
    const first = Math.min(kept.length, size - at);
    this.#ring.set(kept.subarray(0, first), at);
    this.#ring.set(kept.subarray(first), 0);
    return { position, data };
  }

  /** Goes on counting from `position`, for a page that has seen output which was never saved here. */
  skipTo(position: number): void {
    if (!Number.isSafeInteger(position)) return;
    const skipped = Math.max(0, position - this.#end);
    this.#start += skipped;
    this.#end += skipped;
    this.#shift -= skipped;
  }

  /**
   * Everything kept from `position` on. Starts later where older output was dropped: then with what brings a terminal
   * to where the dropped output had left it, in the place of as many bytes.
   */
  since(position: number): TerminalOutput {
    const from = Math.min(Math.max(0, position), this.#end);
    if (from >= this.#start) return { position: from, data: this.#copy(from, this.#end) };
    const modes = this.#dropped.copy();
    const all = this.#copy(this.#start, this.#end);
    let skipped = 0;
    let restored = encoder.encode(modes.restored());
    // Not within a sequence or character; and after what was asked for, so that the loss is seen.
    while (skipped < all.length && (!modes.atBoundary || this.#start + skipped - restored.length <= from)) {
      modes.follow(all.subarray(skipped, ++skipped));
      if (modes.atBoundary) restored = encoder.encode(modes.restored());
    }
    // Too little is left for it: the next output will show the loss.
    if (this.#start + skipped - restored.length < from) return { position: this.#end, data: new Uint8Array() };
    const data = new Uint8Array(restored.length + all.length - skipped);
    data.set(restored);
    data.set(all.subarray(skipped), restored.length);
    return { position: this.#start + skipped - restored.length, data };
  }

  #copy(from: number, to: number): Uint8Array {
    const out = new Uint8Array(to - from);
    if (out.length === 0) return out;
    const size = this.#ring.length;
    const at = (((from + this.#shift) % size) + size) % size;
    const first = this.#ring.subarray(at, Math.min(size, at + out.length));
    out.set(first);
    out.set(this.#ring.subarray(0, out.length - first.length), first.length);
    return out;
  }

  #makeRoom(length: number): void {
    const wanted = Math.min(this.#capacity, length);
    if (wanted <= this.#ring.length) return;
    const kept = this.#copy(this.#start, this.#end);
    this.#ring = new Uint8Array(Math.min(this.#capacity, Math.max(wanted, this.#ring.length * 2)));
    this.#shift = -this.#start;
    this.#ring.set(kept);
  }
}
