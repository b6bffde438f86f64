/** The index ("staging area"), version 2 as it is written, 2 and 3 as they are read. */
import { concatBytes, digest } from "../../../encoding/index.ts";
import { decodeBytes, encodeText } from "../../bytes.ts";
import type { FileStat } from "../../types.ts";
import { fatal } from "./failure.ts";
import { bytesOfHex, hexOf, MODE_EXECUTABLE, MODE_FILE, MODE_LINK, type Oid } from "./objects.ts";

export interface IndexEntry {
  readonly path: string;
  readonly mode: number;
  readonly oid: Oid;
  /** 0: merged; 1 to 3: base, ours and theirs of a conflict. */
  readonly stage: number;
  /** The path will be added, its content was not (add -N). */
  readonly intent: boolean;
  /** What the file looked like when its content was hashed, as a text that changes when the file does. */
  readonly stat: IndexStat;
}

interface IndexStat {
  /** Milliseconds. */
  readonly changed: number;
  readonly modified: number;
  readonly inode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
}

export const NO_STAT: IndexStat = { changed: 0, modified: 0, inode: 0, uid: 0, gid: 0, size: 0 };

/** What of a file's status tells that it has not changed since. */
export function statOf(stat: FileStat): IndexStat {
  const { changed, modified, inode, uid, gid, size } = stat;
  return { changed: Math.floor(changed), modified: Math.floor(modified), inode: inode >>> 0, uid, gid, size };
}

/** The mode git keeps of a file. */
export function modeOf(stat: FileStat): number {
  if (stat.type === "symlink") return MODE_LINK;
  return stat.mode & 0o100 ? MODE_EXECUTABLE : MODE_FILE;
}

const FIXED = 62;
const INTENT = 0x2000;
const EXTENDED = 0x4000;

function compareIndex(a: Pick<IndexEntry, "path" | "stage">, b: Pick<IndexEntry, "path" | "stage">): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : a.stage - b.stage;
}

/** The entries by path; changed in memory, written by the repository. */
export class GitIndex {
  #entries: IndexEntry[];
  #sorted = true;
  #byPath: Map<string, IndexEntry> | undefined;

  constructor(entries: readonly IndexEntry[] = []) {
    this.#entries = [...entries];
  }

  get entries(): readonly IndexEntry[] {
    if (!this.#sorted) {
      this.#entries.sort(compareIndex);
      this.#sorted = true;
    }
    return this.#entries;
  }

  #map(): Map<string, IndexEntry> {
    this.#byPath ??= new Map(this.#entries.map((entry) => [`${entry.path}\0${entry.stage}`, entry]));
    return this.#byPath;
  }

  get(path: string, stage = 0): IndexEntry | undefined {
    return this.#map().get(`${path}\0${stage}`);
  }

  /** At any stage. */
  has(path: string): boolean {
    return [0, 1, 2, 3].some((stage) => this.get(path, stage) !== undefined);
  }

  /** Something below the path as a directory. */
  hasBelow(path: string): boolean {
    const prefix = `${path}/`;
    return this.#entries.some((entry) => entry.path.startsWith(prefix));
  }

  conflicted(path: string): boolean {
    return [1, 2, 3].some((stage) => this.get(path, stage) !== undefined);
  }

  /** Paths of conflicts, in order. */
  get conflicts(): readonly string[] {
    return [...new Set(this.entries.filter((entry) => entry.stage > 0).map((entry) => entry.path))];
  }

  /** Replaces the path's entry of that stage; stage 0 takes the place of a conflict and of what it shadows. */
  put(entry: IndexEntry): void {
    const map = this.#map();
    if (entry.stage === 0) {
      for (const stage of [1, 2, 3]) this.#drop(`${entry.path}\0${stage}`);
      this.removeBelow(entry.path);
      for (let at = entry.path.indexOf("/"); at !== -1; at = entry.path.indexOf("/", at + 1)) {
        this.#drop(`${entry.path.slice(0, at)}\0${0}`);
      }
    } else this.#drop(`${entry.path}\0${0}`);
    const key = `${entry.path}\0${entry.stage}`;
    const before = map.get(key);
    if (before !== undefined) this.#entries[this.#entries.indexOf(before)] = entry;
    else {
      const last = this.#entries.at(-1);
      if (last !== undefined && compareIndex(last, entry) > 0) this.#sorted = false;
      this.#entries.push(entry);
    }
    map.set(key, entry);
  }

  #drop(key: string): void {
    const map = this.#map();
    const entry = map.get(key);
    if (entry === undefined) return;
    map.delete(key);
    this.#entries.splice(this.#entries.indexOf(entry), 1);
  }

  /** At every stage. */
  remove(path: string): void {
    for (const stage of [0, 1, 2, 3]) this.#drop(`${path}\0${stage}`);
  }

  removeBelow(path: string): void {
    const prefix = `${path}/`;
    if (!this.#entries.some((entry) => entry.path.startsWith(prefix))) return;
    this.#entries = this.#entries.filter((entry) => !entry.path.startsWith(prefix));
    this.#byPath = undefined;
  }

  replace(entries: readonly IndexEntry[]): void {
    this.#entries = [...entries];
    this.#sorted = false;
    this.#byPath = undefined;
  }
}

export function decodeIndex(data: Uint8Array): IndexEntry[] {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  if (data.length < 32 || view.getUint32(0) !== 0x44495243) throw fatal("index file corrupt");
  const version = view.getUint32(4);
  if (version !== 2 && version !== 3) throw fatal(`index uses version ${version}, which is not available here`);
  const entries: IndexEntry[] = [];
  let at = 12;
  for (let left = view.getUint32(8); left > 0; left--) {
    const time = (from: number) => view.getUint32(from) * 1000 + Math.floor(view.getUint32(from + 4) / 1e6);
    const flags = view.getUint16(at + 60);
    const extended = (flags & EXTENDED) !== 0;
    const more = extended ? view.getUint16(at + 62) : 0;
    const start = at + FIXED + (extended ? 2 : 0);
    const end = data.indexOf(0, start);
    if (end === -1) throw fatal("index file corrupt");
    entries.push({
      path: decodeBytes(data.subarray(start, end)),
      mode: view.getUint32(at + 24),
      oid: hexOf(data, at + 40),
      stage: (flags >> 12) & 3,
      intent: (more & INTENT) !== 0,
      stat: {
        changed: time(at),
        modified: time(at + 8),
        inode: view.getUint32(at + 20),
        uid: view.getUint32(at + 28),
        gid: view.getUint32(at + 32),
        size: view.getUint32(at + 36),
      },
    });
    at += Math.ceil((end - at + 1) / 8) * 8;
  }
  return entries;
}

export function encodeIndex(entries: readonly IndexEntry[]): Uint8Array {
  const extended = entries.some((entry) => entry.intent);
  const head = new DataView(new ArrayBuffer(12));
  head.setUint32(0, 0x44495243);
  head.setUint32(4, extended ? 3 : 2);
  head.setUint32(8, entries.length);
  const pieces: Uint8Array[] = [new Uint8Array(head.buffer)];
  for (const entry of entries) {
    const name = encodeText(entry.path);
    const start = FIXED + (entry.intent ? 2 : 0);
    const out = new Uint8Array(Math.ceil((start + name.length + 1) / 8) * 8);
    const view = new DataView(out.buffer);
    const time = (at: number, ms: number) => {
      view.setUint32(at, Math.floor(ms / 1000));
      view.setUint32(at + 4, (ms % 1000) * 1e6);
    };
    time(0, entry.stat.changed);
    time(8, entry.stat.modified);
    view.setUint32(20, entry.stat.inode);
    view.setUint32(24, entry.mode);
    view.setUint32(28, entry.stat.uid);
    view.setUint32(32, entry.stat.gid);
    view.setUint32(36, entry.stat.size);
    out.set(bytesOfHex(entry.oid), 40);
    view.setUint16(60, Math.min(name.length, 0xfff) | (entry.stage << 12) | (entry.intent ? EXTENDED : 0));
    if (entry.intent) view.setUint16(62, INTENT);
    out.set(name, start);
    pieces.push(out);
  }
  const body = concatBytes(pieces);
  return concatBytes([body, digest("sha1", body)]);
}
