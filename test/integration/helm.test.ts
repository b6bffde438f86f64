/** helm in a learner's shell: a StatefulSet's chart from its installation to its end. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Learner, learner } from "./learner.ts";

const CHARTS = new URL("../fixtures/charts/", import.meta.url).pathname;

/** A chart's files by their path in the workspace. */
function chart(name: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (path: string) => {
    for (const entry of readdirSync(`${CHARTS}${path}`)) {
      const inner = `${path}/${entry}`;
      if (statSync(`${CHARTS}${inner}`).isDirectory()) walk(inner);
      else found[inner] = readFileSync(`${CHARTS}${inner}`, "utf8");
    }
  };
  walk(name);
  return found;
}
const masked = (text: string): string =>
  text
    .replace(/\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}/g, "<time>")
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]* \+0000 UTC *\t/g, "<time>\t");

describe("a chart of a StatefulSet", () => {
  let at: Learner;
  beforeAll(async () => {
    at = await learner({ files: chart("redis") });
  });
  afterAll(() => at.close());

  it("is installed, and waited for with its hook", async () => {
    const out = await at.ok("helm install cache ./redis --wait --set announce.message=hello");
    expect(masked(out)).toBe(`NAME: cache
LAST DEPLOYED: <time>
NAMESPACE: default
STATUS: deployed
REVISION: 1
NOTES:
3 members of cache-redis in default, revision 1.

  kubectl exec cache-redis-0 -- redis-cli ping
`);
    expect(await at.ok("kubectl get sts cache-redis -o jsonpath='{.status.readyReplicas}'")).toBe("3");
    expect(await at.ok("kubectl logs job/cache-redis-announce")).toBe("hello 1\n");
    expect(await at.ok("kubectl exec cache-redis-0 -- redis-cli set who ann")).toBe("OK\n");
  });
  it("is listed", async () => {
    expect(masked(await at.ok("helm list"))).toBe(
      "NAME \tNAMESPACE\tREVISION\tUPDATED                                \tSTATUS  \tCHART      \tAPP VERSION\n".replace(
        /UPDATED *\t/,
        /UPDATED *\t/.exec(await at.ok("helm list"))?.[0] ?? "",
      ) + "cache\tdefault  \t1       \t<time>\tdeployed\tredis-0.3.1\t7.2        \n",
    );
    expect(await at.ok("helm ls -q")).toBe("cache\n");
  });
  it("marks its objects, and keeps its record as Helm does", async () => {
    const labels =
      "jsonpath='{.metadata.labels.app\\.kubernetes\\.io/managed-by} {.metadata.annotations.meta\\.helm\\.sh/release-name} {.metadata.annotations.meta\\.helm\\.sh/release-namespace}'";
    expect(await at.ok(`kubectl get sts cache-redis -o ${labels}`)).toBe("Helm cache default");
    const secret = JSON.parse(await at.ok("kubectl get secret sh.helm.release.v1.cache.v1 -o json"));
    expect(secret.type).toBe("helm.sh/release.v1");
    expect(secret.metadata.labels).toMatchObject({ name: "cache", owner: "helm", status: "deployed", version: "1" });
    const inner = Buffer.from(Buffer.from(secret.data.release, "base64").toString(), "base64");
    const release = JSON.parse(gunzipSync(inner).toString());
    expect(release).toMatchObject({
      name: "cache",
      namespace: "default",
      version: 1,
      config: { announce: { message: "hello" } },
      info: { status: "deployed", description: "Install complete" },
    });
    expect(release.chart.metadata.name).toBe("redis");
    expect(
      release.hooks.map((hook: { name: string; last_run: { phase: string } }) => [hook.name, hook.last_run.phase]),
    ).toEqual([
      ["cache-redis-ping", ""],
      ["cache-redis-announce", "Succeeded"],
    ]);
  });
  it("refuses its name to another, and objects that are not its own", async () => {
    expect(await at.run("helm install cache ./redis")).toMatchObject({
      exitCode: 1,
      stderr: "Error: INSTALLATION FAILED: cannot re-use a name that is still in use\n",
    });
    await at.ok("kubectl create configmap other-redis");
    expect((await at.run("helm install other ./redis")).stderr).toBe(
      'Error: INSTALLATION FAILED: Unable to continue with install: ConfigMap "other-redis" in namespace "default" exists and cannot be imported into the current release: invalid ownership metadata; label validation error: missing key "app.kubernetes.io/managed-by": must be set to "Helm"; annotation validation error: missing key "meta.helm.sh/release-name": must be set to "other"; annotation validation error: missing key "meta.helm.sh/release-namespace": must be set to "default"\n',
    );
  });
  it("is upgraded above a partition, with the values it had", async () => {
    const out = await at.ok("helm upgrade cache ./redis --reuse-values --set partition=2,config.maxmemory=32mb --wait");
    expect(out).toMatch(/^Release "cache" has been upgraded. Happy Helming!\nNAME: cache\n/);
    const revisions = await at.ok(
      "kubectl get pods -l app.kubernetes.io/name=redis --sort-by=.metadata.name -o jsonpath='{range .items[*]}{.metadata.labels.controller-revision-hash}{\"\\n\"}{end}'",
    );
    const [zero, one, two] = revisions.trim().split("\n");
    expect([zero === one, one === two]).toEqual([true, false]);
    expect(await at.ok("kubectl logs job/cache-redis-announce")).toBe("hello 2\n");
    expect(await at.ok("helm get values cache")).toBe(
      "USER-SUPPLIED VALUES:\nannounce:\n  message: hello\nconfig:\n  maxmemory: 32mb\npartition: 2\n",
    );
  });
  it("refuses values that do not fit its schema", async () => {
    expect((await at.run("helm upgrade cache ./redis --set replicas=none")).stderr).toBe(
      "Error: UPGRADE FAILED: values don't meet the specifications of the schema(s) in the following chart(s):\nredis:\n- replicas: Invalid type. Expected: integer, given: string\n\n",
    );
  });
  it("runs its tests", async () => {
    const out = await at.ok("helm test cache --logs");
    expect(masked(out)).toBe(`NAME: cache
LAST DEPLOYED: <time>
NAMESPACE: default
STATUS: deployed
REVISION: 2
TEST SUITE:     cache-redis-ping
Last Started:   <time>
Last Completed: <time>
Phase:          Succeeded
NOTES:
3 members of cache-redis in default, revision 2.

  kubectl exec cache-redis-0 -- redis-cli ping
POD LOGS: cache-redis-ping
PONG

`);
  });
  it("is rolled back", async () => {
    expect(await at.ok("helm rollback cache 1 --wait")).toBe("Rollback was a success! Happy Helming!\n");
    expect(masked(await at.ok("helm history cache"))).toBe(
      [
        "REVISION\tUPDATED                 \tSTATUS    \tCHART      \tAPP VERSION\tDESCRIPTION     ",
        "1       \t<time>\tsuperseded\tredis-0.3.1\t7.2        \tInstall complete",
        "2       \t<time>\tsuperseded\tredis-0.3.1\t7.2        \tUpgrade complete",
        "3       \t<time>\tdeployed  \tredis-0.3.1\t7.2        \tRollback to 1   ",
        "",
      ].join("\n"),
    );
    expect(
      await at.ok("kubectl get sts cache-redis -o jsonpath='{.spec.updateStrategy.rollingUpdate.partition}'"),
    ).toBe("0");
    expect(await at.ok("kubectl exec cache-redis-0 -- redis-cli get who")).toBe("ann\n");
  });
  it("is uninstalled, and its claims stay", async () => {
    expect(await at.ok("helm uninstall cache --wait")).toBe('release "cache" uninstalled\n');
    expect(await at.ok("kubectl get sts,svc -l app.kubernetes.io/instance=cache")).toBe("");
    expect((await at.ok("kubectl get pvc -o name")).trim().split("\n")).toEqual([
      "persistentvolumeclaim/data-cache-redis-0",
      "persistentvolumeclaim/data-cache-redis-1",
      "persistentvolumeclaim/data-cache-redis-2",
    ]);
    expect(await at.ok("kubectl get secrets -l owner=helm -o name")).toBe("");
    expect((await at.run("helm status cache")).stderr).toBe("Error: release: not found\n");
  });
  it("finds its data when it is installed again", async () => {
    await at.ok("helm upgrade --install cache ./redis --wait --atomic");
    expect(await at.ok("kubectl exec cache-redis-0 -- redis-cli get who")).toBe("ann\n");
  });
});

const FAULTY: Readonly<Record<string, string>> = {
  "c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 0.1.0\n",
  "c/values.yaml": "refused: false\nhook: exit 0\nimage: busybox:1.36\nservice: true\n",
  "c/templates/kept.yaml": `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-kept
  annotations: {helm.sh/resource-policy: keep}
data:
  before: {{ (lookup "v1" "ConfigMap" .Release.Namespace (printf "%s-kept" .Release.Name)).data | default dict | toJson | quote }}
`,
  "c/templates/web.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ .Release.Name }}"}
spec:
  selector: {matchLabels: {a: "{{ .Release.Name }}"}}
  template:
    metadata: {labels: {a: "{{ .Release.Name }}"}}
    spec: {containers: [{name: c, image: "{{ .Values.image }}", command: [sleep, "9999"]}]}
{{- if .Values.service }}
---
apiVersion: v1
kind: Service
metadata: {name: "{{ .Release.Name }}"}
spec: {ports: [{port: 80}], selector: {a: b}}
{{- end }}
{{- if .Values.refused }}
---
apiVersion: v1
kind: Service
metadata: {name: one}
spec: {ports: []}
---
apiVersion: v1
kind: Service
metadata: {name: two}
spec: {ports: []}
{{- end }}
`,
  "c/templates/hook.yaml": `apiVersion: batch/v1
kind: Job
metadata:
  name: before
  annotations: {"helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-delete-policy": "hook-succeeded,before-hook-creation"}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: c, image: "busybox:1.36", command: [sh, -c, "{{ .Values.hook }}"]}]
`,
  "k/Chart.yaml": "apiVersion: v2\nname: k\nversion: 0.1.0\n",
  "k/templates/toy.yaml": "apiVersion: example.com/v1\nkind: Toy\nmetadata: {name: t}\nspec: {}\n",
  "k/crds/crd.yaml": `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: toys.example.com}
spec:
  group: example.com
  names: {kind: Toy, plural: toys, singular: toy, listKind: ToyList}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
`,
};

describe("releases that go wrong", () => {
  let at: Learner;
  beforeAll(async () => {
    at = await learner({ files: FAULTY });
  });
  afterAll(() => at.close());
  const refused = async (line: string): Promise<string> => {
    const { exitCode, stderr } = await at.run(line);
    expect(exitCode).toBe(1);
    return stderr;
  };

  it("tell all objects that the server refuses, and stay as failed", async () => {
    expect(await refused("helm install a ./c --set refused=true")).toBe(
      'Error: INSTALLATION FAILED: 2 errors occurred:\n\t* Service "one" is invalid: spec.ports: Required value\n\t* Service "two" is invalid: spec.ports: Required value\n\n\n',
    );
    expect(await at.ok("helm list --failed -q")).toBe("a\n");
    expect(await refused("helm upgrade nothing ./c")).toBe(
      'Error: UPGRADE FAILED: "nothing" has no deployed releases\n',
    );
  });
  it("are installed anew with --replace, and fail with their hooks", async () => {
    expect(await refused("helm install a ./c --replace --set hook='exit 3'")).toBe(
      "Error: INSTALLATION FAILED: failed pre-install: 1 error occurred:\n\t* job before failed: BackoffLimitExceeded\n\n\n",
    );
    expect(await at.ok("kubectl get jobs -o name")).toBe("job.batch/before\n");
  });
  it("are uninstalled but for what is to be kept", async () => {
    // Without values of its own an upgrade takes those of the release before.
    expect(await refused("helm upgrade a ./c")).toContain("job before failed");
    await at.ok("helm upgrade a ./c --wait --reset-values");
    expect(await at.ok("kubectl get jobs -o name")).toBe("");
    expect(await at.ok("helm uninstall a")).toBe(
      'These resources were kept due to the resource policy:\n[ConfigMap] a-kept\n\nrelease "a" uninstalled\n',
    );
    expect(await at.ok("kubectl get cm a-kept -o name")).toBe("configmap/a-kept\n");
  });
  it("are rolled back with --atomic when they do not come up in time", async () => {
    await at.ok("helm install b ./c --namespace other --create-namespace --wait");
    await at.ok("helm upgrade b ./c -n other --set service=false --description 'no service'");
    expect(await at.ok("kubectl get svc -n other -o name")).toBe("");
    expect(await refused("helm upgrade b ./c -n other --set image=nope:1 --atomic --timeout 20s")).toBe(
      "Error: UPGRADE FAILED: release b failed, and has been rolled back due to atomic being set: context deadline exceeded\n",
    );
    const history = JSON.parse(await at.ok("helm history b -n other -o json")) as {
      status: string;
      description: string;
    }[];
    expect(history.map(({ status, description }) => [status, description])).toEqual([
      ["superseded", "Install complete"],
      ["superseded", "no service"],
      ["failed", 'Upgrade "b" failed: context deadline exceeded'],
      ["deployed", "Rollback to 2"],
    ]);
    expect(await at.ok("kubectl get deploy b -n other -o jsonpath='{.spec.template.spec.containers[0].image}'")).toBe(
      "busybox:1.36",
    );
    expect(await at.ok("kubectl get cm b-kept -n other -o jsonpath='{.data.before}'")).toBe('{"before":"{}"}');
  });
  it("keep their history where they are told to, and come back from it", async () => {
    await at.ok("helm uninstall b -n other --keep-history");
    expect(await at.ok("helm list -A --uninstalled -q")).toBe("b\n");
    expect(await refused("helm uninstall b -n other --keep-history")).toBe(
      'Error: the release named "b" is already deleted\n',
    );
    expect(await at.ok("helm rollback b 1 -n other")).toBe("Rollback was a success! Happy Helming!\n");
    expect(await at.ok("kubectl get svc -n other -o name")).toBe("service/b\n");
    expect(await refused("helm rollback b 70 -n other")).toBe("Error: release has no 70 version\n");
    await at.ok("for i in 1 2 3; do helm upgrade b ./c -n other --history-max 3 --set image=busybox:1.3$i; done");
    expect(JSON.parse(await at.ok("helm history b -n other -o json"))).toHaveLength(3);
  });
  it("bring their own kinds along, which stay", async () => {
    expect(await refused("helm install k ./k --skip-crds")).toBe(
      'Error: INSTALLATION FAILED: unable to build kubernetes objects from release manifest: resource mapping not found for name: "t" namespace: "" from "": no matches for kind "Toy" in version "example.com/v1"\nensure CRDs are installed first\n',
    );
    await at.ok("helm install k ./k --wait");
    expect(await at.ok("kubectl get toys -o name")).toBe("toy.example.com/t\n");
    await at.ok("helm uninstall k");
    expect(await at.ok("kubectl get crd -o name")).toBe(
      "customresourcedefinition.apiextensions.k8s.io/toys.example.com\n",
    );
  });
  it("leave the cluster alone in a dry run", async () => {
    const out = await at.ok("helm install dry ./c --dry-run=server --hide-notes");
    expect(out).toContain("STATUS: pending-install\n");
    expect(out).toContain("HOOKS:\n---\n# Source: c/templates/hook.yaml\n");
    expect(out).toContain("MANIFEST:\n---\n# Source: c/templates/kept.yaml\n");
    expect((await at.run("helm status dry")).stderr).toBe("Error: release: not found\n");
    expect(await refused("helm install x ./c -n nowhere")).toBe(
      'Error: INSTALLATION FAILED: create: failed to create: namespaces "nowhere" not found\n',
    );
  });
});

describe("a person who gives up", () => {
  it("finds the release failed, not pending", async () => {
    const at = await learner({ files: FAULTY });
    const { stdout, stderr } = await at.run(
      "helm install slow ./c --wait --set image=nope:1 & sleep 5; kill -INT $!; wait $!; echo code $?; helm status slow --show-desc | grep -E 'STATUS|DESC'",
    );
    expect(stdout).toBe(
      'Release slow has been cancelled.\ncode 1\nSTATUS: failed\nDESCRIPTION: Release "slow" failed: context canceled\n',
    );
    expect(stderr).toContain("Error: INSTALLATION FAILED: context canceled\n");
    await at.close();
  });
});
