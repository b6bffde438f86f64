import { toBinary } from "./support/binary.ts";
import { numberOption } from "./support/numbers.ts";
import { compilePattern, type Pattern, PatternError } from "./support/regex.ts";
import { Exit, type Tool, tool } from "./support/tool.ts";

const INT_MAX = (1n << 31n) - 1n;

const OPTIONS = {
  header: { short: "h", long: "header-numbering", value: true },
  body: { short: "b", long: "body-numbering", value: true },
  footer: { short: "f", long: "footer-numbering", value: true },
  start: { short: "v", long: "starting-line-number", value: true },
  increment: { short: "i", long: "line-increment", value: true },
  keep: { short: "p", long: "no-renumber" },
  join: { short: "l", long: "join-blank-lines", value: true },
  separator: { short: "s", long: "number-separator", value: true },
  width: { short: "w", long: "number-width", value: true },
  format: { short: "n", long: "number-format", value: true },
  delimiter: { short: "d", long: "section-delimiter", value: true },
} as const;

/** What is numbered: all, lines that are not empty, none, those that match. */
type Style = "a" | "t" | "n" | Pattern;

const SECTIONS = ["footer", "body", "header"] as const;
type Section = (typeof SECTIONS)[number];

export const nl = tool(
  {
    name: "nl",
    usage: "[OPTION]... [FILE]...",
    summary: "Write each FILE to standard output, with line numbers added.",
    options: OPTIONS,
  },
  async (tool) => {
    const settings = await settingsOf(tool);
    const { styles, width, separator, format, start, increment, join } = settings;
    const shown = (value: number) => {
      const text = String(value);
      if (format === "ln") return text.padEnd(width);
      if (format === "rn") return text.padStart(width);
      return text.startsWith("-") ? `-${text.slice(1).padStart(width - 1, "0")}` : text.padStart(width, "0");
    };
    const none = " ".repeat(width + separator.length);
    let section: Section = "body";
    let number = start;
    let blanks = 0;
    const counted = (line: string): boolean => {
      const style = styles[section];
      if (style === "n") return false;
      if (style === "t") return line !== "";
      if (style !== "a") return style.find(line, 0) !== undefined;
      if (join <= 1 || line !== "" || ++blanks === join) {
        blanks = 0;
        return true;
      }
      return false;
    };
    await tool.eachInput(async (reader) => {
      for await (const batch of tool.lines(reader, { binary: true })) {
        for (const line of batch) {
          const spent = tool.spend(1 + (line.length >> 5));
          if (spent !== undefined) await spent;
          const marks = settings.marks.indexOf(line);
          let out = "\n";
          if (marks !== -1) {
            section = SECTIONS[marks] as Section;
            if (!tool.has("keep")) number = start;
          } else if (counted(line)) {
            out = `${shown(number)}${separator}${line}\n`;
            number += increment;
          } else out = `${none}${line}\n`;
          const full = tool.out.writeBinary(out);
          if (full !== undefined) await full;
        }
      }
    });
    return tool.status;
  },
);

async function settingsOf(tool: Tool<typeof OPTIONS>) {
  const styles: Record<Section, Style> = { header: "n", body: "t", footer: "n" };
  let [start, increment, join, width] = [1, 1, 1, 6];
  let separator = "\t";
  let delimiter = "\\:";
  let format = "rn";
  let wrong = false;
  const complain = async (message: string) => {
    wrong = true;
    await tool.complain(message);
  };
  for (const { name, value = "" } of tool.options.given) {
    switch (name) {
      case "header":
      case "body":
      case "footer":
        if (/^[atn]/.test(value)) styles[name] = value[0] as Style;
        else if (value.startsWith("p")) {
          try {
            styles[name] = compilePattern(toBinary(value.slice(1)), { syntax: "basic" });
          } catch (error) {
            if (error instanceof PatternError) await tool.die(error.message);
            throw error;
          }
        } else await complain(`invalid ${name} numbering style: ${tool.word(value)}`);
        break;
      case "start":
        start = await numberOption(tool, value, "invalid starting line number", { signed: true });
        break;
      case "increment":
        increment = await numberOption(tool, value, "invalid line number increment", { signed: true });
        break;
      case "join":
        join = await numberOption(tool, value, "invalid line number of blank lines", { signed: true, min: 1n });
        break;
      case "width":
        width = await numberOption(tool, value, "invalid line number field width", {
          signed: true,
          min: 1n,
          max: INT_MAX,
        });
        break;
      case "separator":
        separator = toBinary(value);
        break;
      case "format":
        if (value === "ln" || value === "rn" || value === "rz") format = value;
        else await complain(`invalid line numbering format: ${tool.word(value)}`);
        break;
      case "delimiter": {
        const bytes = toBinary(value);
        delimiter = bytes.length === 1 ? bytes + delimiter.slice(1) : bytes;
        break;
      }
      default:
    }
  }
  if (wrong) {
    await tool.process.stderr.write("Try 'nl --help' for more information.\n");
    throw new Exit(1);
  }
  const marks = delimiter.length < 2 ? [] : [delimiter, delimiter + delimiter, delimiter + delimiter + delimiter];
  return { styles, start, increment, join, width, separator, format, marks };
}
