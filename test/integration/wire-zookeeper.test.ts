/** A client of the world, node-zookeeper-client, against the ZooKeeper image through forwarded ports. */
import { createRequire } from "node:module";
import { connect as connectSocket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type WireCluster, wireCluster } from "./wire-harness.ts";

interface Stat {
  readonly version: number;
  readonly cversion: number;
  readonly numChildren: number;
  readonly dataLength: number;
  readonly ephemeralOwner: Buffer;
}
interface Event {
  readonly type: number;
  readonly path: string;
}
type Done<T extends readonly unknown[]> = (error: Error | null, ...values: T) => void;
interface Transaction {
  create(path: string, data: Buffer): Transaction;
  setData(path: string, data: Buffer, version?: number): Transaction;
  check(path: string, version?: number): Transaction;
  remove(path: string): Transaction;
  commit(done: Done<[unknown[]]>): void;
}
interface ZooClient {
  connect(): void;
  close(): void;
  once(event: string, heard: () => void): void;
  on(event: string, heard: (state: { readonly name: string }) => void): void;
  getSessionId(): Buffer;
  getSessionPassword(): Buffer;
  getSessionTimeout(): number;
  create(path: string, data: Buffer | undefined, mode: number, done: Done<[string]>): void;
  setData(path: string, data: Buffer, version: number, done: Done<[Stat]>): void;
  getData(path: string, watch: (event: Event) => void, done: Done<[Buffer | undefined, Stat]>): void;
  exists(path: string, watch: (event: Event) => void, done: Done<[Stat | null]>): void;
  getChildren(path: string, watch: (event: Event) => void, done: Done<[string[], Stat]>): void;
  remove(path: string, version: number, done: Done<[]>): void;
  getACL(path: string, done: Done<[{ readonly permission: number }[], Stat]>): void;
  mkdirp(path: string, done: Done<[string]>): void;
  transaction(): Transaction;
  readonly connectionManager: { readonly socket: { destroy(): void } };
}
const zookeeper = createRequire(import.meta.url)("node-zookeeper-client") as {
  createClient(hosts: string, options?: object): ZooClient;
  readonly CreateMode: Readonly<Record<string, number>>;
};
const { PERSISTENT = 0, EPHEMERAL = 1, PERSISTENT_SEQUENTIAL = 2 } = zookeeper.CreateMode;

let cluster: WireCluster;
let port: number;
const clients: ZooClient[] = [];

const connect = (options: object = {}): Promise<ZooClient> =>
  new Promise((resolve) => {
    const client = zookeeper.createClient(`127.0.0.1:${port}`, options);
    clients.push(client);
    client.once("connected", () => resolve(client));
    client.connect();
  });
function call<T extends readonly unknown[]>(run: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) =>
    run((error, ...values) => (error === null || error === undefined ? resolve(values) : reject(error))),
  );
}
const nothing = () => undefined;

beforeAll(async () => {
  cluster = await wireCluster();
  await cluster.run({
    metadata: { name: "zk" },
    spec: {
      containers: [
        {
          name: "zk",
          image: "zookeeper:3.9",
          env: [
            { name: "ZOO_4LW_COMMANDS_WHITELIST", value: "*" },
            { name: "ZOO_TICK_TIME", value: "500" },
          ],
          readinessProbe: {
            exec: { command: ["sh", "-c", "echo ruok | nc localhost 2181 | grep imok"] },
            periodSeconds: 1,
          },
        },
      ],
    },
  });
  port = await cluster.forward("zk", 2181);
}, 60_000);
afterAll(async () => {
  for (const client of clients) client.close();
  await cluster?.close();
});

describe("a session", () => {
  it("reads and writes nodes, with their versions", async () => {
    const zk = await connect({ sessionTimeout: 10_000 });
    expect(zk.getSessionTimeout()).toBe(10_000);
    expect(await call<[string]>((done) => zk.create("/app", Buffer.from("żółw"), PERSISTENT, done))).toEqual(["/app"]);
    await expect(
      call((done) => zk.create("/app", undefined, PERSISTENT, done as Done<[string]>)),
    ).rejects.toMatchObject({
      code: -110,
      name: "NODE_EXISTS",
    });
    const [data, stat] = await call<[Buffer | undefined, Stat]>((done) => zk.getData("/app", nothing, done));
    expect(data?.toString()).toBe("żółw");
    expect(stat).toMatchObject({ version: 0, dataLength: 7, numChildren: 0 });
    const bytes = Buffer.from([0, 255, 128]);
    const [next] = await call<[Stat]>((done) => zk.setData("/app", bytes, 0, done));
    expect(next).toMatchObject({ version: 1, dataLength: 3 });
    expect((await call<[Buffer | undefined, Stat]>((done) => zk.getData("/app", nothing, done)))[0]).toEqual(bytes);
    await expect(call((done) => zk.setData("/app", bytes, 0, done as Done<[Stat]>))).rejects.toMatchObject({
      code: -103,
    });
    const [first] = await call<[string]>((done) => zk.create("/app/n-", undefined, PERSISTENT_SEQUENTIAL, done));
    const [second] = await call<[string]>((done) => zk.create("/app/n-", undefined, PERSISTENT_SEQUENTIAL, done));
    expect([first, second]).toEqual(["/app/n-0000000000", "/app/n-0000000001"]);
    expect((await call<[string[], Stat]>((done) => zk.getChildren("/app", nothing, done)))[0].sort()).toEqual([
      "n-0000000000",
      "n-0000000001",
    ]);
    await expect(call((done) => zk.remove("/app", -1, done as Done<[]>))).rejects.toMatchObject({ code: -111 });
    await expect(
      call((done) => zk.getData("/none", nothing, done as Done<[Buffer | undefined, Stat]>)),
    ).rejects.toMatchObject({
      code: -101,
    });
    expect((await call<[{ permission: number }[], Stat]>((done) => zk.getACL("/app", done)))[0]).toMatchObject([
      { permission: 31 },
    ]);
    await call((done) => zk.mkdirp("/deep/er/still", done as Done<[string]>));
  });

  it("hears once of what it watches", async () => {
    const [zk, other] = [await connect(), await connect()];
    const heard: string[] = [];
    const watch = ({ type, path }: Event) => heard.push(`${type} ${path}`);
    expect(await call<[Stat | null]>((done) => zk.exists("/w", watch, done))).toEqual([null]);
    await call((done) => other.create("/w", Buffer.from("1"), PERSISTENT, done as Done<[string]>));
    await call((done) => zk.getData("/w", watch, done as Done<[Buffer | undefined, Stat]>));
    await call((done) => zk.getChildren("/w", watch, done as Done<[string[], Stat]>));
    await call((done) => other.setData("/w", Buffer.from("2"), -1, done as Done<[Stat]>));
    await call((done) => other.setData("/w", Buffer.from("3"), -1, done as Done<[Stat]>));
    await call((done) => other.create("/w/x", undefined, PERSISTENT, done as Done<[string]>));
    await call((done) => zk.getData("/w/x", watch, done as Done<[Buffer | undefined, Stat]>));
    await call((done) => other.remove("/w/x", -1, done as Done<[]>));
    await cluster.until(() => heard.length === 4);
    expect(heard).toEqual(["1 /w", "3 /w", "4 /w", "2 /w/x"]);
  });

  it("does several things at once or none of them", async () => {
    const zk = await connect();
    await call((done) =>
      zk
        .transaction()
        .create("/t", Buffer.from("a"))
        .setData("/t", Buffer.from("b"))
        .create("/t/x", Buffer.from(""))
        .commit(done as Done<[unknown[]]>),
    );
    expect((await call<[Buffer | undefined, Stat]>((done) => zk.getData("/t", nothing, done)))[1]).toMatchObject({
      version: 1,
      numChildren: 1,
    });
    await expect(
      call((done) =>
        zk
          .transaction()
          .remove("/t/x")
          .check("/t", 7)
          .create("/u", Buffer.from(""))
          .commit(done as Done<[unknown[]]>),
      ),
    ).rejects.toMatchObject({ code: -103 });
    expect(await call<[Stat | null]>((done) => zk.exists("/t/x", nothing, done))).not.toEqual([null]);
    expect(await call<[Stat | null]>((done) => zk.exists("/u", nothing, done))).toEqual([null]);
  });

  it("outlives its connection, and takes its ephemeral nodes with it when it ends", async () => {
    const [zk, other] = [await connect({ sessionTimeout: 4000 }), await connect()];
    await call((done) => zk.create("/mine", undefined, EPHEMERAL, done as Done<[string]>));
    const before = zk.getSessionId().toString("hex");
    const again = new Promise<void>((resolve) => zk.once("connected", resolve));
    zk.connectionManager.socket.destroy();
    await again;
    expect(zk.getSessionId().toString("hex")).toBe(before);
    const [stat] = await call<[Stat | null]>((done) => other.exists("/mine", nothing, done));
    expect(stat?.ephemeralOwner.toString("hex")).toBe(before);
    const gone = new Promise<Event>((resolve) => other.exists("/mine", resolve, nothing));
    zk.close();
    expect(await gone).toMatchObject({ type: 2, path: "/mine" });
  });

  it("expires where its client is silent for too long", async () => {
    const other = await connect();
    const hello = Buffer.alloc(4 + 45);
    hello.writeInt32BE(45, 0);
    hello.writeInt32BE(1000, 4 + 12);
    hello.writeInt32BE(16, 4 + 24);
    const socket = connectSocket(port, "127.0.0.1", () => socket.write(hello));
    const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
    socket.resume();
    await closed;
    expect(await call<[Stat | null]>((done) => other.exists("/", nothing, done))).not.toEqual([null]);
  });
});

describe("others on the same port", () => {
  const answer = (bytes: Uint8Array) =>
    new Promise<string>((resolve) => {
      const socket = connectSocket(port, "127.0.0.1", () => socket.write(bytes));
      let heard = "";
      socket.on("data", (data) => {
        heard += data.toString("latin1");
      });
      socket.on("close", () => resolve(heard));
    });
  it("still get their four letters, with an end of line or without", async () => {
    expect(await answer(Buffer.from("ruok"))).toBe("imok");
    expect(await answer(Buffer.from("srvr\n"))).toContain("Mode: standalone");
  });
  it("are hung up on where they say nothing that could be meant", async () => {
    expect(await answer(Buffer.from([0, 127, 255, 255, 1, 2, 3]))).toBe("");
    expect(await answer(Buffer.from([0, 0, 0, 4, 1, 2, 3, 4]))).toBe("");
    expect(await answer(Buffer.from("GET / HTTP/1.1\r\n\r\n"))).toBe("");
    expect(await answer(Buffer.from("ruok"))).toBe("imok");
  });
});
