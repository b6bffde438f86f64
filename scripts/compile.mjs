// Compiles the server, the sandbox worker and the command line from TypeScript into dist/, when their sources changed.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fingerprint, isFresh, root, writeStamp } from "./sources.mjs";

const stamp = join(root, "dist", ".stamp");

/** Brings dist/ up to date; takes about 20 ms where it is. */
export async function compile() {
  const print = fingerprint(["lib", "server.ts", "package.json", "scripts/compile.mjs"]);
  if (isFresh(stamp, print)) return;
  const { build } = await import("esbuild");
  await build({
    absWorkingDir: root,
    entryPoints: { server: "server.ts", cli: "lib/cli/main.ts", "sandbox-worker": "lib/attempts/worker.node.ts" },
    outdir: "dist",
    bundle: true,
    splitting: true,
    platform: "node",
    target: "node20",
    format: "esm",
    packages: "external",
    sourcemap: "linked",
    outExtension: { ".js": ".mjs" },
    logLevel: "warning",
    loader: { ".json": "json" },
  });
  writeStamp(stamp, print);
}

/** Runs a compiled program in this terminal; resolves with its exit status. Signals reach it through the process group. */
export function run(file, args, { nodeOptions = [], env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--enable-source-maps", ...nodeOptions, join(root, file), ...args], {
      stdio: "inherit",
      env: { ...process.env, ...env },
    });
    const forward = (signal) => child.kill(signal);
    for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, forward);
    // ^C reaches the child by itself; this process only waits for it.
    process.on("SIGINT", () => undefined);
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      resolve(signal === null ? (code ?? 1) : 128 + ({ SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 1)),
    );
  });
}

export async function runCli(args) {
  await compile();
  process.argv = [process.argv[0], join(root, "dist", "cli.mjs"), ...args];
  await import(join(root, "dist", "cli.mjs"));
}
