/**
 * Records what the host's own tools do with the scripts of lib/machine/tools/conformance/*.txt (one command line each;
 * lines that start with "# " are comments), for the conformance test: `node scripts/record-tools.mjs [group...]`.
 * A script runs in a fresh folder that holds the files of files.json. Run it only on a machine that has the real tools.
 * The groups of lib/machine/tools/git/conformance run after their prelude, in an empty folder beside a home of their own.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../lib/machine/tools/conformance/", import.meta.url));
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

const gitFolder = fileURLToPath(new URL("../lib/machine/tools/git/conformance/", import.meta.url));

function recordGit(script) {
  const directory = mkdtempSync(join(tmpdir(), "record-"));
  const own = (text) => text.replaceAll(directory, "/work");
  try {
    for (const name of ["repo", "home"]) mkdirSync(join(directory, name));
    writeFileSync(join(directory, "home/.gitconfig"), readFileSync(join(gitFolder, "gitconfig")));
    const host = spawnSync("/bin/bash", ["-c", readFileSync(join(gitFolder, "prelude.sh"), "utf8") + script], {
      argv0: "bash",
      cwd: join(directory, "repo"),
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC", HOME: join(directory, "home"), GIT_CONFIG_NOSYSTEM: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 10_000,
    });
    return { script, stdout: own(host.stdout.toString()), stderr: own(host.stderr.toString()), exitCode: host.status };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const wanted = process.argv.slice(2);
recordAll(folder, record);
recordAll(gitFolder, recordGit);

function recordAll(folder, record) {
  for (const name of readdirSync(folder).filter((each) => each.endsWith(".txt"))) {
    const group = name.slice(0, -4);
    if (wanted.length > 0 && !wanted.includes(group)) continue;
    const scripts = readFileSync(join(folder, name), "utf8")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("# "));
    const recorded = scripts.map(record);
    writeFileSync(join(folder, `${group}.json`), `${JSON.stringify(recorded, null, 2)}\n`);
    console.log(`${group}: ${recorded.length} scripts`);
  }
}
