/** What the editor shows: the open file, or a text that a command waits for. Framework-free. */
import type { Problem } from "../live/api.ts";
import type { EditsStore } from "../live/edits.ts";
import type { ReadableStore } from "../live/store.ts";
import type { EditorStore } from "./store.ts";

interface EditorDocument {
  /** Unlike that of any other document, file or text. */
  readonly key: string;
  /** Its end says what language it is in. */
  readonly path: string;
  readonly text: string;
  readonly problems: readonly Problem[];
  /** Lines at its beginning that are for the person (comments of kubectl edit): the cursor begins after them. */
  readonly headLines: number;
  /** Long lines are shown whole. */
  readonly wrap: boolean;
}

const EDIT = "edit:";
const NONE: readonly Problem[] = [];

export class ShownDocument implements ReadableStore<EditorDocument | undefined> {
  readonly #files: EditorStore;
  readonly #edits: EditsStore;

  constructor(files: EditorStore, edits: EditsStore) {
    this.#files = files;
    this.#edits = edits;
  }

  get = (): EditorDocument | undefined => {
    const { open, active } = this.#edits.get();
    const one = open.find(({ edit }) => edit.id === active);
    if (one !== undefined) {
      const { id, format, original, returned } = one.edit;
      return {
        key: `${EDIT}${id}`,
        path: `${id}.${format}`,
        text: one.text,
        problems: NONE,
        // What came back begins with the reasons: they are to be read first.
        headLines: returned ? 0 : commentLines(original),
        wrap: returned,
      };
    }
    const file = this.#files.get().open;
    if (file === undefined) return undefined;
    const { path, text, problems } = file;
    return { key: `file:${path}`, path, text, problems, headLines: 0, wrap: false };
  };

  subscribe = (listener: () => void): (() => void) => {
    const stops = [this.#files.subscribe(listener), this.#edits.subscribe(listener)];
    return () => {
      for (const stop of stops) stop();
    };
  };

  /** The person typed into the document that is shown. */
  type(text: string): void {
    const { active } = this.#edits.get();
    if (active === undefined) this.#files.edit(text);
    else this.#edits.type(active, text);
  }

  /** Ctrl-S: a file is written; a text is saved and closed, and its command goes on. */
  save(): void {
    const { active } = this.#edits.get();
    void (active === undefined ? this.#files.save() : this.#edits.save(active));
  }

  /** Documents that will not be shown again: their undo history may go. */
  isOver(key: string): boolean {
    return key.startsWith(EDIT) && this.#edits.get().open.every(({ edit }) => `${EDIT}${edit.id}` !== key);
  }

  get isFile(): boolean {
    return this.#edits.get().active === undefined;
  }
}

function commentLines(text: string): number {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => !line.startsWith("#"));
  return first === -1 ? 0 : first;
}
