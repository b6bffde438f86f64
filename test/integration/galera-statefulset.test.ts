/** The Galera PetSet of the seeds, moved to apps/v1. */
import { afterEach, describe, expect, it } from "vitest";
import { persistentVolumeClaims, pods, statefulSets } from "../../lib/kubernetes/api/resources.ts";
import { bootCluster, closeClusters, type Running } from "./cluster-harness.ts";
import { createGalera } from "./clustered-systems.ts";
import { startNodes } from "./nodes-harness.ts";

afterEach(closeClusters);

const ready = ({ cluster }: Running, count: number) =>
  cluster.client.get(statefulSets, "default", "mysql").status?.readyReplicas === count;
const sql = async (running: Running, pod: string, text: string) => {
  const { stdout, stderr } = await running.exec(pod, `mysql -u root -N -e "${text}"`);
  return (stdout + stderr).trim();
};
const size = (running: Running, pod: string) => sql(running, pod, "SHOW STATUS LIKE 'wsrep_cluster_size'");

async function replace(running: Running, pod: string, count: number): Promise<void> {
  const { client } = running.cluster;
  const before = client.get(pods, "default", pod).metadata.uid;
  client.delete(pods, "default", pod);
  await running.until(() => {
    const now = client.find(pods, "default", pod);
    return now !== undefined && now.metadata.uid !== before && ready(running, count);
  });
}

describe("Galera on a StatefulSet", () => {
  it("replicates, recovers killed Pods with their data, and scales from three to five", async () => {
    const running = await bootCluster();
    createGalera(running);
    await running.until(() => ready(running, 3));
    expect(await size(running, "mysql-0")).toBe("wsrep_cluster_size\t3");
    await sql(
      running,
      "mysql-1",
      "CREATE DATABASE shop; CREATE TABLE shop.orders (id INT AUTO_INCREMENT PRIMARY KEY, item VARCHAR(40) NOT NULL)",
    );
    await sql(running, "mysql-2", "INSERT INTO shop.orders (item) VALUES ('anchor'), ('rope')");
    // Three members leave room for each other's numbers: the third gives 3, 6, 9.
    expect(await sql(running, "mysql-0", "SELECT id, item FROM shop.orders ORDER BY id")).toBe("3\tanchor\n6\trope");

    // The one that orders changes, and then another.
    await replace(running, "mysql-0", 3);
    await sql(running, "mysql-0", "INSERT INTO shop.orders (item) VALUES ('sail')");
    await replace(running, "mysql-2", 3);
    for (const pod of ["mysql-0", "mysql-1", "mysql-2"]) {
      expect(await sql(running, pod, "SELECT COUNT(*) FROM shop.orders")).toBe("3");
      expect(await size(running, pod)).toBe("wsrep_cluster_size\t3");
    }

    running.cluster.client.modify(statefulSets, "default", "mysql", (set) => {
      if (set.spec !== undefined) set.spec.replicas = 5;
    });
    await running.until(() => ready(running, 5));
    expect(await size(running, "mysql-4")).toBe("wsrep_cluster_size\t5");
    expect(await sql(running, "mysql-4", "SELECT item FROM shop.orders WHERE item = 'SAIL'")).toBe("sail");
    expect(running.cluster.client.list(persistentVolumeClaims, "default")).toHaveLength(5);
    expect(running.bugs).toEqual([]);
  });

  it("refuses to work without a majority, and goes on when it is back, with every acknowledged write", async () => {
    const running = await bootCluster();
    createGalera(running);
    await running.until(() => ready(running, 3));
    await sql(running, "mysql-0", "CREATE DATABASE d; CREATE TABLE d.t (k INT PRIMARY KEY)");
    await sql(running, "mysql-0", "INSERT INTO d.t VALUES (1)");
    const { client } = running.cluster;
    const home = (pod: string) => client.get(pods, "default", pod).spec?.nodeName ?? "";
    expect(new Set(["mysql-0", "mysql-1", "mysql-2"].map(home)).size).toBe(3);
    running.cluster.setNodePower(home("mysql-1"), false);
    running.cluster.setNodePower(home("mysql-2"), false);
    await running.clock.advance(5000);
    expect(await sql(running, "mysql-0", "INSERT INTO d.t VALUES (2)")).toBe(
      "ERROR 1047 (08S01) at line 1: WSREP has not yet prepared node for application use",
    );
    expect(await sql(running, "mysql-0", "SHOW STATUS LIKE 'wsrep_cluster_status'")).toBe(
      "wsrep_cluster_status\tnon-Primary",
    );
    running.cluster.setNodePower(home("mysql-1"), true);
    running.cluster.setNodePower(home("mysql-2"), true);
    await running.until(() => ready(running, 3));
    await running.clock.advance(60_000);
    expect(await size(running, "mysql-2")).toBe("wsrep_cluster_size\t3");
    expect(await sql(running, "mysql-2", "SELECT * FROM d.t")).toBe("1");
    expect(running.bugs).toEqual([]);
  });
});

describe("transactions on a Galera cluster", () => {
  it("lets the first of two members that change a row through, and tells the other to begin anew", async () => {
    const running = await bootCluster();
    createGalera(running);
    await running.until(() => ready(running, 3));
    await sql(
      running,
      "mysql-0",
      "CREATE DATABASE d; CREATE TABLE d.t (k INT PRIMARY KEY, v INT); INSERT INTO d.t VALUES (1, 0), (2, 0)",
    );
    const slow = sql(running, "mysql-1", "BEGIN; UPDATE d.t SET v = 1 WHERE k = 1; DO SLEEP(10); COMMIT");
    const other = sql(running, "mysql-2", "BEGIN; UPDATE d.t SET v = 2 WHERE k = 2; DO SLEEP(10); COMMIT");
    expect(
      await sql(running, "mysql-2", "DO SLEEP(2); UPDATE d.t SET v = 5 WHERE k = 1; SELECT v FROM d.t WHERE k = 1"),
    ).toBe("5");
    expect(await slow).toBe(
      "ERROR 1213 (40001) at line 1: Deadlock found when trying to get lock; try restarting transaction",
    );
    expect(await other).toBe("");
    for (const pod of ["mysql-0", "mysql-1", "mysql-2"])
      expect(await sql(running, pod, "SELECT v FROM d.t ORDER BY k")).toBe("5\n2");
    // Where nobody asked for a transaction, the loser is done anew by itself.
    await Promise.all(
      ["mysql-0", "mysql-1", "mysql-2"].map((pod) => sql(running, pod, "UPDATE d.t SET v = v + 1 WHERE k = 1")),
    );
    expect(await sql(running, "mysql-0", "SELECT v FROM d.t WHERE k = 1")).toBe("8");
    expect(running.bugs).toEqual([]);
  });
});

describe("mysql", () => {
  it("keeps what was committed, and nothing else, when its container is killed", async () => {
    const cluster = startNodes();
    cluster.run("db", {
      containers: [
        {
          name: "mysql",
          image: "mysql:8.4",
          env: [{ name: "MYSQL_ALLOW_EMPTY_PASSWORD", value: "1" }],
          volumeMounts: [{ name: "data", mountPath: "/var/lib/mysql" }],
        },
      ],
      volumes: [{ name: "data", emptyDir: {} }],
    });
    const run = async (text: string) => (await cluster.exec("db", `mysql -N -e "${text}"`)).stdout.trim();
    const up = "until mysqladmin ping 2>/dev/null; do sleep 1; done";
    await cluster.until(() => cluster.reason("db") === "Running");
    await cluster.exec("db", up);
    await run("CREATE DATABASE d; CREATE TABLE d.t (k INT PRIMARY KEY, v TEXT); INSERT INTO d.t VALUES (1, 'kept')");
    const open = run("BEGIN; INSERT INTO d.t VALUES (2, 'lost'); DO SLEEP(60); COMMIT");
    await cluster.exec("db", "sleep 1");
    cluster.nodes.killContainer("default", "db", "mysql", "oom");
    await open;
    await cluster.until(() => (cluster.pod("db")?.status?.containerStatuses?.[0]?.restartCount ?? 0) === 1);
    await cluster.until(() => cluster.reason("db") === "Running");
    await cluster.exec("db", up);
    expect(await run("SELECT * FROM d.t")).toBe("1\tkept");
    expect(await cluster.logs("db")).toContain("Starting crash recovery");
  });

  it("wants a password for a new data directory, and answers in MySQL's words", async () => {
    const cluster = startNodes();
    cluster.run("bare", { containers: [{ name: "mysql", image: "mysql:8.0" }] });
    await cluster.until(() => cluster.reason("bare") === "CrashLoopBackOff");
    expect(await cluster.logs("bare")).toContain("Database is uninitialized and password option is not specified");
    cluster.run("db", {
      containers: [
        {
          name: "mysql",
          image: "mysql:8.0",
          env: [
            { name: "MYSQL_ROOT_PASSWORD", value: "secret" },
            { name: "MYSQL_DATABASE", value: "app" },
          ],
        },
      ],
    });
    await cluster.until(() => cluster.reason("db") === "Running");
    const run = async (text: string) => {
      const { stdout, stderr } = await cluster.exec("db", `mysql -psecret -t -e "${text}" app`);
      return stdout + stderr;
    };
    expect((await cluster.exec("db", "mysql -pwrong -e 'SELECT 1'")).stderr).toContain(
      "ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: YES)",
    );
    await run("CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(10)); INSERT INTO t VALUES (1, 'a'), (2, NULL)");
    expect(await run("SELECT * FROM t ORDER BY id DESC")).toBe(
      "+----+------+\n| id | name |\n+----+------+\n|  2 | NULL |\n|  1 | a    |\n+----+------+\nmysql: [Warning] Using a password on the command line interface can be insecure.\n",
    );
    expect(await run("INSERT INTO t VALUES (1, 'b')")).toContain(
      "ERROR 1062 (23000) at line 1: Duplicate entry '1' for key 't.PRIMARY'",
    );
    expect(await run("SELECT * FROM nowhere")).toContain(
      "ERROR 1146 (42S02) at line 1: Table 'app.nowhere' doesn't exist",
    );
    expect(await run("SELEC 1")).toContain("ERROR 1064 (42000)");
    expect(await run("UPDATE t SET name = 'z' WHERE id = 2; SELECT name FROM t WHERE name LIKE 'z%'")).toContain(
      "| z    |",
    );
  });
});
