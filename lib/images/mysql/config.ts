/** What mysqld reads: option files with the directories they include, then its command line. */
import { isErrno, type Process } from "../../machine/index.ts";

/** Settings that change nothing here. Others that are unknown are refused, as mysqld refuses them. */
const WITHOUT_EFFECT =
  /^(user|pid-file|socket|basedir|tmpdir|log-error|skip-(name-resolve|host-cache|external-locking|symbolic-links|log-bin|ssl|networking)|symbolic-links|binlog_format|default-storage-engine|default_storage_engine|innodb_.*|query_cache_.*|wsrep_(provider|provider_options|slave_threads|causal_reads|certify_nonPK|sst_method|sst_auth|sst_receive_address|convert_.*|debug|max_.*|retry_autocommit)|max_connections|max_allowed_packet|character-set-server|collation-server|default-authentication-plugin|ignore-db-dir|explicit_defaults_for_timestamp|secure-file-priv|lc-messages-dir|thread_stack|key_buffer.*|general_log.*|slow_query.*|report-host|authentication_policy|mysql-native-password|host-cache-size|expire_logs_days|sync_binlog|binlog_expire_logs_seconds|slave_net_timeout|relay-log.*|relay_log.*)$/;

/** Settings that mean something here, with "_" for "-". */
const KNOWN =
  /^(datadir|port|bind_address|server_id|log_bin|read_only|super_read_only|skip_slave_start|skip_replica_start|log_slave_updates|log_replica_updates|wsrep_(on|cluster_address|cluster_name|node_name|node_address))$/;

/** Option files in the order in which they are read: later ones win. */
const DEFAULT_FILES = ["/etc/my.cnf", "/etc/mysql/my.cnf"];

export interface Config {
  readonly dataDirectory: string;
  readonly port: number;
  readonly bindAddress: string;
  readonly clusterAddress: string | undefined;
  readonly clusterName: string;
  readonly nodeName: string;
  readonly nodeAddress: string;
  /** Undefined: not given, 1 from MySQL 8 on and 0 before. */
  readonly serverId: number | undefined;
  /** Base name of binary logs ("" for the default one); undefined: not given. */
  readonly logBin: string | undefined;
  readonly readOnly: boolean;
  readonly superReadOnly: boolean;
  readonly skipReplicaStart: boolean;
}

/** Lines of a group of all option files: what `--defaults-file` names, or the default ones. */
export function optionLines(process: Process, file: string | undefined, groups: readonly string[]): string[] {
  const found: string[] = [];
  const read = (path: string) => {
    let section = "";
    for (const raw of process.files.readText(path).split("\n")) {
      const line = raw.trim();
      const include = /^!include(dir)?\s+(.*)$/.exec(line);
      if (include !== null) {
        const target = include[2] ?? "";
        if (include[1] === undefined) read(target);
        else if (process.files.exists(target))
          for (const { name } of process.files.list(target).sort((a, b) => (a.name < b.name ? -1 : 1)))
            if (name.endsWith(".cnf")) read(`${target.replace(/\/$/, "")}/${name}`);
        continue;
      }
      if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
      const header = /^\[(.+)\]$/.exec(line);
      if (header !== null) section = header[1] ?? "";
      else if (groups.includes(section)) found.push(line.replace(/\s+#.*$/, ""));
    }
  };
  for (const path of file === undefined ? DEFAULT_FILES : [file]) {
    try {
      if (file !== undefined || process.files.exists(path)) read(path);
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
    }
  }
  return found;
}

/** What is wrong, in mysqld's words, where it cannot start with it. */
export function readConfig(process: Process): Config | string {
  const settings = new Map<string, string>();
  const set = (line: string): string | undefined => {
    const match = /^([\w-]+)\s*(?:=\s*(.*))?$/.exec(line);
    const written = (match?.[1] ?? line).replace(/^loose[-_]/, "");
    const loose = written !== (match?.[1] ?? line);
    const name = written.replaceAll("-", "_");
    if (!KNOWN.test(name) && !WITHOUT_EFFECT.test(written) && !WITHOUT_EFFECT.test(written.replaceAll("_", "-"))) {
      return loose ? undefined : `unknown variable '${line}'`;
    }
    settings.set(
      name,
      (match?.[2] ?? (KNOWN.test(name) && name !== "log_bin" ? "ON" : "")).replace(/^["']|["']$/g, "").trim(),
    );
    return undefined;
  };
  const args = process.argv.slice(1);
  const file = args.find((arg) => arg.startsWith("--defaults-file="))?.slice(16);
  if (file !== undefined && !process.files.exists(file)) return `Could not open required defaults file: ${file}`;
  const given = optionLines(process, file, ["mysqld", "server", "galera", "mariadb"]);
  for (const line of [...given, ...args.filter((arg) => /^--(?!defaults-)/.test(arg)).map((arg) => arg.slice(2))]) {
    const problem = set(line);
    if (problem !== undefined) return problem;
  }
  const isOn = (name: string) => /^(on|1|true)$/i.test(settings.get(name) ?? "");
  const cluster = settings.get("wsrep_cluster_address");
  const id = settings.get("server_id");
  return {
    dataDirectory: settings.get("datadir") || "/var/lib/mysql",
    port: Number(settings.get("port") || 3306),
    bindAddress: settings.get("bind_address") || "*",
    clusterAddress: settings.get("wsrep_on")?.toUpperCase() === "OFF" ? undefined : cluster,
    clusterName: settings.get("wsrep_cluster_name") || "my_wsrep_cluster",
    nodeName: settings.get("wsrep_node_name") || process.machine.hostname,
    nodeAddress: settings.get("wsrep_node_address") || (process.network.addresses[0] ?? "127.0.0.1"),
    serverId: id === undefined ? undefined : Number(id),
    logBin: settings.get("log_bin"),
    readOnly: isOn("read_only") || isOn("super_read_only"),
    superReadOnly: isOn("super_read_only"),
    skipReplicaStart: isOn("skip_slave_start") || isOn("skip_replica_start"),
  };
}
