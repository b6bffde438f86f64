/** PostgreSQL with streaming standbys: the first Pod is the primary, the others clone it. */
import { afterEach, describe, expect, it } from "vitest";
import { configMaps, pods, services, statefulSets } from "../../lib/kubernetes/api/resources.ts";
import { bootCluster, closeClusters, type Running } from "./cluster-harness.ts";
import { startNodes } from "./nodes-harness.ts";

afterEach(closeClusters);

const CLONE = `set -e
if [ "\${HOSTNAME##*-}" = 0 ] || [ -s "$PGDATA/PG_VERSION" ]; then exit 0; fi
until pg_isready -q -h pg-0.pg; do sleep 1; done
pg_basebackup -h pg-0.pg -U repl -D "$PGDATA" -R -X stream`;

const INIT = `psql -c "CREATE ROLE repl WITH REPLICATION LOGIN PASSWORD 'r3'"
echo "host replication repl all scram-sha-256" >> "$PGDATA/pg_hba.conf"
`;

function createPostgres({ cluster: { client } }: Running, image: string): void {
  client.create(services, {
    metadata: { name: "pg", namespace: "default" },
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: { app: "pg" },
      ports: [{ port: 5432, name: "postgres" }],
    },
  } as never);
  client.create(configMaps, {
    metadata: { name: "init", namespace: "default" },
    data: { "replication.sh": INIT },
  } as never);
  const env = [
    { name: "PGDATA", value: "/var/lib/postgresql/data/pgdata" },
    { name: "PGPASSWORD", value: "r3" },
    { name: "POSTGRES_PASSWORD", value: "s3" },
    { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
  ];
  const data = { name: "data", mountPath: "/var/lib/postgresql/data" };
  client.create(statefulSets, {
    metadata: { name: "pg", namespace: "default" },
    spec: {
      serviceName: "pg",
      replicas: 3,
      selector: { matchLabels: { app: "pg" } },
      template: {
        metadata: { labels: { app: "pg" } },
        spec: {
          securityContext: { runAsUser: 999, runAsGroup: 999, fsGroup: 999 },
          initContainers: [{ name: "clone", image, command: ["bash", "-c", CLONE], env, volumeMounts: [data] }],
          containers: [
            {
              name: "postgres",
              image,
              args: ["-c", "cluster_name=$(POD)"],
              env,
              readinessProbe: { exec: { command: ["pg_isready", "-U", "postgres"] }, periodSeconds: 5 },
              volumeMounts: [data, { name: "init", mountPath: "/docker-entrypoint-initdb.d" }],
            },
          ],
          volumes: [{ name: "init", configMap: { name: "init" } }],
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
  cluster.client.get(statefulSets, "default", "pg").status?.readyReplicas === count;
const home = ({ cluster }: Running, pod: string) => cluster.client.get(pods, "default", pod).spec?.nodeName ?? "";
async function sql(running: Running, pod: string, text: string): Promise<string> {
  const { stdout, stderr } = await running.exec(pod, `psql -U postgres -tA -c "${text}"`);
  return (stdout + stderr).trim();
}

async function started(image = "postgres:16.4"): Promise<Running> {
  const running = await bootCluster();
  createPostgres(running, image);
  await running.until(() => ready(running));
  await running.clock.advance(5_000);
  return running;
}

describe("PostgreSQL on a StatefulSet", () => {
  it("streams from the primary to standbys that answer and do not write", async () => {
    const running = await started();
    expect(
      await sql(running, "pg-0", "SELECT application_name, state, sync_state FROM pg_stat_replication ORDER BY 1"),
    ).toBe("pg-1|streaming|async\npg-2|streaming|async");
    await sql(running, "pg-0", "CREATE TABLE t (id serial PRIMARY KEY, v text); INSERT INTO t (v) VALUES ('a'), ('b')");
    await running.clock.advance(100);
    expect(await sql(running, "pg-2", "SELECT pg_is_in_recovery(), count(*) FROM t")).toBe("t|2");
    expect(await sql(running, "pg-1", "INSERT INTO t (v) VALUES ('c')")).toBe(
      "ERROR:  cannot execute INSERT in a read-only transaction",
    );
    const uid = running.cluster.client.get(pods, "default", "pg-0").metadata.uid;
    running.cluster.client.delete(pods, "default", "pg-0");
    await running.until(() => {
      const now = running.cluster.client.find(pods, "default", "pg-0");
      return now !== undefined && now.metadata.uid !== uid && ready(running);
    });
    expect(await sql(running, "pg-0", "INSERT INTO t (v) VALUES ('d') RETURNING id")).toContain("3");
    await running.clock.advance(10_000);
    expect(await sql(running, "pg-1", "SELECT string_agg(v, '') FROM t")).toBe("abd");
    expect(running.bugs).toEqual([]);
  });

  it("waits for a synchronous standby, and goes on when one is back", async () => {
    const running = await started();
    await sql(running, "pg-0", "CREATE TABLE t (v text)");
    await sql(running, "pg-0", "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'");
    await sql(running, "pg-0", "SELECT pg_reload_conf()");
    expect(await sql(running, "pg-0", "INSERT INTO t VALUES ('quick')")).toBe("INSERT 0 1");
    expect(await sql(running, "pg-0", "SELECT DISTINCT sync_state FROM pg_stat_replication")).toBe("quorum");
    for (const pod of ["pg-1", "pg-2"]) running.cluster.setNodePower(home(running, pod), false);
    await running.clock.advance(1_000);
    await running.exec("pg-0", "psql -U postgres -c \"INSERT INTO t VALUES ('slow')\" > /tmp/out 2>&1 &");
    await running.clock.advance(60_000);
    expect((await running.exec("pg-0", "cat /tmp/out")).stdout).toBe("");
    expect(await sql(running, "pg-0", "SET synchronous_commit TO local; INSERT INTO t VALUES ('alone')")).toContain(
      "INSERT 0 1",
    );
    for (const pod of ["pg-1", "pg-2"]) running.cluster.setNodePower(home(running, pod), true);
    await running.clock.advance(90_000);
    expect((await running.exec("pg-0", "cat /tmp/out")).stdout).toBe("INSERT 0 1\n");
    expect(running.bugs).toEqual([]);
  });

  it("makes a standby the primary by hand, and lets the former one no longer lead it", async () => {
    const running = await started();
    await sql(running, "pg-0", "CREATE TABLE t (v text); INSERT INTO t VALUES ('before')");
    await running.clock.advance(100);
    expect(await running.exec("pg-1", "pg_ctl promote")).toEqual({
      stdout: "waiting for server to promote.... done\nserver promoted\n",
      stderr: "",
      code: 0,
    });
    expect(await sql(running, "pg-1", "INSERT INTO t VALUES ('new'); SELECT pg_is_in_recovery()")).toContain("f");
    expect((await running.exec("pg-1", "ls $PGDATA/pg_wal")).stdout).toBe(
      "00000002.history\n000000020000000000000001\n",
    );
    await sql(running, "pg-0", "INSERT INTO t VALUES ('elsewhere')");
    // Sent back behind the promoted one, it is ahead of where their ways parted.
    await running.exec("pg-0", "touch $PGDATA/standby.signal");
    await sql(running, "pg-0", "ALTER SYSTEM SET primary_conninfo = 'host=pg-1.pg user=repl password=r3'");
    const before =
      running.cluster.client.get(pods, "default", "pg-0").status?.containerStatuses?.[0]?.restartCount ?? 0;
    await running.exec("pg-0", "pg_ctl stop -m fast");
    await running.until(
      () =>
        (running.cluster.client.get(pods, "default", "pg-0").status?.containerStatuses?.[0]?.restartCount ?? 0) >
          before && ready(running),
    );
    await running.clock.advance(10_000);
    expect(await sql(running, "pg-0", "SELECT count(*) FROM pg_stat_wal_receiver")).toBe("0");
    expect(await sql(running, "pg-0", "SELECT string_agg(v, ',') FROM t")).toBe("before,elsewhere");
    expect(running.bugs).toEqual([]);
  });

  it("takes a minor release one by one, and refuses the files of another major one", async () => {
    const running = await started("postgres:16.4");
    await sql(running, "pg-0", "CREATE TABLE t AS SELECT g AS n FROM generate_series(1, 50) g");
    const upgrade = (image: string) =>
      running.cluster.client.modify(statefulSets, "default", "pg", (set) => {
        const spec = set.spec?.template.spec;
        for (const container of [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]) container.image = image;
      });
    upgrade("postgres:16.10");
    await running.until(
      () => ready(running) && running.cluster.client.get(statefulSets, "default", "pg").status?.updatedReplicas === 3,
    );
    await running.clock.advance(10_000);
    expect(await sql(running, "pg-2", "SHOW server_version")).toBe("16.10 (Debian 16.10-1.pgdg120+1)");
    expect(await sql(running, "pg-2", "SELECT sum(n) FROM t")).toBe("1275");
    upgrade("postgres:17");
    await running.until(
      () =>
        (running.cluster.client.find(pods, "default", "pg-2")?.status?.containerStatuses?.[0]?.restartCount ?? 0) > 0,
    );
    // The others are left as they are: the update does not go on past a Pod that is not ready.
    expect(await sql(running, "pg-0", "SHOW server_version")).toContain("16.10");
    expect(running.bugs).toEqual([]);
  });
});

describe("one PostgreSQL", () => {
  const run = (
    nodes: ReturnType<typeof startNodes>,
    name: string,
    container: Record<string, unknown>,
    more: Record<string, unknown> = {},
  ) => nodes.run(name, { containers: [{ name: "pg", image: "postgres:16", ...container }], ...more });
  const mounted = { volumeMounts: [{ name: "data", mountPath: "/var/lib/postgresql/data" }] };

  it("keeps what was committed when it is killed, and nothing else", async () => {
    const nodes = startNodes();
    run(
      nodes,
      "pg",
      { env: [{ name: "POSTGRES_PASSWORD", value: "s3" }], ...mounted },
      { volumes: [{ name: "data", emptyDir: {} }] },
    );
    await nodes.clock.advance(5_000);
    const psql = async (script: string) => {
      const { stdout, stderr } = await nodes.exec("pg", `psql -U postgres ${script}`);
      return stdout + stderr;
    };
    expect(await psql("-c 'CREATE TABLE t (id int PRIMARY KEY)' -c 'INSERT INTO t VALUES (1), (2)'")).toBe(
      "CREATE TABLE\nINSERT 0 2\n",
    );
    expect(await psql("-c 'INSERT INTO t VALUES (3); INSERT INTO t VALUES (1)'")).toBe(
      'INSERT 0 1\nERROR:  duplicate key value violates unique constraint "t_pkey"\nDETAIL:  Key (id)=(1) already exists.\n',
    );
    await nodes.exec("pg", "(echo 'BEGIN; INSERT INTO t VALUES (4);'; sleep 100) | psql -U postgres > /dev/null &");
    await nodes.clock.advance(1_000);
    nodes.nodes.killContainer("default", "pg", "pg", "crash");
    await nodes.until(() => nodes.pod("pg")?.status?.containerStatuses?.[0]?.restartCount === 1);
    await nodes.clock.advance(5_000);
    expect(await psql("-c 'SELECT * FROM t'")).toBe(" id \n----\n  1\n  2\n(2 rows)\n\n");
    expect(await nodes.logs("pg")).toContain(
      "database system was not properly shut down; automatic recovery in progress",
    );
    expect(await psql("-h 127.0.0.1 -c '\\conninfo'")).toBe(
      'You are connected to database "postgres" as user "postgres" on host "127.0.0.1" (address "127.0.0.1") at port "5432".\n',
    );
    const own = nodes.pod("pg")?.status?.podIP ?? "";
    expect(await psql(`-h ${own} -w -c 'SELECT 1'`)).toBe(
      `psql: error: connection to server at "${own}", port 5432 failed: fe_sendauth: no password supplied\n`,
    );
    expect((await nodes.exec("pg", `PGPASSWORD=s3 psql -tA -h ${own} -U postgres -c 'SELECT 1'`)).stdout).toBe("1\n");
    expect(nodes.bugs).toEqual([]);
  });

  it("refuses a mount point with lost+found, and to begin without a password", async () => {
    const nodes = startNodes();
    run(nodes, "bare", {});
    run(
      nodes,
      "mount",
      { env: [{ name: "POSTGRES_PASSWORD", value: "s3" }], ...mounted },
      {
        initContainers: [
          { name: "format", image: "busybox", command: ["mkdir", "/var/lib/postgresql/data/lost+found"], ...mounted },
        ],
        volumes: [{ name: "data", emptyDir: {} }],
      },
    );
    await nodes.clock.advance(2_000);
    expect(await nodes.logs("bare")).toContain(
      "Error: Database is uninitialized and superuser password is not specified.\n",
    );
    expect(await nodes.logs("mount")).toContain(
      'initdb: error: directory "/var/lib/postgresql/data" exists but is not empty\ninitdb: detail: It contains a lost+found directory, perhaps due to it being a mount point.\n',
    );
    expect(nodes.bugs).toEqual([]);
  });
});
