/** What csplit reads from and writes to: numbered lines, and one output file at a time. */
import { concatBytes } from "../../../encoding/index.ts";
import { isErrno } from "../../errno.ts";
import type { ByteReader } from "../../types.ts";
import { binaryOf, fromBinary } from "../support/binary.ts";
import { Exit, readAll, type Tool } from "../support/tool.ts";

interface PiecesOptions {
  /** A piece's file. */
  readonly name: (index: number) => string;
  /** Files stay where it fails. */
  readonly keep: boolean;
  /** No sizes are printed. */
  readonly quiet: boolean;
  /** Empty files are removed. */
  readonly elide: boolean;
}

type Splitter = Pick<Tool, "process" | "out" | "bare" | "spend" | "complain" | "die" | "open">;

export class Pieces {
  readonly #tool: Splitter;
  readonly #reader: ByteReader;
  readonly #options: PiecesOptions;
  #data: Uint8Array | undefined;
  /** Where each line begins; the last: where the data ends. */
  #starts: number[] = [];
  /** The index of the first line that is not removed yet. */
  #first = 0;
  #made = 0;
  #open: { readonly path: string; readonly parts: Uint8Array[]; size: number } | undefined;
  /** The number of the line looked at last: the first is 1. */
  current = 0;

  constructor(tool: Splitter, reader: ByteReader, options: PiecesOptions) {
    this.#tool = tool;
    this.#reader = reader;
    this.#options = options;
  }

  async #lines(): Promise<{ readonly data: Uint8Array; readonly starts: readonly number[] }> {
    if (this.#data !== undefined) return { data: this.#data, starts: this.#starts };
    let data: Uint8Array;
    try {
      data = await readAll(this.#tool, this.#reader);
    } catch (error) {
      if (!isErrno(error)) throw error;
      return this.fail(`read error: ${error.message}`);
    }
    for (let at = 0; at < data.length; ) {
      this.#starts.push(at);
      const end = data.indexOf(10, at);
      at = end === -1 ? data.length : end + 1;
      if ((this.#starts.length & 255) === 0) await this.#tool.spend(64);
    }
    this.#starts.push(data.length);
    this.#data = data;
    return { data, starts: this.#starts };
  }

  async isAtEnd(): Promise<boolean> {
    return this.current >= (await this.#lines()).starts.length - 1;
  }

  /** The number of the first line that is left. */
  async firstLine(): Promise<number> {
    if ((await this.#lines()).starts.length === 1) return this.#tool.die("input disappeared");
    return this.#first + 1;
  }

  /** The line after the current one, which it becomes: as text, without its end. */
  async next(): Promise<string | undefined> {
    const { data, starts } = await this.#lines();
    const from = starts[this.current];
    const end = starts[++this.current];
    if (from === undefined || end === undefined) return undefined;
    return fromBinary(binaryOf(data.subarray(from, data[end - 1] === 10 ? end - 1 : end)));
  }

  /** Takes the first line that is left. */
  async remove(): Promise<Uint8Array | undefined> {
    const { data, starts } = await this.#lines();
    if (this.#first >= starts.length - 1) return undefined;
    this.#first++;
    this.current = Math.max(this.current, this.#first);
    return data.subarray(starts[this.#first - 1], starts[this.#first]);
  }

  async create(): Promise<void> {
    const path = this.#options.name(this.#made);
    const spent = this.#tool.spend(10);
    if (spent !== undefined) await spent;
    try {
      this.#tool.process.files.writeFile(path, "");
    } catch (error) {
      if (!isErrno(error)) throw error;
      await this.fail(`${this.#tool.bare(path)}: ${error.message}`);
    }
    this.#made++;
    this.#open = { path, parts: [], size: 0 };
  }

  save(line: Uint8Array): void {
    if (this.#open === undefined) return;
    this.#open.parts.push(line);
    this.#open.size += line.length;
  }

  async saveRest(): Promise<void> {
    const { data, starts } = await this.#lines();
    this.save(data.subarray(starts[this.#first]));
    this.#first = starts.length - 1;
  }

  async close(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const { files } = this.#tool.process;
    if (open.size === 0 && this.#options.elide) {
      files.remove(open.path);
      this.#made--;
      return;
    }
    const spent = this.#tool.spend(1 + (open.parts.length >> 4) + (open.size >> 8));
    if (spent !== undefined) await spent;
    try {
      files.writeFile(open.path, concatBytes(open.parts));
    } catch (error) {
      if (!isErrno(error)) throw error;
      await this.fail(`write error for ${this.#tool.bare(open.path)}: ${error.message}`);
    }
    if (!this.#options.quiet) await this.#tool.out.write(`${open.size}\n`);
  }

  /** Complains before what has been printed so far leaves its buffer, as a pipe shows it. */
  async complain(message: string): Promise<void> {
    await this.#tool.complain(message);
  }

  async fail(message: string): Promise<never> {
    await this.complain(message);
    return this.giveUp();
  }

  /** Ends with a failure: without `-k` nothing stays of the pieces. */
  async giveUp(): Promise<never> {
    await this.close();
    if (!this.#options.keep) {
      for (let index = 0; index < this.#made; index++) {
        try {
          this.#tool.process.files.remove(this.#options.name(index));
        } catch (error) {
          if (!isErrno(error)) throw error;
        }
        const spent = this.#tool.spend(4);
        if (spent !== undefined) await spent;
      }
    }
    throw new Exit(1);
  }
}
