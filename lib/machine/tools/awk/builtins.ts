/** awk's own functions. */
import { formatFloat } from "../../format.ts";
import type { Match } from "../support/regex.ts";
import { countOf, placeOf, sliceOf } from "./characters.ts";
import { type Code, combine1, combine2, combineAll, go, straight, type Waiting, wait, waiting } from "./code.ts";
import type { Expressions } from "./expressions.ts";
import { AwkSyntaxError } from "./failure.ts";
import { AwkError } from "./fatal.ts";
import { FormatError, formatText } from "./format.ts";
import { GAWK_ARGUMENTS, GAWK_PLAIN, gawkFunction } from "./gawk-functions.ts";
import type { Runtime } from "./runtime.ts";
import type { Expression, LeftValue, Variable } from "./syntax.ts";
import { NumericText, type Value } from "./values.ts";

type Call = Extract<Expression, { type: "builtin" }>;

/** How many arguments each takes. */
const ARGUMENTS: Readonly<Record<string, readonly [number, number]>> = {
  ...GAWK_ARGUMENTS,
  atan2: [2, 2],
  close: [1, 2],
  cos: [1, 1],
  exp: [1, 1],
  fflush: [0, 1],
  gsub: [2, 3],
  index: [2, 2],
  int: [1, 1],
  length: [0, 1],
  log: [1, 1],
  match: [2, 3],
  rand: [0, 0],
  sin: [1, 1],
  split: [2, 4],
  sprintf: [0, 1000],
  sqrt: [1, 1],
  srand: [0, 1],
  sub: [2, 3],
  substr: [2, 3],
  system: [1, 1],
  tolower: [1, 1],
  toupper: [1, 1],
};

const MATH: Readonly<Record<string, (value: number) => number>> = {
  cos: Math.cos,
  exp: Math.exp,
  int: Math.trunc,
  log: Math.log,
  sin: Math.sin,
  sqrt: Math.sqrt,
};

/** Functions of plain values. */
const PLAIN: Readonly<Record<string, (runtime: Runtime, ...args: Value[]) => Value>> = {
  ...GAWK_PLAIN,
  atan2: (runtime, y, x) => Math.atan2(runtime.number(y), runtime.number(x)),
  index: (runtime, value, part) => {
    const text = runtime.characters(runtime.text(value));
    const wanted = runtime.text(part);
    if (wanted === "" && runtime.dialect.name === "busybox") return 0;
    return placeOf(text, text.indexOf(wanted)) + 1;
  },
  rand: (runtime) => runtime.random.next(),
  srand: (runtime, seed) => {
    const given = seed === undefined ? undefined : runtime.dialect.name === "mawk" ? seed : runtime.number(seed);
    const before = runtime.random.seed(
      given === undefined || typeof given === "number" ? given : given instanceof NumericText ? given.value : given,
    );
    return before;
  },
  substr: (runtime, value, from, length) => {
    const text = runtime.characters(runtime.text(value));
    // Fractions are cut off. A start before the first character is the first, and takes nothing from the length; for
    // mawk the places before it count, and one more.
    const first = Math.trunc(runtime.number(from)) || 0;
    const start = Math.max(1, first);
    let size = length === undefined ? Number.POSITIVE_INFINITY : Math.trunc(runtime.number(length));
    if (Number.isNaN(size)) return "";
    if (first < 0 && runtime.dialect.name === "mawk" && length !== undefined) size -= first;
    return size <= 0 ? "" : sliceOf(text, start - 1, start - 1 + size);
  },
  tolower: (runtime, value) => cased(runtime, runtime.text(value), (text) => text.toLowerCase()),
  toupper: (runtime, value) => cased(runtime, runtime.text(value), (text) => text.toUpperCase()),
};

/** One character for each: those that become several stay as they are. */
function cased(runtime: Runtime, text: string, change: (text: string) => string): string {
  if (/^[\x00-\x7f]*$/.test(text)) return change(text);
  if (runtime.bytes) return text.replace(/[A-Za-z]+/g, change);
  const changed = change(text);
  if (changed.length === text.length) return changed;
  return Array.from(text, (character) => {
    const one = change(character);
    return one.length === character.length ? one : character;
  }).join("");
}

/** What gawk says of numbers that these functions have no answer for. */
function mathWarning(name: string, value: number): string | undefined {
  const shown = formatFloat(value, "g", 6, "");
  if ((name === "log" || name === "sqrt") && value < 0) return `${name}: received negative argument ${shown}`;
  if (name === "exp" && Number.isFinite(value) && !Number.isFinite(Math.exp(value)))
    return `exp: argument ${shown} is out of range`;
  return undefined;
}

export function builtin(expressions: Expressions, { name, args, line, at }: Call): Code {
  const { runtime } = expressions;
  const { dialect } = runtime;
  const [least, most] = ARGUMENTS[name] ?? [0, 0];
  const fewer = name === "sprintf" && dialect.name === "mawk" ? 1 : least;
  if (args.length < fewer || (args.length > most && (dialect.name !== "busybox" || most === 0)))
    throw new AwkSyntaxError({ type: "arguments", name, count: args.length, at }, line);
  const math = MATH[name];
  if (math !== undefined)
    return combine1(expressions.compile(args[0] as Expression), (value) => {
      const number = runtime.number(value);
      const warning = dialect.name === "gawk" ? mathWarning(name, number) : undefined;
      if (warning !== undefined) runtime.warn(warning);
      return math(number);
    });
  const plain = PLAIN[name];
  if (plain !== undefined) {
    if (name === "index" && args[1]?.type === "regex" && dialect.name === "gawk")
      throw new AwkSyntaxError(
        { type: "refused", message: "index: regexp constant as second argument is not allowed" },
        line,
      );
    return combineAll(
      args.map((each) => expressions.compile(each)),
      (values) => {
        runtime.fuel += 1;
        return plain(runtime, ...values);
      },
    );
  }
  switch (name) {
    case "length":
      return length(expressions, args[0]);
    case "sprintf":
      return combineAll(
        args.map((each) => expressions.compile(each)),
        ([format, ...values]) => sprintf(runtime, runtime.text(format), values, "sprintf"),
      );
    case "split":
      return split(expressions, args);
    case "match":
      return match(expressions, args);
    case "sub":
    case "gsub":
      return substitute(expressions, args, name === "gsub");
    case "gensub":
      return gensub(expressions, args);
    case "close":
    case "system":
      return waiting(function* () {
        const text = runtime.outward(yield* go(expressions.text(args[0] as Expression)));
        return yield* wait(name === "close" ? runtime.streams.close(text) : runtime.streams.system(text));
      });
    case "fflush":
      return flush(expressions, args[0]);
    default:
      return gawkFunction(expressions, name, args);
  }
}

function flush(expressions: Expressions, argument: Expression | undefined): Code {
  const { runtime } = expressions;
  const code = argument === undefined ? undefined : expressions.text(argument);
  return waiting(function* () {
    const text = code === undefined ? undefined : runtime.outward(yield* go(code));
    const status = yield* wait(runtime.streams.flush(text === "" ? undefined : text));
    if (status === -1 && runtime.dialect.name === "gawk")
      runtime.warn(`fflush: \`${text}' is not an open file, pipe or co-process`);
    return status;
  });
}

/** Throws what is wrong with the format; mawk's printf has printed what came before it by then. */
export function sprintf(runtime: Runtime, format: string, values: readonly Value[], by: "printf" | "sprintf"): string {
  const { dialect, convfmt, bytes } = runtime;
  try {
    return runtime.checkLength(formatText(format, values, { dialect, convert: convfmt, bytes }));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    if (by === "printf" && dialect.name === "mawk") runtime.streams.print(error.before);
    throw new AwkError({ type: "format", error, format: runtime.outward(format), by });
  }
}

function variableOf(expression: Expression | undefined): Variable | undefined {
  return expression?.type === "global" || expression?.type === "local" ? expression : undefined;
}

function length(expressions: Expressions, argument: Expression | undefined): Code {
  const { runtime } = expressions;
  const size = (text: string) => countOf(runtime.characters(text));
  if (argument === undefined) return straight(() => size(runtime.recordText()));
  const variable = variableOf(argument);
  if (variable !== undefined && !(variable.type === "global" && variable.name === "NF")) {
    const find = expressions.slot(variable);
    return straight(() => {
      const { array, origin, value } = find();
      const elements = array ?? origin?.array;
      return elements === undefined ? size(runtime.text(value)) : elements.size;
    });
  }
  return combine1(expressions.compile(argument), (value) => size(runtime.text(value)));
}

export function arrayArgument(
  expressions: Expressions,
  argument: Expression | undefined,
  name: string,
): () => Map<string, Value> {
  const variable = variableOf(argument);
  if (variable === undefined)
    throw new AwkSyntaxError(
      { type: "refused", message: `${name}: an array is expected` },
      expressions.runtime.line || 1,
    );
  return expressions.array(variable);
}

function split(expressions: Expressions, args: readonly Expression[]): Code {
  const { runtime } = expressions;
  const [text, target, separator, between] = args as [Expression, Expression, Expression?, Expression?];
  if (between !== undefined && runtime.dialect.name === "mawk")
    throw new AwkSyntaxError({ type: "spaced", name: "," }, runtime.line || 1);
  const array = arrayArgument(expressions, target, "split");
  const gaps =
    between === undefined || runtime.dialect.name !== "gawk" ? undefined : arrayArgument(expressions, between, "split");
  const by =
    separator === undefined
      ? straight(() => runtime.text(runtime.global("FS").value))
      : separator.type === "regex"
        ? expressions.pattern(separator)
        : expressions.text(separator);
  return combine2(expressions.text(text), by as Code<string>, (from, separated) => {
    const parts = runtime.splitText(from, separated);
    fillArray(runtime, array(), parts);
    if (gaps !== undefined) fillArray(runtime, gaps(), separatorsOf(from, parts));
    return parts.length;
  });
}

/** What stood between the parts. */
function separatorsOf(text: string, parts: readonly string[]): string[] {
  const found: string[] = [];
  let at = text.indexOf(parts[0] ?? "") + (parts[0]?.length ?? 0);
  for (const part of parts.slice(1)) {
    // A separator is one character at least where it is not "".
    const next = part === "" ? at + 1 : text.indexOf(part, parts.join("") === text ? at : at + 1);
    found.push(text.slice(at, next));
    at = next + part.length;
  }
  return found;
}

/** Elements from 1 on (or `first`), and no others. */
export function fillArray(runtime: Runtime, array: Map<string, Value>, parts: readonly string[], first = 1): void {
  runtime.elements -= array.size;
  array.clear();
  for (const [index, part] of parts.entries()) runtime.setElement(array, String(index + first), runtime.input(part));
}

function match(expressions: Expressions, args: readonly Expression[]): Code {
  const { runtime } = expressions;
  const [text, pattern, target] = args as [Expression, Expression, Expression | undefined];
  if (target !== undefined && runtime.dialect.name === "mawk")
    throw new AwkSyntaxError({ type: "spaced", name: "," }, runtime.line || 1);
  const array =
    target === undefined || runtime.dialect.name === "busybox"
      ? undefined
      : arrayArgument(expressions, target, "match");
  const start = runtime.global("RSTART");
  const size = runtime.global("RLENGTH");
  return combine2(expressions.text(text), expressions.pattern(pattern), (given, compiled) => {
    const subject = runtime.characters(given);
    runtime.fuel += 1 + (subject.length >> 5);
    const found = runtime.find(subject, compiled, 0);
    start.value = found === undefined ? 0 : placeOf(subject, found.start) + 1;
    size.value = found === undefined ? -1 : countOf(subject.slice(found.start, found.end));
    if (array !== undefined) putGroups(runtime, array(), subject, found);
    return start.value;
  });
}

/** gawk's third argument: the groups, where each starts and how long it is. */
function putGroups(runtime: Runtime, array: Map<string, Value>, subject: string, found: Match | undefined): void {
  runtime.elements -= array.size;
  array.clear();
  if (found === undefined) return;
  const separator = runtime.text(runtime.global("SUBSEP").value);
  let from = found.start;
  for (const [index, group] of found.groups.entries()) {
    if (group === undefined) continue;
    // Groups come in the order in which they open: the first place where the text stands is it but for odd patterns.
    const start = index === 0 ? found.start : Math.max(found.start, subject.indexOf(group, from));
    from = start;
    runtime.setElement(array, String(index), runtime.input(group));
    runtime.setElement(array, `${index}${separator}start`, placeOf(subject, start) + 1);
    runtime.setElement(array, `${index}${separator}length`, countOf(group));
  }
}

/** The replacement for one match: "&" is the match, "\\&" an ampersand, and two backslashes before either are one. */
function replacement(text: string, found: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/(\\*)&/g, (_, before: string) => {
    const kept = "\\".repeat(before.length >> 1);
    return before.length % 2 === 1 ? `${kept}&` : kept + found;
  });
}

/** The text after replacing the first or every match, and how many. */
function* replaceIn(
  runtime: Runtime,
  text: string,
  find: (from: number) => Match | undefined,
  put: (match: Match, index: number) => string | undefined,
  global: boolean,
): Waiting<{ readonly text: string; readonly count: number }> {
  let out = "";
  let at = 0;
  let count = 0;
  /** Where the match before ended: an empty one cannot follow at once. */
  let after = -1;
  for (let from = 0; from <= text.length; ) {
    runtime.fuel += 1 + ((text.length - from) >> 10);
    if ((count & 63) === 63) {
      const pay = runtime.pay();
      if (pay !== undefined) yield pay;
    }
    const found = find(from);
    if (found === undefined) break;
    if (found.end === found.start && found.start === after) {
      from = found.start + 1;
      continue;
    }
    const by = put(found, count);
    if (by !== undefined) {
      out += text.slice(at, found.start) + by;
      at = found.end;
    }
    count++;
    after = found.end;
    if (!global) break;
    from = found.end === found.start ? found.end + 1 : found.end;
  }
  return { text: runtime.checkLength(out + text.slice(at)), count };
}

function substitute(expressions: Expressions, args: readonly Expression[], global: boolean): Code {
  const { runtime } = expressions;
  const [pattern, by, given] = args as [Expression, Expression, Expression | undefined];
  const place: Expression = given ?? { type: "field", index: { type: "number", value: 0 } };
  const bare = place.type === "group" && place.items.length === 1 ? (place.items[0] as Expression) : place;
  const reference = isPlace(bare) ? expressions.reference(bare) : undefined;
  if (reference === undefined && runtime.dialect.name === "mawk" && (bare.type === "string" || bare.type === "number"))
    throw new AwkSyntaxError({ type: "spaced", name: String(bare.value) }, runtime.line || 1);
  const subject = reference === undefined ? expressions.compile(bare) : undefined;
  const prepared = combine2(expressions.pattern(pattern), expressions.text(by), (compiled, text) => ({
    compiled,
    text,
  }));
  const keyCode = (reference?.key ?? subject) as Code<unknown>;
  return waiting(function* () {
    const { compiled, text } = yield* go(prepared);
    const key = yield* go(keyCode);
    const before = runtime.text(reference === undefined ? (key as Value) : reference.get(key));
    const after = yield* replaceIn(
      runtime,
      before,
      (from) => runtime.find(before, compiled, from),
      (found) => replacement(text, found.groups[0] ?? ""),
      global,
    );
    if (after.count > 0) reference?.set(key, after.text);
    return after.count;
  });
}

function isPlace(expression: Expression): expression is LeftValue {
  return ["global", "local", "element", "field"].includes(expression.type);
}

function gensub(expressions: Expressions, args: readonly Expression[]): Code {
  const { runtime } = expressions;
  const [pattern, by, how, target] = args as [Expression, Expression, Expression, Expression | undefined];
  const parts = combineAll(
    [by, how, ...(target === undefined ? [] : [target])].map((each) => expressions.compile(each)),
    (values) => values,
  );
  const compiledPattern = expressions.pattern(pattern);
  return waiting(function* () {
    const compiled = yield* go(compiledPattern);
    const [text, which, from] = yield* go(parts);
    const template = runtime.text(text);
    const global = /^[gG]/.test(runtime.text(which));
    const wanted =
      which instanceof NumericText || typeof which === "number" ? Math.max(1, Math.trunc(runtime.number(which))) : 1;
    const subject = target === undefined ? runtime.recordText() : runtime.text(from);
    const replaced = yield* replaceIn(
      runtime,
      subject,
      (at) => runtime.find(subject, compiled, at),
      (found, index) => {
        if (!global && index !== wanted - 1) return undefined;
        return template.replace(/\\(\\|&|\d)|&/g, (whole, escaped: string | undefined) => {
          if (escaped === undefined) return found.groups[0] ?? "";
          return /\d/.test(escaped) ? (found.groups[Number(escaped)] ?? "") : whole === "\\&" ? "&" : "\\";
        });
      },
      true,
    );
    return replaced.text;
  });
}
