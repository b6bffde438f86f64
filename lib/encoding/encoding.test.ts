import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  age,
  CorruptBase64,
  crc32,
  decodeBase64,
  decodeBase64Text,
  decodeBase64Url,
  durationProblem,
  encodeBase64,
  encodeBase64Url,
  formatDuration,
  humanDuration,
  parseDuration,
  quote,
  tryDecodeBase64,
} from "./index.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe("base64", () => {
  it("is what the host's own encoder writes, and comes back, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString("base64"));
        expect(decodeBase64(text)).toEqual(bytes);
        expect(encodeBase64Url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
        expect(decodeBase64Url(encodeBase64Url(bytes))).toEqual(bytes);
      }),
    );
  });

  it("takes text as UTF-8, and a megabyte without exhausting the stack", () => {
    expect(decodeBase64Text(encodeBase64("状态 é"))).toBe("状态 é");
    const large = new Uint8Array(1024 * 1024).fill(7);
    expect(decodeBase64(encodeBase64(large))).toEqual(large);
  });

  it("skips line ends wherever they are", () => {
    expect(decodeBase64Text("aGVs\nbG8\r\n=\n")).toBe("hello");
  });

  it.each([
    ["a", 0],
    ["aGVs!", 4],
    ["aGVsbG8", 4],
    ["aGVsbG8=x", 8],
    ["====", 0],
    ["aG=s", 2],
    ["aGVs bG8=", 4],
    ["é", 0],
  ])("%j is refused at byte %d, as Go counts", (text, at) => {
    expect(() => decodeBase64(text)).toThrow(new CorruptBase64(at));
    expect(tryDecodeBase64(text)).toBeUndefined();
  });
});

describe("crc32", () => {
  it("is the sum gzip writes, in one piece or in several", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, cut) => {
        const sum = gzipSync(bytes).readUInt32LE(gzipSync(bytes).length - 8);
        expect(crc32(bytes)).toBe(sum);
        expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(sum);
      }),
    );
  });
});

describe("quote", () => {
  it.each([
    ["plain text", '"plain text"'],
    ['say "hi" \\ now', '"say \\"hi\\" \\\\ now"'],
    ["tab\tline\nbell\x07", '"tab\\tline\\nbell\\a"'],
    ["\x00\x1b\x7f", '"\\x00\\x1b\\x7f"'],
    ["状态 é 😀", '"状态 é 😀"'],
    ["no-break\u00a0space\u200b", '"no-break\\u00a0space\\u200b"'],
    ["\u{e0001}", '"\\U000e0001"'],
  ])("%j", (text, quoted) => {
    expect(quote(text)).toBe(quoted);
  });
});

describe("durations", () => {
  it.each([
    ["0", 0],
    ["1h15m30.918s", HOUR + 15 * MINUTE + 30_918],
    ["-1.5h", -1.5 * HOUR],
    [".5s", 500],
    ["1us", 0.001],
    ["3\u00b5s", 0.003],
    ["+2m", 2 * MINUTE],
  ])("%s is %d ms", (text, ms) => {
    expect(parseDuration(text)).toBeCloseTo(ms, 9);
    expect(durationProblem(text)).toBe("");
  });

  it.each([
    ["", 'invalid duration ""'],
    ["5", 'missing unit in duration "5"'],
    ["5x", 'unknown unit "x" in duration "5x"'],
    ["5d", 'unknown unit "d" in duration "5d"'],
    ["s", 'invalid duration "s"'],
    ["1s5", 'missing unit in duration "1s5"'],
    ["1constructor", 'unknown unit "constructor" in duration "1constructor"'],
  ])("%j is refused: %s", (text, problem) => {
    expect(parseDuration(text)).toBeUndefined();
    expect(durationProblem(text)).toBe(problem);
  });

  it.each([
    [0, "0s"],
    [523, "523ms"],
    [1200, "1.2s"],
    [65 * SECOND, "1m5s"],
    [HOUR, "1h0m0s"],
    [-90 * SECOND, "-1m30s"],
    [0.0015, "1.5\u00b5s"],
    [0.0000005, "1ns"],
  ])("%d ms is written %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it("comes back as it was written", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBeCloseTo(ms, 3);
      }),
    );
  });

  it.each([
    [-5 * SECOND, "<invalid>"],
    [-SECOND, "0s"],
    [119 * SECOND, "119s"],
    [2 * MINUTE, "2m"],
    [3 * MINUTE + 20 * SECOND, "3m20s"],
    [10 * MINUTE + 5 * SECOND, "10m"],
    [179 * MINUTE, "179m"],
    [3 * HOUR + 5 * MINUTE, "3h5m"],
    [47 * HOUR, "47h"],
    [2 * DAY + 4 * HOUR, "2d4h"],
    [8 * DAY + 4 * HOUR, "8d"],
    [729 * DAY, "729d"],
    [730 * DAY, "2y"],
    [(365 * 3 + 10) * DAY, "3y10d"],
    [365 * 9 * DAY, "9y"],
  ])("an age of %d ms is shown as %s", (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });

  it("an age needs a time", () => {
    expect(age("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:00:42Z"))).toBe("42s");
    expect(age(undefined, 0)).toBe("<unknown>");
    expect(age("", 0)).toBe("<unknown>");
  });
});
