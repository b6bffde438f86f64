/** Sprig's arithmetic: whole numbers are int64; decimals are exact, as shopspring/decimal keeps them. */
import { type FunctionTable, fn, type Integer, int, int64, type Value } from "../../template/index.ts";
import { MAX_LIST, toBigInt, toFloat } from "./cast.ts";

/** A decimal number: value / 10^scale. */
interface Decimal {
  readonly value: bigint;
  readonly scale: number;
}
const DIVISION_DIGITS = 16;

function decimal(value: number): Decimal {
  if (!Number.isFinite(value)) throw new Error("Cannot create a Decimal from NaN or infinity");
  const [mantissa = "0", exponent = "0"] = value.toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const scale = digits.replace("-", "").length - 1 - Number(exponent);
  return scale >= 0 ? { value: BigInt(digits), scale } : { value: BigInt(digits) * 10n ** BigInt(-scale), scale: 0 };
}
const number = ({ value, scale }: Decimal): number => {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(scale + 1, "0");
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return Number(`${negative ? "-" : ""}${text}`);
};
function aligned(a: Decimal, b: Decimal): readonly [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  return [a.value * 10n ** BigInt(scale - a.scale), b.value * 10n ** BigInt(scale - b.scale), scale];
}
function sum(a: Decimal, b: Decimal, sign: bigint): Decimal {
  const [x, y, scale] = aligned(a, b);
  return { value: x + sign * y, scale };
}
function quotient(a: Decimal, b: Decimal): Decimal {
  if (b.value === 0n) throw new Error("decimal division by 0");
  const scaled = a.value * 10n ** BigInt(DIVISION_DIGITS + 1 + b.scale);
  const exact = scaled / (b.value * 10n ** BigInt(a.scale));
  const half = exact < 0n ? -5n : 5n;
  return { value: (exact + half) / 10n, scale: DIVISION_DIGITS };
}
const folded =
  (combine: (a: Decimal, b: Decimal) => Decimal) =>
  (first: Value, ...rest: Value[]): number =>
    number(rest.reduce<Decimal>((total, value) => combine(total, decimal(toFloat(value))), decimal(toFloat(first))));

function divided(a: Value, b: Value, take: (a: bigint, b: bigint) => bigint): Value {
  const by = toBigInt(b);
  if (by === 0n) throw new Error("runtime error: integer divide by zero");
  return int64(take(toBigInt(a), by));
}

function untilStep(start: number, stop: number, step: number): Value[] {
  if (step === 0 || (step > 0 ? stop < start : stop > start)) return [];
  if (Math.abs((stop - start) / step) > MAX_LIST)
    throw new Error(`a list of more than ${MAX_LIST} numbers is too long here`);
  const out: Value[] = [];
  if (step > 0) for (let i = start; i < stop; i += step) out.push(int(i));
  else for (let i = start; i > stop; i += step) out.push(int(i));
  return out;
}

function seq(...values: Integer[]): string {
  const list = (start: number, end: number, step: number) =>
    untilStep(start, end + (step > 0 ? 1 : -1), step)
      .map((value) => String((value as Integer).value))
      .join(" ");
  const [a = 0, b = 0, c = 0] = values.map((value) => value.number);
  switch (values.length) {
    case 0:
      return "";
    case 1:
      return list(1, a, a >= 1 ? 1 : -1);
    case 2:
      return list(a, b, b >= a ? 1 : -1);
    case 3:
      return list(a, c, b);
    default:
      return "";
  }
}

/** Half up, as math.Round is not: sprig rounds at a digit of its own. */
function round(value: Value, places: Integer, options: readonly number[]): number {
  const turn = options[0] ?? 0.5;
  const size = toFloat(value);
  const power = 10 ** places.number;
  const digit = power * size;
  const rest = digit - Math.trunc(digit);
  const whole = rest >= turn ? Math.ceil(digit) : Math.floor(digit);
  return whole / power;
}

const best =
  (better: (a: bigint, b: bigint) => boolean) =>
  (first: Value, ...rest: Value[]): Value =>
    int64(rest.map(toBigInt).reduce((a, b) => (better(b, a) ? b : a), toBigInt(first)));

export const MATH: FunctionTable = {
  atoi: fn("string", (text: string) => int(/^[-+]?\d+$/.test(text) ? BigInt(text.replace("+", "")) : 0n)),
  int64: fn("any", (value: Value) => int64(toBigInt(value))),
  int: fn("any", (value: Value) => int(toBigInt(value))),
  float64: fn("any", toFloat),
  toDecimal: fn("any", (value: Value) => {
    const text = typeof value === "string" ? value : String(toBigInt(value));
    return int64(/^[0-7]+$/.test(text) ? BigInt(`0o${text}`) : 0n);
  }),
  seq: fn("int...", seq),
  until: fn("int", (count: Integer) => untilStep(0, count.number, count.number < 0 ? -1 : 1)),
  untilStep: fn("int,int,int", (start: Integer, stop: Integer, step: Integer) =>
    untilStep(start.number, stop.number, step.number),
  ),
  add1: fn("any", (value: Value) => int64(toBigInt(value) + 1n)),
  add: fn("any...", (...values: Value[]) => int64(values.map(toBigInt).reduce((a, b) => a + b, 0n))),
  sub: fn("any,any", (a: Value, b: Value) => int64(toBigInt(a) - toBigInt(b))),
  div: fn("any,any", (a: Value, b: Value) => divided(a, b, (x, y) => x / y)),
  mod: fn("any,any", (a: Value, b: Value) => divided(a, b, (x, y) => x % y)),
  mul: fn("any,any...", (first: Value, ...rest: Value[]) =>
    int64(rest.map(toBigInt).reduce((a, b) => a * b, toBigInt(first))),
  ),
  add1f: fn("any", (value: Value) => number(sum(decimal(toFloat(value)), decimal(1), 1n))),
  addf: fn("any...", (...values: Value[]) => folded((a, b) => sum(a, b, 1n))(0, ...values)),
  subf: fn(
    "any,any...",
    folded((a, b) => sum(a, b, -1n)),
  ),
  divf: fn("any,any...", folded(quotient)),
  mulf: fn(
    "any,any...",
    folded((a, b) => ({ value: a.value * b.value, scale: a.scale + b.scale })),
  ),
  biggest: fn(
    "any,any...",
    best((a, b) => a > b),
  ),
  max: fn(
    "any,any...",
    best((a, b) => a > b),
  ),
  min: fn(
    "any,any...",
    best((a, b) => a < b),
  ),
  maxf: fn("any,any...", (first: Value, ...rest: Value[]) => Math.max(toFloat(first), ...rest.map(toFloat))),
  minf: fn("any,any...", (first: Value, ...rest: Value[]) => Math.min(toFloat(first), ...rest.map(toFloat))),
  ceil: fn("any", (value: Value) => Math.ceil(toFloat(value))),
  floor: fn("any", (value: Value) => Math.floor(toFloat(value))),
  round: fn("any,int,float64...", (value: Value, places: Integer, ...options: number[]) =>
    round(value, places, options),
  ),
};
