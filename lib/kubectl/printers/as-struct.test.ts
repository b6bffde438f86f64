import { describe, expect, it } from "vitest";
import { asStruct, fieldsKnownTo } from "./as-struct.ts";

describe("an object as upstream's struct", () => {
  it("has its fields in order, the empty ones that structs write, and none that it does not know", () => {
    const pod = {
      spec: {
        nope: 1,
        hostNetwork: false,
        containers: [{ image: "a", name: "c", resources: { limits: { cpu: "1000m" } } }],
      },
      metadata: { labels: {}, name: "p" },
      apiVersion: "v1",
      kind: "Pod",
    };
    expect(JSON.stringify(asStruct(pod))).toBe(
      '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","creationTimestamp":null},"spec":{"containers":[{"name":"c","image":"a","resources":{"limits":{"cpu":"1"}}}]},"status":{}}',
    );
  });

  it("keeps pointers to empty values, and writes numbers that are always there", () => {
    const service = { kind: "Service", apiVersion: "v1", metadata: { name: "s" }, spec: { ports: [{ port: 80 }] } };
    expect(asStruct(service)["spec"]).toEqual({ ports: [{ port: 80, targetPort: 0 }] });
    const deployment = { kind: "Deployment", apiVersion: "apps/v1", metadata: {}, spec: { replicas: 0 } };
    expect(asStruct(deployment)["spec"]).toMatchObject({ replicas: 0, selector: null, strategy: {} });
  });

  it("is the object itself where no struct is known", () => {
    const widget = { apiVersion: "example.com/v1", kind: "Widget", spec: {} };
    expect(asStruct(widget)).toBe(widget);
  });
});

it("fields that a struct does not know are left out, all others stay as they are", () => {
  expect(fieldsKnownTo("Container", { name: "c", kind: "x", env: [{ name: "A", nope: 1 }] })).toEqual({
    name: "c",
    env: [{ name: "A" }],
  });
});
