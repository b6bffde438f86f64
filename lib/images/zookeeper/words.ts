/** Commands of four letters on the client port (org.apache.zookeeper.server.command). */
import type { Connection } from "../../machine/index.ts";
import type { ZooKeeperServer } from "./server.ts";

const NOT_SERVING = "This ZooKeeper instance is not currently serving requests\n";
const KNOWN = ["ruok", "srvr", "stat", "conf", "mntr", "isro", "cons", "envi", "srst", "dump", "wchs"];

const release = (version: string) => `${version}, built on 2024-10-17 23:21 UTC`;

function summary(server: ZooKeeperServer, clients: string): string {
  const { mode, tree } = server;
  if (mode === undefined) return NOT_SERVING;
  return [
    `Zookeeper version: ${release(server.version)}`,
    ...(clients === "" ? [] : ["Clients:", clients]),
    "Latency min/avg/max: 0/0.0/0",
    `Received: ${server.received}`,
    `Sent: ${server.sent}`,
    `Connections: ${server.connections.size}`,
    "Outstanding: 0",
    `Zxid: ${tree.zxid}`,
    `Mode: ${mode}`,
    `Node count: ${tree.nodes.size}`,
    ...(mode === "leader" ? ["Proposal sizes last/min/max: 48/48/48"] : []),
    "",
  ].join("\n");
}

/** The answer to one command, as the server writes it before it hangs up. */
export function fourLetters(server: ZooKeeperServer, word: string, connection: Connection): string {
  if (!KNOWN.includes(word)) return "";
  const { config, mode, tree } = server;
  if (!config.allowed.includes("*") && !config.allowed.includes(word)) {
    return `${word} is not executed because it is not in the whitelist.\n`;
  }
  switch (word) {
    case "ruok":
      return "imok";
    case "srvr":
      return summary(server, "");
    case "stat":
      return summary(server, ` /${connection.remoteAddress}:${connection.remotePort}[0](queued=0,recved=1,sent=0)\n`);
    case "isro":
      return mode === undefined ? "null" : "rw";
    case "conf":
      if (mode === undefined) return NOT_SERVING;
      return [
        `clientPort=${config.clientPort}`,
        "secureClientPort=-1",
        `dataDir=${config.dataDir}/version-2`,
        `dataLogDir=${config.dataLogDir}/version-2`,
        `tickTime=${config.tickTime}`,
        `maxClientCnxns=${config.maxClientConnections}`,
        `serverId=${config.myId}`,
        ...(config.servers.length === 0
          ? []
          : [
              `initLimit=${config.initLimit}`,
              `syncLimit=${config.syncLimit}`,
              "electionAlg=3",
              "membership: ",
              ...config.servers.map(
                ({ id, host, quorumPort, electionPort }) =>
                  `server.${id}=${host}:${quorumPort}:${electionPort}:participant`,
              ),
            ]),
        "",
      ].join("\n");
    case "mntr":
      if (mode === undefined) return NOT_SERVING;
      return [
        `zk_version\t${release(server.version)}`,
        `zk_server_state\t${mode}`,
        `zk_znode_count\t${tree.nodes.size}`,
        `zk_num_alive_connections\t${server.connections.size}`,
        `zk_packets_received\t${server.received}`,
        `zk_packets_sent\t${server.sent}`,
        `zk_ephemerals_count\t${[...tree.nodes.values()].filter(({ owner }) => owner !== "0x0").length}`,
        ...(mode === "leader"
          ? [`zk_followers\t${server.followers.length}`, `zk_synced_followers\t${server.followers.length}`]
          : []),
        "",
      ].join("\n");
    default:
      return `${word} is not supported here\n`;
  }
}
