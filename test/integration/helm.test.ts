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
