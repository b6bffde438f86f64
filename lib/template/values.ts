/**
 * Go values as templates see them. Strings, booleans, arrays ([]interface {}) and plain objects (map[string]interface
 * {}) are themselves; a JavaScript number is a float64, whole numbers of other types are `Integer`s; structs and their
 * methods are `Struct`s. null is a nil interface, undefined is reflect's invalid value: what a pipeline makes of nil.
 */
export type Value = undefined | null | boolean | string | number | Integer | Struct | Value[] | ValueMap;
export interface ValueMap {
  [key: string]: Value;
}

type IntegerType = "int" | "int64" | "int32" | "uint8" | "uint32" | "uint64" | "uint";

/** A whole number of one of Go's types. */
export class Integer {
  readonly value: bigint;
  readonly type: IntegerType;
  constructor(value: bigint | number, type: IntegerType = "int") {
    const whole = typeof value === "bigint" ? value : BigInt(Math.trunc(value));
    // Overflow wraps, as in Go.
    this.value = BITS[type].signed ? BigInt.asIntN(BITS[type].size, whole) : BigInt.asUintN(BITS[type].size, whole);
    this.type = type;
  }
  get number(): number {
    return Number(this.value);
  }
}
const BITS: Readonly<Record<IntegerType, { readonly size: number; readonly signed: boolean }>> = {
  int: { size: 64, signed: true },
  int64: { size: 64, signed: true },
  int32: { size: 32, signed: true },
  uint8: { size: 8, signed: false },
  uint32: { size: 32, signed: false },
  uint64: { size: 64, signed: false },
  uint: { size: 64, signed: false },
};

export const int = (value: number | bigint): Integer => new Integer(value, "int");
export const int64 = (value: number | bigint): Integer => new Integer(value, "int64");

/** A method, given its arguments. */
type Method = (...args: Value[]) => Value;

/** A Go struct (or another named type with methods). `pointer`: its type reads *T. */
export class Struct {
  readonly typeName: string;
  readonly fields: Readonly<Record<string, Value>>;
  readonly methods: Readonly<Record<string, Method>>;
  /** What it prints as, for types with a String method or of another kind than struct. */
  readonly text: (() => string) | undefined;
  /** What it is below its name, where it is no struct: a named map can be ranged over, indexed and measured. */
  readonly underlying: ValueMap | Value[] | undefined;
  /** A value of the host's, for functions that know this type. */
  readonly host: unknown;
  constructor(
    typeName: string,
    init: {
      readonly fields?: Readonly<Record<string, Value>>;
      readonly methods?: Readonly<Record<string, Method>>;
      readonly text?: () => string;
      readonly underlying?: ValueMap | Value[];
      readonly host?: unknown;
    },
  ) {
    this.typeName = typeName;
    this.fields = init.fields ?? {};
    this.methods = init.methods ?? {};
    this.text = init.text;
    this.underlying = init.underlying;
    this.host = init.host;
  }
}

export const isMap = (value: Value): value is ValueMap =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Integer) &&
  !(value instanceof Struct);

/** A named type as what it is underneath. */
export const plain = (value: Value): Value =>
  value instanceof Struct && value.underlying !== undefined ? value.underlying : value;

export const isNil = (value: Value): value is null | undefined => value === null || value === undefined;

/** Sets a key whatever its name is. */
export function put(map: ValueMap, key: string, value: Value): void {
  if (key === "__proto__")
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  else map[key] = value;
}
export const get = (map: ValueMap, key: string): Value => (Object.hasOwn(map, key) ? map[key] : undefined);

/** Go sorts strings by their bytes, which is by code point. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    // Surrogates come after all other code units.
    const high = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
    return high(x) - high(y);
  }
  return a.length - b.length;
}
export const sortedKeys = (map: ValueMap): string[] => Object.keys(map).sort(compareText);

type Kind = "invalid" | "bool" | "string" | "float64" | IntegerType | "slice" | "map" | "struct" | "ptr";

export function kindOf(value: Value): Kind {
  if (isNil(value)) return "invalid";
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "string":
      return "string";
    case "number":
      return "float64";
  }
  if (value instanceof Integer) return value.type;
  if (value instanceof Struct) {
    if (value.underlying !== undefined) return kindOf(value.underlying);
    return value.typeName.startsWith("*") ? "ptr" : "struct";
  }
  return Array.isArray(value) ? "slice" : "map";
}

/** reflect.Type's name of a value that is there. */
export function typeName(value: Value): string {
  if (isNil(value)) return "<nil>";
  if (value instanceof Struct) return value.typeName;
  const kind = kindOf(value);
  return kind === "slice" ? "[]interface {}" : kind === "map" ? "map[string]interface {}" : kind;
}

/** template.IsTrue. */
export function isTrue(value: Value): boolean {
  const below = plain(value);
  if (isNil(below)) return false;
  if (below instanceof Integer) return below.value !== 0n;
  if (below instanceof Struct) return true;
  if (Array.isArray(below)) return below.length > 0;
  if (typeof below === "object") return Object.keys(below).length > 0;
  return below !== false && below !== 0 && below !== "";
}

/** Values made from decoded JSON where whole numbers are int64 (as in Kubernetes' unstructured objects). */
export function withIntegers(value: unknown): Value {
  if (typeof value === "bigint") return int64(value);
  if (typeof value === "number") return Number.isInteger(value) ? int64(value) : value;
  if (Array.isArray(value)) return value.map(withIntegers);
  if (typeof value === "object" && value !== null) {
    const out: ValueMap = {};
    for (const key of Object.keys(value)) put(out, key, withIntegers((value as Record<string, unknown>)[key]));
    return out;
  }
  return value as Value;
}
