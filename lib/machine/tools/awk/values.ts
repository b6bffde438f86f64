/** awk's values: numbers, strings, and texts from outside that look like numbers and compare as such. */
import { formatFloat, pad, signed } from "../../format.ts";

/** Input that looks like a number. */
export class NumericText {
  readonly text: string;
  readonly value: number;
  constructor(text: string, value: number) {
    this.text = text;
    this.value = value;
  }
}

/** Undefined: never assigned, both "" and 0. */
export type Value = number | string | NumericText | undefined;

const NUMBER = /^[ \t\n\r\f\v]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/;
const LOOKS_NUMERIC = /^[ \t\n\r\f\v]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t\n\r\f\v]*$/;

/** A text from outside: field, getline, split, -v, ARGV, ENVIRON. */
export function fromInput(text: string): Value {
  if (text.length === 0 || text.length > 400) return text;
  const first = text.charCodeAt(0);
  // Most texts are words: digits, signs, points and blanks alone can start a number.
  if (first > 57) return text;
  return LOOKS_NUMERIC.test(text) ? new NumericText(text, Number(text)) : text;
}

export function toNumber(value: Value): number {
  if (typeof value === "number") return value;
  if (value === undefined) return 0;
  if (typeof value !== "string") return value.value;
  const match = NUMBER.exec(value.length > 400 ? value.slice(0, 400) : value);
  return match === null ? 0 : Number(match[1]);
}

/** `format`: CONVFMT, or OFMT for what print prints. */
export function toText(value: Value, format: string): string {
  if (typeof value === "string") return value;
  if (value === undefined) return "";
  if (typeof value !== "number") return value.text;
  return numberText(value, format);
}

function numberText(value: number, format: string): string {
  if (Number.isInteger(value)) {
    if (Object.is(value, -0)) return "-0";
    return Math.abs(value) < 1e16
      ? String(value)
      : Math.abs(value) < 1e18
        ? BigInt(value).toString()
        : g(value, format);
  }
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return g(value, format);
}

function g(value: number, format: string): string {
  return format === "%.6g" ? formatFloat(value, "g", 6, "") : formatText(format, [value], format);
}

export function isTrue(value: Value): boolean {
  if (typeof value === "number") return value !== 0;
  if (typeof value === "string") return value !== "";
  return value !== undefined && value.value !== 0;
}

/** As `<`, `==` and the others see them: numbers where both are, else texts. */
export function compare(left: Value, right: Value, format: string): number {
  if (typeof left !== "string" && typeof right !== "string") {
    const a = toNumber(left);
    const b = toNumber(right);
    return a < b ? -1 : a === b ? 0 : a > b ? 1 : Number.NaN;
  }
  const a = toText(left, format);
  const b = toText(right, format);
  return a < b ? -1 : a === b ? 0 : 1;
}

const MAX_WIDTH = 65_536;

export class FormatError extends Error {}

/** sprintf. */
export function formatText(format: string, args: readonly Value[], convert: string): string {
  let out = "";
  let next = 0;
  const take = () => {
    if (next >= args.length) throw new FormatError(`not enough arguments passed to sprintf("${format}")`);
    return args[next++];
  };
  for (let at = 0; at < format.length; ) {
    const percent = format.indexOf("%", at);
    if (percent === -1) return out + format.slice(at);
    out += format.slice(at, percent);
    const match = /^%([-+ #0']*)(\*|\d+)?(?:\.(\*|\d*))?(?:hh|h|ll|l|L|j|z|t|q)?([a-zA-Z%])/.exec(
      format.slice(percent, percent + 60),
    );
    if (match === null) {
      out += "%";
      at = percent + 1;
      continue;
    }
    at = percent + match[0].length;
    let [, flags = "", widthText, precisionText, letter = ""] = match;
    if (letter === "%") {
      out += "%";
      continue;
    }
    let width = widthText === "*" ? Math.trunc(toNumber(take())) : Number(widthText ?? 0);
    if (width < 0) {
      flags += "-";
      width = -width;
    }
    width = Math.min(width, MAX_WIDTH);
    let precision: number | undefined =
      precisionText === undefined
        ? undefined
        : precisionText === "*"
          ? Math.trunc(toNumber(take()))
          : Number(precisionText);
    if (precision !== undefined) precision = precision < 0 ? undefined : Math.min(precision, MAX_WIDTH);
    out += conversion(letter, flags, width, precision, take, convert) ?? match[0];
  }
  return out;
}

/** Undefined where there is no such conversion: the text stays. */
function conversion(
  letter: string,
  flags: string,
  width: number,
  precision: number | undefined,
  take: () => Value,
  convert: string,
): string | undefined {
  switch (letter) {
    case "s": {
      const text = toText(take(), convert);
      return pad(precision === undefined ? text : Array.from(text).slice(0, precision).join(""), width, flags, false);
    }
    case "c": {
      const value = take();
      const text =
        typeof value === "number" || value instanceof NumericText
          ? character(toNumber(value))
          : (Array.from(toText(value, convert))[0] ?? "");
      return pad(text, width, flags, false);
    }
    case "d":
    case "i":
      return whole(toNumber(take()), flags, width, precision, (value) => value.toString());
    case "o":
      return unsigned(toNumber(take()), 8, flags, width, precision, flags.includes("#") ? "0" : "");
    case "x":
      return unsigned(toNumber(take()), 16, flags, width, precision, flags.includes("#") ? "0x" : "");
    case "X":
      return unsigned(toNumber(take()), 16, flags, width, precision, flags.includes("#") ? "0x" : "").toUpperCase();
    case "u":
      return unsigned(toNumber(take()), 10, flags, width, precision, "");
    case "e":
    case "E":
    case "f":
    case "F":
    case "g":
    case "G": {
      const value = toNumber(take());
      return pad(formatFloat(value, letter, precision ?? 6, flags), width, flags, Number.isFinite(value));
    }
    default:
      return undefined;
  }
}

function character(code: number): string {
  const whole = Math.trunc(code);
  return whole >= 0 && whole <= 0x10ffff ? String.fromCodePoint(whole) : "";
}

const MAX_INTEGER = 2n ** 63n - 1n;

function integer(value: number): bigint {
  if (Number.isNaN(value)) return -MAX_INTEGER - 1n;
  if (!Number.isFinite(value)) return value > 0 ? MAX_INTEGER : -MAX_INTEGER - 1n;
  const whole = BigInt(Math.trunc(value));
  return whole > MAX_INTEGER ? MAX_INTEGER : whole < -MAX_INTEGER - 1n ? -MAX_INTEGER - 1n : whole;
}

function whole(
  value: number,
  flags: string,
  width: number,
  precision: number | undefined,
  write: (value: bigint) => string,
): string {
  const number = integer(value);
  const digits = write(number < 0n ? -number : number).padStart(precision ?? 1, "0");
  return pad(signed(number < 0n ? `-${digits}` : digits, flags), width, flags, precision === undefined);
}

function unsigned(
  value: number,
  base: number,
  flags: string,
  width: number,
  precision: number | undefined,
  prefix: string,
): string {
  const number = BigInt.asUintN(64, integer(value));
  const digits = number.toString(base).padStart(precision ?? 1, "0");
  return pad(number === 0n ? digits : prefix + digits, width, flags, precision === undefined);
}
