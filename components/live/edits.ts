/**
 * Texts that commands in the terminals wait for (`kubectl edit`): what the learner makes of them, kept in this browser
 * and on the server, so that no reload, lost connection or second window takes anything away. Framework-free.
 */
import type { Edit, EditEnd, EditEvent } from "../../lib/sandbox/types.ts";
import { ApiError, type SandboxApi } from "./api.ts";
import { Store } from "./store.ts";

/** A text that a command waits for. */
export interface OpenText {
  readonly edit: Edit;
  /** What the editor shows. */
  readonly text: string;
  /** What the server has, and the revision it has it as. */
  readonly kept: string;
  readonly revision: number;
  /** What was sent last: it coming back is no news. */
  readonly sent: string;
  /** What another window wrote while there was something unsent here. */
  readonly theirs: Pick<Edit, "text" | "revision"> | undefined;
  readonly closing: "saving" | "cancelling" | undefined;
  /** Why it could not be closed. */
  readonly problem: string | undefined;
}

/** A text that was changed here and whose command has ended without it. */
interface LeftText {
  readonly id: string;
  readonly subject: string;
  readonly command: string;
  readonly format: Edit["format"];
  readonly text: string;
  /** "cancelled": the learner's own word; "gone": the command ended. */
  readonly why: "cancelled" | "gone";
}

interface EditsState {
  readonly open: readonly OpenText[];
  /** The one in front; undefined: the workspace's files are. */
  readonly active: string | undefined;
  readonly left: readonly LeftText[];
}

/** What one of these texts is to the page, told once. */
export type EditNews =
  /** Commands were waiting when the page came (again). */
  | { readonly type: "offered" }
  | { readonly type: "opened"; readonly id: string }
  | { readonly type: "closed"; readonly id: string; readonly terminal: string };

type EditsApi = Pick<SandboxApi, "keepEdit" | "saveEdit" | "cancelEdit" | "files" | "writeFile">;
export type Drafts = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** What a browser keeps of a text until the server has it, and after its command has ended. */
interface Draft {
  readonly subject: string;
  readonly command: string;
  readonly format: Edit["format"];
  readonly original: string;
  readonly text: string;
  readonly sent: string;
  readonly revision: number;
}

const KEEP_AFTER_MS = 300;

export class EditsStore extends Store<EditsState> {
  readonly #api: () => EditsApi | undefined;
  readonly #storage: Drafts;
  readonly #newsListeners = new Set<(news: EditNews) => void>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  /** One request at a time for each text: two that overtake each other would look like two windows. */
  readonly #sending = new Map<string, Promise<unknown>>();
  #key = "";

  constructor(api: () => EditsApi | undefined, storage: Drafts) {
    super({ open: [], active: undefined, left: [] });
    this.#api = api;
    this.#storage = storage;
  }

  onNews(listener: (news: EditNews) => void): () => void {
    this.#newsListeners.add(listener);
    return () => this.#newsListeners.delete(listener);
  }

  /** What the server has, after connecting and after a reset; joined with what was written here meanwhile. */
  load(sandbox: string, edits: readonly Edit[]): void {
    this.#key = `statecraft.edits.${sandbox}`;
    const drafts = this.#drafts();
    const before = new Map(this.get().open.map((one) => [one.edit.id as string, one]));
    const open = edits.map((edit) => {
      const draft = before.get(edit.id) ?? drafts[edit.id];
      const one = joined(edit, draft);
      if (one.text !== one.kept && one.theirs === undefined) this.#keepLater(edit.id);
      return one;
    });
    const { active } = this.get();
    const there = (id: string | undefined) => open.some(({ edit }) => edit.id === id);
    const ended = [...before.values()].filter(({ edit }) => !there(edit.id));
    this.update({ open, active: there(active) ? active : open.at(-1)?.edit.id });
    if (open.some(({ edit }) => !before.has(edit.id))) this.#tell({ type: "offered" });
    for (const one of ended) {
      this.#leave(one, "gone");
      this.#tell({ type: "closed", id: one.edit.id, terminal: one.edit.terminal });
    }
    for (const [id, draft] of Object.entries(drafts)) {
      if (there(id) || before.has(id)) continue;
      if (draft.text === draft.original) this.#forget(id);
      else this.#leaveText({ id, ...pick(draft), why: "gone" });
    }
  }

  receive(event: EditEvent): void {
    switch (event.type) {
      case "opened": {
        if (this.#find(event.edit.id) !== undefined) return;
        const open = joined(event.edit, undefined);
        this.update({ open: [...this.get().open, open], active: event.edit.id });
        this.#tell({ type: "opened", id: event.edit.id });
        return;
      }
      case "changed": {
        const one = this.#find(event.edit.id);
        if (one !== undefined && event.edit.revision > one.revision) this.#replace(joined(event.edit, one));
        return;
      }
      case "ended": {
        const one = this.#find(event.id);
        if (one === undefined) return;
        this.#close(one, whyLeft(one, event.how));
        return;
      }
    }
  }

  /** Brings a text to the front; undefined: the files. */
  select(id: string | undefined): void {
    if (id === undefined || this.#find(id) !== undefined) this.update({ active: id });
  }

  /** The learner typed. */
  type(id: string, text: string): void {
    const one = this.#find(id);
    if (one === undefined || one.text === text) return;
    this.#replace({ ...one, text, problem: undefined });
    this.#keepLater(id);
  }

  /** The command goes on with the text as it is. */
  async save(id: string): Promise<void> {
    const one = this.#find(id);
    if (one === undefined || one.closing !== undefined || one.theirs !== undefined) return;
    this.#replace({ ...one, closing: "saving", problem: undefined });
    this.keepHere();
    clearTimeout(this.#timers.get(id));
    await this.#inTurn(id, async () => {
      const now = this.#find(id);
      const api = this.#api();
      if (now === undefined || api === undefined) return;
      const answer = await api.saveEdit(id, now.text, now.revision);
      const after = this.#find(id);
      if (after === undefined) return;
      if ("theirs" in answer) this.#replace({ ...after, closing: undefined, theirs: answer.theirs });
      else this.#close(after, undefined);
    }).catch((error: unknown) => this.#couldNot(id, error));
  }

  /** The command goes on with the text as it gave it; what was written stays at hand. */
  async cancel(id: string): Promise<void> {
    const one = this.#find(id);
    if (one === undefined || one.closing !== undefined) return;
    this.#replace({ ...one, closing: "cancelling", problem: undefined });
    this.keepHere();
    clearTimeout(this.#timers.get(id));
    await this.#inTurn(id, async () => {
      await this.#api()?.cancelEdit(id);
      const after = this.#find(id);
      if (after !== undefined) this.#close(after, after.text === after.edit.original ? undefined : "cancelled");
    }).catch((error: unknown) => this.#couldNot(id, error));
  }

  /** Settles what two windows wrote. */
  resolve(id: string, whose: "mine" | "theirs"): void {
    const one = this.#find(id);
    if (one?.theirs === undefined) return;
    const { text, revision } = one.theirs;
    const known = { kept: text, sent: text, revision, theirs: undefined };
    this.#replace({ ...one, ...known, ...(whose === "theirs" ? { text } : {}) });
    if (whose === "mine") this.#keepLater(id);
  }

  /** Makes a file of the workspace of a text whose command has ended; gives its path. */
  async keepAsFile(id: string): Promise<string | undefined> {
    const left = this.get().left.find((one) => one.id === id);
    const api = this.#api();
    if (left === undefined || api === undefined) return undefined;
    const taken = new Set((await api.files()).map(({ path }) => path));
    const stem = `${
      (left.subject.split(" ")[0]?.split("/").at(-1) ?? "").replaceAll(/[^\w.-]/g, "-") || "object"
    }-edit`;
    let path = `${stem}.${left.format}`;
    for (let number = 2; taken.has(path); number++) path = `${stem}-${number}.${left.format}`;
    await api.writeFile(path, left.text);
    this.drop(id);
    return path;
  }

  /** A text whose command has ended is not wanted any more. */
  drop(id: string): void {
    this.update({ left: this.get().left.filter((one) => one.id !== id) });
    this.#forget(id);
  }

  /** Writes down in this browser what the server may not have yet. At once: a page that is left has no time. */
  keepHere(): void {
    const drafts = this.#drafts();
    for (const { edit, text, sent, revision } of this.get().open) {
      const { subject, command, format, original } = edit;
      if (text === edit.original && drafts[edit.id] === undefined) continue;
      drafts[edit.id] = { subject, command, format, original, text, sent, revision };
    }
    this.#write(drafts);
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.keepHere();
  }

  #find(id: string): OpenText | undefined {
    return this.get().open.find(({ edit }) => edit.id === id);
  }

  #replace(one: OpenText): void {
    this.update({ open: this.get().open.map((other) => (other.edit.id === one.edit.id ? one : other)) });
  }

  #tell(news: EditNews): void {
    for (const listener of [...this.#newsListeners]) listener(news);
  }

  #keepLater(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.set(
      id,
      setTimeout(() => {
        this.keepHere();
        // Without a connection it waits in this browser, and is sent with what is typed next or after connecting.
        this.#inTurn(id, () => this.#keep(id)).catch(() => undefined);
      }, KEEP_AFTER_MS),
    );
  }

  async #keep(id: string): Promise<void> {
    const one = this.#find(id);
    const api = this.#api();
    if (one === undefined || api === undefined || one.theirs !== undefined || one.text === one.kept) return;
    const { text } = one;
    this.#replace({ ...one, sent: text });
    const answer = await api.keepEdit(id, text, one.revision);
    const now = this.#find(id);
    if (now === undefined) return;
    if ("theirs" in answer) this.#replace({ ...now, theirs: answer.theirs });
    else if (answer.revision > now.revision) this.#replace({ ...now, kept: text, revision: answer.revision });
  }

  #inTurn(id: string, run: () => Promise<void>): Promise<void> {
    const before = this.#sending.get(id) ?? Promise.resolve();
    const turn = before.then(run, run);
    this.#sending.set(id, turn);
    return turn;
  }

  #couldNot(id: string, error: unknown): void {
    const one = this.#find(id);
    if (one === undefined) return;
    const problem = error instanceof Error ? error.message : String(error);
    if (error instanceof ApiError && error.code === "edit-ended") this.#close(one, "gone");
    else this.#replace({ ...one, closing: undefined, problem });
  }

  /** `why`: the text is to stay at hand, and why it was not used. */
  #close(one: OpenText, why: LeftText["why"] | undefined): void {
    const { id, terminal } = one.edit;
    clearTimeout(this.#timers.get(id));
    if (why !== undefined) this.keepHere();
    const open = this.get().open.filter(({ edit }) => edit.id !== id);
    this.update({ open, active: this.get().active === id ? open.at(-1)?.edit.id : this.get().active });
    if (why === undefined) this.#forget(id);
    else this.#leave(one, why);
    this.#tell({ type: "closed", id, terminal });
  }

  #leave({ edit, text }: OpenText, why: LeftText["why"]): void {
    if (text === edit.original) this.#forget(edit.id);
    else this.#leaveText({ id: edit.id, ...pick(edit), text, why });
  }

  #leaveText(left: LeftText): void {
    if (this.get().left.some(({ id }) => id === left.id)) return;
    this.update({ left: [...this.get().left, left] });
  }

  #forget(id: string): void {
    const { [id]: gone, ...others } = this.#drafts();
    if (gone !== undefined) this.#write(others);
  }

  #drafts(): Record<string, Draft> {
    try {
      const kept: unknown = JSON.parse(this.#storage.getItem(this.#key) ?? "{}");
      const entries = Object.entries(kept as Record<string, Draft>);
      return Object.fromEntries(entries.filter(([, draft]) => typeof draft?.text === "string"));
    } catch {
      return {};
    }
  }

  #write(drafts: Readonly<Record<string, Draft>>): void {
    if (this.#key === "") return;
    try {
      if (Object.keys(drafts).length === 0) this.#storage.removeItem(this.#key);
      else this.#storage.setItem(this.#key, JSON.stringify(drafts));
    } catch {
      // No room, or none allowed: the server's copy is all there is.
    }
  }
}

/**
 * Why a text stays at hand although its command has ended: the server's word may come before the answer to this
 * window's own. What another window saved or cancelled had everything that was sent from here.
 */
function whyLeft({ edit, text, kept, closing }: OpenText, how: EditEnd): LeftText["why"] | undefined {
  if (closing === "saving" && how === "saved") return undefined;
  if (closing === "cancelling") return text === edit.original ? undefined : "cancelled";
  const lost = how === "gone" ? text !== edit.original : text !== kept;
  return lost ? "gone" : undefined;
}

const pick = ({ subject, command, format, text }: Pick<Draft, "subject" | "command" | "format" | "text">) => ({
  subject,
  command,
  format,
  text,
});

/**
 * What the server has, and what was written here since `mine.revision` of it. Where both changed, `theirs` is set, and
 * nothing is sent until the learner has chosen.
 */
function joined(edit: Edit, mine: OpenText | Draft | undefined): OpenText {
  const { text, revision } = edit;
  const open = mine !== undefined && "edit" in mine ? mine : undefined;
  const fresh: OpenText = {
    edit,
    text,
    kept: text,
    revision,
    sent: text,
    theirs: undefined,
    closing: open?.closing,
    problem: open?.problem,
  };
  if (mine === undefined || mine.text === text) return fresh;
  const unchangedHere = open === undefined ? (mine as Draft).original !== edit.original : open.text === open.kept;
  if (unchangedHere) return fresh;
  if (mine.revision === revision || mine.sent === text) return { ...fresh, text: mine.text };
  return { ...fresh, text: mine.text, revision: mine.revision, sent: mine.sent, theirs: { text, revision } };
}
