/** redis.conf and its equivalents on the command line. Pure. */

export interface RedisConfig {
  port: number;
  bind: string[];
  dir: string;
  dbfilename: string;
  appendonly: boolean;
  appendfilename: string;
  /** Seconds and changes; empty: no snapshots. */
  save: { readonly seconds: number; readonly changes: number }[];
  replicaof: { readonly host: string; readonly port: number } | undefined;
  replicaReadOnly: boolean;
  requirepass: string;
  masterauth: string;
  maxmemory: number;
  databases: number;
  protectedMode: boolean;
  minReplicasToWrite: number;
  replicaAnnounceIp: string;
}

export class RedisConfigError extends Error {
  readonly line: number;
  readonly text: string;
  constructor(line: number, text: string, why: string) {
    super(why);
    this.line = line;
    this.text = text;
  }
}

export function defaultConfig(): RedisConfig {
  return {
    port: 6379,
    bind: ["0.0.0.0"],
    dir: ".",
    dbfilename: "dump.rdb",
    appendonly: false,
    appendfilename: "appendonly.aof",
    save: [
      { seconds: 3600, changes: 1 },
      { seconds: 300, changes: 100 },
      { seconds: 60, changes: 10_000 },
    ],
    replicaof: undefined,
    replicaReadOnly: true,
    requirepass: "",
    masterauth: "",
    maxmemory: 0,
    databases: 16,
    protectedMode: true,
    minReplicasToWrite: 0,
    replicaAnnounceIp: "",
  };
}

/** Settings that change nothing here; anything else unknown is refused as Redis refuses it. */
const WITHOUT_EFFECT = new Set(
  (
    "daemonize pidfile loglevel logfile tcp-backlog timeout tcp-keepalive stop-writes-on-bgsave-error rdbcompression rdbchecksum " +
    "slave-serve-stale-data replica-serve-stale-data repl-diskless-sync repl-diskless-sync-delay repl-disable-tcp-nodelay repl-timeout " +
    "slave-priority replica-priority appendfsync no-appendfsync-on-rewrite auto-aof-rewrite-percentage auto-aof-rewrite-min-size " +
    "aof-load-truncated lua-time-limit slowlog-log-slower-than slowlog-max-len latency-monitor-threshold notify-keyspace-events " +
    "hash-max-ziplist-entries hash-max-ziplist-value list-max-ziplist-size list-compress-depth set-max-intset-entries " +
    "zset-max-ziplist-entries zset-max-ziplist-value hll-sparse-max-bytes activerehashing client-output-buffer-limit hz " +
    "aof-rewrite-incremental-fsync supervised unixsocket unixsocketperm maxclients maxmemory-policy repl-backlog-size " +
    "repl-backlog-ttl min-slaves-max-lag min-replicas-max-lag always-show-logo lazyfree-lazy-eviction appenddirname"
  ).split(" "),
);

/** Applies one setting. Throws with the reason Redis gives. */
export function applySetting(config: RedisConfig, name: string, values: readonly string[]): void {
  const first = values[0] ?? "";
  const yesNo = () => {
    if (first !== "yes" && first !== "no") throw new Error("argument must be 'yes' or 'no'");
    return first === "yes";
  };
  const number = () => {
    const units: Readonly<Record<string, number>> = {
      "": 1,
      k: 1000,
      kb: 1024,
      m: 1e6,
      mb: 2 ** 20,
      g: 1e9,
      gb: 2 ** 30,
    };
    const match = /^(\d+)([a-z]*)$/i.exec(first);
    const unit = match === null ? undefined : units[(match[2] ?? "").toLowerCase()];
    if (match === null || unit === undefined) throw new Error("argument must be a number");
    return Number(match[1]) * unit;
  };
  switch (name) {
    case "port":
      config.port = number();
      return;
    case "bind":
      config.bind = values.map((value) => value.replace(/^-/, "")).filter((value) => !value.includes(":"));
      return;
    case "dir":
      config.dir = first;
      return;
    case "dbfilename":
      config.dbfilename = first;
      return;
    case "appendonly":
      config.appendonly = yesNo();
      return;
    case "appendfilename":
      config.appendfilename = first;
      return;
    case "save": {
      const words = values.flatMap((value) => value.split(/\s+/)).filter(Boolean);
      if (words.length === 0) config.save = [];
      for (let index = 0; index + 1 < words.length; index += 2) {
        config.save = [...config.save, { seconds: Number(words[index]), changes: Number(words[index + 1]) }];
      }
      return;
    }
    case "slaveof":
    case "replicaof":
      config.replicaof = first.toLowerCase() === "no" ? undefined : { host: first, port: Number(values[1] ?? 6379) };
      return;
    case "slave-read-only":
    case "replica-read-only":
      config.replicaReadOnly = yesNo();
      return;
    case "requirepass":
      config.requirepass = first;
      return;
    case "masterauth":
      config.masterauth = first;
      return;
    case "maxmemory":
      config.maxmemory = number();
      return;
    case "databases":
      config.databases = number();
      return;
    case "protected-mode":
      config.protectedMode = yesNo();
      return;
    case "min-slaves-to-write":
    case "min-replicas-to-write":
      config.minReplicasToWrite = number();
      return;
    case "slave-announce-ip":
    case "replica-announce-ip":
      config.replicaAnnounceIp = first;
      return;
    default:
      if (!WITHOUT_EFFECT.has(name)) throw new Error("Bad directive or wrong number of arguments");
  }
}

/** Lines of a configuration file; `save` lines of a file replace the defaults. */
export function applyFile(config: RedisConfig, text: string): void {
  let saves = false;
  text.split("\n").forEach((raw, index) => {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) return;
    const [name = "", ...values] = wordsOf(line);
    try {
      if (name.toLowerCase() === "save" && !saves) {
        saves = true;
        config.save = [];
      }
      applySetting(config, name.toLowerCase(), values);
    } catch (error) {
      throw new RedisConfigError(index + 1, line, error instanceof Error ? error.message : String(error));
    }
  });
}

/** Words, with quotes. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)].map((match) =>
    match[1] !== undefined
      ? match[1].replace(/\\(.)/g, (_all, character: string) => (character === "n" ? "\n" : character))
      : (match[2] ?? match[3] ?? ""),
  );
}

/** A setting's value as CONFIG GET prints it. */
export function settingsOf(config: RedisConfig): Record<string, string> {
  const yesNo = (value: boolean) => (value ? "yes" : "no");
  return {
    port: String(config.port),
    bind: config.bind.join(" "),
    dir: config.dir,
    dbfilename: config.dbfilename,
    appendonly: yesNo(config.appendonly),
    appendfilename: config.appendfilename,
    save: config.save.map(({ seconds, changes }) => `${seconds} ${changes}`).join(" "),
    replicaof: config.replicaof === undefined ? "" : `${config.replicaof.host} ${config.replicaof.port}`,
    "replica-read-only": yesNo(config.replicaReadOnly),
    requirepass: config.requirepass,
    masterauth: config.masterauth,
    maxmemory: String(config.maxmemory),
    databases: String(config.databases),
    "protected-mode": yesNo(config.protectedMode),
    "min-replicas-to-write": String(config.minReplicasToWrite),
  };
}
