/** Records from readers, as RS cuts them. */
import { concatBytes } from "../../../encoding/index.ts";
import { decodeBytes, unfinished } from "../../bytes.ts";
import type { ByteReader } from "../../types.ts";
import { binaryOf } from "../support/binary.ts";
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
  readonly #bytes: boolean;
  /** Where the last record of paragraphs keeps its newline, as BusyBox has it. */
  readonly #keepsNewline: boolean;
  /** What ended the record given last. */
  terminator = "";
  /** Bytes of a character that is not whole yet. */
  #torn: Uint8Array = new Uint8Array();
  #buffer = "";
  #at = 0;
  #ended = false;

  /** `bytes`: each character of a record is one byte. */
  constructor(reader: ByteReader, options: { readonly bytes: boolean; readonly keepsNewline?: boolean }) {
    this.#reader = reader;
    this.#bytes = options.bytes;
    this.#keepsNewline = options.keepsNewline ?? false;
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
    if (this.#bytes) return chunk === null ? "" : binaryOf(chunk);
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
    this.terminator = end === next ? "" : this.#buffer.slice(end, next);
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
    if (end !== -1) {
      let next = end + 2;
      while (this.#buffer[next] === "\n") next++;
      return this.#cut(end, next);
    }
    const rest = this.#rest();
    if (typeof rest !== "string" || this.#keepsNewline || !rest.endsWith("\n")) return rest;
    this.terminator = "\n";
    return rest.slice(0, -1);
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
