/** One attempt inside a worker: its sandbox and its grader, and what a page may ask of them. */
import type { ExerciseSpec } from "../course/index.ts";
import { type ExerciseVerdict, Grader, type GradingState } from "../grading/index.ts";
import type { LiveMessage } from "../protocol/types.ts";
import type { Sandbox, SandboxSpec, TimelineRecord } from "../sandbox/types.ts";
import { dryRun } from "./dry-run.ts";

/** What an attempt is made of; a plain value, sent to the worker. */
export interface AttemptSpec {
  readonly id: string;
  readonly sandbox: SandboxSpec;
  readonly exercises: readonly ExerciseSpec[];
  readonly namespace: string;
}

/** What is kept of an attempt. */
export interface SavedAttempt {
  readonly snapshot: Uint8Array;
  readonly grading: GradingState;
}

/** How often a page is told of the clock while it is connected (ms). */
const ACTIVITY_MS = 1000;

/** How much of the past a page gets when it connects. */
const MAX_PAST_RECORDS = 300;

export class AttemptRuntime {
  readonly sandbox: Sandbox;
  readonly #spec: AttemptSpec;
  readonly #listeners = new Set<(message: LiveMessage) => void>();
  readonly #changeListeners = new Set<() => void>();
  readonly #markListeners = new Set<(exercise: string, saved: SavedAttempt) => void>();
  /** Exercises passed so far, to see when another one is. */
  #passed = new Set<string>();
  /** The grader looks for the first time: what is passed was passed before. */
  #looking = true;
  #grader: Grader;
  #stops: (() => void)[] = [];
  #activityTimer: ReturnType<typeof setInterval> | undefined;

  private constructor(spec: AttemptSpec, sandbox: Sandbox, grading: GradingState | undefined) {
    this.#spec = spec;
    this.sandbox = sandbox;
    this.#grader = this.#createGrader(grading);
  }

  static async start(spec: AttemptSpec, sandbox: Sandbox, grading?: GradingState): Promise<AttemptRuntime> {
    const runtime = new AttemptRuntime(spec, sandbox, grading);
    runtime.#follow();
    await runtime.#startGrader();
    return runtime;
  }

  #createGrader(state: GradingState | undefined): Grader {
    return new Grader({
      sandbox: this.sandbox,
      exercises: this.#spec.exercises,
      namespace: this.#spec.namespace,
      ...(state === undefined ? {} : { state }),
      onVerdict: (verdict) => {
        this.#emit({ type: "verdict", verdict });
        this.#changed();
        this.#noteVerdict(verdict);
      },
    });
  }

  #follow(): void {
    this.#stops.push(
      this.sandbox.timeline.watch((record) => this.#emit({ type: "change", record })),
      this.sandbox.workspace.watch(({ path, type }) => this.#emit({ type: "file", path, change: type })),
      this.sandbox.edits.watch((event) => this.#emit({ type: "edit", event })),
      this.sandbox.onChanged(() => this.#changed()),
    );
  }

  #emit(message: LiveMessage): void {
    for (const listener of this.#listeners) listener(message);
  }

  #changed(): void {
    for (const listener of this.#changeListeners) listener();
  }

  /** Everything a view needs, then every change. `editor`: the view shows the texts that commands wait for. */
  async live(listener: (message: LiveMessage) => void, { editor = false } = {}): Promise<() => void> {
    // Changes that come while the state is gathered wait behind it; the page drops those the state contains already.
    const early: LiveMessage[] = [];
    let hold: ((message: LiveMessage) => void) | undefined = (message) => early.push(message);
    const entry = (message: LiveMessage) => (hold ?? listener)(message);
    this.#listeners.add(entry);
    listener(await this.#state());
    for (const message of early) listener(message);
    hold = undefined;
    const leave = editor ? this.sandbox.edits.attend() : () => undefined;
    if (this.#activityTimer === undefined) {
      this.#activityTimer = setInterval(() => {
        void this.sandbox.activity().then((activity) => this.#emit({ type: "activity", activity }));
      }, ACTIVITY_MS);
    }
    return () => {
      this.#listeners.delete(entry);
      leave();
      if (this.#listeners.size > 0) return;
      clearInterval(this.#activityTimer);
      this.#activityTimer = undefined;
    };
  }

  async #startGrader(): Promise<void> {
    this.#looking = true;
    this.#passed = new Set();
    await this.#grader.start();
    this.#looking = false;
  }

  /** Where an exercise is passed for the first time, the next one begins: its beginning is told to `onMark`. */
  #noteVerdict({ exercise, status }: ExerciseVerdict): void {
    if (status !== "pass" || this.#passed.has(exercise)) return;
    this.#passed.add(exercise);
    if (this.#looking) return;
    const next = this.current();
    if (next === undefined || this.#passed.has(next) || !this.sandbox.capabilities.rewind) return;
    void this.save().then((saved) => {
      for (const listener of this.#markListeners) listener(next, saved);
    });
  }

  /** The exercise the learner is at: the first that is not passed, the last where all are. */
  current(): string | undefined {
    const verdicts = this.#grader.verdicts();
    return (verdicts.find(({ status }) => status !== "pass") ?? verdicts.at(-1))?.exercise;
  }

  onMark(listener: (exercise: string, saved: SavedAttempt) => void): () => void {
    this.#markListeners.add(listener);
    return () => this.#markListeners.delete(listener);
  }

  async #state(): Promise<LiveMessage> {
    const start = await this.sandbox.timeline.start();
    const records = await this.sandbox.timeline.read(0);
    const objects = new Map<string, TimelineRecord["object"]>();
    for (const record of records) {
      const key = `${record.resource}/${record.namespace ?? ""}/${record.name}`;
      if (record.type === "DELETED") objects.delete(key);
      else objects.set(key, record.object);
    }
    return {
      type: "state",
      objects: [...objects.values()],
      sequence: records.at(-1)?.sequence ?? 0,
      records: records.filter((record) => record.sequence > start).slice(-MAX_PAST_RECORDS),
      activity: await this.sandbox.activity(),
      capabilities: this.sandbox.capabilities,
      verdicts: this.#grader.verdicts(),
      edits: await this.sandbox.edits.list(),
    };
  }

  onChanged(listener: () => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  verdicts(): readonly ExerciseVerdict[] {
    return this.#grader.verdicts();
  }

  answer(exercise: string, check: string, answer: unknown): Promise<ExerciseVerdict | undefined> {
    return this.#grader.answer(exercise, check, answer);
  }

  evaluate(exercise: string): Promise<ExerciseVerdict | undefined> {
    return this.#grader.evaluate(exercise);
  }

  dryRun(text: string) {
    return dryRun(this.sandbox, this.#spec.namespace, text);
  }

  async save(): Promise<SavedAttempt> {
    return { snapshot: await this.sandbox.snapshot(), grading: this.#grader.state() };
  }

  /** Back to the start, or to a saved state; what was passed stays passed in the learner's progress, not here. */
  async reset(
    to:
      | { readonly kind: "files" }
      | { readonly kind: "start" }
      | { readonly kind: "saved"; readonly saved: SavedAttempt },
  ): Promise<void> {
    if (to.kind === "files") {
      await this.sandbox.reset({ kind: "files" });
      return;
    }
    this.#grader.stop();
    const answers = this.#grader.state().answers;
    await this.sandbox.reset(to.kind === "start" ? { kind: "start" } : { kind: "snapshot", data: to.saved.snapshot });
    this.#grader = this.#createGrader(to.kind === "start" ? { latched: {}, answers } : to.saved.grading);
    await this.#startGrader();
    this.#emit(await this.#state());
    this.#changed();
  }

  async close(): Promise<void> {
    this.#grader.stop();
    for (const stop of this.#stops) stop();
    clearInterval(this.#activityTimer);
    await this.sandbox.close();
  }
}
