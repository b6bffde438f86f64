/** Our kubectl on a cluster behind a socket, as on any real one: TLS, credentials, streams, and what it says where it cannot. */

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { realClock } from "../../lib/clock/index.ts";
import { createImages } from "../../lib/images/index.ts";
import { createKubectl } from "../../lib/kubectl/index.ts";
import { connectOverNetwork, type NodeTransportOptions } from "../../lib/kubectl/transport.node.ts";
import type { ClusterAccess } from "../../lib/kubectl/transport.ts";
import { makeCertificates, type ServerCertificates } from "../../lib/kubernetes/apiserver/certificates.node.ts";
import { type ServedApi, serve } from "../../lib/kubernetes/apiserver/http.node.ts";
import { createCluster } from "../../lib/kubernetes/cluster.ts";
import type { Cluster } from "../../lib/kubernetes/cluster.types.ts";
import { createMachine, loopbackNetwork, memoryFileSystem, standardRootTree } from "../../lib/machine/index.ts";
import { createShellPrograms } from "../../lib/machine/shell/index.ts";
import { tools } from "./tools.ts";

const WEB = `apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: nginx, image: "nginx:1.27", ports: [{containerPort: 80, name: http}]}]
`;

interface Entry {
  readonly cluster: Readonly<Record<string, unknown>>;
  readonly user: Readonly<Record<string, unknown>>;
}
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** A shell with our kubectl, which talks over this computer's network. */
function workstation(entry: Entry, options: NodeTransportOptions = {}) {
  const clock = realClock();
  const kubectl = createKubectl({ connect: connectOverNetwork(options) });
  const programs = new Map([...tools, ...createShellPrograms(), ["kubectl", kubectl] as const]);
  const tree = standardRootTree([
    "kubectl",
    "bash",
    "sh",
    "curl",
    "cat",
    "sleep",
    "kill",
    "head",
    "grep",
    "tar",
    "diff",
    "chmod",
  ]);
  const root = memoryFileSystem({ clock, tree, source: "overlay", fileSystemType: "overlay" });
  const machine = createMachine({ clock, hostname: "box", root, network: loopbackNetwork(), programs });
  machine.files.makeDirectory("/work", { recursive: true });
  machine.files.writeFile("/work/web.yaml", WEB);
  machine.files.writeFile(
    "/work/config",
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "c",
      clusters: [{ name: "c", cluster: entry.cluster }],
      users: [{ name: "u", user: entry.user }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    }),
  );
  return {
    async run(script: string) {
      const collect = () => {
        let text = "";
        return {
          text: () => text,
          writer: {
            write: async (data: Uint8Array | string) => {
              text += typeof data === "string" ? data : new TextDecoder().decode(data);
            },
            close: () => undefined,
          },
        };
      };
      const [out, err] = [collect(), collect()];
      const child = machine.spawn({
        argv: ["bash", "-c", script],
        cwd: "/work",
        env: { KUBECONFIG: "/work/config", PATH: "/bin:/usr/bin", HOME: "/work" },
        stdout: out.writer,
        stderr: err.writer,
      });
      const { code } = await child.exited;
      return { stdout: out.text(), stderr: err.text(), exitCode: code };
    },
    close: () => machine.shutDown(),
  };
}

/** Without client-go's log of what it tried. */
const told = (stderr: string): string => stderr.replace(/^E\d{4} .* memcache\.go:\d+\] .*\n/gm, "");

describe("kubectl over the network", () => {
  let cluster: Cluster;
  let tls: ServerCertificates;
  let served: ServedApi;
  let good: Entry;
  let box: ReturnType<typeof workstation>;
  const opened: { close(): void }[] = [];
  const other = (entry: Entry, options?: NodeTransportOptions) => {
    const made = workstation(entry, options);
    opened.push(made);
    return made;
  };

  beforeAll(async () => {
    cluster = createCluster({ images: createImages(tools), latencies: "none" });
    await cluster.ready();
    tls = await makeCertificates(["127.0.0.1"], Date.now());
    served = await serve(cluster, { tls, basePath: "/clusters/one" });
    good = {
      cluster: { server: `${served.url}/clusters/one`, "certificate-authority-data": base64(tls.ca) },
      user: { token: cluster.adminToken },
    };
    box = other(good);
    expect(
      await box.run("kubectl apply -f web.yaml && kubectl wait pod/web --for=condition=Ready --timeout=10s"),
    ).toEqual({
      stdout: "pod/web created\npod/web condition met\n",
      stderr: "",
      exitCode: 0,
    });
  });
  afterAll(async () => {
    for (const one of opened) one.close();
    cluster?.close();
    await served?.close();
  });

  it("reads, describes and explains below the server's path", async () => {
    expect((await box.run("kubectl get pod web -o name")).stdout).toBe("pod/web\n");
    expect((await box.run("kubectl describe pod web")).stdout).toContain("Started container nginx");
    expect((await box.run("kubectl get pod nope")).stderr).toBe(
      'Error from server (NotFound): pods "nope" not found\n',
    );
  });

  it("follows a watch until it is stopped", async () => {
    const { stdout } = await box.run(
      "kubectl get cm -w > seen & sleep 0.3; kubectl create cm late >/dev/null; sleep 0.5; kill %1; wait; cat seen",
    );
    expect(stdout).toMatch(/kube-root-ca\.crt[\s\S]*late /);
  });

  it("executes, with both outputs, the input's end and the exit code", async () => {
    expect(await box.run("kubectl exec web -- sh -c 'echo out; echo err >&2; exit 3'")).toEqual({
      stdout: "out\n",
      stderr: "err\ncommand terminated with exit code 3\n",
      exitCode: 3,
    });
    expect((await box.run("echo through | kubectl exec -i web -- cat")).stdout).toBe("through\n");
    expect((await box.run("kubectl exec web -- nothing-like-it")).stderr).toContain(
      "executable file not found in $PATH",
    );
    expect((await box.run("kubectl exec web -c nope -- ls")).stderr).toBe(
      "Error from server (BadRequest): container nope is not valid for pod web\n",
    );
  });

  it("copies more than fits into one frame, both ways", async () => {
    const { stdout } = await box.run(
      "head -c 300000 /dev/urandom > big; kubectl cp big web:/big && kubectl cp web:/big back && cmp big back 2>/dev/null || diff big back && echo same",
    );
    expect(stdout).toContain("same\n");
  });

  it("forwards ports, several connections one after the other", async () => {
    const { stdout } = await box.run(
      "kubectl port-forward web 8080:http > log & sleep 0.5; for i in 1 2 3; do curl -s localhost:8080 | grep -c Welcome; done; kill %1; wait; cat log",
    );
    expect(stdout).toBe(`2\n2\n2\nForwarding from 127.0.0.1:8080 -> 80\n${"Handling connection for 8080\n".repeat(3)}`);
    const refused = await box.run("kubectl port-forward web 8081:81 & sleep 0.5; curl -s localhost:8081; wait %1");
    expect(refused.stderr).toMatch(/connection refused[\s\S]*error: lost connection to pod\n$/);
  });

  it("acts as somebody else, and is refused what they may not", async () => {
    expect((await box.run("kubectl get pods --as jane --as-group devs")).stderr).toContain(
      'User "jane" cannot list resource "pods"',
    );
    expect((await box.run("kubectl exec web --as jane -- ls")).stderr).toContain('User "jane" cannot');
  });

  it("verifies the server unless it is told not to", async () => {
    const { server } = good.cluster;
    const unknown = await other({ ...good, cluster: { server } }).run("kubectl get pods");
    expect(told(unknown.stderr)).toBe(
      "Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority\n",
    );
    const trusting = other({ ...good, cluster: { server, "insecure-skip-tls-verify": true } });
    expect((await trusting.run("kubectl get pod web -o name && kubectl exec web -- hostname")).stdout).toBe(
      "pod/web\nweb\n",
    );
    const named = other({ ...good, cluster: { ...good.cluster, "tls-server-name": "elsewhere" } });
    expect((await named.run("kubectl get pods")).stderr).toMatch(/x509: certificate is valid for .*, not /);
    const right = other({ ...good, cluster: { ...good.cluster, "tls-server-name": "kubernetes.default" } });
    expect((await right.run("kubectl get pod web -o name")).stdout).toBe("pod/web\n");
  });

  it("says why a server cannot be reached", async () => {
    const at = (server: string) => other({ ...good, cluster: { ...good.cluster, server } }).run("kubectl get pods");
    expect(told((await at("https://127.0.0.1:1")).stderr)).toBe(
      "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n",
    );
    expect(told((await at("https://nowhere.invalid")).stderr)).toBe(
      "Unable to connect to the server: dial tcp: lookup nowhere.invalid: no such host\n",
    );
    expect((await other({ ...good, user: { token: "wrong" } }).run("kubectl get pods")).stderr).toContain(
      "error: You must be logged in to the server",
    );
  });

  it("refuses proxies, and servers other than its own", async () => {
    const proxied = other({ ...good, cluster: { ...good.cluster, "proxy-url": "http://proxy:3128" } });
    expect((await proxied.run("kubectl get pods")).stderr).toContain(
      "proxy-url http://proxy:3128 is not supported here",
    );
    const bound = other(good, { only: "https://10.0.0.1:6443" });
    expect((await bound.run("kubectl get pods")).stderr).toContain("no such host");
  });

  it("runs credential plugins of an operator on this computer, once while what they gave holds", async () => {
    const directory = mkdtempSync(join(tmpdir(), "plugin-"));
    try {
      const script = join(directory, "login");
      const credential = {
        apiVersion: "client.authentication.k8s.io/v1",
        kind: "ExecCredential",
        status: { token: cluster.adminToken, expirationTimestamp: "2999-01-01T00:00:00Z" },
      };
      writeFileSync(
        script,
        `#!/bin/sh\necho run >> ${join(directory, "runs")}\ncat <<'END'\n${JSON.stringify(credential)}\nEND\n`,
      );
      chmodSync(script, 0o755);
      const operator = (command: string): ClusterAccess => ({
        server: `${served.url}/clusters/one`,
        certificateAuthorityData: base64(tls.ca),
        exec: { apiVersion: credential.apiVersion, command, interactiveMode: "Never", installHint: "get it" },
      });
      const connect = connectOverNetwork({ plugins: true });
      for (let time = 0; time < 2; time++) {
        const transport = await connect(operator(script));
        opened.push(transport);
        const { status } = await transport.request({ method: "GET", path: "/api/v1/namespaces/default/pods/web" });
        expect(status).toBe(200);
      }
      expect(readFileSync(join(directory, "runs"), "utf8")).toBe("run\n");
      await expect(connect(operator("nothing-like-it"))).rejects.toThrow(
        "exec: executable nothing-like-it not found\n\nget it",
      );
      await expect(connectOverNetwork()(operator(script))).rejects.toThrow("not run here");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("runs a person's credential plugin in the machine they sit at, and no program of this computer", async () => {
    const script = "/work/login";
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: script, interactiveMode: "Never" };
    const person = other({ ...good, user: { exec } });
    const credential = { apiVersion: exec.apiVersion, kind: "ExecCredential", status: { token: cluster.adminToken } };
    const made = await person.run(
      `printf '%s\\n' '#!/bin/sh' "echo '${JSON.stringify(credential).replaceAll('"', '\\"')}'" > login && chmod 755 login && kubectl get pod web -o name`,
    );
    expect(made).toEqual({ stdout: "pod/web\n", stderr: "", exitCode: 0 });
    const outside = other({ ...good, user: { exec: { ...exec, command: process.execPath } } });
    expect(told((await outside.run("kubectl get pods")).stderr)).toContain(
      `exec: fork/exec ${process.execPath}: no such file or directory`,
    );
  });

  it("shows a client certificate", async () => {
    const mine = await makeCertificates(["me"], Date.now());
    let seen = "";
    const server = createServer(
      { key: tls.key, cert: tls.cert, ca: mine.ca, requestCert: true, rejectUnauthorized: false },
      (request, response) => {
        seen = String((request.socket as TLSSocket).getPeerCertificate().subject?.CN);
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ major: "1", minor: "34", gitVersion: "v1.34.0" }));
      },
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const entry: Entry = {
        cluster: {
          server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
          "certificate-authority-data": base64(tls.ca),
        },
        user: { "client-certificate-data": base64(mine.cert), "client-key-data": base64(mine.key) },
      };
      expect((await other(entry).run("kubectl version")).stdout).toContain("Server Version: v1.34.0");
      expect(seen).toBe("kube-apiserver");
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
