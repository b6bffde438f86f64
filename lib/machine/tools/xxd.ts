/** xxd: a dump that can be turned back (Vim's, of 2022). Its options are words of their own: "-ps" is not "-p -s". */
import { isErrno } from "../errno.ts";
import type { Process, Program } from "../types.ts";
import { bytesOfBinary } from "./support/binary.ts";
import { Exit, MAX_HELD_BYTES, Output } from "./support/tool.ts";
import { readOptions, type XxdOptions } from "./xxd/options.ts";
import { reverse } from "./xxd/reverse.ts";

/** What is printed of a byte beyond 63 that is read as EBCDIC. */
const EBCDIC =
  " ...........<(+|&.........!$*);~-/.........,%_>?.........`:#@'=\"" +
  ".abcdefghi.......jklmnopqr^.......stuvwxyz...[...............].." +
  "{ABCDEFGHI......}JKLMNOPQR......\\.STUVWXYZ......0123456789......";

export const xxd: Program = async (process) => {
  const errors = async (words: string, status: number) => {
    await process.stderr.write(words);
    return status;
  };
  const options = readOptions(process.argv.slice(1));
  if (options.type === "said") return errors(options.words, options.status);
  try {
    return await (options.reverse ? reverse(process, options) : dump(process, options));
  } catch (error) {
    if (error instanceof Exit) return error.status;
    throw error;
  }
};

/** The input from where it is to begin, and what is left out before it. Says what is in the way (`Exit`). */
async function readInput(process: Process, options: XxdOptions): Promise<{ data: Uint8Array; skipped: number }> {
  const die = async (words: string, status: number): Promise<never> => {
    await process.stderr.write(`xxd: ${words}\n`);
    throw new Exit(status);
  };
  const { skip, input } = options;
  const pieces: number[] = [];
  // No more than is asked for is read from what has no end.
  const most = skip < 0 || options.count < 0 ? Number.POSITIVE_INFINITY : skip + options.count;
  let seekable = false;
  try {
    const descriptor =
      input === undefined || input === "-" ? process.descriptors.get(0) : process.open(input, { read: true });
    const reader = descriptor?.reader ?? process.stdin;
    seekable = descriptor?.kind === "file";
    while (pieces.length < most) {
      const chunk = await reader.read();
      if (chunk === null) break;
      for (const byte of chunk) pieces.push(byte);
      process.holdMemory(pieces.length * 8);
      if (pieces.length > MAX_HELD_BYTES / 4) return await die("out of memory", 2);
      await process.spend(1 + (chunk.length >> 5));
    }
    if (input !== undefined && input !== "-") descriptor?.close();
  } catch (error) {
    if (!isErrno(error)) throw error;
    return die(error.message === "Is a directory" ? error.message : `${input}: ${error.message}`, 2);
  }
  const skipped = skip < 0 ? pieces.length + skip : skip;
  if (skipped < 0 || (skip < 0 && !seekable) || (!seekable && skip > pieces.length))
    return die("Sorry, cannot seek.", 4);
  const end = options.count < 0 ? pieces.length : skipped + options.count;
  return { data: Uint8Array.from(pieces.slice(skipped, end)), skipped };
}

async function dump(process: Process, options: XxdOptions): Promise<number> {
  const { data, skipped } = await readInput(process, options);
  const pieces: string[] = [];
  let held = 0;
  const out = new Output(process.stdout);
  const write = async (text: string) => {
    if (options.output === undefined) await out.writeBinary(text);
    else pieces.push(text);
    held += options.output === undefined ? 0 : text.length;
    process.holdMemory(held);
    await process.spend(1 + (text.length >> 5));
  };
  if (options.kind === "plain") await plain(data, options, write);
  else if (options.kind === "include") await include(data, options, write);
  else await rows(data, skipped, options, write);
  if (options.output === undefined) {
    await out.flush();
    return 0;
  }
  try {
    process.files.writeFile(options.output, bytesOfBinary(pieces.join("")));
    return 0;
  } catch (error) {
    if (!isErrno(error)) throw error;
    await process.stderr.write(`xxd: ${options.output}: ${error.message}\n`);
    return 3;
  }
}

type Write = (text: string) => Promise<void>;

async function plain(data: Uint8Array, options: XxdOptions, write: Write): Promise<void> {
  const { columns } = options;
  const width = columns > 0 ? columns : Math.max(1, data.length);
  for (let at = 0; at < data.length; at += width) {
    const last = Math.min(data.length, at + width);
    // A line may be as long as the input: it is written in pieces.
    for (let from = at; from < last; from += 4096)
      await write(
        Array.from(data.subarray(from, Math.min(last, from + 4096)), (byte) => hexByte(byte, options)).join(""),
      );
    await write("\n");
  }
  if (columns === 0 && data.length === 0) await write("\n");
}

const hexByte = (byte: number, { upper }: XxdOptions) => {
  const text = byte.toString(16).padStart(2, "0");
  return upper ? text.toUpperCase() : text;
};

/** As a table of C. What comes from the standard input has no name, so that only its numbers are written. */
async function include(data: Uint8Array, options: XxdOptions, write: Write): Promise<void> {
  const { upper } = options;
  let name = options.name ?? (options.input === "-" ? undefined : options.input);
  if (name !== undefined) {
    name = (/^\d/.test(name) ? "__" : "") + name.replace(/[^A-Za-z0-9]/g, "_");
    if (options.capital) name = name.toUpperCase();
    await write(`unsigned char ${name}[] = {\n`);
  }
  for (let at = 0; at < data.length; at += options.columns) {
    const row = Array.from(data.subarray(at, at + options.columns), (byte) => {
      const text = `0x${hexByte(byte, options)}`;
      return upper ? text.toUpperCase() : text;
    });
    await write(`${at === 0 ? "" : ",\n"}  ${row.join(", ")}`);
  }
  if (data.length > 0) await write("\n");
  if (name !== undefined)
    await write(`};\nunsigned int ${name}_${options.capital ? "LEN" : "len"} = ${data.length};\n`);
}

async function rows(data: Uint8Array, skipped: number, options: XxdOptions, write: Write): Promise<void> {
  const { columns, group, kind } = options;
  const perByte = kind === "bits" ? 8 : 2;
  const groupWidth = perByte * group + 1;
  const textAt = 3 + Math.floor((groupWidth * columns - 1) / group);
  const skipper = new Skipper(write);
  for (let at = 0; at < data.length; at += columns) {
    const row = data.subarray(at, at + columns);
    const address = at + skipped + options.offset;
    const label = options.decimal ? String(address).padStart(8, "0") : address.toString(16).padStart(8, "0");
    const line: string[] = new Array(textAt + row.length + 1).fill(" ");
    // Where they overlap, what is of a later byte stays.
    for (const [index, byte] of row.entries()) {
      const place = kind === "little" ? index ^ (group - 1) : index;
      const digits = kind === "bits" ? byte.toString(2).padStart(8, "0") : hexByte(byte, options);
      const start = 1 + Math.floor((groupWidth * place) / group);
      for (const [offset, digit] of Array.from(digits).entries()) line[start + offset] = digit;
      line[textAt + index] = shown(byte, options.ebcdic);
    }
    const text = `${label}:${line.slice(0, textAt + row.length).join("")}\n`;
    const whole = row.length === columns;
    await skipper.line(text, !options.autoskip || !whole || row.some((byte) => byte !== 0));
  }
  if (options.autoskip && data.length % columns === 0) await skipper.end();
}

function shown(byte: number, ebcdic: boolean): string {
  const code = ebcdic ? (byte < 64 ? 46 : EBCDIC.charCodeAt(byte - 64) || 46) : byte;
  return code > 31 && code < 127 ? String.fromCharCode(code) : ".";
}

/** `-a`: the first of several lines of zeros, and a star for those after it; two are written as they are. */
class Skipper {
  readonly #write: Write;
  #zeros = 0;
  #second = "";
  #last = "";

  constructor(write: Write) {
    this.#write = write;
  }

  async line(text: string, tells: boolean): Promise<void> {
    this.#last = text;
    if (!tells) {
      this.#zeros++;
      if (this.#zeros === 1) await this.#write(text);
      else if (this.#zeros === 2) this.#second = text;
      return;
    }
    await this.#settle();
    await this.#write(text);
  }

  async #settle(): Promise<void> {
    if (this.#zeros === 2) await this.#write(this.#second);
    else if (this.#zeros > 2) await this.#write("*\n");
    this.#zeros = 0;
  }

  /** The last line is shown, so that the end can be seen. */
  async end(): Promise<void> {
    if (this.#zeros < 2) return;
    this.#zeros--;
    await this.#settle();
    await this.#write(this.#last);
  }
}
