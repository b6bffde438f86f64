import { decodeBytes, encodeText } from "../bytes.ts";
import { isErrno } from "../errno.ts";
import { helpText } from "./support/options.ts";
import { PatternError } from "./support/regex.ts";
import {
  type Address,
  type Command,
  parseScript,
  type Script,
  type ScriptPart,
  SedError,
} from "./support/sed-script.ts";
import { substitute } from "./support/sed-substitute.ts";
import { SedText } from "./support/sed-text.ts";
import { type Lines, type Output, readAll, type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  quiet: { short: "n", long: "quiet" },
  silent: { long: "silent" },
  expression: { short: "e", long: "expression", value: true },
  file: { short: "f", long: "file", value: true },
  extended: { short: "E", long: "regexp-extended" },
  extendedOld: { short: "r" },
  inPlace: { short: "i", long: "in-place", value: "optional" },
  separate: { short: "s", long: "separate" },
  unbuffered: { short: "u", long: "unbuffered" },
  zero: { short: "z", long: "null-data" },
  posix: { long: "posix" },
  sandbox: { long: "sandbox" },
  debug: { long: "debug" },
  binary: { short: "b", long: "binary" },
  follow: { long: "follow-symlinks" },
  lineLength: { short: "l", long: "line-length", value: true },
} as const;

export const sed = tool(
  {
    name: "sed",
    usage: "[OPTION]... {script-only-if-no-other-script} [input-file]...",
    helpFirst: true,
    options: OPTIONS,
  },
  async (tool) => {
    const operands = [...tool.operands];
    const parts: ScriptPart[] = [];
    if (tool.has("debug")) return tool.die("--debug is not available here");
    for (const { name, value = "" } of tool.options.given) {
      if (name === "expression") parts.push({ text: value, file: undefined });
      else if (name === "file") {
        const read = async () => {
          const bytes = await readAll(tool, tool.open(value));
          parts.push({ text: decodeBytes(bytes).replace(/\n$/, ""), file: value });
        };
        if (!(await tool.attempt(`couldn't open file ${value}`, read))) return PANIC;
      }
    }
    if (parts.length === 0) {
      const first = operands.shift();
      if (first === undefined) {
        await tool.process.stderr.write(helpText(tool.spec));
        return 1;
      }
      parts.push({ text: first, file: undefined });
    }
    try {
      const script = await parseScript(tool, parts, {
        extended: tool.has("extended") || tool.has("extendedOld"),
        posix: tool.has("posix"),
        sandbox: tool.has("sandbox"),
      });
      return await new Editor(tool, script).run(operands);
    } catch (error) {
      if (error instanceof SedError) return tool.die(error.message, error.status);
      if (error instanceof PatternError) return tool.die(`-e expression #1, char 0: ${error.message}`);
      throw error;
    }
  },
);

/** The status where a file cannot be read or written at all. */
const PANIC = 4;
/** Columns of `l` where nobody says how many. */
const LIST_COLUMNS = 70;
const MAX_SPACE = 8 << 20;

class Editor {
  readonly #tool: Tool<typeof OPTIONS>;
  readonly #commands: readonly Command[];
  readonly #labels = new Map<string, number>();
  readonly #quiet: boolean;
  readonly #end: string;
  #input: { readonly name: string; readonly lines: Lines }[] = [];
  #queue: string[] = [];
  #queueAt = 0;
  #next: string | undefined;
  #nextTerminated = true;
  #files: string[] = [];
  #out: Output;
  #edited: string[] | undefined;
  #editing: string | undefined;
  #line = 0;
  #pattern = "";
  #terminated = true;
  #hold = "";
  /** Of the held text: whether a newline follows it where it is printed. */
  #holdTerminated = true;
  /** The last that was printed had no newline: one comes before anything else. */
  #owesNewline = false;
  #appended: ({ readonly text: string } | { readonly raw: string } | { readonly file: string })[] = [];
  #ranges = new Map<Command, number | "open">();
  #written = new Map<string, string[]>();
  #missing = false;
  #failed = 0;
  /** The file that lines come from. */
  #current = "-";
  readonly #sources = new Map<string, { readonly lines: readonly string[]; at: number }>();

  constructor(tool: Tool<typeof OPTIONS>, script: Script) {
    this.#tool = tool;
    this.#commands = script.commands;
    this.#quiet = script.quiet || tool.has("quiet") || tool.has("silent");
    this.#end = tool.has("zero") ? "\0" : "\n";
    this.#out = tool.out;
    for (const [index, command] of script.commands.entries()) {
      if (command.name === ":") this.#labels.set(command.text, index);
    }
    for (const path of script.outputs) if (!/^\/dev\/std(?:out|err)$/.test(path)) this.#written.set(path, []);
  }

  async run(operands: readonly string[]): Promise<number> {
    const separate = this.#tool.has("inPlace") || this.#tool.has("separate");
    const groups = separate ? operands.map((name) => [name]) : [operands.length === 0 ? ["-"] : [...operands]];
    let status = 0;
    for (const files of groups) {
      this.#files = files;
      if (separate) this.#line = 0;
      if (this.#tool.has("inPlace")) {
        this.#editing = files[0];
        this.#edited = [];
        this.#owesNewline = false;
        if (!(await this.#readable(files[0] ?? ""))) continue;
      }
      const quit = await this.#edit();
      if (this.#edited !== undefined && this.#editing !== undefined) {
        const suffix = this.#tool.value("inPlace");
        const { files: system } = this.#tool.process;
        const path = this.#editing;
        const { mode } = system.stat(path);
        if (suffix !== undefined)
          system.rename(path, suffix.includes("*") ? suffix.replaceAll("*", path) : path + suffix);
        system.writeFile(path, this.#edited.join(""), { mode });
      }
      if (quit !== undefined) {
        status = quit;
        break;
      }
    }
    for (const [path, parts] of this.#written) this.#tool.process.files.writeFile(path, parts.join(""));
    return status !== 0 ? status : this.#failed || (this.#missing ? 2 : 0);
  }

  async #readable(name: string): Promise<boolean> {
    const { files } = this.#tool.process;
    if (files.exists(name) && files.stat(name).type !== "file") {
      await this.#tool.complain(`couldn't edit ${name}: not a regular file`, PANIC);
      this.#failed = PANIC;
      return false;
    }
    return this.#tool
      .attempt(
        `can't read ${name}`,
        () => {
          this.#tool.process.files.readFile(name);
        },
        2,
      )
      .then((fine) => {
        if (!fine) this.#missing = true;
        return fine;
      });
  }

  /** The next line into `#next`; false at the end of all input. */
  async #peek(): Promise<boolean> {
    if (this.#next !== undefined) return true;
    for (;;) {
      const source = this.#input[0];
      if (this.#queueAt < this.#queue.length) {
        this.#next = this.#queue[this.#queueAt++] as string;
        this.#nextTerminated = this.#queueAt < this.#queue.length || (source?.lines.terminated ?? true);
        return true;
      }
      if (source !== undefined) {
        const batch = await source.lines.batch();
        if (batch !== null) {
          this.#queue = batch;
          this.#queueAt = 0;
          continue;
        }
        this.#input.shift();
        continue;
      }
      const name = this.#files.shift();
      if (name === undefined) return false;
      try {
        const { process } = this.#tool;
        if (name !== "-" && process.files.stat(name).type === "directory") {
          await this.#tool.die(`read error on ${name}: Is a directory`, PANIC);
        }
        this.#current = name;
        this.#input.push({ name, lines: this.#tool.lines(this.#tool.open(name), { zero: this.#tool.has("zero") }) });
      } catch (error) {
        if (!isErrno(error)) throw error;
        this.#missing = true;
        await this.#tool.complain(`can't read ${name}: ${error.message}`, 2);
      }
    }
  }

  async #take(): Promise<string | undefined> {
    if (!(await this.#peek())) return undefined;
    const line = this.#next;
    this.#next = undefined;
    this.#terminated = this.#nextTerminated;
    this.#line++;
    return line;
  }

  async #print(text: string, terminated = true): Promise<void> {
    const whole = (this.#owesNewline ? this.#end : "") + (terminated ? text + this.#end : text);
    this.#owesNewline = !terminated;
    await this.#raw(whole);
  }

  /** What is no part of the text, be its separator a newline or not. */
  async #printLine(text: string): Promise<void> {
    await this.#raw(`${this.#owesNewline ? this.#end : ""}${text}\n`);
    this.#owesNewline = false;
  }

  /** As it is: what ends it is part of it. */
  async #raw(text: string): Promise<void> {
    if (this.#edited !== undefined) this.#edited.push(text);
    else {
      const full = this.#out.write(text);
      if (full !== undefined) await full;
    }
  }

  async #printFile(path: string): Promise<void> {
    const { files } = this.#tool.process;
    const bytes = path === "/dev/stdin" ? await readAll(this.#tool, this.#tool.process.stdin) : readable(files, path);
    if (bytes === undefined || bytes.length === 0) return;
    await this.#raw((this.#owesNewline ? this.#end : "") + decodeBytes(bytes));
    this.#owesNewline = false;
  }

  /** Undefined at the end of input; else the status of `q`. */
  async #edit(): Promise<number | undefined> {
    for (;;) {
      const line = await this.#take();
      if (line === undefined) return undefined;
      this.#pattern = line;
      for (;;) {
        const result = await this.#cycle();
        if (result === "restart") continue;
        if (typeof result === "number") return result;
        break;
      }
    }
  }

  async #finishCycle(print: boolean): Promise<void> {
    if (print && !this.#quiet) await this.#print(this.#pattern, this.#terminated);
    for (const item of this.#appended) {
      if ("text" in item) await this.#printLine(item.text);
      else if ("raw" in item) {
        await this.#raw((this.#owesNewline ? this.#end : "") + item.raw);
        this.#owesNewline = false;
      } else await this.#printFile(item.file);
    }
    this.#appended = [];
  }

  async #matches(command: Command): Promise<boolean> {
    const { first, second } = command;
    let selected: boolean;
    if (first === undefined) selected = true;
    else if (second === undefined)
      selected = first.type === "line" && first.line === 0 ? this.#line === 1 : await this.#at(first);
    else selected = await this.#inRange(command, first, second);
    return selected !== command.negated;
  }

  async #at(address: Address): Promise<boolean> {
    switch (address.type) {
      case "line":
        return this.#line === address.line;
      case "last":
        return !(await this.#peek());
      case "step":
        return address.step === 0
          ? this.#line === address.first
          : this.#line >= address.first && (this.#line - address.first) % address.step === 0;
      case "pattern": {
        const spent = this.#tool.spend(1 + (this.#pattern.length >> 4));
        if (spent !== undefined) await spent;
        return address.pattern.find(this.#pattern, 0) !== undefined;
      }
      default:
        return false;
    }
  }

  async #inRange(command: Command, first: Address, second: Address): Promise<boolean> {
    const state = this.#ranges.get(command);
    if (state === undefined) {
      const zero = first.type === "line" && first.line === 0 && this.#line === 1;
      if (!zero && !(await this.#at(first))) return false;
      if (zero && second.type === "pattern" && (await this.#at(second))) return true;
      if (second.type === "line" && second.line <= this.#line) return true;
      if (second.type === "count") {
        if (second.count > 0) this.#ranges.set(command, this.#line + second.count);
      } else if (second.type === "multiple") {
        if (second.of > 0) this.#ranges.set(command, this.#line - (this.#line % second.of) + second.of);
      } else this.#ranges.set(command, "open");
      return true;
    }
    if (typeof state === "number") {
      if (this.#line >= state) this.#ranges.delete(command);
      return this.#line <= state;
    }
    if (second.type === "line") {
      if (this.#line >= second.line) this.#ranges.delete(command);
      return this.#line <= second.line || this.#at(first);
    }
    if (await this.#at(second)) this.#ranges.delete(command);
    return true;
  }

  async #cycle(): Promise<"restart" | number | undefined> {
    let replaced = false;
    for (let index = 0; index < this.#commands.length; index++) {
      const command = this.#commands[index] as Command;
      const spent = this.#tool.spend(1);
      if (spent !== undefined) await spent;
      if (this.#pattern.length + this.#hold.length > MAX_SPACE) await this.#tool.die("couldn't allocate memory", 4);
      if (!(await this.#matches(command))) {
        if (command.name === "{") index = command.jump;
        continue;
      }
      switch (command.name) {
        case "{":
        case "}":
        case ":":
          break;
        case "s": {
          const spentMatch = this.#tool.spend(1 + (this.#pattern.length >> 4));
          if (spentMatch !== undefined) await spentMatch;
          const result = await substitute(this.#tool, this.#pattern, command);
          if (result === undefined) break;
          this.#pattern = result;
          replaced = true;
          if (command.print) await this.#print(this.#pattern, this.#terminated);
          if (command.file !== undefined) this.#write(command.file);
          break;
        }
        case "y":
          this.#pattern = await this.#transliterate(this.#pattern, command.map ?? new Map());
          break;
        case "d":
          await this.#finishCycle(false);
          return undefined;
        case "D": {
          const at = this.#pattern.indexOf(this.#end);
          await this.#finishCycle(false);
          if (at === -1) return undefined;
          this.#pattern = this.#pattern.slice(at + 1);
          return "restart";
        }
        case "p":
          await this.#print(this.#pattern, this.#terminated);
          break;
        case "P": {
          const at = this.#pattern.indexOf(this.#end);
          if (at === -1) await this.#print(this.#pattern, this.#terminated);
          else await this.#print(this.#pattern.slice(0, at));
          break;
        }
        case "l": {
          const given = command.text === "" ? this.#tool.value("lineLength") : command.text;
          const columns = given === undefined ? LIST_COLUMNS : Number.parseInt(given, 10) || 0;
          await this.#printLine(SedText.visible(encodeText(this.#pattern), columns));
          break;
        }
        case "=":
          await this.#printLine(String(this.#line));
          break;
        case "n": {
          if (!(await this.#peek())) {
            await this.#finishCycle(true);
            return undefined;
          }
          await this.#finishCycle(true);
          this.#pattern = (await this.#take()) ?? "";
          break;
        }
        case "N": {
          if (!(await this.#peek())) {
            await this.#finishCycle(true);
            return undefined;
          }
          this.#pattern += this.#end + ((await this.#take()) ?? "");
          break;
        }
        case "g":
          this.#pattern = this.#hold;
          this.#terminated = this.#holdTerminated;
          break;
        case "G":
          this.#pattern += this.#end + this.#hold;
          this.#terminated = true;
          break;
        case "h":
          this.#hold = this.#pattern;
          this.#holdTerminated = this.#terminated;
          break;
        case "H":
          this.#hold += this.#end + this.#pattern;
          break;
        case "x":
          [this.#pattern, this.#hold] = [this.#hold, this.#pattern];
          [this.#terminated, this.#holdTerminated] = [this.#holdTerminated, this.#terminated];
          break;
        case "z":
          this.#pattern = "";
          break;
        case "a":
          this.#appended.push({ text: command.text });
          break;
        case "i":
          await this.#printLine(command.text);
          break;
        case "c": {
          const open = this.#ranges.has(command);
          if (command.second === undefined || !open || command.negated) await this.#printLine(command.text);
          await this.#finishCycle(false);
          return undefined;
        }
        case "F":
          await this.#printLine(this.#current);
          break;
        case "R": {
          const line = this.#nextOf(command.text);
          if (line !== undefined) this.#appended.push({ raw: line });
          break;
        }
        case "v":
          break;
        case "W":
          this.#write(command.text, this.#pattern.split("\n", 1)[0] ?? "");
          break;
        case "r":
          // Address 0: before the first line.
          if (command.first?.type === "line" && command.first.line === 0) await this.#printFile(command.text);
          else this.#appended.push({ file: command.text });
          break;
        case "w":
          this.#write(command.text);
          break;
        case "b":
          index = this.#jump(command.text);
          break;
        case "t":
          if (replaced) {
            replaced = false;
            index = this.#jump(command.text);
          }
          break;
        case "T":
          if (!replaced) index = this.#jump(command.text);
          else replaced = false;
          break;
        case "q":
          this.#terminated = true;
          await this.#finishCycle(true);
          return Number(command.text || 0);
        case "Q":
          return Number(command.text || 0);
      }
    }
    await this.#finishCycle(true);
    return undefined;
  }

  async #transliterate(text: string, map: ReadonlyMap<string, string>): Promise<string> {
    const parts: string[] = [];
    let part = "";
    for (const character of text) {
      part += map.get(character) ?? character;
      if (part.length < 8192) continue;
      parts.push(part);
      part = "";
      await this.#tool.spend(256);
    }
    return parts.length === 0 ? part : parts.join("") + part;
  }

  #jump(label: string): number {
    return label === "" ? this.#commands.length : (this.#labels.get(label) ?? this.#commands.length);
  }

  /** `R`: lines of a file, one each time; nothing where it is at its end or cannot be read. */
  #nextOf(path: string): string | undefined {
    let source = this.#sources.get(path);
    if (source === undefined) {
      const { files } = this.#tool.process;
      const text = files.exists(path) ? files.readText(path) : "";
      source = { lines: text.match(/[^\n]*\n|[^\n]+$/g) ?? [], at: 0 };
      this.#sources.set(path, source);
    }
    return source.lines[source.at++];
  }

  #write(path: string, text = this.#pattern): void {
    if (path === "/dev/stdout") {
      this.#out.add((this.#owesNewline ? this.#end : "") + text + this.#end);
      this.#owesNewline = false;
      return;
    }
    const parts = this.#written.get(path) ?? [];
    parts.push(text + this.#end);
    this.#written.set(path, parts);
  }
}

function readable(files: Tool["process"]["files"], path: string): Uint8Array | undefined {
  try {
    return files.readFile(path);
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}
