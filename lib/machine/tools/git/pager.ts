/** Output on a terminal: as it is where it fits the screen, through a pager where it does not. */

import { isErrno } from "../../errno.ts";
import type { ByteWriter, ChildProcess, Process } from "../../types.ts";

const decoder = new TextDecoder();

export class PagedWriter implements ByteWriter {
  readonly #process: Process;
  readonly #command: () => string;
  #held = "";
  #pipe: ByteWriter | undefined;
  #child: ChildProcess | undefined;
  #plain = false;

  constructor(process: Process, command: () => string) {
    this.#process = process;
    this.#command = command;
  }

  async write(data: Uint8Array | string): Promise<void> {
    if (this.#plain) return this.#process.stdout.write(data);
    if (this.#pipe !== undefined) return this.#pass(data);
    this.#held += typeof data === "string" ? data : decoder.decode(data);
    const size = this.#process.tty?.size;
    let lines = 0;
    for (let at = this.#held.indexOf("\n"); at !== -1; at = this.#held.indexOf("\n", at + 1)) lines++;
    const command = this.#command();
    if (command === "cat" || command === "") this.#plain = true;
    // less -F: what fits on one screen is not paged.
    if (this.#plain || (size !== undefined && lines < size.rows && /^less\b/.test(command))) {
      if (!this.#plain) return;
      const held = this.#held;
      this.#held = "";
      return this.#process.stdout.write(held);
    }
    this.#open(command);
    const held = this.#held;
    this.#held = "";
    await this.#pass(held);
  }

  async #pass(data: Uint8Array | string): Promise<void> {
    try {
      await this.#pipe?.write(data);
    } catch (error) {
      // The reader has seen enough.
      if (!isErrno(error, "EPIPE")) throw error;
    }
  }

  #open(command: string): void {
    const { reader, writer } = this.#process.pipe();
    const descriptors = new Map(this.#process.descriptors);
    descriptors.set(0, reader);
    const env = new Map(this.#process.env);
    if (!env.has("LESS")) env.set("LESS", "FRX");
    this.#child = this.#process.spawn({ argv: ["sh", "-c", command], env, descriptors });
    reader.close();
    this.#pipe = writer.writer;
    this.#release = () => writer.close();
  }
  #release: () => void = () => undefined;

  close(): void {
    this.#release();
  }

  /** What is held goes out, and the pager is waited for. */
  async finish(): Promise<void> {
    if (this.#held !== "") {
      const held = this.#held;
      this.#held = "";
      await this.#process.stdout.write(held);
    }
    this.#release();
    await this.#child?.exited;
  }
}
