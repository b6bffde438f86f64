/** Watches a sandbox and keeps the verdicts of a lesson's exercises up to date. */
import type { CheckSpec, ExerciseSpec } from "../course/index.ts";
import type { Sandbox } from "../sandbox/types.ts";
import { checkType } from "./checks/index.ts";
import { evaluateCheck } from "./evaluate.ts";
import { RecordReader, type SemanticRecord } from "./records.ts";
import type { ExerciseVerdict, Verdict } from "./types.ts";

/** What must be kept of a grader so that a later one goes on where it stopped. A plain value. */
export interface GradingState {
  /** Verdicts that hold for good, by "exercise/check". */
  readonly latched: Readonly<Record<string, Verdict>>;
  /** Answers to quizzes, by "exercise/check". */
  readonly answers: Readonly<Record<string, unknown>>;
  /** What each check saw at the start, by "exercise/check"; gone from here once it has seen something else. */
  readonly untouched?: Readonly<Record<string, string>>;
}

interface GraderOptions {
  readonly sandbox: Sandbox;
  readonly exercises: readonly ExerciseSpec[];
  readonly namespace: string;
  readonly state?: GradingState;
  /** Called whenever the verdict of an exercise changed. */
  readonly onVerdict: (verdict: ExerciseVerdict) => void;
}

interface Entry {
  readonly key: string;
  readonly exercise: ExerciseSpec;
  readonly check: CheckSpec;
  verdict: Verdict;
  dirty: boolean;
}

/** Changes are gathered this long before checks are asked again (ms, host time). */
const GATHER_MS = 60;
/** How often a sandbox is asked whether it has settled while a costly check waits for that (ms, host time). */
const SETTLE_POLL_MS = 400;

const NOT_EVALUATED = { en: "Not evaluated yet.", zh: "尚未检查。" } as const;
const NEEDS_OTHERS = { en: "Waits for the checks before it.", zh: "等待前面的检查通过。" } as const;

export class Grader {
  readonly #options: GraderOptions;
  readonly #entries: Entry[];
  readonly #answers = new Map<string, Map<string, unknown>>();
  /** What the checks saw when the lesson began: as long as that is all there is, nothing has been tried and nothing failed. */
  readonly #untouched: Map<string, string>;
  readonly #isNew: boolean;
  readonly #reader = new RecordReader();
  #records: SemanticRecord[] | undefined;
  #start = 0;
  #seen = 0;
  #stops: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: GraderOptions) {
    this.#options = options;
    this.#entries = options.exercises.flatMap((exercise) =>
      exercise.checks.map((check) => {
        const key = `${exercise.id}/${check.id}`;
        const latched = options.state?.latched[key];
        const verdict: Verdict = latched ?? {
          check: check.id,
          status: "waiting",
          message: NOT_EVALUATED,
          at: 0,
          tookMs: 0,
        };
        return { key, exercise, check, verdict, dirty: latched === undefined };
      }),
    );
    for (const [key, answer] of Object.entries(options.state?.answers ?? {})) this.#remember(key, answer);
    this.#untouched = new Map(Object.entries(options.state?.untouched ?? {}));
    this.#isNew = options.state?.untouched === undefined;
  }

  /** Begins to watch; the first evaluation of every check follows at once. */
  async start(): Promise<void> {
    const { sandbox } = this.#options;
    this.#start = await sandbox.timeline.start();
    this.#stops.push(
      sandbox.timeline.watch((record) =>
        this.#changed(
          (trigger) =>
            trigger.on === "timeline" ||
            trigger.on === "settled" ||
            (trigger.on === "objects" && trigger.kinds.includes(record.kind)),
        ),
      ),
      sandbox.workspace.watch(({ path }) => this.#changed((trigger) => trigger.on === "file" && trigger.path === path)),
    );
    await this.#enqueue(false);
  }

  stop(): void {
    this.#stopped = true;
    for (const stop of this.#stops) stop();
    this.#stops = [];
    if (this.#timer !== undefined) clearTimeout(this.#timer);
  }

  verdicts(): ExerciseVerdict[] {
    return this.#options.exercises.map((exercise) => this.#exerciseVerdict(exercise));
  }

  state(): GradingState {
    const latched: Record<string, Verdict> = {};
    for (const entry of this.#entries) if (isLatched(entry)) latched[entry.key] = entry.verdict;
    const answers: Record<string, unknown> = {};
    for (const [exercise, given] of this.#answers)
      for (const [check, answer] of given) answers[`${exercise}/${check}`] = answer;
    return { latched, answers, untouched: Object.fromEntries(this.#untouched) };
  }

  /** Takes an answer to a quiz and judges it. */
  async answer(exercise: string, check: string, answer: unknown): Promise<ExerciseVerdict | undefined> {
    const entry = this.#entries.find((each) => each.key === `${exercise}/${check}`);
    if (entry === undefined || entry.check.type !== "quiz") return undefined;
    this.#remember(entry.key, answer);
    entry.dirty = true;
    await this.#enqueue(false);
    return this.#exerciseVerdict(entry.exercise);
  }

  /** Evaluates every check of an exercise at once, the costly ones too, whether the cluster has settled or not. */
  async evaluate(exercise: string): Promise<ExerciseVerdict | undefined> {
    const entries = this.#entries.filter((entry) => entry.exercise.id === exercise);
    const [first] = entries;
    if (first === undefined) return undefined;
    for (const entry of entries) {
      // Whoever asks wants to be told, even if nothing was done yet.
      this.#untouched.set(entry.key, "");
      if (!isLatched(entry)) entry.dirty = true;
    }
    await this.#enqueue(true);
    return this.#exerciseVerdict(first.exercise);
  }

  #remember(key: string, answer: unknown): void {
    const slash = key.indexOf("/");
    const exercise = key.slice(0, slash);
    let given = this.#answers.get(exercise);
    if (given === undefined) {
      given = new Map();
      this.#answers.set(exercise, given);
    }
    given.set(key.slice(slash + 1), answer);
  }

  #changed(concerns: (trigger: ReturnType<ReturnType<typeof checkType>["trigger"]>) => boolean): void {
    let any = false;
    for (const entry of this.#entries) {
      if (isLatched(entry) || !concerns(checkType(entry.check).trigger(entry.check))) continue;
      entry.dirty = true;
      any = true;
    }
    if (any) this.#later(GATHER_MS);
  }

  #later(ms: number): void {
    if (this.#timer !== undefined || this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#enqueue(false);
    }, ms);
  }

  /** One evaluation at a time: verdicts must not overtake one another. */
  #enqueue(evenUnsettled: boolean): Promise<void> {
    this.#running = this.#running.then(() => this.#evaluateDirty(evenUnsettled));
    return this.#running;
  }

  async #evaluateDirty(evenUnsettled: boolean): Promise<void> {
    let settled: boolean | undefined;
    let waitsForSettling = false;
    this.#records = undefined;
    for (const entry of this.#entries) {
      if (this.#stopped) return;
      if (!entry.dirty) continue;
      if (!this.#needsPass(entry)) {
        this.#update(entry, {
          check: entry.check.id,
          status: "waiting",
          message: NEEDS_OTHERS,
          at: entry.verdict.at,
          tookMs: 0,
        });
        continue;
      }
      if (checkType(entry.check).trigger(entry.check).on === "settled" && !evenUnsettled) {
        settled ??= !(await this.#options.sandbox.activity()).busy;
        if (!settled) {
          waitsForSettling = true;
          continue;
        }
      }
      entry.dirty = false;
      const verdict = await evaluateCheck(entry.check, this.#options.sandbox, {
        namespace: this.#options.namespace,
        answers: this.#answers.get(entry.exercise.id) ?? new Map(),
        records: () => this.#readRecords(),
      });
      this.#update(entry, this.#untried(entry, verdict));
    }
    if (waitsForSettling) this.#later(SETTLE_POLL_MS);
  }

  /** A failure that only says what was so from the start is no failure yet: it waits, with all it has to say. */
  #untried(entry: Entry, verdict: Verdict): Verdict {
    if (verdict.status !== "fail" || entry.check.type === "quiz") {
      this.#untouched.set(entry.key, "");
      return verdict;
    }
    const seen = JSON.stringify([verdict.message.en, verdict.observed]);
    const first = this.#untouched.get(entry.key);
    if (first === undefined && this.#isNew) this.#untouched.set(entry.key, seen);
    else if (first !== seen) {
      this.#untouched.set(entry.key, "");
      return verdict;
    }
    return { ...verdict, status: "waiting" };
  }

  #needsPass(entry: Entry): boolean {
    return entry.check.needs.every((needed) =>
      this.#entries.some(
        (other) => other.exercise === entry.exercise && other.check.id === needed && other.verdict.status === "pass",
      ),
    );
  }

  async #readRecords(): Promise<readonly SemanticRecord[]> {
    if (this.#records === undefined) {
      for (const record of await this.#options.sandbox.timeline.read(this.#seen)) {
        this.#seen = record.sequence;
        this.#reader.push(record);
      }
      this.#records = this.#reader.records.filter((record) => record.sequence > this.#start);
    }
    return this.#records;
  }

  #update(entry: Entry, verdict: Verdict): void {
    const before = entry.verdict;
    entry.verdict = verdict;
    const { at: _at, tookMs: _took, ...now } = verdict;
    const { at: _before, tookMs: _beforeTook, ...then } = before;
    if (JSON.stringify(now) === JSON.stringify(then)) return;
    // What waited for this check may be judged now; what passed because of it must be looked at again.
    if (before.status !== verdict.status) {
      for (const other of this.#entries) {
        if (other.exercise === entry.exercise && other.check.needs.includes(entry.check.id) && !isLatched(other))
          other.dirty = true;
      }
    }
    this.#options.onVerdict(this.#exerciseVerdict(entry.exercise));
  }

  #exerciseVerdict(exercise: ExerciseSpec): ExerciseVerdict {
    return combine(
      exercise,
      this.#entries.filter((entry) => entry.exercise === exercise).map((entry) => entry.verdict),
    );
  }
}

const isLatched = (entry: Entry) =>
  entry.check.keep === "latch" && entry.verdict.status === "pass" && entry.check.type !== "quiz";

/** An exercise's verdict from those of its checks (in the exercise's order). Pure. */
export function combine(exercise: ExerciseSpec, checks: readonly Verdict[]): ExerciseVerdict {
  const pointsOf = (verdict: Verdict) => exercise.checks.find((check) => check.id === verdict.check)?.points ?? 0;
  const has = (status: Verdict["status"]) => checks.some((verdict) => verdict.status === status);
  const status = checks.every((verdict) => verdict.status === "pass")
    ? "pass"
    : has("fail")
      ? "fail"
      : has("error")
        ? "error"
        : "waiting";
  return {
    exercise: exercise.id,
    status,
    points: checks.filter((verdict) => verdict.status === "pass").reduce((sum, verdict) => sum + pointsOf(verdict), 0),
    maximumPoints: exercise.checks.reduce((sum, check) => sum + check.points, 0),
    checks,
  };
}
