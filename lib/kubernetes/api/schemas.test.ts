import { describe, expect, it } from "vitest";
import { definitions, schemas } from "./index.ts";
import { FIELDS } from "./support.ts";

describe("schemas", () => {
  it("has a schema with the right group, version and kind for every definition", () => {
    for (const { schemaName, group, version, kind } of definitions) {
      expect(schemas.get(schemaName)?.["x-kubernetes-group-version-kind"], schemaName).toEqual([
        { group, version, kind },
      ]);
    }
  });

  it("refers only to schemas that are there", () => {
    const missing: string[] = [];
    for (const name of schemas.names()) {
      for (const [, reference = ""] of JSON.stringify(schemas.get(name)).matchAll(/"\$ref":"([^"]+)"/g)) {
        if (schemas.get(reference) === undefined) missing.push(`${name} -> ${reference}`);
      }
    }
    expect(missing).toEqual([]);
  });

  it("knows what merges and by which keys", () => {
    const containers = schemas.get("io.k8s.api.core.v1.PodSpec")?.properties?.["containers"];
    expect(containers).toEqual({
      type: "array",
      items: { $ref: "io.k8s.api.core.v1.Container" },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      "x-kubernetes-patch-strategy": "merge",
      "x-kubernetes-patch-merge-key": "name",
    });
    expect(schemas.get("io.k8s.api.core.v1.Container")?.properties?.["command"]?.["x-kubernetes-list-type"]).toBe(
      "atomic",
    );
  });

  it("knows which fields are required, quantities and whole numbers or strings", () => {
    expect(schemas.get("io.k8s.api.apps.v1.StatefulSetSpec")?.required).toEqual(["selector", "template"]);
    expect(
      schemas.get("io.k8s.api.core.v1.ResourceRequirements")?.properties?.["limits"]?.additionalProperties,
    ).toEqual({
      $ref: "io.k8s.apimachinery.pkg.api.resource.Quantity",
    });
    expect(schemas.get("io.k8s.api.core.v1.ServicePort")?.properties?.["targetPort"]).toEqual({
      $ref: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
    });
  });

  it("keeps descriptions apart until they are asked for", () => {
    const name = "io.k8s.api.apps.v1.StatefulSetSpec";
    expect(JSON.stringify(schemas.get(name))).not.toContain("description");
    expect(schemas.described(name)?.description).toMatch(/StatefulSet/);
    expect(schemas.described(name)?.properties?.["replicas"]?.description).toMatch(/replicas/);
  });

  it("has every field that the list of unsupported ones names", () => {
    for (const path of Object.keys(FIELDS).filter((candidate) => !candidate.includes("/"))) {
      const owner = path.slice(0, path.lastIndexOf("."));
      const name = schemas.names().find((candidate) => candidate.endsWith(`.${owner}`)) ?? "";
      expect(schemas.get(name)?.properties?.[path.slice(owner.length + 1)], path).toBeDefined();
    }
  });
});
