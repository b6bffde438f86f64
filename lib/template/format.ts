/** Go's fmt: Sprint and Sprintf over template values. */
import { quote } from "../encoding/index.ts";
import { Integer, isNil, Struct, sortedKeys, typeName, type Value } from "./values.ts";

const EXPONENT_DIGITS = 2;

/** strconv.FormatFloat of a float64; `precision` -1: as many digits as tell it from all others. */
export function formatFloat(value: number, verb: "e" | "f" | "g", precision: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const negative = value < 0 || Object.is(value, -0);
  const sign = negative ? "-" : "";
  const size = Math.abs(value);
  const exponential = (text: string) =>
    text.replace(/e([-+])(\d+)$/, (_, s: string, digits: string) => `e${s}${digits.padStart(EXPONENT_DIGITS, "0")}`);
  if (verb === "e") return sign + exponential(precision < 0 ? size.toExponential() : size.toExponential(precision));
  if (verb === "f") return sign + (precision < 0 ? decimal(size) : fixed(size, precision));
  const shortest = precision < 0;
  const digits = precision === 0 ? 1 : precision;
  const text = shortest ? size.toExponential() : size.toExponential(Math.min(100, digits - 1));
  const exponent = Number(/e([-+]\d+)$/.exec(text)?.[1] ?? 0);
  const mantissa = text.replace(/e.*$/, "").replace(".", "").replace(/0+$/, "");
  let limit = digits;
  if (limit > mantissa.length && mantissa.length >= exponent + 1) limit = mantissa.length;
  if (shortest) limit = SHORTEST_LIMIT;
  if (exponent < -4 || exponent >= limit) {
    const head = mantissa.slice(0, 1) || "0";
    const tail = mantissa.slice(1);
    return `${sign}${head}${tail === "" ? "" : `.${tail}`}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(EXPONENT_DIGITS, "0")}`;
  }
  if (size === 0) return `${sign}0`;
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${mantissa}`;
  const whole = mantissa.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const rest = mantissa.slice(exponent + 1);
  return `${sign}${whole}${rest === "" ? "" : `.${rest}`}`;
}
const SHORTEST_LIMIT = 6;

/** toFixed, also where JavaScript would go to the exponent form. */
function fixed(size: number, precision: number): string {
  if (size < 1e21) return size.toFixed(Math.min(100, precision));
  return `${BigInt(size)}${precision > 0 ? `.${"0".repeat(precision)}` : ""}`;
}
function decimal(size: number): string {
  if (size >= 1e21) return String(BigInt(size));
  const text = String(size);
  const small = /^(\d)(?:\.(\d+))?e-(\d+)$/.exec(text);
  if (small === null) return text;
  return `0.${"0".repeat(Number(small[3]) - 1)}${small[1]}${small[2] ?? ""}`;
}

/** %v. `inside`: within a list or map, where a nil reads <nil>. */
export function formatValue(value: Value): string {
  if (isNil(value)) return "<nil>";
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return formatFloat(value, "g", -1);
    case "boolean":
      return String(value);
  }
  if (value instanceof Integer) return String(value.value);
  if (value instanceof Struct) {
    if (value.text !== undefined) return value.text();
    if (value.underlying !== undefined) return formatValue(value.underlying);
    const text = `{${Object.values(value.fields).map(formatValue).join(" ")}}`;
    return value.typeName.startsWith("*") ? `&${text}` : text;
  }
  if (Array.isArray(value)) return `[${value.map(formatValue).join(" ")}]`;
  return `map[${sortedKeys(value)
    .map((key) => `${key}:${formatValue(value[key])}`)
    .join(" ")}]`;
}

/** %#v. */
function goSyntax(value: Value): string {
  if (isNil(value)) return "interface {}(nil)";
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return formatFloat(value, "g", -1);
  if (value instanceof Integer)
    return value.type.startsWith("u") ? `0x${value.value.toString(16)}` : String(value.value);
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (value instanceof Struct) return `${value.typeName}${formatValue(value)}`;
  return `map[string]interface {}{${sortedKeys(value)
    .map((key) => `${quote(key)}:${goSyntax(value[key])}`)
    .join(", ")}}`;
}

/** fmt.Sprint: blanks between operands when neither is a string. */
export function sprint(values: readonly Value[]): string {
  let out = "";
  values.forEach((value, i) => {
    if (i > 0 && typeof value !== "string" && typeof values[i - 1] !== "string") out += " ";
    out += formatValue(value);
  });
  return out;
}
export const sprintln = (values: readonly Value[]): string => `${values.map(formatValue).join(" ")}\n`;

interface Spec {
  readonly plus: boolean;
  readonly minus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

/** Wider fields than this are a mistake, and would fill the memory. */
const MAX_WIDTH = 1_000_000;

/** fmt.Sprintf. */
export function sprintf(format: string, values: readonly Value[]): string {
  let out = "";
  let next = 0;
  let reordered = false;
  for (let i = 0; i < format.length; ) {
    const percent = format.indexOf("%", i);
    if (percent === -1) {
      out += format.slice(i);
      break;
    }
    out += format.slice(i, percent);
    i = percent + 1;
    const flags = /^[-+# 0]*/.exec(format.slice(i))?.[0] ?? "";
    i += flags.length;
    let bad = "";
    const index = () => {
      const match = /^\[(\d+)\]/.exec(format.slice(i));
      if (match === null) return;
      reordered = true;
      i += match[0].length;
      const wanted = Number(match[1]);
      if (wanted < 1 || wanted > values.length) bad = "(BADINDEX)";
      else next = wanted - 1;
    };
    const size = (): number | undefined => {
      if (format[i] === "*") {
        i++;
        const value = values[next++];
        if (value instanceof Integer && value.number >= -MAX_WIDTH && value.number <= MAX_WIDTH) return value.number;
        bad = "(BADWIDTH)";
        return undefined;
      }
      const digits = /^\d+/.exec(format.slice(i))?.[0];
      if (digits === undefined) return undefined;
      i += digits.length;
      const width = Number(digits);
      if (width > MAX_WIDTH) bad = "(BADWIDTH)";
      return Math.min(width, MAX_WIDTH);
    };
    index();
    let width = size();
    let minus = flags.includes("-");
    if (width !== undefined && width < 0) {
      minus = true;
      width = -width;
    }
    let precision: number | undefined;
    if (format[i] === ".") {
      i++;
      index();
      precision = size() ?? 0;
      if (precision < 0) precision = undefined;
    }
    index();
    const verb = String.fromCodePoint(format.codePointAt(i) ?? 0);
    if (i >= format.length) {
      out += "%!(NOVERB)";
      break;
    }
    i += verb.length;
    if (verb === "%") {
      out += "%";
      continue;
    }
    if (bad !== "") {
      out += `%!${verb}${bad}`;
      continue;
    }
    if (next >= values.length) {
      out += `%!${verb}(MISSING)`;
      continue;
    }
    const spec: Spec = {
      plus: flags.includes("+"),
      minus,
      sharp: flags.includes("#"),
      space: flags.includes(" "),
      zero: flags.includes("0") && !minus,
      width,
      precision,
    };
    out += formatVerb(verb, values[next++], spec);
  }
  if (!reordered && next < values.length) {
    out += `%!(EXTRA ${values
      .slice(next)
      .map((value) => (isNil(value) ? "<nil>" : `${typeName(value)}=${formatValue(value)}`))
      .join(", ")})`;
  }
  return out;
}

function pad(text: string, spec: Spec, zeros = false): string {
  const missing = (spec.width ?? 0) - [...text].length;
  if (missing <= 0) return text;
  if (spec.minus) return text + " ".repeat(missing);
  if (!zeros) return " ".repeat(missing) + text;
  const sign = /^[-+ ]/.exec(text)?.[0] ?? "";
  return sign + "0".repeat(missing) + text.slice(sign.length);
}

function badVerb(verb: string, value: Value): string {
  return isNil(value) ? `%!${verb}(<nil>)` : `%!${verb}(${typeName(value)}=${formatValue(value)})`;
}

function formatVerb(verb: string, value: Value, spec: Spec): string {
  if (verb === "T") return pad(isNil(value) ? "<nil>" : typeName(value), spec);
  if (isNil(value)) return verb === "v" ? pad("<nil>", spec) : badVerb(verb, value);
  if (value instanceof Struct && value.text !== undefined && "vsqxX".includes(verb))
    return formatText(verb, value.text(), spec);
  if (verb === "v" && spec.sharp) return pad(goSyntax(value), spec);
  if (typeof value === "string") return formatText(verb, value, spec);
  if (typeof value === "boolean") return verb === "t" || verb === "v" ? pad(String(value), spec) : badVerb(verb, value);
  if (typeof value === "number") return formatNumber(verb, value, spec);
  if (value instanceof Integer) return formatInteger(verb, value, spec);
  if (value instanceof Struct && value.underlying !== undefined) return formatVerb(verb, value.underlying, spec);
  // Lists, maps and structs: the verb is for what is in them.
  if (verb === "p") return badVerb(verb, value);
  const inner = (item: Value) =>
    isNil(item) ? (verb === "v" ? pad("<nil>", spec) : `%!${verb}(<nil>)`) : formatVerb(verb, item, spec);
  if (Array.isArray(value)) return `[${value.map(inner).join(" ")}]`;
  if (value instanceof Struct) {
    const names = Object.keys(value.fields);
    const fields = names.map((name) => `${spec.plus ? `${name}:` : ""}${inner(value.fields[name])}`).join(" ");
    return `${value.typeName.startsWith("*") ? "&" : ""}{${fields}}`;
  }
  return `map[${sortedKeys(value)
    .map((key) => `${formatText(verb === "d" ? "v" : verb, key, spec)}:${inner(value[key])}`)
    .join(" ")}]`;
}

function formatText(verb: string, text: string, spec: Spec): string {
  const cut = spec.precision === undefined ? text : [...text].slice(0, spec.precision).join("");
  switch (verb) {
    case "v":
    case "s":
      return pad(cut, spec, spec.zero);
    case "q":
      if (spec.sharp && !cut.includes("`") && !/[\x00-\x08\x0a-\x1f\x7f]/.test(cut)) return pad(`\`${cut}\``, spec);
      return pad(quote(cut), spec);
    case "x":
    case "X": {
      const bytes = [...new TextEncoder().encode(text)].slice(0, spec.precision);
      const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(spec.space ? " " : "");
      return pad(verb === "X" ? hex.toUpperCase() : hex, spec);
    }
    default:
      return badVerb(verb, text);
  }
}

function signed(text: string, spec: Spec): string {
  return text.startsWith("-") || text.startsWith("+") ? text : spec.plus ? `+${text}` : spec.space ? ` ${text}` : text;
}

function formatNumber(verb: string, value: number, spec: Spec): string {
  const lower = verb.toLowerCase();
  if ("bxX".includes(verb)) throw new Error(`%${verb} of a floating point number is not supported here`);
  if (!"vefgEFG".includes(verb)) return badVerb(verb, value);
  const kind = lower === "v" ? "g" : (lower as "e" | "f" | "g");
  const precision = spec.precision ?? (kind === "g" ? -1 : 6);
  const text = signed(formatFloat(value, kind, precision), spec);
  return pad(verb === "E" || verb === "G" ? text.toUpperCase() : text, spec, spec.zero && Number.isFinite(value));
}

const BASES: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

function formatInteger(verb: string, value: Integer, spec: Spec): string {
  const code = value.number;
  if (verb === "c") return pad(code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd", spec);
  if (verb === "q")
    return pad(`'${quote(String.fromCodePoint(code)).slice(1, -1).replace('\\"', '"').replace("'", "\\'")}'`, spec);
  if (verb === "U") return pad(`U+${code.toString(16).toUpperCase().padStart(4, "0")}`, spec);
  const base = BASES[verb];
  if (base === undefined) return badVerb(verb, value);
  const negative = value.value < 0n;
  let digits = (negative ? -value.value : value.value).toString(base);
  if (verb === "X") digits = digits.toUpperCase();
  if (spec.precision !== undefined)
    digits = spec.precision === 0 && value.value === 0n ? "" : digits.padStart(spec.precision, "0");
  const prefix = verb === "O" ? "0o" : spec.sharp ? ({ b: "0b", o: "0", x: "0x", X: "0X" }[verb] ?? "") : "";
  return pad(signed(`${negative ? "-" : ""}${prefix}${digits}`, spec), spec, spec.zero && spec.precision === undefined);
}
