/** tput, stty, reset and tset: the terminal as xterm-256color has it, and its line discipline. */
import type { Process, Program, Tty } from "../types.ts";
import { tool } from "./support/tool.ts";

const ESC = "\x1b";
const RESET = `${ESC}c${ESC}]104\x07${ESC}[!p${ESC}[?3;4l${ESC}[4l${ESC}>`;

/** Strings of terminfo's xterm-256color that scripts ask for. */
const STRINGS: Readonly<Record<string, string>> = {
  bel: "\x07",
  blink: `${ESC}[5m`,
  bold: `${ESC}[1m`,
  civis: `${ESC}[?25l`,
  clear: `${ESC}[H${ESC}[2J${ESC}[3J`,
  cnorm: `${ESC}[?12l${ESC}[?25h`,
  cr: "\r",
  cub1: "\b",
  cud1: "\n",
  cuf1: `${ESC}[C`,
  cuu1: `${ESC}[A`,
  dch1: `${ESC}[P`,
  dim: `${ESC}[2m`,
  dl1: `${ESC}[M`,
  ed: `${ESC}[J`,
  el: `${ESC}[K`,
  el1: `${ESC}[1K`,
  home: `${ESC}[H`,
  il1: `${ESC}[L`,
  ind: "\n",
  invis: `${ESC}[8m`,
  op: `${ESC}[39;49m`,
  rc: `${ESC}8`,
  rev: `${ESC}[7m`,
  ri: `${ESC}M`,
  ritm: `${ESC}[23m`,
  rmcup: `${ESC}[?1049l${ESC}[23;0;0t`,
  rmkx: `${ESC}[?1l${ESC}>`,
  rmso: `${ESC}[27m`,
  rmul: `${ESC}[24m`,
  sc: `${ESC}7`,
  sgr0: `${ESC}(B${ESC}[m`,
  sitm: `${ESC}[3m`,
  smcup: `${ESC}[?1049h${ESC}[22;0;0t`,
  smkx: `${ESC}[?1h${ESC}=`,
  smso: `${ESC}[7m`,
  smul: `${ESC}[4m`,
};
const colour = (base: number, bright: number, which: string) => (value: number) =>
  value < 8 ? `${ESC}[${base + value}m` : value < 16 ? `${ESC}[${bright + value - 8}m` : `${ESC}[${which};5;${value}m`;

/** Those that take numbers. */
const FUNCTIONS: Readonly<Record<string, (first: number, second: number) => string>> = {
  cub: (count) => `${ESC}[${count}D`,
  cud: (count) => `${ESC}[${count}B`,
  cuf: (count) => `${ESC}[${count}C`,
  cup: (row, column) => `${ESC}[${row + 1};${column + 1}H`,
  cuu: (count) => `${ESC}[${count}A`,
  ech: (count) => `${ESC}[${count}X`,
  hpa: (column) => `${ESC}[${column + 1}G`,
  setab: colour(40, 100, "48"),
  setaf: colour(30, 90, "38"),
  vpa: (row) => `${ESC}[${row + 1}d`,
};
const NUMBERS: Readonly<Record<string, number>> = { colors: 256, it: 8, pairs: 65_536 };
const TRUE = new Set(["am", "bce", "km", "mc5i", "mir", "msgr", "npc", "xenl"]);
const FALSE = new Set(["bw", "hc", "hs", "os", "ul", "xon"]);
const KNOWN_TERMINALS = /^(?:xterm|screen|tmux|linux|vt100|vt220|ansi|dumb)/;

const sizeOf = (process: Process) => process.tty?.size ?? { columns: 80, rows: 24 };

export const tput: Program = async (process) => {
  const words = process.argv.slice(1);
  let terminal = process.env.get("TERM");
  if (words[0]?.startsWith("-T")) {
    const option = words.shift() as string;
    terminal = option === "-T" ? words.shift() : option.slice(2);
  }
  const say = (text: string) => process.stderr.write(`tput: ${text}\n`);
  if (words[0] === "-S" || words[0] === "-V" || words[0] === "-x") {
    await say(`${words[0]}: not available here`);
    return 2;
  }
  if (terminal === undefined || terminal === "") {
    await say("No value for $TERM and no -T specified");
    return 2;
  }
  if (!KNOWN_TERMINALS.test(terminal)) {
    await say(`unknown terminal "${terminal}"`);
    return 3;
  }
  const [name, ...rest] = words;
  if (name === undefined) {
    await process.stderr.write("Usage: tput [options] [command]\n");
    return 2;
  }
  const numbers = rest.map(Number);
  if (name === "cols" || name === "lines") {
    const { columns, rows } = sizeOf(process);
    await process.stdout.write(`${name === "cols" ? columns : rows}\n`);
  } else if (name === "longname") await process.stdout.write("xterm with 256 colors");
  else if (name === "reset" || name === "init") await process.stdout.write(RESET);
  else if (Object.hasOwn(NUMBERS, name)) await process.stdout.write(`${terminal === "dumb" ? -1 : NUMBERS[name]}\n`);
  else if (TRUE.has(name) || FALSE.has(name)) return TRUE.has(name) && terminal !== "dumb" ? 0 : 1;
  else if (Object.hasOwn(STRINGS, name) || Object.hasOwn(FUNCTIONS, name)) {
    if (terminal === "dumb") return 1;
    const text = STRINGS[name] ?? FUNCTIONS[name]?.(numbers[0] || 0, numbers[1] || 0) ?? "";
    await process.stdout.write(text);
  } else {
    await say(`unknown terminfo capability '${name}'`);
    return 4;
  }
  return 0;
};

const SANE = { canonical: true, echo: true, signals: true } as const;

/** The terminal is made usable again, whatever a program left behind. */
export const reset: Program = async (process) => {
  const { tty } = process;
  if (tty === undefined) {
    await process.stderr.write("reset: standard error: Inappropriate ioctl for device\n");
    return 1;
  }
  tty.mode = SANE;
  await process.stdout.write(RESET);
  return 0;
};
export const tset = reset;

/** BusyBox's: it knows one terminal, and looks at no options. */
export const busyboxClear: Program = async (process) => {
  await process.stdout.write("\x1b[H\x1b[J");
  return 0;
};

const SETTINGS: Readonly<Record<string, keyof Tty["mode"]>> = {
  icanon: "canonical",
  echo: "echo",
  isig: "signals",
  ixon: "flow",
};
/** Flow control is on where nobody said otherwise. */
const isOn = (mode: Tty["mode"], key: keyof Tty["mode"]): boolean => mode[key] ?? true;
/** What stty(1) knows beside: as it is here, and not to be changed. */
const FIXED: Readonly<Record<string, boolean>> = {
  brkint: true, clocal: false, cread: true, crtscts: false, cstopb: false, echoctl: true, echoe: true, echok: true, echoke: true, echonl: false, echoprt: false, extproc: false, flusho: false, hupcl: false, icrnl: true, iexten: true, ignbrk: false, igncr: false, ignpar: false, imaxbel: true, inlcr: false, inpck: false, istrip: false, iuclc: false, iutf8: true, ixany: false, ixoff: false, noflsh: false, ocrnl: false, ofdel: false, ofill: false, olcuc: false, onlcr: true, onlret: false, onocr: false, opost: true, parenb: false, parmrk: false, parodd: false, tostop: false, xcase: false,
}; // biome-ignore format: a table
const CHARACTERS =
  "intr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = ^D; eol = <undef>; eol2 = <undef>;\nswtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R; werase = ^W; lnext = ^V;\ndiscard = ^O; min = 1; time = 0;\n";

export const stty = tool(
  { name: "stty", usage: "[-F DEVICE | --file=DEVICE] [SETTING]...", raw: true, options: {} },
  async (tool) => {
    const { process } = tool;
    const words = [...tool.operands];
    if (words[0] === "-F" || words[0]?.startsWith("--file")) return tool.die(`${words[0]}: not available here`);
    const tty = process.isTerminal(0) ? process.tty : undefined;
    if (tty === undefined) return tool.die("'standard input': Inappropriate ioctl for device");
    const shown = (name: string, on: boolean) => (on ? name : `-${name}`);
    const own = () => Object.entries(SETTINGS).map(([name, key]) => shown(name, isOn(tty.mode, key)));
    const unusual = () =>
      Object.entries(SETTINGS)
        .filter(([, key]) => !isOn(tty.mode, key))
        .map(([name]) => `-${name}`);
    if (words.length === 0) {
      await tool.out.write(`speed 38400 baud; line = 0;\n${[...unusual(), "-hupcl", "iutf8"].join(" ")}\n`);
      return 0;
    }
    for (let at = 0; at < words.length; at++) {
      const word = words[at] as string;
      const name = word.replace(/^-/, "");
      const on = !word.startsWith("-");
      const key = SETTINGS[name];
      if (word === "size") await tool.out.write(`${tty.size.rows} ${tty.size.columns}\n`);
      else if (word === "speed") await tool.out.write("38400\n");
      else if (word === "-g" || word === "--save")
        await tool.out.write(
          `statecraft:${Object.values(SETTINGS)
            .map((each) => Number(isOn(tty.mode, each)))
            .join("")}\n`,
        );
      else if (/^statecraft:[01]{4}$/.test(word)) {
        const [canonical, echo, signals, flow] = Array.from(word.slice(-4), (bit) => bit === "1");
        tty.mode = { canonical: canonical ?? true, echo: echo ?? true, signals: signals ?? true, flow: flow ?? true };
      } else if (word === "-a" || word === "--all") {
        const { rows, columns } = tty.size;
        const fixed = Object.entries(FIXED).map(([each, value]) => shown(each, value));
        await tool.out.write(
          `speed 38400 baud; rows ${rows}; columns ${columns}; line = 0;\n${CHARACTERS}${[...fixed, ...own()].sort((a, b) => (a.replace("-", "") < b.replace("-", "") ? -1 : 1)).join(" ")}\n`,
        );
      } else if (key !== undefined) tty.mode = { ...tty.mode, [key]: on };
      else if (word === "sane" || word === "cooked" || word === "-raw" || word === "-cbreak")
        tty.mode = word === "-cbreak" ? { ...tty.mode, canonical: true } : SANE;
      else if (word === "raw" || word === "-cooked") tty.mode = { ...tty.mode, canonical: false, signals: false };
      else if (word === "cbreak") tty.mode = { ...tty.mode, canonical: false };
      else if (word === "rows" || word === "cols" || word === "columns") {
        const value = words[++at];
        if (value === undefined || !/^\d+$/.test(value))
          return value === undefined
            ? tool.usage(`missing argument to '${word}'`)
            : tool.usage(`invalid integer argument: '${value}'`);
        return tool.die(`'${word}': the window's size is changed with the window`);
      } else if (Object.hasOwn(FIXED, name)) {
        if (FIXED[name] !== on) return tool.die(`'${word}': cannot be changed here`);
      } else if (
        /^(?:intr|quit|erase|kill|eof|eol|eol2|start|stop|susp|rprnt|werase|lnext|min|time|ispeed|ospeed|line)$/.test(
          word,
        )
      )
        return tool.die(`'${word}': cannot be changed here`);
      else return tool.usage(`invalid argument '${word}'`);
    }
    return 0;
  },
);
