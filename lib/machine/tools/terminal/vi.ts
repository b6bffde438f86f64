/** vi, as Vim with its defaults: what it asks of its process, and the screen it draws on. */
import { isErrno } from "../../errno.ts";
import type { Key } from "../../shell/editor/keys.ts";
import type { Process, Program } from "../../types.ts";
import { FullScreen } from "./full-screen.ts";
import { ViBuffer } from "./vi/buffer.ts";
import { runColon } from "./vi/ex.ts";
import { loadBuffer } from "./vi/files.ts";
import { PASTED } from "./vi/insert.ts";
import { runVi } from "./vi/normal.ts";
import { resizeRows } from "./vi/scroll.ts";
import { Failed, type Files, type Message, type Request, type ShellAnswer, type Step, Vi } from "./vi/state.ts";
import { firstNonBlank } from "./vi/text.ts";
import { viewOf } from "./vi/view.ts";

const MAX_SIZE = 2 << 20;
const MAX_OUTPUT = 2 << 20;

interface Start {
  readonly paths: readonly string[];
  readonly commands: readonly string[];
  readonly readOnly: boolean;
}

/** A string: the complaint. */
function startOf(words: readonly string[], name: string): Start | string {
  const paths: string[] = [];
  const commands: string[] = [];
  let readOnly = name === "view";
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word === "--") {
      paths.push(...words.slice(at + 1));
      break;
    }
    if (word.startsWith("+")) commands.push(word === "+" ? "$" : word.slice(1));
    else if (word === "-c") {
      const command = words[++at];
      if (command === undefined) return 'Argument missing after: "-c"';
      commands.push(command);
    } else if (word === "-R") readOnly = true;
    // Settings files, swap files, compatibility: there is nothing of them to be turned off.
    else if (
      word === "-n" ||
      word === "-N" ||
      word === "-C" ||
      word === "-v" ||
      word === "--clean" ||
      word === "--noplugin"
    )
      continue;
    else if (word === "-u" || word === "-i") at++;
    else if (word.startsWith("-") && word !== "-") return `Unknown option argument: "${word}"`;
    else paths.push(word);
  }
  return { paths, commands, readOnly };
}

export const vi: Program = async (process) => {
  const name = (process.argv[0] ?? "vi").replace(/^.*\//, "");
  const start = startOf(process.argv.slice(1), name);
  if (typeof start === "string") {
    await process.stderr.write(`VIM - Vi IMproved 9.0\n${start}\nMore info with: "vim -h"\n`);
    return 1;
  }
  const screen = FullScreen.open(process, { suspends: false, pastes: true });
  if (screen === undefined) {
    await process.stderr.write("vi: standard output is not a terminal\n");
    return 1;
  }
  const several = start.paths.length > 1;
  if (several) await process.stdout.write(`${start.paths.length} files to edit\n`);
  await screen.enter();
  try {
    return await edit(process, screen, start);
  } finally {
    await screen.leave();
  }
};

function filesOf(process: Process): Files {
  const { files } = process;
  return {
    read: (path) => {
      try {
        const stat = files.stat(path);
        if (stat.type === "directory") return { problem: "is a directory" };
        if (stat.size > MAX_SIZE) return { problem: "is too large for this vi" };
        return { text: files.readText(path), readOnly: !mayWrite(process, stat) };
      } catch (error) {
        if (!isErrno(error)) throw error;
        return error.code === "ENOENT" || error.code === "ENOTDIR" ? undefined : { problem: `[${error.message}]` };
      }
    },
    write: (path, text, append) => {
      try {
        files.writeFile(path, text, { append });
        return undefined;
      } catch (error) {
        if (!isErrno(error)) throw error;
        if (error.code === "EISDIR") return "is a directory";
        return error.code === "ENOSPC" ? "E514: Write error (file system full?)" : "E212: Can't open file for writing";
      }
    },
    exists: (path) => files.exists(path),
    directoryExists: (path) => {
      try {
        return files.stat(path).type === "directory";
      } catch {
        // Not there.
        return false;
      }
    },
  };
}

/** Vim goes by the permissions, for the superuser too: a file that nobody may write is read-only. */
function mayWrite(
  process: Process,
  stat: { readonly mode: number; readonly uid: number; readonly gid: number },
): boolean {
  if (process.uid === 0) return (stat.mode & 0o222) !== 0;
  if (stat.uid === process.uid) return (stat.mode & 0o200) !== 0;
  if (stat.gid === process.gid || process.groups.includes(stat.gid)) return (stat.mode & 0o020) !== 0;
  return (stat.mode & 0o002) !== 0;
}

const NAMES: Readonly<Record<string, string>> = {
  enter: "\r",
  tab: "\t",
  backspace: "\x7f",
  escape: "\x1b",
  up: "<Up>",
  down: "<Down>",
  left: "<Left>",
  right: "<Right>",
  home: "<Home>",
  end: "<End>",
  insert: "<Ins>",
  delete: "<Del>",
  "page-up": "<PageUp>",
  "page-down": "<PageDown>",
  "ctrl-left": "<C-Left>",
  "ctrl-right": "<C-Right>",
};

/** A key as vi's commands read it. */
function keyText(key: Key): string {
  if (key.kind === "text") return key.text;
  if (key.kind === "paste") return `${PASTED}${key.text}`;
  const named = NAMES[key.name];
  if (named !== undefined) return named;
  const letter = /^ctrl-(.)$/.exec(key.name)?.[1];
  if (letter === undefined) return `<${key.name}>`;
  return letter === "_" ? "\x1f" : String.fromCharCode(letter.charCodeAt(0) - 96);
}

function* session(vi: Vi, commands: readonly string[]): Step<number> {
  for (const command of commands) {
    try {
      yield* runColon(vi, command);
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
    }
  }
  return yield* runVi(vi);
}

async function edit(process: Process, screen: FullScreen, start: Start): Promise<number> {
  const files = filesOf(process);
  const state = new Vi(new ViBuffer(undefined, ""), files, () => process.clock.now());
  state.options.readonly = start.readOnly;
  state.rows = Math.max(1, screen.rows - 1);
  const [first] = start.paths;
  if (first !== undefined) {
    const { buffer, said, error } = loadBuffer(state, first);
    state.buffer = buffer;
    state.buffers = [buffer];
    state.args = start.paths;
    state.buffers.push(
      ...start.paths
        .slice(1)
        .filter((path) => path !== first)
        .map((path) => new ViBuffer(path, "")),
    );
    state.message = { text: said, error: error ?? false, kept: true };
    state.go({ row: 0, column: firstNonBlank(buffer.line(0)) });
  }
  const running = session(state, start.commands);
  let shown = new Shown(state);
  let answer: string | ShellAnswer | undefined;
  let step = running.next();
  while (step.done !== true) {
    const request: Request = step.value;
    answer = undefined;
    if (request.kind === "pay") await process.spend(request.units);
    else if (request.kind === "sleep") {
      await draw(screen, state);
      await process.sleep(request.ms);
    } else if (request.kind === "suspend") {
      await screen.suspend();
      state.message = undefined;
    } else if (request.kind === "shell") answer = await shell(process, screen, state, request);
    else {
      resize(screen, state);
      let view = viewOf(state);
      if (shown.covers(state)) {
        state.message = undefined;
        view = viewOf(state);
      }
      shown = new Shown(state);
      await screen.draw(view.rows, view.cursor);
      const event = await screen.event();
      if (event === "ended") return 1;
      if (typeof event === "string") {
        if (event === "resized" && state.mode === "normal" && state.message !== undefined) state.message = undefined;
        shown = new Shown(state);
        continue;
      }
      answer = keyText(event);
      const paid = process.spend(20);
      if (paid !== undefined) await paid;
    }
    step = running.next(answer);
  }
  return step.value;
}

function resize(screen: FullScreen, state: Vi): void {
  state.columns = screen.columns;
  resizeRows(state, Math.max(1, screen.rows - 1));
}

async function draw(screen: FullScreen, state: Vi): Promise<void> {
  const { rows, cursor } = viewOf(state);
  await screen.draw(rows, cursor);
}

/** What was on the screen: where text has been scrolled over the bottom line, its message is gone. */
class Shown {
  readonly #buffer: ViBuffer;
  readonly #top: number;
  readonly #count: number;
  readonly #lines: readonly string[];
  readonly #message: Message | undefined;

  constructor(vi: Vi) {
    this.#buffer = vi.buffer;
    this.#top = vi.top;
    this.#count = vi.lines.length;
    this.#lines = vi.lines.slice(vi.top, vi.top + vi.rows);
    this.#message = vi.message;
  }

  /** The message of before has been scrolled away. */
  covers(vi: Vi): boolean {
    const { message } = vi;
    if (message === undefined || vi.mode !== "normal" || (message !== this.#message && message.kept)) return false;
    return this.#scrolled(vi);
  }

  #scrolled(vi: Vi): boolean {
    if (vi.buffer !== this.#buffer) return false;
    const up = this.#top - vi.top;
    if (up > 0) return up < vi.rows - 2;
    if (up < 0) return -up < vi.rows;
    const by = vi.lines.length - this.#count;
    if (by === 0) return false;
    let row = 0;
    while (row < this.#lines.length && this.#lines[row] === vi.lines[vi.top + row]) row++;
    if (by > 0)
      return (
        !(row === 0 && vi.lines[vi.top + by] === this.#lines[0]) && row < this.#lines.length && row + by < vi.rows - 2
      );
    return row - by < vi.rows - 2;
  }
}

/** A command of `:!` on the screen there was before, or one whose output is taken. */
async function shell(
  process: Process,
  screen: FullScreen,
  state: Vi,
  request: Extract<Request, { readonly kind: "shell" }>,
): Promise<ShellAnswer> {
  const argv = ["sh", "-c", request.command];
  if (request.show) {
    await screen.aside(async (write) => {
      await write(`\r\n${state.buffer.changed ? "[No write since last change]\r\n" : ""}`);
      let code = 127;
      try {
        code = (await process.spawn({ argv }).exited).code;
      } catch (error) {
        if (!isErrno(error)) throw error;
        await write(`sh: ${error.message}\r\n`);
      }
      if (code !== 0) await write(`\r\nshell returned ${code}\r\n`);
      await write("\r\nPress ENTER or type command to continue");
    });
    for (;;) {
      const event = await screen.event();
      if (event === "ended" || typeof event !== "string") break;
    }
    await screen.resume();
    return { output: "", status: 0 };
  }
  const input = process.pipe();
  const output = process.pipe();
  let status = 127;
  let text = "";
  try {
    const child = process.spawn({
      argv,
      descriptors: new Map([
        [0, input.reader],
        [1, output.writer],
        [2, output.writer],
      ]),
    });
    input.reader.close();
    output.writer.close();
    const feeding = (async () => {
      try {
        if (request.input !== undefined) await input.writer.writer?.write(request.input);
      } catch (error) {
        // Whoever does not want its input may close it.
        if (!isErrno(error)) throw error;
      } finally {
        input.writer.close();
      }
    })();
    const decoder = new TextDecoder();
    for (let chunk = await output.reader.reader?.read(); chunk; chunk = await output.reader.reader?.read()) {
      if (text.length < MAX_OUTPUT) text += decoder.decode(chunk, { stream: true });
    }
    await feeding;
    status = (await child.exited).code;
  } catch (error) {
    if (!isErrno(error)) throw error;
    text = `${error.message}\n`;
  } finally {
    output.reader.close();
  }
  return { output: text, status };
}
