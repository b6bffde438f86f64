/** Numbers with suffixes, read and written (coreutils 9.1, src/numfmt.c). */
import { formatFloat, signed } from "../../format.ts";

export type Scale = "none" | "auto" | "si" | "iec" | "iec-i";

const LETTERS = "KMGTPEZY";
/** Digits that can be printed without a suffix, and that can be read at all. */
const MAX_UNSCALED = 18;
const MAX_DIGITS = 33;

const baseOf = (scale: Scale) => (scale === "iec" || scale === "iec-i" ? 1024 : 1000);

export type Trouble = "overflow" | "number" | "suffix" | "forbidden" | "missing";

export interface ReadNumber {
  readonly value: number;
  /** Digits after the point. */
  readonly precision: number;
  /** What follows the number and its suffix. */
  readonly rest: string;
}

export function readNumber(text: string, scale: Scale): ReadNumber | Trouble {
  const [all = "", minus = "", whole = "", point = "", fraction = ""] = /^(-?)(\d*)(?:(\.)(-?\d*))?/.exec(text) ?? [];
  if (whole.replace(/^0+/, "").length > MAX_DIGITS) return "overflow";
  if (whole === "" && point === "") return "number";
  // A second point ends the number: what follows is no suffix.
  const again = point !== "" && fraction === "" && text[all.length] === ".";
  if (point !== "" && !again && !/^\d+$/.test(fraction)) return "number";
  if (fraction.replace(/^0+/, "").length > MAX_DIGITS) return "overflow";
  const size = Number(`${whole === "" ? "0" : whole}${fraction === "" ? "" : `.${fraction}`}`);
  let value = minus === "" || size === 0 ? size : -size;
  let precision = fraction.length;
  let rest = text.slice(all.length);
  if (rest !== "") {
    rest = rest.replace(/^[ \t]+/, "");
    const power = rest === "" ? 0 : LETTERS.indexOf(rest[0] as string) + 1;
    if (rest !== "" && power === 0) return "suffix";
    if (scale === "none") return "forbidden";
    rest = rest.slice(1);
    let base = baseOf(scale);
    if (scale === "auto" && rest.startsWith("i")) {
      base = 1024;
      rest = rest.slice(1);
    }
    precision = 0;
    value *= base ** power;
  }
  if (scale === "iec-i") {
    if (!rest.startsWith("i")) return "missing";
    rest = rest.slice(1);
  }
  return { value, precision, rest };
}

export interface WriteRules {
  readonly scale: Scale;
  readonly round: (value: number) => number;
  /** Of `--format`. */
  readonly precision: number | undefined;
  /** Zeros up to this width, before the suffix. */
  readonly zeros: number;
}

/** Undefined where it can be written; else what is in the way. */
export function tooLarge(value: number, precision: number, scale: Scale): string | undefined {
  const shown = formatFloat(value, "g", 6, "");
  let digits = 0;
  for (let rest = Math.abs(value); rest >= 10 && Number.isFinite(rest); rest /= 10) digits++;
  if (scale === "none" && digits + precision > MAX_UNSCALED)
    return precision > 0
      ? `value/precision too large to be printed: '${shown}/${precision}' (consider using --to)`
      : `value too large to be printed: '${shown}' (consider using --to)`;
  if (digits > MAX_DIGITS - 1) return `value too large to be printed: '${shown}' (cannot handle values > 999Y)`;
  return undefined;
}

/** `precision`: of the input, where the format says none. */
export function writeNumber(value: number, precision: number, rules: WriteRules): string {
  const { scale, round, zeros } = rules;
  const padded = (text: string) => {
    const sign = text.startsWith("-") ? "-" : "";
    return sign + text.slice(sign.length).padStart(zeros - sign.length, "0");
  };
  const rounded = (number: number, digits: number) => round(number * 10 ** digits) / 10 ** digits;
  if (scale === "none") {
    const digits = rules.precision ?? precision;
    return padded(fixed(rounded(value, digits), digits));
  }
  const base = baseOf(scale);
  let power = 0;
  let scaled = value;
  while (Math.abs(scaled) >= base && power < LETTERS.length) {
    scaled /= base;
    power++;
  }
  const adjust = rules.precision !== undefined ? Math.min(power * 3, rules.precision) : Math.abs(scaled) < 10 ? 1 : 0;
  scaled = rounded(scaled, adjust);
  if (Math.abs(scaled) >= base) {
    scaled /= base;
    power++;
  }
  const point = scaled !== 0 && Math.abs(scaled) < 10 && power > 0;
  const text = padded(fixed(scaled, rules.precision ?? (point ? 1 : 0)));
  return `${text}${power === 0 ? "" : LETTERS[power - 1]}${scale === "iec-i" && power > 0 ? "i" : ""}`;
}

const fixed = (value: number, digits: number) => signed(formatFloat(value, "f", digits, ""), "");
