/**
 * Records what a real PostgreSQL 15 does with test/conformance/sql/access.sql, as facts for access.test.ts.
 *
 *   node scripts/record-psql.mjs HOST PORT   (of a server that nobody else uses, with a superuser postgres and no
 *                                            password; HOST may be the directory of its socket; psql in PATH)
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [host, port] = process.argv.slice(2);
if (host === undefined || port === undefined) throw new Error("node scripts/record-psql.mjs HOST PORT");
const folder = new URL("../test/conformance/sql/", import.meta.url);
const file = fileURLToPath(new URL("access.sql", folder));
// Both streams into one, as they come.
const { stdout, status } = spawnSync(
  "sh",
  ["-c", `psql -h "$1" -p "$2" -U postgres -X -a -f - < "$3" 2>&1`, "sh", host, port, file],
  { encoding: "utf8" },
);
if (status !== 0) throw new Error(`psql ended with ${status}: ${stdout}`);
writeFileSync(new URL("access.txt", folder), stdout);
console.log(`${stdout.split("\n").length} lines`);
