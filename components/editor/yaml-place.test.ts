import { describe, expect, it } from "vitest";
import { placeIn } from "./yaml-place.ts";

/** The place of the cursor, written as "|". */
function at(text: string) {
  const index = text.indexOf("|");
  const before = text.slice(0, index).split("\n");
  return placeIn(text.replace("|", ""), before.length, (before.at(-1)?.length ?? 0) + 1);
}

describe("where the cursor stands in a manifest", () => {
  it("knows the kind of its own document", () => {
    const place = at("apiVersion: v1\nkind: Service\n---\napiVersion: apps/v1\nkind: StatefulSet\n|");
    expect(place).toMatchObject({ apiVersion: "apps/v1", kind: "StatefulSet", path: [] });
    expect(place.siblings).toEqual(["kind", "apiVersion"]);
  });

  it("finds the keys above an empty line by its indentation", () => {
    const text = "kind: StatefulSet\nspec:\n  updateStrategy:\n    rollingUpdate:\n      |\n  replicas: 2\n";
    expect(at(text).path).toEqual(["spec", "updateStrategy", "rollingUpdate"]);
  });

  it("knows which keys are there already, above and below", () => {
    const place = at("spec:\n  serviceName: nginx\n  |\n  template:\n    metadata: {}\n  replicas: 2\nstatus: {}\n");
    expect(place.path).toEqual(["spec"]);
    expect(place.siblings).toEqual(["serviceName", "template", "replicas"]);
  });

  it("goes through lists", () => {
    const text = "spec:\n  containers:\n    - name: nginx\n      ima|\n      ports:\n        - containerPort: 80\n";
    expect(at(text).path).toEqual(["spec", "containers"]);
    expect(at(text).siblings).toEqual(["name", "ports"]);
  });

  it("goes through lists whose dash stands below the key", () => {
    const text = "spec:\n  containers:\n  - name: nginx\n    |\n";
    expect(at(text)).toMatchObject({ path: ["spec", "containers"], siblings: ["name"] });
  });

  it("sees the second item of a list as a mapping of its own", () => {
    const text = "spec:\n  containers:\n    - name: a\n      image: b\n    - na|\n";
    expect(at(text)).toMatchObject({ path: ["spec", "containers"], siblings: [] });
  });

  it("tells a key from its value", () => {
    expect(at("spec:\n  type: |").keyOfValue).toBe("type");
    expect(at("spec:\n  ty|").keyOfValue).toBeUndefined();
  });
});
