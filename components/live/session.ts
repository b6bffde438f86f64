/** A learner at one lesson: the sandbox, what is known of its cluster, verdicts, and what can be asked for. Framework-free. */
import type { ExerciseVerdict, Subject } from "../../lib/grading/types.ts";
import type { LiveMessage } from "../../lib/protocol/types.ts";
import type { Activity, Capabilities } from "../../lib/sandbox/types.ts";
import { ApiError, openLessonSandbox, type SandboxApi, sandboxApi } from "./api.ts";
import { type Drafts, EditsStore } from "./edits.ts";
import { ClusterRecord } from "./record.ts";
import { ReconnectingSocket, socketUrl } from "./socket.ts";
import { Store } from "./store.ts";

interface SessionState {
  readonly phase: "starting" | "ready" | "failed";
  readonly sandboxId: string | undefined;
  /** Why it failed. */
  readonly problem: string | undefined;
  readonly connected: boolean;
  /** How often the server has told its whole state: after connecting and after each reset. */
  readonly loads: number;
  /** The sandbox was brought back after its worker died. */
  readonly restored: boolean;
  readonly activity: Activity | undefined;
  /** What the sandbox can do; undefined until it is known. */
  readonly capabilities: Capabilities | undefined;
}

export type FileChange = { readonly path: string; readonly change: "changed" | "removed" };

/** What one part of the page asks of another. */
type Wish =
  | { readonly type: "show"; readonly subject: Subject }
  /** A text that a command waits for, with the focus in it. */
  | { readonly type: "edit"; readonly id: string }
  | { readonly type: "openFile"; readonly path: string; readonly text?: string }
  /** `terminal`: that one, with the focus in it. */
  | { readonly type: "terminal"; readonly terminal?: string };

/** True where a check that had been evaluated says something else now. */
function movedOn(before: ExerciseVerdict, now: ExerciseVerdict): boolean {
  return before.checks.some((was) => {
    const is = now.checks.find((check) => check.check === was.check);
    if (is === undefined || was.status === "waiting") return is?.status === "pass";
    return is.status !== was.status || is.observed !== was.observed;
  });
}

/** The server tells of the clock every second; a worker that hangs is replaced after eight. */
const SILENCE_MS = 12_000;

/** Bursts of changes become one update per frame; a page in the background has no frames. */
function schedule(run: () => void): void {
  if (document.hidden) setTimeout(run, 100);
  else requestAnimationFrame(run);
}

const noStorage: Drafts = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };

/** Undefined where there is none: on the server, or where the person forbids it. */
function browserStorage(): Drafts | undefined {
  try {
    return typeof localStorage === "undefined" ? undefined : localStorage;
  } catch {
    return undefined;
  }
}

export class LessonSession {
  readonly course: string;
  readonly lesson: string;
  readonly state = new Store<SessionState>({
    phase: "starting",
    sandboxId: undefined,
    problem: undefined,
    connected: false,
    loads: 0,
    restored: false,
    activity: undefined,
    capabilities: undefined,
  });
  readonly verdicts = new Store<ReadonlyMap<string, ExerciseVerdict>>(new Map());
  /**
   * Exercises that the learner has begun: something about them passes, or changed while the page was open. What fails
   * before that is only what is still to be done, and no reproach.
   */
  readonly begun = new Store<ReadonlySet<string>>(new Set());
  readonly cluster = new ClusterRecord(schedule);
  /** Texts that commands in the terminals wait for. */
  readonly edits: EditsStore;
  readonly #files = new Set<(change: FileChange) => void>();
  readonly #wishes = new Set<(wish: Wish) => void>();
  readonly #questions: ReadonlySet<string>;
  #api: SandboxApi | undefined;
  #socket: ReconnectingSocket | undefined;
  #runs = 0;
  /** Set by the terminal pane: types a command line into the terminal in front. */
  runner: ((command: string) => Promise<void>) | undefined;

  /** `questions`: checks that are answered ("exercise/check"); one that fails was answered, so it was begun. */
  constructor(
    course: string,
    lesson: string,
    questions: ReadonlySet<string> = new Set(),
    storage: Drafts | undefined = browserStorage(),
  ) {
    this.edits = new EditsStore(() => this.#api, storage ?? noStorage);
    this.course = course;
    this.lesson = lesson;
    this.#questions = questions;
  }

  /** Calls to the sandbox; undefined until there is one. */
  get api(): SandboxApi | undefined {
    return this.#api;
  }

  start(): void {
    const run = ++this.#runs;
    this.state.update({ phase: "starting", problem: undefined });
    openLessonSandbox(this.course, this.lesson).then(
      ({ sandboxId }) => {
        if (run !== this.#runs) return;
        this.#api = sandboxApi(sandboxId);
        this.state.update({ phase: "ready", sandboxId });
        this.#socket = new ReconnectingSocket({
          url: () => socketUrl(`/ws/live/${encodeURIComponent(sandboxId)}?editor=1`),
          silenceMs: SILENCE_MS,
          onMessage: (data) => {
            if (typeof data === "string") this.receive(JSON.parse(data) as LiveMessage);
          },
          onState: (state) => {
            if (state === "gone") this.state.update({ phase: "failed", connected: false, problem: undefined });
            else this.state.update({ connected: state === "open" });
          },
        });
      },
      (error: unknown) => {
        if (run !== this.#runs) return;
        const problem = error instanceof ApiError ? error.message : String(error);
        this.state.update({ phase: "failed", problem });
      },
    );
  }

  stop(): void {
    this.#runs++;
    this.#socket?.close();
    this.#socket = undefined;
    this.edits.dispose();
  }

  /** One message from the server. */
  receive(message: LiveMessage): void {
    switch (message.type) {
      case "state":
        this.cluster.load(message.objects, message.sequence, message.records);
        this.verdicts.set(new Map(message.verdicts.map((verdict) => [verdict.exercise, verdict])));
        for (const verdict of message.verdicts) {
          if (verdict.checks.some((check) => check.status === "pass")) this.begin(verdict.exercise);
          this.#beginWhereAnswered(verdict);
        }
        this.state.update({
          activity: message.activity,
          capabilities: message.capabilities,
          loads: this.state.get().loads + 1,
        });
        this.edits.load(this.state.get().sandboxId ?? "", message.edits);
        return;
      case "change":
        this.cluster.push(message.record);
        return;
      case "activity":
        this.state.update({ activity: message.activity });
        return;
      case "verdict":
        this.takeVerdict(message.verdict);
        return;
      case "file":
        for (const listener of [...this.#files]) listener({ path: message.path, change: message.change });
        return;
      case "edit":
        this.edits.receive(message.event);
        return;
      case "restored":
        this.state.update({ restored: true });
        return;
    }
  }

  #beginWhereAnswered(verdict: ExerciseVerdict): void {
    const answered = verdict.checks.some(
      (check) => check.status === "fail" && this.#questions.has(`${verdict.exercise}/${check.check}`),
    );
    if (answered) this.begin(verdict.exercise);
  }

  begin(exercise: string): void {
    if (!this.begun.get().has(exercise)) this.begun.set(new Set(this.begun.get()).add(exercise));
  }

  takeVerdict(verdict: ExerciseVerdict): void {
    const before = this.verdicts.get().get(verdict.exercise);
    if (before !== undefined && movedOn(before, verdict)) this.begin(verdict.exercise);
    this.#beginWhereAnswered(verdict);
    this.verdicts.set(new Map(this.verdicts.get()).set(verdict.exercise, verdict));
  }

  onFile(listener: (change: FileChange) => void): () => void {
    this.#files.add(listener);
    return () => this.#files.delete(listener);
  }

  onWish(listener: (wish: Wish) => void): () => void {
    this.#wishes.add(listener);
    return () => this.#wishes.delete(listener);
  }

  wish(wish: Wish): void {
    for (const listener of [...this.#wishes]) listener(wish);
  }

  /** Types a command into the terminal. False where there is no terminal yet. */
  async run(command: string): Promise<boolean> {
    this.wish({ type: "terminal" });
    if (this.runner === undefined) return false;
    await this.runner(command);
    return true;
  }
}
