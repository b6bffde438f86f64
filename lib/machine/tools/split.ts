import { parseSize } from "./support/sizes.ts";
import { readAll, tool } from "./support/tool.ts";

const MAX_FILES = 5000;
/** No file has a longer name. */
const MAX_SUFFIX = 255;

export const split = tool(
  {
    name: "split",
    usage: "[OPTION]... [FILE [PREFIX]]",
    summary: "Output pieces of FILE to PREFIXaa, PREFIXab, ...; default size is 1000 lines, and default PREFIX is 'x'.",
    digits: "lines",
    options: {
      suffixLength: { short: "a", long: "suffix-length", value: true },
      additional: { long: "additional-suffix", value: true },
      bytes: { short: "b", long: "bytes", value: true },
      lineBytes: { short: "C", long: "line-bytes", value: true },
      numeric: { short: "d" },
      numericFrom: { long: "numeric-suffixes", value: "optional" },
      hexadecimal: { short: "x" },
      lines: { short: "l", long: "lines", value: true },
      chunks: { short: "n", long: "number", value: true },
      verbose: { long: "verbose" },
    },
  },
  async (tool) => {
    const [file = "-", prefix = "x", extra] = tool.operands;
    if (extra !== undefined) return tool.usage(`extra operand ${tool.word(extra)}`);
    const modes = (["bytes", "lineBytes", "lines", "chunks"] as const).filter((name) => tool.has(name));
    if (modes.length > 1) return tool.usage("cannot split in more than one way");
    const [mode = "lines"] = modes;
    const text = tool.value(mode) ?? "1000";
    const words = {
      bytes: "number of bytes",
      lineBytes: "number of bytes",
      lines: "number of lines",
      chunks: "number of chunks",
    };
    const chunks = /^(?:(l|r)\/)?(\d+)$/.exec(text);
    if (mode === "chunks" && chunks === null) return tool.die(`invalid number of chunks: ${tool.word(text)}`);
    const size = mode === "chunks" ? Number(chunks?.[2]) : parseSize(text);
    if (size === 0)
      return tool.die(
        `invalid ${words[mode]}: ${tool.word(text)}${mode === "chunks" ? "" : ": Numerical result out of range"}`,
      );
    if (size === undefined || !(size > 0)) return tool.die(`invalid ${words[mode]}: ${tool.word(text)}`);
    const decimal = tool.has("numeric") || tool.has("numericFrom");
    const first = Number(tool.value("numericFrom") ?? 0);
    const base = decimal ? 10 : tool.has("hexadecimal") ? 16 : 26;
    const fixed = tool.value("suffixLength");
    if (fixed !== undefined && !/^\d+$/.test(fixed)) return tool.die(`invalid suffix length: ${tool.word(fixed)}`);
    if (Number(fixed ?? 0) > MAX_SUFFIX) return tool.die(`invalid suffix length: ${tool.word(fixed ?? "")}`);
    let data: Uint8Array | undefined;
    const opened = await tool.attempt(`cannot open ${tool.named(file)} for reading`, async () => {
      const reader = tool.open(file);
      data = await readAll(tool, reader);
      if (file !== "-") reader.close();
    });
    if (!opened || data === undefined) return 1;
    if (mode === "chunks" && size > MAX_FILES) return tool.die("too many files");
    const pieces = cut(data, mode, size, chunks?.[1]);
    if (pieces.length > MAX_FILES) return tool.die("too many files");
    const length = fixed === undefined ? 2 : Number(fixed);
    const name = (index: number): string | undefined => {
      const letters = (value: number, width: number) => {
        const digits = value.toString(base).padStart(width, "0");
        if (base !== 26) return digits;
        return Array.from(digits, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 26))).join("");
      };
      const value = index + first;
      const top = base ** length;
      if (fixed !== undefined) return value < top ? letters(value, length) : undefined;
      // Past the last-but-one block the suffix grows by two characters: xyz.., then zaaa...
      const room = top - base ** (length - 1);
      if (value < room || decimal) return value < top ? letters(value, length) : undefined;
      return (base === 26 ? "z" : "f") + letters(value - room, length + 1);
    };
    for (const [index, piece] of pieces.entries()) {
      const suffix = name(index);
      if (suffix === undefined) return tool.die("output file suffixes exhausted");
      const path = `${prefix}${suffix}${tool.value("additional") ?? ""}`;
      if (tool.has("verbose")) await tool.out.write(`creating file ${tool.named(path)}\n`);
      tool.process.files.writeFile(path, piece);
      await tool.spend(10 + (piece.length >> 8));
    }
    return 0;
  },
);

function cut(data: Uint8Array, mode: string, size: number, how: string | undefined): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const lineEnd = (from: number) => {
    const end = data.indexOf(10, from);
    return end === -1 ? data.length : end + 1;
  };
  if (mode === "bytes") {
    for (let at = 0; at < data.length && pieces.length <= MAX_FILES; at += size)
      pieces.push(data.subarray(at, at + size));
    return pieces;
  }
  if (mode === "lines") {
    for (let at = 0; at < data.length && pieces.length <= MAX_FILES; ) {
      let end = at;
      for (let line = 0; line < size && end < data.length; line++) end = lineEnd(end);
      pieces.push(data.subarray(at, end));
      at = end;
    }
    return pieces;
  }
  if (mode === "lineBytes") {
    for (let at = 0; at < data.length && pieces.length <= MAX_FILES; ) {
      let end = at;
      while (end < data.length && lineEnd(end) - at <= size) end = lineEnd(end);
      if (end === at) end = Math.min(data.length, at + size);
      pieces.push(data.subarray(at, end));
      at = end;
    }
    return pieces;
  }
  if (how === "r") {
    const parts: number[][] = Array.from({ length: size }, () => []);
    let line = 0;
    for (let at = 0; at < data.length; line++) {
      const end = lineEnd(at);
      for (let i = at; i < end; i++) parts[line % size]?.push(data[i] as number);
      at = end;
    }
    return parts.map((part) => Uint8Array.from(part));
  }
  const share = Math.floor(data.length / size);
  let at = 0;
  for (let index = 0; index < size; index++) {
    let end = index === size - 1 ? data.length : Math.max(at, (index + 1) * share);
    // Whole lines: up to the end of the one that the share ends in.
    if (how === "l" && index < size - 1 && end > at) end = lineEnd(end - 1);
    else if (how === "l" && end < at) end = at;
    pieces.push(data.subarray(at, end));
    at = end;
  }
  return pieces;
}
