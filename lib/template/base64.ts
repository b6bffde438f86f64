/** Base64 as Go's encoding/base64 (StdEncoding) reads and writes it. */

/** `message` with the byte where it went wrong, as Go words it. */
export class CorruptBase64 extends Error {
  constructor(at: number) {
    super(`illegal base64 data at input byte ${at}`);
    this.name = "CorruptBase64";
  }
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

/** Line ends are skipped; all else that does not belong there throws `CorruptBase64`. */
export function decodeBase64(text: string): Uint8Array {
  const out = new Uint8Array(Math.floor((text.length * 3) / 4) + 3);
  let size = 0;
  let at = 0;
  const skipLineEnds = () => {
    while (text[at] === "\n" || text[at] === "\r") at++;
  };
  for (;;) {
    const quantum: number[] = [];
    while (quantum.length < 4) {
      skipLineEnds();
      if (at >= text.length) {
        if (quantum.length === 0) return out.subarray(0, size);
        throw new CorruptBase64(at - quantum.length);
      }
      const char = text.charCodeAt(at++);
      if (char === 0x3d) {
        if (quantum.length < 2) throw new CorruptBase64(at - 1);
        if (quantum.length === 2) {
          skipLineEnds();
          if (at >= text.length) throw new CorruptBase64(text.length);
          if (text[at] !== "=") throw new CorruptBase64(at - 1);
          at++;
        }
        skipLineEnds();
        if (at < text.length) throw new CorruptBase64(at);
        break;
      }
      const value = char < 128 ? (VALUES[char] as number) : -1;
      if (value === -1) throw new CorruptBase64(at - 1);
      quantum.push(value);
    }
    const [a = 0, b = 0, c = 0, d = 0] = quantum;
    out[size++] = (a << 2) | (b >> 4);
    if (quantum.length > 2) out[size++] = ((b & 15) << 4) | (c >> 2);
    if (quantum.length > 3) out[size++] = ((c & 3) << 6) | d;
    if (quantum.length < 4) return out.subarray(0, size);
  }
}

export function encodeBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}
