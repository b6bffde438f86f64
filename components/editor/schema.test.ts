import { describe, expect, it } from "vitest";
import { clusterAccess, GroupVersionSchemas } from "./schema.ts";

const schemas = new GroupVersionSchemas({
  components: {
    schemas: {
      "io.k8s.api.apps.v1.StatefulSet": {
        type: "object",
        properties: {
          spec: { description: "What is wanted.", allOf: [{ $ref: "#/components/schemas/Spec" }] },
        },
        "x-kubernetes-group-version-kind": [{ group: "apps", version: "v1", kind: "StatefulSet" }],
      },
      Spec: {
        type: "object",
        description: "A spec.",
        properties: {
          replicas: { type: "integer" },
          containers: { type: "array", items: { $ref: "#/components/schemas/Container" } },
        },
      },
      Container: { type: "object", properties: { image: { type: "string" } } },
    },
  },
});

describe("schemas of a group-version", () => {
  const root = schemas.ofKind("apps/v1", "StatefulSet");

  it("are found by kind", () => {
    expect(root).toBeDefined();
    expect(schemas.ofKind("apps/v1", "Pod")).toBeUndefined();
  });

  it("lead through references and lists", () => {
    expect(Object.keys(schemas.at(root, ["spec"])?.properties ?? {})).toEqual(["replicas", "containers"]);
    const container = schemas.inside(schemas.at(root, ["spec", "containers"]));
    expect(Object.keys(container?.properties ?? {})).toEqual(["image"]);
    expect(schemas.at(root, ["spec", "nothing"])).toBeUndefined();
  });

  it("keep the description that stands beside a reference", () => {
    expect(schemas.at(root, ["spec"])?.description).toBe("What is wanted.");
  });
});

describe("the way to a sandbox's cluster", () => {
  it("is read from its kubeconfig", () => {
    const text =
      "clusters:\n- cluster:\n    server: http://localhost:3000/clusters/abc\nusers:\n- user:\n    token: secret\n";
    expect(clusterAccess(text)).toEqual({ path: "/clusters/abc", token: "secret" });
    expect(clusterAccess("{}")).toBeUndefined();
  });
});
