import { tool } from "./support/tool.ts";

const LETTERS = "KMGTPEZY";
const SCALES = ["none", "auto", "si", "iec", "iec-i"] as const;
type Scale = (typeof SCALES)[number];

type Parsed = number | "invalid" | "suffix";

/** A number with the suffix that `scale` allows. */
function parse(text: string, scale: Scale): Parsed {
  const match = /^\s*(-?\d+(?:\.\d+)?)([A-Za-z]?)(i?)\s*$/.exec(text);
  if (match === null) return "invalid";
  const [, digits = "", letter = "", i = ""] = match;
  if (letter === "" && i === "") return Number(digits);
  const power = LETTERS.indexOf(letter === "k" ? "K" : letter) + 1;
  if (scale === "none") return "suffix";
  if (power === 0) return "invalid";
  if (scale === "iec-i" && i === "") return "suffix";
  if ((scale === "si" || scale === "iec") && i !== "") return "suffix";
  const base = scale === "si" || (scale === "auto" && i === "") ? 1000 : 1024;
  return Number(digits) * base ** power;
}

const ROUNDING: Readonly<Record<string, (value: number) => number>> = {
  up: Math.ceil,
  down: Math.floor,
  "from-zero": (value) => Math.sign(value) * Math.ceil(Math.abs(value) - 1e-12),
  "towards-zero": Math.trunc,
  nearest: (value) => Math.sign(value) * Math.round(Math.abs(value)),
};

function show(value: number, scale: Scale, round: (value: number) => number, precision: number | undefined): string {
  const rounded = (number: number, digits: number) => round(number * 10 ** digits) / 10 ** digits;
  if (scale === "none")
    return precision === undefined ? String(round(value)) : rounded(value, precision).toFixed(precision);
  const base = scale === "si" ? 1000 : 1024;
  let power = 0;
  let scaled = value;
  while (Math.abs(scaled) >= base && power < LETTERS.length) {
    scaled /= base;
    power++;
  }
  let digits = precision ?? (power > 0 && Math.abs(scaled) < 10 ? 1 : 0);
  scaled = rounded(scaled, digits);
  if (Math.abs(scaled) >= base) {
    scaled /= base;
    power++;
  }
  if (precision === undefined) digits = power > 0 && Math.abs(scaled) < 10 ? 1 : 0;
  const letter = power === 0 ? "" : scale === "si" && power === 1 ? "K" : (LETTERS[power - 1] ?? "");
  return `${scaled.toFixed(digits)}${letter}${scale === "iec-i" && power > 0 ? "i" : ""}`;
}

export const numfmt = tool(
  {
    name: "numfmt",
    usage: "[OPTION]... [NUMBER]...",
    summary: "Reformat NUMBER(s), or the numbers from standard input if none are specified.",
    options: {
      delimiter: { short: "d", long: "delimiter", value: true },
      field: { long: "field", value: true },
      format: { long: "format", value: true },
      from: { long: "from", value: true },
      fromUnit: { long: "from-unit", value: true },
      header: { long: "header", value: "optional" },
      invalid: { long: "invalid", value: true },
      padding: { long: "padding", value: true },
      round: { long: "round", value: true },
      suffix: { long: "suffix", value: true },
      to: { long: "to", value: true },
      toUnit: { long: "to-unit", value: true },
    },
  },
  async (tool) => {
    const scale = (name: "from" | "to"): Scale => {
      const text = tool.value(name) ?? "none";
      const found = SCALES.find((each) => each === text);
      if (found === undefined || (name === "to" && found === "auto"))
        throw tool.usage(`invalid argument ${tool.word(text)} for ${tool.word(`--${name}`)}`);
      return found;
    };
    const [from, to] = [scale("from"), scale("to")];
    const round = ROUNDING[tool.value("round") ?? "from-zero"];
    if (round === undefined)
      return tool.usage(`invalid argument ${tool.word(tool.value("round") ?? "")} for ${tool.word("--round")}`);
    const format = /^(.*?)%(')?(0?)(-?\d+)?(?:\.(\d+))?f(.*)$/.exec(tool.value("format") ?? "%f");
    if (format === null) return tool.die(`format ${tool.word(tool.value("format") ?? "")} has no % directive`);
    const [, before = "", , zero = "", widthText, precisionText, after = ""] = format;
    const width = Number(widthText ?? 0);
    const padding = Number(tool.value("padding") ?? 0);
    const field = Number(tool.value("field") ?? 1);
    const delimiter = tool.value("delimiter");
    const suffix = tool.value("suffix") ?? "";
    const unit = (name: "fromUnit" | "toUnit") => Number(tool.value(name) ?? 1);
    let failed = false;
    const convert = async (text: string): Promise<string> => {
      const bare = suffix !== "" && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
      const parsed = parse(bare, from);
      if (typeof parsed === "string") {
        const words =
          parsed === "suffix"
            ? `rejecting suffix in input: ${tool.word(text)}${from === "none" ? " (consider using --from)" : ""}`
            : /^\s*-?\d/.test(text)
              ? `invalid suffix in input: ${tool.word(text)}`
              : `invalid number: ${tool.word(text)}`;
        failed = true;
        if ((tool.value("invalid") ?? "abort") === "abort") return tool.die(words, 2);
        if (tool.value("invalid") !== "ignore") await tool.complain(words, 2);
        return text;
      }
      const precision =
        precisionText !== undefined
          ? Number(precisionText)
          : to === "none" && from === "none"
            ? (/\.(\d+)/.exec(bare)?.[1] ?? "").length
            : undefined;
      let shown = show((parsed * unit("fromUnit")) / unit("toUnit"), to, round, precision) + suffix;
      if (width !== 0 && zero !== "") shown = shown.padStart(width, "0");
      else if (width !== 0) shown = width < 0 ? shown.padEnd(-width) : shown.padStart(width);
      shown = before + shown + after;
      return padding < 0 ? shown.padEnd(-padding) : shown.padStart(padding);
    };
    if (tool.operands.length > 0) {
      for (const operand of tool.operands) await tool.out.write(`${await convertOnce(operand)}\n`);
      return failed && tool.value("invalid") !== "ignore" && tool.value("invalid") !== "warn" ? 2 : 0;
    }
    async function convertOnce(text: string): Promise<string> {
      const spent = tool.spend(4);
      if (spent !== undefined) await spent;
      return convert(text);
    }
    let header = tool.has("header") ? Number(tool.value("header") ?? 1) : 0;
    for await (const batch of tool.lines(tool.process.stdin)) {
      for (const line of batch) {
        if (header-- > 0) {
          await tool.out.write(`${line}\n`);
          continue;
        }
        if (delimiter !== undefined) {
          const cells = line.split(delimiter);
          if (cells[field - 1] !== undefined) cells[field - 1] = await convertOnce(cells[field - 1] as string);
          await tool.out.write(`${cells.join(delimiter)}\n`);
          continue;
        }
        // Blanks before a field belong to it: the column stays where it was.
        const cells = line.match(/\s*\S+/g) ?? [];
        const cell = cells[field - 1];
        if (cell !== undefined) {
          const converted = await convertOnce(cell.trim());
          const blanks = /^\s*/.exec(cell)?.[0] ?? "";
          cells[field - 1] = blanks.length > 1 ? converted.padStart(cell.length) : blanks + converted;
        }
        await tool.out.write(`${cells.join("")}\n`);
      }
    }
    return failed && tool.value("invalid") !== "ignore" && tool.value("invalid") !== "warn" ? 2 : 0;
  },
);
