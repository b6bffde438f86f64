/** The documents the course grew from: their manifests and commands, as a learner would type them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRecords } from "../../lib/grading/evaluate.ts";
import { fixture, type Learner, learner } from "./learner.ts";

const notes = fixture("statefulset-notes.yaml");
const withSelector = notes.replace(
  '  serviceName: "nginx"\n',
  '  serviceName: "nginx"\n  selector:\n    matchLabels:\n      app: nginx\n',
);

describe("the study notes on StatefulSets", () => {
  let me: Learner;
  beforeAll(async () => {
    me = await learner({ files: { "printed.yaml": notes, "web.yaml": withSelector } });
  });
  afterAll(() => me.close());

  it("is refused as printed, because the selector is missing, in the API server's words", async () => {
    const { exitCode, stderr, stdout } = await me.run("kubectl apply -f printed.yaml");
    expect(exitCode).toBe(1);
    expect(stdout).toBe("service/nginx created\n");
    expect(stderr).toContain('The StatefulSet "web" is invalid: ');
    expect(stderr).toContain("* spec.selector: Required value");
    expect(stderr).toMatch(
      /\* spec\.template\.metadata\.labels: Invalid value: .*`selector` does not match template `labels`/,
    );
  });

  it("runs with the selector added: web-0 Ready before web-1 is created, claims bound", async () => {
    expect(await me.ok("kubectl apply -f web.yaml")).toBe("service/nginx unchanged\nstatefulset.apps/web created\n");
    await me.settle();
    expect(await me.ok("kubectl get statefulset web")).toMatch(/^NAME +READY +AGE\nweb +2\/2 +\S+\n$/);
    expect(await me.ok("kubectl get service nginx")).toMatch(
      /^NAME .*\nnginx +ClusterIP +None +<none> +80\/TCP +\S+\n$/,
    );
    expect(await me.ok("kubectl get pvc -o custom-columns=N:.metadata.name,P:.status.phase --no-headers")).toBe(
      "www-web-0   Bound\nwww-web-1   Bound\n",
    );
    expect(await me.ok("kubectl get pods -l app=nginx -o name")).toBe("pod/web-0\npod/web-1\n");
    const records = (await readRecords(me.sandbox)).filter((record) => record.kind === "Pod");
    const at = (name: string, verb: string) =>
      records.find((record) => record.name === name && record.verb === verb)?.sequence ?? Number.NaN;
    expect(at("web-0", "becameReady")).toBeLessThan(at("web-1", "created"));
  });

  it("resolves web-0.nginx inside a Pod started with kubectl run -i", async () => {
    const out = await me.ok(
      "echo nslookup web-0.nginx | kubectl run -i --tty --image busybox dns-test --restart=Never --rm /bin/sh",
    );
    const address = (await me.ok("kubectl get pod web-0 -o jsonpath='{.status.podIP}'")).trim();
    expect(out).toContain("10.96.0.10");
    expect(out).toContain("web-0.nginx");
    expect(out).toContain(address);
    expect((await me.run("kubectl get pod dns-test")).stderr).toBe(
      'Error from server (NotFound): pods "dns-test" not found\n',
    );
  });

  it("keeps a file in web-0's volume when the Pod is deleted", async () => {
    await me.ok("kubectl exec web-0 -- sh -c 'echo kept > /usr/share/nginx/html/index.html'");
    const before = await me.ok("kubectl get pod web-0 -o jsonpath='{.metadata.uid}'");
    expect(await me.ok("kubectl delete pod web-0")).toMatch(/^pod "web-0" deleted( from default namespace)?\n$/);
    await me.settle();
    expect(await me.ok("kubectl get pod web-0 -o jsonpath='{.metadata.uid}'")).not.toBe(before);
    expect(await me.ok("kubectl exec web-0 -- cat /usr/share/nginx/html/index.html")).toBe("kept\n");
  });

  it("scales to 5 and is patched to 3, from the highest ordinal down", async () => {
    expect(await me.ok("kubectl scale statefulset web --replicas=5")).toBe("statefulset.apps/web scaled\n");
    await me.settle();
    expect(await me.ok("kubectl get pods -l app=nginx -o name")).toBe(
      "pod/web-0\npod/web-1\npod/web-2\npod/web-3\npod/web-4\n",
    );
    expect(await me.ok(`kubectl patch statefulset web -p '{"spec":{"replicas":3}}'`)).toBe(
      "statefulset.apps/web patched\n",
    );
    await me.settle();
    const deleted = (await readRecords(me.sandbox)).filter(
      (record) => record.kind === "Pod" && record.verb === "deleted" && record.ordinal > 2,
    );
    expect(deleted.map((record) => record.name)).toEqual(["web-4", "web-3"]);
    expect(await me.ok("kubectl get pvc -o name | wc -l")).toMatch(/^ *5\n$/);
  });

  it("changes the image by JSON patch; with partition 3 of 5 only web-3 and web-4 follow", async () => {
    await me.ok("kubectl scale statefulset web --replicas=5");
    await me.settle();
    await me.ok(
      `kubectl patch sts web -p '{"spec":{"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":3}}}}'`,
    );
    expect(
      await me.ok(
        `kubectl patch sts web --type='json' -p='[{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value":"nginx:1.9.1"}]'`,
      ),
    ).toBe("statefulset.apps/web patched\n");
    await me.settle();
    expect(await me.ok("kubectl get pods -l app=nginx -o jsonpath='{.items[*].spec.containers[0].image}'")).toBe(
      "nginx:1.7.9 nginx:1.7.9 nginx:1.7.9 nginx:1.9.1 nginx:1.9.1",
    );
    expect(await me.ok("kubectl rollout status sts/web")).toContain(
      "partitioned roll out complete: 2 new pods have been updated...",
    );
  });

  it.each([
    [
      "--cascade=false",
      "warning: --cascade=false is deprecated (boolean value) and can be replaced with --cascade=orphan.",
    ],
    ["--cascade=orphan", ""],
  ])("leaves the Pods when deleted with %s", async (flag, warning) => {
    const { stdout, stderr, exitCode } = await me.run(`kubectl delete sts web ${flag}`);
    expect([exitCode, stderr.trim()]).toEqual([0, warning]);
    expect(stdout).toMatch(/^statefulset.apps "web" deleted( from default namespace)?\n$/);
    await me.settle();
    expect(await me.ok("kubectl get pods -l app=nginx -o name | wc -l")).toMatch(/^ *5\n$/);
    expect(await me.ok("kubectl get pod web-0 -o jsonpath='{.metadata.ownerReferences}'")).toBe("");
    await me.ok("kubectl apply -f web.yaml && kubectl scale statefulset web --replicas=5");
    await me.settle();
  });

  it("deletes the Pods with the set, keeps the claims, and deletes those when asked", async () => {
    await me.ok("kubectl delete statefulset web");
    await me.settle();
    expect((await me.run("kubectl get pods -l app=nginx")).stderr).toBe("No resources found in default namespace.\n");
    expect(await me.ok("kubectl get pvc -o name")).toContain("persistentvolumeclaim/www-web-0\n");
    await me.ok("kubectl delete service nginx");
    expect(await me.ok("kubectl delete pvc www-web-0 www-web-1")).toMatch(/persistentvolumeclaim "www-web-0" deleted/);
    await me.settle();
    expect(await me.ok("kubectl get pvc -o name")).not.toContain("www-web-0");
  });
});

describe("the PetSet of 2016", () => {
  it("is answered with what upstream says to a kind that does not exist", async () => {
    const me = await learner({ files: { "petset.yaml": fixture("petset.yaml") } });
    const { stdout, stderr, exitCode } = await me.run("kubectl apply -f petset.yaml");
    expect(exitCode).toBe(1);
    expect(stdout).toBe("service/nginx created\n");
    expect(stderr).toContain(
      'no matches for kind "PetSet" in version "apps/v1alpha1"\nensure CRDs are installed first',
    );
    await me.close();
  });
});

describe("bad input", () => {
  let me: Learner;
  beforeAll(async () => {
    me = await learner();
  });
  afterAll(() => me.close());

  it("names file and line of malformed YAML", async () => {
    await me.sandbox.workspace.write("bad.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n bad: y\n");
    const { stderr, exitCode } = await me.run("kubectl apply -f bad.yaml");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: error parsing bad\.yaml: error converting YAML to JSON: yaml: line \d+: /);
  });

  it("refuses unknown fields as upstream's strict decoding does", async () => {
    await me.sandbox.workspace.write(
      "unknown.yaml",
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndatas: {}\n",
    );
    const { stderr, exitCode } = await me.run("kubectl apply -f unknown.yaml");
    expect([exitCode, stderr]).toEqual([
      1,
      'Error from server (BadRequest): error when creating "unknown.yaml": ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "datas"\n',
    ]);
  });

  it("shows an unknown image as ErrImagePull, then ImagePullBackOff, with events", async () => {
    await me.ok("kubectl run nope --image=nope.example/none:1");
    await me.sandbox.advance({ withinMs: 60_000, untilSettled: false });
    expect(await me.ok("kubectl get pod nope --no-headers")).toMatch(/nope +0\/1 +(ErrImagePull|ImagePullBackOff) /);
    const events = await me.ok(
      "kubectl get events --field-selector involvedObject.name=nope -o custom-columns=R:.reason,M:.message --no-headers",
    );
    expect(events).toMatch(/^Pulling +Pulling image "nope\.example\/none:1"$/m);
    expect(events).toMatch(/^Failed +Error: ErrImagePull$/m);
    expect(events).toMatch(/^Failed +Error: ImagePullBackOff$/m);
    expect(events).toMatch(/^BackOff +Back-off pulling image "nope\.example\/none:1"/m);
  });

  it("survives a fork bomb and an endless loop", async () => {
    const bomb = await me.sandbox.run(":(){ :|:& };:; wait", { timeoutMs: 2000, session: "bomb" });
    expect(bomb.stderr + bomb.stdout + String(bomb.timedOut)).toMatch(/Resource temporarily unavailable|true/);
    const loop = await me.sandbox.run("while :; do :; done", { timeoutMs: 500, session: "loop" });
    expect(loop.timedOut).toBe(true);
    expect(await me.ok("kubectl get nodes -o name | wc -l")).toMatch(/^ *3\n$/);
  });
});
