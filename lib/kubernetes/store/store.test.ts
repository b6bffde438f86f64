import { describe, expect, it } from "vitest";
import { Store } from "./store.ts";

const MINUTE = 60_000;
const actor = "test";
const object = (name: string) => ({ metadata: { name, namespace: "default" } });

/** A store in which `count` leases were renewed, one every ten seconds, after one ConfigMap was made. */
function renewed(count: number) {
  const store = new Store();
  store.put("configmaps", object("old"), { time: 0, actor });
  const first = store.resourceVersion;
  for (let turn = 0; turn < count; turn++) store.put("leases", object("node"), { time: turn * 10_000, actor });
  return { store, first, now: count * 10_000 };
}

describe("what a store remembers of the past", () => {
  it("is everything of the last five minutes, at least", () => {
    const { store, now } = renewed(2000);
    const since = store.versionAt(now - 5 * MINUTE);
    expect(store.since(since, "leases")).toHaveLength(store.resourceVersion - since);
    expect(store.resourceVersion - since).toBeGreaterThanOrEqual(29);
  });

  it("is the last hundred changes of a resource, however long ago they were", () => {
    const { store, first } = renewed(2000);
    expect(store.since(first - 1, "configmaps")?.map(({ object: { metadata } }) => metadata.name)).toEqual(["old"]);
    expect(store.compactedResourceVersion("configmaps")).toBeLessThan(first);
  });

  it("is not every renewal of a lease since the cluster began", () => {
    const { store, first } = renewed(2000);
    expect(store.since(first, "leases")).toBeUndefined();
    const oldest = store.compactedResourceVersion("leases");
    const kept = store.since(oldest, "leases")?.length ?? 0;
    expect(kept).toBe(store.resourceVersion - oldest);
    expect(kept).toBeGreaterThanOrEqual(100);
    expect(kept).toBeLessThan(600);
  });

  it("says of a time before what it remembers that it is gone", () => {
    const { store, now } = renewed(2000);
    expect(store.versionAt(now - 30 * MINUTE)).toBeGreaterThanOrEqual(store.compactedResourceVersion("leases"));
  });
});
