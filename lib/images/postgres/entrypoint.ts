/** What the image does before it becomes the server. */
import { type ChildProcess, isErrno, type Process, type Signal } from "../../machine/index.ts";
import { majorOf } from "./tools.ts";

const NO_PASSWORD = `Error: Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".

       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all
       connections without a password. This is *not* recommended.

       See PostgreSQL documentation about "trust":
       https://www.postgresql.org/docs/current/auth-trust.html
`;

const MOVED = (path: string) => `Error: in 18+, these Docker images are configured to store database data in a
       format which is compatible with "pg_ctlcluster" (specifically, using
       major-version-specific directory names).  This better reflects how
       PostgreSQL itself works, and how upgrades are to be performed.

       Counter to that, there appears to be PostgreSQL data in:
         ${path} (unused mount/volume)

       The suggested container configuration for 18+ is to place a single mount
       at /var/lib/postgresql which will then place PostgreSQL data in a
       subdirectory, allowing usage of "pg_upgrade --link" without mount point
       boundary issues.
`;

/** docker-entrypoint.sh: makes the cluster where there is none, runs what is to be run first, becomes the server. */
export async function entrypoint(process: Process): Promise<number> {
  const command = process.argv.slice(1);
  if (command[0]?.startsWith("-") === true) command.unshift("postgres");
  if (command[0] !== "postgres") return process.execute({ argv: command });
  const { env, files } = process;
  const data = env.get("PGDATA") ?? "/var/lib/postgresql/data";
  env.set("PGDATA", data);
  const secret = (name: string) => {
    const path = env.get(`${name}_FILE`);
    return env.get(name) || (path !== undefined && files.exists(path) ? files.readText(path).replace(/\n$/, "") : "");
  };
  const user = secret("POSTGRES_USER") || "postgres";
  const password = secret("POSTGRES_PASSWORD");
  const database = secret("POSTGRES_DB") || user;
  const method = env.get("POSTGRES_HOST_AUTH_METHOD") || (Number(majorOf(process)) >= 14 ? "scram-sha-256" : "md5");
  const uid = process.uid === 0 ? 999 : process.uid;
  const own = (argv: readonly string[], more: Readonly<Record<string, string>> = {}): ChildProcess =>
    process.spawn({
      argv,
      uid,
      gid: process.uid === 0 ? 999 : process.gid,
      env: { ...Object.fromEntries(env), ...more },
    });
  // Since 18 a volume at the old place would hold nothing of what matters.
  const former = "/var/lib/postgresql/data";
  if (Number(majorOf(process)) >= 18 && !data.startsWith(former) && files.exists(former)) {
    await process.stderr.write(MOVED(former));
    return 1;
  }
  if (files.exists(`${data}/PG_VERSION`))
    await process.stdout.write(
      "\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n",
    );
  else {
    if (password === "" && method !== "trust") {
      await process.stderr.write(NO_PASSWORD);
      return 1;
    }
    const problem = await prepare(process, data, user, password, method, uid, own);
    if (problem !== undefined) return problem;
    const failed = await runScripts(process, { user, password, database, own });
    if (failed !== undefined) return failed;
  }
  // The server must not be root: it runs as a child, which gets what its parent is sent.
  if (process.uid !== 0) return process.execute({ argv: command });
  try {
    files.chown(data, 999, 999);
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
  }
  const server = own(command);
  for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1"] as const)
    process.onSignal(signal, (one: Signal) => server.kill(one));
  return (await server.exited).code;
}

async function prepare(
  process: Process,
  data: string,
  user: string,
  password: string,
  method: string,
  uid: number,
  own: (argv: readonly string[]) => ChildProcess,
): Promise<number | undefined> {
  const { files } = process;
  try {
    files.makeDirectory(data, { recursive: true, mode: 0o700 });
    if (process.uid === 0) files.chown(data, uid, 999);
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    await process.stderr.write(
      `mkdir: cannot create directory '${data}': ${problem.code === "EACCES" ? "Permission denied" : problem.message}\n`,
    );
    return 1;
  }
  const secretPath = "/tmp/.pwfile";
  files.writeFile(secretPath, `${password}\n`, { mode: 0o644 });
  const made = await own(["initdb", "-D", data, "-U", user, ...(password === "" ? [] : [`--pwfile=${secretPath}`])])
    .exited;
  files.remove(secretPath, { force: true });
  if (made.code !== 0) return made.code;
  files.writeFile(`${data}/pg_hba.conf`, `\nhost all all all ${method}\n`, { append: true });
  return undefined;
}

interface Scripts {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly own: (argv: readonly string[], env?: Readonly<Record<string, string>>) => ChildProcess;
}

/** The database and /docker-entrypoint-initdb.d, on a server that only this machine can reach. */
async function runScripts(process: Process, { user, database, own }: Scripts): Promise<number | undefined> {
  const { files, clock } = process;
  await process.stdout.write("waiting for server to start....");
  const server = own(["postgres", "-c", "listen_addresses=", "-p", "5432"]);
  for (let waited = 0; waited < 60_000; waited += 100) {
    await clock.sleep(100, process.signal);
    if (server.state === "exited") return (await server.exited).code;
    if ((await own(["pg_isready", "-q", "-U", user]).exited).code === 0) break;
  }
  await process.stdout.write(" done\nserver started\n");
  const psql = (name: string, args: readonly string[]) =>
    own(["psql", "-v", "ON_ERROR_STOP=1", "--no-psqlrc", "-U", user, "-d", name, ...args]).exited;
  const stop = async (code: number | undefined) => {
    server.kill("SIGINT");
    await server.exited;
    return code;
  };
  if (database !== "postgres") {
    const made = await psql("postgres", ["-c", `CREATE DATABASE "${database.replaceAll('"', '""')}"`]);
    if (made.code !== 0) return stop(made.code);
  }
  const directory = "/docker-entrypoint-initdb.d";
  const names = files.exists(directory)
    ? files
        .list(directory)
        .map(({ name }) => name)
        .filter((name) => !name.startsWith("."))
        .sort()
    : [];
  for (const name of names) {
    const path = `${directory}/${name}`;
    let code = 0;
    if (name.endsWith(".sql")) {
      await process.stdout.write(`/usr/local/bin/docker-entrypoint.sh: running ${path}\n`);
      code = (await psql(database, ["-f", path])).code;
    } else if (name.endsWith(".sh")) {
      await process.stdout.write(
        `/usr/local/bin/docker-entrypoint.sh: ${(files.stat(path).mode & 0o111) !== 0 ? "running" : "sourcing"} ${path}\n`,
      );
      code = (
        await own(["bash", "-e", path], {
          POSTGRES_USER: user,
          POSTGRES_DB: database,
          PGUSER: user,
          PGDATABASE: database,
        }).exited
      ).code;
    } else await process.stdout.write(`/usr/local/bin/docker-entrypoint.sh: ignoring ${path}\n`);
    if (code !== 0) return stop(code);
  }
  await process.stdout.write("\nwaiting for server to shut down....");
  await stop(undefined);
  await process.stdout.write(" done\nserver stopped\n\nPostgreSQL init process complete; ready for start up.\n\n");
  return undefined;
}
