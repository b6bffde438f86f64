/**
 * Records what the host's own tools do with the scripts of lib/machine/tools/conformance/*.txt, and what its bash and
 * BusyBox's ash do with those of test/conformance/{bash-further,ash}.txt (one command line each; lines that start with
 * "# " are comments) and of test/conformance/shell, for the conformance tests: `node scripts/record-tools.mjs [group...]`. A script of the tools runs
 * in a fresh folder that holds the files of files.json. Run it only on a machine that has the real tools, and as root.
 */
import { spawnSync } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { constants, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../lib/machine/tools/conformance/", import.meta.url));
const shellFolder = fileURLToPath(new URL("../test/conformance/", import.meta.url));
const files = JSON.parse(readFileSync(join(folder, "files.json"), "utf8"));

/** A group of its own kind says so in its first line: "#! " and what `Kind` in conformance.test.ts has, as JSON. */
function kindOf(path) {
  const [first] = readFileSync(path, "utf8").split("\n", 1);
  return first.startsWith("#! ") ? JSON.parse(first.slice(3)) : undefined;
}

/** Where the scripts of such groups run: a folder whose name they may print. */
const PLACE = "/tmp/work/t";

function recordGroup(kind, scripts) {
  const PATH = kind.busybox ? busyboxPath() : "/usr/sbin:/usr/bin:/sbin:/bin";
  const owner = kind.uid ?? 0;
  const run = (script) => {
    const [file, argv0, args] = kind.busybox ? ["/bin/busybox", "busybox", ["sh"]] : ["/bin/bash", "bash", []];
    return spawnSync(file, [...args, "-c", script], {
      argv0,
      cwd: PLACE,
      env: { PATH, LC_ALL: kind.locale ?? "C.UTF-8", TZ: "UTC", HOME: PLACE },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 20_000,
      uid: owner,
      gid: owner,
    });
  };
  const prepare = () => {
    rmSync(dirname(PLACE), { recursive: true, force: true });
    mkdirSync(PLACE, { recursive: true });
    for (const path of [dirname(PLACE), PLACE]) chownSync(path, owner, owner);
    if (kind.shared && kind.setup !== undefined) run(kind.setup);
  };
  if (kind.shared) prepare();
  const recorded = scripts.map((script) => {
    if (!kind.shared) prepare();
    const host = run(kind.shared || kind.setup === undefined ? script : `${kind.setup}\n${script}`);
    return { script, stdout: host.stdout.toString(), stderr: host.stderr.toString(), exitCode: host.status };
  });
  rmSync(dirname(PLACE), { recursive: true, force: true });
  if (kind.busybox) rmSync(PATH, { recursive: true, force: true });
  return recorded;
}

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

/**
 * test/conformance/shell/SHELL/TOPIC.txt: one script a line, `⏎` for a newline. What the host's shell writes and how it
 * ends, in /tmp/room (`confined.sh`); one recording a line.
 */
const CONFINED = readFileSync(join(shellFolder, "shell/confined.sh"), "utf8");
const LANGUAGES = ["bash", "ash", "dash"];

function recordLanguage(shell) {
  const topics = join(shellFolder, "shell", shell);
  if (!existsSync(topics)) return;
  for (const name of readdirSync(topics).filter((each) => each.endsWith(".txt"))) {
    const recorded = linesOf(join(topics, name)).map((line) => {
      const host = spawnSync("/bin/bash", ["-c", CONFINED, "confined", shell, line.replaceAll("⏎", "\n")], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      if (host.status === null && host.signal === null) throw new Error(`${shell}/${name}: ${line}: ${host.error}`);
      const exitCode = host.status ?? 128 + constants.signals[host.signal];
      return { script: line, stdout: host.stdout.toString(), stderr: host.stderr.toString(), exitCode };
    });
    const text = recorded.map((each) => JSON.stringify(each)).join(",\n");
    writeFileSync(join(topics, name.replace(/txt$/, "json")), `[\n${text}\n]\n`);
    console.log(`shell/${shell}/${name}: ${recorded.length} scripts`);
  }
}

function linesOf(path) {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("# ") && !line.startsWith("#! "));
}

const wanted = process.argv.slice(2);
for (const name of readdirSync(folder).filter((each) => each.endsWith(".txt"))) {
  const group = name.slice(0, -4);
  if (wanted.length > 0 && !wanted.includes(group)) continue;
  const scripts = linesOf(join(folder, name));
  const kind = kindOf(join(folder, name));
  const recorded = kind === undefined ? scripts.map(record) : recordGroup(kind, scripts);
  writeFileSync(join(folder, `${group}.json`), `${JSON.stringify(recorded, null, 2)}\n`);
  console.log(`${group}: ${recorded.length} scripts`);
}
for (const name of Object.keys(SHELLS)) if (wanted.length === 0 || wanted.includes(name)) recordShell(name);
for (const name of LANGUAGES) if (wanted.length === 0 || wanted.includes(`shell/${name}`)) recordLanguage(name);
