/** vi's keys: modes, operators with motions, and the colon commands. */
import type { Key } from "../../shell/editor/keys.ts";
import { runColon } from "./vi-colon.ts";
import type { Place, ViText } from "./vi-text.ts";
import { changeSelection, type Selection, selectionOf, type Visual } from "./vi-visual.ts";

export type ViRequest =
  | { readonly kind: "write"; readonly path: string | undefined; readonly quit: boolean }
  | { readonly kind: "quit"; readonly status: number }
  | { readonly kind: "reload" };

interface Motion {
  readonly to: Place;
  readonly linewise: boolean;
  readonly inclusive: boolean;
}

type Mode = "normal" | "insert" | "replace" | "command" | "search";

const NAMES: Readonly<Record<string, string>> = {
  left: "h",
  down: "j",
  up: "k",
  right: "l",
  home: "0",
  end: "$",
  delete: "x",
  "page-down": "ctrl-f",
  "page-up": "ctrl-b",
  enter: "+",
  backspace: "h",
  "ctrl-h": "h",
};

export class ViEditor {
  readonly text: ViText;
  mode: Mode = "normal";
  /** What is typed after `:`, `/` or `?`. */
  entry = "";
  message = "";
  numbers = false;
  #prompt = ":";
  #count = "";
  #operator = "";
  #operatorCount = 1;
  #pending = "";
  #visual: Visual | undefined;
  #search = { text: "", forward: true };
  #typed: Key[] = [];
  #change: readonly Key[] = [];
  #changing = false;
  #replaying = false;
  #page = 20;

  constructor(text: ViText) {
    this.text = text;
  }

  /** Rows of text on screen: how far ^F goes. */
  set page(rows: number) {
    this.#page = Math.max(1, rows);
  }

  get status(): string {
    if (this.mode === "command" || this.mode === "search") return this.#prompt + this.entry;
    if (this.mode === "insert") return "-- INSERT --";
    if (this.mode === "replace") return "-- REPLACE --";
    if (this.#visual !== undefined) return this.#visual.linewise ? "-- VISUAL LINE --" : "-- VISUAL --";
    return this.message;
  }

  /** What is selected, to be shown so. */
  get selection(): Selection | undefined {
    return this.#visual === undefined ? undefined : selectionOf(this.text, this.#visual);
  }

  handle(key: Key): ViRequest | undefined {
    if (!this.#replaying) this.#typed.push(key);
    const request = this.#dispatch(key);
    const idle =
      this.mode === "normal" &&
      this.#operator === "" &&
      this.#pending === "" &&
      this.#count === "" &&
      this.#visual === undefined;
    if (idle && !this.#replaying) {
      if (this.#changing) this.#change = this.#typed;
      this.#changing = false;
      this.#typed = [];
    }
    this.text.clamp(this.mode === "insert" || this.mode === "replace");
    return request;
  }

  #dispatch(key: Key): ViRequest | undefined {
    switch (this.mode) {
      case "insert":
      case "replace":
        this.#insertKey(key);
        return undefined;
      case "command":
      case "search":
        return this.#entryKey(key);
      case "normal":
        return this.#normalKey(key.kind === "key" ? (NAMES[key.name] ?? key.name) : key.text);
    }
  }

  #begin(): void {
    this.text.remember();
    this.#changing = true;
  }

  // --------------------------------------------------------------------------------------------------------- insert

  #insertKey(key: Key): void {
    const { text } = this;
    if (key.kind !== "key") {
      for (const [i, part] of key.text.split("\n").entries()) {
        if (i > 0) {
          text.lines.splice(text.row + 1, 0, text.line.slice(text.column));
          text.line = text.line.slice(0, text.column);
          text.row++;
          text.column = 0;
        }
        if (this.mode === "replace" && part.length === 1)
          text.line = text.line.slice(0, text.column) + text.line.slice(text.column + 1);
        text.insert(part);
      }
      return;
    }
    switch (key.name) {
      case "escape":
      case "ctrl-c":
        this.mode = "normal";
        text.column = Math.max(0, text.column - 1);
        break;
      case "enter":
        text.split();
        break;
      case "tab":
        text.insert("\t");
        break;
      case "backspace":
      case "ctrl-h":
        text.backspace();
        break;
      case "delete":
        text.line = text.line.slice(0, text.column) + text.line.slice(text.column + 1);
        break;
      case "ctrl-w": {
        const to = { row: text.row, column: text.column };
        const from = text.wordBack(to);
        if (from.row === to.row) text.deleteRange(from, to);
        break;
      }
      case "left":
        text.column--;
        break;
      case "right":
        text.column++;
        break;
      case "up":
        text.row--;
        break;
      case "down":
        text.row++;
        break;
      case "home":
        text.column = 0;
        break;
      case "end":
        text.column = text.line.length;
    }
  }

  // --------------------------------------------------------------------------------------------------------- normal

  #reset(): void {
    this.#count = "";
    this.#operator = "";
    this.#pending = "";
  }

  #normalKey(key: string): ViRequest | undefined {
    this.message = "";
    if (this.#pending !== "") return this.#pendingKey(key);
    if (/^[1-9]$/.test(key) || (key === "0" && this.#count !== "")) {
      this.#count = (this.#count + key).slice(0, 6);
      return undefined;
    }
    if (key === "escape" || key === "ctrl-c") {
      this.#reset();
      this.#visual = undefined;
      return undefined;
    }
    if ((key === "v" || key === "V") && this.#operator === "") {
      const linewise = key === "V";
      const { row, column } = this.text;
      if (this.#visual === undefined) this.#visual = { anchor: { row, column }, linewise };
      else this.#visual = this.#visual.linewise === linewise ? undefined : { ...this.#visual, linewise };
      this.#reset();
      return undefined;
    }
    if (this.#visual !== undefined && this.#visualKey(key, this.#visual)) return undefined;
    const count = Number(this.#count || "1");
    if (/^[dcy<>]$/.test(key)) {
      if (this.#operator === key) {
        this.#applyLines(key, this.text.row, this.text.row + this.#operatorCount * count - 1);
        this.#reset();
      } else {
        this.#operator = key;
        this.#operatorCount = count;
        this.#count = "";
      }
      return undefined;
    }
    if (/^[grftFTZ]$/.test(key)) {
      this.#pending = key;
      return undefined;
    }
    const motion = this.#motion(key, count * this.#operatorCount, this.#count !== "");
    if (motion !== undefined) {
      this.#move(motion, key);
      this.#reset();
      return undefined;
    }
    const request = this.#command(key, count);
    this.#reset();
    return request;
  }

  /** False for motions, which move the end of the selection as they move the cursor. */
  #visualKey(key: string, visual: Visual): boolean {
    const selection = selectionOf(this.text, visual);
    if (key === "o") {
      const { row, column } = this.text;
      this.#visual = { ...visual, anchor: { row, column } };
      this.text.row = visual.anchor.row;
      this.text.column = visual.anchor.column;
    } else if (key === ":") {
      this.#visual = undefined;
      this.#prompt = ":";
      this.entry = `${selection.from.row + 1},${selection.to.row + 1}`;
      this.mode = "command";
    } else if (key === ">" || key === "<") {
      this.#visual = undefined;
      this.#applyLines(key, selection.from.row, selection.to.row);
      this.text.row = selection.from.row;
    } else {
      if (!/^[dxXDycsCSRYuU~Jp]$/.test(key)) return false;
      if (key !== "y" && key !== "Y") this.#begin();
      this.#visual = undefined;
      if (changeSelection(this.text, selection, key)) this.mode = "insert";
    }
    this.#reset();
    return true;
  }

  #pendingKey(key: string): ViRequest | undefined {
    const first = this.#pending;
    const count = Number(this.#count || "1");
    this.#pending = "";
    const { text } = this;
    if (first === "Z") {
      this.#reset();
      if (key === "Z") return { kind: "write", path: undefined, quit: true };
      return key === "Q" ? { kind: "quit", status: 0 } : undefined;
    }
    if (first === "g" && key === "g") {
      const row = this.#count === "" ? 0 : Math.min(count, text.lines.length) - 1;
      this.#move({ to: { row, column: text.firstNonBlank(row) }, linewise: true, inclusive: true }, "gg");
    } else if (first === "r" && key.length === 1 && text.line !== "") {
      this.#begin();
      text.line = text.line.slice(0, text.column) + key.repeat(count) + text.line.slice(text.column + count);
    } else if (/[ftFT]/.test(first) && key.length === 1) {
      const forward = first === "f" || first === "t";
      const found = forward ? text.line.indexOf(key, text.column + 1) : text.line.lastIndexOf(key, text.column - 1);
      if (found !== -1 && (forward || text.column > 0)) {
        const column = first === "t" ? found - 1 : first === "T" ? found + 1 : found;
        this.#move({ to: { row: text.row, column }, linewise: false, inclusive: forward }, first);
      }
    }
    this.#reset();
    return undefined;
  }

  #motion(key: string, count: number, counted: boolean): Motion | undefined {
    const { text } = this;
    const here = { row: text.row, column: text.column };
    const lines = (row: number): Motion => {
      const target = Math.max(0, Math.min(row, text.lines.length - 1));
      return { to: { row: target, column: text.column }, linewise: true, inclusive: true };
    };
    const within = (column: number, inclusive = false): Motion => ({
      to: { row: text.row, column: Math.max(0, Math.min(column, text.line.length)) },
      linewise: false,
      inclusive,
    });
    const words = (step: (from: Place) => Place, inclusive: boolean): Motion => {
      let to: Place = here;
      for (let i = 0; i < Math.min(count, 10_000); i++) to = step(to);
      return { to, linewise: false, inclusive };
    };
    switch (key) {
      case "h":
        return within(text.column - count);
      case "l":
      case " ":
        return within(Math.min(text.column + count, Math.max(0, text.line.length - (this.#operator === "" ? 1 : 0))));
      case "j":
      case "ctrl-n":
        return lines(text.row + count);
      case "k":
      case "ctrl-p":
        return lines(text.row - count);
      case "+": {
        const to = lines(text.row + count).to;
        return { to: { row: to.row, column: text.firstNonBlank(to.row) }, linewise: true, inclusive: true };
      }
      case "0":
        return within(0);
      case "^":
      case "_":
        return within(text.firstNonBlank());
      case "$":
        return within(text.line.length - 1, true);
      case "w":
        // `cw` on a word ends with the word.
        if (this.#operator === "c" && /\S/.test(text.line.charAt(text.column))) {
          return words((from) => text.wordForward({ row: from.row, column: from.column - 1 }, true), true);
        }
        return words((from) => text.wordForward(from, false), false);
      case "e":
        return words((from) => text.wordForward(from, true), true);
      case "b":
        return words((from) => text.wordBack(from), false);
      case "G":
        return lines(counted ? count - 1 : text.lines.length - 1);
      case "ctrl-f":
        return lines(text.row + this.#page * count);
      case "ctrl-b":
        return lines(text.row - this.#page * count);
      case "ctrl-d":
        return lines(text.row + (this.#page >> 1));
      case "ctrl-u":
        return lines(text.row - (this.#page >> 1));
      default:
        return undefined;
    }
  }

  #move(motion: Motion, key: string): void {
    const { text } = this;
    const { to } = motion;
    const operator = this.#operator;
    if (operator === "") {
      text.row = to.row;
      text.column = to.column;
      return;
    }
    const here = { row: text.row, column: text.column };
    if (motion.linewise || operator === "<" || operator === ">") {
      this.#applyLines(operator, Math.min(here.row, to.row), Math.max(here.row, to.row));
      return;
    }
    const forward = to.row > here.row || (to.row === here.row && to.column >= here.column);
    const from = forward ? here : to;
    let end = forward ? { row: to.row, column: to.column + (motion.inclusive ? 1 : 0) } : here;
    // `dw` on the last word of a line keeps the line's end.
    if (key === "w" && end.row > from.row) end = { row: from.row, column: (text.lines[from.row] ?? "").length };
    if (operator === "y") {
      text.yankRange(from, end);
      text.row = from.row;
      text.column = from.column;
      return;
    }
    this.#begin();
    text.deleteRange(from, end);
    if (operator === "c") this.mode = "insert";
  }

  #applyLines(operator: string, from: number, last: number): void {
    const { text } = this;
    const to = Math.min(last, text.lines.length - 1);
    if (operator === "y") {
      text.yankLines(from, to);
      return;
    }
    this.#begin();
    if (operator === "d") text.deleteLines(from, to);
    else if (operator === "c") {
      const indent = /^[ \t]*/.exec(text.lines[from] ?? "")?.[0] ?? "";
      text.yankLines(from, to);
      text.lines.splice(from, to - from + 1, indent);
      text.row = from;
      text.column = indent.length;
      this.mode = "insert";
    } else {
      for (let row = from; row <= to; row++) {
        const line = text.lines[row] ?? "";
        text.lines[row] = operator === ">" ? (line === "" ? "" : `  ${line}`) : line.replace(/^(\t| {1,2})/, "");
      }
      text.column = text.firstNonBlank();
    }
  }

  #insertAt(column: number): void {
    this.#begin();
    this.text.column = column;
    this.mode = "insert";
  }

  #open(below: boolean): void {
    const { text } = this;
    const indent = /^[ \t]*/.exec(text.line)?.[0] ?? "";
    this.#begin();
    text.row += below ? 1 : 0;
    text.lines.splice(text.row, 0, indent);
    text.column = indent.length;
    this.mode = "insert";
  }

  #command(key: string, count: number): ViRequest | undefined {
    const { text } = this;
    const here = { row: text.row, column: text.column };
    const end = { row: text.row, column: text.line.length };
    switch (key) {
      case "i":
        this.#insertAt(text.column);
        break;
      case "a":
        this.#insertAt(Math.min(text.column + 1, text.line.length));
        break;
      case "I":
        this.#insertAt(text.firstNonBlank());
        break;
      case "A":
        this.#insertAt(text.line.length);
        break;
      case "o":
      case "O":
        this.#open(key === "o");
        break;
      case "R":
        this.#begin();
        this.mode = "replace";
        break;
      case "x":
      case "s":
        this.#begin();
        text.deleteRange(here, { row: text.row, column: Math.min(text.column + count, text.line.length) });
        if (key === "s") this.mode = "insert";
        break;
      case "X":
        this.#begin();
        text.deleteRange({ row: text.row, column: Math.max(0, text.column - count) }, here);
        break;
      case "D":
      case "C":
        this.#begin();
        text.deleteRange(here, end);
        if (key === "C") this.mode = "insert";
        break;
      case "S":
        this.#applyLines("c", text.row, text.row + count - 1);
        break;
      case "Y":
        text.yankLines(text.row, Math.min(text.row + count, text.lines.length) - 1);
        break;
      case "p":
      case "P":
        this.#begin();
        for (let i = 0; i < Math.min(count, 1000); i++) text.put(key === "p");
        break;
      case "J":
        this.#begin();
        for (let i = 0; i < Math.max(1, Math.min(count, 10_000) - 1); i++) text.join();
        break;
      case "~": {
        this.#begin();
        const char = text.line.charAt(text.column);
        const other = char === char.toUpperCase() ? char.toLowerCase() : char.toUpperCase();
        text.line = text.line.slice(0, text.column) + other + text.line.slice(text.column + 1);
        text.column++;
        break;
      }
      case "u":
        if (!text.undo()) this.message = "Already at oldest change";
        break;
      case "ctrl-r":
        if (!text.redo()) this.message = "Already at newest change";
        break;
      case ".":
        this.#repeat();
        break;
      case "n":
      case "N":
        this.#findNext(key === "n" ? this.#search.forward : !this.#search.forward);
        break;
      case ":":
      case "/":
      case "?":
        this.#prompt = key;
        this.entry = "";
        this.mode = key === ":" ? "command" : "search";
        break;
    }
    return undefined;
  }

  #repeat(): void {
    const keys = this.#change;
    this.#replaying = true;
    this.#reset();
    for (const key of keys) this.#dispatch(key);
    this.#replaying = false;
  }

  #findNext(forward: boolean): void {
    if (!this.text.find(this.#search.text, forward)) this.message = `E486: Pattern not found: ${this.#search.text}`;
  }

  // ---------------------------------------------------------------------------------------------------------- entry

  #entryKey(key: Key): ViRequest | undefined {
    if (key.kind !== "key") {
      this.entry += key.text.replace(/\n.*$/s, "");
      return undefined;
    }
    if (key.name === "backspace" || key.name === "ctrl-h") {
      if (this.entry === "") this.mode = "normal";
      this.entry = this.entry.slice(0, -1);
    } else if (key.name === "ctrl-u") this.entry = "";
    else if (key.name === "escape" || key.name === "ctrl-c") this.mode = "normal";
    else if (key.name === "enter") {
      const searching = this.mode === "search";
      this.mode = "normal";
      this.message = "";
      if (!searching) return runColon(this, this.entry.trim());
      this.#search = { text: this.entry === "" ? this.#search.text : this.entry, forward: this.#prompt === "/" };
      this.#findNext(this.#search.forward);
    }
    return undefined;
  }
}
