/** What ranges, sort orders and the conditions of transactions mean. Pure. */
import type { Compare, KeyValue, RangeOp } from "./types.ts";

/** True where a name is in [key, end); "" means the key alone, "\0" has no upper end. */
export function within(name: string, key: string, end: string): boolean {
  if (end === "") return name === key;
  return name >= key && (end === "\0" || name < end);
}

/** What a key is sorted and compared by. */
export function sortValue(kv: KeyValue, target: RangeOp["sortTarget"]): string | number {
  switch (target) {
    case "KEY":
      return kv.key;
    case "VALUE":
      return kv.value;
    case "VERSION":
      return kv.version;
    case "CREATE":
      return kv.create;
    case "MOD":
      return kv.mod;
  }
}

/** -1, 0 or 1. */
export function compared(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether a condition holds for a key; `kv` undefined: for one that is not there. */
export function met({ target, result, operand }: Compare, kv: KeyValue | undefined): boolean {
  const value =
    kv === undefined ? (target === "LEASE" ? "0" : 0) : target === "LEASE" ? kv.lease : sortValue(kv, target);
  const order = compared(value, operand);
  return result === "EQUAL"
    ? order === 0
    : result === "NOT_EQUAL"
      ? order !== 0
      : result === "LESS"
        ? order < 0
        : order > 0;
}
