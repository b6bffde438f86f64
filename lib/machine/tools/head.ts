import type { ByteReader } from "../types.ts";
import { countOption } from "./support/sizes.ts";
import { tool } from "./support/tool.ts";

export const head = tool(
  {
    name: "head",
    usage: "[OPTION]... [FILE]...",
    summary: "Print the first 10 lines of each FILE to standard output.",
    digits: "lines",
    options: {
      bytes: { short: "c", long: "bytes", value: true },
      lines: { short: "n", long: "lines", value: true },
      quiet: { short: "q", long: "quiet" },
      silent: { long: "silent" },
      verbose: { short: "v", long: "verbose" },
      zero: { short: "z", long: "zero-terminated" },
    },
  },
  async (tool) => {
    const byBytes = tool.options.last("bytes", "lines") === "bytes";
    const what = byBytes ? "number of bytes" : "number of lines";
    const { sign, count } = countOption(tool.value(byBytes ? "bytes" : "lines") ?? "10", what);
    const end = tool.has("zero") ? 0 : 10;
    const titles = tool.has("verbose") || (tool.operands.length > 1 && !tool.has("quiet") && !tool.has("silent"));
    let first = true;
    await tool.eachInput(
      async (reader, name) => {
        if (titles) await tool.out.write(`${first ? "" : "\n"}==> ${name === "-" ? "standard input" : name} <==\n`);
        first = false;
        if (sign === "-") await allButLast(reader, byBytes, count);
        else if (byBytes) await firstBytes(reader);
        else await firstLines(reader);
      },
      { words: (name, error) => `cannot open '${name}' for reading: ${error.message}` },
    );

    async function firstBytes(reader: ByteReader): Promise<void> {
      let left = count;
      while (left > 0) {
        await tool.out.flush();
        const chunk = await reader.read(left);
        if (chunk === null) return;
        left -= chunk.length;
        await tool.out.write(chunk);
      }
    }

    async function firstLines(reader: ByteReader): Promise<void> {
      let left = count;
      while (left > 0) {
        await tool.out.flush();
        const chunk = await reader.read();
        if (chunk === null) return;
        let at = -1;
        do at = chunk.indexOf(end, at + 1);
        while (at !== -1 && --left > 0);
        await tool.out.write(at === -1 ? chunk : chunk.subarray(0, at + 1));
      }
    }

    /** Holds back what may turn out to be the end. */
    async function allButLast(reader: ByteReader, bytes: boolean, keep: number): Promise<void> {
      const held: Uint8Array[] = [];
      let units = 0;
      const unitsOf = (piece: Uint8Array) => (bytes ? piece.length : 1);
      const pieces = async function* () {
        if (bytes) {
          yield* reader;
          return;
        }
        const encoder = new TextEncoder();
        const lines = tool.lines(reader, { zero: tool.has("zero") });
        for await (const batch of lines) {
          for (const [index, line] of batch.entries()) {
            const last = !lines.terminated && index === batch.length - 1;
            yield encoder.encode(last ? line : line + String.fromCharCode(end));
          }
        }
      };
      for await (const piece of pieces()) {
        held.push(piece);
        units += unitsOf(piece);
        while (held[0] !== undefined && units - unitsOf(held[0]) >= keep) {
          const out = held.shift() as Uint8Array;
          units -= unitsOf(out);
          await tool.out.write(out);
        }
        await tool.spend();
      }
      const [oldest] = held;
      if (bytes && oldest !== undefined && units > keep) await tool.out.write(oldest.subarray(0, units - keep));
    }
  },
);
