/** A driver of the world, mysql2, against the MySQL and MariaDB images through a forwarded port. */

import { connect as connectSocket } from "node:net";
import { type Connection, createConnection, type ResultSetHeader, type RowDataPacket } from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type WireCluster, wireCluster } from "./wire-harness.ts";

let cluster: WireCluster;
const ports: Record<string, number> = {};

beforeAll(async () => {
  cluster = await wireCluster();
  for (const [name, image] of [
    ["modern", "mysql:8.4"],
    ["maria", "mariadb:10.11"],
  ] as const) {
    await cluster.run({
      metadata: { name },
      spec: {
        containers: [
          {
            name: "db",
            image,
            env: [
              { name: "MYSQL_ROOT_PASSWORD", value: "secret" },
              { name: "MYSQL_DATABASE", value: "shop" },
            ],
            ports: [{ containerPort: 3306 }],
            readinessProbe: { exec: { command: ["mysqladmin", "-psecret", "ping"] }, periodSeconds: 1 },
          },
        ],
      },
    });
    ports[name] = await cluster.forward(name, 3306);
  }
}, 60_000);
afterAll(() => cluster?.close());

const connect = (name: string, more: object = {}): Promise<Connection> =>
  createConnection({ host: "127.0.0.1", port: ports[name] ?? 0, user: "root", password: "secret", ...more });

describe.each([
  ["modern", /^8\.4/],
  ["maria", /^10\.11.*MariaDB/],
])("%s", (name, version) => {
  let db: Connection;
  beforeAll(async () => {
    db = await connect(name, { database: "shop" });
  });
  afterAll(() => db?.end());

  it("answers pings and says who it is", async () => {
    await db.ping();
    const [rows] = await db.query<RowDataPacket[]>("SELECT VERSION() AS version, DATABASE() AS db");
    expect(rows[0]?.["version"]).toMatch(version);
    expect(rows[0]?.["db"]).toBe("shop");
  });

  it("turns away who has the wrong password or names no database of it", async () => {
    await expect(connect(name, { password: "wrong" })).rejects.toMatchObject({
      errno: 1045,
      sqlState: "28000",
      message: "Access denied for user 'root'@'127.0.0.1' (using password: YES)",
    });
    await expect(connect(name, { database: "none" })).rejects.toMatchObject({ errno: 1049, code: "ER_BAD_DB_ERROR" });
  });

  it("keeps rows of every kind, in text and in binary alike", async () => {
    await db.query(
      "CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40) NOT NULL, price DECIMAL(8,2), weight DOUBLE, big BIGINT, made DATETIME, flag TINYINT(1))",
    );
    const [made] = await db.execute<ResultSetHeader>(
      "INSERT INTO item (name, price, weight, big, made, flag) VALUES (?, ?, ?, ?, ?, ?), ('second', NULL, NULL, NULL, NULL, 0)",
      ['żółw\'s \\ "one"', "12.50", 1.5, "9007199254740993", new Date(2026, 0, 2, 3, 4, 5), true],
    );
    expect(made).toMatchObject({ affectedRows: 2, insertId: 1 });
    for (const way of ["query", "execute"] as const) {
      const asked = { sql: "SELECT * FROM item ORDER BY id", supportBigNumbers: true };
      const [rows, fields] = await (way === "query"
        ? db.query<RowDataPacket[]>(asked)
        : db.execute<RowDataPacket[]>(asked));
      expect(rows[0]).toEqual({
        id: 1,
        name: 'żółw\'s \\ "one"',
        price: "12.50",
        weight: 1.5,
        big: "9007199254740993",
        made: new Date(2026, 0, 2, 3, 4, 5),
        flag: 1,
      });
      expect(rows[1]).toEqual({ id: 2, name: "second", price: null, weight: null, big: null, made: null, flag: 0 });
      expect(fields.map((one) => [one.name, one.columnType])).toEqual([
        ["id", 3],
        ["name", 253],
        ["price", 246],
        ["weight", 5],
        ["big", 8],
        ["made", 12],
        ["flag", 1],
      ]);
    }
  });

  it("counts rows that matched and rows that changed", async () => {
    const [result] = await db.query<ResultSetHeader>("UPDATE item SET flag = 1 WHERE id <= 2");
    expect(result).toMatchObject({ affectedRows: 2, changedRows: 1 });
  });

  it("tells errors with number and state, when it prepares too", async () => {
    await expect(db.query("SELEKT 1")).rejects.toMatchObject({ errno: 1064, sqlState: "42000" });
    await expect(db.execute("SELECT * FROM nothing WHERE a = ?", [1])).rejects.toMatchObject({
      errno: 1146,
      sqlState: "42S02",
      message: "Table 'shop.nothing' doesn't exist",
    });
    await expect(db.query("INSERT INTO item (id, name) VALUES (1, 'x')")).rejects.toMatchObject({
      code: "ER_DUP_ENTRY",
    });
  });

  it("rolls back what another connection then does not see", async () => {
    const other = await connect(name, { database: "shop" });
    await db.beginTransaction();
    await db.execute("DELETE FROM item WHERE id = ?", [2]);
    expect((await other.query<RowDataPacket[]>("SELECT COUNT(*) AS n FROM item"))[0][0]?.["n"]).toBe(2);
    await db.rollback();
    expect((await db.query<RowDataPacket[]>("SELECT COUNT(*) AS n FROM item"))[0][0]?.["n"]).toBe(2);
    await other.end();
  });

  it("runs several statements for who asked for that, and only then", async () => {
    await expect(db.query("SELECT 1; SELECT 2")).rejects.toMatchObject({ errno: 1064 });
    const many = await connect(name, { multipleStatements: true });
    const [results] = await many.query("SELECT 1 AS a; USE shop; SELECT COUNT(*) AS n FROM item");
    expect(results).toMatchObject([[{ a: 1 }], { affectedRows: 0 }, [{ n: 2 }]]);
    await many.end();
  });

  it("carries rows longer than a packet's piece", async () => {
    const [rows] = await db.query<RowDataPacket[]>("SELECT REPEAT('x', 1000000) AS long_one");
    expect(rows[0]?.["long_one"]).toHaveLength(1_000_000);
  });

  it("changes users and forgets what the one before did", async () => {
    await db.query("CREATE USER 'reader'@'%' IDENTIFIED BY 'r'");
    await db.query("GRANT SELECT ON shop.* TO 'reader'@'%'");
    const other = await connect(name, { database: "shop" });
    await other.changeUser({ user: "reader", password: "r", database: "shop" });
    expect((await other.query<RowDataPacket[]>("SELECT CURRENT_USER() AS me"))[0][0]?.["me"]).toBe("reader@%");
    await expect(other.query("DELETE FROM item")).rejects.toMatchObject({ errno: 1142 });
    await other.end();
  });
});

describe("strangers", () => {
  /** What the server says to bytes, as text; it hangs up behind it. */
  const answer = (bytes: Uint8Array) =>
    new Promise<string>((resolve) => {
      const socket = connectSocket(ports["modern"] ?? 0, "127.0.0.1");
      let heard = "";
      socket.on("data", (data) => {
        if (heard === "") socket.write(bytes);
        heard += data.toString("latin1");
      });
      socket.on("close", () => resolve(heard));
    });

  it("see a greeting, and are turned away in the protocol's words", async () => {
    expect(await answer(Buffer.from("GET / HTTP/1.1\r\nHost: db\r\n\r\n"))).toMatch(
      /^.{4}\n8\.4\.[\s\S]*caching_sha2_password\0[\s\S]*#08S01Bad handshake$/,
    );
    const garbage = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) & 255));
    garbage.writeUIntLE(4996, 0, 3);
    garbage[3] = 1;
    expect(await answer(garbage)).toMatch(/Bad handshake$/);
  });

  it("leave the server as it was", async () => {
    const db = await connect("modern");
    await db.ping();
    await db.end();
  });
});

describe("ways to prove a password", () => {
  it("are those that the account has, whatever the server offers first", async () => {
    const root = await connect("modern");
    await expect(root.query("CREATE USER 'n' IDENTIFIED WITH nonsense BY 'x'")).rejects.toMatchObject({ errno: 1524 });
    await root.query("CREATE USER 'native'@'%' IDENTIFIED WITH mysql_native_password BY 'old'");
    const native = await connect("modern", { user: "native", password: "old" });
    await native.ping();
    await native.end();
    await root.query("CREATE USER 'nobody'@'%'");
    const none = await connect("modern", { user: "nobody", password: "" });
    await none.ping();
    await none.end();
    await root.end();
  });
});
