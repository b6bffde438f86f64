/** A running Unix. */
import type { Clock } from "../clock/index.ts";
import { Errno } from "./errno.ts";
import { deviceFileSystem } from "./filesystem/devices.ts";
import { MountedTree } from "./filesystem/mounted-tree.ts";
import { MountTable, SUPERUSER } from "./filesystem/mounts.ts";
import type { FileNode } from "./filesystem/node.ts";
import { processDirectory, procFileSystem } from "./filesystem/proc.ts";
import { FileView } from "./filesystem/view.ts";
import { ChildHandle } from "./process/child.ts";
import { adopt, adoptStream, KernelDescriptor } from "./process/descriptor.ts";
import { CpuAccount, type Fairness, fairnessOf } from "./process/fairness.ts";
import { findProgram } from "./process/lookup.ts";
import { environment, type Kernel, MachineProcess } from "./process/process.ts";
import { SharedDescription } from "./streams/description.ts";
import { Terminal, type TtyHost } from "./tty/tty.ts";
import type {
  ByteReader,
  ByteWriter,
  ChildProcess,
  FileApi,
  Machine,
  MachineLimits,
  MachineOptions,
  Mount,
  Neighbour,
  Neighbourhood,
  Network,
  ProcessInfo,
  ProgramTable,
  Signal,
  SpawnOptions,
  Tty,
  WindowSize,
} from "./types.ts";

const DEFAULT_PROCESSES = 512;
const NO_SYSCTLS: ReadonlyMap<string, string> = new Map();
const NO_CAPABILITIES: ReadonlySet<string> = new Set();

/** Boots a machine. It costs about a kilobyte until something runs on it. */
export function createMachine(options: MachineOptions): Machine {
  return new RunningMachine(options);
}

class RunningMachine implements Kernel, TtyHost {
  readonly hostname: string;
  readonly clock: Clock;
  readonly network: Network;
  readonly programs: ProgramTable;
  readonly limits: MachineLimits;
  readonly sysctls: ReadonlyMap<string, string>;
  readonly capabilities: ReadonlySet<string>;
  readonly mountTable = new MountTable();
  readonly fairness: Fairness;
  readonly account: CpuAccount;
  readonly init: boolean;
  readonly #started: number;
  /** Zombies included. */
  readonly #processes = new Map<number, MachineProcess>();
  #lastPid = 0;
  #memory = 0;
  #files: FileView | undefined;
  #down = false;
  #neighbourhood: Neighbourhood | undefined;

  constructor(options: MachineOptions) {
    this.hostname = options.hostname;
    this.clock = options.clock;
    this.network = options.network;
    this.programs = options.programs;
    this.limits = options.limits ?? {};
    this.init = options.init ?? false;
    this.sysctls = options.sysctls ?? NO_SYSCTLS;
    this.capabilities = options.capabilities ?? NO_CAPABILITIES;
    this.fairness = fairnessOf(options.clock);
    this.account = new CpuAccount(this.limits.cpu ?? 1, options.clock.onWork);
    this.#started = options.clock.now();
    this.mountTable.setRoot(options.root);
    const builtIn = (path: string, fileSystem: Mount["fileSystem"]) =>
      this.mountTable.addBuiltIn({
        path,
        fileSystem,
        root: fileSystem.root,
        base: "",
        readOnly: false,
        mount: { path, fileSystem },
      });
    builtIn("/dev", deviceFileSystem);
    builtIn(
      "/proc",
      procFileSystem(this, this.#started, (pid) => this.#directoryOf(pid)),
    );
    for (const mount of options.mounts ?? []) this.mountTable.add(mount);
  }

  get files(): FileApi {
    this.#files ??= new FileView({ ...SUPERUSER, mounts: this.mountTable });
    return this.#files;
  }

  get mounts(): readonly Mount[] {
    return this.mountTable
      .entries()
      .filter(({ root }) => root.type !== "block")
      .map(({ mount }) => mount);
  }

  get blockDevices(): readonly Mount[] {
    return this.mountTable
      .entries()
      .filter(({ root }) => root.type === "block")
      .map(({ mount }) => mount);
  }

  mount(mount: Mount): void {
    this.mountTable.add(mount);
  }

  unmount(path: string): void {
    this.mountTable.remove(path);
  }

  // ---------------------------------------------------------------------------------------------------- processes

  spawn(options: SpawnOptions): ChildProcess {
    const process = this.spawnFrom(undefined, options);
    // Whoever runs the machine is told of the end by the handle: it leaves no zombie.
    void process.exited;
    return new ChildHandle(process);
  }

  spawnFrom(parent: MachineProcess | undefined, options: SpawnOptions): MachineProcess {
    if (this.#down) throw new Errno("ESRCH");
    if (this.#processes.size >= (this.limits.processes ?? DEFAULT_PROCESSES)) throw new Errno("EAGAIN");
    const env = options.env === undefined ? new Map(parent?.env) : environment(options.env);
    const uid = options.uid ?? parent?.uid ?? 0;
    const gid = options.gid ?? parent?.gid ?? 0;
    const groups = options.groups ?? parent?.groups ?? [];
    const cwd = options.cwd ?? parent?.cwd ?? "/";
    const found =
      options.program === undefined
        ? findProgram(
            {
              files: new FileView({ mounts: this.mountTable, uid, gid, groups, cwd }),
              programs: this.programs,
              pathVariable: env.get("PATH"),
              env,
            },
            options.argv,
            options.file,
          )
        : { program: options.program, argv: options.argv, path: options.file ?? parent?.file ?? "" };
    const pid = this.#nextPid();
    const newSession = options.newSession ?? (parent === undefined || options.tty !== undefined);
    const process = new MachineProcess(this, {
      pid,
      parent,
      processGroup:
        newSession || options.processGroup === 0 ? pid : (options.processGroup ?? parent?.processGroup ?? pid),
      session: newSession ? pid : (parent?.session ?? pid),
      uid,
      gid,
      groups,
      cwd,
      umask: parent?.umask ?? 0o022,
      env,
      tty: options.tty ?? (newSession ? undefined : parent?.tty),
      ignored: parent?.ignoredSignals() ?? [],
      awaits: options.awaits ?? [],
      found,
    });
    this.#wire(process, parent, options);
    this.#processes.set(pid, process);
    if (options.tty !== undefined && newSession) options.tty.foregroundProcessGroup = pid;
    process.start(found.program);
    return process;
  }

  #wire(process: MachineProcess, parent: MachineProcess | undefined, options: SpawnOptions): void {
    const { descriptors } = process;
    if (options.tty instanceof Terminal && options.descriptors === undefined) {
      const shared = new SharedDescription(options.tty.describe());
      for (const number of [0, 1, 2]) descriptors.set(number, new KernelDescriptor(shared, process));
    } else if (options.tty !== undefined && options.descriptors === undefined) {
      for (const number of [0, 1, 2]) {
        descriptors.set(number, adoptStream({ reader: options.tty, writer: options.tty }, process));
      }
    } else {
      for (const [number, descriptor] of options.descriptors ?? parent?.descriptors ?? []) {
        descriptors.set(number, adopt(descriptor, process));
      }
    }
    const put = (number: number, stream: { readonly reader?: ByteReader; readonly writer?: ByteWriter }) => {
      descriptors.get(number)?.close();
      descriptors.set(number, adoptStream(stream, process));
    };
    if (options.stdin !== undefined) put(0, { reader: options.stdin });
    if (options.stdout !== undefined) put(1, { writer: options.stdout });
    if (options.stderr !== undefined) put(2, { writer: options.stderr });
  }

  join(neighbourhood: Neighbourhood): void {
    this.#neighbourhood = neighbourhood;
  }

  #neighbours(): readonly Neighbour[] {
    return this.#neighbourhood?.seenFrom(this) ?? [];
  }

  processDirectory(pid: number, shownAs: number): FileNode | undefined {
    const process = this.#processes.get(pid);
    if (process === undefined) return undefined;
    return processDirectory(this, this.#started, process, shownAs, new MountedTree(this.mountTable));
  }

  #directoryOf(pid: number): FileNode | undefined {
    const process = this.#processes.get(pid);
    if (process !== undefined) return processDirectory(this, this.#started, process);
    return this.#neighbours()
      .find(({ info }) => info.pid === pid)
      ?.directory();
  }

  #nextPid(): number {
    if (this.#neighbourhood !== undefined) return this.#neighbourhood.nextPid();
    do this.#lastPid = this.#lastPid >= 32_767 ? 2 : this.#lastPid + 1;
    while (this.#processes.has(this.#lastPid));
    return this.#lastPid;
  }

  ended(process: MachineProcess): void {
    for (const child of [...this.#processes.values()]) {
      if (child.parent !== process) continue;
      child.orphan();
      if (child.state === "exited") this.reap(child);
    }
    const { parent } = process;
    if (parent === undefined || parent.state === "exited" || process.awaited) this.reap(process);
    parent?.deliver("SIGCHLD", false);
    if (process.session === process.pid && process.tty !== undefined) this.#sessionEnded(process, process.tty);
    if (this.init && process.pid === 1 && !this.#down) this.shutDown();
  }

  /** The leader of a terminal's session is gone: so is the terminal for the others. */
  #sessionEnded(leader: MachineProcess, tty: Tty): void {
    if (tty.foregroundProcessGroup > 0) {
      this.signalGroup(tty.foregroundProcessGroup, "SIGHUP");
      this.signalGroup(tty.foregroundProcessGroup, "SIGCONT");
    }
    for (const process of this.#processes.values()) if (process.session === leader.pid) process.tty = undefined;
    tty.foregroundProcessGroup = 0;
  }

  reap(process: MachineProcess): void {
    if (this.#processes.get(process.pid) === process) this.#processes.delete(process.pid);
  }

  processes(): ProcessInfo[] {
    const seen = this.#neighbours().map(({ info }) => info);
    return [...this.ownProcesses(), ...seen].sort((a, b) => a.pid - b.pid);
  }

  ownProcesses(): ProcessInfo[] {
    return [...this.#processes.values()].map((process) => process.info()).sort((a, b) => a.pid - b.pid);
  }

  kill(pid: number, signal: Signal, from: "outside" | "inside" = "outside"): void {
    const process = this.#processes.get(pid);
    if (process === undefined) throw new Errno("ESRCH");
    process.deliver(signal, from === "outside");
  }

  signalFrom(sender: MachineProcess, pid: number, signal: Signal | undefined): void {
    const own = [...this.#processes.values()];
    const others = this.#neighbourhood === undefined ? [] : this.#neighbours();
    let targets: MachineProcess[];
    let neighbours: readonly Neighbour[];
    if (pid > 0) {
      const target = this.#processes.get(pid);
      targets = target === undefined ? [] : [target];
      neighbours = target === undefined ? others.filter(({ info }) => info.pid === pid) : [];
    } else if (pid === -1) {
      targets = own.filter((process) => process !== sender && process.pid !== 1);
      neighbours = others.filter(({ info }) => info.pid !== 1);
    } else {
      const group = pid === 0 ? sender.processGroup : -pid;
      targets = own.filter((process) => process.processGroup === group);
      neighbours = others.filter(({ info }) => info.processGroup === group);
    }
    if (targets.length + neighbours.length === 0) throw new Errno("ESRCH");
    const permitted = targets.filter((target) => sender.uid === 0 || sender.uid === target.uid);
    const reached = neighbours.filter(({ info }) => sender.uid === 0 || sender.uid === info.uid);
    if (permitted.length + reached.length === 0) throw new Errno("EPERM");
    if (signal === undefined) return;
    for (const neighbour of reached) neighbour.kill(signal);
    // What kills the sender comes last, so that the others get theirs.
    permitted.sort((a, b) => Number(a === sender) - Number(b === sender));
    for (const target of permitted) target.deliver(signal, false);
  }

  hold(process: MachineProcess, bytes: number): boolean {
    this.#memory += bytes - process.memoryBytes;
    process.memoryBytes = bytes;
    const { memoryBytes } = this.limits;
    return memoryBytes === undefined || bytes === 0 || this.#memory <= memoryBytes;
  }

  usage() {
    return { cpuMs: this.account.units / 1000, memoryBytes: this.#memory };
  }

  isOrphanedGroup(processGroup: number): boolean {
    for (const process of this.#processes.values()) {
      if (process.processGroup !== processGroup || process.state === "exited") continue;
      const { parent } = process;
      if (parent !== undefined && parent.processGroup !== processGroup && parent.session === process.session)
        return false;
    }
    return true;
  }

  shutDown(): void {
    if (this.#down) return;
    this.#down = true;
    for (const process of [...this.#processes.values()].reverse()) process.deliver("SIGKILL", true);
    this.#processes.clear();
  }

  // ----------------------------------------------------------------------------------------------------- terminals

  createTty(size: WindowSize): Tty {
    return new Terminal(this, size);
  }

  signalGroup(processGroup: number, signal: Signal): void {
    for (const process of [...this.#processes.values()]) {
      if (process.processGroup === processGroup) process.deliver(signal, false);
    }
  }

  stopReader(caller: { readonly processGroup: number; readonly pid: number }): boolean {
    const reader = this.#processes.get(caller.pid);
    if (reader === undefined || reader.ignores("SIGTTIN") || this.isOrphanedGroup(caller.processGroup)) return false;
    this.signalGroup(caller.processGroup, "SIGTTIN");
    return true;
  }

  hungUp(tty: Tty): void {
    for (const process of [...this.#processes.values()]) {
      if (process.tty === tty && process.session === process.pid) process.deliver("SIGHUP", true);
    }
  }
}
