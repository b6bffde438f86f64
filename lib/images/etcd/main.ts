/** The etcd program. */
import { isErrno, type Process } from "../../machine/index.ts";
import { untilStopped } from "../kit/server.ts";
import { type Bootstrap, BootstrapError, bootstrap, type Identity, readIdentity } from "./bootstrap.ts";
import { ConfigProblem, type EtcdConfig, readSettings, type Settings, toConfig } from "./config.ts";
import { type Log, logTo } from "./log.ts";
import { EtcdServer } from "./server.ts";
import { VERSION_FILE } from "./version.ts";

export async function etcd(process: Process): Promise<number> {
  const log = logTo(process);
  try {
    return await run(process, log);
  } finally {
    await log.flush();
  }
}

async function run(process: Process, log: Log): Promise<number> {
  const version = process.files.readText(VERSION_FILE).trim();
  const [, first] = process.argv;
  if (first === "--version" || first === "-version") {
    await process.stdout.write(
      `etcd Version: ${version}\nGit SHA: 0000000\nGo Version: go1.23.11\nGo OS/Arch: linux/amd64\n`,
    );
    return 0;
  }
  if (process.argv.some((arg) => arg.startsWith("--cert-file=/etc/kubernetes/pki/"))) return controlPlane(process, log);
  let settings: Settings;
  let config: EtcdConfig;
  try {
    settings = readSettings(process);
    for (const [name, value] of settings.used)
      log("info", "flags/flag.go:113", "recognized and used environment variable", {
        "variable-name": name,
        "variable-value": value,
      });
    for (const variable of settings.unrecognized)
      log("warn", "flags/flag.go:93", "unrecognized environment variable", { "environment-variable": variable });
    config = toConfig(settings);
  } catch (problem) {
    if (!(problem instanceof ConfigProblem)) throw problem;
    if (problem.message.endsWith("\n")) await process.stderr.write(problem.message);
    else log("warn", "etcdmain/etcd.go:75", "failed to verify flags", { error: problem.message });
    return problem.status;
  }
  log("info", "etcdmain/etcd.go:73", "Running: ", { args: process.argv });
  try {
    return await start(process, config, version, log);
  } catch (problem) {
    if (problem instanceof BootstrapError) {
      const unfit = problem.message.includes("include") && problem.message.includes("--initial-cluster");
      log(unfit ? "warn" : "fatal", "etcdmain/etcd.go:204", unfit ? "failed to start etcd" : "discovery failed", {
        error: problem.message,
      });
      return 1;
    }
    if (!isErrno(problem)) throw problem;
    log("fatal", "etcdmain/etcd.go:204", "discovery failed", {
      error: `cannot access data directory: ${problem.message.toLowerCase()}`,
    });
    return 1;
  }
}

/** The etcd under the API server: its data is the cluster's own store, which no client reaches from here. */
async function controlPlane(process: Process, log: Log): Promise<number> {
  log("info", "etcdmain/etcd.go:73", "Running: ", { args: process.argv });
  log("info", "embed/serve.go:275", "serving client traffic securely", {
    traffic: "grpc+http",
    address: "127.0.0.1:2379",
  });
  await untilStopped(process, ["SIGTERM", "SIGINT"]).stopped;
  return 0;
}

async function start(process: Process, config: EtcdConfig, version: string, log: Log): Promise<number> {
  const kept = readIdentity(process, config.dataDir);
  if (kept !== undefined)
    log("info", "etcdmain/etcd.go:116", "server has been already initialized", {
      "data-dir": config.dataDir,
      "dir-type": "member",
    });
  const identity: Identity | Bootstrap = kept ?? (await bootstrap(process, config, log));
  const server = new EtcdServer(process, config, version, log, identity);
  if (downgraded(version, server.store.version)) {
    log(
      "fatal",
      "membership/cluster.go:850",
      "invalid downgrade; server version is lower than determined cluster version",
      {
        "current-server-version": version,
        "determined-cluster-version": server.store.version,
      },
    );
    return 1;
  }
  log("info", "embed/etcd.go:306", "starting an etcd server", {
    "etcd-version": version,
    name: config.name,
    "data-dir": config.dataDir,
    "member-initialized": kept !== undefined,
    "initial-advertise-peer-urls": config.advertisePeer,
    "listen-peer-urls": config.listenPeer,
    "advertise-client-urls": config.advertiseClient,
    "listen-client-urls": config.listenClient,
    "initial-cluster": config.initialCluster.map((pair) => pair.join("=")).join(","),
    "initial-cluster-state": config.initialState,
    "initial-cluster-token": config.token,
  });
  log("info", "etcdserver/raft.go", kept === undefined ? "starting local member" : "restarting local member", {
    "local-member-id": server.id,
    "cluster-id": server.cluster,
    "commit-index": server.raft.applied,
  });
  return server.run();
}

/** Minor versions as numbers; "" is none yet. */
function downgraded(server: string, cluster: string): boolean {
  const minor = (version: string) => Number(version.split(".")[1] ?? 0);
  return cluster !== "" && minor(server) < minor(cluster);
}
