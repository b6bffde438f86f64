/** awk: mawk's, gawk's and BusyBox's, which are one language with different words (`awk/dialect.ts`). */

import { concatBytes } from "../../encoding/index.ts";
import { decodeBytes } from "../bytes.ts";
import { isErrno } from "../errno.ts";
import { isKilled } from "../process/killed.ts";
import type { Process, Program } from "../types.ts";
import { BUSYBOX, type Dialect, GAWK, MAWK, Sources } from "./awk/dialect.ts";
import { AwkSyntaxError, faultWords } from "./awk/failure.ts";
import { AwkError, fatalWords } from "./awk/fatal.ts";
import { readEscapes } from "./awk/lexer.ts";
import { type AwkOptions, readOptions } from "./awk/options.ts";
import { parseAwk } from "./awk/parser.ts";
import { runAwk } from "./awk/program.ts";
import { Runtime } from "./awk/runtime.ts";
import { fromBinary, toBinary } from "./support/binary.ts";
import { isUtf8 } from "./support/quoting.ts";
import { Exit, Output } from "./support/tool.ts";

const MAX_PROGRAM = 256 * 1024;

/** Debian's own. */
export const mawk = awkOf(MAWK);
/** Where it is installed, `awk` is it too. */
export const gawk = awkOf(GAWK);
export const busyboxAwk = awkOf(BUSYBOX);

/** What the runtime needs of a tool. */
class AwkTool {
  readonly process: Process;
  readonly name: string;
  readonly out: Output;
  constructor(process: Process) {
    this.process = process;
    this.name = process.argv[0]?.replace(/^.*\//, "") ?? "awk";
    this.out = new Output(process.stdout);
  }

  open(path: string) {
    if (path === "-") return this.process.stdin;
    const { reader } = this.process.open(path, { read: true });
    if (reader === undefined) throw new Exit(2);
    return reader;
  }

  spend(units?: number) {
    return this.process.spend(units);
  }

  async complain(message: string): Promise<void> {
    await this.out.flush();
    await this.process.stderr.write(`${this.name}: ${message}\n`);
  }

  async die(message: string, status = 2): Promise<never> {
    await this.complain(message);
    throw new Exit(status);
  }
}

function awkOf(dialect: Dialect): Program {
  return async (process) => {
    const tool = new AwkTool(process);
    try {
      const options = readOptions(dialect, process.argv.slice(1));
      if (options.type === "help") {
        await process.stdout.write(options.text);
        return 0;
      }
      if (options.type === "misuse") {
        await process.stderr.write(options.lines.map((line) => `${line.replace("%s", tool.name)}\n`).join(""));
        return options.status;
      }
      return await run(tool, dialect, options);
    } catch (error) {
      if (error instanceof Exit) return error.status;
      if (isErrno(error) && !isKilled(error)) {
        await process.stderr.write(
          `${tool.name}: write failure (${error.message})\n${tool.name}: close failure (${error.message})\n`,
        );
        return 2;
      }
      throw error;
    }
  };
}

async function run(tool: AwkTool, dialect: Dialect, options: AwkOptions): Promise<number> {
  const { process, name } = tool;
  const pieces: { file: string | undefined; text: string }[] = [];
  for (const path of options.files) {
    try {
      const text = path === "-" ? await readStandardInput(process.stdin) : process.files.readText(path);
      pieces.push({ file: path === "-" && dialect.name === "gawk" ? "-" : path, text });
    } catch (error) {
      if (!isErrno(error)) throw error;
      return tool.die(unreadable(dialect, path, error.message), dialect.fatalStatus);
    }
  }
  if (options.program !== undefined) pieces.push({ file: undefined, text: options.program });
  const bytes = dialect.bytesOnly || options.bytes || !isUtf8(process);
  const inward = (text: string) => (bytes ? toBinary(text) : text);
  const sources = new Sources(pieces.map(({ file, text }) => ({ file, text: inward(text) })));
  if (sources.text.length > MAX_PROGRAM) return tool.die("program too long", 2);
  const runtime = new Runtime(tool, dialect, { name, bytes, sources });
  try {
    const program = parseAwk(sources.text, dialect);
    if (options.separator !== undefined)
      runtime.global("FS").value = readEscapes(inward(options.separator), dialect, (message) => runtime.warn(message));
    for (const [variable, value] of options.assignments) runtime.assign(variable, inward(value));
    const argv = runtime.arrayOf(runtime.global("ARGV"), "ARGV");
    for (const [index, word] of [name, ...options.operands].entries())
      argv.set(String(index), runtime.input(inward(word)));
    runtime.global("ARGC").value = options.operands.length + 1;
    const environment = runtime.arrayOf(runtime.global("ENVIRON"), "ENVIRON");
    for (const [variable, value] of process.env) environment.set(inward(variable), runtime.input(inward(value)));
    return await runAwk(program, runtime);
  } catch (error) {
    if (error instanceof AwkSyntaxError) {
      const { lines, status } = faultWords(dialect, sources, error);
      await runtime.streams.flush();
      const text = lines.map((line) => `${name}: ${line}\n`).join("");
      await process.stderr.write(bytes ? fromBinary(text) : text);
      return status;
    }
    if (error instanceof AwkError) {
      await runtime.streams.flush();
      const text = runtime.fatal(error);
      await process.stderr.write(text);
      return dialect.fatalStatus;
    }
    throw error;
  }
}

function unreadable(dialect: Dialect, path: string, message: string): string {
  if (dialect.name === "busybox") return `can't open '${path}': ${message}`;
  if (dialect.name === "gawk") return `fatal: cannot open source file \`${path}' for reading: ${message}`;
  return fatalWords(dialect, { type: "input", name: path, message }, { place: undefined, fileName: "", fnr: 0, nr: 0 });
}

async function readStandardInput(reader: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of reader) {
    pieces.push(chunk);
    size += chunk.length;
    if (size > MAX_PROGRAM) break;
  }
  return decodeBytes(concatBytes(pieces));
}
