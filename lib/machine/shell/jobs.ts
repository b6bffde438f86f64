/** Jobs: what was started in the background or stopped. */
import type { ChildProcess, ExitStatus, Signal } from "../types.ts";
import { SIGNAL_WORDS } from "./traps.ts";

export interface Job {
  readonly number: number;
  readonly children: readonly ChildProcess[];
  /** By child; undefined while it lives. */
  readonly statuses: (ExitStatus | undefined)[];
  readonly group: number;
  /** The command as typed. */
  readonly text: string;
  stopped: boolean;
  /** The shell waits for it. */
  foreground: boolean;
  /** Its end was told of. */
  notified: boolean;
  /** Without SIGHUP at the shell's end (`disown -h`). */
  keep: boolean;
  /** Signalled by the command that runs: its end is told of before the next prompt but one, as the shell hears of it late. */
  late: boolean;
  /** That it stopped in the background is still to be told. */
  stoppedUntold: boolean;
  /** Higher: became current later. */
  turn: number;
}

export function isDone(job: Job): boolean {
  return job.statuses.every((status) => status !== undefined);
}

/** Exit status of the last process. */
export function jobStatus(job: Job): number {
  return job.statuses.at(-1)?.code ?? 0;
}

export class Jobs {
  readonly #jobs: Job[] = [];
  #turn = 0;
  #wake: (() => void)[] = [];
  /** Statuses of children that were removed from the list, for a later `wait PID`. */
  readonly #remembered = new Map<number, number>();

  get all(): readonly Job[] {
    return this.#jobs;
  }

  add(children: readonly ChildProcess[], group: number, text: string): Job {
    const number = this.#jobs.reduce((highest, job) => Math.max(highest, job.number), 0) + 1;
    const job: Job = {
      number,
      children,
      statuses: children.map(() => undefined),
      group,
      text,
      stopped: false,
      foreground: false,
      notified: false,
      keep: false,
      late: false,
      stoppedUntold: false,
      turn: ++this.#turn,
    };
    this.#jobs.push(job);
    for (const child of children) void this.#watch(job, child);
    children.forEach((child, position) => {
      void child.exited.then((status) => {
        job.statuses[position] = status;
        if (isDone(job)) job.stopped = false;
        this.#remember(child.pid, status.code);
        this.#changed();
      });
    });
    return job;
  }

  /** Somebody else may stop it: the terminal it reads from in the background, a signal. */
  async #watch(job: Job, child: ChildProcess): Promise<void> {
    for (let state = child.state; state !== "exited"; ) {
      state = await child.stateChanged();
      if (state === "stopped" && !job.stopped && !job.foreground) {
        job.stopped = true;
        job.stoppedUntold = true;
        this.touch(job);
        this.#changed();
      }
    }
  }

  #remember(pid: number, code: number): void {
    this.#remembered.set(pid, code);
    if (this.#remembered.size > 1024) {
      const oldest = this.#remembered.keys().next();
      if (!oldest.done) this.#remembered.delete(oldest.value);
    }
  }

  remembered(pid: number): number | undefined {
    return this.#remembered.get(pid);
  }

  forgetAll(): void {
    this.#remembered.clear();
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const run of wake) run();
  }

  /** Resolves when some child of some job ends. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  /** Wakes who waits for a change (a signal with a trap came). */
  wake(): void {
    this.#changed();
  }

  remove(job: Job): void {
    const at = this.#jobs.indexOf(job);
    if (at !== -1) this.#jobs.splice(at, 1);
  }

  touch(job: Job): void {
    job.turn = ++this.#turn;
  }

  /** `+` and `-`: stopped jobs first, the latest first. */
  #ranked(): Job[] {
    return [...this.#jobs].sort((a, b) => Number(b.stopped) - Number(a.stopped) || b.turn - a.turn);
  }

  get current(): Job | undefined {
    return this.#ranked()[0];
  }

  get previous(): Job | undefined {
    return this.#ranked()[1] ?? this.#ranked()[0];
  }

  mark(job: Job): string {
    const ranked = this.#ranked();
    return ranked[0] === job ? "+" : ranked[1] === job ? "-" : " ";
  }

  /** `%1`, `%+`, `%-`, `%name`, `%?text`, a process id. "ambiguous" where several fit. */
  find(spec: string): Job | undefined | "ambiguous" {
    if (!spec.startsWith("%")) {
      const pid = Number(spec);
      return this.#jobs.find((job) => job.children.some((child) => child.pid === pid));
    }
    const name = spec.slice(1);
    if (name === "" || name === "+" || name === "%") return this.current;
    if (name === "-") return this.previous;
    if (/^\d+$/.test(name)) return this.#jobs.find((job) => job.number === Number(name));
    const fits = name.startsWith("?")
      ? this.#jobs.filter((job) => job.text.includes(name.slice(1)))
      : this.#jobs.filter((job) => job.text.startsWith(name));
    return fits.length > 1 ? "ambiguous" : fits[0];
  }

  /** One line of `jobs`. */
  /** Of dash: the mark stands by itself. */
  apart = false;
  /** Of ash: says that there is no job control. */
  plain: (() => boolean) | undefined;

  describe(job: Job, options: { readonly long?: boolean } = {}): string {
    const done = isDone(job);
    // Where there is no job control ash does not know its jobs' commands.
    const ash = this.plain === undefined ? undefined : { text: this.plain() ? "" : job.text };
    const state = done ? doneText(job) : job.stopped ? "Stopped" : "Running";
    const pid = options.long ? `${String(job.children[0]?.pid).padStart(5)} ` : "";
    if (ash !== undefined)
      return `[${job.number}]${this.apart ? " " : ""}${this.mark(job)}${this.apart ? "" : " "} ${pid}${state.padEnd(27)}${ash.text}\n`;
    const ampersand = done || job.stopped ? "" : " &";
    return `[${job.number}]${this.mark(job)} ${options.long ? "" : " "}${pid}${state.padEnd(24)}${job.text}${ampersand}\n`;
  }
}

function doneText(job: Job): string {
  const status = job.statuses.at(-1);
  if (status?.signal !== undefined) return signalText(status.signal);
  return status === undefined || status.code === 0 ? "Done" : `Exit ${status.code}`;
}

export function signalText(signal: Signal): string {
  return SIGNAL_WORDS[signal] ?? (signal === "SIGINT" ? "Interrupt" : signal === "SIGPIPE" ? "Broken pipe" : signal);
}
