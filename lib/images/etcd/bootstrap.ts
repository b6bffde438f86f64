/** Who a starting member is: by its data directory, as one of the first, or as one that others added. */
import type { Process } from "../../machine/index.ts";
import { askMember } from "../kit/ensemble-wire.ts";
import { resolveService } from "../kit/resolve.ts";
import { type EtcdConfig, endpointOf } from "./config.ts";
import { clusterId, compareIds, memberId } from "./ids.ts";
import type { Log } from "./log.ts";
import type { Member } from "./types.ts";

/** What a member tells anybody who asks at its peer port. */
export interface Remote {
  readonly cluster: string;
  readonly members: readonly Member[];
}

export interface Identity {
  readonly id: string;
  readonly cluster: string;
}

export interface Bootstrap extends Identity {
  readonly members: readonly Member[];
  /** False: the history is with the others. */
  readonly founding: boolean;
}

/** The server cannot start; the message is etcd's. */
export class BootstrapError extends Error {}

export const MEMBERS_QUESTION = "members";

/** Reads what a former process left; undefined in a fresh directory. */
export function readIdentity(process: Process, dataDir: string): Identity | undefined {
  const path = `${dataDir}/member/wal/metadata`;
  return process.files.exists(path) ? (JSON.parse(process.files.readText(path)) as Identity) : undefined;
}

export function writeIdentity(process: Process, dataDir: string, { id, cluster }: Identity): void {
  for (const path of [dataDir, `${dataDir}/member`, `${dataDir}/member/wal`, `${dataDir}/member/snap`])
    process.files.makeDirectory(path, { recursive: true, mode: 0o700 });
  process.files.writeFile(`${dataDir}/member/wal/metadata`, JSON.stringify({ id, cluster }), { mode: 0o600 });
}

/** Name and peer URL of each member that the configuration names; with discovery, of each SRV record. */
async function initialCluster(process: Process, config: EtcdConfig, log: Log): Promise<[string, string][]> {
  if (config.discoverySrv === undefined) return config.initialCluster.map(([name, url]) => [name, url]);
  const domain = config.discoverySrv;
  const records = await resolveService(process, `_etcd-server._tcp.${domain}`);
  if (records.length === 0) {
    throw new BootstrapError(
      `error setting up initial cluster: error querying DNS SRV records for _etcd-server lookup _etcd-server._tcp.${domain}: no such host`,
    );
  }
  const found: [string, string][] = [];
  let unnamed = 0;
  for (const { target, port } of records) {
    const url = `http://${target.replace(/\.$/, "")}:${port}`;
    const own = config.advertisePeer.includes(url);
    found.push([own ? config.name : String(unnamed++), url]);
  }
  log("info", "etcdserver/discovery", "got bootstrap from DNS", { "etcd-server": found.map((pair) => pair.join("=")) });
  return found;
}

function membersOf(pairs: readonly (readonly [string, string])[], token: string): Member[] {
  const urls = new Map<string, string[]>();
  for (const [name, url] of pairs) urls.set(name, [...(urls.get(name) ?? []), url]);
  return [...urls].map(([name, peerUrls]) => ({
    id: memberId(peerUrls, token),
    name,
    peerUrls: [...peerUrls].sort(),
    clientUrls: [],
    learner: false,
  }));
}

/** What the first peer that answers says of the cluster; undefined where none does. */
async function askPeers(process: Process, urls: readonly string[]): Promise<Remote | undefined> {
  for (const url of urls) {
    const { host, port } = endpointOf(url);
    const answer = await askMember(process, host, port, MEMBERS_QUESTION);
    if (answer !== undefined) return JSON.parse(answer) as Remote;
  }
  return undefined;
}

/** A fresh directory: found the cluster with others, or find one's place in it. Throws `BootstrapError`. */
export async function bootstrap(process: Process, config: EtcdConfig, log: Log): Promise<Bootstrap> {
  const pairs = await initialCluster(process, config, log);
  const planned = membersOf(pairs, config.token);
  const own = planned.find(({ name }) => name === config.name);
  if (own === undefined) {
    throw new BootstrapError(`couldn't find local name "${config.name}" in the initial cluster configuration`);
  }
  const advertised = [...config.advertisePeer].sort();
  if (own.peerUrls.join() !== advertised.join()) {
    const missing = own.peerUrls.filter((url) => !advertised.includes(url)).map((url) => `${config.name}=${url}`);
    throw new BootstrapError(
      missing.length > 0
        ? `--initial-cluster has ${missing.join(",")} but missing from --initial-advertise-peer-urls=${advertised.join(",")}`
        : `--initial-advertise-peer-urls has ${advertised.join(",")} but missing from --initial-cluster=${pairs.map((pair) => pair.join("=")).join(",")}`,
    );
  }
  const others = planned.filter(({ name }) => name !== config.name).flatMap(({ peerUrls }) => peerUrls);
  if (config.initialState === "new") {
    const cluster = clusterId(planned.map(({ id }) => id));
    const remote = await askPeers(process, others);
    const known = remote?.cluster === cluster ? remote.members.find(({ id }) => id === own.id) : undefined;
    if (known !== undefined && known.clientUrls.length > 0)
      throw new BootstrapError(`member ${own.id} has already been bootstrapped`);
    return {
      id: own.id,
      cluster,
      founding: true,
      members: planned.map((member) => ({ ...member, name: "" })).sort((a, b) => compareIds(a.id, b.id)),
    };
  }
  const remote = await askPeers(process, others);
  if (remote === undefined)
    throw new BootstrapError(
      "cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs",
    );
  const key = ({ peerUrls }: Member) => [...peerUrls].sort().join();
  if (remote.members.length !== planned.length)
    throw new BootstrapError("error validating peerURLs " + describe(remote) + ": member count is unequal");
  for (const member of remote.members) {
    if (!planned.some((other) => key(other) === key(member)))
      throw new BootstrapError(
        "error validating peerURLs " +
          describe(remote) +
          `: unmatched member while checking PeerURLs (${JSON.stringify(member.peerUrls)})`,
      );
  }
  const place = remote.members.find((member) => key(member) === key(own));
  if (place === undefined) throw new BootstrapError(`couldn't find local name "${config.name}" in the cluster`);
  return { id: place.id, cluster: remote.cluster, founding: false, members: remote.members };
}

function describe({ cluster, members }: Remote): string {
  const listed = members.map(
    ({ id, name, peerUrls, clientUrls, learner }) =>
      `&{ID:${id} RaftAttributes:{PeerURLs:[${peerUrls.join(" ")}] IsLearner:${learner}} Attributes:{Name:${name} ClientURLs:[${clientUrls.join(" ")}]}}`,
  );
  return `{ClusterID:${cluster} Members:[${listed.join(" ")}] RemovedMemberIDs:[]}`;
}
