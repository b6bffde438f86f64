/** The embedded cluster under a virtual clock, with our kubectl in a machine of its own. */
import { type VirtualClock, virtualClock } from "../../../lib/clock/index.ts";
import { createImages } from "../../../lib/images/index.ts";
import { connectInProcess, createKubectl } from "../../../lib/kubectl/index.ts";
import { events, namespaces, serviceAccounts } from "../../../lib/kubernetes/api/resources.ts";
import { createCluster } from "../../../lib/kubernetes/cluster.ts";
import type { Cluster, Fault, Incident, NodeOptions, TimelineEntry } from "../../../lib/kubernetes/cluster.types.ts";
import {
  createMachine,
  loopbackNetwork,
  type Machine,
  memoryFileSystem,
  standardRootTree,
} from "../../../lib/machine/index.ts";
import { tools } from "../../integration/tools.ts";
import type { Scenario } from "./format.ts";
import type { OpenWatch, Outcome, RawAnswer, RawRequest, SeenChange, SeenEvent, Target } from "./target.ts";

const SERVER = "https://127.0.0.1:6443";
const NAMESPACE = "scenario";
/** A command that takes longer (cluster time, ms) does not end. */
const COMMAND_LIMIT_MS = 3_600_000;
const SETTLE_LIMIT_MS = 3_600_000;
/** What waits no longer than this is on its way; what waits longer is a back-off or a schedule (ms). */
const SHORT_WAIT_MS = 5_000;
const PERIODIC = /: probes of |BackOff|back-off/i;

const images = createImages(tools);
const decoder = new TextDecoder();

export class EmbeddedTarget implements Target {
  readonly namespace = NAMESPACE;
  readonly cluster: Cluster;
  readonly #clock: VirtualClock;
  readonly #bugs: unknown[];
  readonly #machine: Machine;
  readonly #program: ReturnType<typeof createKubectl>;
  #mark = 0;

  private constructor(cluster: Cluster, clock: VirtualClock, bugs: unknown[], files: Readonly<Record<string, string>>) {
    this.cluster = cluster;
    this.#clock = clock;
    this.#bugs = bugs;
    this.#program = createKubectl({ connect: connectInProcess(cluster, SERVER) });
    const tree = standardRootTree(["kubectl", "diff"]);
    this.#machine = createMachine({
      clock,
      hostname: "box",
      root: memoryFileSystem({ clock, tree, source: "overlay", fileSystemType: "overlay" }),
      network: loopbackNetwork(),
      programs: new Map([...tools, ["kubectl", this.#program]]),
    });
    const folder = this.#machine.files;
    folder.makeDirectory("/workspace", { recursive: true });
    folder.writeFile("/workspace/config", kubeconfig(cluster.adminToken));
    for (const [name, text] of Object.entries(files)) {
      if (name.includes("/"))
        folder.makeDirectory(`/workspace/${name.slice(0, name.lastIndexOf("/"))}`, { recursive: true });
      folder.writeFile(`/workspace/${name}`, text);
    }
  }

  static async open({ nodes = 1, latencies, addOns, files = {} }: Scenario): Promise<EmbeddedTarget> {
    const clock = virtualClock({ seed: 1 });
    const bugs: unknown[] = [];
    const cluster = createCluster({
      images,
      clock,
      latencies,
      ...(addOns === undefined ? {} : { addOns }),
      nodes:
        typeof nodes === "number"
          ? Array.from({ length: nodes }, (_, index) => ({ name: `node-${index + 1}` }))
          : (nodes as readonly NodeOptions[]),
      onBug: (where, error) => bugs.push(`${where}: ${error instanceof Error ? error.stack : String(error)}`),
    });
    await cluster.ready();
    cluster.client.create(namespaces, { metadata: { name: NAMESPACE } });
    await clock.runUntil(() => cluster.client.find(serviceAccounts, NAMESPACE, "default") !== undefined, 60_000);
    const target = new EmbeddedTarget(cluster, clock, bugs, files);
    await target.settle();
    target.mark();
    return target;
  }

  async kubectl(
    args: readonly string[],
    { stdin, interruptMs }: { stdin?: string; interruptMs?: number },
  ): Promise<Outcome> {
    const out: string[] = [];
    const err: string[] = [];
    const collect = (parts: string[]) => {
      const chunks = new TextDecoder();
      return {
        write: async (data: Uint8Array | string) => {
          parts.push(typeof data === "string" ? data : chunks.decode(data, { stream: true }));
        },
        close: () => undefined,
      };
    };
    let given = stdin === undefined ? null : new TextEncoder().encode(stdin);
    const input = {
      read: async () => {
        const chunk = given;
        given = null;
        return chunk;
      },
      close: () => undefined,
      async *[Symbol.asyncIterator]() {
        if (given !== null) yield given;
      },
    };
    const child = this.#machine.spawn({
      argv: ["kubectl", "--kubeconfig", "/workspace/config", ...args],
      program: this.#program,
      cwd: "/workspace",
      env: { HOME: "/workspace", PATH: "/bin" },
      stdin: input,
      stdout: collect(out),
      stderr: collect(err),
    });
    let code: number | undefined;
    child.exited.then((status) => {
      code = status.code;
    });
    const ended = () => code !== undefined;
    if (!(await this.#clock.runUntil(ended, interruptMs ?? COMMAND_LIMIT_MS))) {
      if (interruptMs === undefined)
        throw new Error(`does not end: kubectl ${args.join(" ")}\n${out.join("")}${err.join("")}`);
      child.kill("SIGINT");
      await this.#clock.runUntil(ended, 1000);
    }
    return { stdout: out.join(""), stderr: err.join(""), exitCode: code ?? -1 };
  }

  async request(request: RawRequest): Promise<RawAnswer> {
    const { pathname, searchParams } = new URL(request.path, SERVER);
    let answer: RawAnswer | undefined;
    let failure: unknown;
    const run = async (): Promise<void> => {
      const { status, headers, body } = await this.cluster.handle({
        method: request.method,
        path: decodeURI(pathname),
        query: searchParams,
        headers: { authorization: `Bearer ${this.cluster.adminToken}`, ...request.headers },
        ...(request.body === undefined ? {} : { body: new TextEncoder().encode(request.body) }),
      });
      let text = "";
      if (typeof body === "string") text = body;
      else if (body instanceof Uint8Array) text = decoder.decode(body);
      else for await (const chunk of body) text += typeof chunk === "string" ? chunk : decoder.decode(chunk);
      answer = { status, headers, text };
    };
    run().catch((error: unknown) => {
      failure = error;
    });
    await this.#clock.runUntil(() => answer !== undefined || failure !== undefined, COMMAND_LIMIT_MS);
    if (answer === undefined) throw failure ?? new Error(`no answer: ${request.method} ${request.path}`);
    return answer;
  }

  async watch(path: string, headers: Readonly<Record<string, string>>): Promise<OpenWatch> {
    const { pathname, searchParams } = new URL(path, SERVER);
    const abort = new AbortController();
    const seen: unknown[] = [];
    let ended = false;
    let rest = "";
    const take = (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") seen.push(JSON.parse(line));
    };
    const run = async (): Promise<void> => {
      const { body } = await this.cluster.handle({
        method: "GET",
        path: pathname,
        query: searchParams,
        headers: { authorization: `Bearer ${this.cluster.adminToken}`, ...headers },
        signal: abort.signal,
      });
      if (typeof body === "string" || body instanceof Uint8Array)
        take(`${typeof body === "string" ? body : decoder.decode(body)}\n`);
      else for await (const chunk of body) take(typeof chunk === "string" ? chunk : decoder.decode(chunk));
    };
    run()
      .catch((error: unknown) => this.#bugs.push(error))
      .finally(() => {
        ended = true;
      });
    await this.#clock.settle();
    return {
      take: () => seen.splice(0),
      get ended() {
        return ended;
      },
      close: () => abort.abort(),
    };
  }

  async advance(ms: number): Promise<void> {
    await this.#clock.advance(ms);
  }

  async settle(): Promise<void> {
    const calm = () => {
      const { busy, waiting } = this.cluster.activity();
      const soon = this.#clock.now() + SHORT_WAIT_MS;
      return !busy && !waiting.some(({ reason, until }) => until <= soon && !PERIODIC.test(reason));
    };
    if (await this.#clock.runUntil(calm, SETTLE_LIMIT_MS)) return;
    throw new Error(`does not settle: ${JSON.stringify(this.cluster.activity())}`);
  }

  async until(check: () => Promise<boolean>, limitMs: number): Promise<boolean> {
    const limit = this.#clock.now() + limitMs;
    for (;;) {
      if (await check()) return true;
      const seen = this.cluster.timeline.at(-1)?.sequence;
      const left = limit - this.#clock.now();
      if (left <= 0) return false;
      if (!(await this.#clock.runUntil(() => this.cluster.timeline.at(-1)?.sequence !== seen, left))) return check();
    }
  }

  async history(resource: string): ReturnType<Target["history"]> {
    const entries = this.cluster.timeline
      .filter((entry) => isOf(entry, resource))
      .filter(({ namespace }) => namespace === undefined || namespace === this.namespace);
    return {
      changes: entries.map(({ type, object }) => ({ type, object }) as unknown as SeenChange),
      marked: entries.filter(({ sequence }) => sequence <= this.#mark).length,
    };
  }

  mark(): void {
    this.#mark = this.cluster.timeline.at(-1)?.sequence ?? 0;
  }

  async events(): Promise<readonly SeenEvent[]> {
    const order: string[] = [];
    for (const entry of this.cluster.timeline)
      if (entry.type === "ADDED" && isOf(entry, "events")) order.push(entry.object.metadata.uid ?? "");
    return this.cluster.client
      .list(events)
      .filter(({ involvedObject: { namespace } }) => [undefined, "", this.namespace].includes(namespace))
      .sort((a, b) => order.indexOf(a.metadata.uid ?? "") - order.indexOf(b.metadata.uid ?? ""))
      .map(({ involvedObject, type = "", reason = "", message = "", count, series }) => ({
        kind: involvedObject.kind ?? "",
        name: involvedObject.name ?? "",
        type,
        reason,
        message,
        count: series?.count ?? count ?? 1,
      }));
  }

  power(node: string, on: boolean): void {
    this.cluster.setNodePower(node, on);
  }

  fault(step: { readonly inject: Fault } | { readonly heal: Fault } | { readonly strike: Incident }): void {
    if ("inject" in step) this.cluster.inject(step.inject);
    else if ("heal" in step) this.cluster.heal(step.heal);
    else this.cluster.strike(step.strike);
  }

  bugs(): readonly unknown[] {
    return this.#bugs;
  }

  async close(): Promise<void> {
    this.#machine.shutDown();
    this.cluster.close();
  }
}

const isOf = ({ resource: full }: TimelineEntry, resource: string) =>
  full === resource || full.startsWith(`${resource}.`);

function kubeconfig(token: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "c",
    clusters: [{ name: "c", cluster: { server: SERVER } }],
    users: [{ name: "u", user: { token } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u", namespace: NAMESPACE } }],
  });
}
