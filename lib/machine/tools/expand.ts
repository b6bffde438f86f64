/** expand(1) and unexpand(1), on bytes. */
import { TabStops } from "./support/tab-stops.ts";
import { Exit, type Tool, tool } from "./support/tool.ts";

const EXPAND = {
  initial: { short: "i", long: "initial" },
  tabs: { short: "t", long: "tabs", value: true },
  ...Object.fromEntries([..."0123456789"].map((digit) => [digit, { short: digit, value: "optional" as const }])),
} as const;

const isBlank = (character: string) => character === " " || character === "\t";

/** Each line through `change`, which pays for what it does. */
async function eachLine(tool: Tool, change: (line: string) => Promise<string>): Promise<number> {
  await tool.eachInput(async (reader) => {
    const lines = tool.lines(reader, { binary: true });
    for await (const batch of lines) {
      for (const [index, line] of batch.entries()) {
        const end = lines.terminated || index < batch.length - 1 ? "\n" : "";
        const full = tool.out.writeBinary((await change(line)) + end);
        if (full !== undefined) await full;
        const spent = tool.spend(1 + (line.length >> 5));
        if (spent !== undefined) await spent;
      }
    }
  });
  return tool.status;
}

export const expand = tool(
  {
    name: "expand",
    usage: "[OPTION]... [FILE]...",
    summary: "Convert tabs in each FILE to spaces, writing to standard output.",
    options: EXPAND as typeof EXPAND & Record<string, { short: string }>,
  },
  async (tool) => {
    const stops = new TabStops();
    for (const { name, value = "" } of tool.options.given) {
      const text = /^\d$/.test(name) ? name + value : value;
      if (name !== "initial" && !(await stops.parse(tool, text))) throw new Exit(1);
    }
    await stops.finish(tool);
    const whole = !tool.has("initial");
    return eachLine(tool as unknown as Tool, async (line) => {
      if (!line.includes("\t")) return line;
      let out = "";
      let column = 0;
      let converting = true;
      for (let at = 0; at < line.length; at++) {
        if ((at & 4095) === 4095) await tool.spend(512);
        const character = line[at] as string;
        if (!converting) return out + line.slice(at);
        if (character === "\t") {
          const next = stops.after(column) ?? column + 1;
          out += " ".repeat(next - column);
          column = next;
        } else {
          out += character;
          column = character === "\b" ? Math.max(0, column - 1) : column + 1;
        }
        converting = whole || isBlank(character);
      }
      return out;
    });
  },
);

export const unexpand = tool(
  {
    name: "unexpand",
    usage: "[OPTION]... [FILE]...",
    summary: "Convert blanks in each FILE to tabs, writing to standard output.",
    digits: "number",
    digitsCluster: true,
    options: {
      tabs: { short: "t", long: "tabs", value: true },
      all: { short: "a", long: "all" },
      first: { long: "first-only" },
      comma: { short: "," },
      number: {},
    },
  },
  async (tool) => {
    const stops = new TabStops();
    let digits = "";
    const take = () => {
      if (digits !== "") stops.add(Number(digits));
      digits = "";
    };
    for (const { name, value = "" } of tool.options.given) {
      if (name === "number") digits += value;
      else if (name === "comma") take();
      else if (name === "tabs" && !(await stops.parse(tool, value))) throw new Exit(1);
    }
    take();
    await stops.finish(tool);
    const whole = (tool.has("all") || tool.has("tabs")) && !tool.has("first");
    return eachLine(tool as unknown as Tool, (line) => unexpanded(tool as unknown as Tool, line, stops, whole));
  },
);

/** Blanks that are still to be written are `pending`: they become a tab where one reaches the next stop. */
async function unexpanded(tool: Tool, line: string, stops: TabStops, whole: boolean): Promise<string> {
  let out = "";
  let pending = "";
  let column = 0;
  let beforeStop = false;
  let wasBlank = true;
  for (let at = 0; at < line.length; at++) {
    if ((at & 4095) === 4095) await tool.spend(512);
    let character = line[at] as string;
    const blank = isBlank(character);
    let converting = true;
    if (blank) {
      const next = stops.after(column);
      if (next === undefined) converting = false;
      else {
        if (character === "\t") {
          column = next;
          if (pending !== "") pending = `\t${pending.slice(1)}`;
        } else {
          column++;
          if (!(wasBlank && column === next)) {
            // Not known yet whether a tab will stand for them.
            if (column === next) beforeStop = true;
            pending += character;
            wasBlank = true;
            continue;
          }
          character = "\t";
          pending = `\t${pending.slice(1)}`;
        }
        // One blank just before the stop before this one stays.
        pending = beforeStop ? pending.slice(0, 1) : "";
      }
    } else if (character === "\b") column = Math.max(0, column - 1);
    else column++;
    if (pending !== "") {
      out += pending.length > 1 && beforeStop ? `\t${pending.slice(1)}` : pending;
      pending = "";
      beforeStop = false;
    }
    wasBlank = blank;
    out += character;
    if (!converting || !(whole || blank)) return out + line.slice(at + 1);
  }
  return out + (pending.length > 1 && beforeStop ? `\t${pending.slice(1)}` : pending);
}
