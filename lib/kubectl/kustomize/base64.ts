import { encodeBase64 } from "../../encoding/index.ts";

const LINE = 70;

/** Base64; longer than one line of 70 it is broken into lines, each with its end. */
export function encodeBase64Bytes(bytes: Uint8Array): string {
  const text = encodeBase64(bytes);
  if (text.length < LINE) return text;
  return text.replace(/.{1,70}/g, (line) => `${line}\n`);
}
