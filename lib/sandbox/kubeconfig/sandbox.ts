/**
 * A sandbox on a cluster that is not ours: the learner's namespace on it, their files, shell and terminals on an
 * embedded machine whose kubectl goes there over the network. What only a simulated cluster can do is refused.
 */
import { type Clock, realClock } from "../../clock/index.ts";
import type { ClusterAccess, Connect, OpenEditor, Transport } from "../../kubectl/index.ts";
import type { ByteReader, DirectoryTree, WindowSize } from "../../machine/index.ts";
import { decodeSnapshot, encodeSnapshot } from "../embedded/codec.ts";
import { Desk } from "../embedded/desk.ts";
import type { TerminalSnapshot } from "../embedded/terminals.ts";
import { createWorkstation, type Workstation, writeOwned } from "../embedded/workstation.ts";
import type {
  Activity,
  ApiAnswer,
  Capabilities,
  CommandResult,
  Edits,
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
import { ClusterApi, type KubeObject } from "./api.ts";
import { forwardedNetwork } from "./network.ts";
import { learnerAccess, learnerKubeconfig, learnerToken, makePlace, placeExists, removePlace } from "./place.ts";
import { isBusy, renamed, WatchedTimeline } from "./timeline.ts";

const CAPABILITIES: Capabilities = { fork: false, rewind: false, speed: false, nodes: false, clusterScope: false };

interface KubeconfigSnapshot {
  readonly version: 1;
  readonly provider: "kubeconfig";
  readonly namespace: string;
  readonly home: DirectoryTree;
  readonly terminals: readonly TerminalSnapshot[];
}

export interface KubeconfigOptions {
  /** How the operator reaches the cluster. */
  readonly operator: ClusterAccess;
  /** For the operator's own requests. */
  readonly connect: Connect;
  /** For the learner's kubectl: reaches this cluster and nothing else. */
  readonly connectLearner: Connect;
  /** How long the setup may take to settle (ms). */
  readonly setupLimitMs: number;
  readonly onBug: (where: string, error: unknown) => void;
}

/** Nothing was heard for so long: it has settled (ms). */
const QUIET_MS = 700;
/** A token is replaced when this part of its life is over. */
const TOKEN_LIFE = 0.8;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const refuse = (what: string): never => {
  throw new Error(`this sandbox is a namespace on a real cluster: ${what}`);
};

/** The namespace of a sandbox: a DNS label. */
export const namespaceOf = (id: SandboxId): string =>
  `statecraft-${id
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .slice(0, 50)
    .replace(/-+$/, "")}`;

export class KubeconfigSandbox implements Sandbox {
  readonly id: SandboxId;
  readonly capabilities = CAPABILITIES;
  readonly #spec: SandboxSpec;
  readonly #options: KubeconfigOptions;
  readonly #clock: Clock = realClock();
  readonly #namespace: string;
  readonly #closing = new AbortController();
  readonly #operator: ClusterApi;
  #access: ClusterAccess;
  #learner: Transport;
  #timeline: WatchedTimeline;
  #timelineStart = 0;
  readonly #desk: Desk;
  readonly #timelineListeners = new Set<(record: TimelineRecord) => void>();

  private constructor(
    id: SandboxId,
    spec: SandboxSpec,
    options: KubeconfigOptions,
    parts: {
      readonly operator: ClusterApi;
      readonly access: ClusterAccess;
      readonly learner: Transport;
      readonly home: DirectoryTree | undefined;
    },
  ) {
    this.id = id;
    this.#spec = spec;
    this.#options = options;
    this.#namespace = namespaceOf(id);
    this.#operator = parts.operator;
    this.#access = parts.access;
    this.#learner = parts.learner;
    this.#timeline = this.#createTimeline(0);
    this.#desk = new Desk((openEditor) => this.#createWorkstation(parts.home, openEditor), {
      now: () => this.#clock.now(),
      within: (promise, ms) => this.#within(promise, ms),
    });
  }

  /** A new namespace with the lesson's setup applied; or, with a snapshot, the one there is with the files of then. */
  static async open(
    id: SandboxId,
    spec: SandboxSpec,
    options: KubeconfigOptions,
    saved?: Uint8Array,
  ): Promise<KubeconfigSandbox> {
    const snapshot = saved === undefined ? undefined : (decodeSnapshot(saved) as KubeconfigSnapshot);
    if (snapshot !== undefined && snapshot.provider !== "kubeconfig")
      throw new Error("the saved sandbox is of an embedded cluster and cannot go on as a namespace on a real one");
    const operator = new ClusterApi(await options.connect(options.operator));
    const namespace = namespaceOf(id);
    const isNew = !(await placeExists(operator, namespace));
    await makePlace(operator, namespace);
    const { token, expires } = await learnerToken(operator, namespace);
    const access = learnerAccess(options.operator, token);
    const learner = await options.connectLearner(access);
    const sandbox = new KubeconfigSandbox(id, spec, options, { operator, access, learner, home: snapshot?.home });
    sandbox.#renewLater(expires);
    try {
      await sandbox.#timeline.start();
      // A namespace that is there with nothing saved is one whose creation was cut short.
      if (isNew || snapshot === undefined) await sandbox.#applySetup();
      sandbox.#timelineStart = sandbox.#timeline.sequence;
      sandbox.#desk.reopen(snapshot?.terminals ?? []);
      return sandbox;
    } catch (error) {
      await sandbox.close();
      throw error;
    }
  }

  get #shownAs(): string {
    return this.#spec.namespace ?? "default";
  }

  #createTimeline(after: number): WatchedTimeline {
    return new WatchedTimeline({
      api: this.#operator,
      namespace: this.#namespace,
      shownAs: this.#shownAs,
      now: () => this.#clock.now(),
      sleep: (ms, signal) => this.#clock.sleep(ms, signal),
      after,
      onRecord: (record) => {
        for (const listener of this.#timelineListeners) listener(record);
        this.#desk.changed();
      },
    });
  }

  #createWorkstation(home: DirectoryTree | undefined, openEditor: OpenEditor): Workstation {
    const kubeconfig = learnerKubeconfig(this.#access, this.#namespace);
    const workstation = createWorkstation({
      clock: this.#clock,
      network: forwardedNetwork({
        view: { objects: (resource) => this.#timeline.objects(resource) },
        transport: () => this.#learner,
        namespace: () => this.#namespace,
        aliases: [this.#shownAs],
      }),
      connect: this.#options.connectLearner,
      kubeconfig,
      openEditor,
      ...(home === undefined ? { files: this.#spec.files } : { home }),
    });
    // Tokens of then have run out.
    if (home !== undefined) writeOwned(workstation.home, "/.kube/config", kubeconfig, 0o600);
    return workstation;
  }

  /** Puts a new token into the learner's kubeconfig before the old one runs out. */
  #renewLater(expires: number): void {
    if (!Number.isFinite(expires)) return;
    const wait = Math.min(Math.max((expires - this.#clock.now()) * TOKEN_LIFE, 1000), LONGEST_TIMER_MS);
    this.#clock.sleep(wait, this.#closing.signal).then(
      async () => {
        try {
          const { token, expires: next } = await learnerToken(this.#operator, this.#namespace);
          const old = this.#access.token ?? "";
          this.#access = learnerAccess(this.#options.operator, token);
          this.#learner.close();
          this.#learner = await this.#options.connectLearner(this.#access);
          const { home } = this.#desk.workstation;
          if (home.exists("/.kube/config"))
            home.writeFile("/.kube/config", home.readText("/.kube/config").replaceAll(old, token));
          this.#renewLater(next);
        } catch (error) {
          this.#options.onBug("the renewal of a learner's token", error);
        }
      },
      () => undefined,
    );
  }

  async #applySetup(): Promise<void> {
    const { setup } = this.#spec;
    if (setup === undefined) return;
    await this.#desk.applySetup(setup);
    await this.#settled(this.#options.setupLimitMs);
  }

  /** Resolves when nothing is on its way, or after `limitMs`. */
  async #settled(limitMs: number): Promise<void> {
    const until = this.#clock.now() + limitMs;
    while (this.#busy() && this.#clock.now() < until) await this.#clock.sleep(QUIET_MS / 2, this.#closing.signal);
  }

  #busy(): boolean {
    return isBusy(this.#timeline) || this.#clock.now() - this.#timeline.heardAt < QUIET_MS;
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
      read: async (since) => this.#timeline.since(since),
      watch: (listener) => {
        this.#timelineListeners.add(listener);
        return () => this.#timelineListeners.delete(listener);
      },
    };
  }

  /** The cluster itself is what clients reach; this server is not in between. */
  async kubeConfig(): Promise<string> {
    return learnerKubeconfig(this.#access, this.#namespace);
  }

  /** As the learner. The lesson's namespace means the learner's own, both ways. */
  async api(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<ApiAnswer> {
    const asked = path.replace(/\/namespaces\/([^/?]+)/, (whole, name: string) =>
      name === this.#shownAs ? `/namespaces/${this.#namespace}` : whole,
    );
    const sent = body !== null && typeof body === "object" ? this.#outward(body as KubeObject) : body;
    const answer = await new ClusterApi(this.#learner).request(method, asked, sent, contentType);
    return { status: answer.status, body: this.#inward(answer.body) };
  }

  #outward(object: KubeObject): KubeObject {
    return object.metadata?.namespace === this.#shownAs ? renamed(object, this.#namespace) : object;
  }

  #inward(body: unknown): unknown {
    if (body === null || typeof body !== "object") return body;
    const object = body as KubeObject & { readonly items?: readonly KubeObject[] };
    const own = object.metadata?.namespace === this.#namespace ? renamed(object, this.#shownAs) : object;
    return object.items === undefined ? own : { ...own, items: object.items.map((item) => this.#inward(item)) };
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

  run(script: string, options?: Parameters<Sandbox["run"]>[1]): Promise<CommandResult> {
    return this.#desk.run(script, options);
  }

  /** What the promise gives within `ms`; undefined where that passes first. */
  async #within<Value>(promise: Promise<Value>, ms: number): Promise<Value | undefined> {
    const timeout = new AbortController();
    const passed = this.#clock.sleep(ms, timeout.signal).then(
      () => undefined,
      () => undefined,
    );
    try {
      return await Promise.race([promise, passed]);
    } finally {
      timeout.abort();
      promise.catch(() => undefined);
    }
  }

  async exec(
    target: Parameters<Sandbox["exec"]>[0],
    command: readonly string[],
    timeoutMs: number,
  ): Promise<CommandResult> {
    const query = new URLSearchParams({ stdout: "true", stderr: "true" });
    if (target.container !== undefined) query.set("container", target.container);
    for (const word of command) query.append("command", word);
    const namespace = target.namespace === this.#shownAs ? this.#namespace : target.namespace;
    const started = this.#clock.now();
    const result = (parts: Partial<CommandResult>): CommandResult => ({
      stdout: "",
      stderr: "",
      exitCode: 1,
      ms: this.#clock.now() - started,
      timedOut: false,
      ...parts,
    });
    const stop = new AbortController();
    const running = (async (): Promise<CommandResult> => {
      const path = `/api/v1/namespaces/${namespace}/pods/${target.pod}/exec?${query}`;
      const session = await this.#learner.openProcess(path, stop.signal);
      const [stdout, stderr, status] = await Promise.all([
        textOf(session.stdout),
        textOf(session.stderr),
        session.status,
      ]);
      const cause = status.details?.causes?.find((each) => each.reason === "ExitCode")?.message;
      const exitCode = status.status === "Success" ? 0 : Number(cause ?? 1);
      return result({
        stdout,
        stderr: stderr || (exitCode !== 0 && cause === undefined ? (status.message ?? "") : ""),
        exitCode,
      });
    })().catch((error: unknown) => result({ stderr: (error as Error).message }));
    const done = await this.#within(running, timeoutMs);
    stop.abort();
    return done ?? result({ exitCode: 124, timedOut: true });
  }

  async activity(): Promise<Activity> {
    return { now: this.#clock.now(), speed: 1, busy: this.#busy(), waiting: [], faults: [] };
  }

  async setSpeed(speed: number): Promise<void> {
    if (speed !== 1) refuse("its time cannot be changed");
  }
  async setNodePower(): Promise<void> {
    refuse("its nodes cannot be stopped from here");
  }
  async inject(): Promise<string | undefined> {
    return "this sandbox is a namespace on a real cluster: nothing can be broken on purpose there";
  }
  heal(): Promise<string | undefined> {
    return this.inject();
  }
  strike(): Promise<string | undefined> {
    return this.inject();
  }
  async advance(): Promise<never> {
    return refuse("it follows real time; only a fork's time can be advanced");
  }
  async fork(): Promise<Sandbox> {
    return refuse("it cannot be copied; this needs a sandbox that can fork");
  }

  /** Files and terminals. The objects are kept by their cluster. */
  async snapshot(): Promise<Uint8Array> {
    const value: KubeconfigSnapshot = {
      version: 1,
      provider: "kubeconfig",
      namespace: this.#namespace,
      home: this.#desk.home,
      terminals: this.#desk.terminalSnapshots,
    };
    return encodeSnapshot(value);
  }

  async reset(to: ResetPoint): Promise<void> {
    switch (to.kind) {
      case "files":
        return this.#desk.writeFiles(this.#spec.files);
      case "start":
        return this.#startAgain();
      case "snapshot":
        refuse("its objects cannot be put back to an earlier state");
    }
  }

  /** The namespace is deleted and made anew: everything in it goes, as does the learner's home. */
  async #startAgain(): Promise<void> {
    const sequence = this.#timeline.sequence;
    this.#tearDown();
    await removePlace(this.#operator, this.#namespace, this.#closing.signal);
    await makePlace(this.#operator, this.#namespace);
    const { token } = await learnerToken(this.#operator, this.#namespace);
    this.#access = learnerAccess(this.#options.operator, token);
    this.#learner = await this.#options.connectLearner(this.#access);
    this.#timeline = this.#createTimeline(sequence);
    this.#desk.moveTo((openEditor) => this.#createWorkstation(undefined, openEditor));
    await this.#timeline.start();
    await this.#applySetup();
    this.#timelineStart = this.#timeline.sequence;
    this.#desk.reopen();
    this.#desk.changed();
  }

  #tearDown(): void {
    this.#timeline.stop();
    this.#desk.tearDown();
    this.#learner.close();
  }

  onChanged(listener: () => void): () => void {
    return this.#desk.onChanged(listener);
  }

  /** Leaves the namespace as it is. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#timeline.stop();
    this.#desk.close();
    this.#learner.close();
    this.#operator.transport.close();
  }
}

async function textOf(reader: ByteReader | undefined): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of reader ?? []) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}
