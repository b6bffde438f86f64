import { describe, expect, it } from "vitest";
import { Quarantine } from "./quarantine.ts";

const rules = { strikes: 2, windowMs: 1000, forMs: 5000 };

describe("a sandbox whose worker died", () => {
  it("comes back after one loss", () => {
    const quarantine = new Quarantine(rules);
    expect(quarantine.struck("a", 0)).toBe(false);
    expect(quarantine.until("a", 1)).toBeUndefined();
  });

  it("is kept out after the second within the window, and no other is", () => {
    const quarantine = new Quarantine(rules);
    quarantine.struck("a", 0);
    quarantine.struck("b", 10);
    expect(quarantine.struck("a", 900)).toBe(true);
    expect(quarantine.until("a", 901)).toBe(5900);
    expect(quarantine.until("b", 901)).toBeUndefined();
  });

  it("is forgiven losses that are long past", () => {
    const quarantine = new Quarantine(rules);
    quarantine.struck("a", 0);
    expect(quarantine.struck("a", 1000)).toBe(false);
  });

  it("may come back when its time is over, and begins without strikes", () => {
    const quarantine = new Quarantine(rules);
    quarantine.struck("a", 0);
    quarantine.struck("a", 1);
    expect(quarantine.until("a", 5001)).toBeUndefined();
    expect(quarantine.struck("a", 5002)).toBe(false);
  });

  it("may come back at once where its learner begins anew", () => {
    const quarantine = new Quarantine(rules);
    quarantine.struck("a", 0);
    quarantine.struck("a", 1);
    quarantine.pardon("a");
    expect(quarantine.until("a", 2)).toBeUndefined();
  });
});
