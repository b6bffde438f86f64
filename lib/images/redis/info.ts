/** INFO. */
import { KERNEL_RELEASE } from "../../machine/index.ts";
import type { RedisServer } from "./server.ts";

type Section = (server: RedisServer) => readonly (readonly [string, string | number])[];

const SECTIONS: Readonly<Record<string, Section>> = {
  server: (server) => [
    ["redis_version", server.version],
    ["redis_mode", "standalone"],
    ["os", `Linux ${KERNEL_RELEASE} x86_64`],
    ["arch_bits", 64],
    ["process_id", server.process.pid],
    ["run_id", server.runId],
    ["tcp_port", server.config.port],
    ["uptime_in_seconds", Math.floor((server.process.clock.now() - server.started) / 1000)],
    ["config_file", server.configFile],
  ],
  clients: (server) => [
    ["connected_clients", [...server.sessions].filter((session) => session.replica === undefined).length],
  ],
  memory: (server) => [
    ["used_memory", 900_000 + server.databases.reduce((sum, database) => sum + database.size * 120, 0)],
    ["maxmemory", server.config.maxmemory],
  ],
  persistence: (server) => [
    ["loading", 0],
    ["rdb_changes_since_last_save", server.changesSinceSave],
    ["rdb_last_save_time", Math.floor(server.lastSave / 1000)],
    ["rdb_last_bgsave_status", "ok"],
    ["aof_enabled", server.config.appendonly ? 1 : 0],
  ],
  stats: (server) => [["total_commands_processed", server.commands]],
  replication: (server) => {
    const link = server.link;
    const replicas = [...server.replicas].map((replica, index): [string, string] => [
      `slave${index}`,
      `ip=${replica.address},port=${replica.port},state=online,offset=${replica.acknowledged},lag=0`,
    ]);
    return [
      ["role", link === undefined ? "master" : "slave"],
      ...(link === undefined
        ? []
        : ([
            ["master_host", link.target.host],
            ["master_port", link.target.port],
            ["master_link_status", link.up ? "up" : "down"],
            [
              "master_last_io_seconds_ago",
              link.up ? Math.floor((server.process.clock.now() - link.lastIo) / 1000) : -1,
            ],
            ["master_sync_in_progress", 0],
            ["slave_repl_offset", server.offset],
            ["slave_read_only", server.config.replicaReadOnly ? 1 : 0],
          ] as const)),
      ["connected_slaves", server.replicas.size],
      ...replicas,
      ["master_replid", server.runId],
      ["master_repl_offset", server.offset],
    ];
  },
  cpu: () => [
    ["used_cpu_sys", "0.000000"],
    ["used_cpu_user", "0.000000"],
  ],
  keyspace: (server) =>
    server.databases.flatMap((database, index): [string, string][] =>
      database.size === 0 ? [] : [[`db${index}`, `keys=${database.size},expires=${database.expiring},avg_ttl=0`]],
    ),
};

export function info(server: RedisServer, wanted: string | undefined): string {
  const names =
    wanted === undefined || wanted === "all" || wanted === "default" || wanted === "everything"
      ? Object.keys(SECTIONS)
      : [wanted];
  return names
    .filter((name) => Object.hasOwn(SECTIONS, name))
    .map((name) => {
      const rows = SECTIONS[name]?.(server) ?? [];
      const title = name === "cpu" ? "CPU" : `${name[0]?.toUpperCase()}${name.slice(1)}`;
      return `# ${title}\r\n${rows.map(([key, value]) => `${key}:${value}\r\n`).join("")}`;
    })
    .join("\r\n");
}
