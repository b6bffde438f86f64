import { beforeEach, describe, expect, it } from "vitest";
import { type VirtualClock, virtualClock } from "../../../clock/index.ts";
import { flavourOf } from "../sql/flavour.ts";
import { Engine } from "./engine.ts";
import type { Session } from "./session.ts";
import type { SqlResult, Work } from "./types.ts";

let clock: VirtualClock;
let engine: Engine;
let log: Work[];

function makeEngine(): Engine {
  const made: Engine = new Engine({
    version: "8.4.6",
    flavour: flavourOf("8.4.6"),
    clock,
    spend: () => Promise.resolve(),
    sleep: (ms) => clock.sleep(ms),
    commit: (work) => {
      log.push(work);
      made.apply(made.resolve(work), work.keys);
      return Promise.resolve();
    },
    variables: () => ({ server_id: "1" }),
    status: () => ({ Uptime: "1" }),
    setVariable: () => false,
    autoIncrement: () => ({ step: 1, offset: 1 }),
  });
  return made;
}

let nextId = 1;
const open = (): Session =>
  engine.session({
    id: nextId++,
    user: "root@localhost",
    account: "root@%",
    authorize: () => undefined,
    sees: () => true,
    refuseWrite: () => undefined,
    unlogged: false,
  });

/** Rows as tab-separated lines, "OK n" for others, errors as the client shows them. */
function shown(result: SqlResult): string {
  if ("error" in result) return `ERROR ${result.error.code} (${result.error.state}): ${result.error.message}`;
  if ("affected" in result) return `OK ${result.affected}`;
  return result.rows.map((row) => row.map((value) => value ?? "NULL").join("\t")).join("\n");
}
const run = async (session: Session, sql: string) => shown(await session.execute(sql));

beforeEach(() => {
  clock = virtualClock({ seed: 1, now: Date.parse("2026-01-02T03:04:05Z") });
  log = [];
  engine = makeEngine();
});

async function withTable(): Promise<Session> {
  const session = open();
  await session.execute("CREATE DATABASE shop");
  await session.execute("USE shop");
  await session.execute(
    "CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20) NOT NULL UNIQUE, price DECIMAL(8,2), stock INT DEFAULT 0)",
  );
  await session.execute(
    "INSERT INTO item (name, price, stock) VALUES ('pen', 1.5, 10), ('ink', 7, 3), ('paper', 4.25, 0)",
  );
  return session;
}
const joined = async () => {
  const session = open();
  await session.execute("USE shop");
  return session;
};

describe("statements", () => {
  it.each([
    ["SELECT * FROM item", "1\tpen\t1.50\t10\n2\tink\t7.00\t3\n3\tpaper\t4.25\t0"],
    ["SELECT name FROM item WHERE name = 'PEN'", "pen"],
    ["SELECT count(*), sum(price), avg(price), min(name), max(stock) FROM item", "3\t12.75\t4.250000\tink\t10"],
    ["SELECT stock > 2 AS much, count(*) FROM item GROUP BY much ORDER BY much", "0\t1\n1\t2"],
    ["SELECT name FROM item ORDER BY price DESC LIMIT 1, 1", "paper"],
    ["SELECT 1 + '2abc', 5 / 2, 5 DIV 2, 5 % 0, NULL <=> NULL, 'a' || 'b'", "3\t2.5000\t2\tNULL\t1\t0"],
    ["SELECT concat(name, '!'), upper(name), length(name) FROM item WHERE id = 1", "pen!\tPEN\t3"],
    ["SELECT if(stock, 'yes', 'no'), ifnull(NULL, 4), coalesce(NULL, 'x') FROM item WHERE id = 3", "no\t4\tx"],
    [
      "SELECT now(), curdate(), date_add('2026-01-31', INTERVAL 1 MONTH)",
      "2026-01-02 03:04:05\t2026-01-02\t2026-02-28",
    ],
    ["SELECT a.name, b.name FROM item a JOIN item b ON a.id = b.id - 1", "pen\tink\nink\tpaper"],
    ["SELECT name FROM item WHERE id IN (SELECT id FROM item WHERE stock > 0) AND name LIKE '%n%'", "pen\nink"],
    ["SELECT name, (SELECT max(price) FROM item) FROM item WHERE id = 1", "pen\t7.00"],
    ["SELECT group_concat(name) FROM item", "pen,ink,paper"],
    ["SELECT stock, count(*) n FROM item GROUP BY stock HAVING n > 0 AND stock = 10", "10\t1"],
    ["SELECT @@autocommit, @@server_id, database(), version()", "1\t1\tshop\t8.4.6"],
    ["SELECT json_extract('{\"a\": [1, {\"b\": 2}]}', '$.a[1].b')", "2"],
    ["SELECT CASE WHEN stock = 0 THEN 'none' ELSE 'some' END FROM item WHERE id = 3", "none"],
  ])("%s", async (sql, expected) => {
    expect(await run(await withTable(), sql)).toBe(expected);
  });

  it.each([
    ["SELECT nope FROM item", "ERROR 1054 (42S22): Unknown column 'nope' in 'field list'"],
    ["SELECT name FROM item WHERE nope = 1", "ERROR 1054 (42S22): Unknown column 'nope' in 'where clause'"],
    ["SELECT name FROM item ORDER BY nope", "ERROR 1054 (42S22): Unknown column 'nope' in 'order clause'"],
    ["SELECT * FROM nope", "ERROR 1146 (42S02): Table 'shop.nope' doesn't exist"],
    ["INSERT INTO item (name) VALUES ('pen')", "ERROR 1062 (23000): Duplicate entry 'pen' for key 'item.name'"],
    ["INSERT INTO item (name) VALUES (NULL)", "ERROR 1048 (23000): Column 'name' cannot be null"],
    ["INSERT INTO item (price) VALUES (1)", "ERROR 1364 (HY000): Field 'name' doesn't have a default value"],
    ["INSERT INTO item VALUES (1, 'x')", "ERROR 1136 (21S01): Column count doesn't match value count at row 1"],
    [
      "INSERT INTO item (name, stock) VALUES ('x', 'many')",
      "ERROR 1366 (HY000): Incorrect integer value: 'many' for column 'stock' at row 1",
    ],
    [
      "INSERT INTO item (name) VALUES (repeat('x', 21))",
      "ERROR 1406 (22001): Data too long for column 'name' at row 1",
    ],
    [
      "INSERT INTO item (name, stock) VALUES ('x', 3000000000)",
      "ERROR 1264 (22003): Out of range value for column 'stock' at row 1",
    ],
    [
      "SELECT name, count(*) FROM item",
      "ERROR 1055 (42000): Expression #1 of SELECT list is not in GROUP BY clause and contains nonaggregated column 'shop.item.name' which is not functionally dependent on columns in GROUP BY clause; this is incompatible with sql_mode=only_full_group_by",
    ],
    [
      "SELEC 1",
      "ERROR 1064 (42000): You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near 'SELEC 1' at line 1",
    ],
    [
      "CREATE TABLE t (id INT AUTO_INCREMENT)",
      "ERROR 1075 (42000): Incorrect table definition; there can be only one auto column and it must be defined as a key",
    ],
    ["SELECT nothing(1)", "ERROR 1305 (42000): FUNCTION shop.nothing does not exist"],
    ["CREATE VIEW v AS SELECT 1", "ERROR 1235 (42000): This version of MySQL doesn't yet support 'CREATE VIEW'"],
    [
      "SELECT sum(price) OVER () FROM item",
      "ERROR 1235 (42000): This version of MySQL doesn't yet support 'a window function'",
    ],
    [
      "SET transaction_isolation = 'SERIALIZABLE'",
      "ERROR 1235 (42000): This version of MySQL doesn't yet support 'isolation level SERIALIZABLE'",
    ],
    ["SET nonsense = 1", "ERROR 1193 (HY000): Unknown system variable 'nonsense'"],
    ["SET server_id = 7", "ERROR 1238 (HY000): Variable 'server_id' is a read only variable"],
  ])("refuses %s", async (sql, expected) => {
    expect(await run(await withTable(), sql)).toBe(expected);
  });

  it("changes rows, and says how many", async () => {
    const session = await withTable();
    expect(await session.execute("UPDATE item SET stock = stock + 1 WHERE price < 5")).toMatchObject({
      affected: 2,
      info: "Rows matched: 2  Changed: 2  Warnings: 0",
    });
    expect(
      await run(
        session,
        "INSERT INTO item (name, stock) VALUES ('pen', 5) ON DUPLICATE KEY UPDATE stock = stock + VALUES(stock)",
      ),
    ).toBe("OK 2");
    expect(await run(session, "REPLACE INTO item (id, name) VALUES (2, 'chalk')")).toBe("OK 2");
    expect(await run(session, "DELETE FROM item ORDER BY id DESC LIMIT 1")).toBe("OK 1");
    expect(await run(session, "SELECT name, stock FROM item ORDER BY id")).toBe("pen\t16\nchalk\t0");
    expect(await session.execute("INSERT IGNORE INTO item (name) VALUES ('pen')")).toMatchObject({
      affected: 0,
      warnings: 1,
    });
    expect(await run(session, "SHOW WARNINGS")).toBe("Warning\t1062\tDuplicate entry 'pen' for key 'item.name'");
  });

  it("does a statement whole or not at all", async () => {
    const session = await withTable();
    expect(await run(session, "INSERT INTO item (name) VALUES ('new'), ('pen')")).toContain("ERROR 1062");
    expect(await run(session, "SELECT count(*) FROM item")).toBe("3");
  });

  it("changes tables with their rows", async () => {
    const session = await withTable();
    expect(
      await run(session, "ALTER TABLE item ADD COLUMN colour VARCHAR(10) DEFAULT 'blue' AFTER name, DROP COLUMN price"),
    ).toBe("OK 0");
    expect(await run(session, "SELECT * FROM item WHERE id = 1")).toBe("1\tpen\tblue\t10");
    expect(await run(session, "ALTER TABLE item MODIFY colour CHAR(3)")).toBe(
      "ERROR 1406 (22001): Data too long for column 'colour' at row 1",
    );
    expect(await run(session, "DESCRIBE item")).toBe(
      "id\tint\tNO\tPRI\tNULL\tauto_increment\nname\tvarchar(20)\tNO\tUNI\tNULL\t\ncolour\tvarchar(10)\tYES\t\tblue\t\nstock\tint\tYES\t\t0\t",
    );
    expect(await run(session, "SHOW CREATE TABLE item")).toBe(
      "item\tCREATE TABLE `item` (\n  `id` int NOT NULL AUTO_INCREMENT,\n  `name` varchar(20) NOT NULL,\n  `colour` varchar(10) DEFAULT 'blue',\n  `stock` int DEFAULT '0',\n  PRIMARY KEY (`id`),\n  UNIQUE KEY `name` (`name`)\n) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci",
    );
  });

  it("keeps references", async () => {
    const session = await withTable();
    await session.execute(
      "CREATE TABLE sale (id INT PRIMARY KEY, item INT, FOREIGN KEY (item) REFERENCES item (id) ON DELETE CASCADE)",
    );
    expect(await run(session, "INSERT INTO sale VALUES (1, 9)")).toBe(
      "ERROR 1452 (23000): Cannot add or update a child row: a foreign key constraint fails (`shop`.`sale`, CONSTRAINT `sale_ibfk_1` FOREIGN KEY (`item`) REFERENCES `item` (`id`) ON DELETE CASCADE)",
    );
    expect(await run(session, "INSERT INTO sale VALUES (1, 2)")).toBe("OK 1");
    expect(await run(session, "DELETE FROM item WHERE id = 2")).toBe("OK 1");
    expect(await run(session, "SELECT count(*) FROM sale")).toBe("0");
    expect(await run(session, "DROP TABLE item")).toBe(
      "ERROR 3730 (HY000): Cannot drop table 'item' referenced by a foreign key constraint 'sale_ibfk_1' on table 'sale'.",
    );
  });
});

describe("transactions", () => {
  it("shows others nothing before they commit, and nothing of what is rolled back", async () => {
    const [mine, other] = [await withTable(), await joined()];
    await mine.execute("BEGIN");
    await mine.execute("UPDATE item SET stock = 99 WHERE id = 1");
    expect(await run(mine, "SELECT stock FROM item WHERE id = 1")).toBe("99");
    expect(await run(other, "SELECT stock FROM item WHERE id = 1")).toBe("10");
    await mine.execute("ROLLBACK");
    expect(await run(mine, "SELECT stock FROM item WHERE id = 1")).toBe("10");
    await mine.execute("START TRANSACTION");
    await mine.execute("DELETE FROM item");
    await mine.execute("COMMIT");
    expect(await run(other, "SELECT count(*) FROM item")).toBe("0");
  });

  it("reads the same again (REPEATABLE READ), or what is committed (READ COMMITTED)", async () => {
    const [mine, other] = [await withTable(), await joined()];
    await other.execute("BEGIN");
    expect(await run(other, "SELECT stock FROM item WHERE id = 1")).toBe("10");
    await mine.execute("UPDATE item SET stock = 11 WHERE id = 1");
    expect(await run(other, "SELECT stock FROM item WHERE id = 1")).toBe("10");
    // A statement that writes sees what is committed now.
    await other.execute("UPDATE item SET stock = stock + 1 WHERE id = 1");
    expect(await run(other, "SELECT stock FROM item WHERE id = 1")).toBe("12");
    await other.execute("COMMIT");
    await other.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
    await other.execute("BEGIN");
    expect(await run(other, "SELECT stock FROM item WHERE id = 2")).toBe("3");
    await mine.execute("UPDATE item SET stock = 4 WHERE id = 2");
    expect(await run(other, "SELECT stock FROM item WHERE id = 2")).toBe("4");
  });

  it("waits for a row that another holds, and gives up after innodb_lock_wait_timeout", async () => {
    const [mine, other] = [await withTable(), await joined()];
    await mine.execute("BEGIN");
    await mine.execute("UPDATE item SET stock = 20 WHERE id = 1");
    const waiting = run(other, "UPDATE item SET stock = stock + 1 WHERE id = 1");
    await clock.advance(10_000);
    expect(other.isWaiting).toBe(true);
    await mine.execute("COMMIT");
    expect(await waiting).toBe("OK 1");
    expect(await run(mine, "SELECT stock FROM item WHERE id = 1")).toBe("21");
    await mine.execute("BEGIN");
    await mine.execute("SELECT * FROM item WHERE id = 2 FOR UPDATE");
    const late = run(other, "DELETE FROM item WHERE id = 2");
    await clock.advance(51_000);
    expect(await late).toBe("ERROR 1205 (HY000): Lock wait timeout exceeded; try restarting transaction");
    expect(await run(other, "UPDATE item SET stock = 1 WHERE id = 3")).toBe("OK 1");
  });

  it("ends one of two that wait for each other", async () => {
    const [mine, other] = [await withTable(), await joined()];
    await mine.execute("BEGIN");
    await other.execute("BEGIN");
    await mine.execute("UPDATE item SET stock = 1 WHERE id = 1");
    await other.execute("UPDATE item SET stock = 2 WHERE id = 2");
    const first = run(mine, "UPDATE item SET stock = 1 WHERE id = 2");
    await clock.advance(1000);
    expect(await run(other, "UPDATE item SET stock = 2 WHERE id = 1")).toBe(
      "ERROR 1213 (40001): Deadlock found when trying to get lock; try restarting transaction",
    );
    expect(await first).toBe("OK 1");
    expect(other.inTransaction).toBe(false);
  });

  it("goes back to a savepoint", async () => {
    const session = await withTable();
    await session.execute("BEGIN");
    await session.execute("DELETE FROM item WHERE id = 1");
    await session.execute("SAVEPOINT one");
    await session.execute("DELETE FROM item WHERE id = 2");
    await session.execute("ROLLBACK TO one");
    expect(await run(session, "SELECT id FROM item")).toBe("2\n3");
    expect(await run(session, "ROLLBACK TO two")).toBe("ERROR 1305 (42000): SAVEPOINT two does not exist");
    await session.execute("COMMIT");
    expect(log.at(-1)?.statements.map(({ sql }) => sql)).toEqual(["DELETE FROM item WHERE id = 1"]);
  });

  it("commits by itself before a definition, and where autocommit is on", async () => {
    const [mine, other] = [await withTable(), await joined()];
    await mine.execute("SET autocommit = 0");
    await mine.execute("INSERT INTO item (name) VALUES ('glue')");
    expect(await run(other, "SELECT count(*) FROM item")).toBe("3");
    await mine.execute("CREATE TABLE other (id INT)");
    expect(await run(other, "SELECT count(*) FROM item")).toBe("4");
  });

  it("lets a definition wait until nobody uses the table any more", async () => {
    const [mine, other] = [await withTable(), await joined()];
    await mine.execute("BEGIN");
    await mine.execute("SELECT * FROM item");
    const dropping = run(other, "DROP TABLE item");
    await clock.advance(3_600_000);
    expect(other.isWaiting).toBe(true);
    await mine.execute("COMMIT");
    expect(await dropping).toBe("OK 0");
  });

  it("holds tables by LOCK TABLES", async () => {
    const [mine, other] = [await withTable(), await joined()];
    await mine.execute("LOCK TABLES item READ");
    expect(await run(mine, "DELETE FROM item")).toBe(
      "ERROR 1099 (HY000): Table 'item' was locked with a READ lock and can't be updated",
    );
    expect(await run(other, "SELECT count(*) FROM item")).toBe("3");
    const writing = run(other, "DELETE FROM item WHERE id = 1");
    await clock.advance(1000);
    expect(other.isWaiting).toBe(true);
    await mine.execute("UNLOCK TABLES");
    expect(await writing).toBe("OK 1");
  });

  it("numbers rows although a transaction is rolled back", async () => {
    const session = await withTable();
    await session.execute("BEGIN");
    await session.execute("INSERT INTO item (name) VALUES ('gone')");
    await session.execute("ROLLBACK");
    await session.execute("INSERT INTO item (name) VALUES ('here')");
    expect(await run(session, "SELECT id, last_insert_id() FROM item WHERE name = 'here'")).toBe("5\t5");
  });
});

describe("a cluster of engines", () => {
  it("lets the first of two conflicting works through, on every member alike", async () => {
    const session = await withTable();
    const works: Work[] = [];
    const members = [engine, makeEngine()].map((made) => {
      const copy: Engine = new Engine({ ...made.host, commit: async (work) => void works.push(work) });
      copy.restore(engine.dump());
      return copy;
    });
    session.close();
    for (const member of members) {
      const client = member.session({
        id: 1,
        user: "",
        account: "",
        authorize: () => undefined,
        sees: () => true,
        refuseWrite: () => undefined,
        unlogged: false,
      });
      await client.execute("USE shop");
      await client.execute("UPDATE item SET stock = stock - 1 WHERE id = 1");
    }
    for (const member of members)
      expect(
        works.map((work) => {
          const passes = member.certifies(work);
          if (passes) member.apply(member.resolve(work), work.keys);
          return passes;
        }),
      ).toEqual([true, false]);
    expect(members[0]?.dump()).toBe(members[1]?.dump());
  });
});
