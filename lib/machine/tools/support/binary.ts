/** Text whose characters are bytes: what tools that know no characters work on. */
import { decodeBytes, encodeText } from "../../bytes.ts";

/** Text as bytes, each of them one character: what tools that know no characters work on. */
export function toBinary(text: string): string {
  return /^[\x00-\x7f]*$/.test(text) ? text : binaryOf(encodeText(text));
}

const CHUNK = 4096;

export function binaryOf(bytes: Uint8Array): string {
  if (bytes.length <= CHUNK) return String.fromCharCode(...bytes);
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return text;
}

export function bytesOfBinary(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** The characters of such bytes. */
export function fromBinary(text: string): string {
  return /^[\x00-\x7f]*$/.test(text) ? text : decodeBytes(bytesOfBinary(text));
}
