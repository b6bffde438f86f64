/** A node's data: bytes on the wire, a text in the tree. Text is kept as it is; anything else in base64 behind a mark. */
import { encodeBase64, tryDecodeBase64 } from "../../encoding/index.ts";
import { strictUtf8, utf8 } from "../kit/wire/bytes.ts";

/** No character that a text would hold. */
const MARK = "\uFDD0";

/** `null`: the node has no data, which is not the same as data without bytes. */
export function dataText(bytes: Uint8Array | null): string {
  if (bytes === null) return "";
  const text = bytes.length === 0 ? undefined : strictUtf8(bytes);
  return text === undefined || text.startsWith(MARK) ? MARK + encodeBase64(bytes) : text;
}

export function dataBytes(text: string): Uint8Array | null {
  if (text === "") return null;
  if (!text.startsWith(MARK)) return utf8(text);
  return tryDecodeBase64(text.slice(1)) ?? new Uint8Array(0);
}
