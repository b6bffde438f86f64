/** What an awk program reads and writes besides its main input: files and commands by name. */
import { isErrno } from "../../errno.ts";
import type { ChildProcess, Descriptor, Process } from "../../types.ts";
import { Output } from "../support/tool.ts";
import type { Dialect } from "./dialect.ts";
import { AwkError, limit } from "./fatal.ts";
import { RecordReader } from "./input.ts";

interface Writing {
  readonly output: Output;
  readonly descriptor: Descriptor | undefined;
  readonly child: ChildProcess | undefined;
}

interface Reading {
  readonly records: RecordReader;
  readonly child: ChildProcess | undefined;
}

const MAX_OPEN = 200;
const SETTLE_AT = 16 * 1024;

export class Streams {
  readonly #process: Process;
  readonly #out: Output;
  readonly #writing = new Map<string, Writing>();
  readonly #reading = new Map<string, Reading>();
  readonly #dialect: Dialect;
  readonly #bytes: boolean;
  #printed = "";
  #warnings = "";

  /** `bytes`: what is printed has a character for each byte. */
  constructor(process: Process, out: Output, options: { readonly dialect: Dialect; readonly bytes: boolean }) {
    this.#process = process;
    this.#out = out;
    this.#dialect = options.dialect;
    this.#bytes = options.bytes;
  }

  /** Said on the standard error at the next occasion. */
  warn(text: string): void {
    this.#warnings += text;
  }

  async #sayWarnings(): Promise<void> {
    const text = this.#warnings;
    this.#warnings = "";
    if (text !== "") await this.#process.stderr.write(text);
  }

  write(output: Output, text: string): Promise<void> | undefined {
    return this.#bytes ? output.writeBinary(text) : output.write(text);
  }

  /** Standard output. It is written when `settle` or `flush` are called: a program that only prints never waits. */
  print(text: string): void {
    this.#printed += text;
  }

  /** Undefined where there is room; else what to wait for. */
  settle(): Promise<void> | undefined {
    if (this.#warnings !== "") return this.#sayWarnings();
    if (this.#printed.length < SETTLE_AT) return undefined;
    return this.#standardOutput().flush();
  }

  #standardOutput(): Output {
    if (this.#printed !== "" && this.#bytes) this.#out.addBinary(this.#printed);
    else if (this.#printed !== "") this.#out.add(this.#printed);
    this.#printed = "";
    return this.#out;
  }

  /** Where `print > name` writes. Opened once, then written on. */
  output(name: string, mode: ">" | ">>" | "|"): Output {
    const open = this.#writing.get(name);
    if (open !== undefined) return open.output;
    if (mode !== "|") {
      if (name === "/dev/stdout" || name === "-") return this.#standardOutput();
    }
    this.#room();
    const made = mode === "|" ? this.#startWriter(name) : this.#openFile(name, mode);
    this.#writing.set(name, made);
    return made.output;
  }

  #openFile(name: string, mode: ">" | ">>"): Writing {
    try {
      const stderr = name === "/dev/stderr" ? this.#process.descriptors.get(2)?.duplicate() : undefined;
      const descriptor =
        stderr ??
        this.#process.open(name, {
          write: true,
          create: true,
          ...(mode === ">" ? { truncate: true } : { append: true }),
        });
      if (descriptor.writer === undefined)
        throw new AwkError({ type: "output", name, message: "Bad file descriptor", mode });
      return { output: new Output(descriptor.writer), descriptor, child: undefined };
    } catch (error) {
      if (!isErrno(error)) throw error;
      throw new AwkError({ type: "output", name, message: error.message, mode });
    }
  }

  #descriptors(own: ReadonlyMap<number, Descriptor>): Map<number, Descriptor> {
    return new Map([...this.#process.descriptors, ...own]);
  }

  #spawn(command: string, own: ReadonlyMap<number, Descriptor>): ChildProcess {
    return this.#process.spawn({ argv: ["sh", "-c", command], descriptors: this.#descriptors(own) });
  }

  #startWriter(command: string): Writing {
    const { reader, writer } = this.#process.pipe();
    try {
      const child = this.#spawn(command, new Map([[0, reader]]));
      if (writer.writer === undefined) throw limit("no pipe");
      return { output: new Output(writer.writer), descriptor: writer, child };
    } finally {
      reader.close();
    }
  }

  /** What `getline < name` reads; the words of what is in the way where it cannot be opened. */
  file(name: string): RecordReader | string {
    const open = this.#reading.get(name);
    if (open !== undefined) return open.records;
    this.#room();
    try {
      const stdin = name === "-" || name === "/dev/stdin" ? this.#process.descriptors.get(0)?.duplicate() : undefined;
      const descriptor = stdin ?? this.#process.open(name, { read: true });
      if (descriptor.reader === undefined || this.#isDirectory(descriptor, name)) {
        if (this.#dialect.name === "mawk") throw new AwkError({ type: "read", name, message: "Is a directory" });
        return "Is a directory";
      }
      const records = new RecordReader(descriptor.reader, { bytes: this.#bytes });
      this.#reading.set(name, { records, child: undefined });
      return records;
    } catch (error) {
      if (isErrno(error)) return error.message;
      throw error;
    }
  }

  #isDirectory(descriptor: Descriptor, name: string): boolean {
    return descriptor.kind === "file" && this.#process.files.stat(name).type === "directory";
  }

  /** What `command | getline` reads. */
  async command(command: string): Promise<RecordReader> {
    const open = this.#reading.get(command);
    if (open !== undefined) return open.records;
    this.#room();
    await this.flush();
    const { reader, writer } = this.#process.pipe();
    try {
      const child = this.#spawn(command, new Map([[1, writer]]));
      if (reader.reader === undefined) throw limit("no pipe");
      const records = new RecordReader(reader.reader, { bytes: this.#bytes });
      this.#reading.set(command, { records, child });
      return records;
    } finally {
      writer.close();
    }
  }

  #room(): void {
    if (this.#writing.size + this.#reading.size >= MAX_OPEN) throw limit("too many files and pipes are open");
  }

  async system(command: string): Promise<number> {
    await this.flush();
    return this.#status(await this.#spawn(command, new Map()).exited, false);
  }

  /** What a command's end is to the program. A shell that a signal killed counts from 256, but for BusyBox. */
  #status(ended: { readonly code: number; readonly signal?: string | undefined }, closed: boolean): number {
    const signal = ended.signal === undefined ? 0 : ended.code - 128;
    if (this.#dialect.name !== "busybox") return signal > 0 ? 256 + signal : ended.code;
    // close() has the plain word of wait(2).
    if (closed) return signal > 0 ? signal : ended.code * 256;
    return signal > 0 ? 0 : ended.code;
  }

  async flush(name?: string): Promise<number> {
    if (name !== undefined) {
      const writing = this.#writing.get(name);
      await (writing?.output ?? (name === "/dev/stdout" ? this.#standardOutput() : undefined))?.flush();
      return writing === undefined && name !== "/dev/stdout" ? -1 : 0;
    }
    await this.#sayWarnings();
    await this.#standardOutput().flush();
    for (const { output } of this.#writing.values()) await output.flush();
    return 0;
  }

  /** The status of a command, 0 for a file, -1 where nothing of that name is open. */
  async close(name: string): Promise<number> {
    await this.#standardOutput().flush();
    return this.#end(name);
  }

  async #end(name: string): Promise<number> {
    let status = this.#dialect.name === "busybox" ? 0 : -1;
    const writing = this.#writing.get(name);
    if (writing !== undefined) {
      this.#writing.delete(name);
      await writing.output.flush();
      writing.descriptor?.close();
      status = writing.child === undefined ? 0 : this.#status(await writing.child.exited, true);
    }
    const reading = this.#reading.get(name);
    if (reading !== undefined) {
      this.#reading.delete(name);
      reading.records.close();
      status = reading.child === undefined ? 0 : this.#status(await reading.child.exited, true);
    }
    return status;
  }

  /** Commands end first: what was printed since is held back until then, unless it goes to a person. */
  async closeAll(): Promise<void> {
    await this.#sayWarnings();
    if (this.#dialect.name === "busybox" || this.#process.descriptors.get(1)?.kind === "tty")
      await this.#standardOutput().flush();
    for (const name of [...this.#writing.keys(), ...this.#reading.keys()]) await this.#end(name);
    await this.#standardOutput().flush();
  }
}
