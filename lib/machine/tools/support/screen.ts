/** The terminal as full-screen programs use it: raw keys in, whole lines out, restored whatever happens. */
import { Errno } from "../../errno.ts";
import type { ByteReader, Process, Tty, WindowSize } from "../../types.ts";

/** A key: a character, "Enter", "Escape", "Up", "PageDown", "^C", "Resize" ... "" at the end of input. */
type Key = string;

const SEQUENCES: Readonly<Record<string, Key>> = {
  "[A": "Up",
  "[B": "Down",
  "[C": "Right",
  "[D": "Left",
  "[H": "Home",
  "[F": "End",
  "[1~": "Home",
  "[4~": "End",
  "[5~": "PageUp",
  "[6~": "PageDown",
  "[3~": "Delete",
  OA: "Up",
  OB: "Down",
  OC: "Right",
  OD: "Left",
  OH: "Home",
  OF: "End",
};

export class Screen {
  readonly #process: Process;
  readonly #tty: Tty;
  readonly #where: "alternate" | "same";
  readonly #keys: ByteReader;
  readonly #decoder = new TextDecoder();
  #pending = "";
  #reading: Promise<void> | undefined;
  #ended = false;
  #resized = false;
  #woken = false;
  #wake: (() => void) | undefined;

  private constructor(process: Process, tty: Tty, where: "alternate" | "same") {
    this.#where = where;
    this.#process = process;
    this.#tty = tty;
    this.#keys = process.isTerminal(0)
      ? process.stdin
      : (process.open("/dev/tty", { read: true }).reader as ByteReader);
  }

  /**
   * Runs `body` in raw mode on the alternate screen, or on the same, where what was on it goes up and what was drawn
   * stays. ENOTTY where there is no terminal.
   */
  static async use<T>(
    process: Process,
    body: (screen: Screen) => Promise<T>,
    where: "alternate" | "same" = "alternate",
  ): Promise<T> {
    const { tty } = process;
    if (tty === undefined || !process.isTerminal(1)) throw new Errno("ENOTTY");
    const before = tty.mode;
    const screen = new Screen(process, tty, where);
    tty.mode = { canonical: false, echo: false, signals: false };
    process.onSignal("SIGWINCH", () => {
      screen.#resized = true;
      screen.#wake?.();
    });
    try {
      await screen.#begin();
      return await body(screen);
    } finally {
      tty.mode = before;
      process.onSignal("SIGWINCH", "default");
      // A terminal that is gone needs no tidying up.
      await process.stdout.write(`\x1b[?25h${screen.#leaving}`).catch(() => undefined);
    }
  }

  /** Takes the screen again that another program had. */
  async again(): Promise<void> {
    this.#tty.mode = { canonical: false, echo: false, signals: false };
    await this.#begin();
  }

  #begin(): Promise<void> {
    if (this.#where === "alternate") return this.write("\x1b[?1049h\x1b[H\x1b[2J");
    const { rows } = this.size;
    return this.write(`\x1b[${rows};1H${"\n".repeat(rows - 1)}`);
  }

  get #leaving(): string {
    return this.#where === "alternate" ? "\x1b[?1049l" : `\x1b[${this.size.rows};1H\x1b[K`;
  }

  /** At least as much as can be drawn on. */
  get size(): WindowSize {
    const { columns, rows } = this.#tty.size;
    return { columns: Math.max(columns, 10), rows: Math.max(rows, 3) };
  }

  write(text: string): Promise<void> {
    return this.#process.stdout.write(text);
  }

  /** Lines from the top, and the cursor (from 0). */
  async draw(lines: readonly string[], row: number, column: number): Promise<void> {
    const text = lines.map((line, index) => `\x1b[${index + 1};1H${line}\x1b[m\x1b[K`).join("");
    await this.write(`\x1b[?25l${text}\x1b[${row + 1};${column + 1}H\x1b[?25h`);
  }

  /** Something else happened that the program wants to look at: `key` returns "Wake". */
  wake(): void {
    // While the program draws nobody waits: it is told when it asks.
    if (this.#wake === undefined) this.#woken = true;
    else this.#wake();
  }

  async key(): Promise<Key> {
    for (;;) {
      if (this.#resized) {
        this.#resized = false;
        return "Resize";
      }
      if (this.#pending !== "") return this.#take();
      if (this.#ended) return "";
      if (this.#woken) {
        this.#woken = false;
        return "Wake";
      }
      this.#reading ??= this.#keys.read().then((chunk) => {
        this.#reading = undefined;
        if (chunk === null) this.#ended = true;
        else this.#pending += this.#decoder.decode(chunk, { stream: true });
      });
      let woken = false;
      await Promise.race([
        this.#reading,
        new Promise<void>((resolve) => {
          this.#wake = () => {
            woken = true;
            resolve();
          };
        }),
      ]);
      this.#wake = undefined;
      if (woken && !this.#resized) return "Wake";
    }
  }

  #take(): Key {
    const sequence = /^\x1b(\[[\d;]*[A-Za-z~]|O[A-Z])/.exec(this.#pending);
    if (sequence !== null) {
      this.#pending = this.#pending.slice(sequence[0].length);
      return SEQUENCES[sequence[1] ?? ""] ?? "Unknown";
    }
    const character = String.fromCodePoint(this.#pending.codePointAt(0) ?? 0);
    this.#pending = this.#pending.slice(character.length);
    if (character === "\x1b") return "Escape";
    if (character === "\r" || character === "\n") return "Enter";
    if (character === "\x7f" || character === "\b") return "Backspace";
    if (character === "\t") return "Tab";
    return character < " " ? `^${String.fromCharCode(character.charCodeAt(0) + 64)}` : character;
  }
}
