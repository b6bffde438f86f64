import { directory, isErrno, merged, type Process, program } from "../../machine/index.ts";
import type { BaseRoots } from "../base/roots.ts";
import { versionOfTag } from "../kit/tags.ts";
import type { ImageFamily } from "../types.ts";
import { USERS, userDoc } from "./accounts.ts";
import { mongod, VERSION_FILE } from "./main.ts";
import { shellProgram } from "./shell/cli.ts";
import { mongodump, mongorestore } from "./shell/dump.ts";
import { Store } from "./store.ts";

const VERSIONS: Readonly<Record<string, string>> = {
  latest: "8.0.13",
  "8": "8.0.13",
  "8.0": "8.0.13",
  "8.0.13": "8.0.13",
  "7": "7.0.24",
  "7.0": "7.0.24",
  "7.0.24": "7.0.24",
  "6": "6.0.26",
  "6.0": "6.0.26",
  "6.0.26": "6.0.26",
  "5": "5.0.31",
  "5.0": "5.0.31",
  "5.0.31": "5.0.31",
  "4": "4.4.29",
  "4.4": "4.4.29",
  "4.4.29": "4.4.29",
  "4.2": "4.2.24",
  "4.0": "4.0.28",
};

/** docker-entrypoint.sh: a first user where there is no data yet, and authorization from then on. */
async function entrypoint(process: Process): Promise<number> {
  const command = process.argv.slice(1);
  if (command[0]?.startsWith("-") === true) command.unshift("mongod");
  if (command[0] !== "mongod") return process.execute({ argv: command });
  const { env, files } = process;
  const fromFile = (name: string) => {
    const path = env.get(`${name}_FILE`);
    return path === undefined || !files.exists(path) ? undefined : files.readText(path).replace(/\n$/, "");
  };
  const user = env.get("MONGO_INITDB_ROOT_USERNAME") || fromFile("MONGO_INITDB_ROOT_USERNAME");
  const password = env.get("MONGO_INITDB_ROOT_PASSWORD") || fromFile("MONGO_INITDB_ROOT_PASSWORD");
  if ((user && !password) || (!user && password)) {
    await process.stderr.write(
      "\nerror: missing 'MONGO_INITDB_ROOT_USERNAME' or 'MONGO_INITDB_ROOT_PASSWORD'\n       both must be specified for a user to be created\n\n",
    );
    return 1;
  }
  if (user && password) {
    const at = command.indexOf("--dbpath");
    const path =
      at === -1
        ? (command.find((word) => word.startsWith("--dbpath="))?.slice(9) ?? "/data/db")
        : (command[at + 1] ?? "/data/db");
    const replicated = command.some((word) => /^--?replSet/.test(word));
    if (!files.exists(`${path}/WiredTiger`)) {
      try {
        const store = new Store(files, path);
        store.open();
        store.commitAlone({
          op: "i",
          ns: USERS,
          doc: userDoc(user, "admin", password, [{ role: "root", db: "admin" }]),
        });
        store.checkpoint();
      } catch (problem) {
        if (!isErrno(problem)) throw problem;
        await process.stderr.write(`${problem.message}\n`);
        return 1;
      }
      await process.stdout.write("\nMongoDB init process complete; ready for start up.\n\n");
    }
    if (!command.includes("--auth") && !(replicated && command.some((word) => word.startsWith("--keyFile"))))
      command.push("--auth");
  }
  // mongod alone listens to its own machine only.
  if (!command.some((word) => /^--?(bind_ip|bind_ip_all|config|f)\b/.test(word))) command.push("--bind_ip_all");
  return process.execute({ argv: command });
}

export function mongoFamily(roots: BaseRoots): ImageFamily {
  return {
    repositories: [
      {
        name: "docker.io/library/mongo",
        tags: Object.keys(VERSIONS),
        image(tag) {
          const version = versionOfTag(VERSIONS, tag);
          if (version === undefined) return undefined;
          const major = Number(version.split(".")[0]);
          return {
            root: merged(
              roots.ubuntu(major >= 8 ? "24.04" : major >= 6 ? "22.04" : "20.04"),
              directory({
                "usr/bin/mongod": program("mongo/mongod"),
                ...(major >= 5 ? { "usr/bin/mongosh": program("mongo/mongosh") } : {}),
                ...(major <= 5 ? { "usr/bin/mongo": program("mongo/mongo") } : {}),
                "usr/bin/mongodump": program("mongo/mongodump"),
                "usr/bin/mongorestore": program("mongo/mongorestore"),
                "usr/local/bin/docker-entrypoint.sh": program("mongo/entrypoint"),
                [VERSION_FILE.slice(1)]: `${version}\n`,
                "data/db": directory({}, { mode: 0o777 }),
                "data/configdb": directory({}, { mode: 0o777 }),
              }),
            ),
            sizeBytes: major >= 6 ? 262_000_000 : 178_000_000,
            entrypoint: ["docker-entrypoint.sh"],
            command: ["mongod"],
            env: { MONGO_VERSION: version, MONGO_MAJOR: version.split(".").slice(0, 2).join(".") },
            volumes: ["/data/db", "/data/configdb"],
            exposedPorts: [27017],
          };
        },
      },
    ],
    programs: {
      "mongo/mongod": mongod,
      "mongo/mongosh": shellProgram(false),
      "mongo/mongo": shellProgram(true),
      "mongo/mongodump": mongodump,
      "mongo/mongorestore": mongorestore,
      "mongo/entrypoint": entrypoint,
    },
  };
}
