import { describe, expect, it } from "vitest";
import { humanDuration, parseDuration, toYaml } from "../../encoding/index.ts";
import { ApiError, Failures, report } from "../errors.ts";
import { threeWayStrategicPatch } from "../patch/three-way.ts";
import { splitDocuments, yamlToJson } from "../resources/go-yaml.ts";
import { GoTemplate } from "./go-template.ts";
import { JsonPath, relaxed } from "./jsonpath/index.ts";
import { TABLE_TABS, TabWriter } from "./tabwriter.ts";

describe("YAML as go-yaml writes it", () => {
  it.each([
    ["true", '"true"'],
    ["a: b", "'a: b'"],
    ["it's: x", "'it''s: x'"],
    ["1.5", '"1.5"'],
    ["", '""'],
    ["tab\tx", '"tab\\tx"'],
    ["2024-01-01", '"2024-01-01"'],
    ["1:30", '"1:30"'],
    ["=", "="],
    ["l1\nl2", "|-\n  l1\n  l2"],
    ["trail \nx", '"trail \\nx"'],
  ])("quotes %j", (value, text) => {
    expect(toYaml({ a: value })).toBe(`a: ${text}\n`);
  });

  it("sorts keys, and does not indent lists in mappings", () => {
    expect(toYaml({ b: [{ d: 1, c: [] }], a: {} })).toBe("a: {}\nb:\n- c: []\n  d: 1\n");
  });

  it("folds long plain text after column 80", () => {
    expect(toYaml({ data: { a: Array(21).fill("long").join(" ") } })).toBe(
      `data:\n  a: ${Array(16).fill("long").join(" ")}\n    ${Array(5).fill("long").join(" ")}\n`,
    );
  });
});

describe("YAML as Go reads it", () => {
  it("splits documents and understands YAML 1.1", () => {
    expect([...splitDocuments("a: 1\n---\nb: 2\n")]).toEqual(["a: 1\n", "b: 2\n"]);
    expect(yamlToJson("a: yes\nb: 012\nc: 2024-01-01\nd: 1:30\n")).toEqual({
      a: true,
      b: 10,
      c: "2024-01-01",
      d: "1:30",
    });
  });

  it.each([
    ["metadata:\n  name: a\n data: x\n", "yaml: line 2: did not find expected key"],
    ["a: 1\nb: c: d\n", "yaml: line 2: mapping values are not allowed in this context"],
    ["a: [1, 2\nb: 3\n", "yaml: line 1: did not find expected ',' or ']'"],
    ["a: *x\n", "yaml: unknown anchor 'x' referenced"],
  ])("words the error of %j as go-yaml does", (text, message) => {
    expect(() => yamlToJson(text)).toThrow(message);
  });
});

describe("JSONPath", () => {
  const data = {
    items: [
      { name: "a", n: 1 },
      { name: "b", n: 2, labels: { "x.y/z": "v" } },
    ],
  };
  it.each([
    ["{.items[*].name}", "a b"],
    ['{range .items[*]}{.name}={.n}{"\\n"}{end}', "a=1\nb=2\n"],
    ['{.items[?(@.name=="b")].n}', "2"],
    ["{.items[?(@.n>1)].name}", "b"],
    ["{.items[-1].name}", "b"],
    ["{.items[0,1].name}", "a b"],
    ["{.items[1].labels.x\\.y/z}", "v"],
    ["{.items[1].labels['x\\.y/z']}", "v"],
    ["{..name}", "a b"],
    ["{.items[0].nope}", ""],
  ])("%s", (template, text) => {
    expect(new JsonPath(template).print(data)).toBe(text);
  });

  it("says where it fails", () => {
    expect(() => new JsonPath("{.items[5]}").print(data)).toThrow("array index out of bounds: index 5, length 2");
    expect(() => new JsonPath("{.items[*")).toThrow("unterminated array");
    expect(relaxed("metadata.name")).toBe("{.metadata.name}");
  });
});

describe("Go templates", () => {
  it.each([
    ["{{range $i, $x := .list}}{{$i}}:{{$x}} {{end}}", "0:a 1:b "],
    ["{{if eq (len .list) 2}}two{{else}}other{{end}}", "two"],
    ["{{.text | base64decode}}{{.nope}}", "hi<no value>"],
  ])("%s", (template, text) => {
    expect(new GoTemplate(template, { allowMissingKeys: true }).execute({ list: ["a", "b"], text: "aGk=" })).toBe(text);
  });
});

describe("columns, ages, errors", () => {
  it("aligns columns, the last one unpadded", () => {
    const writer = new TabWriter(TABLE_TABS);
    writer.write("NAME\tAGE\nstatefulset\t5s\n");
    expect(writer.flush()).toBe("NAME          AGE\nstatefulset   5s\n");
  });
  it("shows ages as upstream", () => {
    expect([5_000, 119_000, 125_000, 3_600_000, 90_000_000].map(humanDuration)).toEqual([
      "5s",
      "119s",
      "2m5s",
      "60m",
      "25h",
    ]);
    expect(parseDuration("1m30s")).toBe(90_000);
  });
  it("prints refusals with one and with several causes", () => {
    const invalid = (causes: { field: string; message: string }[]) =>
      new ApiError({ reason: "Invalid", details: { kind: "StatefulSet", name: "web", causes } });
    expect(report(invalid([{ field: "spec.selector", message: "Required value" }])).text).toBe(
      'The StatefulSet "web" is invalid: spec.selector: Required value\n',
    );
    expect(
      report(
        invalid([
          { field: "a", message: "x" },
          { field: "b", message: "y" },
        ]),
      ).text,
    ).toBe('The StatefulSet "web" is invalid: \n* a: x\n* b: y\n');
    const missing = new ApiError({ reason: "NotFound", message: 'pods "x" not found' });
    expect(report(new Failures([missing, missing])).text).toBe(
      'Error from server (NotFound): pods "x" not found\n'.repeat(2),
    );
  });
});

describe("what apply sends", () => {
  const pod = (image: string, extra: Record<string, string> = {}) => ({
    spec: { containers: [{ name: "c", image, ...extra }] },
  });
  it("merges containers by name and deletes what was applied before", () => {
    expect(
      threeWayStrategicPatch(
        "Pod",
        pod("a:1", { workingDir: "/x" }),
        pod("a:2"),
        pod("a:1", { workingDir: "/x", imagePullPolicy: "Always" }),
      ),
    ).toEqual({
      spec: {
        containers: [{ name: "c", image: "a:2", workingDir: null }],
        "$setElementOrder/containers": [{ name: "c" }],
      },
    });
  });
  it("sends nothing where nothing changed", () => {
    expect(threeWayStrategicPatch("Pod", pod("a:1"), pod("a:1"), pod("a:1", { imagePullPolicy: "Always" }))).toEqual(
      {},
    );
  });
});
