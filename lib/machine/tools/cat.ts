import type { Process } from "../types.ts";
import { tool } from "./support/tool.ts";

/** Bytes that are made visible between two payments. */
const PART = 4096;
/** A byte becomes at most "M-^X" and a line number before it. */
const WIDEST = 24;

/** The inode of the regular file that stdout is. */
function outputFile({ descriptors, files }: Process): number | undefined {
  const out = descriptors.get(1);
  if (out?.kind !== "file" || out.path === undefined || !files.exists(out.path)) return undefined;
  return files.stat(out.path).inode;
}

export const cat = tool(
  {
    name: "cat",
    usage: "[OPTION]... [FILE]...",
    summary: "Concatenate FILE(s) to standard output.",
    options: {
      numberNonblank: { short: "b", long: "number-nonblank" },
      number: { short: "n", long: "number" },
      squeeze: { short: "s", long: "squeeze-blank" },
      nonprinting: { short: "v", long: "show-nonprinting" },
      ends: { short: "E", long: "show-ends" },
      tabs: { short: "T", long: "show-tabs" },
      all: { short: "A", long: "show-all" },
      e: { short: "e" },
      t: { short: "t" },
      u: { short: "u" },
    },
  },
  async (tool) => {
    const has = (...names: Parameters<typeof tool.has>[0][]) => names.some((name) => tool.has(name));
    const numberAll = tool.has("number") && !tool.has("numberNonblank");
    const numberSome = tool.has("numberNonblank");
    const ends = has("ends", "all", "e");
    const tabs = has("tabs", "all", "t");
    const visible = has("nonprinting", "all", "e", "t");
    const squeeze = tool.has("squeeze");
    const plain = !(numberAll || numberSome || ends || tabs || visible || squeeze);
    const table = Array.from({ length: 256 }, (_, byte) =>
      byte === 9 ? (tabs ? "^I" : "\t") : visible ? shown(byte) : String.fromCharCode(byte),
    );
    let line = 0;
    let column = 0;
    let blank = 0;

    const convert = (bytes: Uint8Array): Uint8Array => {
      const out = new Uint8Array(bytes.length * WIDEST);
      let at = 0;
      const put = (text: string) => {
        for (let index = 0; index < text.length; index++) out[at++] = text.charCodeAt(index);
      };
      for (const byte of bytes) {
        if (byte === 10) {
          const empty = column === 0;
          blank = empty ? blank + 1 : 0;
          if (squeeze && blank > 1) continue;
          if (empty && numberAll) put(`${String(++line).padStart(6)}\t`);
          put(ends ? "$\n" : "\n");
          column = 0;
          continue;
        }
        if (column === 0) {
          blank = 0;
          if (numberAll || numberSome) put(`${String(++line).padStart(6)}\t`);
        }
        column++;
        put(table[byte] as string);
      }
      return out.subarray(0, at);
    };

    const output = outputFile(tool.process);
    await tool.eachInput(async (reader, name) => {
      if (output !== undefined && name !== "-" && tool.process.files.stat(name).inode === output) {
        if (tool.process.files.stat(name).size > 0)
          return tool.complain(`${tool.bare(name)}: input file is output file`);
      }
      for (;;) {
        const chunk = await reader.read();
        if (chunk === null) return;
        if (plain) {
          await tool.process.stdout.write(chunk);
          continue;
        }
        for (let at = 0; at < chunk.length; at += PART) {
          const part = chunk.subarray(at, at + PART);
          await tool.spend(part.length >> 3);
          await tool.process.stdout.write(convert(part));
        }
      }
    });
  },
);

/** As Latin-1: one character for each byte. */
function shown(byte: number): string {
  const low = byte & 0x7f;
  const caret = low < 32 ? `^${String.fromCharCode(low + 64)}` : low === 127 ? "^?" : String.fromCharCode(low);
  return byte < 128 ? caret : `M-${caret}`;
}
