/** The functions of Go templates, and kubectl's additions (exists, base64decode). */
import { isObject, type Json } from "../../object.ts";
import { goValue } from "../go-syntax.ts";

type Value = Json | undefined;

export function isTrue(value: Value): boolean {
  if (value === undefined || value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) return Object.keys(value).length > 0;
  return value !== false && value !== 0 && value !== "";
}

function index(value: Value, keys: readonly Value[]): Value {
  let current = value;
  for (const key of keys) {
    if (Array.isArray(current)) {
      if (typeof key !== "number" || key < 0 || key >= current.length)
        throw new Error(`error calling index: index out of range: ${goValue(key)}`);
      current = current[key];
    } else if (isObject(current)) current = Object.hasOwn(current, String(key)) ? current[String(key)] : undefined;
    else throw new Error(`error calling index: can't index item of type ${typeof current}`);
  }
  return current;
}

/** fmt.Sprintf for the verbs that templates use. */
export function sprintf(format: string, values: readonly Value[]): string {
  let next = 0;
  const text = format.replace(
    /%([-+ 0#]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g,
    (whole, flags: string, width: string | undefined, precision: string | undefined, verb: string) => {
      if (verb === "%") return "%";
      if (next >= values.length) return `%!${verb}(MISSING)`;
      const value = values[next++];
      let out: string;
      switch (verb) {
        case "s":
        case "v":
          out = goValue(value);
          if (precision !== undefined) out = out.slice(0, Number(precision));
          break;
        case "d":
          out = typeof value === "number" ? String(Math.trunc(value)) : `%!d(${typeof value}=${goValue(value)})`;
          break;
        case "q":
          out = JSON.stringify(goValue(value));
          break;
        case "f":
          out = Number(value).toFixed(precision === undefined ? 6 : Number(precision));
          break;
        case "t":
          out = String(value);
          break;
        case "x":
          out =
            typeof value === "number"
              ? value.toString(16)
              : [...new TextEncoder().encode(goValue(value))].map((b) => b.toString(16).padStart(2, "0")).join("");
          break;
        default:
          throw new Error(`printf: verb ${whole} is not supported here`);
      }
      const size = Number(width ?? 0);
      if (flags.includes("-")) return out.padEnd(size);
      return out.padStart(size, flags.includes("0") && verb === "d" ? "0" : " ");
    },
  );
  if (next >= values.length) return text;
  return `${text}%!(EXTRA ${values
    .slice(next)
    .map((value) => `${typeof value}=${goValue(value)}`)
    .join(", ")})`;
}

const compare =
  (name: string, test: (a: string | number, b: string | number) => boolean) =>
  (args: readonly Value[]): Json => {
    const [a, b] = args;
    if (typeof a !== typeof b || (typeof a !== "string" && typeof a !== "number")) {
      throw new Error(`error calling ${name}: incompatible types for comparison`);
    }
    return test(a, b as string | number);
  };

const equal = (a: Value, b: Value): boolean => {
  if (a !== undefined && a !== null && b !== undefined && b !== null && typeof a !== typeof b) {
    throw new Error("error calling eq: incompatible types for comparison");
  }
  return (a ?? null) === (b ?? null);
};

export const FUNCTIONS: Readonly<Record<string, (args: readonly Value[]) => Value>> = {
  printf: ([format, ...values]) => sprintf(String(format ?? ""), values),
  print: (values) => values.map(goValue).join(""),
  println: (values) => `${values.map(goValue).join(" ")}\n`,
  len: ([value]) => {
    if (typeof value === "string") return new TextEncoder().encode(value).length;
    if (Array.isArray(value)) return value.length;
    if (isObject(value)) return Object.keys(value).length;
    throw new Error("error calling len: len of nil pointer");
  },
  index: ([value, ...keys]) => index(value, keys),
  eq: ([first, ...others]) => others.some((other) => equal(first, other)),
  ne: ([a, b]) => !equal(a, b),
  lt: compare("lt", (a, b) => a < b),
  le: compare("le", (a, b) => a <= b),
  gt: compare("gt", (a, b) => a > b),
  ge: compare("ge", (a, b) => a >= b),
  not: ([value]) => !isTrue(value),
  slice: ([value, from, to]) =>
    Array.isArray(value) || typeof value === "string"
      ? value.slice(Number(from ?? 0), to === undefined ? undefined : Number(to))
      : null,
  urlquery: (values) => encodeURIComponent(values.map(goValue).join("")),
  html: (values) =>
    values
      .map(goValue)
      .join("")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&#34;")
      .replaceAll("'", "&#39;"),
  exists: ([value, ...keys]) => {
    try {
      return index(value, keys) !== undefined;
    } catch {
      return false;
    }
  },
  base64decode: ([value]) =>
    new TextDecoder().decode(Uint8Array.from(atob(String(value ?? "")), (char) => char.charCodeAt(0))),
};
