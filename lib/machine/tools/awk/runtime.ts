/** The state of a running awk program: variables, the record and its fields, patterns, streams, fuel. */
import { isErrno } from "../../errno.ts";
import { compilePattern, type Pattern, PatternError } from "../support/regex.ts";
import type { AnyTool } from "../support/tool.ts";
import { MORE, RecordReader, type Separator } from "./input.ts";
import { readEscapes } from "./lexer.ts";
import { Streams } from "./streams.ts";
import { fromInput, toNumber, toText, type Value } from "./values.ts";

/** Ends the program with awk's own complaint (status 2). */
export class AwkError extends Error {
  /** Not of the running program: printed without where it was. */
  readonly plain: boolean;
  constructor(message: string, plain = false) {
    super(message);
    this.plain = plain;
  }
}

/** A variable. A parameter that was never assigned may turn out to be an array of its caller's: `origin`. */
export interface Slot {
  value: Value;
  array: Map<string, Value> | undefined;
  readonly origin: Slot | undefined;
}

export const slot = (value?: Value, origin?: Slot): Slot => ({ value, array: undefined, origin });

const MAX_STRING = 16 << 20;
/** A map this large takes tens of milliseconds to grow. */
const MAX_ELEMENTS = 500_000;
const MAX_FIELD = 1_000_000;
const ELEMENT_BYTES = 80;
/** Work between two payments, in units. */
const PAY_AT = 64;

/** Fields of one record, or elements of one `split`. */
const MAX_PARTS = 150_000;

function splitAtBlanks(text: string): string[] {
  const parts: string[] = [];
  let start = -1;
  for (let at = 0; at <= text.length; at++) {
    const code = text.charCodeAt(at);
    const blank = code === 32 || (code >= 9 && code <= 13) || at === text.length;
    if (!blank) {
      if (start === -1) start = at;
    } else if (start !== -1) {
      if (parts.push(text.slice(start, at)) > MAX_PARTS) break;
      start = -1;
    }
  }
  return parts;
}

export class Runtime {
  readonly tool: AnyTool;
  readonly streams: Streams;
  readonly globals = new Map<string, Slot>();
  readonly random = { seed: 0, state: undefined as number | undefined };
  locals: Slot[] = [];
  depth = 0;
  returned: Value;
  exitStatus = 0;
  fuel = 0;
  elements = 0;

  readonly #nr: Slot;
  readonly #fnr: Slot;
  readonly #nf: Slot;
  readonly #fs: Slot;
  readonly #rs: Slot;
  readonly #ofs: Slot;
  readonly #convfmt: Slot;
  readonly #patterns = new Map<string, Pattern>();

  #record = "";
  #recordStale = false;
  #fields: Value[] = [];
  #split = true;

  #argument = 1;
  #input: RecordReader | undefined;
  #noFiles = true;
  #ended = false;
  #separatorOf: string | undefined;
  #separator: Separator = { type: "character", character: "\n" };

  constructor(tool: AnyTool) {
    this.tool = tool;
    this.streams = new Streams(tool.process, tool.out);
    this.#nr = this.global("NR", 0);
    this.#fnr = this.global("FNR", 0);
    this.#nf = this.global("NF", 0);
    this.#fs = this.global("FS", " ");
    this.#rs = this.global("RS", "\n");
    this.#ofs = this.global("OFS", " ");
    this.#convfmt = this.global("CONVFMT", "%.6g");
    for (const [name, value] of [
      ["ORS", "\n"],
      ["OFMT", "%.6g"],
      ["SUBSEP", "\x1c"],
      ["RSTART", 0],
      ["RLENGTH", -1],
      ["FILENAME", ""],
    ] as const)
      this.global(name, value);
  }

  global(name: string, initial?: Value): Slot {
    let found = this.globals.get(name);
    if (found === undefined) {
      found = slot(initial);
      this.globals.set(name, found);
    }
    return found;
  }

  get convfmt(): string {
    const { value } = this.#convfmt;
    return typeof value === "string" ? value : toText(value, "%.6g");
  }

  text(value: Value): string {
    return typeof value === "string" ? value : toText(value, this.convfmt);
  }

  checkLength(text: string): string {
    if (text.length > MAX_STRING) throw new AwkError("program limit exceeded: string too long");
    this.fuel += text.length >> 9;
    return text;
  }

  // ---------------------------------------------------------------------------------------------------------- fuel

  /** Undefined where it may go on; else what to wait for. */
  pay(): Promise<void> | undefined {
    const full = this.streams.settle();
    if (full !== undefined) return full;
    if (this.fuel < PAY_AT) return undefined;
    const { fuel } = this;
    this.fuel = 0;
    this.tool.process.holdMemory(this.elements * ELEMENT_BYTES + (this.#input?.held ?? 0) * 2);
    return this.tool.spend(fuel) ?? undefined;
  }

  // -------------------------------------------------------------------------------------------------------- arrays

  /** The array a variable is; an unassigned one becomes one, for its callers too. */
  arrayOf(variable: Slot, name: string): Map<string, Value> {
    if (variable.array !== undefined) return variable.array;
    if (variable.value !== undefined) throw new AwkError(`type error: scalar ${name} used as an array`);
    variable.array = variable.origin === undefined ? new Map() : this.arrayOf(variable.origin, name);
    return variable.array;
  }

  setElement(array: Map<string, Value>, key: string, value: Value): void {
    if (!array.has(key) && ++this.elements > MAX_ELEMENTS)
      throw new AwkError("program limit exceeded: arrays too large");
    array.set(key, value);
  }

  // -------------------------------------------------------------------------------------------------------- record

  setRecord(text: string): void {
    this.#record = text;
    this.#recordStale = false;
    this.#split = false;
  }

  #splitRecord(): void {
    this.#split = true;
    this.#fields = this.splitText(this.#record, this.text(this.#fs.value)).map(fromInput);
    this.#nf.value = this.#fields.length;
  }

  get fieldCount(): number {
    if (!this.#split) this.#splitRecord();
    return toNumber(this.#nf.value);
  }

  /** `NF = count`. */
  setFieldCount(value: Value): void {
    if (!this.#split) this.#splitRecord();
    const count = this.#checkField(toNumber(value));
    this.#fields.length = Math.min(this.#fields.length, count);
    while (this.#fields.length < count) this.#fields.push("");
    this.#nf.value = count;
    this.#recordStale = true;
  }

  #checkField(index: number): number {
    const whole = Math.trunc(index);
    if (whole < 0) throw new AwkError(`negative field index $${whole}`);
    if (!(whole <= MAX_FIELD)) throw new AwkError(`program limit exceeded: maximum number of fields size=${MAX_FIELD}`);
    return whole;
  }

  recordText(): string {
    if (this.#recordStale) {
      const ofs = this.text(this.#ofs.value);
      this.#record = this.checkLength(this.#fields.map((field) => this.text(field)).join(ofs));
      this.fuel += this.#fields.length >> 2;
      this.#recordStale = false;
    }
    return this.#record;
  }

  field(index: number): Value {
    if (index === 0) return fromInput(this.recordText());
    const at = this.#checkField(index);
    if (!this.#split) this.#splitRecord();
    return this.#fields[at - 1];
  }

  setField(index: number, value: Value): void {
    const at = this.#checkField(index);
    if (at === 0) {
      this.setRecord(this.text(value));
      return;
    }
    if (!this.#split) this.#splitRecord();
    while (this.#fields.length < at) this.#fields.push("");
    this.#fields[at - 1] = value;
    this.#nf.value = this.#fields.length;
    this.#recordStale = true;
  }

  /** Cuts as FS does: " " at blanks, one character at itself, anything else as a pattern, "" at every character. */
  splitText(text: string, separator: string | Pattern): string[] {
    this.fuel += 1 + (text.length >> 4);
    const parts = this.#splitText(text, separator);
    if (parts.length > MAX_PARTS)
      throw new AwkError(`program limit exceeded: maximum number of fields size=${MAX_PARTS}`);
    return parts;
  }

  /** One part more than there may be, where there are too many: splitting is one stretch of work. */
  #splitText(text: string, separator: string | Pattern): string[] {
    if (text === "") return [];
    if (separator === " ") return splitAtBlanks(text);
    if (separator === "") return Array.from(text.slice(0, 2 * MAX_PARTS + 2));
    if (typeof separator === "string" && separator.length === 1 && separator !== "\\") {
      // In paragraphs a newline ends a field whatever FS is.
      if (this.#rs.value === "" && separator !== "\n")
        return text.split("\n", MAX_PARTS + 1).flatMap((line) => line.split(separator, MAX_PARTS + 1));
      return text.split(separator, MAX_PARTS + 1);
    }
    const pattern =
      typeof separator !== "string" ? separator : this.pattern(this.#rs.value === "" ? `(${separator})|\n` : separator);
    const parts: string[] = [];
    let from = 0;
    for (let at = 0; at <= text.length && parts.length <= MAX_PARTS; ) {
      const match = pattern.find(text, at);
      this.fuel += 1 + (text.length >> 8);
      if (match === undefined) break;
      if (match.end === match.start) {
        at = match.end + 1;
        continue;
      }
      parts.push(text.slice(from, match.start));
      from = match.end;
      at = from;
    }
    parts.push(text.slice(from));
    return parts;
  }

  // ------------------------------------------------------------------------------------------------------ patterns

  pattern(source: string): Pattern {
    const known = this.#patterns.get(source);
    if (known !== undefined) return known;
    if (this.#patterns.size > 500) this.#patterns.clear();
    this.fuel += 20 + source.length;
    try {
      const compiled = compilePattern(source, { syntax: "extended", bracketEscapes: true, controlEscapes: true });
      this.#patterns.set(source, compiled);
      return compiled;
    } catch (error) {
      if (error instanceof PatternError)
        throw new AwkError(`regular expression compile failed (${error.message})\n${source}`, true);
      throw error;
    }
  }

  matches(text: string, pattern: Pattern): boolean {
    this.fuel += 1 + (text.length >> 5);
    return this.find(text, pattern, 0) !== undefined;
  }

  find(text: string, pattern: Pattern, from: number) {
    try {
      return pattern.find(text, from);
    } catch (error) {
      if (error instanceof PatternError) throw new AwkError(error.message);
      throw error;
    }
  }

  // --------------------------------------------------------------------------------------------------------- input

  separator(): Separator {
    const text = this.text(this.#rs.value);
    if (text !== this.#separatorOf) {
      this.#separatorOf = text;
      this.#separator =
        text === ""
          ? { type: "paragraph" }
          : text.length === 1
            ? { type: "character", character: text }
            : { type: "pattern", pattern: this.pattern(text) };
    }
    return this.#separator;
  }

  /** The next record of a reader; waits for it where it must. */
  async record(records: RecordReader): Promise<string | undefined> {
    for (;;) {
      const next = records.next(this.separator());
      if (next !== MORE) return next;
      if (records.held > MAX_STRING) throw new AwkError("program limit exceeded: record too long");
      await this.streams.flush();
      await records.fill();
    }
  }

  /** The next record of the main input where one is there already. */
  ready(): string | undefined {
    const next = this.#input?.next(this.separator());
    return typeof next === "string" ? next : undefined;
  }

  /** The next record of the main input: the operands in turn, or the standard input. Undefined at the end. */
  async mainRecord(): Promise<string | undefined> {
    for (;;) {
      if (this.#input === undefined && !(await this.#openNext())) return undefined;
      const input = this.#input as RecordReader;
      const next = await this.record(input);
      if (next !== undefined) return next;
      this.skipFile();
    }
  }

  skipFile(): void {
    this.#input?.close();
    this.#input = undefined;
  }

  count(): void {
    this.#nr.value = toNumber(this.#nr.value) + 1;
    this.#fnr.value = toNumber(this.#fnr.value) + 1;
  }

  countCommand(): void {
    this.#nr.value = toNumber(this.#nr.value) + 1;
  }

  async #openNext(): Promise<boolean> {
    if (this.#ended) return false;
    const { process } = this.tool;
    const argv = this.arrayOf(this.global("ARGV"), "ARGV");
    const count = toNumber(this.global("ARGC").value);
    while (this.#argument < count) {
      const name = this.text(argv.get(String(this.#argument++)));
      if (name === "") continue;
      const assignment = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(name);
      if (assignment !== null) {
        this.assign(assignment[1] as string, assignment[2] as string);
        continue;
      }
      this.#noFiles = false;
      try {
        if (name !== "-" && process.files.stat(name).type === "directory")
          throw new AwkError(`cannot open ${name} (Is a directory)`, true);
        this.#input = new RecordReader(this.tool.open(name === "/dev/stdin" ? "-" : name));
      } catch (error) {
        if (!isErrno(error)) throw error;
        throw new AwkError(`cannot open ${name} (${error.message})`, true);
      }
      this.#fnr.value = 0;
      this.global("FILENAME").value = name;
      return true;
    }
    this.#ended = true;
    if (!this.#noFiles) return false;
    this.#input = new RecordReader(process.stdin);
    return true;
  }

  /** Where the program is, for complaints. */
  get where(): string {
    return `FILENAME="${this.text(this.global("FILENAME").value)}" FNR=${toNumber(this.#fnr.value)} NR=${toNumber(this.#nr.value)}`;
  }

  /** `-v name=text`, and operands of that form. */
  assign(name: string, text: string): void {
    const value = fromInput(readEscapes(text));
    if (name === "NF") this.setFieldCount(value);
    else this.global(name).value = value;
  }
}
