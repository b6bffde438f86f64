/**
 * Quantities: numbers with suffixes, exact down to a nano (k8s.io/apimachinery/pkg/api/resource).
 * On the wire they are strings ("1Gi", "500m"); this room reads, compares and writes them.
 */

/** How a quantity was written, and so how it is written again. */
type QuantityFormat = "BinarySI" | "DecimalSI" | "DecimalExponent";

interface Quantity {
  /** The value times 10^9. */
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

/** A text that is no quantity; the messages are upstream's. */
class QuantityError extends Error {
  override readonly name = "QuantityError";
}

const WRONG_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WRONG_SUFFIX = "unable to parse quantity's suffix";
const WRONG_NUMBER = "unable to parse numeric part of quantity";

const SHAPE = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const NANO = 1_000_000_000n;
const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;
/** Powers of ten of the decimal suffixes, smallest first. */
const DECIMAL: readonly (readonly [string, number])[] = [
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
];
/** The largest binary quantity: 2^63 - 1. */
const MAX_BINARY = ((1n << 63n) - 1n) * NANO;
/** An exponent past this would make numbers no machine has; upstream's int64 scale overflows there, too. */
const MAX_EXPONENT = 300;

interface Suffix {
  readonly base: 2 | 10;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

function parseSuffix(suffix: string): Suffix {
  const binary = suffix === "" ? -1 : BINARY.indexOf(suffix as (typeof BINARY)[number]);
  if (binary > 0) return { base: 2, exponent: binary * 10, format: "BinarySI" };
  const decimal = DECIMAL.find(([text]) => text === suffix);
  if (decimal !== undefined) return { base: 10, exponent: decimal[1], format: "DecimalSI" };
  if (/^[eE][-+]?[0-9]+$/.test(suffix)) {
    const exponent = Number(suffix.slice(1));
    if (Math.abs(exponent) <= MAX_EXPONENT) return { base: 10, exponent, format: "DecimalExponent" };
  }
  throw new QuantityError(WRONG_SUFFIX);
}

interface Parts extends Suffix {
  readonly negative: boolean;
  readonly whole: string;
  readonly fraction: string;
}

function split(text: string): Parts {
  const match = SHAPE.exec(text);
  if (text === "" || match === null) throw new QuantityError(WRONG_FORMAT);
  const [, sign, whole = "", fraction = "", suffix = ""] = match;
  if (whole === "" && fraction === "") throw new QuantityError(suffix === text ? WRONG_FORMAT : WRONG_NUMBER);
  return { negative: sign === "-", whole: whole.replace(/^0+/, ""), fraction, ...parseSuffix(suffix) };
}

const ceilDivide = (value: bigint, by: bigint) => (value + by - 1n) / by;

/** The value in nanos; what is finer rounds away from zero: who asks for something gets something. */
function toNanos({ negative, whole, fraction, base, exponent }: Parts): bigint {
  let value = BigInt(whole + fraction || "0");
  let scale = 9 - fraction.length;
  if (base === 2) value <<= BigInt(exponent);
  else scale += exponent;
  value = scale >= 0 ? value * 10n ** BigInt(scale) : ceilDivide(value, 10n ** BigInt(-scale));
  return negative ? -value : value;
}

/** Reads "1.5Gi", "500m", "2e3" or a JSON number. Throws `QuantityError`. */
export function parseQuantity(text: string | number): Quantity {
  const parts = split(String(text).trim());
  let nanos = toNanos(parts);
  let { format } = parts;
  if (format === "BinarySI") {
    if (nanos > MAX_BINARY) nanos = MAX_BINARY;
    else if (nanos < -MAX_BINARY) nanos = -MAX_BINARY;
    if (nanos !== 0n && nanos < NANO && nanos > -NANO) format = "DecimalSI";
  }
  return { nanos, format };
}

/** undefined instead of an error. */
export function tryParseQuantity(text: unknown): Quantity | undefined {
  if (typeof text !== "string" && typeof text !== "number") return undefined;
  try {
    return parseQuantity(text);
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
}

/** The canonical text: no fraction, the largest suffix that keeps the number whole (CanonicalizeBytes). */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return "0";
  const whole = nanos % NANO === 0n;
  if (format === "BinarySI" && whole && (nanos <= -1024n * NANO || nanos >= 1024n * NANO)) {
    let value = nanos / NANO;
    let power = 0;
    while (power < BINARY.length - 1 && value % 1024n === 0n) {
      value /= 1024n;
      power++;
    }
    return `${value}${BINARY[power]}`;
  }
  let value = nanos;
  let exponent = -9;
  while (value % 1000n === 0n && (format === "DecimalExponent" || exponent < 18)) {
    value /= 1000n;
    exponent += 3;
  }
  if (format === "DecimalExponent") return exponent === 0 ? String(value) : `${value}e${exponent}`;
  return `${value}${DECIMAL.find(([, power]) => power === exponent)?.[0]}`;
}

const MAX_FAST_DIGITS = 18;

/**
 * How the API server gives a quantity back. Text in canonical form is kept as it came, by upstream's own test of what
 * is canonical, which also lets forms such as "1.500" pass. Throws `QuantityError`.
 */
export function canonicalQuantity(text: string | number): string {
  const given = String(text).trim();
  const parts = split(given);
  const digits = parts.whole + parts.fraction;
  if (digits !== "" && digits.length + parts.exponent / 3 <= MAX_FAST_DIGITS) {
    if (parts.base === 2) {
      if (parts.fraction === "" && !given.includes(".") && (BigInt(digits) & 7n) !== 0n) return given;
    } else {
      const scale = parts.exponent - parts.fraction.length;
      const shifted = given.replace(/^[+-]/, "").replace(".", "");
      if (scale >= -9 && scale % 3 === 0 && !digits.endsWith("000") && !shifted.startsWith("0")) return given;
    }
  }
  return formatQuantity(parseQuantity(given));
}

/** Negative, zero or positive, as a is smaller, equal or larger. Throws `QuantityError`. */
export function compareQuantities(a: string | number, b: string | number): number {
  const left = parseQuantity(a).nanos;
  const right = parseQuantity(b).nanos;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** a + b in a's format (in b's where a is zero), as canonical text. */
export function addQuantities(a: string | number, b: string | number): string {
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  return formatQuantity({ nanos: left.nanos + right.nanos, format: left.nanos === 0n ? right.format : left.format });
}

/** a - b, as canonical text. */
export function subtractQuantities(a: string | number, b: string | number): string {
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  return formatQuantity({ nanos: left.nanos - right.nanos, format: left.nanos === 0n ? right.format : left.format });
}

/** The value as a number of units, rounded up to whole ones (Quantity.Value); exact up to 2^53. */
export function quantityUnits(text: string | number): number {
  const { nanos } = parseQuantity(text);
  return Number(roundUp(nanos, NANO) / NANO);
}

/** The value in thousandths, rounded up (Quantity.MilliValue). */
export function quantityMillis(text: string | number): number {
  const { nanos } = parseQuantity(text);
  return Number(roundUp(nanos, 1_000_000n) / 1_000_000n);
}

/** Rounded up to thousandths, as amounts of resources in a Pod are; text that has no finer part stays as it is. */
export function roundUpToMillis(text: string | number): string {
  const { nanos, format } = parseQuantity(text);
  const rounded = roundUp(nanos, 1_000_000n);
  return rounded === nanos ? canonicalQuantity(text) : formatQuantity({ nanos: rounded, format });
}

/** Away from zero to a multiple of `unit`. */
function roundUp(nanos: bigint, unit: bigint): bigint {
  const rest = nanos % unit;
  if (rest === 0n) return nanos;
  return nanos > 0n ? nanos - rest + unit : nanos - rest - unit;
}

const FACTORS: ReadonlyMap<string, number> = new Map([
  ...DECIMAL.map(([suffix, power]): [string, number] => [suffix, 10 ** power]),
  ...BINARY.slice(1).map((suffix, index): [string, number] => [suffix, 1024 ** (index + 1)]),
]);

/**
 * A quantity as a number of units, for those who compare and add often: exact up to 2^53, and much quicker than the
 * exact kind. Undefined where the text is none.
 */
export function quantityNumber(text: string | number | undefined): number | undefined {
  if (text === undefined || typeof text === "number") return text;
  const match = /^([+-]?[0-9.]+)(?:[eE]([+-]?\d+)|([a-zA-Z]*))$/.exec(text.trim());
  const number = Number(match?.[1]);
  if (match === null || Number.isNaN(number)) return undefined;
  const factor = match[2] === undefined ? FACTORS.get(match[3] ?? "") : 10 ** Number(match[2]);
  return factor === undefined ? undefined : number * factor;
}
