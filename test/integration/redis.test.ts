import { describe, expect, it } from "vitest";
import { persistentVolumeClaims, persistentVolumes, pods } from "../../lib/kubernetes/api/resources.ts";
import { type Harness, startNodes } from "./nodes-harness.ts";

const running = (cluster: Harness, name: string) => cluster.until(() => cluster.reason(name) === "Running");
const redis = (args: readonly string[] = []) => ({
  containers: [{ name: "redis", image: "redis:7", args, imagePullPolicy: "IfNotPresent" }],
});
const ask = async (cluster: Harness, pod: string, command: string) =>
  (await cluster.exec(pod, `redis-cli ${command}`)).stdout.trim();

describe("redis", () => {
  it("answers its own command-line tool", async () => {
    const cluster = startNodes();
    cluster.run("rd-0", redis());
    await running(cluster, "rd-0");
    expect(await ask(cluster, "rd-0", "ping")).toBe("PONG");
    expect(await ask(cluster, "rd-0", "set name 'ship of state'")).toBe("OK");
    expect(await ask(cluster, "rd-0", "get name")).toBe("ship of state");
    expect(await ask(cluster, "rd-0", "incr n")).toBe("1");
    expect(await ask(cluster, "rd-0", "rpush l a b c")).toBe("3");
    expect(await ask(cluster, "rd-0", "lrange l 0 -1")).toBe("a\nb\nc");
    expect(await ask(cluster, "rd-0", "--no-raw lrange l 1 -1")).toBe('1) "b"\n2) "c"');
    expect(await ask(cluster, "rd-0", "lpush name x")).toBe(
      "WRONGTYPE Operation against a key holding the wrong kind of value",
    );
    expect(await ask(cluster, "rd-0", "frobnicate 1")).toBe(
      "ERR unknown command 'frobnicate', with args beginning with: '1'",
    );
  });

  it("knows transactions with conditions, and channels", async () => {
    const cluster = startNodes();
    cluster.run("rd-0", redis());
    await running(cluster, "rd-0");
    const lines = async (...commands: string[]) =>
      (await cluster.exec("rd-0", `redis-cli <<'END'\n${commands.join("\n")}\nEND`)).stdout;
    expect(await lines("watch k", "set k other", "multi", "set k mine", "exec", "get k")).toBe(
      "OK\nOK\nOK\nQUEUED\n\nother\n",
    );
    expect(await lines("multi", "nonsense", "set k 1", "exec")).toContain(
      "EXECABORT Transaction discarded because of previous errors.",
    );
    await cluster.exec("rd-0", "(redis-cli subscribe news > /tmp/heard &) ; sleep 1");
    expect(await ask(cluster, "rd-0", "publish news hello")).toBe("1");
    await cluster.clock.advance(100);
    expect((await cluster.exec("rd-0", "cat /tmp/heard")).stdout).toBe("subscribe\nnews\n1\nmessage\nnews\nhello\n");
    expect(await ask(cluster, "rd-0", "rpush l a b a c a; redis-cli lrem l -2 a; redis-cli lrange l 0 -1")).toBe(
      "5\n2\na\nb\nc",
    );
    // An error is a failure only where one asks for it.
    expect((await cluster.exec("rd-0", "redis-cli nonsense; echo $?; redis-cli -e nonsense; echo $?")).stdout).toMatch(
      /\n\n0\n.*\n\n1\n$/,
    );
    expect(await ask(cluster, "rd-0", 'eval "return 1" 0')).toBe("ERR EVAL is not supported here");
  });

  it("replicates, refuses writes on replicas, and is promoted by hand", async () => {
    const cluster = startNodes();
    cluster.run("rd-0", redis());
    await running(cluster, "rd-0");
    await ask(cluster, "rd-0", "set before 1");
    cluster.run("rd-1", redis(["--replicaof", cluster.pod("rd-0")?.status?.podIP ?? "", "6379"]));
    await running(cluster, "rd-1");
    await cluster.clock.settle();
    expect(await ask(cluster, "rd-1", "get before")).toBe("1");
    await ask(cluster, "rd-0", "set after 2");
    expect(await ask(cluster, "rd-1", "get after")).toBe("2");
    expect(await ask(cluster, "rd-1", "set after 3")).toBe("READONLY You can't write against a read only replica.");
    expect(await ask(cluster, "rd-0", "info replication")).toContain("connected_slaves:1");
    expect(await ask(cluster, "rd-1", "info replication")).toContain("master_link_status:up");
    expect(await ask(cluster, "rd-0", "wait 1 100")).toBe("1");
    cluster.client.delete(pods, "default", "rd-0");
    await cluster.until(() => cluster.reason("rd-0") === "gone");
    expect(await ask(cluster, "rd-1", "info replication")).toContain("master_link_status:down");
    expect(await ask(cluster, "rd-1", "replicaof no one")).toBe("OK");
    expect(await ask(cluster, "rd-1", "set after 3")).toBe("OK");
    expect(await ask(cluster, "rd-1", "mget before after")).toBe("1\n3");
  });

  it("keeps what it saved in its volume when the Pod is replaced", async () => {
    const cluster = startNodes();
    cluster.client.create(persistentVolumes, {
      metadata: { name: "pv" },
      spec: {
        capacity: { storage: "1Gi" },
        accessModes: ["ReadWriteOnce"],
        hostPath: { path: "/data/redis", type: "DirectoryOrCreate" },
        claimRef: { namespace: "default", name: "data" },
      },
    } as never);
    cluster.client.create(persistentVolumeClaims, {
      metadata: { name: "data", namespace: "default" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, volumeName: "pv" },
    } as never);
    cluster.client.modify(
      persistentVolumeClaims,
      "default",
      "data",
      (claim) => {
        claim.status = { phase: "Bound" };
      },
      "status",
    );
    const spec = {
      containers: [
        {
          name: "redis",
          image: "redis:7",
          args: ["--appendonly", "yes"],
          volumeMounts: [{ name: "data", mountPath: "/data" }],
        },
      ],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
    };
    cluster.run("rd-0", spec);
    await running(cluster, "rd-0");
    await ask(cluster, "rd-0", "set k kept");
    await ask(cluster, "rd-0", "set t gone ex 10");
    cluster.nodes.killContainer("default", "rd-0", "redis", "crash");
    await cluster.until(
      () =>
        cluster.pod("rd-0")?.status?.containerStatuses?.[0]?.restartCount === 1 && cluster.reason("rd-0") === "Running",
    );
    expect(await ask(cluster, "rd-0", "get k")).toBe("kept");
    cluster.client.delete(pods, "default", "rd-0");
    await cluster.until(() => cluster.reason("rd-0") === "gone");
    await cluster.clock.advance(20_000);
    cluster.run("rd-0", spec);
    await running(cluster, "rd-0");
    expect(await ask(cluster, "rd-0", "get k")).toBe("kept");
    expect(await ask(cluster, "rd-0", "exists t")).toBe("0");
    expect(cluster.bugs).toEqual([]);
  });
});
