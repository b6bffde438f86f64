import { describe, expect, it } from "vitest";
import { goSorted } from "../printers/go-sort.ts";
import { prettyJson } from "../printers/json.ts";
import { parseManifests } from "./files.ts";
import { splitDocuments, yamlToJson } from "./go-yaml.ts";

const problemOf = (text: string): string => {
  try {
    yamlToJson(text);
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing";
};

describe("YAML as go-yaml v2 reads it", () => {
  it.each([
    ["[0x1F, 0o17, 017, 08, 1_000, 0b11, -0]", [31, 15, 15, 8, 1000, 3, 0]],
    ["[1., .5, 1e3, 1:30, 2001-01-01, 0x]", [1, 0.5, 1000, "1:30", "2001-01-01", "0x"]],
    ["[y, No, ~, 'yes', !!str 1]", [true, false, null, "yes", "1"]],
    ["{a: &x {b: 1}, c: {<<: *x, d: 2}, e: {b: 9, <<: *x}}", { a: { b: 1 }, c: { b: 1, d: 2 }, e: { b: 1 } }],
    ["a: |+\n  x\n\nb: >-\n  y\n  z\n\n  w\n", { a: "x\n\n", b: "y z\nw" }],
    ["a: b\n  c\n\n  d\n1: x\n1.5: z\n", { a: "b c\nd", "1": "x", "1.5": "z" }],
    ["- a\n- - b\n  - c: d\n    e: f\n", ["a", ["b", { c: "d", e: "f" }]]],
    ["", null],
  ])("reads %j", (text, value) => {
    expect(yamlToJson(text)).toEqual(value);
  });
  it.each([
    ["a: b: c", "yaml: mapping values are not allowed in this context"],
    ["x: 1\na:\n\tb: 1\n", "yaml: line 3: found character that cannot start any token"],
    ["a: 1\nb\nc: 2\n", "yaml: line 3: could not find expected ':'"],
    ["a:\n  b: 1\n c: 2\n", "yaml: line 2: did not find expected key"],
    ["a: [1, 2\nb: 3\n", "yaml: line 1: did not find expected ',' or ']'"],
    ["a: *b", "yaml: unknown anchor 'b' referenced"],
    ["a: &b [*b]", "yaml: anchor 'b' value contains itself"],
    ["a: {{ x }}", 'yaml: invalid map key: map[interface {}]interface {}{"x":interface {}(nil)}'],
    ["a: .nan", "json: unsupported value: NaN"],
    ["a: \u0007", "yaml: control characters are not allowed"],
    ["a: 'x\nb: 1\n", "yaml: line 3: found unexpected end of stream"],
  ])("refuses %j in its words", (text, words) => {
    expect(problemOf(text)).toBe(words);
  });
  it("ends documents at lines of dashes alone, or with a comment", () => {
    expect([...splitDocuments("---\na: 1\r\n--- # c\nb: 2\n---\n")]).toEqual(["---\na: 1\n", "b: 2\n"]);
    expect(() => [...splitDocuments("a: 1\n--- x\n")]).toThrow("invalid Yaml document separator: x");
  });
});

describe("documents as Go decodes them", () => {
  const head = "apiVersion: v1\nkind: ConfigMap\n";
  it.each([
    [
      `${head}metadata: {name: 1}`,
      "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string",
    ],
    [
      `${head}metadata: {labels: {a: 1}}`,
      "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
    ],
    [
      `${head}metadata: x`,
      "json: cannot unmarshal string into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta",
    ],
    ["- a", "json: cannot unmarshal array into Go value of type unstructured.detector"],
    ["apiVersion: v1", `Object 'Kind' is missing in '{"apiVersion":"v1"}'`],
  ])("says what is wrong with %j", (text, words) => {
    expect(() => parseManifests(text, "m.yaml", false)).toThrow(`unable to decode "m.yaml": ${words}`);
  });
  it("keeps to JSON where it began so, and says where it ends", () => {
    expect(() => parseManifests('{"a": 1,, }', "m", false)).toThrow(
      "error parsing m: json: offset 9: invalid character ',' looking for beginning of object key string",
    );
    expect(() => parseManifests('{"a": [1', "m", false)).toThrow("error parsing m: unexpected EOF");
    expect(parseManifests("{apiVersion: v1, kind: X, metadata: {name: a}}", "m", false)).toHaveLength(1);
  });
});

describe("what Go orders", () => {
  it("leaves few alike things as they were", () => {
    const items = [3, 1, 2, 1].map((key, at) => ({ key, at }));
    expect(goSorted(items, (a, b) => a.key < b.key).map(({ at }) => at)).toEqual([1, 3, 2, 0]);
  });
  it("sorts many, whatever their pattern", () => {
    for (const make of [(i: number) => i % 7, (i: number) => -i, (i: number) => (i * 7919) % 101, () => 1]) {
      const sorted = goSorted(
        Array.from({ length: 200 }, (_, i) => make(i)),
        (a, b) => a < b,
      );
      expect(sorted).toEqual([...sorted].sort((a, b) => a - b));
      expect(sorted).toHaveLength(200);
    }
  });
  it("writes keys that are numbers by their letters", () => {
    expect(prettyJson({ "9": 1, "10": 2, "-": 3 }, false, 0)).toBe('{"-":3,"10":2,"9":1}\n');
  });
});
