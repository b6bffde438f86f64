import { describe, expect, it } from "vitest";
import { configMaps, pods } from "../../lib/kubernetes/api/resources.ts";
import { startNodes } from "./nodes-harness.ts";

const forever = ["sh", "-c", "echo up; exec sleep infinity"];
const box = (name: string, command: readonly string[], more: Record<string, unknown> = {}) => ({
  name,
  image: "busybox:1.36",
  imagePullPolicy: "IfNotPresent",
  command,
  ...more,
});

describe("a Pod's way to Running", () => {
  it("passes through its init containers in order, each to completion", async () => {
    const cluster = startNodes();
    const seen: string[] = [];
    cluster.client.watch(pods, ({ object }) => {
      const reason = cluster.reason(object.metadata.name ?? "");
      if (seen[seen.length - 1] !== reason) seen.push(reason);
    });
    cluster.run("web", {
      initContainers: [box("first", ["sh", "-c", "sleep 5"]), box("second", ["sh", "-c", "sleep 5"])],
      containers: [box("main", forever)],
    });
    await cluster.until(() => cluster.reason("web") === "Running");
    expect(seen).toEqual(["Pending", "Init:0/2", "Init:1/2", "PodInitializing", "Running"]);
    expect(await cluster.logs("web")).toBe("up\n");
    expect(cluster.bugs).toEqual([]);
    const status = cluster.pod("web")?.status;
    expect(status?.conditions?.map(({ type, status: value }) => `${type}=${value}`)).toEqual([
      "PodReadyToStartContainers=True",
      "Initialized=True",
      "Ready=True",
      "ContainersReady=True",
      "PodScheduled=True",
    ]);
    expect(status?.podIP).toBe("10.244.0.2");
    expect(cluster.events("web").slice(-3)).toEqual([
      'Pulled: Container image "busybox:1.36" already present on machine',
      "Created: Created container: main",
      "Started: Started container main",
    ]);
  });

  it("pulls an image in the time its size takes and says so", async () => {
    const cluster = startNodes({ latencies: { pullBytesPerMs: 1000 } });
    cluster.run("web", { containers: [box("main", forever)] });
    await cluster.until(() => cluster.reason("web") === "Running");
    expect(cluster.events("web")).toContain(
      'Pulled: Successfully pulled image "busybox:1.36" in 2.157s (2.157s including waiting). Image size: 2157889 bytes.',
    );
  });

  it("shows ErrImagePull, then ImagePullBackOff for an image nobody has", async () => {
    const cluster = startNodes();
    cluster.run("web", { containers: [{ name: "main", image: "nope", imagePullPolicy: "Always" }] });
    await cluster.until(() => cluster.reason("web") === "ErrImagePull");
    await cluster.until(() => cluster.reason("web") === "ImagePullBackOff");
    const waiting = cluster.pod("web")?.status?.containerStatuses?.[0]?.state?.waiting;
    expect(waiting?.message).toBe(
      'Back-off pulling image "nope": ErrImagePull: failed to pull and unpack image "docker.io/library/nope:latest": failed to resolve reference "docker.io/library/nope:latest": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    );
    expect(cluster.events("web").map((line) => line.split(":")[0])).toEqual([
      "Pulling",
      "Failed",
      "Failed",
      "BackOff",
      "Failed",
    ]);
  });

  it("shows InvalidImageName for what is no reference", async () => {
    const cluster = startNodes();
    cluster.run("web", { containers: [{ name: "main", image: "Nginx", imagePullPolicy: "Always" }] });
    await cluster.until(() => cluster.reason("web") === "InvalidImageName");
  });

  it("waits with CreateContainerConfigError for a ConfigMap that is not there, and goes on once it is", async () => {
    const cluster = startNodes();
    cluster.run("web", { containers: [box("main", forever, { envFrom: [{ configMapRef: { name: "settings" } }] })] });
    await cluster.until(() => cluster.reason("web") === "CreateContainerConfigError");
    expect(cluster.pod("web")?.status?.containerStatuses?.[0]?.state?.waiting?.message).toBe(
      'configmap "settings" not found',
    );
    cluster.client.create(configMaps, {
      metadata: { name: "settings", namespace: "default" },
      data: { COLOR: "blue" },
    });
    await cluster.until(() => cluster.reason("web") === "Running");
    expect((await cluster.exec("web", "echo $COLOR")).stdout).toBe("blue\n");
  });
});

describe("a container that ends", () => {
  it("is started again after 0, 10, 20, 40, 80 seconds", async () => {
    const cluster = startNodes();
    const starts: number[] = [];
    let restarts = -1;
    cluster.client.watch(pods, ({ object }) => {
      const status = object.status?.containerStatuses?.[0];
      const started = status?.state?.running?.startedAt ?? status?.state?.terminated?.startedAt;
      if (status === undefined || started === undefined || status.restartCount === restarts) return;
      restarts = status.restartCount;
      starts.push(Date.parse(started));
    });
    cluster.run("web", { containers: [box("main", ["sh", "-c", "exit 1"])] });
    await cluster.until(() => restarts === 5);
    expect(starts.slice(1).map((time, index) => (time - (starts[index] ?? 0)) / 1000)).toEqual([0, 10, 20, 40, 80]);
    await cluster.until(() => cluster.reason("web") === "CrashLoopBackOff");
    const status = cluster.pod("web")?.status?.containerStatuses?.[0];
    expect(status?.state?.waiting?.message).toMatch(
      /^back-off 2m40s restarting failed container=main pod=web_default\(/,
    );
    expect(status?.lastState?.terminated).toMatchObject({ exitCode: 1, reason: "Error" });
    expect(cluster.pod("web")?.status?.phase).toBe("Running");
  });

  it("stays ended where the policy says so, and the Pod has its verdict", async () => {
    const cluster = startNodes();
    cluster.run("good", { restartPolicy: "Never", containers: [box("main", ["sh", "-c", "echo bye"])] });
    cluster.run("bad", { restartPolicy: "Never", containers: [box("main", ["sh", "-c", "exit 3"])] });
    await cluster.until(
      () => cluster.pod("good")?.status?.phase === "Succeeded" && cluster.pod("bad")?.status?.phase === "Failed",
    );
    expect(cluster.reason("good")).toBe("Completed");
    expect(cluster.reason("bad")).toBe("Error");
    expect(await cluster.logs("good")).toBe("bye\n");
  });

  it("is a StartError where its command is not there", async () => {
    const cluster = startNodes();
    cluster.run("web", { containers: [box("main", ["nothing-like-it"])] });
    await cluster.until(() => cluster.reason("web") === "CrashLoopBackOff");
    expect(cluster.pod("web")?.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({
      exitCode: 128,
      reason: "StartError",
      message:
        'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "nothing-like-it": executable file not found in $PATH: unknown',
    });
  });
});

describe("a deleted Pod", () => {
  it("gets SIGTERM, may end within its grace period, and is gone then", async () => {
    const cluster = startNodes();
    cluster.run("web", {
      containers: [box("main", ["sh", "-c", "trap 'echo asked; exit 0' TERM; while :; do sleep 1; done"])],
    });
    await cluster.until(() => cluster.reason("web") === "Running");
    const began = cluster.clock.now();
    cluster.client.delete(pods, "default", "web");
    expect(cluster.reason("web")).toBe("Terminating");
    await cluster.until(() => cluster.reason("web") === "gone");
    expect(cluster.clock.now() - began).toBeLessThanOrEqual(1000);
    expect(cluster.events("web")).toContain("Killing: Stopping container main");
  });

  it("is killed where it does not listen", async () => {
    const cluster = startNodes();
    cluster.run("web", { containers: [box("main", ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"])] });
    await cluster.until(() => cluster.reason("web") === "Running");
    const began = cluster.clock.now();
    cluster.client.delete(pods, "default", "web");
    await cluster.until(() => cluster.reason("web") === "gone");
    expect(cluster.clock.now() - began).toBe(30_000);
  });

  it("is killed where its first process has no handler: to that one, SIGTERM does nothing", async () => {
    const cluster = startNodes();
    cluster.run("web", { containers: [box("main", ["sleep", "infinity"])] });
    await cluster.until(() => cluster.reason("web") === "Running");
    const began = cluster.clock.now();
    cluster.client.delete(pods, "default", "web");
    await cluster.until(() => cluster.reason("web") === "gone");
    expect(cluster.clock.now() - began).toBe(30_000);
  });

  it("runs preStop inside the grace period", async () => {
    const cluster = startNodes();
    const hook = { preStop: { exec: { command: ["sh", "-c", "sleep 10"] } } };
    cluster.run("web", {
      containers: [box("main", ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1; done"], { lifecycle: hook })],
    });
    await cluster.until(() => cluster.reason("web") === "Running");
    const began = cluster.clock.now();
    cluster.client.delete(pods, "default", "web");
    await cluster.until(() => cluster.reason("web") === "gone");
    expect(cluster.clock.now() - began).toBeGreaterThanOrEqual(10_000);
    expect(cluster.clock.now() - began).toBeLessThanOrEqual(11_000);
  });
});

describe("probes", () => {
  it("make a Pod ready after its thresholds and unready when they fail", async () => {
    const cluster = startNodes();
    const readinessProbe = {
      exec: { command: ["cat", "/tmp/ready"] },
      periodSeconds: 5,
      failureThreshold: 2,
      successThreshold: 1,
      initialDelaySeconds: 2,
      timeoutSeconds: 1,
    };
    cluster.run("web", { containers: [box("main", forever, { readinessProbe })] });
    await cluster.until(() => cluster.reason("web") === "Running");
    const ready = () => cluster.pod("web")?.status?.containerStatuses?.[0]?.ready;
    await cluster.clock.advance(20_000);
    expect(ready()).toBe(false);
    expect(cluster.events("web").some((line) => line.startsWith("Unhealthy: Readiness probe failed: "))).toBe(true);
    await cluster.exec("web", "echo yes > /tmp/ready");
    await cluster.until(() => ready() === true, 6000);
    await cluster.exec("web", "mv /tmp/ready /tmp/gone 2>/dev/null || : > /tmp/x; exit 0");
  });

  it("restart a container whose liveness probe gives up", async () => {
    const cluster = startNodes();
    const livenessProbe = {
      tcpSocket: { port: 80 },
      periodSeconds: 5,
      failureThreshold: 3,
      successThreshold: 1,
      timeoutSeconds: 1,
    };
    cluster.run("web", { terminationGracePeriodSeconds: 0, containers: [box("main", forever, { livenessProbe })] });
    await cluster.until(() => cluster.pod("web")?.status?.containerStatuses?.[0]?.restartCount === 1);
    expect(cluster.events("web")).toContain("Killing: Container main failed liveness probe, will be restarted");
    expect(cluster.events("web")).toContain(
      "Unhealthy: Liveness probe failed: dial tcp 10.244.0.2:80: connect: connection refused",
    );
  });
});

describe("nginx", () => {
  it("serves the files of its directory to others in the cluster", async () => {
    const cluster = startNodes();
    cluster.run("web", {
      containers: [
        {
          name: "nginx",
          image: "nginx:1.27",
          imagePullPolicy: "IfNotPresent",
          readinessProbe: { httpGet: { path: "/", port: 80 } },
        },
      ],
    });
    await cluster.until(
      () => cluster.pod("web")?.status?.conditions?.find(({ type }) => type === "Ready")?.status === "True",
    );
    const connection = await cluster.network.outside("me").connect(cluster.pod("web")?.status?.podIP ?? "", 80);
    await connection.writer.write("GET /nothing HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n");
    let text = "";
    for await (const chunk of connection.reader) text += new TextDecoder().decode(chunk);
    expect(text).toMatch(/^HTTP\/1.1 404 Not Found\r\nServer: nginx\/1.27.5\r\n/);
    expect(await cluster.logs("web")).toContain('"GET /nothing HTTP/1.1" 404');
  });
});
