/** Our MySQL's engine beside what a real MariaDB answered (recorded.json, made by scripts/record-sql.mjs). */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../lib/clock/index.ts";
import { Engine } from "../../../lib/images/mysql/engine/engine.ts";
import type { SqlResult } from "../../../lib/images/mysql/engine/types.ts";
import { asLines, remark } from "../../../lib/images/mysql/format.ts";
import { flavourOf } from "../../../lib/images/mysql/sql/flavour.ts";

const { version, recorded } = JSON.parse(readFileSync(new URL("recorded.json", import.meta.url), "utf8")) as {
  readonly version: string;
  readonly recorded: readonly { readonly sql: string; readonly answer: string }[];
};

/** What differs, and why. Nothing else does. */
const DIFFERENT: Readonly<Record<string, string>> = {
  "SELECT DISTINCT stock > 0 FROM item;": "reads an index, in its order; ours reads rows by primary key",
  "SELECT name FROM item;": "reads an index, in its order; ours reads rows by primary key",
  "SELECT name FROM item WHERE id IN (SELECT id FROM item WHERE stock > 0);": "begins with the subquery's index",
  "CREATE TABLE bad (id NOPE);": "MariaDB has types as plug-ins; ours refuses as MySQL does",
  "SHOW CREATE TABLE item;": "numbers are taken in blocks: the next one is 12 rather than 11",
  "DESCRIBE made;": "a copied column that counted by itself has the default 0",
  [`SELECT json_extract('{"a": [1, {"b": 2}]}', '$.a[1].b'), json_unquote(json_extract('{"a": "x"}', '$.a')), json_valid('{'), json_length('[1,2]');`]:
    "JSON_VALID leaves a warning behind",
};

function engine(): Engine {
  const clock = virtualClock({ seed: 1, now: Date.parse("2026-01-02T03:04:05Z") });
  const made: Engine = new Engine({
    version,
    flavour: flavourOf(version),
    clock,
    spend: () => Promise.resolve(),
    sleep: (ms) => clock.sleep(ms),
    commit: (work) => {
      made.apply(made.resolve(work), work.keys);
      return Promise.resolve();
    },
    variables: () => ({}),
    status: () => ({}),
    setVariable: () => false,
    autoIncrement: () => ({ step: 1, offset: 1 }),
  });
  return made;
}

/** As the client prints it with --batch -vv. */
function printed(sql: string, result: SqlResult): string {
  if ("error" in result) return `ERROR ${result.error.code} (${result.error.state}): ${result.error.message}`;
  if (sql.startsWith("USE ")) return "";
  const info = "affected" in result && result.info !== undefined ? `\n${result.info}` : "";
  const rows = "columns" in result ? asLines(result, { names: true }) : "";
  return `${rows}${remark(result)}${info}`.trim();
}

describe(`statements as ${version} answers them`, async () => {
  const session = engine().session({
    id: 1,
    user: "root@localhost",
    account: "root@localhost",
    authorize: () => undefined,
    sees: () => true,
    refuseWrite: () => undefined,
    unlogged: false,
  });
  const answers: string[] = [];
  for (const { sql } of recorded) answers.push(printed(sql, await session.execute(sql.replace(/;$/, ""))));

  it.each(recorded.map(({ sql, answer }, index) => ({ sql, answer, ours: answers[index] })))("$sql", (row) => {
    if (DIFFERENT[row.sql] === undefined) expect(row.ours).toBe(row.answer);
    else expect(row.ours).not.toBe(row.answer);
  });
});
