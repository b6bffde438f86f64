/** A real cluster, with the kubectl on the PATH. Time is real there, and histories are what watches tell. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Scenario } from "./format.ts";
import type { OpenWatch, Outcome, RawAnswer, RawRequest, SeenChange, SeenEvent, Target } from "./target.ts";

/** More waiting than this (ms) is not done for real. */
const PATIENCE_MS = 5 * 60_000;
/** Nothing has changed for so long (ms): it is calm. */
const CALM_MS = 4_000;
const SETTLE_LIMIT_MS = 5 * 60_000;
const POLL_MS = 300;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function execute(
  config: string,
  args: readonly string[],
  options: { stdin?: string; cwd?: string; interruptMs?: number } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      "kubectl",
      ["--kubeconfig", config, ...args],
      {
        maxBuffer: 64 * 1024 * 1024,
        timeout: options.interruptMs ?? SETTLE_LIMIT_MS,
        killSignal: "SIGINT",
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      },
      (error, stdout, stderr) =>
        resolve({ stdout, stderr, exitCode: error === null ? 0 : typeof error.code === "number" ? error.code : 1 }),
    );
    child.stdin?.end(options.stdin ?? "");
  });
}

/** Why a scenario cannot run there; undefined where it can. */
export async function whyNotReal(scenario: Scenario, config: string): Promise<string | undefined> {
  if (scenario.embeddedOnly !== undefined) return scenario.embeddedOnly;
  if (scenario.steps.some((step) => "node" in step || "fault" in step)) return "it breaks things on purpose";
  if (typeof scenario.nodes === "object") return "it needs nodes made to measure";
  const waiting = scenario.steps.reduce((sum, step) => sum + ("advance" in step ? step.advance : 0), 0);
  if (waiting > PATIENCE_MS) return `it waits for ${waiting / 60_000} minutes`;
  if (scenario.nodes !== undefined) {
    const { stdout } = await execute(config, ["get", "nodes", "-o", "name"]);
    const count = stdout.trim().split("\n").length;
    if (count !== scenario.nodes) return `it needs ${scenario.nodes} nodes, the cluster has ${count}`;
  }
  return undefined;
}

export async function openRealTarget(scenario: Scenario, config: string): Promise<Target> {
  const target = new RealTarget(scenario, config);
  await target.start();
  return target;
}

class RealTarget implements Target {
  readonly namespace = `scenario-${process.pid}-${Date.now().toString(36)}`;
  readonly #scenario: Scenario;
  readonly #original: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "scenario-"));
  readonly #config = join(this.#folder, "config");
  readonly #children: ChildProcess[] = [];
  readonly #histories = new Map<string, { changes: SeenChange[]; mark: number }>();
  #proxy = 0;

  constructor(scenario: Scenario, config: string) {
    this.#scenario = scenario;
    this.#original = config;
    for (const [name, text] of Object.entries(scenario.files ?? {})) {
      mkdirSync(dirname(join(this.#folder, name)), { recursive: true });
      writeFileSync(join(this.#folder, name), text);
    }
  }

  async start(): Promise<void> {
    const view = await execute(this.#original, ["config", "view", "--flatten", "--minify", "-o", "json"]);
    if (view.exitCode !== 0) throw new Error(view.stderr);
    writeFileSync(this.#config, view.stdout, { mode: 0o600 });
    await this.#must(["create", "namespace", this.namespace]);
    await this.#must(["config", "set-context", "--current", `--namespace=${this.namespace}`]);
    for (let tries = 0; tries < 100; tries++) {
      if ((await execute(this.#config, ["get", "serviceaccount", "default"])).exitCode === 0) break;
      await pause(POLL_MS);
    }
    await this.#startProxy();
    for (const step of this.#scenario.steps)
      if ("history" in step && !this.#histories.has(step.history.resource)) this.#follow(step.history.resource);
  }

  async #must(args: readonly string[]): Promise<Outcome> {
    const outcome = await execute(this.#config, args);
    if (outcome.exitCode !== 0) throw new Error(`kubectl ${args.join(" ")}: ${outcome.stderr}`);
    return outcome;
  }

  async #startProxy(): Promise<void> {
    const child = spawn("kubectl", ["--kubeconfig", this.#config, "proxy", "--port=0"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#children.push(child);
    this.#proxy = await new Promise((resolve, reject) => {
      child.on("exit", (code) => reject(new Error(`kubectl proxy ended with ${code}`)));
      child.stdout.on("data", (data: Buffer) => {
        const port = /:(\d+)\s*$/.exec(data.toString())?.[1];
        if (port !== undefined) resolve(Number(port));
      });
    });
  }

  #follow(resource: string): void {
    const changes: SeenChange[] = [];
    this.#histories.set(resource, { changes, mark: 0 });
    const args = ["get", resource, "--watch", "--output-watch-events", "-o", "json"];
    const child = spawn("kubectl", ["--kubeconfig", this.#config, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    this.#children.push(child);
    let text = "";
    child.stdout.on("data", (data: Buffer) => {
      text += data.toString();
      // One event a line.
      for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n")) {
        changes.push(JSON.parse(text.slice(0, end)) as SeenChange);
        text = text.slice(end + 1);
      }
    });
  }

  kubectl(args: readonly string[], options: { stdin?: string; interruptMs?: number }): Promise<Outcome> {
    return execute(this.#config, args, { ...options, cwd: this.#folder });
  }

  request(request: RawRequest): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      const { method, path } = request;
      // Node sends no length with the body of a DELETE by itself.
      const length = request.body === undefined ? {} : { "content-length": String(Buffer.byteLength(request.body)) };
      const headers = { ...request.headers, ...length };
      const sent = httpRequest({ host: "127.0.0.1", port: this.#proxy, method, path, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(Object.entries(response.headers).map(([key, value]) => [key, String(value)])),
            text,
          }),
        );
      });
      sent.on("error", reject);
      sent.end(request.body);
    });
  }

  async watch(path: string, headers: Readonly<Record<string, string>>): Promise<OpenWatch> {
    const seen: unknown[] = [];
    let rest = "";
    let ended = false;
    const sent = httpRequest({ host: "127.0.0.1", port: this.#proxy, path, headers }, (response) => {
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) if (line !== "") seen.push(JSON.parse(line));
      });
      response.on("close", () => {
        ended = true;
      });
    });
    sent.on("error", () => {
      ended = true;
    });
    sent.end();
    await pause(POLL_MS);
    return {
      take: () => seen.splice(0),
      get ended() {
        return ended;
      },
      close: () => sent.destroy(),
    };
  }

  advance(ms: number): Promise<void> {
    return pause(ms);
  }

  async settle(): Promise<void> {
    const kinds = "all,configmaps,secrets,persistentvolumeclaims,endpointslices,poddisruptionbudgets,resourcequotas";
    const look = async () => (await execute(this.#config, ["get", kinds, "-o", "yaml"])).stdout;
    const started = Date.now();
    let [last, since] = [await look(), Date.now()];
    while (Date.now() - since < CALM_MS) {
      if (Date.now() - started > SETTLE_LIMIT_MS) throw new Error("does not settle");
      await pause(POLL_MS);
      const now = await look();
      if (now !== last) [last, since] = [now, Date.now()];
    }
  }

  async until(check: () => Promise<boolean>, limitMs: number): Promise<boolean> {
    const limit = Date.now() + limitMs;
    for (;;) {
      if (await check()) return true;
      if (Date.now() > limit) return false;
      await pause(POLL_MS);
    }
  }

  async history(resource: string): ReturnType<Target["history"]> {
    await pause(POLL_MS);
    const { changes = [], mark = 0 } = this.#histories.get(resource) ?? {};
    return { changes, marked: mark };
  }

  mark(): void {
    for (const history of this.#histories.values()) history.mark = history.changes.length;
  }

  async events(): Promise<readonly SeenEvent[]> {
    const { stdout } = await this.#must(["get", "events", "--all-namespaces", "-o", "json"]);
    interface Told {
      readonly metadata: { readonly name: string; readonly creationTimestamp: string };
      readonly involvedObject: { readonly kind: string; readonly name: string; readonly namespace?: string };
      readonly type: string;
      readonly reason: string;
      readonly message: string;
      readonly count?: number;
      readonly series?: { readonly count: number };
      readonly firstTimestamp: string | null;
      readonly eventTime: string | null;
    }
    const when = (event: Told) => event.eventTime ?? event.firstTimestamp ?? event.metadata.creationTimestamp;
    return (JSON.parse(stdout) as { items: Told[] }).items
      .filter(({ involvedObject: { namespace = "" } }) => namespace === "" || namespace === this.namespace)
      .map((event) => ({ event, key: `${when(event).slice(0, 19)} ${event.metadata.name.split(".").at(-1)}` }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ event: { involvedObject, type, reason, message, count, series } }) => ({
        kind: involvedObject.kind,
        name: involvedObject.name,
        type,
        reason,
        message,
        count: series?.count ?? count ?? 1,
      }));
  }

  power(): void {
    throw new Error("nodes of a real cluster are not switched off");
  }

  fault(): void {
    throw new Error("a real cluster is not broken on purpose");
  }

  bugs(): readonly unknown[] {
    return [];
  }

  async close(): Promise<void> {
    for (const child of this.#children) {
      child.removeAllListeners("exit");
      child.kill();
    }
    for (const name of this.#scenario.cleanup ?? [])
      await execute(this.#config, ["delete", name, "--ignore-not-found", "--wait=false"]);
    await execute(this.#config, ["delete", "namespace", this.namespace, "--wait=false"]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
