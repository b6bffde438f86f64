/**
 * Records what the host's own tools do with the scripts of lib/machine/tools/conformance/matrix/*.txt (one command line
 * each), as a user without rights: `node scripts/record-matrix.mjs [tool...]`. Those of test/conformance/busybox run with BusyBox's applets alone
 * (`busybox/TOOL`). Run it only on a machine that has the real tools, and as root.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const matrix = fileURLToPath(new URL("../lib/machine/tools/conformance/matrix/", import.meta.url));
const boxed = fileURLToPath(new URL("../test/conformance/busybox/", import.meta.url));
/** Images have BusyBox 1.37 as its default configuration makes it; Debian's has fewer options. */
const BUSYBOX = process.env.BUSYBOX ?? "/bin/busybox";
const NOBODY = 65534;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** As matrix.test-helper.ts shows what was printed. */
function shownBytes(bytes) {
  try {
    return strict.decode(bytes);
  } catch {
    return `bytes: ${bytes.toString("latin1")}`;
  }
}

function recordMatrix(script, applets, inputs) {
  const base = mkdtempSync(join(tmpdir(), "record-"));
  const directory = join(base, "work");
  try {
    mkdirSync(directory);
    for (const [path, content] of Object.entries(inputs)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), Buffer.from(content, "latin1"));
      chownSync(join(directory, path), NOBODY, NOBODY);
    }
    chmodSync(join(directory, "secret"), 0);
    chmodSync(base, 0o755);
    chownSync(directory, NOBODY, NOBODY);
    const host = spawnSync(applets ? BUSYBOX : "/bin/bash", [...(applets ? ["sh"] : []), "-c", script], {
      argv0: applets ? "busybox" : "bash",
      cwd: directory,
      uid: NOBODY,
      gid: NOBODY,
      env: { PATH: applets ?? "/usr/bin:/bin", LC_ALL: "C.UTF-8", TZ: "UTC", HOME: directory },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 10_000,
    });
    if (host.status === null) throw new Error(`${script}: ${host.signal}`);
    const shown = (bytes) => shownBytes(bytes).replaceAll(directory, "/work");
    // BusyBox's page of help after a complaint is of its version; that there is one is what counts.
    const words = shown(host.stderr);
    const errors = applets ? words.replace(/BusyBox v.*$/s, "BusyBox\n") : words;
    return { script, stdout: shown(host.stdout), stderr: errors, exitCode: host.status };
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

const applets = mkdtempSync(join(tmpdir(), "applets-"));
spawnSync(BUSYBOX, ["--install", "-s", applets]);
chmodSync(applets, 0o755);
const inputs = JSON.parse(readFileSync(join(matrix, "inputs.json"), "utf8"));
const wanted = process.argv.slice(2);
let count = 0;
for (const folder of [matrix, boxed]) {
  for (const name of readdirSync(folder).filter((each) => each.endsWith(".txt"))) {
    const group = name.slice(0, -4);
    if (wanted.length > 0 && !wanted.includes(folder === boxed ? `busybox/${group}` : group)) continue;
    const recorded = readFileSync(join(folder, name), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((script) => recordMatrix(script, folder === boxed ? applets : undefined, inputs));
    writeFileSync(join(folder, `${group}.json`), `${JSON.stringify(recorded, null, 2)}\n`);
    count += recorded.length;
  }
}
rmSync(applets, { recursive: true, force: true });
console.log(`matrix: ${count} scripts`);
