/**
 * A learner's place: a cluster, workspace files and terminals. The only thing that grading, classroom and pages see;
 * they never know which provider is behind it. All of it can be called across a worker border: values in and out are
 * structured-cloneable, streams are listeners.
 */
import type { Fault, Incident } from "../kubernetes/cluster.types.ts";
import type { WindowSize } from "../machine/index.ts";

export type { Fault, Incident } from "../kubernetes/cluster.types.ts";

export type SandboxId = string & { readonly brand: "SandboxId" };
export type TerminalId = string & { readonly brand: "TerminalId" };
export type EditId = string & { readonly brand: "EditId" };

export interface Capabilities {
  readonly fork: boolean;
  readonly rewind: boolean;
  readonly speed: boolean;
  /** Nodes can be stopped and started, and other things broken on purpose. */
  readonly nodes: boolean;
  /** Cluster-scoped objects may be changed. */
  readonly clusterScope: boolean;
}

/** What a sandbox starts from: a lesson's files and objects. */
export interface SandboxSpec {
  /** Workspace files by path relative to the workspace. */
  readonly files: Readonly<Record<string, string>>;
  /** Manifests (YAML) applied, and settled, before the learner arrives. */
  readonly setup?: string;
  /** Namespace of the learner's kubeconfig context. Default "default". */
  readonly namespace?: string;
  readonly nodes?: number;
  readonly seed?: number;
  readonly latencies?: "realistic" | "none";
}

export interface WorkspaceFile {
  readonly path: string;
  readonly text: string;
  /** ms since the epoch. */
  readonly modified: number;
}

/** The learner's files: the same for editor and terminal. Paths are relative to the workspace; text is UTF-8. */
export interface Workspace {
  list(): Promise<readonly { readonly path: string; readonly sizeBytes: number; readonly modified: number }[]>;
  /** Undefined where there is no such file. */
  read(path: string): Promise<WorkspaceFile | undefined>;
  write(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Called after each change by anyone (editor, shell, kubectl edit). */
  watch(listener: (change: { readonly path: string; readonly type: "changed" | "removed" }) => void): () => void;
}

/** A terminal's output: bytes with the position they start at, counted from the terminal's first byte. */
export interface TerminalOutput {
  readonly position: number;
  readonly data: Uint8Array;
}

export interface Terminal {
  readonly id: TerminalId;
  input(data: string): void;
  resize(size: WindowSize): void;
  /**
   * Everything from byte `since` on that is still kept, then what comes. Where older output was dropped, the first
   * chunk starts later than `since`.
   */
  attach(since: number, listener: (output: TerminalOutput) => void): () => void;
  /** Types a command line as a person would and presses Enter (a command block was clicked). */
  type(command: string): void;
  close(): Promise<void>;
}

/** A text that a command in a terminal gave to the lesson's editor, and waits for (`kubectl edit` and its like). */
export interface Edit {
  readonly id: EditId;
  /** Where the command was typed. */
  readonly terminal: TerminalId;
  /** "kubectl edit". */
  readonly command: string;
  /** "Deployment/web"; "Deployment/web +2" where the text holds more than one object. */
  readonly subject: string;
  /** The ending of a file that holds such a text. */
  readonly format: "yaml" | "json" | "txt";
  /** What the command gave. */
  readonly original: string;
  /** What the learner has made of it so far. */
  readonly text: string;
  /** Goes up by one with every change of `text`. */
  readonly revision: number;
  /** The text was saved before and came back: its first lines say why. */
  readonly returned: boolean;
}

/** How an edit ended: the learner's word, or the end of the command that waited (killed, reset, sandbox put away). */
export type EditEnd = "saved" | "cancelled" | "gone";

export type EditEvent =
  | { readonly type: "opened" | "changed"; readonly edit: Edit }
  | { readonly type: "ended"; readonly id: EditId; readonly how: EditEnd };

/** What became of a text: kept under a new revision, or refused because another window has changed it meanwhile. */
export type EditAnswer = { readonly revision: number } | { readonly theirs: Pick<Edit, "text" | "revision"> };

/** Texts that commands wait for. They are part of no snapshot: the commands end with their processes. */
export interface Edits {
  list(): Promise<readonly Edit[]>;
  /** Keeps a text that is not finished. `revision`: of the text it was made from. Undefined where the edit has ended. */
  keep(id: EditId, text: string, revision: number): Promise<EditAnswer | undefined>;
  /** As `keep`, and the command goes on with the text. */
  save(id: EditId, text: string, revision: number): Promise<EditAnswer | undefined>;
  /** The command goes on with the text as it gave it. */
  cancel(id: EditId): Promise<void>;
  /**
   * Counts in an editor, which promises to show every edit that it hears of, until the returned function counts it out.
   * While there is none, commands run an editor in their terminal.
   */
  attend(): () => void;
  watch(listener: (event: EditEvent) => void): () => void;
}

/** A recorded change of the sandbox's cluster, as plain data. */
export interface TimelineRecord {
  readonly sequence: number;
  /** ms since the epoch, cluster time. */
  readonly time: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly actor: string;
  readonly object: Readonly<Record<string, unknown>>;
}

export interface Timeline {
  /** The last record of the setup: what comes after it is the learner's doing. */
  start(): Promise<number>;
  /** Records with sequence > since, in order. */
  read(since: number): Promise<readonly TimelineRecord[]>;
  watch(listener: (record: TimelineRecord) => void): () => void;
}

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  /** Cluster time it took. */
  readonly ms: number;
  readonly timedOut: boolean;
}

export interface Activity {
  readonly now: number;
  readonly speed: number;
  readonly busy: boolean;
  readonly waiting: readonly { readonly reason: string; readonly until: number }[];
  /** What is broken on purpose. */
  readonly faults: readonly Fault[];
}

export type ResetPoint =
  | { readonly kind: "files" }
  | { readonly kind: "start" }
  | { readonly kind: "snapshot"; readonly data: Uint8Array };

export interface ApiAnswer {
  readonly status: number;
  /** Parsed JSON. */
  readonly body: unknown;
}

export interface Sandbox {
  readonly id: SandboxId;
  readonly capabilities: Capabilities;
  readonly workspace: Workspace;
  readonly edits: Edits;
  readonly timeline: Timeline;
  /** A kubeconfig (YAML) for any client: the learner's own kubectl, graders. `server` is where this app is reached, e.g. "http://localhost:3000". */
  kubeConfig(server: string): Promise<string>;
  /** One request to the cluster's API as the learner. JSON in and out; no watches. */
  api(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<ApiAnswer>;
  terminals(): Promise<readonly TerminalId[]>;
  /** Throws `TooManyTerminals` past the limit; an `Errno` where the learner's machine has no room for a shell. */
  openTerminal(size: WindowSize): Promise<Terminal>;
  terminal(id: TerminalId): Promise<Terminal | undefined>;
  /** Runs a shell script in a session of its own, in the workspace; state (cwd, variables) is kept between runs of one session name. */
  run(
    script: string,
    options?: {
      readonly timeoutMs?: number;
      readonly session?: string;
      readonly files?: Readonly<Record<string, string>>;
    },
  ): Promise<CommandResult>;
  /** A process in a container. */
  exec(
    target: { readonly namespace: string; readonly pod: string; readonly container?: string },
    command: readonly string[],
    timeoutMs: number,
  ): Promise<CommandResult>;
  activity(): Promise<Activity>;
  setSpeed(speed: number): Promise<void>;
  setNodePower(node: string, on: boolean): Promise<void>;
  /** Breaks something on purpose, until it is healed. Resolves with why it cannot be (`nodes "x" not found`), else undefined. */
  inject(fault: Fault): Promise<string | undefined>;
  heal(fault: Fault): Promise<string | undefined>;
  /** Something that happens once. Resolves as `inject` does. */
  strike(incident: Incident): Promise<string | undefined>;
  /** Under virtual time: lives until `settled` (nothing busy) or `withinMs` passed. Refused on a sandbox that follows real time. */
  advance(options: {
    readonly withinMs: number;
    readonly untilSettled: boolean;
  }): Promise<{ readonly settled: boolean; readonly elapsedMs: number }>;
  /** A copy under virtual time, which nobody else sees. Close it after use. */
  fork(): Promise<Sandbox>;
  /** Everything, compressed: cluster, workspace, terminals' scrollback. */
  snapshot(): Promise<Uint8Array>;
  reset(to: ResetPoint): Promise<void>;
  /** Called (at most every 250 ms) after anything changed that a snapshot would hold. */
  onChanged(listener: () => void): () => void;
  close(): Promise<void>;
}

export interface SandboxProvider {
  create(id: SandboxId, spec: SandboxSpec): Promise<Sandbox>;
  /** From a snapshot. */
  restore(id: SandboxId, spec: SandboxSpec, snapshot: Uint8Array): Promise<Sandbox>;
  get(id: SandboxId): Sandbox | undefined;
  /** Out of memory. What the provider keeps elsewhere (a namespace of a real cluster) stays, for `restore`. */
  release(id: SandboxId): Promise<void>;
  /** For good, with everything it has anywhere. */
  destroy(id: SandboxId): Promise<void>;
}
