/** The names' suffixes: csplit's `-b`, a printf format for one number. */
import { toBinary } from "../support/binary.ts";
import type { AnyTool } from "../support/tool.ts";

interface Conversion {
  readonly before: string;
  readonly after: string;
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly type: string;
}

/** No file's name is longer. */
const MAX_WIDTH = 4096;

/** Dies where the format is none. */
export async function suffixOf(
  tool: AnyTool,
  format: string | undefined,
  digits: number,
): Promise<(index: number) => string> {
  if (format === undefined) return (index) => String(index).padStart(Math.min(digits, MAX_WIDTH), "0");
  const conversion = conversionOf(format);
  if (typeof conversion === "string") return tool.die(conversion);
  return (index) => conversion.before + shown(conversion, index) + conversion.after;
}

/** Or what is wrong with it. */
function conversionOf(format: string): Conversion | string {
  let found: Conversion | undefined;
  let text = "";
  for (let at = 0; at < format.length; at++) {
    if (format[at] !== "%") {
      text += format[at];
      continue;
    }
    if (format[at + 1] === "%") {
      text += "%";
      at++;
      continue;
    }
    if (found !== undefined) return "too many % conversion specifications in suffix";
    const [all = "", flags = "", width = "", , precision] = /^%([-0'#]*)(\d*)(\.(\d*))?/.exec(format.slice(at)) ?? [];
    at += all.length;
    const type = format[at];
    if (type === undefined) return "missing conversion specifier in suffix";
    if (!"diuoxX".includes(type))
      return `invalid conversion specifier in suffix: ${/[ -~]/.test(type) ? type : `\\${toBinary(type).charCodeAt(0).toString(8).padStart(3, "0")}`}`;
    const wrong = "diu".includes(type) ? "#" : "'";
    if (flags.includes(wrong)) return `invalid flags in conversion specification: %${wrong}${type}`;
    found = {
      before: text,
      after: "",
      flags,
      width: Math.min(Number(width), MAX_WIDTH),
      precision: precision === undefined ? undefined : Math.min(Number(precision), MAX_WIDTH),
      type,
    };
    text = "";
  }
  return found === undefined ? "missing % conversion specification in suffix" : { ...found, after: text };
}

function shown({ flags, width, precision, type }: Conversion, index: number): string {
  let text = index.toString(type === "o" ? 8 : type === "x" || type === "X" ? 16 : 10);
  if (type === "X") text = text.toUpperCase();
  if (precision === 0 && index === 0) text = "";
  text = text.padStart(precision ?? 0, "0");
  let sign = "";
  if (flags.includes("#")) {
    if (type === "o" && !text.startsWith("0")) text = `0${text}`;
    else if (type !== "o" && index !== 0) sign = `0${type}`;
  }
  if (flags.includes("-")) return (sign + text).padEnd(width);
  if (flags.includes("0") && precision === undefined) return sign + text.padStart(width - sign.length, "0");
  return (sign + text).padStart(width);
}
