/** less: reads a file or a stream page by page, while it is still coming. */
import { isErrno } from "../../errno.ts";
import type { ByteReader, Process, Program } from "../../types.ts";
import { FullScreen, fitColumns } from "./full-screen.ts";

/** Characters that are kept. */
const MAX_TEXT = 16 << 20;

interface Pager {
  readonly lines: string[];
  top: number;
  left: number;
  ended: boolean;
  follow: boolean;
  numbers: boolean;
  message: string;
  search: string;
  forward: boolean;
  /** What is being typed after `/` or `?`. */
  entry: string | undefined;
  count: string;
}

export const less: Program = async (process) => {
  const flags = process.argv
    .slice(1)
    .filter((word) => /^-./.test(word))
    .join("");
  const path = process.argv.slice(1).find((word) => !/^[-+]/.test(word));
  let reader: ByteReader;
  try {
    if (path !== undefined && process.files.stat(path).type === "directory") {
      await process.stderr.write(`${path} is a directory\n`);
      return 1;
    }
    reader = path === undefined ? process.stdin : (process.open(path, { read: true }).reader ?? process.stdin);
  } catch (error) {
    if (!isErrno(error)) throw error;
    await process.stderr.write(`${path}: ${error.message}\n`);
    return 1;
  }
  if (path === undefined && process.isTerminal(0)) {
    await process.stderr.write('Missing filename ("less --help" for help)\n');
    return 1;
  }
  const screen = FullScreen.open(process);
  if (screen === undefined) return copy(process, reader);
  const pager: Pager = {
    lines: [],
    top: 0,
    left: 0,
    ended: false,
    follow: false,
    numbers: flags.includes("N"),
    message: path ?? "",
    search: "",
    forward: true,
    entry: undefined,
    count: "",
  };
  await screen.enter();
  try {
    void load(process, reader, pager, screen).catch(() => screen.wake());
    await page(process, screen, pager);
  } finally {
    await screen.leave();
  }
  return 0;
};

async function copy(process: Process, reader: ByteReader): Promise<number> {
  for await (const chunk of reader) await process.stdout.write(chunk);
  return 0;
}

/** Collects lines as they come, and wakes the screen. */
async function load(process: Process, reader: ByteReader, pager: Pager, screen: FullScreen): Promise<void> {
  const decoder = new TextDecoder();
  let partial = "";
  let size = 0;
  for await (const chunk of reader) {
    partial += decoder.decode(chunk, { stream: true });
    size += chunk.length;
    const parts = partial.split("\n");
    partial = parts.pop() ?? "";
    let count = 0;
    for (const part of parts) {
      pager.lines.push(
        part.includes("\x1b") ? part.replace(/\x1b\[[0-9;]*m/g, "").replace(/\r$/, "") : part.replace(/\r$/, ""),
      );
      if ((++count & 1023) === 0) await process.spend(128);
    }
    process.holdMemory(size * 2);
    screen.wake();
    if (size > MAX_TEXT) break;
    const paid = process.spend(1 + (chunk.length >> 9));
    if (paid !== undefined) await paid;
  }
  if (partial !== "") pager.lines.push(partial);
  pager.ended = true;
  screen.wake();
}

async function page(process: Process, screen: FullScreen, pager: Pager): Promise<void> {
  for (;;) {
    const height = screen.rows - 1;
    if (pager.follow) pager.top = Math.max(0, pager.lines.length - height);
    await draw(screen, pager, height);
    const event = await screen.event();
    if (event === "ended") return;
    if (typeof event === "string") continue;
    const paid = process.spend(10);
    if (paid !== undefined) await paid;
    if (pager.entry !== undefined) typed(pager, event.kind === "key" ? event.name : event.text);
    else if (command(pager, event.kind === "key" ? event.name : event.text, height, screen.columns)) return;
    const last = Math.max(0, pager.lines.length - height);
    pager.top = Math.max(0, Math.min(pager.top, last));
  }
}

function typed(pager: Pager, key: string): void {
  if (key === "enter") {
    if (pager.entry !== "") pager.search = pager.entry ?? "";
    pager.entry = undefined;
    find(pager, pager.forward, true);
  } else if (key === "escape" || key === "ctrl-c") pager.entry = undefined;
  else if (key === "backspace" || key === "ctrl-h") {
    pager.entry = pager.entry === "" ? undefined : pager.entry?.slice(0, -1);
  } else if (key.length <= 2) pager.entry += key;
}

/** Goes to the next line that holds the text. */
function find(pager: Pager, forward: boolean, fromHere: boolean): void {
  const step = forward ? 1 : -1;
  for (let at = pager.top + (fromHere ? 0 : step); at >= 0 && at < pager.lines.length; at += step) {
    if (pager.lines[at]?.includes(pager.search)) {
      pager.top = at;
      pager.message = "";
      return;
    }
  }
  pager.message = "Pattern not found";
}

/** True where the pager ends. */
function command(pager: Pager, key: string, height: number, columns: number): boolean {
  const count = Number(pager.count || "0");
  if (/^\d$/.test(key)) {
    pager.count += key;
    return false;
  }
  pager.count = "";
  pager.message = "";
  if (pager.follow) {
    pager.follow = false;
    if (key !== "q") return false;
  }
  switch (key) {
    case "q":
    case "Q":
    case "ctrl-c":
      return true;
    case " ":
    case "f":
    case "ctrl-f":
    case "page-down":
      pager.top += height;
      break;
    case "b":
    case "ctrl-b":
    case "page-up":
      pager.top -= height;
      break;
    case "d":
    case "ctrl-d":
      pager.top += height >> 1;
      break;
    case "u":
    case "ctrl-u":
      pager.top -= height >> 1;
      break;
    case "j":
    case "e":
    case "down":
    case "enter":
    case "ctrl-n":
      pager.top += count || 1;
      break;
    case "k":
    case "y":
    case "up":
    case "ctrl-p":
      pager.top -= count || 1;
      break;
    case "right":
      pager.left += columns >> 1;
      break;
    case "left":
      pager.left = Math.max(0, pager.left - (columns >> 1));
      break;
    case "g":
    case "<":
    case "home":
      pager.top = Math.max(0, count - 1);
      break;
    case "G":
    case ">":
    case "end":
      pager.top = count > 0 ? count - 1 : pager.lines.length;
      break;
    case "F":
      pager.follow = true;
      break;
    case "/":
    case "?":
      pager.entry = "";
      pager.forward = key === "/";
      break;
    case "n":
    case "N":
      if (pager.search === "") pager.message = "No previous regular expression";
      else find(pager, pager.forward === (key === "n"), false);
      break;
    case "h":
      pager.message = "space b d u j k g G  /text n N  F follow  q quit";
  }
  return false;
}

async function draw(screen: FullScreen, pager: Pager, height: number): Promise<void> {
  const rows: string[] = [];
  for (let i = 0; i < height; i++) {
    const at = pager.top + i;
    const line = pager.lines[at];
    if (line === undefined) rows.push("~");
    else {
      const gutter = pager.numbers ? `${String(at + 1).padStart(7)} ` : "";
      rows.push(gutter + fitColumns(line, pager.left, screen.columns - gutter.length));
    }
  }
  const end = pager.ended && pager.top + height >= pager.lines.length;
  let prompt = ":";
  if (pager.entry !== undefined) prompt = (pager.forward ? "/" : "?") + pager.entry;
  else if (pager.message !== "") prompt = pager.message;
  else if (pager.follow) prompt = "Waiting for data... (interrupt to abort)";
  else if (end) prompt = "(END)";
  rows.push(pager.entry === undefined && prompt !== ":" ? `\x1b[7m${prompt}\x1b[m` : prompt);
  await screen.draw(rows, { row: height, column: prompt.length });
}
