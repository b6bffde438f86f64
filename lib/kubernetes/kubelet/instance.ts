import type { ChildProcess, FileSystem, Machine, Signal, Tty } from "../../machine/index.ts";
import type { Container, Pod } from "../api/types.ts";
import type { ContainerNetwork } from "../network/stack.ts";
import type { ContainerLog } from "./log.ts";

/** One incarnation of a container: from creation to its end, and what is left of it. */
export interface ContainerInstance {
  readonly name: string;
  /** "containerd://" and 64 hexadecimal digits. */
  readonly id: string;
  /** As status shows it, e.g. "docker.io/library/nginx:1.27". */
  readonly image: string;
  /** e.g. "docker.io/library/nginx@sha256:...". */
  readonly imageId: string;
  readonly restartCount: number;
  readonly createdAt: number;
  /** Fingerprint of the spec it was made from: a change means another incarnation. */
  readonly specHash: string;
  readonly log: ContainerLog;
  state: "created" | "running" | "exited";
  startedAt?: number;
  finishedAt?: number;
  exitCode?: number;
  signal?: string;
  outOfMemory?: boolean;
  /** Overrides what the exit code says (StartError, ContainerStatusUnknown). */
  reason?: string;
  message?: string;
  /** As whom its first process began. */
  user?: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
  /** The rest exists only while it runs. */
  live?: LiveContainer;
}

export interface LiveContainer {
  readonly machine: Machine;
  readonly process: ChildProcess;
  readonly root: FileSystem;
  /** Bytes of its writable layer, without what the image brought. */
  writtenBytes(): number;
  readonly network: ContainerNetwork;
  readonly environment: ReadonlyMap<string, string>;
  /** As whom and where its processes run: the first one, probes, hooks and exec. */
  readonly identity: {
    readonly uid: number;
    readonly gid: number;
    readonly groups: readonly number[];
    readonly cwd: string;
  };
  readonly tty: Tty | undefined;
  readonly stdin: StdinPort | undefined;
  /** Output as it comes, for `attach`. */
  readonly listeners: Set<(stream: "stdout" | "stderr", data: Uint8Array) => void>;
  /** With `stdinOnce`: what was put out before the first session, given once. */
  unheard(): readonly { readonly stream: "stdout" | "stderr"; readonly data: Uint8Array }[];
  /** Takes what its container may use now. */
  resize(container: Container): void;
  /** What metrics say of it. */
  usage(): { readonly cpuMillicores: number; readonly memoryBytes: number };
  /** Ends it without a trace. */
  shutDown(): void;
  /** Nobody has looked into it so far: it has no process, and its files are those of its image. */
  readonly dormant?: boolean;
  /** Being stopped: what ends now was asked to. */
  stopping?: boolean;
}

/** Where `attach -i` writes to. */
interface StdinPort {
  write(data: Uint8Array): Promise<void>;
  /** With `stdinOnce`, the end of the first session is the end of input. */
  end(): void;
}

export function exitReason(instance: ContainerInstance): string {
  if (instance.reason !== undefined) return instance.reason;
  if (instance.outOfMemory === true) return "OOMKilled";
  return instance.exitCode === 0 ? "Completed" : "Error";
}

/** A native sidecar: an init container that restarts always. */
export function isSidecar(container: { readonly restartPolicy?: string | undefined }): boolean {
  return container.restartPolicy === "Always";
}

/** kubecontainer.ShouldContainerBeRestarted, and for init containers that they are done once they succeed. */
export function shouldRestart(
  pod: Pod,
  container: Pick<Container, "restartPolicy">,
  instance: ContainerInstance | undefined,
  init: boolean,
): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  if (instance === undefined) return true;
  if (instance.state !== "exited") return false;
  if (init && isSidecar(container)) return true;
  if (init && instance.exitCode === 0) return false;
  const policy = pod.spec?.restartPolicy ?? "Always";
  if (policy === "Never") return false;
  if (policy === "OnFailure" || init) return instance.exitCode !== 0;
  return true;
}

/**
 * Fingerprint of what an incarnation is made from: in a running Pod its image may change, and resources, which mean a
 * restart where the container's resize policy says so.
 */
export function specHash(container: Container): string {
  const restarting = (container.resizePolicy ?? [])
    .filter(({ restartPolicy }) => restartPolicy === "RestartContainer")
    .map(({ resourceName: name }) => {
      const { requests, limits } = container.resources ?? {};
      return `|${name}=${requests?.[name] ?? ""}/${limits?.[name] ?? ""}`;
    });
  return `${container.name}|${container.image}${restarting.join("")}`;
}

/** The image alone is another: else it is a resize that restarts. */
export const isResize = (before: string, container: Container): boolean =>
  before.startsWith(`${container.name}|${container.image}`);

/** A container that ran when the snapshot was taken, and has to run again. */
export interface Revival {
  readonly instance: ContainerInstance;
  readonly root: unknown;
  readonly ready: boolean;
  readonly started: boolean;
  readonly awaits: readonly Signal[];
}
