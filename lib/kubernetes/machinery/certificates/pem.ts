import { decodeBase64, encodeBase64 } from "../../../encoding/index.ts";

const LINE = 64;

export function toPem(label: string, bytes: Uint8Array): string {
  const lines = encodeBase64(bytes).match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** The first block of a text; undefined where there is none. */
export function fromPem(text: string): { readonly label: string; readonly bytes: Uint8Array } | undefined {
  const match = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/.exec(text);
  if (match === null) return undefined;
  try {
    return { label: match[1] ?? "", bytes: decodeBase64((match[2] ?? "").replace(/\s/g, "")) };
  } catch {
    return undefined;
  }
}
