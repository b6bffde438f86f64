import { isErrno } from "../errno.ts";
import { PatternError } from "./support/regex.ts";
import { type Address, type Command, parseScript, SedError } from "./support/sed-script.ts";
import { substitute } from "./support/sed-substitute.ts";
import { type Lines, type Output, type Tool, tool } from "./support/tool.ts";

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
} as const;

export const sed = tool(
  { name: "sed", usage: "[OPTION]... {script-only-if-no-other-script} [input-file]...", options: OPTIONS },
  async (tool) => {
    const operands = [...tool.operands];
    const scripts: string[] = [];
    for (const { name, value = "" } of tool.options.given) {
      if (name === "expression") scripts.push(value);
      else if (name === "file")
        scripts.push(tool.process.files.readText(value).replace(/^#n\n/, "").replace(/\n$/, ""));
    }
    if (scripts.length === 0) {
      const first = operands.shift();
      if (first === undefined) {
        await tool.process.stderr.write("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n");
        return 1;
      }
      scripts.push(first);
    }
    try {
      const commands = await parseScript(tool, scripts.join("\n"), tool.has("extended") || tool.has("extendedOld"));
      return await new Editor(tool, commands).run(operands);
    } catch (error) {
      if (error instanceof SedError) return tool.die(`-e expression #1, char ${error.position}: ${error.message}`);
      if (error instanceof PatternError) return tool.die(`-e expression #1, char 0: ${error.message}`);
      throw error;
    }
  },
);

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
  #appended: ({ readonly text: string } | { readonly file: string })[] = [];
  #ranges = new Map<Command, number | "open">();
  #written = new Map<string, string[]>();
  #missing = false;
  /** The file that lines come from. */
  #current = "-";
  readonly #sources = new Map<string, { readonly lines: readonly string[]; at: number }>();

  constructor(tool: Tool<typeof OPTIONS>, commands: readonly Command[]) {
    this.#tool = tool;
    this.#commands = commands;
    this.#quiet = tool.has("quiet") || tool.has("silent");
    this.#end = tool.has("zero") ? "\0" : "\n";
    this.#out = tool.out;
    for (const [index, command] of commands.entries()) {
      if (command.name === ":") this.#labels.set(command.text, index);
    }
    for (const command of commands) {
      if ("btT".includes(command.name) && command.text !== "" && !this.#labels.has(command.text)) {
        throw new SedError(`can't find label for jump to \`${command.text}'`, 0);
      }
    }
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
    return status !== 0 ? status : this.#missing ? 2 : 0;
  }

  async #readable(name: string): Promise<boolean> {
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
          this.#missing = true;
          await this.#tool.complain(`couldn't edit ${name}: not a regular file`, 4);
          continue;
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
    const whole = terminated ? text + this.#end : text;
    if (this.#edited !== undefined) this.#edited.push(whole);
    else {
      const full = this.#out.write(whole);
      if (full !== undefined) await full;
    }
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
      if ("text" in item) await this.#print(item.text);
      else if (this.#tool.process.files.exists(item.file)) {
        const text = this.#tool.process.files.readText(item.file);
        await this.#print(text, false);
      }
    }
    this.#appended = [];
  }

  async #matches(command: Command): Promise<boolean> {
    const { first, second } = command;
    let selected: boolean;
    if (first === undefined) selected = true;
    else if (second === undefined) selected = await this.#at(first);
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
        if (this.#line % second.of !== 0) this.#ranges.set(command, Math.ceil(this.#line / second.of) * second.of);
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
          if (command.print) await this.#print(this.#pattern);
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
          const at = this.#pattern.indexOf("\n");
          await this.#finishCycle(false);
          if (at === -1) return undefined;
          this.#pattern = this.#pattern.slice(at + 1);
          return "restart";
        }
        case "p":
          await this.#print(this.#pattern);
          break;
        case "P":
          await this.#print(this.#pattern.split("\n", 1)[0] ?? "");
          break;
        case "l":
          await this.#print(`${visible(this.#pattern)}$`);
          break;
        case "=":
          await this.#print(String(this.#line));
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
          this.#pattern += `\n${(await this.#take()) ?? ""}`;
          break;
        }
        case "g":
          this.#pattern = this.#hold;
          break;
        case "G":
          this.#pattern += `\n${this.#hold}`;
          break;
        case "h":
          this.#hold = this.#pattern;
          break;
        case "H":
          this.#hold += `\n${this.#pattern}`;
          break;
        case "x":
          [this.#pattern, this.#hold] = [this.#hold, this.#pattern];
          break;
        case "z":
          this.#pattern = "";
          break;
        case "a":
          this.#appended.push({ text: command.text });
          break;
        case "i":
          await this.#print(command.text);
          break;
        case "c": {
          const open = this.#ranges.has(command);
          if (command.second === undefined || !open || command.negated) await this.#print(command.text);
          await this.#finishCycle(false);
          return undefined;
        }
        case "F":
          await this.#print(this.#current);
          break;
        case "R": {
          const line = this.#nextOf(command.text);
          if (line !== undefined) this.#appended.push({ text: line });
          break;
        }
        case "v":
          break;
        case "W":
          this.#write(command.text, this.#pattern.split("\n", 1)[0] ?? "");
          break;
        case "r":
          this.#appended.push({ file: command.text });
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
      source = { lines: text === "" ? [] : text.replace(/\n$/, "").split("\n"), at: 0 };
      this.#sources.set(path, source);
    }
    return source.lines[source.at++];
  }

  #write(path: string, text = this.#pattern): void {
    if (path === "/dev/stdout") {
      void this.#out.write(text + this.#end);
      return;
    }
    const parts = this.#written.get(path) ?? [];
    parts.push(text + this.#end);
    this.#written.set(path, parts);
  }
}

function visible(text: string): string {
  return text
    .replace(/\\/g, "\\\\")
    .replace(/\t/g, "\\t")
    .replace(/\n/g, "\\n")
    .replace(/\r/g, "\\r")
    .replace(/[\x00-\x1f\x7f]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
