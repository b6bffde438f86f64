/** The real kubectl on a whole cluster: streams, rollouts, waiting. */
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createImages } from "../../lib/images/index.ts";
import { nodeCryptography } from "../../lib/kubernetes/apiserver/cryptography.node.ts";
import { type ServedApi, serve } from "../../lib/kubernetes/apiserver/http.node.ts";
import { createCluster } from "../../lib/kubernetes/cluster.ts";
import type { Cluster } from "../../lib/kubernetes/cluster.types.ts";
import { certificateRequest } from "./certificate-requests.ts";
import { type KubectlBinary, kubectlBinaries, runKubectl } from "./kubectl-binaries.ts";
import { tools } from "./tools.ts";

const [newest] = kubectlBinaries();
if (newest === undefined) console.warn("SKIPPED: no kubectl on this machine, so no stream was tried with the real one");

const WEB = `apiVersion: v1
kind: Service
metadata: {name: nginx}
spec: {clusterIP: None, selector: {app: nginx}, ports: [{port: 80, name: web}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  serviceName: nginx
  replicas: 2
  selector: {matchLabels: {app: nginx}}
  template:
    metadata: {labels: {app: nginx}}
    spec:
      containers:
      - {name: nginx, image: "nginx:1.27", ports: [{containerPort: 80, name: web}]}
`;

describe.skipIf(newest === undefined)("the real kubectl on a cluster", () => {
  let directory = "";
  let kubeconfig = "";
  let cluster: Cluster;
  let served: ServedApi;
  const run = (line: string, input?: string) => runKubectl(newest as KubectlBinary, kubeconfig, line.split(" "), input);

  beforeAll(async () => {
    cluster = createCluster({ images: createImages(tools), latencies: "none", cryptography: nodeCryptography });
    await cluster.ready();
    const tls = cluster.servingCertificate(["127.0.0.1"]);
    served = await serve(cluster, { tls });
    directory = mkdtempSync(join(tmpdir(), "kubectl-"));
    kubeconfig = join(directory, "config");
    const config = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "c",
      clusters: [
        {
          name: "c",
          cluster: { server: served.url, "certificate-authority-data": Buffer.from(tls.ca).toString("base64") },
        },
      ],
      users: [{ name: "u", user: { token: cluster.adminToken } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
    expect((await run("apply -f -", WEB)).stderr).toBe("");
    expect((await run("rollout status sts/web --timeout=20s")).exitCode).toBe(0);
  });
  afterAll(async () => {
    cluster?.close();
    await served?.close();
    if (directory !== "") rmSync(directory, { recursive: true });
  });

  it("asks for a certificate, approves it, and works with it", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = String(privateKey.export({ type: "pkcs8", format: "pem" }));
    const csr = `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: jane}
spec:
  request: ${Buffer.from(await certificateRequest(privateKey, "O=developers, CN=jane")).toString("base64")}
  signerName: kubernetes.io/kube-apiserver-client
  expirationSeconds: 86400
  usages: [client auth]
`;
    expect(await run("create -f -", csr)).toMatchObject({
      stderr: "",
      stdout: "certificatesigningrequest.certificates.k8s.io/jane created\n",
    });
    expect((await run("get csr")).stdout).toMatch(
      /^NAME +AGE +SIGNERNAME +REQUESTOR +REQUESTEDDURATION +CONDITION\njane +\d+s +kubernetes\.io\/kube-apiserver-client +kubernetes-admin +24h +Pending\n$/,
    );
    expect(await run("certificate approve jane")).toMatchObject({
      stderr: "",
      stdout: "certificatesigningrequest.certificates.k8s.io/jane approved\n",
    });
    expect((await run("wait --for=jsonpath={.status.certificate} csr/jane --timeout=10s")).exitCode).toBe(0);
    expect((await run("get csr jane --no-headers")).stdout).toMatch(/Approved,Issued\n$/);
    expect((await run("create rolebinding jane --clusterrole=view --group=developers")).exitCode).toBe(0);
    const certificate = Buffer.from((await run("get csr jane -o jsonpath={.status.certificate}")).stdout, "base64");
    const own = join(directory, "jane");
    const config = JSON.parse(readFileSync(kubeconfig, "utf8"));
    config.users[0].user = {
      "client-certificate-data": certificate.toString("base64"),
      "client-key-data": Buffer.from(key).toString("base64"),
    };
    writeFileSync(own, JSON.stringify(config));
    const asJane = (line: string) => runKubectl(newest as KubectlBinary, own, line.split(" "));
    expect((await asJane("auth whoami -o jsonpath={.status.userInfo.groups}")).stdout).toBe(
      '["developers","system:authenticated"]',
    );
    expect((await asJane("get pods -o name")).stdout).toContain("pod/web-0");
    expect((await asJane("get secrets")).stderr).toBe(
      'Error from server (Forbidden): secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" in the namespace "default"\n',
    );
    expect((await run("certificate deny jane")).stderr).toContain(
      'certificate signing request "jane" is already Approved',
    );
  });

  it("executes, with the exit code of the command", async () => {
    const result = await runKubectl(newest as KubectlBinary, kubeconfig, [
      "exec",
      "web-0",
      "--",
      "sh",
      "-c",
      "echo $HOSTNAME; echo no >&2; exit 3",
    ]);
    expect(result).toEqual({ stdout: "web-0\n", stderr: "no\ncommand terminated with exit code 3\n", exitCode: 3 });
  });
  it("is told why it cannot execute", async () => {
    expect((await run("exec web-0 -c none -- ls")).stderr).toContain("container none is not valid for pod web-0");
    expect((await run("exec none -- ls")).stderr).toBe('Error from server (NotFound): pods "none" not found\n');
  });
  it("forwards a port, for several connections", async () => {
    const child = spawn((newest as KubectlBinary).path, ["--kubeconfig", kubeconfig, "port-forward", "web-0", ":80"], {
      env: { ...process.env, HOME: directory },
      stdio: "pipe",
    });
    try {
      const port = await new Promise<string>((resolve, reject) => {
        child.on("exit", () => reject(new Error("port-forward ended")));
        child.stdout.on("data", (data: Buffer) => {
          const found = /Forwarding from 127\.0\.0\.1:(\d+) -> 80/.exec(data.toString());
          if (found?.[1] !== undefined) resolve(found[1]);
        });
      });
      for (let index = 0; index < 3; index++)
        expect(await (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } })).text()).toContain(
          "Welcome to nginx",
        );
    } finally {
      child.removeAllListeners("exit");
      child.kill();
    }
  });
  it("reads logs, shows usage, waits and deletes", async () => {
    expect((await run("logs web-0")).stdout).toContain("docker-entrypoint.sh");
    expect((await run("top pods")).stdout).toMatch(/^NAME +CPU\(cores\) +MEMORY\(bytes\) *\nweb-0/);
    expect((await run("wait pod/web-1 --for=condition=Ready --timeout=10s")).stdout).toBe("pod/web-1 condition met\n");
    expect((await run("delete sts web")).stdout).toContain('statefulset.apps "web" deleted');
    expect((await run("wait pod/web-0 pod/web-1 --for=delete --timeout=20s")).exitCode).toBe(0);
  });
});
