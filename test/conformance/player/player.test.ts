import { describe, expect, it } from "vitest";
import { parseScenario } from "./format.ts";
import { Bindings } from "./masks.ts";
import { differences, valueAt, words } from "./values.ts";

const scenario = (steps: unknown[], more: object = {}) =>
  parseScenario({ name: "x", reference: "pkg/apis/core", steps, ...more }, "a.yaml");
const telling = { run: "kubectl get pods", stdout: "" };

describe("the loader of scenarios", () => {
  it("takes one that tells something", () => {
    expect(scenario([{ advance: "30s" }, telling]).steps[0]).toEqual({ advance: 30_000 });
  });
  it("refuses keys it does not know, in scenarios and in steps", () => {
    expect(() => scenario([telling], { step: [] })).toThrow(/Unrecognized key: "step"/);
    expect(() => scenario([{ ...telling, stdot: "" }])).toThrow(/a.yaml, x, step 1: .*Unrecognized key: "stdot"/s);
    expect(() => scenario([{ walk: true }])).toThrow("no step is called walk");
  });
  it("refuses one that asserts nothing, and refusals without their words", () => {
    expect(() => scenario([{ settle: true }, { run: "kubectl get pods" }])).toThrow("asserts nothing");
    expect(() => scenario([{ run: "kubectl get x", exit: 1 }])).toThrow("must say with what words");
    expect(() => scenario([{ request: { method: "GET", path: "/x" }, status: 404 }])).toThrow("with what body");
  });
  it("refuses one without a reference", () => {
    expect(() => parseScenario({ name: "x", steps: [telling] }, "a.yaml")).toThrow(/reference/);
  });
});

describe("masks", () => {
  it("match what they stand for and nothing else", () => {
    const bindings = new Bindings("mine");
    expect(bindings.matches("web-0 5m3s", "web-0 <age>")).toBe(true);
    expect(bindings.matches("web-0 soon", "web-0 <age>")).toBe(false);
    expect(bindings.matches("in mine", "in <ns>")).toBe(true);
    expect(bindings.matches("<none>", "<none>")).toBe(true);
  });
  it("let columns be of another width only where one of no fixed width is in the text", () => {
    const bindings = new Bindings("mine");
    expect(bindings.matches("a      1s", "a   <age>")).toBe(true);
    expect(bindings.matches("a      b", "a   b")).toBe(false);
  });
  it("with a name must read alike later", () => {
    const bindings = new Bindings("mine");
    expect(bindings.matches("web-bcdfghjkl2 web-bcdfghjkl2", "web-<hash:a> web-<hash:a>")).toBe(true);
    expect(bindings.matches("web-zzzzzzzzz2", "web-<hash:a>")).toBe(false);
    expect(bindings.fill("pod/web-<=a>")).toBe("pod/web-bcdfghjkl2");
  });
});

describe("values", () => {
  const object = { status: { conditions: [{ type: "Ready", status: "True" }] }, metadata: { labels: { "a/b": "c" } } };
  it("are found by paths", () => {
    expect(valueAt(object, "status.conditions[type=Ready].status")).toBe("True");
    expect(valueAt(object, "status.conditions[0].type")).toBe("Ready");
    expect(valueAt(object, 'metadata.labels["a/b"]')).toBe("c");
    expect(valueAt(object, "spec.none[0].x")).toBeUndefined();
  });
  it("differ where lists are longer, fields are missing or are there", () => {
    const bindings = new Bindings("mine");
    expect(differences(object, { metadata: { labels: { "a/b": "<any>" } }, spec: null }, bindings)).toEqual([]);
    expect(differences(object, { status: { conditions: [] } }, bindings)).toHaveLength(1);
    expect(differences(object, { status: null }, bindings)).toHaveLength(1);
  });
  it("cut command lines as a shell does", () => {
    expect(words(`kubectl patch x -p '{"a": 1}' --y="b c" ''`)).toEqual([
      "kubectl",
      "patch",
      "x",
      "-p",
      '{"a": 1}',
      "--y=b c",
      "",
    ]);
    expect(() => words("kubectl get pods | wc")).toThrow("no shell script");
  });
});
