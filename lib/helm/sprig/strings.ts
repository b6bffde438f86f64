/** Sprig's functions on text (Masterminds/sprig/v3 strings.go, goutils, xstrings). */
import { quote } from "../../encoding/index.ts";
import { type FunctionTable, fn, type Integer, isNil, type Value, type ValueMap } from "../../template/index.ts";
import { bounded, textOf, toTexts } from "./cast.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);
const byteLength = (text: string): number => (isAscii(text) ? text.length : encoder.encode(text).length);

/** Go slices strings by bytes. */
function bytes(text: string, from: number, to?: number): string {
  const size = byteLength(text);
  const end = to ?? size;
  if (from < 0 || end > size || from > end)
    throw new Error(
      end > size
        ? `runtime error: slice bounds out of range [:${end}] with length ${size}`
        : `runtime error: slice bounds out of range [${from}:${end}]`,
    );
  return isAscii(text) ? text.slice(from, end) : decoder.decode(encoder.encode(text).subarray(from, end));
}

function trunc(count: Integer, text: string): string {
  const size = byteLength(text);
  const wanted = count.number;
  if (wanted < 0 && size + wanted > 0) return bytes(text, size + wanted);
  return wanted >= 0 && size > wanted ? bytes(text, 0, wanted) : text;
}

function substr(start: Integer, end: Integer, text: string): string {
  const size = byteLength(text);
  if (start.number < 0) return bytes(text, 0, end.number);
  if (end.number < 0 || end.number > size) return bytes(text, start.number);
  return bytes(text, start.number, end.number);
}

function abbrev(width: Integer, text: string): string {
  if (width.number < 4) return text;
  return byteLength(text) <= width.number ? text : `${bytes(text, 0, width.number - 3)}...`;
}
/** goutils.AbbreviateFull. */
function abbrevboth(left: Integer, right: Integer, text: string): string {
  let offset = left.number;
  const width = right.number;
  if (width < 4 || (offset > 0 && width < 7)) return text;
  const size = byteLength(text);
  if (size <= width) return text;
  if (offset > size) offset = size;
  if (size - offset < width - 3) offset = size - (width - 3);
  if (offset <= 4) return `${bytes(text, 0, width - 3)}...`;
  if (offset + width - 3 < size) return `...${abbrev({ number: width - 3 } as Integer, bytes(text, offset))}`;
  return `...${bytes(text, size - (width - 3))}`;
}

const trimSet = (text: string, set: string): string => {
  const letters = new Set(set);
  const all = [...text];
  let [start, end] = [0, all.length];
  while (start < end && letters.has(all[start] as string)) start++;
  while (end > start && letters.has(all[end - 1] as string)) end--;
  return all.slice(start, end).join("");
};

const indent = (count: Integer, text: string): string => {
  if (count.number < 0) throw new Error("strings: negative Repeat count");
  bounded(count.number * (text.split("\n").length + 1) + text.length);
  const pad = " ".repeat(count.number);
  return pad + text.replaceAll("\n", `\n${pad}`);
};

function repeat(count: Integer, text: string): string {
  if (count.number < 0) throw new Error("strings: negative Repeat count");
  bounded(count.number * text.length);
  return text.repeat(count.number);
}

/** strings.Title: the first letter of each word. */
const title = (text: string): string =>
  text.replace(/(^|[^\p{L}\p{N}_'])(\p{L})/gu, (_, before: string, letter: string) => before + letter.toUpperCase());
const untitle = (text: string): string =>
  text.replace(/(^|\s)(\S)/gu, (_, before: string, letter: string) => before + letter.toLowerCase());
const swapcase = (text: string): string =>
  [...text].map((letter) => (letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase())).join("");
const initials = (text: string): string => [...text.matchAll(/(?:^|\s)(\S)/gu)].map((match) => match[1]).join("");

/** xstrings' words: runs of capitals and of digits stand alone, separators fall away. */
function words(text: string): string[] {
  return text
    .replace(/([\p{Lu}]+)([\p{Lu}][\p{Ll}])/gu, "$1 $2")
    .replace(/([\p{Ll}\p{N}])([\p{Lu}])/gu, "$1 $2")
    .replace(/(\p{L})(\p{N})/gu, "$1 $2")
    .split(/[\s_\-.]+/u)
    .filter((word) => word !== "");
}
const joined = (text: string, by: string): string => {
  const [, before = "", after = ""] = /^([_\s-]*).*?([_\s-]*)$/s.exec(text) ?? [];
  const inner = words(text).join(by).toLowerCase();
  return inner === "" ? text : `${by.repeat(before.length)}${inner}${by.repeat(after.length)}`;
};
const camelcase = (text: string): string =>
  text.replace(/[_\s-]*([^_\s-])([^_\s-]*)/gu, (_, first: string, rest: string) => first.toUpperCase() + rest);

/** goutils.WrapCustom: breaks at blanks. `long`: words longer than a line are broken, too. */
function wrap(text: string, width: number, separator: string, long: boolean): string {
  const size = Math.max(1, width);
  let out = "";
  let offset = 0;
  while (text.length - offset > size) {
    if (text[offset] === " ") {
      offset++;
      continue;
    }
    const space = text.lastIndexOf(" ", size + offset);
    if (space >= offset) {
      out += text.slice(offset, space) + separator;
      offset = space + 1;
    } else if (long) {
      out += text.slice(offset, offset + size) + separator;
      offset += size;
    } else {
      const next = text.indexOf(" ", size + offset);
      if (next === -1) break;
      out += text.slice(offset, next) + separator;
      offset = next + 1;
    }
  }
  return out + text.slice(offset);
}

const numbered = (parts: readonly string[]): ValueMap => Object.fromEntries(parts.map((part, i) => [`_${i}`, part]));
/** strings.Split: an empty separator splits into letters. */
const split = (text: string, separator: string): string[] => (separator === "" ? [...text] : text.split(separator));
function splitn(text: string, separator: string, count: number): string[] {
  if (count === 0) return [];
  const parts = split(text, separator);
  if (count < 0 || parts.length <= count) return parts;
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)];
}

function replace(old: string, by: string, text: string): string {
  if (old !== "") bounded(text.length + (text.split(old).length - 1) * Math.max(0, by.length - old.length));
  return text.replaceAll(old, () => by);
}

export const STRINGS: FunctionTable = {
  hello: fn("", () => "Hello!"),
  abbrev: fn("int,string", abbrev),
  abbrevboth: fn("int,int,string", abbrevboth),
  trunc: fn("int,string", trunc),
  trim: fn("string", (text: string) => text.trim()),
  upper: fn("string", (text: string) => text.toUpperCase()),
  lower: fn("string", (text: string) => text.toLowerCase()),
  title: fn("string", title),
  untitle: fn("string", untitle),
  substr: fn("int,int,string", substr),
  repeat: fn("int,string", repeat),
  trimall: fn("string,string", (set: string, text: string) => trimSet(text, set)),
  trimAll: fn("string,string", (set: string, text: string) => trimSet(text, set)),
  trimSuffix: fn("string,string", (end: string, text: string) =>
    end !== "" && text.endsWith(end) ? text.slice(0, -end.length) : text,
  ),
  trimPrefix: fn("string,string", (start: string, text: string) =>
    text.startsWith(start) ? text.slice(start.length) : text,
  ),
  nospace: fn("string", (text: string) => text.replace(/\s/gu, "")),
  initials: fn("string", initials),
  swapcase: fn("string", swapcase),
  snakecase: fn("string", (text: string) => joined(text, "_")),
  kebabcase: fn("string", (text: string) => joined(text, "-")),
  camelcase: fn("string", camelcase),
  wrap: fn("int,string", (width: Integer, text: string) => wrap(text, width.number, "\n", false)),
  wrapWith: fn("int,string,string", (width: Integer, separator: string, text: string) =>
    wrap(text, width.number, separator, true),
  ),
  contains: fn("string,string", (part: string, text: string) => text.includes(part)),
  hasPrefix: fn("string,string", (part: string, text: string) => text.startsWith(part)),
  hasSuffix: fn("string,string", (part: string, text: string) => text.endsWith(part)),
  quote: fn("any...", (...values: Value[]) =>
    values
      .filter((value) => !isNil(value))
      .map((value) => quote(textOf(value)))
      .join(" "),
  ),
  squote: fn("any...", (...values: Value[]) =>
    values
      .filter((value) => !isNil(value))
      .map((value) => `'${textOf(value)}'`)
      .join(" "),
  ),
  cat: fn("any...", (...values: Value[]) =>
    values
      .filter((value) => !isNil(value))
      .map(textOf)
      .join(" ")
      .trim(),
  ),
  indent: fn("int,string", indent),
  nindent: fn("int,string", (count: Integer, text: string) => `\n${indent(count, text)}`),
  replace: fn("string,string,string", replace),
  plural: fn("string,string,int", (one: string, many: string, count: Integer) => (count.number === 1 ? one : many)),
  toString: fn("any", textOf),
  toStrings: fn("any", (value: Value) => toTexts(value)),
  split: fn("string,string", (separator: string, text: string) => numbered(split(text, separator))),
  splitList: fn("string,string", (separator: string, text: string) => split(text, separator)),
  splitn: fn("string,int,string", (separator: string, count: Integer, text: string) =>
    numbered(splitn(text, separator, count.number)),
  ),
  join: fn("string,any", (separator: string, value: Value) => toTexts(value).join(separator)),
};
