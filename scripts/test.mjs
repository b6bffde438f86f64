// `npm test`: everything a change must pass. Installs Chromium where it can; says loudly what it could not run.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./build.mjs";
import { root } from "./sources.mjs";

const bin = (name) => join(root, "node_modules", ".bin", name);

function step(title, command, args) {
  const started = Date.now();
  console.log(`\n== ${title}`);
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" },
  });
  console.log(
    `   ${title}: ${status === 0 ? "ok" : `failed (${status})`}, ${((Date.now() - started) / 1000).toFixed(1)} s`,
  );
  return status === 0;
}

function ensureChromium() {
  if (["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].some(existsSync)) return;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    console.log(
      "No Chromium here, and it cannot be installed without root on Debian: the tests of the pages will be skipped.",
    );
    return;
  }
  console.log("Installing Chromium ...");
  spawnSync("apt-get", ["update", "-q"], { stdio: "ignore" });
  const { status } = spawnSync(
    "apt-get",
    ["install", "-y", "-q", "--no-install-recommends", "chromium", "fonts-noto-cjk"],
    {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    },
  );
  if (status !== 0) console.log("Chromium could not be installed: the tests of the pages will be skipped.");
}

const failures = [];
const check = (title, command, args) => step(title, command, args) || failures.push(title);

check("lint and format", bin("biome"), ["check", "."]);
check("types", bin("tsc"), ["--noEmit"]);
check("import rules", bin("depcruise"), [
  "--config",
  ".dependency-cruiser.cjs",
  "lib",
  "app",
  "components",
  "server.ts",
]);
ensureChromium();
try {
  await build();
} catch (error) {
  console.error(error);
  failures.push("build");
}
const reports = mkdtempSync(join(tmpdir(), "statecraft-test-"));
const report = join(reports, "vitest.json");
check("tests", bin("vitest"), ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`]);
if (existsSync(join(root, "content")))
  check("lessons", process.execPath, [join(root, "bin/statecraft.mjs"), "course", "test"]);

let passed = 0;
let failed = failures.length;
let skipped = 0;
if (existsSync(report)) {
  const result = JSON.parse(readFileSync(report, "utf8"));
  passed = result.numPassedTests;
  failed = Math.max(failed, result.numFailedTests);
  skipped = result.numPendingTests;
}
rmSync(reports, { recursive: true, force: true });
console.log(failures.length === 0 ? "\nEverything passed." : `\nFailed: ${failures.join(", ")}.`);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failures.length === 0 ? 0 : 1);
