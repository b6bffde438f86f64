/**
 * hexdump's formats: `8/2 "%04x " "\n"`. Each says how a block of the input is shown; several are shown one after the
 * other for the same block. util-linux 2.38, text-utils/hexdump-parse.c.
 */
import { formatFloat, pad, signed } from "../../format.ts";

/** A piece of a format with at most one conversion, at its end but for text that follows the last. */
export interface Piece {
  /** "%": before and after the conversion. */
  readonly before: string;
  readonly after: string;
  readonly conversion: Conversion | undefined;
  /** The last character of the piece is a blank that the last of several repetitions leaves out. */
  dropBlank: boolean;
}

interface Conversion {
  readonly kind: "address" | "name" | "character" | "float" | "signed" | "printable" | "text" | "unsigned" | "ascii";
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  /** As printf(3) has it: "x", "c". */
  readonly letter: string;
  /** Bytes it takes. */
  readonly size: number;
}

interface Unit {
  repeat: number;
  readonly counted: boolean;
  /** Bytes of one repetition, as written. */
  readonly bytes: number;
  readonly text: string;
  pieces: Piece[];
  /** Shown at the end, with the address there (`%_A`). */
  atEnd: boolean;
}

export interface Format {
  readonly units: Unit[];
  size: number;
}

export class FormatComplaint extends Error {}

const ESCAPES: Readonly<Record<string, string>> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };
const MOST_REPEATED = 1 << 16;

export function readFormat(source: string): Format {
  const bad = () => new FormatComplaint(`bad format {${source}}`);
  const units: Unit[] = [];
  let rest = source.trimStart();
  while (rest !== "") {
    const [head, count, bytes] = /^(?:(\d+)\s*)?(?:\/\s*(?:(\d+)\s*)?)?/.exec(rest) ?? [""];
    const after = rest.slice(head.length);
    if (count !== undefined && head === count && /^[^\s"/]/.test(after)) throw bad();
    if (!after.startsWith('"')) throw bad();
    const end = after.indexOf('"', 1);
    if (end === -1) throw bad();
    const text = after.slice(1, end).replace(/\\([\s\S]?)/g, (_, letter: string) => ESCAPES[letter] ?? letter);
    const repeat = Math.min(Number(count ?? 1), MOST_REPEATED);
    units.push({ repeat, counted: count !== undefined, bytes: Number(bytes ?? 0), text, pieces: [], atEnd: false });
    rest = after.slice(end + 1).trimStart();
  }
  const size = units.reduce((sum, unit) => sum + unitSize(unit) * unit.repeat, 0);
  return { units, size };
}

const SPEC = /^%([#0 +-]*)(\d*)(?:\.(\d*))?([\s\S]?)/;

/** Bytes that one repetition takes, as far as its words say it. */
function unitSize({ bytes, text }: Unit): number {
  if (bytes > 0) return bytes;
  let size = 0;
  for (let at = text.indexOf("%"); at !== -1; at = text.indexOf("%", at)) {
    const [whole, , , precision, letter = ""] = SPEC.exec(text.slice(at)) as RegExpExecArray;
    at += whole.length;
    if (letter === "c") size += 1;
    else if ("diouxX".includes(letter) && letter !== "") size += 4;
    else if ("eEfgG".includes(letter) && letter !== "") size += 8;
    else if (letter === "s") size += Number(precision ?? 0);
    else if (letter === "_") {
      if (/[cpu]/.test(text[at] ?? "")) size += 1;
      at++;
    }
  }
  return size;
}

/** Cuts each unit into pieces once the size of the blocks is known. */
export function settle(format: Format, block: number): void {
  for (const [index, unit] of format.units.entries()) {
    cutUnit(unit);
    const taken = unit.pieces.reduce((sum, piece) => sum + (piece.conversion?.size ?? 0), 0);
    const last = index === format.units.length - 1;
    // The last unit is repeated until the block is used up.
    if (last && format.size < block && !unit.counted && taken > 0)
      unit.repeat += Math.floor((block - format.size) / taken);
    const piece = unit.pieces.at(-1);
    if (unit.repeat > 1 && piece !== undefined) {
      const text = piece.conversion === undefined ? piece.before : piece.after;
      piece.dropBlank = /\s$/.test(text);
    }
  }
}

function cutUnit(unit: Unit): void {
  const { text, bytes } = unit;
  let from = 0;
  const pieces: Piece[] = [];
  for (let at = text.indexOf("%"); at !== -1; at = text.indexOf("%", at)) {
    const before = text.slice(from, at);
    const [whole, flags = "", width = "", precision, letter = ""] = SPEC.exec(text.slice(at)) as RegExpExecArray;
    at += whole.length;
    let second = "";
    let third = "";
    if (letter === "_") {
      second = text[at++] ?? "";
      if (second === "a" || second === "A") third = text[at++] ?? "";
      if (second === "A") unit.atEnd = true;
    }
    const conversion = conversionOf(letter, second, third, {
      flags,
      width: Math.min(Number(width), 4096),
      precision: precision === undefined ? undefined : Math.min(Number(precision), 4096),
      bytes,
    });
    const next = text.indexOf("%", at);
    // What stands between two conversions is of the one before it.
    const after = text.slice(at, next === -1 ? undefined : next);
    pieces.push({ before, after, conversion, dropBlank: false });
    from = next === -1 ? text.length : next;
    at = from;
    if (next === -1) break;
    if (bytes > 0) throw new FormatComplaint("byte count with multiple conversion characters");
  }
  if (pieces.length === 0) pieces.push({ before: text, after: "", conversion: undefined, dropBlank: false });
  unit.pieces = pieces;
}

const UNSIGNED = new Set(["o", "u", "x", "X"]);

function conversionOf(
  letter: string,
  second: string,
  third: string,
  how: { flags: string; width: number; precision: number | undefined; bytes: number },
): Conversion {
  const { flags, width, precision, bytes } = how;
  const badCount = () =>
    new FormatComplaint(`bad byte count for conversion character ${letter === "_" ? `_${second}` : letter}`);
  const made = (kind: Conversion["kind"], sizes: readonly number[], shown = letter): Conversion => {
    const [size = 0] = sizes;
    if (bytes > 0 && !sizes.includes(bytes)) throw badCount();
    return { kind, flags, width, precision, letter: shown, size: bytes > 0 ? bytes : size };
  };
  if (letter === "c") return made("character", [1]);
  if (letter === "d" || letter === "i") return made("signed", [4, 1, 2, 8]);
  if (UNSIGNED.has(letter)) return made("unsigned", [4, 1, 2, 8]);
  if (letter !== "" && "eEfgG".includes(letter)) return made("float", [8, 4]);
  if (letter === "s") {
    if (precision === undefined && bytes === 0) throw new FormatComplaint("%s requires a precision or a byte count");
    const size = bytes > 0 ? bytes : (precision ?? 0);
    return { kind: "text", flags, width, precision, letter, size };
  }
  if (letter === "_") {
    if (second === "a" || second === "A") {
      if (!/^[dox]$/.test(third)) throw new FormatComplaint(`bad conversion character %_${second}${third}`);
      return { kind: "address", flags, width, precision, letter: third, size: 0 };
    }
    if (second === "c") return made("name", [1], "c");
    if (second === "p") return made("printable", [1], "c");
    if (second === "u") return made("ascii", [1], "c");
    throw new FormatComplaint(`bad conversion character %_${second}`);
  }
  throw new FormatComplaint(`bad conversion character %${letter}`);
}

const NAMES: Readonly<Record<number, string>> = {
  0: "\\0",
  7: "\\a",
  8: "\\b",
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
};
const ASCII =
  "nul soh stx etx eot enq ack bel bs ht lf vt ff cr so si dle dcl dc2 dc3 dc4 nak syn etb can em sub esc fs gs rs us".split(
    " ",
  );

const isPrintable = (byte: number) => byte >= 32 && byte < 127;

/** What a piece shows of the bytes at `at`. Each character of the result is a byte. */
export function showPiece(piece: Piece, block: DataView, at: number, address: number): string {
  const { conversion, before, after } = piece;
  if (conversion === undefined) return before;
  return before + value(conversion, block, at, address) + after;
}

/** The piece where the input has ended: as wide, and blank. */
export function blankPiece(piece: Piece): string {
  const { conversion, before, after } = piece;
  if (conversion === undefined) return before;
  return before + " ".repeat(conversion.width) + after;
}

function value(conversion: Conversion, block: DataView, at: number, address: number): string {
  const { kind, flags, width, precision, letter, size } = conversion;
  const text = (shown: string) => pad(precision === undefined ? shown : shown.slice(0, precision), width, flags, false);
  const whole = (number: bigint) => wholeText(number, letter, conversion);
  const byte = kind === "address" || at >= block.byteLength ? 0 : block.getUint8(at);
  switch (kind) {
    case "address":
      return whole(BigInt(address));
    case "character":
      return pad(String.fromCharCode(byte), width, flags, false);
    case "printable":
      return pad(isPrintable(byte) ? String.fromCharCode(byte) : ".", width, flags, false);
    case "name":
      return text(NAMES[byte] ?? (isPrintable(byte) ? String.fromCharCode(byte) : byte.toString(8).padStart(3, "0")));
    case "ascii":
      return text(
        ASCII[byte] ??
          (byte === 127 ? "del" : isPrintable(byte) ? String.fromCharCode(byte) : byte.toString(16).padStart(2, "0")),
      );
    case "text": {
      let shown = "";
      const most = precision ?? block.byteLength;
      for (let place = at; place < block.byteLength && shown.length < most; place++) {
        const code = block.getUint8(place);
        if (code === 0) break;
        shown += String.fromCharCode(code);
      }
      return pad(shown, width, flags, false);
    }
    case "float":
      return pad(
        formatFloat(
          size === 4 ? block.getFloat32(at, true) : block.getFloat64(at, true),
          letter,
          precision ?? 6,
          flags,
        ),
        width,
        flags,
        true,
      );
    default:
      return whole(integerAt(block, at, size, kind === "signed"));
  }
}

function integerAt(block: DataView, at: number, size: number, isSigned: boolean): bigint {
  let number = 0n;
  for (let index = size - 1; index >= 0; index--)
    number = (number << 8n) | BigInt(at + index < block.byteLength ? block.getUint8(at + index) : 0);
  return isSigned ? BigInt.asIntN(size * 8, number) : number;
}

function wholeText(number: bigint, letter: string, { flags, width, precision }: Conversion): string {
  const base = { o: 8, x: 16, X: 16 }[letter] ?? 10;
  let digits = (number < 0n ? -number : number).toString(base).padStart(precision ?? 1, "0");
  if (flags.includes("#") && number !== 0n) digits = `${base === 16 ? "0x" : base === 8 ? "0" : ""}${digits}`;
  if (letter === "X") digits = digits.toUpperCase();
  const shown = base === 10 ? signed(number < 0n ? `-${digits}` : digits, flags) : digits;
  return pad(shown, width, flags, precision === undefined);
}
