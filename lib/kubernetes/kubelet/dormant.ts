/**
 * A container whose process would only wait: none is made until somebody looks into it or signals it. An idle cluster
 * has many of them.
 */
import type { Clock } from "../../clock/index.ts";
import type { ChildProcess, ExitStatus, Signal } from "../../machine/index.ts";
import { isErrno } from "../../machine/index.ts";
import type { Container } from "../api/types.ts";
import type { NetworkStack, Reservation } from "../network/types.ts";
import type { LiveContainer } from "./instance.ts";

interface DormantOptions {
  readonly clock: Clock;
  /** Makes the real one, and calls `ended` when its first process has ended. */
  readonly run: (ended: (exit: ExitStatus) => void) => LiveContainer;
  readonly ended: (exit: ExitStatus) => void;
  readonly usage: LiveContainer["usage"];
  readonly stack: NetworkStack;
  /** Ports its program listens on: a connection to one of them wakes it. */
  readonly listens: readonly number[];
}

export class DormantContainer implements LiveContainer {
  readonly listeners: LiveContainer["listeners"] = new Set();
  stopping = false;
  readonly process: ChildProcess;
  readonly #options: DormantOptions;
  #awake: LiveContainer | undefined;
  #reservations: readonly Reservation[] | undefined;

  constructor(options: DormantOptions) {
    this.#options = options;
    this.process = new DormantProcess(options.clock, (ended) => this.#wake(ended));
    const { listens, stack } = options;
    if (listens.length > 0) this.#reservations = this.#reserve(listens, stack);
  }

  get machine() {
    return this.#live.machine;
  }
  get root() {
    return this.#live.root;
  }
  get network() {
    return this.#live.network;
  }
  get environment() {
    return this.#live.environment;
  }
  get identity() {
    return this.#live.identity;
  }
  get tty() {
    return this.#awake?.tty;
  }
  get stdin() {
    return this.#awake?.stdin;
  }
  get dormant(): boolean {
    return this.#awake === undefined;
  }

  unheard() {
    return this.#awake?.unheard() ?? [];
  }
  writtenBytes(): number {
    return this.#awake?.writtenBytes() ?? 0;
  }
  usage() {
    return this.#options.usage();
  }
  resize(container: Container): void {
    this.#awake?.resize(container);
  }
  shutDown(): void {
    for (const reservation of this.#reservations ?? []) reservation.release();
    this.#awake?.shutDown();
  }

  #reserve(ports: readonly number[], stack: NetworkStack): readonly Reservation[] {
    const made: Reservation[] = [];
    try {
      for (const port of ports) made.push(stack.reserve(port, () => this.process.stateChanged()));
    } catch (error) {
      if (!isErrno(error)) throw error;
      // Somebody of its Pod listens there: it shall find that out for itself.
      for (const reservation of made) reservation.release();
      this.process.stateChanged();
    }
    return made;
  }

  get #live(): LiveContainer {
    this.process.stateChanged();
    if (this.#awake === undefined) throw new Error("a dormant container did not wake up");
    return this.#awake;
  }

  #wake(ended: (exit: ExitStatus) => void): ChildProcess {
    const { run, ended: told } = this.#options;
    this.#awake = run((exit) => {
      ended(exit);
      told(exit);
    });
    for (const listener of this.listeners) this.#awake.listeners.add(listener);
    return this.#awake.process;
  }
}

/** The first process of one: it is there, sleeping, before it is. */
class DormantProcess implements ChildProcess {
  readonly pid = 1;
  readonly processGroup = 1;
  readonly #clock: Clock;
  readonly #wake: (ended: (exit: ExitStatus) => void) => ChildProcess;
  #real: ChildProcess | undefined;
  #exited: { readonly promise: Promise<ExitStatus>; readonly resolve: (exit: ExitStatus) => void } | undefined;

  constructor(clock: Clock, wake: (ended: (exit: ExitStatus) => void) => ChildProcess) {
    this.#clock = clock;
    this.#wake = wake;
  }

  get state() {
    return this.#real?.state ?? "running";
  }
  get exited(): Promise<ExitStatus> {
    if (this.#real !== undefined) return this.#real.exited;
    if (this.#exited === undefined) {
      let resolve: (exit: ExitStatus) => void = () => undefined;
      const promise = new Promise<ExitStatus>((done) => {
        resolve = done;
      });
      this.#exited = { promise, resolve };
    }
    return this.#exited.promise;
  }
  stateChanged() {
    return this.#process.stateChanged();
  }
  kill(signal: Signal): void {
    const wasAsleep = this.#real === undefined;
    const process = this.#process;
    // It has been there for long, and listens: so it does once its program has begun.
    if (wasAsleep && signal !== "SIGKILL") this.#clock.after(0, () => process.kill(signal));
    else process.kill(signal);
  }
  handledSignals(): Signal[] {
    return this.#process.handledSignals();
  }

  get #process(): ChildProcess {
    this.#real ??= this.#wake((exit) => this.#exited?.resolve(exit));
    return this.#real;
  }
}
