/** A driver of the world, pg, against the PostgreSQL image through a forwarded port. */
import { connect as connectSocket } from "node:net";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type WireCluster, wireCluster } from "./wire-harness.ts";

const HBA = `echo "local all all trust
host all md5er all md5
host all clear all password
host all barred all reject
host all all all scram-sha-256" > $PGDATA/pg_hba.conf
`;
const SQL = `CREATE ROLE app LOGIN PASSWORD 'app';
CREATE ROLE md5er LOGIN PASSWORD 'm';
CREATE ROLE clear LOGIN PASSWORD 'c';
CREATE ROLE barred LOGIN PASSWORD 'b';
CREATE ROLE silent PASSWORD 's';
`;

let cluster: WireCluster;
let port: number;
let db: pg.Client;

const connect = async (more: pg.ClientConfig = {}): Promise<pg.Client> => {
  const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", password: "secret", ...more });
  client.on("error", () => undefined);
  await client.connect();
  return client;
};

beforeAll(async () => {
  cluster = await wireCluster();
  await cluster.core.createNamespacedConfigMap({
    namespace: "default",
    body: { metadata: { name: "init" }, data: { "hba.sh": HBA, "roles.sql": SQL } },
  });
  await cluster.run({
    metadata: { name: "pg" },
    spec: {
      containers: [
        {
          name: "db",
          image: "postgres:16",
          env: [{ name: "POSTGRES_PASSWORD", value: "secret" }],
          volumeMounts: [{ name: "init", mountPath: "/docker-entrypoint-initdb.d" }],
          readinessProbe: { exec: { command: ["pg_isready", "-U", "postgres", "-h", "127.0.0.1"] }, periodSeconds: 1 },
        },
      ],
      volumes: [{ name: "init", configMap: { name: "init" } }],
    },
  });
  port = await cluster.forward("pg", 5432);
  db = await connect();
}, 60_000);
afterAll(async () => {
  await db?.end();
  await cluster?.close();
});

describe("logins", () => {
  it("prove passwords by SCRAM, by MD5's words and in clear, as pg_hba.conf has it", async () => {
    for (const [user, password] of [
      ["app", "app"],
      ["md5er", "m"],
      ["clear", "c"],
    ] as const) {
      const client = await connect({ user, password, database: "postgres" });
      expect((await client.query("SELECT current_user AS me")).rows).toEqual([{ me: user }]);
      await client.end();
    }
  });

  it.each([
    [{ password: "wrong" }, "28P01", 'password authentication failed for user "postgres"'],
    [{ user: "nobody" }, "28P01", 'password authentication failed for user "nobody"'],
    [{ user: "clear", password: "x" }, "28P01", 'password authentication failed for user "clear"'],
    [
      { user: "barred" },
      "28000",
      'pg_hba.conf rejects connection for host "127.0.0.1", user "barred", database "barred", no encryption',
    ],
    [{ user: "silent", password: "s" }, "28000", 'role "silent" is not permitted to log in'],
    [{ database: "none" }, "3D000", 'database "none" does not exist'],
    [{ options: "-c nonsense=1" }, "42704", 'unrecognized configuration parameter "nonsense"'],
  ])("refuse %j", async (more, code, message) => {
    await expect(connect(more)).rejects.toMatchObject({ code, message, severity: "FATAL" });
  });

  it("refuse encryption before they begin", async () => {
    await expect(connect({ ssl: true })).rejects.toThrow("The server does not support SSL connections");
  });
});

describe("queries", () => {
  it("answer rows of every kind by their types", async () => {
    await db.query(
      "CREATE TABLE item (id serial PRIMARY KEY, name varchar(40) NOT NULL, price numeric(8,2), weight float8, big bigint, made timestamptz, day date, flag bool, doc jsonb, u uuid)",
    );
    const made = new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
    const inserted = await db.query(
      "INSERT INTO item (name, price, weight, big, made, day, flag, doc, u) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9), ('second', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) RETURNING id",
      [
        'żółw\'s \\ "one" $1',
        12.5,
        1.5,
        "900719925474099",
        made,
        "2026-01-02",
        true,
        { a: [1] },
        "00112233-4455-6677-8899-aabbccddeeff",
      ],
    );
    expect(inserted).toMatchObject({ command: "INSERT", rowCount: 2, rows: [{ id: 1 }, { id: 2 }] });
    const { rows, fields } = await db.query("SELECT * FROM item ORDER BY id");
    expect(rows[0]).toMatchObject({
      id: 1,
      name: 'żółw\'s \\ "one" $1',
      price: "12.50",
      weight: 1.5,
      big: "900719925474099",
      made,
      flag: true,
      doc: { a: [1] },
      u: "00112233-4455-6677-8899-aabbccddeeff",
    });
    expect(rows[1]).toMatchObject({ id: 2, price: null, made: null, flag: null });
    expect(fields.map(({ dataTypeID }) => dataTypeID)).toEqual([23, 1043, 1700, 701, 20, 1184, 1082, 16, 3802, 2950]);
    expect(fields[1]?.dataTypeModifier).toBe(44);
  });

  it("are prepared once by name and run with many values", async () => {
    for (const id of [1, 2, 3]) {
      const { rowCount } = await db.query({ name: "by-id", text: "SELECT name FROM item WHERE id = $1", values: [id] });
      expect(rowCount).toBe(id < 3 ? 1 : 0);
    }
    const limited = await db
      .query("SELECT id FROM item WHERE name = ANY_VALUE OR id > $1 ORDER BY id LIMIT $2", [0, 1])
      .catch((problem: { code: string; position: string }) => problem);
    expect(limited).toMatchObject({ code: "42703", position: "34" });
    expect((await db.query("SELECT id FROM item WHERE id > $1 ORDER BY id LIMIT $2", [0, 1])).rows).toEqual([
      { id: 1 },
    ]);
    expect((await db.query("SELECT $1::int + $2::int AS sum, $3 AS text, '$4' AS none", [1, 2, null])).rows).toEqual([
      { sum: 3, text: null, none: "$4" },
    ]);
  });

  it("tell errors with state, position, detail and hint", async () => {
    await expect(db.query("SELECT 1;\n SELEKT 2")).rejects.toMatchObject({ code: "42601", position: "12" });
    await expect(db.query("SELECT żółw, nox, $1 FROM item", [1])).rejects.toMatchObject({
      code: "42703",
      position: "8",
    });
    await expect(db.query("INSERT INTO item (id, name) VALUES ($1, $2)", [1, "x"])).rejects.toMatchObject({
      code: "23505",
      detail: "Key (id)=(1) already exists.",
    });
    await expect(db.query("SELECT * FROM nothing WHERE a = $1", [1])).rejects.toMatchObject({ code: "42P01" });
    await expect(db.query("SELECT $1::bytea", [Buffer.from("x")])).rejects.toMatchObject({ severity: "ERROR" });
  });

  it("are one transaction where they come in one text, and where a transaction is begun", async () => {
    await expect(db.query("INSERT INTO item (name) VALUES ('lost'); SELECT 1/0")).rejects.toMatchObject({
      code: "22012",
    });
    await db.query("BEGIN");
    await db.query("INSERT INTO item (name) VALUES ($1)", ["gone"]);
    await expect(db.query("SELECT 1/$1::int", [0])).rejects.toMatchObject({ code: "22012" });
    await expect(db.query("SELECT $1::int", [1])).rejects.toMatchObject({ code: "25P02" });
    expect((await db.query("COMMIT")).command).toBe("ROLLBACK");
    expect((await db.query("SELECT count(*)::int AS n FROM item")).rows).toEqual([{ n: 2 }]);
  });

  it("say what happens beside", async () => {
    const notices: string[] = [];
    db.on("notice", ({ message }) => notices.push(message ?? ""));
    await db.query("DROP TABLE IF EXISTS nothing");
    expect(notices).toEqual(['table "nothing" does not exist, skipping']);
    expect(await db.query("")).toMatchObject({ rows: [] });
  });

  it("come to an end when somebody cancels them", async () => {
    const { rows } = await db.query("SELECT pg_backend_pid() AS pid");
    const asleep = db.query("SELECT pg_sleep(3000)").catch((problem: { code: string }) => problem.code);
    const { processID, secretKey } = db as unknown as { processID: number; secretKey: number };
    expect(rows).toEqual([{ pid: processID }]);
    const cancel = Buffer.alloc(16);
    for (const [index, value] of [16, 80_877_102, processID, secretKey].entries())
      cancel.writeInt32BE(value, index * 4);
    connectSocket(port, "127.0.0.1").end(cancel);
    expect(await asleep).toBe("57014");
    expect((await db.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });
});

describe("what the real psql asks for its lists", () => {
  it("is answered: relations by kind, schemas, databases", async () => {
    const { rows } = await db.query({
      text: `SELECT n.nspname as "Schema", c.relname as "Name",
        CASE c.relkind WHEN 'r' THEN 'table' WHEN 'i' THEN 'index' WHEN 'S' THEN 'sequence' END as "Type",
        pg_catalog.pg_get_userbyid(c.relowner) as "Owner", c2.relname as "Table"
        FROM pg_catalog.pg_class c
             LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
             LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
             LEFT JOIN pg_catalog.pg_class c2 ON i.indrelid = c2.oid
        WHERE c.relkind IN ('r','p','i','S','s','') AND n.nspname !~ '^pg_toast' AND n.nspname <> 'information_schema'
          AND pg_catalog.pg_table_is_visible(c.oid)
        ORDER BY 1,2`,
      rowMode: "array",
    });
    expect(rows).toEqual([
      ["public", "item", "table", "postgres", null],
      ["public", "item_id_seq", "sequence", "postgres", null],
      ["public", "item_pkey", "index", "postgres", "item"],
    ]);
    const databases = await db.query(
      `SELECT d.datname, pg_catalog.pg_encoding_to_char(d.encoding) AS encoding, pg_catalog.array_to_string(d.datacl, E'\\n') AS acl FROM pg_catalog.pg_database d ORDER BY 1`,
    );
    expect(databases.rows[0]).toMatchObject({ datname: "postgres", encoding: "UTF8", acl: null });
  });
});

describe("strangers", () => {
  const answer = (bytes: Uint8Array) =>
    new Promise<string>((resolve) => {
      const socket = connectSocket(port, "127.0.0.1", () => socket.write(bytes));
      let heard = "";
      socket.on("data", (data) => {
        heard += data.toString("latin1");
      });
      socket.on("close", () => resolve(heard));
    });
  it("are told what is wrong, and the server stays", async () => {
    expect(await answer(Buffer.from("GET / HTTP/1.1\r\n\r\n"))).toMatch(/C08P01\0Minvalid length of startup packet/);
    const old = Buffer.alloc(8);
    old.writeInt32BE(8, 0);
    old.writeInt32BE(2 << 16, 4);
    expect(await answer(old)).toMatch(/unsupported frontend protocol 2\.0/);
    expect((await db.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });
});
