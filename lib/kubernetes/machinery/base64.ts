/** Base64 of bytes, without a host's help. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/** Throws where the text is not base64. */
export function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

export const toBase64Url = (bytes: Uint8Array): string =>
  toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

export const fromBase64Url = (text: string): Uint8Array => fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));

/** Where a text stops being base64 as Go's decoder counts (encoding/base64); undefined where it is. Line ends are skipped. */
export function base64Problem(text: string): number | undefined {
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const isLineEnd = (at: number) => text[at] === "\n" || text[at] === "\r";
  let at = 0;
  while (at < text.length) {
    let read = 0;
    while (read < 4) {
      if (at === text.length) return read === 0 ? undefined : at - read;
      const character = text[at++] ?? "";
      if (/[A-Za-z0-9+/]/.test(character)) read++;
      else if (isLineEnd(at - 1)) continue;
      else if (character !== "=" || read < 2) return at - 1;
      else {
        // Padding, and nothing after it.
        while (isLineEnd(at)) at++;
        if (read === 2) {
          if (at === text.length) return text.length;
          if (text[at] !== "=") return at - 1;
          at++;
        }
        while (isLineEnd(at)) at++;
        return at < text.length ? at : undefined;
      }
    }
  }
  return undefined;
}
