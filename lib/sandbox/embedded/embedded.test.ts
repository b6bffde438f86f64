import { describe, expect, it } from "vitest";
import { Random } from "../../../test/bench/shell-fuzz/random.ts";
import { decodeSnapshot, encodeSnapshot } from "./codec.ts";
import { ReplayBuffer } from "./replay-buffer.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

describe("a terminal's replay buffer", () => {
  it("gives back exactly what was not seen yet", () => {
    const buffer = new ReplayBuffer(100);
    buffer.push(bytes("hello "));
    buffer.push(bytes("world"));
    expect(text(buffer.since(0).data)).toBe("hello world");
    expect(buffer.since(4)).toMatchObject({ position: 4 });
    expect(text(buffer.since(8).data)).toBe("rld");
    expect(text(buffer.since(11).data)).toBe("");
  });

  it("drops the oldest output past its size, and says where what is left begins", () => {
    const buffer = new ReplayBuffer(10);
    for (let index = 0; index < 5; index++) buffer.push(bytes(`${index}${index}${index}${index}`));
    const rest = buffer.since(0);
    expect([rest.position, text(rest.data)]).toEqual([10, "2233334444"]);
    expect(buffer.end).toBe(20);
  });

  it("keeps its size to the byte, however output comes", () => {
    const random = new Random(7);
    for (let round = 0; round < 200; round++) {
      const capacity = 1 + random.below(40);
      const position = random.below(3) * 1000;
      const buffer = new ReplayBuffer(capacity, { position, data: new Uint8Array() });
      let all = "";
      for (let step = 0; step < 30; step++) {
        if (random.chance(0.05)) {
          buffer.skipTo(buffer.end + 5);
          all += "?????";
        }
        const piece = "abcdefghijklmnopqrstuvwxyz".repeat(3).slice(0, random.below(random.chance(0.1) ? 78 : 9));
        expect(buffer.push(bytes(piece)).position).toBe(position + all.length);
        all += piece;
        const since = position + random.below(all.length + 1);
        const rest = buffer.since(since);
        expect(rest.position + rest.data.length).toBe(position + all.length);
        if (all.includes("?")) continue;
        expect(text(rest.data)).toBe(all.slice(rest.position - position));
        expect(rest.position).toBe(Math.max(since, buffer.end - capacity, position));
      }
    }
  });

  it("begins with what the output before had put the terminal into", () => {
    const buffer = new ReplayBuffer(60);
    buffer.push(bytes("\x1b[?1049h\x1b[?25l\x1b[1;31mfirst screen\x1b[7m|\x1b[0;32m"));
    const more = `${"x".repeat(70)}\x1b[2;3Hy`;
    buffer.push(bytes(more));
    const rest = buffer.since(0);
    expect(text(rest.data)).toBe(`\x18\x1b[?1049h\x1b[?25l\x1b[0m\x1b[0;32m${more.slice(-60)}`);
    expect(rest.position + rest.data.length).toBe(buffer.end);
    // Who lacks fewer bytes than that takes gets less of the rest: the loss is seen, and no byte comes twice.
    const since = buffer.end - 62;
    const less = buffer.since(since);
    expect(less.position).toBeGreaterThan(since);
    expect(text(less.data)).toMatch(/^\x18\x1b\[\?1049h\x1b\[\?25l\x1b\[0m\x1b\[0;32mx+\x1b\[2;3Hy$/);
    expect(less.position + less.data.length).toBe(buffer.end);
  });

  it("begins with no half of a character or sequence", () => {
    const whole = "é\x1b[31m文\x1b]0;a title\x07z";
    for (let capacity = 1; capacity < bytes(whole).length; capacity++) {
      const buffer = new ReplayBuffer(capacity);
      buffer.push(bytes(whole));
      expect(text(buffer.since(0).data)).toMatch(
        /^(\x1b\[31m文\x1b\]0;a title\x07z|(\x18\x1b\[0m(\x1b\[31m)?)?(文?\x1b\]0;a title\x07|文)?z?)$/,
      );
    }
  });

  it("goes on at its position after a restore", () => {
    const buffer = new ReplayBuffer(100, { position: 7, data: bytes("abc") });
    expect(buffer.push(bytes("d")).position).toBe(10);
  });
});

describe("a terminal's replay buffer after a restore from an older save", () => {
  it("goes on where a page is that saw more than was saved", () => {
    const buffer = new ReplayBuffer(100, { position: 0, data: bytes("saved") });
    buffer.skipTo(9);
    expect(text(buffer.since(9).data)).toBe("");
    expect(buffer.push(bytes("new")).position).toBe(9);
    expect(text(buffer.since(9).data)).toBe("new");
    // Nobody who is behind is moved.
    buffer.skipTo(3);
    expect(buffer.end).toBe(12);
  });
});

describe("snapshots", () => {
  it("come back as they were, bytes included", () => {
    const value = { a: [1, null, { data: new Uint8Array([0, 255, 7]) }], b: "\u0000" };
    expect(decodeSnapshot(encodeSnapshot(value))).toEqual(value);
  });

  it("say so when they cannot be read", () => {
    expect(() => decodeSnapshot(new Uint8Array([1, 2, 3]))).toThrow("the saved sandbox cannot be read");
  });
});
