/** Processes: programs with a pid, descriptors, a user, signals, and time slices they pay for. */

import type { Clock } from "../../clock/index.ts";
import { Errno, isErrno } from "../errno.ts";
import type { MountTable } from "../filesystem/mounts.ts";
import { FileView, type ViewContext } from "../filesystem/view.ts";
import { type Description, SharedDescription, silence, type Unsubscribe } from "../streams/description.ts";
import { pipeDescriptions } from "../streams/pipe.ts";
import type {
  ByteReader,
  ByteWriter,
  ChildProcess,
  Descriptor,
  ExitStatus,
  FileApi,
  Machine,
  Network,
  OpenOptions,
  Process,
  ProcessInfo,
  Program,
  Signal,
  SpawnOptions,
  Tty,
} from "../types.ts";
import { ChildHandle } from "./child.ts";
import { handled, KernelDescriptor } from "./descriptor.ts";
import type { CpuAccount, Fairness } from "./fairness.ts";
import { fifoDescription, fileDescription, nodeDevice } from "./files.ts";
import { isKilled, KILLED } from "./killed.ts";
import { type FoundProgram, findProgram } from "./lookup.ts";
import { ProcessNetwork } from "./network.ts";
import { defaultAction, signalNumber } from "./signals.ts";

/** What processes ask of their machine. */
export interface Kernel extends Machine {
  readonly mountTable: MountTable;
  readonly fairness: Fairness;
  readonly account: CpuAccount;
  readonly init: boolean;
  spawnFrom(parent: MachineProcess | undefined, options: SpawnOptions): MachineProcess;
  ended(process: MachineProcess): void;
  reap(process: MachineProcess): void;
  signalFrom(sender: MachineProcess, pid: number, signal: Signal | undefined): void;
  /** Total held by all processes after this one holds `bytes`; false where that is over the limit. */
  hold(process: MachineProcess, bytes: number): boolean;
  isOrphanedGroup(processGroup: number): boolean;
}

interface ProcessSeed {
  readonly pid: number;
  readonly parent: MachineProcess | undefined;
  readonly processGroup: number;
  readonly session: number;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly cwd: string;
  readonly umask: number;
  readonly env: Map<string, string>;
  readonly tty: Tty | undefined;
  readonly ignored: readonly Signal[];
  readonly awaits: readonly Signal[];
  readonly found: FoundProgram;
}

type Action = ((signal: Signal) => void) | "ignore";
type State = "running" | "stopped" | "exited";

/** What starting a program costs, in units: a fork bomb pays for its children. */
const START_UNITS = 60;
const ENDED_READER: ByteReader = {
  read: async () => null,
  close: () => undefined,
  async *[Symbol.asyncIterator]() {},
};
const VANISHING_WRITER: ByteWriter = { write: async () => undefined, close: () => undefined };

export class MachineProcess implements Process, ChildProcess, ViewContext {
  readonly kernel: Kernel;
  readonly pid: number;
  readonly session: number;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly descriptors = new Map<number, Descriptor>();
  /** Everything it opened and did not close, in `descriptors` or not: closed when it ends. */
  readonly owned = new Set<KernelDescriptor>();
  readonly started: number;
  processGroup: number;
  cwd: string;
  umask: number;
  parent: MachineProcess | undefined;
  tty: Tty | undefined;
  /** Absolute path of the file it runs. */
  file: string;
  memoryBytes = 0;
  #argv: readonly string[];
  #env: Map<string, string>;
  #actions: Map<Signal, Action> | undefined;
  #pendingSignals: Signal[] | undefined;
  /** Signals its program will listen to, as it did before: they stay pending until it does. */
  #awaited: Set<Signal> | undefined;
  #state: State = "running";
  #status: ExitStatus | undefined;
  #budget = 0;
  #calls = 0;
  #units = 0;
  /** Waiting for something: what makes it fail when the process is killed. */
  #waits: Set<(error: unknown) => void> | undefined;
  #continued: (() => void)[] | undefined;
  /** When the last device it used has answered (cluster time, ms); 0: none is awaited. */
  #deviceUntil = 0;
  #stateListeners: ((state: State) => void)[] | undefined;
  #exited: { readonly promise: Promise<ExitStatus>; readonly resolve: (status: ExitStatus) => void } | undefined;
  #abort: AbortController | undefined;
  #files: FileView | undefined;
  #network: ProcessNetwork | undefined;

  constructor(kernel: Kernel, seed: ProcessSeed) {
    this.kernel = kernel;
    this.pid = seed.pid;
    this.parent = seed.parent;
    this.processGroup = seed.processGroup;
    this.session = seed.session;
    this.uid = seed.uid;
    this.gid = seed.gid;
    this.groups = seed.groups;
    this.cwd = seed.cwd;
    this.umask = seed.umask;
    this.tty = seed.tty;
    this.started = kernel.clock.now();
    this.#env = seed.env;
    this.#argv = seed.found.argv;
    this.file = seed.found.path;
    for (const signal of seed.ignored) this.onSignal(signal, "ignore");
    if (seed.awaits.length > 0) this.#awaited = new Set(seed.awaits);
  }

  /** Runs the program in a later microtask, so that the caller has its handle first. */
  start(program: Program): void {
    void Promise.resolve().then(() => this.#run(program));
  }

  async #run(program: Program): Promise<void> {
    try {
      // A program too short to be asked for its share leaves it to the next.
      const { account } = this.kernel;
      const { owed } = account;
      account.owed = 0;
      const spent = this.spend(START_UNITS + owed);
      if (spent !== undefined) await spent;
      const code = await program(this);
      this.end({ code: code & 255 });
    } catch (error) {
      if (isKilled(error) || this.#state === "exited") return;
      await this.#fail(error);
    }
  }

  async #fail(error: unknown): Promise<void> {
    const name = (this.argv[0] ?? "").split("/").at(-1) ?? "";
    let words: string;
    let code = 1;
    if (isErrno(error)) words = error.path === undefined ? error.message : `${error.path}: ${error.message}`;
    else if (error instanceof RangeError && /call stack|regular expression|memory|length/i.test(error.message)) {
      words = "Segmentation fault";
      code = 139;
    } else {
      words = `internal error: ${error instanceof Error ? error.message : String(error)}`;
      code = 134;
    }
    try {
      await this.stderr.write(`${name}: ${words}\n`);
    } catch {
      // Nobody reads its complaints; its status says enough.
    }
    this.end({ code });
  }

  // ------------------------------------------------------------------------------------------------ who and where

  get parentPid(): number {
    return this.parent?.pid ?? (this.kernel.init && this.pid !== 1 && this.#adopted ? 1 : 0);
  }
  #adopted = false;
  get argv(): readonly string[] {
    return this.#argv;
  }
  get env(): Map<string, string> {
    return this.#env;
  }
  get machine(): Machine {
    return this.kernel;
  }
  get clock(): Clock {
    return this.kernel.clock;
  }
  get mounts(): MountTable {
    return this.kernel.mountTable;
  }
  get network(): Network {
    this.#network ??= new ProcessNetwork(this, this.kernel.network);
    return this.#network;
  }
  get files(): FileApi {
    return this.view;
  }
  get view(): FileView {
    this.#files ??= new FileView(this);
    return this.#files;
  }
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#state === "exited") this.#abort.abort(KILLED);
    }
    return this.#abort.signal;
  }

  /** Called before every file operation. */
  enter(): void {
    if (this.#state === "exited") throw KILLED;
  }

  // -------------------------------------------------------------------------------------------------- descriptors

  get stdin(): ByteReader {
    return this.descriptors.get(0)?.reader ?? ENDED_READER;
  }
  get stdout(): ByteWriter {
    return this.descriptors.get(1)?.writer ?? VANISHING_WRITER;
  }
  get stderr(): ByteWriter {
    return this.descriptors.get(2)?.writer ?? VANISHING_WRITER;
  }

  isTerminal(number: number): boolean {
    return this.descriptors.get(number)?.kind === "tty";
  }

  open(path: string, options: OpenOptions): Descriptor {
    const opened = this.view.openNode(path, options);
    const { node, location } = opened;
    if (node.descriptor !== undefined) {
      const { descriptor } = node;
      const anew = this.#reopened(descriptor, path, options);
      if (anew !== undefined) return anew;
      return descriptor instanceof KernelDescriptor
        ? new KernelDescriptor(descriptor.shared, this)
        : descriptor.duplicate();
    }
    let description: Description | undefined;
    if (node.device === "tty") {
      const terminal = this.tty as (Tty & { describe?(): Description }) | undefined;
      description = terminal?.describe?.();
      if (description === undefined) throw new Errno("ENXIO", path);
    } else if (node.type === "device") description = nodeDevice(node, location.path, () => this.clock.random());
    else if (node.type === "fifo") description = fifoDescription(node, location.path, options);
    else description = fileDescription(this.view, opened, options);
    if (description === undefined) throw new Errno("ENXIO", path);
    return new KernelDescriptor(new SharedDescription(description), this);
  }

  /** /proc/PID/fd is opened for what its descriptor was not: undefined where it was. */
  #reopened(descriptor: Descriptor, path: string, options: OpenOptions): Descriptor | undefined {
    const writes = (options.write ?? false) || (options.append ?? false);
    const reads = options.read ?? !writes;
    if ((!reads || descriptor.reader !== undefined) && (!writes || descriptor.writer !== undefined)) return undefined;
    if (descriptor.kind === "file" && descriptor.path !== undefined) return this.open(descriptor.path, options);
    const other = descriptor instanceof KernelDescriptor ? descriptor.shared.description.other?.() : undefined;
    if (other === undefined && writes) throw new Errno("EACCES", path);
    return new KernelDescriptor(new SharedDescription(other ?? silence(path)), this);
  }

  pipe(): { reader: Descriptor; writer: Descriptor } {
    const { reader, writer } = pipeDescriptions();
    return {
      reader: new KernelDescriptor(new SharedDescription(reader), this),
      writer: new KernelDescriptor(new SharedDescription(writer), this),
    };
  }

  /** A write found nobody who reads: SIGPIPE, and EPIPE for whoever ignores that. */
  brokenPipe(): void {
    this.deliver("SIGPIPE", true);
    if (this.#state === "exited") throw KILLED;
  }

  // ------------------------------------------------------------------------------------------------------ signals

  onSignal(signal: Signal, action: ((signal: Signal) => void) | "ignore" | "default"): void {
    if (signal === "SIGKILL" || signal === "SIGSTOP") throw new Errno("EINVAL");
    if (action === "default") this.#actions?.delete(signal);
    else {
      this.#actions ??= new Map();
      this.#actions.set(signal, action);
      if (typeof action === "function" && this.#awaited?.delete(signal) === true) this.#deliverAwaited(signal);
    }
  }

  /** In a later microtask: whoever listens may not have got back what its handler uses. */
  #deliverAwaited(signal: Signal): void {
    const pending = this.#pendingSignals?.indexOf(signal) ?? -1;
    if (pending === -1 || this.#state === "stopped") return;
    this.#pendingSignals?.splice(pending, 1);
    void Promise.resolve().then(() => this.deliver(signal, true));
  }

  handledSignals(): Signal[] {
    const handled = [...(this.#actions ?? [])].filter(([, action]) => action !== "ignore").map(([signal]) => signal);
    return [...handled, ...(this.#awaited ?? [])];
  }

  ignores(signal: Signal): boolean {
    return this.#actions?.get(signal) === "ignore";
  }

  ignoredSignals(): Signal[] {
    return [...(this.#actions ?? [])].filter(([, action]) => action === "ignore").map(([signal]) => signal);
  }

  /** `fromOutside`: by whoever runs the machine. An init hears from its own machine only what it listens to. */
  deliver(signal: Signal, fromOutside: boolean): void {
    if (this.#state === "exited") return;
    const protectedInit = this.kernel.init && this.pid === 1;
    if (signal === "SIGKILL") {
      if (!protectedInit || fromOutside) this.#killedBy(signal);
      return;
    }
    if (signal === "SIGCONT") this.#continue();
    const action = this.#actions?.get(signal);
    if (action === "ignore") return;
    if (action !== undefined) {
      if (this.#state === "stopped") this.#postpone(signal);
      else this.#handle(signal, action);
      return;
    }
    if (this.#awaited?.has(signal) === true) {
      this.#postpone(signal);
      return;
    }
    switch (defaultAction(signal)) {
      case "ignore":
      case "continue":
        return;
      case "stop":
        if (protectedInit && !(signal === "SIGSTOP" && fromOutside)) return;
        if (signal !== "SIGSTOP" && this.kernel.isOrphanedGroup(this.processGroup)) return;
        this.#stop();
        return;
      case "terminate":
        if (protectedInit && signal !== "SIGPIPE") return;
        if (this.#state === "stopped") this.#postpone(signal);
        else this.#killedBy(signal);
    }
  }

  #postpone(signal: Signal): void {
    this.#pendingSignals ??= [];
    if (!this.#pendingSignals.includes(signal)) this.#pendingSignals.push(signal);
  }

  #handle(signal: Signal, action: (signal: Signal) => void): void {
    try {
      action(signal);
    } catch (error) {
      if (!isKilled(error)) throw error;
    }
  }

  #killedBy(signal: Signal): void {
    this.end({ code: 128 + signalNumber(signal), signal });
  }

  #stop(): void {
    if (this.#state !== "running") return;
    this.#state = "stopped";
    this.#changed();
    this.parent?.deliver("SIGCHLD", false);
  }

  #continue(): void {
    if (this.#state !== "stopped") return;
    this.#state = "running";
    const continued = this.#continued ?? [];
    this.#continued = undefined;
    for (const run of continued) run();
    this.#changed();
    const pending = this.#pendingSignals ?? [];
    this.#pendingSignals = undefined;
    for (const signal of pending) this.deliver(signal, true);
  }

  kill(pid: number | Signal, signal?: Signal | undefined): void {
    // As ChildProcess: kill(signal). As Process: kill(pid, signal).
    if (typeof pid === "string") this.deliver(pid, true);
    else this.kernel.signalFrom(this, pid, signal);
  }

  // ---------------------------------------------------------------------------------------------- time and memory

  spend(units = 1): Promise<void> | undefined {
    if (this.#state !== "running" || this.#deviceUntil !== 0) {
      if (this.#state === "exited") throw KILLED;
      return this.runnable();
    }
    this.#budget += units;
    const { fairness } = this.kernel;
    if (this.#budget < fairness.look && ++this.#calls < fairness.lookAfterCalls) return undefined;
    const used = this.#budget;
    this.#budget = 0;
    this.#calls = 0;
    this.#units += used;
    const wait = fairness.pay(this.kernel.account, used);
    if (wait === undefined) return undefined;
    return handled(wait.then(() => this.runnable()));
  }

  /** Files are used at once; a slow device makes the process wait before its next step (writing an answer, say). */
  waitsFor(ms: number): void {
    if (ms > 0) this.#deviceUntil = Math.max(this.#deviceUntil, this.clock.now() + ms);
  }

  get deviceMs(): number {
    return this.#deviceUntil === 0 ? 0 : Math.max(0, this.#deviceUntil - this.clock.now());
  }

  /** Undefined where it may go on; a promise while it is stopped or waits for a device. Throws where it was killed. */
  runnable(): Promise<void> | undefined {
    if (this.#state === "running") return this.#deviceUntil === 0 ? undefined : this.#deviceDone();
    if (this.#state === "exited") throw KILLED;
    return handled(
      this.until((wake) => {
        this.#continued ??= [];
        this.#continued.push(wake);
        return () => undefined;
      }).then(() => this.runnable()),
    );
  }

  #deviceDone(): Promise<void> | undefined {
    const left = this.#deviceUntil - this.clock.now();
    if (left <= 0) {
      this.#deviceUntil = 0;
      return undefined;
    }
    return handled(this.until((wake) => this.clock.after(left, wake)).then(() => this.runnable()));
  }

  /** Waits to be woken; rejects when the process is killed first. */
  until(subscribe: (wake: () => void) => Unsubscribe): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#state === "exited") {
        reject(KILLED);
        return;
      }
      const abort = (error: unknown) => {
        unsubscribe();
        reject(error);
      };
      const unsubscribe = subscribe(() => {
        this.#waits?.delete(abort);
        resolve();
      });
      this.#waits ??= new Set();
      this.#waits.add(abort);
    });
  }

  async sleep(ms: number): Promise<void> {
    await this.until((wake) => this.clock.after(ms, wake));
    await this.runnable();
  }

  holdMemory(bytes: number): void {
    this.enter();
    if (this.kernel.hold(this, Math.max(0, bytes))) return;
    this.end({ code: 137, signal: "SIGKILL", outOfMemory: true });
    throw KILLED;
  }

  // ----------------------------------------------------------------------------------------------------- children

  spawn(options: SpawnOptions): ChildProcess {
    this.enter();
    return new ChildHandle(this.kernel.spawnFrom(this, options));
  }

  async execute(options: Pick<SpawnOptions, "argv" | "file" | "program" | "env">): Promise<number> {
    this.enter();
    const env = options.env === undefined ? this.#env : environment(options.env);
    const found =
      options.program === undefined
        ? findProgram(
            { files: this.view, programs: this.kernel.programs, pathVariable: env.get("PATH"), env },
            options.argv,
            options.file,
          )
        : { program: options.program, argv: options.argv, path: options.file ?? this.file };
    for (const [signal, action] of this.#actions ?? []) if (action !== "ignore") this.#actions?.delete(signal);
    this.#argv = found.argv;
    this.#env = env;
    this.file = found.path;
    this.kernel.hold(this, 0);
    return found.program(this);
  }

  // ---------------------------------------------------------------------------------------- as others see it

  get state(): State {
    return this.#state;
  }
  get status(): ExitStatus | undefined {
    return this.#status;
  }
  /** Somebody waits for its end, so that it leaves no zombie. */
  get awaited(): boolean {
    return this.#exited !== undefined;
  }

  get exited(): Promise<ExitStatus> {
    if (this.#exited === undefined) {
      let resolve: (status: ExitStatus) => void = () => undefined;
      const promise = new Promise<ExitStatus>((done) => {
        resolve = done;
      });
      this.#exited = { promise, resolve };
      if (this.#status !== undefined) {
        resolve(this.#status);
        this.kernel.reap(this);
      }
    }
    return this.#exited.promise;
  }

  stateChanged(): Promise<State> {
    if (this.#state === "exited") return this.exited.then(() => "exited");
    return new Promise((resolve) => {
      this.#stateListeners ??= [];
      this.#stateListeners.push(resolve);
    });
  }

  #changed(): void {
    const listeners = this.#stateListeners ?? [];
    this.#stateListeners = undefined;
    for (const listener of listeners) listener(this.#state);
  }

  info(): ProcessInfo {
    const waiting = (this.#waits?.size ?? 0) > 0;
    return {
      pid: this.pid,
      parentPid: this.parentPid,
      processGroup: this.processGroup,
      session: this.session,
      uid: this.uid,
      argv: this.argv,
      state:
        this.#state === "exited" ? "zombie" : this.#state === "stopped" ? "stopped" : waiting ? "sleeping" : "running",
      started: this.started,
      cpuMs: (this.#units + this.#budget) / 1000,
      memoryBytes: this.memoryBytes,
      tty: this.tty !== undefined,
    };
  }

  /** Its parent is gone. */
  orphan(): void {
    this.parent = undefined;
    this.#adopted = true;
  }

  /** The end, whatever the program is doing. Its pending waits fail, its descriptors close, its parent hears of it. */
  end(status: ExitStatus): void {
    if (this.#state === "exited") return;
    this.#state = "exited";
    this.#status = status;
    const waits = this.#waits;
    this.#waits = undefined;
    this.#continued = undefined;
    this.#actions = undefined;
    for (const fail of waits ?? []) fail(KILLED);
    this.#abort?.abort(KILLED);
    for (const descriptor of this.descriptors.values()) descriptor.close();
    this.descriptors.clear();
    for (const descriptor of [...this.owned]) descriptor.close();
    this.#network?.closeAll();
    this.kernel.hold(this, 0);
    this.kernel.account.owed += this.#budget;
    this.kernel.ended(this);
    this.#exited?.resolve(status);
    this.#changed();
  }
}

/** A copy that a child may change. */
export function environment(from: ReadonlyMap<string, string> | Readonly<Record<string, string>>): Map<string, string> {
  return from instanceof Map ? new Map(from) : new Map(Object.entries(from));
}
