/** Decimals of 128 bits (IEEE 754-2008, binary integer significand): 34 digits and a power of ten. Pure. */
import { badValue } from "../data/bson.ts";

const BIAS = 6176;
const MOST = 10n ** 34n;
const SIGN = 1n << 127n;
const INFINITY = 0x78n << 120n;
const NAN = 0x7cn << 120n;

function bytesOf(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, index) => Number((value >> BigInt(index * 8)) & 255n));
}

/** Throws `MongoError` for what is no decimal, or none that fits. */
export function decimalFrom(text: string): Uint8Array {
  const special = /^([-+]?)(?:(inf(?:inity)?)|nan)$/i.exec(text);
  if (special !== null) return bytesOf((special[2] === undefined ? NAN : INFINITY) | (special[1] === "-" ? SIGN : 0n));
  const match = /^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/.exec(text);
  if (match === null) throw badValue(`"${text}" is not a valid Decimal128 string`);
  const [, sign = "", whole = "", part = "", power = "0"] = match;
  let digits = BigInt(`${whole}${part}` || "0");
  let exponent = Number(power) - part.length;
  while (digits !== 0n && (digits >= MOST || exponent > 6111) && digits % 10n === 0n && digits >= MOST) {
    digits /= 10n;
    exponent++;
  }
  while (exponent > 6111 && digits * 10n < MOST && digits !== 0n) {
    digits *= 10n;
    exponent--;
  }
  if (digits === 0n) exponent = Math.min(6111, Math.max(-BIAS, exponent));
  if (digits >= MOST || exponent > 6111 || exponent < -BIAS)
    throw badValue(`"${text}" is not a valid Decimal128 string - inexact rounding`);
  return bytesOf((sign === "-" ? SIGN : 0n) | (BigInt(exponent + BIAS) << 113n) | digits);
}

export function decimalText(bytes: Uint8Array): string {
  let value = 0n;
  for (let index = 15; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index] ?? 0);
  const sign = value & SIGN ? "-" : "";
  const top = (value >> 120n) & 0x7fn;
  if ((top & 0x7cn) === 0x7cn) return "NaN";
  if ((top & 0x78n) === 0x78n) return `${sign}Infinity`;
  // The other form of the significand never fits 34 digits: it counts as zero.
  const large = (top & 0x60n) === 0x60n;
  const exponent = Number((value >> (large ? 111n : 113n)) & 0x3fffn) - BIAS;
  const found = large ? 0n : value & ((1n << 113n) - 1n);
  const digits = (found >= MOST ? 0n : found).toString();
  const scientific = exponent + digits.length - 1;
  if (exponent > 0 || scientific < -6) {
    const shown = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    return `${sign}${shown}E${scientific >= 0 ? "+" : ""}${scientific}`;
  }
  if (exponent === 0) return sign + digits;
  const padded = digits.padStart(1 - exponent, "0");
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}
