/** What an awk program reads and writes besides its main input: files and commands by name. */
import { isErrno } from "../../errno.ts";
import type { ChildProcess, Descriptor, Process } from "../../types.ts";
import { Output } from "../support/tool.ts";
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

export class StreamError extends Error {}

export class Streams {
  readonly #process: Process;
  readonly #out: Output;
  readonly #writing = new Map<string, Writing>();
  readonly #reading = new Map<string, Reading>();
  #printed = "";

  constructor(process: Process, out: Output) {
    this.#process = process;
    this.#out = out;
  }

  /** Standard output. It is written when `settle` or `flush` are called: a program that only prints never waits. */
  print(text: string): void {
    this.#printed += text;
  }

  /** Undefined where there is room; else what to wait for. */
  settle(): Promise<void> | undefined {
    if (this.#printed.length < SETTLE_AT) return undefined;
    return this.#standardOutput().flush();
  }

  #standardOutput(): Output {
    if (this.#printed !== "") this.#out.add(this.#printed);
    this.#printed = "";
    return this.#out;
  }

  /** Where `print > name` writes. Opened once, then written on. */
  output(name: string, mode: ">" | ">>" | "|"): Output {
    const open = this.#writing.get(name);
    if (open !== undefined) return open.output;
    if (mode !== "|") {
      if (name === "/dev/stdout" || name === "-") return this.#standardOutput();
      if (name === "") throw new StreamError("expression for `>' redirection has null string value");
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
      if (descriptor.writer === undefined) throw new StreamError(`cannot open "${name}" for output`);
      return { output: new Output(descriptor.writer), descriptor, child: undefined };
    } catch (error) {
      if (!isErrno(error)) throw error;
      throw new StreamError(`cannot open "${name}" for output (${error.message})`);
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
      if (writer.writer === undefined) throw new StreamError(`cannot open "${command}" for output`);
      return { output: new Output(writer.writer), descriptor: writer, child };
    } finally {
      reader.close();
    }
  }

  /** What `getline < name` reads; undefined where it cannot be opened. */
  file(name: string): RecordReader | undefined {
    const open = this.#reading.get(name);
    if (open !== undefined) return open.records;
    this.#room();
    try {
      const stdin = name === "-" || name === "/dev/stdin" ? this.#process.descriptors.get(0)?.duplicate() : undefined;
      const descriptor = stdin ?? this.#process.open(name, { read: true });
      if (descriptor.reader === undefined || this.#isDirectory(descriptor, name)) return undefined;
      const records = new RecordReader(descriptor.reader);
      this.#reading.set(name, { records, child: undefined });
      return records;
    } catch (error) {
      if (isErrno(error)) return undefined;
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
      if (reader.reader === undefined) throw new StreamError(`cannot open "${command}" for input`);
      const records = new RecordReader(reader.reader);
      this.#reading.set(command, { records, child });
      return records;
    } finally {
      writer.close();
    }
  }

  #room(): void {
    if (this.#writing.size + this.#reading.size >= MAX_OPEN) throw new StreamError("too many files and pipes are open");
  }

  async system(command: string): Promise<number> {
    await this.flush();
    const { code } = await this.#spawn(command, new Map()).exited;
    return code;
  }

  async flush(name?: string): Promise<number> {
    if (name !== undefined) {
      const writing = this.#writing.get(name);
      await (writing?.output ?? (name === "/dev/stdout" ? this.#standardOutput() : undefined))?.flush();
      return writing === undefined && name !== "/dev/stdout" ? -1 : 0;
    }
    await this.#standardOutput().flush();
    for (const { output } of this.#writing.values()) await output.flush();
    return 0;
  }

  /** The status of a command, 0 for a file, -1 where nothing of that name is open. */
  async close(name: string): Promise<number> {
    let status = -1;
    const writing = this.#writing.get(name);
    if (writing !== undefined) {
      this.#writing.delete(name);
      await this.#standardOutput().flush();
      await writing.output.flush();
      writing.descriptor?.close();
      status = writing.child === undefined ? 0 : (await writing.child.exited).code;
    }
    const reading = this.#reading.get(name);
    if (reading !== undefined) {
      this.#reading.delete(name);
      reading.records.close();
      status = reading.child === undefined ? 0 : (await reading.child.exited).code;
    }
    return status;
  }

  async closeAll(): Promise<void> {
    await this.#standardOutput().flush();
    for (const name of [...this.#writing.keys(), ...this.#reading.keys()]) await this.close(name);
  }
}
