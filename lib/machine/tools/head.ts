import type { ByteReader } from "../types.ts";
import { binaryOf } from "./support/binary.ts";
import { numberOption } from "./support/numbers.ts";
import { tool } from "./support/tool.ts";

export const COUNT_SUFFIXES = "bkKmMGTPEZY0";

export const head = tool(
  {
    name: "head",
    usage: "[OPTION]... [FILE]...",
    summary: "Print the first 10 lines of each FILE to standard output.",
    digits: "obsolete",
    digitsCluster: true,
    options: {
      bytes: { short: "c", long: "bytes", value: true },
      lines: { short: "n", long: "lines", value: true },
      quiet: { short: "q", long: "quiet" },
      silent: { long: "silent" },
      verbose: { short: "v", long: "verbose" },
      zero: { short: "z", long: "zero-terminated" },
      obsolete: {},
    },
    /** The old form, as the first word alone: `-5`, `-5c`, `-2kq`. */
    rewrite: (words) => {
      const [, count, letters = ""] = /^-(\d+)(.*)$/s.exec(words[0] ?? "") ?? [];
      if (count === undefined) return words;
      let unit = "-n";
      let suffix = "";
      const more: string[] = [];
      for (const letter of letters) {
        if (letter === "l") unit = "-n";
        else if (letter === "c") [unit, suffix] = ["-c", ""];
        else if ("bkm".includes(letter)) [unit, suffix] = ["-c", letter];
        else if ("qvz".includes(letter)) more.push(`-${letter}`);
        else return { wrong: `invalid trailing option -- ${letter}` };
      }
      return [`${unit}${count}${suffix}`, ...more, ...words.slice(1)];
    },
  },
  async (tool) => {
    const obsolete = tool.value("obsolete");
    if (obsolete !== undefined) return tool.usage(`invalid trailing option -- ${obsolete[0]}`);
    let text = "10";
    let byBytes = false;
    let fromEnd = false;
    let count = 10;
    for (const { name, value = "" } of tool.options.given) {
      if (name !== "bytes" && name !== "lines") continue;
      byBytes = name === "bytes";
      fromEnd = value.startsWith("-");
      text = fromEnd ? value.slice(1) : value;
      count = await numberOption(tool, text, `invalid number of ${name}`, { suffixes: COUNT_SUFFIXES });
    }
    const end = tool.has("zero") ? 0 : 10;
    const heading = tool.options.last("quiet", "silent", "verbose");
    const titles = heading === "verbose" || (heading === undefined && tool.operands.length > 1);
    let first = true;
    await tool.eachInput(
      async (reader, name) => {
        if (titles) await tool.out.write(`${first ? "" : "\n"}==> ${name === "-" ? "standard input" : name} <==\n`);
        first = false;
        if (fromEnd) await allButLast(reader, count);
        else if (byBytes) await firstBytes(reader);
        else await firstLines(reader);
      },
      {
        words: (name, error) =>
          error.code === "EISDIR"
            ? `error reading ${tool.named(name)}: ${error.message}`
            : `cannot open ${tool.named(name)} for reading: ${error.message}`,
      },
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
    async function allButLast(reader: ByteReader, keep: number): Promise<void> {
      const held: string[] = [];
      let units = 0;
      const pieces = async function* () {
        if (byBytes) {
          for await (const chunk of reader) yield binaryOf(chunk);
          return;
        }
        const lines = tool.lines(reader, { zero: tool.has("zero"), binary: true });
        for await (const batch of lines) {
          for (const [index, line] of batch.entries()) {
            const last = !lines.terminated && index === batch.length - 1;
            yield last ? line : line + String.fromCharCode(end);
          }
        }
      };
      const unitsOf = (piece: string) => (byBytes ? piece.length : 1);
      for await (const piece of pieces()) {
        held.push(piece);
        units += unitsOf(piece);
        while (held[0] !== undefined && units - unitsOf(held[0]) >= keep) {
          const out = held.shift() as string;
          units -= unitsOf(out);
          await tool.out.writeBinary(out);
        }
        await tool.spend();
      }
      const [oldest] = held;
      if (byBytes && oldest !== undefined && units > keep) await tool.out.writeBinary(oldest.slice(0, units - keep));
    }
  },
);
