/** What a node tells about itself and the cluster in its own tables: system.local, system.peers, system_schema. */
import { typeText } from "../cql/types.ts";
import { type Gossip, isGone } from "../gossip.ts";
import { type ColumnSchema, type Schema, SYSTEM_KEYSPACES } from "../schema.ts";
import { type, type VirtualTable } from "./result.ts";

interface SystemFacts {
  readonly gossip: Gossip;
  readonly schema: Schema;
  readonly clusterName: string;
  readonly release: string;
  readonly bootstrapped: string;
}

const TEXT = type("text");

function tableOf(
  keyspace: string,
  name: string,
  keys: readonly string[],
  rows: readonly Readonly<
    Record<string, string | number | boolean | null | readonly string[] | readonly (readonly string[])[]>
  >[],
  types: Readonly<Record<string, ColumnSchema["type"]>>,
): VirtualTable {
  const names = [
    ...keys,
    ...Object.keys(types)
      .filter((column) => !keys.includes(column))
      .sort(),
  ];
  const columns = names.map((column, index): ColumnSchema => {
    const kind = index === 0 ? "partition_key" : index < keys.length ? "clustering" : "regular";
    return { name: column, type: types[column] ?? TEXT, kind };
  });
  return {
    schema: {
      keyspace,
      name,
      id: `${keyspace}.${name}`,
      columns,
      indexes: [],
      comment: "",
      gcGraceSeconds: 0,
      defaultTtl: 0,
      compaction: "",
      at: 0,
    },
    rows: rows.map((values) => ({
      values: { ...Object.fromEntries(names.map((one) => [one, null])), ...values },
      cells: {},
    })),
  };
}

const NODE = {
  data_center: TEXT,
  host_id: type("uuid"),
  rack: TEXT,
  release_version: TEXT,
  schema_version: type("uuid"),
  tokens: { name: "set", of: [TEXT] },
};

const CACHING = [
  ["keys", "ALL"],
  ["rows_per_partition", "NONE"],
];
/** Among the columns of its kind. */
const placeOf = (columns: readonly ColumnSchema[], column: ColumnSchema) =>
  columns.filter(({ kind }) => kind === column.kind).indexOf(column);

const REPLICATION = { name: "map", of: [TEXT, TEXT] };

/** Undefined where there is no such table. */
export function virtualTable(facts: SystemFacts, keyspace: string, name: string): VirtualTable | undefined {
  const { gossip, schema } = facts;
  const node = (endpoint: Gossip["self"]) => ({
    data_center: endpoint.dataCenter,
    host_id: endpoint.hostId,
    rack: endpoint.rack,
    release_version: endpoint.release,
    schema_version: endpoint.schema,
    tokens: [...endpoint.tokens].sort(),
  });
  switch (`${keyspace}.${name}`) {
    case "system.local": {
      const row = {
        key: "local",
        bootstrapped: facts.bootstrapped,
        broadcast_address: gossip.self.address,
        listen_address: gossip.self.address,
        rpc_address: gossip.self.address,
        native_protocol_version: "4",
        cluster_name: facts.clusterName,
        cql_version: facts.release.startsWith("3") ? "3.4.4" : "3.4.6",
        partitioner: "org.apache.cassandra.dht.Murmur3Partitioner",
        ...node(gossip.self),
      };
      const types = {
        ...NODE,
        key: TEXT,
        bootstrapped: TEXT,
        broadcast_address: type("inet"),
        listen_address: type("inet"),
        rpc_address: type("inet"),
        native_protocol_version: TEXT,
        cluster_name: TEXT,
        cql_version: TEXT,
        partitioner: TEXT,
      };
      return tableOf("system", "local", ["key"], [row], types);
    }
    case "system.peers":
    case "system.peers_v2": {
      const peers = [...gossip.endpoints.values()].filter((one) => one.hostId !== gossip.self.hostId && !isGone(one));
      const rows = peers.map((peer) => ({ peer: peer.address, rpc_address: peer.address, ...node(peer) }));
      return tableOf("system", name, ["peer"], rows, { ...NODE, peer: type("inet"), rpc_address: type("inet") });
    }
    case "system_schema.keyspaces": {
      const rows = [...SYSTEM_KEYSPACES, ...schema.keyspaces].map(
        ({ name: keyspace_name, durableWrites, replication }) => ({
          keyspace_name,
          durable_writes: durableWrites,
          replication: Object.entries(replication)
            .map(([key, value]) => [key, key === "class" ? `org.apache.cassandra.locator.${value}` : value])
            .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
        }),
      );
      const types = { keyspace_name: TEXT, durable_writes: type("boolean"), replication: REPLICATION };
      return tableOf(keyspace, name, ["keyspace_name"], rows, types);
    }
    case "system_schema.tables": {
      const rows = schema.tables().map((table) => ({
        keyspace_name: table.keyspace,
        table_name: table.name,
        comment: table.comment,
        default_time_to_live: table.defaultTtl,
        gc_grace_seconds: table.gcGraceSeconds,
        id: table.id,
        flags: ["compound"],
        caching: CACHING,
        compaction: [["class", "org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy"]],
        compression: [],
        bloom_filter_fp_chance: 0.01,
        crc_check_chance: 1,
        memtable_flush_period_in_ms: 0,
        min_index_interval: 128,
        max_index_interval: 2048,
        speculative_retry: "99p",
      }));
      const types = {
        keyspace_name: TEXT,
        table_name: TEXT,
        comment: TEXT,
        default_time_to_live: type("int"),
        gc_grace_seconds: type("int"),
        id: type("uuid"),
        flags: { name: "set", of: [TEXT] },
        caching: REPLICATION,
        compaction: REPLICATION,
        compression: REPLICATION,
        bloom_filter_fp_chance: type("double"),
        crc_check_chance: type("double"),
        memtable_flush_period_in_ms: type("int"),
        min_index_interval: type("int"),
        max_index_interval: type("int"),
        speculative_retry: TEXT,
      };
      return tableOf(keyspace, name, ["keyspace_name", "table_name"], rows, types);
    }
    case "system_schema.columns": {
      const rows = schema.tables().flatMap((table) =>
        table.columns.map((column) => ({
          keyspace_name: table.keyspace,
          table_name: table.name,
          column_name: column.name,
          clustering_order: column.kind === "clustering" ? (column.descending === true ? "desc" : "asc") : "none",
          kind: column.kind,
          position: column.kind === "regular" || column.kind === "static" ? -1 : placeOf(table.columns, column),
          type: typeText(column.type),
        })),
      );
      const types = {
        keyspace_name: TEXT,
        table_name: TEXT,
        column_name: TEXT,
        clustering_order: TEXT,
        kind: TEXT,
        position: type("int"),
        type: TEXT,
      };
      return tableOf(keyspace, name, ["keyspace_name", "table_name", "column_name"], rows, types);
    }
    case "system_schema.indexes": {
      const rows = schema.tables().flatMap((table) =>
        table.indexes.map((index) => ({
          keyspace_name: table.keyspace,
          table_name: table.name,
          index_name: index.name,
          kind: "COMPOSITES",
          options: [["target", index.column]],
        })),
      );
      const types = { keyspace_name: TEXT, table_name: TEXT, index_name: TEXT, kind: TEXT, options: REPLICATION };
      return tableOf(keyspace, name, ["keyspace_name", "table_name", "index_name"], rows, types);
    }
    default: {
      // What there is none of here, and drivers ask for all the same.
      const column = keyspace === "system_schema" && Object.hasOwn(EMPTY, name) ? EMPTY[name] : undefined;
      if (column === undefined) return undefined;
      return tableOf(keyspace, name, ["keyspace_name", column], [], { keyspace_name: TEXT, [column]: TEXT });
    }
  }
}

/** Tables without rows, and the column that names what would be in them. */
const EMPTY: Readonly<Record<string, string>> = {
  types: "type_name",
  functions: "function_name",
  aggregates: "aggregate_name",
  views: "view_name",
  triggers: "trigger_name",
  dropped_columns: "table_name",
};
