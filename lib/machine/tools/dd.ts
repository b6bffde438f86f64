/** dd: copies blocks, and tells what it moved. */
import { concatBytes } from "../../encoding/index.ts";
import { isErrno } from "../errno.ts";
import type { Descriptor } from "../types.ts";
import { parseSize } from "./support/sizes.ts";
import { type Tool, tool } from "./support/tool.ts";

const MOST_AT_ONCE = 64 << 20;
const NUMBERS = ["bs", "ibs", "obs", "cbs", "count", "skip", "iseek", "seek", "oseek"] as const;
const WORDS = ["if", "of", "conv", "status", "iflag", "oflag"] as const;
type WordName = (typeof WORDS)[number];
const CONVERSIONS = [
  "notrunc",
  "noerror",
  "sync",
  "fsync",
  "fdatasync",
  "nocreat",
  "excl",
  "ucase",
  "lcase",
  "swab",
  "sparse",
];
/** What there is, and is not done here. */
const ABSENT = ["ascii", "ebcdic", "ibm", "block", "unblock"];
/** Blocks are read whole, and what is written is on the disk: most flags change nothing. */
const FLAGS = {
  iflag: [
    "fullblock",
    "count_bytes",
    "skip_bytes",
    "direct",
    "dsync",
    "sync",
    "nonblock",
    "noatime",
    "nocache",
    "directory",
    "nofollow",
    "noctty",
  ],
  oflag: ["append", "seek_bytes", "direct", "dsync", "sync", "nonblock", "nocache", "nofollow", "noctty"],
} as const;
const STATUS: readonly string[] = ["none", "noxfer", "progress"];

/** "3.1 MB, 3.0 MiB": as GNU's dd, which leaves the second out below a KiB. */
function amount(bytes: number): string {
  const scaled = (base: number, units: readonly string[]) => {
    let value = bytes;
    let unit = -1;
    while (value >= base && unit < units.length - 1) {
      value /= base;
      unit++;
    }
    return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
  };
  if (bytes < 1000) return "";
  const decimal = scaled(1000, ["kB", "MB", "GB", "TB"]);
  return bytes < 1024 ? ` (${decimal})` : ` (${decimal}, ${scaled(1024, ["KiB", "MiB", "GiB", "TiB"])})`;
}

/** "2", "1M", "2x512", "4B": a number, and whether it counts bytes. Undefined where it is none. */
function parseNumber(text: string): { readonly value: number; readonly bytes: boolean } | undefined {
  let value = 1;
  for (const factor of text.split("x")) {
    const [, digits, unit = ""] = /^(\d+)([cwB]?)$/.exec(factor) ?? [];
    const own = digits === undefined ? parseSize(factor) : Number(digits) * (unit === "w" ? 2 : 1);
    if (own === undefined) return undefined;
    value *= own;
  }
  return { value, bytes: text.endsWith("B") };
}

interface Request {
  readonly words: ReadonlyMap<WordName, string>;
  readonly conversions: readonly string[];
  readonly inputSize: number;
  readonly outputSize: number;
  /** Bytes. */
  readonly skip: number;
  readonly seek: number;
  readonly limit: number;
}

async function requestOf(tool: Tool): Promise<Request> {
  const numbers = new Map<string, { readonly value: number; readonly bytes: boolean }>();
  const words = new Map<WordName, string>();
  for (const operand of tool.operands) {
    const at = operand.indexOf("=");
    const name = at === -1 ? operand : operand.slice(0, at);
    const value = operand.slice(at + 1);
    if (at !== -1 && (NUMBERS as readonly string[]).includes(name)) {
      const parsed = parseNumber(value);
      if (parsed === undefined || (parsed.value === 0 && name.endsWith("bs")))
        return tool.die(`invalid number: ${tool.word(value)}`);
      numbers.set(name === "iseek" ? "skip" : name === "oseek" ? "seek" : name, parsed);
    } else if (at !== -1 && (WORDS as readonly string[]).includes(name)) words.set(name as WordName, value);
    else return tool.usage(`unrecognized operand ${tool.word(operand)}`);
  }
  const list = (name: WordName) => (words.get(name) ?? "").split(",").filter(Boolean);
  const conversions = list("conv");
  for (const one of conversions) {
    if (ABSENT.includes(one)) return tool.die(`conv=${one} is not available here`);
    if (!CONVERSIONS.includes(one)) return tool.usage(`invalid conversion: ${tool.word(one)}`);
  }
  for (const name of ["iflag", "oflag"] as const)
    for (const flag of list(name))
      if (!(FLAGS[name] as readonly string[]).includes(flag))
        return tool.usage(`invalid ${name === "iflag" ? "input" : "output"} flag: ${tool.word(flag)}`);
  const status = words.get("status") ?? "";
  if (status !== "" && !STATUS.includes(status)) return tool.usage(`invalid status level: ${tool.word(status)}`);
  const inputSize = (numbers.get("bs") ?? numbers.get("ibs"))?.value ?? 512;
  const outputSize = (numbers.get("bs") ?? numbers.get("obs"))?.value ?? 512;
  if (inputSize > MOST_AT_ONCE)
    return tool.die(
      `memory exhausted by input buffer of size ${inputSize} bytes (${amount(inputSize).replace(/^ \(|\)$/g, "")})`,
    );
  const inBytes = (name: string, flag: string, size: number, otherwise: number) => {
    const number = numbers.get(name);
    if (number === undefined) return otherwise;
    const counts = number.bytes || list(name === "seek" ? "oflag" : "iflag").includes(flag);
    return counts ? number.value : number.value * size;
  };
  return {
    words,
    conversions,
    inputSize,
    outputSize,
    skip: inBytes("skip", "skip_bytes", inputSize, 0),
    seek: inBytes("seek", "seek_bytes", outputSize, 0),
    limit: inBytes("count", "count_bytes", inputSize, Number.POSITIVE_INFINITY),
  };
}

function converted(data: Uint8Array, conversions: readonly string[], size: number): Uint8Array {
  let out = data;
  const change = (from: number, to: number, by: number) =>
    out.map((byte) => (byte >= from && byte <= to ? byte + by : byte));
  if (conversions.includes("ucase")) out = change(97, 122, -32);
  if (conversions.includes("lcase")) out = change(65, 90, 32);
  if (conversions.includes("swab"))
    out = out.map((byte, at) => (at === out.length - 1 && at % 2 === 0 ? byte : (out[at ^ 1] as number)));
  if (conversions.includes("sync") && out.length < size) out = concatBytes([out, new Uint8Array(size - out.length)]);
  return out;
}

export const dd = tool(
  {
    name: "dd",
    usage: "[OPERAND]...\n  or:  dd OPTION",
    summary: "Copy a file, converting and formatting according to the operands.",
    options: {},
  },
  async (tool) => {
    const { process } = tool;
    const { files } = process;
    const request = await requestOf(tool as unknown as Tool);
    const { words, conversions, inputSize, outputSize, skip, seek, limit } = request;
    const [source, target] = [words.get("if"), words.get("of")];
    const began = process.clock.now();
    const counts = { fullIn: 0, partIn: 0, written: 0 };
    let input: Descriptor | undefined;
    let output: Descriptor | undefined;
    /** Where one can go to a place at once. */
    const seekable = (path: string | undefined) => {
      if (path === undefined || !files.exists(path)) return false;
      const { type } = files.stat(path);
      return type === "file" || type === "block";
    };
    try {
      const skips = seekable(source);
      if (source !== undefined) {
        const opened = await tool.attempt(`failed to open ${tool.named(source)}`, () => {
          input = process.open(source, { read: true, ...(skips ? { position: skip } : {}) });
        });
        if (!opened) return 1;
      }
      if (
        target !== undefined &&
        !(await tool.attempt(`failed to open ${tool.named(target)}`, () => openTarget(target)))
      )
        return 1;
      const reader = input?.reader ?? process.stdin;
      if (skips && source !== undefined && skip > files.stat(source).size)
        await process.stderr.write(`dd: ${tool.bare(source)}: cannot skip to specified offset\n`);
      const block = async (most: number): Promise<Uint8Array | undefined> => {
        const pieces: Uint8Array[] = [];
        let got = 0;
        while (got < most) {
          const piece = await reader.read(most - got);
          if (piece === null) break;
          pieces.push(piece);
          got += piece.length;
        }
        return got === 0 ? undefined : concatBytes(pieces);
      };
      if (!skips) {
        for (let left = skip; left > 0; ) {
          const part = await block(Math.min(left, inputSize));
          if (part === undefined) break;
          left -= part.length;
        }
      }
      const writer = output?.writer ?? process.stdout;
      let failed = 0;
      for (let left = limit; left > 0; ) {
        let data: Uint8Array | undefined;
        try {
          data = await block(Math.min(left, inputSize));
        } catch (error) {
          if (!isErrno(error)) throw error;
          await tool.complain(`error reading ${tool.named(source ?? "standard input")}: ${error.message}`);
          failed = 1;
          break;
        }
        if (data === undefined) break;
        left -= data.length;
        if (data.length === inputSize) counts.fullIn++;
        else counts.partIn++;
        const whole = converted(data, conversions, inputSize);
        const done = await tool.attempt(`error writing ${tool.named(target ?? "standard output")}`, () =>
          writer.write(whole),
        );
        if (!done) {
          failed = 1;
          break;
        }
        counts.written += whole.length;
        const spent = tool.spend(1 + (whole.length >> 12));
        if (spent !== undefined) await spent;
      }
      await report();
      return failed;
    } finally {
      input?.close();
      output?.close();
    }

    function openTarget(path: string): void {
      const exclusive = conversions.includes("excl");
      const create = !conversions.includes("nocreat");
      const append = (words.get("oflag") ?? "").split(",").includes("append");
      const isBlock = files.exists(path) && files.stat(path).type === "block";
      const truncates = !conversions.includes("notrunc") && !isBlock;
      const fresh = truncates && seek === 0;
      const position = seek > 0 && !append ? { position: seek } : {};
      output = process.open(path, {
        write: true,
        create,
        exclusive,
        truncate: fresh,
        ...position,
        ...(append ? { append } : {}),
      });
      // What lies before the place stays, what lies behind it goes.
      if (truncates && seek > 0 && files.stat(path).type === "file") files.truncate(path, seek);
    }

    async function report(): Promise<void> {
      const status = words.get("status") ?? "";
      if (status === "none") return;
      const { fullIn, partIn, written } = counts;
      let text = `${fullIn}+${partIn} records in\n${Math.floor(written / outputSize)}+${written % outputSize === 0 ? 0 : 1} records out\n`;
      if (status !== "noxfer") {
        const seconds = Math.max(process.clock.now() - began, 0.1) / 1000;
        const rate =
          amount(Math.round(written / seconds))
            .split(",")[0]
            ?.replace(" (", "")
            .replace(")", "") || `${Math.round(written / seconds)} B`;
        text += `${written} bytes${amount(written)} copied, ${seconds} s, ${rate}/s\n`;
      }
      await process.stderr.write(text);
    }
  },
);
