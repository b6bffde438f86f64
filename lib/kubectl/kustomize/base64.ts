const LINE = 70;

/** Base64; longer than one line of 70 it is broken into lines, each with its end. */
export function encodeBase64Bytes(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  const text = btoa(binary);
  if (text.length < LINE) return text;
  return text.replace(/.{1,70}/g, (line) => `${line}\n`);
}
