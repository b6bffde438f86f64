/** Packs, written whole: every object by itself, without deltas (Documentation/gitformat-pack in upstream's tree). */
import { concatBytes, crc32, digest, toHex } from "../../../encoding/index.ts";
import { bytesOfHex, type ObjectType, type Oid } from "./objects.ts";
import type { Repository } from "./repository.ts";
import { compress } from "./zlib.ts";

const KINDS: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };

/** Type and length, seven bits a byte. */
function entryHeader(type: ObjectType, length: number): Uint8Array {
  const bytes: number[] = [];
  let byte = (KINDS[type] << 4) | (length & 15);
  let rest = Math.floor(length / 16);
  while (rest > 0) {
    bytes.push(byte | 0x80);
    byte = rest & 127;
    rest = Math.floor(rest / 128);
  }
  bytes.push(byte);
  return Uint8Array.from(bytes);
}

function numbers(...values: readonly number[]): Uint8Array {
  const out = new Uint8Array(values.length * 4);
  const view = new DataView(out.buffer);
  for (const [index, value] of values.entries()) view.setUint32(index * 4, value);
  return out;
}

/** Writes one pack with its index, and gives its name. */
export async function writePack(repository: Repository, oids: readonly Oid[]): Promise<string> {
  const { objects, process } = repository;
  const spend = (units: number) => process.spend(units);
  const entries: { readonly oid: Oid; readonly offset: number; readonly sum: number }[] = [];
  const pieces: Uint8Array[] = [numbers(0x5041434b, 2, oids.length)];
  let offset = 12;
  for (const oid of oids) {
    const { type, data } = await objects.read(oid);
    const entry = concatBytes([entryHeader(type, data.length), await compress(data, spend)]);
    entries.push({ oid, offset, sum: crc32(entry) });
    pieces.push(entry);
    offset += entry.length;
  }
  const body = concatBytes(pieces);
  const sum = digest("sha1", body);
  entries.sort((a, b) => (a.oid < b.oid ? -1 : 1));
  const counts = new Array<number>(256).fill(0);
  for (const { oid } of entries) {
    const first = Number.parseInt(oid.slice(0, 2), 16);
    for (let at = first; at < 256; at++) counts[at] = (counts[at] as number) + 1;
  }
  const index = concatBytes([
    numbers(0xff744f63, 2, ...counts),
    ...entries.map(({ oid }) => bytesOfHex(oid)),
    numbers(...entries.map((entry) => entry.sum >>> 0)),
    numbers(...entries.map((entry) => entry.offset)),
    sum,
  ]);
  const name = toHex(sum);
  const folder = `${objects.directory}/pack`;
  process.files.makeDirectory(folder, { recursive: true });
  process.files.writeFile(`${folder}/pack-${name}.pack`, concatBytes([body, sum]), { mode: 0o444 });
  process.files.writeFile(`${folder}/pack-${name}.idx`, concatBytes([index, digest("sha1", index)]), { mode: 0o444 });
  return name;
}
