/** `xxd -r`: from a dump back to bytes, forgiving what it does not understand. */
import { isErrno } from "../../errno.ts";
import type { Process } from "../../types.ts";
import { MAX_HELD_BYTES } from "../support/tool.ts";
import type { XxdOptions } from "./options.ts";

const MAX_BYTES = MAX_HELD_BYTES / 8;

const digitOf = (code: number): number => {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
};

const NEWLINE = 10;

/** Bytes at places. */
class Patch {
  #bytes: Uint8Array;
  length: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.length = bytes.length;
  }

  /** False: there is no room. */
  put(at: number, byte: number): boolean {
    if (at >= MAX_BYTES) return false;
    if (at >= this.#bytes.length) {
      const larger = new Uint8Array(Math.max(1024, 2 * at));
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    this.#bytes[at] = byte;
    this.length = Math.max(this.length, at + 1);
    return true;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }
}

export async function reverse(process: Process, options: XxdOptions): Promise<number> {
  const say = async (words: string, status: number) => {
    await process.stderr.write(`xxd: ${words}\n`);
    return status;
  };
  const { kind, input, output } = options;
  let reader = process.stdin;
  let made = new Patch(new Uint8Array());
  try {
    if (input !== undefined && input !== "-") reader = process.open(input, { read: true }).reader ?? reader;
  } catch (error) {
    if (!isErrno(error)) throw error;
    return say(`${input}: ${error.message}`, 2);
  }
  try {
    // What is in the file already stays where the dump says nothing.
    if (output !== undefined && process.files.exists(output)) made = new Patch(process.files.readFile(output).slice());
  } catch (error) {
    if (!isErrno(error)) throw error;
    return say(`${output}: ${error.message}`, 3);
  }
  if (kind !== "hex" && kind !== "plain") return say("Sorry, cannot revert this type of hexdump", 255);
  const plain = kind === "plain";
  const { columns } = options;
  let garbage = true;
  let [first, second, third] = [-1, 0, 0];
  let inRow = columns;
  let wanted = 0;
  /** The rest of the line says nothing. */
  let skipping = false;
  /** Where the stream is that cannot go back. */
  let written = 0;
  for (;;) {
    const chunk = await reader.read();
    if (chunk === null) break;
    await process.spend(1 + (chunk.length >> 3));
    process.holdMemory(made.length);
    for (const code of chunk) {
      if (code === 13) continue;
      if (skipping && code !== NEWLINE) continue;
      if (plain && (code === 32 || code === 9 || code === NEWLINE)) {
        skipping = false;
        continue;
      }
      [third, second, first] = [second, first, digitOf(code)];
      if (!skipping) {
        if (first === -1 && garbage) continue;
        garbage = false;
        if (!plain && inRow >= columns) {
          if (first < 0) inRow = 0;
          else wanted = wanted * 16 + first;
          if (code !== NEWLINE) continue;
        } else if (second >= 0 && first >= 0) {
          const at = options.skip + wanted;
          if (output === undefined && at < written) return await backwards();
          if (at < 0 || !made.put(at, second * 16 + first)) return say("Sorry, cannot seek.", 5);
          written = at + 1;
          wanted++;
          first = -1;
          if (!plain && ++inRow >= columns) {
            [first, second, third] = [-1, -1, -1];
            skipping = true;
          }
        } else if (first < 0 && second < 0 && third < 0) skipping = code !== NEWLINE;
      }
      if (code === NEWLINE) {
        if (!plain) wanted = 0;
        inRow = columns;
        garbage = true;
        skipping = false;
      }
    }
  }
  async function backwards(): Promise<number> {
    await process.stdout.write(made.bytes);
    return say("Sorry, cannot seek backwards.", 5);
  }
  if (output === undefined) {
    if (made.length > 0) await process.stdout.write(made.bytes);
    return 0;
  }
  try {
    process.files.writeFile(output, made.bytes);
    return 0;
  } catch (error) {
    if (!isErrno(error)) throw error;
    return say(`${output}: ${error.message}`, 3);
  }
}
