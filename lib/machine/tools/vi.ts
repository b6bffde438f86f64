import { isErrno } from "../errno.ts";
import type { Program } from "../types.ts";
import { columnOf, fitted } from "./support/columns.ts";
import { compilePattern, type Pattern, PatternError } from "./support/regex.ts";
import { type Key, Screen } from "./support/screen.ts";
import { substitute } from "./support/sed-substitute.ts";
import { type Tool, tool } from "./support/tool.ts";

const MAX_UNDO = 200;

/** A vi for small files: normal, insert and command-line mode, counts, operators d, c and y, undo and redo. */
export const vi: Program = tool(
  { name: "vi", usage: "[file]", options: { readOnly: { short: "R" } } },
  async (tool) => {
    try {
      return await Screen.use(tool.process, (screen) => new Vi(tool, screen).run());
    } catch (error) {
      if (isErrno(error, "ENOTTY")) return tool.die("standard output is not a terminal");
      throw error;
    }
  },
);

type State = { readonly lines: readonly string[]; readonly row: number; readonly column: number };

class Vi {
  readonly #tool: Tool;
  readonly #screen: Screen;
  #path: string | undefined;
  #lines: string[] = [""];
  #row = 0;
  #column = 0;
  #top = 0;
  #left = 0;
  #insert = false;
  #message = "";
  #saved: readonly string[] = [""];
  #undo: State[] = [];
  #redo: State[] = [];
  #register: { readonly lines: readonly string[]; readonly whole: boolean } = { lines: [], whole: false };
  #pattern: Pattern | undefined;
  #numbers = false;
  #done: number | undefined;
  #keys: Key[] = [];
  #recording: Key[] | undefined;
  #lastChange: readonly Key[] = [];

  constructor(tool: Tool<{ readOnly: { short: string } }>, screen: Screen) {
    this.#tool = tool as unknown as Tool;
    this.#screen = screen;
    this.#path = tool.operands[0];
  }

  get #line(): string {
    return this.#lines[this.#row] ?? "";
  }

  async run(): Promise<number> {
    const { files } = this.#tool.process;
    if (this.#path !== undefined) {
      try {
        const text = files.readText(this.#path);
        this.#lines = text === "" ? [""] : text.replace(/\n$/, "").split("\n");
        this.#message = `"${this.#path}" ${this.#lines.length}L, ${text.length}B`;
      } catch (error) {
        if (!isErrno(error)) throw error;
        this.#message = error.code === "ENOENT" ? `"${this.#path}" [New]` : `"${this.#path}" ${error.message}`;
      }
    }
    this.#saved = [...this.#lines];
    while (this.#done === undefined) {
      if (this.#keys.length === 0) await this.#draw();
      const key = await this.#key();
      if (key === "") return 1;
      this.#message = "";
      if (this.#insert) this.#type(key);
      else await this.#command(key);
      this.#settle();
    }
    return this.#done;
  }

  async #key(): Promise<Key> {
    const queued = this.#keys.shift();
    const key = queued ?? (await this.#screen.key());
    if (key === "Resize" || key === "Wake") {
      await this.#draw();
      return this.#key();
    }
    this.#recording?.push(key);
    return key;
  }

  async #draw(): Promise<void> {
    const { columns, rows } = this.#screen.size;
    const page = rows - 1;
    if (this.#row < this.#top) this.#top = this.#row;
    if (this.#row >= this.#top + page) this.#top = this.#row - page + 1;
    const gutter = this.#numbers ? 4 + 1 : 0;
    const column = columnOf(this.#line, this.#column);
    const width = columns - gutter;
    if (column < this.#left) this.#left = Math.max(0, column - (width >> 1));
    if (column >= this.#left + width) this.#left = column - (width >> 1);
    const body = Array.from({ length: page }, (_, index) => {
      const line = this.#lines[this.#top + index];
      if (line === undefined) return "~";
      return `${this.#numbers ? `${String(this.#top + index + 1).padStart(4)} ` : ""}${fitted(line, width, this.#left)}`;
    });
    const status = this.#message || (this.#insert ? "-- INSERT --" : "");
    const place = `${this.#row + 1},${this.#column + 1}`;
    await this.#screen.draw(
      [...body, `${fitted(status, columns - 12).padEnd(columns - 12)}${place}`],
      this.#row - this.#top,
      gutter + column - this.#left,
    );
  }

  #remember(): void {
    this.#undo.push({ lines: [...this.#lines], row: this.#row, column: this.#column });
    if (this.#undo.length > MAX_UNDO) this.#undo.shift();
    this.#redo = [];
  }

  #restore(from: State[], to: State[]): void {
    const state = from.pop();
    if (state === undefined) {
      this.#message = "Already at oldest change";
      return;
    }
    to.push({ lines: [...this.#lines], row: this.#row, column: this.#column });
    this.#lines = [...state.lines];
    this.#row = state.row;
    this.#column = state.column;
  }

  #settle(): void {
    if (this.#lines.length === 0) this.#lines = [""];
    this.#row = Math.max(0, Math.min(this.#row, this.#lines.length - 1));
    const last = this.#insert ? this.#line.length : Math.max(0, this.#line.length - 1);
    this.#column = Math.max(0, Math.min(this.#column, last));
  }

  // ------------------------------------------------------------------------------------------------------ insert

  #type(key: Key): void {
    const line = this.#line;
    switch (key) {
      case "Escape":
      case "^C":
        this.#insert = false;
        this.#column--;
        if (this.#recording !== undefined) {
          this.#lastChange = this.#recording;
          this.#recording = undefined;
        }
        return;
      case "Enter": {
        const indent = /^[ \t]*/.exec(line.slice(0, this.#column))?.[0] ?? "";
        this.#lines.splice(this.#row, 1, line.slice(0, this.#column), indent + line.slice(this.#column));
        this.#row++;
        this.#column = indent.length;
        return;
      }
      case "Backspace":
        if (this.#column > 0) {
          this.#lines[this.#row] = line.slice(0, this.#column - 1) + line.slice(this.#column);
          this.#column--;
        } else if (this.#row > 0) {
          const above = this.#lines[this.#row - 1] ?? "";
          this.#lines.splice(this.#row - 1, 2, above + line);
          this.#row--;
          this.#column = above.length;
        }
        return;
      case "Delete":
        this.#lines[this.#row] = line.slice(0, this.#column) + line.slice(this.#column + 1);
        return;
      case "^U":
        this.#lines[this.#row] = line.slice(this.#column);
        this.#column = 0;
        return;
      case "^W": {
        const kept = line.slice(0, this.#column).replace(/\S+\s*$|\s+$/, "");
        this.#lines[this.#row] = kept + line.slice(this.#column);
        this.#column = kept.length;
        return;
      }
      default: {
        if (this.#move(key, 1)) return;
        const text = key === "Tab" ? "\t" : key;
        if (key.length > 2 && key !== "Tab") return;
        this.#lines[this.#row] = line.slice(0, this.#column) + text + line.slice(this.#column);
        this.#column += text.length;
      }
    }
  }

  // ------------------------------------------------------------------------------------------------------ normal

  /** Keys that only move, in both modes. */
  #move(key: Key, count: number): boolean {
    const page = this.#screen.size.rows - 2;
    switch (key) {
      case "Up":
        this.#row -= count;
        break;
      case "Down":
        this.#row += count;
        break;
      case "Left":
        this.#column = Math.max(0, this.#column - count);
        break;
      case "Right":
        this.#column += count;
        break;
      case "Home":
        this.#column = 0;
        break;
      case "End":
        this.#column = this.#line.length;
        break;
      case "PageUp":
        this.#row -= page;
        break;
      case "PageDown":
        this.#row += page;
        break;
      default:
        return false;
    }
    this.#settle();
    return true;
  }

  /** Where a motion leads; `whole` lines, `through` the last character. Undefined: no motion. */
  async #motion(
    key: Key,
    count: number,
    counted: boolean,
  ): Promise<{ row: number; column: number; whole?: boolean; through?: boolean } | undefined> {
    const line = this.#line;
    const word = (forward: RegExp, from: number) => {
      forward.lastIndex = from;
      return forward.exec(line);
    };
    let { row, column } = { row: this.#row, column: this.#column };
    switch (key) {
      case "h":
      case "Left":
      case "Backspace":
        return { row, column: Math.max(0, column - count) };
      case "l":
      case "Right":
      case " ":
        return { row, column: Math.min(line.length, column + count) };
      case "j":
      case "Down":
      case "Enter":
      case "+":
        return {
          row: Math.min(row + count, this.#lines.length - 1),
          column: key === "Enter" || key === "+" ? 0 : column,
          whole: true,
        };
      case "k":
      case "Up":
      case "-":
        return { row: Math.max(0, row - count), column, whole: true };
      case "0":
      case "Home":
        return { row, column: 0 };
      case "^":
        return { row, column: /^\s*/.exec(line)?.[0].length ?? 0 };
      case "$":
      case "End":
        return { row, column: line.length };
      case "G":
        return {
          row: counted ? Math.min(count, this.#lines.length) - 1 : this.#lines.length - 1,
          column: 0,
          whole: true,
        };
      case "g":
        return (await this.#key()) === "g" ? { row: counted ? count - 1 : 0, column: 0, whole: true } : undefined;
      case "^F":
      case "PageDown":
        return { row: Math.min(this.#lines.length - 1, row + this.#screen.size.rows - 2), column, whole: true };
      case "^B":
      case "PageUp":
        return { row: Math.max(0, row - this.#screen.size.rows + 2), column, whole: true };
      case "^D":
        return { row: Math.min(this.#lines.length - 1, row + (this.#screen.size.rows >> 1)), column, whole: true };
      case "^U":
        return { row: Math.max(0, row - (this.#screen.size.rows >> 1)), column, whole: true };
      case "w":
      case "W": {
        for (let i = 0; i < count; i++) {
          const text = this.#lines[row] ?? "";
          const step = key === "W" ? /\S*\s*/y : /(?:\w+|[^\w\s]+)?\s*/y;
          step.lastIndex = column;
          column += step.exec(text)?.[0].length ?? 0;
          if (column >= text.length && row < this.#lines.length - 1 && i < count - (this.#pendingOperator ? 1 : 0)) {
            row++;
            column = /^\s*/.exec(this.#lines[row] ?? "")?.[0].length ?? 0;
          }
        }
        return { row, column };
      }
      case "b":
      case "B": {
        for (let i = 0; i < count; i++) {
          if (column === 0 && row > 0) {
            row--;
            column = (this.#lines[row] ?? "").length;
          }
          column = (this.#lines[row] ?? "")
            .slice(0, column)
            .replace(key === "B" ? /\S+\s*$|^\s+$/ : /(?:\w+|[^\w\s]+)\s*$|^\s+$/, "").length;
        }
        return { row, column };
      }
      case "e":
      case "E": {
        for (let i = 0; i < count; i++) {
          const found = word(key === "E" ? /\s*\S+/y : /\s*(?:\w+|[^\w\s]+)/y, column + 1);
          if (found === null) {
            if (row < this.#lines.length - 1)
              return {
                row: row + 1,
                column: (/^\s*(?:\w+|[^\w\s]+)/.exec(this.#lines[row + 1] ?? "")?.[0].length ?? 1) - 1,
                through: true,
              };
          } else column = column + found[0].length;
        }
        return { row, column, through: true };
      }
      case "f":
      case "t":
      case "F":
      case "T": {
        const target = await this.#key();
        const at = key === "f" || key === "t" ? line.indexOf(target, column + 1) : line.lastIndexOf(target, column - 1);
        if (at === -1) return undefined;
        return key === "f"
          ? { row, column: at, through: true }
          : key === "t"
            ? { row, column: at - 1, through: true }
            : { row, column: key === "F" ? at : at + 1 };
      }
      case "n":
      case "N":
        return this.#find(key === "n" ? 1 : -1);
      default:
        return undefined;
    }
  }
  #pendingOperator = false;

  async #find(step: 1 | -1): Promise<{ row: number; column: number } | undefined> {
    const pattern = this.#pattern;
    if (pattern === undefined) {
      this.#message = "No previous regular expression";
      return undefined;
    }
    for (let i = 0; i <= this.#lines.length; i++) {
      const row = (this.#row + step * i + this.#lines.length * 2) % this.#lines.length;
      const line = this.#lines[row] ?? "";
      await this.#tool.spend(2 + (line.length >> 5));
      if (step === 1) {
        const found = pattern.find(line, i === 0 ? this.#column + 1 : 0);
        if (found !== undefined) return { row, column: found.start };
      } else {
        let last: number | undefined;
        for (
          let found = pattern.find(line, 0);
          found !== undefined && (i > 0 || found.start < this.#column);
          found = pattern.find(line, found.start + 1)
        )
          last = found.start;
        if (last !== undefined) return { row, column: last };
      }
    }
    this.#message = "Pattern not found";
    return undefined;
  }

  #startInsert(): void {
    this.#insert = true;
  }

  async #command(first: Key): Promise<void> {
    let key = first;
    let digits = "";
    while (/^\d$/.test(key) && !(key === "0" && digits === "")) {
      digits += key;
      key = await this.#key();
    }
    const count = Math.min(Number(digits || 1), 100_000);
    if ("diaoOIAxXDCsSJpPcr~R<>Y".includes(key) && this.#recording === undefined) this.#recording = [...digits, key];
    const line = this.#line;
    let changes = true;
    switch (key) {
      case "i":
        this.#remember();
        this.#startInsert();
        return;
      case "a":
        this.#remember();
        this.#startInsert();
        this.#column++;
        return;
      case "I":
        this.#remember();
        this.#column = /^\s*/.exec(line)?.[0].length ?? 0;
        this.#startInsert();
        return;
      case "A":
        this.#remember();
        this.#column = line.length;
        this.#startInsert();
        return;
      case "o":
      case "O": {
        this.#remember();
        const indent = /^[ \t]*/.exec(line)?.[0] ?? "";
        if (key === "o") this.#row++;
        this.#lines.splice(this.#row, 0, indent);
        this.#column = indent.length;
        this.#startInsert();
        return;
      }
      case "x":
      case "Delete":
        this.#remember();
        this.#cut(this.#row, this.#column, this.#row, Math.min(line.length, this.#column + count));
        break;
      case "X":
        this.#remember();
        this.#cut(this.#row, Math.max(0, this.#column - count), this.#row, this.#column);
        break;
      case "D":
        this.#remember();
        this.#cut(this.#row, this.#column, this.#row, line.length);
        break;
      case "C":
        this.#remember();
        this.#cut(this.#row, this.#column, this.#row, line.length);
        this.#startInsert();
        return;
      case "s":
        this.#remember();
        this.#cut(this.#row, this.#column, this.#row, Math.min(line.length, this.#column + count));
        this.#startInsert();
        return;
      case "S":
        this.#remember();
        this.#lines[this.#row] = "";
        this.#column = 0;
        this.#startInsert();
        return;
      case "J":
        this.#remember();
        if (this.#row < this.#lines.length - 1)
          this.#lines.splice(this.#row, 2, `${line} ${(this.#lines[this.#row + 1] ?? "").trimStart()}`);
        break;
      case "r": {
        const character = await this.#key();
        this.#remember();
        if (character.length === 1)
          this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
        break;
      }
      case "~": {
        this.#remember();
        const character = line[this.#column] ?? "";
        this.#lines[this.#row] =
          line.slice(0, this.#column) +
          (character === character.toUpperCase() ? character.toLowerCase() : character.toUpperCase()) +
          line.slice(this.#column + 1);
        this.#column++;
        break;
      }
      case "p":
      case "P":
        this.#remember();
        this.#put(key === "p", count);
        break;
      case "Y":
        this.#register = { lines: this.#lines.slice(this.#row, this.#row + count), whole: true };
        break;
      case "d":
      case "c":
      case "y":
      case ">":
      case "<":
        if (await this.#operate(key, count)) return;
        break;
      case "u":
        this.#restore(this.#undo, this.#redo);
        changes = false;
        break;
      case "^R":
        this.#restore(this.#redo, this.#undo);
        changes = false;
        break;
      case ".":
        this.#keys = [...this.#lastChange, ...this.#keys];
        changes = false;
        break;
      case ":":
        changes = false;
        await this.#colon();
        break;
      case "/":
      case "?": {
        changes = false;
        const text = await this.#ask(key);
        if (text === undefined) break;
        try {
          if (text !== "") this.#pattern = compilePattern(text, { syntax: "basic" });
          const found = await this.#find(key === "/" ? 1 : -1);
          if (found !== undefined) ({ row: this.#row, column: this.#column } = found);
        } catch (error) {
          if (!(error instanceof PatternError)) throw error;
          this.#message = error.message;
        }
        break;
      }
      case "Z": {
        const next = await this.#key();
        if (next === "Z" && this.#write(this.#path)) this.#done = 0;
        if (next === "Q") this.#done = 0;
        break;
      }
      default: {
        changes = false;
        const target = await this.#motion(key, count, digits !== "");
        if (target !== undefined) ({ row: this.#row, column: this.#column } = target);
      }
    }
    if (this.#recording !== undefined) {
      if (changes) this.#lastChange = this.#recording;
      this.#recording = undefined;
    }
  }

  /** d, c, y, < and > with a motion. True where insert mode goes on. */
  async #operate(operator: Key, given: number): Promise<boolean> {
    let key = await this.#key();
    let digits = "";
    while (/^[1-9]$/.test(key) || (digits !== "" && key === "0")) {
      digits += key;
      key = await this.#key();
    }
    const count = given * Number(digits || 1);
    let from = { row: this.#row, column: this.#column };
    let to: { row: number; column: number; whole?: boolean; through?: boolean } | undefined;
    this.#pendingOperator = true;
    if (key === operator) to = { row: Math.min(this.#row + count - 1, this.#lines.length - 1), column: 0, whole: true };
    else if (operator === "c" && key === "w") to = await this.#motion("e", count, true);
    else if ((key === "i" || key === "a") && (await this.#key()) === "w") {
      const line = this.#line;
      const start = line.slice(0, this.#column).search(/\w*$/);
      const end = this.#column + (/^\w*/.exec(line.slice(this.#column))?.[0].length ?? 0);
      from = { row: this.#row, column: start };
      to = { row: this.#row, column: key === "a" ? end + (/^\s*/.exec(line.slice(end))?.[0].length ?? 0) : end };
    } else to = await this.#motion(key, count, digits !== "");
    this.#pendingOperator = false;
    if (to === undefined) return false;
    const forward = to.row > from.row || (to.row === from.row && to.column >= from.column);
    const [start, end] = forward ? [from, to] : [to, from];
    const last = end.column + (to.through && forward ? 1 : 0);
    if (operator === ">" || operator === "<") {
      this.#remember();
      for (let row = start.row; row <= end.row; row++) {
        this.#lines[row] =
          operator === ">" ? `  ${this.#lines[row]}` : (this.#lines[row] ?? "").replace(/^(\t| {1,2})/, "");
      }
      return false;
    }
    if (to.whole) {
      this.#register = { lines: this.#lines.slice(start.row, end.row + 1), whole: true };
      if (operator === "y") {
        this.#message = this.#register.lines.length > 2 ? `${this.#register.lines.length} lines yanked` : "";
        return false;
      }
      this.#remember();
      this.#lines.splice(start.row, end.row - start.row + 1, ...(operator === "c" ? [""] : []));
      this.#row = start.row;
      this.#column = 0;
    } else if (operator === "y") {
      this.#register = { lines: this.#text(start.row, start.column, end.row, last), whole: false };
      return false;
    } else {
      this.#remember();
      this.#cut(start.row, start.column, end.row, last);
    }
    if (operator !== "c") return false;
    this.#startInsert();
    return true;
  }

  #text(row: number, column: number, lastRow: number, lastColumn: number): string[] {
    if (row === lastRow) return [(this.#lines[row] ?? "").slice(column, lastColumn)];
    return [
      (this.#lines[row] ?? "").slice(column),
      ...this.#lines.slice(row + 1, lastRow),
      (this.#lines[lastRow] ?? "").slice(0, lastColumn),
    ];
  }

  #cut(row: number, column: number, lastRow: number, lastColumn: number): void {
    this.#register = { lines: this.#text(row, column, lastRow, lastColumn), whole: false };
    const joined = (this.#lines[row] ?? "").slice(0, column) + (this.#lines[lastRow] ?? "").slice(lastColumn);
    this.#lines.splice(row, lastRow - row + 1, joined);
    this.#row = row;
    this.#column = column;
  }

  #put(after: boolean, count: number): void {
    const { lines, whole } = this.#register;
    if (lines.length === 0) return;
    const repeated = Array.from({ length: Math.min(count, 1000) }, () => lines).flat();
    if (whole) {
      this.#row += after ? 1 : 0;
      this.#lines.splice(this.#row, 0, ...repeated);
      this.#column = 0;
      return;
    }
    const at = this.#line === "" ? 0 : this.#column + (after ? 1 : 0);
    const line = this.#line;
    const text = Array.from({ length: Math.min(count, 1000) }, () => lines.join("\n")).join("");
    const parts = (line.slice(0, at) + text + line.slice(at)).split("\n");
    this.#lines.splice(this.#row, 1, ...parts);
    this.#column = lines.length === 1 ? at + text.length - 1 : at;
  }

  // ------------------------------------------------------------------------------------------------ command line

  async #ask(prompt: string): Promise<string | undefined> {
    let text = "";
    for (;;) {
      await this.#screen.write(`\x1b[${this.#screen.size.rows};1H${prompt}${text}\x1b[K`);
      const key = await this.#key();
      if (key === "Enter") return text;
      if (key === "Escape" || key === "^C" || key === "" || (key === "Backspace" && text === "")) return undefined;
      if (key === "Backspace") text = text.slice(0, -1);
      else if (key.length <= 2 && !key.startsWith("^")) text += key;
    }
  }

  async #colon(): Promise<void> {
    const text = (await this.#ask(":"))?.trim();
    if (text === undefined || text === "") return;
    const range = /^(%|(?:\d+|[.$])(?:,(?:\d+|[.$]))?)?(.*)$/s.exec(text);
    const [, where, command = ""] = range ?? [];
    const position = (word: string) =>
      word === "$" ? this.#lines.length : word === "." ? this.#row + 1 : Number(word);
    const bounds =
      where === undefined
        ? [this.#row + 1, this.#row + 1]
        : where === "%"
          ? [1, this.#lines.length]
          : where.split(",").map(position);
    const from = Math.max(1, bounds[0] ?? 1);
    const to = Math.min(this.#lines.length, bounds[1] ?? from);
    if (command === "" && where !== undefined) {
      this.#row = to - 1;
      return;
    }
    const [, name = "", bang = "", argument = ""] = /^([a-z]+|&)(!?)\s*(.*)$/s.exec(command) ?? [];
    const substitution = /^s([^\w\s])/.test(command);
    if (substitution) {
      await this.#substitute(command, from, to);
      return;
    }
    const changed =
      this.#lines.length !== this.#saved.length || this.#lines.some((line, index) => line !== this.#saved[index]);
    switch (name) {
      case "w":
      case "write":
        this.#write(argument || this.#path);
        return;
      case "wq":
      case "x":
      case "wqa":
      case "xit":
        if (this.#write(argument || this.#path)) this.#done = 0;
        return;
      case "q":
      case "quit":
      case "qa":
        if (changed && bang === "") this.#message = "E37: No write since last change (add ! to override)";
        else this.#done = 0;
        return;
      case "cq":
        this.#done = 1;
        return;
      case "d":
      case "delete":
        this.#remember();
        this.#register = { lines: this.#lines.splice(from - 1, to - from + 1), whole: true };
        this.#row = from - 1;
        return;
      case "e":
      case "edit": {
        if (changed && bang === "") {
          this.#message = "E37: No write since last change (add ! to override)";
          return;
        }
        this.#path = argument || this.#path;
        this.#remember();
        const { files } = this.#tool.process;
        const content = this.#path !== undefined && files.exists(this.#path) ? files.readText(this.#path) : "";
        this.#lines = content.replace(/\n$/, "").split("\n");
        this.#saved = [...this.#lines];
        this.#row = 0;
        return;
      }
      case "set":
        if (/^(nu|number)$/.test(argument)) this.#numbers = true;
        else if (/^no(nu|number)$/.test(argument)) this.#numbers = false;
        else if (!/^(no)?(paste|ai|autoindent|et|expandtab|ts|sw|sts)(=\d+)?$/.test(argument))
          this.#message = `E518: Unknown option: ${argument}`;
        return;
      case "noh":
      case "nohlsearch":
        return;
      default:
        this.#message = `E492: Not an editor command: ${text}`;
    }
  }

  async #substitute(command: string, from: number, to: number): Promise<void> {
    const delimiter = command[1] as string;
    const parts = command.slice(2).split(new RegExp(`(?<!\\\\)${delimiter.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")}`));
    const [text = "", replacement = "", flags = ""] = parts;
    try {
      const unescaped = text.replaceAll(`\\${delimiter}`, delimiter);
      if (unescaped !== "")
        this.#pattern = compilePattern(unescaped, { syntax: "basic", ignoreCase: flags.includes("i") });
      const pattern = this.#pattern;
      if (pattern === undefined) return;
      this.#remember();
      let count = 0;
      for (let row = from - 1; row < to; row++) {
        const result = await substitute(this.#tool, this.#lines[row] ?? "", {
          name: "s",
          first: undefined,
          second: undefined,
          negated: false,
          text: "",
          jump: 0,
          pattern,
          replacement: replacement.replaceAll(`\\${delimiter}`, delimiter),
          global: flags.includes("g"),
          occurrence: 1,
        });
        if (result === undefined) continue;
        count++;
        this.#lines[row] = result;
        this.#row = row;
      }
      if (count === 0) this.#message = `E486: Pattern not found: ${text}`;
      else if (count > 2) this.#message = `${count} substitutions`;
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      this.#message = error.message;
    }
  }

  #write(path: string | undefined): boolean {
    if (path === undefined) {
      this.#message = "E32: No file name";
      return false;
    }
    try {
      const text = `${this.#lines.join("\n")}\n`;
      this.#tool.process.files.writeFile(path, text);
      this.#path ??= path;
      this.#saved = [...this.#lines];
      this.#message = `"${path}" ${this.#lines.length}L, ${text.length}B written`;
      return true;
    } catch (error) {
      if (!isErrno(error)) throw error;
      this.#message = `"${path}" ${error.message}`;
      return false;
    }
  }
}
