import { formatFloat, pad } from "../format.ts";
import { tool } from "./support/tool.ts";

/** A number as it was written. */
interface Scanned {
  readonly value: number;
  /** Times ten to the power of `precision`; undefined where it is not finite or too large for that. */
  readonly exact: bigint | undefined;
  readonly negative: boolean;
  readonly width: number;
  /** Digits after the point; undefined: not to be told (hexadecimal floats, infinity). */
  readonly precision: number | undefined;
}

const NUMBER = /^[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|0[xX][\da-fA-F]+|inf(?:inity)?|nan)$/i;

function scan(word: string): Scanned | undefined {
  const text = word.replace(/^[\s+]*/, "");
  if (!NUMBER.test(text)) return undefined;
  const negative = text.startsWith("-");
  const bare = text.replace(/^[+-]/, "");
  if (/^(?:inf|nan)/i.test(bare)) {
    const value = /^nan/i.test(bare) ? Number.NaN : negative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    return { value, exact: undefined, negative, width: 0, precision: 0 };
  }
  if (/^0x/i.test(bare)) {
    const exact = BigInt(bare) * (negative ? -1n : 1n);
    return { value: Number(exact), exact, negative, width: 0, precision: 0 };
  }
  const [, whole = "", point = "", fraction = "", power = "0"] =
    /^(\d*)(\.?)(\d*)(?:[eE]([+-]?\d+))?$/.exec(bare) ?? [];
  const exponent = Math.max(-400, Math.min(400, Number(power)));
  const precision = Math.max(0, fraction.length - exponent);
  const scale = precision - fraction.length + exponent;
  const exact = BigInt(whole + fraction || "0") * 10n ** BigInt(Math.max(0, scale)) * (negative ? -1n : 1n);
  const digits = Math.max(1, whole.length + Math.max(0, exponent));
  const leading = whole === "" || exponent < 0 ? Math.max(1, whole.length + exponent) : digits;
  const sign = negative ? 1 : 0;
  const width =
    sign + Math.max(leading, 1) + (precision > 0 ? precision + 1 : 0) + (point !== "" && fraction === "" ? 0 : 0);
  return { value: Number(text), exact, negative, width, precision };
}

function shownExact(value: bigint, precision: number, negativeZero: boolean): string {
  const negative = value < 0n || negativeZero;
  const digits = (value < 0n ? -value : value).toString().padStart(precision + 1, "0");
  const text = precision === 0 ? digits : `${digits.slice(0, -precision)}.${digits.slice(-precision)}`;
  return negative ? `-${text}` : text;
}

const at = (value: Scanned, precision: number) =>
  (value.exact ?? 0n) * 10n ** BigInt(precision - (value.precision ?? 0));

export const seq = tool(
  {
    name: "seq",
    usage: "[OPTION]... [FIRST [INCREMENT]] LAST",
    summary: "Print numbers from FIRST to LAST, in steps of INCREMENT.",
    stopAtOperand: true,
    options: {
      equal: { short: "w", long: "equal-width" },
      format: { short: "f", long: "format", value: true },
      separator: { short: "s", long: "separator", value: true },
    },
    // A negative first number is no option.
    rewrite: (words) => {
      for (let index = 0; index < words.length; index++) {
        const word = words[index] as string;
        if (/^-[\d.]/.test(word)) return [...words.slice(0, index), "--", ...words.slice(index)];
        if (!word.startsWith("-") || word === "--") break;
        if (word === "-f" || word === "-s" || word === "--format" || word === "--separator") index++;
      }
      return words;
    },
  },
  async (tool) => {
    const words = tool.operands;
    if (words.length === 0) return tool.usage("missing operand");
    if (words.length > 3) return tool.usage(`extra operand ${tool.word(words[3] as string)}`);
    const separator = tool.value("separator") ?? "\n";
    const format = tool.value("format");
    const shape = format === undefined ? undefined : shapeOf(format, (text) => tool.word(text));
    if (typeof shape === "string") return tool.die(shape);
    if (shape !== undefined && tool.has("equal"))
      return tool.usage("format string may not be specified when printing equal width strings");
    const numbers: Scanned[] = [];
    for (const word of words) {
      const scanned = scan(word);
      if (scanned === undefined) return tool.usage(`invalid floating point argument: ${tool.word(word)}`);
      if (Number.isNaN(scanned.value))
        return tool.usage(`invalid ${tool.word("not-a-number")} argument: ${tool.word(word)}`);
      numbers.push(scanned);
    }
    const one = scan("1") as Scanned;
    const last = numbers.at(-1) as Scanned;
    const first = numbers.length > 1 ? (numbers[0] as Scanned) : one;
    const step = numbers.length > 2 ? (numbers[1] as Scanned) : one;
    if (step.value === 0) return tool.usage(`invalid Zero increment value: ${tool.word(words[1] as string)}`);
    if ([first, step].some((each) => each.exact === undefined)) return 0;
    const shownDigits = Math.max(first.precision ?? 0, step.precision ?? 0);
    const precision = Math.max(shownDigits, last.precision ?? 0);
    const [from, by] = [at(first, precision), at(step, precision)];
    const to = last.exact === undefined ? undefined : at(last, precision);
    const past = (value: bigint) => (to === undefined ? last.value < 0 === by > 0n : by > 0n ? value > to : value < to);
    const grown = (each: Scanned, own: number) =>
      each.width +
      (shownDigits - own) +
      (own === 0 && shownDigits > 0 ? 1 : 0) -
      (own > 0 && shownDigits === 0 ? 1 : 0);
    const width = tool.has("equal")
      ? Math.max(grown(first, first.precision ?? 0), grown(last, last.precision ?? 0))
      : 0;
    const scaled = 10n ** BigInt(precision - shownDigits);
    const text = (value: bigint, index: number): string => {
      if (shape !== undefined) {
        const plain = Number(shownExact(value, precision, false));
        return shape.before + shape.show(plain) + shape.after;
      }
      const plain = shownExact(value / scaled, shownDigits, index === 0 && first.negative && value === 0n);
      return plain.startsWith("-") ? `-${plain.slice(1).padStart(width - 1, "0")}` : plain.padStart(width, "0");
    };
    let index = 0;
    for (let value = from; !past(value); value += by) {
      const full = tool.out.write((index === 0 ? "" : separator) + text(value, index));
      if (full !== undefined) await full;
      const spent = tool.spend();
      if (spent !== undefined) await spent;
      index++;
    }
    if (index > 0) await tool.out.write("\n");
    return 0;
  },
);

interface Shape {
  readonly before: string;
  readonly after: string;
  show(value: number): string;
}

/** A format with one directive for a floating point number; else what is wrong with it. */
function shapeOf(format: string, quote: (text: string) => string): Shape | string {
  if (!format.replaceAll("%%", "").includes("%")) return `format ${quote(format)} has no % directive`;
  const percents = /^((?:[^%]|%%)*)%(?!%)([-+#0 ']*)(\d*)(?:\.(\d*))?(L?)(.?)/su.exec(format);
  if (percents === null) return `format ${quote(format)} has no % directive`;
  const [all, before = "", flags = "", width = "", precision, , letter = ""] = percents;
  if (letter === "") return `format ${quote(format)} ends in %`;
  if (!/[efgaEFGA]/.test(letter)) return `format ${quote(format)} has unknown %${letter} directive`;
  const after = format.slice(all.length);
  if (/%/.test(after.replaceAll("%%", ""))) return `format ${quote(format)} has too many % directives`;
  const unescaped = (text: string) => text.replaceAll("%%", "%");
  const digits = precision === undefined ? 6 : Number(precision);
  return {
    before: unescaped(before),
    after: unescaped(after),
    show(value) {
      const text = /[aA]/.test(letter) ? hexFloat(value, letter) : formatFloat(value, letter, digits, flags);
      return pad(text, Number(width), flags, true);
    },
  };
}

/** As the C library writes a long double: four bits before the point. */
function hexFloat(value: number, letter: string): string {
  if (value === 0) return letter === "a" ? "0x0p+0" : "0X0P+0";
  let power = Math.floor(Math.log2(Math.abs(value)));
  let mantissa = Math.abs(value) / 2 ** power;
  mantissa *= 8;
  power -= 3;
  const text = `${value < 0 ? "-" : ""}0x${mantissa.toString(16)}p${power < 0 ? "" : "+"}${power}`;
  return letter === "a" ? text : text.toUpperCase();
}
