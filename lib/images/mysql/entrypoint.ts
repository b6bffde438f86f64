/** docker-entrypoint.sh of the official images: makes a first data directory with its users, databases and scripts. */
import type { Process } from "../../machine/index.ts";
import { Accounts, root } from "./accounts.ts";
import { splitStatements } from "./client.ts";
import { readConfig } from "./config.ts";
import { type ClientOptions, dial, type ServerLink, Unreachable } from "./connect.ts";
import { VERSION_FILE } from "./server.ts";
import { DataDirectory } from "./store.ts";
import { releaseOf } from "./versions.ts";

const SCRIPTS = "/docker-entrypoint-initdb.d";

type Say = (text: string) => Promise<void>;

export async function entrypoint(process: Process): Promise<number> {
  const command = process.argv.slice(1);
  if (command[0]?.startsWith("-") === true) command.unshift("mysqld");
  if (command[0] !== "mysqld" && command[0] !== "mariadbd") return process.execute({ argv: command });
  const { files, env } = process;
  const mariadb = /MariaDB/.test(files.readText(VERSION_FILE));
  const name = mariadb ? "MariaDB" : "MySQL";
  const say: Say = (text) =>
    process.stderr.write(
      `${new Date(process.clock.now()).toISOString().slice(0, 19).replace("T", " ")}+00:00 ${text}\n`,
    );
  const get = (setting: string) => (mariadb ? env.get(`MARIADB_${setting}`) : undefined) ?? env.get(`MYSQL_${setting}`);
  await say(`[Note] [Entrypoint]: Entrypoint script for ${name} Server started.`);
  for (const variable of ["ROOT_PASSWORD", "PASSWORD", "USER", "DATABASE"]) {
    const problem = fromFile(process, `MYSQL_${variable}`);
    if (problem !== undefined) {
      await say(`[ERROR] [Entrypoint]: ${problem}`);
      return 1;
    }
  }
  const config = readConfig(process);
  const data = typeof config === "string" ? "/var/lib/mysql" : config.dataDirectory;
  if (typeof config !== "string" && !files.exists(`${data}/mysql`) && !files.exists(`${data}/ibdata1`)) {
    const password = get("ROOT_PASSWORD");
    if (
      !password &&
      !get("ALLOW_EMPTY_PASSWORD") &&
      !get("ALLOW_EMPTY_ROOT_PASSWORD") &&
      !get("RANDOM_ROOT_PASSWORD")
    ) {
      const prefix = mariadb ? "MARIADB" : "MYSQL";
      await say(
        `[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\n    You need to specify one of the following as an environment variable:\n    - ${prefix}_ROOT_PASSWORD\n    - ${prefix}_ALLOW_EMPTY_${mariadb ? "ROOT_" : ""}PASSWORD\n    - ${prefix}_RANDOM_ROOT_PASSWORD`,
      );
      return 1;
    }
    const user = get("USER");
    if (user === "root") {
      await say(
        `[ERROR] [Entrypoint]: MYSQL_USER="root", MYSQL_USER and MYSQL_PASSWORD are for configuring a regular user and cannot be used for the root user`,
      );
      return 1;
    }
    await say("[Note] [Entrypoint]: Initializing database files");
    const directory = new DataDirectory(process, data);
    directory.initialize();
    await say("[Note] [Entrypoint]: Database files initialized");
    await initialize(process, command, { data, password: await firstPassword(process, get, say), get, say });
    await say(`[Note] [Entrypoint]: ${name} init process done. Ready for start up.`);
  }
  return process.execute({ argv: command });
}

/** NAME_FILE names a file with the value of NAME; both together are a mistake. */
function fromFile(process: Process, name: string): string | undefined {
  const path = process.env.get(`${name}_FILE`);
  if (!path) return undefined;
  if (process.env.get(name)) return `Both ${name} and ${name}_FILE are set (but are exclusive)`;
  process.env.set(name, process.files.readText(path).replace(/\n+$/, ""));
  return undefined;
}

async function firstPassword(process: Process, get: (name: string) => string | undefined, say: Say): Promise<string> {
  const given = get("ROOT_PASSWORD");
  if (given) return given;
  if (!get("RANDOM_ROOT_PASSWORD")) return "";
  const letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  const made = Array.from({ length: 24 }, () => letters[Math.floor(process.clock.random() * letters.length)]).join("");
  await say(`[Note] [Entrypoint]: GENERATED ROOT PASSWORD: ${made}`);
  return made;
}

/** A server for nobody but this script, which gives it users, a database, and what the scripts of the image's user say. */
async function initialize(
  process: Process,
  command: readonly string[],
  how: {
    readonly data: string;
    readonly password: string;
    readonly get: (name: string) => string | undefined;
    readonly say: Say;
  },
): Promise<void> {
  const { data, password, get, say } = how;
  const accounts = new Accounts(process, data, releaseOf(process.files.readText(VERSION_FILE).trim()));
  accounts.accounts = [root("localhost", password)];
  const rootHost = get("ROOT_HOST") ?? "%";
  if (rootHost !== "localhost" && rootHost !== "") accounts.accounts.push(root(rootHost, password));
  accounts.save();
  await say("[Note] [Entrypoint]: Starting temporary server");
  const server = process.spawn({
    argv: [...command, "--bind-address=127.0.0.1", "--super-read-only=OFF", "--read-only=OFF"],
  });
  const options: ClientOptions = {
    user: "root",
    password,
    ask: false,
    insecure: false,
    host: "localhost",
    port: 3306,
    database: undefined,
    execute: undefined,
    names: true,
    table: false,
    vertical: false,
    force: false,
    words: [],
  };
  const link = await untilReady(process, options, server.exited);
  if (link === undefined) {
    await say("[ERROR] [Entrypoint]: Unable to start server.");
    return;
  }
  await say("[Note] [Entrypoint]: Temporary server started.");
  const run = async (sql: string) => {
    const result = await link.ask(sql);
    if (result !== undefined && "error" in result) {
      const { code, state, message } = result.error;
      await process.stderr.write(`ERROR ${code} (${state}): ${message}\n`);
      return false;
    }
    return true;
  };
  const first = get("DATABASE");
  if (first) {
    await say(`[Note] [Entrypoint]: Creating database ${first}`);
    await run(`CREATE DATABASE IF NOT EXISTS \`${first}\``);
    // The scripts run in it.
    await run(`USE \`${first}\``);
  }
  const [user, secret] = [get("USER"), get("PASSWORD")];
  if (user && secret) {
    await say(`[Note] [Entrypoint]: Creating user ${user}`);
    await run(`CREATE USER '${user}'@'%' IDENTIFIED BY '${secret.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`);
    if (first) {
      await say(`[Note] [Entrypoint]: Giving user ${user} access to schema ${first}`);
      await run(`GRANT ALL ON \`${first}\`.* TO '${user}'@'%'`);
    }
  }
  if (process.files.exists(SCRIPTS))
    for (const { name } of process.files.list(SCRIPTS).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = `${SCRIPTS}/${name}`;
      if (name.endsWith(".sql")) {
        await say(`[Note] [Entrypoint]: ${process.argv[0] ?? "/usr/local/bin/docker-entrypoint.sh"}: running ${path}`);
        const { statements, rest } = splitStatements(process.files.readText(path), 1);
        for (const sql of [...statements.map((statement) => statement.sql), rest.trim()])
          if (sql !== "" && !(await run(sql))) break;
      } else if (name.endsWith(".sh")) {
        await say(`[Note] [Entrypoint]: ${process.argv[0] ?? "/usr/local/bin/docker-entrypoint.sh"}: running ${path}`);
        await process.spawn({ argv: ["bash", path] }).exited;
      } else if (process.files.stat(path).type === "file")
        await say(`[Warn] [Entrypoint]: ${process.argv[0] ?? "/usr/local/bin/docker-entrypoint.sh"}: ignoring ${path}`);
    }
  link.close();
  await say("[Note] [Entrypoint]: Stopping temporary server");
  server.kill("SIGTERM");
  await server.exited;
  await say("[Note] [Entrypoint]: Temporary server stopped");
}

async function untilReady(
  process: Process,
  options: ClientOptions,
  exited: Promise<unknown>,
): Promise<ServerLink | undefined> {
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  for (let attempt = 0; attempt < 30 && !ended; attempt++) {
    try {
      return await dial(process, options);
    } catch (problem) {
      if (!(problem instanceof Unreachable)) throw problem;
      if (attempt < 5) await process.clock.turn();
      else await process.sleep(1000);
    }
  }
  return undefined;
}
