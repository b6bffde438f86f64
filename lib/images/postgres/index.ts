import { directory, merged, program } from "../../machine/index.ts";
import type { BaseRoots } from "../base/roots.ts";
import { versionOfTag } from "../kit/tags.ts";
import type { ImageFamily } from "../types.ts";
import { entrypoint } from "./entrypoint.ts";
import { postgres } from "./main.ts";
import { VERSION_FILE } from "./messages.ts";
import { psql } from "./psql.ts";
import { gosu, initdb, pgBasebackup, pgCtl, pgIsReady } from "./tools.ts";

const VERSIONS: Readonly<Record<string, string>> = {
  latest: "18.0",
  "18": "18.0",
  "18.0": "18.0",
  "17": "17.6",
  "17.6": "17.6",
  "17.5": "17.5",
  "16": "16.10",
  "16.10": "16.10",
  "16.4": "16.4",
  "15": "15.14",
  "15.14": "15.14",
  "15.4": "15.4",
  "14": "14.19",
  "14.19": "14.19",
  "13": "13.22",
  "13.22": "13.22",
  "12": "12.22",
  "12.22": "12.22",
};

const TAGS = Object.keys(VERSIONS).flatMap((tag) => [
  tag,
  ...(tag === "latest" ? ["alpine"] : [`${tag}-alpine`, `${tag}-bookworm`]),
]);

export function postgresFamily(roots: BaseRoots): ImageFamily {
  return {
    repositories: [
      {
        name: "docker.io/library/postgres",
        tags: TAGS,
        image(tag) {
          const alpine = /(^|-)alpine$/.test(tag);
          const version = versionOfTag(VERSIONS, tag.replace(/-(alpine|bookworm)$/, "").replace(/^alpine$/, "latest"));
          if (version === undefined) return undefined;
          const major = version.split(".")[0] ?? "";
          const bin = alpine ? "usr/local/bin" : `usr/lib/postgresql/${major}/bin`;
          // Since 18 every release has a directory of its own below the volume.
          const volume = Number(major) >= 18 ? "/var/lib/postgresql" : "/var/lib/postgresql/data";
          const tools = { postgres, psql, initdb, pg_isready: pgIsReady, pg_ctl: pgCtl, pg_basebackup: pgBasebackup };
          return {
            root: merged(
              alpine ? roots.alpineWith("bash") : roots.debian,
              directory({
                ...Object.fromEntries(
                  Object.keys(tools).map((name) => [`${bin}/${name}`, program(`postgres/${name}`)]),
                ),
                "usr/local/bin/docker-entrypoint.sh": program("postgres/entrypoint"),
                "usr/local/bin/gosu": program("postgres/gosu"),
                [VERSION_FILE.slice(1)]: `${version}\n`,
                "docker-entrypoint-initdb.d": directory({}, { mode: 0o755 }),
                "etc/passwd":
                  "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\npostgres:x:999:999::/var/lib/postgresql:/bin/bash\n",
                "etc/group": "root:x:0:\nnogroup:x:65534:\npostgres:x:999:\n",
                "var/lib/postgresql": directory(
                  { ...(Number(major) >= 18 ? {} : { data: directory({}, { mode: 0o1777 }) }) },
                  { mode: 0o1777 },
                ),
                "var/run/postgresql": directory({}, { mode: 0o1777 }),
              }),
            ),
            sizeBytes: alpine ? 108_400_000 : 157_900_000,
            entrypoint: ["docker-entrypoint.sh"],
            command: ["postgres"],
            env: {
              PATH: `/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/${bin}`,
              PG_MAJOR: major,
              PG_VERSION: `${version}-1.pgdg120+1`,
              PGDATA: Number(major) >= 18 ? `/var/lib/postgresql/${major}/docker` : "/var/lib/postgresql/data",
              LANG: "en_US.utf8",
            },
            volumes: [volume],
            stopSignal: "SIGINT",
            exposedPorts: [5432],
          };
        },
      },
    ],
    programs: {
      "postgres/postgres": postgres,
      "postgres/psql": psql,
      "postgres/initdb": initdb,
      "postgres/pg_isready": pgIsReady,
      "postgres/pg_ctl": pgCtl,
      "postgres/pg_basebackup": pgBasebackup,
      "postgres/entrypoint": entrypoint,
      "postgres/gosu": gosu,
    },
  };
}
