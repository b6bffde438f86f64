/** What scenarios run on. */
import type { Fault, Incident } from "../../../lib/kubernetes/cluster.types.ts";

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface RawRequest {
  readonly method: string;
  /** With query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A change of an object as a watcher sees it. */
export interface SeenChange {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: SeenObject;
}

interface SeenObject {
  readonly metadata: { readonly name: string; readonly uid?: string; readonly deletionTimestamp?: string };
}

/** An event in the order of its first occurrence. */
export interface SeenEvent {
  readonly kind: string;
  readonly name: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

export interface OpenWatch {
  /** Events since the last call. */
  take(): unknown[];
  readonly ended: boolean;
  close(): void;
}

export interface Target {
  readonly namespace: string;
  kubectl(args: readonly string[], options: { stdin?: string; interruptMs?: number }): Promise<Outcome>;
  request(request: RawRequest): Promise<RawAnswer>;
  watch(path: string, headers: Readonly<Record<string, string>>): Promise<OpenWatch>;
  advance(ms: number): Promise<void>;
  /** Rejects where it does not become calm. */
  settle(): Promise<void>;
  /** Calls `check` after everything that may have changed its answer, for at most `limitMs`. */
  until(check: () => Promise<boolean>, limitMs: number): Promise<boolean>;
  /** Of this scenario's namespace or of cluster-scoped objects, with the number of changes that came before the last mark. */
  history(resource: string): Promise<{ readonly changes: readonly SeenChange[]; readonly marked: number }>;
  mark(): void;
  /** Of this scenario's namespace and of cluster-scoped objects. */
  events(): Promise<readonly SeenEvent[]>;
  power(node: string, on: boolean): void;
  fault(step: { readonly inject: Fault } | { readonly heal: Fault } | { readonly strike: Incident }): void;
  /** What went wrong inside that no step shows. */
  bugs(): readonly unknown[];
  close(): Promise<void>;
}
