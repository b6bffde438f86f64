/** awk's values: numbers, strings, and texts from outside that look like numbers and compare as such. */
import { formatFloat } from "../../format.ts";
import type { Dialect } from "./dialect.ts";
import { formatText } from "./format.ts";

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
/** What strtod(3) reads besides. */
const STRTOD = /^[ \t\n\r\f\v]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|(inf(?:inity)?)|nan)/i;
/** gawk wants the sign, and nothing after. */
const SIGNED = /^([+-])(?:(inf)|nan)$/i;
const MAX_NUMBER = 400;

/** A text from outside: field, getline, split, -v, ARGV, ENVIRON. */
export function fromInput(text: string, dialect: Dialect): Value {
  if (text.length === 0 || text.length > MAX_NUMBER) return text;
  const first = text.charCodeAt(0);
  // Most texts are words: digits, signs, points and blanks alone can start a number.
  if (first > 57 && !(dialect.strtod && dialect.strtodInput && /^[in]/i.test(text))) return text;
  if (LOOKS_NUMERIC.test(text)) return new NumericText(text, Number(text));
  const special = dialect.strtodInput ? specialNumber(text, dialect) : undefined;
  return special === undefined || !special.whole ? text : new NumericText(text, special.value);
}

/** A number at the start of a text that is not written in decimals. */
function specialNumber(
  text: string,
  dialect: Dialect,
): { readonly value: number; readonly whole: boolean } | undefined {
  if (!dialect.strtod) {
    if (dialect.name !== "gawk") return undefined;
    const [, sign, infinite] = SIGNED.exec(text.trim()) ?? [];
    if (sign === undefined) return undefined;
    return {
      value: infinite === undefined ? Number.NaN : sign === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY,
      whole: true,
    };
  }
  const match = STRTOD.exec(text);
  if (match === null) return undefined;
  const [all, sign, digits, infinite] = match;
  const size =
    digits !== undefined ? Number(`0x${digits}`) : infinite === undefined ? Number.NaN : Number.POSITIVE_INFINITY;
  return { value: sign === "-" ? -size : size, whole: text.slice(all.length).trim() === "" };
}

export function toNumber(value: Value, dialect: Dialect): number {
  if (typeof value === "number") return value;
  if (value === undefined) return 0;
  if (typeof value !== "string") return value.value;
  return textToNumber(value.length > MAX_NUMBER ? value.slice(0, MAX_NUMBER) : value, dialect);
}

function textToNumber(text: string, dialect: Dialect): number {
  const special = /^[ \t\n\r\f\v]*(?:[+-]?[inIN]|[+-]?0[xX])/.test(text) ? specialNumber(text, dialect) : undefined;
  if (special !== undefined) return special.value;
  const match = NUMBER.exec(text);
  return match === null ? 0 : Number(match[1]);
}

/** `format`: CONVFMT, or OFMT for what print prints. */
export function toText(value: Value, format: string, dialect: Dialect): string {
  if (typeof value === "string") return value;
  if (value === undefined) return "";
  if (typeof value !== "number") return value.text;
  return numberText(value, format, dialect);
}

function numberText(value: number, format: string, dialect: Dialect): string {
  if (Number.isInteger(value)) {
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size < dialect.wholeBelow) return size < 1e16 ? String(value) : BigInt(value).toString();
  } else if (!Number.isFinite(value)) return infiniteText(value, dialect);
  return format === "%.6g" ? formatFloat(value, "g", 6, "") : formatText(format, [value], { dialect, convert: format });
}

/** The processors that these run on make a "-nan" of what has no result. */
export function infiniteText(value: number, dialect: Dialect): string {
  if (Number.isNaN(value)) return "-nan";
  return value > 0 ? dialect.infinity : "-inf";
}

export function isTrue(value: Value): boolean {
  if (typeof value === "number") return value !== 0;
  if (typeof value === "string") return value !== "";
  return value !== undefined && value.value !== 0;
}

/** As `<`, `==` and the others see them: numbers where both are, else texts. */
export function compare(left: Value, right: Value, format: string, dialect: Dialect): number {
  if (typeof left !== "string" && typeof right !== "string") {
    const a = toNumber(left, dialect);
    const b = toNumber(right, dialect);
    if (a < b) return -1;
    if (a > b) return 1;
    // What is no number is like everything for mawk, and like nothing for the others; so is infinity for BusyBox.
    if (dialect.name === "mawk") return 0;
    return a === b && (dialect.name === "gawk" || Number.isFinite(a)) ? 0 : Number.NaN;
  }
  const a = toText(left, format, dialect);
  const b = toText(right, format, dialect);
  return a < b ? -1 : a === b ? 0 : 1;
}
