/** etcd on a StatefulSet, as its own documentation runs it: members by the names of Pods, data on claims. */
import { afterEach, describe, expect, it } from "vitest";
import { pods, statefulSets } from "../../lib/kubernetes/api/resources.ts";
import { bootCluster, closeClusters, type Running } from "./cluster-harness.ts";
import { createEtcd, ETCD_PEERS as PEERS } from "./clustered-quorums.ts";
import { startNodes } from "./nodes-harness.ts";

afterEach(closeClusters);

const readyReplicas = ({ cluster }: Running) =>
  cluster.client.get(statefulSets, "default", "etcd").status?.readyReplicas ?? 0;
const home = ({ cluster }: Running, pod: string) => cluster.client.get(pods, "default", pod).spec?.nodeName ?? "";
const uid = ({ cluster }: Running, pod: string) => cluster.client.find(pods, "default", pod)?.metadata.uid;

async function settled(running: Running, replicas = 3): Promise<void> {
  await running.until(() => readyReplicas(running) === replicas);
  await running.clock.advance(10_000);
}

async function out(running: Running, pod: string, command: string): Promise<string> {
  const result = await running.exec(pod, command);
  expect(result.stderr).toBe("");
  return result.stdout;
}

describe("etcd on a StatefulSet", () => {
  it("bootstraps three members by their names, elects one leader, and shares its keys", async () => {
    const running = await bootCluster();
    createEtcd(running);
    await settled(running);
    const members = await out(running, "etcd-0", "etcdctl member list");
    expect(
      members
        .split("\n")
        .map((line) => line.replace(/^[0-9a-f]+/, "ID"))
        .sort()
        .join("\n"),
    ).toBe(
      [
        "",
        ...[0, 1, 2].map(
          (o) => `ID, started, etcd-${o}, http://etcd-${o}.etcd:2380, http://etcd-${o}.etcd:2379, false`,
        ),
      ].join("\n"),
    );
    expect(await out(running, "etcd-0", "etcdctl put /course/name statecraft")).toBe("OK\n");
    expect(await out(running, "etcd-2", "etcdctl get /course/name")).toBe("/course/name\nstatecraft\n");
    expect(await out(running, "etcd-1", "etcdctl get --prefix /course --keys-only")).toBe("/course/name\n\n");
    const status = await out(running, "etcd-1", "etcdctl endpoint status --cluster -w table");
    expect(status.match(/\| +true \| +false \|/g)).toHaveLength(1);
    expect(status).toContain("| RAFT TERM | RAFT INDEX | RAFT APPLIED INDEX | ERRORS |");
    expect(
      (await out(running, "etcd-1", "etcdctl endpoint health --cluster")).match(
        /is healthy: successfully committed proposal: took = /g,
      ),
    ).toHaveLength(3);
    expect(running.bugs).toEqual([]);
  });

  it("keeps what was written when Pods are replaced one after another", async () => {
    const running = await bootCluster();
    createEtcd(running);
    await settled(running);
    await out(running, "etcd-0", "etcdctl put kept before");
    for (const pod of ["etcd-0", "etcd-1", "etcd-2"]) {
      const before = uid(running, pod);
      running.cluster.client.delete(pods, "default", pod);
      await running.until(
        () => uid(running, pod) !== undefined && uid(running, pod) !== before && readyReplicas(running) === 3,
      );
      expect(await out(running, pod, "etcdctl get kept --print-value-only")).toBe("before\n");
    }
    expect((await running.exec("etcd-0", "etcdctl member list")).stdout.match(/started/g)).toHaveLength(3);
    expect(running.bugs).toEqual([]);
  });

  it("refuses without a majority, and goes on with everything when it is back", async () => {
    const running = await bootCluster();
    createEtcd(running);
    await settled(running);
    await out(running, "etcd-0", "etcdctl put a 1");
    const lost = ["etcd-1", "etcd-2"].map((pod) => home(running, pod));
    for (const node of lost) running.cluster.setNodePower(node, false);
    await running.clock.advance(10_000);
    const put = await running.exec("etcd-0", "etcdctl put b 2");
    expect(put).toMatchObject({ stdout: "", code: 1 });
    expect(put.stderr).toContain("\nError: context deadline exceeded\n");
    expect((await running.exec("etcd-0", "etcdctl put b 2 --command-timeout=10s")).stderr).toBe(
      "Error: etcdserver: request timed out\n",
    );
    expect(await out(running, "etcd-0", "etcdctl get a --consistency=s")).toBe("a\n1\n");
    expect((await running.exec("etcd-0", "etcdctl get a")).stderr).toContain("context deadline exceeded");
    expect(await running.exec("etcd-0", "etcdctl endpoint health")).toMatchObject({ stdout: "", code: 1 });
    expect(await out(running, "etcd-0", "etcdctl endpoint status")).toContain("etcdserver: no leader\n");
    expect((await running.exec("etcd-0", "etcdctl member add x --peer-urls=http://x:2380")).stderr).toContain(
      "Error: etcdserver: unhealthy cluster\n",
    );
    for (const node of lost) running.cluster.setNodePower(node, true);
    await running.clock.advance(60_000);
    await settled(running);
    expect(await out(running, "etcd-2", "etcdctl get a")).toBe("a\n1\n");
    expect(await out(running, "etcd-0", "etcdctl put b 3")).toBe("OK\n");
    expect(running.bugs).toEqual([]);
  });
});

/** The StatefulSet's template is changed, and Pods that exist keep what they were started with (OnDelete). */
function setEnvironment(running: Running, replicas: number, env: Readonly<Record<string, string>>): void {
  const { client } = running.cluster;
  const set = structuredClone(client.get(statefulSets, "default", "etcd")) as unknown as {
    spec: {
      replicas: number;
      updateStrategy: unknown;
      template: { spec: { containers: { env: { name: string; value?: string }[] }[] } };
    };
  };
  set.spec.replicas = replicas;
  set.spec.updateStrategy = { type: "OnDelete" };
  for (const variable of set.spec.template.spec.containers[0]?.env ?? [])
    if (env[variable.name] !== undefined) variable.value = env[variable.name] ?? "";
  client.update(statefulSets, set as never);
}

describe("members come and go", () => {
  it("finds its first members by the SRV records of its Service", async () => {
    const running = await bootCluster();
    createEtcd(running, "quay.io/coreos/etcd:v3.5.6", true);
    await settled(running);
    expect((await out(running, "etcd-1", "etcdctl member list")).match(/, started, etcd-[012], /g)).toHaveLength(3);
    expect(await running.logs("etcd-0")).toContain("got bootstrap from DNS");
    expect(running.bugs).toEqual([]);
  });

  it("does not grow by scaling alone: a member must be added first", async () => {
    const running = await bootCluster();
    createEtcd(running);
    await settled(running);
    await out(running, "etcd-0", "etcdctl put kept before");
    const four = [...PEERS, "etcd-3=http://etcd-3.etcd:2380"].join(",");
    setEnvironment(running, 4, { STATE: "existing", PEERS: four });
    await running.until(() => {
      const state = running.cluster.client.find(pods, "default", "etcd-3")?.status?.containerStatuses?.[0];
      return (state?.restartCount ?? 0) > 1;
    });
    const logs = await running.logs("etcd-3", true);
    expect(logs).toContain("member count is unequal");
    const added = await out(running, "etcd-0", "etcdctl member add etcd-3 --peer-urls=http://etcd-3.etcd:2380");
    expect(added).toMatch(/^Member +[0-9a-f]+ added to cluster +[0-9a-f]+\n\nETCD_NAME="etcd-3"\n/);
    expect(added).toContain('\nETCD_INITIAL_CLUSTER_STATE="existing"\n');
    await running.until(() => readyReplicas(running) === 4);
    expect(await out(running, "etcd-3", "etcdctl get kept --print-value-only")).toBe("before\n");
    // A fifth one at once: not before the fourth has been connected for a while.
    const early = await running.exec("etcd-0", "etcdctl member add etcd-4 --peer-urls=http://etcd-4.etcd:2380");
    expect(early.stderr).toBe("Error: etcdserver: unhealthy cluster\n");
    await running.clock.advance(6000);
    await out(running, "etcd-0", "etcdctl member add etcd-4 --peer-urls=http://etcd-4.etcd:2380");
    setEnvironment(running, 5, { PEERS: `${four},etcd-4=http://etcd-4.etcd:2380` });
    await settled(running, 5);
    expect((await out(running, "etcd-4", "etcdctl member list")).match(/started/g)).toHaveLength(5);
    expect(await out(running, "etcd-4", "etcdctl get kept --print-value-only")).toBe("before\n");
    // Two of five may go.
    for (const pod of ["etcd-0", "etcd-1"]) running.cluster.client.delete(pods, "default", pod);
    expect(await out(running, "etcd-4", "etcdctl put more after --command-timeout=20s")).toBe("OK\n");
    expect(running.bugs).toEqual([]);
  });

  it("lets a removed member go, and takes it back only as a new one", async () => {
    const running = await bootCluster();
    createEtcd(running);
    await settled(running);
    const list = await out(running, "etcd-0", "etcdctl member list");
    const id = /^([0-9a-f]+), started, etcd-2,/m.exec(list)?.[1] ?? "";
    expect(await out(running, "etcd-0", `etcdctl member remove ${id}`)).toMatch(
      new RegExp(`^Member +${id} removed from cluster +[0-9a-f]+\\n$`),
    );
    await running.until(() => {
      const state = running.cluster.client.find(pods, "default", "etcd-2")?.status?.containerStatuses?.[0];
      return (state?.restartCount ?? 0) > 1;
    });
    expect(await running.logs("etcd-2", true)).toContain("the member has been permanently removed from the cluster");
    expect(await out(running, "etcd-0", "etcdctl put a 1")).toBe("OK\n");
    expect((await out(running, "etcd-0", "etcdctl member list")).match(/started/g)).toHaveLength(2);
    expect((await running.exec("etcd-0", `etcdctl member remove ${id}`)).stderr).toBe(
      "Error: etcdserver: member not found\n",
    );
    expect(running.bugs).toEqual([]);
  });

  it("refuses a member whose disk was lost", async () => {
    const running = await bootCluster();
    createEtcd(running);
    await settled(running);
    await out(running, "etcd-0", "etcdctl put a 1");
    // Not the leader: a new one would not remember what the old one knew.
    const status = await out(running, "etcd-0", "etcdctl endpoint status --cluster");
    const pod = /(etcd-\d)\.etcd:2379, [^\n]*, false, false,/.exec(status)?.[1] ?? "";
    const container = () => running.cluster.client.find(pods, "default", pod)?.status?.containerStatuses?.[0];
    await running.exec(pod, "rm -rf /var/run/etcd/default.etcd; kill 1");
    await running.until(() => (container()?.restartCount ?? 0) > 1);
    expect(await running.logs(pod, true)).toMatch(/member [0-9a-f]+ has already been bootstrapped/);
    // As a member of an existing cluster it is let in by its name, and found out by its leader.
    setEnvironment(running, 3, { STATE: "existing" });
    running.cluster.client.delete(pods, "default", pod);
    await running.until(() => container()?.lastState?.terminated?.exitCode === 2);
    expect(await running.logs(pod, true)).toMatch(
      /tocommit\(\d+\) is out of range \[lastIndex\(0\)\]\. Was the raft log corrupted, truncated, or lost\?/,
    );
    expect(running.bugs).toEqual([]);
  });

  it("is upgraded one member at a time; the cluster's version follows the last one", async () => {
    const running = await bootCluster();
    createEtcd(running, "quay.io/coreos/etcd:v3.4.20");
    await settled(running);
    await out(running, "etcd-0", "etcdctl put kept before");
    expect((await running.logs("etcd-0")).includes('"to":"3.4"')).toBe(true);
    const { client } = running.cluster;
    const set = structuredClone(client.get(statefulSets, "default", "etcd")) as unknown as {
      spec: { template: { spec: { containers: { image: string }[] } } };
    };
    for (const container of set.spec.template.spec.containers) container.image = "quay.io/coreos/etcd:v3.5.6";
    client.update(statefulSets, set as never);
    await running.until(() =>
      [0, 1, 2].every((o) => client.find(pods, "default", `etcd-${o}`)?.spec?.containers[0]?.image?.endsWith("v3.5.6")),
    );
    await settled(running);
    expect(await out(running, "etcd-1", "etcdctl get kept --print-value-only")).toBe("before\n");
    expect(await running.logs("etcd-0")).toContain('"to":"3.5"');
    expect(await out(running, "etcd-1", "etcdctl version")).toBe("etcdctl version: 3.5.6\nAPI version: 3.5\n");
    expect(running.bugs).toEqual([]);
  });
});

describe("one etcd alone", () => {
  it("answers HTTP, keeps leases and revisions, saves and restores", async () => {
    const nodes = startNodes();
    nodes.run("etcd", {
      containers: [
        { name: "etcd", image: "bitnami/etcd:3.5", env: [{ name: "ALLOW_NONE_AUTHENTICATION", value: "yes" }] },
      ],
    });
    await nodes.until(() => nodes.reason("etcd") === "Running");
    await nodes.clock.advance(3000);
    const run = async (script: string) => {
      const { stdout, stderr } = await nodes.exec("etcd", script);
      return stdout + stderr;
    };
    expect(await run("curl -s localhost:2379/health")).toBe('{"health":"true","reason":""}');
    expect(await run("curl -s localhost:2379/version")).toBe('{"etcdserver":"3.5.24","etcdcluster":"3.5.0"}');
    expect(await run("etcdctl member list")).toBe(
      "8e9e05c52164694d, started, default, http://localhost:2380, http://127.0.0.1:2379, false\n",
    );
    expect(await run(`curl -s localhost:2379/v3/kv/put -d '{"key":"Zm9v","value":"YmFy"}'`)).toBe(
      '{"header":{"cluster_id":"14841639068965178418","member_id":"10276657743932975437","revision":"2","raft_term":"2"}}',
    );
    expect(await run("etcdctl get foo -w json")).toBe(
      '{"header":{"cluster_id":14841639068965178418,"member_id":10276657743932975437,"revision":2,"raft_term":2},"kvs":[{"key":"Zm9v","create_revision":2,"mod_revision":2,"version":1,"value":"YmFy"}],"count":1}\n',
    );
    expect(await run("etcdctl put foo baz --prev-kv; etcdctl get foo --rev=2; etcdctl get foo --rev=9")).toBe(
      "OK\nfoo\nbar\nfoo\nbar\nError: etcdserver: mvcc: required revision is a future revision\n",
    );
    expect(await run("etcdctl compaction 3; etcdctl get foo --rev=2")).toBe(
      "compacted revision 3\nError: etcdserver: mvcc: required revision has been compacted\n",
    );
    expect(await run('printf \'value("foo") = "baz"\\n\\nput foo won\\n\\nput foo lost\\n\\n\' | etcdctl txn')).toBe(
      "SUCCESS\n\nOK\n",
    );
    const granted = await run("etcdctl lease grant 10");
    const lease = /^lease ([0-9a-f]{16}) granted with TTL\(10s\)\n$/.exec(granted)?.[1];
    expect(await run(`etcdctl put short lived --lease=${lease}; etcdctl lease timetolive ${lease} --keys`)).toBe(
      `OK\nlease ${lease} granted with TTL(10s), remaining(10s), attached keys([short])\n`,
    );
    await nodes.clock.advance(11_000);
    expect(await run(`etcdctl get short; etcdctl lease timetolive ${lease}`)).toBe(`lease ${lease} already expired\n`);
    expect(
      await run(
        "(timeout 5 etcdctl watch --prefix w/ >/tmp/seen) & sleep 1; etcdctl put w/a 1; etcdctl del w/a; sleep 1; cat /tmp/seen",
      ),
    ).toBe("OK\n1\nPUT\nw/a\n1\nDELETE\nw/a\n\n");
    expect(await run("etcdctl snapshot save /tmp/s.db 2>/dev/null; etcdutl snapshot status /tmp/s.db | wc -l")).toBe(
      "Snapshot saved at /tmp/s.db\n1\n",
    );
    expect(
      await run(
        "etcdutl snapshot restore /tmp/s.db --data-dir /tmp/restored 2>/dev/null; find /tmp/restored -type f | sort",
      ),
    ).toBe(
      "/tmp/restored/member/snap/db\n/tmp/restored/member/wal/0000000000000000-0000000000000000.wal\n/tmp/restored/member/wal/metadata\n",
    );
    expect(await run("etcdctl user add root")).toBe("Error: authentication is not supported here\n");
    expect(nodes.bugs).toEqual([]);
  });

  it("stops writing when its quota is used up, until it is compacted, defragmented and disarmed", async () => {
    const nodes = startNodes();
    nodes.run("etcd", {
      containers: [
        {
          name: "etcd",
          image: "bitnami/etcd:3.5",
          env: [
            { name: "ALLOW_NONE_AUTHENTICATION", value: "yes" },
            { name: "ETCD_QUOTA_BACKEND_BYTES", value: "60000" },
          ],
        },
      ],
    });
    await nodes.until(() => nodes.reason("etcd") === "Running");
    await nodes.clock.advance(3000);
    const run = async (script: string) => {
      const { stdout, stderr } = await nodes.exec("etcd", script);
      return stdout + stderr;
    };
    const big = "$(head -c 9000 /dev/zero | tr '\\0' x)";
    expect(await run(`for i in 1 2 3 4 5; do etcdctl put big$i ${big}; done`)).toBe(
      "OK\nOK\nOK\nOK\nError: etcdserver: mvcc: database space exceeded\n",
    );
    expect(await run("etcdctl alarm list; curl -s localhost:2379/health")).toBe(
      'memberID:10276657743932975437 alarm:NOSPACE \n{"health":"false","reason":"ALARM NOSPACE"}\n',
    );
    expect(await run("etcdctl del big --prefix; etcdctl put a 1")).toBe(
      "4\nError: etcdserver: mvcc: database space exceeded\n",
    );
    const revision = /"revision":(\d+)/.exec(await run("etcdctl endpoint status -w json"))?.[1];
    expect(await run(`etcdctl compaction ${revision}; etcdctl defrag`)).toMatch(
      /^compacted revision \d+\nFinished defragmenting etcd member\[127\.0\.0\.1:2379\], took /,
    );
    expect(await run("etcdctl alarm disarm; etcdctl put a 1")).toBe(
      "memberID:10276657743932975437 alarm:NOSPACE \nOK\n",
    );
    expect(nodes.bugs).toEqual([]);
  });

  it("holds locks and elections by leases: whoever ends lets the next one in", async () => {
    const nodes = startNodes();
    nodes.run("etcd", {
      containers: [
        { name: "etcd", image: "bitnami/etcd:3.5", env: [{ name: "ALLOW_NONE_AUTHENTICATION", value: "yes" }] },
      ],
    });
    await nodes.until(() => nodes.reason("etcd") === "Running");
    await nodes.clock.advance(3000);
    const { stdout } = await nodes.exec(
      "etcd",
      "(etcdctl lock m -- sh -c 'echo one; sleep 3; echo one ends' &); sleep 1; etcdctl lock m echo two; etcdctl get m --prefix --count-only -w json | grep -c count",
    );
    expect(stdout).toBe("one\none ends\ntwo\n0\n");
    const election = await nodes.exec(
      "etcd",
      "(timeout 3 etcdctl elect e first >/dev/null &); sleep 1; (timeout 9 etcdctl elect e second >/dev/null &); timeout 6 etcdctl elect -l e | grep -v e/",
    );
    expect(election.stdout).toBe("first\nsecond\n");
    expect(nodes.bugs).toEqual([]);
  });
});

describe("automatic compaction", () => {
  const alone = async (mode: string, retention: string) => {
    const nodes = startNodes();
    nodes.run("etcd", {
      containers: [
        {
          name: "etcd",
          image: "bitnami/etcd:3.5",
          env: [
            { name: "ALLOW_NONE_AUTHENTICATION", value: "yes" },
            { name: "ETCD_AUTO_COMPACTION_MODE", value: mode },
            { name: "ETCD_AUTO_COMPACTION_RETENTION", value: retention },
          ],
        },
      ],
    });
    await nodes.clock.advance(5000);
    return {
      nodes,
      async run(script: string) {
        const { stdout, stderr } = await nodes.exec("etcd", script);
        return stdout + stderr;
      },
    };
  };

  it("forgets what is older than its period", async () => {
    const { nodes, run } = await alone("periodic", "10m");
    await run("etcdctl put k 1; etcdctl put k 2");
    await nodes.clock.advance(5 * 60_000);
    expect(await run("etcdctl get k --rev=2 --print-value-only")).toBe("1\n");
    await run("etcdctl put k 3");
    await nodes.clock.advance(8 * 60_000);
    expect(await run("etcdctl get k --rev=2")).toBe("Error: etcdserver: mvcc: required revision has been compacted\n");
    expect(await run("etcdctl get k --rev=3 --print-value-only")).toBe("2\n");
    expect(nodes.bugs).toEqual([]);
  });

  it("keeps as many revisions as it is told to, and refuses what it cannot read", async () => {
    const { nodes, run } = await alone("revision", "2");
    await run("for i in 1 2 3 4 5; do etcdctl put k $i; done");
    await nodes.clock.advance(5 * 60_000);
    expect(await run("etcdctl get k --rev=3")).toBe("Error: etcdserver: mvcc: required revision has been compacted\n");
    expect(await run("etcdctl get k --rev=4 --print-value-only")).toBe("3\n");
    expect(await run("etcd --auto-compaction-retention=soon 2>&1")).toContain(
      'error parsing CompactionRetention: time: invalid duration \\"soon\\"',
    );
    expect(nodes.bugs).toEqual([]);
  });
});
