/** Starting, watching and stopping one container on a machine: the container runtime's part. */
import type { Clock } from "../../clock/index.ts";
import { quantityNumber } from "../../encoding/index.ts";
import {
  type ByteReader,
  type ByteWriter,
  type ContainerImage,
  createMachine,
  type Disk,
  type ExitStatus,
  type FileSystem,
  isErrno,
  type Machine,
  type Mount,
  type Program,
  type ProgramTable,
  type Signal,
  type Tty,
} from "../../machine/index.ts";
import type { Container, Pod } from "../api/types.ts";
import { ContainerNetwork } from "../network/stack.ts";
import { ByteChannel } from "../network/streams.ts";
import type { NetworkStack } from "../network/types.ts";
import { ConfigError } from "./environment.ts";
import { hostsFile, podHostname, resolvFile } from "./etc-files.ts";
import { expand } from "./expansion.ts";
import { newFileSystem } from "./file-systems.ts";
import type { ContainerInstance, LiveContainer } from "./instance.ts";

export interface ContainerPlan {
  readonly pod: Pod;
  readonly container: Container;
  readonly image: ContainerImage;
  readonly environment: ReadonlyMap<string, string>;
  readonly mounts: readonly Mount[];
  readonly stack: NetworkStack;
  readonly clock: Clock;
  readonly programs: ProgramTable;
  readonly podIP: string;
  /** The node's disk, where its writable layer lies. */
  readonly disk: Disk;
  /** The writable layer of a container that runs again after a restore. */
  readonly rootTree?: unknown;
  /** Signals its first process listened to then. */
  readonly awaits?: readonly Signal[];
  readonly nodeHostname: string;
  /** Where its processes are numbered and seen, where not by itself. */
  readonly processes?: { add(machine: Machine): void };
  /** Runs instead of what the command names. */
  readonly program?: Program;
}

const MAX_TERMINATION_MESSAGE = 4096;
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Who runs the container; throws `ConfigError` where it may not be root but would be. */
export function userOf(
  pod: Pod,
  container: Container,
  image: ContainerImage,
): { readonly uid: number; readonly gid: number; readonly groups: readonly number[] } {
  const own = container.securityContext;
  const shared = pod.spec?.securityContext;
  const uid = own?.runAsUser ?? shared?.runAsUser ?? image.uid;
  const gid =
    (own?.runAsGroup ?? shared?.runAsGroup ?? (own?.runAsUser ?? shared?.runAsUser) !== undefined)
      ? (own?.runAsGroup ?? shared?.runAsGroup ?? 0)
      : image.gid;
  if ((own?.runAsNonRoot ?? shared?.runAsNonRoot) === true && uid === 0) {
    const explicit = own?.runAsUser ?? shared?.runAsUser;
    const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`;
    throw new ConfigError(
      explicit === undefined
        ? `container has runAsNonRoot and image will run as root ${where}`
        : `container's runAsUser breaks non-root policy ${where}`,
    );
  }
  const more = [shared?.fsGroup, ...(shared?.supplementalGroups ?? [])].filter((group) => group !== undefined);
  // As the kernel keeps them: each once, sorted, the process's own among them.
  const groups = more.length === 0 ? [] : [...new Set([gid, ...more])].sort((a, b) => a - b);
  return { uid, gid, groups };
}

/** /dev/null: what a container reads that was given no standard input. */
export const NO_INPUT: ByteReader = {
  read: async () => null,
  close: () => undefined,
  async *[Symbol.asyncIterator]() {},
};

/** Runs the container as `instance`; `ended` is called once when its first process has ended. Throws `StartFailure`. */
export function runContainer(
  plan: ContainerPlan,
  instance: ContainerInstance,
  ended: (exit: ExitStatus) => void,
): LiveContainer {
  const { pod, container, image, clock } = plan;
  const root = newFileSystem({
    clock,
    source: "overlay",
    type: "overlay",
    tree: plan.rootTree ?? image.root,
    below: image.root,
    disk: plan.disk,
  });
  const hostname = pod.spec?.hostNetwork === true ? plan.nodeHostname : podHostname(pod).hostname;
  const messagePath = container.terminationMessagePath ?? "/dev/termination-log";
  if (plan.rootTree === undefined) prepareRoot(root, plan, hostname);
  const message = terminationLog(plan, messagePath);
  const readOnly = container.securityContext?.readOnlyRootFilesystem === true;
  const network = new ContainerNetwork(plan.stack);
  // The machine looks at its limits whenever they matter: a resize changes them in place.
  const limits: { memoryBytes?: number; cpu?: number } = {};
  const resize = ({ resources }: Container) => {
    const memory = quantityNumber(resources?.limits?.["memory"]);
    const cpu = quantityNumber(resources?.limits?.["cpu"]);
    if (memory === undefined) delete limits.memoryBytes;
    else limits.memoryBytes = memory;
    if (cpu === undefined) delete limits.cpu;
    else limits.cpu = cpu;
  };
  resize(container);
  const machine = createMachine({
    clock,
    hostname,
    root,
    mounts: [...(readOnly ? [{ path: "/", fileSystem: root, readOnly: true }] : []), ...plan.mounts, ...message],
    programs: plan.programs,
    init: true,
    network,
    limits,
    sysctls: new Map(pod.spec?.securityContext?.sysctls?.map(({ name, value }) => [name.replaceAll("/", "."), value])),
    capabilities: capabilitiesOf(container),
  });
  plan.processes?.add(machine);
  const listeners: LiveContainer["listeners"] = new Set();
  // Whoever started a container to talk to it (`kubectl run -i`) comes a moment later, and misses nothing of its start.
  let unheard: { stream: "stdout" | "stderr"; data: Uint8Array }[] | undefined =
    container.stdinOnce === true ? [] : undefined;
  const output = (stream: "stdout" | "stderr", data: Uint8Array) => {
    instance.log.append(stream, data, clock.now());
    if (unheard !== undefined && unheard.length < MAX_UNHEARD) unheard.push({ stream, data });
    for (const listener of listeners) listener(stream, data);
  };
  const encoder = new TextEncoder();
  const writer = (stream: "stdout" | "stderr"): ByteWriter => ({
    write: async (data) => output(stream, typeof data === "string" ? encoder.encode(data) : data),
    close: () => undefined,
  });
  const argv = commandLine(plan.container, image, plan.environment);
  const user = userOf(pod, container, image);
  const environment = new Map(plan.environment);
  let tty: Tty | undefined;
  let stdin: ByteChannel | undefined;
  if (container.tty === true) {
    const terminal = machine.createTty({ columns: 80, rows: 24 });
    terminal.onOutput((data) => output("stdout", data));
    tty = terminal;
  } else if (container.stdin === true) {
    stdin = new ByteChannel();
  }
  try {
    const cwd = container.workingDir || image.workingDirectory || "/";
    if (!machine.files.exists(cwd)) machine.files.makeDirectory(cwd, { recursive: true });
    else if (machine.files.stat(cwd).type !== "directory")
      throw new StartFailure("", "", `${RUNC} mkdir ${cwd}: not a directory: unknown`);
    const process = machine.spawn({
      argv,
      ...(plan.program === undefined ? {} : { program: plan.program, file: argv[0] ?? "" }),
      env: environment,
      cwd,
      ...user,
      ...(plan.awaits === undefined ? {} : { awaits: plan.awaits }),
      ...(tty === undefined
        ? {
            stdout: writer("stdout"),
            stderr: writer("stderr"),
            stdin: (stdin as ByteReader | undefined) ?? NO_INPUT,
          }
        : { tty }),
    });
    void process.exited.then(ended);
    const port = tty ?? stdin;
    return {
      machine,
      process,
      root,
      writtenBytes: () => root.diskBytes(),
      network,
      environment,
      identity: { ...user, cwd },
      tty,
      stdin:
        port === undefined
          ? undefined
          : {
              write: async (data) => {
                if (tty === undefined) await stdin?.write(data);
                else tty.input(data);
              },
              end: () => {
                // The end of a client's input is the end of its terminal's: ^D.
                if (tty === undefined) stdin?.end();
                else tty.input("\x04");
              },
            },
      listeners,
      unheard: () => {
        const taken = unheard ?? [];
        unheard = undefined;
        return taken;
      },
      resize,
      usage: usageMeter(machine, clock),
      shutDown: () => {
        network.closeAll();
        machine.shutDown();
        root.dispose();
      },
    };
  } catch (error) {
    machine.shutDown();
    network.closeAll();
    root.dispose();
    if (isErrno(error))
      throw new StartFailure(
        argv[0] ?? "",
        error.code === "ENOENT" ? notFoundWords(argv[0] ?? "") : error.message.toLowerCase(),
      );
    throw error;
  }
}

/** Writes that are kept for a first session. */
const MAX_UNHEARD = 256;

/** What containerd says of a container that its runtime could not start. */
const RUNC =
  "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init:";

/** The runtime could not start the first process. */
export class StartFailure extends Error {
  /** `whole`: all of it, where it is not about the command. */
  constructor(command: string, why: string, whole?: string) {
    const what =
      command === ""
        ? "failed to create containerd container: no command specified"
        : `${RUNC} exec: "${command}": ${why}`;
    super(whole ?? `${what}${command === "" ? "" : ": unknown"}`);
  }
}

/** What runc says of a command that is not there. */
export function notFoundWords(command: string): string {
  return command.includes("/") ? `stat ${command}: no such file or directory` : "executable file not found in $PATH";
}

/** How long metrics-server takes between two looks: what it tells is what was used meanwhile. */
const USAGE_WINDOW_MS = 15_000;

/** What metrics-server would see: processor time used a second over the last window, and the memory held now. */
function usageMeter(machine: Machine, clock: Clock): LiveContainer["usage"] {
  let last = { at: clock.now(), cpuMs: 0 };
  let millicores = 0;
  return () => {
    const now = clock.now();
    const { cpuMs } = machine.usage();
    if (now - last.at >= USAGE_WINDOW_MS) {
      millicores = ((cpuMs - last.cpuMs) / (now - last.at)) * 1000;
      last = { at: now, cpuMs };
    }
    const held = machine.processes().reduce((sum, process) => sum + Math.max(process.memoryBytes, 2 ** 20), 0);
    return { cpuMillicores: Math.max(1, Math.round(millicores)), memoryBytes: held };
  };
}

function commandLine(container: Container, image: ContainerImage, environment: ReadonlyMap<string, string>): string[] {
  const own = container.command !== undefined && container.command.length > 0;
  const command = own ? (container.command ?? []).map((word) => expand(word, environment)) : [...image.entrypoint];
  const args =
    container.args !== undefined && container.args.length > 0
      ? container.args.map((word) => expand(word, environment))
      : own
        ? []
        : [...image.command];
  return [...command, ...args];
}

/** The image's variables, then what the Pod says; PATH and HOSTNAME are always there. */
export function fullEnvironment(
  image: ContainerImage,
  own: ReadonlyMap<string, string>,
  hostname: string,
): Map<string, string> {
  const environment = new Map<string, string>([
    ["PATH", DEFAULT_PATH],
    ["HOSTNAME", hostname],
    ...Object.entries(image.env),
  ]);
  for (const [name, value] of own) environment.set(name, value);
  if (!environment.has("HOME")) environment.set("HOME", image.uid === 0 ? "/root" : "/");
  return environment;
}

/** The file that takes a container's last words lies on the node and is mounted where the container expects it. */
function terminationLog(plan: ContainerPlan, path: string): Mount[] {
  if (plan.mounts.some((mount) => path === mount.path || path.startsWith(`${mount.path}/`))) return [];
  const fileSystem = newFileSystem({ clock: plan.clock, source: "/dev/vda1", type: "ext4" });
  fileSystem.writeFile("/message", "", { mode: 0o666 });
  fileSystem.chmod("/message", 0o666);
  return [{ path, fileSystem, subPath: "/message" }];
}

function prepareRoot(root: FileSystem, plan: ContainerPlan, hostname: string): void {
  const put = (path: string, text: string) => {
    const directory = path.slice(0, path.lastIndexOf("/"));
    if (directory !== "" && !root.exists(directory)) root.makeDirectory(directory, { recursive: true });
    root.writeFile(path, text, { mode: 0o644 });
  };
  const mounted = (path: string) =>
    plan.mounts.some((mount) => path === mount.path || path.startsWith(`${mount.path}/`));
  const files: [string, string][] = [
    ["/etc/hosts", hostsFile(plan.pod, plan.podIP)],
    ["/etc/hostname", `${hostname}\n`],
    ["/etc/resolv.conf", resolvFile(plan.pod)],
  ];
  for (const [path, text] of files) if (!mounted(path)) put(path, text);
}

/** Why a container ended, in its own words: its termination message, or the end of its log. */
export function terminationMessage(container: Container, instance: ContainerInstance): string | undefined {
  const files = instance.live?.machine.files;
  const path = container.terminationMessagePath ?? "/dev/termination-log";
  let text = "";
  try {
    if (files?.exists(path) === true) text = files.readText(path).slice(0, MAX_TERMINATION_MESSAGE);
  } catch (error) {
    if (!isErrno(error)) throw error;
    return `Error on reading termination log ${path}: ${error.message.toLowerCase()}`;
  }
  if (text !== "" || container.terminationMessagePolicy !== "FallbackToLogsOnError" || instance.exitCode === 0) {
    return text === "" ? undefined : text;
  }
  return instance.log.read({ timestamps: false, tailLines: 80 }).slice(-2048) || undefined;
}

/** Asks the container to stop, and kills it when `graceMs` has passed. Resolves when it has ended. */
export async function stopContainer(
  clock: Clock,
  live: LiveContainer,
  stopSignal: Signal,
  graceMs: number,
  shortened: AbortSignal,
): Promise<void> {
  live.stopping = true;
  const { process } = live;
  if (process.state === "exited") return;
  if (graceMs > 0 && !shortened.aborted) {
    process.kill(stopSignal);
    const timer = new AbortController();
    const wake = () => timer.abort(new Error("grace period shortened"));
    shortened.addEventListener("abort", wake, { once: true });
    const exited = process.exited.then(() => timer.abort(new Error("ended")));
    await clock.sleep(graceMs, timer.signal).catch(() => undefined);
    shortened.removeEventListener("abort", wake);
    if ((process.state as string) === "exited") return exited;
  }
  process.kill("SIGKILL");
  await process.exited;
}

/** What is asked for beyond what every container has. */
function capabilitiesOf({ securityContext }: Container): ReadonlySet<string> {
  const added = (securityContext?.capabilities?.add ?? []).map((name) => name.toUpperCase().replace(/^CAP_/, ""));
  if (securityContext?.privileged === true || added.includes("ALL")) added.push("NET_ADMIN", "SYS_ADMIN");
  return new Set(added);
}
