/** gzip and tar for charts and releases, paid for as it goes. */
import { concatBytes, crc32 } from "../encoding/index.ts";
import { tarEntry, tarTrailer } from "../kubectl/tar.ts";
import type { Process } from "../machine/index.ts";
import { deflate } from "../machine/tools/support/deflate.ts";
import { InflateError, inflate } from "../machine/tools/support/inflate.ts";
import { HelmError } from "./errors.ts";

export const isGzip = (data: Uint8Array): boolean => data[0] === 0x1f && data[1] === 0x8b;

async function paid<T>(process: Process, work: Generator<number, T>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await process.spend(step.value / 40);
  }
}

/** Paid for by the process as it goes. */
export async function gzipBytes(process: Process, data: Uint8Array): Promise<Uint8Array> {
  const body = await paid(process, deflate(data));
  const out = new Uint8Array(18 + body.length);
  out.set([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
  out.set(body, 10);
  const view = new DataView(out.buffer);
  view.setUint32(10 + body.length, crc32(data), true);
  view.setUint32(14 + body.length, data.length, true);
  return out;
}

/** `maximum`: bytes it may become. Throws `HelmError`. */
export async function gunzipBytes(process: Process, data: Uint8Array, maximum: number): Promise<Uint8Array> {
  if (!isGzip(data)) throw new HelmError("gzip: invalid header");
  const flags = data[3] as number;
  let at = 10;
  const skipText = () => {
    while (at < data.length && data[at] !== 0) at++;
    at++;
  };
  if (flags & 4) at += 2 + (data[at] as number) + ((data[at + 1] as number) << 8);
  if (flags & 8) skipText();
  if (flags & 16) skipText();
  if (flags & 2) at += 2;
  try {
    return (await paid(process, inflate(data, at, maximum))).data;
  } catch (error) {
    if (error instanceof InflateError) throw new HelmError("unexpected EOF");
    throw error;
  }
}

/** A .tgz of regular files. `modified`: ms since 1970. */
export async function tarGzip(
  process: Process,
  files: readonly { readonly name: string; readonly data: Uint8Array }[],
  modified: number,
): Promise<Uint8Array> {
  const parts = [
    ...files.map((file) => tarEntry({ ...file, type: "file", mode: 0o644, uid: 0, gid: 0, modified })),
    tarTrailer(),
  ];
  return gzipBytes(process, concatBytes(parts));
}
