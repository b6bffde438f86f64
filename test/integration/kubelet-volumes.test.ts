import { describe, expect, it } from "vitest";
import { configMaps, networkPolicies, pods, secrets } from "../../lib/kubernetes/api/resources.ts";
import { type Harness, startNodes } from "./nodes-harness.ts";

const box = (name: string, mounts: readonly Record<string, unknown>[] = [], more: Record<string, unknown> = {}) => ({
  name,
  image: "busybox:1.36",
  imagePullPolicy: "IfNotPresent",
  command: ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1; done"],
  volumeMounts: mounts,
  ...more,
});
const running = (cluster: Harness, name: string) => cluster.until(() => cluster.reason(name) === "Running");
const gone = async (cluster: Harness, name: string) => {
  cluster.client.delete(pods, "default", name);
  await cluster.until(() => cluster.reason(name) === "gone");
};
const out = async (cluster: Harness, pod: string, script: string, container?: string) =>
  (await cluster.exec(pod, script, container)).stdout;

describe("data lives exactly as long as its volume", () => {
  it("goes with the container where it is in its own layer", async () => {
    const cluster = startNodes();
    cluster.run("p", { containers: [box("c")] });
    await running(cluster, "p");
    await out(cluster, "p", "echo x > /root/f");
    cluster.nodes.killContainer("default", "p", "c", "crash");
    await cluster.until(
      () => cluster.pod("p")?.status?.containerStatuses?.[0]?.restartCount === 1 && cluster.reason("p") === "Running",
    );
    expect((await cluster.exec("p", "[ -e /root/f ]")).code).toBe(1);
    expect(cluster.pod("p")?.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({
      exitCode: 137,
      reason: "Error",
    });
  });

  it("stays in an emptyDir over a restart, is shared by containers, and goes with the Pod", async () => {
    const cluster = startNodes();
    const mount = [{ name: "shared", mountPath: "/s" }];
    const spec = { containers: [box("a", mount), box("b", mount)], volumes: [{ name: "shared", emptyDir: {} }] };
    cluster.run("p", spec);
    await running(cluster, "p");
    await out(cluster, "p", "echo x > /s/f", "a");
    expect(await out(cluster, "p", "cat /s/f", "b")).toBe("x\n");
    cluster.nodes.killContainer("default", "p", "a", "crash");
    await cluster.until(() => cluster.pod("p")?.status?.containerStatuses?.[0]?.restartCount === 1);
    await running(cluster, "p");
    expect(await out(cluster, "p", "cat /s/f", "a")).toBe("x\n");
    await gone(cluster, "p");
    cluster.run("p", spec);
    await running(cluster, "p");
    expect((await cluster.exec("p", "[ -e /s/f ]", "a")).code).toBe(1);
  });

  it("stays on the node in a hostPath, and is not on another node", async () => {
    const cluster = startNodes({ nodes: ["node-1", "node-2"] });
    const spec = {
      containers: [box("c", [{ name: "host", mountPath: "/h" }])],
      volumes: [{ name: "host", hostPath: { path: "/data", type: "DirectoryOrCreate" } }],
    };
    cluster.run("p", spec);
    await running(cluster, "p");
    await out(cluster, "p", "echo x > /h/f");
    await gone(cluster, "p");
    cluster.run("p", spec);
    cluster.run("q", { ...spec, nodeName: "node-2" });
    await running(cluster, "p");
    await running(cluster, "q");
    expect(await out(cluster, "p", "cat /h/f")).toBe("x\n");
    expect((await cluster.exec("q", "[ -e /h/f ]")).code).toBe(1);
  });

  it("evicts a Pod whose emptyDir outgrows its limit", async () => {
    const cluster = startNodes();
    cluster.run("p", {
      containers: [box("c", [{ name: "v", mountPath: "/v" }])],
      volumes: [{ name: "v", emptyDir: { sizeLimit: "10" } }],
    });
    await running(cluster, "p");
    await out(cluster, "p", "echo 0123456789abcdef > /v/f");
    await cluster.until(
      () => cluster.reason("p") === "Evicted" || cluster.pod("p")?.status?.reason === "Evicted",
      30_000,
    );
    expect(cluster.pod("p")?.status).toMatchObject({
      phase: "Failed",
      reason: "Evicted",
      message: 'Usage of EmptyDir volume "v" exceeds the limit "10". ',
    });
  });

  it("refuses a hostPath that is not what it should be", async () => {
    const cluster = startNodes();
    cluster.run("p", {
      containers: [box("c", [{ name: "h", mountPath: "/h" }])],
      volumes: [{ name: "h", hostPath: { path: "/none", type: "Directory" } }],
    });
    await cluster.clock.advance(1000);
    expect(cluster.reason("p")).toBe("ContainerCreating");
    expect(cluster.events("p")).toContain(
      'FailedMount: MountVolume.SetUp failed for volume "h" : hostPath type check failed: /none is not a directory',
    );
  });
});

describe("volumes made of API objects", () => {
  it("show keys as files, follow changes, and do not where a subPath is mounted", async () => {
    const cluster = startNodes();
    cluster.client.create(configMaps, { metadata: { name: "conf", namespace: "default" }, data: { "a.txt": "one" } });
    cluster.client.create(secrets, { metadata: { name: "key", namespace: "default" }, data: { token: btoa("hush") } });
    cluster.run(
      "p",
      {
        containers: [
          box("c", [
            { name: "conf", mountPath: "/conf" },
            { name: "conf", mountPath: "/one.txt", subPath: "a.txt" },
            { name: "all", mountPath: "/all" },
          ]),
        ],
        volumes: [
          { name: "conf", configMap: { name: "conf" } },
          {
            name: "all",
            projected: {
              sources: [
                { secret: { name: "key" } },
                { downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
              ],
            },
          },
        ],
      },
      { labels: { app: "demo" } },
    );
    await running(cluster, "p");
    expect(await out(cluster, "p", "cat /conf/a.txt /one.txt /all/token /all/labels")).toBe('oneonehushapp="demo"');
    expect((await cluster.exec("p", "echo x > /conf/b")).stderr).toContain("Read-only file system");
    cluster.client.modify(configMaps, "default", "conf", (map) => {
      map.data = { "a.txt": "two" };
    });
    await cluster.clock.advance(1);
    expect(await out(cluster, "p", "cat /conf/a.txt /one.txt")).toBe("twoone");
  });
});

describe("environment and identity", () => {
  it("come from fields, resources and expansion", async () => {
    const cluster = startNodes();
    cluster.run("p", {
      hostname: "box",
      subdomain: "peers",
      containers: [
        {
          ...box("c"),
          resources: { limits: { memory: "64Mi" } },
          env: [
            { name: "NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
            { name: "MEM", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } } },
            { name: "BOTH", value: "$(NAME)-$(MEM)-$$(NAME)-$(NONE)" },
          ],
        },
      ],
    });
    await running(cluster, "p");
    expect(
      await out(cluster, "p", "echo $NAME $IP $MEM; echo $BOTH; cat /etc/hostname; echo $KUBERNETES_SERVICE_HOST"),
    ).toBe("p 10.244.0.2 64\np-64-$(NAME)-$(NONE)\nbox\n10.96.0.1\n");
    expect(await out(cluster, "p", "cat /etc/hosts")).toContain(
      "10.244.0.2\tbox.peers.default.svc.cluster.local\tbox\n",
    );
    expect(await out(cluster, "p", "cat /etc/resolv.conf")).toBe(
      "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n",
    );
  });
});

describe("sidecars", () => {
  it("start before the others, do not keep a Pod from ending, and end last", async () => {
    const cluster = startNodes();
    cluster.run("job", {
      restartPolicy: "Never",
      initContainers: [
        { ...box("side"), restartPolicy: "Always" },
        box("once", [], { command: ["sh", "-c", "echo ready"] }),
      ],
      containers: [box("main", [], { command: ["sh", "-c", "sleep 3"] })],
    });
    await cluster.until(() => cluster.pod("job")?.status?.phase === "Running");
    expect(
      cluster.pod("job")?.status?.initContainerStatuses?.map(({ name, started, ready }) => [name, started, ready]),
    ).toEqual([
      ["side", true, true],
      ["once", false, true],
    ]);
    await cluster.until(() => cluster.pod("job")?.status?.phase === "Succeeded");
    expect(cluster.events("job")).toContain("Killing: Stopping container side");
  });
});

describe("a snapshot", () => {
  it("brings containers back with their files and addresses, and counts no restart", async () => {
    const cluster = startNodes();
    cluster.run("p", {
      containers: [box("c", [{ name: "v", mountPath: "/v" }])],
      volumes: [{ name: "v", emptyDir: {} }],
    });
    await running(cluster, "p");
    await out(cluster, "p", "echo layer > /root/f; echo volume > /v/f");
    const before = cluster.pod("p");
    const again = cluster.restart(structuredClone(cluster.nodes.snapshot()));
    await again.clock.settle();
    expect(await out(again, "p", "cat /root/f /v/f")).toBe("layer\nvolume\n");
    expect(again.pod("p")?.status).toEqual(before?.status);
    await again.clock.advance(60_000);
    expect(again.pod("p")?.status?.containerStatuses?.[0]?.restartCount).toBe(0);
    expect(again.bugs).toEqual([]);
  });
});

describe("sessions", () => {
  it("attach with a terminal to a shell that waits for it", async () => {
    const cluster = startNodes();
    cluster.run("sh", {
      restartPolicy: "Never",
      containers: [{ ...box("sh"), command: ["sh"], stdin: true, stdinOnce: true, tty: true }],
    });
    await running(cluster, "sh");
    const session = await cluster.nodes.attach("default", "sh", {
      container: "sh",
      stdin: true,
      stdout: true,
      stderr: false,
      tty: true,
    });
    let text = "";
    void (async () => {
      for await (const chunk of session.stdout ?? []) text += new TextDecoder().decode(chunk);
    })();
    await session.stdin?.write("echo $((6*7))\n");
    await cluster.until(() => text.includes("42"), 1000);
    await session.stdin?.write("exit\n");
    await cluster.until(() => cluster.pod("sh")?.status?.phase === "Succeeded");
    expect((await session.status).status).toBe("Success");
  });

  it("say what is wrong with a command that cannot be run", async () => {
    const cluster = startNodes();
    cluster.run("p", { containers: [box("c")] });
    await running(cluster, "p");
    const options = { container: "c", command: ["nope"], stdin: false, stdout: true, stderr: true, tty: false };
    // The streams are open by the time the runtime knows: it is the session's status that says so.
    const session = await cluster.nodes.exec("default", "p", options);
    expect((await session.status).message).toContain('exec: "nope": executable file not found in $PATH');
    await expect(cluster.nodes.exec("default", "p", { ...options, container: "x" })).rejects.toThrow(
      'container not found ("x")',
    );
  });

  it("forward a port into the Pod's own namespace", async () => {
    const cluster = startNodes();
    cluster.run("web", { containers: [{ name: "c", image: "nginx:1.27" }] });
    await running(cluster, "web");
    const port = await cluster.nodes.portForward("default", "web", 80);
    await port.writer.write("GET / HTTP/1.0\r\n\r\n");
    let text = "";
    for await (const chunk of port.reader) text += new TextDecoder().decode(chunk);
    expect(text).toContain("Welcome to nginx!");
    await expect(cluster.nodes.portForward("default", "web", 81)).rejects.toThrow("connect: connection refused");
  });
});

describe("network policy", () => {
  it("drops what no rule allows", async () => {
    const cluster = startNodes();
    cluster.run("web", { containers: [{ name: "c", image: "nginx:1.27" }] }, { labels: { app: "web" } });
    cluster.run("friend", { containers: [box("c")] }, { labels: { role: "friend" } });
    cluster.run("other", { containers: [box("c")] });
    for (const name of ["web", "friend", "other"]) await running(cluster, name);
    cluster.client.create(networkPolicies, {
      metadata: { name: "only-friends", namespace: "default" },
      spec: {
        podSelector: { matchLabels: { app: "web" } },
        policyTypes: ["Ingress"],
        ingress: [{ from: [{ podSelector: { matchLabels: { role: "friend" } } }] }],
      },
    } as never);
    const address = cluster.pod("web")?.status?.podIP ?? "";
    expect(await out(cluster, "friend", `wget -qO- http://${address}`)).toContain("Welcome to nginx!");
    expect((await cluster.exec("other", `wget -T 2 -qO- http://${address}`)).stderr).toBe("wget: download timed out\n");
    const outside = cluster.network.outside("desk");
    let failed = "";
    outside.connect(address, 80, { timeoutMs: 1000 }).catch((error: Error) => {
      failed = error.message;
    });
    await cluster.until(() => failed !== "", 5000);
    expect(failed).toBe("Connection timed out");
  });
});
