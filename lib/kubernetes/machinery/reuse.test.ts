import { describe, expect, it } from "vitest";
import { clone, deepFreeze, reuse } from "./clone.ts";
import { shared } from "./share.ts";

describe("reuse", () => {
  const old = deepFreeze({ a: { b: [1, { c: 2 }] }, d: { e: "x" } });

  it("gives the old value where nothing differs, whatever the order of keys", () => {
    expect(reuse(clone(old), old)).toBe(old);
    expect(reuse({ d: { e: "x" }, a: { b: [1, { c: 2 }] } }, old)).toBe(old);
  });

  it("keeps the parts that are alike and changes the others", () => {
    const next = { ...clone(old), d: { e: "y" } };
    const result = reuse(next, old);
    expect(result).toEqual({ a: { b: [1, { c: 2 }] }, d: { e: "y" } });
    expect(result.a).toBe(old.a);
    expect(result).not.toBe(old);
  });

  it("notices what is missing and what is more", () => {
    expect(reuse({ a: old.a } as object, old)).toEqual({ a: old.a });
    expect(reuse([1], [1, 2])).toEqual([1]);
    expect(reuse([1, 2], [1])).toEqual([1, 2]);
    expect(reuse({}, [])).toEqual({});
  });
});

describe("shared", () => {
  it("gives one frozen value for all that look alike", () => {
    const first = shared({ cpu: "1" });
    expect(shared({ cpu: "1" })).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
    expect(shared({ cpu: "2" })).not.toBe(first);
    expect(shared("text")).toBe("text");
  });
});
