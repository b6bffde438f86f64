/** MongoDB as a replica set of a StatefulSet's stable names. */
import { afterEach, describe, expect, it } from "vitest";
import { pods, secrets, services, statefulSets } from "../../lib/kubernetes/api/resources.ts";
import { bootCluster, closeClusters, type Running } from "./cluster-harness.ts";
import { startNodes } from "./nodes-harness.ts";

afterEach(closeClusters);

interface Choice {
  readonly image?: string;
  readonly keyFile?: boolean;
}

function createMongo({ cluster: { client } }: Running, { image = "mongo:7.0", keyFile = false }: Choice = {}): void {
  client.create(services, {
    metadata: { name: "mongo", namespace: "default", labels: { app: "mongo" } },
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: { app: "mongo" },
      ports: [{ port: 27017, name: "mongo" }],
    },
  } as never);
  if (keyFile)
    client.create(secrets, {
      metadata: { name: "key", namespace: "default" },
      data: { "mongo.key": btoa("c2hhcmVkLXNlY3JldA") },
    } as never);
  const command = [
    "mongod",
    "--replSet",
    "rs0",
    "--bind_ip_all",
    ...(keyFile ? ["--keyFile", "/etc/key/mongo.key"] : []),
  ];
  client.create(statefulSets, {
    metadata: { name: "mongo", namespace: "default" },
    spec: {
      serviceName: "mongo",
      replicas: 3,
      selector: { matchLabels: { app: "mongo" } },
      template: {
        metadata: { labels: { app: "mongo" } },
        spec: {
          terminationGracePeriodSeconds: 10,
          containers: [
            {
              name: "mongo",
              image,
              command,
              ports: [{ containerPort: 27017 }],
              readinessProbe: {
                exec: { command: ["mongosh", "--quiet", "--eval", "db.adminCommand('ping').ok"] },
                initialDelaySeconds: 5,
              },
              volumeMounts: [
                { name: "data", mountPath: "/data/db" },
                ...(keyFile ? [{ name: "key", mountPath: "/etc/key", readOnly: true }] : []),
              ],
            },
          ],
          ...(keyFile ? { volumes: [{ name: "key", secret: { secretName: "key", defaultMode: 0o400 } }] } : {}),
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    },
  } as never);
}

const ready = ({ cluster }: Running, count = 3) =>
  cluster.client.get(statefulSets, "default", "mongo").status?.readyReplicas === count;
const home = ({ cluster }: Running, pod: string) => cluster.client.get(pods, "default", pod).spec?.nodeName ?? "";

async function js(running: Running, pod: string, script: string, flags = ""): Promise<string> {
  const { stdout, stderr } = await running.exec(pod, `mongosh --quiet ${flags} --eval '${script}'`);
  return (stdout + stderr).trim();
}

const HOSTS = "mongo-0.mongo,mongo-1.mongo,mongo-2.mongo";
const SET = `"mongodb://${HOSTS}/shop?replicaSet=rs0"`;
const states = async (running: Running, pod: string) =>
  (await js(running, pod, 'rs.status().members.map(m => m.stateStr).join(" ")')).split(/ (?=[A-Z(])/);
const INITIATE =
  'rs.initiate({_id: "rs0", members: [0, 1, 2].map(i => ({_id: i, host: "mongo-" + i + ".mongo:27017"}))})';

async function replicaSet(): Promise<Running> {
  const running = await bootCluster();
  createMongo(running);
  await running.until(() => ready(running));
  expect(await js(running, "mongo-0", INITIATE)).toBe("{ ok: 1 }");
  await running.clock.advance(15_000);
  return running;
}

describe("MongoDB on a StatefulSet", () => {
  it("refuses everything until it is initiated, then elects who was asked and replicates", async () => {
    const running = await bootCluster();
    createMongo(running);
    await running.until(() => ready(running));
    expect(await js(running, "mongo-0", "db.t.insertOne({})")).toBe(
      "MongoServerError[NotWritablePrimary]: not primary",
    );
    expect(await js(running, "mongo-0", "rs.status()")).toBe(
      "MongoServerError[NotYetInitialized]: no replset config has been received",
    );
    expect(
      await js(running, "mongo-0", 'rs.initiate({_id: "rs0", members: [{_id: 0, host: "elsewhere:27017"}]})'),
    ).toContain("MongoServerError[NodeNotFound]: No host described in new configuration");
    expect(await js(running, "mongo-0", INITIATE)).toBe("{ ok: 1 }");
    expect(await js(running, "mongo-0", INITIATE)).toBe("MongoServerError[AlreadyInitialized]: already initialized");
    await running.clock.advance(15_000);
    expect(await states(running, "mongo-1")).toEqual(["PRIMARY", "SECONDARY", "SECONDARY"]);
    expect(await js(running, "mongo-2", 'db.orders.insertOne({_id: 1, item: "tea"})', SET)).toBe(
      "{ acknowledged: true, insertedId: 1 }",
    );
    expect(await js(running, "mongo-1", "db.orders.find()", "shop")).toBe(
      "MongoServerError[NotPrimaryNoSecondaryOk]: not primary and secondaryOk=false - consider using db.getMongo().setReadPref() or readPreference in the connection string",
    );
    expect(await js(running, "mongo-1", 'db.getMongo().setReadPref("secondary"); db.orders.find()', "shop")).toBe(
      "[ { _id: 1, item: 'tea' } ]",
    );
    expect(running.bugs).toEqual([]);
  });

  it("hands over when its primary's Pod is deleted, and the Pod comes back as a secondary with its data", async () => {
    const running = await replicaSet();
    await js(running, "mongo-0", 'db.orders.insertOne({_id: "kept"})', SET);
    const uid = running.cluster.client.get(pods, "default", "mongo-0").metadata.uid;
    running.cluster.client.delete(pods, "default", "mongo-0");
    await running.clock.advance(2_000);
    // No election timeout: who goes in good order names its heir.
    expect(await js(running, "mongo-1", "db.hello().primary")).toMatch(/^mongo-[12]\.mongo:27017$/);
    expect(await js(running, "mongo-1", 'db.orders.insertOne({_id: "meanwhile"})', SET)).toContain("meanwhile");
    await running.until(() => {
      const now = running.cluster.client.find(pods, "default", "mongo-0");
      return now !== undefined && now.metadata.uid !== uid && ready(running);
    });
    await running.clock.advance(10_000);
    expect((await states(running, "mongo-0"))[0]).toBe("SECONDARY");
    expect(
      await js(running, "mongo-0", 'db.getMongo().setReadPref("secondary"); db.orders.find().sort({_id: 1})', "shop"),
    ).toBe("[ { _id: 'kept' }, { _id: 'meanwhile' } ]");
    expect(running.bugs).toEqual([]);
  });

  it("steps down without a majority, and rolls back what no majority had", async () => {
    const running = await replicaSet();
    await js(running, "mongo-0", 'db.orders.insertOne({_id: "acknowledged"})', SET);
    for (const pod of ["mongo-1", "mongo-2"]) running.cluster.setNodePower(home(running, pod), false);
    await running.clock.advance(1_000);
    expect(
      await js(
        running,
        "mongo-0",
        'db.orders.insertOne({_id: "late"}, {writeConcern: {w: "majority", wtimeout: 500}})',
        "shop",
      ),
    ).toBe("MongoWriteConcernError[WriteConcernFailed]: waiting for replication timed out");
    expect(
      await js(running, "mongo-0", 'db.orders.insertOne({_id: "alone"}, {writeConcern: {w: 1}})', "shop"),
    ).toContain("acknowledged: true");
    await running.clock.advance(15_000);
    expect(await states(running, "mongo-0")).toEqual([
      "SECONDARY",
      "(not reachable/healthy)",
      "(not reachable/healthy)",
    ]);
    expect(await js(running, "mongo-0", "db.orders.insertOne({})", "shop")).toBe(
      "MongoServerError[NotWritablePrimary]: not primary",
    );
    // The others come back while the former primary is away: history goes on without what it alone had.
    running.cluster.setNodePower(home(running, "mongo-0"), false);
    for (const pod of ["mongo-1", "mongo-2"]) running.cluster.setNodePower(home(running, pod), true);
    await running.clock.advance(60_000);
    expect(
      await js(
        running,
        "mongo-1",
        'db.orders.insertOne({_id: "after"})',
        `"mongodb://mongo-1.mongo,mongo-2.mongo/shop?replicaSet=rs0"`,
      ),
    ).toContain("acknowledged");
    running.cluster.setNodePower(home(running, "mongo-0"), true);
    await running.clock.advance(60_000);
    await running.until(() => ready(running));
    await running.clock.advance(10_000);
    expect(
      await js(
        running,
        "mongo-0",
        'db.getMongo().setReadPref("nearest"); db.orders.find({}).map(d => d._id).join()',
        "shop",
      ),
    ).toBe("acknowledged,after");
    expect((await running.exec("mongo-0", "ls /data/db/rollback")).stdout).toBe("shop.orders\n");
    expect(running.bugs).toEqual([]);
  });

  it("scales by rs.add and rs.remove beside the StatefulSet, and is upgraded one by one", async () => {
    const running = await replicaSet();
    await js(running, "mongo-0", "for (let i = 0; i < 30; i++) db.orders.insertOne({_id: i})", SET);
    running.cluster.client.modify(statefulSets, "default", "mongo", (set) => {
      if (set.spec !== undefined) set.spec.replicas = 4;
    });
    await running.until(() => ready(running, 4));
    expect(await states(running, "mongo-0")).toHaveLength(3);
    expect(await js(running, "mongo-0", 'rs.add("mongo-3.mongo")', SET)).toBe("{ ok: 1 }");
    await running.clock.advance(10_000);
    expect((await states(running, "mongo-0"))[3]).toBe("SECONDARY");
    expect(
      await js(running, "mongo-3", 'db.getMongo().setReadPref("secondary"); db.orders.countDocuments()', "shop"),
    ).toBe("30");
    expect(await js(running, "mongo-0", 'rs.remove("mongo-3.mongo:27017")', SET)).toBe("{ ok: 1 }");
    await running.clock.advance(5_000);
    expect(await js(running, "mongo-3", "rs.status().myState")).toBe("10");
    running.cluster.client.modify(statefulSets, "default", "mongo", (set) => {
      const container = set.spec?.template.spec?.containers[0];
      if (set.spec !== undefined) set.spec.replicas = 3;
      if (container !== undefined) container.image = "mongo:8.0";
    });
    await running.until(
      () =>
        ready(running) && running.cluster.client.get(statefulSets, "default", "mongo").status?.updatedReplicas === 3,
    );
    await running.clock.advance(30_000);
    expect(await js(running, "mongo-0", "db.version()")).toBe("8.0.13");
    expect(await js(running, "mongo-0", "db.orders.countDocuments()", SET)).toBe("30");
    expect((await states(running, "mongo-0")).sort()).toEqual(["PRIMARY", "SECONDARY", "SECONDARY"]);
    expect(running.bugs).toEqual([]);
  });

  it("lets members with the key and users with a password in, and nobody else", async () => {
    const running = await bootCluster();
    createMongo(running, { keyFile: true });
    await running.until(() => ready(running));
    // As long as there is no user, who is on the machine itself may begin.
    expect(await js(running, "mongo-0", INITIATE)).toBe("{ ok: 1 }");
    await running.clock.advance(15_000);
    await js(running, "mongo-0", 'db.getSiblingDB("admin").createUser({user: "root", pwd: "s3", roles: ["root"]})');
    expect(await js(running, "mongo-0", "db.t.find()")).toBe(
      "MongoServerError[Unauthorized]: Command find requires authentication",
    );
    expect(await js(running, "mongo-0", "1", "-u root -p wrong")).toBe("MongoServerError: Authentication failed.");
    expect(await js(running, "mongo-0", "db.t.insertOne({_id: 1}).insertedId", "-u root -p s3")).toBe("1");
    expect(running.bugs).toEqual([]);
  });
});

describe("mongod alone", () => {
  it("keeps its data when it is killed, and wants a password where one was given", async () => {
    const nodes = startNodes();
    nodes.run("mongo", {
      containers: [
        {
          name: "mongo",
          image: "mongo:4.4",
          env: [
            { name: "MONGO_INITDB_ROOT_USERNAME", value: "root" },
            { name: "MONGO_INITDB_ROOT_PASSWORD", value: "s3" },
          ],
          volumeMounts: [{ name: "data", mountPath: "/data/db" }],
        },
      ],
      volumes: [{ name: "data", emptyDir: {} }],
    });
    await nodes.until(() => nodes.reason("mongo") === "Running");
    await nodes.clock.settle();
    const legacy = async (script: string, flags = "-u root -p s3") =>
      (await nodes.exec("mongo", `mongo --quiet ${flags} --eval '${script}'`)).stdout;
    expect(await legacy('db.t.insert({_id: 1, a: "x"})')).toBe('WriteResult({ "nInserted" : 1 })\n');
    expect(await legacy("db.t.find()")).toBe('{ "_id" : 1, "a" : "x" }\n');
    expect((await nodes.exec("mongo", "mongo --quiet --eval 'db.t.find()'")).stderr).toContain(
      "command find requires authentication",
    );
    nodes.nodes.killContainer("default", "mongo", "mongo", "crash");
    await nodes.until(
      () =>
        nodes.pod("mongo")?.status?.containerStatuses?.[0]?.restartCount === 1 && nodes.reason("mongo") === "Running",
    );
    await nodes.clock.settle();
    expect(await legacy("printjson(db.t.findOne())")).toBe('{\n\t"_id" : 1,\n\t"a" : "x"\n}\n');
    expect(nodes.bugs).toEqual([]);
  });

  it("says what is wrong with its command line and its key", async () => {
    const nodes = startNodes();
    nodes.run("mongo", { containers: [{ name: "mongo", image: "mongo:7", command: ["sleep", "infinity"] }] });
    await nodes.until(() => nodes.reason("mongo") === "Running");
    expect(await nodes.exec("mongo", "mongod --smallfiles")).toMatchObject({
      stderr:
        "Error parsing command line: unrecognised option '--smallfiles'\ntry 'mongod --help' for more information\n",
      code: 2,
    });
    const open = await nodes.exec("mongo", "echo c2hhcmVkLXNlY3JldA > /key; mongod --replSet rs0 --keyFile /key");
    expect(open.stdout).toContain("permissions on /key are too open");
    expect(open.code).toBe(1);
    expect((await nodes.exec("mongo", "mongosh --quiet --eval 1")).stderr).toBe(
      "MongoNetworkError: connect ECONNREFUSED 127.0.0.1:27017\n",
    );
    expect(nodes.bugs).toEqual([]);
  });

  it("is dumped to files and restored from them", async () => {
    const nodes = startNodes();
    nodes.run("mongo", { containers: [{ name: "mongo", image: "mongo:8" }] });
    await nodes.until(() => nodes.reason("mongo") === "Running");
    await nodes.clock.settle();
    const run = (script: string) => nodes.exec("mongo", `mongosh --quiet shop --eval '${script}'`);
    await run("db.orders.insertMany([{_id: 1}, {_id: 2}]); db.orders.createIndex({n: 1}, {unique: false})");
    expect((await nodes.exec("mongo", "mongodump -o /tmp/d && ls /tmp/d/shop")).stdout).toBe(
      "orders.bson\norders.metadata.json\n",
    );
    await run("db.orders.deleteOne({_id: 2}); db.orders.dropIndexes()");
    const restored = await nodes.exec("mongo", "mongorestore /tmp/d");
    expect(restored.stderr).toContain("1 document(s) restored successfully. 1 document(s) failed to restore.");
    expect((await run('db.orders.countDocuments() + " " + db.orders.getIndexes().length')).stdout).toBe("2 2\n");
    expect(nodes.bugs).toEqual([]);
  });
});
