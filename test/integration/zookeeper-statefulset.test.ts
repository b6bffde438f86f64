/** ZooKeeper as the tutorial of Kubernetes runs it: three servers on a StatefulSet, each on its own node. */
import { afterEach, describe, expect, it } from "vitest";
import { pods, statefulSets } from "../../lib/kubernetes/api/resources.ts";
import { bootCluster, closeClusters, type Running } from "./cluster-harness.ts";
import { createZooKeeper } from "./clustered-systems.ts";
import { startNodes } from "./nodes-harness.ts";

afterEach(closeClusters);

const PODS = ["zk-0", "zk-1", "zk-2"];
const ready = ({ cluster }: Running) =>
  cluster.client.get(statefulSets, "default", "zk").status?.readyReplicas === PODS.length;
const mode = async (running: Running, pod: string) =>
  /^Mode: (.*)$/m.exec((await running.exec(pod, "zkServer.sh status")).stdout)?.[1];
const home = ({ cluster }: Running, pod: string) => cluster.client.get(pods, "default", pod).spec?.nodeName ?? "";

async function settled(running: Running): Promise<void> {
  await running.until(() => ready(running));
  await running.clock.advance(10_000);
}

describe("ZooKeeper on a StatefulSet", () => {
  it("takes ids from ordinals and members by name, elects one leader, and shares its tree", async () => {
    const running = await bootCluster();
    createZooKeeper(running);
    await settled(running);
    for (const [index, pod] of PODS.entries()) {
      expect((await running.exec(pod, "cat /var/lib/zookeeper/data/myid")).stdout).toBe(`${index + 1}\n`);
    }
    expect((await running.exec("zk-0", "grep ^server /opt/zookeeper/conf/zoo.cfg")).stdout).toBe(
      PODS.map((pod, index) => `server.${index + 1}=${pod}.zk-hs.default.svc.cluster.local:2888:3888\n`).join(""),
    );
    // The second one to come makes a majority, and its id is the higher one.
    expect(await Promise.all([mode(running, "zk-0"), mode(running, "zk-1"), mode(running, "zk-2")])).toEqual([
      "follower",
      "leader",
      "follower",
    ]);
    expect((await running.exec("zk-2", "echo ruok | nc 127.0.0.1 2181")).stdout).toBe("imok");
    expect((await running.exec("zk-1", "echo srvr | nc localhost 2181")).stdout).toContain("Mode: leader\n");
    expect((await running.exec("zk-0", "zkCli.sh create /hello world")).stdout).toContain("Created /hello\n");
    const got = (await running.exec("zk-2", "zkCli.sh get /hello")).stdout;
    expect(got).toContain("type:None path:null\nworld\ncZxid = 0x");
    expect(got).toContain("dataVersion = 0\n");
    await running.exec("zk-1", "zkCli.sh set /hello again");
    expect((await running.exec("zk-0", "zkCli.sh ls /")).stdout).toContain("[hello, zookeeper]\n");
    expect((await running.exec("zk-0", "zkCli.sh create /hello x")).stderr).toBe("Node already exists: /hello\n");
    expect(await running.exec("zk-0", "zkCli.sh get /nothing")).toMatchObject({
      stderr: "Node does not exist: /nothing\n",
      code: 1,
    });
    // A node that lives as long as its client, and one with a number.
    expect((await running.exec("zk-0", "printf 'create -e -s /lock x\\nls /\\n' | zkCli.sh")).stdout).toContain(
      "Created /lock0000000001\n[hello, lock0000000001, zookeeper]\n",
    );
    await running.clock.advance(100);
    expect((await running.exec("zk-1", "zkCli.sh ls /")).stdout).toContain("[hello, zookeeper]\n");
    expect(running.bugs).toEqual([]);
  });

  it("elects another leader where the leader's Pod is deleted, and keeps what was written", async () => {
    const running = await bootCluster();
    createZooKeeper(running);
    await settled(running);
    await running.exec("zk-0", "zkCli.sh create /kept before");
    const { client } = running.cluster;
    const uid = (pod: string) => client.find(pods, "default", pod)?.metadata.uid;
    for (const pod of ["zk-1", "zk-2", "zk-0"]) {
      const before = uid(pod);
      client.delete(pods, "default", pod);
      await running.until(() => uid(pod) !== undefined && uid(pod) !== before && ready(running));
    }
    await running.clock.advance(10_000);
    const modes = await Promise.all(PODS.map((pod) => mode(running, pod)));
    expect(modes.sort()).toEqual(["follower", "follower", "leader"]);
    for (const pod of PODS) expect((await running.exec(pod, "zkCli.sh get /kept")).stdout).toContain("\nbefore\n");
    expect(running.bugs).toEqual([]);
  });

  it("serves nobody without a majority, and goes on with everything when it is back", async () => {
    const running = await bootCluster();
    createZooKeeper(running);
    await settled(running);
    await running.exec("zk-0", "zkCli.sh create /a 1");
    const lost = ["zk-1", "zk-2"].map((pod) => home(running, pod));
    for (const node of lost) running.cluster.setNodePower(node, false);
    await running.clock.advance(10_000);
    expect((await running.exec("zk-0", "zkServer.sh status")).stdout).toContain(
      "Error contacting service. It is probably not running.\n",
    );
    expect((await running.exec("zk-0", "echo srvr | nc localhost 2181")).stdout).toBe(
      "This ZooKeeper instance is not currently serving requests\n",
    );
    expect((await running.exec("zk-0", "echo ruok | nc localhost 2181")).stdout).toBe("imok");
    expect(await running.exec("zk-0", "zkCli.sh create /b 2")).toMatchObject({
      stderr: "KeeperErrorCode = ConnectionLoss for /b\n",
      code: 1,
    });
    for (const node of lost) running.cluster.setNodePower(node, true);
    await running.clock.advance(60_000);
    await settled(running);
    expect((await running.exec("zk-2", "zkCli.sh ls /")).stdout).toContain("[a, zookeeper]\n");
    expect((await running.exec("zk-0", "zkCli.sh create /b 2")).stdout).toContain("Created /b\n");
    expect(running.bugs).toEqual([]);
  });
});

describe("the official image", () => {
  it("stands alone by default, answers srvr only, and keeps its data under /data", async () => {
    const nodes = startNodes();
    nodes.run("zk", { containers: [{ name: "zk", image: "zookeeper:3.9" }] });
    await nodes.until(() => nodes.reason("zk") === "Running");
    await nodes.clock.settle();
    expect((await nodes.exec("zk", "zkServer.sh status")).stdout).toBe(
      "Client port found: 2181. Client address: localhost. Client SSL: false.\nMode: standalone\n",
    );
    expect((await nodes.exec("zk", "echo ruok | nc localhost 2181")).stdout).toBe(
      "ruok is not executed because it is not in the whitelist.\n",
    );
    expect((await nodes.exec("zk", "zkCli.sh create /x y; zkCli.sh get /x")).stdout).toContain("path:null\ny\n");
    expect((await nodes.exec("zk", "ls /data /datalog")).stdout).toBe(
      "/data:\nmyid\nversion-2\n\n/datalog:\nversion-2\n",
    );
    await nodes.exec("zk", "kill 1");
    await nodes.until(() => (nodes.pod("zk")?.status?.containerStatuses?.[0]?.restartCount ?? 0) === 1);
    expect(nodes.bugs).toEqual([]);
  });
});
