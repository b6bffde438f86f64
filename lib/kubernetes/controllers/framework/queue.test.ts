import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../clock/index.ts";
import { WorkQueue } from "./queue.ts";

describe("a work queue", () => {
  const make = () => {
    const clock = virtualClock({ now: 0 });
    let wakes = 0;
    return { clock, queue: new WorkQueue("test", clock, { wake: () => wakes++ }), wakes: () => wakes };
  };

  it("holds a key once, in the order of first adding", () => {
    const { queue } = make();
    for (const key of ["a", "b", "a"]) queue.add(key);
    expect([queue.take(), queue.take(), queue.take()]).toEqual(["a", "b", undefined]);
  });

  it("backs off 5 ms, doubled with every failure, until a success", async () => {
    const { clock, queue } = make();
    const waits: number[] = [];
    for (let failure = 0; failure < 4; failure++) {
      const before = clock.now();
      queue.addRateLimited("a", "again");
      await clock.runUntil(() => queue.length > 0, 60_000);
      waits.push(clock.now() - before);
      queue.take();
    }
    queue.forget("a");
    queue.addRateLimited("a", "again");
    expect(waits).toEqual([5, 10, 20, 40]);
    expect([...queue.delayed()].map(({ until }) => until - clock.now())).toEqual([5]);
  });

  it("keeps the earlier of two times for one key", async () => {
    const { clock, queue } = make();
    queue.addAfter("a", 100);
    queue.addAfter("a", 50);
    queue.addAfter("a", 200);
    await clock.advance(50);
    expect(queue.take()).toBe("a");
    await clock.advance(1000);
    expect(queue.take()).toBeUndefined();
  });
});
