import { describe, expect, it } from "vitest";
import { shellPrograms } from "../../shell/index.ts";
import { testMachine } from "../../testing.test-helper.ts";
import { toolPrograms } from "../index.ts";

const programs = Object.fromEntries([...toolPrograms, ...shellPrograms]);
const WEB = `# the database
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: web # its name
  labels: {app: web, tier: db}
spec:
  replicas: 3
  template:
    spec:
      containers:
        # the first
        - name: main
          image: nginx:1.27
        - name: side
          image: "busybox"
`;

async function sh(script: string) {
  const { run, clock, machine } = testMachine(programs, {
    files: { "work/web.yaml": WEB, "work/two.yaml": "a: 1\n---\na: 2\n", "work/x.json": '{"b":[1,"x"]}' },
  });
  const { child, output, errors } = run(["bash", "-c", script], {
    cwd: "/work",
    env: { PATH: "/usr/bin", IMAGE: "redis:7", N: "5" },
  });
  let code: number | undefined;
  void child.exited.then((status) => {
    code = status.code;
  });
  await clock.runUntil(() => code !== undefined, 60_000);
  machine.shutDown();
  return { out: output(), err: errors(), code };
}

describe("yq as mikefarah's v4", () => {
  it.each([
    ["reads scalars bare", "yq .metadata.name web.yaml", "web\n"],
    ["reads lists", "yq '.spec.template.spec.containers[].image' web.yaml", "nginx:1.27\nbusybox\n"],
    ["writes parts as YAML", "yq '.spec.template.spec.containers[1]' web.yaml", "name: side\nimage: busybox\n"],
    ["selects", `yq '.spec.template.spec.containers[] | select(.name == "side") | .image' web.yaml`, "busybox\n"],
    ["says null for what is not there", "yq .nothing web.yaml", "null\n"],
    ["writes JSON", "yq -o json -I 0 .metadata web.yaml", '{"name":"web","labels":{"app":"web","tier":"db"}}\n'],
    ["writes JSON with an equals sign", "yq -o=json .spec.replicas web.yaml", "3\n"],
    ["writes properties", "yq -o props .metadata web.yaml", "name = web\nlabels.app = web\nlabels.tier = db\n"],
    ["reads JSON", "yq -p json . x.json; yq -P .b x.json", "b:\n  - 1\n  - x\n- 1\n- x\n"],
    ["counts", "yq '.spec.template.spec.containers | length' web.yaml", "2\n"],
    ["goes through documents", "yq .a two.yaml; yq -N .a two.yaml", "1\n---\n2\n1\n2\n"],
    ["reads the standard input", "echo 'a: {b: 1}' | yq .a.b", "1\n"],
    ["makes documents from nothing", `yq -n '.a.b = "c"'`, "a:\n  b: c\n"],
    ["reads variables", "yq -n '.image = strenv(IMAGE) | .n = env(N)'", "image: redis:7\nn: 5\n"],
    ["sorts keys", "echo '{b: 1, a: 2}' | yq -P 'sort_keys(..)'", "a: 2\nb: 1\n"],
  ])("%s", async (_, script, expected) => {
    expect(await sh(script)).toEqual({ out: expected, err: "", code: 0 });
  });

  it("keeps comments and styles of what it does not change", async () => {
    const { out } = await sh(
      `yq -i '.spec.replicas = 5 | .spec.template.spec.containers[0].image = "nginx:2"' web.yaml; cat web.yaml`,
    );
    expect(out).toBe(WEB.replace("replicas: 3", "replicas: 5").replace("nginx:1.27", "nginx:2"));
  });

  it("deletes and adds", async () => {
    const { out } = await sh(`yq 'del(.spec) | .metadata.labels.new = "x"' web.yaml`);
    expect(out).toBe(
      "# the database\napiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: web # its name\n  labels: {app: web, tier: db, new: x}\n",
    );
  });

  it.each([
    ["yq .a nofile", "Error: open nofile: no such file or directory\n"],
    ["yq '. as $x ireduce ({}; . * $x)' web.yaml", "Error: 'ireduce' is not available here\n"],
    ["yq -o xml . web.yaml", "Error: output format 'xml' is not available here, only yaml, json and props\n"],
    ["echo 'a: [' | yq .", /^Error: bad file '-': yaml: line 2: /],
    ["yq '.a |' web.yaml", /^Error: syntax error, unexpected \$end/],
    ["yq -e .nothing web.yaml", /Error: no matches found/],
  ])("says what is wrong: %s", async (script, words) => {
    const { err, code } = await sh(script);
    expect(err).toMatch(words);
    expect(code).toBe(1);
  });
});
