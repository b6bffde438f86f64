/** Bytes of clients in systems that keep texts: text stays as it is, anything else is base64 behind a mark. */
import { encodeBase64, tryDecodeBase64 } from "../../../encoding/index.ts";
import { strictUtf8, utf8 } from "./bytes.ts";

/** No character that a text would hold. */
const MARK = "\uFDD0";

export function textOf(bytes: Uint8Array): string {
  const text = strictUtf8(bytes);
  return text === undefined || text.startsWith(MARK) ? MARK + encodeBase64(bytes) : text;
}

export function bytesOf(text: string): Uint8Array {
  if (!text.startsWith(MARK)) return utf8(text);
  return tryDecodeBase64(text.slice(1)) ?? new Uint8Array(0);
}
