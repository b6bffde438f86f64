/** The headers of tar archives: ustar, with GNU's and pax's long names. */
import type { FileStat } from "../../types.ts";

export const BLOCK = 512;

export interface TarEntry {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly user: string;
  readonly group: string;
  /** Bytes of data that follow. */
  readonly size: number;
  /** Milliseconds. */
  readonly modified: number;
  /** "0" file, "1" hard link, "2" symbolic link, "5" directory, "6" fifo, "L"/"K" long name, "x"/"g" pax. */
  readonly type: string;
  readonly linkName: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function typeOf(stat: FileStat): string | undefined {
  switch (stat.type) {
    case "file":
      return "0";
    case "symlink":
      return "2";
    case "directory":
      return "5";
    case "fifo":
      return "6";
    default:
      return undefined;
  }
}

/** The header, before it those that carry names which do not fit. */
export function encodeEntry(entry: TarEntry): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (const [type, text] of [
    ["K", entry.linkName],
    ["L", entry.name],
  ] as const) {
    const bytes = encoder.encode(`${text}\0`);
    if (bytes.length <= 101) continue;
    blocks.push(header({ ...entry, type, name: "././@LongLink", linkName: "", size: bytes.length, mode: 0 }));
    blocks.push(bytes, new Uint8Array(padding(bytes.length)));
  }
  blocks.push(header(entry));
  return blocks;
}

export function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function header(entry: TarEntry): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string, width: number) => block.set(encoder.encode(text).subarray(0, width), at);
  const octal = (at: number, value: number, width: number) =>
    put(
      at,
      `${Math.floor(value)
        .toString(8)
        .padStart(width - 1, "0")}\0`,
      width,
    );
  put(0, entry.name, 100);
  octal(100, entry.mode & 0o7777, 8);
  octal(108, entry.uid, 8);
  octal(116, entry.gid, 8);
  octal(124, entry.size, 12);
  octal(136, entry.modified / 1000, 12);
  put(148, "        ", 8);
  put(156, entry.type, 1);
  put(157, entry.linkName, 100);
  put(257, "ustar  \0", 8);
  put(265, entry.user, 32);
  put(297, entry.group, 32);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `, 8);
  return block;
}

/** Undefined where the block's checksum is wrong: no header. */
export function decodeEntry(block: Uint8Array): TarEntry | undefined {
  const text = (at: number, width: number) => decoder.decode(block.subarray(at, at + width)).split("\0", 1)[0] ?? "";
  const number = (at: number, width: number) => {
    // Values that octal digits cannot hold: base 256, marked by the top bit.
    if (((block[at] ?? 0) & 0x80) !== 0)
      return block.subarray(at + 1, at + width).reduce((value, byte) => value * 256 + byte, 0);
    return Number.parseInt(text(at, width).trim() || "0", 8);
  };
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (number(148, 8) !== sum) return undefined;
  const prefix = text(257, 6) === "ustar" ? text(345, 155) : "";
  return {
    name: prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`,
    mode: number(100, 8),
    uid: number(108, 8),
    gid: number(116, 8),
    size: number(124, 12),
    modified: number(136, 12) * 1000,
    type: text(156, 1) || "0",
    linkName: text(157, 100),
    user: text(265, 32),
    group: text(297, 32),
  };
}

/** The records of a pax header: "29 path=...". */
export function paxRecords(data: Uint8Array): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(32, at);
    const length = Number(decoder.decode(data.subarray(at, space)));
    if (space === -1 || !(length > 0)) break;
    const record = decoder.decode(data.subarray(space + 1, at + length - 1));
    const equals = record.indexOf("=");
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}
