import { afterEach, describe, expect, it } from "vitest";
import {
  deployments,
  nodes,
  pods,
  services,
  statefulSets,
  storageClasses,
} from "../../lib/kubernetes/api/resources.ts";
import { bootCluster, closeClusters, type Running, wrapCluster as wrap } from "./cluster-harness.ts";

const booted: Running[] = [];
async function boot(...options: Parameters<typeof bootCluster>): Promise<Running> {
  const running = await bootCluster(...options);
  booted.push(running);
  return running;
}

afterEach(() => {
  closeClusters();
  // Whatever a test looks at: nothing of the cluster itself may have failed meanwhile.
  expect(booted.splice(0).flatMap(({ bugs }) => bugs)).toEqual([]);
});

function createWeb({ cluster: { client } }: Running, replicas = 2, storageClassName = "standard"): void {
  client.create(services, {
    metadata: { name: "nginx", namespace: "default" },
    spec: { clusterIP: "None", selector: { app: "nginx" }, ports: [{ port: 80, name: "web" }] },
  } as never);
  client.create(statefulSets, {
    metadata: { name: "web", namespace: "default" },
    spec: {
      serviceName: "nginx",
      replicas,
      selector: { matchLabels: { app: "nginx" } },
      template: {
        metadata: { labels: { app: "nginx" } },
        spec: {
          containers: [
            {
              name: "nginx",
              image: "nginx:1.27",
              ports: [{ containerPort: 80, name: "web" }],
              volumeMounts: [{ name: "www", mountPath: "/usr/share/nginx/html" }],
            },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "www" },
          spec: { accessModes: ["ReadWriteOnce"], storageClassName, resources: { requests: { storage: "10Mi" } } },
        },
      ],
    },
  } as never);
}

const readyReplicas = ({ cluster }: Running) =>
  cluster.client.find(statefulSets, "default", "web")?.status?.readyReplicas ?? 0;
const uid = ({ cluster }: Running, pod: string) => cluster.client.find(pods, "default", pod)?.metadata.uid;

describe("a whole cluster on real nodes", () => {
  it("keeps a file of a claim through the deletion of its Pod", async () => {
    const running = await boot();
    createWeb(running);
    await running.until(() => readyReplicas(running) === 2);
    expect(
      (
        await running.exec(
          "web-0",
          "echo hello > /usr/share/nginx/html/index.html; hostname=$(cat /etc/hostname); echo $hostname",
        )
      ).stdout,
    ).toBe("web-0\n");
    const before = uid(running, "web-0");
    running.cluster.client.delete(pods, "default", "web-0");
    await running.until(() => uid(running, "web-0") !== before && readyReplicas(running) === 2);
    expect((await running.exec("web-0", "cat /usr/share/nginx/html/index.html")).stdout).toBe("hello\n");
    expect(running.bugs).toEqual([]);
  });

  it("answers names of Pods under their governing Service", async () => {
    const running = await boot();
    createWeb(running);
    await running.until(() => readyReplicas(running) === 2);
    const network = running.cluster.outsideNetwork("desk");
    const answer = await network.query("10.96.0.10", { name: "web-0.nginx.default.svc.cluster.local", type: "A" });
    expect(answer.answers).toEqual([
      {
        name: "web-0.nginx.default.svc.cluster.local.",
        type: "A",
        ttl: 30,
        data: running.cluster.client.get(pods, "default", "web-0").status?.podIP,
      },
    ]);
    const nobody = await network.query("10.96.0.10", { name: "web-7.nginx.default.svc.cluster.local", type: "A" });
    expect(nobody.code).toBe("NXDOMAIN");
  });

  it("shows a busybox Pod the names and the pages of its StatefulSet", async () => {
    const running = await boot();
    createWeb(running);
    await running.until(() => readyReplicas(running) === 2);
    await running.exec("web-0", "echo hello from web-0 > /usr/share/nginx/html/index.html");
    running.cluster.client.create(pods, {
      metadata: { name: "box", namespace: "default" },
      spec: { containers: [{ name: "box", image: "busybox", command: ["sleep", "infinity"] }] },
    } as never);
    await running.until(() => running.cluster.client.get(pods, "default", "box").status?.phase === "Running");
    const address = running.cluster.client.get(pods, "default", "web-0").status?.podIP;
    expect((await running.exec("box", "nslookup web-0.nginx")).stdout).toContain(
      `Name:      web-0.nginx\nAddress 1: ${address} web-0.nginx.default.svc.cluster.local\n`,
    );
    expect((await running.exec("box", "wget -qO- http://web-0.nginx")).stdout).toBe("hello from web-0\n");
    expect((await running.exec("box", "wget -qO- http://web-0.nginx:81")).stderr).toBe(
      `wget: can't connect to remote host (${address}): Connection refused\n`,
    );
    expect((await running.exec("box", "wget -qO- http://web-9.nginx")).stderr).toBe(
      "wget: bad address 'web-9.nginx'\n",
    );
    expect((await running.exec("box", "nslookup kubernetes")).stdout).toContain(
      "Address 1: 10.96.0.1 kubernetes.default.svc.cluster.local\n",
    );
  });

  it("goes on in a fork under virtual time, and the original does not notice", async () => {
    const running = await boot();
    createWeb(running);
    await running.until(() => readyReplicas(running) === 2);
    await running.exec("web-0", "echo one > /usr/share/nginx/html/f");
    const copy = running.cluster.fork();
    const fork = wrap(copy, copy.clock, running.bugs);
    const before = uid(fork, "web-0");
    await copy.clock.settle();
    expect(copy.client.get(pods, "default", "web-0").status?.containerStatuses?.[0]?.restartCount).toBe(0);
    copy.client.delete(pods, "default", "web-0");
    await fork.until(() => uid(fork, "web-0") !== before && readyReplicas(fork) === 2);
    expect((await fork.exec("web-0", "cat /usr/share/nginx/html/f; echo two > /usr/share/nginx/html/f")).stdout).toBe(
      "one\n",
    );
    expect(uid(running, "web-0")).toBe(before);
    expect((await running.exec("web-0", "cat /usr/share/nginx/html/f")).stdout).toBe("one\n");
    expect(running.bugs).toEqual([]);
  });

  it("lets a node without power go NotReady and does not replace its StatefulSet Pod until it is back", async () => {
    const running = await boot();
    createWeb(running);
    await running.until(() => readyReplicas(running) === 2);
    const { client } = running.cluster;
    const node = client.get(pods, "default", "web-0").spec?.nodeName ?? "";
    const before = uid(running, "web-0");
    running.cluster.setNodePower(node, false);
    await running.until(() => client.get(pods, "default", "web-0").metadata.deletionTimestamp !== undefined, 900_000);
    await running.clock.advance(300_000);
    expect(uid(running, "web-0")).toBe(before);
    running.cluster.setNodePower(node, true);
    await running.until(() => uid(running, "web-0") !== before && readyReplicas(running) === 2);
    expect(running.bugs).toEqual([]);
  });
});

describe("volumes that are attached over the network", () => {
  it("go with their Pod to another node, data and all", async () => {
    const running = await boot();
    const { client } = running.cluster;
    client.create(storageClasses, {
      metadata: { name: "disk" },
      provisioner: "disk.csi.statecraft.dev",
      volumeBindingMode: "WaitForFirstConsumer",
    } as never);
    createWeb(running, 1, "disk");
    await running.until(() => readyReplicas(running) === 1);
    const root = "/usr/share/nginx/html";
    await running.exec("web-0", `echo precious > ${root}/f`);
    const home = client.get(pods, "default", "web-0").spec?.nodeName ?? "";
    client.modify(nodes, undefined, home, (node) => {
      node.spec = { ...node.spec, unschedulable: true };
    });
    client.delete(pods, "default", "web-0");
    await running.until(
      () => readyReplicas(running) === 1 && client.find(pods, "default", "web-0")?.spec?.nodeName !== home,
    );
    expect((await running.exec("web-0", `cat ${root}/f`)).stdout).toBe("precious\n");
    const big = await running.exec(
      "web-0",
      `i=0; x=0123456789012345678901234567890123456789; while [ $i -lt 14 ]; do x=$x$x; i=$((i+1)); done; echo $x > ${root}/one; while cat ${root}/one >> ${root}/big; do :; done`,
    );
    expect(big.stderr).toContain("No space left on device");
    expect(running.bugs).toEqual([]);
  });
});

describe("a Pod's ServiceAccount", () => {
  it("has a token in the Pod that the API server knows", async () => {
    const running = await boot();
    running.cluster.client.create(pods, {
      metadata: { name: "box", namespace: "default" },
      spec: { containers: [{ name: "box", image: "busybox", command: ["sleep", "infinity"] }] },
    } as never);
    await running.until(() => running.cluster.client.get(pods, "default", "box").status?.phase === "Running");
    const token = (await running.exec("box", "cat /var/run/secrets/kubernetes.io/serviceaccount/token")).stdout;
    const answer = await running.cluster.handle({
      method: "POST",
      path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      query: new URLSearchParams(),
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: new TextEncoder().encode(
        JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" }),
      ),
    });
    expect(String(answer.body)).toContain("system:serviceaccount:default:default");
  });
});

describe("Services", () => {
  it("have an address and a node port, and lead to ready Pods alone", async () => {
    const running = await boot();
    const { client } = running.cluster;
    client.create(deployments, {
      metadata: { name: "app", namespace: "default" },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: "app" } },
        template: {
          metadata: { labels: { app: "app" } },
          spec: {
            containers: [{ name: "c", image: "registry.k8s.io/e2e-test-images/agnhost:2.39", args: ["netexec"] }],
          },
        },
      },
    } as never);
    const service = (name: string, ports: unknown, selector = "app") =>
      client.create(services, {
        metadata: { name, namespace: "default" },
        spec: { type: "NodePort", selector: { app: selector }, ports },
      } as never);
    const made = service("app", [{ port: 80, targetPort: 8080 }]);
    const nodePort = made.spec?.ports?.[0]?.nodePort ?? 0;
    expect(made.spec?.clusterIP).toMatch(/^10\.(9[6-9]|10\d|11[01])\./);
    expect(nodePort).toBeGreaterThanOrEqual(30000);
    expect(() => service("other", [{ port: 80, nodePort }])).toThrow(
      `Service "other" is invalid: spec.ports[0].nodePort: Invalid value: ${nodePort}: provided port is already allocated`,
    );
    service("nobody", [{ port: 80 }], "none");
    client.create(pods, {
      metadata: { name: "box", namespace: "default" },
      spec: { containers: [{ name: "box", image: "busybox", command: ["sleep", "infinity"] }] },
    } as never);
    await running.until(
      () =>
        client.get(deployments, "default", "app").status?.readyReplicas === 2 &&
        client.get(pods, "default", "box").status?.phase === "Running",
    );
    const seen = new Set<string>();
    for (let round = 0; round < 8; round++)
      seen.add((await running.exec("box", "wget -qO- http://app/hostname")).stdout);
    expect([...seen].sort()).toEqual(
      client
        .list(pods, "default")
        .map(({ metadata }) => metadata.name)
        .filter((name) => name !== "box"),
    );
    expect((await running.exec("box", `wget -qO- http://172.18.0.3:${nodePort}/echo?msg=hi`)).stdout).toBe("hi");
    expect((await running.exec("box", "wget -qO- http://nobody")).stderr).toContain("Connection refused");
    expect(running.bugs).toEqual([]);
  });
});
