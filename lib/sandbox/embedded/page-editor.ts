/** The lesson's editor as commands in the learner's terminals see it: they give it a text, and wait until it is done. */
import type { EditRequest, OpenEditor } from "../../kubectl/index.ts";
import type { Process, Tty } from "../../machine/index.ts";
import type { Edit, EditAnswer, EditEnd, EditEvent, EditId, Edits, TerminalId } from "../types.ts";

/** Longer texts are for an editor in the terminal: a page shall stay quick (characters). */
const MAX_TEXT = 1024 * 1024;
/** More at a time are for editors in their terminals. */
const MAX_OPEN = 16;

/** What a terminal shows while its command waits: the longest that fits into one line, so that it can be taken away again. */
const WAITING = [
  "Waiting for the lesson's editor: save or cancel there, or press ^C here.",
  "Waiting for the editor (^C cancels)",
  "Waiting",
];
const ERASE_LINE = "\r\u001b[K";

interface OpenEdit {
  edit: Edit;
  readonly process: Process;
  readonly path: string;
  /** Gives `how` to the command, which goes on. */
  readonly release: (how: EditEnd) => void;
}

export class PageEditor implements Edits {
  readonly #terminalOf: (tty: Tty) => TerminalId | undefined;
  readonly #open = new Map<EditId, OpenEdit>();
  readonly #listeners = new Set<(event: EditEvent) => void>();
  #editors = 0;
  #opened = 0;

  /** `terminalOf`: the learner's terminal that a tty is, if it is one. */
  constructor(terminalOf: (tty: Tty) => TerminalId | undefined) {
    this.#terminalOf = terminalOf;
  }

  /** For commands that a person typed into a terminal while a page is there to show what they are to edit. */
  readonly open: OpenEditor = (process, request) => {
    const { tty } = process;
    const terminal = tty === undefined ? undefined : this.#terminalOf(tty);
    if (tty === undefined || terminal === undefined) return undefined;
    if (this.#editors === 0 || this.#open.size >= MAX_OPEN) return undefined;
    const text = process.files.readText(request.path);
    return text.length > MAX_TEXT ? undefined : this.#wait(process, tty, terminal, request, text);
  };

  async #wait(process: Process, tty: Tty, terminal: TerminalId, request: EditRequest, text: string): Promise<void> {
    const { path, command, subject, format, returned } = request;
    const id = `${process.clock.now().toString(36)}-${++this.#opened}` as EditId;
    const erase = await sayWaiting(process, tty);
    process.signal.throwIfAborted();
    const edit: Edit = { id, terminal, command, subject, format, original: text, text, revision: 0, returned };
    const gone = () => this.#end(id, "gone");
    process.signal.addEventListener("abort", gone);
    try {
      await new Promise<EditEnd>((release) => {
        this.#open.set(id, { edit, process, path, release });
        this.#tell({ type: "opened", edit });
      });
    } finally {
      process.signal.removeEventListener("abort", gone);
    }
    process.signal.throwIfAborted();
    await erase();
  }

  #end(id: EditId, how: EditEnd): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    this.#tell({ type: "ended", id, how });
    open.release(how);
  }

  #tell(event: EditEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** The commands that wait are about to end. */
  endAll(): void {
    for (const id of [...this.#open.keys()]) this.#end(id, "gone");
  }

  async list(): Promise<readonly Edit[]> {
    return [...this.#open.values()].map(({ edit }) => edit);
  }

  async keep(id: EditId, text: string, revision: number): Promise<EditAnswer | undefined> {
    const open = this.#open.get(id);
    if (open === undefined) return undefined;
    const { edit } = open;
    if (text === edit.text) return { revision: edit.revision };
    if (revision !== edit.revision) return { theirs: { text: edit.text, revision: edit.revision } };
    open.edit = { ...edit, text, revision: revision + 1 };
    this.#tell({ type: "changed", edit: open.edit });
    return { revision: revision + 1 };
  }

  async save(id: EditId, text: string, revision: number): Promise<EditAnswer | undefined> {
    const answer = await this.keep(id, text, revision);
    const open = this.#open.get(id);
    if (answer === undefined || "theirs" in answer || open === undefined) return answer;
    // The command reads what is in the file.
    open.process.files.writeFile(open.path, text);
    this.#end(id, "saved");
    return answer;
  }

  async cancel(id: EditId): Promise<void> {
    this.#end(id, "cancelled");
  }

  attend(): () => void {
    this.#editors++;
    let here = true;
    return () => {
      if (here) this.#editors--;
      here = false;
    };
  }

  watch(listener: (event: EditEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Tells on the terminal that its command waits. The function returned takes that away, as git does. */
async function sayWaiting(process: Process, tty: Tty): Promise<() => Promise<void>> {
  const inFront = () => tty.foregroundProcessGroup === process.processGroup;
  const line = WAITING.find((text) => text.length < tty.size.columns);
  // A command in the background leaves the line to whoever has it.
  if (!inFront() || line === undefined) return async () => undefined;
  await tty.write(`\u001b[90m${line}\u001b[0m`);
  return async () => {
    if (inFront()) await tty.write(ERASE_LINE);
  };
}
