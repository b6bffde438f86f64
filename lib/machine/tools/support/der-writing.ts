/** DER (X.690), writing: what keys, requests and certificates are written in. */

import { concatBytes } from "../../../encoding/index.ts";

const encoder = new TextEncoder();

/** An element with its tag and length. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(parts);
  const length: number[] = [];
  if (content.length < 128) length.push(content.length);
  else {
    for (let left = content.length; left > 0; left = Math.floor(left / 256)) length.unshift(left % 256);
    length.unshift(0x80 | length.length);
  }
  return concatBytes([Uint8Array.of(tag, ...length), content]);
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => element(0x30, ...parts);
export const setOf = (...parts: readonly Uint8Array[]): Uint8Array => element(0x31, ...parts);
export const octets = (content: Uint8Array): Uint8Array => element(0x04, content);
export const bits = (content: Uint8Array, unused = 0): Uint8Array => element(0x03, Uint8Array.of(unused), content);
export const nothing = (): Uint8Array => element(0x05);
export const boolean = (value: boolean): Uint8Array => element(0x01, Uint8Array.of(value ? 0xff : 0));

/** Big-endian bytes of a number, at least `length`. */
export function bytesOf(value: bigint, length = 1): Uint8Array {
  let hex = value.toString(16);
  if (hex.length % 2 === 1) hex = `0${hex}`;
  hex = hex.padStart(length * 2, "0");
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));
}

export function numberOf(bytes: Uint8Array): bigint {
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex === "" ? 0n : BigInt(`0x${hex}`);
}

export function integer(value: bigint): Uint8Array {
  const bytes = bytesOf(value);
  return element(0x02, (bytes[0] as number) & 0x80 ? Uint8Array.of(0) : new Uint8Array(), bytes);
}

export function oid(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const out: number[] = [];
  for (const part of [first * 40 + second, ...rest]) {
    const groups = [part % 128];
    for (let left = Math.floor(part / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift(0x80 | (left % 128));
    out.push(...groups);
  }
  return element(0x06, Uint8Array.from(out));
}

/** UTF8String, or PrintableString where `printable`. */
export const text = (value: string, printable = false): Uint8Array =>
  element(printable ? 0x13 : 0x0c, encoder.encode(value));

/** UTCTime up to 2049, GeneralizedTime from then on. `time`: ms. */
export function timeElement(time: number): Uint8Array {
  const digits = new Date(time).toISOString().replace(/\.\d+Z$|[-:T]/g, "");
  const early = new Date(time).getUTCFullYear() < 2050;
  return element(early ? 0x17 : 0x18, encoder.encode(`${early ? digits.slice(2) : digits}Z`));
}
