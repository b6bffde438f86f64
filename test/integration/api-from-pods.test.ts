/** The API server as programs in Pods reach it: over HTTPS, with the account that was mounted for them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Learner, learner } from "./learner.ts";

const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
let me: Learner;
beforeAll(async () => {
  me = await learner();
  await me.ok("kubectl run box --image=nginx:1.27 && kubectl wait pod/box --for=condition=Ready");
});
afterAll(() => me.close());

const inBox = (script: string) => me.run(`kubectl exec box -- sh -c '${script}'`);
const curl = (words: string) => inBox(`cd ${ACCOUNT}; curl -sS ${words}`);
const ASK = '--cacert ca.crt -H "Authorization: Bearer $(cat token)"';

describe("the API server, from a Pod", () => {
  it("is known by the authority that is mounted, under each of its names", async () => {
    for (const host of ["kubernetes.default.svc", "kubernetes", "10.96.0.1", "172.18.0.2:6443"]) {
      const { stdout, stderr } = await curl(`--cacert ca.crt https://${host}/version`);
      expect(stderr).toBe("");
      expect(JSON.parse(stdout)).toMatchObject({ major: "1", minor: "34" });
    }
  });

  it("is believed by nobody who does not have the authority, or asks for another name", async () => {
    const unknown = await curl("https://kubernetes.default.svc/version");
    expect(unknown.stderr).toMatch(/^curl: \(60\) SSL certificate problem: unable to get local issuer certificate\n/);
    expect(unknown.exitCode).toBe(60);
    const other = await curl("--cacert ca.crt --resolve api.example.com:443:10.96.0.1 https://api.example.com/version");
    expect(other.stderr).toMatch(
      /^curl: \(60\) SSL: no alternative certificate subject name matches target host name 'api\.example\.com'\n/,
    );
    expect((await curl("-k https://kubernetes.default.svc/version")).exitCode).toBe(0);
    expect((await curl("--cacert nothing https://kubernetes.default.svc/version")).exitCode).toBe(77);
  });

  it("says what the account of the Pod may not, and lets it do what it may", async () => {
    const pods = "https://kubernetes.default.svc/api/v1/namespaces/default/pods";
    expect(JSON.parse((await curl(`--cacert ca.crt ${pods}`)).stdout)).toMatchObject({
      code: 403,
      message:
        'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "default"',
    });
    expect(JSON.parse((await curl(`${ASK} ${pods}`)).stdout).message).toContain(
      'User "system:serviceaccount:default:default" cannot list resource "pods"',
    );
    await me.ok("kubectl create rolebinding look --clusterrole=edit --serviceaccount=default:default");
    const list = JSON.parse((await curl(`${ASK} ${pods}`)).stdout) as { items: { metadata: { name: string } }[] };
    expect(list.items.map(({ metadata }) => metadata.name)).toEqual(["box"]);
    const body = '{\\"metadata\\":{\\"name\\":\\"made\\"}}';
    const made = await curl(
      `${ASK} -o /dev/null -w "%{http_code}" -H "Content-Type: application/json" -d "${body}" https://kubernetes.default.svc/api/v1/namespaces/default/configmaps`,
    );
    expect(made.stdout).toBe("201");
    expect(await me.ok("kubectl get configmap made -o name")).toBe("configmap/made\n");
  });

  it("is where a kubeconfig says it is, for the person at the workstation", async () => {
    const script = `server=$(kubectl config view -o jsonpath='{.clusters[0].cluster.server}')
token=$(kubectl create token default)
curl -sS -k -H "Authorization: Bearer $token" $server/api/v1/namespaces/default/pods/box -o /dev/null -w '%{http_code}'`;
    expect(await me.ok(script)).toBe("200");
    const { stderr } = await me.run("curl -sS https://127.0.0.1:6444");
    expect(stderr).toContain("Couldn't connect to server");
  });

  it("sends what is watched as it comes", async () => {
    const { stdout } = await curl(
      `${ASK} --max-time 3 "https://kubernetes.default.svc/api/v1/namespaces/default/configmaps?watch=1" | head -2`,
    );
    const names = stdout
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { object: { metadata: { name: string } } }).object.metadata.name);
    expect(names).toEqual(expect.arrayContaining(["kube-root-ca.crt", "made"]));
  });

  it("tells those who forget the S, and a server without TLS is found out", async () => {
    expect((await curl("http://kubernetes.default.svc:443/version")).stdout).toBe(
      "Client sent an HTTP request to an HTTPS server.\n",
    );
    const plain = await curl("-k https://localhost:80");
    expect(plain.exitCode).toBe(35);
    expect(plain.stderr).toMatch(/^curl: \(35\) error:0A00010B:SSL routines::wrong version number$/m);
  });
});
