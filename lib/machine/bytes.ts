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
    return decodeByHand(bytes);
  }
}

/** Some thousand units at a time: longer lists of arguments fail. */
const UNITS = 4096;

function decodeByHand(bytes: Uint8Array): string {
  let text = "";
  let units: number[] = [];
  const follows = (at: number) => ((bytes[at] ?? 0) & 0xc0) === 0x80;
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] as number;
    const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    let code = length < 2 ? lead : lead & (0x7f >> length);
    let whole = length > 0;
    for (let next = at + 1; whole && next < at + length; next++) {
      whole = follows(next);
      code = (code << 6) | ((bytes[next] as number) & 0x3f);
    }
    // Too long for what they say, halves of pairs, or past the end of Unicode.
    if (length === 3) whole &&= code >= 0x800 && (code < 0xd800 || code > 0xdfff);
    if (length === 4) whole &&= code >= 0x10000 && code <= 0x10ffff;
    if (!whole) units.push(0xdc00 + lead);
    else if (code > 0xffff) units.push(0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
    else units.push(code);
    at += whole ? length : 1;
    if (units.length < UNITS) continue;
    text += String.fromCharCode(...units);
    units = [];
  }
  return text + String.fromCharCode(...units);
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
