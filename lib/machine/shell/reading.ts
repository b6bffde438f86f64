/** Reading lines from descriptors that other processes read too: a byte at a time, never past the line's end. */
import { concatBytes } from "../../encoding/index.ts";
import { ExpansionError } from "./control.ts";
import type { Shell } from "./shell.ts";

const MAX_LINE = 1 << 20;

export interface ReadLimits {
  /** Byte that ends the line. Default newline. */
  readonly delimiter?: number;
  /** Characters after which to stop. */
  readonly characters?: number;
  /** Resolves when the time is up. */
  readonly timeout?: Promise<"timeout">;
}

export interface RawLine {
  readonly bytes: Uint8Array;
  readonly end: "delimiter" | "count" | "eof" | "timeout";
}

const badDescriptor = (number: number) =>
  number === 0 ? "read error: 0: Bad file descriptor" : `${number}: invalid file descriptor: Bad file descriptor`;

/** The next line, raw. */
export async function readRaw(shell: Shell, number: number, limits: ReadLimits = {}): Promise<RawLine> {
  const reader = shell.process.descriptors.get(number)?.reader;
  if (reader === undefined) throw new ExpansionError(badDescriptor(number));
  const delimiter = limits.delimiter ?? 10;
  let bytes = new Uint8Array(128);
  let length = 0;
  let characters = 0;
  const done = (end: RawLine["end"]): RawLine => ({ bytes: bytes.slice(0, length), end });
  if (limits.characters === 0) return done("count");
  for (;;) {
    const reading = reader.read(1);
    const chunk = await shell.until(limits.timeout === undefined ? reading : Promise.race([reading, limits.timeout]));
    if (chunk === "timeout") return done("timeout");
    if (chunk === null) return done("eof");
    const byte = chunk[0];
    if (byte === undefined) continue;
    if (byte === delimiter) return done("delimiter");
    if (length === bytes.length) {
      if (length >= MAX_LINE) throw new ExpansionError("read error: cannot allocate memory");
      const larger = new Uint8Array(length * 2);
      larger.set(bytes);
      bytes = larger;
    }
    bytes[length++] = byte;
    if ((length & 0x3f) === 0) {
      const paid = shell.process.spend();
      if (paid !== undefined) await paid;
    }
    if (limits.characters !== undefined) {
      // A character is complete when the next byte cannot continue it.
      const need = byteLength(bytes, length);
      if (need === 0 && ++characters >= limits.characters) return done("count");
    }
  }
}

/** Bytes that the last character still lacks. */
function byteLength(bytes: Uint8Array, length: number): number {
  let start = length - 1;
  while (start > 0 && ((bytes[start] as number) & 0xc0) === 0x80) start--;
  const lead = bytes[start] as number;
  const size = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return Math.max(0, size - (length - start));
}

/** The next line as text; undefined at the end of input. */
export async function readLine(shell: Shell, number: number): Promise<string | undefined> {
  const line = await readRaw(shell, number);
  if (line.end === "eof" && line.bytes.length === 0) return undefined;
  return new TextDecoder().decode(line.bytes);
}

/** Every line up to the end of input: nobody reads the rest, so that it may be read in large pieces. */
export async function* readAllLines(shell: Shell, number: number, delimiter: number): AsyncGenerator<RawLine> {
  const reader = shell.process.descriptors.get(number)?.reader;
  if (reader === undefined) throw new ExpansionError(badDescriptor(number));
  let rest = new Uint8Array(0);
  for (;;) {
    const chunk = await shell.until(reader.read());
    if (chunk === null) break;
    const bytes = concatBytes([rest, chunk]);
    if (bytes.length > MAX_LINE + chunk.length) throw new ExpansionError("read error: cannot allocate memory");
    let from = 0;
    for (let end = bytes.indexOf(delimiter); end !== -1; end = bytes.indexOf(delimiter, from)) {
      yield { bytes: bytes.subarray(from, end), end: "delimiter" };
      from = end + 1;
      const paid = shell.process.spend(2);
      if (paid !== undefined) await paid;
    }
    rest = bytes.slice(from);
  }
  if (rest.length > 0) yield { bytes: rest, end: "eof" };
}
