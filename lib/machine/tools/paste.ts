import { isErrno } from "../errno.ts";
import { toBinary } from "./support/binary.ts";
import { type Lines, tool } from "./support/tool.ts";

const ESCAPES: Readonly<Record<string, string>> = { "0": "", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

export const paste = tool(
  {
    name: "paste",
    usage: "[OPTION]... [FILE]...",
    summary: "Write lines consisting of the sequentially corresponding lines from each FILE, separated by TABs.",
    options: {
      serial: { short: "s", long: "serial" },
      delimiters: { short: "d", long: "delimiters", value: true },
      zero: { short: "z", long: "zero-terminated" },
    },
  },
  async (tool) => {
    const given = toBinary(tool.value("delimiters") ?? "\t");
    const delimiters: string[] = [];
    for (let at = 0; at < given.length; at++) {
      if (given[at] !== "\\") delimiters.push(given[at] as string);
      else if (++at < given.length) delimiters.push(ESCAPES[given[at] as string] ?? (given[at] as string));
      else return tool.die(`delimiter list ends with an unescaped backslash: ${tool.value("delimiters")}`);
    }
    if (delimiters.length === 0) delimiters.push("");
    const delimiter = (index: number) => delimiters[index % delimiters.length] as string;
    const zero = tool.has("zero");
    const end = zero ? "\0" : "\n";
    const names = tool.operands.length === 0 ? ["-"] : tool.operands;
    // "-" takes turns on the one standard input.
    let input: LineSource | undefined;
    const open = (name: string): LineSource => {
      if (name !== "-") return new LineSource(tool.lines(tool.open(name), { zero, binary: true }));
      input ??= new LineSource(tool.lines(tool.process.stdin, { zero, binary: true }));
      return input;
    };
    const write = async (text: string) => {
      const full = tool.out.writeBinary(text);
      if (full !== undefined) await full;
      const spent = tool.spend(1 + (text.length >> 8));
      if (spent !== undefined) await spent;
    };
    if (tool.has("serial")) {
      for (const name of names) {
        let count = 0;
        let opened = false;
        const fine = await tool.attempt(tool.bare(name), async () => {
          const column = open(name);
          opened = true;
          for (let line = await column.next(); line !== undefined; line = await column.next())
            await write(count++ === 0 ? line : delimiter(count - 2) + line);
        });
        if (fine || opened) await write(end);
      }
      return tool.status;
    }
    const columns: (LineSource | undefined)[] = [];
    for (const name of names) if (!(await tool.attempt(tool.bare(name), () => void columns.push(open(name))))) return 1;
    for (let left = columns.length; left > 0; ) {
      const cells: (string | undefined)[] = [];
      for (const [index, column] of columns.entries()) {
        let line: string | undefined;
        try {
          line = await column?.next();
        } catch (error) {
          if (!isErrno(error)) throw error;
          await tool.complain(`${tool.bare(names[index] as string)}: ${error.message}`);
        }
        if (line === undefined && column !== undefined) {
          columns[index] = undefined;
          left--;
        }
        cells.push(line);
      }
      if (cells.every((cell) => cell === undefined)) break;
      await write(
        cells.reduce<string>((row, cell, index) => row + (index === 0 ? "" : delimiter(index - 1)) + (cell ?? ""), "") +
          end,
      );
    }
    return tool.status;
  },
);

/** Lines one by one. */
export class LineSource {
  readonly #lines: Lines;
  #batch: readonly string[] = [];
  #at = 0;

  constructor(lines: Lines) {
    this.#lines = lines;
  }

  async next(): Promise<string | undefined> {
    if (this.#at >= this.#batch.length) {
      const batch = await this.#lines.batch();
      if (batch === null) return undefined;
      this.#batch = batch;
      this.#at = 0;
    }
    return this.#batch[this.#at++];
  }
}
