/** One run of helm: its process, flags and arguments, and (made when first needed) the way to the cluster. */
import type { Command } from "../kubectl/command.ts";
import { GLOBAL_FLAGS } from "../kubectl/flags/common.ts";
import { Flags } from "../kubectl/flags/parse.ts";
import { Invocation, type KubectlOptions, type SharedCache } from "../kubectl/invocation.ts";
import { klogLine } from "../kubectl/klog.ts";
import type { Process } from "../machine/index.ts";
import { type Running, runPaying } from "../template/index.ts";
import type { HelmCommand } from "./command.ts";
import { formatTime } from "./sprig/dates.ts";

/** kubectl's client asks for a command; none of its parts is used. */
const NO_COMMAND: Command = { name: "helm", short: "" };

/** kubectl's client, with warnings as client-go logs them where nobody handles them. */
class HelmInvocation extends Invocation {
  override warn(text: string): void {
    void this.err(klogLine(this, "W", "warnings.go:70", text));
  }
}

export class HelmRun {
  readonly process: Process;
  readonly command: HelmCommand;
  /** "helm get values". */
  readonly path: string;
  readonly flags: Flags;
  readonly args: readonly string[];
  readonly root: HelmCommand;
  readonly #options: KubectlOptions;
  readonly #cache: SharedCache;
  #invocation: Invocation | undefined;

  constructor(init: {
    readonly process: Process;
    readonly command: HelmCommand;
    readonly path: string;
    readonly flags: Flags;
    readonly args: readonly string[];
    readonly root: HelmCommand;
    readonly options: KubectlOptions;
    readonly cache: SharedCache;
  }) {
    this.process = init.process;
    this.command = init.command;
    this.path = init.path;
    this.flags = init.flags;
    this.args = init.args;
    this.root = init.root;
    this.#options = init.options;
    this.#cache = init.cache;
  }

  readonly #cancelled = new AbortController();
  /** Aborted when the person gave up (Ctrl-C) on an operation that is told of it. */
  get cancelled(): AbortSignal {
    return this.#cancelled.signal;
  }
  /** From here on Ctrl-C ends what is waited for, and what was begun is recorded as failed. */
  cancelOnInterrupt(name: string): void {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      this.process.onSignal(signal, () => {
        if (this.#cancelled.signal.aborted) return;
        void this.out(`Release ${name} has been cancelled.\n`);
        this.#cancelled.abort();
      });
    }
  }

  get now(): number {
    return this.process.clock.now();
  }
  readonly random = (): number => this.process.clock.random();
  async out(text: string): Promise<void> {
    if (text !== "") await this.process.stdout.write(text);
  }
  async err(text: string): Promise<void> {
    if (text !== "") await this.process.stderr.write(text);
  }
  /** What Go's log package writes to stderr. */
  readonly log = (text: string): void => {
    void this.err(`${formatTime({ ms: this.now, zone: "UTC" }, "2006/01/02 15:04:05")} ${text}\n`);
  };
  /** With --debug only. */
  readonly debug = (text: string): void => {
    if (this.flags.bool("debug")) void this.err(`${text}\n`);
  };
  /** Runs templates, paying for them. */
  rendering<T>(running: Running<T>): Promise<T> {
    return runPaying(running, (units) => this.process.spend(units));
  }

  #setting(flag: string, variable: string): string {
    return (this.flags.has(flag) ? this.flags.string(flag) : "") || (this.process.env.get(variable) ?? "");
  }
  /** kubectl's client for the cluster in use. */
  get kubectl(): Invocation {
    if (this.#invocation !== undefined) return this.#invocation;
    const flags = new Flags(GLOBAL_FLAGS);
    const settings: readonly (readonly [string, string])[] = [
      ["namespace", this.#setting("namespace", "HELM_NAMESPACE")],
      ["context", this.#setting("kube-context", "HELM_KUBECONTEXT")],
      ["kubeconfig", this.flags.has("kubeconfig") ? this.flags.string("kubeconfig") : ""],
      ["server", this.#setting("kube-apiserver", "HELM_KUBEAPISERVER")],
      ["token", this.#setting("kube-token", "HELM_KUBETOKEN")],
      ["as", this.#setting("kube-as-user", "HELM_KUBEASUSER")],
      ["certificate-authority", this.#setting("kube-ca-file", "HELM_KUBECAFILE")],
      ["tls-server-name", this.#setting("kube-tls-server-name", "HELM_KUBETLS_SERVER_NAME")],
    ];
    for (const [name, value] of settings) if (value !== "") flags.set(name, value);
    if (this.flags.bool("kube-insecure-skip-tls-verify")) flags.set("insecure-skip-tls-verify", "true");
    for (const group of this.flags.has("kube-as-group") ? this.flags.list("kube-as-group") : [])
      flags.set("as-group", group);
    this.#invocation = new HelmInvocation({
      process: this.process,
      command: NO_COMMAND,
      path: "helm",
      flags,
      args: [],
      dash: -1,
      options: this.#options,
      root: NO_COMMAND,
      cache: this.#cache,
    });
    return this.#invocation;
  }
  get namespace(): string {
    return this.kubectl.namespace;
  }
  async close(): Promise<void> {
    await this.#invocation?.close();
  }
}
