import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBytes, encodeText, unfinished } from "./bytes.ts";

describe("bytes in text", () => {
  it("come back as they were", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect([...encodeText(decodeBytes(bytes))]).toEqual([...bytes]);
      }),
    );
  });

  it("are characters where they can be", () => {
    expect(decodeBytes(Uint8Array.of(0xc3, 0xa9, 0xff))).toBe("é\udcff");
    expect([0, 1, 2].map((n) => unfinished(Uint8Array.of(0x41, ...[0xe4, 0xb8].slice(0, n))))).toEqual([0, 1, 2]);
  });
});
