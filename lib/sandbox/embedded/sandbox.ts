/** A sandbox on an embedded cluster: cluster, workstation and terminals in this very thread. */

import { type Clock, realClock, type VirtualClock } from "../../clock/index.ts";
import { connectInProcess, type OpenEditor } from "../../kubectl/index.ts";
import { nodeCryptography } from "../../kubernetes/apiserver/cryptography.node.ts";
import { UpgradeFailure } from "../../kubernetes/apiserver/http.ts";
import { createCluster, restoreCluster } from "../../kubernetes/cluster.ts";
import type { Cluster, ClusterSnapshot, TimelineEntry } from "../../kubernetes/cluster.types.ts";
import { isStatusError } from "../../kubernetes/machinery/index.ts";
import type { ByteReader, DirectoryTree, WindowSize } from "../../machine/index.ts";
import { learnerKubeconfig } from "../kubeconfig/place.ts";
import type {
  Activity,
  ApiAnswer,
  Capabilities,
  CommandResult,
  Edits,
  Fault,
  Incident,
  ResetPoint,
  Sandbox,
  SandboxId,
  SandboxSpec,
  Terminal,
  TerminalId,
  Timeline,
  TimelineRecord,
  Workspace,
} from "../types.ts";
import { decodeSnapshot, encodeSnapshot } from "./codec.ts";
import { Desk } from "./desk.ts";
import { standardImages } from "./images.ts";
import type { TerminalSnapshot } from "./terminals.ts";
import { createWorkstation, type Workstation } from "./workstation.ts";

/** What the learner's kubeconfig names; reached in process, never over a socket. */
const SERVER = "https://127.0.0.1:6443";

/** A sandbox as a value: what `snapshot` writes and `restore` reads. */
interface SandboxSnapshot {
  readonly version: 1;
  readonly cluster: ClusterSnapshot;
  readonly home: DirectoryTree;
  readonly timelineStart: number;
  readonly terminals: readonly TerminalSnapshot[];
}

/** The setup may take this much cluster time to settle (ms). */
const SETUP_LIMIT_MS = 10 * 60_000;

/**
 * What waits no longer than this is on its way (a volume being made, an attachment); what waits longer is a back-off or a
 * schedule, which nobody wants to sit out (ms, cluster time).
 */
const SHORT_WAIT_MS = 5000;

const CAPABILITIES: Capabilities = { fork: true, rewind: true, speed: true, nodes: true, clusterScope: true };

const isVirtual = (clock: Clock): clock is VirtualClock => "runUntil" in clock;

export interface EmbeddedOptions {
  /** Called with errors that are bugs of ours. */
  readonly onBug: (where: string, error: unknown) => void;
  /** Called, often, before something of this sandbox goes on: who is at work when a worker hangs. */
  readonly onWork?: (id: SandboxId) => void;
}

export class EmbeddedSandbox implements Sandbox {
  readonly id: SandboxId;
  readonly capabilities = CAPABILITIES;
  readonly #spec: SandboxSpec;
  readonly #options: EmbeddedOptions;
  #cluster: Cluster;
  readonly #desk: Desk;
  #timelineStart: number;
  readonly #timelineListeners = new Set<(record: TimelineRecord) => void>();
  #stopTimeline: () => void = () => undefined;
  #closed = false;

  private constructor(
    id: SandboxId,
    spec: SandboxSpec,
    options: EmbeddedOptions,
    parts: { cluster: Cluster; home?: DirectoryTree; timelineStart: number },
  ) {
    this.id = id;
    this.#spec = spec;
    this.#options = options;
    this.#cluster = parts.cluster;
    this.#timelineStart = parts.timelineStart;
    this.#desk = new Desk((openEditor) => this.#createWorkstation(parts.home, openEditor), {
      now: () => this.#cluster.clock.now(),
      within: (promise, ms) => this.#within(promise, ms),
    });
    this.#follow();
  }

  /** A new one: boots a cluster, applies the setup under virtual time until it has settled, and goes on in real time. */
  static async create(id: SandboxId, spec: SandboxSpec, options: EmbeddedOptions): Promise<EmbeddedSandbox> {
    const snapshot = await prepare(id, spec, options);
    return EmbeddedSandbox.fromSnapshot(id, spec, options, snapshot);
  }

  static restore(id: SandboxId, spec: SandboxSpec, options: EmbeddedOptions, bytes: Uint8Array): EmbeddedSandbox {
    return EmbeddedSandbox.fromSnapshot(id, spec, options, decodeSnapshot(bytes) as SandboxSnapshot);
  }

  static fromSnapshot(
    id: SandboxId,
    spec: SandboxSpec,
    options: EmbeddedOptions,
    snapshot: SandboxSnapshot,
    clock?: Clock,
  ): EmbeddedSandbox {
    if ("provider" in snapshot)
      throw new Error("the saved sandbox is a namespace of a real cluster and cannot go on as an embedded one");
    if (snapshot.version !== 1)
      throw new Error(`the saved sandbox is of version ${snapshot.version}, which this Statecraft does not know`);
    const { now, random } = snapshot.cluster.clock;
    const cluster = restoreCluster(snapshot.cluster, {
      images: standardImages(),
      cryptography: nodeCryptography,
      clock: clock ?? realClock({ now, seed: random, ...working(id, options) }),
      onBug: options.onBug,
    });
    const sandbox = new EmbeddedSandbox(id, spec, options, {
      cluster,
      home: snapshot.home,
      timelineStart: snapshot.timelineStart,
    });
    sandbox.#desk.reopen(snapshot.terminals);
    return sandbox;
  }

  #createWorkstation(home: DirectoryTree | undefined, openEditor: OpenEditor): Workstation {
    return createWorkstation({
      clock: this.#cluster.clock,
      network: this.#cluster.outsideNetwork("statecraft"),
      connect: connectInProcess(this.#cluster, SERVER),
      kubeconfig: learnerKubeconfig({ server: SERVER, token: this.#cluster.adminToken }, this.#namespace),
      openEditor,
      ...(home === undefined ? { files: this.#spec.files } : { home }),
    });
  }

  get #namespace(): string {
    return this.#spec.namespace ?? "default";
  }

  #follow(): void {
    this.#stopTimeline = this.#cluster.onTimeline((entry) => {
      const record = toRecord(entry);
      for (const listener of this.#timelineListeners) listener(record);
      this.#desk.changed();
    });
  }

  get workspace(): Workspace {
    return this.#desk.workspace;
  }

  get edits(): Edits {
    return this.#desk.edits;
  }

  get timeline(): Timeline {
    return {
      start: async () => this.#timelineStart,
      read: async (since) => {
        const entries = this.#cluster.timeline;
        // Entries are in order of sequence: the tail that is asked for is found from the end.
        let first = entries.length;
        while (first > 0 && (entries[first - 1]?.sequence ?? 0) > since) first--;
        return entries.slice(first).map(toRecord);
      },
      watch: (listener) => {
        this.#timelineListeners.add(listener);
        return () => this.#timelineListeners.delete(listener);
      },
    };
  }

  async kubeConfig(server: string): Promise<string> {
    return learnerKubeconfig(
      { server: `${server}/clusters/${this.id}`, token: this.#cluster.adminToken },
      this.#namespace,
    );
  }

  /** The API's handler, for whoever serves it over sockets. */
  get handler(): Cluster {
    return this.#cluster;
  }

  async api(method: string, path: string, body?: unknown, contentType = "application/json"): Promise<ApiAnswer> {
    this.#options.onWork?.(this.id);
    const url = new URL(path, "https://cluster");
    const response = await this.#cluster.handle({
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: {
        authorization: `Bearer ${this.#cluster.adminToken}`,
        accept: "application/json",
        "content-type": contentType,
      },
      ...(body === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(body)) }),
    });
    const text = typeof response.body === "string" ? response.body : await collect(response.body);
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  async terminals(): Promise<readonly TerminalId[]> {
    return this.#desk.terminalIds;
  }

  async terminal(id: TerminalId): Promise<Terminal | undefined> {
    return this.#desk.terminal(id);
  }

  async openTerminal(size: WindowSize): Promise<Terminal> {
    return this.#desk.openTerminal(size);
  }

  async run(script: string, options?: Parameters<Sandbox["run"]>[1]): Promise<CommandResult> {
    this.#options.onWork?.(this.id);
    return this.#desk.run(script, options);
  }

  /** What the promise gives within `ms` of cluster time; undefined where that passes first. A virtual clock is driven. */
  async #within<Value>(promise: Promise<Value>, ms: number): Promise<Value | undefined> {
    const { clock } = this.#cluster;
    let result: { readonly value: Value } | undefined;
    const settled = promise.then((value) => {
      result = { value };
    });
    if (isVirtual(clock)) await clock.runUntil(() => result !== undefined, ms);
    else {
      const timeout = new AbortController();
      const sleeping = clock.sleep(ms, timeout.signal).catch(() => undefined);
      await Promise.race([settled, sleeping]);
      timeout.abort();
    }
    if (result === undefined) settled.catch(() => undefined);
    return result?.value;
  }

  async exec(
    target: Parameters<Sandbox["exec"]>[0],
    command: readonly string[],
    timeoutMs: number,
  ): Promise<CommandResult> {
    const { namespace, pod, container } = target;
    const query = new URLSearchParams({ stdout: "true", stderr: "true" });
    if (container !== undefined) query.set("container", container);
    for (const word of command) query.append("command", word);
    const started = this.#cluster.clock.now();
    const failed = (stderr: string): CommandResult => ({
      stdout: "",
      stderr,
      exitCode: 1,
      ms: this.#cluster.clock.now() - started,
      timedOut: false,
    });
    const opening = this.#cluster
      .openProcess({
        method: "POST",
        path: `/api/v1/namespaces/${namespace}/pods/${pod}/exec`,
        query,
        headers: { authorization: `Bearer ${this.#cluster.adminToken}` },
      })
      .then(
        (session) => ({ session }),
        (error: unknown) => {
          if (isStatusError(error) || error instanceof UpgradeFailure) return { refused: error.message };
          throw error;
        },
      );
    const opened = await this.#within(opening, timeoutMs);
    if (opened === undefined) return { ...failed(""), exitCode: 124, timedOut: true };
    if ("refused" in opened) return failed(opened.refused);
    const { session } = opened;
    const all = Promise.all([collectReader(session.stdout), collectReader(session.stderr), session.status]);
    const done = await this.#within(all, timeoutMs);
    session.close();
    const ms = this.#cluster.clock.now() - started;
    if (done === undefined) return { stdout: "", stderr: "", exitCode: 124, ms, timedOut: true };
    const [stdout, stderr, status] = done;
    const cause = status.details?.causes?.find((each) => each.reason === "ExitCode")?.message;
    const exitCode = status.status === "Success" ? 0 : Number(cause ?? 1);
    return {
      stdout,
      stderr: stderr || (exitCode !== 0 && cause === undefined ? (status.message ?? "") : stderr),
      exitCode,
      ms,
      timedOut: false,
    };
  }

  async activity(): Promise<Activity> {
    const { clock } = this.#cluster;
    return {
      now: clock.now(),
      speed: Number.isFinite(clock.speed) ? clock.speed : 1,
      busy: this.#busy(),
      waiting: this.#cluster.activity().waiting,
      faults: this.#cluster.faults,
    };
  }

  /** Something is going on, or will be in a moment. */
  #busy(): boolean {
    const { busy, waiting } = this.#cluster.activity();
    const soon = this.#cluster.clock.now() + SHORT_WAIT_MS;
    return busy || waiting.some(({ recurs, until }) => until <= soon && !recurs);
  }

  async setSpeed(speed: number): Promise<void> {
    this.#cluster.clock.speed = speed;
  }

  async setNodePower(node: string, on: boolean): Promise<void> {
    this.#cluster.setNodePower(node, on);
  }

  async inject(fault: Fault): Promise<string | undefined> {
    return refusal(() => this.#cluster.inject(fault));
  }

  async heal(fault: Fault): Promise<string | undefined> {
    return refusal(() => this.#cluster.heal(fault));
  }

  async strike(incident: Incident): Promise<string | undefined> {
    return refusal(() => this.#cluster.strike(incident));
  }

  async advance({ withinMs, untilSettled }: { readonly withinMs: number; readonly untilSettled: boolean }) {
    this.#options.onWork?.(this.id);
    const { clock } = this.#cluster;
    if (!isVirtual(clock)) throw new Error("this sandbox follows real time; only a fork's time can be advanced");
    const started = clock.now();
    if (!untilSettled) {
      await clock.advance(withinMs);
      return { settled: !this.#busy(), elapsedMs: clock.now() - started };
    }
    const settled = await clock.runUntil(() => !this.#busy(), withinMs);
    return { settled, elapsedMs: clock.now() - started };
  }

  async fork(): Promise<Sandbox> {
    this.#options.onWork?.(this.id);
    const cluster = this.#cluster.fork();
    return new EmbeddedSandbox(this.id, this.#spec, this.#options, {
      cluster,
      home: this.#desk.home,
      timelineStart: this.#timelineStart,
    });
  }

  /** The sandbox as a value, sharing what it can with the living one. */
  value(): SandboxSnapshot {
    return {
      version: 1,
      cluster: this.#cluster.snapshot(),
      home: this.#desk.home,
      timelineStart: this.#timelineStart,
      terminals: this.#desk.terminalSnapshots,
    };
  }

  async snapshot(): Promise<Uint8Array> {
    this.#options.onWork?.(this.id);
    return encodeSnapshot(this.value());
  }

  async reset(to: ResetPoint): Promise<void> {
    switch (to.kind) {
      case "files":
        return this.#desk.writeFiles(this.#spec.files);
      case "start":
        return this.#become(await prepare(this.id, this.#spec, this.#options), true);
      case "snapshot":
        return this.#become(decodeSnapshot(to.data) as SandboxSnapshot, false);
    }
  }

  /** Replaces everything inside while the sandbox's identity, listeners and open terminals stay. */
  #become(snapshot: SandboxSnapshot, keepTerminals: boolean): void {
    this.#tearDown();
    const { now, random } = snapshot.cluster.clock;
    this.#cluster = restoreCluster(snapshot.cluster, {
      images: standardImages(),
      cryptography: nodeCryptography,
      clock: realClock({ now, seed: random, ...working(this.id, this.#options) }),
      onBug: this.#options.onBug,
    });
    this.#timelineStart = snapshot.timelineStart;
    this.#desk.moveTo((openEditor) => this.#createWorkstation(snapshot.home, openEditor));
    this.#follow();
    this.#desk.reopen(keepTerminals ? undefined : snapshot.terminals);
    this.#desk.changed();
  }

  #tearDown(): void {
    this.#stopTimeline();
    this.#desk.tearDown();
    this.#cluster.close();
  }

  onChanged(listener: () => void): () => void {
    return this.#desk.onChanged(listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopTimeline();
    this.#desk.close();
    this.#cluster.close();
  }

  /** Applies a lesson's setup the way a learner would. Throws where it is refused. */
  applySetup(manifests: string): Promise<void> {
    return this.#desk.applySetup(manifests);
  }
}

/** What tells that a sandbox is at work. */
function working(id: SandboxId, { onWork }: EmbeddedOptions): { readonly onWork?: () => void } {
  return onWork === undefined ? {} : { onWork: () => onWork(id) };
}

/** Boots a cluster and applies the setup, all under virtual time that ends at the host's present. */
async function prepare(id: SandboxId, spec: SandboxSpec, options: EmbeddedOptions): Promise<SandboxSnapshot> {
  const { virtualClock } = await import("../../clock/index.ts");
  const clock = virtualClock({ now: Date.now(), seed: spec.seed ?? Math.floor(Math.random() * 2 ** 32) });
  const cluster = createCluster({
    images: standardImages(),
    clock,
    cryptography: nodeCryptography,
    nodes: Array.from({ length: spec.nodes ?? 3 }, (_, index) => ({ name: `node-${index + 1}` })),
    latencies: spec.latencies ?? "realistic",
    onBug: options.onBug,
  });
  const ready = cluster.ready().then(() => true);
  let isReady = false;
  void ready.then(() => {
    isReady = true;
  });
  if (!(await clock.runUntil(() => isReady, SETUP_LIMIT_MS))) throw new Error("the cluster did not become ready");
  const sandbox = new (
    EmbeddedSandbox as unknown as new (
      ...args: [SandboxId, SandboxSpec, EmbeddedOptions, { cluster: Cluster; timelineStart: number }]
    ) => EmbeddedSandbox
  )(id, spec, options, { cluster, timelineStart: 0 });
  try {
    if (spec.setup !== undefined) await sandbox.applySetup(spec.setup);
    await sandbox.advance({ withinMs: SETUP_LIMIT_MS, untilSettled: true });
    const value = sandbox.value();
    return { ...value, timelineStart: cluster.timeline.at(-1)?.sequence ?? 0 };
  } finally {
    await sandbox.close();
  }
}

function toRecord(entry: TimelineEntry): TimelineRecord {
  return {
    sequence: entry.sequence,
    time: entry.time,
    type: entry.type,
    resource: entry.resource,
    kind: entry.object.kind ?? "",
    namespace: entry.namespace,
    name: entry.name,
    actor: entry.actor,
    object: entry.object as unknown as TimelineRecord["object"],
  };
}

async function collectReader(reader: ByteReader | undefined): Promise<string> {
  return reader === undefined ? "" : collect(reader);
}

async function collect(chunks: AsyncIterable<string | Uint8Array> | Uint8Array): Promise<string> {
  const decoder = new TextDecoder();
  if (chunks instanceof Uint8Array) return decoder.decode(chunks);
  let text = "";
  for await (const chunk of chunks) text += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

/** What the cluster says to something that cannot be done; undefined where it was done. */
function refusal(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (isStatusError(error)) return error.message;
    throw error;
  }
}
