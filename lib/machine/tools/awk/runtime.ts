/** The state of a running awk program: variables, the record and its fields, patterns, streams, fuel. */
import { isErrno } from "../../errno.ts";
import type { ByteReader } from "../../types.ts";
import { fromBinary, toBinary } from "../support/binary.ts";
import { compilePattern, type Pattern, PatternError } from "../support/regex.ts";
import type { AnyTool } from "../support/tool.ts";
import type { Dialect, Sources } from "./dialect.ts";
import { AwkSyntaxError } from "./failure.ts";
import { AwkError, fatalWords, gawkPlace, limit, type Whereabouts } from "./fatal.ts";
import { cutAtWidths, cutByContent, readWidths } from "./fields.ts";
import { MORE, RecordReader, type Separator } from "./input.ts";
import { readEscapes } from "./lexer.ts";
import { adaptPattern } from "./pattern.ts";
import { Random } from "./random.ts";
import { Streams } from "./streams.ts";
import { fromInput, isTrue, toNumber, toText, type Value } from "./values.ts";

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
  readonly dialect: Dialect;
  /** Strings are bytes, each a character; else they are text. */
  readonly bytes: boolean;
  readonly random: Random;
  /** The line of the statement that runs, over all sources; 0: none does yet. */
  line = 0;
  /** gawk's BEGINFILE and ENDFILE. */
  onFile: ((event: "BEGINFILE" | "ENDFILE") => Promise<void>) | undefined;
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
  /** FS as it was when the record was read: it is split when somebody asks. */
  #recordSeparator = " ";
  #warnedOfBytes = false;
  readonly #sources: Sources;
  readonly #name: string;
  #ended = false;
  #separatorOf: string | undefined;
  #separator: Separator = { type: "character", character: "\n" };

  constructor(tool: AnyTool, dialect: Dialect, options: { name: string; bytes: boolean; sources: Sources }) {
    this.tool = tool;
    this.dialect = dialect;
    this.bytes = options.bytes;
    this.#name = options.name;
    this.#sources = options.sources;
    this.random = new Random(dialect, tool.process.clock);
    this.streams = new Streams(tool.process, tool.out, { dialect, bytes: options.bytes });
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
    return typeof value === "string" ? value : toText(value, "%.6g", this.dialect);
  }

  text(value: Value): string {
    return typeof value === "string" ? value : toText(value, this.convfmt, this.dialect);
  }

  number(value: Value): number {
    return typeof value === "number" ? value : toNumber(value, this.dialect);
  }

  /** A text from outside as a value. */
  input(text: string): Value {
    return fromInput(text, this.dialect);
  }

  /** What the rest of the machine calls a string of the program: a file, a command. */
  outward(text: string): string {
    return this.bytes ? fromBinary(text) : text;
  }

  /** What the program calls a text of the machine: an argument, a variable of the environment. */
  inward(text: string): string {
    return this.bytes ? toBinary(text) : text;
  }

  // ------------------------------------------------------------------------------------------------------ complaints

  get #where(): Whereabouts {
    return {
      place: this.line === 0 ? undefined : this.#sources.place(this.line),
      fileName: this.outward(this.text(this.global("FILENAME").value)),
      fnr: this.number(this.#fnr.value),
      nr: this.number(this.#nr.value),
    };
  }

  /** What is printed where the program fails. */
  fatal(error: AwkError): string {
    return `${this.#name}: ${fatalWords(this.dialect, error.failure, this.#where)}\n`;
  }

  /** gawk goes on, and says what it thinks. */
  warn(message: string): void {
    this.streams.warn(`${this.#name}: ${gawkPlace(this.#where)}warning: ${message}\n`);
  }

  /** gawk says once that characters were asked for where there are none. */
  characters(text: string): string {
    if (!this.bytes && !this.#warnedOfBytes && /[\udc80-\udcff]/.test(text) && !isPaired(text)) {
      this.#warnedOfBytes = true;
      this.warn("Invalid multibyte data detected. There may be a mismatch between your data and your locale");
    }
    return text;
  }

  checkLength(text: string): string {
    if (text.length > MAX_STRING) throw limit("string too long");
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
  arrayOf(variable: Slot, name: string, parameter = false): Map<string, Value> {
    if (variable.array !== undefined) return variable.array;
    if (variable.value !== undefined) {
      if (this.dialect.name === "busybox") variable.value = undefined;
      else throw new AwkError({ type: "scalar", name, parameter });
    }
    variable.array = variable.origin === undefined ? new Map() : this.arrayOf(variable.origin, name, parameter);
    return variable.array;
  }

  setElement(array: Map<string, Value>, key: string, value: Value): void {
    if (!array.has(key) && ++this.elements > MAX_ELEMENTS) throw limit("arrays too large");
    array.set(key, value);
  }

  // -------------------------------------------------------------------------------------------------------- record

  setRecord(text: string): void {
    this.#record = text;
    this.#recordStale = false;
    this.#split = false;
    const { value } = this.#fs;
    this.#recordSeparator = typeof value === "string" ? value : this.text(value);
  }

  #splitRecord(): void {
    this.#split = true;
    const parts = this.#partsOfRecord();
    const { dialect } = this;
    this.#fields = parts.map((part) => fromInput(part, dialect));
    this.#nf.value = this.#fields.length;
  }

  /** As FS says, or FPAT or FIELDWIDTHS where the program set one of them last. */
  #partsOfRecord(): string[] {
    if (this.fieldsBy === "FPAT") {
      this.fuel += 1 + (this.#record.length >> 4);
      return cutByContent(this.#record, this.pattern(this.text(this.global("FPAT").value))).parts;
    }
    if (this.fieldsBy === "FIELDWIDTHS")
      return cutAtWidths(this.#record, readWidths(this.text(this.global("FIELDWIDTHS").value)));
    return this.splitText(this.#record, this.#recordSeparator);
  }

  get fieldCount(): number {
    if (!this.#split) this.#splitRecord();
    return this.number(this.#nf.value);
  }

  /** `NF = count`. */
  setFieldCount(value: Value): void {
    if (!this.#split) this.#splitRecord();
    if (Math.trunc(this.number(value)) < 0) throw new AwkError({ type: "fieldCount" });
    const count = this.#checkField(this.number(value));
    this.#fields.length = Math.min(this.#fields.length, count);
    while (this.#fields.length < count) this.#fields.push("");
    this.#nf.value = count;
    this.#recordStale = true;
  }

  #checkField(index: number): number {
    const whole = Math.trunc(index);
    if (whole < 0) throw new AwkError({ type: "field", index: whole });
    if (!(whole <= MAX_FIELD)) throw limit(`maximum number of fields size=${MAX_FIELD}`);
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
    const at = this.#checkField(index);
    if (at === 0) return this.input(this.recordText());
    if (!this.#split) this.#splitRecord();
    // One that is not there is empty text, not a number.
    return at > this.#fields.length ? "" : this.#fields[at - 1];
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
    if (parts.length > MAX_PARTS) throw limit(`maximum number of fields size=${MAX_PARTS}`);
    return parts;
  }

  /** One part more than there may be, where there are too many: splitting is one stretch of work. */
  #splitText(text: string, separator: string | Pattern): string[] {
    if (text === "") return [];
    if (separator === " ") return splitAtBlanks(text);
    if (separator === "") return Array.from(text.slice(0, 2 * MAX_PARTS + 2));
    if (typeof separator === "string" && separator.length === 1 && separator !== "\\") {
      // In paragraphs a newline ends a field whatever FS is.
      if (this.#rs.value === "" && separator !== "\n" && this.dialect.name !== "mawk")
        return text.split("\n", MAX_PARTS + 1).flatMap((line) => line.split(separator, MAX_PARTS + 1));
      return text.split(separator, MAX_PARTS + 1);
    }
    const pattern =
      typeof separator !== "string"
        ? separator
        : this.pattern(this.#rs.value === "" && this.dialect.name !== "mawk" ? `(${separator})|\n` : separator);
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

  /** gawk's IGNORECASE, and BusyBox's. */
  get ignoreCase(): boolean {
    return this.dialect.name !== "mawk" && isTrue(this.globals.get("IGNORECASE")?.value);
  }

  /** `constant`: as the program has it; what is wrong is wrong with the program then. */
  pattern(source: string, constant = false): Pattern {
    const { ignoreCase } = this;
    const key = ignoreCase ? `i${source}` : source;
    const known = this.#patterns.get(key);
    if (known !== undefined) return known;
    if (this.#patterns.size > 500) this.#patterns.clear();
    this.fuel += 20 + source.length;
    try {
      const compiled = compilePattern(adaptPattern(source, this.dialect), {
        syntax: "extended",
        bracketEscapes: true,
        controlEscapes: true,
        ignoreCase,
      });
      this.#patterns.set(key, compiled);
      return compiled;
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      const message = this.dialect.name === "mawk" ? mawkPatternWords(error.message, source) : error.message;
      if (!constant) throw new AwkError({ type: "pattern", source, message });
      throw new AwkSyntaxError({ type: "pattern", source, message }, this.line === 0 ? 1 : this.line);
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
      if (error instanceof PatternError) throw new AwkError({ type: "limit", message: error.message });
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
      if (records.held > MAX_STRING) throw limit("record too long");
      await this.streams.flush();
      await records.fill();
    }
  }

  /** The next record of the main input where one is there already. */
  ready(): string | undefined {
    const next = this.#input?.next(this.separator());
    if (typeof next !== "string") return undefined;
    this.#noteTerminator(this.#input);
    return next;
  }

  /** The next record of the main input: the operands in turn, or the standard input. Undefined at the end. */
  async mainRecord(): Promise<string | undefined> {
    for (;;) {
      if (this.#input === undefined && !(await this.#openNext())) return undefined;
      const input = this.#input as RecordReader;
      const next = await this.record(input);
      if (next !== undefined) {
        this.#noteTerminator(input);
        return next;
      }
      await this.skipFile();
    }
  }

  /** RT, where the program asks for it. */
  #noteTerminator(input: RecordReader | undefined): void {
    const found = this.dialect.name === "mawk" ? undefined : this.globals.get("RT");
    if (found !== undefined) found.value = input?.terminator;
  }

  async skipFile(): Promise<void> {
    if (this.#input === undefined) return;
    this.#input.close();
    this.#input = undefined;
    await this.onFile?.("ENDFILE");
  }

  count(): void {
    this.#nr.value = this.number(this.#nr.value) + 1;
    this.#fnr.value = this.number(this.#fnr.value) + 1;
  }

  reader(reader: ByteReader): RecordReader {
    return new RecordReader(reader, { bytes: this.bytes, keepsNewline: this.dialect.name === "busybox" });
  }

  async #openNext(): Promise<boolean> {
    if (this.#ended) return false;
    const { process } = this.tool;
    const argv = this.arrayOf(this.global("ARGV"), "ARGV");
    const count = this.number(this.global("ARGC").value);
    while (this.#argument < count) {
      const name = this.text(argv.get(String(this.#argument++)));
      if (name === "") continue;
      const assignment = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(name);
      if (assignment !== null) {
        this.assign(assignment[1] as string, assignment[2] as string);
        continue;
      }
      this.#noFiles = false;
      const path = this.outward(name);
      let directory = false;
      try {
        directory = path !== "-" && process.files.stat(path).type === "directory";
        if (directory && this.dialect.name === "gawk") {
          this.warn(`command line argument \`${path}' is a directory: skipped`);
          continue;
        }
        if (!directory) this.#input = this.reader(this.tool.open(path === "/dev/stdin" ? "-" : path));
      } catch (error) {
        if (!isErrno(error)) throw error;
        this.#fnr.value = 0;
        throw new AwkError({ type: "input", name: path, message: error.message });
      }
      this.#fnr.value = 0;
      this.global("FILENAME").value = name;
      if (directory) throw new AwkError({ type: "read", name: path, message: "Is a directory" });
      await this.onFile?.("BEGINFILE");
      return true;
    }
    this.#ended = true;
    if (!this.#noFiles) return false;
    this.#input = this.reader(process.stdin);
    this.global("FILENAME").value = "-";
    await this.onFile?.("BEGINFILE");
    return true;
  }

  /** `-v name=text`, and operands of that form. */
  assign(name: string, text: string): void {
    const value = this.input(readEscapes(text, this.dialect, (message) => this.warn(message)));
    if (name === "NF") this.setFieldCount(value);
    else this.global(name).value = value;
    this.noteAssignment(name);
  }

  /** What decides how records are cut: the last of these that was assigned to. */
  fieldsBy: "FS" | "FPAT" | "FIELDWIDTHS" = "FS";

  noteAssignment(name: string): void {
    if (this.dialect.name === "gawk" && (name === "FS" || name === "FPAT" || name === "FIELDWIDTHS"))
      this.fieldsBy = name;
  }
}

/** The surrogates of a text are halves of characters, none of them a byte that is no character. */
function isPaired(text: string): boolean {
  return !/(?<![\ud800-\udbff])[\udc80-\udcff]/.test(text);
}

function mawkPatternWords(message: string, source: string): string {
  if (/Unmatched \(/.test(message)) return "missing ')'";
  if (/Unmatched \)/.test(message)) return "missing '('";
  if (/preceding/.test(message)) return "missing operand";
  return source.includes("[") ? "bad class -- [], [^] or [" : message;
}
