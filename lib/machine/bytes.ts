/**
 * Bytes that are no UTF-8, carried through text: byte 0x80+n is the lone surrogate U+DC80+n (as Python's
 * "surrogateescape"), and becomes that byte again when the text is written.
 */
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const LONE = /[\udc80-\udcff]/;

export function decodeBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    let text = "";
    for (let at = 0; at < bytes.length; ) {
      const lead = bytes[at] as number;
      const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
      let piece: string | undefined;
      let whole = length > 0 && at + length <= bytes.length;
      for (let next = at + 1; whole && next < at + length; next++) whole = ((bytes[next] as number) & 0xc0) === 0x80;
      if (length === 1) piece = String.fromCharCode(lead);
      else if (whole) {
        try {
          piece = strict.decode(bytes.subarray(at, at + length));
        } catch {
          // Not a character after all: its first byte stands alone.
        }
      }
      text += piece ?? String.fromCharCode(0xdc00 + lead);
      at += piece === undefined ? 1 : length;
    }
    return text;
  }
}

export function encodeText(text: string): Uint8Array {
  if (!LONE.test(text)) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.length === 1 ? character.charCodeAt(0) : 0;
    if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code - 0xdc00);
    else for (const byte of encoder.encode(character)) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** How many bytes at the end begin a character that is not whole yet. */
export function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}
