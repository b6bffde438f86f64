import { describe, expect, it } from "vitest";
import type { Rowset, SqlContext } from "./evaluate.ts";
import { runQuery } from "./select.ts";
import { standard } from "./standard.ts";
import { parseStatement } from "./statements.ts";
import { SqlError, toText } from "./values.ts";

const TABLES: Readonly<Record<string, Rowset>> = {
  users: {
    columns: [
      { table: "", name: "id", type: "int4", key: true },
      { table: "", name: "name", type: "text" },
      { table: "", name: "age", type: "int4" },
    ],
    rows: [
      [1, "Ann", 30],
      [2, "Bob", null],
      [3, "Cy", 50],
    ],
  },
  orders: {
    columns: [
      { table: "", name: "user_id", type: "int4" },
      { table: "", name: "total", type: "numeric" },
    ],
    rows: [
      [1, "9.50"],
      [1, "20.00"],
      [3, "0.50"],
    ],
  },
};

const context: SqlContext = {
  dialect: standard,
  table: ({ name, at }) => {
    const found = TABLES[name];
    if (found === undefined) throw new SqlError("42P01", `relation "${name}" does not exist`, { at });
    return found;
  },
  call: () => undefined,
  callType: () => undefined,
  query: runQuery,
  now: Date.UTC(2024, 1, 29),
  random: () => 0.5,
  spend: () => undefined,
};

/** Rows as `psql -tA` shows them, or the error. */
async function run(sql: string): Promise<string> {
  try {
    const statement = parseStatement(sql);
    if (statement.kind !== "select") return statement.kind;
    const { columns, rows } = await runQuery(statement.query, undefined, context);
    return rows
      .map((row) => row.map((value, index) => toText({ type: columns[index]?.type ?? "text", value })).join("|"))
      .join("\n");
  } catch (problem) {
    if (problem instanceof SqlError)
      return `${problem.state} ${problem.message}${problem.at === undefined ? "" : ` @${problem.at}`}`;
    throw problem;
  }
}

describe("expressions", () => {
  it("compute as PostgreSQL does", async () => {
    expect(await run("SELECT 7 / 2, 7 / 2.0, 0.1 + 0.2, 2 ^ 10, -7 % 3, round(2.345, 2)")).toBe(
      "3|3.5000000000000000|0.3|1024|-1|2.35",
    );
    expect(await run("SELECT NULL AND false, NULL OR true, NULL = NULL, 1 IN (2, NULL), NOT NULL")).toBe("f|t|||");
    expect(await run("SELECT date '2024-02-28' + 1, now() - interval '36 hours', extract(month from now())")).toBe(
      "2024-02-29|2024-02-27 12:00:00+00|2",
    );
    expect(
      await run("SELECT CASE WHEN 1 > 2 THEN 'a' ELSE 'b' END, coalesce(NULL, 5), 'x' || 1, 'Ann' ILIKE 'a%'"),
    ).toBe("b|5|x1|t");
    expect(await run(`SELECT '{"a": {"b": 1}}'::jsonb -> 'a' ->> 'b', '12'::int + 1, 'yes'::bool`)).toBe("1|13|t");
  });

  it("refuse what has no meaning", async () => {
    expect(await run("SELECT 1 / 0")).toBe("22012 division by zero");
    expect(await run("SELECT 'x'::int")).toBe('22P02 invalid input syntax for type integer: "x"');
    expect(await run("SELECT 2147483647 + 1")).toBe("22003 integer out of range");
    expect(await run("SELECT nope(1)")).toBe("42883 function nope(integer) does not exist @7");
    expect(await run("SELECT 'a' ~ '('")).toContain("2201B invalid regular expression");
  });
});

describe("queries", () => {
  it("join, group, order and page", async () => {
    expect(
      await run("SELECT u.name, o.total FROM users u LEFT JOIN orders o ON o.user_id = u.id ORDER BY u.id, total"),
    ).toBe("Ann|9.50\nAnn|20.00\nBob|\nCy|0.50");
    expect(
      await run(
        "SELECT u.name, count(*) n, sum(total) FROM users u JOIN orders o ON u.id = o.user_id GROUP BY u.id ORDER BY n DESC",
      ),
    ).toBe("Ann|2|29.50\nCy|1|0.50");
    expect(await run("SELECT name FROM users ORDER BY age DESC LIMIT 2")).toBe("Bob\nCy");
    expect(await run("SELECT name FROM users ORDER BY age DESC NULLS LAST OFFSET 1")).toBe("Ann\nBob");
    expect(await run("SELECT avg(age), count(age), min(name) FROM users")).toBe("40.0000000000000000|2|Ann");
    expect(await run("SELECT age > 40 AS old, count(*) FROM users GROUP BY old HAVING count(*) > 0 ORDER BY 1")).toBe(
      "f|1\nt|1\n|1",
    );
  });

  it("go within each other", async () => {
    expect(
      await run("SELECT name FROM users u WHERE EXISTS (SELECT 1 FROM orders WHERE user_id = u.id) ORDER BY 1"),
    ).toBe("Ann\nCy");
    expect(await run("SELECT name, (SELECT sum(total) FROM orders WHERE user_id = id) FROM users ORDER BY id")).toBe(
      "Ann|29.50\nBob|\nCy|0.50",
    );
    expect(await run("WITH big AS (SELECT * FROM orders WHERE total > 5) SELECT count(*) FROM big")).toBe("2");
    expect(await run("SELECT 1 UNION SELECT 1 UNION ALL SELECT 2 ORDER BY 1 DESC")).toBe("2\n1");
    expect(await run("SELECT g * g FROM generate_series(1, 4) g WHERE g % 2 = 0")).toBe("4\n16");
  });

  it("say what is wrong and where", async () => {
    expect(await run("SELECT nme FROM users")).toBe('42703 column "nme" does not exist @7');
    expect(await run("SELECT * FROM nope")).toBe('42P01 relation "nope" does not exist @14');
    expect(await run("SELECT x.id FROM users")).toBe('42P01 missing FROM-clause entry for table "x" @7');
    expect(await run("SELECT name, count(*) FROM users")).toBe(
      '42803 column "users.name" must appear in the GROUP BY clause or be used in an aggregate function @7',
    );
    expect(await run("SELECT id FROM users JOIN users b ON true")).toBe('42702 column reference "id" is ambiguous @7');
    expect(await run("SELEC 1")).toBe('42601 syntax error at or near "SELEC" @0');
    expect(await run("SELECT 1 +")).toBe("42601 syntax error at end of input @10");
    expect(await run("SELECT rank() OVER () FROM users")).toBe("0A000 a window function is not supported here @14");
    expect(await run(`SELECT ${"(".repeat(300)}1`)).toBe("54001 stack depth limit exceeded");
  });
});
