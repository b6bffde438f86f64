import { directory, file, merged, type Process, program } from "../../machine/index.ts";
import type { BaseRoots } from "../base/roots.ts";
import type { ImageDetails, ImageFamily } from "../types.ts";
import { mysql, mysqladmin } from "./client.ts";
import { entrypoint } from "./entrypoint.ts";
import { mysqld, VERSION_FILE } from "./server.ts";
import { releaseOf } from "./versions.ts";
import { xbstream, xtrabackup } from "./xtrabackup.ts";

const GALERA_CONFIG = `[mysqld]
user = mysql
bind-address = 0.0.0.0
datadir = /var/lib/mysql
wsrep_on = ON
wsrep_cluster_name = galera
wsrep_cluster_address = gcomm://
wsrep_node_address = 127.0.0.1
`;

/** Tells the server who its peers are; where there are none, it founds the cluster. */
const ON_START = `#!/bin/bash
# Reads the names of all peers, this Pod's own among them, from standard input, one a line.
set -e
CFG=/etc/mysql/my-galera.cnf
HOST=$(hostname)
peers=""
me=$HOST
while read -r peer; do
  case "$peer" in
    "") ;;
    "$HOST".*) me=$peer ;;
    *) peers="\${peers:+$peers,}$peer" ;;
  esac
done
config=""
while read -r line; do
  case "$line" in
    wsrep_cluster_address*) line="wsrep_cluster_address = gcomm://$peers" ;;
    wsrep_node_address*) line="wsrep_node_address = $me" ;;
  esac
  config="$config$line
"
done < $CFG
printf '%s' "$config" > $CFG
echo "cluster address: gcomm://$peers"
`;

/** Copies the scripts into --work-dir and the configuration into /etc/mysql. */
async function install(process: Process): Promise<number> {
  const work = /^--work-dir=(.*)$/.exec(process.argv[1] ?? "")?.[1] ?? "/work-dir";
  const { files } = process;
  files.makeDirectory(work, { recursive: true });
  files.makeDirectory("/etc/mysql", { recursive: true });
  for (const [from, to, mode] of [
    ["/peer-finder", `${work}/peer-finder`, 0o755],
    ["/on-start.sh", `${work}/on-start.sh`, 0o755],
    ["/my-galera.cnf", "/etc/mysql/my-galera.cnf", 0o644],
  ] as const) {
    await process.stdout.write(`installing ${to}\n`);
    files.writeFile(to, files.readFile(from));
    files.chmod(to, mode);
  }
  return 0;
}

/** Where the official images look for option files; manifests mount theirs into conf.d. */
function optionFiles(version: string) {
  const release = releaseOf(version);
  const include = (...names: string[]) => names.map((name) => `!includedir /etc/mysql/${name}/\n`).join("");
  if (release.mariadb)
    return {
      "etc/mysql/my.cnf": include("conf.d", "mariadb.conf.d"),
      "etc/mysql/conf.d": directory(),
      "etc/mysql/mariadb.conf.d": directory(),
    };
  if (release.atLeast(8, 0))
    return {
      "etc/my.cnf": `[mysqld]\nhost-cache-size=0\nskip-name-resolve\ndatadir=/var/lib/mysql\nsocket=/var/run/mysqld/mysqld.sock\nsecure-file-priv=/var/lib/mysql-files\nuser=mysql\n\npid-file=/var/run/mysqld/mysqld.pid\n[client]\nsocket=/var/run/mysqld/mysqld.sock\n\n${include("conf.d")}`,
      "etc/mysql/conf.d": directory(),
    };
  return {
    "etc/mysql/my.cnf": include("conf.d", "mysql.conf.d"),
    "etc/mysql/conf.d": directory(),
    "etc/mysql/mysql.conf.d": directory({
      "mysqld.cnf":
        "[mysqld]\npid-file\t= /var/run/mysqld/mysqld.pid\nsocket\t\t= /var/run/mysqld/mysqld.sock\ndatadir\t\t= /var/lib/mysql\nsymbolic-links=0\n",
    }),
  };
}

export function mysqlFamily(roots: BaseRoots): ImageFamily {
  const binaries = (version: string) => ({
    "usr/sbin/mysqld": program("mysql/mysqld"),
    "usr/bin/mysql": program("mysql/mysql"),
    "usr/bin/mysqladmin": program("mysql/mysqladmin"),
    [VERSION_FILE.slice(1)]: `${version}\n`,
    "var/lib/mysql": directory(),
  });
  const official = (
    name: string,
    versions: Readonly<Record<string, string>>,
    extra: Readonly<Record<string, ReturnType<typeof program>>>,
    sizeBytes: number,
  ) => ({
    name: `docker.io/library/${name}`,
    tags: Object.keys(versions),
    image: (tag: string) => {
      const version = versions[tag];
      return version === undefined
        ? undefined
        : {
            root: merged(
              name === "mariadb"
                ? roots.ubuntu(Number(version.split(".")[0]) >= 11 ? "24.04" : "22.04")
                : roots.oracleLinux(version.startsWith("5") ? "7.9" : "9.6"),
              directory({
                ...binaries(version),
                ...optionFiles(version),
                ...extra,
                "docker-entrypoint-initdb.d": directory(),
                "usr/local/bin/docker-entrypoint.sh": program("mysql/entrypoint"),
              }),
            ),
            sizeBytes,
            entrypoint: ["docker-entrypoint.sh"],
            command: [name === "mysql" ? "mysqld" : "mariadbd"],
            volumes: ["/var/lib/mysql"],
            exposedPorts: [3306],
          };
    },
  });
  const galera = {
    image: () => ({
      root: merged(roots.debian, directory(binaries("5.7.12-wsrep"))),
      sizeBytes: 138_000_000,
      entrypoint: ["/usr/sbin/mysqld"],
      exposedPorts: [3306, 4444, 4567, 4568],
    }),
  };
  const installer = () => ({
    root: merged(
      roots.debian,
      directory({
        "peer-finder": program("peer-finder"),
        "on-start.sh": file(ON_START, 0o755),
        "my-galera.cnf": GALERA_CONFIG,
        "install.sh": program("mysql/galera-install"),
      }),
    ),
    sizeBytes: 52_000_000,
    entrypoint: ["/install.sh"],
  });
  const only = (name: string, tags: readonly string[], image: () => ImageDetails) => ({
    name,
    tags,
    image: (tag: string) => (tags.includes(tag) ? image() : undefined),
  });
  return {
    repositories: [
      official(
        "mysql",
        {
          latest: "9.4.0",
          "9": "9.4.0",
          "8": "8.4.6",
          "8.4": "8.4.6",
          "8.0": "8.0.43",
          "5.7": "5.7.44",
          "5.6": "5.6.51",
        },
        {},
        240_000_000,
      ),
      official(
        "mariadb",
        {
          latest: "12.0.2-MariaDB",
          "11": "11.8.3-MariaDB",
          "11.4": "11.4.8-MariaDB",
          "10.11": "10.11.14-MariaDB",
          "10.6": "10.6.23-MariaDB",
          "10": "10.11.14-MariaDB",
        },
        {
          "usr/sbin/mariadbd": program("mysql/mysqld"),
          "usr/bin/mariadb": program("mysql/mysql"),
          "usr/bin/mariadb-admin": program("mysql/mysqladmin"),
        },
        120_000_000,
      ),
      ...["gcr.io/google-samples/xtrabackup", "gcr.io/google_samples/xtrabackup"].map((name) =>
        only(name, ["1.0", "latest"], () => ({
          root: merged(
            roots.debianWith("ncat"),
            directory({
              "usr/bin/mysql": program("mysql/mysql"),
              "usr/bin/mysqladmin": program("mysql/mysqladmin"),
              "usr/bin/xtrabackup": program("mysql/xtrabackup"),
              "usr/bin/xbstream": program("mysql/xbstream"),
            }),
          ),
          sizeBytes: 87_000_000,
          command: ["bash"],
        })),
      ),
      only("gcr.io/google_containers/mysql-galera", ["e2e", "0.1"], galera.image),
      only("gcr.io/google_containers/galera-install", ["0.1", "e2e"], installer),
    ],
    programs: {
      "mysql/mysqld": mysqld,
      "mysql/mysql": mysql,
      "mysql/mysqladmin": mysqladmin,
      "mysql/xtrabackup": xtrabackup,
      "mysql/xbstream": xbstream,
      "mysql/entrypoint": entrypoint,
      "mysql/galera-install": install,
    },
  };
}
