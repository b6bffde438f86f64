/**
 * The contracts of the small Unix. Everything a process touches (descriptors, mounts, network, terminal, time) is
 * reached through the process, so that a program is a plain async function and a machine can be thrown away whole.
 */
import type { Clock } from "../clock/index.ts";
import type { ErrnoCode } from "./errno.ts";
import type { FileNode } from "./filesystem/node.ts";

// ---------------------------------------------------------------------------------------------------------------- fs

/** `device`: a character device; `block`: a block device. */
export type FileType = "file" | "directory" | "symlink" | "fifo" | "device" | "block";

/** A file system's content as a plain value: what snapshots hold and images are made of. Treat as frozen. */
export type FileTree = DirectoryTree | RegularFileTree | SymlinkTree;
interface TreeAttributes {
  /** Permission bits, e.g. 0o644. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Milliseconds since the epoch, cluster time. */
  readonly modified: number;
}
export interface DirectoryTree extends TreeAttributes {
  readonly type: "directory";
  readonly entries: Readonly<Record<string, FileTree>>;
}
export interface RegularFileTree extends TreeAttributes {
  readonly type: "file";
  readonly data: Uint8Array;
}
export interface SymlinkTree extends TreeAttributes {
  readonly type: "symlink";
  readonly target: string;
}

export interface FileStat {
  readonly type: FileType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  readonly links: number;
  readonly inode: number;
  /** Milliseconds since the epoch, cluster time. */
  readonly accessed: number;
  readonly modified: number;
  readonly changed: number;
  /** Bytes it takes on its disk, where that is not what its size makes: a file with holes. */
  readonly allocated?: number;
  /** The number of its file system on this machine (st_dev); stat by path alone knows it. */
  readonly fileSystem?: number;
  /** Devices: major and minor number. */
  readonly device?: readonly [major: number, minor: number];
}

export interface DirectoryEntry {
  readonly name: string;
  readonly type: FileType;
}

export interface OpenOptions {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly append?: boolean;
  readonly create?: boolean;
  /** Fail with EEXIST where the file exists. */
  readonly exclusive?: boolean;
  readonly truncate?: boolean;
  /** Files and block devices: where reading and writing begin, bytes (lseek). Default 0. */
  readonly position?: number;
  /** Mode of a file made by this call, before the umask. Default 0o666. */
  readonly mode?: number;
}

export interface FileChange {
  readonly type: "created" | "changed" | "removed";
  readonly path: string;
}

/**
 * What can be done with files by path. Implemented by a bare file system (paths from its root), by a machine's mount
 * table, and by a process (relative paths, permissions of its user). Synchronous: everything is in memory.
 * Every method throws `Errno`.
 */
export interface FileApi {
  stat(path: string): FileStat;
  /** Like `stat`, but of the link itself. */
  lstat(path: string): FileStat;
  exists(path: string): boolean;
  readFile(path: string): Uint8Array;
  /** Decoded as UTF-8. */
  readText(path: string): string;
  writeFile(
    path: string,
    data: Uint8Array | string,
    options?: { readonly mode?: number; readonly append?: boolean },
  ): void;
  list(path: string): DirectoryEntry[];
  makeDirectory(path: string, options?: { readonly recursive?: boolean; readonly mode?: number }): void;
  /** Files, links and, with `recursive`, whole directories. `force`: no error where nothing is there. */
  remove(path: string, options?: { readonly recursive?: boolean; readonly force?: boolean }): void;
  removeDirectory(path: string): void;
  rename(from: string, to: string): void;
  symlink(target: string, path: string): void;
  link(existing: string, path: string): void;
  readLink(path: string): string;
  /** The path with every link resolved. */
  realPath(path: string): string;
  chmod(path: string, mode: number): void;
  /** `follow: false`: of the link itself. */
  chown(path: string, uid: number, gid: number, options?: { readonly follow?: boolean }): void;
  /**
   * Milliseconds since the epoch. `toNow`: the times are those of this moment, which whoever may write the file may
   * set; others are the owner's business.
   */
  setTimes(
    path: string,
    accessed: number,
    modified: number,
    options?: { readonly follow?: boolean; readonly toNow?: boolean },
  ): void;
  /** To so many bytes, with zeros where it grows. EISDIR, EINVAL for what is no file. */
  truncate(path: string, size: number): void;
  /** Called after each change at or below `path`; the returned function stops it. */
  watch(path: string, listener: (change: FileChange) => void): () => void;
}

/** Room that file systems share: all of them have its size, and they fill it together. */
export interface Disk {
  readonly capacityBytes: number;
  readonly usedBytes: number;
  /** Takes room, or (negative) gives it back. ENOSPC; what is `owed` was there before and is always taken. */
  take(bytes: number, owed?: boolean): void;
}

/** A file system of its own, which can be mounted into any number of machines at once. */
export interface FileSystem extends FileApi {
  /** Shown by `df` and `mount`, e.g. "overlay", "tmpfs", "/dev/vdb". */
  readonly source: string;
  readonly fileSystemType: string;
  /** Bytes in use, and the size in bytes (undefined: as large as its host). Writes past it fail with ENOSPC. */
  usage(): { readonly usedBytes: number; readonly capacityBytes: number | undefined; readonly inodes: number };
  resize(capacityBytes: number | undefined): void;
  /** The disk it lies on, with others; without it, it has one of its own. */
  readonly disk?: Disk;
  /** Bytes it takes of that disk: what was written, without the layers below it. 0 where it shares none. */
  diskBytes(): number;
  /**
   * fallocate(2): a file of that size which reads as zeros and costs no memory. It can be emptied and removed, not
   * written, and is in no snapshot. ENOSPC, EEXIST.
   */
  allocate(path: string, bytes: number): void;
  /** Gives back what it took of its disk: nobody uses it any more. */
  dispose(): void;
  /** The content as a value. Costs no copy of file data; the live file system copies what it changes afterwards. */
  snapshot(): DirectoryTree;
  /** What mount tables walk: the root directory, below path resolution and permissions. */
  readonly root: FileNode;
  /** Tells the watchers of this file system (paths from its root) of a change that was made to its nodes. */
  announce(change: FileChange): void;
}

/** `subPath`: mount that directory (or file) of the file system instead of its root. */
export interface Mount {
  readonly path: string;
  /** Not asked for before somebody looks into it where `isDirectory` says what will be found. */
  readonly fileSystem: FileSystem;
  readonly subPath?: string;
  readonly readOnly?: boolean;
  /** The root of the whole file system, a directory: it may be made when it is first used. */
  readonly isDirectory?: true;
  /** Asked before every use of what is mounted: the error its device gives instead, if any. */
  readonly failure?: (write: boolean) => ErrnoCode | undefined;
  /**
   * Told of every operation on the device behind it: data read or written, and names made, moved or removed (0 bytes);
   * what was looked up once is cached. Gives the ms until it is done: the process that asked goes no step further before.
   */
  readonly latency?: (bytes: number) => number;
}

// ----------------------------------------------------------------------------------------------------------- streams

/** The reading end of a byte stream. */
export interface ByteReader extends AsyncIterable<Uint8Array> {
  /** Whatever is there, at most `max` bytes; waits when nothing is; null at the end. */
  read(max?: number): Promise<Uint8Array | null>;
  close(): void;
}

/** The writing end. `write` resolves when there is room again (backpressure); it throws EPIPE when no reader is left. */
export interface ByteWriter {
  write(data: Uint8Array | string): Promise<void>;
  close(): void;
}

export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

/** The computer's side of a terminal: a line discipline between a person (`input`, `onOutput`) and processes. */
export interface Tty extends ByteReader, ByteWriter {
  readonly size: WindowSize;
  /** Also sends SIGWINCH to the foreground process group. */
  resize(size: WindowSize): void;
  /** What the person typed, bytes or text as a terminal emulator sends it. ^C, ^Z, ^\ become signals in cooked mode. */
  input(data: Uint8Array | string): void;
  /** What appears on the person's screen. */
  onOutput(listener: (data: Uint8Array) => void): () => void;
  /** cooked: echo, line editing by the discipline, signals. raw: every byte goes to the reader at once. */
  mode: TtyMode;
  foregroundProcessGroup: number;
  /** The line is gone: readers see the end, the foreground group gets SIGHUP. */
  hangUp(): void;
}

export interface TtyMode {
  readonly canonical: boolean;
  readonly echo: boolean;
  readonly signals: boolean;
  /** ^S stops the output and ^Q lets it go on (IXON). Default: they do. */
  readonly flow?: boolean;
}

// --------------------------------------------------------------------------------------------------------- processes

export type Signal =
  | "SIGHUP"
  | "SIGINT"
  | "SIGQUIT"
  | "SIGKILL"
  | "SIGUSR1"
  | "SIGUSR2"
  | "SIGPIPE"
  | "SIGALRM"
  | "SIGTERM"
  | "SIGCHLD"
  | "SIGCONT"
  | "SIGSTOP"
  | "SIGTSTP"
  | "SIGTTIN"
  | "SIGTTOU"
  | "SIGWINCH";

/** A program: runs as a process and resolves with its exit status (0-255). Throwing an `Errno` prints it and exits 1. */
export type Program = (process: Process) => Promise<number>;

/** Programs by name. An executable file names its program in its content (see `executable`). */
export type ProgramTable = ReadonlyMap<string, Program>;

/** How a process ended. */
export interface ExitStatus {
  /** 0-255; 128 + number of the signal where one killed it. */
  readonly code: number;
  readonly signal?: Signal;
  /** True where a memory limit killed it. */
  readonly outOfMemory?: boolean;
}

export interface SpawnOptions {
  /** argv[0] is looked up in PATH unless it contains a slash. ENOENT, EACCES, ENOEXEC as Unix. */
  readonly argv: readonly string[];
  /** Runs this instead of looking argv[0] up. */
  readonly program?: Program;
  /** Path of the file to run where it is not the one argv[0] names (`exec -a`, a shell that looked it up itself). */
  readonly file?: string;
  readonly env?: ReadonlyMap<string, string> | Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Supplementary groups. */
  readonly groups?: readonly number[];
  /**
   * Descriptors by number. Default: those of the parent; for a machine's first process: none (reads end, writes vanish).
   * The child gets duplicates: the caller still owns, and closes, the ones it passes.
   */
  readonly descriptors?: ReadonlyMap<number, Descriptor>;
  readonly stdin?: ByteReader;
  readonly stdout?: ByteWriter;
  readonly stderr?: ByteWriter;
  /** The controlling terminal; also the default for descriptors 0-2 when given here. */
  readonly tty?: Tty;
  /** 0: a new process group of its own; a number: join that group. Default: the parent's. */
  readonly processGroup?: number;
  readonly newSession?: boolean;
  /**
   * Signals the process listened to before it was put here again (`ChildProcess.handledSignals`): those that come
   * before its program has begun to listen wait until then, as if it had never stopped.
   */
  readonly awaits?: readonly Signal[];
}

/** One open file description, shared by the descriptors that point to it. */
export interface Descriptor {
  readonly kind: "file" | "pipe" | "tty" | "socket" | "null";
  readonly reader?: ByteReader;
  readonly writer?: ByteWriter;
  readonly tty?: Tty;
  /** Path it was opened by, for /proc and error messages. */
  readonly path?: string;
  /** Another reference to the same description, for a child or a redirection. */
  duplicate(): Descriptor;
  close(): void;
}

export interface Process {
  readonly pid: number;
  readonly parentPid: number;
  readonly processGroup: number;
  readonly session: number;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly argv: readonly string[];
  readonly env: Map<string, string>;
  cwd: string;
  umask: number;
  readonly machine: Machine;
  readonly clock: Clock;
  readonly network: Network;
  /** Files as this process sees them: relative to `cwd`, with its user's permissions. */
  readonly files: FileApi;
  open(path: string, options: OpenOptions): Descriptor;
  readonly descriptors: Map<number, Descriptor>;
  /** Descriptors 0, 1, 2. Reading a missing stdin ends at once. */
  readonly stdin: ByteReader;
  readonly stdout: ByteWriter;
  readonly stderr: ByteWriter;
  readonly tty: Tty | undefined;
  /** True where descriptor `number` is a terminal. */
  isTerminal(number: number): boolean;
  /** Aborted when the process must end (a fatal signal, the machine going down). Pass it to everything that waits. */
  readonly signal: AbortSignal;
  /** A handler, "ignore" (inherited by children), or "default". SIGKILL and SIGSTOP cannot be caught. */
  onSignal(signal: Signal, action: ((signal: Signal) => void) | "ignore" | "default"): void;
  /**
   * Pays for work done: every loop and every primitive whose cost depends on input awaits this. Costs nothing until
   * the slice is used up, then lets others run. Throws when the process was killed, waits while it is stopped.
   */
  spend(units?: number): Promise<void> | void;
  /** Accounts memory the program holds (bytes, absolute). Past the machine's limit the process is killed (OOM). */
  holdMemory(bytes: number): void;
  sleep(ms: number): Promise<void>;
  /** ms until the (slow) devices behind the files it used are done; 0: they are. Its next step waits for that. */
  readonly deviceMs: number;
  /**
   * kill(2) with this process's rights: a process, the own group (0), everything (-1), or a group (-group).
   * Undefined instead of a signal only asks. ESRCH, EPERM.
   */
  kill(pid: number, signal: Signal | undefined): void;
  spawn(options: SpawnOptions): ChildProcess;
  /**
   * exec(2): runs another program as this process, which keeps its pid, descriptors, group and ignored signals
   * (handlers are dropped). Look-up and errors as `spawn`, thrown before anything changed. The caller returns the
   * status this resolves with and does nothing else.
   */
  execute(options: Pick<SpawnOptions, "argv" | "file" | "program" | "env">): Promise<number>;
  /** A pipe with backpressure. */
  pipe(): { reader: Descriptor; writer: Descriptor };
}

/** A process as its parent, the kubelet or a terminal sees it. */
export interface ChildProcess {
  readonly pid: number;
  readonly processGroup: number;
  /** Resolves when it has ended. */
  readonly exited: Promise<ExitStatus>;
  readonly state: "running" | "stopped" | "exited";
  /** Resolves at the next change between running, stopped and exited. */
  stateChanged(): Promise<"running" | "stopped" | "exited">;
  kill(signal: Signal): void;
  /** Those it listens to: `SpawnOptions.awaits` of the process that takes its place in a fork. */
  handledSignals(): Signal[];
}

export interface ProcessInfo {
  readonly pid: number;
  readonly parentPid: number;
  readonly processGroup: number;
  readonly session: number;
  readonly uid: number;
  readonly argv: readonly string[];
  readonly state: "running" | "sleeping" | "stopped" | "zombie";
  readonly started: number;
  readonly cpuMs: number;
  readonly memoryBytes: number;
  readonly tty: boolean;
}

export interface MachineLimits {
  /** Default 512. Past it spawn fails with EAGAIN. */
  readonly processes?: number;
  /** Bytes all its processes may hold. Past it the holder is killed (OOM). Default none. */
  readonly memoryBytes?: number;
  /** Fraction of a core its processes may use together over time. Default 1. */
  readonly cpu?: number;
}

export interface MachineOptions {
  readonly clock: Clock;
  readonly hostname: string;
  /** The root file system; mounts come on top. A mount at "/" replaces it (a read-only root, say). */
  readonly root: FileSystem;
  readonly mounts?: readonly Mount[];
  readonly programs: ProgramTable;
  readonly network: Network;
  readonly limits?: MachineLimits;
  /**
   * The first process is an init, as in a container: signals it has no handler for do not reach it (SIGKILL and
   * SIGSTOP from outside do), and the machine's other processes are killed when it ends.
   */
  readonly init?: boolean;
  /** Settings of its own in /proc/sys, by name with dots. */
  readonly sysctls?: ReadonlyMap<string, string>;
  /** What its superuser may beyond the usual, without "CAP_" ("NET_ADMIN"). */
  readonly capabilities?: ReadonlySet<string>;
}

/** A process of somewhere else that is seen here. */
export interface Neighbour {
  /** As it is numbered here. */
  readonly info: ProcessInfo;
  /** A signal from here. Throws `Errno` where nobody may send it one. */
  kill(signal: Signal): void;
  /** What /proc has of it. */
  directory(): FileNode | undefined;
}

/** Processes that machines see of each other: containers that share a process namespace, or that see their node's. */
export interface Neighbourhood {
  /** A number that no process seen here has. */
  nextPid(): number;
  /** Who is seen from `machine`, beside its own processes. */
  seenFrom(machine: Machine): readonly Neighbour[];
}

/** A running Unix: a container, or a learner's workstation. Made by `createMachine`. */
export interface Machine {
  readonly hostname: string;
  readonly sysctls: ReadonlyMap<string, string>;
  readonly capabilities: ReadonlySet<string>;
  readonly clock: Clock;
  readonly network: Network;
  /** All mounts, seen from the root, as the superuser. */
  readonly files: FileApi;
  readonly mounts: readonly Mount[];
  /** Mounts of block devices, which are files for whoever uses them, and no mounts. */
  readonly blockDevices: readonly Mount[];
  readonly programs: ProgramTable;
  mount(mount: Mount): void;
  unmount(path: string): void;
  /** Starts a process that has no parent here (pid 1 first). */
  spawn(options: SpawnOptions): ChildProcess;
  /** Its own processes, and those of its neighbourhood. */
  processes(): ProcessInfo[];
  /** Those alone that run on it. */
  ownProcesses(): ProcessInfo[];
  /** From now on its processes are numbered by `neighbourhood`, and its neighbours' are seen. */
  join(neighbourhood: Neighbourhood): void;
  /** What /proc has of one of its own processes, seen as number `shownAs` from elsewhere. */
  processDirectory(pid: number, shownAs: number): FileNode | undefined;
  /** A signal from outside (the kubelet, a node). ESRCH. */
  /** `from` "inside": by a process of the same namespace, from which its init is protected. */
  kill(pid: number, signal: Signal, from?: "outside" | "inside"): void;
  /** Processor time used since the machine was made, and memory held now. */
  usage(): { readonly cpuMs: number; readonly memoryBytes: number };
  createTty(size: WindowSize): Tty;
  /** Kills everything and releases it. */
  shutDown(): void;
  readonly limits: MachineLimits;
}

// ----------------------------------------------------------------------------------------------------------- network

/** A machine's view of the network: what a Pod, a node or a learner's workstation can reach. */
export interface Network {
  /** Own addresses, without loopback. */
  readonly addresses: readonly string[];
  /** Connects to an IP address. Errors: ECONNREFUSED, EHOSTUNREACH, ETIMEDOUT, ENETUNREACH. */
  connect(
    address: string,
    port: number,
    options?: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<Connection>;
  /** Accepts connections on a port of this machine. EADDRINUSE where it is taken. */
  listen(port: number, options?: { readonly address?: string }): Listener;
  /** Ports with a listener, for netstat and ss. */
  listening(): readonly { readonly address: string; readonly port: number }[];
  /** One DNS question to the server at `server` (an IP address). ETIMEDOUT where nothing answers there. */
  query(server: string, question: DnsQuestion, signal?: AbortSignal): Promise<DnsResponse>;
  /** Round trip in ms, or undefined where nothing answers. */
  ping(address: string): Promise<number | undefined>;
}

export interface Connection {
  readonly reader: ByteReader;
  readonly writer: ByteWriter;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Closes both directions; `reset`: the other side sees ECONNRESET. */
  close(options?: { readonly reset?: boolean }): void;
}

export interface Listener extends AsyncIterable<Connection> {
  readonly port: number;
  accept(signal?: AbortSignal): Promise<Connection>;
  close(): void;
}

export type DnsRecordType = "A" | "AAAA" | "SRV" | "PTR" | "CNAME" | "NS" | "SOA" | "TXT" | "MX" | "ANY";
export interface DnsQuestion {
  /** Fully qualified or not, without search paths applied; a trailing dot is allowed. */
  readonly name: string;
  readonly type: DnsRecordType;
}
export interface DnsRecord {
  readonly name: string;
  readonly type: DnsRecordType;
  /** Seconds. */
  readonly ttl: number;
  /** Address, target name, or "priority weight port target" for SRV. */
  readonly data: string;
}
export interface DnsResponse {
  readonly code: "NOERROR" | "NXDOMAIN" | "SERVFAIL" | "REFUSED";
  readonly authoritative: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

// ------------------------------------------------------------------------------------------------------------ images

/** A container image: a root file tree and how to start it. Data, so that any number of containers share it. */
export interface ContainerImage {
  /** Canonical reference, e.g. "docker.io/library/nginx:1.27". */
  readonly reference: string;
  /** "sha256:" and 64 hexadecimal digits, stable for the reference. */
  readonly digest: string;
  /** Compressed size in bytes; with the bandwidth it makes the pull time. */
  readonly sizeBytes: number;
  readonly root: DirectoryTree;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly uid: number;
  readonly gid: number;
  /** Declared VOLUME directories: writable, dropped with the container. */
  readonly volumes?: readonly string[];
  readonly stopSignal?: Signal;
  readonly exposedPorts?: readonly number[];
}

/** What answers a pull. `programs` holds the programs that the images' executables name. */
export interface ImageSource {
  readonly programs: ProgramTable;
  /**
   * The image; or why there is none, in the words a container runtime uses
   * (e.g. `failed to resolve reference "docker.io/library/nope:1": ...: not found`).
   */
  resolve(reference: string): { readonly image: ContainerImage } | { readonly error: string };
  /** All references it knows, for completion and documentation. */
  references(): readonly string[];
}
