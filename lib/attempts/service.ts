/** Attempts as the server knows them: whose they are, where they run, when they were last saved. */
import { randomBytes, randomUUID } from "node:crypto";
import { and, desc, eq, lt } from "drizzle-orm";
import { type Content, findLesson, type Lesson } from "../course/index.ts";
import { type Queries, schema } from "../db/index.ts";
import type { GradingState } from "../grading/index.ts";
import { recordVerdict } from "../progress/index.ts";
import type { LiveMessage } from "../protocol/types.ts";
import { Quarantine } from "./quarantine.ts";
import type { AttemptSpec, SavedAttempt } from "./runtime.ts";
import { NOT_FOUND } from "./worker-api.ts";
import { type SandboxWorker, WorkerPool } from "./workers.node.ts";

/** The caller may not, or what they ask for is not there. `status` is the HTTP status to answer with. */
export class AttemptError extends Error {
  readonly status: 400 | 403 | 404 | 503;
  readonly code: string;
  constructor(status: AttemptError["status"], code: string, message: string) {
    super(message);
    this.name = "AttemptError";
    this.status = status;
    this.code = code;
  }
}

/** An attempt that is loaded in a worker. */
export interface LoadedAttempt {
  readonly id: string;
  readonly learnerId: string;
  readonly lesson: Lesson;
  readonly worker: SandboxWorker;
}

interface AttemptServiceOptions {
  readonly queries: () => Promise<Queries>;
  readonly content: () => Content;
  readonly workerEntry: URL;
  readonly workers?: number;
  readonly log?: (line: string) => void;
  /** A worker that does not answer for so long hangs (ms). */
  readonly hangingMs?: number;
}

interface Entry extends LoadedAttempt {
  /** What its worker calls it in the shared memory. */
  readonly mark: number;
  dirty: boolean;
  saveTimer: ReturnType<typeof setTimeout> | undefined;
  saving: Promise<void>;
  /** Pages and terminals connected to it now. */
  connections: number;
  usedAt: number;
  readonly liveListeners: Set<(message: LiveMessage) => void>;
}

/** Changes are saved this long after the first of them: at most this much is lost when the server is killed (ms). */
const SAVE_AFTER_MS = 1000;
/** An attempt nobody is connected to leaves memory after this long (ms). */
const IDLE_MS = 10 * 60_000;
/** Resets can be undone for this long (ms). */
const UNDO_MS = 60 * 60_000;

export class AttemptService {
  readonly #options: AttemptServiceOptions;
  readonly #pool: WorkerPool;
  readonly #loaded = new Map<string, Entry>();
  readonly #loading = new Map<string, Promise<Entry>>();
  readonly #quarantine = new Quarantine();
  #lastMark = 0;
  readonly #idleTimer: ReturnType<typeof setInterval>;
  #closing = false;

  constructor(options: AttemptServiceOptions) {
    this.#options = options;
    this.#pool = new WorkerPool({
      entry: options.workerEntry,
      ...(options.workers === undefined ? {} : { count: options.workers }),
      onStarted: (worker) => this.#onWorkerStarted(worker),
      ...(options.hangingMs === undefined ? {} : { hangingMs: options.hangingMs }),
      onLost: (worker, reason, mark) => this.#onWorkerLost(worker, reason, mark),
    });
    this.#idleTimer = setInterval(() => void this.#unloadIdle(), 60_000);
    this.#idleTimer.unref();
  }

  /** The learner's attempt at a lesson: the latest, or a new one. Loads it, so that what follows is quick. */
  async openLesson(learnerId: string, course: string, slug: string): Promise<LoadedAttempt> {
    const lesson = findLesson(this.#options.content(), course, slug);
    if (lesson === undefined) throw new AttemptError(404, "no-such-lesson", `There is no lesson ${course}/${slug}.`);
    const queries = await this.#options.queries();
    const { attempts } = schema;
    const [latest] = await queries
      .select({ id: attempts.id })
      .from(attempts)
      .where(and(eq(attempts.learnerId, learnerId), eq(attempts.lesson, lesson.path)))
      .orderBy(desc(attempts.startedAt))
      .limit(1);
    if (latest !== undefined) return this.open(latest.id, learnerId);
    const id = randomUUID();
    await queries.insert(attempts).values({ id, learnerId, lesson: lesson.path });
    return this.open(id, learnerId);
  }

  /** An attempt by id, loaded. Refuses, in one and the same way, what does not exist and what belongs to others. */
  async open(id: string, learnerId: string | undefined): Promise<LoadedAttempt> {
    await this.#refuseKeptOut(id, learnerId);
    const entry = this.#loaded.get(id) ?? (await this.#load(id));
    if (learnerId === undefined || entry.learnerId !== learnerId) throw forbidden();
    entry.usedAt = Date.now();
    return entry;
  }

  /** Only its learner hears that a sandbox is kept out. */
  async #refuseKeptOut(id: string, learnerId: string | undefined): Promise<void> {
    const until = this.#quarantine.until(id, Date.now());
    if (until === undefined) return;
    const queries = await this.#options.queries();
    const { attempts } = schema;
    const [row] = await queries.select({ learnerId: attempts.learnerId }).from(attempts).where(eq(attempts.id, id));
    throw row !== undefined && row.learnerId === learnerId ? quarantined(until) : forbidden();
  }

  /** The attempt whatever its owner: for the cluster's own API, which checks tokens itself. */
  async openForCluster(id: string): Promise<LoadedAttempt> {
    const entry = this.#loaded.get(id) ?? (await this.#load(id));
    entry.usedAt = Date.now();
    return entry;
  }

  /** Counts a page or terminal that is connected; the returned function counts it out. */
  connect(attempt: LoadedAttempt): () => void {
    const entry = this.#loaded.get(attempt.id);
    if (entry === undefined) return () => undefined;
    entry.connections++;
    return () => {
      entry.connections--;
      entry.usedAt = Date.now();
    };
  }

  /** Tells the listener what the server itself has to say about an attempt (it was restored after a crash). */
  onNotice(attempt: LoadedAttempt, listener: (message: LiveMessage) => void): () => void {
    const listeners = this.#loaded.get(attempt.id)?.liveListeners;
    listeners?.add(listener);
    return () => listeners?.delete(listener);
  }

  /**
   * Goes back, keeping the state before under a token for an hour. "exercise": to where the exercise the learner is at
   * was begun. Undefined where the sandbox cannot be put back.
   */
  async reset(attempt: LoadedAttempt, to: "files" | "exercise" | "start"): Promise<string | undefined> {
    const target = to === "exercise" ? await this.#beginning(attempt) : ({ kind: to } as const);
    const queries = await this.#options.queries();
    const { rewind } = await attempt.worker.calls.capabilities(attempt.id);
    const token = rewind ? await this.#keepForUndo(attempt) : undefined;
    await attempt.worker.calls.reset(attempt.id, target);
    // A lesson that begins anew has begun none of its later exercises.
    if (target.kind === "start") await queries.delete(schema.marks).where(eq(schema.marks.attemptId, attempt.id));
    return token;
  }

  /**
   * A sandbox that is kept out begins anew, without its last state being loaded; that state is kept for undoing.
   * Undefined where it is not kept out.
   */
  async resetKeptOut(id: string, learnerId: string | undefined): Promise<string | undefined> {
    if (this.#quarantine.until(id, Date.now()) === undefined) return undefined;
    const queries = await this.#options.queries();
    const { attempts, resets } = schema;
    const [row] = await queries.select().from(attempts).where(eq(attempts.id, id));
    if (row === undefined || learnerId === undefined || row.learnerId !== learnerId) throw forbidden();
    const token = randomBytes(16).toString("base64url");
    if (row.snapshot !== null)
      await queries.insert(resets).values({ token, attemptId: id, snapshot: row.snapshot, grading: row.grading });
    this.#quarantine.pardon(id);
    await this.#load(id, true);
    return token;
  }

  async #keepForUndo(attempt: LoadedAttempt): Promise<string> {
    const before = await attempt.worker.calls.save(attempt.id);
    const queries = await this.#options.queries();
    const token = randomBytes(16).toString("base64url");
    const { resets } = schema;
    await queries.delete(resets).where(lt(resets.at, new Date(Date.now() - UNDO_MS)));
    await queries
      .insert(resets)
      .values({ token, attemptId: attempt.id, snapshot: before.snapshot, grading: before.grading });
    return token;
  }

  /** Where the current exercise was begun: the lesson's start for the first, else what was kept then. */
  async #beginning(
    attempt: LoadedAttempt,
  ): Promise<{ readonly kind: "start" } | { readonly kind: "saved"; readonly saved: SavedAttempt }> {
    const exercise = await attempt.worker.calls.currentExercise(attempt.id);
    const [first] = attempt.lesson.spec.exercises;
    if (exercise === undefined || exercise === first?.id) return { kind: "start" };
    const { marks } = schema;
    const queries = await this.#options.queries();
    const [mark] = await queries
      .select()
      .from(marks)
      .where(and(eq(marks.attemptId, attempt.id), eq(marks.exercise, exercise)));
    if (mark === undefined)
      throw new AttemptError(
        404,
        "no-mark",
        "The beginning of this exercise was not kept; go back to the start instead.",
      );
    return { kind: "saved", saved: { snapshot: mark.snapshot, grading: mark.grading as GradingState } };
  }

  async undoReset(attempt: LoadedAttempt, token: string): Promise<void> {
    const queries = await this.#options.queries();
    const { resets } = schema;
    const [kept] = await queries
      .select()
      .from(resets)
      .where(and(eq(resets.token, token), eq(resets.attemptId, attempt.id)));
    if (kept === undefined) throw new AttemptError(404, "nothing-to-undo", "This reset can no longer be undone.");
    const saved: SavedAttempt = { snapshot: kept.snapshot, grading: kept.grading as GradingState };
    await attempt.worker.calls.reset(attempt.id, { kind: "saved", saved });
    await queries.delete(resets).where(eq(resets.token, token));
  }

  /**
   * Makes the first learner's wait as short as every other's: opens the database, starts a worker, and runs a lesson's
   * beginning there once for nobody. Nothing of it is kept.
   */
  async warmUp(): Promise<void> {
    const [lesson] = this.#options.content().lessons.values();
    const opened = this.#options.queries();
    opened.catch(() => undefined);
    if (lesson !== undefined) {
      const { calls } = await this.#pool.place(() => 0);
      const id = randomUUID();
      await calls.open(specOf(id, lesson), undefined, 0);
      await calls.closeTerminal(id, await calls.openTerminal(id, 80, 24));
      await calls.close(id);
    }
    await opened;
  }

  /** Saves everything and ends the workers. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#idleTimer);
    await Promise.allSettled([...this.#loaded.values()].map((entry) => this.#saveNow(entry)));
    await this.#pool.close();
  }

  /** How many attempts are in memory. */
  get loadedCount(): number {
    return this.#loaded.size;
  }

  #load(id: string, fresh = false): Promise<Entry> {
    let loading = this.#loading.get(id);
    if (loading === undefined) {
      loading = this.#loadNow(id, fresh).finally(() => this.#loading.delete(id));
      this.#loading.set(id, loading);
    }
    return loading;
  }

  /** `fresh`: as the lesson begins, whatever was saved. */
  async #loadNow(id: string, fresh: boolean): Promise<Entry> {
    if (this.#quarantine.until(id, Date.now()) !== undefined) throw forbidden();
    if (!/^[0-9a-f-]{36}$/.test(id)) throw forbidden();
    const queries = await this.#options.queries();
    const [row] = await queries.select().from(schema.attempts).where(eq(schema.attempts.id, id));
    if (row === undefined) throw forbidden();
    const lesson = this.#options.content().lessons.get(row.lesson);
    if (lesson === undefined)
      throw new AttemptError(404, "lesson-gone", `The lesson ${row.lesson} of this attempt does not exist any more.`);
    const saved =
      row.snapshot === null || fresh
        ? undefined
        : { snapshot: row.snapshot, grading: (row.grading ?? { latched: {}, answers: {} }) as GradingState };
    return this.#place(id, row.learnerId, lesson, saved);
  }

  async #place(
    id: string,
    learnerId: string,
    lesson: Lesson,
    saved: SavedAttempt | undefined,
    from?: Entry,
  ): Promise<Entry> {
    const worker = await this.#pool.place(
      (number) => [...this.#loaded.values()].filter((entry) => entry.worker.number === number).length,
    );
    const mark = ++this.#lastMark;
    await worker.calls.open(specOf(id, lesson), saved, mark);
    const entry: Entry = {
      id,
      mark,
      learnerId,
      lesson,
      worker,
      dirty: saved === undefined,
      saveTimer: undefined,
      saving: Promise.resolve(),
      connections: 0,
      usedAt: Date.now(),
      liveListeners: from?.liveListeners ?? new Set(),
    };
    this.#loaded.set(id, entry);
    if (entry.dirty) this.#scheduleSave(entry);
    return entry;
  }

  async #onWorkerStarted(worker: SandboxWorker): Promise<void> {
    await worker.subscribe("changed", [], (id) => {
      const entry = this.#loaded.get(id);
      if (entry === undefined) return;
      entry.dirty = true;
      this.#scheduleSave(entry);
    });
    await worker.subscribe("marks", [], ({ id, exercise, saved }) => {
      if (!this.#loaded.has(id)) return;
      this.#keepMark(id, exercise, saved).catch((error: Error) =>
        this.#log(`The beginning of ${exercise} of attempt ${id} could not be kept: ${error.message}`),
      );
    });
    await worker.subscribe("verdicts", [], ({ id, verdict }) => {
      const entry = this.#loaded.get(id);
      if (entry === undefined) return;
      this.#options
        .queries()
        .then((queries) => recordVerdict(queries, entry.learnerId, entry.lesson.path, verdict, new Date()))
        .catch((error: Error) => this.#log(`A verdict of attempt ${id} could not be recorded: ${error.message}`));
    });
  }

  async #keepMark(id: string, exercise: string, saved: SavedAttempt): Promise<void> {
    const queries = await this.#options.queries();
    const { marks } = schema;
    const state = { at: new Date(), snapshot: saved.snapshot, grading: saved.grading };
    await queries
      .insert(marks)
      .values({ attemptId: id, exercise, ...state })
      .onConflictDoUpdate({ target: [marks.attemptId, marks.exercise], set: state });
  }

  #onWorkerLost(worker: SandboxWorker, reason: string, mark: number): void {
    if (this.#closing) return;
    const lost = [...this.#loaded.values()].filter((entry) => entry.worker === worker);
    this.#log(
      `Sandbox worker ${worker.number} was lost (${reason}); restoring ${lost.length} sandboxes from their last saves.`,
    );
    for (const entry of lost) {
      clearTimeout(entry.saveTimer);
      this.#loaded.delete(entry.id);
      if (entry.mark === mark && this.#quarantine.struck(entry.id, Date.now())) {
        this.#log(`Attempt ${entry.id} was at work when workers were lost, again: it is kept out for a while.`);
        for (const listener of entry.liveListeners) listener({ type: "restored", message: KEPT_OUT });
        continue;
      }
      this.#load(entry.id).then(
        (restored) => {
          for (const listener of entry.liveListeners) {
            restored.liveListeners.add(listener);
            listener({
              type: "restored",
              message: "The sandbox stopped answering and was brought back from its last save.",
            });
          }
        },
        (error: Error) => this.#log(`Attempt ${entry.id} could not be restored: ${error.message}`),
      );
    }
  }

  #scheduleSave(entry: Entry): void {
    if (entry.saveTimer !== undefined || this.#closing) return;
    entry.saveTimer = setTimeout(() => {
      entry.saveTimer = undefined;
      void this.#saveNow(entry);
    }, SAVE_AFTER_MS);
  }

  #saveNow(entry: Entry): Promise<void> {
    clearTimeout(entry.saveTimer);
    entry.saveTimer = undefined;
    // One after the other: an older snapshot must not overwrite a newer one.
    entry.saving = entry.saving.then(async () => {
      if (!entry.dirty) return;
      entry.dirty = false;
      try {
        const saved = await entry.worker.calls.save(entry.id);
        const queries = await this.#options.queries();
        await queries
          .update(schema.attempts)
          .set({ snapshot: saved.snapshot, grading: saved.grading, savedAt: new Date() })
          .where(eq(schema.attempts.id, entry.id));
      } catch (error) {
        entry.dirty = true;
        this.#log(`Attempt ${entry.id} could not be saved: ${error instanceof Error ? error.message : error}`);
        if (this.#loaded.get(entry.id) === entry) this.#scheduleSave(entry);
      }
    });
    return entry.saving;
  }

  async #unloadIdle(): Promise<void> {
    const before = Date.now() - IDLE_MS;
    for (const entry of [...this.#loaded.values()]) {
      if (entry.connections > 0 || entry.usedAt > before) continue;
      await this.#saveNow(entry);
      if (entry.dirty || entry.connections > 0) continue;
      this.#loaded.delete(entry.id);
      await entry.worker.calls
        .close(entry.id)
        .catch((error: Error) => this.#log(`Attempt ${entry.id} could not be unloaded: ${error.message}`));
    }
  }

  #log(line: string): void {
    (this.#options.log ?? console.error)(line);
  }
}

const KEPT_OUT =
  "This sandbox stopped answering twice and took others with it. Reset the lesson to go on at once; its last state comes back by itself after a while.";

function quarantined(until: number): AttemptError {
  const minutes = Math.max(1, Math.ceil((until - Date.now()) / 60_000));
  return new AttemptError(503, "quarantined", `${KEPT_OUT} (in ${minutes} minutes)`);
}

function forbidden(): AttemptError {
  return new AttemptError(403, "forbidden", "This sandbox is not yours, or it does not exist.");
}

/** What a worker needs to know of a lesson. */
function specOf(id: string, lesson: Lesson): AttemptSpec {
  const { namespace, nodes } = lesson.spec.sandbox;
  return {
    id,
    namespace,
    exercises: lesson.spec.exercises,
    sandbox: { files: lesson.files, namespace, nodes, ...(lesson.setup === undefined ? {} : { setup: lesson.setup }) },
  };
}

/** True where an error that came out of a worker means that the thing asked for is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && error.name === NOT_FOUND;
}
