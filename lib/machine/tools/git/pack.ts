/** One pack and its index (version 2): Documentation/gitformat-pack in upstream's tree. */
import { concatBytes } from "../../../encoding/index.ts";
import type { FileApi } from "../../types.ts";
import { fatal } from "./failure.ts";
import { type GitObject, hexOf, type ObjectType, type Oid } from "./objects.ts";
import { decompress, type Spend } from "./zlib.ts";

const TYPES: readonly (ObjectType | undefined)[] = [undefined, "commit", "tree", "blob", "tag"];
const OFFSET_DELTA = 6;
const NAME_DELTA = 7;
const HEADER = 8;
const FANOUT = 256 * 4;

export class Pack {
  /** Without its ending. */
  readonly path: string;
  readonly #index: Uint8Array;
  readonly #view: DataView;
  readonly #files: FileApi;
  readonly #spend: Spend;
  readonly count: number;
  #data: Uint8Array | undefined;

  constructor(files: FileApi, path: string, spend: Spend) {
    this.path = path;
    this.#files = files;
    this.#spend = spend;
    this.#index = files.readFile(`${path}.idx`);
    this.#view = new DataView(this.#index.buffer, this.#index.byteOffset, this.#index.length);
    if (
      this.#index.length < HEADER + FANOUT ||
      this.#view.getUint32(0) !== 0xff744f63 ||
      this.#view.getUint32(4) !== 2
    ) {
      throw fatal(`index file ${path}.idx is of a version that is not available here`);
    }
    this.count = this.#view.getUint32(HEADER + 255 * 4);
  }

  #name(at: number): Oid {
    return hexOf(this.#index, HEADER + FANOUT + at * 20);
  }

  /** The first entry whose name is not below `prefix`. */
  #lowerBound(prefix: string): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#name(middle) < prefix) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Where the object is in the pack. */
  find(oid: Oid): number | undefined {
    const at = this.#lowerBound(oid);
    if (at >= this.count || this.#name(at) !== oid) return undefined;
    const offsets = HEADER + FANOUT + this.count * 24;
    const offset = this.#view.getUint32(offsets + at * 4);
    if (offset < 0x80000000) return offset;
    return Number(this.#view.getBigUint64(offsets + this.count * 4 + (offset & 0x7fffffff) * 8));
  }

  startingWith(prefix: string): Oid[] {
    const found: Oid[] = [];
    for (let at = this.#lowerBound(prefix); at < this.count; at++) {
      const name = this.#name(at);
      if (!name.startsWith(prefix)) break;
      found.push(name);
    }
    return found;
  }

  /** The object at an offset; `byName` gives the base of a delta that names it. */
  async read(offset: number, byName: (oid: Oid) => Promise<GitObject>, depth = 0): Promise<GitObject> {
    if (depth > 4095) throw fatal(`delta chain too long in ${this.path}.pack`);
    this.#data ??= this.#files.readFile(`${this.path}.pack`);
    const data = this.#data;
    let at = offset;
    let byte = data[at++] ?? 0;
    const type = (byte >> 4) & 7;
    while (byte & 0x80) byte = data[at++] ?? 0;
    let base: GitObject | undefined;
    if (type === OFFSET_DELTA) {
      byte = data[at++] ?? 0;
      let distance = byte & 127;
      while (byte & 0x80) {
        byte = data[at++] ?? 0;
        distance = (distance + 1) * 128 + (byte & 127);
      }
      base = await this.read(offset - distance, byName, depth + 1);
    } else if (type === NAME_DELTA) {
      base = await byName(hexOf(data, at));
      at += 20;
    }
    const { data: content } = await decompress(data, at, this.#spend);
    await this.#spend(10 + (content.length >> 5));
    if (base !== undefined) return { type: base.type, data: applyDelta(base.data, content) };
    const plain = TYPES[type];
    if (plain === undefined) throw fatal(`unknown object type ${type} at offset ${offset} in ${this.path}.pack`);
    return { type: plain, data: content };
  }
}

/** Copies from the base and new bytes, as the delta says. */
function applyDelta(base: Uint8Array, delta: Uint8Array): Uint8Array {
  let at = 0;
  const size = (): number => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = delta[at++] ?? 0;
      value += (byte & 127) * scale;
      if (!(byte & 0x80)) return value;
      scale *= 128;
    }
  };
  if (size() !== base.length) throw fatal("delta does not fit its base");
  const length = size();
  const pieces: Uint8Array[] = [];
  while (at < delta.length) {
    const command = delta[at++] as number;
    if (command & 0x80) {
      let from = 0;
      let count = 0;
      for (let bit = 0; bit < 4; bit++) if (command & (1 << bit)) from += (delta[at++] ?? 0) * 2 ** (8 * bit);
      for (let bit = 0; bit < 3; bit++) if (command & (16 << bit)) count += (delta[at++] ?? 0) * 2 ** (8 * bit);
      pieces.push(base.subarray(from, from + (count === 0 ? 0x10000 : count)));
    } else {
      pieces.push(delta.subarray(at, at + command));
      at += command;
    }
  }
  const whole = concatBytes(pieces);
  if (whole.length !== length) throw fatal("delta is damaged");
  return whole;
}
