/** What nodetool asks the node it runs beside, and the text it prints. */
import { CqlError } from "./cql/types.ts";
import type { Endpoint } from "./gossip.ts";
import { isGone } from "./gossip.ts";
import { OperationError } from "./movement.ts";
import { type CassandraNode, NATIVE_PORT } from "./node.ts";
import { SYSTEM_KEYSPACES } from "./schema.ts";

export const JMX_PORT = 7199;

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

const said = (stdout: string): Outcome => ({ stdout, stderr: "", code: 0 });
const badUse = (text: string): Outcome => ({
  stdout: "",
  stderr: `nodetool: ${text}\nSee 'nodetool help' or 'nodetool help <command>'.\n`,
  code: 1,
});

type Command = (node: CassandraNode, args: readonly string[]) => Promise<Outcome> | Outcome;

function fileSize(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < 4; unit++) value /= 1024;
  return `${Number(value.toFixed(2))} ${units[unit]}`;
}

/** Loads as nodes know them themselves; of those that are down nothing is known. */
async function loads(node: CassandraNode): Promise<Map<string, string>> {
  const found = new Map([[node.gossip.self.hostId, fileSize(node.storage.load())]]);
  for (const hostId of node.gossip.live) {
    const bytes = await node.gossip.ask<number>(hostId, { type: "load" }, 2000).catch(() => undefined);
    if (bytes !== undefined) found.set(hostId, fileSize(bytes));
  }
  for (const { hostId, load } of node.gossip.endpoints.values()) {
    if (!found.has(hostId)) found.set(hostId, load === 0 ? "?" : fileSize(load));
  }
  return found;
}

/** Owned parts by host id, and a note where keyspaces differ too much for one answer. */
function ownership(node: CassandraNode, keyspace: string | undefined) {
  const { ring } = node.coordinator;
  const own = node.schema.keyspaces;
  const chosen = keyspace === undefined ? (own[0] ?? SYSTEM_KEYSPACES.at(-1)) : node.schema.keyspace(keyspace);
  if (chosen === undefined) throw new OperationError(`The keyspace ${keyspace}, does not exist`);
  const settings = (one: typeof chosen) => JSON.stringify(Object.entries(one.replication).sort());
  if (keyspace === undefined && own.some((one) => settings(one) !== settings(chosen))) {
    return {
      owned: undefined,
      note: "Note: Non-system keyspaces don't have the same replication settings, effective ownership information is meaningless\n",
    };
  }
  return { owned: ring.ownership(chosen.replication), note: "" };
}

const shownMembers = (node: CassandraNode) => {
  const first = ({ tokens }: Endpoint) =>
    tokens.map(BigInt).reduce((low, token) => (token < low ? token : low), 1n << 64n);
  return [...node.gossip.endpoints.values()]
    .filter((endpoint) => !isGone(endpoint) && endpoint.tokens.length > 0)
    .map((endpoint) => ({ endpoint, first: first(endpoint) }))
    .sort((a, b) => (a.first < b.first ? -1 : 1))
    .map(({ endpoint }) => endpoint);
};

const STATES: Readonly<Record<string, string>> = { BOOT: "Joining", NORMAL: "Normal", LEAVING: "Leaving" };
const stateOf = (node: CassandraNode, { status, hostId }: Endpoint) => ({
  up: node.gossip.isUp(hostId) || (hostId === node.gossip.self.hostId && node.mode !== "DRAINED"),
  state: STATES[status] ?? "Normal",
});

async function status(node: CassandraNode, args: readonly string[]): Promise<Outcome> {
  const { owned, note } = ownership(
    node,
    args.find((arg) => !arg.startsWith("-")),
  );
  const load = await loads(node);
  const members = shownMembers(node);
  const ownsName = owned === undefined ? "Owns" : "Owns (effective)";
  const header = ["--", "Address", "Load", "Tokens", ownsName, "Host ID", "Rack"];
  const rowOf = (endpoint: Endpoint) => {
    const { up, state } = stateOf(node, endpoint);
    const part = owned?.get(endpoint.hostId);
    const owns = part === undefined || endpoint.status === "BOOT" ? "?" : `${(part * 100).toFixed(1)}%`;
    return [
      `${up ? "U" : "D"}${state[0]}`,
      endpoint.address,
      load.get(endpoint.hostId) ?? "?",
      String(endpoint.tokens.length),
      owns,
      endpoint.hostId,
      endpoint.rack,
    ];
  };
  const all = members.map(rowOf);
  const longest = (index: number) => Math.max(...[header, ...all].map((row) => row[index]?.length ?? 0));
  const widths =
    node.major >= 4
      ? header.map((_name, index) => longest(index))
      : [2, Math.max(...all.map((row) => row[1]?.length ?? 0)), 9, 11, owned === undefined ? 6 : 16, 36, 0];
  const line = (row: readonly string[]) => `${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ")}\n`;
  let text = "";
  for (const dataCenter of [...new Set(members.map((member) => member.dataCenter))].sort()) {
    const title = `Datacenter: ${dataCenter}`;
    text += `${title}\n${"=".repeat(title.length)}\nStatus=Up/Down\n|/ State=Normal/Leaving/Joining/Moving\n${line(header)}`;
    text += members
      .filter((member) => member.dataCenter === dataCenter)
      .map((member) => line(rowOf(member)))
      .join("");
  }
  return said(`${text}\n${note}`);
}

async function ring(node: CassandraNode, args: readonly string[]): Promise<Outcome> {
  const { owned, note } = ownership(node, args[0]);
  const load = await loads(node);
  const { entries } = node.coordinator.ring;
  let text = "";
  for (const dataCenter of [...new Set(entries.map(({ member }) => member.dataCenter))].sort()) {
    const here = entries.filter(({ member }) => member.dataCenter === dataCenter);
    const width =
      Math.max(...here.map(({ member }) => node.gossip.endpoints.get(member.hostId)?.address.length ?? 0)) + 2;
    const line = (cells: readonly string[]) =>
      `${cells.map((cell, index) => cell.padEnd([width, 12, 7, 8, 16, 20, 44][index] ?? 0)).join("")}\n`;
    text += `\nDatacenter: ${dataCenter}\n==========\n`;
    text += line(["Address", "Rack", "Status", "State", "Load", "Owns", "Token"]);
    text += line(["", "", "", "", "", "", here.at(-1)?.token.toString() ?? ""]);
    for (const { member, token } of here) {
      const endpoint = node.gossip.endpoints.get(member.hostId);
      if (endpoint === undefined) continue;
      const { up, state } = stateOf(node, endpoint);
      const part = owned?.get(member.hostId);
      text += line([
        endpoint.address,
        endpoint.rack,
        up ? "Up" : "Down",
        state,
        load.get(member.hostId) ?? "?",
        part === undefined ? "?" : `${(part * 100).toFixed(2)}%`,
        token.toString(),
      ]);
    }
  }
  const warning =
    node.config.numTokens > 1
      ? '\n  Warning: "nodetool ring" is used to output all the tokens of a node.\n  To view status related info of a node use "nodetool status" instead.\n\n\n  '
      : "\n";
  return said(`${text}${warning}${note}`);
}

function info(node: CassandraNode, args: readonly string[]): Outcome {
  const { self } = node.gossip;
  const showTokens = args.includes("-T") || args.includes("--tokens");
  const uptime = Math.floor((node.process.clock.now() - node.started) / 1000);
  const lines: [string, string][] = [
    ["ID", self.hostId],
    ["Gossip active", String(node.gossip.active)],
    ...(node.major < 4 ? ([["Thrift active", "false"]] as [string, string][]) : []),
    ["Native Transport active", String(node.nativeRunning)],
    ["Load", fileSize(node.storage.load())],
    ["Generation No", node.gossip.active ? String(self.generation) : "0"],
    ["Uptime (seconds)", String(uptime)],
    ["Data Center", self.dataCenter],
    ["Rack", self.rack],
    ["Exceptions", "0"],
    ...(showTokens
      ? self.tokens.map((token): [string, string] => ["Token", token])
      : ([["Token", `(invoke with -T/--tokens to see all ${self.tokens.length} tokens)`]] as [string, string][])),
  ];
  return said(lines.map(([name, value]) => `${name.padEnd(23)}: ${value}\n`).join(""));
}

function describeCluster(node: CassandraNode): Outcome {
  const members = shownMembers(node);
  const versions = new Map<string, string[]>();
  const unreachable: string[] = [];
  for (const { hostId, schema, address } of members) {
    if (!node.gossip.isUp(hostId)) unreachable.push(address);
    else versions.set(schema, [...(versions.get(schema) ?? []), address]);
  }
  const snitch = node.config.dataCenter === "datacenter1" ? "SimpleSnitch" : "GossipingPropertyFileSnitch";
  let text = `Cluster Information:\n\tName: ${node.config.clusterName}\n\tSnitch: org.apache.cassandra.locator.${snitch}\n\tDynamicEndPointSnitch: enabled\n\tPartitioner: org.apache.cassandra.dht.Murmur3Partitioner\n\tSchema versions:\n`;
  for (const [version, addresses] of versions) text += `\t\t${version}: [${addresses.join(", ")}]\n\n`;
  if (unreachable.length > 0) text += `\t\tUNREACHABLE: [${unreachable.join(", ")}]\n\n`;
  if (node.major < 4) return said(text);
  const count = (of: string) => members.filter(({ status: one }) => one === of).length;
  text += `Stats for all nodes:\n\tLive: ${members.length - unreachable.length}\n\tJoining: ${count("BOOT")}\n\tMoving: 0\n\tLeaving: ${count("LEAVING")}\n\tUnreachable: ${unreachable.length}\n\nData Centers: \n`;
  for (const dataCenter of [...new Set(members.map((member) => member.dataCenter))].sort()) {
    const here = members.filter((member) => member.dataCenter === dataCenter);
    text += `\t${dataCenter} #Nodes: ${here.length} #Down: ${here.filter(({ hostId }) => !node.gossip.isUp(hostId)).length}\n`;
  }
  text += "\nDatabase versions:\n";
  for (const release of [...new Set(members.map((member) => member.release))].sort())
    text += `\t${release}: [${members
      .filter((one) => one.release === release)
      .map(({ address }) => `${address}:7000`)
      .join(", ")}]\n`;
  text += "\nKeyspaces:\n";
  for (const { name, replication } of [...SYSTEM_KEYSPACES, ...node.schema.keyspaces]) {
    const { class: strategy, ...rest } = replication;
    const pairs = Object.entries(rest).map(([key, value]) => `${key}=${value}`);
    text += `\t${name} -> Replication class: ${strategy} {${pairs.join(", ")}}\n`;
  }
  return said(`${text}\n`);
}

function gossipInfo(node: CassandraNode): Outcome {
  let text = "";
  for (const endpoint of node.gossip.endpoints.values()) {
    const token = endpoint.tokens[0] ?? "";
    text += [
      `/${endpoint.address}`,
      `  generation:${endpoint.generation}`,
      `  heartbeat:${endpoint.version}`,
      `  STATUS:${endpoint.version}:${endpoint.status}${token === "" ? "" : `,${token}`}`,
      `  LOAD:${endpoint.version}:${endpoint.load.toFixed(1)}`,
      `  SCHEMA:${endpoint.version}:${endpoint.schema}`,
      `  DC:1:${endpoint.dataCenter}`,
      `  RACK:1:${endpoint.rack}`,
      `  RELEASE_VERSION:1:${endpoint.release}`,
      `  HOST_ID:1:${endpoint.hostId}`,
      "  TOKENS:1:<hidden>",
      "",
    ].join("\n");
  }
  return said(text);
}

async function repair(node: CassandraNode, args: readonly string[]): Promise<Outcome> {
  const unknown = args.find(
    (arg) => arg.startsWith("-") && !["-pr", "-full", "--full", "--partitioner-range", "-seq"].includes(arg),
  );
  if (unknown !== undefined) return badUse(`Found unexpected parameters: [${unknown}]`);
  const named = args.find((arg) => !arg.startsWith("-"));
  if (named !== undefined && node.schema.keyspace(named) === undefined)
    return badUse(`Keyspace [${named}] does not exist.`);
  const keyspaces = named === undefined ? node.schema.keyspaces.map(({ name }) => name) : [named];
  const stamp = () =>
    new Date(node.process.clock.now()).toISOString().replace("T", " ").replace("Z", "").replace(".", ",");
  let text = "";
  for (const [index, keyspace] of keyspaces.entries()) {
    text += `[${stamp()}] Starting repair command #${index + 1}, repairing keyspace ${keyspace} with repair options (parallelism: parallel, primary range: ${args.includes("-pr")}, incremental: ${!args.some((arg) => /full$/.test(arg))}, job threads: 1, ColumnFamilies: [], dataCenters: [], hosts: [], previewKind: NONE, # of ranges: ${node.coordinator.ring.entries.length}, pull repair: false, force repair: false, optimise streams: false, ignore unreplicated keyspaces: false)\n`;
    try {
      await node.movement.repair(keyspace);
    } catch (problem) {
      if (!(problem instanceof OperationError)) throw problem;
      const message = `Repair command #${index + 1} failed with error ${problem.message}`;
      return {
        stdout: `${text}[${stamp()}] ${message}\n[${stamp()}] Repair command #${index + 1} finished with error\n`,
        stderr: `error: Repair job has failed with the error message: [${stamp()}] ${message}. Check the logs on the repair participants for further details\n`,
        code: 2,
      };
    }
    text += `[${stamp()}] Repair completed successfully\n[${stamp()}] Repair command #${index + 1} finished in 0 seconds\n`;
  }
  return said(text);
}

function tableStats(node: CassandraNode, args: readonly string[]): Outcome {
  let text = "Total number of tables: ";
  const tables = node.schema
    .tables()
    .filter(
      (table) =>
        args.length === 0 || args.some((arg) => arg === table.keyspace || arg === `${table.keyspace}.${table.name}`),
    );
  text += `${tables.length}\n----------------\n`;
  for (const keyspace of [...new Set(tables.map((table) => table.keyspace))]) {
    text += `Keyspace : ${keyspace}\n`;
    for (const table of tables.filter((one) => one.keyspace === keyspace)) {
      const { files, bytes } = node.storage.usage(table);
      text += `\t\tTable: ${table.name}\n\t\tSSTable count: ${files}\n\t\tSpace used (live): ${bytes}\n\t\tSpace used (total): ${bytes}\n\t\tNumber of partitions (estimate): ${node.storage.of(table).size}\n\n`;
    }
    text += "----------------\n";
  }
  return said(text);
}

function unknownKeyspace(node: CassandraNode, keyspace: string | undefined): Outcome | undefined {
  if (keyspace === undefined || node.schema.keyspace(keyspace) !== undefined) return undefined;
  return badUse(`Keyspace [${keyspace}] does not exist.`);
}

const running = (value: boolean) => said(value ? "running\n" : "not running\n");

const COMMANDS: Readonly<Record<string, Command>> = {
  status,
  ring,
  info,
  describecluster: describeCluster,
  gossipinfo: gossipInfo,
  repair,
  tablestats: tableStats,
  cfstats: tableStats,
  version: (node) => said(`ReleaseVersion: ${node.release}\n`),
  netstats: (node) =>
    said(
      `Mode: ${node.mode}\nNot sending any streams.\nRead Repair Statistics:\nAttempted: 0\nMismatch (Blocking): 0\nMismatch (Background): 0\n`,
    ),
  decommission: async (node, args) => {
    const wrong = args.find((arg) => arg !== "-f" && arg !== "--force");
    if (wrong !== undefined || (args.length > 0 && node.major < 4))
      return badUse(`Found unexpected parameters: [${wrong ?? args[0]}]`);
    await node.decommission(args.length > 0);
    return said("");
  },
  removenode: async (node, args) => {
    const [target] = args;
    if (target === "status") return said("RemovalStatus: No token removals in process.\n");
    if (target === "force") return badUse("removenode force is not supported here");
    if (target === undefined || !/^[0-9a-f-]{36}$/i.test(target))
      return badUse(`Required parameters are missing: remove_operation`);
    await node.movement.removeNode(target.toLowerCase());
    return said("");
  },
  cleanup: async (node, args) => {
    const wrong = unknownKeyspace(node, args[0]);
    if (wrong !== undefined) return wrong;
    if (node.mode !== "NORMAL")
      throw new OperationError("Node is involved in cluster membership changes. Not safe to run cleanup.");
    await node.movement.cleanup(args[0]);
    return said("");
  },
  drain: async (node) => {
    await node.drain();
    return said("");
  },
  flush: (node, args) => {
    const wrong = unknownKeyspace(node, args[0]);
    if (wrong !== undefined) return wrong;
    node.storage.flush(node.process.clock.now());
    return said("");
  },
  compact: (node, args) => {
    const wrong = unknownKeyspace(node, args[0]);
    if (wrong !== undefined) return wrong;
    const now = node.process.clock.now();
    node.storage.flush(now);
    for (const table of node.schema.tables(args[0]))
      if (args[1] === undefined || args[1] === table.name) node.storage.compact(table, now);
    return said("");
  },
  getendpoints: (node, args) => {
    const [keyspace, table, key] = args;
    if (keyspace === undefined || table === undefined || key === undefined)
      return badUse("getendpoints requires keyspace, table and partition key arguments");
    return said(`${node.movement.endpointsOf(keyspace, table, key).join("\n")}\n`);
  },
  statusbinary: (node) => running(node.nativeRunning),
  statusgossip: (node) => running(node.gossip.active),
  statushandoff: (node) => said(`Hinted handoff is ${node.handoff ? "running" : "not running"}\n`),
  disablebinary: (node) => {
    node.stopNative();
    return said("");
  },
  enablebinary: (node) => {
    if (node.mode !== "NORMAL")
      throw new OperationError(`Cannot start native transport on port ${NATIVE_PORT}: node is ${node.mode}`);
    node.startNative();
    return said("");
  },
  disablehandoff: (node) => {
    node.handoff = false;
    return said("");
  },
  enablehandoff: async (node) => {
    node.handoff = true;
    for (const hostId of node.gossip.live) await node.deliverHints(hostId);
    return said("");
  },
  stopdaemon: (node) => {
    node.stop();
    return said("Cassandra has shutdown.\n");
  },
};

export async function manage(node: CassandraNode, args: readonly string[]): Promise<Outcome> {
  const [name = "help", ...rest] = args;
  if (name === "help") {
    const list = Object.keys(COMMANDS)
      .sort()
      .map((one) => `    ${one}\n`);
    return said(
      `usage: nodetool [(-h <host> | --host <host>)] [(-p <port> | --port <port>)] <command> [<args>]\n\nThe nodetool commands served here are:\n${list.join("")}`,
    );
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) return badUse(`Found unexpected parameters: [${name}]`);
  try {
    return await command(node, rest);
  } catch (problem) {
    if (problem instanceof CqlError) return badUse(problem.message);
    if (!(problem instanceof OperationError)) throw problem;
    if (problem.message.startsWith("Unsupported operation: ")) return badUse(problem.message);
    return {
      stdout: "",
      stderr: `error: ${problem.message}\n-- StackTrace --\njava.lang.RuntimeException: ${problem.message}\n`,
      code: 2,
    };
  }
}
