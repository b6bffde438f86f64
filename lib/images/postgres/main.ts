/** The command line of the server. */
import { isErrno, type Process } from "../../machine/index.ts";
import { FatalError } from "./fatal-error.ts";
import { VERSION_FILE } from "./messages.ts";
import { Server } from "./server.ts";

/** `postgres [-D DIR] [-c name=value] ...` */
export async function postgres(process: Process): Promise<number> {
  const version = process.files.readText(VERSION_FILE).trim();
  const flags = new Map<string, string>();
  let path = process.env.get("PGDATA") ?? "/var/lib/postgresql/data";
  const args = process.argv.slice(1);
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    const [name = "", value] = arg.replace(/^--/, "").split(/=(.*)/s);
    if (arg === "--version" || arg === "-V") {
      await process.stdout.write(`postgres (PostgreSQL) ${version} (Debian ${version}-1.pgdg120+1)\n`);
      return 0;
    }
    if (arg === "-D") path = args[++index] ?? path;
    else if (arg === "-p") flags.set("port", args[++index] ?? "5432");
    else if (arg === "-h") flags.set("listen_addresses", args[++index] ?? "");
    else if (arg === "-c") {
      const [key = "", one = ""] = (args[++index] ?? "").split(/=(.*)/s);
      flags.set(key.trim().replaceAll("-", "_").toLowerCase(), one.trim().replace(/^'(.*)'$/, "$1"));
    } else if (arg.startsWith("--") && value !== undefined) flags.set(name.replaceAll("-", "_"), value);
    else {
      await process.stderr.write(`postgres: invalid argument: "${arg}"\nTry "postgres --help" for more information.\n`);
      return 1;
    }
  }
  if (process.uid === 0) {
    await process.stderr.write(
      '"root" execution of the PostgreSQL server is not permitted.\nThe server must be started under an unprivileged user ID to prevent\npossible system security compromise.  See the documentation for\nmore information on how to properly start the server.\n',
    );
    return 1;
  }
  const say = (level: string, text: string) => {
    const stamp = new Date(process.clock.now()).toISOString().replace("T", " ").replace("Z", "");
    return process.stderr.write(`${stamp} UTC [${process.pid}] ${level}:  ${text}\n`);
  };
  flags.delete("config_file");
  try {
    return await new Server(process, path, version, flags).run();
  } catch (problem) {
    if (problem instanceof FatalError) {
      await say("FATAL", problem.message);
      if (problem.detail !== undefined) await say("DETAIL", problem.detail);
      if (problem.hint !== undefined) await say("HINT", problem.hint);
      return 1;
    }
    if (!isErrno(problem) || process.signal.aborted) throw problem;
    if (problem.code === "EADDRINUSE") {
      await say("LOG", 'could not bind IPv4 address "0.0.0.0": Address already in use');
      await say("FATAL", "could not create any TCP/IP sockets");
    } else await say("FATAL", problem.message);
    return 1;
  }
}
