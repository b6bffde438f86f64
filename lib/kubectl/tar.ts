/** The tar archives that `kubectl cp` sends and receives, as values. */
import { concatBytes } from "../encoding/index.ts";
import { BLOCK, decodeEntry, encodeEntry, padding, paxRecords } from "../machine/tools/support/tar-format.ts";

type TarItem = {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** ms since the epoch. */
  readonly modified: number;
} & (
  | { readonly type: "file"; readonly data: Uint8Array }
  | { readonly type: "directory" }
  | { readonly type: "symlink"; readonly target: string }
);

const TYPES = { file: "0", directory: "5", symlink: "2" } as const;

export function tarEntry(item: TarItem): Uint8Array {
  const data = item.type === "file" ? item.data : new Uint8Array();
  const parts = [
    ...encodeEntry({
      name: item.name,
      mode: item.mode,
      uid: item.uid,
      gid: item.gid,
      user: "",
      group: "",
      size: data.length,
      modified: item.modified,
      type: TYPES[item.type],
      linkName: item.type === "symlink" ? item.target : "",
    }),
    data,
    new Uint8Array(padding(data.length)),
  ];
  return concatBytes(parts);
}

export const tarTrailer = (): Uint8Array => new Uint8Array(2 * BLOCK);

export interface UnpackedEntry {
  readonly name: string;
  readonly type: "file" | "directory" | "symlink";
  readonly data: Uint8Array;
  readonly target: string;
}

/** Takes an archive in pieces of any size and gives its entries as they are complete. */
export class TarReader {
  /** Pieces that wait for the rest of their entry; joined only when there is enough of them. */
  #pieces: Uint8Array[] = [];
  #size = 0;
  #needed = BLOCK;
  #longName = "";
  #longLink = "";
  #ended = false;

  /** The archive's own end was seen. */
  get ended(): boolean {
    return this.#ended;
  }

  push(chunk: Uint8Array): UnpackedEntry[] {
    this.#pieces.push(chunk.slice());
    this.#size += chunk.length;
    if (this.#size < this.#needed) return [];
    const joined = concatBytes(this.#pieces);
    this.#needed = BLOCK;
    const entries: UnpackedEntry[] = [];
    let at = 0;
    while (joined.length - at >= BLOCK) {
      const head = decodeEntry(joined.subarray(at, at + BLOCK));
      if (head === undefined) {
        // Zeroes at the end, or what nobody can read.
        this.#ended = true;
        at += BLOCK;
        continue;
      }
      const size = head.type === "0" || head.type >= "A" ? head.size : 0;
      const whole = BLOCK + size + padding(size);
      if (joined.length - at < whole) {
        this.#needed = whole;
        break;
      }
      const data = joined.slice(at + BLOCK, at + BLOCK + size);
      at += whole;
      const text = () => new TextDecoder().decode(data).replace(/\0.*$/s, "");
      if (head.type === "L") this.#longName = text();
      else if (head.type === "K") this.#longLink = text();
      else if (head.type === "x") {
        const records = paxRecords(data);
        this.#longName = records.get("path") ?? this.#longName;
        this.#longLink = records.get("linkpath") ?? this.#longLink;
      } else if (head.type !== "g") {
        entries.push({
          name: this.#longName || head.name,
          target: this.#longLink || head.linkName,
          type: head.type === "5" ? "directory" : head.type === "2" || head.type === "1" ? "symlink" : "file",
          data,
        });
        this.#longName = "";
        this.#longLink = "";
      }
    }
    this.#pieces = [joined.slice(at)];
    this.#size = joined.length - at;
    return entries;
  }
}
