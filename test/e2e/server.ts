/** The whole application for tests of pages: built and started as `npm start` does it, with a data directory of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

const START_LIMIT_MS = 280_000;

/** `E2E_URL` names a server that runs already, e.g. `npm run dev` while writing a test. */
export async function startServer(): Promise<TestServer> {
  const running = process.env["E2E_URL"];
  if (running !== undefined) return { url: running, stop: async () => {} };
  const data = mkdtempSync(join(tmpdir(), "statecraft-e2e-"));
  const root = join(import.meta.dirname, "../..");
  const child = spawn(process.execPath, ["scripts/start.mjs"], {
    cwd: root,
    env: { ...process.env, PORT: "0", STATECRAFT_DATA: data, NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const url = await readiness(child);
  return {
    url,
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      rmSync(data, { recursive: true, force: true });
    },
  };
}

function readiness(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const limit = setTimeout(() => {
      child.kill();
      reject(new Error(`the server was not ready in time:\n${output}`));
    }, START_LIMIT_MS);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const url = /ready at (http:\/\/\S+)/.exec(output)?.[1];
      if (url === undefined) return;
      clearTimeout(limit);
      resolve(url);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("exit", (code) => {
      clearTimeout(limit);
      reject(new Error(`the server ended with code ${code}:\n${output}`));
    });
  });
}
