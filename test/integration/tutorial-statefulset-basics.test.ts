/**
 * Kubernetes' tutorial "StatefulSet Basics", command by command, on a learner's sandbox: what it says one should see is
 * what one sees. Manifests are our own. (kubernetes/website, docs/tutorials/stateful-application/basic-stateful-set)
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Learner, learner } from "./learner.ts";
import { table, walker } from "./tutorial.ts";

const web = (policy: string) => `apiVersion: v1
kind: Service
metadata: {name: nginx, labels: {app: nginx}}
spec:
  clusterIP: None
  selector: {app: nginx}
  ports: [{port: 80, name: web}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  serviceName: nginx
  replicas: 2
  ${policy}
  selector: {matchLabels: {app: nginx}}
  template:
    metadata: {labels: {app: nginx}}
    spec:
      containers:
      - name: nginx
        image: registry.k8s.io/nginx-slim:0.21
        ports: [{containerPort: 80, name: web}]
        volumeMounts: [{name: www, mountPath: /usr/share/nginx/html}]
  volumeClaimTemplates:
  - metadata: {name: www}
    spec:
      accessModes: [ReadWriteOnce]
      resources: {requests: {storage: 1Gi}}
`;

const IMAGE = "'{{range $i, $c := .spec.containers}}{{$c.image}}{{end}}'";

describe("StatefulSet Basics", () => {
  let me: Learner;
  beforeAll(async () => {
    me = await learner({
      files: { "web.yaml": web(""), "web-parallel.yaml": web("podManagementPolicy: Parallel") },
      latencies: "realistic",
    });
  });
  afterAll(() => me.close());
  const { ok, watching } = walker(() => me);

  it("creates Pods in order", async () => {
    const seen = await watching("kubectl get pods --watch -l app=nginx", async () => {
      expect(await ok("kubectl apply -f web.yaml")).toBe("service/nginx created\nstatefulset.apps/web created\n");
      await me.settle();
    });
    expect(seen).toEqual([
      "web-0 0/1 Pending",
      "web-0 0/1 ContainerCreating",
      "web-0 1/1 Running",
      "web-1 0/1 Pending",
      "web-1 0/1 ContainerCreating",
      "web-1 1/1 Running",
    ]);
    expect(table(await ok("kubectl get service nginx"))).toEqual([["nginx", "ClusterIP", "None", "<none>", "80/TCP"]]);
    expect(table(await ok("kubectl get statefulset web"))).toEqual([["web", "2/2"]]);
  });

  it("gives each a name that stays, in DNS too", async () => {
    expect(await ok(`for i in 0 1; do kubectl exec "web-$i" -- sh -c 'hostname'; done`)).toBe("web-0\nweb-1\n");
    const address = await ok("kubectl get pod web-0 -o jsonpath={.status.podIP}");
    const lookup = "kubectl run -i --image busybox:1.28 dns-test --restart=Never --rm -- nslookup web-0.nginx";
    expect(await ok(lookup)).toMatch(
      new RegExp(
        `Server: +(\\S+)\nAddress 1: \\1 kube-dns.kube-system.svc.cluster.local\n\nName: +web-0.nginx\nAddress 1: ${address} web-0.nginx.default.svc.cluster.local\n`,
      ),
    );
    const before = await ok("kubectl get pods -l app=nginx -o jsonpath={.items[*].metadata.uid}");
    const seen = await watching("kubectl get pod --watch -l app=nginx", async () => {
      expect(await ok("kubectl delete pod -l app=nginx")).toBe('pod "web-0" deleted\npod "web-1" deleted\n');
      await me.settle();
    });
    // Both go at once; they come back one after the other.
    const created = seen.filter((line) => /Pending|Creating|1\/1 Running/.test(line)).slice(2);
    expect(created).toEqual([
      "web-0 0/1 Pending",
      "web-0 0/1 ContainerCreating",
      "web-0 1/1 Running",
      "web-1 0/1 Pending",
      "web-1 0/1 ContainerCreating",
      "web-1 1/1 Running",
    ]);
    expect(await ok("kubectl get pods -l app=nginx -o jsonpath={.items[*].metadata.uid}")).not.toBe(before);
    expect(await ok(`for i in 0 1; do kubectl exec web-$i -- sh -c 'hostname'; done`)).toBe("web-0\nweb-1\n");
    const moved = await ok("kubectl get pod web-1 -o jsonpath={.status.podIP}");
    expect(await ok(lookup.replace("web-0", "web-1"))).toContain(`Address 1: ${moved} web-1.nginx`);
  });

  it("writes to storage that stays", async () => {
    expect(table(await ok("kubectl get pvc -l app=nginx"))).toEqual([
      ["www-web-0", "Bound", expect.stringMatching(/^pvc-/), "1Gi", "RWO", "standard", "<unset>"],
      ["www-web-1", "Bound", expect.stringMatching(/^pvc-/), "1Gi", "RWO", "standard", "<unset>"],
    ]);
    await ok(
      `for i in 0 1; do kubectl exec "web-$i" -- sh -c 'echo "$(hostname)" > /usr/share/nginx/html/index.html'; done`,
    );
    const curl = `for i in 0 1; do kubectl exec -i -t "web-$i" -- curl http://localhost/; done`;
    expect((await ok(curl)).replaceAll("\r", "")).toBe("web-0\nweb-1\n");
    await ok(`for i in 0 1; do kubectl exec web-$i -- chmod 755 /usr/share/nginx/html; done`);
    await ok("kubectl delete pod -l app=nginx");
    await me.settle();
    expect((await ok(curl)).replaceAll("\r", "")).toBe("web-0\nweb-1\n");
  });

  it("scales up in order, and down in the opposite one; claims stay", async () => {
    const up = await watching("kubectl get pods --watch -l app=nginx", async () => {
      expect(await ok("kubectl scale sts web --replicas=5")).toBe("statefulset.apps/web scaled\n");
      await me.settle();
    });
    expect(up.slice(2)).toEqual(
      ["web-2", "web-3", "web-4"].flatMap((pod) => [
        `${pod} 0/1 Pending`,
        `${pod} 0/1 ContainerCreating`,
        `${pod} 1/1 Running`,
      ]),
    );
    const down = await watching("kubectl get pods --watch -l app=nginx", async () => {
      expect(await ok(`kubectl patch sts web -p '{"spec":{"replicas":3}}'`)).toBe("statefulset.apps/web patched\n");
      await me.settle();
    });
    expect(down.slice(5).map((line) => line.replace(/Completed|Error/, "Terminating"))).toEqual([
      "web-4 1/1 Terminating",
      "web-4 0/1 Terminating",
      "web-3 1/1 Terminating",
      "web-3 0/1 Terminating",
    ]);
    expect(table(await ok("kubectl get pvc -l app=nginx")).map(([name]) => name)).toEqual(
      [0, 1, 2, 3, 4].map((ordinal) => `www-web-${ordinal}`),
    );
  });

  it("updates from the last ordinal to the first", async () => {
    const image = (tag: string) =>
      `kubectl patch statefulset web --type='json' -p='[{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value":"registry.k8s.io/nginx-slim:${tag}"}]'`;
    const seen = await watching("kubectl get pod -l app=nginx --watch", async () => {
      expect(await ok(image("0.24"))).toBe("statefulset.apps/web patched\n");
      expect(await ok("kubectl rollout status sts/web")).toMatch(
        /^(?:Waiting for partitioned roll out to finish: [012] out of 3 new pods have been updated\.\.\.\nWaiting for 1 pods to be ready\.\.\.\n){3}partitioned roll out complete: 3 new pods have been updated\.\.\.\n$/,
      );
    });
    expect(seen.filter((line) => line.endsWith("ContainerCreating")).map((line) => line.split(" ")[0])).toEqual([
      "web-2",
      "web-1",
      "web-0",
    ]);
    expect(await ok(`for p in 0 1 2; do kubectl get pod "web-$p" --template ${IMAGE}; echo; done`)).toBe(
      "registry.k8s.io/nginx-slim:0.24\n".repeat(3),
    );

    // Staged: nothing below the partition is updated, not even a Pod that is deleted.
    const partition = (ordinal: number) =>
      ok(
        `kubectl patch statefulset web -p '{"spec":{"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":${ordinal}}}}}'`,
      );
    expect(await partition(3)).toBe("statefulset.apps/web patched\n");
    await ok(image("0.21"));
    expect(await ok("kubectl delete pod web-2")).toBe('pod "web-2" deleted\n');
    await me.settle();
    expect(await ok(`kubectl get pod web-2 --template ${IMAGE}`)).toBe("registry.k8s.io/nginx-slim:0.24");
    // A canary.
    await partition(2);
    await me.settle();
    expect(await ok(`kubectl get pod web-2 --template ${IMAGE}`)).toBe("registry.k8s.io/nginx-slim:0.21");
    await ok("kubectl delete pod web-1");
    await me.settle();
    expect(await ok(`kubectl get pod web-1 --template ${IMAGE}`)).toBe("registry.k8s.io/nginx-slim:0.24");
    // The rest.
    await partition(0);
    await me.settle();
    expect(await ok(`for p in 0 1 2; do kubectl get pod "web-$p" --template ${IMAGE}; echo; done`)).toBe(
      "registry.k8s.io/nginx-slim:0.21\n".repeat(3),
    );

    // OnDelete: only who is deleted comes back new.
    expect(
      await ok(
        `kubectl patch statefulset web -p '{"spec":{"updateStrategy":{"type":"OnDelete", "rollingUpdate": null}}}'`,
      ),
    ).toBe("statefulset.apps/web patched\n");
    await ok(image("0.24"));
    await me.settle();
    await ok("kubectl delete pod web-0");
    await me.settle();
    expect(await ok(`for p in 0 1 2; do kubectl get pod "web-$p" --template ${IMAGE}; echo; done`)).toBe(
      "registry.k8s.io/nginx-slim:0.24\nregistry.k8s.io/nginx-slim:0.21\nregistry.k8s.io/nginx-slim:0.21\n",
    );
  });

  it("leaves its Pods alone when deleted so, and adopts them again", async () => {
    expect(await ok("kubectl delete statefulset web --cascade=orphan")).toBe('statefulset.apps "web" deleted\n');
    expect(table(await ok("kubectl get pods -l app=nginx")).map((row) => row.slice(0, 3))).toEqual([
      ["web-0", "1/1", "Running"],
      ["web-1", "1/1", "Running"],
      ["web-2", "1/1", "Running"],
    ]);
    expect(await ok("kubectl delete pod web-0")).toBe('pod "web-0" deleted\n');
    expect(table(await ok("kubectl get pods -l app=nginx")).map(([name]) => name)).toEqual(["web-1", "web-2"]);
    const seen = await watching("kubectl get pods --watch -l app=nginx", async () => {
      expect(await ok("kubectl apply -f web.yaml")).toBe("service/nginx unchanged\nstatefulset.apps/web created\n");
      await me.settle();
    });
    // web-0 is made anew, web-1 adopted, and web-2 is one too many.
    expect(seen.filter((line) => line.startsWith("web-0") && line.endsWith("Running"))).toEqual(["web-0 1/1 Running"]);
    expect(seen.some((line) => line.startsWith("web-2") && line.includes("Terminating"))).toBe(true);
    expect(
      (await ok(`for i in 0 1; do kubectl exec -i -t "web-$i" -- curl http://localhost/; done`)).replaceAll("\r", ""),
    ).toBe("web-0\nweb-1\n");
  });

  it("takes its Pods along when deleted; the Service and the data stay", async () => {
    expect(await ok("kubectl delete statefulset web")).toBe('statefulset.apps "web" deleted\n');
    await me.settle();
    expect(await me.run("kubectl get pods -l app=nginx")).toMatchObject({
      stdout: "",
      stderr: "No resources found in default namespace.\n",
    });
    expect(await ok("kubectl delete service nginx")).toBe('service "nginx" deleted\n');
    expect(await ok("kubectl apply -f web.yaml")).toBe("service/nginx created\nstatefulset.apps/web created\n");
    await me.settle();
    expect(
      (await ok(`for i in 0 1; do kubectl exec -i -t "web-$i" -- curl http://localhost/; done`)).replaceAll("\r", ""),
    ).toBe("web-0\nweb-1\n");
    await ok("kubectl delete service nginx && kubectl delete statefulset web");
    await me.settle();
  });

  it("starts and ends all at once under Parallel", async () => {
    const seen = await watching("kubectl get pod -l app=nginx --watch", async () => {
      expect(await ok("kubectl apply -f web-parallel.yaml")).toBe(
        "service/nginx created\nstatefulset.apps/web created\n",
      );
      await me.settle();
      expect(await ok("kubectl scale statefulset/web --replicas=5")).toBe("statefulset.apps/web scaled\n");
      await me.settle();
    });
    const first = (text: string) => seen.indexOf(text);
    expect(first("web-1 0/1 Pending")).toBeLessThan(first("web-0 1/1 Running"));
    for (const pod of ["web-2", "web-3", "web-4"])
      expect(first(`${pod} 0/1 Pending`)).toBeLessThan(first("web-2 1/1 Running"));
    expect(await ok("kubectl delete sts web")).toBe('statefulset.apps "web" deleted\n');
    await me.settle();
    expect((await ok("kubectl delete svc nginx")).trim()).toBe('service "nginx" deleted');
    await ok("kubectl delete pvc www-web-0 www-web-1 www-web-2 www-web-3 www-web-4");
    expect(table(await ok("kubectl get pv"))).toEqual([]);
  });
});
