/** helm without a cluster: charts, values, templates and what is said when they are wrong. */
import { beforeEach, describe, expect, it } from "vitest";
import { type Workbench, workbench } from "./testing.test-helper.ts";

const CHART = "apiVersion: v2\nname: c\nversion: 0.1.0\nappVersion: '1.2'\n";
const cm = (data: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  v: ${data}\n`;

let bench: Workbench;
beforeEach(() => {
  bench = workbench({
    "c/Chart.yaml": CHART,
    "c/values.yaml": "a: 1\nmap: {x: 1, z: 2}\nlist: [p, q]\ngone: {k: v}\n",
  });
});
/** The value that a template of one line makes. */
async function value(template: string, ...flags: string[]): Promise<string> {
  bench.write("c/templates/x.yaml", cm(template));
  const { out, err } = await bench.helm("template", "r", "c", ...flags);
  if (err !== "") return err;
  return out.slice(out.indexOf("  v: ") + 5, -1);
}

describe("what templates see", () => {
  it.each([
    [
      "{{ .Release.Name }} {{ .Release.Namespace }} {{ .Release.Service }} {{ .Release.Revision }} {{ .Release.IsInstall }} {{ .Release.IsUpgrade }}",
      "r default Helm 1 true false",
    ],
    [
      "{{ .Chart.Name }} {{ .Chart.Version }} {{ .Chart.AppVersion }} {{ .Chart.Type }}|{{ .Chart.IsRoot }}",
      "c 0.1.0 1.2 |true",
    ],
    ["{{ .Template.Name }} {{ .Template.BasePath }}", "c/templates/x.yaml c/templates"],
    [
      "{{ .Capabilities.KubeVersion.Version }} {{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Minor }}",
      "v1.32.0 v1.32.0 32",
    ],
    ['{{ .Capabilities.APIVersions.Has "apps/v1" }} {{ .Capabilities.APIVersions.Has "x/v1" }}', "true false"],
    ["{{ .Capabilities.HelmVersion.Version }}", "v3.17.3"],
    ["{{ .Values.a }} {{ .Values.map.x }} {{ .Values.list }}", "1 1 [p q]"],
    ["{{ .Values.nope }}|", "|"],
    ["{{ toYaml .Values.map | nindent 4 }}", "\n    x: 1\n    z: 2"],
    [
      '= {{ toJson .Values.map }} {{ (fromJson "{\\"a\\":1}").a }} {{ (fromYaml "a: [1, 2]").a }} {{ fromYamlArray "[1, b]" }}',
      '= {"x":1,"z":2} 1 [1 2] [1 b]',
    ],
    [
      '{{ (fromYaml "[1]").Error | squote }}',
      "'error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}'",
    ],
    ['{{ tpl "{{ .Values.a }}-{{ .Release.Name }}" . }}', "1-r"],
    ['{{ define "t" }}<{{ . }}>{{ end }}{{ include "t" .Values.a | quote }}', '"<1>"'],
    ['{{ lookup "v1" "Pod" "default" "x" }}', "map[]"],
    ['{{ toToml (dict "a" 1.5 "b" (dict "c" "d")) | b64enc }}', "YSA9IDEuNQoKW2JdCiAgYyA9ICJkIgo="],
    ["{{ .Values | typeOf }}", "map[string]interface {}"],
  ])("%s", async (template, text) => {
    expect(await value(template)).toBe(text);
  });

  it("files that are no templates, but for those that are ignored", async () => {
    bench.write("c/conf/a.txt", "one\ntwo\n");
    bench.write("c/conf/b.txt", "B");
    bench.write("c/conf/c.bak", "C");
    bench.write("c/.helmignore", "*.bak\n# comment\n");
    expect(await value('{{ .Files.Get "conf/a.txt" | trim | quote }}')).toBe('"one\\ntwo"');
    expect(await value('{{ (.Files.Glob "conf/*").AsConfig | nindent 4 }}')).toBe(
      "\n    a.txt: |\n      one\n      two\n    b.txt: B",
    );
    expect(await value('{{ (.Files.Glob "conf/b*").AsSecrets | squote }}')).toBe("'b.txt: Qg=='");
    expect(
      await value('{{ range $path, $_ := .Files.Glob "**.txt" }}{{ $path }} {{ end }}{{ .Files.Lines "conf/a.txt" }}'),
    ).toBe("conf/a.txt conf/b.txt [one two]");
    expect(await value('{{ .Files.Get "nope" }}|')).toBe("|");
  });
});

describe("values", () => {
  it.each<readonly [string, readonly string[], string]>([
    ["{{ .Values.a }}", ["--set", "a=2"], "2"],
    ["{{ .Values.a }}", ["-f", "v.yaml"], "7"],
    ["{{ .Values.a }}", ["-f", "v.yaml", "--set", "a=9"], "9"],
    ["{{ .Values.map }}", ["--set", "map.x=null"], "map[z:2]"],
    ["{{ .Values.map }}", ["-f", "v.yaml"], "map[w:5 x:1 z:6]"],
    ["{{ .Values.gone }}|", ["-f", "v.yaml"], "|"],
    ["{{ .Values.list }}", ["--set", "list={1,2}"], "[1 2]"],
    ["{{ .Values.list }}", ["--set", "list[1]=z"], "[<nil> z]"],
    ["{{ kindOf .Values.s }} {{ kindOf .Values.i }}", ["--set-string", "s=1", "--set", "i=1"], "string int64"],
    ["{{ .Values.j.k }}", ["--set-json", 'j={"k":[1,2]}'], "[1 2]"],
    ["{{ .Values.t | quote }}", ["--set-file", "t=c/Chart.yaml"], JSON.stringify(CHART)],
    ["{{ .Values.l }}", ["--set-literal", "l=a,b=c"], "a,b=c"],
  ])("%s with %j", async (template, flags, text) => {
    bench.write("v.yaml", "a: 7\nmap: {w: 5, z: 6}\ngone: null\n");
    expect(await value(template, ...flags)).toBe(text);
  });
  it("that do not fit the schema are refused", async () => {
    bench.write(
      "c/values.schema.json",
      JSON.stringify({
        type: "object",
        required: ["must"],
        properties: {
          a: { type: "integer", minimum: 5 },
          map: { additionalProperties: false, properties: { x: {} } },
          list: { items: { enum: ["p"] } },
        },
      }),
    );
    expect(await value("1")).toBe(
      `Error: values don't meet the specifications of the schema(s) in the following chart(s):
c:
- (root): must is required
- a: Must be greater than or equal to 5
- map: Additional property z is not allowed
- list.1: list.1 must be one of the following: "p"

`,
    );
    expect(await value("1", "--skip-schema-validation")).toBe("1");
  });
  it("that are no map, or not there", async () => {
    bench.write("bad.yaml", "- a\n");
    expect(await value("1", "-f", "bad.yaml")).toBe(
      "Error: failed to parse bad.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}\n",
    );
    expect(await value("1", "-f", "no.yaml")).toBe("Error: open no.yaml: no such file or directory\n");
    expect(await value("1", "--set", "a")).toBe('Error: failed parsing --set data: key "a" has no value\n');
  });
});

describe("errors of templates", () => {
  it.each([
    [
      "{{ .Values.nope.deep }}",
      'Error: template: c/templates/x.yaml:6:15: executing "c/templates/x.yaml" at <.Values.nope.deep>: nil pointer evaluating interface {}.deep\n',
    ],
    [
      "{{ .Values.a.b }}",
      'Error: template: c/templates/x.yaml:6:15: executing "c/templates/x.yaml" at <.Values.a.b>: can\'t evaluate field b in type interface {}\n',
    ],
    ["{{ nope }}", 'Error: parse error at (c/templates/x.yaml:6): function "nope" not defined\n'],
    ["{{ if }}", "Error: parse error at (c/templates/x.yaml:6): missing value for if\n"],
    ['{{ required "tell me" .Values.nope }}', "Error: execution error at (c/templates/x.yaml:6:8): tell me\n"],
    ['{{ fail "no way" }}', "Error: execution error at (c/templates/x.yaml:6:8): no way\n"],
    [
      '{{ include "nope" . }}',
      'Error: template: c/templates/x.yaml:6:8: executing "c/templates/x.yaml" at <include "nope" .>: error calling include: template: no template "nope" associated with template "gotpl"\n',
    ],
    [
      '{{ template "nope" . }}',
      'Error: template: c/templates/x.yaml:6:17: executing "c/templates/x.yaml" at <{{template "nope" .}}>: template "nope" not defined\n',
    ],
    [
      '{{ tpl "{{ nope }}" . }}',
      'Error: template: c/templates/x.yaml:6:8: executing "c/templates/x.yaml" at <tpl "{{ nope }}" .>: error calling tpl: cannot parse template "{{ nope }}": template: gotpl:1: function "nope" not defined\n',
    ],
    [
      '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}',
      "rendering template has a nested reference name: a: unable to execute template",
    ],
    [
      '{{ "a: b: c" }}',
      "Error: YAML parse error on c/templates/x.yaml: error converting YAML to JSON: yaml: line 6: mapping values are not allowed in this context\n\nUse --debug flag to render out invalid YAML\n",
    ],
  ])("%s", async (template, words) => {
    const got = await value(template);
    if (words.startsWith("Error")) expect(got).toBe(words);
    else expect(got).toContain(words);
  });
  it("of a file that is not YAML, shown with --debug", async () => {
    bench.write("c/templates/x.yaml", "a: b: c\n");
    expect(await bench.helm("template", "r", "c", "--debug")).toMatchObject({
      code: 1,
      out: "---\n# Source: c/templates/x.yaml\na: b: c\n\n",
    });
  });
});

describe("charts", () => {
  it.each<readonly [string, Readonly<Record<string, string>>, string]>([
    [
      "without a name",
      { "d/Chart.yaml": "apiVersion: v2\nversion: 1.0.0\n" },
      "Error: validation: chart.metadata.name is required\n",
    ],
    [
      "without a version",
      { "d/Chart.yaml": "apiVersion: v2\nname: d\n" },
      "Error: validation: chart.metadata.version is required\n",
    ],
    [
      "of a version that is none",
      { "d/Chart.yaml": "apiVersion: v2\nname: d\nversion: one\n" },
      'Error: validation: chart.metadata.version "one" is invalid\n',
    ],
    [
      "of an unknown type",
      { "d/Chart.yaml": "apiVersion: v2\nname: d\nversion: 1.0.0\ntype: app\n" },
      "Error: validation: chart.metadata.type must be application or library\n",
    ],
    [
      "that are libraries",
      { "d/Chart.yaml": "apiVersion: v2\nname: d\nversion: 1.0.0\ntype: library\n" },
      "Error: library charts are not installable\n",
    ],
    ["without Chart.yaml", { "d/values.yaml": "" }, "Error: Chart.yaml file is missing\n"],
    [
      "with a number for text",
      { "d/Chart.yaml": "apiVersion: v2\nname: d\nversion: 1.0\n" },
      "Error: cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal number into Go struct field Metadata.version of type string\n",
    ],
    [
      "with values that are no YAML",
      { "d/Chart.yaml": CHART, "d/values.yaml": "a: b: c\n" },
      "Error: cannot load values.yaml: error converting YAML to JSON: yaml: mapping values are not allowed in this context\n",
    ],
    [
      "that miss a dependency",
      { "d/Chart.yaml": `${CHART}dependencies: [{name: sub, version: 1.x, repository: ""}]\n` },
      "Error: An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: sub\n",
    ],
    [
      "for another Kubernetes",
      { "d/Chart.yaml": `${CHART}kubeVersion: ">=1.99"\n` },
      "Error: chart requires kubeVersion: >=1.99 which is incompatible with Kubernetes v1.32.0\n",
    ],
  ])("%s", async (_, files, words) => {
    for (const [path, text] of Object.entries(files)) bench.write(path, text);
    expect(await bench.helm("template", "r", "d")).toEqual({ out: "", err: words, code: 1 });
  });
  it.each([
    [["template", "nope"], "Error: non-absolute URLs should be in form of repo_name/path_to_chart, got: nope\n"],
    [["template", "./nope"], 'Error: path "./nope" not found\n'],
    [["template", "bitnami/redis"], "Error: repo bitnami not found\n"],
    [
      ["template", "oci://r.io/x"],
      "Error: oci://r.io/x: charts from registries are not available here; give a chart directory or a .tgz of the workspace\n",
    ],
    [
      ["template", "c", "--repo", "http://x"],
      "Error: --repo is not available here: charts come from the workspace alone\n",
    ],
    [
      ["repo", "add", "x", "http://y"],
      "Error: repo: chart repositories are not available here: charts come from the workspace; give a directory or a .tgz\n",
    ],
    [
      ["pull", "x", "--untar"],
      "Error: pull: chart repositories are not available here: charts come from the workspace; give a directory or a .tgz\n",
    ],
    [["install", "c"], "Error: INSTALLATION FAILED: must either provide a name or specify --generate-name\n"],
    [
      ["install", "a", "b", "c"],
      "Error: INSTALLATION FAILED: expected at most two arguments, unexpected arguments: c\n",
    ],
    [
      ["install", "r", "c"],
      'Error: INSTALLATION FAILED: Kubernetes cluster unreachable: Get "http://localhost:8080/version": dial tcp 127.0.0.1:6443: connect: connection refused\n',
    ],
    [
      ["install"],
      'Error: "helm install" requires at least 1 argument\n\nUsage:  helm install [NAME] [CHART] [flags]\n',
    ],
    [
      ["upgrade", "x"],
      'Error: "helm upgrade" requires 2 arguments\n\nUsage:  helm upgrade [RELEASE] [CHART] [flags]\n',
    ],
    [["list", "x"], 'Error: "helm list" accepts no arguments\n\nUsage:  helm list [flags]\n'],
    [["list", "-o", "xml"], 'Error: invalid argument "xml" for "-o, --output" flag: invalid format type\n'],
    [
      ["template", "Bad_Name", "c"],
      "Error: invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53\n",
    ],
    [
      ["instal"],
      'Error: unknown command "instal" for "helm"\n\nDid you mean this?\n\tinstall\n\nRun \'helm --help\' for usage.\n',
    ],
    [["template", "r", "c", "--wat"], "Error: unknown flag: --wat\n"],
  ])("%j", async (words, err) => {
    expect(await bench.helm(...words)).toEqual({ out: "", err, code: 1 });
  });

  it("are rendered in the order of kinds, hooks last, unknown kinds after known ones", async () => {
    const kind = (name: string, more = "") => `apiVersion: v1\nkind: ${name}\nmetadata: {name: x${more}}\n`;
    bench.write(
      "c/templates/all.yaml",
      ["Zebra", "StatefulSet", "Service", "Namespace", "Apple", "Secret"].map((one) => kind(one)).join("---\n"),
    );
    bench.write("c/templates/hook.yaml", kind("Job", ', annotations: {"helm.sh/hook": pre-install}'));
    bench.write("c/templates/_ignored.tpl", "nothing");
    bench.write("c/templates/empty.yaml", "{{- if false }}\nx: y\n{{- end }}\n");
    const { out } = await bench.helm("template", "r", "c");
    expect([...out.matchAll(/^kind: (.*)$/gm)].map((match) => match[1])).toEqual([
      "Namespace",
      "Secret",
      "Service",
      "StatefulSet",
      "Apple",
      "Zebra",
      "Job",
    ]);
    expect((await bench.helm("template", "r", "c", "-s", "templates/hook.yaml")).out).toBe(
      `---\n# Source: c/templates/hook.yaml\n${kind("Job", ', annotations: {"helm.sh/hook": pre-install}')}`,
    );
    expect((await bench.helm("template", "r", "c", "-s", "templates/no.yaml")).err).toBe(
      "Error: could not find template templates/no.yaml in chart\n",
    );
  });
});

describe("subcharts", () => {
  const sub = (name: string, values: string) => ({
    [`c/charts/${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`,
    [`c/charts/${name}/values.yaml`]: values,
    [`c/charts/${name}/templates/${name}.yaml`]: cm(
      `${name} {{ .Chart.Name }} {{ .Values.v }} {{ .Values.global }} {{ .Chart.IsRoot }}`,
    ),
  });
  const rendered = async (...flags: string[]) =>
    [...(await bench.helm("template", "r", "c", ...flags)).out.matchAll(/^ {2}v: (.*)$/gm)].map((match) => match[1]);
  beforeEach(() => {
    for (const [path, text] of Object.entries({
      ...sub("one", "v: own\nexports: {data: {shared: up}}\n"),
      ...sub("two", "v: two\n"),
    }))
      bench.write(path, text);
  });

  it("see their own values, those their parent gives them, and globals", async () => {
    expect(await rendered("--set", "one.v=given,global.g=1")).toEqual([
      "one one given map[g:1] false",
      "two two two map[g:1] false",
    ]);
  });
  it("are left out by condition and by tag", async () => {
    bench.write(
      "c/Chart.yaml",
      `${CHART}dependencies:\n- {name: one, version: 1.x, condition: one.enabled}\n- {name: two, version: ~1.0, tags: [extra]}\n`,
    );
    expect(await rendered()).toHaveLength(2);
    expect(await rendered("--set", "one.enabled=false")).toEqual(["two two two map[] false"]);
    expect(await rendered("--set", "tags.extra=false")).toEqual(["one one own map[] false"]);
  });
  it("go by their alias, several times where they have several", async () => {
    bench.write(
      "c/Chart.yaml",
      `${CHART}dependencies:\n- {name: one, version: 1.x, alias: uno}\n- {name: one, version: 1.x, alias: eins}\n- {name: two, version: 9.x}\n`,
    );
    bench.write("c/charts/two/Chart.yaml", "apiVersion: v2\nname: two\nversion: 9.1.0\n");
    expect((await rendered("--set", "eins.v=E")).sort()).toEqual([
      "one eins E map[] false",
      "one uno own map[] false",
      "two two two map[] false",
    ]);
  });
  it("export values to their parent, which keeps its own", async () => {
    bench.write(
      "c/Chart.yaml",
      `${CHART}dependencies:\n- {name: one, version: 1.x, import-values: [data, {child: exports.data, parent: deep.er}]}\n- {name: two, version: 1.x}\n`,
    );
    expect(
      await value("{{ .Values.shared }} {{ .Values.deep.er.shared }} {{ .Values.a }}", "-s", "templates/x.yaml"),
    ).toBe("up up 1");
  });
  it("can be archives, as helm package makes them", async () => {
    expect((await bench.helm("package", "c", "-d", "out", "--version", "2.0.0")).out).toBe(
      "Successfully packaged chart and saved it to: /work/out/c-2.0.0.tgz\n",
    );
    expect(await bench.helm("template", "r", "out/c-2.0.0.tgz")).toMatchObject({ code: 0, err: "" });
    expect((await bench.helm("show", "chart", "out/c-2.0.0.tgz")).out).toBe(
      'apiVersion: v2\nappVersion: "1.2"\nname: c\nversion: 2.0.0\n',
    );
    expect((await bench.helm("template", "c/Chart.yaml")).err).toBe(
      "Error: file 'c/Chart.yaml' does not appear to be a gzipped archive; got 'text/plain; charset=utf-8'\n",
    );
  });
  it("come from file:// repositories by helm dependency", async () => {
    bench.write("lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 1.4.0\ntype: library\n");
    bench.write("lib/templates/_t.tpl", '{{ define "lib.t" }}from the library{{ end }}');
    bench.write("lib/templates/never.yaml", "not: rendered");
    bench.write(
      "p/Chart.yaml",
      'apiVersion: v2\nname: p\nversion: 1.0.0\ndependencies:\n- {name: lib, version: ">=1.2", repository: "file://../lib"}\n',
    );
    bench.write("p/templates/x.yaml", cm('{{ include "lib.t" . }}'));
    expect((await bench.helm("dependency", "list", "p")).out).toBe(
      "NAME\tVERSION\tREPOSITORY   \tSTATUS \nlib \t>=1.2  \tfile://../lib\tmissing\n\n",
    );
    expect(await bench.helm("dep", "up", "p")).toMatchObject({ code: 0, out: "Saving 1 charts\n" });
    expect((await bench.helm("dependency", "list", "p")).out).toContain("\tok    ");
    expect(bench.read("p/Chart.lock")).toMatch(
      /^dependencies:\n- name: lib\n {2}repository: file:\/\/\.\.\/lib\n {2}version: 1.4.0\ndigest: sha256:[0-9a-f]{64}\ngenerated: "/,
    );
    expect((await bench.helm("template", "r", "p")).out).toBe(
      `---\n# Source: p/templates/x.yaml\n${cm("from the library")}`,
    );
    expect(await bench.helm("dep", "build", "p")).toMatchObject({ code: 0 });
    bench.write(
      "p/Chart.yaml",
      'apiVersion: v2\nname: p\nversion: 1.0.0\ndependencies:\n- {name: lib, version: "1.x", repository: "https://x"}\n',
    );
    expect((await bench.helm("dep", "build", "p")).err).toBe(
      "Error: the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies\n",
    );
    expect((await bench.helm("dep", "update", "p")).err).toBe(
      "Error: lib: https://x cannot be reached from here; only file:// repositories are available\n",
    );
  });
});

describe("other commands", () => {
  it("create makes a chart that lint and template like", async () => {
    expect(await bench.helm("create", "mine")).toEqual({ out: "Creating mine\n", err: "", code: 0 });
    expect(await bench.helm("lint", "mine")).toEqual({
      out: "==> Linting mine\n[INFO] Chart.yaml: icon is recommended\n\n1 chart(s) linted, 0 chart(s) failed\n",
      err: "",
      code: 0,
    });
    const { out, err } = await bench.helm("template", "web", "mine");
    expect(err).toBe("");
    expect(out).toContain("  name: web-mine\n");
    expect((await bench.helm("create", "no/such name")).err).toBe(
      'Error: chart name must match the regular expression "^[a-zA-Z0-9._-]+$"\n',
    );
  });
  it("lint tells what is wrong and fails", async () => {
    bench.write("c/Chart.yaml", "apiVersion: v3\nname: c\nversion: 0.1.0\n");
    bench.write("c/templates/x.yaml", cm('{{ required "tell me" .Values.nope }}'));
    expect(await bench.helm("lint", "c")).toEqual({
      out: `==> Linting c\n[ERROR] Chart.yaml: apiVersion 'v3' is not valid. The value must be either "v1" or "v2"\n[INFO] Chart.yaml: icon is recommended\n\n`,
      err: "2025/01/01 00:00:00 [INFO] Missing required value: tell me\nError: 1 chart(s) linted, 1 chart(s) failed\n",
      code: 1,
    });
  });
  it("show, version, env, completion", async () => {
    bench.write("c/README.md", "Read me.");
    bench.write("c/crds/x.yaml", "kind: CustomResourceDefinition");
    expect((await bench.helm("show", "values", "c")).out).toBe(`${bench.read("c/values.yaml")}\n`);
    expect((await bench.helm("show", "readme", "c")).out).toBe("Read me.\n");
    expect((await bench.helm("show", "crds", "c")).out).toBe("---\nkind: CustomResourceDefinition\n");
    expect((await bench.helm("version", "--short")).out).toBe("v3.17.3+ge4da497\n");
    expect((await bench.helm("version", "--template", "{{ .Version }}")).out).toBe("v3.17.3");
    expect((await bench.helm("env", "HELM_NAMESPACE")).out).toBe("default\n");
    expect((await bench.helm("completion", "bash")).out).toContain("complete -o default -F __start_helm helm");
    expect((await bench.helm("__complete", "upg")).out).toBe("upgrade\tupgrade a release\n:4\n");
    expect((await bench.helm("install", "--help")).out).toContain("Usage:\n  helm install [NAME] [CHART] [flags]\n");
  });
  it("template writes files where it is told to, and CRDs where they are asked for", async () => {
    bench.write("c/templates/x.yaml", cm("1"));
    bench.write("c/crds/x.yaml", "kind: CustomResourceDefinition\n");
    expect((await bench.helm("template", "r", "c", "--output-dir", "o")).out).toBe("wrote o/c/templates/x.yaml\n");
    expect(bench.read("o/c/templates/x.yaml")).toBe(`---\n# Source: c/templates/x.yaml\n${cm("1")}`);
    expect((await bench.helm("template", "r", "c", "--include-crds")).out).toBe(
      `---\n# Source: c/crds/x.yaml\nkind: CustomResourceDefinition\n\n---\n# Source: c/templates/x.yaml\n${cm("1")}`,
    );
  });
  it("a template that never ends is paid for, and ends", async () => {
    bench.write(
      "c/templates/x.yaml",
      cm('{{ range $i := until 1000000 }}{{ range until 1000 }}{{ repeat 100 "x" }}{{ end }}{{ end }}'),
    );
    expect((await bench.helm("template", "r", "c")).err).toContain("the output of the template is too large");
  });
});
