/** awk's own functions. */
import { formatDate } from "../../strftime.ts";
import type { Match } from "../support/regex.ts";
import { type Code, combine1, combine2, combineAll, go, straight, type Waiting, wait, waiting } from "./code.ts";
import type { Expressions } from "./expressions.ts";
import { AwkError, type Runtime } from "./runtime.ts";
import { AwkSyntaxError, type Expression, type LeftValue, type Variable } from "./syntax.ts";
import { FormatError, formatText, fromInput, NumericText, toNumber, type Value } from "./values.ts";

type Call = Extract<Expression, { type: "builtin" }>;

/** How many arguments each takes. */
const ARGUMENTS: Readonly<Record<string, readonly [number, number]>> = {
  atan2: [2, 2],
  close: [1, 2],
  cos: [1, 1],
  exp: [1, 1],
  fflush: [0, 1],
  gensub: [3, 4],
  gsub: [2, 3],
  index: [2, 2],
  int: [1, 1],
  length: [0, 1],
  log: [1, 1],
  match: [2, 3],
  mktime: [1, 1],
  rand: [0, 0],
  sin: [1, 1],
  split: [2, 3],
  sprintf: [1, 1000],
  sqrt: [1, 1],
  srand: [0, 1],
  strftime: [0, 3],
  strtonum: [1, 1],
  sub: [2, 3],
  substr: [2, 3],
  system: [1, 1],
  systime: [0, 0],
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
  atan2: (_, y, x) => Math.atan2(toNumber(y), toNumber(x)),
  index: (runtime, text, part) => runtime.text(text).indexOf(runtime.text(part)) + 1,
  mktime: (runtime, text) => {
    const parts = runtime.text(text).trim().split(/\s+/).map(Number);
    if (parts.length < 6 || parts.some(Number.isNaN)) return -1;
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts;
    return Math.floor(Date.UTC(year, month - 1, day, hour, minute, second) / 1000);
  },
  rand: (runtime) => {
    const { random } = runtime;
    if (random.state === undefined) return runtime.tool.process.clock.random();
    // mulberry32
    random.state = (random.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(random.state ^ (random.state >>> 15), 1 | random.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  },
  srand: (runtime, seed) => {
    const { random } = runtime;
    const before = random.seed;
    random.seed = seed === undefined ? Math.floor(runtime.tool.process.clock.now() / 1000) : toNumber(seed);
    random.state = random.seed | 0;
    return before;
  },
  strftime: (runtime, format, time) =>
    formatDate(
      time === undefined ? runtime.tool.process.clock.now() : toNumber(time) * 1000,
      format === undefined ? "%c" : runtime.text(format),
    ),
  strtonum: (runtime, value) => {
    const text = runtime.text(value).trim();
    if (/^0[xX][0-9a-fA-F]+$/.test(text)) return Number.parseInt(text, 16);
    return /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : toNumber(value);
  },
  substr: (runtime, value, from, length) => {
    const text = runtime.text(value);
    // Fractions are cut off, as gawk and mawk do. A start before the first character is the first, and takes nothing
    // from the length (gawk; mawk goes on to one character more).
    const start = Math.max(1, Math.trunc(toNumber(from)) || 1);
    const end = length === undefined ? Number.POSITIVE_INFINITY : start + Math.trunc(toNumber(length));
    if (Number.isNaN(end)) return "";
    return text.slice(start - 1, Math.max(0, end - 1));
  },
  systime: (runtime) => Math.floor(runtime.tool.process.clock.now() / 1000),
  tolower: (runtime, value) => cased(runtime.text(value), (text) => text.toLowerCase()),
  toupper: (runtime, value) => cased(runtime.text(value), (text) => text.toUpperCase()),
};

/** One character for each: those that become several stay as they are. */
function cased(text: string, change: (text: string) => string): string {
  const changed = change(text);
  if (changed.length === text.length) return changed;
  return Array.from(text, (character) => {
    const one = change(character);
    return one.length === character.length ? one : character;
  }).join("");
}

export function builtin(expressions: Expressions, { name, args, line }: Call): Code {
  const [least, most] = ARGUMENTS[name] ?? [0, 0];
  if (args.length < least || args.length > most)
    throw new AwkSyntaxError(`line ${line}: wrong number of arguments in call to ${name}`);
  const { runtime } = expressions;
  const math = MATH[name];
  if (math !== undefined) return combine1(expressions.compile(args[0] as Expression), (value) => math(toNumber(value)));
  const plain = PLAIN[name];
  if (plain !== undefined)
    return combineAll(
      args.map((each) => expressions.compile(each)),
      (values) => {
        runtime.fuel += 1;
        return plain(runtime, ...values);
      },
    );
  switch (name) {
    case "length":
      return length(expressions, args[0]);
    case "sprintf":
      return combineAll(
        args.map((each) => expressions.compile(each)),
        ([format, ...values]) => sprintf(runtime, runtime.text(format), values),
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
        const text = yield* go(expressions.text(args[0] as Expression));
        return yield* wait(name === "close" ? runtime.streams.close(text) : runtime.streams.system(text));
      });
    default:
      return waiting(function* () {
        const [only] = args;
        const text = only === undefined ? undefined : yield* go(expressions.text(only));
        return yield* wait(runtime.streams.flush(text === "" ? undefined : text));
      });
  }
}

export function sprintf(runtime: Runtime, format: string, values: readonly Value[]): string {
  try {
    return runtime.checkLength(formatText(format, values, runtime.convfmt));
  } catch (error) {
    if (error instanceof FormatError) throw new AwkError(error.message);
    throw error;
  }
}

function variableOf(expression: Expression | undefined): Variable | undefined {
  return expression?.type === "global" || expression?.type === "local" ? expression : undefined;
}

function length(expressions: Expressions, argument: Expression | undefined): Code {
  const { runtime } = expressions;
  if (argument === undefined) return straight(() => runtime.recordText().length);
  const variable = variableOf(argument);
  if (variable !== undefined && !(variable.type === "global" && variable.name === "NF")) {
    const find = expressions.slot(variable);
    return straight(() => {
      const { array, origin, value } = find();
      const elements = array ?? origin?.array;
      return elements === undefined ? runtime.text(value).length : elements.size;
    });
  }
  return combine1(expressions.compile(argument), (value) => runtime.text(value).length);
}

function arrayArgument(
  expressions: Expressions,
  argument: Expression | undefined,
  name: string,
): () => Map<string, Value> {
  const variable = variableOf(argument);
  if (variable === undefined) throw new AwkError(`type error in arg to ${name}: an array is expected`);
  return expressions.array(variable);
}

function split(expressions: Expressions, args: readonly Expression[]): Code {
  const { runtime } = expressions;
  const [text, target, separator] = args as [Expression, Expression, Expression | undefined];
  const array = arrayArgument(expressions, target, "split");
  const by =
    separator === undefined
      ? straight(() => runtime.text(runtime.global("FS").value))
      : separator.type === "regex"
        ? expressions.pattern(separator)
        : expressions.text(separator);
  return combine2(expressions.text(text), by as Code<string>, (from, separated) => {
    const parts = runtime.splitText(from, separated);
    const elements = array();
    runtime.elements -= elements.size;
    elements.clear();
    for (const [index, part] of parts.entries()) runtime.setElement(elements, String(index + 1), fromInput(part));
    return parts.length;
  });
}

function match(expressions: Expressions, args: readonly Expression[]): Code {
  const { runtime } = expressions;
  const [text, pattern, target] = args as [Expression, Expression, Expression | undefined];
  const array = target === undefined ? undefined : arrayArgument(expressions, target, "match");
  const start = runtime.global("RSTART");
  const size = runtime.global("RLENGTH");
  return combine2(expressions.text(text), expressions.pattern(pattern), (subject, compiled) => {
    runtime.fuel += 1 + (subject.length >> 5);
    const found = runtime.find(subject, compiled, 0);
    start.value = found === undefined ? 0 : found.start + 1;
    size.value = found === undefined ? -1 : found.end - found.start;
    if (array !== undefined) {
      const elements = array();
      elements.clear();
      for (const [index, group] of (found?.groups ?? []).entries())
        if (group !== undefined) runtime.setElement(elements, String(index), fromInput(group));
    }
    return start.value;
  });
}

/** The replacement for one match: "&" is the match, "\\&" an ampersand. */
function replacement(text: string, found: string): string {
  if (!text.includes("&") && !text.includes("\\")) return text;
  return text.replace(/\\\\&|\\&|&/g, (each) => (each === "&" ? found : each === "\\&" ? "&" : `\\${found}`));
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
      which instanceof NumericText || typeof which === "number" ? Math.max(1, Math.trunc(toNumber(which))) : 1;
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
