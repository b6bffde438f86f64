import { concatBytes } from "../../../encoding/index.ts";
/** The part of DER (ITU-T X.690) that certificates and certificate requests are made of. */

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  printable: 0x13,
  ia5: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const encoder = new TextEncoder();

export function encode(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(parts);
  const { length } = content;
  if (length < 0x80) return concatBytes([Uint8Array.of(tag, length), content]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return concatBytes([Uint8Array.of(tag, 0x80 | bytes.length, ...bytes), content]);
}

export const sequence = (...parts: readonly Uint8Array[]) => encode(TAG.sequence, ...parts);
export const octets = (bytes: Uint8Array) => encode(TAG.octetString, bytes);
export const bits = (bytes: Uint8Array) => encode(TAG.bitString, Uint8Array.of(0), bytes);
export const boolean = (value: boolean) => encode(TAG.boolean, Uint8Array.of(value ? 0xff : 0));
export const text = (tag: number, value: string) => encode(tag, encoder.encode(value));

/** A number that is not negative, big end first. */
export function integer(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const trimmed = bytes.subarray(start);
  return (trimmed[0] ?? 0) & 0x80 ? encode(TAG.integer, Uint8Array.of(0), trimmed) : encode(TAG.integer, trimmed);
}

export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes: number[] = [first * 40 + second];
  for (const number of rest) {
    const groups = [number & 0x7f];
    for (let left = number >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return encode(TAG.oid, Uint8Array.from(bytes));
}

/** `ms` since the epoch; UTCTime up to 2049, as certificates want it. */
export function time(ms: number, iso: (ms: number) => string): Uint8Array {
  const digits = iso(ms).replace(/[-:T]/g, "").replace(/\.\d+/, "");
  return Number(digits.slice(0, 4)) < 2050 ? text(TAG.utcTime, digits.slice(2)) : text(TAG.generalizedTime, digits);
}

export interface Node {
  readonly tag: number;
  /** Head and content. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

export class DerError extends Error {}

/** The values that follow each other in `bytes`. Throws DerError where they are cut short. */
export function decodeAll(bytes: Uint8Array): Node[] {
  const nodes: Node[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0;
    let head = 2;
    let length = bytes[at + 1] ?? 0;
    if (length & 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4) throw new DerError("a length that is not understood");
      length = 0;
      for (let index = 0; index < count; index++) length = length * 256 + (bytes[at + 2 + index] ?? 0);
      head += count;
    }
    const end = at + head + length;
    if (at + head > bytes.length || end > bytes.length) throw new DerError("cut short");
    nodes.push({ tag, whole: bytes.subarray(at, end), content: bytes.subarray(at + head, end) });
    at = end;
  }
  return nodes;
}

export const children = (node: Node): Node[] => decodeAll(node.content);

export function oidText({ content }: Node): string {
  const first = content[0] ?? 0;
  const numbers = [Math.min(2, Math.floor(first / 40))];
  numbers.push(first - (numbers[0] ?? 0) * 40);
  let value = 0;
  for (const byte of content.subarray(1)) {
    value = value * 128 + (byte & 0x7f);
    if ((byte & 0x80) === 0) {
      numbers.push(value);
      value = 0;
    }
  }
  return numbers.join(".");
}

export const stringOf = ({ content }: Node): string => new TextDecoder().decode(content);
