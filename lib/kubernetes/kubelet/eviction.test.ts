import { describe, expect, it } from "vitest";
import type { Pod } from "../api/types.ts";
import { diskMessage, firstToGo, overLimits } from "./eviction.ts";

const MI = 2 ** 20;
const pod = (name: string, limits: readonly (string | undefined)[], priority = 0): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default" },
  spec: {
    priority,
    containers: limits.map((limit, index) => ({
      name: `c${index}`,
      ...(limit === undefined ? {} : { resources: { limits: { "ephemeral-storage": limit } } }),
    })),
  },
});
const use = (...bytes: readonly number[]) => bytes.map((value, index) => ({ container: `c${index}`, bytes: value }));

describe("ephemeral-storage limits", () => {
  it("let a Pod without any write what it likes", () => {
    expect(overLimits({ pod: pod("p", [undefined]), use: use(100 * MI) }, 100 * MI)).toBeUndefined();
  });

  it("hold for the Pod as a whole first, its emptyDirs included", () => {
    expect(overLimits({ pod: pod("p", ["1Mi", "1Mi"]), use: use(MI, 0) }, MI + 1)).toBe(
      "Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. ",
    );
    expect(overLimits({ pod: pod("p", ["1Mi", "1Mi"]), use: use(MI, 0) }, MI)).toBeUndefined();
  });

  it("hold for each container that has one", () => {
    expect(overLimits({ pod: pod("p", ["1Mi", "10Mi"]), use: use(2 * MI, 0) }, 0)).toBe(
      'Container c0 exceeded its local ephemeral storage limit "1Mi". ',
    );
  });
});

describe("a full disk", () => {
  it("takes Pods of lower priority first, then those that use more, and never critical ones", () => {
    const critical = { pod: pod("critical", [undefined], 2_000_000_000), use: use(900) };
    const small = { pod: pod("small", [undefined]), use: use(1) };
    const large = { pod: pod("large", [undefined]), use: use(2) };
    const important = { pod: pod("important", [undefined], 10), use: use(500) };
    expect(firstToGo([critical, important, small, large])).toBe(large);
    expect(firstToGo([critical, important])).toBe(important);
    expect(firstToGo([critical])).toBeUndefined();
  });

  it("is told with what each container used", () => {
    expect(diskMessage({ pod: pod("p", [undefined]), use: use(2048) }, 10 * MI, 0)).toBe(
      "The node was low on resource: ephemeral-storage. Threshold quantity: 10Mi, available: 0. Container c0 was using 2Ki, request is 0, has larger consumption of ephemeral-storage. ",
    );
  });
});
