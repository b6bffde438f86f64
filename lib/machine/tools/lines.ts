/** Small filters of lines: tac, rev, nl, fold, paste, base64. */
import { readAll, tool } from "./support/tool.ts";

const decoder = new TextDecoder();

export const tac = tool({ name: "tac", usage: "[OPTION]... [FILE]...", options: {} }, (tool) =>
  tool.eachInput(
    async (reader) => {
      const lines = decoder.decode(await readAll(tool, reader)).split(/(?<=\n)/);
      await tool.spend(lines.length);
      for (const line of lines.reverse()) await tool.out.write(line);
    },
    { words: (name, error) => `failed to open '${name}' for reading: ${error.message}` },
  ),
);

export const rev = tool({ name: "rev", usage: "[FILE...]", options: {} }, (tool) =>
  tool.eachInput(async (reader) => {
    const lines = tool.lines(reader);
    for await (const batch of lines) {
      for (const [index, line] of batch.entries()) {
        await tool.out.write([...line].reverse().join("") + (lines.terminated || index < batch.length - 1 ? "\n" : ""));
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
    },
  },
  async (tool) => {
    const style = tool.value("style") ?? "t";
    if (!/^[atn]$/.test(style)) return tool.usage(`invalid body numbering style: '${style}'`);
    const width = Number(tool.value("width") ?? 6);
    const separator = tool.value("separator") ?? "\t";
    let number = Number(tool.value("start") ?? 1);
    await tool.eachInput(async (reader) => {
      for await (const batch of tool.lines(reader)) {
        for (const line of batch) {
          const counted = style === "a" || (style === "t" && line !== "");
          await tool.out.write(
            counted
              ? `${String(number++).padStart(width)}${separator}${line}\n`
              : `${" ".repeat(width + separator.length)}${line}\n`,
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
          let rest = [...line];
          while (rest.length > width) {
            let at = width;
            if (tool.has("spaces")) {
              const space = rest.slice(0, width).lastIndexOf(" ");
              if (space !== -1) at = space + 1;
            }
            await tool.out.write(`${rest.slice(0, at).join("")}\n`);
            rest = rest.slice(at);
            await tool.spend(1 + (rest.length >> 6));
          }
          await tool.out.write(rest.join("") + (lines.terminated || index < batch.length - 1 ? "\n" : ""));
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
    options: { delimiters: { short: "d", long: "delimiters", value: true }, serial: { short: "s", long: "serial" } },
  },
  async (tool) => {
    const delimiters = [
      ...(tool.value("delimiters") ?? "\t").replace(/\\t/g, "\t").replace(/\\n/g, "\n").replace(/\\0/g, "\0"),
    ];
    const delimiter = (index: number) => delimiters[index % Math.max(1, delimiters.length)] ?? "";
    const columns: string[][] = [];
    await tool.eachInput(async (reader) => {
      const text = decoder.decode(await readAll(tool, reader));
      columns.push(text === "" ? [] : text.replace(/\n$/, "").split("\n"));
    });
    const join = (cells: readonly string[]) =>
      cells.reduce((line, cell, index) => (index === 0 ? cell : line + delimiter(index - 1) + cell), "");
    if (tool.has("serial")) for (const column of columns) await tool.out.write(`${join(column)}\n`);
    else {
      const rows = Math.max(0, ...columns.map((column) => column.length));
      for (let row = 0; row < rows; row++) {
        await tool.spend(columns.length);
        await tool.out.write(`${join(columns.map((column) => column[row] ?? ""))}\n`);
      }
    }
    return tool.status;
  },
);

export const base64 = tool(
  {
    name: "base64",
    usage: "[OPTION]... [FILE]",
    options: {
      decode: { short: "d", long: "decode" },
      ignore: { short: "i", long: "ignore-garbage" },
      wrap: { short: "w", long: "wrap", value: true },
    },
  },
  async (tool) => {
    const width = Number(tool.value("wrap") ?? 76);
    await tool.eachInput(async (reader) => {
      const data = await readAll(tool, reader);
      await tool.spend(data.length >> 5);
      if (tool.has("decode")) {
        const text = decoder.decode(data).replace(/\s/g, "");
        const good = tool.has("ignore")
          ? text.replace(/[^A-Za-z0-9+/=]/g, "")
          : (/^[A-Za-z0-9+/]*={0,2}/.exec(text)?.[0] ?? "");
        const whole = good.slice(0, good.length - (good.length % 4));
        await tool.out.write(Uint8Array.from(atob(whole), (character) => character.charCodeAt(0)));
        if (whole.length !== text.length && !tool.has("ignore")) await tool.complain("invalid input");
        return;
      }
      let binary = "";
      for (let at = 0; at < data.length; at += 8192) binary += String.fromCharCode(...data.subarray(at, at + 8192));
      const text = btoa(binary);
      if (!(width > 0)) await tool.out.write(text);
      else for (let at = 0; at < text.length; at += width) await tool.out.write(`${text.slice(at, at + width)}\n`);
    });
    return tool.status;
  },
);
