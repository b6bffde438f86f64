/** od, hexdump and xxd: bytes made visible. */
import { formatFloat } from "../format.ts";
import type { ByteReader } from "../types.ts";
import type { OptionTable } from "./support/options.ts";
import { parseSize } from "./support/sizes.ts";
import { type AnyTool, MAX_HELD_BYTES, readAll, type Tool, tool } from "./support/tool.ts";

const ROW = 16;
const hex = (value: number | bigint, width: number) => value.toString(16).padStart(width, "0");
const printable = (byte: number) => byte >= 32 && byte < 127;

// ------------------------------------------------------------------------------------------------------------ od

interface OdType {
  readonly size: number;
  /** Characters of one value, with the blanks before it. */
  readonly width: number;
  readonly show: (view: DataView, at: number) => string;
  readonly characters: boolean;
}

const NAMES =
  "nul soh stx etx eot enq ack bel bs ht nl vt ff cr so si dle dc1 dc2 dc3 dc4 nak syn etb can em sub esc fs gs rs us sp".split(
    " ",
  );
const ESCAPES: Readonly<Record<number, string>> = {
  0: "\\0",
  7: "\\a",
  8: "\\b",
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
};
const UNSIGNED_DIGITS: Readonly<Record<number, number>> = { 1: 3, 2: 5, 4: 10, 8: 20 };
const SIGNED_DIGITS: Readonly<Record<number, number>> = { 1: 4, 2: 6, 4: 11, 8: 20 };
const OCTAL_DIGITS: Readonly<Record<number, number>> = { 1: 3, 2: 6, 4: 11, 8: 22 };

function readInteger(view: DataView, at: number, size: number, signed: boolean): bigint {
  switch (size) {
    case 1:
      return BigInt(signed ? view.getInt8(at) : view.getUint8(at));
    case 2:
      return BigInt(signed ? view.getInt16(at, true) : view.getUint16(at, true));
    case 4:
      return BigInt(signed ? view.getInt32(at, true) : view.getUint32(at, true));
    default:
      return signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true);
  }
}

const SIZE_LETTERS: Readonly<Record<string, number>> = { C: 1, S: 2, I: 4, L: 8, F: 4, D: 8 };

/** The types of `-t`, e.g. "x1z" or "d4o2"; undefined where it is none. */
function parseTypes(text: string): { readonly types: OdType[]; readonly text: boolean } | undefined {
  const types: OdType[] = [];
  let trailing = false;
  for (let at = 0; at < text.length; ) {
    const match = /^([acdfoux])([CSILFD]|\d+)?(z)?/.exec(text.slice(at));
    if (match === null) return undefined;
    at += match[0].length;
    const [, letter = "", sizeText] = match;
    if (match[3] !== undefined) trailing = true;
    const size =
      letter === "a" || letter === "c"
        ? 1
        : sizeText === undefined
          ? letter === "f"
            ? 8
            : 4
          : (SIZE_LETTERS[sizeText] ?? Number(sizeText));
    if (![1, 2, 4, 8].includes(size) || (letter === "f" && size < 4)) return undefined;
    types.push(odType(letter, size));
  }
  return { types, text: trailing };
}

function odType(letter: string, size: number): OdType {
  const integer = (digits: number, signed: boolean, base: number): OdType => ({
    size,
    width: digits + 1,
    characters: false,
    show: (view, at) => {
      const text = readInteger(view, at, size, signed).toString(base);
      return base === 10 ? text : text.padStart(digits, "0");
    },
  });
  switch (letter) {
    case "a":
      return { size: 1, width: 4, characters: true, show: (view, at) => nameOf(view.getUint8(at) & 127) };
    case "c":
      return { size: 1, width: 4, characters: true, show: (view, at) => escapeOf(view.getUint8(at)) };
    case "d":
      return integer(SIGNED_DIGITS[size] ?? 0, true, 10);
    case "u":
      return integer(UNSIGNED_DIGITS[size] ?? 0, false, 10);
    case "o":
      return integer(OCTAL_DIGITS[size] ?? 0, false, 8);
    case "f":
      return {
        size,
        width: size === 4 ? 16 : 25,
        characters: false,
        show: (view, at) =>
          size === 4 ? shortestFloat(view.getFloat32(at, true), 4) : shortestFloat(view.getFloat64(at, true), 8),
      };
    default:
      return integer(size * 2, false, 16);
  }
}

/** As few digits as tell it from every other value of its size. */
function shortestFloat(value: number, size: number): string {
  for (let digits = size === 4 ? 6 : 15; digits < 18; digits++) {
    const text = formatFloat(value, "g", digits, "");
    const back = size === 4 ? Math.fround(Number(text)) : Number(text);
    if (back === value || Number.isNaN(value)) return text;
  }
  return String(value);
}

const nameOf = (byte: number) => (byte === 127 ? "del" : (NAMES[byte] ?? String.fromCharCode(byte)));
const escapeOf = (byte: number) =>
  ESCAPES[byte] ?? (printable(byte) ? String.fromCharCode(byte) : byte.toString(8).padStart(3, "0"));

const OLD_TYPES: Readonly<Record<string, string>> = {
  named: "a",
  octalBytes: "o1",
  characters: "c",
  unsigned: "u2",
  decimal: "d2",
  hexadecimal: "x2",
  octal: "o2",
};

const OD_OPTIONS = {
  radix: { short: "A", long: "address-radix", value: true },
  skip: { short: "j", long: "skip-bytes", value: true },
  count: { short: "N", long: "read-bytes", value: true },
  type: { short: "t", long: "format", value: true },
  all: { short: "v", long: "output-duplicates" },
  width: { short: "w", long: "width", value: "optional" },
  named: { short: "a" },
  octalBytes: { short: "b" },
  characters: { short: "c" },
  unsigned: { short: "d" },
  decimal: { short: "s" },
  hexadecimal: { short: "x" },
  octal: { short: "o" },
} as const;

/** All inputs in one, as od reads them: cut to what `-j` and `-N` leave. */
async function bytesOf<T extends OptionTable>(tool: Tool<T>, skip: number, count: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  await tool.eachInput(async (reader) => {
    if (size >= skip + count) return;
    const data = await takeBytes(tool, reader, skip + count - size);
    pieces.push(data);
    size += data.length;
  });
  const all = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
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
    const specs = tool.options.given.flatMap(({ name, value }) =>
      name === "type" ? [value ?? ""] : name in OLD_TYPES ? [OLD_TYPES[name] as string] : [],
    );
    const types: OdType[] = [];
    let trailing = false;
    for (const spec of specs.length === 0 ? ["o2"] : specs) {
      const parsed = parseTypes(spec);
      if (parsed === undefined)
        return tool.die(
          `invalid character '${/[^acdfoux\dCSILFDz]/.exec(spec)?.[0] ?? spec[0] ?? ""}' in type string ${tool.word(spec)}`,
        );
      types.push(...parsed.types);
      trailing ||= parsed.text;
    }
    const number = (name: "skip" | "count", fallback: number) => {
      const text = tool.value(name);
      if (text === undefined) return fallback;
      return /^0[xX]/.test(text) ? Number(text) : (parseSize(text) ?? Number.NaN);
    };
    const skip = number("skip", 0);
    const count = number("count", Number.POSITIVE_INFINITY);
    if (Number.isNaN(skip)) return tool.die(`invalid -j argument '${tool.value("skip")}'`);
    if (Number.isNaN(count)) return tool.die(`invalid -N argument '${tool.value("count")}'`);
    const radix = tool.value("radix") ?? "o";
    if (!/^[doxn]$/.test(radix))
      return tool.die(`invalid output address radix '${radix}'; it must be one character from [doxn]`);
    const width = tool.has("width") ? Number(tool.value("width") ?? 32) : ROW;
    if (!(width > 0)) return tool.die(`invalid -w argument '${tool.value("width")}'`);
    const address = (at: number) =>
      radix === "n"
        ? ""
        : radix === "x"
          ? hex(at, 6)
          : radix === "d"
            ? String(at).padStart(7, "0")
            : at.toString(8).padStart(7, "0");
    const data = await bytesOf(tool, skip, count);
    if (tool.status !== 0 && data.length === 0) return tool.status;
    // Every type's column gets as wide as the widest needs for the same bytes.
    const largest = Math.max(...types.map((type) => type.size));
    const cell = Math.max(...types.map((type) => (type.width * largest) / type.size));
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
        const own = (cell * type.size) / largest;
        let line = index === 0 ? address(at + skip) : " ".repeat(address(0).length);
        let owed = 0;
        for (let offset = 0; offset < row.length; offset += type.size) {
          // Blanks are spread over the values of one cell.
          owed += own;
          const share = Math.floor(owed);
          owed -= share;
          line += type.show(view, offset).padStart(share);
        }
        if (trailing && index === types.length - 1) {
          const missing = Math.floor((width - row.length) / type.size) * own;
          line += `${" ".repeat(missing)}  >${Array.from(row, (byte) => (printable(byte) ? String.fromCharCode(byte) : ".")).join("")}<`;
        }
        await tool.out.write(`${line}\n`);
      }
    }
    if (radix !== "n") await tool.out.write(`${address(data.length + skip)}\n`);
    return tool.status;
  },
);

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
