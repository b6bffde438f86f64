/** Values of the part of Python that is run here, what may go wrong with them, and what Python says of it. */

export type Value = null | boolean | number | string | readonly Value[] | Native;
/** A function or a module. */
export interface Native {
  readonly native: string;
  readonly call?: (args: readonly Value[], named: ReadonlyMap<string, Value>) => Value | Promise<Value>;
  readonly members?: Readonly<Record<string, Value>>;
}

export class Unsupported extends Error {}
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
export class Jump extends Error {
  readonly kind: "break" | "continue";
  constructor(kind: "break" | "continue") {
    super();
    this.kind = kind;
  }
}

export const truthy = (value: Value) =>
  !(value === null || value === false || value === 0 || value === "" || (Array.isArray(value) && value.length === 0));

export function shown(value: Value, inside = false): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return inside ? `'${value}'` : value;
  if (typeof value === "number") return String(value);
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
          ? Number.isInteger(value)
            ? "int"
            : "float"
          : Array.isArray(value)
            ? "list"
            : "module";

export function number(value: Value, operator: string, other: Value): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  throw new Raised(
    "TypeError",
    `unsupported operand type(s) for ${operator}: '${typeName(value)}' and '${typeName(other)}'`,
  );
}

export function equal(a: Value, b: Value): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one: Value, index) => equal(one, b[index] as Value));
  return typeof a === "boolean" || typeof b === "boolean" ? Number(a) === Number(b) : a === b;
}

export function toInt(value: Value): number {
  if (typeof value === "number") return Math.trunc(value);
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "string" && /^\s*[-+]?\d+\s*$/.test(value)) return Number(value);
  if (typeof value === "string")
    throw new Raised("ValueError", `invalid literal for int() with base 10: ${shown(value, true)}`);
  throw new Raised(
    "TypeError",
    `int() argument must be a string, a bytes-like object or a real number, not '${typeName(value)}'`,
  );
}
