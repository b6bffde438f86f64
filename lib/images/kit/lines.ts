/** Lines of a log in the order in which they were said, although nobody waits for them. */
import type { ByteWriter } from "../../machine/index.ts";

export interface Lines {
  say(line: string): void;
  /** Resolves when everything said so far is written: a process that ends before loses it. */
  flush(): Promise<void>;
}

export function linesTo(writer: ByteWriter): Lines {
  let queue: Promise<void> = Promise.resolve();
  return {
    say(line) {
      // Whoever read the log is gone: that is no reason to stop.
      queue = queue.then(() => writer.write(`${line}\n`)).catch(() => undefined);
    },
    flush: () => queue,
  };
}
