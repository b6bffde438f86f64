import { describe, expect, it } from "vitest";
import { PagedContent } from "./paged-content.ts";

/** Numbers in [0, below), the same in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe("the content of a large file", () => {
  it.each([1, 2, 3, 4, 5, 6])(
    "is what plain memory would hold, and what was read stays as it was (seed %i)",
    (seed) => {
      const random = numbers(seed);
      const capacity = 400_000 + random(400_000);
      const first = Uint8Array.from({ length: capacity }, (_, at) => (at * 7 + seed) & 255);
      const size = capacity - random(100_000);
      const original = first.slice();
      let plain = first.slice(0, size);
      const content = new PagedContent(first, size, size);
      const seen: { readonly view: Uint8Array; readonly as: Uint8Array }[] = [];
      for (let step = 0; step < 60; step++) {
        switch (random(4)) {
          case 0: {
            const at = random(plain.length + 1);
            const data = new Uint8Array(random(400_000)).fill(1 + random(254));
            const next = new Uint8Array(Math.max(plain.length, at + data.length));
            next.set(plain);
            next.set(data, at);
            plain = next;
            content.write(at, data);
            break;
          }
          case 1: {
            const next = new Uint8Array(random(1_500_000));
            next.set(plain.subarray(0, next.length));
            plain = next;
            content.truncate(next.length);
            break;
          }
          default: {
            const at = random(plain.length + 10);
            const view = content.read(at, random(600_000));
            seen.push({ view, as: view.slice() });
            expect(view).toEqual(plain.slice(at, at + view.length));
          }
        }
        expect(content.size).toBe(plain.length);
      }
      expect(Buffer.compare(content.read(0, Number.MAX_SAFE_INTEGER), plain)).toBe(0);
      for (const { view, as } of seen) expect(Buffer.compare(view, as)).toBe(0);
      expect(Buffer.compare(first.subarray(0, size), original.subarray(0, size))).toBe(0);
    },
  );
});
