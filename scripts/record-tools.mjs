/**
 * Records what the host's own tools do with the scripts of lib/machine/tools/conformance/*.txt, and what its bash and
 * BusyBox's ash do with those of test/conformance/{bash-further,ash}.txt (one command line each; lines that start with
 * "# " are comments), for the conformance tests: `node scripts/record-tools.mjs [group...]`. A script of the tools runs
 * in a fresh folder that holds the files of files.json. Run it only on a machine that has the real tools, and as root.
 * `node scripts/record-tools.mjs matrix [tool...]` records those of conformance/matrix, as a user without rights.
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

const folder = fileURLToPath(new URL("../lib/machine/tools/conformance/", import.meta.url));
const shellFolder = fileURLToPath(new URL("../test/conformance/", import.meta.url));
const files = JSON.parse(readFileSync(join(folder, "files.json"), "utf8"));

function record(script) {
  const directory = mkdtempSync(join(tmpdir(), "record-"));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
    const host = spawnSync("/bin/bash", ["-c", script], {
      argv0: "bash",
      cwd: directory,
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC", HOME: directory },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 10_000,
    });
    return { script, stdout: host.stdout.toString(), stderr: host.stderr.toString(), exitCode: host.status };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const SHELL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Shells: standard output and status of each script, in /tmp. */
const SHELLS = {
  "bash-further": ["/bin/bash", "bash", (script) => ["-c", script], SHELL_PATH],
  // Applets come first, as in an image that has nothing else.
  ash: ["/bin/busybox", "busybox", (script) => ["sh", "-c", script], busyboxPath],
};

function busyboxPath() {
  const directory = mkdtempSync(join(tmpdir(), "applets-"));
  spawnSync("/bin/busybox", ["--install", "-s", directory]);
  return directory;
}

function recordShell(name) {
  const [file, argv0, args, path] = SHELLS[name];
  const PATH = typeof path === "string" ? path : path();
  const scripts = linesOf(join(shellFolder, `${name}.txt`));
  const recorded = scripts.map((script) => {
    const host = spawnSync(file, args(script), {
      argv0,
      cwd: "/tmp",
      env: { PATH, HOME: "/root", LC_ALL: "C.UTF-8" },
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
    });
    if (host.status === null) throw new Error(`${name}: ${script}: ${host.signal}`);
    return { script, stdout: host.stdout.toString(), exitCode: host.status };
  });
  writeFileSync(join(shellFolder, `${name}.json`), `${JSON.stringify(recorded, null, 2)}\n`);
  console.log(`${name}: ${recorded.length} scripts`);
  if (typeof path !== "string") rmSync(PATH, { recursive: true, force: true });
}

function linesOf(path) {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("# "));
}

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
    const host = spawnSync(applets ? "/bin/busybox" : "/bin/bash", [...(applets ? ["sh"] : []), "-c", script], {
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

function recordMatrices(tools) {
  const matrix = join(folder, "matrix");
  const inputs = JSON.parse(readFileSync(join(matrix, "inputs.json"), "utf8"));
  const PATH = busyboxPath();
  chmodSync(PATH, 0o755);
  let count = 0;
  for (const name of readdirSync(matrix).filter((each) => each.endsWith(".txt"))) {
    const group = name.slice(0, -4);
    if (tools.length > 0 && !tools.includes(group)) continue;
    const applets = group.startsWith("busybox-") ? PATH : undefined;
    const recorded = linesOf(join(matrix, name)).map((script) => recordMatrix(script, applets, inputs));
    writeFileSync(join(matrix, `${group}.json`), `${JSON.stringify(recorded, null, 2)}\n`);
    count += recorded.length;
  }
  rmSync(PATH, { recursive: true, force: true });
  console.log(`matrix: ${count} scripts`);
}

const wanted = process.argv.slice(2);
if (wanted[0] === "matrix") {
  recordMatrices(wanted.slice(1));
  process.exit(0);
}
for (const name of readdirSync(folder).filter((each) => each.endsWith(".txt"))) {
  const group = name.slice(0, -4);
  if (wanted.length > 0 && !wanted.includes(group)) continue;
  const scripts = linesOf(join(folder, name));
  const recorded = scripts.map(record);
  writeFileSync(join(folder, `${group}.json`), `${JSON.stringify(recorded, null, 2)}\n`);
  console.log(`${group}: ${recorded.length} scripts`);
}
for (const name of Object.keys(SHELLS)) if (wanted.length === 0 || wanted.includes(name)) recordShell(name);
