/** What tools have in common: options, complaints, buffered output, input by name, lines. */
import { concatBytes } from "../../../encoding/index.ts";
import { decodeBytes, encodeText, unfinished } from "../../bytes.ts";
import { type Errno, isErrno } from "../../errno.ts";
import { isKilled } from "../../process/killed.ts";
import type { ByteReader, ByteWriter, Descriptor, Process, Program } from "../../types.ts";
import { binaryOf, bytesOfBinary } from "./binary.ts";
import {
  type CommandSpec,
  HelpRequest,
  helpText,
  type OptionTable,
  type ParsedOptions,
  parseOptions,
  UsageError,
} from "./options.ts";
import { isUtf8, nameAsNeeded, quotedName, quotedWord } from "./quoting.ts";

/** Ends the tool with this status, after what it said. */
export class Exit extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`exit ${status}`);
    this.status = status;
  }
}

const FLUSH_AT = 16 * 1024;

/** Collects output and writes it in larger pieces. Flush before waiting for anything. */
export class Output {
  readonly #writer: ByteWriter;
  #text = "";
  /** What was written with `writeBinary` last. One of the two texts is empty. */
  #binary = "";
  #bytes: Uint8Array[] = [];
  #size = 0;

  constructor(writer: ByteWriter) {
    this.#writer = writer;
  }

  /** Undefined where there is still room; else await it. */
  write(data: string | Uint8Array): Promise<void> | undefined {
    if (typeof data === "string") {
      if (this.#binary !== "") this.#settleText();
      this.#text += data;
    } else {
      this.#settleText();
      this.#bytes.push(data);
      this.#size += data.length;
    }
    return this.#size + this.#text.length >= FLUSH_AT ? this.flush() : undefined;
  }

  /** Text whose characters are bytes. */
  writeBinary(text: string): Promise<void> | undefined {
    if (this.#text !== "") this.#settleText();
    this.#binary += text;
    return this.#size + this.#binary.length >= FLUSH_AT ? this.flush() : undefined;
  }

  /** Adds without writing: the caller flushes. */
  add(text: string): void {
    if (this.#binary !== "") this.#settleText();
    this.#text += text;
  }

  /** As `add`, with text whose characters are bytes. */
  addBinary(text: string): void {
    if (this.#text !== "") this.#settleText();
    this.#binary += text;
  }

  #settleText(): void {
    if (this.#text === "" && this.#binary === "") return;
    const bytes = this.#text === "" ? bytesOfBinary(this.#binary) : encodeText(this.#text);
    this.#text = "";
    this.#binary = "";
    this.#bytes.push(bytes);
    this.#size += bytes.length;
  }

  flush(): Promise<void> | undefined {
    this.#settleText();
    if (this.#size === 0) return undefined;
    const pieces = this.#bytes;
    this.#bytes = [];
    this.#size = 0;
    const [only] = pieces;
    return this.#writer.write(pieces.length === 1 && only !== undefined ? only : concatBytes(pieces));
  }
}

export class Tool<T extends OptionTable = OptionTable> {
  readonly process: Process;
  readonly name: string;
  readonly spec: CommandSpec<T>;
  readonly options: ParsedOptions<T>;
  readonly out: Output;
  /** What the tool ends with where its body returns nothing. */
  status = 0;

  constructor(process: Process, spec: CommandSpec<T>, options: ParsedOptions<T>) {
    this.process = process;
    this.spec = spec;
    this.name = spec.name;
    this.options = options;
    this.out = new Output(process.stdout);
  }

  get operands(): readonly string[] {
    return this.options.operands;
  }

  has(name: keyof T & string): boolean {
    return this.options.has(name);
  }

  value(name: keyof T & string): string | undefined {
    return this.options.value(name);
  }

  /** Whether the process runs in a UTF-8 locale: characters are what its tools count then, and quotation marks are curly. */
  get utf8(): boolean {
    return isUtf8(this.process);
  }

  /** Prints `name: message` and remembers that something failed. */
  async complain(message: string, status = 1): Promise<void> {
    await this.out.flush();
    this.status = Math.max(this.status, status);
    await this.process.stderr.write(`${this.name}: ${message}\n`);
  }

  async die(message: string, status = 1): Promise<never> {
    await this.complain(message, status);
    throw new Exit(status);
  }

  /** A file's name in a message, always in quotes. */
  named(name: string): string {
    return quotedName(this.process, name);
  }

  /** A file's name at the start of a message, in quotes where it needs them. */
  bare(name: string): string {
    return nameAsNeeded(this.process, name);
  }

  /** A word of the command line in a message, between the locale's quotes. */
  word(text: string): string {
    return quotedWord(this.process, text);
  }

  /** A wrong use of the tool, with the pointer to its help. */
  usage(message: string): never {
    throw new UsageError(message);
  }

  /** Runs `body`; a failing system call becomes `name: prefix: words` and false. */
  async attempt(prefix: string, body: () => Promise<void> | void, status = 1): Promise<boolean> {
    try {
      const spent = this.spend(4);
      if (spent !== undefined) await spent;
      await body();
      return true;
    } catch (error) {
      if (!isErrno(error)) throw error;
      await this.complain(`${prefix}: ${error.message}`, status);
      return false;
    }
  }

  /** "-" is the standard input. Throws `Errno`. */
  open(path: string): ByteReader {
    if (path === "-") return this.process.stdin;
    const descriptor = this.process.open(path, { read: true });
    const { files } = this.process;
    if (descriptor.kind === "file" && files.stat(path).type === "directory") return directoryReader(descriptor);
    return descriptor.reader as ByteReader;
  }

  /** Opens each operand (the standard input where there are none) in turn and complains of those it cannot read. */
  async eachInput(
    body: (reader: ByteReader, name: string) => Promise<void>,
    options: {
      readonly words?: (name: string, error: Errno) => string;
      readonly files?: readonly string[];
      readonly status?: number;
    } = {},
  ): Promise<void> {
    const files = options.files ?? this.operands;
    for (const name of files.length === 0 ? ["-"] : files) {
      let reader: ByteReader | undefined;
      try {
        reader = this.open(name);
        await body(reader, name);
      } catch (error) {
        if (!isErrno(error)) throw error;
        await this.complain(
          options.words?.(name, error) ?? `${this.bare(name)}: ${error.message}`,
          options.status ?? 1,
        );
      } finally {
        if (name !== "-") reader?.close();
      }
    }
  }

  /** `binary`: each character of a line is one byte; else bytes that are no UTF-8 are as `decodeBytes` has them. */
  lines(reader: ByteReader, options?: { readonly zero?: boolean; readonly binary?: boolean }): Lines {
    return new Lines(this, reader, options?.zero ?? false, options?.binary ?? false);
  }

  spend(units = 1): Promise<void> | void {
    return this.process.spend(units);
  }
}

function directoryReader(descriptor: Descriptor): ByteReader {
  // Reading fails with EISDIR, as on Unix only when one reads.
  return descriptor.reader as ByteReader;
}

/** A tool, whatever its options are. */
export interface AnyTool {
  readonly process: Process;
  readonly out: Output;
  open(path: string): ByteReader;
  spend(units?: number): Promise<void> | void;
  complain(message: string, status?: number): Promise<void>;
  die(message: string, status?: number): Promise<never>;
}

/** What reads whole inputs may hold no more. */
export const MAX_HELD_BYTES = 64 << 20;
/** No line may be longer, in characters: tools work on one line at a stretch. */
const MAX_LINE = 8 << 20;
/** Lines that are given at once. */
const BATCH = 1024;

/**
 * Lines, as they arrive and not too many at once. `terminated` says whether the last line of the last batch ended
 * with a newline.
 */
export class Lines {
  readonly #tool: AnyTool;
  readonly #reader: ByteReader;
  readonly #separator: string;
  readonly #binary: boolean;
  /** Bytes of a character that is not whole yet. */
  #torn: Uint8Array | undefined;
  #rest = "";
  /** Whole lines that have arrived and are still to be given, from `#waitingFrom` on; they end with the separator. */
  #waiting = "";
  #waitingFrom = 0;
  #ended = false;
  terminated = true;

  constructor(tool: AnyTool, reader: ByteReader, zero: boolean, binary = false) {
    this.#tool = tool;
    this.#binary = binary;
    this.#reader = reader;
    this.#separator = zero ? "\0" : "\n";
  }

  /** The next lines, at least one; null at the end. Flushes the tool's output before it waits. */
  async batch(): Promise<string[] | null> {
    if (this.#waitingFrom < this.#waiting.length) return this.#some();
    const parts: string[] = this.#rest === "" ? [] : [this.#rest];
    let held = this.#rest.length;
    this.#rest = "";
    while (!this.#ended) {
      await this.#tool.out.flush();
      const chunk = await this.#reader.read();
      const text = this.#decode(chunk);
      if (chunk === null) this.#ended = true;
      const end = text.lastIndexOf(this.#separator);
      if (end === -1) {
        parts.push(text);
        held += text.length;
        if (held > MAX_LINE) await this.#tool.die("memory exhausted", 2);
        continue;
      }
      this.#rest = text.slice(end + 1);
      parts.push(text.slice(0, end + 1));
      this.#waiting = parts.length === 1 ? (parts[0] as string) : parts.join("");
      this.#waitingFrom = 0;
      return this.#some();
    }
    const last = parts.join("");
    if (last === "") return null;
    this.terminated = false;
    return [last];
  }

  #decode(chunk: Uint8Array | null): string {
    if (this.#binary) return chunk === null ? "" : binaryOf(chunk);
    const torn = this.#torn;
    this.#torn = undefined;
    if (chunk === null) return torn === undefined ? "" : decodeBytes(torn);
    const bytes = torn === undefined ? chunk : concatBytes([torn, chunk]);
    const keep = unfinished(bytes);
    if (keep > 0) this.#torn = bytes.slice(bytes.length - keep);
    return decodeBytes(bytes.subarray(0, bytes.length - keep));
  }

  async #some(): Promise<string[]> {
    const text = this.#waiting;
    const lines: string[] = [];
    let from = this.#waitingFrom;
    while (lines.length < BATCH && from < text.length) {
      const end = text.indexOf(this.#separator, from);
      lines.push(text.slice(from, end));
      from = end + 1;
    }
    this.#waitingFrom = from;
    if (from === text.length) this.#waiting = "";
    await this.#tool.spend(1 + (lines.length >> 2));
    return lines;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string[]> {
    for (;;) {
      const batch = await this.batch();
      if (batch === null) return;
      yield batch;
    }
  }
}

/** All lines of a reader, with the memory accounted. */
export async function readLines(
  tool: AnyTool,
  reader: ByteReader,
  options: { readonly zero?: boolean; readonly binary?: boolean } = {},
): Promise<string[]> {
  const all: string[] = [];
  let held = 0;
  for await (const batch of new Lines(tool, reader, options.zero ?? false, options.binary ?? false)) {
    for (const line of batch) {
      all.push(line);
      held += line.length * 2 + 40;
    }
    tool.process.holdMemory(held);
    if (held > 4 * MAX_HELD_BYTES) await tool.die("memory exhausted", 2);
  }
  return all;
}

/** Everything a reader has, with the memory accounted. */
export async function readAll(tool: AnyTool, reader: ByteReader): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const chunk = await reader.read();
    if (chunk === null) break;
    pieces.push(chunk);
    size += chunk.length;
    tool.process.holdMemory(size);
    if (size > MAX_HELD_BYTES) await tool.die("memory exhausted", 2);
  }
  return concatBytes(pieces);
}

/** A program from a description of its command line and its body. */
export function tool<T extends OptionTable>(
  spec: CommandSpec<T>,
  body: (tool: Tool<T>) => Promise<number | void>,
): Program {
  return async (process) => {
    let options: ParsedOptions<T>;
    const words = process.argv.slice(1);
    const status = spec.usageStatus ?? 1;
    const complain = async (error: UsageError) => {
      const advice = spec.pointer ?? `Try '${spec.name} --help' for more information.`;
      const pointer = error.bare ? "" : spec.helpFirst ? helpText(spec) : `${advice}\n`;
      await process.stderr.write(`${spec.name}: ${spec.words?.(error.message) ?? error.message}\n${pointer}`);
      return error.status ?? status;
    };
    try {
      options = parseOptions(spec, words, process.env.has("POSIXLY_CORRECT"));
    } catch (error) {
      if (error instanceof HelpRequest) {
        await process.stdout.write(error.version ? `${spec.name} (Statecraft) 9.4\n` : helpText(spec));
        return 0;
      }
      if (error instanceof UsageError) return complain(error);
      throw error;
    }
    const made = new Tool(process, spec, options);
    try {
      const code = await body(made);
      await made.out.flush();
      return code ?? made.status;
    } catch (error) {
      if (error instanceof Exit) {
        await made.out.flush();
        return error.status;
      }
      if (error instanceof UsageError) return complain(error);
      if (isErrno(error) && !isKilled(error)) {
        await process.stderr.write(
          `${spec.name}: ${error.path === undefined ? "write error" : error.path}: ${error.message}\n`,
        );
        return status;
      }
      throw error;
    }
  };
}
