/**
 * Records what a real server answers to test/conformance/sql/statements.sql, as facts for statements.test.ts.
 *
 *   node scripts/record-sql.mjs SOCKET   (of a MariaDB that nobody else uses; its client `mariadb` in PATH)
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const socket = process.argv[2];
if (socket === undefined) throw new Error("Say which socket: node scripts/record-sql.mjs SOCKET");
const folder = new URL("../test/conformance/sql/", import.meta.url);
const statements = readFileSync(new URL("statements.sql", folder), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("--"));
const client = ["--socket", socket, "-uroot"];
const version = execFileSync("mariadb", [...client, "-N", "-e", "SELECT version()"], { encoding: "utf8" }).trim();
// One session for all: --force goes on after errors, which say the line they are about; -vv prints counts.
const { stdout, stderr } = spawnSync("mariadb", [...client, "--force", "--batch", "-v", "-v", "--unbuffered"], {
  input: statements.join("\n"),
  encoding: "utf8",
});
const errors = new Map();
for (const line of stderr.split("\n")) {
  const match = /^ERROR (\d+) \((\w+)\) at line (\d+): (.*)$/.exec(line);
  if (match !== null) errors.set(Number(match[3]), `ERROR ${match[1]} (${match[2]}): ${match[4]}`);
}
// Each answer follows its statement between two rules.
const rule = "--------------\n";
const parts = stdout.split(rule);
const answers = [];
for (let index = 1; index < parts.length; index += 2) answers.push(parts[index + 1] ?? "");
// USE is the client's own command, and is not repeated.
const isUse = (sql) => sql.startsWith("USE ");
const spoken = statements.filter((sql) => !isUse(sql));
if (answers.length !== spoken.length) throw new Error(`${spoken.length} statements, ${answers.length} answers`);
const clean = (text) =>
  text
    .replace(/ \([\d.]+ sec\)/g, "")
    .replace(/\nBye\n?$/, "\n")
    .trim();
const recorded = statements.map((sql, index) => {
  const answer = isUse(sql) ? "" : clean(answers.shift() ?? "");
  return { sql, answer: errors.get(index + 1) ?? answer };
});
writeFileSync(new URL("recorded.json", folder), `${JSON.stringify({ version, recorded }, null, 1)}\n`);
console.log(`${recorded.length} statements, ${errors.size} of them refused`);
