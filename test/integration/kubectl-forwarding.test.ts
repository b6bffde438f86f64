/** port-forward and proxy: they listen on the learner's machine until they are stopped, and other programs of it reach them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Learner, learner } from "./learner.ts";
import { screen } from "./screen.ts";

const WEB = `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 8000, targetPort: http, name: main}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: nginx, image: "nginx:1.27", ports: [{containerPort: 80, name: http}]}
`;

describe("kubectl port-forward", () => {
  let me: Learner;
  beforeAll(async () => {
    me = await learner({ files: { "web.yaml": WEB, "site/page.html": "<p>mine</p>\n" } });
    await me.ok("kubectl apply -f web.yaml");
    await me.settle();
  });
  afterAll(() => me.close());

  it("carries connections from another terminal until ^C, which is no failure", async () => {
    const [one, two] = [await screen(me.sandbox), await screen(me.sandbox)];
    await one.until(/\$ $/);
    await two.until(/\$ $/);
    await one.type("kubectl port-forward svc/web 8080:main\n");
    await one.until(/Forwarding from 127\.0\.0\.1:8080 -> 80\r\n/);
    for (let times = 1; times <= 2; times++) {
      await two.type(`curl -s localhost:8080 | head -4; echo time ${times}\n`);
      await two.until(new RegExp(`Welcome to nginx![\\s\\S]*time ${times}\\r\\n[\\s\\S]*\\$ $`));
      await one.until(new RegExp(`(Handling connection for 8080\\r\\n){${times}}`));
    }
    await one.type("\x03");
    await one.until(/\^C[\s\S]*\$ $/);
    await one.type("echo code $?\n");
    await one.until(/code 0\r\n/);
    await two.type("curl -s localhost:8080; echo code $?\n");
    await two.until(/code 7\r\n/);
  });

  it("takes several ports, free ones and addresses", async () => {
    const out = await me.ok(
      "kubectl port-forward pod/web 9000:80 9001:http --address 0.0.0.0 > log & sleep 1; curl -s 127.0.0.1:9000 | grep -c Welcome; curl -s localhost:9001 | grep -c Welcome; kill %1; wait; cat log",
    );
    expect(out).toBe(
      "2\n2\nForwarding from 0.0.0.0:9000 -> 80\nForwarding from 0.0.0.0:9001 -> 80\nHandling connection for 9000\nHandling connection for 9001\n",
    );
    const free = await me.ok("kubectl port-forward web :80 > log & sleep 1; kill %1; wait; cat log");
    expect(free).toMatch(/^Forwarding from 127\.0\.0\.1:\d{5} -> 80\n$/);
  });

  it("says that a port is taken, and ends where none is left", async () => {
    const result = await me.run(
      "kubectl port-forward web 9100:80 >/dev/null & sleep 1; kubectl port-forward web 9100:80; code=$?; kill %1; wait; exit $code",
    );
    expect(result.stderr).toContain(
      "Unable to listen on port 9100: Listeners failed to create with the following errors: [unable to create listener: Error listen tcp4 127.0.0.1:9100: bind: address already in use",
    );
    expect(result.stderr).toContain("error: unable to listen on any of the requested ports: [{9100 80}]\n");
    expect(result.exitCode).toBe(1);
  });

  it("loses the Pod where nothing listens on the port", async () => {
    const result = await me.run("kubectl port-forward web 9200:81 & sleep 1; curl -s localhost:9200; wait %1");
    expect(result.stdout).toBe("Forwarding from 127.0.0.1:9200 -> 81\nHandling connection for 9200\n");
    expect(result.stderr).toMatch(
      /portforward\.go:424\] "Unhandled Error" err="an error occurred forwarding 9200 -> 81: [\s\S]*connection refused[\s\S]*"\nerror: lost connection to pod\n$/,
    );
    expect(result.exitCode).toBe(1);
  });

  it("waits for a workload's first Pod", async () => {
    await me.ok("kubectl create deployment later --image=nginx:1.27 --replicas=0");
    const late = await me.run("kubectl exec deploy/later --pod-running-timeout=2s -- hostname");
    expect(late.stderr).toBe("error: timed out waiting for the condition\n");
    expect(late.ms).toBeGreaterThanOrEqual(2000);
    const result = await me.run(
      "(sleep 3; kubectl scale deploy/later --replicas=1 >/dev/null) & kubectl port-forward deploy/later :80 --pod-running-timeout=30s",
    );
    expect(result.stderr).toBe("error: unable to forward port because pod is not running. Current status=Pending\n");
  });

  it("refuses who may not, before it listens", async () => {
    const result = await me.run("kubectl port-forward web 9300:80 --as nobody");
    expect(result.stderr).toContain('User "nobody" cannot get resource "pods"');
    expect(result.exitCode).toBe(1);
  });
});

describe("kubectl proxy", () => {
  let me: Learner;
  beforeAll(async () => {
    me = await learner({ files: { "web.yaml": WEB, "site/page.html": "<p>mine</p>\n" } });
    await me.ok("kubectl apply -f web.yaml");
    await me.settle();
    expect(await me.ok("kubectl proxy --www=site > log & sleep 1; cat log")).toBe(
      "Starting to serve on 127.0.0.1:8001\n",
    );
  });
  afterAll(() => me.close());

  it("answers with the kubeconfig's rights", async () => {
    expect(await me.ok("curl -s localhost:8001/api/v1/namespaces/default/pods/web | grep '\"phase\"'")).toContain(
      '"phase": "Running"',
    );
    expect(await me.ok("curl -s localhost:8001/nope")).toBe("404 page not found\n");
  });

  it("listens on a port of the machine's choice", async () => {
    const said = await me.ok("kubectl proxy --port=0 --disable-filter > chosen 2>/dev/null & sleep 1; cat chosen");
    const port = /^Starting to serve on 127\.0\.0\.1:(\d+)\n$/.exec(said)?.[1] ?? "";
    expect(Number(port)).toBeGreaterThan(1023);
    expect(await me.ok(`curl -s localhost:${port}/api/ | tr -d ' \n'`)).toContain('"versions":["v1"]');
  });

  it("takes changes", async () => {
    const made = `curl -s -X POST -H 'Content-Type: application/json' -d '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"by-curl"}}'`;
    await me.ok(`${made} localhost:8001/api/v1/namespaces/default/configmaps`);
    expect(await me.ok("kubectl get cm by-curl -o name")).toBe("configmap/by-curl\n");
  });

  it("streams watches", async () => {
    const watched =
      "curl -sN 'localhost:8001/api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=2' | head -c 15";
    expect(await me.ok(watched)).toBe('{"type":"ADDED"');
  });

  it("lets nobody execute through it, nor ask by another name", async () => {
    const headers = "curl -si localhost:8001/api/v1/namespaces/default/pods/web/exec | head -1";
    expect(await me.ok(headers)).toBe("HTTP/1.1 403 Forbidden\r\n");
    expect(await me.ok("curl -s -H 'Host: example.com' localhost:8001/version")).toBe("Forbidden\n");
  });

  it("serves files below its prefix, and nothing above them", async () => {
    expect(await me.ok("curl -s localhost:8001/static/page.html")).toBe("<p>mine</p>\n");
    expect(await me.ok("curl -s localhost:8001/static/")).toContain('<a href="page.html">page.html</a>');
    expect(await me.ok("curl -s localhost:8001/static/..%2fweb.yaml")).not.toContain("kind: Pod");
  });

  /** Status line, where to, type and body of an answer (kubectl 1.33's were the same). */
  const answer = (port: number, path: string) =>
    me.ok(
      `curl -si localhost:${port}${path} | tr -d '\\r' | grep -vE '^(Date|Last-Modified|Content-Length|X-)' | head -5`,
    );
  const serving = (port: number, flags: string) =>
    me.ok(`kubectl proxy -p ${port} ${flags} > log-${port} & sleep 1; cat log-${port}`);

  it("sends paths with double slashes, and prefixes without their last one, where Go's mux does", async () => {
    const moved = (to: string) =>
      `HTTP/1.1 301 Moved Permanently\nContent-Type: text/html; charset=utf-8\nLocation: ${to}\n\n<a href="${to}">Moved Permanently</a>.\n`;
    expect(await answer(8001, "/api/v1/namespaces/default/pods//x")).toBe(moved("/api/v1/namespaces/default/pods/x"));
    expect(await answer(8001, "/static")).toBe(moved("/static/"));
    expect(await answer(8001, "/static/index.html")).toContain("HTTP/1.1 301 Moved Permanently\nLocation: ./\n");
    expect(await answer(8001, "/static/page.html/")).toContain(
      "HTTP/1.1 301 Moved Permanently\nLocation: ../page.html\n",
    );
    await serving(8101, "--api-prefix=/k8s");
    expect(await answer(8101, "/k8s")).toBe(moved("/k8s/"));
    expect(await answer(8101, "/k8s/version")).toContain("HTTP/1.1 200 OK");
    expect(await answer(8101, "/version")).toContain("HTTP/1.1 404 Not Found");
  });

  it("reads prefixes and filters as upstream does", async () => {
    // Without a slash in front it would be a host; below /api nothing is cut off; the longer prefix wins.
    await serving(8102, "--api-prefix=k8s/");
    expect(await answer(8102, "/k8s/version")).toContain("HTTP/1.1 404 Not Found");
    await serving(8103, "--www=site --www-prefix=/ --api-prefix=/api/");
    expect(await answer(8103, "/page.html")).toContain("<p>mine</p>");
    expect(await answer(8103, "/api/v1/namespaces/default")).toContain("HTTP/1.1 200 OK\nCache-Control:");
    // No expression is one that nothing matches.
    await serving(8104, "--accept-paths=");
    expect(await answer(8104, "/version")).toContain("HTTP/1.1 403 Forbidden");
    await serving(8105, "--reject-paths= --reject-methods=");
    expect(await answer(8105, "/version")).toContain("HTTP/1.1 200 OK");
  });

  it("passes on to the server what no server allows", async () => {
    expect(await me.ok("curl -s -X TRACE localhost:8001/api")).toContain('"reason":"MethodNotAllowed"');
  });
});
