/**
 * The content of a large file, in pages: writing never copies more than the pages it touches, however large the file
 * is. What was handed out by `read` is never written to again.
 */

const PAGE_BYTES = 1 << 18;
/** Files up to here are one piece of memory. */
export const PAGED_FROM = 1 << 20;

interface Page {
  /** At most `PAGE_BYTES`; the page's first bytes. */
  data: Uint8Array;
  /** Bytes below this are seen by someone else and must not be written in place. */
  shared: number;
}

export class PagedContent {
  /** A page that is missing is zeros. */
  readonly #pages: (Page | undefined)[] = [];
  #size: number;

  /** Views of `data`, whose first `size` bytes are the content and whose first `shared` bytes others see. */
  constructor(data: Uint8Array, size: number, shared: number) {
    this.#size = size;
    for (let at = 0; at < size; at += PAGE_BYTES)
      this.#pages.push({
        data: data.subarray(at, Math.min(at + PAGE_BYTES, data.length)),
        shared: Math.max(0, Math.min(PAGE_BYTES, shared - at)),
      });
  }

  get size(): number {
    return this.#size;
  }

  /** At most `max` bytes from `position` on: a view where they lie in one page, else a copy. */
  read(position: number, max: number): Uint8Array {
    const end = Math.min(this.#size, position + max);
    if (position >= end) return new Uint8Array(0);
    const index = Math.floor(position / PAGE_BYTES);
    const from = position % PAGE_BYTES;
    const page = this.#pages[index];
    if (from + end - position <= PAGE_BYTES && page !== undefined && page.data.length >= from + end - position) {
      page.shared = Math.max(page.shared, from + end - position);
      return page.data.subarray(from, from + end - position);
    }
    const out = new Uint8Array(end - position);
    for (let at = position; at < end; ) {
      const start = at % PAGE_BYTES;
      const length = Math.min(PAGE_BYTES - start, end - at);
      const data = this.#pages[Math.floor(at / PAGE_BYTES)]?.data;
      if (data !== undefined) out.set(data.subarray(start, start + length), at - position);
      at += length;
    }
    return out;
  }

  /** `position` is at most the size. */
  write(position: number, data: Uint8Array): void {
    for (let done = 0; done < data.length; ) {
      const at = position + done;
      const from = at % PAGE_BYTES;
      const length = Math.min(PAGE_BYTES - from, data.length - done);
      this.#writable(Math.floor(at / PAGE_BYTES), from, from + length).set(data.subarray(done, done + length), from);
      done += length;
    }
    this.#size = Math.max(this.#size, position + data.length);
  }

  truncate(size: number): void {
    const before = this.#size;
    this.#size = size;
    this.#pages.length = Math.ceil(size / PAGE_BYTES);
    const from = before % PAGE_BYTES;
    const last = Math.floor(before / PAGE_BYTES);
    // What lies behind the old end may be of a time when the file was longer.
    if (size > before && from > 0 && this.#pages[last] !== undefined)
      this.#writable(last, from, PAGE_BYTES).fill(0, from);
  }

  /** A page whose bytes from `from` to `to` may be written in place. */
  #writable(index: number, from: number, to: number): Uint8Array {
    const page = this.#pages[index];
    if (page !== undefined && page.data.length >= to && page.shared <= from) return page.data;
    const data = new Uint8Array(PAGE_BYTES);
    if (page !== undefined) {
      data.set(page.data);
      // Behind the end of the file there are zeros.
      const used = this.#size - index * PAGE_BYTES;
      if (used < PAGE_BYTES) data.fill(0, Math.max(0, used));
    }
    this.#pages[index] = { data, shared: 0 };
    return data;
  }
}
