/** Records what the newest kubectl on this machine makes of each line of test/conformance/templates/templates.txt. */
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const folder = new URL("../test/conformance/templates/", import.meta.url).pathname;
const home = dirname(realpathSync(execFileSync("which", ["kubectl"]).toString().trim()));
const binary = readdirSync(home)
  .filter((name) => /^kubectl\.1\.\d+$/.test(name))
  .sort((a, b) => Number(a.split(".")[2]) - Number(b.split(".")[2]))
  .at(-1);
const lines = readFileSync(join(folder, "templates.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "");
const recorded = lines.map((template) => {
  const run = spawnSync(
    join(home, binary ?? "kubectl"),
    ["label", "--local", "-f", join(folder, "object.json"), "recorded=yes", "-o", `go-template=${template}`],
    { encoding: "utf8" },
  );
  return { template, stdout: run.stdout, stderr: run.stderr, exitCode: run.status };
});
writeFileSync(join(folder, "recorded.json"), `${JSON.stringify({ kubectl: binary, recorded }, null, 2)}\n`);
