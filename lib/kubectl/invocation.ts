/** One run of kubectl: its process, flags and arguments, and (made when first needed) the way to the cluster. */
import { formatDuration, quote } from "../encoding/index.ts";
import type { Process } from "../machine/index.ts";
import { ResourceMap } from "./client/discovery.ts";
import {
  answersDirectory,
  cacheDirectory,
  discoveredOf,
  readDiscovered,
  resourcesOf,
  writeDiscovered,
  writtenAt,
} from "./client/disk-cache.ts";
import { keepAnswer } from "./client/http-cache.ts";
import { LogLevels } from "./client/log-levels.ts";
import type { RequestLog } from "./client/request-log.ts";
import { ANY_ACCEPT, asUnreachable, genericError, type RequestLimit, Rest } from "./client/rest.ts";
import { checkVersion } from "./client/version.ts";
import type { Command } from "./command.ts";
import type { OpenEditor } from "./editor.ts";
import { ApiError, CommandError, PrintError, UnreachableError } from "./errors.ts";
import { booleanOf, type Flags } from "./flags/parse.ts";
import { klogLine, logValue } from "./klog.ts";
import {
  configPaths,
  type KubeConfig,
  loadConfig,
  type NamespaceScope,
  namespaceScope,
  type ResolvedContext,
  resolveContext,
  startingConfig,
} from "./kubeconfig/index.ts";
import { pluginAccess } from "./kubeconfig/plugin.ts";
import { promptForUser } from "./kubeconfig/prompt.ts";
import type { JsonObject } from "./object.ts";
import { type ClusterAccess, type Connect, type Transport, TransportError } from "./transport.ts";

export interface KubectlOptions {
  /** Makes the transport for the kubeconfig entry in use. */
  readonly connect: Connect;
  /** The lesson's editor, used where the person set neither `$KUBE_EDITOR` nor `$EDITOR`. Without it vi runs in the machine. */
  readonly openEditor?: OpenEditor;
}

/** What outlives one run: discovery of servers already seen, as upstream caches it on disk. */
export interface SharedCache {
  /** By directory of its files; `time`: when they were written, in ms. */
  readonly maps: Map<string, { readonly map: ResourceMap; readonly time: number }>;
  readonly documents: Map<string, { readonly document: unknown; readonly time: number }>;
}

/** client-go's feature gates, which it logs at -v=6. */
const FEATURES = {
  ClientsAllowCBOR: false,
  ClientsPreferCBOR: false,
  InOrderInformers: true,
  InformerResourceVersion: false,
  WatchListClient: false,
} as const;

/** Commands that decode into types, by a scheme. */
const TAKES_ANY =
  /^kubectl (?:set|rollout|expose|run|logs|exec|attach|port-forward|cp|debug|cluster-info|cordon|uncordon|drain|taint)\b/;

const CACHE_MS = 10 * 60_000;

export class Invocation {
  readonly process: Process;
  readonly command: Command;
  /** "kubectl rollout status". */
  readonly path: string;
  readonly flags: Flags;
  readonly args: readonly string[];
  /** How many arguments stood before `--`; -1 where there was none. */
  readonly dash: number;
  readonly options: KubectlOptions;
  readonly root: Command;
  readonly cache: SharedCache;
  #config: KubeConfig | undefined;
  #context: ResolvedContext | undefined;
  #namespace: NamespaceScope | undefined;
  #rest: Promise<Rest> | undefined;
  #map: ResourceMap | undefined;
  /** The server was asked in this run. */
  #fresh = false;
  readonly levels: LogLevels;
  readonly #warnings = new Set<string>();
  #interrupt: () => void = () => undefined;
  /** Resolves when a signal that the command listens to asked it to end (`interruptible`). */
  readonly interrupted = new Promise<void>((resolve) => {
    this.#interrupt = resolve;
  });

  constructor(
    init: Pick<Invocation, "process" | "command" | "path" | "flags" | "args" | "dash" | "options" | "root" | "cache">,
  ) {
    this.process = init.process;
    this.command = init.command;
    this.path = init.path;
    this.flags = init.flags;
    this.args = init.args;
    this.dash = init.dash;
    this.options = init.options;
    this.root = init.root;
    this.cache = init.cache;
    this.levels = new LogLevels(init.flags);
  }

  interrupt(): void {
    this.#interrupt();
  }

  get now(): number {
    return this.process.clock.now();
  }
  async out(text: string | Promise<string>): Promise<void> {
    let ready: string;
    try {
      ready = typeof text === "string" ? text : await text;
    } catch (error) {
      if (error instanceof PrintError) await this.process.stdout.write(error.output);
      throw error;
    }
    if (ready !== "") await this.process.stdout.write(ready);
  }
  /** Pays for about so many microseconds of work: loops over objects await it, so that others may run. */
  pace(units: number): Promise<void> | void {
    return this.process.spend(Math.ceil(units));
  }
  err(text: string): Promise<void> {
    return text === "" ? Promise.resolve() : this.process.stderr.write(text);
  }
  /** A warning in upstream's form, each text once. */
  warn(text: string): void {
    if (this.#warnings.has(text)) return;
    this.#warnings.add(text);
    const label = this.process.isTerminal(2) ? "\u001b[33;1mWarning:\u001b[0m" : "Warning:";
    void this.err(`${label} ${text}\n`);
  }
  /** A line of client-go's log, where so much is asked for. */
  readonly log = (level: number, place: string, text: string): void => {
    if (this.levels.of(place.replace(/\.go:.*$/, "")) >= level) void this.err(klogLine(this, "I", place, text));
  };
  readonly #logged = new Set<string>();
  /** A line of client-go's log, each text once. */
  logOnce(severity: "I" | "W" | "E", place: string, text: string): void {
    if (this.#logged.has(text)) return;
    this.#logged.add(text);
    void this.err(klogLine(this, severity, place, text));
  }
  get warned(): number {
    return this.#warnings.size;
  }

  /** Wrong use: the message with upstream's pointer to the help. */
  usageError(message: string): CommandError {
    return new CommandError(`${message}\nSee '${this.path} -h' for help and examples`);
  }

  get config(): KubeConfig {
    this.#config ??= this.#told(loadConfig(this.process, this.flags));
    return this.#config;
  }
  /** As commands that change kubeconfigs see it: a file that is not there is an empty one. */
  get startingConfig(): KubeConfig {
    return this.#told(startingConfig(this.process, this.flags));
  }
  /** With the files it came from in the log. */
  #told(config: KubeConfig): KubeConfig {
    const { paths } = configPaths(this.process, this.flags);
    for (const path of paths.filter((one) => this.process.files.exists(one)))
      this.log(6, "loader.go:402", `Config loaded from file:  ${path}`);
    return config;
  }
  get context(): ResolvedContext {
    this.#context ??= resolveContext(this.process, this.flags, this.config);
    return this.#context;
  }
  get #scope(): NamespaceScope {
    this.#namespace ??= namespaceScope(this.process, this.flags, this.config);
    return this.#namespace;
  }
  get namespace(): string {
    return this.#scope.namespace;
  }
  /** True where --namespace was given. */
  get enforceNamespace(): boolean {
    return this.#scope.enforceNamespace;
  }
  /** Throws where the namespace cannot be told: upstream asks for it before it looks at the rest of the command line. */
  checkNamespace(): void {
    void this.#scope;
  }
  /** Throws where server and user cannot be told. */
  checkAccess(): void {
    void this.context;
  }
  rest(): Promise<Rest> {
    this.#rest ??= this.#connect();
    return this.#rest;
  }
  async close(): Promise<void> {
    if (this.#rest !== undefined) await this.#rest.then((rest) => rest.transport.close()).catch(() => undefined);
  }

  get #cacheKey(): string {
    // By server alone, as upstream's directories are: who asks makes no difference to what is served.
    return this.context.access.server;
  }
  get #cacheDirectory(): string {
    return cacheDirectory(this.process, this.flags, this.context.access.server);
  }
  async resources(): Promise<ResourceMap> {
    this.#map ??= this.#kept();
    return this.#map ?? this.refreshResources();
  }
  /** What the files in the person's home say of the server, if they are there and not too old. */
  #kept(): ResourceMap | undefined {
    const directory = this.#cacheDirectory;
    const time = writtenAt(this.process, directory);
    if (time === undefined) return undefined;
    const known = this.cache.maps.get(directory);
    if (known?.time === time && this.levels.of("cached_discovery") < 10) return known.map;
    const found = readDiscovered(this.process, directory, this.log);
    if (found === undefined) return undefined;
    const map = new ResourceMap(resourcesOf(found));
    this.cache.maps.set(directory, { map, time });
    return map;
  }
  /** Asks the server again: it may serve more by now (a new CustomResourceDefinition). */
  async refreshResources(): Promise<ResourceMap> {
    const directory = this.#cacheDirectory;
    let documents: readonly JsonObject[];
    try {
      ({ map: this.#map, documents } = await ResourceMap.load(await this.rest()));
    } catch (error) {
      if (error instanceof UnreachableError) await this.#tellUnreachable(error);
      if (error instanceof ApiError) throw await this.#tellRefused(error);
      throw error;
    }
    this.#fresh = true;
    writeDiscovered(this.process, directory, discoveredOf(this.#map.resources, documents), this.log);
    const time = writtenAt(this.process, directory);
    if (time !== undefined) this.cache.maps.set(directory, { map: this.#map, time });
    return this.#map;
  }
  async #connect(): Promise<Rest> {
    const { access } = await this.#identified();
    const transport = await this.#transport(access);
    const rest = new Rest(
      transport,
      (text) => this.warn(text),
      this.process.signal,
      (units) => this.pace(units),
      {
        ...this.#limit(),
        ...(await this.#log()),
        ...(TAKES_ANY.test(this.path) ? { accept: ANY_ACCEPT } : {}),
        keep: (url, status, headers, body) =>
          keepAnswer(this.process, answersDirectory(this.process, this.flags), url, status, headers, body),
      },
    );
    if (this.flags.global("match-server-version") === "true") await checkVersion(rest);
    return rest;
  }

  /** The context, with who the person says they are where nothing else says it. */
  async #identified(): Promise<ResolvedContext> {
    if (!this.context.promptsForUser) return this.context;
    if (!this.asks) throw new CommandError("EOF");
    const { username, password } = await promptForUser(this.process);
    this.#context = {
      ...this.context,
      access: { ...this.context.access, username, password },
      promptsForUser: false,
    };
    return this.#context;
  }

  async #transport(access: ClusterAccess): Promise<Transport> {
    const { certificateProblem } = this.context;
    try {
      const transport = await this.options.connect(await pluginAccess(this.process, access));
      if (certificateProblem === undefined) return transport;
      transport.close();
      throw new TransportError(certificateProblem);
    } catch (error) {
      throw asUnreachable(error, access.server);
    } finally {
      if (certificateProblem !== undefined)
        this.logOnce(
          "E",
          "cert_rotation.go:172",
          `"Loading client cert failed" err=${quote(certificateProblem)} key="key"`,
        );
    }
  }

  /** --request-timeout as one signal for each request. */
  #limit(): { limit?: () => RequestLimit; timeout?: string } {
    const ms = this.context.timeout;
    if (ms <= 0) return {};
    const { clock } = this.process;
    return {
      timeout: formatDuration(ms),
      limit: () => {
        const controller = new AbortController();
        if (ms < 1) controller.abort();
        const stop = clock.after(ms, () => controller.abort());
        return { signal: controller.signal, stop };
      },
    };
  }

  /** -v and --vmodule: what upstream logs of a start, and of each request. */
  async #log(): Promise<{ log?: RequestLog }> {
    const level = this.levels.of("round_trippers");
    if (level < 6) return {};
    const line = (place: string, text: string) => this.err(klogLine(this, "I", place, text));
    for (const [feature, enabled] of Object.entries(FEATURES))
      this.log(6, "envvar.go:172", `"Feature gate default state" feature="${feature}" enabled=${enabled}`);
    const bodies = this.levels.of("request");
    return { log: { level, bodies, line, now: () => this.now, authorized: this.context.access.token !== undefined } };
  }
  /** False: nobody is there to answer (completion). */
  asks = true;
  /** How often upstream asks before it gives up, and logs that it could not; commands know better. */
  discoveryAttempts = 5;

  async #tellUnreachable(error: UnreachableError): Promise<void> {
    const { server } = this.context.access;
    const words = `couldn't get current server API group list: ${error.message.startsWith("Get ") ? error.message : `Get ${quote(`${server}/api?timeout=32s`)}: ${error.message}`}`;
    const line = klogLine(this, "E", "memcache.go:265", `"Unhandled Error" err=${logValue(words)}`);
    for (let attempt = 0; attempt < this.discoveryAttempts; attempt++) {
      // Each attempt runs the plugin, which may say something itself.
      if (attempt > 0 && this.context.access.exec !== undefined)
        await this.#transport(this.context.access).catch(() => undefined);
      await this.err(line);
    }
  }
  /** Discovery does not read what the server says of a refusal: the words are client-go's own. */
  async #tellRefused(error: ApiError): Promise<ApiError> {
    const generic = genericError(error.status.code ?? 500, "");
    const words = `couldn't get current server API group list: ${generic.message}`;
    const line = klogLine(this, "E", "memcache.go:265", `"Unhandled Error" err=${logValue(words)}`);
    await this.err(line.repeat(this.discoveryAttempts));
    return generic;
  }
  /** Looks something up; where that fails on cached discovery, again on fresh. */
  async lookUp<T>(find: (map: ResourceMap) => T): Promise<T> {
    const known = await this.resources();
    try {
      return find(known);
    } catch (error) {
      if (this.#fresh) throw error;
      this.log(5, "discovery.go:214", "Invalidating discovery information");
      return find(await this.refreshResources());
    }
  }
  /** -v or --vmodule shows what is asked of the server. */
  get showsRequests(): boolean {
    return Math.max(this.levels.of("round_trippers"), this.levels.of("request")) >= 6;
  }
  #schemaPaths: Promise<JsonObject> | undefined;
  /** What `/openapi/v3` says: which documents there are. */
  schemaPaths(): Promise<JsonObject> {
    this.#schemaPaths ??= this.#document("/openapi/v3");
    return this.#schemaPaths;
  }
  readonly #documents = new Map<string, Promise<JsonObject>>();
  /** A document of OpenAPI, which does not change while the server runs: kept as discovery is. */
  document(path: string): Promise<JsonObject> {
    const document = this.#documents.get(path) ?? this.#document(path, "application/json");
    this.#documents.set(path, document);
    return document;
  }
  async #document(path: string, accept?: string): Promise<JsonObject> {
    const key = `${this.#cacheKey}${path}`;
    const cached = this.cache.documents.get(key);
    // Where requests are shown they are made: upstream makes them each time.
    if (!this.showsRequests && cached !== undefined && Math.abs(this.now - cached.time) < CACHE_MS)
      return cached.document as JsonObject;
    const document = await (await this.rest()).discovery(path, accept);
    this.cache.documents.set(key, { document, time: this.now });
    return document;
  }
}

export type DryRun = "none" | "client" | "server";

export function dryRunOf(invocation: Invocation): DryRun {
  const value = invocation.flags.optional("dry-run") || "none";
  switch (value) {
    case "none":
    case "client":
    case "server":
      return value;
    case "unchanged":
      invocation.logOnce("W", "helpers.go:703", "--dry-run is deprecated and can be replaced with --dry-run=client.");
      return "client";
    default: {
      const flag = booleanOf(value);
      if (flag !== undefined) {
        const meant = flag ? "client" : "none";
        invocation.logOnce(
          "W",
          flag ? "helpers.go:717" : "helpers.go:720",
          `--dry-run=${value} is deprecated (boolean value) and can be replaced with --dry-run=${meant}.`,
        );
        return meant;
      }
      throw new CommandError(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
    }
  }
}

export const dryRunQuery = (dryRun: DryRun): { readonly dryRun?: string } =>
  dryRun === "server" ? { dryRun: "All" } : {};
export const dryRunSuffix = (dryRun: DryRun): string =>
  dryRun === "client" ? " (dry run)" : dryRun === "server" ? " (server dry run)" : "";

/** --validate as the server's fieldValidation. */
export function fieldValidation(invocation: Invocation): "Strict" | "Warn" | "Ignore" {
  const value = invocation.flags.optional("validate") || "strict";
  if (["strict", "true", "1", "t", "T", "TRUE", "True"].includes(value)) return "Strict";
  if (value === "warn") return "Warn";
  if (["ignore", "false", "0", "f", "F", "FALSE", "False"].includes(value)) return "Ignore";
  throw new CommandError(
    `invalid - validate option ${JSON.stringify(value)}; must be one of: strict (or true), warn, ignore (or false)`,
  );
}
