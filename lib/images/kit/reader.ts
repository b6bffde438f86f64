import { concatBytes } from "../../encoding/index.ts";
import type { ByteReader } from "../../machine/index.ts";

/** Lines and counted bytes out of a stream. */
export class StreamReader {
  readonly #source: ByteReader;
  #buffer: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(source: ByteReader) {
    this.#source = source;
  }

  /** The next line without its end (\n or \r\n); undefined at the end of the stream. Throws past `limit` bytes. */
  async line(limit = 64 * 1024): Promise<string | undefined> {
    let searched = 0;
    for (;;) {
      const end = this.#buffer.indexOf(10, searched);
      if (end !== -1) {
        const line = this.#buffer.subarray(0, end > 0 && this.#buffer[end - 1] === 13 ? end - 1 : end);
        this.#buffer = this.#buffer.subarray(end + 1);
        return new TextDecoder().decode(line);
      }
      searched = this.#buffer.length;
      if (searched > limit) throw new RangeError("line too long");
      if (!(await this.#fill())) {
        if (this.#buffer.length === 0) return undefined;
        const rest = this.#buffer;
        this.#buffer = new Uint8Array(0);
        return new TextDecoder().decode(rest);
      }
    }
  }

  /** Exactly `count` bytes; undefined where the stream ends before. Room is made for what came, not for what was announced. */
  async bytes(count: number): Promise<Uint8Array | undefined> {
    if (this.#buffer.length < count) {
      const parts = [this.#buffer];
      let length = this.#buffer.length;
      this.#buffer = new Uint8Array(0);
      while (length < count) {
        const chunk = this.#ended ? null : await this.#source.read();
        if (chunk === null) this.#ended = true;
        else {
          parts.push(chunk);
          length += chunk.length;
          continue;
        }
        this.#buffer = concatBytes(parts);
        return undefined;
      }
      this.#buffer = concatBytes(parts);
    }
    const taken = this.#buffer.slice(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return taken;
  }

  /** Everything up to the end. */
  async rest(): Promise<Uint8Array> {
    while (await this.#fill());
    const taken = this.#buffer.slice();
    this.#buffer = new Uint8Array(0);
    return taken;
  }

  async #fill(): Promise<boolean> {
    if (this.#ended) return false;
    const chunk = await this.#source.read();
    if (chunk === null) {
      this.#ended = true;
      return false;
    }
    if (this.#buffer.length === 0) this.#buffer = chunk;
    else {
      const joined = new Uint8Array(this.#buffer.length + chunk.length);
      joined.set(this.#buffer);
      joined.set(chunk, this.#buffer.length);
      this.#buffer = joined;
    }
    return true;
  }
}
