/** A driver of the world, mongodb, against the MongoDB image through a forwarded port. */
import { connect as connectSocket } from "node:net";
import {
  Binary,
  Decimal128,
  Long,
  MaxKey,
  MongoClient,
  type MongoClientOptions,
  ObjectId,
  Timestamp,
  UUID,
} from "mongodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type WireCluster, wireCluster } from "./wire-harness.ts";

let cluster: WireCluster;
const ports: Record<string, number> = {};
let client: MongoClient;

const connect = (name: string, more: MongoClientOptions = {}) =>
  new MongoClient(`mongodb://127.0.0.1:${ports[name]}/?directConnection=true`, {
    serverSelectionTimeoutMS: 3000,
    ...more,
  }).connect();
const root = { auth: { username: "root", password: "secret" } };

beforeAll(async () => {
  cluster = await wireCluster();
  const ping = { exec: { command: ["mongosh", "--quiet", "--eval", "db.adminCommand('ping')"] }, periodSeconds: 1 };
  await cluster.run({
    metadata: { name: "alone" },
    spec: {
      containers: [
        {
          name: "db",
          image: "mongo:7.0",
          env: [
            { name: "MONGO_INITDB_ROOT_USERNAME", value: "root" },
            { name: "MONGO_INITDB_ROOT_PASSWORD", value: "secret" },
          ],
          readinessProbe: {
            ...ping,
            exec: {
              command: ["mongosh", "-u", "root", "-p", "secret", "--quiet", "--eval", "db.adminCommand('ping')"],
            },
          },
        },
      ],
    },
  });
  await cluster.run({
    metadata: { name: "member" },
    spec: {
      containers: [
        {
          name: "db",
          image: "mongo:6.0",
          command: ["mongod", "--replSet", "rs0", "--bind_ip_all"],
          readinessProbe: ping,
        },
      ],
    },
  });
  for (const name of ["alone", "member"]) ports[name] = await cluster.forward(name, 27017);
  client = await connect("alone", root);
}, 60_000);
afterAll(async () => {
  await client?.close();
  await cluster?.close();
});

describe("a server alone", () => {
  it("says who it is, and lets in who proves a password", async () => {
    const hello = await client.db("admin").command({ hello: 1 });
    expect(hello).toMatchObject({ isWritablePrimary: true, maxWireVersion: 21, ok: 1 });
    expect((await client.db("admin").command({ buildInfo: 1 }))["version"]).toMatch(/^7\.0\./);
    await expect(connect("alone", { auth: { username: "root", password: "wrong" } })).rejects.toMatchObject({
      code: 18,
      codeName: "AuthenticationFailed",
    });
    await expect(connect("alone", { ...root, authMechanism: "SCRAM-SHA-1" })).rejects.toThrow(
      "SCRAM-SHA-1 which is not enabled",
    );
    const nobody = await connect("alone");
    await expect(nobody.db("shop").collection("items").findOne()).rejects.toMatchObject({ code: 13 });
    await nobody.close();
  });

  it("keeps values of all kinds", async () => {
    const items = client.db("shop").collection("kinds");
    const doc = {
      _id: new ObjectId(),
      text: "żółw",
      int: 7,
      double: 1.5,
      negative: -0.25,
      long: Long.fromString("9007199254740993"),
      decimal: Decimal128.fromString("12.50"),
      date: new Date("2026-01-02T03:04:05.678Z"),
      uuid: new UUID("00112233-4455-6677-8899-aabbccddeeff"),
      bytes: new Binary(Buffer.from([0, 255, 7])),
      list: [1, "two", { three: [3] }],
      regex: /^a/i,
      stamp: new Timestamp({ t: 5, i: 6 }),
      max: new MaxKey(),
      none: null,
      yes: true,
    };
    await items.insertOne(doc);
    const found = await items.findOne({ _id: doc._id }, { promoteLongs: false });
    expect(found).toMatchObject(doc);
    expect(await items.countDocuments({ long: { $gt: Long.fromNumber(5) } })).toBe(1);
  });

  it("finds, sorts, projects and hands out many documents in batches", async () => {
    const items = client.db("shop").collection<{ _id: number; even: boolean }>("many");
    const made = await items.insertMany(
      Array.from({ length: 1000 }, (_, index) => ({ _id: index, even: index % 2 === 0 })),
    );
    expect(made.insertedCount).toBe(1000);
    expect(await items.find({ even: true }).sort({ _id: -1 }).limit(2).project({ even: 0 }).toArray()).toEqual([
      { _id: 998 },
      { _id: 996 },
    ]);
    expect(await items.find().batchSize(7).toArray()).toHaveLength(1000);
    const cursor = items.find({}, { batchSize: 10 });
    expect(await cursor.next()).toEqual({ _id: 0, even: true });
    await cursor.close();
    expect(
      await items.aggregate([{ $group: { _id: "$even", n: { $sum: 1 } } }, { $sort: { _id: 1 } }]).toArray(),
    ).toEqual([
      { _id: false, n: 500 },
      { _id: true, n: 500 },
    ]);
  });

  it("changes and removes, and says what it did", async () => {
    const items = client.db("shop").collection<{ _id: number; n?: number }>("many");
    expect(await items.updateOne({ _id: 1 }, { $set: { n: 1 } })).toMatchObject({ matchedCount: 1, modifiedCount: 1 });
    expect(await items.updateMany({ _id: { $lt: 3 } }, { $inc: { n: 1 } })).toMatchObject({ modifiedCount: 3 });
    expect(await items.updateOne({ _id: 5000 }, { $set: { n: 0 } }, { upsert: true })).toMatchObject({
      upsertedId: 5000,
    });
    expect(await items.findOneAndUpdate({ _id: 1 }, { $inc: { n: 5 } }, { returnDocument: "after" })).toMatchObject({
      n: 7,
    });
    expect(await items.deleteMany({ _id: { $gte: 500 } })).toEqual({ acknowledged: true, deletedCount: 501 });
    expect(
      await items.bulkWrite([{ insertOne: { document: { _id: 900 } } }, { deleteOne: { filter: { _id: 0 } } }]),
    ).toMatchObject({ insertedCount: 1, deletedCount: 1 });
    await items.insertOne({ _id: 901 }, { writeConcern: { w: 0 } });
    expect((await items.distinct("n")).sort()).toEqual([1, 7]);
    await items.createIndex({ n: 1 });
    expect((await items.indexes()).map(({ name }) => name)).toEqual(["_id_", "n_1"]);
    const names = await client.db("shop").listCollections({ name: "many" }).toArray();
    expect(names.map(({ name }) => name)).toEqual(["many"]);
  });

  it("tells errors by code, of some documents and of whole commands", async () => {
    const items = client.db("shop").collection<{ _id: number }>("many");
    await expect(items.insertOne({ _id: 2 })).rejects.toMatchObject({ code: 11000 });
    await expect(
      items.insertMany([{ _id: 2000 }, { _id: 2 }, { _id: 2001 }], { ordered: false }),
    ).rejects.toMatchObject({
      code: 11000,
      result: { insertedCount: 2 },
    });
    await expect(client.db("shop").command({ nonsense: 1 })).rejects.toMatchObject({
      code: 59,
      codeName: "CommandNotFound",
      message: "no such command: 'nonsense'",
    });
    await expect(
      client.withSession((session) => session.withTransaction(() => items.insertOne({ _id: 1 }, { session }))),
    ).rejects.toThrow("sessions");
  });
});

describe("a member of a replica set", () => {
  it("is initiated by a driver, and elected", async () => {
    const member = await connect("member");
    const admin = member.db("admin");
    expect(await admin.command({ hello: 1 })).toMatchObject({ isWritablePrimary: false, isreplicaset: true });
    await expect(admin.command({ replSetGetStatus: 1 })).rejects.toMatchObject({
      code: 94,
      codeName: "NotYetInitialized",
    });
    await admin.command({ replSetInitiate: { _id: "rs0", members: [{ _id: 0, host: "127.0.0.1:27017" }] } });
    await cluster.until(async () => (await admin.command({ hello: 1 }))["isWritablePrimary"] === true);
    const { members } = await admin.command({ replSetGetStatus: 1 });
    expect(members).toMatchObject([{ stateStr: "PRIMARY", health: 1 }]);
    const items = member.db("shop").collection<{ _id: number }>("items");
    await items.insertOne({ _id: 1 }, { writeConcern: { w: "majority" } });
    expect(await items.find().toArray()).toEqual([{ _id: 1 }]);
    await member.close();
  });
});

describe("strangers", () => {
  const closed = (bytes: Uint8Array) =>
    new Promise<string>((resolve) => {
      const socket = connectSocket(ports["alone"] ?? 0, "127.0.0.1", () => socket.write(bytes));
      let heard = "";
      socket.on("data", (data) => {
        heard += data.toString("latin1");
      });
      socket.on("close", () => resolve(heard));
    });
  it("are hung up on, as the real one does, and the server stays", async () => {
    expect(await closed(Buffer.from("GET / HTTP/1.1\r\nHost: db\r\n\r\n"))).toBe("");
    const huge = Buffer.alloc(32);
    huge.writeInt32LE(0x7fffffff, 0);
    huge.writeInt32LE(2013, 12);
    expect(await closed(huge)).toBe("");
    const lie = Buffer.alloc(26);
    for (const [value, at] of [
      [26, 0],
      [2013, 12],
      [1000, 21],
    ] as const)
      lie.writeInt32LE(value, at);
    expect(await closed(lie)).toBe("");
    expect(await client.db("admin").command({ ping: 1 })).toEqual({ ok: 1 });
  });
});
