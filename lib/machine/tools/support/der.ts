/** DER (X.690), reading: what certificates are written in. */

export interface Der {
  /** Tag byte: class, constructed, number. */
  readonly tag: number;
  /** Without tag and length. */
  readonly content: Uint8Array;
  /** With them. */
  readonly whole: Uint8Array;
}

export class DerError extends Error {}

/** The element that starts at `at`. */
export function readDer(data: Uint8Array, at = 0): Der {
  const tag = data[at];
  const first = data[at + 1];
  if (tag === undefined || first === undefined) throw new DerError("truncated");
  let length = first;
  let start = at + 2;
  if (first & 0x80) {
    const size = first & 0x7f;
    if (size === 0 || size > 4) throw new DerError("bad length");
    length = 0;
    for (let i = 0; i < size; i++) length = length * 256 + (data[start++] ?? 0);
  }
  if (start + length > data.length) throw new DerError("truncated");
  return { tag, content: data.subarray(start, start + length), whole: data.subarray(at, start + length) };
}

/** The elements of a constructed one. */
export function children(content: Uint8Array): Der[] {
  const found: Der[] = [];
  for (let at = 0; at < content.length; ) {
    const element = readDer(content, at);
    found.push(element);
    at += element.whole.length;
  }
  return found;
}

/** "1.2.840.10045.4.3.2". */
export function objectIdentifier(content: Uint8Array): string {
  const parts: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    if (parts.length === 0)
      parts.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)));
    else parts.push(value);
    value = 0;
  }
  return parts.join(".");
}

/** UTCTime and GeneralizedTime, in ms since the epoch. */
export function timeOf({ tag, content }: Der): number {
  const text = new TextDecoder().decode(content);
  const match = (
    tag === 0x17 ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
  ).exec(text);
  if (match === null) throw new DerError("bad time");
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const full = tag === 0x17 ? (year < 50 ? 2000 + year : 1900 + year) : year;
  return Date.UTC(full, month - 1, day, hour, minute, second);
}
