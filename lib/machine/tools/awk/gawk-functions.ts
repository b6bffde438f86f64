/** Functions that not every awk has: times for all of today, bits, sorting and types for gawk (some for BusyBox). */
import { formatDate } from "../../strftime.ts";
import { arrayArgument, fillArray } from "./builtins.ts";
import { type Code, combine1, combine2, straight } from "./code.ts";
import type { Expressions } from "./expressions.ts";
import { AwkSyntaxError } from "./failure.ts";
import { cutByContent } from "./fields.ts";
import { byType } from "./order.ts";
import type { Runtime } from "./runtime.ts";
import type { Expression } from "./syntax.ts";
import { compare, NumericText, type Value } from "./values.ts";

/** How many arguments each takes. */
export const GAWK_ARGUMENTS: Readonly<Record<string, readonly [number, number]>> = {
  and: [2, 100],
  asort: [1, 3],
  asorti: [1, 3],
  compl: [1, 1],
  gensub: [3, 4],
  isarray: [1, 1],
  lshift: [2, 2],
  mktime: [1, 2],
  or: [2, 100],
  patsplit: [2, 4],
  rshift: [2, 2],
  strftime: [0, 3],
  strtonum: [1, 1],
  systime: [0, 0],
  typeof: [1, 1],
  xor: [2, 100],
};

/** gawk keeps bits in numbers of 53 of them. */
const BITS = 53n;

const bits = (runtime: Runtime, value: Value) => BigInt.asUintN(64, BigInt(Math.trunc(runtime.number(value)) || 0));
/** BusyBox takes all 64 of its words. */
const fromBits = (runtime: Runtime, value: bigint) =>
  Number(BigInt.asUintN(runtime.dialect.name === "gawk" ? Number(BITS) : 64, value));
const fold =
  (combine: (a: bigint, b: bigint) => bigint) =>
  (runtime: Runtime, first: Value, ...rest: Value[]) =>
    fromBits(
      runtime,
      rest.reduce((all, each) => combine(all, bits(runtime, each)), bits(runtime, first)),
    );

/** Those of plain values. */
export const GAWK_PLAIN: Readonly<Record<string, (runtime: Runtime, ...args: Value[]) => Value>> = {
  and: fold((a, b) => a & b),
  compl: (runtime, value) => fromBits(runtime, ~bits(runtime, value)),
  lshift: (runtime, value, by) => fromBits(runtime, bits(runtime, value) << (bits(runtime, by) & 63n)),
  mktime: (runtime, text) => {
    const parts = runtime.text(text).trim().split(/\s+/).map(Number);
    if (parts.length < 6 || parts.some(Number.isNaN)) return -1;
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts;
    return Math.floor(Date.UTC(year, month - 1, day, hour, minute, second) / 1000);
  },
  or: fold((a, b) => a | b),
  rshift: (runtime, value, by) => fromBits(runtime, bits(runtime, value) >> (bits(runtime, by) & 63n)),
  strftime: (runtime, format, time) =>
    runtime.inward(
      formatDate(
        time === undefined ? runtime.tool.process.clock.now() : runtime.number(time) * 1000,
        format === undefined
          ? runtime.dialect.name === "gawk"
            ? "%a %b %e %H:%M:%S %Z %Y"
            : "%c"
          : runtime.outward(runtime.text(format)),
      ),
    ),
  strtonum: (runtime, value) => {
    if (typeof value === "number") return value;
    const text = runtime.text(value).trim();
    const [, sign, digits] = /^([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]+(?![0-9.]))/.exec(text) ?? [];
    if (digits === undefined) return runtime.number(value);
    const size = /^0[xX]/.test(digits) ? Number(digits) : Number.parseInt(digits, 8);
    return sign === "-" ? -size : size;
  },
  systime: (runtime) => Math.floor(runtime.tool.process.clock.now() / 1000),
  xor: fold((a, b) => a ^ b),
};

/** Those of gawk that take arrays. */
export function gawkFunction(expressions: Expressions, name: string, args: readonly Expression[]): Code {
  const { runtime } = expressions;
  const [first, second, third, fourth] = args as [Expression, Expression?, Expression?, Expression?];
  switch (name) {
    case "asort":
    case "asorti":
      return sorting(expressions, name, args);
    case "isarray":
      return combine1(typeName(expressions, first), (type) => (type === "array" ? 1 : 0));
    case "typeof":
      return typeName(expressions, first);
    case "patsplit": {
      const array = arrayArgument(expressions, second, name);
      const gaps = fourth === undefined ? undefined : arrayArgument(expressions, fourth, name);
      const pattern =
        third === undefined
          ? straight(() => runtime.pattern(runtime.text(runtime.global("FPAT").value)))
          : expressions.pattern(third);
      return combine2(expressions.text(first), pattern, (text, compiled) => {
        runtime.fuel += 1 + (text.length >> 4);
        const { parts, between } = cutByContent(text, compiled);
        fillArray(runtime, array(), parts);
        if (gaps !== undefined) fillArray(runtime, gaps(), between, 0);
        return parts.length;
      });
    }
    default:
      throw new AwkSyntaxError({ type: "undefined", names: [name], line: runtime.line || 1 }, runtime.line || 1);
  }
}

function typeName(expressions: Expressions, argument: Expression): Code<string> {
  if (argument.type === "regex") return straight(() => "regexp");
  if (argument.type === "global" || argument.type === "local") {
    const find = expressions.slot(argument);
    return straight(() => {
      const { array, origin, value } = find();
      if (array !== undefined || origin?.array !== undefined) return "array";
      return value === undefined ? "untyped" : nameOf(value);
    });
  }
  const unassigned = argument.type === "element" ? "untyped" : "unassigned";
  return combine1(expressions.compile(argument), (value) => (value === undefined ? unassigned : nameOf(value)));
}

function nameOf(value: NonNullable<Value>): string {
  return typeof value === "number" ? "number" : value instanceof NumericText ? "strnum" : "string";
}

function sorting(expressions: Expressions, name: "asort" | "asorti", args: readonly Expression[]): Code {
  const { runtime } = expressions;
  const from = arrayArgument(expressions, args[0], name);
  const to = args[1] === undefined ? from : arrayArgument(expressions, args[1], name);
  if (args[2] !== undefined)
    throw new AwkSyntaxError(
      { type: "refused", message: `${name}: a third argument is not available here` },
      runtime.line || 1,
    );
  return straight(() => {
    const source = from();
    runtime.fuel += 1 + source.size;
    const { convfmt, dialect } = runtime;
    const values: Value[] =
      name === "asorti"
        ? [...source.keys()].sort((a, b) => (a < b ? -1 : 1))
        : [...source.values()].sort((a, b) => byType(a, b) || compare(a, b, convfmt, dialect));
    const target = to();
    runtime.elements -= target.size;
    target.clear();
    for (const [index, value] of values.entries()) runtime.setElement(target, String(index + 1), value);
    return values.length;
  });
}
