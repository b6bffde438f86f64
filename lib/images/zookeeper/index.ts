import { directory, link, merged, type Process, program } from "../../machine/index.ts";
import type { BaseRoots } from "../base/roots.ts";
import { versionOfTag } from "../kit/tags.ts";
import type { ImageFamily } from "../types.ts";
import { zkCli } from "./cli.ts";
import { ready, start, status } from "./scripts.ts";
import { java, VERSION_FILE } from "./server.ts";

const VERSIONS: Readonly<Record<string, string>> = {
  latest: "3.9.4",
  "3.9": "3.9.4",
  "3.9.4": "3.9.4",
  "3.9.3": "3.9.3",
  "3.9.2": "3.9.2",
  "3.8": "3.8.4",
  "3.8.4": "3.8.4",
  "3.7": "3.7.2",
  "3.6": "3.6.4",
  "3.5": "3.5.9",
};

/** Scripts of the Kubernetes image, by name. They belong to the user `zookeeper`, who may remove them. */
const KUBERNETES_SCRIPTS: Readonly<Record<string, string>> = {
  "start-zookeeper": "zookeeper/start",
  "zookeeper-ready": "zookeeper/ready",
  "zkServer.sh": "zookeeper/zkServer",
  "zkCli.sh": "zookeeper/zkCli-3.4",
};

/** docker-entrypoint.sh: zoo.cfg and myid out of the environment, where they are not there yet. */
async function entrypoint(process: Process): Promise<number> {
  const command = process.argv.slice(1);
  if (command[0] !== "zkServer.sh") return process.execute({ argv: command });
  const { files, env } = process;
  const get = (name: string, otherwise: string) => env.get(`ZOO_${name}`) || otherwise;
  const config = `${get("CONF_DIR", "/conf")}/zoo.cfg`;
  const data = get("DATA_DIR", "/data");
  for (const path of [config.slice(0, -8), data, get("DATA_LOG_DIR", "/datalog")])
    files.makeDirectory(path, { recursive: true });
  if (!files.exists(config)) {
    const lines = [
      `dataDir=${data}`,
      `dataLogDir=${get("DATA_LOG_DIR", "/datalog")}`,
      `tickTime=${get("TICK_TIME", "2000")}`,
      `initLimit=${get("INIT_LIMIT", "5")}`,
      `syncLimit=${get("SYNC_LIMIT", "2")}`,
      `autopurge.snapRetainCount=${get("AUTOPURGE_SNAPRETAINCOUNT", "3")}`,
      `autopurge.purgeInterval=${get("AUTOPURGE_PURGEINTERVAL", "0")}`,
      `maxClientCnxns=${get("MAX_CLIENT_CNXNS", "60")}`,
      `standaloneEnabled=${get("STANDALONE_ENABLED", "true")}`,
      `admin.enableServer=${get("ADMINSERVER_ENABLED", "true")}`,
      ...get("SERVERS", "server.1=localhost:2888:3888;2181").split(/\s+/).filter(Boolean),
      `4lw.commands.whitelist=${get("4LW_COMMANDS_WHITELIST", "srvr")}`,
      ...get("CFG_EXTRA", "").split(/\s+/).filter(Boolean),
    ];
    files.writeFile(config, `${lines.join("\n")}\n`);
  }
  if (!files.exists(`${data}/myid`)) files.writeFile(`${data}/myid`, `${get("MY_ID", "1")}\n`);
  return process.execute({ argv: command });
}

export function zookeeperFamily(roots: BaseRoots): ImageFamily {
  const root = roots.ubuntu("22.04", "nc");
  return {
    repositories: [
      {
        name: "docker.io/library/zookeeper",
        tags: Object.keys(VERSIONS),
        image(tag) {
          const version = versionOfTag(VERSIONS, tag);
          if (version === undefined) return undefined;
          const bin = `apache-zookeeper-${version}-bin/bin`;
          return {
            root: merged(
              root,
              directory({
                [`${bin}/zkServer.sh`]: program("zookeeper/zkServer"),
                [`${bin}/zkCli.sh`]: program("zookeeper/zkCli"),
                "docker-entrypoint.sh": program("zookeeper/entrypoint"),
                "usr/bin/java": program("zookeeper/java"),
                [VERSION_FILE.slice(1)]: `${version}\n`,
                conf: directory({}, { mode: 0o777 }),
                data: directory({}, { mode: 0o777 }),
                datalog: directory({}, { mode: 0o777 }),
                logs: directory({}, { mode: 0o777 }),
              }),
            ),
            sizeBytes: 114_312_440,
            entrypoint: ["/docker-entrypoint.sh"],
            command: ["zkServer.sh", "start-foreground"],
            env: {
              PATH: `/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/${bin}`,
              ZOO_CONF_DIR: "/conf",
              ZOO_DATA_DIR: "/data",
              ZOO_DATA_LOG_DIR: "/datalog",
              ZOO_LOG_DIR: "/logs",
              ZOOCFGDIR: "/conf",
            },
            workingDirectory: `/apache-zookeeper-${version}-bin`,
            volumes: ["/data", "/datalog", "/logs"],
            exposedPorts: [2181, 2888, 3888, 8080],
          };
        },
      },
      ...["registry.k8s.io/kubernetes-zookeeper", "k8s.gcr.io/kubernetes-zookeeper"].map((name) => ({
        name,
        tags: ["1.0-3.4.10"],
        image: (tag: string) =>
          tag !== "1.0-3.4.10"
            ? undefined
            : {
                root: merged(
                  roots.ubuntu("16.04", "nc", "ps", "pgrep", "pkill"),
                  directory({
                    "etc/passwd": `root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\nzookeeper:x:1000:1000::/home/zookeeper:\n`,
                    "etc/group": "root:x:0:\nnogroup:x:65534:\nzookeeper:x:1000:\n",
                    "opt/zookeeper/bin": directory(
                      Object.fromEntries(
                        Object.entries(KUBERNETES_SCRIPTS).map(([name, runs]) => [name, program(runs)]),
                      ),
                      { uid: 1000, gid: 1000 },
                    ),
                    ...Object.fromEntries(
                      Object.keys(KUBERNETES_SCRIPTS).map((name) => [
                        `usr/bin/${name}`,
                        link(`/opt/zookeeper/bin/${name}`),
                      ]),
                    ),
                    "usr/bin/java": program("zookeeper/java"),
                    [VERSION_FILE.slice(1)]: "3.4.10\n",
                    "usr/etc/zookeeper": link("/opt/zookeeper/conf"),
                    "opt/zookeeper/conf": directory({}, { mode: 0o777 }),
                    "var/lib/zookeeper": directory({}, { mode: 0o777 }),
                    "var/log/zookeeper": directory({}, { mode: 0o777 }),
                  }),
                ),
                sizeBytes: 148_000_000,
                command: ["bash"],
                env: { ZOOCFGDIR: "/opt/zookeeper/conf" },
                exposedPorts: [2181, 2888, 3888],
              },
      })),
    ],
    programs: {
      "zookeeper/java": java,
      "zookeeper/entrypoint": entrypoint,
      "zookeeper/zkServer": status,
      "zookeeper/zkCli": zkCli(false),
      "zookeeper/zkCli-3.4": zkCli(true),
      "zookeeper/start": start,
      "zookeeper/ready": ready,
    },
  };
}
