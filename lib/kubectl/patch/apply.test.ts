import { describe, expect, it } from "vitest";
import { clone, type JsonObject } from "../object.ts";
import { mergePatched, strategicPatched } from "./apply.ts";
import { jsonPatched } from "./json-patch.ts";
import { twoWayStrategicPatch } from "./three-way.ts";

const deployment: JsonObject = {
  kind: "Deployment",
  metadata: { name: "web", labels: { app: "web" }, finalizers: ["a", "b"] },
  spec: {
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } },
    template: {
      spec: {
        containers: [
          { name: "one", image: "a", env: [{ name: "A", value: "1" }], args: ["x", "y"] },
          { name: "two", image: "b" },
        ],
        volumes: [{ name: "v", emptyDir: {} }],
      },
    },
  },
};
const containers = (patch: JsonObject[], extra: JsonObject = {}): JsonObject => ({
  spec: { template: { spec: { containers: patch, ...extra } } },
});
const podSpec = (object: JsonObject) =>
  (object as { spec: { template: { spec: { containers: JsonObject[]; volumes: JsonObject[] } } } }).spec.template.spec;

describe("a strategic patch", () => {
  const patched = (patch: JsonObject) => strategicPatched("Deployment", deployment, patch);

  it("joins lists of objects by their key and replaces other lists", () => {
    const after = podSpec(patched(containers([{ name: "one", args: ["z"], env: [{ name: "B", value: "2" }] }])));
    expect(after.containers).toEqual([
      {
        name: "one",
        image: "a",
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "2" },
        ],
        args: ["z"],
      },
      { name: "two", image: "b" },
    ]);
  });
  it("deletes one item by its key", () => {
    expect(podSpec(patched(containers([{ name: "one", $patch: "delete" }]))).containers).toEqual([
      { name: "two", image: "b" },
    ]);
  });
  it("replaces a whole list where it says so", () => {
    const after = podSpec(patched(containers([{ $patch: "replace" }, { name: "three", image: "c" }])));
    expect(after.containers).toEqual([{ name: "three", image: "c" }]);
  });
  it("puts items into the order asked for", () => {
    const after = podSpec(
      patched(containers([], { "$setElementOrder/containers": [{ name: "two" }, { name: "one" }] })),
    );
    expect(after.containers.map(({ name }) => name)).toEqual(["two", "one"]);
  });
  it("takes values out of a list of words", () => {
    const after = patched({ metadata: { "$deleteFromPrimitiveList/finalizers": ["a"] } });
    expect(after["metadata"]).toMatchObject({ finalizers: ["b"] });
  });
  it("keeps only the fields of a union that are named", () => {
    const after = patched({ spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } });
    expect((after["spec"] as JsonObject)["strategy"]).toEqual({ type: "Recreate" });
  });
  it("leaves the object it was given alone", () => {
    const before = clone(deployment);
    patched(containers([{ name: "two", image: "c" }]));
    expect(deployment).toEqual(before);
  });
  it("applied to where it was computed from gives what it was computed for", () => {
    const wanted = clone(deployment);
    podSpec(wanted).containers = [
      { name: "two", image: "c", env: [{ name: "X", value: "1" }] },
      { name: "three", image: "d" },
      { name: "one", image: "a", args: ["y"] },
    ];
    podSpec(wanted).volumes = [{ name: "v", hostPath: { path: "/" } }];
    const patch = twoWayStrategicPatch("Deployment", deployment, wanted);
    expect(strategicPatched("Deployment", deployment, patch)).toEqual(wanted);
  });
});

describe("a merge patch", () => {
  it("removes what is null and replaces lists (RFC 7396)", () => {
    expect(mergePatched({ a: 1, b: { c: 2, d: [1] } }, { a: null, b: { d: [2], e: { f: null } } })).toEqual({
      b: { c: 2, d: [2], e: {} },
    });
  });
});

describe("a JSON patch", () => {
  const base = { a: [1, 2], "b/c": { d: "x" } };
  it("adds, removes, moves and copies (RFC 6902)", () => {
    const after = jsonPatched(base, [
      { op: "add", path: "/a/1", value: 9 },
      { op: "add", path: "/a/-", value: 3 },
      { op: "remove", path: "/a/0" },
      { op: "copy", from: "/b~1c/d", path: "/e" },
      { op: "move", from: "/b~1c", path: "/f" },
      { op: "test", path: "/f/d", value: "x" },
    ]);
    expect(after).toEqual({ a: [9, 2, 3], e: "x", f: { d: "x" } });
    expect(base).toEqual({ a: [1, 2], "b/c": { d: "x" } });
  });
  it("says what is missing in the words of upstream's library", () => {
    expect(() => jsonPatched(base, [{ op: "remove", path: "/b~1c/none" }])).toThrow(
      "error in remove for path: '/b~1c/none': Unable to remove nonexistent key: none: missing value",
    );
    expect(() => jsonPatched(base, [{ op: "replace", path: "/a/5", value: 1 }])).toThrow(
      "replace operation does not apply: doc is missing key: /a/5: missing value",
    );
    expect(() => jsonPatched(base, [{ op: "add", path: "a", value: 1 }])).toThrow(
      'add operation does not apply: doc is missing path: "a": missing value',
    );
    expect(() => jsonPatched(base, [{ op: "test", path: "/a/0", value: 7 }])).toThrow(
      "testing value /a/0 failed: test failed",
    );
  });
});
