/** mysqld, alone or as a member of a Galera cluster. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { Group, NotPrimary } from "../kit/group.ts";
import { StreamReader } from "../kit/reader.ts";
import { serve, untilStopped } from "../kit/server.ts";
import { type Catalog, isWrite, runSql, type SqlResult } from "./sql.ts";
import { DataDirectory, dumpCatalog, loadCatalog } from "./store.ts";

export const VERSION_FILE = "/usr/share/mysql/version";
const CLUSTER_PORT = 4567;
const NOT_READY: SqlResult = {
  error: { code: 1047, state: "08S01", message: "WSREP has not yet prepared node for application use" },
};

/** One request of a client, as it travels. */
export interface Query {
  readonly sql: string;
  readonly database: string | undefined;
  readonly user: string;
  readonly password: string;
  readonly host: string;
}

/** Settings that change nothing here. Others that are unknown are refused, as mysqld refuses them. */
const WITHOUT_EFFECT =
  /^(user|pid-file|socket|basedir|tmpdir|log-error|skip-.*|symbolic-links|binlog_format|default-storage-engine|default_storage_engine|innodb_.*|query_cache_.*|wsrep_(provider|provider_options|slave_threads|causal_reads|certify_nonPK|sst_method|sst_auth|sst_receive_address|convert_.*|debug|max_.*|retry_autocommit)|max_connections|character-set-server|collation-server|default-authentication-plugin|server-id|server_id|log-bin|log_bin|gtid.*|ignore-db-dir|explicit_defaults_for_timestamp|secure-file-priv|lc-messages-dir|thread_stack|key_buffer.*|general_log.*|slow_query.*|super-read-only|read-only|report-host|relay.*|authentication_policy|mysql-native-password|host-cache-size)$/;

interface Config {
  readonly dataDirectory: string;
  readonly port: number;
  readonly clusterAddress: string | undefined;
  readonly clusterName: string;
  readonly nodeName: string;
  readonly nodeAddress: string;
}

function readConfig(process: Process): Config | string {
  const settings = new Map<string, string>();
  const set = (line: string): string | undefined => {
    const match = /^([\w-]+)\s*(?:=\s*(.*))?$/.exec(line);
    const name = match?.[1] ?? line;
    const value = (match?.[2] ?? "").replace(/^["']|["']$/g, "").trim();
    const known = /^(datadir|port|bind[-_]address|wsrep_(on|cluster_address|cluster_name|node_name|node_address))$/;
    if (!known.test(name) && !WITHOUT_EFFECT.test(name)) return `unknown variable '${line}'`;
    settings.set(name.replaceAll("-", "_"), value);
    return undefined;
  };
  const args = process.argv.slice(1);
  const file = args.find((arg) => arg.startsWith("--defaults-file="))?.slice(16) ?? "/etc/mysql/my.cnf";
  if (process.files.exists(file)) {
    let section = "";
    for (const raw of process.files.readText(file).split("\n")) {
      const line = raw.trim();
      if (line === "" || line.startsWith("#") || line.startsWith(";") || line.startsWith("!")) continue;
      const header = /^\[(.+)\]$/.exec(line);
      if (header !== null) section = header[1] ?? "";
      else if (section === "mysqld" || section === "galera" || section === "mariadb") {
        const problem = set(line);
        if (problem !== undefined) return problem;
      }
    }
  } else if (args.some((arg) => arg.startsWith("--defaults-file=")))
    return `Could not open required defaults file: ${file}`;
  for (const arg of args) {
    if (!arg.startsWith("--") || arg.startsWith("--defaults-")) continue;
    const problem = set(arg.slice(2));
    if (problem !== undefined) return problem;
  }
  const cluster = settings.get("wsrep_cluster_address");
  return {
    dataDirectory: settings.get("datadir") || "/var/lib/mysql",
    port: Number(settings.get("port") || 3306),
    clusterAddress: settings.get("wsrep_on")?.toUpperCase() === "OFF" ? undefined : cluster,
    clusterName: settings.get("wsrep_cluster_name") || "my_wsrep_cluster",
    nodeName: settings.get("wsrep_node_name") || process.machine.hostname,
    nodeAddress: settings.get("wsrep_node_address") || (process.network.addresses[0] ?? "127.0.0.1"),
  };
}

export async function mysqld(process: Process): Promise<number> {
  const version = process.files.readText(VERSION_FILE).trim();
  if (process.argv.includes("--version") || process.argv.includes("-V")) {
    await process.stdout.write(`mysqld  Ver ${version} for Linux on x86_64\n`);
    return 0;
  }
  const log = (level: string, text: string) =>
    void process.stderr
      .write(`${new Date(process.clock.now()).toISOString().replace("Z", "000Z")} 0 [${level}] ${text}\n`)
      .catch(() => undefined);
  const config = readConfig(process);
  if (typeof config === "string") {
    log("ERROR", `${config}`);
    log("ERROR", "Aborting");
    return config.startsWith("unknown") ? 7 : 1;
  }
  const data = new DataDirectory(process, config.dataDirectory);
  log("Note", `mysqld (mysqld ${version}) starting as process ${process.pid} ...`);
  let server: MysqlServer;
  try {
    if (!data.initialized) data.initialize();
    server = new MysqlServer(process, config, data, version, log);
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    log("ERROR", `InnoDB: The innodb_system data file 'ibdata1' must be writable: ${problem.message}`);
    return 1;
  }
  return server.run();
}

class MysqlServer {
  readonly #process: Process;
  readonly #config: Config;
  readonly #data: DataDirectory;
  readonly #version: string;
  readonly #log: (level: string, text: string) => void;
  readonly #catalog: Catalog;
  readonly #stop: () => void;
  readonly #stopped: Promise<unknown>;
  readonly #password: string;
  readonly #uuid = "6f1c2a90-0000-11f0-8000-000000000001";
  #group: Group | undefined;
  #closePort: (() => void) | undefined;
  readonly #started: number;

  constructor(
    process: Process,
    config: Config,
    data: DataDirectory,
    version: string,
    log: (level: string, text: string) => void,
  ) {
    this.#process = process;
    this.#config = config;
    this.#data = data;
    this.#version = version;
    this.#log = log;
    this.#catalog = data.load();
    this.#started = process.clock.now();
    const password = `${data.path}/root-password`;
    this.#password = process.files.exists(password) ? process.files.readText(password) : "";
    const serving = untilStopped(process, ["SIGTERM", "SIGQUIT"]);
    this.#stop = serving.stop;
    this.#stopped = serving.stopped;
  }

  async run(): Promise<number> {
    const { clusterAddress } = this.#config;
    if (clusterAddress === undefined) this.#open();
    else this.#joinCluster(clusterAddress);
    await this.#stopped;
    this.#log("Note", "Normal shutdown");
    this.#group?.leave();
    this.#closePort?.();
    this.#log("Note", "Shutdown complete");
    return 0;
  }

  #joinCluster(address: string): void {
    const { seqno, view } = this.#data.readState();
    let seeds = address
      .replace(/^gcomm:\/\//, "")
      .replace(/\?.*$/, "")
      .split(",")
      .map((seed) => seed.trim().replace(/:\d+$/, ""))
      .filter(Boolean);
    const others = (view?.members ?? []).filter(({ name }) => name !== this.#config.nodeName);
    if (seeds.length === 0 && others.length > 0) {
      // A second founding beside a living cluster would split it: who was part of one goes back to it.
      this.#log(
        "Warning",
        "WSREP: It may not be safe to bootstrap the cluster from this node; looking for the members of its last view",
      );
      seeds = others.map((member) => member.address);
    }
    this.#log("Note", `WSREP: gcomm: connecting to group '${this.#config.clusterName}', peer '${seeds.join(",")}'`);
    this.#group = new Group({
      process: this.#process,
      port: CLUSTER_PORT,
      name: this.#config.nodeName,
      address: this.#config.nodeAddress,
      seeds,
      seqno,
      view,
      dump: () => dumpCatalog(this.#catalog),
      load: (dump, position) => {
        this.#log("Note", `WSREP: State transfer received, position ${this.#uuid}:${position}`);
        loadCatalog(this.#catalog, dump);
        this.#persist(position);
      },
      apply: (change, position) => {
        const { sql, database } = JSON.parse(change) as { sql: string; database: string | undefined };
        const result = runSql(this.#catalog, sql, database, () => this.#variables());
        this.#persist(position);
        return JSON.stringify(result);
      },
      changed: (group) => {
        if (group.view !== undefined) this.#data.writeView(group.view);
        if (group.state === "primary" && this.#closePort === undefined) {
          this.#log("Note", "WSREP: Synchronized with group, ready for connections");
          this.#open();
        }
      },
      log: (text) => this.#log("Note", `WSREP: ${text}`),
    });
    this.#group.start();
  }

  #persist(position: number): void {
    try {
      this.#data.save(this.#catalog);
      this.#data.writeState(this.#uuid, position);
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
      this.#log("ERROR", `InnoDB: Write to file failed: ${problem.message}`);
      throw problem;
    }
  }

  #open(): void {
    this.#closePort = serve(this.#process, this.#config.port, (connection) => this.#client(connection));
    this.#log(
      "Note",
      `mysqld: ready for connections. Version: '${this.#version}'  socket: '/var/run/mysqld/mysqld.sock'  port: ${this.#config.port}`,
    );
  }

  async #client(connection: Connection): Promise<void> {
    const reader = new StreamReader(connection.reader);
    for (;;) {
      const line = await reader.line(16 * 1024 * 1024);
      if (line === undefined) return;
      const query = JSON.parse(line) as Query;
      await this.#process.spend(100);
      const result = await this.#execute(query);
      await connection.writer.write(`${JSON.stringify(result)}\n`);
    }
  }

  async #execute({ sql, database, user, password, host }: Query): Promise<SqlResult> {
    if (user !== "root" || password !== this.#password) {
      return {
        error: {
          code: 1045,
          state: "28000",
          message: `Access denied for user '${user}'@'${host}' (using password: ${password === "" ? "NO" : "YES"})`,
        },
      };
    }
    if (/^\s*shutdown\s*$/i.test(sql)) {
      this.#stop();
      return { affected: 0 };
    }
    const write = isWrite(sql);
    const group = this.#group;
    if (group === undefined) {
      const result = runSql(this.#catalog, sql, database, () => this.#variables());
      if (write) {
        try {
          this.#data.save(this.#catalog);
        } catch (problem) {
          if (!isErrno(problem)) throw problem;
          return { error: { code: 1114, state: "HY000", message: "The table is full" } };
        }
      }
      return result;
    }
    if (group.state !== "primary" && !/^\s*(show|set)\b/i.test(sql)) return NOT_READY;
    if (!write) return runSql(this.#catalog, sql, database, () => this.#variables());
    try {
      return JSON.parse(await group.submit(JSON.stringify({ sql, database }))) as SqlResult;
    } catch (problem) {
      if (problem instanceof NotPrimary) return NOT_READY;
      throw problem;
    }
  }

  #variables(): Record<string, string> {
    const group = this.#group;
    const primary = group?.state === "primary";
    return {
      version: this.#version,
      hostname: this.#process.machine.hostname,
      server_id: "1",
      port: String(this.#config.port),
      datadir: `${this.#data.path}/`,
      Uptime: String(Math.floor((this.#process.clock.now() - this.#started) / 1000)),
      ...(group === undefined
        ? {}
        : {
            wsrep_on: "ON",
            wsrep_cluster_name: this.#config.clusterName,
            wsrep_node_name: this.#config.nodeName,
            wsrep_cluster_size: String(primary ? (group.view?.members.length ?? 0) : 1),
            wsrep_cluster_status: primary ? "Primary" : "non-Primary",
            wsrep_cluster_conf_id: String(group.view?.id ?? 0),
            wsrep_cluster_state_uuid: this.#uuid,
            wsrep_connected: "ON",
            wsrep_ready: primary ? "ON" : "OFF",
            wsrep_local_state: primary ? "4" : "0",
            wsrep_local_state_comment: primary ? "Synced" : "Initialized",
            wsrep_last_committed: String(group.seqno),
            wsrep_incoming_addresses: (group.view?.members ?? [])
              .map(({ address }) => `${address}:${this.#config.port}`)
              .join(","),
          }),
    };
  }
}
