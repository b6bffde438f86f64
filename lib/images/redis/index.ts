import { directory, file, merged, type Process, program } from "../../machine/index.ts";
import type { BaseRoots } from "../base/roots.ts";
import { versionOfTag } from "../kit/tags.ts";
import { peerFinder } from "../peer-finder/program.ts";
import type { ImageFamily } from "../types.ts";
import { redisCli } from "./cli.ts";
import { redisServer, VERSION_FILE } from "./server.ts";

const VERSIONS: Readonly<Record<string, string>> = {
  latest: "8.2.1",
  "8": "8.2.1",
  "8.2": "8.2.1",
  "8.0": "8.0.3",
  "7": "7.4.5",
  "7.4": "7.4.5",
  "7.2": "7.2.10",
  "7.0": "7.0.15",
  "6": "6.2.19",
  "6.2": "6.2.19",
  "6.0": "6.0.20",
  "5": "5.0.14",
  "5.0": "5.0.14",
  "5.0.4": "5.0.4",
  "4": "4.0.14",
  "3.2": "3.2.12",
  "3.2.0": "3.2.0",
  alpine: "8.2.1",
};

function redisVersion(tag: string): string | undefined {
  return versionOfTag(VERSIONS, tag) ?? versionOfTag(VERSIONS, tag.replace(/-(alpine|bookworm)$/, ""));
}

const CONFIG = `# Redis as the install container brings it. on-start.sh fills in bind, dir and the master.
bind 127.0.0.1
protected-mode no
port 6379
dir /data
appendonly yes
save 900 1
save 300 10
save 60 10000
slave-read-only yes
`;

/** Finds a master among the peers; where none answers as one, this Pod is it. */
const ON_START = `#!/bin/bash
# Reads the names of all peers from standard input, one a line. Pods start one after another, so where no peer is a
# master yet, this one becomes it.
CFG=/opt/redis/redis.conf
CLI=/opt/redis/redis-cli
DATADIR=/data
PORT=6379
HOST=$(hostname)

master=""
while read -r peer; do
  case "$peer" in "" | "$HOST" | "$HOST".*) continue ;; esac
  case "$($CLI -h "$peer" -p $PORT info replication 2>/dev/null)" in
    *role:master*) master=$peer ;;
  esac
done

config=""
while read -r line; do
  case "$line" in
    bind*) line="bind $HOST" ;;
    dir*) line="dir $DATADIR" ;;
    slaveof*) continue ;;
  esac
  config="$config$line
"
done < $CFG
if [ -n "$master" ]; then
  config="\${config}slaveof $master $PORT
"
  echo "joining master $master"
else
  echo "no master found, starting as one"
fi
printf '%s' "$config" > $CFG
`;

/** Copies Redis and the scripts into volumes: --install-into=DIR --work-dir=DIR. */
async function install(process: Process): Promise<number> {
  let into = "/opt";
  let work = "/work-dir";
  for (const arg of process.argv.slice(1)) {
    const match = /^--([\w-]+)=(.*)$/.exec(arg);
    if (match?.[1] === "install-into") into = match[2] ?? into;
    else if (match?.[1] === "work-dir") work = match[2] ?? work;
    else {
      await process.stderr.write(`unknown option ${arg}\n`);
      return 1;
    }
  }
  const { files } = process;
  const target = `${into}/redis`;
  files.makeDirectory(target, { recursive: true });
  files.makeDirectory(work, { recursive: true });
  for (const name of files.list("/redis").map((entry) => entry.name)) {
    await process.stdout.write(`installing ${target}/${name}\n`);
    files.writeFile(`${target}/${name}`, files.readFile(`/redis/${name}`));
    files.chmod(`${target}/${name}`, files.stat(`/redis/${name}`).mode);
  }
  for (const name of ["peer-finder", "on-start.sh"]) {
    await process.stdout.write(`installing ${work}/${name}\n`);
    files.writeFile(`${work}/${name}`, files.readFile(`/${name}`));
    files.chmod(`${work}/${name}`, 0o755);
  }
  return 0;
}

/** docker-entrypoint.sh: options alone mean redis-server. */
async function entrypoint(process: Process): Promise<number> {
  const command = process.argv.slice(1);
  const first = command[0] ?? "redis-server";
  return process.execute({
    argv: first.startsWith("-") || first.endsWith(".conf") ? ["redis-server", ...command] : command,
  });
}

/** GET_HOSTS_FROM=env: the leader is found by the variables of its Service, else by name. */
const followScript = (leader: string) => `#!/bin/bash
if [[ \${GET_HOSTS_FROM:-dns} == "env" ]]; then
  exec redis-server --slaveof \${${leader.replace("-", "_").toUpperCase()}_SERVICE_HOST} 6379
else
  exec redis-server --slaveof ${leader} 6379
fi
`;

function plainServer(roots: BaseRoots, version: string, more: Parameters<typeof directory>[0] = {}) {
  return {
    root: merged(
      roots.debian,
      directory({
        "usr/local/bin": directory({ "redis-server": program("redis/server"), "redis-cli": program("redis/cli") }),
        "etc/redis/redis.conf": "daemonize no\nport 6379\nbind 0.0.0.0\nprotected-mode no\ndir /data\n",
        [VERSION_FILE.slice(1)]: `${version}\n`,
        data: directory(),
        ...more,
      }),
    ),
    sizeBytes: 52_000_000,
    workingDirectory: "/data",
    volumes: ["/data"],
    exposedPorts: [6379],
  };
}

export function redisFamily(roots: BaseRoots): ImageFamily {
  return {
    repositories: [
      {
        name: "docker.io/library/redis",
        tags: [...Object.keys(VERSIONS), "7-alpine"],
        image(tag) {
          const version = redisVersion(tag);
          if (version === undefined) return undefined;
          const alpine = tag.includes("alpine");
          return {
            root: merged(
              alpine ? roots.alpine : roots.debian,
              directory({
                "usr/local/bin": directory({
                  "redis-server": program("redis/server"),
                  "redis-cli": program("redis/cli"),
                  "docker-entrypoint.sh": program("redis/entrypoint"),
                }),
                [VERSION_FILE.slice(1)]: `${version}\n`,
                data: directory(),
              }),
            ),
            sizeBytes: alpine ? 17_600_000 : 52_000_000,
            entrypoint: ["docker-entrypoint.sh"],
            command: ["redis-server"],
            env: { REDIS_VERSION: version },
            workingDirectory: "/data",
            volumes: ["/data"],
            exposedPorts: [6379],
          };
        },
      },
      // The servers of the guestbook: one that is written to, and those that follow it.
      ...["registry.k8s.io/redis", "k8s.gcr.io/redis"].map((name) => ({
        name,
        tags: ["e2e"],
        digests: { "sha256:cb111d1bd870a6a471385a4a69ad17469d326e9dd91e0e455350cacf36e1b3ee": "e2e" },
        image: (tag: string) =>
          tag === "e2e"
            ? { ...plainServer(roots, "2.8.19"), command: ["redis-server", "/etc/redis/redis.conf"] }
            : undefined,
      })),
      ...[
        "us-docker.pkg.dev/google-samples/containers/gke/gb-redis-follower",
        "gcr.io/google_samples/gb-redisslave",
      ].map((name) => ({
        name,
        tags: ["v3", "v2", "v1"],
        image: (tag: string) =>
          ["v1", "v2", "v3"].includes(tag)
            ? {
                ...plainServer(roots, "6.0.20", {
                  "run.sh": file(followScript(name.endsWith("slave") ? "redis-master" : "redis-leader"), 0o755),
                }),
                command: ["/run.sh"],
              }
            : undefined,
      })),
      {
        name: "gcr.io/google_containers/redis-install-3.2.0",
        tags: ["e2e"],
        image: (tag) =>
          tag !== "e2e"
            ? undefined
            : {
                root: merged(
                  roots.debian,
                  directory({
                    redis: directory({
                      "redis-server": program("redis/server"),
                      "redis-cli": program("redis/cli"),
                      "redis.conf": CONFIG,
                    }),
                    "peer-finder": program("peer-finder"),
                    "on-start.sh": file(ON_START, 0o755),
                    "install.sh": program("redis/install"),
                  }),
                ),
                sizeBytes: 73_000_000,
                entrypoint: ["/install.sh"],
              },
      },
    ],
    programs: {
      "redis/server": redisServer,
      "redis/cli": redisCli,
      "redis/entrypoint": entrypoint,
      "redis/install": install,
      "peer-finder": peerFinder,
    },
  };
}
