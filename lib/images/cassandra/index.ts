import { directory, isErrno, merged, type Process, program } from "../../machine/index.ts";
import type { BaseRoots } from "../base/roots.ts";
import { resolveHost } from "../kit/resolve.ts";
import { answerRpc, dialRpc, LinkLost } from "../kit/rpc.ts";
import { serve } from "../kit/server.ts";
import { versionOfTag } from "../kit/tags.ts";
import type { ImageFamily } from "../types.ts";
import {
  CONFIG_DIRECTORY,
  ConfigurationError,
  defaultYaml,
  readConfig,
  VERSION_FILE,
  withSeeds,
  withSetting,
} from "./config.ts";
import { cqlsh } from "./cqlsh.ts";
import { JMX_PORT, manage, type Outcome } from "./management.ts";
import { CassandraNode, StartupError } from "./node.ts";

const VERSIONS: Readonly<Record<string, string>> = {
  latest: "5.0.5",
  "5": "5.0.5",
  "5.0": "5.0.5",
  "5.0.5": "5.0.5",
  "5.0.4": "5.0.4",
  "4": "4.1.10",
  "4.1": "4.1.10",
  "4.1.10": "4.1.10",
  "4.1.9": "4.1.9",
  "4.1.3": "4.1.3",
  "4.0": "4.0.18",
  "4.0.18": "4.0.18",
  "3": "3.11.19",
  "3.11": "3.11.19",
  "3.11.19": "3.11.19",
  "3.11.14": "3.11.14",
  "3.0": "3.0.32",
};

/** `cassandra -f` */
async function cassandra(process: Process): Promise<number> {
  const release = process.files.readText(VERSION_FILE).trim();
  const flags = process.argv.slice(1);
  if (flags[0] === "-v") {
    await process.stdout.write(`${release}\n`);
    return 0;
  }
  const unknown = flags.find((flag) => flag !== "-f" && flag !== "-R" && !flag.startsWith("-D"));
  if (unknown !== undefined || !flags.includes("-f")) {
    // In the background there is nobody to come back to in a container.
    await process.stderr.write(
      unknown === undefined
        ? "cassandra: only -f (foreground) is supported here\n"
        : `cassandra: unknown option ${unknown}\n`,
    );
    return 1;
  }
  let node: CassandraNode;
  try {
    node = new CassandraNode(process, readConfig(process), release);
  } catch (problem) {
    if (problem instanceof ConfigurationError || problem instanceof StartupError) {
      const name =
        problem instanceof StartupError ? problem.javaClass : "org.apache.cassandra.exceptions.ConfigurationException";
      await process.stdout.write(
        `ERROR [main] CassandraDaemon.java - Exception encountered during startup\n${name}: ${problem.message}\n`,
      );
      await process.stderr.write(`Exception (${name}) encountered during startup: ${problem.message}\n`);
      return 3;
    }
    if (!isErrno(problem)) throw problem;
    await process.stderr.write(
      `Exception (org.apache.cassandra.exceptions.ConfigurationException) encountered during startup: Insufficient permissions or no space on the data directories: ${problem.message}\n`,
    );
    return 3;
  }
  const close = serve(
    process,
    JMX_PORT,
    (connection) =>
      answerRpc(process, connection, ({ args }: { readonly args: readonly string[] }) => manage(node, args)),
    { address: "127.0.0.1" },
  );
  try {
    return await node.run();
  } finally {
    close();
  }
}

/** nodetool asks the node beside it; JMX listens on the local address alone. */
async function nodetool(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  let host = "127.0.0.1";
  let port = JMX_PORT;
  while (args[0]?.startsWith("-") === true) {
    const flag = args.shift();
    if (flag === "-h" || flag === "--host") host = args.shift() ?? host;
    else if (flag === "-p" || flag === "--port") port = Number(args.shift());
    else if (!["-u", "--username", "-pw", "--password"].includes(flag ?? "")) {
      await process.stderr.write(
        `nodetool: Found unexpected parameters: [${flag}]\nSee 'nodetool help' or 'nodetool help <command>'.\n`,
      );
      return 1;
    } else args.shift();
  }
  const address = host === "localhost" ? "127.0.0.1" : await resolveHost(process, host);
  try {
    const link = await dialRpc(process, address ?? host, port);
    try {
      const { stdout, stderr, code } = await link.ask<Outcome>({ args });
      await process.stdout.write(stdout);
      await process.stderr.write(stderr);
      return code;
    } finally {
      link.close();
    }
  } catch (problem) {
    if (problem instanceof LinkLost) return args[0] === "stopdaemon" ? 0 : 1;
    if (!isErrno(problem)) throw problem;
    const why =
      problem.code === "ECONNREFUSED"
        ? "ConnectException: 'Connection refused (Connection refused)'"
        : `NoRouteToHostException: '${problem.message}'`;
    await process.stderr.write(`nodetool: Failed to connect to '${host}:${port}' - ${why}.\n`);
    return 1;
  }
}

/** Writes settings of the environment into cassandra.yaml and cassandra-rackdc.properties. */
function configure(process: Process, names: Readonly<Record<string, string>>, seeds: string): void {
  const { files, env } = process;
  const path = `${CONFIG_DIRECTORY}/cassandra.yaml`;
  let yaml = withSeeds(files.readText(path), seeds);
  for (const [setting, variable] of Object.entries(names)) {
    const value = env.get(variable);
    if (value) yaml = withSetting(yaml, setting, setting === "cluster_name" ? `'${value}'` : value);
  }
  const [dc, rack] = [env.get("CASSANDRA_DC"), env.get("CASSANDRA_RACK")];
  if (dc || rack) {
    const properties = `${CONFIG_DIRECTORY}/cassandra-rackdc.properties`;
    const text = files.readText(properties);
    files.writeFile(
      properties,
      text.replace(/^dc=.*$/m, dc ? `dc=${dc}` : "$&").replace(/^rack=.*$/m, rack ? `rack=${rack}` : "$&"),
    );
  }
  files.writeFile(path, yaml);
}

/** docker-entrypoint.sh of the official image. */
async function entrypoint(process: Process): Promise<number> {
  const command = process.argv.slice(1);
  if (command.length === 0 || command[0]?.startsWith("-") === true) command.unshift("cassandra", "-f");
  if (command[0] !== "cassandra") return process.execute({ argv: command });
  const { env } = process;
  const own = process.network.addresses[0] ?? "127.0.0.1";
  const listen = env.get("CASSANDRA_LISTEN_ADDRESS") || "auto";
  env.set("CASSANDRA_LISTEN_ADDRESS", listen === "auto" ? own : listen);
  const broadcast = env.get("CASSANDRA_BROADCAST_ADDRESS") || (env.get("CASSANDRA_LISTEN_ADDRESS") ?? own);
  env.set("CASSANDRA_BROADCAST_ADDRESS", broadcast);
  configure(
    process,
    {
      broadcast_address: "CASSANDRA_BROADCAST_ADDRESS",
      cluster_name: "CASSANDRA_CLUSTER_NAME",
      endpoint_snitch: "CASSANDRA_ENDPOINT_SNITCH",
      listen_address: "CASSANDRA_LISTEN_ADDRESS",
      num_tokens: "CASSANDRA_NUM_TOKENS",
      rpc_address: "CASSANDRA_RPC_ADDRESS",
    },
    env.get("CASSANDRA_SEEDS") || broadcast,
  );
  return process.execute({ argv: command });
}

/** run.sh of the image of Kubernetes' tutorial. */
async function run(process: Process): Promise<number> {
  const { env, files } = process;
  const own = env.get("POD_IP") || (process.network.addresses[0] ?? "127.0.0.1");
  if (!env.get("CASSANDRA_NUM_TOKENS")) env.set("CASSANDRA_NUM_TOKENS", "32");
  if (!env.get("CASSANDRA_CLUSTER_NAME")) env.set("CASSANDRA_CLUSTER_NAME", "Test Cluster");
  if (env.get("CASSANDRA_DC") && env.get("CASSANDRA_RACK"))
    env.set("CASSANDRA_ENDPOINT_SNITCH", "GossipingPropertyFileSnitch");
  const seeds = env.get("CASSANDRA_SEEDS");
  const shown = ["CASSANDRA_CLUSTER_NAME", "CASSANDRA_DC", "CASSANDRA_NUM_TOKENS", "CASSANDRA_RACK", "CASSANDRA_SEEDS"];
  await process.stdout.write(
    `Starting Cassandra on ${own}\nCASSANDRA_CONF_DIR ${CONFIG_DIRECTORY}\n${shown.map((name) => `${name} ${env.get(name) ?? ""}\n`).join("")}`,
  );
  configure(
    process,
    {
      cluster_name: "CASSANDRA_CLUSTER_NAME",
      endpoint_snitch: "CASSANDRA_ENDPOINT_SNITCH",
      num_tokens: "CASSANDRA_NUM_TOKENS",
      auto_bootstrap: "CASSANDRA_AUTO_BOOTSTRAP",
    },
    seeds === "false" ? own : seeds || own,
  );
  for (const name of ["data", "commitlog", "saved_caches"])
    files.makeDirectory(`/cassandra_data/${name}`, { recursive: true });
  return process.execute({ argv: ["cassandra", "-R", "-f"] });
}

/** /ready-probe.sh: ready where the node is up and part of the ring, which nodetool would show as UN. */
async function readyProbe(process: Process): Promise<number> {
  try {
    const link = await dialRpc(process, "127.0.0.1", JMX_PORT);
    try {
      const { stdout } = await link.ask<Outcome>({ args: ["netstats"] });
      return stdout.startsWith("Mode: NORMAL\n") ? 0 : 1;
    } finally {
      link.close();
    }
  } catch (problem) {
    if (isErrno(problem) || problem instanceof LinkLost) return 1;
    throw problem;
  }
}

export function cassandraFamily(roots: BaseRoots): ImageFamily {
  const binaries = (version: string, root: string, numTokens: number) => ({
    "usr/share/cassandra/version": `${version}\n`,
    "etc/cassandra": directory(
      {
        "cassandra.yaml": defaultYaml(root, numTokens),
        "cassandra-rackdc.properties": "dc=dc1\nrack=rack1\n",
      },
      { mode: 0o777 },
    ),
  });
  const tools = (at: string) => ({
    [`${at}/cassandra`]: program("cassandra/cassandra"),
    [`${at}/nodetool`]: program("cassandra/nodetool"),
    [`${at}/cqlsh`]: program("cassandra/cqlsh"),
  });
  return {
    repositories: [
      {
        name: "docker.io/library/cassandra",
        tags: Object.keys(VERSIONS),
        image(tag) {
          const version = versionOfTag(VERSIONS, tag);
          if (version === undefined) return undefined;
          return {
            root: merged(
              roots.ubuntu("22.04"),
              directory({
                ...binaries(version, "/var/lib/cassandra", version.startsWith("3") ? 256 : 16),
                ...tools("opt/cassandra/bin"),
                "usr/local/bin/docker-entrypoint.sh": program("cassandra/entrypoint"),
                "var/lib/cassandra": directory({}, { mode: 0o777 }),
                "var/log/cassandra": directory({}, { mode: 0o777 }),
              }),
            ),
            sizeBytes: version.startsWith("3") ? 128_400_000 : 148_900_000,
            entrypoint: ["docker-entrypoint.sh"],
            command: ["cassandra", "-f"],
            env: {
              PATH: "/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/cassandra/bin",
              CASSANDRA_HOME: "/opt/cassandra",
              CASSANDRA_CONF: "/etc/cassandra",
              CASSANDRA_RPC_ADDRESS: "0.0.0.0",
            },
            volumes: ["/var/lib/cassandra"],
            exposedPorts: [7000, 7001, 7199, 9042, 9160],
          };
        },
      },
      ...["gcr.io/google-samples/cassandra", "gcr.io/google_samples/cassandra"].map((name) => ({
        name,
        tags: ["v14", "v13", "v12", "v11"],
        image(tag: string) {
          const version = { v14: "3.11.6", v13: "3.11.2", v12: "3.11.0", v11: "3.9" }[tag];
          if (version === undefined) return undefined;
          return {
            root: merged(
              roots.debian,
              directory({
                ...binaries(version, "/cassandra_data", 32),
                ...tools("usr/local/apache-cassandra/bin"),
                ...tools("usr/local/bin"),
                "run.sh": program("cassandra/run"),
                "ready-probe.sh": program("cassandra/ready-probe"),
                cassandra_data: directory({}, { mode: 0o777 }),
              }),
            ),
            sizeBytes: 142_000_000,
            command: ["/run.sh"],
            env: { CASSANDRA_CONF: "/etc/cassandra" },
            volumes: ["/cassandra_data"],
            exposedPorts: [7000, 7001, 7199, 9042, 9160],
          };
        },
      })),
    ],
    programs: {
      "cassandra/cassandra": cassandra,
      "cassandra/nodetool": nodetool,
      "cassandra/cqlsh": cqlsh,
      "cassandra/entrypoint": entrypoint,
      "cassandra/run": run,
      "cassandra/ready-probe": readyProbe,
    },
  };
}
