/** expand and unexpand: tabs to blanks and back. */
import { tool } from "./support/tool.ts";

/** The column after `column` where a tab ends. */
function nextStop(column: number, stops: readonly number[]): number {
  const [only] = stops;
  if (stops.length === 1 && only !== undefined) return (Math.floor(column / only) + 1) * only;
  return stops.find((stop) => stop > column) ?? column + 1;
}

function parseStops(text: string): readonly number[] | string {
  const words = text.split(/[ ,]+/).filter(Boolean);
  for (const word of words) if (!/^\d+$/.test(word)) return `tab size contains invalid character(s): '${word}'`;
  const stops = words.map(Number);
  if (stops.includes(0)) return "tab size cannot be 0";
  if (stops.some((stop, index) => index > 0 && stop <= (stops[index - 1] ?? 0))) return "tab sizes must be ascending";
  return stops.length === 0 ? [8] : stops;
}

export const expand = tool(
  {
    name: "expand",
    usage: "[OPTION]... [FILE]...",
    summary: "Convert tabs in each FILE to spaces, writing to standard output.",
    digits: "tabs",
    options: { initial: { short: "i", long: "initial" }, tabs: { short: "t", long: "tabs", value: true } },
  },
  async (tool) => {
    const stops = parseStops(tool.value("tabs") ?? "8");
    if (typeof stops === "string") return tool.die(stops);
    await tool.eachInput(async (reader) => {
      const lines = tool.lines(reader);
      for await (const batch of lines) {
        for (const [index, line] of batch.entries()) {
          let out = "";
          let column = 0;
          let initial = true;
          let count = 0;
          for (const character of line.includes("\t") ? line : "") {
            if ((++count & 8191) === 0) await tool.spend(512);
            if (character === "\t" && (initial || !tool.has("initial"))) {
              const to = nextStop(column, stops);
              out += " ".repeat(Math.min(to - column, 10_000));
              column = to;
              continue;
            }
            if (character !== " ") initial = false;
            out += character;
            column += character === "\b" ? -1 : 1;
          }
          if (count === 0) out = line;
          const spent = tool.spend(1 + (out.length >> 9));
          if (spent !== undefined) await spent;
          await tool.out.write(lines.terminated || index < batch.length - 1 ? `${out}\n` : out);
        }
      }
    });
    return tool.status;
  },
);

export const unexpand = tool(
  {
    name: "unexpand",
    usage: "[OPTION]... [FILE]...",
    summary: "Convert blanks in each FILE to tabs, writing to standard output.",
    options: {
      all: { short: "a", long: "all" },
      first: { long: "first-only" },
      tabs: { short: "t", long: "tabs", value: true },
    },
  },
  async (tool) => {
    const stops = parseStops(tool.value("tabs") ?? "8");
    if (typeof stops === "string") return tool.die(stops);
    const all = (tool.has("all") || tool.has("tabs")) && !tool.has("first");
    await tool.eachInput(async (reader) => {
      const lines = tool.lines(reader);
      for await (const batch of lines) {
        for (const [index, line] of batch.entries()) {
          let out = "";
          let column = 0;
          let blanks = "";
          let converting = true;
          let count = 0;
          for (const character of line) {
            if ((++count & 8191) === 0) {
              await tool.out.write(out);
              out = "";
              await tool.spend(512);
            }
            if (converting && (character === " " || character === "\t")) {
              blanks += character;
              column = character === "\t" ? nextStop(column, stops) : column + 1;
              if (character === "\t" || column === nextStop(column - 1, stops)) {
                out += blanks === " " && character === " " ? " " : "\t";
                blanks = "";
              }
              continue;
            }
            out += blanks + character;
            blanks = "";
            column++;
            if (!all) converting = false;
          }
          out += blanks;
          const spent = tool.spend(1 + (out.length >> 5));
          if (spent !== undefined) await spent;
          await tool.out.write(lines.terminated || index < batch.length - 1 ? `${out}\n` : out);
        }
      }
    });
    return tool.status;
  },
);
