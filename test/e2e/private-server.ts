/** A Statecraft server of its own for a test: production build, own data directory, own port. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface RunningServer {
  readonly url: string;
  readonly data: string;
  /** Ends it as ^C does, or as a crash does. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A data directory that goes away with `remove`. */
export function temporaryData(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "statecraft-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Starts dist/server.mjs; `npm test` has built it and the pages. */
export async function startServer(data: string, env: Readonly<Record<string, string>> = {}): Promise<RunningServer> {
  const port = await freePort();
  const child: ChildProcess = spawn(process.execPath, [join(root, "dist", "server.mjs")], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      PORT: String(port),
      STATECRAFT_DATA: data,
      ...env,
    },
  });
  let log = "";
  await new Promise<void>((resolve, reject) => {
    const look = (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes("Statecraft is ready at ")) resolve();
    };
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}:\n${log}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    data,
    stop: async (signal = "SIGTERM") => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill(signal);
      await ended;
    },
  };
}
