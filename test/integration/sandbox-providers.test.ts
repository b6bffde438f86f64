/** One contract, two providers: an embedded cluster, and a namespace of a cluster that a kubeconfig names. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadContent } from "../../lib/course/load.ts";
import { type CheckSpec, checkSchema } from "../../lib/course/schema.ts";
import { evaluateCheck } from "../../lib/grading/index.ts";
import { makeCertificates } from "../../lib/kubernetes/apiserver/certificates.node.ts";
import { type ServedApi, serve } from "../../lib/kubernetes/apiserver/http.node.ts";
import { createCluster } from "../../lib/kubernetes/cluster.ts";
import type { Cluster } from "../../lib/kubernetes/cluster.types.ts";
import { standardImages } from "../../lib/sandbox/embedded/images.ts";
import { embeddedSandboxes } from "../../lib/sandbox/embedded/index.node.ts";
import { kubeconfigSandboxes } from "../../lib/sandbox/kubeconfig/index.node.ts";
import type { Edit, Sandbox, SandboxId, SandboxProvider, SandboxSpec } from "../../lib/sandbox/types.ts";

const SETUP = `apiVersion: v1
kind: Service
metadata: {name: nginx}
spec: {clusterIP: None, selector: {app: nginx}, ports: [{port: 80, name: web}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: page}
data: {index.html: "from the setup\\n"}
`;
const WEB = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  serviceName: nginx
  replicas: 2
  selector: {matchLabels: {app: nginx}}
  template:
    metadata: {labels: {app: nginx}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - name: nginx
        image: nginx:1.27
        ports: [{containerPort: 80, name: web}]
        volumeMounts: [{name: page, mountPath: /usr/share/nginx/html}]
      volumes: [{name: page, configMap: {name: page}}]
`;
const SPEC: SandboxSpec = {
  files: { "web.yaml": WEB, "notes/read.me": "hello\n" },
  setup: SETUP,
  seed: 1,
  latencies: "none",
};

/** As in a lesson's file. */
const check = (spec: object): CheckSpec => checkSchema.parse({ title: { en: "x", zh: "x" }, ...spec });
const CHECKS: readonly CheckSpec[] = [
  check({
    id: "replicas",
    type: "object",
    object: { kind: "StatefulSet", name: "web" },
    that: "object.status.readyReplicas == 2",
  }),
  check({ id: "pods", type: "objects", objects: { kind: "Pod", labels: "app=nginx" }, that: "objects.size() == 2" }),
  check({
    id: "order",
    type: "timeline",
    that: "timeline.filter(r, r.kind == 'Pod' && r.verb == 'becameReady').map(r, r.name) == ['web-0', 'web-1']",
  }),
  check({
    id: "inside",
    type: "exec",
    pod: "web-0",
    run: ["cat", "/usr/share/nginx/html/index.html"],
    that: "result.stdout.contains('from the setup')",
  }),
  check({ id: "shell", type: "shell", script: "kubectl get sts web -o name | grep -qx statefulset.apps/web" }),
  check({ id: "file", type: "file", file: "web.yaml", that: "documents[0].kind == 'StatefulSet'" }),
  check({
    id: "http",
    type: "http",
    url: "http://web-1.nginx.default.svc.cluster.local/",
    that: "response.body.contains('from the setup')",
  }),
  check({ id: "dns", type: "dns", name: "nginx.default.svc.cluster.local", that: "size(answers) == 2" }),
];

interface Subject {
  readonly name: string;
  readonly forks: boolean;
  start(): Promise<{ readonly provider: SandboxProvider; close(): Promise<void> }>;
}

const SUBJECTS: readonly Subject[] = [
  {
    name: "an embedded cluster",
    forks: true,
    start: async () => ({ provider: embeddedSandboxes(), close: async () => undefined }),
  },
  {
    name: "a namespace of a cluster behind a socket",
    forks: false,
    async start() {
      const cluster: Cluster = createCluster({ images: standardImages(), latencies: "none" });
      await cluster.ready();
      const tls = await makeCertificates(["127.0.0.1"], Date.now());
      const served: ServedApi = await serve(cluster, { tls });
      const directory = mkdtempSync(join(tmpdir(), "provider-"));
      const path = join(directory, "config");
      writeFileSync(join(directory, "ca.pem"), tls.ca);
      writeFileSync(
        path,
        JSON.stringify({
          "current-context": "c",
          clusters: [{ name: "c", cluster: { server: served.url, "certificate-authority": "ca.pem" } }],
          users: [{ name: "u", user: { token: cluster.adminToken } }],
          contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
        }),
      );
      return {
        provider: kubeconfigSandboxes({ kubeconfig: path, setupLimitMs: 10_000 }),
        async close() {
          cluster.close();
          await served.close();
          rmSync(directory, { recursive: true });
        },
      };
    },
  },
];

describe.each(SUBJECTS)("a sandbox on $name", (subject) => {
  const id = "contract-test" as SandboxId;
  let running: Awaited<ReturnType<Subject["start"]>>;
  let sandbox: Sandbox;
  const ok = async (script: string) => {
    const result = await sandbox.run(script, { timeoutMs: 30_000 });
    expect(result, script).toMatchObject({ exitCode: 0, timedOut: false });
    return result.stdout;
  };
  const statuses = async (checks: readonly CheckSpec[]) => {
    const context = { namespace: "default", answers: new Map<string, unknown>() };
    const found: Record<string, string> = {};
    for (const one of checks) {
      const verdict = await evaluateCheck(one, sandbox, context);
      found[one.id] = verdict.status === "error" ? `error: ${verdict.message.en}` : verdict.status;
    }
    return found;
  };

  beforeAll(async () => {
    running = await subject.start();
    sandbox = await running.provider.create(id, SPEC);
  }, 60_000);
  afterAll(async () => {
    await running.provider.destroy(id);
    await running.close();
  });

  it("begins with the lesson's files and objects", async () => {
    expect((await sandbox.workspace.list()).map(({ path }) => path)).toEqual(["notes/read.me", "web.yaml"]);
    expect(await ok("kubectl get cm page -o jsonpath='{.data}'")).toContain("from the setup");
    expect(await ok("kubectl get nodes -o name | wc -l")).not.toBe("0\n");
  });

  it("fails the checks before anything was done", async () => {
    const found = await statuses(CHECKS);
    expect(found).toMatchObject({
      replicas: "fail",
      pods: "fail",
      order: "fail",
      shell: "fail",
      http: "fail",
      file: "pass",
    });
  });

  it("passes the same checks of a lesson when the learner did it", async () => {
    await ok("kubectl apply -f web.yaml && kubectl rollout status sts/web --timeout=20s");
    await expect.poll(async () => (await sandbox.activity()).busy, { timeout: 10_000 }).toBe(false);
    expect(await statuses(CHECKS)).toEqual(Object.fromEntries(CHECKS.map((one) => [one.id, "pass"])));
  });

  it("tells of changes in the namespace the lesson speaks of", async () => {
    const start = await sandbox.timeline.start();
    const records = await sandbox.timeline.read(start);
    const pod = records.find((record) => record.kind === "Pod" && record.name === "web-0");
    expect(pod).toMatchObject({
      resource: "pods",
      namespace: "default",
      object: { metadata: { namespace: "default" } },
    });
    const answer = await sandbox.api("GET", "/api/v1/namespaces/default/pods/web-0");
    expect(answer).toMatchObject({ status: 200, body: { metadata: { namespace: "default" } } });
  });

  it("reaches Pods and Services from the learner's machine", async () => {
    expect(await ok("curl -s -m 5 http://web-0.nginx.default.svc.cluster.local")).toBe("from the setup\n");
    expect(await ok("dig +short nginx.default.svc.cluster.local | wc -l")).toBe("2\n");
  });

  it("executes in containers, and says why it cannot", async () => {
    const target = { namespace: "default", pod: "web-0" };
    expect(await sandbox.exec(target, ["sh", "-c", "hostname; exit 4"], 10_000)).toMatchObject({
      stdout: "web-0\n",
      exitCode: 4,
    });
    expect((await sandbox.exec({ ...target, pod: "nope" }, ["ls"], 10_000)).stderr).toContain('pods "nope" not found');
  });

  it("gives what kubectl edit is about to the lesson's editor while there is one", async () => {
    const opened: Edit[] = [];
    const stop = sandbox.edits.watch((event) => {
      if (event.type === "opened") opened.push(event.edit);
    });
    const leave = sandbox.edits.attend();
    const terminal = await sandbox.openTerminal({ columns: 100, rows: 30 });
    let screen = "";
    terminal.attach(0, ({ data }) => {
      screen += new TextDecoder().decode(data);
    });
    terminal.input("kubectl edit cm page\r");
    await expect.poll(() => opened.length, { timeout: 10_000 }).toBe(1);
    const [edit] = opened;
    if (edit === undefined) throw new Error("unreachable");
    expect(edit).toMatchObject({ terminal: terminal.id, command: "kubectl edit", subject: "ConfigMap/page" });
    await sandbox.edits.save(edit.id, edit.text.replace("from the setup", "from the editor"), edit.revision);
    await expect.poll(() => screen, { timeout: 10_000 }).toContain("configmap/page edited");
    expect(await ok("kubectl get cm page -o jsonpath='{.data}'")).toContain("from the editor");
    expect(await sandbox.edits.list()).toEqual([]);
    await ok("kubectl get cm page -o yaml | sed 's/from the editor/from the setup/' | kubectl apply -f - 2>/dev/null");
    leave();
    stop();
    await terminal.close();
  });

  it("says clearly where it cannot fork", async () => {
    const experiment = check({
      id: "experiment",
      type: "experiment",
      do: "kubectl delete pod web-0 --wait=false",
      within: "2m",
      checks: [CHECKS[0]],
    });
    expect(sandbox.capabilities.fork).toBe(subject.forks);
    const found = await statuses([experiment]);
    if (subject.forks) expect(found["experiment"]).toBe("pass");
    else expect(found["experiment"]).toContain("needs a sandbox that can fork");
  });

  it("keeps files and objects over a restart of the server", async () => {
    await ok("echo kept > kept.txt");
    const saved = await sandbox.snapshot();
    await running.provider.release(id);
    sandbox = await running.provider.restore(id, SPEC, saved);
    expect(await ok("cat kept.txt; kubectl get sts -o name")).toBe("kept\nstatefulset.apps/web\n");
  });

  it("goes back to the start", async () => {
    await ok("echo spoiled > web.yaml");
    await sandbox.reset({ kind: "files" });
    expect(await ok("head -1 web.yaml; cat kept.txt")).toBe("apiVersion: apps/v1\nkept\n");
    const terminal = await sandbox.openTerminal({ columns: 80, rows: 24 });
    let screen = "";
    let position = 0;
    terminal.attach(0, (output) => {
      expect(output.position).toBe(position);
      position += output.data.length;
      screen += new TextDecoder().decode(output.data);
    });
    terminal.input("vi web.yaml\r");
    await expect.poll(() => screen, { timeout: 10_000 }).toContain("apiVersion");
    await sandbox.reset({ kind: "start" });
    // Who looks at a terminal goes on looking, at a new shell, and no longer at what the old one showed.
    screen = "";
    terminal.input("echo still-$((40+2))\r");
    await expect.poll(() => screen, { timeout: 10_000 }).toContain("still-42");
    expect(await sandbox.terminals()).toContain(terminal.id);
    expect(await ok("ls; kubectl get sts -o name; kubectl get cm page -o name")).toBe(
      "notes\nweb.yaml\nconfigmap/page\n",
    );
  }, 30_000);

  it.skipIf(subject.forks)("holds the learner in their namespace", async () => {
    expect((await sandbox.run("kubectl get pods -n kube-system")).stderr).toContain("forbidden");
    expect((await sandbox.run("kubectl delete node node-1")).stderr).toContain("forbidden");
    expect((await sandbox.run("kubectl --server https://127.0.0.1:1 get pods")).stderr).toContain("no such host");
    await expect(sandbox.setSpeed(10)).rejects.toThrow("time cannot be changed");
    await expect(sandbox.setNodePower("node-1", false)).rejects.toThrow("cannot be stopped");
  });
});

/** Quizzes are answered by people, experiments need forks: all other checks of the lesson. */
const EVERYWHERE = (one: CheckSpec) => one.type !== "quiz" && one.type !== "experiment";

describe("a whole lesson", () => {
  it("passes on a namespace of a cluster behind a socket", { timeout: 120_000 }, async () => {
    const content = await loadContent(fileURLToPath(new URL("../../content", import.meta.url)));
    const lesson = [...content.lessons.values()].find(
      (one) => one.slug === "02-first-statefulset" || one.path.includes("first-statefulset"),
    );
    if (lesson === undefined) throw new Error("the lesson is gone");
    const running = await (SUBJECTS[1] as Subject).start();
    const id = "lesson" as SandboxId;
    try {
      const { namespace } = lesson.spec.sandbox;
      const sandbox = await running.provider.create(id, {
        files: lesson.files,
        namespace,
        ...(lesson.setup === undefined ? {} : { setup: lesson.setup }),
      });
      const context = { namespace, answers: new Map<string, unknown>() };
      const judge = async (exercise: string) => {
        await expect.poll(async () => (await sandbox.activity()).busy, { timeout: 20_000 }).toBe(false);
        const found = lesson.spec.exercises.find((one) => one.id === exercise);
        for (const one of (found?.checks ?? []).filter(EVERYWHERE)) {
          const verdict = await evaluateCheck(one, sandbox, context);
          expect(verdict, `${exercise}/${one.id}`).toMatchObject({ status: "pass" });
        }
      };
      const judged = new Set<string>();
      for (const part of `set -e\n${lesson.solution ?? ""}`.split(/^(?=# checkpoint:)/m)) {
        const checkpoint = /^# checkpoint:\s*(\S+)/.exec(part)?.[1];
        if (checkpoint !== undefined) {
          await judge(checkpoint);
          judged.add(checkpoint);
        }
        expect(await sandbox.run(part, { timeoutMs: 60_000, session: "learner" })).toMatchObject({ exitCode: 0 });
      }
      for (const { id: exercise } of lesson.spec.exercises) if (!judged.has(exercise)) await judge(exercise);
      expect(judged.size).toBeGreaterThan(1);
    } finally {
      await running.provider.destroy(id);
      await running.close();
    }
  });
});
