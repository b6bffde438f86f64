/** Small filters of lines: tac, rev, nl, fold, paste. */
import { type Lines, readAll, tool } from "./support/tool.ts";

const decoder = new TextDecoder();
/** Characters of a long line that are worked on at once. */
const PART = 8192;

export const tac = tool(
  {
    name: "tac",
    usage: "[OPTION]... [FILE]...",
    options: {
      before: { short: "b", long: "before" },
      regex: { short: "r", long: "regex" },
      separator: { short: "s", long: "separator", value: true },
    },
  },
  async (tool) => {
    if (tool.has("regex")) return tool.die("separators that are regular expressions are not available here");
    const separator = tool.value("separator") ?? "\n";
    if (separator === "") return tool.die("separator cannot be empty");
    await tool.eachInput(
      async (reader) => {
        const text = decoder.decode(await readAll(tool, reader));
        // From the end: a piece is what stands before (with --before: after) one separator.
        for (let end = text.length; end > 0; ) {
          const start = tool.has("before")
            ? Math.max(0, text.lastIndexOf(separator, end - 1))
            : end <= separator.length
              ? 0
              : text.lastIndexOf(separator, end - separator.length - 1) + separator.length;
          const from = !tool.has("before") && start < separator.length ? 0 : start;
          const full = tool.out.write(text.slice(from, end));
          if (full !== undefined) await full;
          const spent = tool.spend(1 + ((end - from) >> 9));
          if (spent !== undefined) await spent;
          end = from;
        }
      },
      { words: (name, error) => `failed to open '${name}' for reading: ${error.message}` },
    );
    return tool.status;
  },
);

export const rev = tool({ name: "rev", usage: "[FILE...]", options: {} }, (tool) =>
  tool.eachInput(async (reader) => {
    const lines = tool.lines(reader);
    for await (const batch of lines) {
      for (const [index, line] of batch.entries()) {
        // From the end, a part of a long line at a time; a character of two units is not torn.
        for (let end = line.length; end > 0; ) {
          let start = Math.max(0, end - PART);
          if (start > 0 && (line.charCodeAt(start) & 0xfc00) === 0xdc00) start--;
          await tool.out.write([...line.slice(start, end)].reverse().join(""));
          await tool.spend(1 + ((end - start) >> 5));
          end = start;
        }
        if (lines.terminated || index < batch.length - 1) await tool.out.write("\n");
      }
    }
  }),
);

export const nl = tool(
  {
    name: "nl",
    usage: "[OPTION]... [FILE]...",
    options: {
      style: { short: "b", long: "body-numbering", value: true },
      width: { short: "w", long: "number-width", value: true },
      separator: { short: "s", long: "number-separator", value: true },
      start: { short: "v", long: "starting-line-number", value: true },
      increment: { short: "i", long: "line-increment", value: true },
      format: { short: "n", long: "number-format", value: true },
    },
  },
  async (tool) => {
    const style = tool.value("style") ?? "t";
    if (!/^[atn]$/.test(style)) return tool.usage(`invalid body numbering style: '${style}'`);
    const width = Number(tool.value("width") ?? 6);
    const separator = tool.value("separator") ?? "\t";
    const format = tool.value("format") ?? "rn";
    if (!/^(?:ln|rn|rz)$/.test(format)) return tool.usage(`invalid line numbering format: '${format}'`);
    for (const [name, words] of [
      ["width", "line number field width"],
      ["start", "starting line number"],
      ["increment", "line number increment"],
    ] as const) {
      const text = tool.value(name);
      if (text !== undefined && !/^-?\d+$/.test(text)) return tool.die(`invalid ${words}: '${text}'`);
    }
    const shown = (value: number) =>
      format === "ln" ? String(value).padEnd(width) : String(value).padStart(width, format === "rz" ? "0" : " ");
    const step = Number(tool.value("increment") ?? 1);
    let number = Number(tool.value("start") ?? 1) - step;
    await tool.eachInput(async (reader) => {
      for await (const batch of tool.lines(reader)) {
        for (const line of batch) {
          const counted = style === "a" || (style === "t" && line !== "");
          if (counted) number += step;
          await tool.out.write(
            counted ? `${shown(number)}${separator}${line}\n` : `${" ".repeat(width + separator.length)}${line}\n`,
          );
        }
      }
    });
    return tool.status;
  },
);

export const fold = tool(
  {
    name: "fold",
    usage: "[OPTION]... [FILE]...",
    digits: "width",
    options: {
      bytes: { short: "b" },
      spaces: { short: "s", long: "spaces" },
      width: { short: "w", long: "width", value: true },
    },
  },
  async (tool) => {
    const width = Number(tool.value("width") ?? 80);
    if (!(width > 0)) return tool.die(`invalid number of columns: '${tool.value("width")}'`);
    await tool.eachInput(async (reader) => {
      const lines = tool.lines(reader);
      for await (const batch of lines) {
        for (const [index, line] of batch.entries()) {
          // By characters, but without a copy of a long line for each piece.
          let from = 0;
          while (from < line.length) {
            let end = from;
            let space = -1;
            for (let taken = 0; taken < width && end < line.length; taken++) {
              const size = (line.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
              if (line[end] === " ") space = end;
              end += size;
            }
            if (end < line.length && tool.has("spaces") && space !== -1) end = space + 1;
            const last = end >= line.length;
            await tool.out.write(last ? line.slice(from) : `${line.slice(from, end)}\n`);
            from = end;
            const spent = tool.spend(1 + (width >> 4));
            if (spent !== undefined) await spent;
          }
          if (lines.terminated || index < batch.length - 1) await tool.out.write("\n");
        }
      }
    });
    return tool.status;
  },
);

export const paste = tool(
  {
    name: "paste",
    usage: "[OPTION]... [FILE]...",
    options: {
      delimiters: { short: "d", long: "delimiters", value: true },
      serial: { short: "s", long: "serial" },
      zero: { short: "z", long: "zero-terminated" },
    },
  },
  async (tool) => {
    const delimiters = [
      ...(tool.value("delimiters") ?? "\t").replace(/\\t/g, "\t").replace(/\\n/g, "\n").replace(/\\0/g, "\0"),
    ];
    const delimiter = (index: number) => delimiters[index % Math.max(1, delimiters.length)] ?? "";
    const end = tool.has("zero") ? "\0" : "\n";
    const names = tool.operands.length === 0 ? ["-"] : tool.operands;
    const sources = new Map<string, LineSource>();
    const columns: LineSource[] = [];
    for (const [index, name] of names.entries()) {
      // "-" twice takes turns on the one standard input.
      const key = name === "-" ? name : String(index);
      const opened = await tool.attempt(name, () => {
        if (!sources.has(key))
          sources.set(key, new LineSource(tool.lines(tool.open(name), { zero: tool.has("zero") })));
      });
      const source = sources.get(key);
      if (opened && source !== undefined) columns.push(source);
      else if (!tool.has("serial")) return 1;
    }
    const join = (cells: readonly string[]) =>
      cells.reduce((line, cell, index) => (index === 0 ? cell : line + delimiter(index - 1) + cell), "");
    if (tool.has("serial")) {
      for (const column of columns) {
        let count = 0;
        for (let line = await column.next(); line !== undefined; line = await column.next()) {
          const full = tool.out.write(count === 0 ? line : delimiter(count - 1) + line);
          if (full !== undefined) await full;
          count++;
          const spent = tool.spend();
          if (spent !== undefined) await spent;
        }
        await tool.out.write(end);
      }
      return tool.status;
    }
    for (;;) {
      const cells: (string | undefined)[] = [];
      for (const column of columns) cells.push(await column.next());
      if (cells.every((cell) => cell === undefined)) return tool.status;
      const spent = tool.spend(cells.length);
      if (spent !== undefined) await spent;
      await tool.out.write(join(cells.map((cell) => cell ?? "")) + end);
    }
  },
);

/** Lines one by one. */
class LineSource {
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
