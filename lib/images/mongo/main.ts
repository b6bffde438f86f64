/** The program: options, what keeps a server from starting, and the server. */
import { isErrno, type Process } from "../../machine/index.ts";
import type { Doc } from "./data/bson.ts";
import { keyFileProblem, type MongodOptions, OptionsError, readOptions } from "./options.ts";
import { Mongod } from "./server.ts";

export const VERSION_FILE = "/usr/share/mongodb/version";

export async function mongod(process: Process): Promise<number> {
  const version = process.files.readText(VERSION_FILE).trim();
  if (process.argv.includes("--version")) {
    await process.stdout.write(
      `db version v${version}\nBuild Info: {\n    "version": "${version}",\n    "modules": [],\n    "allocator": "tcmalloc"\n}\n`,
    );
    return 0;
  }
  let options: MongodOptions;
  try {
    options = readOptions(process);
  } catch (problem) {
    if (!(problem instanceof OptionsError)) throw problem;
    await process.stderr.write(`${problem.message}\n`);
    return 2;
  }
  const fatal = async (c: string, msg: string, attr: Doc, code: number) => {
    const t = { $date: new Date(process.clock.now()).toISOString().replace("Z", "+00:00") };
    await process.stdout.write(`${JSON.stringify({ t, s: code === 1 ? "I" : "E", c, ctx: "main", msg, attr })}\n`);
    return code;
  };
  const key = options.keyFile === undefined ? undefined : keyFileProblem(process, options.keyFile);
  if (key !== undefined)
    return fatal(
      "ACCESS",
      "Read security file failed",
      { error: { code: 30, codeName: "InvalidPath", errmsg: key } },
      1,
    );
  if (!process.files.exists(options.dbPath))
    return fatal(
      "CONTROL",
      "DBException in initAndListen, terminating",
      {
        error: `NonExistentPath: Data directory ${options.dbPath} not found. Create the missing directory or specify another path using (1) the --dbpath command line option, or (2) by adding the 'storage.dbPath' option in the configuration file.`,
      },
      100,
    );
  try {
    return await new Mongod(process, options, version).run();
  } catch (problem) {
    if (!isErrno(problem) || process.signal.aborted) throw problem;
    if (problem.code === "EADDRINUSE")
      return fatal(
        "CONTROL",
        "Failed to set up listener",
        { error: { code: 9001, codeName: "SocketException", errmsg: "Address already in use" } },
        48,
      );
    return fatal(
      "STORAGE",
      "DBException in initAndListen, terminating",
      {
        error: `IllegalOperation: Attempted to create a lock file on a read-only directory: ${options.dbPath}: ${problem.message}`,
      },
      100,
    );
  }
}
