/** In which order `for (key in array)` goes. */
import { encodeText } from "../../bytes.ts";
import type { Runtime } from "./runtime.ts";
import { compare, type Value } from "./values.ts";

/** No order is promised, but people see the same one each time: that of the tables real awks keep. Up to so many keys. */
const MOST = 5000;

/** A table of lists as it grows: what comes last stands first in its slot, also when all are put into a larger one. */
function hashed(
  keys: readonly string[],
  grow: (slots: number, count: number) => number,
  hash: (key: string) => number,
) {
  let slots = grow(0, 0);
  let table: string[][] = [];
  const put = (key: string) => {
    const slot = hash(key) % slots;
    const chain = table[slot];
    if (chain === undefined) table[slot] = [key];
    else chain.unshift(key);
  };
  for (const [count, key] of keys.entries()) {
    const size = grow(slots, count);
    if (size !== slots) {
      const before = table;
      table = [];
      slots = size;
      for (const chain of before) for (const each of chain ?? []) put(each);
    }
    put(key);
  }
  return Array.from(table, (chain) => chain ?? []).flat();
}

/** FNV-1a in tables that double when their lists are twelve long. Whole numbers come from a table of their own. */
function mawkOrder(keys: readonly string[]): string[] {
  let slots = 64;
  while (keys.length > slots * 12) slots *= 2;
  const mask = slots - 1;
  const ordered = keys.every((key) => /^(?:0|[1-9]\d{0,8})$/.test(key))
    ? keys.toSorted((a, b) => (Number(a) & mask) - (Number(b) & mask) || Number(b) - Number(a))
    : keys;
  return hashed(
    ordered,
    () => slots,
    (key) => {
      let value = 0x811c9dc5;
      for (let at = 0; at < key.length; at++) value = Math.imul(value ^ key.charCodeAt(at), 0x01000193);
      return value >>> 0;
    },
  );
}

const BUSYBOX_SIZES = [61, 251, 1021, 4093, 16_381, 65_521];

/** Tables that grow to the next size when their lists are ten long. */
function busyboxOrder(keys: readonly string[]): string[] {
  return hashed(
    keys,
    (slots, count) => (slots === 0 ? 61 : Math.trunc((count + 1) / slots) > 10 ? next(BUSYBOX_SIZES, slots) : slots),
    (key) => {
      let value = 0;
      for (let at = 0; at < key.length; at++) value = (key.charCodeAt(at) + Math.imul(value, 63)) >>> 0;
      return value;
    },
  );
}

const next = (sizes: readonly number[], slots: number) => sizes.find((size) => size > slots) ?? slots;
const GAWK_SIZES = [13, 127, 1021, 8191, 131_071];
const WHOLE = /^(?:0|-?[1-9]\d{0,8})$/;

/**
 * The first key decides: where it is a whole number, such keys are kept by their value and the others apart; else all are
 * text.
 */
function gawkOrder(keys: readonly string[]): string[] {
  if (!WHOLE.test(keys[0] ?? "")) return gawkTexts(keys);
  const positive = keys.filter((key) => WHOLE.test(key) && Number(key) > 0);
  return [
    ...gawkTexts(keys.filter((key) => !WHOLE.test(key))),
    ...keys.filter((key) => WHOLE.test(key) && Number(key) <= 0),
    ...positive.sort((a, b) => Number(a) - Number(b)),
  ];
}

function gawkTexts(keys: readonly string[]): string[] {
  return hashed(
    keys,
    (slots, count) => (slots === 0 ? 13 : Math.trunc(count / slots) > 2 ? next(GAWK_SIZES, slots) : slots),
    (key) => {
      let value = 0;
      for (const byte of encodeText(key)) value = ((byte < 128 ? byte : byte - 256) + Math.imul(value, 65_599)) >>> 0;
      return value;
    },
  );
}

const HASHED = { mawk: mawkOrder, gawk: gawkOrder, busybox: busyboxOrder } as const;

type Entry = readonly [key: string, value: Value];

export function keysInOrder(runtime: Runtime, array: ReadonlyMap<string, Value>): string[] {
  const keys = [...array.keys()];
  const how = runtime.dialect.name === "gawk" ? sortedIn(runtime) : "";
  runtime.fuel += keys.length;
  if (how === "" || how === "@unsorted") return keys.length > MOST ? keys : HASHED[runtime.dialect.name](keys);
  const entries = keys.map((key): Entry => [key, array.get(key)]);
  entries.sort(comparison(runtime, how));
  return entries.map(([key]) => key);
}

function sortedIn(runtime: Runtime): string {
  const value = runtime.globals.get("PROCINFO")?.array?.get("sorted_in");
  return value === undefined ? "" : runtime.text(value);
}

const order = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);

/** "@ind_str_asc" and the others. What is none of them orders by the words of the keys. */
function comparison(runtime: Runtime, how: string): (a: Entry, b: Entry) => number {
  const sign = how.endsWith("_desc") ? -1 : 1;
  const { dialect, convfmt } = runtime;
  if (how.startsWith("@ind_num"))
    return (a, b) => sign * (order(runtime.number(a[0]), runtime.number(b[0])) || order(a[0], b[0]));
  if (how.startsWith("@val_num"))
    return (a, b) => sign * (order(runtime.number(a[1]), runtime.number(b[1])) || order(a[0], b[0]));
  if (how.startsWith("@val_str"))
    return (a, b) => sign * (order(runtime.text(a[1]), runtime.text(b[1])) || order(a[0], b[0]));
  if (how.startsWith("@val_type"))
    return (a, b) => sign * (byType(a[1], b[1]) || compare(a[1], b[1], convfmt, dialect) || order(a[0], b[0]));
  return (a, b) => sign * order(a[0], b[0]);
}

/** Numbers before texts. */
export function byType(a: Value, b: Value): number {
  return Number(typeof a === "string") - Number(typeof b === "string");
}
