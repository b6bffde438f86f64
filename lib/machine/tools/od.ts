/** od: bytes made visible. */
import { concatBytes } from "../../encoding/index.ts";
import type { ByteReader } from "../types.ts";
import { type OdType, parseTypes, printable } from "./od/types.ts";
import { binaryOf } from "./support/binary.ts";
import { readNumber } from "./support/numbers.ts";
import { choice, type OptionTable } from "./support/options.ts";
import { type AnyTool, readAll, type Tool, tool } from "./support/tool.ts";

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
