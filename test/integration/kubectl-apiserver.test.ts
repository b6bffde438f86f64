/** The real kubectl against the API server alone (no controllers): what it sends and understands. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { realClock } from "../../lib/clock/index.ts";
import { serviceAccounts } from "../../lib/kubernetes/api/resources.ts";
import { makeCertificates } from "../../lib/kubernetes/apiserver/certificates.node.ts";
import { type ServedApi, serve } from "../../lib/kubernetes/apiserver/http.node.ts";
import { apiDefinitions, bootstrap, createApiServer, withDefaultPolicy } from "../../lib/kubernetes/apiserver/index.ts";
import { Store } from "../../lib/kubernetes/store/store.ts";
import { type KubectlBinary, kubectlBinaries, runKubectl } from "./kubectl-binaries.ts";

const binaries = kubectlBinaries();
if (binaries.length === 0)
  console.warn("SKIPPED: no kubectl on this machine, so nothing here was tried against the real one");
/** The newest one does everything; the others a shorter round. */
const newest = binaries[0];

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: nginx, image: "nginx:1.27", ports: [{containerPort: 80}]}
`;

let directory = "";
let kubeconfig = "";
let served: ServedApi;
let close: () => void = () => {};

beforeAll(async () => {
  const clock = realClock();
  let uids = 0;
  const store = new Store(
    withDefaultPolicy(undefined, {
      now: clock.now(),
      uid: () => `00000000-0000-4000-8000-${String(++uids).padStart(12, "0")}`,
    }),
  );
  const server = createApiServer({ clock, store, definitions: apiDefinitions });
  const client = server.clientFor("system:admin");
  bootstrap(client);
  client.create(serviceAccounts, { metadata: { name: "default", namespace: "default" } });
  const tls = await makeCertificates(["127.0.0.1", "localhost"], Date.now());
  served = await serve(server, { tls, basePath: "/clusters/c1" });
  directory = mkdtempSync(join(tmpdir(), "kubectl-"));
  kubeconfig = join(directory, "config");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "c",
      clusters: [
        {
          name: "c",
          cluster: {
            server: `${served.url}/clusters/c1`,
            "certificate-authority-data": Buffer.from(tls.ca).toString("base64"),
          },
        },
      ],
      users: [{ name: "u", user: { token: server.adminToken } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    }),
  );
  close = () => {
    server.close();
    clock.close();
  };
});
afterAll(async () => {
  close();
  await served?.close();
  if (directory !== "") rmSync(directory, { recursive: true });
});

/** Runs one command line with the binary, in a namespace of its own. */
const session = (binary: KubectlBinary, namespace: string) => async (line: string, input?: string) =>
  runKubectl(binary, kubeconfig, ["-n", namespace, ...line.split(" ")], input);

describe.skipIf(newest === undefined)("the newest kubectl", () => {
  const run = session(newest as KubectlBinary, "default");
  const ok = async (line: string, input?: string) => {
    const result = await run(line, input);
    expect(`${result.stderr}\n${line} exits with ${result.exitCode}`).toContain("exits with 0");
    return result.stdout;
  };

  it("applies, and applies a change", async () => {
    expect(await ok("apply -f -", DEPLOYMENT)).toBe("deployment.apps/web created\n");
    expect(await ok("apply -f -", DEPLOYMENT)).toBe("deployment.apps/web unchanged\n");
    expect(await ok("apply -f -", DEPLOYMENT.replace("1.27", "1.28"))).toBe("deployment.apps/web configured\n");
    expect(await ok("get deployment web -o jsonpath={.spec.template.spec.containers[0].image}")).toBe("nginx:1.28");
  });
  it("applies on the server, and is told of conflicts", async () => {
    const conflict = await run("apply --server-side --field-manager=other -f -", DEPLOYMENT);
    expect(conflict.stderr).toMatch(
      /error: Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps\/v1: \.spec\.template\.spec\.containers\[name="nginx"\]\.image/,
    );
    expect(await ok("apply --server-side --force-conflicts --field-manager=other -f -", DEPLOYMENT)).toBe(
      "deployment.apps/web serverside-applied\n",
    );
  });
  it("gets tables, wide and by name", async () => {
    expect(await ok("get deployments")).toMatch(/^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +0\/2 +0 +0 +\d+s\n$/);
    expect(await ok("get deploy/web -o name")).toBe("deployment.apps/web\n");
    expect(await ok("get ns")).toMatch(/^NAME +STATUS +AGE\ndefault +Active/);
  });
  it("says what is not there", async () => {
    const missing = await run("get pod none");
    expect(missing).toMatchObject({ exitCode: 1, stderr: 'Error from server (NotFound): pods "none" not found\n' });
  });
  it("scales, patches, labels and annotates", async () => {
    expect(await ok("scale deployment web --replicas=5")).toBe("deployment.apps/web scaled\n");
    expect(await ok('patch deployment web -p {"spec":{"replicas":3}}')).toBe("deployment.apps/web patched\n");
    expect(await ok('patch deployment web --type=json -p [{"op":"replace","path":"/spec/replicas","value":4}]')).toBe(
      "deployment.apps/web patched\n",
    );
    expect(await ok("label deployment web tier=front")).toBe("deployment.apps/web labeled\n");
    expect(await ok("annotate deployment web note=1")).toBe("deployment.apps/web annotated\n");
    expect(await ok("get deployment web -o jsonpath={.spec.replicas}/{.metadata.labels.tier}")).toBe("4/front");
    expect(await ok("get deployment -l tier=front -o name")).toBe("deployment.apps/web\n");
  });
  it("asks what it may, and reconciles roles", async () => {
    expect(await ok("auth can-i create pods")).toBe("yes\n");
    expect((await run("auth can-i list secrets --as jane")).stdout).toBe("no\n");
    await ok("create rolebinding jane --clusterrole=view --user=jane");
    expect(await ok("auth can-i list pods --as jane")).toBe("yes\n");
    const rules = await ok("auth can-i --list --as jane");
    expect(rules).toMatch(/^Resources +Non-Resource URLs +Resource Names +Verbs\n/);
    expect(rules).toMatch(/^selfsubjectreviews\.authentication\.k8s\.io +\[\] +\[\] +\[create\]$/m);
    expect(rules).toMatch(/^statefulsets\.apps\/scale +\[\] +\[\] +\[get list watch\]$/m);
    expect(rules).toMatch(/^ +\[\/openapi\/\*\] +\[\] +\[get\]$/m);
    expect(await ok("auth whoami --as jane -o jsonpath={.status.userInfo.groups}")).toBe('["system:authenticated"]');
    const role = (verbs: string) =>
      `apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: reader, namespace: default}\nrules:\n- {apiGroups: [""], resources: [pods], verbs: [${verbs}]}\n`;
    expect(await ok("auth reconcile -f -", role("get"))).toContain("role.rbac.authorization.k8s.io/reader reconciled");
    await ok("auth reconcile -f -", role("list"));
    expect(await ok("get role reader -o jsonpath={.rules[*].verbs}")).toBe('["get"] ["list"]');
    expect((await run("create role more --verb=delete --resource=pods --as jane")).stderr).toContain(
      'roles.rbac.authorization.k8s.io is forbidden: User "jane" cannot create resource "roles" in API group "rbac.authorization.k8s.io" in the namespace "default"',
    );
  });
  it("creates typed objects, which newer versions send as protobuf", async () => {
    expect(await ok("create configmap settings --from-literal=a=1")).toBe("configmap/settings created\n");
    expect(await ok("create secret generic key --from-literal=password=x")).toBe("secret/key created\n");
    expect(await ok("get secret key -o jsonpath={.data.password}")).toBe("eA==");
    expect(await ok("create deployment api --image=nginx --replicas=0")).toBe("deployment.apps/api created\n");
    expect(await ok("get deployment api -o jsonpath={.spec.replicas}")).toBe("0");
    expect(await ok("run one --image=busybox --restart=Never")).toBe("pod/one created\n");
    expect(await ok("create namespace other")).toBe("namespace/other created\n");
  });
  it("refuses unknown fields in the words of the API server", async () => {
    const refused = await run(
      "apply -f -",
      DEPLOYMENT.replace("replicas: 2", "replica: 2").replace("name: web", "name: bad"),
    );
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('strict decoding error: unknown field "spec.replica"');
  });
  it("says of a kind that does not exist that its definition is missing", async () => {
    const refused = await run("apply -f -", "apiVersion: apps/v1alpha1\nkind: PetSet\nmetadata: {name: web}\n");
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr:
        'error: resource mapping not found for name: "web" namespace: "" from "STDIN": no matches for kind "PetSet" in version "apps/v1alpha1"\nensure CRDs are installed first\n',
    });
  });
  it("describes, explains and lists resources", async () => {
    expect(await ok("describe deployment web")).toMatch(/Pod Template:\n {2}Labels: {2}app=web/);
    expect(await ok("explain statefulset.spec.serviceName")).toMatch(/FIELD: serviceName <string>/);
    expect(await ok("api-resources --api-group=apps -o name")).toBe(
      "controllerrevisions.apps\ndaemonsets.apps\ndeployments.apps\nreplicasets.apps\nstatefulsets.apps\n",
    );
    expect(await ok("auth can-i create pods")).toBe("yes\n");
    expect(await ok("auth whoami -o jsonpath={.status.userInfo.username}")).toBe("kubernetes-admin");
    expect((await run("auth can-i create pods --as=eve")).stdout).toBe("no\n");
    expect((await run("version")).stdout).toContain("Server Version: v1.34.0");
  });
  it("waits for a deletion", async () => {
    expect(await ok("delete configmap settings")).toBe(
      'configmap "settings" deleted from default namespace\n'.replace(" from default namespace", ""),
    );
    expect(await ok("delete deployment web api")).toBe(
      'deployment.apps "web" deleted\ndeployment.apps "api" deleted\n',
    );
  });
});

describe.each(binaries.slice(1))("$name", (binary) => {
  it("applies, gets, scales and deletes", async () => {
    const namespace = `v${binary.name.split(".")[2]}`;
    const run = session(binary, namespace);
    expect((await run(`create namespace ${namespace}`)).stderr).toBe("");
    expect(await run("apply -f -", DEPLOYMENT)).toMatchObject({
      stderr: "",
      stdout: "deployment.apps/web created\n",
    });
    expect((await run("get deploy web")).stdout).toMatch(/^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +0\/2/);
    expect((await run("scale deploy web --replicas=1")).stdout).toBe("deployment.apps/web scaled\n");
    expect((await run("create configmap c --from-literal=a=b")).stdout).toBe("configmap/c created\n");
    expect((await run("delete deploy web")).stdout).toBe('deployment.apps "web" deleted\n');
  });
});
