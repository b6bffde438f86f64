/** The line editor: keys in, a line out, as readline does it (readline.c). */
import type { ByteReader, Tty } from "../../types.ts";
import { runText } from "../run.ts";
import type { Shell } from "../shell.ts";
import { KillRing, LineBuffer } from "./buffer.ts";
import { FUNCTIONS } from "./functions.ts";
import { readSettings } from "./inputrc.ts";
import { type Binding, type KeymapName, Keymaps } from "./keymap.ts";
import { Screen } from "./screen.ts";
import type { ViState } from "./vi-keys.ts";

export type EditResult =
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "interrupt" }
  | { readonly kind: "end" }
  /** The line is to be changed in an editor, then run. */
  | { readonly kind: "edit"; readonly text: string };

const RAW = { canonical: false, echo: false, signals: false } as const;
const PASTE_ON = "\x1b[?2004h";
const PASTE_OFF = "\x1b[?2004l";
const PASTE_END = "\x1b[201~";
export const MAX_LINE = 65_536;
const MAX_PASTE = 1 << 20;
const MAX_MACRO_DEPTH = 16;

export class LineEditor {
  readonly shell: Shell;
  readonly keymaps = new Keymaps();
  readonly ring = new KillRing();
  readonly screen: Screen;
  readonly buffer = new LineBuffer();
  readonly #tty: Tty;
  readonly #reader: ByteReader;
  readonly #decoder = new TextDecoder();
  #reading: Promise<Uint8Array | null> | undefined;
  /** Typed and not used yet. */
  #input = "";
  /** What macros type, before anything that is typed. */
  #macro = "";
  #macroDepth = 0;
  #ended = false;
  #pasting = false;
  #silent = false;
  #wake: (() => void) | undefined;
  /** Lines as edited, the one being typed last. */
  lines: string[] = [];
  line = 0;
  /** Where the next line begins in the history (operate-and-get-next). */
  #next: number | undefined;
  /** What the next line holds already (histverify). */
  #preset: string | undefined;
  promptText = "";
  map: KeymapName = "emacs";
  vi: ViState | undefined;
  /** Name of the function before this one. */
  last = "";
  /** The numeric argument; undefined: none was given. */
  argument: number | undefined;
  /** What stands out: a paste, a match, the region. */
  region: readonly [number, number] | undefined;
  overwriting = false;
  recording: string | undefined;
  recorded = "";
  /** Functions keep what they need from one key to the next. */
  readonly memory = new Map<string, unknown>();
  result: EditResult | undefined;
  /** Lines of the history that were changed and not run, by their places: they stay changed. */
  readonly #edited = new Map<number, string>();
  #settingsRead = false;

  constructor(shell: Shell, tty: Tty, reader: ByteReader) {
    this.shell = shell;
    this.#tty = tty;
    this.#reader = reader;
    this.screen = new Screen(tty.size.columns);
  }

  get columns(): number {
    return this.#tty.size.columns;
  }

  get rows(): number {
    return this.#tty.size.rows;
  }

  get viMode(): boolean {
    return this.map !== "emacs";
  }

  /** What the next line holds when it is asked for. */
  preset(text: string): void {
    this.#preset = text;
  }

  /** Reads ~/.inputrc (or $INPUTRC). */
  async readSettings(): Promise<void> {
    this.#settingsRead = true;
    const { variables, process } = this.shell;
    const home = variables.get("HOME") ?? "/";
    const path = variables.get("INPUTRC") ?? `${home.replace(/\/$/, "")}/.inputrc`;
    const read = (name: string): string | undefined => {
      try {
        return process.files.readText(name.replace(/^~(?=\/)/, home));
      } catch {
        // Settings that are not there are none.
        return undefined;
      }
    };
    const text = read(path) ?? read("/etc/inputrc");
    if (text === undefined) return;
    for (const { line, problem } of readSettings(this.keymaps, text, variables.get("TERM") ?? "", read))
      await this.shell.write(2, `readline: ${path}: line ${line}: ${problem}\n`);
    if (this.keymaps.variables.get("editing-mode") === "vi") this.shell.setOptions.add("vi");
  }

  /** Asks for one line. */
  async read(prompt: string, history: readonly string[]): Promise<EditResult> {
    if (!this.#settingsRead) await this.readSettings();
    this.promptText = prompt;
    this.lines = [...history, ""];
    for (const [at, text] of this.#edited) if (at < history.length) this.lines[at] = text;
    this.line = Math.min(this.#next ?? history.length, history.length);
    this.#next = undefined;
    this.buffer.set(this.#preset ?? this.lines[this.line] ?? "");
    this.#preset = undefined;
    this.buffer.mark = 0;
    const vi = this.shell.option("vi");
    this.keymaps.variables.set("editing-mode", vi ? "vi" : "emacs");
    this.map = vi ? "vi-insert" : "emacs";
    this.vi = undefined;
    this.last = "";
    this.argument = undefined;
    this.region = undefined;
    this.result = undefined;
    this.overwriting = false;
    this.screen.resize(this.columns);
    this.screen.start(prompt);
    // What `stty` set is for the commands between the lines.
    const before = this.#tty.mode;
    this.#tty.mode = RAW;
    this.#silent = !before.echo;
    const paste = this.keymaps.on("enable-bracketed-paste") ? PASTE_ON : "";
    await this.write(paste);
    await this.redraw();
    this.shell.process.onSignal("SIGWINCH", () => this.#wake?.());
    try {
      while (this.result === undefined) await this.#command();
      if (paste !== "") await this.write(PASTE_OFF);
      this.#keepEdits(history);
      return this.result;
    } finally {
      this.#tty.mode = before;
    }
  }

  #keepEdits(history: readonly string[]): void {
    this.#edited.clear();
    for (const [at, text] of this.lines.entries())
      if (at < history.length && at !== this.line && text !== history[at]) this.#edited.set(at, text);
  }

  async write(text: string): Promise<void> {
    if (text !== "") await this.#tty.write(text);
  }

  async ding(): Promise<void> {
    if (this.keymaps.variables.get("bell-style") === "audible") await this.write("\x07");
  }

  async redraw(): Promise<void> {
    // Where the terminal does not echo, nothing is seen of the line.
    if (this.#silent) await this.write(this.screen.draw("", 0));
    else await this.write(this.screen.draw(this.buffer.text, this.buffer.cursor, this.region));
  }

  /** Below the line (`above`), on a fresh row: for lists and messages. The prompt is drawn anew after them. */
  async aside(show: () => Promise<void>, above = this.buffer.text): Promise<void> {
    const { buffer } = this;
    const { cursor } = buffer;
    this.region = undefined;
    await this.write(this.screen.draw(above, above.length));
    await this.write(this.screen.finish());
    await show();
    buffer.cursor = cursor;
    this.screen.start(this.promptText);
  }

  /** Types for the person: what a macro stands for. */
  playMacro(text: string): void {
    if (this.#macroDepth >= MAX_MACRO_DEPTH || this.#macro.length + text.length > MAX_LINE) return;
    this.#macroDepth++;
    this.#macro = text + this.#macro;
  }

  /** Gives a key back, to be read again. */
  unread(char: string): void {
    this.#input = char + this.#input;
  }

  async accept(): Promise<void> {
    const { buffer } = this;
    buffer.cursor = buffer.text.length;
    this.region = undefined;
    await this.redraw();
    await this.write(this.screen.finish());
    this.result = { kind: "line", text: buffer.text };
  }

  operateAndGetNext(): void {
    this.#next = this.line + 1;
  }

  // ----------------------------------------------------------------------------------------------------------- keys

  /** The next character. "": none came within `timeout` ms. Undefined: there will be none. */
  async char(timeout?: number): Promise<string | undefined> {
    for (;;) {
      const source = this.#macro !== "" ? this.#macro : this.#input;
      if (source !== "") {
        const char = String.fromCodePoint(source.codePointAt(0) as number);
        if (this.#macro !== "") {
          this.#macro = this.#macro.slice(char.length);
        } else {
          this.#input = this.#input.slice(char.length);
          this.#macroDepth = 0;
          if (this.recording !== undefined) this.recording += char;
        }
        return char;
      }
      if (this.#ended) return undefined;
      // One byte at a time: what is typed ahead belongs to the programs that are started.
      this.#reading ??= this.#reader.read(this.#pasting ? 4096 : 1);
      const resized = new Promise<"resized">((resolve) => {
        this.#wake = () => resolve("resized");
      });
      const waits: Promise<Uint8Array | null | "resized" | "late">[] = [this.#reading, resized];
      let cancel: (() => void) | undefined;
      if (timeout !== undefined) {
        const { clock } = this.shell.process;
        waits.push(
          new Promise((resolve) => {
            cancel = clock.after(timeout, () => resolve("late"));
          }),
        );
      }
      const answer = await this.shell.until(Promise.race(waits));
      cancel?.();
      this.#wake = undefined;
      if (answer === "resized") {
        this.screen.resize(this.columns);
        await this.redraw();
        continue;
      }
      if (answer === "late") return "";
      this.#reading = undefined;
      if (answer === null) {
        this.#ended = true;
        return undefined;
      }
      this.#input += this.#decoder.decode(answer, { stream: true });
      const paid = this.shell.process.spend();
      if (paid !== undefined) await paid;
    }
  }

  async #command(): Promise<void> {
    const first = await this.char();
    if (first === undefined) {
      this.result = { kind: "end" };
      return;
    }
    if (first === "\x03" && !this.keymaps.maps[this.map].has("\x03")) return this.#interrupt();
    const [binding, keys] = await this.#sequence(first);
    if (binding === undefined) {
      await this.ding();
      return;
    }
    await this.run(binding, keys);
  }

  async #interrupt(): Promise<void> {
    this.memory.clear();
    await this.write(this.screen.interrupt());
    this.#macro = "";
    this.result = { kind: "interrupt" };
  }

  /** The longest sequence that means something. */
  async #sequence(first: string): Promise<[Binding | undefined, string]> {
    let keys = first;
    let best: [Binding, string] | undefined;
    for (;;) {
      const { exact, prefix } = this.keymaps.look(this.map, keys);
      if (exact !== undefined) best = [exact, keys];
      if (!prefix) {
        if (best !== undefined) {
          // What came beyond it is typed again.
          if (keys.length > best[1].length) this.unread(keys.slice(best[1].length));
          return best;
        }
        if (keys.length === 1 || (keys.length === 2 && keys > "\ud800")) {
          const printable = keys >= " " && keys !== "\x7f";
          if (printable && this.map !== "vi-command") return [{ kind: "function", name: "self-insert" }, keys];
          return [undefined, keys];
        }
        // Meta with a capital letter is meta with a small one.
        if (/^\x1b[A-Z]$/.test(keys)) {
          const lower = this.keymaps.look(this.map, keys.toLowerCase()).exact;
          if (lower !== undefined) return [lower, keys.toLowerCase()];
        }
        if (/^\x1b[[O][0-9;?]*$/.test(keys)) {
          const next = await this.char();
          if (next === undefined) return [undefined, keys];
          keys += next;
          continue;
        }
        return [undefined, keys];
      }
      const timeout = exact === undefined ? undefined : this.keymaps.number("keyseq-timeout");
      const next = await this.char(timeout);
      if (next === undefined || next === "") return best ?? [undefined, keys];
      if (next === "\x03" && best === undefined) {
        await this.#interrupt();
        return [{ kind: "function", name: "" }, keys];
      }
      keys += next;
    }
  }

  async run(binding: Binding, keys: string): Promise<void> {
    if (binding.kind === "macro") {
      this.playMacro(binding.text);
      return;
    }
    if (binding.kind === "command") {
      await this.#shellCommand(binding.text);
      return;
    }
    const { name } = binding;
    if (name === "") return;
    const act = FUNCTIONS[name];
    if (act === undefined) {
      await this.aside(() => this.write(`${name} is not available here\r\n`));
      await this.redraw();
      return;
    }
    if (this.region !== undefined) this.region = undefined;
    if (name === "self-insert") keys += this.#run();
    const before = this.argument;
    await act(this, { keys, count: before ?? 1, given: before !== undefined, name });
    if (name !== "digit-argument" && name !== "universal-argument") {
      if (before !== undefined && this.result === undefined) {
        this.argument = undefined;
        this.screen.prompt(this.promptText);
      }
      this.argument = undefined;
    }
    this.last = name;
    if (this.result === undefined) {
      this.#viColumn();
      await this.redraw();
    }
  }

  /** Plain characters that have come already are inserted at once. */
  #run(): string {
    if (this.#macro !== "" || this.argument !== undefined || this.overwriting || this.recording !== undefined)
      return "";
    const map = this.keymaps.maps[this.map];
    let length = 0;
    while (length < this.#input.length) {
      const char = this.#input.charAt(length);
      if (char < " " || char === "\x7f" || map.has(char)) break;
      length++;
    }
    const text = this.#input.slice(0, length);
    this.#input = this.#input.slice(length);
    return text;
  }

  /** In vi's command mode the cursor is on a character. */
  #viColumn(): void {
    const { buffer } = this;
    if (this.map === "vi-command" && buffer.cursor >= buffer.text.length && buffer.text !== "")
      buffer.cursor = buffer.charLeft(buffer.text.length);
  }

  /** `bind -x`: the command sees and may change the line. */
  async #shellCommand(command: string): Promise<void> {
    const { shell, buffer } = this;
    await this.write("\r\x1b[J");
    shell.variables.set("READLINE_LINE", buffer.text);
    shell.variables.set("READLINE_POINT", String(new TextEncoder().encode(buffer.text.slice(0, buffer.cursor)).length));
    const mode = this.#tty.mode;
    this.#tty.mode = { canonical: true, echo: true, signals: true };
    try {
      await runText(shell, command, { name: shell.name });
    } finally {
      this.#tty.mode = mode;
    }
    const text = shell.variables.get("READLINE_LINE") ?? buffer.text;
    const point = Number(shell.variables.get("READLINE_POINT") ?? text.length);
    const { cursor } = buffer;
    if (text !== buffer.text) buffer.replace(0, buffer.text.length, text.slice(0, MAX_LINE));
    const bytes = new TextEncoder().encode(buffer.text);
    buffer.cursor =
      Number.isInteger(point) && point >= 0 ? new TextDecoder().decode(bytes.slice(0, point)).length : cursor;
    shell.variables.unset("READLINE_LINE");
    shell.variables.unset("READLINE_POINT");
    this.screen.start(this.promptText);
    await this.redraw();
  }

  /** A paste up to its end mark. */
  async pasted(): Promise<string> {
    this.#pasting = true;
    try {
      return await this.#readPaste();
    } finally {
      this.#pasting = false;
    }
  }

  async #readPaste(): Promise<string> {
    let text = "";
    for (;;) {
      const char = await this.char();
      if (char === undefined) return text;
      text += char;
      // Whole pieces at once: a pasted page is no ten thousand steps.
      const end = this.#input.indexOf("\x1b");
      const piece = end === -1 ? this.#input : this.#input.slice(0, end);
      text += piece;
      this.#input = this.#input.slice(piece.length);
      if (text.length > MAX_PASTE) text = text.slice(-PASTE_END.length);
      if (text.endsWith(PASTE_END)) return text.slice(0, -PASTE_END.length).replace(/\r\n?/g, "\n");
      const mark = text.lastIndexOf(PASTE_END);
      if (mark !== -1) {
        this.#input = text.slice(mark + PASTE_END.length) + this.#input;
        return text.slice(0, mark).replace(/\r\n?/g, "\n");
      }
    }
  }
}
