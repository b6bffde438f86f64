/** What od shows bytes as: the types of `-t` (coreutils' src/od.c). */

export interface OdType {
  readonly size: number;
  /** Characters of one value, without the blanks before it. */
  readonly width: number;
  readonly show: (view: DataView, at: number, little: boolean) => string;
  /** The row's characters stand at its end. */
  readonly text: boolean;
}

const NAMES =
  "nul soh stx etx eot enq ack bel bs ht nl vt ff cr so si dle dc1 dc2 dc3 dc4 nak syn etb can em sub esc fs gs rs us sp".split(
    " ",
  );
const ESCAPES: Readonly<Record<number, string>> = {
  0: "\\0",
  7: "\\a",
  8: "\\b",
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
};
const UNSIGNED_DIGITS: Readonly<Record<number, number>> = { 1: 3, 2: 5, 4: 10, 8: 20 };
const SIGNED_DIGITS: Readonly<Record<number, number>> = { 1: 4, 2: 6, 4: 11, 8: 20 };
const OCTAL_DIGITS: Readonly<Record<number, number>> = { 1: 3, 2: 6, 4: 11, 8: 22 };
const INTEGER_SIZES: Readonly<Record<string, number>> = { C: 1, S: 2, I: 4, L: 8 };
const FLOAT_SIZES: Readonly<Record<string, number>> = { F: 4, D: 8, L: 16 };
/** The smallest values whose digits are all there, and the digits that are always kept. */
const FLOATS: Readonly<Record<number, { readonly normal: number; readonly digits: number; readonly width: number }>> = {
  4: { normal: 2 ** -126, digits: 6, width: 15 },
  8: { normal: 2 ** -1022, digits: 15, width: 24 },
};

export const printable = (byte: number) => byte >= 32 && byte < 127;
const nameOf = (byte: number) => (byte === 127 ? "del" : (NAMES[byte] ?? String.fromCharCode(byte)));
export const escapeOf = (byte: number) =>
  ESCAPES[byte] ?? (printable(byte) ? String.fromCharCode(byte) : byte.toString(8).padStart(3, "0"));

/** The types of `-t`, e.g. "x1z" or "d4o2"; or what is wrong. `quoted`: the whole, as messages have it. */
export function parseTypes(text: string, quoted: string): OdType[] | string {
  const types: OdType[] = [];
  for (let at = 0; at < text.length; ) {
    const [all, letter = "", given, trailing] = /^([acdfoux])([CSILFD]|\d+)?(z?)/.exec(text.slice(at)) ?? [];
    if (all === undefined) return `invalid character '${text[at]}' in type string ${quoted}`;
    const plain = letter === "a" || letter === "c";
    const sizes = letter === "f" ? FLOAT_SIZES : INTEGER_SIZES;
    // A letter that is no size of this type is the next type, or wrong.
    const known = given !== undefined && !plain && (/^\d/.test(given) || sizes[given] !== undefined);
    if (given !== undefined && !known) {
      at += 1;
      types.push(odType(letter, plain ? 1 : letter === "f" ? 8 : 4, false));
      continue;
    }
    at += all.length;
    const size = plain ? 1 : known ? (sizes[given] ?? Number(given)) : letter === "f" ? 8 : 4;
    if (letter === "f" && size === 16) return "long double is not available here";
    if (letter === "f" ? FLOATS[size] === undefined : UNSIGNED_DIGITS[size] === undefined)
      return `invalid type string ${quoted};\nthis system doesn't provide a ${size}-byte ${letter === "f" ? "floating point" : "integral"} type`;
    types.push(odType(letter, size, trailing === "z"));
  }
  return types;
}

function odType(letter: string, size: number, text: boolean): OdType {
  const integer = (digits: number, signed: boolean, base: number): OdType => ({
    size,
    width: digits,
    text,
    show: (view, at, little) => {
      const shown = readInteger(view, at, size, signed, little).toString(base);
      return base === 10 ? shown : shown.padStart(digits, "0");
    },
  });
  switch (letter) {
    case "a":
      return { size: 1, width: 3, text, show: (view, at) => nameOf(view.getUint8(at) & 127) };
    case "c":
      return { size: 1, width: 3, text, show: (view, at) => escapeOf(view.getUint8(at)) };
    case "d":
      return integer(SIGNED_DIGITS[size] ?? 0, true, 10);
    case "u":
      return integer(UNSIGNED_DIGITS[size] ?? 0, false, 10);
    case "o":
      return integer(OCTAL_DIGITS[size] ?? 0, false, 8);
    case "f":
      return {
        size,
        width: FLOATS[size]?.width ?? 0,
        text,
        show: (view, at, little) => shortestFloat(view, at, size, little),
      };
    default:
      return integer(size * 2, false, 16);
  }
}

function readInteger(view: DataView, at: number, size: number, signed: boolean, little: boolean): bigint {
  switch (size) {
    case 1:
      return BigInt(signed ? view.getInt8(at) : view.getUint8(at));
    case 2:
      return BigInt(signed ? view.getInt16(at, little) : view.getUint16(at, little));
    case 4:
      return BigInt(signed ? view.getInt32(at, little) : view.getUint32(at, little));
    default:
      return signed ? view.getBigInt64(at, little) : view.getBigUint64(at, little);
  }
}

/** As few digits as tell it from every other value of its size. */
function shortestFloat(view: DataView, at: number, size: number, little: boolean): string {
  const value = size === 4 ? view.getFloat32(at, little) : view.getFloat64(at, little);
  if (Number.isNaN(value)) return view.getUint8(little ? at + size - 1 : at) & 128 ? "-nan" : "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const { normal = 0, digits = 1 } = FLOATS[size] ?? {};
  let precision = Math.abs(value) < normal ? 1 : digits;
  const back = (text: string) => (size === 4 ? Math.fround(Number(text)) : Number(text));
  while (precision < 17 && back(value.toExponential(precision - 1)) !== value) precision++;
  const [mantissa = "", power = "0"] = value.toExponential(precision - 1).split("e");
  const exponent = Number(power);
  // As printf's %g has it.
  if (exponent >= -4 && exponent < precision) {
    const fixed = value.toFixed(precision - 1 - exponent);
    return fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed;
  }
  const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return `${short}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
