import { describe, expect, it } from "vitest";
import type { Sandbox } from "../sandbox/types.ts";
import { dryRun, parsePath } from "./dry-run.ts";

const manifest = `apiVersion: v1
kind: ConfigMap
metadata:
  name: a
data:
  key: value
extra: 1
`;

/** A server that knows ConfigMaps and answers every dry run with `status`. */
const sandbox = (status: number, body: object): Sandbox =>
  ({
    api: async (method: string, path: string) =>
      method === "GET"
        ? path === "/api/v1"
          ? { status: 200, body: { resources: [{ name: "configmaps", kind: "ConfigMap", namespaced: true }] } }
          : { status: 404, body: {} }
        : { status, body },
  }) as unknown as Sandbox;

describe("a dry run's problems", () => {
  it("are none where the server accepts", async () => {
    expect(await dryRun(sandbox(200, {}), "default", manifest)).toEqual([]);
  });

  it.each(['strict decoding error: unknown field "extra"', ".extra: field not declared in schema"])(
    "stand on the field that is named: %s",
    async (message) => {
      expect(await dryRun(sandbox(400, { message }), "default", manifest)).toMatchObject([
        { line: 7, column: 1, message },
      ]);
    },
  );

  it("stand on the value a cause is about", async () => {
    const causes = [{ field: "data[key]", message: "Invalid value" }];
    const [problem] = await dryRun(sandbox(422, { message: "m", details: { causes } }), "default", manifest);
    expect(problem).toMatchObject({ line: 6, column: 3, message: "data[key]: Invalid value" });
  });

  it("name a kind the server does not have, and malformed YAML, without asking further", async () => {
    const unknown = manifest.replace("ConfigMap", "PetSet");
    expect((await dryRun(sandbox(200, {}), "default", unknown))[0]?.message).toBe(
      'no matches for kind "PetSet" in version "v1"',
    );
    expect((await dryRun(sandbox(200, {}), "default", "a: [1\nb: 2\n")).length).toBeGreaterThan(0);
  });
});

describe("a field path", () => {
  it("is read with indices and keys", () => {
    expect(parsePath("spec.containers[0].ports[12].name")).toEqual(["spec", "containers", 0, "ports", 12, "name"]);
    expect(parsePath('metadata.labels["a.b/c"]')).toEqual(["metadata", "labels", "a.b/c"]);
  });
});
