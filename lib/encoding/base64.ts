/**
 * Base64 (RFC 4648), read as Go's encoding/base64 reads it: line ends are skipped, all else must be right.
 * Secrets, certificates, tokens and every tool that prints or reads it use this one.
 */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) VALUES[ALPHABET.charCodeAt(i)] = i;
const PADDING = 0x3d;

/** Characters that `String.fromCharCode` takes at once without exhausting the stack. */
const PIECE = 0x2000;

/** `message` with the byte where it went wrong, as Go words it. */
export class CorruptBase64 extends Error {
  override readonly name = "CorruptBase64";
  constructor(at: number) {
    super(`illegal base64 data at input byte ${at}`);
  }
}

/** Text is taken as UTF-8. */
export function encodeBase64(content: Uint8Array | string): string {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  let binary = "";
  for (let at = 0; at < bytes.length; at += PIECE) binary += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(binary);
}

/** Throws `CorruptBase64`. */
export function decodeBase64(text: string): Uint8Array {
  const problem = base64Problem(text);
  if (problem !== undefined) throw new CorruptBase64(problem);
  const out = new Uint8Array(Math.floor((text.length * 3) / 4));
  let [held, bits, size] = [0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const value = VALUES[text.charCodeAt(at)] as number;
    // Line ends and padding.
    if (value === -1) continue;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out[size++] = held >> bits;
  }
  return size === out.length ? out : out.slice(0, size);
}

/** Undefined where the text is no base64. */
export function tryDecodeBase64(text: string): Uint8Array | undefined {
  return base64Problem(text) === undefined ? decodeBase64(text) : undefined;
}

/** What was encoded, as UTF-8 text. Throws `CorruptBase64`. */
export const decodeBase64Text = (text: string): string => new TextDecoder().decode(decodeBase64(text));

/** The form for URLs and tokens: "-" and "_", no padding (RFC 4648, section 5). */
export const encodeBase64Url = (content: Uint8Array | string): string =>
  encodeBase64(content).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

/** Throws `CorruptBase64`. */
export function decodeBase64Url(text: string): Uint8Array {
  const standard = text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  return decodeBase64(standard.padEnd(Math.ceil(standard.length / 4) * 4, "="));
}

/** The byte at which a text stops being base64, as Go's decoder counts; undefined where it is base64. */
export function base64Problem(text: string): number | undefined {
  let at = 0;
  const isLineEnd = () => text[at] === "\n" || text[at] === "\r";
  for (;;) {
    let read = 0;
    while (read < 4) {
      if (at >= text.length) return read === 0 ? undefined : at - read;
      const code = text.charCodeAt(at++);
      if (code < 128 && VALUES[code] !== -1) read++;
      else if (code === 0x0a || code === 0x0d) continue;
      else if (code !== PADDING || read < 2) return at - 1;
      else {
        // Padding, and nothing after it.
        while (isLineEnd()) at++;
        if (read === 2) {
          if (at >= text.length) return text.length;
          if (text[at] !== "=") return at - 1;
          at++;
        }
        while (isLineEnd()) at++;
        return at < text.length ? at : undefined;
      }
    }
  }
}
