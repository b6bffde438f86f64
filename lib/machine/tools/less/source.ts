/** What less shows: a file, or what comes in on standard input, as far as it has been read. */
import { isErrno } from "../../errno.ts";
import type { ByteReader, Process } from "../../types.ts";
import { MAX_HELD_BYTES } from "../support/tool.ts";

export interface Source {
  /** Undefined: standard input. */
  readonly name: string | undefined;
  readonly lines: string[];
  complete: boolean;
  bytes: number;
  /** Why it ends where it does, in words; gone once it was told. */
  problem: string | undefined;
  /** Resolves when it is complete, whatever happened. */
  loading: Promise<void>;
}

/** Reads it, as long as there is room for it; `notify` is told of every piece. */
export async function load(process: Process, source: Source, reader: ByteReader, notify: () => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (let chunk = await reader.read(); chunk !== null; chunk = await reader.read()) {
      const text = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = text.pop() ?? "";
      for (const line of text) source.lines.push(line);
      source.bytes += chunk.length;
      process.holdMemory(source.bytes);
      notify();
      if (source.bytes > MAX_HELD_BYTES >> 1) {
        source.problem = "The rest is too much to be shown here";
        break;
      }
    }
  } catch (error) {
    if (!isErrno(error)) throw error;
    source.problem = `read error: ${error.message}`;
  }
  if (rest !== "") source.lines.push(rest);
  source.complete = true;
  notify();
}
