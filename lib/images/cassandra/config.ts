/** cassandra.yaml, cassandra-rackdc.properties and the JVM's options, as far as they mean something here. */
import type { Process } from "../../machine/index.ts";

export const CONFIG_DIRECTORY = "/etc/cassandra";
export const VERSION_FILE = "/usr/share/cassandra/version";

export interface CassandraConfig {
  readonly clusterName: string;
  readonly numTokens: number;
  readonly seeds: readonly string[];
  readonly address: string;
  readonly dataDirectory: string;
  readonly commitLogDirectory: string;
  readonly hintsDirectory: string;
  readonly dataCenter: string;
  readonly rack: string;
  readonly autoBootstrap: boolean;
  readonly hintedHandoff: boolean;
  /** How long a node waits for others to learn of a change of the ring. */
  readonly ringDelayMs: number;
  readonly consistentRangeMovement: boolean;
  readonly overrideDecommission: boolean;
}

/** A configuration that the server refuses to start with. */
export class ConfigurationError extends Error {}

/** Settings that would make another server of this one than it is. */
const REFUSED: Readonly<Record<string, string>> = {
  partitioner: "org.apache.cassandra.dht.Murmur3Partitioner",
  authenticator: "AllowAllAuthenticator",
  authorizer: "AllowAllAuthorizer",
};

export function readConfig(process: Process): CassandraConfig {
  const { files, env } = process;
  const path = `${CONFIG_DIRECTORY}/cassandra.yaml`;
  if (!files.exists(path)) throw new ConfigurationError(`Cannot locate file:${path}`);
  const settings = new Map<string, string>();
  let list = "";
  for (const line of files.readText(path).split("\n")) {
    const top = /^([a-z_]+):\s*(.*?)\s*$/.exec(line);
    const item = /^\s*-\s+(?:([a-z_]+):\s*)?(.*?)\s*$/.exec(line);
    if (top?.[1] !== undefined) {
      list = top[1];
      settings.set(list, unquoted(top[2] ?? ""));
    } else if (item !== null) {
      const name = item[1] ?? list;
      if (!settings.get(name)) settings.set(name, unquoted(item[2] ?? ""));
    }
  }
  for (const [name, only] of Object.entries(REFUSED)) {
    const value = settings.get(name) || only;
    if (value !== only && value !== `org.apache.cassandra.auth.${only}`)
      throw new ConfigurationError(`${name}: ${value} is not supported here`);
  }
  const options = `${env.get("JVM_OPTS") ?? ""} ${env.get("JVM_EXTRA_OPTS") ?? ""} ${process.argv.join(" ")}`;
  const property = (name: string) => new RegExp(`-Dcassandra\\.${name}=(\\S+)`).exec(options)?.[1];
  for (const name of ["replace_address", "replace_address_first_boot", "replace_node", "initial_token", "join_ring"]) {
    if (property(name) !== undefined) throw new ConfigurationError(`-Dcassandra.${name} is not supported here`);
  }
  const get = (name: string, otherwise: string) => settings.get(name) || otherwise;
  const own = process.network.addresses[0] ?? "127.0.0.1";
  const address = [get("broadcast_address", ""), get("listen_address", "")].find(
    (one) => /^\d/.test(one) && one !== "0.0.0.0",
  );
  if (address !== undefined && address !== own && address !== "127.0.0.1")
    throw new ConfigurationError(
      `Unable to bind to address /${address}:7000. Set listen_address in cassandra.yaml to an interface you can bind to, e.g., your private IP address on EC2`,
    );
  const { dataCenter, rack } = rackOf(process, get("endpoint_snitch", "SimpleSnitch"));
  return {
    clusterName: get("cluster_name", "Test Cluster"),
    numTokens: Number(get("num_tokens", "16")),
    seeds: get("seeds", "127.0.0.1")
      .split(",")
      .map((seed) => seed.trim().replace(/:\d+$/, ""))
      .filter(Boolean),
    address: own,
    dataDirectory: get("data_file_directories", "/var/lib/cassandra/data"),
    commitLogDirectory: get("commitlog_directory", "/var/lib/cassandra/commitlog"),
    hintsDirectory: get("hints_directory", "/var/lib/cassandra/hints"),
    dataCenter,
    rack,
    autoBootstrap: get("auto_bootstrap", "true") !== "false",
    hintedHandoff: get("hinted_handoff_enabled", "true") !== "false",
    ringDelayMs: Number(property("ring_delay_ms") ?? 30_000),
    consistentRangeMovement: property("consistent.rangemovement") !== "false",
    overrideDecommission: property("override_decommission") === "true",
  };
}

const unquoted = (text: string) => text.replace(/\s+#.*$/, "").replace(/^(["'])(.*)\1$/, "$2");

function rackOf(process: Process, snitch: string): { readonly dataCenter: string; readonly rack: string } {
  const name = snitch.replace("org.apache.cassandra.locator.", "");
  if (name === "SimpleSnitch") return { dataCenter: "datacenter1", rack: "rack1" };
  if (name !== "GossipingPropertyFileSnitch")
    throw new ConfigurationError(`endpoint_snitch: ${snitch} is not supported here`);
  const path = `${CONFIG_DIRECTORY}/cassandra-rackdc.properties`;
  const text = process.files.exists(path) ? process.files.readText(path) : "";
  const of = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1]?.trim();
  return { dataCenter: of("dc") || "dc1", rack: of("rack") || "rack1" };
}

/** Sets one setting of cassandra.yaml's text. */
export function withSetting(text: string, name: string, value: string): string {
  const line = `${name}: ${value}`;
  const pattern = new RegExp(`^(# ?)?${name}:.*$`, "m");
  return pattern.test(text) ? text.replace(pattern, () => line) : `${text.trimEnd()}\n${line}\n`;
}

export function withSeeds(text: string, seeds: string): string {
  return text.replace(/- seeds:.*/, () => `- seeds: "${seeds}"`);
}

/** The file an image brings. */
export function defaultYaml(root: string, numTokens: number): string {
  return `cluster_name: 'Test Cluster'
num_tokens: ${numTokens}
hinted_handoff_enabled: true
hints_directory: ${root}/hints
authenticator: AllowAllAuthenticator
authorizer: AllowAllAuthorizer
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
data_file_directories:
    - ${root}/data
commitlog_directory: ${root}/commitlog
saved_caches_directory: ${root}/saved_caches
seed_provider:
    - class_name: org.apache.cassandra.locator.SimpleSeedProvider
      parameters:
          - seeds: "127.0.0.1"
listen_address: localhost
# broadcast_address: 1.2.3.4
rpc_address: localhost
# broadcast_rpc_address: 1.2.3.4
endpoint_snitch: SimpleSnitch
native_transport_port: 9042
storage_port: 7000
`;
}
