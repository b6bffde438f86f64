/** The pool of sandbox workers: which attempt lives where; what hangs or dies is replaced. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { RpcClient } from "./rpc.node.ts";
import type { WorkerCalls, WorkerSubscriptions } from "./worker-api.ts";

type Remote = {
  readonly [Name in keyof WorkerCalls]: (
    ...args: Parameters<WorkerCalls[Name]>
  ) => Promise<ReturnType<WorkerCalls[Name]>>;
};

/** One worker, with its calls typed. */
export interface SandboxWorker {
  readonly number: number;
  readonly calls: Remote;
  subscribe<Name extends keyof WorkerSubscriptions>(
    name: Name,
    args: WorkerSubscriptions[Name]["args"],
    listener: (value: WorkerSubscriptions[Name]["value"]) => void,
  ): Promise<() => void>;
}

interface WorkerPoolOptions {
  /** The compiled worker. */
  readonly entry: URL;
  /** Default: one per core beside the main thread's. */
  readonly count?: number;
  /** Called with a worker that has just begun to serve, before anything is placed on it. */
  readonly onStarted: (worker: SandboxWorker) => Promise<void>;
  /** Called when a worker is gone; whatever lived there has to be brought back elsewhere. `mark`: that of the attempt that was at work last; 0: none. */
  readonly onLost: (worker: SandboxWorker, reason: string, mark: number) => void;
  /** A worker that does not answer for so long hangs (ms). Default 8 s: every slice of a learner's work is far shorter. */
  readonly hangingMs?: number;
}

const HEARTBEAT_MS = 1000;
const HANGING_MS = 8000;
const HEAP_LIMIT_MB = 2048;
/**
 * Small on purpose: clusters are many and long-lived, and with V8's own 48 MB a large young generation leaves old pages
 * half empty. Measured with 200 idle clusters: 0.70 MB resident each instead of 1.13, as quick as before.
 */
const YOUNG_GENERATION_MB = 12;

export class WorkerPool {
  readonly #slots: Slot[];
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    const count = options.count ?? Math.max(1, availableParallelism() - 1);
    this.#slots = Array.from({ length: count }, (_, number) => new Slot(number, options));
  }

  /** The worker with the fewest attempts on it; starts it where it is not running. `load` tells how many one has. */
  async place(load: (number: number) => number): Promise<SandboxWorker> {
    if (this.#closed) throw new Error("the server is shutting down");
    const slot = this.#slots.reduce((least, each) => (load(each.number) < load(least.number) ? each : least));
    return slot.worker();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }
}

class Slot {
  readonly number: number;
  readonly #options: WorkerPoolOptions;
  #running: Promise<SandboxWorker> | undefined;
  #end: (() => Promise<void>) | undefined;

  constructor(number: number, options: WorkerPoolOptions) {
    this.number = number;
    this.#options = options;
  }

  worker(): Promise<SandboxWorker> {
    this.#running ??= this.#start();
    return this.#running;
  }

  async close(): Promise<void> {
    await this.#running?.catch(() => undefined);
    await this.#end?.();
  }

  async #start(): Promise<SandboxWorker> {
    const atWork = new SharedArrayBuffer(4);
    const hangingMs = this.#options.hangingMs ?? HANGING_MS;
    const thread = new Worker(this.#options.entry, {
      workerData: { atWork },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MB, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      execArgv: ["--enable-source-maps"],
    });
    const client = new RpcClient(thread);
    const worker: SandboxWorker = {
      number: this.number,
      calls: new Proxy({} as Remote, {
        get: (_, method) =>
          typeof method === "string" && method !== "then"
            ? (...args: unknown[]) => client.call(method, ...args)
            : undefined,
      }),
      subscribe: (name, args, listener) => client.subscribe(name, args, listener),
    };
    let answered = performance.now();
    let reason = "";
    let beat = answered;
    const heartbeatMs = Math.min(HEARTBEAT_MS, hangingMs / 2);
    const heartbeat = setInterval(() => {
      const now = performance.now();
      // This very process did not run for a while (it was stopped, or the machine slept): nobody could answer.
      if (now - beat > 2 * heartbeatMs + 1000) answered = now;
      beat = now;
      if (performance.now() - answered > hangingMs) {
        reason = `it did not answer for ${hangingMs / 1000} s`;
        void thread.terminate();
        return;
      }
      worker.calls.ping().then(
        () => {
          answered = performance.now();
        },
        () => undefined,
      );
    }, heartbeatMs);
    heartbeat.unref();
    let ending = false;
    const gone = new Promise<void>((resolve) => {
      thread.once("error", (error) => {
        reason = error.message;
      });
      thread.once("exit", (code) => {
        clearInterval(heartbeat);
        this.#running = undefined;
        this.#end = undefined;
        const why = reason || `it ended with code ${code}`;
        client.close(new Error(`the sandbox worker is gone: ${why}`));
        resolve();
        if (!ending) this.#options.onLost(worker, why, Atomics.load(new Int32Array(atWork), 0));
      });
    });
    this.#end = async () => {
      ending = true;
      await thread.terminate();
      await gone;
    };
    await this.#options.onStarted(worker);
    return worker;
  }
}
