/** jq's inputs: the values of files in turn, or of the standard input; raw lines; all in one. */
import { isErrno } from "../../errno.ts";
import type { ByteReader } from "../../types.ts";
import { type AnyTool, MAX_HELD_BYTES } from "../support/tool.ts";
import type { Json } from "./json.ts";
import { DONE, JsonReader, MORE } from "./reader.ts";

interface InputOptions {
  readonly files: readonly string[];
  readonly raw: boolean;
  readonly slurp: boolean;
  readonly missing: (name: string, words: string) => Promise<void>;
}

export class Inputs {
  readonly #tool: AnyTool;
  readonly #options: InputOptions;
  readonly #files: string[];
  #reader: ByteReader | undefined;
  #json = new JsonReader();
  #decoder = new TextDecoder();
  #lines = "";
  #slurped: Json[] = [];
  #text = "";
  #ended = false;
  #rawLine = 0;
  #done = false;
  #started = false;
  /** The file the present value came from; null before any was opened. */
  file: string | null = null;

  constructor(tool: AnyTool, options: InputOptions) {
    this.#tool = tool;
    this.#options = options;
    this.#files = options.files.length === 0 ? ["-"] : [...options.files];
  }

  get line(): number {
    return this.#options.raw ? this.#rawLine : this.#json.line;
  }

  get started(): boolean {
    return this.#started;
  }

  /** The next input; undefined at the end; MORE: `fill` first. */
  next(): Json | undefined | typeof MORE {
    this.#started = true;
    if (this.#done) return undefined;
    if (this.#options.slurp) return this.#whole();
    if (this.#options.raw) {
      const end = this.#lines.indexOf("\n");
      if (end !== -1) {
        const line = this.#lines.slice(0, end);
        this.#lines = this.#lines.slice(end + 1);
        this.#rawLine++;
        return line;
      }
      if (!this.#ended) return MORE;
      this.#done = true;
      return this.#lines === "" ? undefined : this.#lines;
    }
    const value = this.#json.next();
    if (value === DONE) {
      this.#done = true;
      return undefined;
    }
    return value;
  }

  #whole(): Json | typeof MORE {
    if (this.#options.raw) {
      if (!this.#ended) return MORE;
      this.#done = true;
      return this.#text;
    }
    const value = this.#json.next();
    if (value === MORE) return MORE;
    if (value === DONE) {
      this.#done = true;
      return this.#slurped;
    }
    this.#slurped.push(value);
    return MORE;
  }

  /** Reads on, unless the text at hand is not all looked at yet. */
  async fill(): Promise<void> {
    await this.#tool.spend(20);
    if (this.#ended || this.#json.pending > 1 << 20) return;
    if (this.#reader === undefined && !(await this.#open())) {
      this.#ended = true;
      this.#json.end();
      return;
    }
    await this.#tool.out.flush();
    const chunk = await (this.#reader as ByteReader).read();
    const text = chunk === null ? this.#decoder.decode() : this.#decoder.decode(chunk, { stream: true });
    if (chunk === null) {
      this.#reader?.close();
      this.#reader = undefined;
      this.#decoder = new TextDecoder();
    }
    if (this.#options.raw && this.#options.slurp) {
      this.#text += text;
      this.#rawLine += text.split("\n").length - 1;
    } else if (this.#options.raw) this.#lines += text;
    else this.#json.push(text);
    const held = this.#text.length + this.#lines.length + this.#json.pending;
    if (held > MAX_HELD_BYTES) await this.#tool.die("input is too large", 2);
  }

  async #open(): Promise<boolean> {
    for (;;) {
      const name = this.#files.shift();
      if (name === undefined) return false;
      try {
        const { files } = this.#tool.process;
        // A directory opens well and gives nothing.
        if (name !== "-" && files.stat(name).type === "directory") continue;
        this.#reader = this.#tool.open(name);
        this.file = name === "-" ? "<stdin>" : name;
        this.#rawLine = 0;
        return true;
      } catch (error) {
        if (!isErrno(error)) throw error;
        await this.#options.missing(name, error.message);
      }
    }
  }

  /** What an unreadable text leaves behind is not looked at. */
  stop(): void {
    this.#done = true;
  }
}
