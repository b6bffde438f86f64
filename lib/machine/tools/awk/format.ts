/** sprintf, as each awk does it. */
import { formatFloat, pad, signed } from "../../format.ts";
import type { Dialect } from "./dialect.ts";
import { infiniteText, NumericText, toNumber, toText, type Value } from "./values.ts";

const MAX_WIDTH = 65_536;

interface FormatRules {
  readonly dialect: Dialect;
  /** CONVFMT. */
  readonly convert: string;
  /** Each character of a string is one byte. Default: as the dialect says. */
  readonly bytes?: boolean;
}

/** The format asks for what it cannot have. */
export class FormatError extends Error {
  /** What was made before: mawk has printed it by then. */
  readonly before: string;
  readonly reason: "missing" | "improper" | "star";
  /** Which conversion it is, from 1. */
  readonly number: number;
  /** Where its last character stands. */
  readonly at: number;
  constructor(reason: FormatError["reason"], before: string, number: number, at: number) {
    super(reason);
    this.reason = reason;
    this.before = before;
    this.number = number;
    this.at = at;
  }
}

const CONVERSION = /^%(?:(\d+)\$)?([-+ #0']*)(\*|\d+)?(?:\.(\*|\d*))?([hlLqjzt]*)([\s\S])?/;
const LETTERS = { mawk: "csdioxXuegfEG", gawk: "csdioxXuegfEGFaA", busybox: "csdioxXuegfEGFaA" } as const;
/** Marks of length that are read over. */
const LENGTHS = { mawk: /^[hl]?$/, gawk: /^(?:[hlLqjzt]?)$/, busybox: /^$/ } as const;

export function formatText(format: string, args: readonly Value[], rules: FormatRules): string {
  const { dialect } = rules;
  const { name } = dialect;
  let out = "";
  let next = 0;
  let number = 0;
  for (let at = 0; at < format.length; ) {
    const percent = format.indexOf("%", at);
    if (percent === -1) return out + format.slice(at);
    out += format.slice(at, percent);
    const match = CONVERSION.exec(format.slice(percent, percent + 60)) as RegExpExecArray;
    const [whole, position, flagText = "", widthText, precisionText, length = "", letter = ""] = match;
    at = percent + whole.length;
    if (letter === "%" && (name !== "mawk" || whole === "%%")) {
      out += "%";
      continue;
    }
    number++;
    const take = (): Value => {
      if (next >= args.length && name !== "busybox")
        throw new FormatError("missing", out, number, percent + whole.length - 1);
      return args[next++];
    };
    if (letter === "") {
      if (name === "mawk") throw new FormatError("missing", out, number, at - 1);
      return out + whole;
    }
    if (name === "busybox" && (widthText === "*" || precisionText === "*"))
      throw new FormatError("star", out, number, at - 1);
    if (!LETTERS[name].includes(letter) || !LENGTHS[name].test(length) || (position !== undefined && name !== "gawk")) {
      if (name !== "gawk") throw new FormatError("improper", out, number, at - 1);
      out += whole;
      continue;
    }
    let flags = flagText;
    let width = widthText === "*" ? Math.trunc(toNumber(take(), dialect)) : Number(widthText ?? 0);
    if (width < 0) {
      flags += "-";
      width = -width;
    }
    const precision =
      precisionText === undefined
        ? undefined
        : precisionText === "*"
          ? Math.trunc(toNumber(take(), dialect))
          : Number(precisionText);
    const argument = position === undefined ? take() : args[Number(position) - 1];
    out += conversion(
      letter,
      flags.replace("'", ""),
      Math.min(width, MAX_WIDTH),
      precision === undefined || precision < 0 ? undefined : Math.min(precision, MAX_WIDTH),
      argument,
      rules,
    );
  }
  return out;
}

function conversion(
  letter: string,
  flags: string,
  width: number,
  precision: number | undefined,
  argument: Value,
  rules: FormatRules,
): string {
  const { dialect, convert } = rules;
  if (letter === "s") {
    const text = toText(argument, convert, dialect);
    return pad(precision === undefined ? text : Array.from(text).slice(0, precision).join(""), width, flags, false);
  }
  if (letter === "c") {
    const bytes = rules.bytes ?? dialect.bytesOnly;
    const text =
      typeof argument === "number" || argument instanceof NumericText
        ? character(toNumber(argument, dialect), bytes)
        : (Array.from(toText(argument, convert, dialect).slice(0, 2))[0] ?? "\0");
    return pad(text, width, flags, false);
  }
  const value = toNumber(argument, dialect);
  if ("di".includes(letter)) {
    if (dialect.name === "gawk" && !Number.isFinite(value))
      return pad(infiniteText(value, dialect), width, flags, false);
    const whole = signedWhole(value, dialect);
    const digits = (whole < 0n ? -whole : whole).toString().padStart(precision ?? 1, "0");
    return pad(signed(whole < 0n ? `-${digits}` : digits, flags), width, flags, precision === undefined);
  }
  const base = { o: 8, x: 16, X: 16, u: 10 }[letter];
  if (base !== undefined) {
    const whole = unsignedWhole(value, dialect);
    const digits = whole.toString(base).padStart(precision ?? 1, "0");
    const prefix = flags.includes("#") && whole !== 0n ? (base === 16 ? "0x" : base === 8 ? "0" : "") : "";
    const text = pad(prefix + digits, width, flags, precision === undefined);
    return letter === "X" ? text.toUpperCase() : text;
  }
  if (!Number.isFinite(value)) {
    const text = dialect.name === "mawk" && value > 0 ? signed("inf", flags) : infiniteText(value, dialect);
    return pad(letter < "a" ? text.toUpperCase() : text, width, flags, false);
  }
  if (letter === "a" || letter === "A") return pad(hexFloat(value, letter), width, flags, true);
  return pad(formatFloat(value, letter, precision ?? 6, flags), width, flags, true);
}

function character(code: number, bytes: boolean): string {
  const whole = Math.trunc(code);
  if (bytes) return String.fromCharCode(whole & 255);
  if (whole >= 0 && whole <= 0x10ffff && (whole < 0xd800 || whole > 0xdfff)) return String.fromCodePoint(whole);
  const byte = whole & 255;
  return String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte);
}

const MAX_INT = 2n ** 31n - 1n;

function signedWhole(value: number, dialect: Dialect): bigint {
  if (dialect.name === "gawk") return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
  if (dialect.name === "busybox") return Math.abs(value) < 2 ** 31 ? BigInt(Math.trunc(value)) : -MAX_INT - 1n;
  if (Number.isNaN(value)) return -MAX_INT;
  if (Math.abs(value) >= 2 ** 31) return value > 0 ? MAX_INT : -MAX_INT;
  return BigInt(Math.trunc(value));
}

function unsignedWhole(value: number, dialect: Dialect): bigint {
  if (dialect.name === "gawk") return Number.isFinite(value) ? BigInt.asUintN(64, BigInt(Math.trunc(value))) : 0n;
  if (dialect.name === "busybox") return BigInt.asUintN(32, signedWhole(value, dialect));
  if (!(value > 0)) return 0n;
  return value >= 2 ** 32 ? 2n ** 32n - 1n : BigInt(Math.trunc(value));
}

/** "%a": exact, in base 16. */
function hexFloat(value: number, letter: string): string {
  const size = Math.abs(value);
  const power = size === 0 ? 0 : Math.max(-1022, Math.floor(Math.log2(size)));
  let fraction = size / 2 ** power;
  let digits = "";
  const lead = Math.floor(fraction);
  for (fraction -= lead; fraction > 0; fraction = (fraction * 16) % 1) digits += Math.floor(fraction * 16).toString(16);
  const text = `${value < 0 ? "-" : ""}0x${lead}${digits === "" ? "" : `.${digits}`}p${power < 0 ? "" : "+"}${power}`;
  return letter === "A" ? text.toUpperCase() : text;
}
