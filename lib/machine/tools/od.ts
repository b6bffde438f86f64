/** od, hexdump and xxd: bytes made visible. */
import { concatBytes } from "../../encoding/index.ts";
import type { ByteReader } from "../types.ts";
import { escapeOf, type OdType, parseTypes, printable } from "./od/types.ts";
import { binaryOf } from "./support/binary.ts";
import { readNumber } from "./support/numbers.ts";
import { choice, type OptionTable } from "./support/options.ts";
import { type AnyTool, MAX_HELD_BYTES, readAll, type Tool, tool } from "./support/tool.ts";

const ROW = 16;
const hex = (value: number | bigint, width: number) => value.toString(16).padStart(width, "0");
/** Bytes of a row of od. */
const MAX_WIDTH = 1 << 20;

// ------------------------------------------------------------------------------------------------------------ od

const OLD_TYPES: Readonly<Record<string, string>> = {
  a: "a",
  b: "o1",
  c: "c",
  B: "o2",
  D: "u4",
  d: "u2",
  e: "fD",
  F: "fD",
  f: "fF",
  H: "x4",
  h: "x2",
  I: "dL",
  i: "dI",
  L: "dL",
  l: "dL",
  O: "o4",
  o: "o2",
  s: "d2",
  X: "x4",
  x: "x2",
};

const OD_OPTIONS = {
  radix: { short: "A", long: "address-radix", value: true },
  endian: { long: "endian", value: true },
  strings: { short: "S", long: "strings", value: true },
  skip: { short: "j", long: "skip-bytes", value: true },
  count: { short: "N", long: "read-bytes", value: true },
  type: { short: "t", long: "format", value: true },
  all: { short: "v", long: "output-duplicates" },
  width: { short: "w", long: "width", value: "optional" },
  ...(Object.fromEntries(Object.keys(OLD_TYPES).map((letter) => [letter, { short: letter }])) as Readonly<
    Record<"a", { short: string }>
  >),
} as const;

const ENDIANS = { little: true, big: false } as const;

/** All inputs in one, as od reads them: cut to what `-j` and `-N` leave. */
async function bytesOf<T extends OptionTable>(
  tool: Tool<T>,
  skip: number,
  count: number,
  total: { bytes: number } = { bytes: 0 },
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  await tool.eachInput(async (reader) => {
    if (size >= skip + count) return;
    const data = await takeBytes(tool, reader, skip + count - size);
    pieces.push(data);
    size += data.length;
  });
  total.bytes = size;
  const all = concatBytes(pieces);
  return all.subarray(Math.min(skip, size), Math.min(skip + count, size));
}

async function takeBytes(tool: AnyTool, reader: ByteReader, most: number): Promise<Uint8Array> {
  if (!Number.isFinite(most)) return readAll(tool, reader);
  const pieces: number[] = [];
  while (pieces.length < most) {
    const chunk = await reader.read(most - pieces.length);
    if (chunk === null) break;
    for (const byte of chunk) pieces.push(byte);
    await tool.spend(1 + (chunk.length >> 5));
  }
  return Uint8Array.from(pieces);
}

export const od = tool(
  {
    name: "od",
    usage: "[OPTION]... [FILE]...",
    summary: "Write an unambiguous representation of FILE, octal by default.",
    options: OD_OPTIONS,
  },
  async (tool) => {
    const specs = tool.options.given.flatMap(({ name, value }) => {
      const old = OLD_TYPES[name];
      return name === "type" ? [value ?? ""] : old === undefined ? [] : [old];
    });
    const types: OdType[] = [];
    for (const spec of specs.join("") === "" ? ["o2"] : specs) {
      const parsed = parseTypes(spec, tool.word(spec));
      if (typeof parsed === "string") return tool.die(parsed);
      types.push(...parsed);
    }
    const endian = tool.value("endian");
    const little = endian === undefined || ENDIANS[choice(tool, "--endian", endian, ENDIANS)];
    const number = async (name: "skip" | "count" | "strings" | "width", fallback: number) => {
      const text = tool.value(name);
      if (text === undefined) return fallback;
      const wrong = `-${OD_OPTIONS[name].short} argument '${text}'`;
      // C's notation: octal after a zero, hexadecimal after 0x.
      const [, digits = text, rest = ""] = /^(0[xX][\da-fA-F]+|0[0-7]+)(.*)$/.exec(text) ?? [];
      const plain = digits === text && rest === "" && !/^0[xX0-7]/.test(text);
      const value = plain
        ? readNumber(text, name === "width" ? {} : { suffixes: "bEGKkMmPTYZ0" })
        : readNumber(`${BigInt(/^0[xX]/.test(digits) ? digits : `0o${digits.slice(1)}`)}${rest}`, {
            suffixes: "bEGKkMmPTYZ0",
          });
      if (value === "overflow") return tool.die(`${wrong} too large`);
      return typeof value === "bigint"
        ? Number(value)
        : tool.die(value === "suffix" ? `invalid suffix in ${wrong}` : `invalid ${wrong}`);
    };
    const skip = await number("skip", 0);
    const count = await number("count", Number.POSITIVE_INFINITY);
    const least = await number("strings", 0);
    const radix = (tool.value("radix") ?? "o").slice(0, 1);
    if (!/^[doxn]$/.test(radix))
      return tool.die(`invalid output address radix '${radix}'; it must be one character from [doxn]`);
    const asked = tool.has("width") ? await number("width", 32) : undefined;
    // Sizes are powers of two: the largest holds every other.
    const largest = Math.max(...types.map((type) => type.size));
    const width = asked === undefined ? ROW : asked > 0 && asked % largest === 0 ? asked : largest;
    if (asked !== undefined && asked !== width)
      await tool.process.stderr.write(`od: warning: invalid width ${asked}; using ${largest} instead\n`);
    if (width > MAX_WIDTH) return tool.die("memory exhausted");
    const address = (at: number) =>
      radix === "n"
        ? ""
        : radix === "x"
          ? hex(at, 6)
          : radix === "d"
            ? String(at).padStart(7, "0")
            : at.toString(8).padStart(7, "0");
    const sizeBefore = { bytes: 0 };
    const data = await bytesOf(tool, skip, count, sizeBefore);
    if (skip > 0 && data.length === 0 && skip > sizeBefore.bytes)
      return tool.die("cannot skip past end of combined input");
    if (tool.status !== 0 && data.length === 0) return tool.status;
    if (tool.has("strings")) {
      await showStrings(tool, data, { least, skip, end: skip + count, address });
      return tool.status;
    }
    // A row is as wide as the type that needs most; the others' values are spread over it.
    const rowWidth = Math.max(...types.map((type) => ((type.width + 1) * width) / type.size));
    let before: string | undefined;
    let starred = false;
    for (let at = 0; at < data.length; at += width) {
      const row = data.subarray(at, at + width);
      const padded = new Uint8Array(Math.ceil(row.length / largest) * largest);
      padded.set(row);
      const key = row.length === width && !tool.has("all") ? row.join() : undefined;
      const spent = tool.spend(types.length * 4);
      if (spent !== undefined) await spent;
      if (key !== undefined && key === before) {
        if (!starred) await tool.out.write("*\n");
        starred = true;
        continue;
      }
      before = key;
      starred = false;
      const view = new DataView(padded.buffer);
      for (const [index, type] of types.entries()) {
        const fields = width / type.size;
        const blank = Math.floor((width - row.length) / type.size);
        const padding = rowWidth - type.width * fields;
        let line = index === 0 ? address(at + skip) : " ".repeat(address(0).length);
        let left = padding;
        for (let field = fields; field > blank; field--) {
          const next = Math.floor((padding * (field - 1)) / fields);
          line += type.show(view, (fields - field) * type.size, little).padStart(left - next + type.width);
          left = next;
        }
        if (type.text) {
          const missing = blank * type.width + Math.floor((padding * blank) / fields);
          line += `${" ".repeat(missing)}  >${Array.from(row, (byte) => (printable(byte) ? String.fromCharCode(byte) : ".")).join("")}<`;
        }
        await tool.out.write(`${line}\n`);
      }
    }
    if (radix !== "n") await tool.out.write(`${address(data.length + skip)}\n`);
    return tool.status;
  },
);

/** Runs of at least so many printable bytes that a NUL (or the end that `-N` sets) follows. */
async function showStrings(
  tool: AnyTool,
  data: Uint8Array,
  how: {
    readonly least: number;
    readonly skip: number;
    readonly end: number;
    readonly address: (at: number) => string;
  },
): Promise<void> {
  const limit = how.end - how.skip;
  for (let at = 0; at <= data.length && limit - how.least > at; ) {
    const from = at;
    while (at < data.length && printable(data[at] as number)) at++;
    const length = at - from;
    const spent = tool.spend(1 + (length >> 5));
    if (spent !== undefined) await spent;
    const cut = at === limit;
    const ended = cut || data[at] === 0;
    if (!cut) at++;
    if (!ended || length < how.least) continue;
    const label = how.address(how.skip + (cut ? at : at - 1) - length - (cut ? 1 : 0));
    const text = binaryOf(data.subarray(from, from + length));
    await tool.out.write(`${label}${label === "" ? "" : " "}${text}\n`);
    if (cut) return;
  }
}

// ------------------------------------------------------------------------------------------------------- hexdump

export const hexdump = tool(
  {
    name: "hexdump",
    usage: "[options] <file>...",
    options: {
      canonical: { short: "C", long: "canonical" },
      octal: { short: "b", long: "one-byte-octal" },
      characters: { short: "c", long: "one-byte-char" },
      decimal: { short: "d", long: "two-bytes-decimal" },
      octalWords: { short: "o", long: "two-bytes-octal" },
      words: { short: "x", long: "two-bytes-hex" },
      count: { short: "n", long: "length", value: true },
      skip: { short: "s", long: "skip", value: true },
      all: { short: "v", long: "no-squeezing" },
    },
  },
  async (tool) => {
    const skip = Number(tool.value("skip") ?? 0);
    const count = Number(tool.value("count") ?? Number.POSITIVE_INFINITY);
    if (Number.isNaN(skip) || Number.isNaN(count)) return tool.die("failed to parse length");
    if (skip > 0 && tool.operands.length === 0) return tool.die("stdin: Illegal seek");
    const data = await bytesOf(tool, skip, count);
    const canonical = tool.has("canonical");
    const digits = canonical ? 8 : 7;
    const style = tool.options.last("octal", "characters", "decimal", "octalWords", "words");
    const words = (row: Uint8Array, show: (word: number) => string) => {
      let line = "";
      for (let at = 0; at < row.length; at += 2) line += show((row[at] ?? 0) | ((row[at + 1] ?? 0) << 8));
      return line;
    };
    const show = (row: Uint8Array): string => {
      if (canonical) {
        const left = Array.from(row.subarray(0, 8), (byte) => hex(byte, 2)).join(" ");
        const right = Array.from(row.subarray(8), (byte) => hex(byte, 2)).join(" ");
        const text = Array.from(row, (byte) => (printable(byte) ? String.fromCharCode(byte) : ".")).join("");
        return `  ${left.padEnd(23)}  ${right.padEnd(23)}  |${text}|`;
      }
      switch (style) {
        case "octal":
          return Array.from(row, (byte) => ` ${byte.toString(8).padStart(3, "0")}`).join("");
        case "characters":
          return Array.from(row, (byte) => ` ${escapeOf(byte).padStart(3)}`).join("");
        case "decimal":
          return words(row, (word) => `   ${String(word).padStart(5, "0")}`);
        case "octalWords":
          return words(row, (word) => `  ${word.toString(8).padStart(6, "0")}`);
        case "words":
          return words(row, (word) => `    ${hex(word, 4)}`);
        default:
          return words(row, (word) => ` ${hex(word, 4)}`);
      }
    };
    const full = canonical ? 0 : style === "octal" || style === "characters" ? 64 : style === undefined ? 40 : 64;
    let before: string | undefined;
    let starred = false;
    for (let at = 0; at < data.length; at += ROW) {
      const row = data.subarray(at, at + ROW);
      const key = row.length === ROW && !tool.has("all") ? row.join() : undefined;
      const spent = tool.spend(6);
      if (spent !== undefined) await spent;
      if (key !== undefined && key === before) {
        if (!starred) await tool.out.write("*\n");
        starred = true;
        continue;
      }
      before = key;
      starred = false;
      await tool.out.write(`${hex(at + skip, digits)}${show(row).padEnd(full)}\n`);
    }
    if (data.length > 0) await tool.out.write(`${hex(data.length + skip, digits)}\n`);
    return tool.status;
  },
);

// ----------------------------------------------------------------------------------------------------------- xxd

export const xxd = tool(
  {
    name: "xxd",
    usage: "[options] [infile]",
    options: {
      plain: { short: "p" },
      reverse: { short: "r" },
      upper: { short: "u" },
      bits: { short: "b" },
      columns: { short: "c", value: true },
      group: { short: "g", value: true },
      count: { short: "l", value: true },
      skip: { short: "s", value: true },
    },
  },
  async (tool) => {
    if (tool.has("reverse")) return reverse(tool);
    const plain = tool.has("plain");
    const bits = tool.has("bits");
    const columns = Number(tool.value("columns") ?? (plain ? 30 : bits ? 6 : 16));
    const group = Number(tool.value("group") ?? (bits ? 1 : 2)) || columns;
    if (!(columns > 0) || columns > 256) return tool.die("invalid number of columns (max. 256).");
    const skip = Number(tool.value("skip") ?? 0);
    const data = await bytesOf(tool, skip, Number(tool.value("count") ?? Number.POSITIVE_INFINITY));
    const digit = (byte: number) => {
      const text = bits ? byte.toString(2).padStart(8, "0") : hex(byte, 2);
      return tool.has("upper") ? text.toUpperCase() : text;
    };
    for (let at = 0; at < data.length; at += columns) {
      const row = data.subarray(at, at + columns);
      const spent = tool.spend(6);
      if (spent !== undefined) await spent;
      if (plain) {
        await tool.out.write(`${Array.from(row, digit).join("")}\n`);
        continue;
      }
      let line = "";
      for (let index = 0; index < columns; index++) {
        const byte = row[index];
        line += byte === undefined ? " ".repeat(bits ? 8 : 2) : digit(byte);
        if ((index + 1) % group === 0) line += " ";
      }
      if (columns % group !== 0) line += " ";
      const text = Array.from(row, (byte) => (printable(byte) ? String.fromCharCode(byte) : ".")).join("");
      await tool.out.write(`${hex(at + skip, 8)}: ${line} ${text}\n`);
    }
    return tool.status;
  },
);

async function reverse<T extends OptionTable>(tool: Tool<T>): Promise<number> {
  await tool.eachInput(async (reader) => {
    const text = new TextDecoder().decode(await readAll(tool, reader));
    const bytes: number[] = [];
    for (const line of text.split("\n")) {
      const spent = tool.spend(1 + (line.length >> 3));
      if (spent !== undefined) await spent;
      const dumped = /^\s*([0-9a-fA-F]+):\s((?:[0-9a-fA-F]{2,} ?)*)/.exec(line);
      if (dumped !== null) bytes.length = Math.max(bytes.length, Number.parseInt(dumped[1] ?? "", 16));
      if (bytes.length > MAX_HELD_BYTES / 8) return tool.die("file is too large");
      // The text after two blanks is no digits.
      const digits = (dumped === null ? line : (dumped[2] ?? "")).replace(/\s/g, "");
      for (let at = 0; at + 1 < digits.length; at += 2) {
        const byte = Number.parseInt(digits.slice(at, at + 2), 16);
        if (Number.isNaN(byte)) break;
        bytes.push(byte);
      }
    }
    await tool.process.stdout.write(Uint8Array.from(bytes));
  });
  return tool.status;
}
