/** A driver of the world, cassandra-driver, against the Cassandra image through a forwarded port. */
import { connect as connectSocket } from "node:net";
import { Client, types } from "cassandra-driver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type WireCluster, wireCluster } from "./wire-harness.ts";

let cluster: WireCluster;
let port: number;
let client: Client;

beforeAll(async () => {
  cluster = await wireCluster();
  await cluster.run({
    metadata: { name: "cassandra" },
    spec: {
      containers: [
        {
          name: "cassandra",
          image: "cassandra:4.1",
          readinessProbe: { tcpSocket: { port: 9042 }, periodSeconds: 1 },
        },
      ],
    },
  });
  port = await cluster.forward("cassandra", 9042);
  client = new Client({ contactPoints: [`127.0.0.1:${port}`], localDataCenter: "datacenter1" });
  await client.connect();
  await client.execute("CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
  await client.execute("USE shop");
}, 60_000);
afterAll(async () => {
  await client?.shutdown();
  await cluster?.close();
});

describe("a driver", () => {
  it("finds out who is there", () => {
    const [host] = client.hosts.values();
    expect(host).toMatchObject({
      datacenter: "datacenter1",
      rack: "rack1",
      cassandraVersion: expect.stringMatching(/^4\.1/),
    });
    expect(host?.tokens?.length).toBeGreaterThan(0);
  });

  it("keeps values of all kinds by prepared statements", async () => {
    await client.execute(
      "CREATE TABLE shop.kinds (id uuid PRIMARY KEY, a ascii, b bigint, bl blob, bo boolean, d decimal, dbl double, f float, i int, l list<text>, m map<text, int>, s set<int>, si smallint, t text, ti tinyint, ts timestamp, da date, tu timeuuid, v varint, ip inet)",
    );
    const id = types.Uuid.random();
    const values: Record<string, unknown> = {
      id,
      a: "abc",
      b: types.Long.fromString("-9007199254740993"),
      bl: Buffer.from([0, 255]),
      bo: true,
      d: types.BigDecimal.fromString("-12.50"),
      dbl: 1.5e300,
      f: 0.5,
      i: -7,
      l: ["x", "it's"],
      m: { one: 1, two: 2 },
      s: [1, 2],
      si: -300,
      t: "żółw's",
      ti: -1,
      ts: new Date("2026-01-02T03:04:05.678Z"),
      da: types.LocalDate.fromString("2026-01-02"),
      tu: types.TimeUuid.now(),
      v: types.Integer.fromString("123456789012345678901234567890"),
      ip: types.InetAddress.fromString("10.0.0.1"),
    };
    const names = Object.keys(values);
    await client.execute(
      `INSERT INTO shop.kinds (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
      Object.values(values),
      { prepare: true },
    );
    const row = (await client.execute("SELECT * FROM shop.kinds WHERE id = ?", [id], { prepare: true })).first();
    for (const name of names) expect(String(row.get(name)), name).toBe(String(values[name]));
    expect(row.get("m")).toEqual(values["m"]);
  });

  it("reads by conditions, lists and limits, and writes in batches", async () => {
    await client.execute("CREATE TABLE shop.events (pk int, ck int, note text, PRIMARY KEY (pk, ck))");
    await client.batch(
      Array.from({ length: 5 }, (_, ck) => ({
        query: "INSERT INTO shop.events (pk, ck, note) VALUES (?, ?, ?)",
        params: [1, ck, ck === 4 ? null : `n${ck}`],
      })),
      { prepare: true },
    );
    const read = async (query: string, params: unknown[]) =>
      (await client.execute(query, params, { prepare: true })).rows.map((row) => row.get("ck") as number);
    expect(await read("SELECT ck FROM events WHERE pk = ? AND ck > ? LIMIT ?", [1, 1, 2])).toEqual([2, 3]);
    expect(await read("SELECT ck FROM events WHERE pk = :key AND ck IN ?", [1, [0, 4]])).toEqual([0, 4]);
    expect(await read("SELECT ck FROM events WHERE pk IN (?, ?) AND ck = ?", [1, 2, 3])).toEqual([3]);
    await client.execute("UPDATE shop.events USING TTL ? SET note = ? WHERE pk = ? AND ck = ?", [100, "new", 1, 0], {
      prepare: true,
    });
    const applied = await client.execute("INSERT INTO shop.events (pk, ck) VALUES (?, ?) IF NOT EXISTS", [1, 0], {
      prepare: true,
    });
    expect(applied.wasApplied()).toBe(false);
    expect((await client.execute("SELECT count(*) AS n FROM shop.events")).first().get("n").toString()).toBe("5");
  });

  it("is told errors by code", async () => {
    await expect(client.execute("SELEKT 1")).rejects.toMatchObject({ code: types.responseErrorCodes.syntaxError });
    await expect(client.execute("SELECT * FROM shop.none")).rejects.toMatchObject({
      code: types.responseErrorCodes.invalid,
      message: "table none does not exist",
    });
    await expect(
      client.execute("CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"),
    ).rejects.toMatchObject({ code: types.responseErrorCodes.alreadyExists });
    await client.execute(
      "CREATE KEYSPACE wide WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}",
    );
    await client.execute("CREATE TABLE wide.t (a int PRIMARY KEY)");
    await expect(
      client.execute("INSERT INTO wide.t (a) VALUES (1)", [], { consistency: types.consistencies.quorum }),
    ).rejects.toMatchObject({
      innerErrors: {
        [`127.0.0.1:${port}`]: { code: types.responseErrorCodes.unavailableException, required: 2, alive: 1 },
      },
    });
  });

  it("knows the schema", async () => {
    const table = await client.metadata.getTable("shop", "events");
    expect(table.partitionKeys.map(({ name }) => name)).toEqual(["pk"]);
    expect(table.clusteringKeys.map(({ name }) => name)).toEqual(["ck"]);
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
  it("are told what the server speaks, and it stays", async () => {
    expect(await answer(Buffer.from("GET / HTTP/1.1\r\n\r\n"))).toContain(
      "Invalid or unsupported protocol version (71); supported versions are (3/v3, 4/v4)",
    );
    expect(await answer(Buffer.from([5, 0, 0, 1, 5, 0, 0, 0, 0]))).toContain("unsupported protocol version (5)");
    expect(await answer(Buffer.from([4, 0, 0, 1, 7, 0x7f, 0xff, 0xff, 0xff]))).toContain("Request is too big");
    expect((await client.execute("SELECT key FROM system.local")).first().get("key")).toBe("local");
  });
});
