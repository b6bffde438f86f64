/** Values of the part of Python that is run here, what may go wrong with them, and what Python says of it. */

/** A `number` is an int, always within what is exact. */
export type Value = null | boolean | number | Float | string | readonly Value[] | Native;
/** A number with a point, however whole it is: 2.0 is shown and divided in other ways than 2. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}
/** A function or a module. */
export interface Native {
  readonly native: string;
  readonly call?: (args: readonly Value[], named: ReadonlyMap<string, Value>) => Value | Promise<Value>;
  readonly members?: Readonly<Record<string, Value>>;
  /** How many arguments it knows what to do with; more are refused. Default: one. */
  readonly most?: number;
  /** Those it knows by name. */
  readonly names?: readonly string[];
}

/** A part of Python that is not run here; the program ends with its name. */
export class Unsupported extends Error {}
/** sys.exit: not to be caught by `except Exception`. */
export class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super();
    this.code = code;
  }
}
/** An exception of Python's that nobody caught. */
export class Raised extends Error {
  readonly kind: string;
  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }
}
/** break and continue, on their way to their loop. */
export class Jump extends Error {
  readonly kind: "break" | "continue";
  constructor(kind: "break" | "continue") {
    super();
    this.kind = kind;
  }
}

export const truthy = (value: Value) =>
  !(
    value === null ||
    value === false ||
    value === 0 ||
    value === "" ||
    (value instanceof Float && value.value === 0) ||
    (Array.isArray(value) && value.length === 0)
  );

/** repr() of a str, as unicode_repr of Objects/unicodeobject.c chooses quotes and escapes. */
function quoted(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\\n\r\t]|'/g, (one) =>
    one === "'" ? (mark === "'" ? "\\'" : one) : `\\${{ "\n": "n", "\r": "r", "\t": "t" }[one] ?? one}`,
  );
  return `${mark}${escaped}${mark}`;
}

/** The shortest digits that mean it, with an exponent below 1e-4 and from 1e16 on (float_repr_style "short"). */
function shownFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) return value.toExponential().replace(/e([-+])(\d)$/, "e$10$2");
  const text = String(value);
  return text.includes(".") ? text : `${text}.0`;
}

/** As str() has it; `inside` a list or dictionary as repr(). */
export function shown(value: Value, inside = false): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return inside ? quoted(value) : value;
  if (typeof value === "number") return String(value);
  if (value instanceof Float) return shownFloat(value.value);
  if (Array.isArray(value)) return `[${value.map((one: Value) => shown(one, true)).join(", ")}]`;
  return `<${(value as Native).native}>`;
}

export const typeName = (value: Value) =>
  value === null
    ? "NoneType"
    : typeof value === "boolean"
      ? "bool"
      : typeof value === "string"
        ? "str"
        : typeof value === "number"
          ? "int"
          : value instanceof Float
            ? "float"
            : Array.isArray(value)
              ? "list"
              : "module";

/** The number of what counts as one: an int, a float or a bool. */
export function numeric(value: Value): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  return value instanceof Float ? value.value : undefined;
}

/** Python's ==: 1 == 1.0 == True. */
export function equal(a: Value, b: Value): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one: Value, index) => equal(one, b[index] as Value));
  const [left, right] = [numeric(a), numeric(b)];
  return left !== undefined && right !== undefined ? left === right : a === b;
}

/** int(). Throws `Raised`, `Unsupported` where the number is too large for this interpreter. */
export function toInt(value: Value): number {
  const known = numeric(value);
  if (known !== undefined) return exact(Math.trunc(known));
  if (typeof value === "string" && /^\s*[-+]?\d+\s*$/.test(value)) return exact(Number(value));
  if (typeof value === "string")
    throw new Raised("ValueError", `invalid literal for int() with base 10: ${shown(value, true)}`);
  throw new Raised(
    "TypeError",
    `int() argument must be a string, a bytes-like object or a real number, not '${typeName(value)}'`,
  );
}

/** Ints have no end in Python; past what is exact here they are refused. */
export function exact(value: number): number {
  if (!Number.isSafeInteger(value)) throw new Unsupported("an integer that large");
  return value;
}

/** float(). Throws `Raised`; `Unsupported` for infinities and what is no number. */
export function toFloat(value: Value): Float {
  const known = numeric(value);
  if (known !== undefined) return new Float(known);
  const text = typeof value === "string" ? value.trim() : "";
  if (/^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(text)) return new Float(Number(text));
  if (/^[-+]?(inf|infinity|nan)$/i.test(text)) throw new Unsupported(`float(${shown(value, true)})`);
  if (typeof value === "string")
    throw new Raised("ValueError", `could not convert string to float: ${shown(value, true)}`);
  throw new Raised("TypeError", `float() argument must be a string or a real number, not '${typeName(value)}'`);
}
