import { describe, expect, it } from "vitest";
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
    expect([rest.position, text(rest.data)]).toEqual([12, "33334444"]);
    expect(buffer.end).toBe(20);
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
