/** zoo.cfg and myid, as QuorumPeerConfig reads them. */
import type { FileApi } from "../../machine/index.ts";

export interface ZooServer {
  readonly id: number;
  readonly host: string;
  readonly quorumPort: number;
  readonly electionPort: number;
}

export interface ZooConfig {
  readonly dataDir: string;
  readonly dataLogDir: string;
  readonly clientPort: number;
  readonly tickTime: number;
  readonly initLimit: number;
  readonly syncLimit: number;
  readonly maxClientConnections: number;
  /** Commands of four letters that are answered; "*" means all. */
  readonly allowed: readonly string[];
  readonly servers: readonly ZooServer[];
  /** 0 where the server stands alone. */
  readonly myId: number;
}

/** A configuration that the server refuses to start with; the message is ZooKeeper's. */
export class ZooConfigError extends Error {}

/** Settings that are taken and change nothing here: there is nothing to tune. */
const WITHOUT_EFFECT =
  /^(autopurge\..*|snapshot\..*|admin\..*|standaloneEnabled|reconfigEnabled|minSessionTimeout|maxSessionTimeout|clientPortAddress|globalOutstandingLimit|preAllocSize|snapCount|leaderServes|electionAlg|quorumListenOnAllIPs|metricsProvider\..*|skipACL|dynamicConfigFile|syncEnabled|4lw\..*|forceSync|extendedTypesEnabled)$/;

export function readZooConfig(files: FileApi, path: string): ZooConfig {
  if (!files.exists(path)) throw new ZooConfigError(`${path} file is missing`);
  const settings = new Map<string, string>();
  const servers: ZooServer[] = [];
  for (const raw of files.readText(path).split("\n")) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const equals = line.indexOf("=");
    const key = equals === -1 ? line : line.slice(0, equals).trim();
    const value = equals === -1 ? "" : line.slice(equals + 1).trim();
    const server = /^server\.(\d+)$/.exec(key);
    if (server !== null) {
      const [address = "", client] = value.split(";");
      const [host = "", quorum = "", election = "", role] = address.split(":");
      if (host === "" || !/^\d+$/.test(quorum) || !/^\d+$/.test(election))
        throw new ZooConfigError(`${value} does not have the form server_config or server_config;client_config`);
      if (role === "observer") throw new ZooConfigError("observers are not supported here");
      servers.push({ id: Number(server[1]), host, quorumPort: Number(quorum), electionPort: Number(election) });
      settings.set(key, client?.split(":").at(-1) ?? "");
    } else if (/^(group|weight)\./.test(key))
      throw new ZooConfigError(`${key}: weighted quorums are not supported here`);
    else if (
      !/^(dataDir|dataLogDir|clientPort|tickTime|initLimit|syncLimit|maxClientCnxns)$/.test(key) &&
      !WITHOUT_EFFECT.test(key)
    )
      throw new ZooConfigError(`unknown setting ${key}`);
    else settings.set(key, value);
  }
  const dataDir = settings.get("dataDir");
  if (!dataDir) throw new ZooConfigError("dataDir is not set");
  const clustered = servers.length > 1;
  let myId = 0;
  if (clustered) {
    if (!files.exists(`${dataDir}/myid`)) throw new ZooConfigError(`${dataDir}/myid file is missing`);
    const text = files.readText(`${dataDir}/myid`).trim();
    if (!/^\d+$/.test(text)) throw new ZooConfigError(`serverid ${text} is not a number`);
    myId = Number(text);
    if (!servers.some(({ id }) => id === myId)) throw new ZooConfigError(`My id ${myId} not in the peer list`);
  }
  const own = settings.get(`server.${servers.length === 1 ? servers[0]?.id : myId}`);
  const clientPort = Number(settings.get("clientPort") || own || 0);
  if (clientPort === 0) throw new ZooConfigError("clientPort is not set");
  return {
    dataDir,
    dataLogDir: settings.get("dataLogDir") || dataDir,
    clientPort,
    tickTime: Number(settings.get("tickTime") || 3000),
    initLimit: Number(settings.get("initLimit") || 10),
    syncLimit: Number(settings.get("syncLimit") || 5),
    maxClientConnections: Number(settings.get("maxClientCnxns") || 60),
    allowed: (settings.get("4lw.commands.whitelist") ?? "srvr").split(",").map((word) => word.trim()),
    servers: clustered ? servers : [],
    myId,
  };
}
