/** etcd's configuration: flags, then ETCD_* variables, then defaults (server/etcdmain/config.go, server/embed). */
import { durationProblem, parseDuration } from "../../encoding/index.ts";
import type { Process } from "../../machine/index.ts";
import type { CompactionRule } from "./compactor.ts";

/** Where to listen, or where somebody listens. */
interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface EtcdConfig {
  readonly name: string;
  readonly dataDir: string;
  readonly listenPeer: readonly string[];
  readonly listenClient: readonly string[];
  readonly listenMetrics: readonly string[];
  readonly advertisePeer: readonly string[];
  readonly advertiseClient: readonly string[];
  /** Name and peer URL of each first member. */
  readonly initialCluster: readonly (readonly [name: string, url: string])[];
  readonly initialState: "new" | "existing";
  readonly token: string;
  readonly discoverySrv: string | undefined;
  readonly quotaBytes: number;
  readonly maxRequestBytes: number;
  readonly strictReconfiguration: boolean;
  readonly forceNewCluster: boolean;
  /** Undefined: history is kept until it is compacted by hand. */
  readonly compaction: CompactionRule | undefined;
}

/** Why the server does not start: what is written to standard error, and the exit status. */
export class ConfigProblem extends Error {
  readonly status: number;
  constructor(message: string, status = 1) {
    super(message);
    this.status = status;
  }
}

const BOOLEAN = new Set([
  "strict-reconfig-check",
  "force-new-cluster",
  "pre-vote",
  "enable-v2",
  "enable-pprof",
  "enable-grpc-gateway",
  "initial-election-tick-advance",
  "client-cert-auth",
  "peer-client-cert-auth",
  "auto-tls",
  "peer-auto-tls",
  "debug",
  "log-package-levels",
]);

/** Taken and without effect: there is nothing to tune here. */
const WITHOUT_EFFECT =
  /^(heartbeat-interval|election-timeout|snapshot-count|max-snapshots|max-wals|logger|log-level|log-outputs|log-format|log-package-levels|debug|metrics|pre-vote|enable-v2|enable-pprof|enable-grpc-gateway|initial-election-tick-advance|max-txn-ops|max-concurrent-streams|backend-batch-.*|backend-bbolt-freelist-type|grpc-keepalive-.*|cors|host-whitelist|auth-token|bcrypt-cost|auth-token-ttl|socket-reuse-.*|warning-apply-duration|corrupt-check-time|compact-hash-check-.*|initial-corrupt-check|experimental-(initial-corrupt-check|corrupt-check-time|compact-hash-check-.*|watch-progress-notify-interval|warning-apply-duration|peer-skip-client-san-verification|memory-mlock|txn-mode-write-with-shared-buffer|bootstrap-defrag-threshold-megabytes|max-learners|enable-lease-checkpoint.*)|watch-progress-notify-interval|feature-gates|unsafe-no-fsync|discovery-fallback|discovery-srv-name|v2-deprecation|log-rotation-config-json|enable-log-rotation)$/;
const USED =
  /^(name|data-dir|wal-dir|listen-peer-urls|listen-client-urls|listen-client-http-urls|listen-metrics-urls|initial-advertise-peer-urls|advertise-client-urls|initial-cluster|initial-cluster-state|initial-cluster-token|discovery-srv|quota-backend-bytes|max-request-bytes|strict-reconfig-check|force-new-cluster|auto-compaction-mode|auto-compaction-retention)$/;
/** Known to etcd and not to this one. */
const REFUSED: readonly (readonly [pattern: RegExp, why: string])[] = [
  [
    /^(cert-file|key-file|trusted-ca-file|client-.*|peer-.*|auto-tls|cipher-suites|tls-.*|self-signed-.*|ca-file)$/,
    "TLS",
  ],
  [/^(discovery|discovery-proxy|discovery-.*|proxy.*|gateway)$/, "discovery by a service, and proxies,"],
  [/^config-file$/, "a configuration file"],
  [/^(experimental-.*|distributed-tracing-.*|enable-distributed-tracing)$/, "this"],
];

export interface Settings {
  readonly values: ReadonlyMap<string, string>;
  /** Variables that were read, and those of etcd's shape that mean nothing. */
  readonly used: readonly (readonly [name: string, value: string])[];
  readonly unrecognized: readonly string[];
}

/** Flags and environment. Throws `ConfigProblem`. */
export function readSettings(process: Process): Settings {
  const values = new Map<string, string>();
  const args = process.argv.slice(1);
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    const match = /^--?([\w-]+)(?:=(.*))?$/s.exec(arg);
    if (match?.[1] === undefined) throw new ConfigProblem(`'${arg}' is not a valid flag\n`, 2);
    const name = match[1];
    if (!known(name)) throw new ConfigProblem(`flag provided but not defined: -${name}\n`, 2);
    let value = match[2];
    if (value === undefined && BOOLEAN.has(name)) value = "true";
    if (value === undefined) {
      index++;
      value = args[index];
      if (value === undefined) throw new ConfigProblem(`flag needs an argument: -${name}\n`, 2);
    }
    values.set(name, value);
  }
  const used: [string, string][] = [];
  const unrecognized: string[] = [];
  for (const [variable, value] of process.env) {
    if (!variable.startsWith("ETCD_")) continue;
    const name = variable.slice(5).toLowerCase().replaceAll("_", "-");
    if (!known(name)) unrecognized.push(`${variable}=${value}`);
    else if (value !== "" && !values.has(name)) {
      values.set(name, value);
      used.push([variable, value]);
    }
  }
  for (const [name, value] of values) {
    if (USED.test(name) || WITHOUT_EFFECT.test(name)) continue;
    const why = REFUSED.find(([pattern]) => pattern.test(name))?.[1];
    if (why !== undefined && value !== "" && value !== "false")
      throw new ConfigProblem(`--${name}: ${why} is not supported here\n`);
  }
  return { values, used, unrecognized };
}

function known(name: string): boolean {
  return USED.test(name) || WITHOUT_EFFECT.test(name) || REFUSED.some(([pattern]) => pattern.test(name));
}

/** What the settings mean (embed.Config.Validate). Throws `ConfigProblem`. */
export function toConfig({ values }: Settings): EtcdConfig {
  const get = (name: string, otherwise: string) => values.get(name) || otherwise;
  const urls = (name: string, otherwise: string) => splitUrls(name, get(name, otherwise));
  const name = get("name", "default");
  const listenPeer = urls("listen-peer-urls", "http://localhost:2380");
  const listenClient = urls("listen-client-urls", "http://localhost:2379");
  for (const url of [...listenPeer, ...listenClient]) {
    const { host } = endpointOf(url);
    if (host !== "localhost" && !/^[\d.]+$/.test(host) && host !== "[::]")
      throw new ConfigProblem(`expected IP in URL for binding (${url})`);
  }
  const advertisePeer = urls("initial-advertise-peer-urls", "http://localhost:2380");
  const advertiseClient = values.has("advertise-client-urls")
    ? urls("advertise-client-urls", "")
    : values.has("listen-client-urls")
      ? undefined
      : ["http://localhost:2379"];
  if (advertiseClient === undefined)
    throw new ConfigProblem("--advertise-client-urls is required when --listen-client-urls is set explicitly");
  const discoverySrv = values.get("discovery-srv");
  if (discoverySrv !== undefined && values.has("initial-cluster"))
    throw new ConfigProblem(
      'multiple discovery or bootstrap flags are set. Choose one of "initial-cluster", "discovery" or "discovery-srv"',
    );
  const initialState = get("initial-cluster-state", "new");
  if (initialState !== "new" && initialState !== "existing")
    throw new ConfigProblem(
      `invalid value "${initialState}" for flag -initial-cluster-state: invalid value "${initialState}"\n`,
      2,
    );
  if (values.has("wal-dir"))
    throw new ConfigProblem("--wal-dir: a directory of its own for the WAL is not supported here");
  return {
    name,
    dataDir: get("data-dir", `${name}.etcd`),
    listenPeer,
    listenClient,
    listenMetrics: values.has("listen-metrics-urls") ? urls("listen-metrics-urls", "") : [],
    advertisePeer,
    advertiseClient,
    initialCluster:
      discoverySrv !== undefined
        ? []
        : parseCluster(get("initial-cluster", advertisePeer.map((url) => `${name}=${url}`).join(","))),
    initialState,
    token: get("initial-cluster-token", "etcd-cluster"),
    discoverySrv,
    quotaBytes: Number(get("quota-backend-bytes", "0")) || 2 * 1024 ** 3,
    maxRequestBytes: Number(get("max-request-bytes", "1572864")),
    strictReconfiguration: get("strict-reconfig-check", "true") !== "false",
    forceNewCluster: get("force-new-cluster", "false") === "true",
    compaction: compactionRule(get("auto-compaction-mode", "periodic"), get("auto-compaction-retention", "0")),
  };
}

/** embed.Config: a number of revisions, or a time; a bare number of periodic mode means hours (parseCompactionRetention). */
function compactionRule(mode: string, text: string): CompactionRule | undefined {
  const whole = /^\d+$/.test(text) ? Number(text) : undefined;
  if (whole === 0) return undefined;
  if (mode !== "periodic" && mode !== "revision")
    throw new ConfigProblem(`unknown auto-compaction-mode ${JSON.stringify(mode)}`);
  if (mode === "revision" && whole !== undefined) return { mode, retention: whole };
  const periodMs = whole === undefined ? parseDuration(text) : whole * 3_600_000;
  if (periodMs === undefined)
    throw new ConfigProblem(`error parsing CompactionRetention: time: ${durationProblem(text)}`);
  // A time is nanoseconds to etcd, whatever the mode.
  if (mode === "revision") return { mode, retention: periodMs * 1e6 };
  return periodMs > 0 ? { mode, periodMs } : undefined;
}

function splitUrls(flag: string, text: string): string[] {
  return text
    .split(",")
    .filter((part) => part !== "")
    .map((url) => {
      const problem = urlProblem(url);
      if (problem !== undefined) throw new ConfigProblem(`invalid value "${text}" for flag -${flag}: ${problem}\n`, 2);
      if (url.startsWith("https:")) throw new ConfigProblem(`--${flag}: TLS is not supported here (${url})\n`);
      return url;
    });
}

/** What Go's types.NewURLs says against a URL. */
export function urlProblem(url: string): string | undefined {
  const match = /^(\w+):\/\/([^/]*)(\/.*)?$/.exec(url);
  if (match === null) return `URL scheme must be http, https, unix, or unixs: ${url}`;
  const [, scheme = "", host = "", path = ""] = match;
  if (!/^(https?|unixs?)$/.test(scheme)) return `URL scheme must be http, https, unix, or unixs: ${url}`;
  if (!/:\d+$/.test(host)) return `URL address does not have the form "host:port": ${url}`;
  if (path !== "" && path !== "/") return `URL must not contain a path: ${url}`;
  return undefined;
}

function parseCluster(text: string): [string, string][] {
  return text
    .split(",")
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      const name = part.slice(0, at);
      const url = part.slice(at + 1);
      if (at <= 0 || url === "")
        throw new ConfigProblem(`error setting up initial cluster: empty URL given for "${part.replace(/=$/, "")}"`);
      const problem = urlProblem(url);
      if (problem !== undefined) throw new ConfigProblem(`error setting up initial cluster: ${problem}`);
      return [name, url] as [string, string];
    });
}

export function endpointOf(url: string): Endpoint {
  const match = /^(?:\w+:\/\/)?(.*?)(?::(\d+))?\/?$/.exec(url);
  return { host: match?.[1] || "localhost", port: Number(match?.[2] ?? 2379) };
}

/** One place a port: whoever names several addresses of it listens on all. */
export function placesOf(urls: readonly string[]): { readonly address: string; readonly port: number }[] {
  const places = new Map<number, string>();
  for (const { host, port } of urls.map(endpointOf)) {
    const address = host === "localhost" ? "127.0.0.1" : host === "[::]" ? "0.0.0.0" : host;
    places.set(port, places.has(port) && places.get(port) !== address ? "0.0.0.0" : address);
  }
  return [...places].map(([port, address]) => ({ address, port }));
}
