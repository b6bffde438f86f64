// Builds everything a production start needs: compiled programs, the database seed, the pages.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "./compile.mjs";
import { fingerprint, isFresh, root, writeStamp } from "./sources.mjs";

const PAGES = [
  "app",
  "components",
  "content",
  "lib",
  "next.config.js",
  "postcss.config.mjs",
  "package-lock.json",
  "tsconfig.json",
];

async function buildSeed() {
  const seed = join(root, "dist", "pglite-seed.tar.gz");
  if (existsSync(seed)) return;
  const { PGlite } = await import("@electric-sql/pglite");
  const directory = mkdtempSync(join(tmpdir(), "statecraft-seed-"));
  const database = await PGlite.create(join(directory, "data"));
  writeFileSync(seed, Buffer.from(await (await database.dumpDataDir("gzip")).arrayBuffer()));
  await database.close();
  rmSync(directory, { recursive: true, force: true });
}

function buildPages() {
  const stamp = join(root, ".next", ".statecraft-stamp");
  const print = fingerprint(PAGES);
  if (isFresh(stamp, print)) return;
  console.log("Building the pages (about a minute, only when something changed) ...");
  const result = spawnSync(process.execPath, [join(root, "node_modules/next/dist/bin/next"), "build"], {
    cwd: root,
    stdio: process.env.CI || process.env.STATECRAFT_VERBOSE ? "inherit" : ["ignore", "ignore", "inherit"],
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" },
  });
  if (result.status !== 0)
    throw new Error("The pages could not be built; the lines above say why. STATECRAFT_VERBOSE=1 shows all of them.");
  writeStamp(stamp, print);
}

export async function build({ pages = true } = {}) {
  await compile();
  await buildSeed();
  if (pages) buildPages();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
