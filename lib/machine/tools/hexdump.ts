/** hexdump and hd (util-linux 2.38): bytes in formats of one's own. */

import { isErrno } from "../errno.ts";
import type { ByteReader } from "../types.ts";
import { blankPiece, type Format, FormatComplaint, readFormat, settle, showPiece } from "./hexdump/format.ts";
import { parseUtilLinuxSize } from "./support/sizes.ts";
import { type Tool, tool } from "./support/tool.ts";

/** What the options stand for. */
const STYLES = {
  canonical: ['"%08.8_Ax\n"', '"%08.8_ax  " 8/1 "%02x " "  " 8/1 "%02x " ', '"  |" 16/1 "%_p" "|\n"'],
  octal: ['"%07.7_Ax\n"', '"%07.7_ax " 16/1 "%03o " "\n"'],
  characters: ['"%07.7_Ax\n"', '"%07.7_ax " 16/1 "%3_c " "\n"'],
  decimal: ['"%07.7_Ax\n"', '"%07.7_ax " 8/2 "  %05u " "\n"'],
  octalWords: ['"%07.7_Ax\n"', '"%07.7_ax " 8/2 " %06o " "\n"'],
  words: ['"%07.7_Ax\n"', '"%07.7_ax " 8/2 "   %04x " "\n"'],
  plain: ['"%07.7_Ax\n"', '"%07.7_ax " 8/2 "%04x " "\n"'],
} as const;

/** Bytes of a block: formats that take more are refused. */
const MAX_BLOCK = 1 << 20;

const OPTIONS = {
  octal: { short: "b", long: "one-byte-octal", help: "one-byte octal display" },
  characters: { short: "c", long: "one-byte-char", help: "one-byte character display" },
  canonical: { short: "C", long: "canonical", help: "canonical hex+ASCII display" },
  decimal: { short: "d", long: "two-bytes-decimal", help: "two-byte decimal display" },
  octalWords: { short: "o", long: "two-bytes-octal", help: "two-byte octal display" },
  words: { short: "x", long: "two-bytes-hex", help: "two-byte hexadecimal display" },
  color: { short: "L", long: "color", value: "optional", help: "interpret color formatting specifiers" },
  format: { short: "e", long: "format", value: true, help: "format string to be used for displaying data" },
  formatFile: { short: "f", long: "format-file", value: true, help: "file that contains format strings" },
  count: { short: "n", long: "length", value: true, help: "interpret only length bytes of input" },
  skip: { short: "s", long: "skip", value: true, help: "skip offset bytes from the beginning" },
  all: { short: "v", long: "no-squeezing", help: "output identical lines" },
  version: { short: "V", long: "version", help: "display version" },
} as const;

const made = (name: string) =>
  tool(
    {
      name,
      usage: "[options] <file>...",
      summary: "Display file contents in hexadecimal, decimal, octal, or ascii.",
      options: OPTIONS,
    },
    async (tool) => {
      if (tool.has("version")) {
        await tool.out.write("hexdump from util-linux 2.38.1\n");
        return 0;
      }
      const size = async (option: "count" | "skip", word: string) => {
        const text = tool.value(option);
        if (text === undefined) return undefined;
        const parsed = parseUtilLinuxSize(text);
        return parsed ?? tool.die(`failed to parse ${word}: '${text}': Invalid argument`);
      };
      const formats: Format[] = [];
      const add = (source: string) => formats.push(readFormat(source));
      try {
        if (name === "hd") for (const source of STYLES.canonical) add(source);
        for (const { name: option, value } of tool.options.given) {
          if (option === "format") add(value ?? "");
          else if (option === "formatFile") {
            for (const line of (await linesOf(tool, value ?? "")) ?? []) add(line);
          } else if (option in STYLES) for (const source of STYLES[option as keyof typeof STYLES]) add(source);
        }
        if (formats.length === 0) for (const source of STYLES.plain) add(source);
        const block = Math.max(0, ...formats.map((format) => format.size));
        if (block > MAX_BLOCK) return tool.die("block too large");
        for (const format of formats) settle(format, block);
        const count = await size("count", "length");
        const skip = (await size("skip", "offset")) ?? 0;
        return await new Dump(tool, formats, block).run(skip, count ?? Number.POSITIVE_INFINITY);
      } catch (error) {
        if (!(error instanceof FormatComplaint)) throw error;
        return tool.die(error.message);
      }
    },
  );

export const hexdump = made("hexdump");
export const hd = made("hd");

/** Lines of a file of formats: those that are empty or begin with "#" say nothing. */
async function linesOf(tool: Tool<typeof OPTIONS>, path: string): Promise<string[] | undefined> {
  try {
    const text = tool.process.files.readText(path);
    return text.split("\n").filter((line) => line.trim() !== "" && !line.trimStart().startsWith("#"));
  } catch (error) {
    if (!isErrno(error)) throw error;
    return tool.die(`can't read ${path}: ${error.message}`);
  }
}

class Dump {
  readonly #tool: Tool<typeof OPTIONS>;
  readonly #formats: readonly Format[];
  readonly #size: number;
  /** Where the input ended, once it is known. */
  #end: number | undefined;
  #address = 0;
  #operands: readonly string[];
  #reader: ByteReader | undefined;
  #opened = 0;
  #skip = 0;
  #left = 0;

  constructor(tool: Tool<typeof OPTIONS>, formats: readonly Format[], size: number) {
    this.#tool = tool;
    this.#formats = formats;
    this.#size = size;
    this.#operands = tool.operands.length === 0 ? ["-"] : tool.operands;
  }

  async run(skip: number, count: number): Promise<number> {
    const tool = this.#tool;
    this.#skip = skip;
    this.#left = count;
    if (this.#size === 0) return tool.status;
    let before: Uint8Array | undefined;
    let starred = false;
    for (;;) {
      const row = await this.#read(this.#size);
      if (row.length === 0) break;
      // A last row that is not whole is like none before it.
      const same = row.length === this.#size && (before?.every((byte, index) => byte === row[index]) ?? false);
      if (!tool.has("all") && same) {
        if (!starred) await tool.out.write("*\n");
        starred = true;
        this.#address += row.length;
        continue;
      }
      starred = false;
      before = row;
      if (row.length < this.#size) this.#end = this.#address + row.length;
      await this.#show(row);
      if (row.length < this.#size) break;
      this.#address += row.length;
    }
    if (this.#opened === 0 && count > 0) {
      await tool.complain("all input file arguments failed");
      return 1;
    }
    const end = this.#end ?? this.#address;
    if (end === 0 && this.#end === undefined) return tool.status;
    const empty = new DataView(new ArrayBuffer(0));
    const last = this.#formats.flatMap((format) => format.units).findLast((unit) => unit.atEnd);
    for (const piece of last?.pieces ?? []) await tool.out.writeBinary(showPiece(piece, empty, 0, end));
    return tool.status;
  }

  async #show(row: Uint8Array): Promise<void> {
    const padded = new Uint8Array(this.#size);
    padded.set(row);
    const view = new DataView(padded.buffer);
    const { out } = this.#tool;
    let work = 1;
    for (const { units } of this.#formats) {
      let at = 0;
      let text = "";
      for (const unit of units) {
        if (unit.atEnd) break;
        for (let left = unit.repeat; left > 0; left--) {
          for (const piece of unit.pieces) {
            const address = this.#address + at;
            const over = this.#end !== undefined && address >= this.#end && piece.conversion !== undefined;
            let shown = over ? blankPiece(piece) : showPiece(piece, view, at, address);
            if (left === 1 && piece.dropBlank) shown = shown.slice(0, -1);
            text += shown;
            at += piece.conversion?.size ?? 0;
            work++;
          }
          if ((work & 1023) === 0) await this.#tool.spend(128);
        }
      }
      const full = out.writeBinary(text);
      if (full !== undefined) await full;
    }
    await this.#tool.spend(1 + (work >> 3));
  }

  /** As many bytes as asked for; fewer at the end of the last file. */
  async #read(wanted: number): Promise<Uint8Array> {
    const row = new Uint8Array(Math.min(wanted, this.#left));
    let have = 0;
    while (have < row.length) {
      this.#reader ??= await this.#open();
      if (this.#reader === undefined) break;
      let chunk: Uint8Array | null = null;
      try {
        chunk = await this.#reader.read(row.length - have);
      } catch (error) {
        if (!isErrno(error)) throw error;
        // As the real one, which goes on and ends well.
        await this.#tool.complain(`${this.#name}: ${error.message}`, 0);
      }
      if (chunk === null) {
        this.#reader.close();
        this.#reader = undefined;
        continue;
      }
      row.set(chunk, have);
      have += chunk.length;
    }
    this.#left -= have;
    return row.subarray(0, have);
  }

  #name = "stdin";

  /** The next input, past what is to be skipped. */
  async #open(): Promise<ByteReader | undefined> {
    const tool = this.#tool;
    for (;;) {
      const [name, ...rest] = this.#operands;
      if (name === undefined) return undefined;
      this.#operands = rest;
      this.#name = name;
      let reader: ByteReader;
      if (name === "-" && tool.operands.length === 0) {
        this.#name = "stdin";
        reader = tool.process.stdin;
        if (this.#skip > 0 && tool.process.descriptors.get(0)?.kind !== "file") return tool.die("stdin: Illegal seek");
      } else {
        try {
          reader = tool.open(name);
        } catch (error) {
          if (!isErrno(error)) throw error;
          await tool.complain(`${name}: ${error.message}`);
          continue;
        }
      }
      this.#opened++;
      if (this.#skip > 0 && !(await this.#leave(reader))) continue;
      return reader;
    }
  }

  /** Leaves bytes out; false where the whole input was. */
  async #leave(reader: ByteReader): Promise<boolean> {
    while (this.#skip > 0) {
      const chunk = await reader.read(Math.min(this.#skip, 64 << 10));
      if (chunk === null) {
        reader.close();
        return false;
      }
      this.#skip -= chunk.length;
      this.#address += chunk.length;
      await this.#tool.spend(1 + (chunk.length >> 10));
    }
    return true;
  }
}
