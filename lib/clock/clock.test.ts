import { describe, expect, it } from "vitest";
import { realClock, virtualClock } from "./index.ts";

describe("virtual clock", () => {
  it("stands still until it is driven", async () => {
    const clock = virtualClock({ now: 1000 });
    let ran = false;
    clock.after(10, () => {
      ran = true;
    });
    await clock.settle();
    expect([ran, clock.now()]).toEqual([false, 1000]);
    await clock.advance(10);
    expect([ran, clock.now()]).toEqual([true, 1010]);
  });

  it("runs timers in order of time, then of arming", async () => {
    const clock = virtualClock();
    const order: string[] = [];
    clock.after(20, () => order.push("late"));
    clock.after(10, () => order.push("first"));
    clock.after(10, () => order.push("second"));
    await clock.advance(30);
    expect(order).toEqual(["first", "second", "late"]);
  });

  it("lets promise chains and turns finish before it moves time", async () => {
    const clock = virtualClock({ now: 0 });
    const seen: number[] = [];
    const work = async () => {
      for (let i = 0; i < 50; i++) await Promise.resolve();
      await clock.turn();
      for (let i = 0; i < 50; i++) await Promise.resolve();
      seen.push(clock.now());
    };
    clock.after(5, () => void work());
    clock.after(6, () => seen.push(clock.now()));
    await clock.advance(10);
    expect(seen).toEqual([5, 6]);
  });

  it("says when the limit passed before the condition held, and stands at the limit", async () => {
    const clock = virtualClock({ now: 0 });
    expect(await clock.runUntil(() => false, 500)).toBe(false);
    expect(clock.now()).toBe(500);
  });

  it("does not run cancelled timers, and sweeps them", async () => {
    const clock = virtualClock();
    let ran = 0;
    const cancels = Array.from({ length: 500 }, (_, i) => clock.after(i, () => ran++));
    for (const cancel of cancels.slice(1)) cancel();
    await clock.advance(1000);
    expect(ran).toBe(1);
  });

  it("rejects a sleep whose signal is aborted", async () => {
    const clock = virtualClock();
    const controller = new AbortController();
    const sleeping = clock.sleep(1000, controller.signal);
    controller.abort(new Error("enough"));
    await expect(sleeping).rejects.toThrow("enough");
  });

  it("goes on with the same random numbers from a saved state", () => {
    const clock = virtualClock({ seed: 7 });
    clock.random();
    const copy = virtualClock({ seed: clock.state().random });
    expect([copy.random(), copy.random()]).toEqual([clock.random(), clock.random()]);
  });
});

describe("real clock", () => {
  it("runs faster when its speed is raised, and not at all when paused", async () => {
    const clock = realClock({ now: 0, speed: 0 });
    let ran = false;
    clock.after(60_000, () => {
      ran = true;
    });
    await clock.turn();
    expect(clock.now()).toBe(0);
    clock.speed = 1_000_000;
    await clock.sleep(120_000);
    expect(ran).toBe(true);
    clock.close();
  });

  it("refuses a speed that is no number", () => {
    const clock = realClock();
    expect(() => {
      clock.speed = Number.NaN;
    }).toThrow("clock speed");
    clock.close();
  });
});
