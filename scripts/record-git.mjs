/**
 * Records what the host's git (2.39) does with the scripts of lib/machine/tools/git/conformance/*.txt (one command line
 * each; lines that start with "# " are comments), for the conformance test: `node scripts/record-git.mjs [group...]`.
 * A script runs after prelude.sh in an empty folder beside a home of its own. Run it only on a machine that has the
 * real tools, and as root.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../lib/machine/tools/git/conformance/", import.meta.url));
const prelude = readFileSync(join(folder, "prelude.sh"), "utf8");

function record(script) {
  const directory = mkdtempSync(join(tmpdir(), "record-"));
  const own = (text) => text.replaceAll(directory, "/work");
  try {
    for (const name of ["repo", "home"]) mkdirSync(join(directory, name));
    writeFileSync(join(directory, "home/.gitconfig"), readFileSync(join(folder, "gitconfig")));
    const host = spawnSync("/bin/bash", ["-c", prelude + script], {
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
