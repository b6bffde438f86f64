/** Records from readers, as RS cuts them. */
import { concatBytes } from "../../../encoding/index.ts";
import { decodeBytes, unfinished } from "../../bytes.ts";
import type { ByteReader } from "../../types.ts";
import type { Pattern } from "../support/regex.ts";

export type Separator =
  | { readonly type: "character"; readonly character: string }
  /** RS = "": blank lines separate, newlines are fields' ends too. */
  | { readonly type: "paragraph" }
  | { readonly type: "pattern"; readonly pattern: Pattern };

/** There is no whole record yet: `fill` first. */
export const MORE: unique symbol = Symbol("more");

export class RecordReader {
  readonly #reader: ByteReader;
  /** Bytes of a character that is not whole yet. */
  #torn: Uint8Array = new Uint8Array();
  #buffer = "";
  #at = 0;
  #ended = false;

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  /** Characters held, for the memory account. */
  get held(): number {
    return this.#buffer.length;
  }

  async fill(): Promise<void> {
    const chunk = await this.#reader.read();
    const text = this.#decode(chunk);
    if (chunk === null) this.#ended = true;
    this.#buffer = this.#at === 0 ? this.#buffer + text : this.#buffer.slice(this.#at) + text;
    this.#at = 0;
  }

  #decode(chunk: Uint8Array | null): string {
    const torn = this.#torn;
    this.#torn = new Uint8Array();
    if (chunk === null) return decodeBytes(torn);
    const bytes = torn.length === 0 ? chunk : concatBytes([torn, chunk]);
    const keep = unfinished(bytes);
    this.#torn = bytes.slice(bytes.length - keep);
    return decodeBytes(bytes.subarray(0, bytes.length - keep));
  }

  /** The next record; undefined at the end. */
  next(separator: Separator): string | undefined | typeof MORE {
    if (separator.type === "paragraph") return this.#paragraph();
    if (separator.type === "pattern") return this.#matched(separator.pattern);
    const end = this.#buffer.indexOf(separator.character, this.#at);
    if (end !== -1) return this.#cut(end, end + 1);
    return this.#rest();
  }

  #cut(end: number, next: number): string {
    const record = this.#buffer.slice(this.#at, end);
    this.#at = next;
    return record;
  }

  #rest(): string | undefined | typeof MORE {
    if (!this.#ended) return MORE;
    if (this.#at >= this.#buffer.length) return undefined;
    return this.#cut(this.#buffer.length, this.#buffer.length);
  }

  #paragraph(): string | undefined | typeof MORE {
    while (this.#buffer[this.#at] === "\n") this.#at++;
    const end = this.#buffer.indexOf("\n\n", this.#at);
    if (end !== -1) return this.#cut(end, end + 2);
    const rest = this.#rest();
    return typeof rest === "string" ? rest.replace(/\n$/, "") : rest;
  }

  #matched(pattern: Pattern): string | undefined | typeof MORE {
    const rest = this.#buffer.slice(this.#at);
    const match = pattern.find(rest, 0);
    // A match at the very end could go on in what comes next.
    if (match !== undefined && match.end > match.start && (this.#ended || match.end < rest.length))
      return this.#cut(this.#at + match.start, this.#at + match.end);
    return this.#rest();
  }

  close(): void {
    this.#reader.close();
  }
}
