import { readFormat } from "./numfmt/format.ts";
import { readNumber, type Scale, type Trouble, tooLarge, writeNumber } from "./numfmt/number.ts";
import { choice } from "./support/options.ts";
import { parseRanges, type Range } from "./support/ranges.ts";
import { type Tool, tool } from "./support/tool.ts";

const FROM = { none: "none", auto: "auto", si: "si", iec: "iec", "iec-i": "iec-i" } as const;
const TO = { none: "none", si: "si", iec: "iec", "iec-i": "iec-i" } as const;
const ROUNDING = {
  up: "up",
  down: "down",
  "from-zero": "from-zero",
  "towards-zero": "towards-zero",
  nearest: "nearest",
} as const;
const INVALID = { abort: "abort", fail: "fail", warn: "warn", ignore: "ignore" } as const;
const ROUND: Readonly<Record<keyof typeof ROUNDING, (value: number) => number>> = {
  up: Math.ceil,
  down: Math.floor,
  "from-zero": (value) => (value < 0 ? Math.floor(value) : Math.ceil(value)),
  "towards-zero": Math.trunc,
  nearest: (value) => Math.trunc(value < 0 ? value - 0.5 : value + 0.5),
};
/** Status of what could not be converted. */
const UNCONVERTED = 2;

const OPTIONS = {
  debug: { long: "debug", help: "print warnings about invalid input" },
  delimiter: { short: "d", long: "delimiter", value: true, help: "use X instead of whitespace for field delimiter" },
  field: { long: "field", value: true, help: "replace the numbers in these input fields; default is 1" },
  format: { long: "format", value: true, help: "use printf style floating-point FORMAT" },
  from: { long: "from", value: true, help: "auto-scale input numbers to UNITs" },
  fromUnit: { long: "from-unit", value: true, help: "specify the input unit size (instead of the default 1)" },
  grouping: { long: "grouping", help: "use locale-defined grouping of digits" },
  header: { long: "header", value: "optional", help: "print (without converting) the first N header lines" },
  invalid: { long: "invalid", value: true, help: "failure mode for invalid numbers" },
  padding: { long: "padding", value: true, help: "pad the output to N characters" },
  round: { long: "round", value: true, help: "use METHOD for rounding when scaling" },
  suffix: { long: "suffix", value: true, help: "add SUFFIX to output numbers" },
  to: { long: "to", value: true, help: "auto-scale output numbers to UNITs" },
  toUnit: { long: "to-unit", value: true, help: "the output unit size (instead of the default 1)" },
  zero: { short: "z", long: "zero-terminated", help: "line delimiter is NUL, not newline" },
} as const;
type Numfmt = Tool<typeof OPTIONS>;

export const numfmt = tool(
  {
    name: "numfmt",
    usage: "[OPTION]... [NUMBER]...",
    summary: "Reformat NUMBER(s), or the numbers from standard input if none are specified.",
    options: OPTIONS,
  },
  async (tool) => {
    const converter = new Converter(tool, await readSettings(tool));
    const end = tool.has("zero") ? "\0" : "\n";
    if (tool.operands.length > 0) {
      for (const operand of tool.operands) await tool.out.write((await converter.line(operand)) + end);
      return converter.status;
    }
    let { header } = converter.settings;
    const lines = tool.lines(tool.process.stdin, { zero: tool.has("zero") });
    for (let batch = await lines.batch(); batch !== null; batch = await lines.batch()) {
      for (const [index, line] of batch.entries()) {
        const ended = lines.terminated || index < batch.length - 1 ? end : "";
        await tool.out.write((header-- > 0 ? line : await converter.line(line)) + ended);
      }
    }
    return converter.status;
  },
);

interface Settings {
  readonly from: Scale;
  readonly to: Scale;
  readonly round: (value: number) => number;
  readonly invalid: keyof typeof INVALID;
  readonly format: { readonly before: string; readonly after: string; readonly precision: number | undefined };
  readonly zeros: number;
  /** Less than 0: on the right. 0: as wide as the field was, where that can be known. */
  readonly padding: number;
  readonly fields: readonly Range[];
  readonly delimiter: string | undefined;
  readonly suffix: string;
  readonly fromUnit: number;
  readonly toUnit: number;
  readonly header: number;
}

async function readSettings(tool: Numfmt): Promise<Settings> {
  const chosen = <K extends string>(name: keyof typeof OPTIONS, choices: Readonly<Record<K, unknown>>, fallback: K) => {
    // Each that is given is looked at.
    const given = tool.options.values(name).map((text) => choice(tool, `--${OPTIONS[name].long}`, text, choices));
    return given.at(-1) ?? fallback;
  };
  const from = chosen("from", FROM, "none");
  const to = chosen("to", TO, "none");
  const round = ROUND[chosen("round", ROUNDING, "from-zero")];
  const unit = async (name: "fromUnit" | "toUnit") => {
    const text = tool.value(name) ?? "1";
    const [, digits, letter, binary] = /^(\d*)([KMGTPEZY])?(i)?$/.exec(text) ?? [];
    const power = letter === undefined ? 0 : "KMGTPEZY".indexOf(letter) + 1;
    const value = Number(digits === "" ? "1" : digits) * (binary === undefined ? 1000 : 1024) ** power;
    const wrong =
      digits === undefined || (digits === "" && letter === undefined) || (binary !== undefined && power === 0);
    return wrong || !(value > 0) ? tool.die(`invalid unit size: ${tool.word(text)}`) : value;
  };
  const fromUnit = await unit("fromUnit");
  const toUnit = await unit("toUnit");
  let padding = 0;
  const paddingText = tool.value("padding");
  if (paddingText !== undefined) {
    padding = /^\s*[+-]?\d+$/.test(paddingText) ? Number(paddingText) : 0;
    if (padding === 0 || Math.abs(padding) > 65_536) return tool.die(`invalid padding value ${tool.word(paddingText)}`);
  }
  const fields = parseRanges(tool.value("field") === "-" ? "1-" : (tool.value("field") ?? "1"), true, (text) =>
    tool.word(text),
  );
  // An empty one stands for NUL.
  const delimiter = tool.value("delimiter") === "" ? "\0" : tool.value("delimiter");
  if (delimiter !== undefined && delimiter.length !== 1) return tool.die("the delimiter must be a single character");
  const headerText = tool.value("header");
  const header = tool.has("header") ? Number(headerText ?? 1) : 0;
  if (headerText !== undefined && !(/^\d+$/.test(headerText) && header > 0))
    return tool.die(`invalid header value ${tool.word(headerText)}`);
  const invalid = chosen("invalid", INVALID, "abort");
  const formatText = tool.value("format");
  if (formatText !== undefined && tool.has("grouping")) return tool.die("--grouping cannot be combined with --format");
  const format = readFormat(formatText ?? "%f", tool.word(formatText ?? ""));
  if (typeof format === "string") return tool.die(format);
  if ((tool.has("grouping") || format.grouping) && to !== "none")
    return tool.die("grouping cannot be combined with --to");
  const plain = from === "none" && to === "none" && padding === 0 && formatText === undefined;
  if (tool.has("debug") && plain && !tool.has("grouping") && fromUnit === 1 && toUnit === 1)
    await tool.complain("no conversion option specified", 0);
  return {
    from,
    to,
    round,
    invalid,
    format,
    zeros: format.zeros,
    padding: format.width ?? padding,
    fields,
    delimiter,
    suffix: tool.value("suffix") ?? "",
    fromUnit,
    toUnit,
    header,
  };
}

const WORDS: Readonly<Record<Trouble, readonly [before: string, after: string]>> = {
  overflow: ["value too large to be converted: ", ""],
  number: ["invalid number: ", ""],
  suffix: ["invalid suffix in input: ", ""],
  forbidden: ["rejecting suffix in input: ", " (consider using --from)"],
  missing: ["missing 'i' suffix in input: ", " (e.g Ki/Mi/Gi)"],
};

class Converter {
  readonly settings: Settings;
  readonly #tool: Numfmt;
  #failed = false;

  constructor(tool: Numfmt, settings: Settings) {
    this.#tool = tool;
    this.settings = settings;
  }

  get status(): number {
    const { invalid } = this.settings;
    return this.#failed && (invalid === "abort" || invalid === "fail") ? UNCONVERTED : 0;
  }

  async line(line: string): Promise<string> {
    const { delimiter, fields } = this.settings;
    const spent = this.#tool.spend(2 + (line.length >> 4));
    if (spent !== undefined) await spent;
    // Blanks before a field belong to it, but for the one that parts it from the field before.
    const parts = delimiter === undefined ? blankFields(line) : line.split(delimiter);
    const shown: string[] = [];
    for (const [index, part] of parts.entries()) {
      if ((index & 255) === 255) await this.#tool.spend(64);
      const wanted = fields.some(([from, to]) => index + 1 >= from && index + 1 <= to);
      shown.push(wanted ? await this.#field(part, index + 1) : part);
    }
    return shown.join(delimiter ?? " ");
  }

  /** What is wrong with it is said where that is asked for; then it stays as it is. */
  async #field(given: string, field: number): Promise<string> {
    const { suffix, from, to, format, fromUnit, toUnit, delimiter } = this.settings;
    let text = given;
    if (suffix !== "" && text.length > suffix.length && text.endsWith(suffix)) text = text.slice(0, -suffix.length);
    const bare = text.replace(/^[ \t]+/, "");
    const read = readNumber(bare, from);
    const word = (each: string) => this.#tool.word(each);
    if (typeof read === "string") {
      const [before, after] = WORDS[read];
      return this.#leave(text, `${before}${word(bare)}${after}`);
    }
    if (read.rest !== "") return this.#leave(text, `invalid suffix in input ${word(bare)}: ${word(read.rest)}`);
    const value = fromUnit === 1 && toUnit === 1 ? read.value : (read.value * fromUnit) / toUnit;
    const large = tooLarge(value, format.precision ?? read.precision, to);
    if (large !== undefined) return this.#leave(text, large);
    const rules = { scale: to, round: this.settings.round, precision: format.precision, zeros: this.settings.zeros };
    const shown = writeNumber(value, read.precision, rules) + suffix;
    let width = this.settings.padding;
    if (width === 0 && delimiter === undefined && (bare !== text || field > 1)) width = text.length;
    const padded = width < 0 ? shown.padEnd(-width) : shown.padStart(width);
    return format.before + padded + format.after;
  }

  async #leave(text: string, words: string): Promise<string> {
    const { invalid } = this.settings;
    this.#failed = true;
    if (invalid === "abort") return this.#tool.die(words, UNCONVERTED);
    if (invalid !== "ignore") await this.#tool.complain(words, 0);
    return text;
  }
}

function blankFields(line: string): string[] {
  const parts: string[] = [];
  for (let at = 0; at <= line.length; ) {
    const [part = ""] = /^[ \t\n]*[^ \t\n]*/.exec(line.slice(at, at + 4096)) ?? [];
    parts.push(part);
    at += part.length + 1;
  }
  return parts;
}
