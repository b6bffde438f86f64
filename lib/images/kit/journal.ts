/**
 * What a member of an ensemble keeps on disk: a snapshot of its state machine, and a log of everything since: entries
 * taken, entries committed, votes given. A new process on the same files knows what the former one had promised.
 */
import { type FileApi, isErrno } from "../../machine/index.ts";

/** Where an entry stands in history: the term of the leader that ordered it, then its number. */
export interface Position {
  readonly term: number;
  readonly index: number;
}

interface Entry extends Position {
  /** Undefined: the mark that a leader sets at the beginning of its term. */
  readonly change: string | undefined;
}

/** What the entries change. Deterministic: time and chance are part of the change. */
export interface StateMachine {
  /** Returns what whoever asked for the change is told. */
  apply(change: string | undefined, position: Position): string;
  dump(): string;
  load(dump: string): void;
}

/** Everything a member knows, as a leader sends it to one that joins. */
export interface JournalState {
  readonly term: number;
  readonly vote: string | undefined;
  readonly applied: Position;
  readonly pending: readonly Entry[];
  readonly dump: string;
}

type Line = ["vote", number, string | null] | ["entry", number, number, string | null] | ["commit", number];

/** Lines of the log after which it is folded into the snapshot. */
const LOG_LINES = 200;

export function isAfter(a: Position, b: Position): boolean {
  return a.term !== b.term ? a.term > b.term : a.index > b.index;
}

export class Journal {
  term = 0;
  vote: string | undefined;
  /** The last committed entry. */
  applied: Position = { term: 0, index: 0 };
  /** Taken, not known to be committed. */
  pending: Entry[] = [];
  readonly #files: FileApi;
  readonly #snapshotPath: string;
  readonly #logPath: string;
  readonly #state: StateMachine;
  readonly #written: () => void;
  #lines = 0;

  /** `written` is called after each entry came into the log: the moment of its fsync. */
  constructor(
    files: FileApi,
    paths: { readonly snapshot: string; readonly log: string },
    state: StateMachine,
    written: () => void = () => undefined,
  ) {
    this.#written = written;
    this.#files = files;
    this.#snapshotPath = paths.snapshot;
    this.#logPath = paths.log;
    this.#state = state;
  }

  /** The last entry taken. */
  get last(): Position {
    return this.pending.at(-1) ?? this.applied;
  }

  /** Reads what a former process left; makes the files where there are none. Throws `Errno`, or an Error on damage. */
  open(): void {
    for (const path of [this.#snapshotPath, this.#logPath])
      this.#files.makeDirectory(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    if (this.#files.exists(this.#snapshotPath)) this.#take(parse<JournalState>(this.#read(this.#snapshotPath)));
    if (this.#files.exists(this.#logPath)) {
      for (const line of this.#read(this.#logPath).split("\n")) if (line !== "") this.#replay(parse<Line>(line));
    }
    this.#fold();
  }

  promise(term: number, vote: string | undefined): void {
    this.#write(["vote", term, vote ?? null]);
    this.term = term;
    this.vote = vote;
  }

  append(entry: Entry): void {
    this.#write(["entry", entry.term, entry.index, entry.change ?? null]);
    this.#written();
    this.pending.push(entry);
  }

  /** Commits all entries up to `index`; returns what applying each gave. */
  commit(index: number): { readonly index: number; readonly result: string }[] {
    if (index <= this.applied.index) return [];
    this.#write(["commit", index]);
    const results = this.#apply(index);
    if (this.#lines > LOG_LINES) this.#fold();
    return results;
  }

  state(): JournalState {
    const { term, vote, applied, pending } = this;
    return { term, vote, applied, pending: [...pending], dump: this.#state.dump() };
  }

  /** A leader's state replaces everything. */
  install(state: JournalState): void {
    this.#take(state);
    this.#fold();
  }

  #take(state: JournalState): void {
    this.term = state.term;
    this.vote = state.vote;
    this.applied = state.applied;
    this.pending = [...state.pending];
    this.#state.load(state.dump);
  }

  #replay(line: Line): void {
    if (line[0] === "vote") {
      this.term = line[1];
      this.vote = line[2] ?? undefined;
    } else if (line[0] === "entry") {
      this.pending.push({ term: line[1], index: line[2], change: line[3] ?? undefined });
    } else this.#apply(line[1]);
  }

  #apply(index: number): { readonly index: number; readonly result: string }[] {
    const results: { index: number; result: string }[] = [];
    while (this.pending[0] !== undefined && this.pending[0].index <= index) {
      const [entry] = this.pending.splice(0, 1);
      if (entry === undefined) break;
      results.push({ index: entry.index, result: this.#state.apply(entry.change, entry) });
      this.applied = { term: entry.term, index: entry.index };
    }
    return results;
  }

  #read(path: string): string {
    return this.#files.readText(path);
  }

  #write(line: Line): void {
    this.#files.writeFile(this.#logPath, `${JSON.stringify(line)}\n`, { append: true, mode: 0o600 });
    this.#lines++;
  }

  #fold(): void {
    const next = `${this.#snapshotPath}.tmp`;
    try {
      this.#files.writeFile(next, JSON.stringify(this.state()), { mode: 0o600 });
      this.#files.rename(next, this.#snapshotPath);
    } catch (error) {
      if (isErrno(error)) this.#files.remove(next, { force: true });
      throw error;
    }
    this.#files.writeFile(this.#logPath, "", { mode: 0o600 });
    this.#lines = 0;
  }
}

function parse<T>(text: string): T {
  return JSON.parse(text) as T;
}
