/** A person at a terminal, for tests: types, and sees what is on the screen. */
import { displayWidth, type Tty } from "../index.ts";
import { testMachine } from "../testing.test-helper.ts";
import type { Program } from "../types.ts";
import { createShellPrograms, type ShellOptions } from "./index.ts";
import { TEST_TOOLS } from "./tools.test-helper.ts";

/** As much of a terminal emulator as line editors use. */
class EmulatedScreen {
  columns: number;
  #rows: string[][] = [[]];
  #row = 0;
  #column = 0;
  #pending = "";
  readonly #decoder = new TextDecoder();
  bells = 0;

  constructor(columns: number) {
    this.columns = columns;
  }

  feed(data: Uint8Array): void {
    this.#pending += this.#decoder.decode(data, { stream: true });
    for (;;) {
      const text = this.#pending;
      if (text === "") return;
      if (text.startsWith("\x1b")) {
        const match = /^\x1b\[([0-9;?]*)([@-~])/.exec(text);
        if (match === null) {
          if (text.length > 20) throw new Error(`not understood: ${JSON.stringify(text)}`);
          return;
        }
        this.#pending = text.slice(match[0].length);
        this.#sequence(match[1] as string, match[2] as string);
      } else {
        const char = String.fromCodePoint(text.codePointAt(0) as number);
        this.#pending = text.slice(char.length);
        this.#character(char);
      }
    }
  }

  #line(row = this.#row): string[] {
    while (this.#rows.length <= row) this.#rows.push([]);
    return this.#rows[row] as string[];
  }

  #sequence(parameters: string, final: string): void {
    const count = Number(parameters.split(";")[0]) || 1;
    if (final === "A") this.#row = Math.max(0, this.#row - count);
    else if (final === "B") this.#row += count;
    else if (final === "C") this.#column = Math.min(this.columns - 1, this.#column + count);
    else if (final === "D") this.#column = Math.max(0, this.#column - count);
    else if (final === "H") {
      const [row, column] = parameters.split(";");
      this.#row = (Number(row) || 1) - 1;
      this.#column = (Number(column) || 1) - 1;
    } else if (final === "K") this.#line().splice(this.#column);
    else if (final === "J") {
      if (parameters === "2") this.#rows = [];
      else {
        this.#line().splice(this.#column);
        this.#rows.splice(this.#row + 1);
      }
    } else if (final !== "h" && final !== "l" && final !== "m")
      throw new Error(`not understood: ${parameters}${final}`);
  }

  #character(char: string): void {
    if (char === "\r") this.#column = 0;
    else if (char === "\n") this.#row++;
    else if (char === "\b") this.#column = Math.max(0, this.#column - 1);
    else if (char === "\x07") this.bells++;
    else {
      const width = displayWidth(char);
      if (this.#column + width > this.columns) {
        this.#row++;
        this.#column = 0;
      }
      const line = this.#line();
      while (line.length < this.#column) line.push(" ");
      line[this.#column] = char;
      if (width === 2) line[this.#column + 1] = "";
      this.#column += width;
    }
    this.#line();
  }

  /** Rows without the blanks at their ends, and without the empty rows at the bottom. */
  get lines(): readonly string[] {
    const lines = this.#rows.map((row) =>
      Array.from(row, (cell) => cell ?? " ")
        .join("")
        .trimEnd(),
    );
    while (lines.length > 1 && lines.at(-1) === "") lines.pop();
    return lines;
  }

  get last(): string {
    return this.lines.at(-1) ?? "";
  }

  get cursor(): { readonly row: number; readonly column: number } {
    return { row: this.#row, column: this.#column };
  }
}

interface Person {
  readonly screen: EmulatedScreen;
  readonly tty: Tty;
  /** Types, and waits until nothing more happens by itself. */
  type(...keys: readonly string[]): Promise<void>;
  wait(ms: number): Promise<void>;
  readonly exitCode: () => number | undefined;
  readonly machine: ReturnType<typeof testMachine>["machine"];
}

export async function sitDown(
  options: ShellOptions & {
    readonly columns?: number;
    readonly files?: Readonly<Record<string, string>>;
    readonly programs?: Readonly<Record<string, Program>>;
    readonly argv?: readonly string[];
  } = {},
): Promise<Person> {
  const columns = options.columns ?? 80;
  const box = testMachine(
    { ...Object.fromEntries(createShellPrograms(options)), ...TEST_TOOLS, ...options.programs },
    { files: { "etc/passwd": "root:x:0:0:root:/root:/bin/bash\n", "root/.bashrc": "PS1='$ '\n", ...options.files } },
  );
  const tty = box.machine.createTty({ columns, rows: 24 });
  const screen = new EmulatedScreen(columns);
  tty.onOutput((data) => screen.feed(data));
  let code: number | undefined;
  const child = box.machine.spawn({
    argv: options.argv ?? ["bash"],
    tty,
    cwd: "/root",
    env: { HOME: "/root", TERM: "xterm" },
  });
  void child.exited.then((status) => {
    code = status.code;
  });
  await box.clock.settle();
  return {
    screen,
    tty,
    machine: box.machine,
    exitCode: () => code,
    async type(...keys) {
      for (const key of keys) {
        tty.input(key);
        await box.clock.settle();
      }
    },
    wait: (ms) => box.clock.advance(ms),
  };
}

export const KEY = {
  enter: "\r",
  tab: "\t",
  up: "\x1b[A",
  down: "\x1b[B",
  left: "\x1b[D",
  right: "\x1b[C",
  home: "\x1b[H",
  end: "\x1b[F",
  delete: "\x1b[3~",
  backspace: "\x7f",
  escape: "\x1b",
  ctrl: (letter: string) => String.fromCharCode(letter.charCodeAt(0) - 96),
  alt: (letter: string) => `\x1b${letter}`,
  paste: (text: string) => `\x1b[200~${text}\x1b[201~`,
} as const;
