/** The workspace's files as the editor sees them: the list, the open one, what is saved and what is not. Framework-free. */
import { ApiError, type FileEntry, type Problem, type SandboxApi } from "../live/api.ts";
import type { FileChange } from "../live/session.ts";
import { Store } from "../live/store.ts";

export interface OpenFile {
  readonly path: string;
  /** What the editor shows. */
  readonly text: string;
  /** What the workspace has. */
  readonly saved: string;
  /** What someone else wrote while there were unsaved changes here. */
  readonly theirs: string | undefined;
  readonly problems: readonly Problem[];
  readonly checking: boolean;
  /** The API server was asked about exactly this text. */
  readonly judged: boolean;
}

interface EditorState {
  readonly files: readonly FileEntry[] | undefined;
  readonly open: OpenFile | undefined;
  readonly saving: boolean;
  readonly problem: string | undefined;
}

type FilesApi = Pick<SandboxApi, "files" | "readFile" | "writeFile" | "removeFile" | "dryRun">;

const SAVE_AFTER_MS = 800;
const JUDGE_AFTER_MS = 500;

export const isManifest = (path: string): boolean => /\.(ya?ml|json)$/.test(path);

export class EditorStore extends Store<EditorState> {
  readonly #api: FilesApi;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #judgeTimer: ReturnType<typeof setTimeout> | undefined;
  #judgements = 0;
  /** What this store wrote last, by path: such a change coming back is no news. */
  readonly #written = new Map<string, string>();

  constructor(api: FilesApi) {
    super({ files: undefined, open: undefined, saving: false, problem: undefined });
    this.#api = api;
  }

  async load(first: string | undefined): Promise<void> {
    await this.#list();
    const files = this.get().files ?? [];
    const path = files.find((file) => file.path === first)?.path ?? files.find((file) => isManifest(file.path))?.path;
    if (path !== undefined && this.get().open === undefined) await this.open(path);
  }

  /** Opens a file; with `text`, makes it first where the workspace has none of that name. */
  async open(path: string, text?: string): Promise<void> {
    if (!(await this.#mayLeave(path))) return;
    try {
      const file = await this.#api.readFile(path);
      this.#show(file.path, file.text);
    } catch (error) {
      if (text === undefined || !(error instanceof ApiError) || error.status !== 404) return this.#fail(error);
      await this.create(path, text);
    }
  }

  async create(path: string, text = ""): Promise<void> {
    if (!(await this.#mayLeave(path))) return;
    try {
      this.#written.set(path, text);
      await this.#api.writeFile(path, text);
      await this.#list();
      this.#show(path, text);
    } catch (error) {
      this.#fail(error);
    }
  }

  async remove(path: string): Promise<void> {
    try {
      await this.#api.removeFile(path);
      if (this.get().open?.path === path) this.update({ open: undefined });
      await this.#list();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The person typed. Saved by itself after a moment; the API server is asked what it thinks of it. */
  edit(text: string): void {
    const { open } = this.get();
    if (open === undefined || open.text === text) return;
    this.update({ open: { ...open, text, judged: false }, problem: undefined });
    clearTimeout(this.#saveTimer);
    this.#saveTimer = setTimeout(() => void this.save(), SAVE_AFTER_MS);
    this.#judgeLater();
  }

  /** Resolves once what the editor shows is in the workspace. */
  async save(): Promise<void> {
    clearTimeout(this.#saveTimer);
    const { open } = this.get();
    if (open === undefined || open.text === open.saved || open.theirs !== undefined) return;
    const { path, text } = open;
    this.update({ saving: true, problem: undefined });
    this.#written.set(path, text);
    try {
      await this.#api.writeFile(path, text);
      this.#patch(path, { saved: text });
    } catch (error) {
      this.#fail(error);
    } finally {
      this.update({ saving: false });
    }
  }

  /** Another file may take the place of the open one: not while what was typed there could not be saved. */
  async #mayLeave(path: string): Promise<boolean> {
    await this.save();
    const { open } = this.get();
    return open === undefined || open.path === path || open.text === open.saved;
  }

  /** Settles a conflict. */
  resolve(whose: "mine" | "theirs"): void {
    const { open } = this.get();
    if (open?.theirs === undefined) return;
    if (whose === "theirs") {
      this.#show(open.path, open.theirs);
    } else {
      this.update({ open: { ...open, saved: open.theirs, theirs: undefined } });
      void this.save();
    }
  }

  /** A file of the workspace changed, by anyone. */
  async changed({ path, change }: FileChange): Promise<void> {
    const known = this.get().files?.some((file) => file.path === path) === true;
    if (known !== (change === "changed")) await this.#list();
    if (this.get().open?.path !== path || change === "removed") return;
    let text: string;
    try {
      text = (await this.#api.readFile(path)).text;
    } catch {
      return; // Gone again: the next change tells.
    }
    const { open } = this.get();
    if (open?.path !== path || text === open.saved || text === this.#written.get(path)) return;
    if (text === open.text) return this.#patch(path, { saved: text, theirs: undefined });
    if (open.text === open.saved) this.#show(path, text);
    else this.#patch(path, { theirs: text });
  }

  /** Asks the API server about the open file now. */
  async judge(): Promise<void> {
    clearTimeout(this.#judgeTimer);
    const { open } = this.get();
    if (open === undefined || !isManifest(open.path)) return;
    const judgement = ++this.#judgements;
    const { path, text } = open;
    this.#patch(path, { checking: true });
    let problems: readonly Problem[] | undefined;
    try {
      problems = await this.#api.dryRun(path, text);
    } catch {
      problems = undefined; // The cluster cannot be reached: nothing is said about the file.
    }
    if (judgement !== this.#judgements) return;
    const now = this.get().open;
    const same = now?.path === path && now.text === text;
    this.#patch(path, { checking: false, judged: same && problems !== undefined, problems: problems ?? [] });
  }

  dispose(): void {
    clearTimeout(this.#saveTimer);
    clearTimeout(this.#judgeTimer);
  }

  #show(path: string, text: string): void {
    this.update({
      open: { path, text, saved: text, theirs: undefined, problems: [], checking: false, judged: false },
      problem: undefined,
    });
    this.#judgeLater();
  }

  #judgeLater(): void {
    clearTimeout(this.#judgeTimer);
    this.#judgeTimer = setTimeout(() => void this.judge(), JUDGE_AFTER_MS);
  }

  #patch(path: string, change: Partial<OpenFile>): void {
    const { open } = this.get();
    if (open?.path === path) this.update({ open: { ...open, ...change } });
  }

  async #list(): Promise<void> {
    try {
      const files = await this.#api.files();
      this.update({ files: [...files].sort((a, b) => a.path.localeCompare(b.path, "en", { numeric: true })) });
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.update({ problem: error instanceof Error ? error.message : String(error) });
  }
}
